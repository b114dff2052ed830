//! The chunks of a recording that harm, in runs: what is wrong with each, and where it is.

use serde::{Deserialize, Serialize};

use super::finding::TimeSpan;
use crate::path_text::RelPath;
use crate::settings::ChunkRange;

/// What is wrong with a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkFlaw {
    /// Nothing of it is above the level that counts as silence.
    Silent,
    /// Normalising raises it by more than 40 dB.
    Quiet,
    /// A channel of it has flat tops.
    Clipped,
    /// A sample of it is no finite number: a build skips the whole recording.
    NotFinite,
    /// More than half of it is padding.
    Padding,
}

impl ChunkFlaw {
    /// Its name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Quiet => "quiet",
            Self::Clipped => "clipped",
            Self::NotFinite => "not_finite",
            Self::Padding => "padding",
        }
    }

    /// The flaw in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Quiet => "raised by more than 40 dB",
            Self::Clipped => "clipped",
            Self::NotFinite => "a sample that is no number",
            Self::Padding => "more than half padding",
        }
    }
}

/// Chunks in a row with the same flaw; quiet ones are all below -60 dBFS or none of them is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChunkRun {
    /// What is wrong with each of them.
    pub flaw: ChunkFlaw,
    /// The number of the first, as a build counts them.
    pub first: u64,
    /// The number of chunks.
    pub n: u64,
    /// Where they are in the recording.
    pub span: TimeSpan,
    /// The largest magnitude in them when the channels are averaged; of clipped ones, the level of the flat tops in their
    /// channel. 1 is full scale; 0 where it was not measured.
    pub peak: f32,
    /// The share of the last of them that is padding, 0 to 1.
    pub padding_share: f32,
}

impl ChunkRun {
    /// The chunks as an entry of `exclude_chunks`; `None` where their numbers are beyond those.
    pub fn of(&self, source: &RelPath) -> Option<ChunkRange> {
        let [first, last] = [self.first, self.first + self.n.saturating_sub(1)].map(u32::try_from);
        Some(ChunkRange { source: source.clone(), first: first.ok()?, last: last.ok()? })
    }
}
