//! Variants of a chunk: what is drawn for each, and the four changes that a draw may ask for.
//!
//! [`recipe`] orders them: [`draw`] says by chance what is done to a variant, then come the private `pitch` (the duration
//! stays), `speed` (the pitch moves along), `noise` and `volume`. [`proposal`] says how many variants are usual.
//!
//! A variant is a function of the settings, the chunk's samples and the [`VariantKey`] alone: whoever asks for variant
//! 3 of chunk 5 of a source, a build or a window, hears the same samples, whatever else the dataset holds.

pub mod draw;
mod noise;
mod pitch;
pub mod proposal;
pub mod recipe;
mod speed;
mod volume;

pub use crate::applied::Applied;
pub use draw::VariantKey;
pub use pitch::n_fft_at;
pub use proposal::Proposal;
pub use recipe::{Recipe, Scratch};
pub use speed::samples_after;
