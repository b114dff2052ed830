//! Waveforms around moments of recordings, read in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{Moment, MomentRequest, read_moment};

/// The answer to a request.
#[derive(Debug)]
pub enum MomentEvent {
    /// The waveform that was asked for.
    Ready(Moment),
    /// It cannot be read, and why.
    Failed(Error),
}

impl From<Error> for MomentEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads waveforms around moments; the latest request wins.
pub type MomentQueue = Latest<MomentRequest, MomentEvent>;

/// Starts the thread that reads them.
///
/// # Errors
/// When the system gives no thread.
pub fn start_moments(notify: Notify) -> Result<MomentQueue> {
    Latest::start("moments", notify, |request: MomentRequest, turn| {
        let moment = read_moment(&request, turn)?;
        turn.send(MomentEvent::Ready(moment))
    })
}
