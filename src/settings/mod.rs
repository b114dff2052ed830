//! Every setting: its range, its default, and `melscope.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::path_text::RelPath;
use crate::whole_file;

mod augmentation;

pub use augmentation::{AugmentationSettings, EXPANSIONS};

/// The settings' file in the dataset's folder.
pub const FILE_NAME: &str = "melscope.json";

/// The largest tensor that is built, in bytes.
pub const TENSOR_BYTES_MAX: u64 = 256_000_000;

/// The sample rates that can be read and built, in Hz.
pub const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// A setting that is unknown, of a wrong type or impossible: the key, what was given and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}, but must be {expected}")]
pub struct SettingsError {
    /// The setting's name in `melscope.json`.
    pub key: String,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

/// How a mel band's instantaneous frequency is made from its bins; formulas in [`crate::dsp::inst_freq`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IfMode {
    /// Mean of the wrapped phase advance, weighted by the mel triangle: what distill's models were trained on.
    #[default]
    Filterbank,
    /// The same, weighted by power as well.
    Power,
    /// Deviation of the power-weighted instantaneous frequency from the band's centre, in half widths.
    Deviation,
}

impl IfMode {
    /// Every mode, the default first.
    pub const ALL: [Self; 3] = [Self::Filterbank, Self::Power, Self::Deviation];

    /// The mode's name in settings, flags and the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filterbank => "filterbank",
            Self::Power => "power",
            Self::Deviation => "deviation",
        }
    }
}

impl fmt::Display for IfMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IfMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| format!("expected {IF_MODE_EXPECTED}"))
    }
}

const IF_MODE_EXPECTED: &str = "filterbank, power or deviation";

/// What the analysis of one chunk depends on.
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
    /// How a band's instantaneous frequency is made.
    pub if_mode: IfMode,
}

impl AnalysisSettings {
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

    /// Refuses settings that no analysis is defined for.
    pub fn check(&self) -> Result<(), SettingsError> {
        let error = |key: &str, value: String, expected: String| {
            Err(SettingsError { key: key.into(), value, expected })
        };
        if !SAMPLE_RATES_HZ.contains(&self.sample_rate_hz) {
            return error("sample_rate", format!("{} Hz", self.sample_rate_hz), "1000 to 768000 Hz".into());
        }
        if !(32..=65_536).contains(&self.n_fft) || !self.n_fft.is_multiple_of(2) {
            return error("n_fft", self.n_fft.to_string(), "an even number from 32 to 65536".into());
        }
        if !(1..=self.n_fft).contains(&self.hop_samples) {
            return error("hop", self.hop_samples.to_string(), format!("1 to n_fft ({})", self.n_fft));
        }
        if !(1..=self.n_fft / 2).contains(&self.n_mels) {
            return error("n_mels", self.n_mels.to_string(), format!("1 to n_fft/2 ({})", self.n_fft / 2));
        }
        if self.chunk_samples <= self.n_fft / 2 {
            let least_s = (self.n_fft / 2 + 1) as f64 / f64::from(self.sample_rate_hz);
            return error(
                "chunk_seconds",
                format!("{} samples long", self.chunk_samples),
                format!("longer than n_fft/2 ({} samples, {least_s:.4} s)", self.n_fft / 2),
            );
        }
        if !self.if_threshold.is_finite() || self.if_threshold < 0.0 {
            return error(
                "if_threshold",
                self.if_threshold.to_string(),
                "0 (off) or a positive number".into(),
            );
        }
        if self.tensor_bytes() > TENSOR_BYTES_MAX {
            return error(
                "chunk_seconds",
                format!("such that one tensor takes {} MB", self.tensor_bytes() / 1_000_000),
                "short enough, with hop and n_mels, for tensors of at most 256 MB".into(),
            );
        }
        Ok(())
    }

    /// The settings that are not those of `other`, with their values here: "hop 256".
    pub fn differences_from(&self, other: &Self) -> Vec<String> {
        let named = |settings: &Self| {
            [
                format!("sample rate {} Hz", settings.sample_rate_hz),
                format!("chunk {} samples", settings.chunk_samples),
                format!("n_fft {}", settings.n_fft),
                format!("hop {}", settings.hop_samples),
                format!("n_mels {}", settings.n_mels),
                format!("threshold {:e}", settings.if_threshold),
                format!("mode {}", settings.if_mode),
            ]
        };
        let pairs = named(self).into_iter().zip(named(other));
        pairs.filter(|(own, others)| own != others).map(|(own, _)| own).collect()
    }

