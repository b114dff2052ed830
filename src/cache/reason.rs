//! The reasons why a cache is not what a build would make, in words for people.

use std::fmt;

use super::manifest;
use crate::path_text::RelPath;
use crate::settings::Difference;

/// A reason why a cache is not what a build would make; its `Display` is for people.
#[derive(Debug, Clone, PartialEq)]
pub enum StaleReason {
    /// The trainer prepared it itself.
    Reference,
    /// Another version of this program wrote it.
    OtherFormat(u32),
    /// The manifest is not one.
    NotACache(String),
    /// The dataset has files that the cache does not know.
    Added(Vec<RelPath>),
    /// Files of the cache are no more in the dataset.
    Removed(Vec<RelPath>),
    /// Files are not what they were.
    Changed(Vec<RelPath>),
    /// Files are left out that were not.
    Excluded(Vec<RelPath>),
    /// Files were left out that are not now.
    Included(Vec<RelPath>),
    /// A setting has another value.
    Setting(Difference),
    /// Pitch is shifted with another FFT size.
    PitchWindow {
        /// In the cache, in samples.
        from: u32,
        /// Now, in samples.
        to: u32,
    },
    /// Another program decoded files, and another version of it or none would now.
    Decoder {
        /// The first of them.
        file: RelPath,
        /// The number of others.
        others: usize,
        /// The program with its version then: "ffmpeg 5.1".
        from: String,
        /// The same now; `None` where it is not there any more.
        to: Option<String>,
    },
    /// Files were left out because there was no `ffmpeg`, and now there is.
    Readable(Vec<RelPath>),
    /// Tensors are not there.
    Missing {
        /// The first of them.
        name: String,
        /// The number of others.
        others: u64,
    },
    /// A tensor's file has a wrong size.
    WrongSize {
        /// The first of them.
        name: String,
        /// Its size in bytes.
        found: u64,
        /// The right size in bytes.
        expected: u64,
        /// The number of others.
        others: usize,
    },
}

/// The side on which a cache has parted from what a build would make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The recordings are others.
    Files,
    /// The settings are others.
    Settings,
    /// Another program or version made it, or would make it now.
    Program,
    /// Something of the cache itself is missing or damaged.
    Cache,
}

impl StaleReason {
    /// The side on which this reason lies.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Added(_) | Self::Removed(_) | Self::Changed(_) | Self::Excluded(_) | Self::Included(_) => {
                Cause::Files
            }
            Self::Setting(_) => Cause::Settings,
            Self::Reference
            | Self::OtherFormat(_)
            | Self::PitchWindow { .. }
            | Self::Decoder { .. }
            | Self::Readable(_) => Cause::Program,
            Self::NotACache(_) | Self::Missing { .. } | Self::WrongSize { .. } => Cause::Cache,
        }
    }
}

impl fmt::Display for StaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference => f.write_str("built by another program (the trainer's own preparation)"),
            Self::OtherFormat(format) => {
                let ours = manifest::FORMAT;
                write!(f, "built by another version of Melscope (format {format}, this one writes {ours})")
            }
            Self::NotACache(reason) => write!(f, "manifest.json is not the manifest of a cache ({reason})"),
            Self::Added(files) => match files.as_slice() {
                [file] => write!(f, "1 file added: {file}"),
                files => write!(f, "{} files added", files.len()),
            },
            Self::Removed(files) => match files.as_slice() {
                [file] => write!(f, "1 file removed: {file}"),
                files => write!(f, "{} files removed", files.len()),
            },
            Self::Changed(files) => match files.as_slice() {
                [file] => write!(f, "{file} changed"),
                files => write!(f, "{} files changed", files.len()),
            },
            Self::Excluded(files) => match files.as_slice() {
                [file] => write!(f, "{file} is now excluded"),
                files => write!(f, "{} files are now excluded", files.len()),
            },
            Self::Included(files) => match files.as_slice() {
                [file] => write!(f, "{file} is no longer excluded"),
                files => write!(f, "{} files are no longer excluded", files.len()),
            },
            Self::Setting(difference) => {
                let Difference { from, to, .. } = difference;
                write!(f, "{} changed from {from} to {to}", difference.reason_name())
            }
            Self::PitchWindow { from, to } => {
                write!(f, "window of the pitch shift changed from {from} to {to}")
            }
            Self::Decoder { file, others, from, to } => {
                match others {
                    0 => write!(f, "{file} was read by {from}, which is ")?,
                    others => write!(f, "{file} and {others} more were read by {from}, which is ")?,
                }
                match to {
                    Some(to) => write!(f, "now {}", to.trim_start_matches("ffmpeg ")),
                    None => f.write_str("not there any more"),
                }
            }
            Self::Readable(files) => match files.as_slice() {
                [file] => write!(f, "{file} was left out for want of ffmpeg, which is there now"),
                files => {
                    write!(f, "{} files were left out for want of ffmpeg, which is there now", files.len())
                }
            },
            Self::Missing { name, others: 0 } => write!(f, "tensor {name} is missing"),
            Self::Missing { others, .. } => write!(f, "{} tensors missing", others + 1),
            Self::WrongSize { name, found, expected, others } => {
                write!(f, "tensor {name} has {found} bytes instead of {expected}")?;
                match others {
                    0 => Ok(()),
                    others => write!(f, ", and {others} more have a wrong size"),
                }
            }
        }
    }
}
