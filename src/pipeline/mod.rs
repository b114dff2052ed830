//! The one place that orders the stages: scan, estimate, analyse, normalise, switch, and the way back.

pub mod advice;
mod alignment;
mod analysis_pass;
mod analyze;
mod audit;
mod audit_files;
mod browse;
mod build;
mod build_time;
pub mod demo;
mod estimate;
mod excerpt;
mod float_wav;
mod groups;
mod judge;
mod loudness_match;
mod moment;
mod passage;
pub mod preview;
mod project;
mod reconstruct;
pub mod remarks;
mod shard;
mod shard_gather;
mod shard_record;
mod split;
mod staged;
mod status;
mod stopwatch;
mod tensor_file;
#[cfg(test)]
mod test_wav;
mod trials;
mod variant_preview;
mod variants;
mod verify;

pub use crate::cache::status::Cause;
pub use alignment::{Alignment, align};
pub use analyze::{AnalyzeReport, analyze};
pub use audit::audit;
pub use audit_files::AuditFiles;
pub use browse::{TensorPicture, draw_tensor};
pub use build::{BuildOptions, BuildOutcome, BuildReport, Question, build, merge};
pub use build_time::StageSeconds;
pub use estimate::{Estimate, estimate};
pub use excerpt::{Excerpt, ExcerptRequest, read_excerpt};
pub use float_wav::write_float_wav;
pub use judge::{
    FidelityRow, FidelityTable, IfWorth, JudgeReport, JudgeRequest, JudgedChunks, JudgedFile, judge,
};
pub use moment::{Moment, MomentRequest, read_moment};
pub use passage::{
    ChunkPictures, DIFFERENCE_MOST_DB, PASSAGE_CHUNKS_MAX, PassageChunk, PassageRequest, PassageSource,
    SoundVersion, rebuild_passage,
};
pub use project::Project;
pub use reconstruct::{ReconstructReport, ReconstructRequest, reconstruct};
pub use shard::{ShardOutcome, ShardReport, build_shard};
pub use split::{FolderSplit, SideTotals, SplitReport, split};
pub use status::{CleanReport, StatusReport, clean, status};
pub use tensor_file::{Normalisation, is_tensor_name};
pub use variant_preview::{VariantPreview, VariantPreviewRequest, VariantPreviewer, VariantPreviews};
pub use variants::{ChunkVariants, LeftOutChunk, VariantsReport, write_variants};
pub use verify::{VerifyReport, verify};
