//! A chunk with its variants, made and drawn in the background: the latest request wins.

use super::latest::{Latest, Notify};
use crate::error::{Error, Result};
use crate::pipeline::{VariantPreviewRequest, VariantPreviewer, VariantPreviews};

/// An event of a request.
#[derive(Debug)]
pub enum VariantPreviewEvent {
    /// The previews that were asked for.
    Ready(VariantPreviews),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for VariantPreviewEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes previews of variants; the latest request wins.
pub type VariantPreviewQueue = Latest<VariantPreviewRequest, VariantPreviewEvent>;

/// Starts the thread that makes previews of variants.
///
/// # Errors
/// When the system gives no thread.
pub fn start_variant_previews(notify: Notify) -> Result<VariantPreviewQueue> {
    let mut previewer = VariantPreviewer::default();
    Latest::start("variant-previews", notify, move |request: VariantPreviewRequest, turn| {
        let variant_preview = previewer.make(&request, turn)?;
        turn.send(VariantPreviewEvent::Ready(variant_preview))
    })
}
