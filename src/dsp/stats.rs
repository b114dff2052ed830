//! The statistics that tensors are normalised with.
//!
//! Each tensor is measured by itself, and the measurements are folded in tensor order, so that the result does not
//! depend on how many threads there were or which was faster.

use ndarray::ArrayViewMut3;

use super::simd_level::{Kernel, SimdLevel};
use crate::normalization::NormalizationStats;

/// A standard deviation below this counts as 1: there is nothing to scale.
const DEVIATION_MIN: f64 = 1e-8;

/// Count, mean and sum of squared deviations of each channel of one or more tensors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TensorStats {
    magnitude: Moments,
    inst_freq: Moments,
}

impl TensorStats {
    /// Measures one tensor, `[2, n_mels, frames]` row-major: the first half is one channel, the second the other.
    pub fn of(tensor: &[f32]) -> Self {
        let (magnitude, inst_freq) = tensor.split_at(tensor.len() / 2);
        Self { magnitude: Moments::of(magnitude), inst_freq: Moments::of(inst_freq) }
    }

    /// Its numbers, to be kept elsewhere: count, mean and sum of squared deviations of channel 0, then of channel 1.
    pub fn to_array(&self) -> [f64; 6] {
        let [a, b] = [self.magnitude, self.inst_freq];
        [a.count, a.mean, a.squares, b.count, b.mean, b.squares]
    }

    /// The measurement with the numbers of [`to_array`](Self::to_array).
    pub fn from_array([a, b, c, d, e, f]: [f64; 6]) -> Self {
        let moments = |count, mean, squares| Moments { count, mean, squares };
        Self { magnitude: moments(a, b, c), inst_freq: moments(d, e, f) }
    }

    /// Adds what another measurement found, as if both had been one.
    pub fn merge(&mut self, other: &Self) {
        self.magnitude.merge(&other.magnitude);
        self.inst_freq.merge(&other.inst_freq);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Moments {
    count: f64,
    mean: f64,
    /// Σ (x - mean)².
    squares: f64,
}

impl Moments {
    fn of(values: &[f32]) -> Self {
        if values.is_empty() {
            return Self { count: 0.0, mean: 0.0, squares: 0.0 };
        }
        let level = SimdLevel::best();
        let count = values.len() as f64;
        let mean = level.run(SumPowers::<1> { values, centre: 0.0 }) / count;
        let squares = level.run(SumPowers::<2> { values, centre: mean });
        Self { count, mean, squares }
    }

    /// The pairwise update of Chan et al., "Updating Formulae and a Pairwise Algorithm for Computing
    /// Sample Variances" (1979).
    fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count == 0.0 {
            return;
        }
        let delta = other.mean - self.mean;
        let share = other.count / count;
        self.squares += other.squares + delta * delta * self.count * share;
        self.mean += delta * share;
        self.count = count;
    }

    fn deviation(&self) -> f64 {
        let unbiased = (self.squares / (self.count - 1.0)).sqrt();
        // A single value has no deviation (0/0); it is not scaled either.
        if unbiased >= DEVIATION_MIN { unbiased } else { 1.0 }
    }
}

/// Σ (x - centre)ᴾ in f64, with a fixed number of partial sums in a fixed order, whatever the processor.
struct SumPowers<'a, const P: u32> {
    values: &'a [f32],
    centre: f64,
}

impl<const P: u32> Kernel for SumPowers<'_, P> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        const LANES: usize = 32;
        let term = |value: f32| {
            let off = f64::from(value) - self.centre;
            if P == 2 { off * off } else { off }
        };
        let (chunks, rest) = self.values.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] += term(chunk[lane]);
            }
        }
        sums.into_iter().sum::<f64>() + rest.iter().map(|&value| term(value)).sum::<f64>()
    }
}

impl NormalizationStats {
    /// Folds the measurements of all tensors, in the order given; `None` when there are none.
    pub fn fold(tensors: impl IntoIterator<Item = TensorStats>) -> Option<Self> {
        let all = tensors.into_iter().reduce(|mut all, tensor| {
            all.merge(&tensor);
            all
        })?;
        Some(Self {
            mag_mean: all.magnitude.mean,
            mag_std: all.magnitude.deviation(),
            if_mean: all.inst_freq.mean,
            if_std: all.inst_freq.deviation(),
        })
    }

    /// Replaces each value of a tensor, `[2, n_mels, frames]` row-major, by (x - mean) / std of its channel.
    pub fn normalise(&self, tensor: &mut [f32]) {
        apply(self.normalising(), tensor);
    }

    /// The inverse of [`NormalizationStats::normalise`].
    pub fn denormalise(&self, tensor: &mut [f32]) {
        apply(self.denormalising(), tensor);
    }

    /// [`NormalizationStats::normalise`] for an array `[2, n_mels, frames]` of any memory layout.
    pub fn normalise_array(&self, tensor: ArrayViewMut3<'_, f32>) {
        apply_to_array(self.normalising(), tensor);
    }

    /// [`NormalizationStats::denormalise`] for an array `[2, n_mels, frames]` of any memory layout.
    pub fn denormalise_array(&self, tensor: ArrayViewMut3<'_, f32>) {
        apply_to_array(self.denormalising(), tensor);
    }

    fn normalising(&self) -> [Affine; 2] {
        [(self.mag_mean, self.mag_std), (self.if_mean, self.if_std)].map(|(mean, deviation)| Affine {
            before: -mean,
            scale: 1.0 / deviation,
            after: 0.0,
        })
    }

