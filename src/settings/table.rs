//! Every setting: its field and default, and the one row that files, flags, forms, reasons and the README follow.
//!
//! A new setting is a field with its default and a row here. What uses its value reads the field.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

pub use super::choices::{FfmpegUse, IfMode};
use super::chunk_range::ChunkRange;
use super::kind::{Kind, Most, Whole};
pub use super::row::{Record, Stage, Unit, Usual};
use super::value::{AUTO, Held, OFF, Value};
use crate::path_text::RelPath;

/// The sample rates that can be read and built, in Hz.
pub const SAMPLE_RATES_HZ: RangeInclusive<u32> = 1_000..=768_000;

/// The window lengths that are possible, in samples.
pub const N_FFTS: RangeInclusive<u64> = 32..=65_536;

/// Everything a build depends on besides the sources. Plain data; [`Settings::check`] refuses the impossible.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Rate every source is resampled to, in Hz.
    pub sample_rate_hz: u32,
    /// Length of a chunk in seconds; [`Settings::chunk_samples`] truncates, as the reference does.
    pub chunk_s: f64,
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
    /// Seed of every random choice. Recorded in the manifest.
    pub seed: u64,
    /// Variants of every chunk.
    pub augmentation: AugmentationSettings,
    /// Whether an installed `ffmpeg` reads what Melscope has no decoder for.
    pub ffmpeg: FfmpegUse,
    /// Share of the tensors, 0 to 1, that is for validation; `None` goes by the number of files, as the trainer does.
    pub validation_share: Option<f64>,
    /// Another place for the cache than `.cache` in the dataset; relative to the dataset.
    pub cache_dir: Option<PathBuf>,
    /// Files and folders, relative to the dataset, that are left out.
    pub exclude: Vec<RelPath>,
    /// Chunks that get no tensor, by hand.
    pub exclude_chunks: Vec<ChunkRange>,
    /// Chunks whose peak is below this, in dBFS before they are levelled, get no tensor; `None` is off.
    pub exclude_chunks_quieter_dbfs: Option<f64>,
    /// Chunks of which more than this share, 0 to 1, is padding get no tensor; `None` is off.
    pub exclude_chunks_padding: Option<f64>,
    /// A recording's chunks are cut between its first and its last frame whose mono mix reaches this, in dBFS; `None` is off.
    pub trim_silence_dbfs: Option<f64>,
}

/// The settings of augmentation: how many variants a chunk gets, and what is drawn for each. The four changes are
/// independent and happen in the order of the fields.
///
/// A range is inclusive, its lower end first, and drawn from uniformly.
#[derive(Debug, Clone, PartialEq)]
pub struct AugmentationSettings {
    /// Variants per chunk besides the original; 0 is no augmentation.
    pub expansion: u32,
    /// Probability that the pitch is shifted.
    pub pitch_probability: f64,
    /// Range of the shift in semitones.
    pub semitones: [f64; 2],
    /// Probability that the speed is changed, and with it the pitch.
    pub speed_probability: f64,
    /// Factors of speed to choose from; above 1 is faster.
    pub speed_factors: Vec<f64>,
    /// Probability that white noise is added.
    pub noise_probability: f64,
    /// Range of the signal-to-noise ratio in dB.
    pub snr_db: [f64; 2],
    /// Probability that the volume is changed.
    pub volume_probability: f64,
    /// Range of the gain.
    pub gain: [f64; 2],
    /// Levels as distill's trainer leaves them: the gain is applied as it is drawn, what exceeds full scale is clipped, and
    /// the peak is normalised after it. Otherwise the peak is normalised before, and the gain divided by the range's end.
    pub reference_levels: bool,
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
            ffmpeg: FfmpegUse::Auto,
            validation_share: None,
            cache_dir: None,
            exclude: Vec::new(),
            exclude_chunks: Vec::new(),
            exclude_chunks_quieter_dbfs: None,
            exclude_chunks_padding: None,
            trim_silence_dbfs: None,
        }
    }
}

