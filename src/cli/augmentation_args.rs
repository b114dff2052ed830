//! The flags of augmentation, the same for every command that has settings.

use clap::Args;

use super::args::{number, override_with};
use crate::settings::{AugmentationSettings, Settings, SettingsError};

/// Usual are 15 variants for fewer than 50 files, 10 for fewer than 200, else 5; `melscope estimate` says what they cost.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Augmentation (15 variants are usual for fewer than 50 files, 10 for fewer than 200, else 5)"
)]
pub(super) struct AugmentationArgs {
    /// Variants of each chunk besides the original, 0 (off) to 1000 [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = number::<u32>("expansion"))]
    expansion: Option<u32>,
    /// How often the pitch is shifted, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true, value_parser = number::<f64>("pitch_probability"))]
    pitch_probability: Option<f64>,
    /// Least and largest shift in semitones, -12 to 12, as in --pitch-range=-2,2 [default: -2 2]
    #[arg(long, value_names = ["MIN", "MAX"], num_args = 1..=2, value_delimiter = ',', allow_negative_numbers = true, value_parser = number::<f64>("pitch_range"))]
    pitch_range: Vec<f64>,
    /// How often the speed is changed, and the pitch with it, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true, value_parser = number::<f64>("speed_probability"))]
    speed_probability: Option<f64>,
    /// Factors of speed to choose from, 0.5 to 2 [default: 0.9,0.95,1,1,1.05,1.1]
    #[arg(long, value_name = "FACTORS", num_args = 1.., value_delimiter = ',', allow_negative_numbers = true, value_parser = number::<f64>("speed_factors"))]
    speed_factors: Vec<f64>,
    /// How often white noise is added, 0 to 1 [default: 0.3]
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true, value_parser = number::<f64>("noise_probability"))]
    noise_probability: Option<f64>,
    /// Least and largest signal-to-noise ratio in dB, -20 to 100 [default: 15 40]
    #[arg(long, value_names = ["MIN", "MAX"], num_args = 1..=2, value_delimiter = ',', allow_negative_numbers = true, value_parser = number::<f64>("noise_snr"))]
    noise_snr: Vec<f64>,
    /// How often the volume is changed, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true, value_parser = number::<f64>("volume_probability"))]
    volume_probability: Option<f64>,
    /// Least and largest gain, 0.01 to 10; it is divided by MAX, so that nothing clips [default: 0.7 1.3]
    #[arg(long, value_names = ["MIN", "MAX"], num_args = 1..=2, value_delimiter = ',', allow_negative_numbers = true, value_parser = number::<f64>("volume_range"))]
    volume_range: Vec<f64>,
    /// Set levels as distill's trainer does: clip higher gains and normalise the peak after them [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    reference_levels: Option<bool>,
}

impl AugmentationArgs {
    /// Puts the flags that were given in place of the settings.
    ///
    /// # Errors
    /// When a range has one end only.
    pub(super) fn override_in(&self, settings: &mut AugmentationSettings) -> Result<(), SettingsError> {
        override_with(&mut settings.expansion, self.expansion);
        override_with(&mut settings.pitch_probability, self.pitch_probability);
        override_with(&mut settings.semitones, range("pitch_range", &self.pitch_range)?);
        override_with(&mut settings.speed_probability, self.speed_probability);
        override_with(&mut settings.noise_probability, self.noise_probability);
        override_with(&mut settings.snr_db, range("noise_snr", &self.noise_snr)?);
        override_with(&mut settings.volume_probability, self.volume_probability);
        override_with(&mut settings.gain, range("volume_range", &self.volume_range)?);
        override_with(&mut settings.reference_levels, self.reference_levels);
        if !self.speed_factors.is_empty() {
            settings.speed_factors.clone_from(&self.speed_factors);
        }
        Ok(())
    }
}

/// Both ends of the range `key`; `None` where the flag was not given.
fn range(key: &str, values: &[f64]) -> Result<Option<[f64; 2]>, SettingsError> {
    match values {
        [] => Ok(None),
        [low, high] => Ok(Some([*low, *high])),
        other => Err(SettingsError {
            key: key.into(),
            value: format!("{other:?}"),
            expected: Settings::expected(key).into(),
        }),
    }
}
