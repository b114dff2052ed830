#![doc = include_str!("FORMAT.md")]

pub mod audit_file;
pub mod clean;
pub mod decoders;
mod disk;
pub mod index;
pub mod inventory;
pub mod lock;
pub mod manifest;
mod names;
mod pickle;
pub mod pt;
mod reason;
pub mod record_file;
pub mod recover;
pub mod refresh;
pub mod shard;
pub mod staging;
pub mod status;
mod switch;
pub mod verify;
pub mod writer;

pub use names::{STAGING, TensorKey, tensor_name};
