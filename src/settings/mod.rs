//! Every setting: one table of what the program says and does about each, and what is read, written and checked by it.

mod analysis;
mod check;
mod choices;
pub mod chunk_range;
mod chunk_rules;
mod difference;
mod file;
mod kind;
mod recorded;
pub mod remark;
mod row;
mod setting;
pub mod table;
mod value;

pub(crate) use analysis::chunk_seconds;
pub use analysis::{AnalysisSettings, ReadSettings};
pub use check::{Problem, TENSOR_BYTES_MAX};
pub use chunk_range::ChunkRange;
pub use chunk_rules::{ChunkRules, FileRules, WhyLeftOut, amplitude};
pub use difference::{Difference, differences, reasons};
pub use file::FILE_NAME;
pub use kind::{Kind, Most, Whole};
pub use recorded::{Recorded, Stored};
pub use remark::{Fix, Remark};
pub use table::{
    AugmentationSettings, FfmpegUse, IfMode, SAMPLE_RATES_HZ, SETTINGS, Setting, Settings, Stage, Unit,
};
pub use value::Value;

pub use crate::error::SettingsError;
