//! `manifest.json`: the commit record that the trainer and we both read. FORMAT.md explains every key.

use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::disk;
use crate::distill::{ListedFile, SpectrogramConfig};
use crate::error::Result;
use crate::normalization::NormalizationStats;
use crate::path_text::RelPath;
use crate::settings::{AugmentationSettings, Recorded, Settings, chunk_seconds};

/// The manifest's name in the cache.
pub const FILE_NAME: &str = "manifest.json";

/// The version of FORMAT.md that this program writes.
pub const FORMAT: u32 = 3;

/// The versions of it that this program reads.
pub const FORMATS: RangeInclusive<u32> = 1..=FORMAT;

/// The version of the trainer's manifest.
const VERSION: &str = "2.0";

/// The file that stands in for the manifest during the switch: the trainer clears the folder on it, and for us there is no cache.
pub(super) const TOMBSTONE: &[u8] = b"{\"version\": \"2.0\", \"files\": []}\n";

/// A whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the trainer's format.
    pub version: String,
    /// Time of the commit, ISO 8601.
    pub created: String,
    /// Length of `files`.
    pub file_count: u64,
    /// The files that the trainer's scan finds.
    pub files: Vec<ListedFile>,
    /// Samples per chunk.
    pub chunk_samples: u64,
    /// Rate of the chunks, in Hz.
    #[serde(rename = "sample_rate")]
    pub sample_rate_hz: u32,
    /// Variants per chunk.
    pub augmentation_expansion: u32,
    /// The augmentation, if any.
    pub augmentation_config: Option<AugmentationConfig>,
    /// The analysis, as far as the trainer knows it.
    pub complex_spectrogram_config: SpectrogramConfig,
    /// Statistics that normalised the tensors.
    pub normalization_stats: NormalizationStats,
    /// Number of tensors.
    pub total_spectrograms: u64,
    /// Bytes of all tensors' files.
    pub cache_size_bytes: u64,
    /// The record of what the trainer does not note; absent in its own caches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub melscope: Option<Provenance>,
}

/// The trainer's keys of augmentation, in its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AugmentationConfig {
    /// Probability of a pitch shift.
    pub pitch_shift_probability: f64,
    /// Its range in semitones.
    pub pitch_shift_range: [f64; 2],
    /// FFT size of the pitch shift.
    pub pitch_shift_n_fft: u32,
    /// Probability of a change of speed.
    pub speed_probability: f64,
    /// Its factors.
    pub speed_factors: Vec<f64>,
    /// Probability of noise.
    pub noise_probability: f64,
    /// Range of the signal-to-noise ratio in dB.
    pub noise_snr_range: [f64; 2],
    /// Probability of a change of volume.
    pub volume_probability: f64,
    /// Range of the gain.
    pub volume_range: [f64; 2],
    /// Variants per chunk.
    pub expansion_ratio: u32,
}

impl AugmentationConfig {
    /// The augmentation that the settings ask for, with a pitch shift of `pitch_n_fft`; `None` without variants.
    pub fn of(settings: &AugmentationSettings, pitch_n_fft: usize) -> Option<Self> {
        (settings.expansion > 0).then(|| Self {
            pitch_shift_probability: settings.pitch_probability,
            pitch_shift_range: settings.semitones,
            pitch_shift_n_fft: pitch_n_fft as u32,
            speed_probability: settings.speed_probability,
            speed_factors: settings.speed_factors.clone(),
            noise_probability: settings.noise_probability,
            noise_snr_range: settings.snr_db,
            volume_probability: settings.volume_probability,
            volume_range: settings.gain,
            expansion_ratio: settings.expansion,
        })
    }

    /// The settings that ask for this, with `reference_levels`, which the trainer does not know.
    fn to_settings(&self, reference_levels: bool) -> AugmentationSettings {
        AugmentationSettings {
            expansion: self.expansion_ratio,
            pitch_probability: self.pitch_shift_probability,
            semitones: self.pitch_shift_range,
            speed_probability: self.speed_probability,
            speed_factors: self.speed_factors.clone(),
            noise_probability: self.noise_probability,
            snr_db: self.noise_snr_range,
            volume_probability: self.volume_probability,
            gain: self.volume_range,
            reference_levels,
        }
    }
}