    fn denormalising(&self) -> [Affine; 2] {
        [(self.mag_mean, self.mag_std), (self.if_mean, self.if_std)].map(|(mean, deviation)| Affine {
            before: 0.0,
            scale: deviation,
            after: mean,
        })
    }
}

/// (x + before) · scale + after, in f64, rounded once at the end.
#[derive(Debug, Clone, Copy)]
struct Affine {
    before: f64,
    scale: f64,
    after: f64,
}

impl Affine {
    #[inline(always)]
    fn of(self, value: f32) -> f32 {
        ((f64::from(value) + self.before) * self.scale + self.after) as f32
    }
}

struct AffineInPlace<'a> {
    map: Affine,
    values: &'a mut [f32],
}

impl Kernel for AffineInPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for value in self.values {
            *value = self.map.of(*value);
        }
    }
}

fn apply([magnitude, inst_freq]: [Affine; 2], tensor: &mut [f32]) {
    let (magnitudes, inst_freqs) = tensor.split_at_mut(tensor.len() / 2);
    let level = SimdLevel::best();
    level.run(AffineInPlace { map: magnitude, values: magnitudes });
    level.run(AffineInPlace { map: inst_freq, values: inst_freqs });
}

fn apply_to_array(maps: [Affine; 2], mut tensor: ArrayViewMut3<'_, f32>) {
    for (mut channel, map) in tensor.outer_iter_mut().zip(maps) {
        channel.mapv_inplace(|value| map.of(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and unbiased deviation from their definitions.
    fn plain(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
        (mean, (squares / (n - 1.0)).sqrt())
    }

    fn tensor(seed: u32, len: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        (0..len).map(|i| if i < len / 2 { 1000.0 + 8.0 * next() } else { next() - 0.5 }).collect()
    }

    #[test]
    fn the_fold_equals_the_definition_over_all_values() {
        let tensors = [tensor(1, 2 * 77), tensor(2, 2 * 1000), tensor(3, 2), tensor(4, 2 * 32)];
        let stats = NormalizationStats::fold(tensors.iter().map(|tensor| TensorStats::of(tensor))).unwrap();
        let channel = |second: bool| -> Vec<f32> {
            let half = |tensor: &Vec<f32>| {
                let (first_half, second_half) = tensor.split_at(tensor.len() / 2);
                if second { second_half.to_vec() } else { first_half.to_vec() }
            };
            tensors.iter().flat_map(half).collect()
        };
        let (mag_mean, mag_std) = plain(&channel(false));
        let (if_mean, if_std) = plain(&channel(true));
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
        assert!(close(stats.mag_mean, mag_mean) && close(stats.mag_std, mag_std), "{stats:?}");
        assert!(close(stats.if_mean, if_mean) && close(stats.if_std, if_std), "{stats:?}");
    }

    #[test]
    fn what_does_not_vary_is_not_scaled_and_nothing_has_no_statistics() {
        let stats = NormalizationStats::fold([TensorStats::of(&[3.0, 3.0, 0.0, 0.0])]).unwrap();
        assert_eq!(stats, NormalizationStats { mag_mean: 3.0, mag_std: 1.0, if_mean: 0.0, if_std: 1.0 });
        let single = NormalizationStats::fold([TensorStats::of(&[3.0, 0.5])]).unwrap();
        assert_eq!(single, NormalizationStats { mag_mean: 3.0, mag_std: 1.0, if_mean: 0.5, if_std: 1.0 });
        assert_eq!(NormalizationStats::fold([]), None);
    }

    #[test]
    fn sums_are_the_same_at_every_level() {
        let values = tensor(5, 2 * 12_033);
        let sums: Vec<[f64; 2]> = SimdLevel::available()
            .map(|level| {
                [
                    level.run(SumPowers::<1> { values: &values, centre: 0.25 }),
                    level.run(SumPowers::<2> { values: &values, centre: 0.25 }),
                ]
            })
            .collect();
        assert!(sums.iter().all(|sum| sum == &sums[0]), "{sums:?}");
    }

    #[test]
    fn normalising_follows_the_formula_and_inverts() {
        let stats = NormalizationStats { mag_mean: 1.25, mag_std: 2.5, if_mean: -0.01, if_std: 0.3 };
        let original = tensor(6, 2 * 50);
        let mut values = original.clone();
        stats.normalise(&mut values);
        for (i, (&value, &x)) in values.iter().zip(&original).enumerate() {
            let (mean, deviation) = if i < 50 { (1.25, 2.5) } else { (-0.01, 0.3) };
            let exact = (f64::from(x) - mean) / deviation;
            assert!((f64::from(value) - exact).abs() <= exact.abs() * f64::from(f32::EPSILON));
        }
        let mut array = ndarray::Array3::from_shape_vec((2, 5, 10), original.clone()).unwrap();
        stats.normalise_array(array.view_mut());
        assert_eq!(array.as_slice().unwrap(), values);

        stats.denormalise(&mut values);
        stats.denormalise_array(array.view_mut());
        assert_eq!(array.as_slice().unwrap(), values);
        for (&value, &x) in values.iter().zip(&original) {
            assert!((value - x).abs() <= 4.0 * f32::EPSILON * x.abs().max(1.0));
        }
    }
}
