//! What can go wrong, in words a person can act on.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in the engine that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A setting that is unknown, of a wrong type or impossible: the key, what was given and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}, but must be {expected}")]
pub struct SettingsError {
    /// The setting's name in `melscope.json`.
    pub key: String,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

/// Every failure of the engine: it names the file, what was found and, where there is something to do, what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One source cannot be used as audio. A build skips the file, says why and goes on.
    #[error("{}: {reason}", path.display())]
    Audio {
        /// The source.
        path: PathBuf,
        /// What the decoder, or the check of its samples, found.
        reason: String,
    },
    /// The system refused a file operation.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "read", "create the folder".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A setting is unknown, of a wrong type or impossible.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A settings file holds a setting that is unknown, of a wrong type or impossible.
    #[error("{}: {problem}; correct it, or remove the key to get the default", path.display())]
    SettingsFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: SettingsError,
    },
    /// A file or folder is not what it should be, and going on would harm or mislead.
    #[error("{}: {problem}; {remedy}", path.display())]
    Refused {
        /// The file or folder in question.
        path: PathBuf,
        /// What was found.
        problem: String,
        /// What the person can do about it.
        remedy: String,
    },
    /// Another build of the same cache is running.
    #[error("{} is being written by {holder}; wait for it to end, or stop it", path.display())]
    Locked {
        /// The cache folder.
        path: PathBuf,
        /// Who holds it: process, host and since when.
        holder: String,
    },
    /// The disk cannot hold what a build would write.
    #[error(
        "{}: {needed} bytes are needed and {free} are free; free some space or name another place with --cache-dir",
        path.display()
    )]
    NoSpace {
        /// The cache folder.
        path: PathBuf,
        /// What the build would need at its peak, in bytes.
        needed: u64,
        /// What is free, in bytes.
        free: u64,
    },
    /// The person stopped it; nothing was changed.
    #[error("cancelled")]
    Cancelled,
    /// A defect of Melscope, caught where it could do no harm.
    #[error("internal error in {place}: {message}")]
    Panic {
        /// The worker or job it happened in.
        place: String,
        /// The panic's message.
        message: String,
    },
}

impl Error {
    /// Names the action and the path of a failed file operation: `.map_err(Error::io("read", path))`.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.as_ref().to_path_buf(), source }
    }

    /// A source that cannot be used, with the reason.
    pub fn audio(path: impl AsRef<Path>, reason: impl Into<String>) -> Self {
        Self::Audio { path: path.as_ref().to_path_buf(), reason: reason.into() }
    }

    /// Something that must not be touched or cannot be used, with what to do about it.
    pub fn refused(path: impl AsRef<Path>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused { path: path.as_ref().to_path_buf(), problem: problem.into(), remedy: remedy.into() }
    }
}