    /// What is possible but probably not meant, in words.
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

/// Everything a build depends on besides the sources. Plain data; [`Settings::check`] refuses the impossible.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Rate every source is resampled to, in Hz.
    #[serde(rename = "sample_rate")]
    pub sample_rate_hz: u32,
    /// Length of a chunk in seconds; [`Settings::chunk_samples`] truncates, as the reference does.
    #[serde(rename = "chunk_seconds")]
    pub chunk_s: f64,
    /// Samples per FFT window; even.
    pub n_fft: usize,
    /// Samples from one frame to the next.
    #[serde(rename = "hop")]
    pub hop_samples: usize,
    /// Mel bands.
    pub n_mels: usize,
    /// Mel power below which the instantaneous frequency is set to 0; 0 switches the mask off.
    pub if_threshold: f64,
    /// How a band's instantaneous frequency is made.
    pub if_mode: IfMode,
    /// Seed of every random choice. Recorded in the manifest.
    pub seed: u64,
    /// Variants of every chunk.
    #[serde(flatten)]
    pub augmentation: AugmentationSettings,
    /// Another place for the cache than `.cache` in the dataset; relative to the dataset.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_cache_dir")]
    pub cache_dir: Option<PathBuf>,
    /// Files and folders, relative to the dataset, that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<RelPath>,
}

#[expect(clippy::ref_option, reason = "serde hands fields over this way")]
fn serialize_cache_dir<S: serde::Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => crate::path_text::json::serialize(path, serializer),
        None => serializer.serialize_none(),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sample_rate_hz: 48_000,
            chunk_s: 1.0,
            n_fft: 2048,
            hop_samples: 512,
            n_mels: 128,
            if_threshold: 1e-5,
            if_mode: IfMode::Filterbank,
            seed: 0,
            augmentation: AugmentationSettings::default(),
            cache_dir: None,
            exclude: Vec::new(),
        }
    }
}

impl Settings {
    /// The keys of `melscope.json` besides those of augmentation, with what their values must be.
    const KEYS: [(&'static str, &'static str); 10] = [
        ("sample_rate", "a whole number from 1000 to 768000 (Hz)"),
        ("chunk_seconds", "a positive number (seconds)"),
        ("n_fft", "an even whole number from 32 to 65536"),
        ("hop", "a whole number from 1 to n_fft"),
        ("n_mels", "a whole number from 1 to n_fft/2"),
        ("if_threshold", "0 (off) or a positive number"),
        ("if_mode", IF_MODE_EXPECTED),
        ("seed", "a whole number from 0 to 18446744073709551615"),
        ("cache_dir", "a path"),
        ("exclude", "a list of paths relative to the dataset"),
    ];

