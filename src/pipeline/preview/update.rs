//! The messages of a preview that grows.

use std::sync::Arc;

use super::part::Part;
use super::powers::PowerCounts;
use crate::applied::Applied;
use crate::audio::decode::SourceInfo;
use crate::audio::trim::Trim;
use crate::error::Result;

/// An update of a preview.
#[derive(Debug, Clone)]
pub enum PreviewUpdate {
    /// The file is open.
    Started {
        /// The information of its headers.
        info: SourceInfo,
        /// Chunks that the preview will have if the headers are true; `None` where they do not tell.
        expected_chunks: Option<usize>,
        /// Where its chunks begin and end; `None` where nothing is trimmed.
        trim: Option<Trim>,
    },
    /// A variant was made: its parts follow.
    Made(MadeVariant),
    /// The next part, in order.
    Part(Arc<Part>),
    /// All parts so far in a coarser form, which replaces them.
    Coarser(Vec<Arc<Part>>),
    /// The counts of mel powers in what was analysed so far, which replaces earlier counts.
    Powers(Arc<PowerCounts>),
}

/// A variant that was made.
#[derive(Debug, Clone)]
pub struct MadeVariant {
    /// The changes that made it.
    pub applied: Applied,
    /// The samples that a build analyses, of the length of a chunk.
    pub samples: Arc<[f32]>,
}

/// The end of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewSummary {
    /// Chunks previewed.
    pub n_chunks: usize,
    /// The damage of the file in words: up to when it can be used, and why not further.
    pub damage: Option<String>,
}

/// A receiver of updates; an error that it returns ends the preview.
pub type Emit<'a> = dyn Fn(PreviewUpdate) -> Result<()> + Sync + 'a;
