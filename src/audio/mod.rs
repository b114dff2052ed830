//! From a file to mono chunks at the wanted rate: decode, mix, resample, cut, level.
//!
//! [`decode`] reads any container and codec as interleaved samples and says how the stream ended, [`resample`] changes
//! the rate without moving anything in time, and [`chunk`] puts both together. [`kept`] leaves out what the settings leave
//! out: [`trim`] finds where the sound begins and ends. What the decoders get wrong about
//! where the audio begins and ends, the private module `container` reads from the containers themselves.

pub mod chunk;
mod container;
pub mod decode;
mod foreign;
pub mod kept;
mod opus;
mod remark;
pub mod tag_reader;
pub mod tags;
pub mod trim;

pub use crate::resample;