/// Melscope's own part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of FORMAT.md.
    pub format: u32,
    /// Version of the program.
    pub program: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Settings that the trainer does not know, under their keys.
    #[serde(flatten)]
    pub settings: Recorded,
    /// When the build began, in ns since 1970.
    pub started_ns: i64,
    /// Every file that was used, in path order.
    pub sources: Vec<Source>,
    /// Files that could not be used.
    pub skipped: Vec<LeftOut>,
    /// Files that the settings leave out.
    pub excluded: Vec<LeftOut>,
}

/// A file that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its place in the dataset.
    #[serde(rename = "path")]
    pub relative: RelPath,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in ns since 1970.
    pub mtime_ns: i64,
    /// Hash of the file, hexadecimal.
    pub blake3: String,
    /// Length in frames of its own rate.
    pub frames: u64,
    /// Its own rate, in Hz.
    #[serde(rename = "sample_rate")]
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub channels: u32,
    /// Chunks that have tensors.
    pub chunks: u64,
    /// Chunks that the settings leave out; absent for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub chunks_left_out: u64,
    /// The damage, where it could be used all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// The program that decoded it, with its version; absent where it was this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A file that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its place in the dataset.
    #[serde(rename = "path")]
    pub relative: RelPath,
    /// Why it was left out.
    pub reason: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in ns since 1970.
    pub mtime_ns: i64,
    /// Hash of the file, hexadecimal, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// True where it was left out only because there was no `ffmpeg` to read it; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_ffmpeg: bool,
}

/// The file in a manifest's place, by whose it is.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredManifest {
    /// Nothing, or a tombstone.
    Absent,
    /// A cache of this program in a format that it reads; [`Manifest::melscope`] is there.
    Ours(Box<Manifest>),
    /// A cache of this program in another format.
    OtherFormat(u32),
    /// A cache of the trainer's own preparation.
    Reference(Box<Manifest>),
    /// Something else; why it is taken for that.
    Foreign(String),
}

/// The part of a manifest that tells those apart that are no [`Manifest`].
#[derive(Deserialize)]
struct Probe {
    melscope: ProbeFormat,
}

#[derive(Deserialize)]
struct ProbeFormat {
    format: u32,
}

impl StoredManifest {
    /// Looks into a cache folder, which need not exist.
    pub fn in_folder(cache_dir: &Path) -> Result<Self> {
        Ok(disk::read_optional(&cache_dir.join(FILE_NAME))?.map_or(Self::Absent, |json| Self::in_json(&json)))
    }

    /// Tells what a file's content is.
    pub fn in_json(json: &[u8]) -> Self {
        let error = match serde_json::from_slice::<Manifest>(json) {
            Ok(manifest) => {
                return match &manifest.melscope {
                    Some(melscope) if FORMATS.contains(&melscope.format) => Self::Ours(manifest.into()),
                    Some(melscope) => Self::OtherFormat(melscope.format),
                    None => Self::Reference(manifest.into()),
                };
            }
            Err(error) => error,
        };
        if serde_json::from_slice(json).is_ok_and(|value: serde_json::Value| is_tombstone(&value)) {
            return Self::Absent;
        }
        match serde_json::from_slice::<Probe>(json) {
            Ok(probe) if !FORMATS.contains(&probe.melscope.format) => {
                Self::OtherFormat(probe.melscope.format)
            }
            _ => Self::Foreign(error.to_string()),
        }
    }
}

fn is_tombstone(value: &serde_json::Value) -> bool {
    *value == serde_json::json!({"version": VERSION, "files": []})
}

