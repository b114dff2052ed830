//! The settings' file: read, with words for what is wrong with it, and written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::table::{SETTINGS, Setting, Settings};
use crate::error::{Error, Result, SettingsError};
use crate::whole_file;

/// The settings' file in the dataset's folder.
pub const FILE_NAME: &str = "melscope.json";

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for setting in SETTINGS {
            let value = setting.get(self);
            if !value.is_nothing() {
                map.serialize_entry(setting.key, &value)?;
            }
        }
        map.end()
    }
}

impl Settings {
    /// Reads settings from JSON text; keys that are not there keep their defaults.
    pub fn from_json(text: &str) -> Result<Self, SettingsError> {
        // Some editors begin a file with a mark of its encoding.
        let text = text.trim_start_matches('\u{FEFF}');
        let object: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(text).map_err(|error| SettingsError {
                key: "the file".into(),
                value: format!("not readable as JSON ({error})"),
                expected: "one object of settings, {\"n_fft\": 2048, …}".into(),
            })?;
        let mut settings = Self::default();
        for (key, json) in &object {
            settings.set_json(key, json.get())?;
        }
        settings.check()?;
        Ok(settings)
    }

    fn set_json(&mut self, key: &str, json: &str) -> Result<(), SettingsError> {
        let setting = Setting::of_key(key).ok_or_else(|| {
            let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
            SettingsError {
                key: key.into(),
                value: "not a setting".into(),
                expected: format!("one of {}", keys.join(", ")),
            }
        })?;
        let value = setting.kind.value_of_json(json);
        value.and_then(|value| setting.set(self, value)).ok_or_else(|| SettingsError {
            key: key.into(),
            value: json.into(),
            expected: setting.expected(),
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

    /// Where the cache of the dataset `root` lives.
    pub fn cache_dir_of(&self, root: &Path) -> PathBuf {
        root.join(self.cache_dir.as_deref().unwrap_or(Path::new(".cache")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path_text::RelPath;
    use crate::settings::{AugmentationSettings, IfMode};

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
        assert_eq!(Settings::from_json("\u{FEFF}{}").unwrap(), Settings::default());
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
