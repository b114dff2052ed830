//! Failures of the engine: each says the problem in words, and gives as a value what a person can do about it.

use std::fmt;
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
    /// The value that was given.
    pub value: String,
    /// The values that would be accepted.
    pub expected: String,
}

/// Every failure of the engine. Its `Display` names the file and what was found; [`Error::remedy`] is what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One source cannot be used as audio. A build skips the file, says why and goes on.
    #[error("{}: {reason}", path.display())]
    Audio {
        /// The source.
        path: PathBuf,
        /// The finding of the decoder, or of the check of its samples.
        reason: String,
        /// True where nothing is wrong with it, and an installed `ffmpeg` may read it.
        needs_ffmpeg: bool,
    },
    /// The system refused a file operation.
    #[error("cannot {action} {}: {}", path.display(), SystemWords(source))]
    Io {
        /// The action that was tried, as a verb: "read", "create the folder".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refused a thread.
    #[error("cannot start a thread for {name}: {}", SystemWords(source))]
    Thread {
        /// The thread's name, or that of the threads it belongs to.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A setting is unknown, of a wrong type or impossible.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A settings file holds a setting that is unknown, of a wrong type or impossible.
    #[error("{}: {problem}", path.display())]
    SettingsFile {
        /// The file.
        path: PathBuf,
        /// The setting that is wrong, and how.
        problem: SettingsError,
    },
    /// A file that would be written is there already, and nobody said that it may be replaced.
    #[error("{}: it exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A folder that must be new or empty holds something.
    #[error("{}: the folder is not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file of somebody else's has a name that Melscope needs.
    #[error("{}: Melscope did not write this file{} and needs its name", path.display(), Others(*n_others))]
    Foreign {
        /// The first such file.
        path: PathBuf,
        /// The number of others like it.
        n_others: usize,
        /// The action to take: it depends on whether the cache could be elsewhere.
        remedy: Remedy,
    },
    /// A cache that the trainer prepared itself is where Melscope's is to be made or removed.
    #[error("{}: the trainer prepared this cache itself", path.display())]
    ReferenceCache {
        /// The cache folder.
        path: PathBuf,
        /// The action to take: agree to replacing it, or remove it by hand.
        remedy: Remedy,
    },
    /// There is no cache.
    #[error("{}: there is no cache", path.display())]
    NoCache {
        /// The cache folder.
        path: PathBuf,
    },
    /// A cache, or a file of one, is not what was written.
    #[error("{}: {problem}", path.display())]
    DamagedCache {
        /// The cache folder or the file.
        path: PathBuf,
        /// The finding.
        problem: String,
    },
    /// Another program changed the cache during a build.
    #[error("{}: {problem}", path.display())]
    Disturbed {
        /// The file.
        path: PathBuf,
        /// The finding.
        problem: String,
    },
    /// A recording does not lie in the dataset that it was said to belong to.
    #[error("{}: it does not lie in the dataset {}", path.display(), dataset.display())]
    OutsideDataset {
        /// The recording.
        path: PathBuf,
        /// The dataset's folder.
        dataset: PathBuf,
    },
    /// A file or folder is not what it should be, and going on would harm or mislead.
    #[error("{}: {problem}", path.display())]
    Refused {
        /// The file or folder in question.
        path: PathBuf,
        /// The finding.
        problem: String,
        /// The action to take.
        remedy: Remedy,
    },
    /// Another build of the same cache is running.
    #[error("{} is being written by {holder}", path.display())]
    Locked {
        /// The cache folder.
        path: PathBuf,
        /// The holder: process, host and since when.
        holder: String,
    },
    /// The disk cannot hold what a build would write.
    #[error("{}: {needed} bytes are needed and {free} are free", path.display())]
    NoSpace {
        /// The cache folder.
        path: PathBuf,
        /// The room that the build would need at its peak, in bytes.
        needed: u64,
        /// The room that is free, in bytes.
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

/// What the system says of a failed operation, without its number: "No such file or directory".
pub(crate) struct SystemWords<'a>(pub(crate) &'a io::Error);

impl fmt::Display for SystemWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.to_string();
        let number = self.0.raw_os_error().map(|code| format!(" (os error {code})"));
        f.write_str(number.and_then(|number| words.strip_suffix(&number)).unwrap_or(&words))
    }
}

/// Files like a named one, in passing: " (nor 3 others like it)".
struct Others(usize);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n => write!(f, " (nor {n} others like it)"),
        }
    }
}

