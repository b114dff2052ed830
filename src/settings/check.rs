//! Refusal of settings that nothing is defined for, and warnings of what is probably not meant.

use super::analysis::AnalysisSettings;
use super::table::{AugmentationSettings, CHUNK_SECONDS, SETTINGS, Setting, Settings, Stage};
use crate::error::SettingsError;

/// The largest tensor that is built, in bytes.
pub const TENSOR_BYTES_MAX: u64 = 256_000_000;

/// A setting with an impossible value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value, in words.
    pub value: String,
    /// The possible values.
    pub expected: String,
}

impl From<Problem> for SettingsError {
    fn from(problem: Problem) -> Self {
        Self { key: problem.setting.key.into(), value: problem.value, expected: problem.expected }
    }
}

impl Settings {
    /// Refuses impossible settings before any work.
    pub fn check(&self) -> Result<(), SettingsError> {
        Ok(self.check_stages(&[Stage::Analysis, Stage::Variants, Stage::Dataset])?)
    }

    /// The same for the settings of some stages, with the setting that is impossible.
    pub fn check_stages(&self, stages: &[Stage]) -> Result<(), Problem> {
        for setting in SETTINGS.iter().copied().filter(|setting| stages.contains(&setting.stage)) {
            setting
                .kind
                .check(&setting.get(self), setting.unit_in_words(), self.n_fft)
                .map_err(|wrong| Problem { setting, value: wrong.value, expected: wrong.expected })?;
        }
        if stages.contains(&Stage::Analysis) { self.check_chunk() } else { Ok(()) }
    }

    /// Refuses a chunk that is too short for the window, or whose tensor is too large.
    fn check_chunk(&self) -> Result<(), Problem> {
        let analysis = self.analysis();
        let problem = |value, expected| Err(Problem { setting: &CHUNK_SECONDS, value, expected });
        if analysis.chunk_samples <= analysis.n_fft / 2 {
            let least_s = (analysis.n_fft / 2 + 1) as f64 / f64::from(analysis.sample_rate_hz);
            return problem(
                format!("{} samples long", analysis.chunk_samples),
                format!("longer than n_fft/2 ({} samples, {least_s:.4} s)", analysis.n_fft / 2),
            );
        }
        if analysis.tensor_bytes() > TENSOR_BYTES_MAX {
            return problem(
                format!("such that one tensor takes {} MB", analysis.tensor_bytes() / 1_000_000),
                "short enough, with hop and n_mels, for tensors of at most 256 MB".into(),
            );
        }
        Ok(())
    }
}

impl AnalysisSettings {
    /// Refuses settings that no analysis is defined for.
    pub fn check(&self) -> Result<(), SettingsError> {
        Ok(self.to_settings().check_stages(&[Stage::Analysis])?)
    }

    /// Warnings of what is possible but probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.hop_samples * 4 > self.n_fft {
            warnings.push(format!(
                "hop {} is more than a quarter of n_fft {}: instantaneous frequency is ambiguous below 75 % overlap",
                self.hop_samples, self.n_fft
            ));
        }
        warnings
    }
}

impl AugmentationSettings {
    /// Warnings of what is possible but probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let probabilities =
            [self.pitch_probability, self.speed_probability, self.noise_probability, self.volume_probability];
        if self.expansion > 0 && probabilities == [0.0; 4] {
            return vec![
                "every probability of augmentation is 0: all variants will be copies of their chunks".into(),
            ];
        }
        Vec::new()
    }
}
