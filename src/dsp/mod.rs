//! From a chunk of samples to the two channels of a tensor, and from tensors to the statistics of a dataset.
//!
//! A chunk goes through [`stft`] (frames to spectra), then, for sixteen frames at a time, through the private
//! `bands` (spectra to mel power and mel instantaneous frequency, with the triangles of [`mel`] and the formulas of
//! [`inst_freq`]); [`analysis`] puts this together and [`stats`] measures and normalises what comes out.
//! [`reconstruct`] goes the way back, through [`inverse_stft`], and [`fidelity`] says how near it comes.
//! [`coherence`] tells at which mel powers the instantaneous frequency is more than noise.
//! `kernels` holds the vectorised elementary functions and `level` chooses the processor's instructions for them.

#![expect(clippy::inline_always, reason = "a kernel gets its level's instructions only by being inlined")]

pub mod analysis;
mod bands;
pub mod coherence;
pub mod correlation;
pub mod fidelity;
pub mod inst_freq;
pub mod inverse_stft;
mod kernels;
pub mod mel;
pub mod reconstruct;
mod simd_level;
pub mod spectrum;
pub mod stats;
mod steadiness;
pub mod stft;
mod transpose;

pub use analysis::{AnalysisPlan, Scratch, apply_mask};
pub use mel::MelFilters;
pub use reconstruct::{Reconstructor, Way};
pub use stats::TensorStats;
