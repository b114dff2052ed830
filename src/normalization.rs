//! The statistics that tensors are normalised with: computed and applied by `dsp`, recorded by `cache`.

use serde::{Deserialize, Serialize};

/// Mean and standard deviation of each channel over all tensors of a dataset, before they are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NormalizationStats {
    /// Mean of channel 0, ln(1 + mel power).
    pub mag_mean: f64,
    /// Unbiased standard deviation of channel 0; 1 where there is none.
    pub mag_std: f64,
    /// Mean of channel 1, instantaneous frequency.
    pub if_mean: f64,
    /// Unbiased standard deviation of channel 1; 1 where there is none.
    pub if_std: f64,
}
