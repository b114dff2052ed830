//! The part of the settings that the analysis of one chunk depends on.

use super::table::{FfmpegUse, IfMode, Settings};

/// The settings that the analysis of one chunk depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnalysisSettings {
    /// Rate every source is resampled to, in Hz.
    pub sample_rate_hz: u32,
    /// Samples per chunk.
    pub chunk_samples: usize,
    /// Samples per FFT window; even.
    pub n_fft: usize,
    /// Samples from one frame to the next.
    pub hop_samples: usize,
    /// Mel bands.
    pub n_mels: usize,
    /// Mel power below which the instantaneous frequency is set to 0; 0 switches the mask off.
    pub if_threshold: f64,
    /// The way in which a band's instantaneous frequency is made.
    pub if_mode: IfMode,
}

/// The settings by which a recording is read before it is cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadSettings {
    /// Whether an installed `ffmpeg` reads what Melscope has no decoder for.
    pub ffmpeg: FfmpegUse,
    /// Chunks are cut between the first and the last frame that reaches this, in dBFS; `None` is off.
    pub trim_silence_dbfs: Option<f64>,
}

impl Default for ReadSettings {
    fn default() -> Self {
        Settings::default().reading()
    }
}

impl AnalysisSettings {
    /// The same without the threshold, which is applied to what was analysed.
    #[must_use]
    pub fn unmasked(self) -> Self {
        Self { if_threshold: 0.0, ..self }
    }

    /// STFT frames of a chunk: `chunk_samples / hop + 1`, because frames are centred.
    pub fn n_frames(&self) -> usize {
        (self.chunk_samples / self.hop_samples).saturating_add(1)
    }

    /// FFT bins of a frame: `n_fft / 2 + 1`.
    pub fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// The tensor's shape: `[2, n_mels, frames]`.
    pub fn tensor_shape(&self) -> [usize; 3] {
        [2, self.n_mels, self.n_frames()]
    }

    /// Bytes of one tensor of f32.
    pub fn tensor_bytes(&self) -> u64 {
        self.tensor_shape().iter().fold(4, |bytes: u64, &n| bytes.saturating_mul(n as u64))
    }

    /// Settings with this analysis, and the defaults for everything else.
    pub(crate) fn to_settings(self) -> Settings {
        let Self { sample_rate_hz, chunk_samples, n_fft, hop_samples, n_mels, if_threshold, if_mode } = self;
        Settings {
            sample_rate_hz,
            chunk_s: chunk_seconds(chunk_samples as u64, sample_rate_hz),
            n_fft,
            hop_samples,
            n_mels,
            if_threshold,
            if_mode,
            ..Settings::default()
        }
    }
}

/// A length in seconds that [`Settings::chunk_samples`] makes these samples of: half a sample more keeps rounding from
/// taking the last one away.
pub(crate) fn chunk_seconds(chunk_samples: u64, sample_rate_hz: u32) -> f64 {
    (chunk_samples as f64 + 0.5) / f64::from(sample_rate_hz)
}

impl Settings {
    /// Samples per chunk: seconds times rate, truncated (0.29 s at 48 kHz is 13 919).
    pub fn chunk_samples(&self) -> usize {
        (self.chunk_s * f64::from(self.sample_rate_hz)) as usize
    }

    /// The part that reading a recording depends on.
    pub fn reading(&self) -> ReadSettings {
        ReadSettings { ffmpeg: self.ffmpeg, trim_silence_dbfs: self.trim_silence_dbfs }
    }

    /// The part that the analysis of a chunk depends on.
    pub fn analysis(&self) -> AnalysisSettings {
        AnalysisSettings {
            sample_rate_hz: self.sample_rate_hz,
            chunk_samples: self.chunk_samples(),
            n_fft: self.n_fft,
            hop_samples: self.hop_samples,
            n_mels: self.n_mels,
            if_threshold: self.if_threshold,
            if_mode: self.if_mode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_samples_by_truncation() {
        let settings = Settings { chunk_s: 0.29, ..Settings::default() };
        assert_eq!(settings.chunk_samples(), 13_919);
    }

    #[test]
    fn samples_become_seconds_and_come_back() {
        for sample_rate_hz in [1_000, 44_100, 48_000, 768_000] {
            for n_samples in [1, 3, 13_919, 48_001, 1_000_000_007] {
                let chunk_s = chunk_seconds(n_samples, sample_rate_hz);
                let settings = Settings { sample_rate_hz, chunk_s, ..Settings::default() };
                assert_eq!(settings.chunk_samples() as u64, n_samples, "{sample_rate_hz} Hz");
            }
        }
    }
}
