//! From mel power to power in bins, none of it negative.
//!
//! Many spectra have the same mel power; the one that is found starts from a shape, flat where nothing better is known, and is
//! multiplied by what each band lacks, round after round (W. Richardson, 1972; L. Lucy, 1974; the same rule is that of non-negative
//! factorisation for the Kullback-Leibler distance, D. Lee, H. Seung, 2001). A bin is in two triangles at most, so a round
//! costs two multiplications a bin and direction.

use crate::dsp::bands::{LANES, Lanes};
use crate::dsp::kernels::mul_add;
use crate::dsp::mel::MelFilters;
use crate::dsp::simd_level::Kernel;

/// Rounds of multiplication. After nine the bands of real sound are met within 0.1 dB.
const N_ROUNDS: usize = 9;

/// Keeps 0/0 from becoming NaN.
const LEAST: f32 = f32::MIN_POSITIVE;

/// Multiplies `bins`, which hold a shape, so that their bands become `bands`: one block of frames, `[bins]` and `[n_mels + 2]`
/// times lanes.
///
/// Band b stands at b + 1; the first and the last are what falls and rises beyond the outermost bands, which is 0.
pub(super) struct FitPower<'a> {
    pub(super) filters: &'a MelFilters,
    pub(super) bands: &'a [Lanes],
    pub(super) ratios: &'a mut [Lanes],
    pub(super) bins: &'a mut [Lanes],
}

impl Kernel for FitPower<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { filters, bands, ratios, bins } = self;
        for _ in 0..N_ROUNDS {
            lacking::<FMA>(filters, bands, bins, ratios);
            multiply::<FMA>(filters, ratios, bins);
        }
    }
}

/// Writes to `ratios` how many times the power of each band is what its bins sum to.
#[inline(always)]
fn lacking<const FMA: bool>(filters: &MelFilters, bands: &[Lanes], bins: &[Lanes], ratios: &mut [Lanes]) {
    ratios.fill([0.0; LANES]);
    for (segment, range) in filters.segments().iter().enumerate() {
        let (mut rising, mut falling) = ([0.0; LANES], [0.0; LANES]);
        let weights = filters.rise()[range.clone()].iter().zip(&filters.fall()[range.clone()]);
        for (bin, (rise, fall)) in bins[range.clone()].iter().zip(weights) {
            for lane in 0..LANES {
                rising[lane] = mul_add::<FMA>(*rise, bin[lane], rising[lane]);
                falling[lane] = mul_add::<FMA>(*fall, bin[lane], falling[lane]);
            }
        }
        for lane in 0..LANES {
            ratios[segment][lane] += falling[lane];
            ratios[segment + 1][lane] += rising[lane];
        }
    }
    for (ratio, band) in ratios.iter_mut().zip(bands) {
        for lane in 0..LANES {
            ratio[lane] = band[lane] / ratio[lane].max(LEAST);
        }
    }
}

/// Multiplies each bin by the ratios of its bands, weighted by its share in each.
#[inline(always)]
fn multiply<const FMA: bool>(filters: &MelFilters, ratios: &[Lanes], bins: &mut [Lanes]) {
    for (segment, range) in filters.segments().iter().enumerate() {
        let (falling, rising) = (&ratios[segment], &ratios[segment + 1]);
        let weights = filters.rise()[range.clone()].iter().zip(&filters.fall()[range.clone()]);
        for (bin, (rise, fall)) in bins[range.clone()].iter_mut().zip(weights) {
            // Below the first centre and above the last a bin is in one triangle only.
            let whole = 1.0 / (rise + fall).max(LEAST);
            for lane in 0..LANES {
                bin[lane] *= mul_add::<FMA>(*rise, rising[lane], fall * falling[lane]) * whole;
            }
        }
    }
}
