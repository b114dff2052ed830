//! Passages rebuilt in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{PassageChunk, PassageRequest, rebuild_passage};

/// An answer to a request.
#[derive(Debug)]
pub enum PassageEvent {
    /// The next chunk.
    Chunk(Box<PassageChunk>),
    /// There was the last one.
    Done,
    /// There is no more, and why.
    Failed(Error),
}

impl From<Error> for PassageEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Rebuilds passages; the latest request wins.
pub type PassageQueue = Latest<PassageRequest, PassageEvent>;

/// Starts the thread that rebuilds passages.
///
/// # Errors
/// When the system gives no thread.
pub fn start_passages(notify: Notify) -> Result<PassageQueue> {
    Latest::start("passages", notify, |request: PassageRequest, turn| {
        rebuild_passage(&request, turn, |chunk| turn.send(PassageEvent::Chunk(Box::new(chunk))))?;
        turn.send(PassageEvent::Done)
    })
}