/// The facts of a build that is done.
#[derive(Debug, Clone)]
pub struct BuildRecord<'a> {
    /// The settings of the build.
    pub settings: &'a Settings,
    /// The augmentation; `None` for none.
    pub augmentation: Option<AugmentationConfig>,
    /// The files that [`distill::list_files`](crate::distill::list_files) gives for the scan.
    pub files: Vec<ListedFile>,
    /// Statistics that normalised the tensors.
    pub stats: NormalizationStats,
    /// Number of tensors.
    pub n_tensors: u64,
    /// Size of each tensor's file in bytes.
    pub tensor_file_bytes: u64,
    /// When the build began, in ns since 1970.
    pub started_ns: i64,
    /// Every file that was used, in path order.
    pub sources: Vec<Source>,
    /// Files that could not be used.
    pub skipped: Vec<LeftOut>,
    /// Files that the settings leave out.
    pub excluded: Vec<LeftOut>,
}

impl Manifest {
    /// The manifest of a build that ends now.
    pub fn new(build: BuildRecord<'_>) -> Self {
        let settings = build.settings;
        Self {
            version: VERSION.into(),
            created: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            file_count: build.files.len() as u64,
            files: build.files,
            chunk_samples: settings.chunk_samples() as u64,
            sample_rate_hz: settings.sample_rate_hz,
            augmentation_expansion: build.augmentation.as_ref().map_or(0, |config| config.expansion_ratio),
            augmentation_config: build.augmentation,
            complex_spectrogram_config: settings.into(),
            normalization_stats: build.stats,
            total_spectrograms: build.n_tensors,
            cache_size_bytes: build.n_tensors * build.tensor_file_bytes,
            melscope: Some(Provenance {
                format: FORMAT,
                program: env!("CARGO_PKG_VERSION").into(),
                seed: settings.seed,
                settings: Recorded::of(settings),
                started_ns: build.started_ns,
                sources: build.sources,
                skipped: build.skipped,
                excluded: build.excluded,
            }),
        }
    }

    /// The settings of the build, as far as they are recorded; those of chance only where there were variants.
    pub fn settings(&self, melscope: &Provenance) -> Settings {
        let SpectrogramConfig { if_threshold, n_fft, hop_samples, n_mels } = self.complex_spectrogram_config;
        let own = melscope.settings.settings();
        let mut augmentation = match &self.augmentation_config {
            Some(config) => config.to_settings(own.augmentation.reference_levels),
            None => own.augmentation.clone(),
        };
        augmentation.expansion = self.augmentation_expansion;
        Settings {
            sample_rate_hz: self.sample_rate_hz,
            chunk_s: chunk_seconds(self.chunk_samples, self.sample_rate_hz),
            n_fft,
            hop_samples,
            n_mels,
            if_threshold,
            seed: melscope.seed,
            augmentation,
            ..own.clone()
        }
    }

    /// Bytes of one tensor's file: all are of one size. 0 without tensors.
    pub fn tensor_file_bytes(&self) -> u64 {
        self.cache_size_bytes.checked_div(self.total_spectrograms).unwrap_or(0)
    }

    /// Writes the file: indented as Python does, and ASCII alone, because a Python that opens it without naming an
    /// encoding takes the system's.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut serializer = Serializer::with_formatter(to, PythonFormatter(PrettyFormatter::new()));
        Ok(self.serialize(&mut serializer)?)
    }
}

/// A formatter of JSON that indents as Python does and escapes every character beyond ASCII.
struct PythonFormatter(PrettyFormatter<'static>);

impl Formatter for PythonFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut text = fragment;
        while let Some(beyond) = text.find(|c: char| !c.is_ascii()) {
            let (ascii, rest) = text.split_at(beyond);
            writer.write_all(ascii.as_bytes())?;
            let mut after = rest.chars();
            for unit in after.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            text = after.as_str();
        }
        writer.write_all(text.as_bytes())
    }

    /// Text that is JSON already: a path with bytes that are not UTF-8.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        self.write_string_fragment(writer, fragment)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
