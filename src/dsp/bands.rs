//! From spectra to mel bands, for several frames at a time.
//!
//! A *block* is [`LANES`] consecutive frames; a *lane* is a frame's place in it. The spectra of a block are turned
//! on their side, so that one bin of all frames lies in one vector, and every sum over bins runs lane by lane: no
//! sum across a vector, whatever the width of a band. This is done in tiles of [`TILE_BINS`] bins that stay in the
//! first-level cache from the spectrum to the sums.

use std::ops::Range;

use realfft::num_complex::Complex32;

use super::inst_freq::{expected_advance, half_turn_hz, wrap_half_turns};
use super::kernels::{atan2_half_turns, mul_add};
use super::mel::MelFilters;
use super::simd_level::Kernel;
use super::transpose::transpose;
use crate::settings::{AnalysisSettings, IfMode};

/// Frames in a block.
pub(super) const LANES: usize = 16;

/// Bins in a tile. Partial sums end with a tile, which also keeps the rounding of sums over wide bands small.
const TILE_BINS: usize = 64;

/// One number for each frame of a block.
pub(super) type Lanes = [f32; LANES];

/// The plan that [`SumBands`] has for each bin.
#[derive(Debug, Clone)]
pub(super) struct BinPlan {
    mode: IfMode,
    bins: Vec<Bin>,
    runs: Vec<Run>,
    n_mels: usize,
}

/// The weights of one bin in the two bands it belongs to.
#[derive(Debug, Clone, Copy)]
struct Bin {
    rise: f32,
    fall: f32,
    /// Expected phase advance, half turns.
    advance: f32,
    /// Weight times the bin's distance from the centre of the rising band, in the unit of the advance.
    rise_offset: f32,
    /// The same for the falling band.
    fall_offset: f32,
}

/// Neighbouring bins of one segment and one tile.
#[derive(Debug, Clone, Copy)]
struct Run {
    segment: usize,
    first: usize,
    end: usize,
}

impl BinPlan {
    pub(super) fn new(settings: &AnalysisSettings, filters: &MelFilters) -> Self {
        let mut bins = Vec::with_capacity(filters.n_bins());
        let mut runs = Vec::new();
        let unit_hz = half_turn_hz(settings);
        for (segment, range) in filters.segments().iter().enumerate() {
            for bin in range.clone() {
                let (rise, fall) = (filters.rise()[bin], filters.fall()[bin]);
                let offset = |weight: f32, centre_hz: f64| {
                    (f64::from(weight) * (filters.bin_hz(bin) - centre_hz) / unit_hz) as f32
                };
                bins.push(Bin {
                    rise,
                    fall,
                    advance: expected_advance(settings, bin),
                    rise_offset: if segment < filters.n_mels() {
                        offset(rise, filters.centre_hz(segment))
                    } else {
                        0.0
                    },
                    fall_offset: if segment > 0 { offset(fall, filters.centre_hz(segment - 1)) } else { 0.0 },
                });
            }
            let mut first = range.start;
            while first < range.end {
                let end = range.end.min((first / TILE_BINS + 1) * TILE_BINS);
                runs.push(Run { segment, first, end });
                first = end;
            }
        }
        Self { mode: settings.if_mode, bins, runs, n_mels: filters.n_mels() }
    }

    /// Buffers for [`SumBands`].
    pub(super) fn scratch(&self) -> BandScratch {
        BandScratch {
            spectra: vec![Complex32::ZERO; LANES * self.bins.len()],
            last_phase: vec![0.0; self.bins.len()],
            tile: Box::new(Tile {
                re: [[0.0; LANES]; TILE_BINS],
                im: [[0.0; LANES]; TILE_BINS],
                power: [[0.0; LANES]; TILE_BINS],
                phase: [0.0; TILE_BINS * LANES + 1],
                advance: [[0.0; LANES]; TILE_BINS],
            }),
            sums: vec![BandSums::default(); self.n_mels + 2],
        }
    }
}

/// Buffers of one user of a [`BinPlan`].
#[derive(Debug, Clone)]
pub(super) struct BandScratch {
    /// The spectra of the block, frame after frame.
    spectra: Vec<Complex32>,
    /// Per bin the phase in the last frame of the previous block, half turns.
    last_phase: Vec<f32>,
    tile: Box<Tile>,
    /// Band b at b + 1; the first and last take what falls and rises beyond the outermost bands, which is nothing.
    sums: Vec<BandSums>,
}

