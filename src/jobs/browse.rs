//! Tensors of a cache, read and drawn in the background: the latest request wins.

use std::path::PathBuf;
use std::sync::Arc;

use super::latest::{Latest, Notify};
use crate::cache::verify::Tensors;
use crate::error::{Error, Result};
use crate::pipeline::{TensorPicture, draw_tensor};

/// A request for a tensor.
#[derive(Debug, Clone)]
pub struct BrowseRequest {
    /// The cache's folder.
    pub cache_dir: PathBuf,
    /// The tensors of the cache where they are known; it is opened where nothing is.
    pub tensors: Option<Arc<Tensors>>,
    /// The tensor; the last where there are fewer.
    pub number: usize,
}

/// An event of a request.
#[derive(Debug)]
pub enum BrowseEvent {
    /// The cache was opened.
    Opened(Arc<Tensors>),
    /// The tensor that was asked for.
    Read(Box<TensorPicture>),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for BrowseEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads tensors; the latest request wins.
pub type Browse = Latest<BrowseRequest, BrowseEvent>;

/// Starts the thread that reads tensors.
///
/// # Errors
/// When the system gives no thread.
pub fn start_browse(notify: Notify) -> Result<Browse> {
    Latest::start("browse", notify, |request: BrowseRequest, turn| {
        let tensors = if let Some(tensors) = request.tensors {
            tensors
        } else {
            let tensors = Arc::new(Tensors::open(&request.cache_dir)?);
            turn.send(BrowseEvent::Opened(Arc::clone(&tensors)))?;
            tensors
        };
        let Some(last) = tensors.rows.len().checked_sub(1) else { return Ok(()) };
        let picture = draw_tensor(&tensors, request.number.min(last))?;
        turn.send(BrowseEvent::Read(Box::new(picture)))
    })
}
