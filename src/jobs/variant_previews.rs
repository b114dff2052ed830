//! A chunk with its variants, made and drawn in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{VariantPreviewRequest, VariantPreviewer, VariantPreviews};

/// What comes of a request.
#[derive(Debug)]
pub enum VariantPreviewEvent {
    /// What was asked for.
    Ready(VariantPreviews),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for VariantPreviewEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes auditions; the latest request wins.
pub type VariantPreviewQueue = Latest<VariantPreviewRequest, VariantPreviewEvent>;

/// Starts the thread that makes auditions.
///
/// # Errors
/// When the system gives no thread.
pub fn start_auditions(notify: Notify) -> Result<VariantPreviewQueue> {
    let mut auditioner = VariantPreviewer::default();
    Latest::start("audition", notify, move |request: VariantPreviewRequest, turn| {
        let variant_preview = auditioner.make(&request, turn)?;
        turn.send(VariantPreviewEvent::Ready(variant_preview))
    })
}