impl BandScratch {
    /// The place for the spectrum of the frame in `lane`.
    pub(super) fn spectrum_mut(&mut self, lane: usize) -> &mut [Complex32] {
        let n_bins = self.last_phase.len();
        &mut self.spectra[lane * n_bins..(lane + 1) * n_bins]
    }

    /// The sums of [`SumBands`] for a band.
    pub(super) fn sums(&self, band: usize) -> &BandSums {
        &self.sums[band + 1]
    }
}

/// A band's sums over bins, in each frame of a block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BandSums {
    /// Σ w·P.
    pub(super) power: Lanes,
    /// Σ w·a, Σ w·P·a or Σ w·P·(d + (f - c) / unit): see [`super::inst_freq`].
    pub(super) advance: Lanes,
}

#[derive(Debug, Clone)]
#[repr(align(64))]
struct Tile {
    re: [Lanes; TILE_BINS],
    im: [Lanes; TILE_BINS],
    power: [Lanes; TILE_BINS],
    /// Lane after lane, bin after bin, behind one element that gives the very first a predecessor.
    phase: [f32; TILE_BINS * LANES + 1],
    advance: [Lanes; TILE_BINS],
}

/// Sums power and phase advance over the bins of every band, for the block whose spectra are in the scratch.
pub(super) struct SumBands<'a> {
    pub(super) plan: &'a BinPlan,
    pub(super) scratch: &'a mut BandScratch,
}

const FILTERBANK: u8 = IfMode::Filterbank as u8;
const POWER: u8 = IfMode::Power as u8;
const DEVIATION: u8 = IfMode::Deviation as u8;

impl Kernel for SumBands<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        match self.plan.mode {
            IfMode::Filterbank => sum_bands::<FMA, FILTERBANK>(self.plan, self.scratch),
            IfMode::Power => sum_bands::<FMA, POWER>(self.plan, self.scratch),
            IfMode::Deviation => sum_bands::<FMA, DEVIATION>(self.plan, self.scratch),
        }
    }
}

#[inline(always)]
fn sum_bands<const FMA: bool, const MODE: u8>(plan: &BinPlan, scratch: &mut BandScratch) {
    let BandScratch { spectra, last_phase, tile, sums } = scratch;
    sums.fill(BandSums::default());
    let mut runs = plan.runs.iter().peekable();
    for (tile_index, last_phase) in last_phase.chunks_mut(TILE_BINS).enumerate() {
        let first = tile_index * TILE_BINS;
        let bins = &plan.bins[first..first + last_phase.len()];
        turn(spectra, plan.bins.len(), first..first + bins.len(), tile);
        power_and_phase::<FMA>(bins.len(), tile);
        advances::<MODE>(bins, last_phase, tile);
        while let Some(run) = runs.next_if(|run| run.first < first + bins.len()) {
            let range = run.first - first..run.end - first;
            let [falling, rising] = sum_run::<FMA, MODE>(&bins[range.clone()], tile, range.start);
            add(&mut sums[run.segment], &falling);
            add(&mut sums[run.segment + 1], &rising);
        }
    }
}

/// Copies some bins of the spectra, frame after frame, to the tile, where they stand bin after bin: two bins of four
/// frames at a time, which are a square of four by four numbers.
#[inline(always)]
fn turn(spectra: &[Complex32], n_bins: usize, bins: Range<usize>, tile: &mut Tile) {
    for first_lane in (0..LANES).step_by(4) {
        let [a, b, c, d] = std::array::from_fn(|i| &spectra[(first_lane + i) * n_bins..][bins.clone()]);
        let lanes = first_lane..first_lane + 4;
        let ((a, a_last), (b, b_last), (c, c_last), (d, d_last)) =
            (a.as_chunks::<2>(), b.as_chunks::<2>(), c.as_chunks::<2>(), d.as_chunks::<2>());
        let (re, _) = tile.re.as_chunks_mut::<2>();
        let (im, _) = tile.im.as_chunks_mut::<2>();
        let rows = a.iter().zip(b).zip(c.iter().zip(d));
        for ((((a, b), (c, d)), [re_0, re_1]), [im_0, im_1]) in rows.zip(re).zip(im) {
            let [r0, i0, r1, i1] = transpose([
                [a[0].re, a[0].im, a[1].re, a[1].im],
                [b[0].re, b[0].im, b[1].re, b[1].im],
                [c[0].re, c[0].im, c[1].re, c[1].im],
                [d[0].re, d[0].im, d[1].re, d[1].im],
            ]);
            re_0[lanes.clone()].copy_from_slice(&r0);
            im_0[lanes.clone()].copy_from_slice(&i0);
            re_1[lanes.clone()].copy_from_slice(&r1);
            im_1[lanes.clone()].copy_from_slice(&i1);
        }
        // A spectrum has an odd number of bins: the last is alone.
        let last = bins.len() - 1;
        for (lane, value) in lanes.zip([a_last, b_last, c_last, d_last]) {
            if let [value] = value {
                tile.re[last][lane] = value.re;
                tile.im[last][lane] = value.im;
            }
        }
    }
}

