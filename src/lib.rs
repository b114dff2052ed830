//! Melscope turns a folder of recordings into the training tensors of a generative model, and shows what is in them.
//!
//! One chunk of audio goes through the modules in this order: [`dataset`] finds the files, [`audio`] decodes,
//! mixes, resamples and cuts them, [`augment`] makes variants of a chunk, [`dsp`] makes the two channels of a tensor,
//! [`cache`] keeps the tensors so that a trainer accepts them, and [`pipeline`] orders it all. [`audit`] says whether the
//! files are fit for it. ARCHITECTURE.md draws the layers.
//!
//! # As a library
//!
//! The names at the root of the crate are all that most programs need. Nothing here prints, asks or opens a window:
//! progress goes to a [`Monitor`], and an [`Error`] says the problem and gives the [`Remedy`] as a value.
//!
//! One chunk of samples becomes a tensor `[2, n_mels, frames]`:
//!
//! ```
//! use melscope::{AnalysisPlan, Settings};
//!
//! let settings = Settings::default();
//! let rate_hz = f64::from(settings.sample_rate_hz);
//! let chunk: Vec<f32> = (0..settings.chunk_samples())
//!     .map(|n| (std::f64::consts::TAU * 440.0 * n as f64 / rate_hz).sin() as f32)
//!     .collect();
//! let plan = AnalysisPlan::new(settings.analysis())?;
//! let tensor = plan.analyze(&chunk);
//! assert_eq!(tensor.shape(), plan.settings().tensor_shape());
//! # Ok::<(), melscope::Error>(())
//! ```
//!
//! A dataset is normalised with the statistics of all its tensors, and a tensor can be brought back:
//!
//! ```
//! use melscope::{NormalizationStats, TensorStats};
//!
//! // Two channels of three values each, row-major.
//! let mut tensor = vec![1.0, 2.0, 3.0, -0.5, 0.0, 0.5];
//! let stats = NormalizationStats::fold([TensorStats::of(&tensor)]).expect("there is a tensor");
//! stats.normalise(&mut tensor);
//! assert!(tensor[1].abs() < 1e-6, "the mean of a channel becomes 0");
//! stats.denormalise(&mut tensor);
//! assert!((tensor[2] - 3.0).abs() < 1e-6);
//! ```
//!
//! A folder of recordings becomes a cache:
//!
//! ```
//! use melscope::monitor::Silent;
//! use melscope::{BuildOptions, BuildOutcome, Project, Settings, build, estimate, status};
//!
//! # let folder = tempfile::tempdir()?;
//! # let spec = hound::WavSpec {
//! #     channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int,
//! # };
//! # let mut wav = hound::WavWriter::create(folder.path().join("tone.wav"), spec)?;
//! # for n in 0..96_000 { wav.write_sample(((n % 100) * 100) as i16)?; }
//! # wav.finalize()?;
//! # let recordings = folder.path();
//! let project = Project::new(recordings, Settings::default())?;
//! let expected = estimate(&project, 1, &Silent)?;
//! let options = BuildOptions { force: false, n_workers: 1 };
//! let agree = |_: &_| Ok(true);
//! let BuildOutcome::Built(report) = build(&project, &options, &Silent, &agree)? else {
//!     panic!("there was a cache")
//! };
//! assert_eq!(report.spectrograms, expected.spectrograms);
//! assert!(status(&project, &Silent)?.is_valid());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Longer programs are in the folder `examples` of the repository.

pub mod applied;
mod connected_groups;
pub mod distill;
pub mod error;
mod in_words;
pub mod monitor;
pub mod normalization;
pub mod path_text;
mod peak;
pub mod resample;
pub mod settings;
pub mod source;
pub mod split;
mod whole_file;
pub mod workers;

pub mod audio;
pub mod augment;
pub mod cache;
pub mod dsp;
pub mod picture;

pub mod audit;
pub mod dataset;
pub mod pipeline;
pub mod training;

pub mod jobs;
#[cfg(feature = "gui")]
pub mod playback;

pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;

pub use dsp::analysis::AnalysisPlan;
pub use dsp::stats::TensorStats;
pub use error::{Error, Remedy, Result};
pub use monitor::Monitor;
pub use normalization::NormalizationStats;
pub use pipeline::{BuildOptions, BuildOutcome, Estimate, Project, StatusReport, build, estimate, status};
pub use settings::Settings;
