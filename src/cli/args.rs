//! The command line's grammar: subcommands, flags and their help.
#![expect(clippy::doc_markdown, reason = "the comments are the help that a terminal prints as it stands")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::augmentation_args::AugmentationArgs;
use crate::error::Result;
use crate::path_text::RelPath;
use crate::settings::{FILE_NAME, IfMode, Settings, SettingsError};

/// Turns a folder of recordings into the training tensors of a generative model. Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "melscope", version, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) window: WindowArgs,
}

/// How to open the window.
#[derive(Debug, Clone, Args)]
pub struct WindowArgs {
    /// The folder to open, or a file of it [default: the folder of last time]
    #[arg(value_name = "DIR|FILE")]
    pub path: Option<PathBuf>,
    /// Write a picture of the window to FILE.png once everything has settled, and close it
    #[arg(long, value_name = "FILE.png", requires = "path")]
    pub screenshot: Option<PathBuf>,
    /// The file of the folder to select
    #[arg(long, value_name = "NAME", requires = "path")]
    pub file: Option<PathBuf>,
    /// What to show
    #[arg(long, value_enum, default_value = "tune")]
    pub view: View,
    /// The picture's size in points, width x height
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size, requires = "screenshot")]
    pub size: [f32; 2],
    /// Pixels per point of the picture, 0.5 to 4
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = scale, requires = "screenshot")]
    pub scale: f32,
    /// The window's colours [default: those of last time]
    #[arg(long, value_enum)]
    pub theme: Option<Theme>,
}

/// A view of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum View {
    /// One file as the model will see it
    Tune,
    /// Variants of a chunk beside their original
    Augment,
    /// Whether the recordings are fit to train on
    Audit,
    /// What would be made, the build, and what it made
    Build,
}

/// Colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Theme {
    /// As the system says
    System,
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

fn size(text: &str) -> Result<[f32; 2], String> {
    let side =
        |text: &str| text.parse::<u16>().ok().filter(|side| (320..=8192).contains(side)).map(f32::from);
    let sides = text.split_once('x').and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "it must be width x height, each 320 to 8192, as in 1280x800".into())
}