/// Fills the tile's power and phase from its spectra.
#[inline(always)]
fn power_and_phase<const FMA: bool>(n_bins: usize, tile: &mut Tile) {
    let (re, im) = (tile.re[..n_bins].as_flattened(), tile.im[..n_bins].as_flattened());
    // Loops over slices, not functions that take a closure: those may stay calls, without the level's instructions.
    for ((power, re), im) in tile.power.as_flattened_mut().iter_mut().zip(re).zip(im) {
        *power = mul_add::<FMA>(*re, *re, im * im);
    }
    for ((phase, re), im) in tile.phase[1..].iter_mut().zip(re).zip(im) {
        // Adding zero makes +0 of -0: the phase of silence is 0, not half a turn.
        *phase = atan2_half_turns::<FMA>(*im, re + 0.0);
    }
}

/// Makes of the tile's phases what the mode sums over bins, and keeps the last ones for the next block.
///
/// One long loop for each step: the compiler would unroll short ones over the lanes and lose the vectors.
#[inline(always)]
fn advances<const MODE: u8>(bins: &[Bin], last_phase: &mut [f32], tile: &mut Tile) {
    let advances = &mut tile.advance[..bins.len()];
    for (advance, [before, now]) in advances.as_flattened_mut().iter_mut().zip(tile.phase.array_windows()) {
        *advance = wrap_half_turns(now - before);
    }
    // The first lane's predecessor is not the lane in front of it, which belongs to another bin.
    let (phases, _) = tile.phase[1..].as_chunks::<LANES>();
    for ((advance, phase), last) in advances.iter_mut().zip(phases).zip(last_phase) {
        advance[0] = wrap_half_turns(phase[0] - *last);
        *last = phase[LANES - 1];
    }
    if MODE == DEVIATION {
        for (advance, bin) in advances.iter_mut().zip(bins) {
            for turned in advance {
                *turned = wrap_half_turns(*turned - bin.advance);
            }
        }
    }
    if MODE != FILTERBANK {
        let powers = tile.power[..bins.len()].as_flattened();
        for (advance, power) in advances.as_flattened_mut().iter_mut().zip(powers) {
            *advance *= power;
        }
    }
}

/// The sums over neighbouring bins of one segment, the first of them at `first` in the tile: what falls, what rises.
#[inline(always)]
fn sum_run<const FMA: bool, const MODE: u8>(bins: &[Bin], tile: &Tile, first: usize) -> [BandSums; 2] {
    let mut falling = BandSums::default();
    let mut rising = BandSums::default();
    for (bin, (power, advance)) in bins.iter().zip(tile.power[first..].iter().zip(&tile.advance[first..])) {
        for lane in 0..LANES {
            let (power, advance) = (power[lane], advance[lane]);
            falling.power[lane] = mul_add::<FMA>(bin.fall, power, falling.power[lane]);
            rising.power[lane] = mul_add::<FMA>(bin.rise, power, rising.power[lane]);
            falling.advance[lane] = mul_add::<FMA>(bin.fall, advance, falling.advance[lane]);
            rising.advance[lane] = mul_add::<FMA>(bin.rise, advance, rising.advance[lane]);
            if MODE == DEVIATION {
                falling.advance[lane] = mul_add::<FMA>(bin.fall_offset, power, falling.advance[lane]);
                rising.advance[lane] = mul_add::<FMA>(bin.rise_offset, power, rising.advance[lane]);
            }
        }
    }
    [falling, rising]
}

#[inline(always)]
fn add(sums: &mut BandSums, more: &BandSums) {
    for lane in 0..LANES {
        sums.power[lane] += more.power[lane];
        sums.advance[lane] += more.advance[lane];
    }
}
