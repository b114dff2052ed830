//! What the first pass of a build leaves: an outcome for each source, and tensors that are staged with their statistics.

use crate::applied::Applied;
use crate::cache::TensorKey;
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::staging::Staging;
use crate::dsp::stats::TensorStats;
use crate::source::SourceFile;

/// The outcome of one source.
#[derive(Debug)]
pub(super) enum SourceOutcome {
    Used(Used),
    Skipped(LeftOut),
}

impl SourceOutcome {
    /// The source that was used.
    pub(super) fn used(&self) -> Option<&Used> {
        match self {
            Self::Used(used) => Some(used),
            Self::Skipped(_) => None,
        }
    }
}

/// The record of a source that is left out.
pub(super) fn left_out(source: &SourceFile, reason: &str, content: Option<blake3::Hash>) -> LeftOut {
    LeftOut {
        relative: source.relative.clone(),
        reason: reason.into(),
        size: source.size,
        mtime_ns: source.mtime_ns,
        blake3: content.map(|hash| hash.to_hex().to_string()),
        needs_ffmpeg: false,
    }
}

/// A source whose chunks are staged.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) content: blake3::Hash,
    /// Where its first chunk starts, in seconds.
    pub(super) start_s: f64,
    pub(super) record: Source,
}

/// An outcome for each source, and every staged tensor in tensor order.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) outcomes: Vec<SourceOutcome>,
    pub(super) tensors: Vec<StagedTensor>,
    pub(super) place: StagingPlace,
}

/// The place where a build's tensors are staged.
#[derive(Debug)]
pub(super) enum StagingPlace {
    /// The staging folder of the cache.
    Cache,
    /// Those of shards: for each source which of them, and its number there.
    Shards { stagings: Vec<Staging>, sources: Vec<(usize, u32)> },
}

/// A tensor that is staged, with its statistics.
#[derive(Debug, Clone, Copy)]
pub(super) struct StagedTensor {
    pub(super) key: TensorKey,
    pub(super) stats: TensorStats,
    /// Samples before the padding.
    pub(super) n_samples: u32,
    applied: CompactApplied,
}

/// [`Applied`] in half the space, because there are as many as tensors: no number stands for what was not drawn.
#[derive(Debug, Clone, Copy)]
struct CompactApplied([f64; 4]);

impl StagedTensor {
    pub(super) fn new(key: TensorKey, stats: TensorStats, n_samples: u32, applied: Applied) -> Self {
        let Applied { semitones, speed, snr_db, gain } = applied;
        let applied = CompactApplied([semitones, speed, snr_db, gain].map(|drawn| drawn.unwrap_or(f64::NAN)));
        Self { key, stats, n_samples, applied }
    }

    /// The changes that made it.
    pub(super) fn applied(&self) -> Applied {
        let [semitones, speed, snr_db, gain] =
            self.applied.0.map(|drawn| Some(drawn).filter(|drawn| !drawn.is_nan()));
        Applied { semitones, speed, snr_db, gain }
    }

    /// Its place among the tensors: originals first, then the variants of each chunk.
    fn order(&self) -> (bool, TensorKey) {
        (self.key.variant > 0, self.key)
    }
}

impl Staged {
    /// Puts tensors in order, without those of sources that were skipped midway: the writer removes what is staged beyond what it
    /// is asked to commit.
    pub(super) fn new(
        outcomes: Vec<SourceOutcome>,
        mut tensors: Vec<StagedTensor>,
        place: StagingPlace,
    ) -> Self {
        tensors.retain(|tensor| outcomes[tensor.key.source as usize].used().is_some());
        tensors.sort_unstable_by_key(StagedTensor::order);
        Self { outcomes, tensors, place }
    }
}
