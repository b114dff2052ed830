//! The monitor: the engine tells it what it is doing, and is told by it to stop.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The stages of a job, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Listing the folder.
    Scan,
    /// Reading lengths from headers.
    Estimate,
    /// Decoding, chunking and analysing; counted in tensors.
    Analyse,
    /// Normalising with the statistics of the whole dataset; counted in tensors.
    Normalise,
    /// Bringing everything to the disk and switching to the new cache.
    Commit,
    /// Reading tensors back; counted in tensors.
    Verify,
    /// Writing variants of one recording; counted in variants.
    Augment,
    /// Rebuilding sound from tensors; counted in chunks.
    Reconstruct,
    /// Rebuilding sound in every way and comparing it with the recordings; counted in chunks.
    Judge,
    /// Measuring recordings; counted in files.
    Audit,
    /// Comparing recordings that may be the same take; counted in pairs.
    Compare,
    /// Making the map of the set; counted in points and passes.
    Map,
    /// Measuring where the mask belongs; counted in files.
    Advise,
}

impl Stage {
    /// The stage's name in progress bars and JSON events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Estimate => "estimate",
            Self::Analyse => "analyse",
            Self::Normalise => "normalise",
            Self::Commit => "commit",
            Self::Verify => "verify",
            Self::Augment => "augment",
            Self::Reconstruct => "reconstruct",
            Self::Judge => "judge",
            Self::Audit => "audit",
            Self::Compare => "compare",
            Self::Map => "map",
            Self::Advise => "advise",
        }
    }
}

/// Receives what happens during a job. Called from worker threads: implementations must not block for long.
///
/// What an implementation leaves out, it does not hear; without [`Monitor::is_cancelled`] it never stops a job.
pub trait Monitor: Sync {
    /// A stage begins, with `total` units of work ahead.
    fn begin(&self, _stage: Stage, _total: u64) {}
    /// `n` more units of the current stage are done.
    fn advance(&self, _n: u64) {}
    /// A source is left out, and why.
    fn skipped(&self, _path: &Path, _reason: &str) {}
    /// Something the person should know that does not stop the job.
    fn warning(&self, _message: &str) {}
    /// Files and folders that were passed over although they may belong to the dataset: in one line, and each with its
    /// reason.
    fn note(&self, _message: &str, _files: &[(PathBuf, String)]) {}
    /// True once the person has asked to stop.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// `Err(Error::Cancelled)` once the person has asked to stop.
    fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// A monitor that hears of nothing but can stop: for a part of a job that is no stage of its own.
#[derive(Clone, Copy)]
pub struct OnlyStops<'a>(pub &'a dyn Monitor);

impl Monitor for OnlyStops<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A monitor that listens to nothing and never cancels: for tests and library callers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Monitor for Silent {}
