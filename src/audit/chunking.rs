//! The part of the settings that measurements depend on.

use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// The cutting into chunks, on which the measurements depend besides the recording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chunking {
    /// The rate that a build brings everything to, in Hz.
    pub sample_rate_hz: u32,
    /// Samples of a chunk at that rate.
    pub chunk_samples: usize,
    /// The level below which silence at both ends is trimmed, in dBFS; `None` where it is not.
    pub trim_silence_dbfs: Option<f64>,
}

impl From<&Settings> for Chunking {
    fn from(settings: &Settings) -> Self {
        Self {
            sample_rate_hz: settings.sample_rate_hz,
            chunk_samples: settings.chunk_samples(),
            trim_silence_dbfs: settings.trim_silence_dbfs,
        }
    }
}

impl Chunking {
    /// The frames of a chunk at `rate_hz`, the rate of a source, rounded down.
    pub(super) fn chunk_frames(&self, rate_hz: u32) -> u64 {
        let exact = u128::from(rate_hz) * self.chunk_samples as u128 / u128::from(self.sample_rate_hz.max(1));
        u64::try_from(exact).unwrap_or(u64::MAX)
    }
}