impl Default for AugmentationSettings {
    fn default() -> Self {
        Self {
            expansion: 0,
            pitch_probability: 0.5,
            semitones: [-2.0, 2.0],
            speed_probability: 0.5,
            // As the trainer has it: 1 stands twice, so that a third of the draws leave the speed alone.
            speed_factors: vec![0.9, 0.95, 1.0, 1.0, 1.05, 1.1],
            noise_probability: 0.3,
            snr_db: [15.0, 40.0],
            volume_probability: 0.5,
            gain: [0.7, 1.3],
            reference_levels: false,
        }
    }
}

/// A setting: everything that the program says and does about it besides using its value.
pub struct Setting {
    /// Its name in `melscope.json`; the flag is the same with `-` for `_`.
    pub key: &'static str,
    /// Its name in the window.
    pub label: &'static str,
    /// The quantity that it is counted or measured in; empty for none.
    pub unit: Unit,
    /// Its effect, in plain words.
    pub help: &'static str,
    /// The part of a build that a change makes anew.
    pub stage: Stage,
    /// The values that it can have.
    pub kind: Kind,
    /// The placeholders of the flag's values in help.
    pub value_names: &'static [&'static str],
    /// Values that are usual; a typed one may be any other.
    pub usual: Usual,
    /// Where a manifest records it.
    pub record: Record,
    /// Its field.
    pub field: Field,
}

/// The place of a setting in [`Settings`].
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name in the source.
    pub name: &'static str,
    pub(super) get: fn(&Settings) -> Value,
    pub(super) set: fn(&mut Settings, Value) -> Option<()>,
}

macro_rules! field {
    ($($name:ident).+) => {
        Field {
            name: stringify!($($name).+),
            get: |settings| settings.$($name).+.to_value(),
            set: |settings, value| {
                settings.$($name).+ = Held::from_value(value)?;
                Some(())
            },
        }
    };
}

/// Declares each setting under a name for the program, and [`SETTINGS`], all of them in order.
macro_rules! settings {
    ($($name:ident { $($row:tt)* })*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: a row of [`SETTINGS`].")]
            pub static $name: Setting = Setting { $($row)* };
        )*

        /// Every setting, in the order of `melscope.json`.
        pub static SETTINGS: &[&Setting] = &[$(&$name),*];
    };
}

