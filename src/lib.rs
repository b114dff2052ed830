//! Melscope turns a folder of recordings into the training tensors of a generative model, and shows what is in them.
//!
//! One chunk of audio goes through the modules in this order: [`dataset`] finds the files, [`audio`] decodes,
//! mixes, resamples and cuts them, [`augment`] makes variants of a chunk, [`dsp`] makes the two channels of a tensor,
//! [`cache`] keeps the tensors so that a trainer accepts them, and [`pipeline`] orders it all. [`audit`] says whether the
//! files are fit for it. ARCHITECTURE.md draws the layers.

pub mod applied;
pub mod distill;
pub mod error;
pub mod in_words;
pub mod monitor;
pub mod normalization;
pub mod path_text;
pub mod peak;
pub mod resample;
pub mod settings;
pub mod source;
pub mod whole_file;
pub mod workers;

pub mod audio;
pub mod augment;
pub mod cache;
pub mod dsp;
pub mod picture;

pub mod audit;
pub mod dataset;
pub mod pipeline;

pub mod jobs;
#[cfg(feature = "gui")]
pub mod playback;

pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;

pub use error::{Error, Result};
