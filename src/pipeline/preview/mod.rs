//! A preview of one recording, or of one variant of a chunk: the build's own tensors, chunk by chunk, in a form that can be
//! drawn while it grows.
//!
//! A chunk's tensor is kept before mask and logarithm, so that a threshold can be tried without analysing again. What is kept
//! is bounded: when the parts exceed [`LIMIT_BYTES`], all become coarser by half, as often as it takes. A column then keeps
//! the loudest of what it covers, a mean, and a few powers that tell the masked share of any threshold. The samples of a
//! recording are not kept at all.

mod area;
mod assembly;
mod chunk_part;
mod file;
mod mean;
mod model;
mod part;
mod powers;
mod share;
mod sketch;
mod subject;
mod thumbnail;
mod update;
mod variant;
mod view_cells;
mod viewport;

pub use area::{Area, AreaMeasurement};
pub use mean::Averaging;
pub use model::Preview;
pub use part::{ChunkLevel, Part, Reduced, Scale, WAVEFORM_BUCKETS};
pub use powers::{PowerCounts, PowerHistogram};
pub(in crate::pipeline) use share::drawn_order;
pub use share::{ShareEstimate, ShareRequest, estimate_share};
pub use sketch::{KEPT_MAX, PowerSketch};
pub use subject::{LIMIT_BYTES, PreviewRequest, Subject, VariantSubject};
pub use thumbnail::{THUMBNAIL_BUCKETS, Thumbnail, thumbnail};
pub use update::{Emit, MadeVariant, PreviewSummary, PreviewUpdate};
pub use viewport::{Sampling, Viewport};

use crate::dsp::analysis::AnalysisPlan;
use crate::error::Result;
use crate::monitor::Monitor;

/// Analyses a recording on `n_workers` threads, or a variant on this one, and emits parts in order as soon as they are
/// ready.
///
/// # Errors
/// Everything that makes a build skip the file: it cannot be opened or decoded, a sample is not finite, there is no sound in
/// it. A chunk that it does not have. On cancel, heeded after each chunk; what `emit` returns.
///
/// # Panics
/// When a variant has not the length of the chunks of `plan`.
pub fn preview(
    request: &PreviewRequest,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    match &request.subject {
        Subject::File(path) => file::preview_file(path, request, plan, n_workers, monitor, emit),
        Subject::Variant(subject) => variant::preview_variant(subject, plan, monitor, emit),
    }
}
