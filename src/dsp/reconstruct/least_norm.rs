//! From mel bands to bins as torchaudio's `InverseMelScale` does it: least squares, of all solutions the one of least norm, and
//! nothing below 0.
//!
//! With the triangles as the rows of A and a frame's bands b, that is x = Aᵀ (A Aᵀ)⁻¹ b. Only neighbouring triangles overlap, so
//! A Aᵀ has three diagonals and is solved in two passes over the bands.

use crate::dsp::mel::MelFilters;

/// A planned inversion: the factors of A Aᵀ, in f64, because narrow triangles are nearly the same as their neighbours.
#[derive(Debug, Clone)]
pub(super) struct LeastNorm {
    /// With L the lower factor, whose diagonal is 1: L's entries below the diagonal, and 1 over the pivots.
    below: Vec<f64>,
    pivots_inverted: Vec<f64>,
    /// Per segment its bins, and for each bin what rises and what falls there.
    filters: MelFilters,
}

/// A pivot below this share of its diagonal is rounding: the band says no more than those below it.
const PIVOT_MIN: f64 = 1e-12;

impl LeastNorm {
    pub(super) fn new(filters: MelFilters) -> Self {
        let n_mels = filters.n_mels();
        let mut diagonal = vec![0.0; n_mels];
        let mut beside = vec![0.0; n_mels];
        for (segment, bins) in filters.segments().iter().enumerate() {
            for bin in bins.clone() {
                let (rise, fall) = (f64::from(filters.rise()[bin]), f64::from(filters.fall()[bin]));
                if segment < n_mels {
                    diagonal[segment] += rise * rise;
                }
                if segment > 0 {
                    diagonal[segment - 1] += fall * fall;
                    if segment < n_mels {
                        beside[segment] += rise * fall;
                    }
                }
            }
        }
        let mut below = vec![0.0; n_mels];
        let mut pivots_inverted = vec![0.0; n_mels];
        for band in 0..n_mels {
            let before = band.checked_sub(1).map_or(0.0, |before| pivots_inverted[before]);
            below[band] = beside[band] * before;
            let pivot = diagonal[band] - below[band] * beside[band];
            // An empty band has no say.
            let is_independent = pivot > PIVOT_MIN * diagonal[band];
            pivots_inverted[band] = if is_independent { pivot.recip() } else { 0.0 };
        }
        Self { below, pivots_inverted, filters }
    }

    /// Inverts one frame: `bands`, which is overwritten, to the bins of `spread`, none below 0.
    pub(super) fn invert_into(&self, bands: &mut [f64], bins: &mut [f32]) {
        let n_mels = bands.len();
        for band in 1..n_mels {
            bands[band] -= self.below[band] * bands[band - 1];
        }
        for (value, inverted) in bands.iter_mut().zip(&self.pivots_inverted) {
            *value *= inverted;
        }
        for band in (1..n_mels).rev() {
            bands[band - 1] -= self.below[band] * bands[band];
        }
        for (segment, range) in self.filters.segments().iter().enumerate() {
            let rising = bands.get(segment).copied().unwrap_or(0.0);
            let falling = segment.checked_sub(1).map_or(0.0, |band| bands[band]);
            let weights = self.filters.rise()[range.clone()].iter().zip(&self.filters.fall()[range.clone()]);
            for (bin, (rise, fall)) in bins[range.clone()].iter_mut().zip(weights) {
                *bin = (rising * f64::from(*rise) + falling * f64::from(*fall)).max(0.0) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By its defining property: the bins have the bands again, A x = b.
    #[test]
    fn what_is_inverted_has_the_bands_it_came_from() {
        let filters = MelFilters::new(48_000, 2048, 64);
        let least_norm = LeastNorm::new(filters.clone());
        let matrix = filters.to_matrix();
        // Bands of a flat spectrum, whose inverse is not negative anywhere.
        let flat: Vec<f64> = (0..64).map(|band| filters.weight_sum(band)).collect();
        let mut bins = vec![0.0; filters.n_bins()];
        least_norm.invert_into(&mut flat.clone(), &mut bins);
        for (band, expected) in flat.iter().enumerate() {
            let sum: f64 =
                matrix.column(band).iter().zip(&bins).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
            assert!((sum - expected).abs() < 1e-5 * expected, "band {band}: {sum} for {expected}");
        }
    }

    #[test]
    fn empty_bands_and_those_that_say_the_same_leave_finite_bins() {
        let filters = MelFilters::new(48_000, 256, 128);
        assert!(filters.n_empty() > 0);
        let least_norm = LeastNorm::new(filters.clone());
        let mut bins = vec![f32::NAN; filters.n_bins()];
        least_norm.invert_into(&mut vec![1.0; 128], &mut bins);
        assert!(bins.iter().all(|bin| bin.is_finite() && *bin >= 0.0 && *bin < 1e3), "{bins:?}");
    }
}