    /// What the value of `key` must be, in words; empty for what is not a setting.
    pub(crate) fn expected(key: &str) -> &'static str {
        Self::keys().find(|(name, _)| *name == key).map_or("", |(_, expected)| expected)
    }

    fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
        Self::KEYS.into_iter().chain(AugmentationSettings::KEYS)
    }

    /// Reads settings from JSON text; keys that are not there keep their defaults.
    pub fn from_json(text: &str) -> Result<Self, SettingsError> {
        let object: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(text).map_err(|error| SettingsError {
                key: "the file".into(),
                value: format!("not readable as JSON ({error})"),
                expected: "one object of settings, {\"n_fft\": 2048, …}".into(),
            })?;
        let mut settings = Self::default();
        for (key, value) in &object {
            settings.set(key, value.get())?;
        }
        settings.check()?;
        Ok(settings)
    }

    fn set(&mut self, key: &str, json: &str) -> Result<(), SettingsError> {
        let Some((_, expected)) = Self::keys().find(|(name, _)| *name == key) else {
            return Err(SettingsError {
                key: key.into(),
                value: "not a setting".into(),
                expected: format!(
                    "one of {}",
                    Self::keys().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
                ),
            });
        };
        let parsed = match key {
            "sample_rate" => assign(&mut self.sample_rate_hz, json),
            "chunk_seconds" => assign(&mut self.chunk_s, json),
            "n_fft" => assign(&mut self.n_fft, json),
            "hop" => assign(&mut self.hop_samples, json),
            "n_mels" => assign(&mut self.n_mels, json),
            "if_threshold" => assign(&mut self.if_threshold, json),
            "if_mode" => assign(&mut self.if_mode, json),
            "seed" => assign(&mut self.seed, json),
            "cache_dir" => crate::path_text::json::deserialize(&mut serde_json::Deserializer::from_str(json))
                .map(|path| self.cache_dir = Some(path)),
            "exclude" => assign(&mut self.exclude, json),
            // It is one of the keys, so it is one of these.
            _ => self.augmentation.set(key, json).unwrap_or(Ok(())),
        };
        parsed.map_err(|_mismatch| SettingsError {
            key: key.into(),
            value: json.into(),
            expected: expected.into(),
        })
    }

    /// Loads a settings file; `None` when there is none at `path`.
    pub fn load(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            // A file in place of the folder holds no settings either; whoever opens the folder says so.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Error::io("read the settings in", path)(error)),
        };
        Self::from_json(&text)
            .map(Some)
            .map_err(|problem| Error::SettingsFile { path: path.to_path_buf(), problem })
    }

    /// Saves the settings at `path`: the file is complete or unchanged, whatever happens meanwhile.
    pub fn save(&self, path: &Path) -> Result<()> {
        whole_file::write(path, true, |file| {
            serde_json::to_writer_pretty(&mut *file, self)
                .map_err(io::Error::from)
                .and_then(|()| file.write_all(b"\n"))
                .map_err(Error::io("save the settings in", path))
        })
    }

    /// Samples per chunk: seconds times rate, truncated (0.29 s at 48 kHz is 13 919).
    pub fn chunk_samples(&self) -> usize {
        (self.chunk_s * f64::from(self.sample_rate_hz)) as usize
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

    /// Refuses impossible settings before any work.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !self.chunk_s.is_finite() || self.chunk_s <= 0.0 {
            return Err(SettingsError {
                key: "chunk_seconds".into(),
                value: self.chunk_s.to_string(),
                expected: "a positive number (seconds)".into(),
            });
        }
        self.analysis().check()?;
        self.augmentation.check()
    }

    /// Where the cache of the dataset `root` lives.
    pub fn cache_dir_of(&self, root: &Path) -> PathBuf {
        root.join(self.cache_dir.as_deref().unwrap_or(Path::new(".cache")))
    }
}

fn assign<'a, T: Deserialize<'a>>(target: &mut T, json: &'a str) -> Result<(), serde_json::Error> {
    *target = serde_json::from_str(json)?;
    Ok(())
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
    fn errors_name_key_value_and_range() {
        let error = |json: &str| Settings::from_json(json).unwrap_err().to_string();
        assert_eq!(error(r#"{"n_fft": 2047}"#), "n_fft is 2047, but must be an even number from 32 to 65536");
        assert_eq!(
            error(r#"{"n_mels": "many"}"#),
            "n_mels is \"many\", but must be a whole number from 1 to n_fft/2"
        );
        assert!(
            error(r#"{"nfft": 2048}"#).starts_with("nfft is not a setting, but must be one of sample_rate")
        );
        assert!(error(r#"{"chunk_seconds": 0.02}"#).contains("longer than n_fft/2 (1024 samples"));
        assert!(error(r#"{"hop": 4096}"#).contains("1 to n_fft (2048)"));
        assert!(error(r#"{"if_threshold": -1}"#).contains("0 (off)"));
        assert!(error(r#"{"sample_rate": 999}"#).contains("1000 to 768000"));
        assert!(error(r#"{"hop": 1, "chunk_seconds": 10}"#).contains("at most 256 MB"));
        assert!(error(r#"{"hop": 1, "chunk_seconds": 1e300}"#).contains("at most 256 MB"));
        assert!(error("[]").contains("one object"));
        assert_eq!(
            error(r#"{"pitch_range": [2, -2]}"#),
            "pitch_range is [2.0, -2.0], but must be two numbers from -12 to 12 (semitones), the lower first"
        );
        assert_eq!(
            error(r#"{"noise_probability": 1.5}"#),
            "noise_probability is 1.5, but must be a number from 0 to 1"
        );
        assert!(error(r#"{"speed_factors": []}"#).contains("1 to 100 numbers"));
    }

    #[test]
    fn settings_go_through_their_file_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        assert!(Settings::load(&path).unwrap().is_none());
        let settings = Settings {
            n_mels: 80,
            if_mode: IfMode::Deviation,
            augmentation: AugmentationSettings {
                expansion: 10,
                semitones: [-0.25, 3.0],
                reference_levels: true,
                ..AugmentationSettings::default()
            },
            exclude: vec![RelPath::new("noise/hum.wav")],
            cache_dir: Some("elsewhere".into()),
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path).unwrap(), Some(settings));
    }
}
