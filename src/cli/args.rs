//! The command line's grammar: subcommands, flags and their help.
#![expect(clippy::doc_markdown, reason = "the comments are the help that a terminal prints as it stands")]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum as _};
use clap_complete::Shell;

use super::settings_args::SettingsArgs;
use crate::cache::shard::Shard;
use crate::dsp::reconstruct::{ROUNDS_MAX, Way};
use crate::pipeline::Normalisation;

/// Turns a folder of recordings into the training tensors of a generative model. Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "melscope", version, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) window: WindowArgs,
}

/// The arguments of the window.
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
    /// What the model keeps of a file, by ear
    Hear,
    /// Variants of a chunk beside their original
    Augment,
    /// Whether the recordings are fit to train on
    Audit,
    /// What would be made, the build, and what it made
    Build,
}

impl View {
    /// Its name, as it is typed.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
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

/// A way from tensors back to sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum DecodingWay {
    /// As distill's own decoder does it
    Trainer,
    /// From both channels, as well as Melscope can
    Ours,
    /// The same without instantaneous frequency: the difference is what it is worth
    Magnitude,
}

impl From<DecodingWay> for Way {
    fn from(way: DecodingWay) -> Self {
        match way {
            DecodingWay::Trainer => Self::Trainer,
            DecodingWay::Ours => Self::Ours,
            DecodingWay::Magnitude => Self::Magnitude,
        }
    }
}

/// Whether a tensor is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Normalized {
    /// It is where channel 0 goes well below 0
    Auto,
    /// With the statistics of the dataset's cache
    Yes,
    /// It is not
    No,
}

impl From<Normalized> for Normalisation {
    fn from(normalized: Normalized) -> Self {
        match normalized {
            Normalized::Auto => Self::Unknown,
            Normalized::Yes => Self::Normalised,
            Normalized::No => Self::Raw,
        }
    }
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
    #[command(after_help = "Examples:\n  melscope build recordings --n-mels 128 --yes\n  \
                            melscope build recordings --shard 2/5 --yes")]
    Build {
        /// Compute shard I of N alone: any number of processes or machines at once, each its own. Then merge
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
        #[command(flatten)]
        build: BuildArgs,
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        dataset: DatasetArgs,
    },
    /// Make the cache of the shards that build --shard has computed; it is the one that a build in one piece makes
    #[command(
        after_help = "Example:\n  for i in 1 2 3; do melscope build recordings --shard $i/3 --yes; done\n  \
                            melscope merge recordings --yes"
    )]
    Merge {
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
    /// Tell what is for training and what for validation, and check that nothing leaks (exit code 0, or 1 when something does)
    #[command(after_help = "Examples:\n  melscope split recordings\n  \
                            melscope split recordings --validation-share 0.2 --seed 3 --write")]
    Split {
        /// Draw the split anew, as the settings and the last audit have it, and store it in the cache's index.csv
        #[arg(long)]
        write: bool,
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
    /// Write the sound that comes back from a recording's tensors, or from a tensor (.pt or .npy), as WAV
    #[command(
        after_help = "Examples:\n  melscope reconstruct kick.flac --as trainer --output kick-trainer.wav\n  \
                            melscope reconstruct recordings/.cache/000012.pt --output tensor.wav\n  \
                            melscope reconstruct generated.npy --rounds 32 --output generated.wav"
    )]
    Reconstruct {
        /// A recording, a tensor of a cache, or [2, n_mels, frames] or [chunks, 2, n_mels, frames] in .npy or .pt, not normalised
        #[arg(value_name = "FILE|TENSOR")]
        input: PathBuf,
        /// The way back to sound
        #[arg(long = "as", value_enum, value_name = "WAY", default_value = "ours")]
        way: DecodingWay,
        /// Rounds of fast Griffin-Lim, 0 to 64; the trainer's way knows none
        #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(0..=ROUNDS_MAX as i64))]
        rounds: u16,
        /// Whether TENSOR, where it lies in no cache, is normalised, as a model's output is
        #[arg(long, value_enum, value_name = "WHETHER", default_value = "auto")]
        normalized: Normalized,
        /// The dataset that the tensor was made for: its settings are used, and the statistics of its cache [default: the folder
        /// of FILE]
        #[arg(long, value_name = "DIR")]
        dataset: Option<PathBuf>,
        /// The WAV file to write: one channel of 32-bit float
        #[arg(long, short, value_name = "OUT.wav")]
        output: PathBuf,
        /// Replace OUT.wav when it exists
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        json: JsonArg,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Say what the tensors keep of the sound: each way back to sound × each IF mode × with and without the mask, and what that amounts to
    #[command(
        after_help = "Examples:\n  melscope judge recordings\n  melscope judge kick.flac --if-mode deviation --chunks 0\n  \
                            melscope judge recordings --json | jq 'select(.event == \"done\").whole.conclusion'"
    )]
    Judge {
        /// A recording, or a folder of recordings
        #[arg(value_name = "FILE|DIR")]
        input: PathBuf,
        /// Chunks to judge, evenly spread over the files and over each; 0 for all
        #[arg(long, value_name = "N", default_value = "64")]
        chunks: u32,
        /// Rounds of fast Griffin-Lim, 0 to 64; the trainer's way knows none
        #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(0..=ROUNDS_MAX as i64))]
        rounds: u16,
        /// Worker threads [default: one per core]
        #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
        jobs: Option<u16>,
        #[command(flatten)]
        json: JsonArg,
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

/// The arguments of a build.
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
    /// Write a table of the chunks that harm: silent, too quiet, clipped, mostly padding
    #[arg(long, value_name = "FILE")]
    pub(super) chunks: Option<PathBuf>,
    /// Write a page with charts that any browser shows
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Write a dataset card, Markdown to publish beside the recordings
    #[arg(long, value_name = "FILE")]
    pub(super) card: Option<PathBuf>,
    /// Replace the reports when they exist
    #[arg(long)]
    pub(super) force: bool,
    /// Worker threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
}

/// The form of output.
#[derive(Debug, Args)]
pub(super) struct JsonArg {
    /// Print one JSON object a line on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::settings::{Kind, SETTINGS, Settings};

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_setting_has_a_flag_whose_help_tells_its_default() {
        let command = Cli::command();
        let build = command.find_subcommand("build").unwrap();
        for setting in SETTINGS {
            let flag = build.get_arguments().find(|arg| arg.get_id() == setting.key).unwrap();
            assert_eq!(flag.get_long(), Some(setting.flag().as_str()));
            let help = flag.get_help().unwrap().to_string();
            let (_, told) = help.trim_end_matches(']').split_once("[default: ").unwrap();
            let parts: Vec<&str> = told.split([' ', ',']).collect();
            let mut settings = Settings::default();
            // Paths are told in words.
            if !matches!(setting.kind, Kind::Path { .. } | Kind::Paths | Kind::Chunks) {
                setting.set_texts(&mut settings, &parts).unwrap();
            }
            assert_eq!(settings, Settings::default(), "{setting:?}");
        }
    }
}
