//! A change of speed: the chunk is resampled, so that pitch and duration move with it.

use crate::resample::{Resampler, resampled_len};

/// The largest denominator of the fraction that stands for a factor. Factors with up to three decimals are then
/// exact, and any other is met within half the distance from a whole or half to its neighbour: 1.3 in 10 000.
const DENOMINATOR_MAX: u32 = 4_000;

/// Samples that are resampled at a time: what a slower chunk has beyond its length need not be computed.
const BLOCK_SAMPLES: usize = 1_024;

/// The samples that a resampled chunk may need beyond its length at the usual factors: the rest of a block.
pub(super) const SURPLUS_SAMPLES: usize = 4 * BLOCK_SAMPLES;

/// One factor of speed. Planned once; each thread has its own.
pub(super) struct Speed {
    factor: f64,
    resampler: Resampler,
}

impl Speed {
    /// Plans for `factor`, above 1 for faster.
    pub(super) fn new(factor: f64) -> Self {
        // What was recorded at factor times the rate and is played at the rate runs that much faster.
        let (from, to) = fraction(factor);
        Self { factor, resampler: Resampler::new(from, to) }
    }

    /// The factor that was planned for.
    pub(super) fn factor(&self) -> f64 {
        self.factor
    }

    /// Changes the speed of `samples` in place. Gives how many there are now; a chunk that has become longer is cut at
    /// its length, and what lies behind a shorter one is left for the caller to fill. `changed` is room to work in.
    pub(super) fn change(&mut self, samples: &mut [f32], changed: &mut Vec<f32>) -> usize {
        changed.clear();
        self.resampler.reset();
        for block in samples.chunks(BLOCK_SAMPLES) {
            self.resampler.process(block, changed);
            if changed.len() >= samples.len() {
                break;
            }
        }
        if changed.len() < samples.len() {
            self.resampler.finish(changed);
        }
        let n_samples = changed.len().min(samples.len());
        samples[..n_samples].copy_from_slice(&changed[..n_samples]);
        n_samples
    }
}

/// The samples that `n_samples` at the beginning of a chunk of `chunk_samples` become when its speed is changed by
/// `factor`; `None` leaves it.
pub fn samples_after(n_samples: usize, chunk_samples: usize, factor: Option<f64>) -> usize {
    let Some(factor) = factor.filter(|factor| *factor != 1.0) else { return n_samples };
    let (from, to) = fraction(factor);
    resampled_len(n_samples as u64, from, to).min(chunk_samples as u64) as usize
}

/// The fraction with the smallest error whose denominator is at most [`DENOMINATOR_MAX`].
fn fraction(factor: f64) -> (u32, u32) {
    let error = |(above, below): (u32, u32)| (factor - f64::from(above) / f64::from(below)).abs();
    let candidates = (1..=DENOMINATOR_MAX).map(|below| ((factor * f64::from(below)).round() as u32, below));
    // The first of equals: the one in lowest terms.
    candidates.min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap_or((1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_become_fractions() {
        assert_eq!(fraction(0.9), (9, 10));
        assert_eq!(fraction(0.95), (19, 20));
        assert_eq!(fraction(1.05), (21, 20));
        assert_eq!(fraction(1.001), (1001, 1000));
        assert_eq!(fraction(2.0), (2, 1));
        for factor in [0.500_06, 0.937_21, 0.999_88, 1.0 / 3.0_f64.sqrt(), 1.999_93] {
            let (above, below) = fraction(factor);
            let met = f64::from(above) / f64::from(below);
            assert!((met / factor - 1.0).abs() < 1.3e-4, "{factor}: {met}");
        }
    }

    #[test]
    fn a_slower_chunk_is_cut_and_a_faster_one_tells_its_length() {
        let ramp: Vec<f32> = (0..1_000).map(|n| n as f32 / 1_000.0).collect();
        let mut slower = ramp.clone();
        assert_eq!(Speed::new(0.9).change(&mut slower, &mut Vec::new()), 1_000);
        let mut faster = ramp;
        // 1000 samples at 1.1 times the rate: 909.09, and the last begins a sample of its own.
        assert_eq!(Speed::new(1.1).change(&mut faster, &mut Vec::new()), 910);
        let after = |n_samples, factor| samples_after(n_samples, 1_000, factor);
        assert_eq!(
            (after(1_000, Some(1.1)), after(1_000, Some(0.9)), after(900, Some(0.9))),
            (910, 1_000, 1_000)
        );
        assert_eq!((after(800, Some(1.0)), after(800, None), after(450, Some(0.9))), (800, 800, 500));
    }
}