/// An action that gets a person past an [`Error`].
///
/// Its `Display` fits everywhere; the command line adds the flag to pass, and the window the control to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Correct the key of the settings file, or remove it.
    CorrectSetting,
    /// Name another file, or let the one that is there be replaced.
    ReplaceExisting,
    /// Name a new or an empty folder.
    NameEmptyFolder,
    /// Move the file in question elsewhere.
    MoveAway,
    /// Move the file in question elsewhere, or keep the cache in another folder.
    MoveAwayOrOtherCacheDir,
    /// Free space on the disk, or keep the cache in another folder.
    FreeSpaceOrOtherCacheDir,
    /// Agree to replacing the trainer's own cache.
    ReplaceReference,
    /// Remove the folder without Melscope.
    RemoveByHand,
    /// Build the cache.
    Build,
    /// Build the cache anew.
    Rebuild,
    /// Build again, with other programs kept out of the cache.
    BuildUndisturbed,
    /// Wait for the build that holds the cache, or stop it.
    WaitForBuild,
    /// Name the dataset that holds the recording.
    NameDataset,
    /// Name the folder instead of a file in it.
    NameFolder,
    /// Name a folder that holds audio files.
    NameRecordings,
    /// Leave out fewer chunks.
    KeepChunks,
    /// Give the output a name whose ending tells a known format.
    NameFormat,
    /// Name a tensor that was made with the settings, or the settings that it was made with.
    NameTensor,
    /// Write numbers instead of a picture, or take a part of the recording.
    WriteNumbers,
    /// Choose another size or scale for a picture of the window.
    OtherPictureSize,
    /// Draw the split of a cache and store it.
    WriteSplit,
    /// Build the shards that are missing or out of date.
    BuildShard,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CorrectSetting => "correct it, or remove the key to get the default",
            Self::ReplaceExisting => "name another file, or let it be replaced",
            Self::NameEmptyFolder => "name a new or an empty folder",
            Self::MoveAway => "move it elsewhere",
            Self::MoveAwayOrOtherCacheDir => "move it elsewhere, or choose another folder for the cache",
            Self::FreeSpaceOrOtherCacheDir => "free some space, or choose another folder for the cache",
            Self::ReplaceReference => "agree to replacing it",
            Self::RemoveByHand => "remove the folder by hand if it is not needed",
            Self::Build => "build it first",
            Self::Rebuild => "build the cache anew",
            Self::BuildUndisturbed => "keep other programs out of the cache and build again",
            Self::WaitForBuild => "wait for it to end, or stop it",
            Self::NameDataset => "name the dataset that holds it",
            Self::NameFolder => "name the folder that holds the recordings",
            Self::NameRecordings => "name a folder with recordings (wav, flac, mp3, ogg, m4a, …)",
            Self::KeepChunks => {
                "change exclude_chunks and what begins so, or trim_silence_dbfs, in melscope.json"
            }
            Self::NameFormat => "end it in .npy or .png",
            Self::NameTensor => {
                "name a tensor that was made with these settings, or give the settings it was made with"
            }
            Self::WriteNumbers => "write .npy, or take a part of it",
            Self::OtherPictureSize => "choose another size or scale",
            Self::WriteSplit => "draw its split: in Build, or with melscope split --write",
            Self::BuildShard => "compute the shards that are missing or out of date with melscope build --shard I/N, then merge",
        })
    }
}

impl Error {
    /// Names the action and the path of a failed file operation: `.map_err(Error::io("read", path))`.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.as_ref().to_path_buf(), source }
    }

    /// Names the thread that the system refused: `.map_err(Error::thread("playback"))`.
    pub fn thread(name: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Thread { name: name.into(), source }
    }

    /// A source that cannot be used, with the reason.
    pub fn audio(path: impl AsRef<Path>, reason: impl Into<String>) -> Self {
        Self::Audio { path: path.as_ref().to_path_buf(), reason: reason.into(), needs_ffmpeg: false }
    }

    /// Something that must not be touched or cannot be used, with what to do about it.
    pub fn refused(path: impl AsRef<Path>, problem: impl Into<String>, remedy: Remedy) -> Self {
        Self::Refused { path: path.as_ref().to_path_buf(), problem: problem.into(), remedy }
    }

    /// A cache, or a file of one, that is not what was written.
    pub fn damaged_cache(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::DamagedCache { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }

    /// A cache that another program changed during a build.
    pub fn disturbed(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Disturbed { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }

    /// The problem and its remedy in one sentence, in words that fit everywhere.
    pub fn in_full(&self) -> String {
        match self.remedy() {
            Some(remedy) => format!("{self}; {remedy}"),
            None => self.to_string(),
        }
    }

    /// The action that gets a person past it; `None` where the problem alone says all there is to say.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::SettingsFile { .. } => Some(Remedy::CorrectSetting),
            Self::Exists { .. } => Some(Remedy::ReplaceExisting),
            Self::NotEmpty { .. } => Some(Remedy::NameEmptyFolder),
            Self::Foreign { remedy, .. }
            | Self::ReferenceCache { remedy, .. }
            | Self::Refused { remedy, .. } => Some(*remedy),
            Self::NoCache { .. } => Some(Remedy::Build),
            Self::DamagedCache { .. } => Some(Remedy::Rebuild),
            Self::Disturbed { .. } => Some(Remedy::BuildUndisturbed),
            Self::OutsideDataset { .. } => Some(Remedy::NameDataset),
            Self::Locked { .. } => Some(Remedy::WaitForBuild),
            Self::NoSpace { .. } => Some(Remedy::FreeSpaceOrOtherCacheDir),
            Self::Audio { .. }
            | Self::Io { .. }
            | Self::Thread { .. }
            | Self::Settings(_)
            | Self::Cancelled
            | Self::Panic { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_what_is_in_the_way_and_leaves_flags_to_the_command_line() {
        let foreign = |n_others| Error::Foreign {
            path: "cache/000000.pt".into(),
            n_others,
            remedy: Remedy::MoveAwayOrOtherCacheDir,
        };
        assert_eq!(
            foreign(0).to_string(),
            "cache/000000.pt: Melscope did not write this file and needs its name"
        );
        assert!(foreign(2).to_string().contains("(nor 2 others like it)"));
        let full = Error::NoSpace { path: "cache".into(), needed: 2, free: 1 };
        assert_eq!(full.remedy(), Some(Remedy::FreeSpaceOrOtherCacheDir));
        assert!(!format!("{full} {}", Remedy::FreeSpaceOrOtherCacheDir).contains("--"));
        let refused = Error::thread("playback")(io::Error::from(io::ErrorKind::WouldBlock));
        assert!(refused.to_string().starts_with("cannot start a thread for playback: "), "{refused}");
    }
}