settings! {
    SAMPLE_RATE {
        key: "sample_rate",
        label: "Sample rate",
        unit: Unit::Of("Hz"),
        help: "Every recording is brought to this rate. The highest frequency that remains is half of it.",
        stage: Stage::Analysis,
        kind: Kind::Whole(Whole::new(*SAMPLE_RATES_HZ.start() as u64, Most::Is(*SAMPLE_RATES_HZ.end() as u64))),
        value_names: &["HZ"],
        usual: Usual::Are(&[16_000.0, 22_050.0, 24_000.0, 32_000.0, 44_100.0, 48_000.0, 96_000.0]),
        record: Record::Named,
        field: field!(sample_rate_hz),
    }
    CHUNK_SECONDS {
        key: "chunk_seconds",
        label: "Chunk length",
        unit: Unit::Of("seconds"),
        help: "Recordings are cut into pieces of this length; each becomes one tensor. The last is filled with silence.",
        stage: Stage::Analysis,
        kind: Kind::Positive,
        value_names: &["SECONDS"],
        usual: Usual::Are(&[0.5, 1.0, 2.0, 4.0, 10.0]),
        record: Record::Named,
        field: field!(chunk_s),
    }
    N_FFT {
        key: "n_fft",
        label: "n_fft",
        unit: Unit::Beside("samples"),
        help: "Length of the window that is analysed at a time. Longer tells pitches apart better, shorter times.",
        stage: Stage::Analysis,
        kind: Kind::Whole(Whole { is_even: true, ..Whole::new(*N_FFTS.start(), Most::Is(*N_FFTS.end())) }),
        value_names: &["SAMPLES"],
        usual: Usual::Are(&[256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0, 16_384.0]),
        record: Record::Named,
        field: field!(n_fft),
    }
    HOP {
        key: "hop",
        label: "Hop",
        unit: Unit::Beside("samples"),
        help: "Step from one window to the next. Smaller gives more columns; at most a quarter of n_fft keeps instantaneous \
               frequency unambiguous.",
        stage: Stage::Analysis,
        kind: Kind::Whole(Whole::new(1, Most::NFft)),
        value_names: &["SAMPLES"],
        // Overlaps of 93.75, 87.5 and 75 %.
        usual: Usual::PartsOfNFft(&[16, 8, 4]),
        record: Record::Named,
        field: field!(hop_samples),
    }
    N_MELS {
        key: "n_mels",
        label: "n_mels",
        unit: Unit::Beside("bands"),
        help: "Number of pitch bands, the rows of a tensor. They are spaced as the ear hears.",
        stage: Stage::Analysis,
        kind: Kind::Whole(Whole::new(1, Most::HalfNFft)),
        value_names: &["BANDS"],
        usual: Usual::Are(&[40.0, 64.0, 80.0, 96.0, 128.0, 160.0, 256.0]),
        record: Record::Named,
        field: field!(n_mels),
    }
    IF_THRESHOLD {
        key: "if_threshold",
        label: "Mask threshold",
        unit: Unit::Beside("mel power"),
        help: "Where a band is weaker than this, its instantaneous frequency is only noise and is set to 0. 0 is off.",
        stage: Stage::Analysis,
        kind: Kind::PositiveOrOff,
        value_names: &["POWER"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(if_threshold),
    }
    IF_MODE {
        key: "if_mode",
        label: "Frequency mode",
        unit: Unit::None,
        help: "How the instantaneous frequency of a band is made from its bins.",
        stage: Stage::Analysis,
        kind: Kind::Choice(IfMode::OPTIONS),
        value_names: &["MODE"],
        usual: Usual::None,
        record: Record::Always,
        field: field!(if_mode),
    }
    SEED {
        key: "seed",
        label: "Seed",
        unit: Unit::Beside("whole number"),
        help: "Where chance begins. The same seed gives the same variants, another one others.",
        stage: Stage::Variants,
        kind: Kind::Whole(Whole::new(0, Most::Is(u64::MAX))),
        value_names: &["SEED"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(seed),
    }
    EXPANSION {
        key: "expansion",
        label: "Variants of each chunk",
        unit: Unit::Beside("variants"),
        help: "How many changed copies are built besides each chunk itself. 0 is no augmentation.",
        stage: Stage::Variants,
        kind: Kind::Whole(Whole { is_off_at_0: true, ..Whole::new(0, Most::Is(1_000)) }),
        value_names: &["N"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.expansion),
    }
    PITCH_PROBABILITY {
        key: "pitch_probability",
        label: "Pitch",
        unit: Unit::None,
        help: "Shifts the pitch up or down; the length stays.",
        stage: Stage::Variants,
        kind: Kind::Probability,
        value_names: &["PROBABILITY"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.pitch_probability),
    }
    PITCH_RANGE {
        key: "pitch_range",
        label: "Pitch",
        unit: Unit::Of("semitones"),
        help: "The lowest and the highest shift that is drawn; below 0 is down. 12 semitones are an octave.",
        stage: Stage::Variants,
        kind: Kind::Range {
            limits: [-12.0, 12.0],
            ends: [
                "The lowest shift that is drawn; below 0 is down. 12 semitones are an octave.",
                "The highest shift that is drawn. 12 semitones are an octave.",
            ],
        },
        value_names: &["MIN", "MAX"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.semitones),
    }
    SPEED_PROBABILITY {
        key: "speed_probability",
        label: "Speed",
        unit: Unit::None,
        help: "Plays faster or slower, and the pitch moves along, as on a tape.",
        stage: Stage::Variants,
        kind: Kind::Probability,
        value_names: &["PROBABILITY"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.speed_probability),
    }
    SPEED_FACTORS {
        key: "speed_factors",
        label: "Speeds",
        unit: Unit::Beside("times as fast"),
        help: "One of these is drawn, a number that stands twice twice as often. Separated by commas; 1 leaves the speed.",
        stage: Stage::Variants,
        // Each is planned for: hence not any number of them.
        kind: Kind::List { limits: [0.5, 2.0], n_max: 100 },
        value_names: &["FACTORS"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.speed_factors),
    }
    NOISE_PROBABILITY {
        key: "noise_probability",
        label: "Noise",
        unit: Unit::None,
        help: "Adds white noise, a hiss, at a level drawn for each variant.",
        stage: Stage::Variants,
        kind: Kind::Probability,
        value_names: &["PROBABILITY"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.noise_probability),
    }
    NOISE_SNR {
        key: "noise_snr",
        label: "Noise",
        unit: Unit::Of("dB"),
        help: "How far the sound is above the noise, the loudest that is drawn and the softest. Smaller is noisier.",
        stage: Stage::Variants,
        kind: Kind::Range {
            limits: [-20.0, 100.0],
            ends: [
                "The loudest noise that is drawn: how far the sound is above it. Smaller is noisier.",
                "The softest noise that is drawn: how far the sound is above it. At 40 dB it is hardly heard.",
            ],
        },
        value_names: &["MIN", "MAX"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.snr_db),
    }
    VOLUME_PROBABILITY {
        key: "volume_probability",
        label: "Volume",
        unit: Unit::None,
        help: "Makes the variant louder or softer; nothing clips.",
        stage: Stage::Variants,
        kind: Kind::Probability,
        value_names: &["PROBABILITY"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.volume_probability),
    }
    VOLUME_RANGE {
        key: "volume_range",
        label: "Volume",
        unit: Unit::Beside("times"),
        help: "The softest and the loudest volume that is drawn; both are divided by the loudest, so that nothing clips.",
        stage: Stage::Variants,
        kind: Kind::Range {
            limits: [0.01, 10.0],
            ends: [
                "The softest volume that is drawn, compared with the loudest.",
                "The loudest volume that is drawn: a variant that gets it keeps its full level.",
            ],
        },
        value_names: &["MIN", "MAX"],
        usual: Usual::None,
        record: Record::Named,
        field: field!(augmentation.gain),
    }
    REFERENCE_LEVELS {
        key: "reference_levels",
        label: "Levels as the trainer's",
        unit: Unit::None,
        help: "Off: volumes are kept, and nothing clips. On: levels as distill's trainer leaves them, which clips what is \
               louder than full level and then brings every variant to full level.",
        stage: Stage::Variants,
        kind: Kind::Flag,
        value_names: &["BOOL"],
        usual: Usual::None,
        record: Record::UnlessDefault,
        field: field!(augmentation.reference_levels),
    }
    FFMPEG {
        key: "ffmpeg",
        label: "ffmpeg",
        unit: Unit::None,
        help: "Whether an installed ffmpeg reads the recordings that Melscope has no decoder for, such as WMA.",
        stage: Stage::Dataset,
        kind: Kind::Choice(FfmpegUse::OPTIONS),
        value_names: &["WHEN"],
        usual: Usual::None,
        record: Record::Never,
        field: field!(ffmpeg),
    }
    VALIDATION_SHARE {
        key: "validation_share",
        label: "Share for validation",
        unit: Unit::Beside("share"),
        help: "How much of the set is kept from training and judges the model. Auto goes by the number of files: 0.5 below 10, \
               0.3 below 50, 0.2 below 200, else 0.1.",
        stage: Stage::Dataset,
        kind: Kind::NumberOrNone { limits: [0.0, 1.0], none: AUTO },
        value_names: &["SHARE"],
        usual: Usual::Are(&[0.1, 0.2, 0.3]),
        record: Record::Never,
        field: field!(validation_share),
    }
    CACHE_DIR {
        key: "cache_dir",
        label: "Cache",
        unit: Unit::None,
        help: "Where the cache goes.",
        stage: Stage::Dataset,
        kind: Kind::Path { default: ".cache in the folder" },
        value_names: &["FOLDER"],
        usual: Usual::None,
        record: Record::Never,
        field: field!(cache_dir),
    }
    EXCLUDE {
        key: "exclude",
        label: "Left out",
        unit: Unit::None,
        help: "Files and folders to leave out, relative to the folder.",
        stage: Stage::Dataset,
        kind: Kind::Paths,
        value_names: &["PATH"],
        usual: Usual::None,
        record: Record::Never,
        field: field!(exclude),
    }
    EXCLUDE_CHUNKS {
        key: "exclude_chunks",
        label: "Chunks left out",
        unit: Unit::None,
        help: "Chunks to leave out by hand: a path relative to the folder, # and the chunk's number from 0, as in \
               drums/kick.wav#3, or a range, as in drums/kick.wav#3-17. The other chunks keep their numbers.",
        stage: Stage::Dataset,
        kind: Kind::Chunks,
        value_names: &["PATH#CHUNK"],
        usual: Usual::None,
        record: Record::UnlessDefault,
        field: field!(exclude_chunks),
    }
    EXCLUDE_CHUNKS_QUIETER {
        key: "exclude_chunks_quieter_dbfs",
        label: "Leave out chunks quieter than",
        unit: Unit::Of("dBFS"),
        help: "Chunks whose peak in the recording is below this are left out: raised to full level, they would be noise.",
        stage: Stage::Dataset,
        kind: Kind::NumberOrNone { limits: [-200.0, 0.0], none: OFF },
        value_names: &["DBFS"],
        usual: Usual::Are(&[-60.0]),
        record: Record::UnlessDefault,
        field: field!(exclude_chunks_quieter_dbfs),
    }
    EXCLUDE_CHUNKS_PADDING {
        key: "exclude_chunks_padding",
        label: "Leave out chunks with more padding than",
        unit: Unit::Beside("share"),
        help: "Chunks of which more than this share is padding are left out: the short rests at the ends of recordings.",
        stage: Stage::Dataset,
        kind: Kind::NumberOrNone { limits: [0.0, 1.0], none: OFF },
        value_names: &["SHARE"],
        usual: Usual::Are(&[0.5]),
        record: Record::UnlessDefault,
        field: field!(exclude_chunks_padding),
    }
    TRIM_SILENCE {
        key: "trim_silence_dbfs",
        label: "Trim silence below",
        unit: Unit::Of("dBFS"),
        help: "What comes before the first and after the last frame of a recording that reaches this level in mono is \
               left out, and chunks are counted from there. The files stay as they are.",
        stage: Stage::Dataset,
        kind: Kind::NumberOrNone { limits: [-200.0, 0.0], none: OFF },
        value_names: &["DBFS"],
        usual: Usual::Are(&[-60.0]),
        record: Record::UnlessDefault,
        field: field!(trim_silence_dbfs),
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Setting {}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the fields that `Debug` tells, those of the augmentation with its name in front.
    fn field_names() -> Vec<String> {
        let told = format!("{:#?}", Settings::default());
        let mut names = Vec::new();
        for line in told.lines() {
            let depth = line.len() - line.trim_start().len();
            let Some((name, _)) = line.trim_start().split_once(": ") else { continue };
            match depth {
                4 if name != "augmentation" => names.push(name.to_owned()),
                8 => names.push(format!("augmentation.{name}")),
                _ => {}
            }
        }
        names
    }

    #[test]
    fn every_field_has_one_row_in_its_order() {
        let rows: Vec<String> = SETTINGS.iter().map(|row| row.field.name.replace(' ', "")).collect();
        assert_eq!(rows, field_names());
    }

    #[test]
    fn every_row_has_words_and_a_key_of_its_own() {
        for (index, row) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS[..index].iter().all(|other| other.key != row.key), "{row:?}");
            assert!(
                !row.label.is_empty() && row.help.ends_with('.') && !row.expected().is_empty(),
                "{row:?}"
            );
            let default = Settings::default();
            assert_eq!(row.set(&mut Settings::default(), row.get(&default)), Some(()), "{row:?}");
        }
    }
}