fn scale(text: &str) -> Result<f32, String> {
    let scale = text.parse().ok().filter(|scale| (0.5..=4.0).contains(scale));
    scale.ok_or_else(|| "it must be a number from 0.5 to 4".into())
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Build the cache of a folder, unless a valid one is there
    #[command(after_help = "Example:\n  melscope build recordings --n-mels 128 --yes")]
    Build {
        #[command(flatten)]
        build: BuildArgs,
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Say what a build would make and need
    #[command(after_help = "Example:\n  melscope estimate recordings --hop 256")]
    Estimate {
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Say whether the cache is valid, or why not (exit code 0 valid, 3 not)
    #[command(after_help = "Example:\n  melscope status recordings || echo 'needs a build'")]
    Status {
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Read every tensor back: layout, shape, finite values, hash, statistics
    #[command(after_help = "Example:\n  melscope verify recordings")]
    Verify {
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Remove what Melscope wrote, and only that
    #[command(after_help = "Example:\n  melscope clean recordings")]
    Clean {
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Write the un-normalised tensors of one file (.npy), or a picture of them (.png)
    #[command(after_help = "Examples:\n  melscope analyze kick.flac --output kick.npy\n  \
                            melscope analyze kick.flac --output kick.png --if-threshold 1e-3")]
    Analyze {
        /// The recording
        file: PathBuf,
        /// Where to write: OUT.npy is float32 [chunks, 2, n_mels, frames], OUT.png draws both heatmaps
        #[arg(long, short, value_name = "OUT")]
        output: PathBuf,
        /// Replace OUT when it exists
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Write augmented variants of one file as WAV, and variants.json with what was done to each
    #[command(
        after_help = "Examples:\n  melscope augment recordings/kick.flac --variants 5 --output variants\n  \
                            melscope augment recordings/drums/kick.flac --dataset recordings --variants 5 --output variants"
    )]
    Augment {
        /// The recording
        file: PathBuf,
        /// Variants of each chunk, 1 to 1000
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        variants: u32,
        /// A new or empty folder to write into
        #[arg(long, short, value_name = "DIR")]
        output: PathBuf,
        /// The dataset that FILE belongs to: its settings are used, and the variants are those of its build [default: the
        /// folder of FILE]
        #[arg(long, value_name = "DIR")]
        dataset: Option<PathBuf>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Say whether the recordings are fit to train on, and what to do (exit code 0, or 4 when errors were found)
    #[command(after_help = "Examples:\n  melscope audit recordings --html report.html\n  \
                            melscope audit recordings --json | jq 'select(.event == \"verdict\")'")]
    Audit {
        #[command(flatten)]
        audit: AuditArgs,
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Make sure the cache is valid, then become COMMAND with MELSCOPE_CACHE set
    #[command(after_help = "Example:\n  melscope run recordings --yes -- python train.py")]
    Run {
        #[command(flatten)]
        build: BuildArgs,
        /// The command and its arguments
        #[arg(index = 2, last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
        // Last, here and above, because the heading of the settings would hold for what follows.
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Write a small dataset of synthetic recordings with the usual flaws
    #[command(after_help = "Example:\n  melscope demo demo-recordings && melscope build demo-recordings")]
    Demo {
        /// A new or empty folder
        dir: PathBuf,
    },
    /// Print a script that completes commands and flags in a shell
    #[command(
        after_help = "Example:\n  melscope completions bash > ~/.local/share/bash-completion/completions/melscope"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// A folder of recordings and the settings for it.
#[derive(Debug, Args)]
pub(super) struct DatasetArgs {
    /// The folder of recordings
    #[arg(index = 1)]
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

/// How to build.
#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// Build even when the cache is valid
    #[arg(long)]
    pub(super) force: bool,
    /// Answer yes: build above 100 MB, replace the tensors of the trainer's own preparation
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Worker threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
}

/// Which reports to write.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Write a table of all files
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Write a page with charts that any browser shows
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Replace the reports when they exist
    #[arg(long)]
    pub(super) force: bool,
    /// Worker threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
}

/// How to print.
#[derive(Debug, Args)]
pub(super) struct JsonArg {
    /// Print one JSON object a line on standard output
    #[arg(long)]
    pub(super) json: bool,
}

/// Settings: the same flags everywhere. They win over the settings file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingsArgs {
    /// Start from this file instead of melscope.json in the folder
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Rate that every recording is resampled to, 1000 to 768000 Hz [default: 48000]
    #[arg(long, value_name = "HZ", allow_negative_numbers = true, value_parser = number::<u32>("sample_rate"))]
    sample_rate: Option<u32>,
    /// Length of a chunk in seconds [default: 1]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = number::<f64>("chunk_seconds"))]
    chunk_seconds: Option<f64>,
    /// Samples per FFT window, even, 32 to 65536 [default: 2048]
    #[arg(long, value_name = "SAMPLES", allow_negative_numbers = true, value_parser = number::<usize>("n_fft"))]
    n_fft: Option<usize>,
    /// Samples from one frame to the next, 1 to n_fft [default: 512]
    #[arg(long, value_name = "SAMPLES", allow_negative_numbers = true, value_parser = number::<usize>("hop"))]
    hop: Option<usize>,
    /// Mel bands, 1 to n_fft/2 [default: 128]
    #[arg(long, value_name = "BANDS", allow_negative_numbers = true, value_parser = number::<usize>("n_mels"))]
    n_mels: Option<usize>,
    /// Mel power below which the instantaneous frequency is masked; 0 is off [default: 1e-5]
    #[arg(long, value_name = "POWER", allow_negative_numbers = true, value_parser = number::<f64>("if_threshold"))]
    if_threshold: Option<f64>,
    /// How a band's instantaneous frequency is made: filterbank, power or deviation [default: filterbank]
    #[arg(long, value_name = "MODE")]
    if_mode: Option<IfMode>,
    /// Seed of every random choice, recorded with the cache [default: 0]
    #[arg(long, allow_negative_numbers = true, value_parser = number::<u64>("seed"))]
    seed: Option<u64>,
    /// Where the cache goes [default: .cache in the folder]
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
    /// Files and folders to leave out, relative to the folder
    #[arg(long, value_name = "PATH", num_args = 1..)]
    exclude: Vec<PathBuf>,
    #[command(flatten)]
    augmentation: AugmentationArgs,
}

impl SettingsArgs {
    /// The settings of the file, `melscope.json` in `root` unless another is named, with the flags on top.
    pub(super) fn resolve(&self, root: &Path) -> Result<Settings> {
        let mut settings = match &self.settings {
            Some(path) => Settings::load(path)?.ok_or_else(|| SettingsError {
                key: "settings".into(),
                value: path.display().to_string(),
                expected: "a file that exists".into(),
            })?,
            None => Settings::load(&root.join(FILE_NAME))?.unwrap_or_default(),
        };
        override_with(&mut settings.sample_rate_hz, self.sample_rate);
        override_with(&mut settings.chunk_s, self.chunk_seconds);
        override_with(&mut settings.n_fft, self.n_fft);
        override_with(&mut settings.hop_samples, self.hop);
        override_with(&mut settings.n_mels, self.n_mels);
        override_with(&mut settings.if_threshold, self.if_threshold);
        override_with(&mut settings.if_mode, self.if_mode);
        override_with(&mut settings.seed, self.seed);
        self.augmentation.override_in(&mut settings.augmentation)?;
        if let Some(folder) = &self.cache_dir {
            // On the command line a relative path starts where the person stands, not in the dataset.
            settings.cache_dir = Some(std::path::absolute(folder).map_err(crate::error::Error::io("find", folder))?);
        }
        if !self.exclude.is_empty() {
            settings.exclude = self.exclude.iter().map(|path| relative_to(root, path)).collect();
        }
        settings.check()?;
        Ok(settings)
    }
}

/// Reads a number, or says what the setting `key` must be.
pub(super) fn number<T: FromStr>(key: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| text.parse().map_err(|_malformed| format!("it must be {}", Settings::expected(key)))
}

pub(super) fn override_with<T: Copy>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

/// An exclusion may be given as the shell completes it, absolute or from where the person stands, or relative to the
/// dataset.
fn relative_to(root: &Path, path: &Path) -> RelPath {
    let inside = |path: &Path| {
        let parent = dunce::canonicalize(path.parent()?).ok()?;
        let full = parent.join(path.file_name()?);
        Some(RelPath::new(full.strip_prefix(dunce::canonicalize(root).ok()?).ok()?))
    };
    let from_root = root.join(path);
    if from_root.symlink_metadata().is_ok() && path.is_relative() {
        RelPath::new(path)
    } else {
        inside(&std::path::absolute(path).unwrap_or(from_root)).unwrap_or_else(|| RelPath::new(path))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_tells_the_defaults_that_hold() {
        let defaults = serde_json::to_value(Settings::default()).unwrap();
        let command = Cli::command();
        let build = command.find_subcommand("build").unwrap();
        let mut n_told = 0;
        for arg in build.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let default = &defaults[arg.get_id().as_str()];
            let Some((_, told)) = help.trim_end_matches(']').split_once("[default: ") else { continue };
            match default {
                serde_json::Value::Number(number) => {
                    assert_eq!(told.parse::<f64>().ok(), number.as_f64(), "{}", arg.get_id());
                }
                serde_json::Value::String(text) => assert_eq!(told, text, "{}", arg.get_id()),
                _ => continue,
            }
            n_told += 1;
        }
        assert_eq!(n_told, 13, "every setting that is one number or name has a default to tell");
    }
}
