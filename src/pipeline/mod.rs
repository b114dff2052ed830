//! The one place that orders the stages: scan, estimate, analyse, normalise, switch, and the way back.

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
pub mod preview;
mod project;
pub mod remarks;
mod status;
mod stopwatch;
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
pub use build::{BuildOptions, BuildOutcome, BuildReport, Question, build};
pub use build_time::StageSeconds;
pub use estimate::{Estimate, estimate};
pub use excerpt::{Excerpt, ExcerptRequest, read_excerpt};
pub use project::Project;
pub use status::{CleanReport, StatusReport, clean, status};
pub use variant_preview::{VariantPreview, VariantPreviewRequest, VariantPreviewer, VariantPreviews};
pub use variants::{ChunkVariants, VariantsReport, write_variants};
pub use verify::{VerifyReport, verify};
