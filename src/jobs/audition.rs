//! A chunk with its variants, made and drawn in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{Audition, AuditionRequest, Auditioner};

/// What comes of a request.
#[derive(Debug)]
pub enum AuditionEvent {
    /// What was asked for.
    Ready(Audition),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for AuditionEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes auditions; the latest request wins.
pub type Auditions = Latest<AuditionRequest, AuditionEvent>;

/// Starts the thread that makes auditions.
///
/// # Errors
/// When the system gives no thread.
pub fn start_auditions(notify: Notify) -> Result<Auditions> {
    let mut auditioner = Auditioner::default();
    Latest::start("audition", notify, move |request: AuditionRequest, turn| {
        let audition = auditioner.make(&request, turn)?;
        turn.send(AuditionEvent::Ready(audition))
    })
}
