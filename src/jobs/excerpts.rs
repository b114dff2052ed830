//! Samples of a recording read in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{Excerpt, ExcerptRequest, read_excerpt};

/// The answer to a request.
#[derive(Debug)]
pub enum ExcerptEvent {
    /// The samples that were asked for.
    Ready(Excerpt),
    /// They cannot be read, and why.
    Failed(Error),
}

impl From<Error> for ExcerptEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads samples of recordings; the latest request wins.
pub type ExcerptQueue = Latest<ExcerptRequest, ExcerptEvent>;

/// Starts the thread that reads samples of recordings.
///
/// # Errors
/// When the system gives no thread.
pub fn start_excerpts(notify: Notify) -> Result<ExcerptQueue> {
    Latest::start("excerpts", notify, |request: ExcerptRequest, turn| {
        let excerpt = read_excerpt(&request, turn)?;
        turn.send(ExcerptEvent::Ready(excerpt))
    })
}
