//! What the list of files shows of the rows in sight, measured in the background: the latest request wins.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::latest::{Latest, Notify};
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::pipeline::preview::{self, PowerCounts, ShareRequest, Thumbnail};
use crate::settings::{FfmpegUse, Settings};
use crate::source::SourcePath;
use crate::workers::lock;

/// An event of a request for thumbnails.
#[derive(Debug)]
pub enum ThumbnailEvent {
    /// One of the files that were asked for.
    File {
        /// The file.
        path: PathBuf,
        /// Its thumbnail; `None` where it cannot be read.
        thumbnail: Option<Thumbnail>,
    },
    /// All were sent.
    Done,
    /// The rest cannot be read, and why.
    Failed(Error),
}

impl From<Error> for ThumbnailEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes thumbnails of files, in the order in which they are asked for; the latest request wins.
pub type ThumbnailQueue = Latest<Vec<PathBuf>, ThumbnailEvent>;

/// Starts the thread that makes thumbnails.
///
/// # Errors
/// When the system gives no thread.
pub fn start_thumbnails(notify: Notify) -> Result<ThumbnailQueue> {
    Latest::start("thumbnails", notify, |paths: Vec<PathBuf>, turn| {
        for path in paths {
            let thumbnail = match preview::thumbnail(&path, FfmpegUse::Auto, turn) {
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                read => read.ok(),
            };
            turn.send(ThumbnailEvent::File { path, thumbnail })?;
        }
        turn.send(ThumbnailEvent::Done)
    })
}

/// A request for the mel powers of single files.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePowersRequest {
    /// The files, the most wanted first.
    pub files: Vec<SourcePath>,
    /// The settings that chunks are cut, left out and analysed with; the threshold does not matter.
    pub settings: Settings,
}

/// An event of a request for mel powers.
#[derive(Debug)]
pub enum FilePowersEvent {
    /// One of the files that were asked for.
    File {
        /// The file.
        path: PathBuf,
        /// Its mel powers; `None` where it cannot be read.
        powers: Option<Arc<PowerCounts>>,
    },
    /// All were sent.
    Done,
    /// The rest cannot be analysed, and why.
    Failed(Error),
}

impl From<Error> for FilePowersEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Counts the mel powers of single files; the latest request wins.
pub type FilePowersQueue = Latest<FilePowersRequest, FilePowersEvent>;

/// Starts the thread that counts the mel powers of single files.
///
/// # Errors
/// When the system gives no thread.
pub fn start_file_powers(notify: Notify) -> Result<FilePowersQueue> {
    Latest::start("file-powers", notify, |request: FilePowersRequest, turn| {
        let FilePowersRequest { files, settings } = request;
        let plan = AnalysisPlan::new(settings.analysis().unmasked())?;
        let mut of_file = ShareRequest { files: Vec::new(), seed: 0, settings, n_workers: 1 };
        for file in files {
            let counted = Mutex::new(None);
            let path = file.path.clone();
            of_file.files = vec![file];
            preview::estimate_share(&of_file, &plan, turn, &|estimate| {
                *lock(&counted) = (estimate.n_files == 1).then_some(estimate.powers);
                Ok(())
            })?;
            let powers = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
            turn.send(FilePowersEvent::File { path, powers })?;
        }
        turn.send(FilePowersEvent::Done)
    })
}
