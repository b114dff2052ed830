//! The record of a shard: what it was computed with, and what it holds of each of its sources.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::project::Project;
use super::staged::{SourceOutcome, Staged, TensorRecord, Used};
use crate::cache::TensorKey;
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::shard::{Shard, StoredShard};
use crate::cache::status::{is_left_out_unchanged, is_source_unchanged};
use crate::dataset;
use crate::error::{Error, Remedy, Result};
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use crate::settings::{self, Settings};
use crate::source::SourceFile;

/// A line of a shard's record, after the header: one for each of its sources.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Used(UsedLine),
    Skipped(LeftOut),
}

/// What a shard was computed with.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    /// The program's version.
    program: String,
    /// When it began, in ns since 1970.
    started_ns: i64,
    /// The settings, as a settings file has them.
    settings: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct UsedLine {
    pub(super) source: Source,
    pub(super) start_s: f64,
    /// Its tensors: their numbers follow those of the source before.
    pub(super) n_tensors: u64,
}

/// What is kept of each tensor: chunk, variant, and its [`TensorRecord`].
pub(super) const N_NUMBERS: usize = 2 + TensorRecord::N_NUMBERS;

/// The key and the record of a tensor of source number `source`, from what is kept of it.
pub(super) fn tensor_of(source: u32, numbers: &[f64; N_NUMBERS]) -> (TensorKey, TensorRecord) {
    let [chunk, variant, ref record @ ..] = *numbers;
    let key = TensorKey { source, chunk: chunk as u32, variant: variant as u32 };
    (key, TensorRecord::of_numbers(*record))
}

/// The record of a shard, read.
pub(super) struct Record {
    pub(super) shard: Shard,
    pub(super) started_ns: i64,
    program: String,
    settings: Settings,
    pub(super) sources: Vec<Line>,
}

impl Record {
    pub(super) fn of(stored: &StoredShard) -> Result<Self> {
        let refuse = |problem: String| Error::refused(stored.record(), problem, Remedy::BuildShard);
        let header: Header = stored.header()?;
        let settings = Settings::from_json(header.settings.get());
        Ok(Self {
            shard: stored.shard,
            started_ns: header.started_ns,
            program: header.program,
            settings: settings.map_err(|problem| refuse(problem.to_string()))?,
            sources: stored.lines().collect::<Result<_>>()?,
        })
    }

    /// Why a build with `settings` cannot use it; `None` where it can.
    pub(super) fn conflict(&self, settings: &Settings) -> Option<String> {
        let program = env!("CARGO_PKG_VERSION");
        if self.program != program {
            return Some(format!("version {} computed it, and this is {program}", self.program));
        }
        let differences = settings::reasons(&self.settings, settings);
        let words = |difference: &settings::Difference| {
            format!("{} {}, not {}", difference.reason_name(), difference.from, difference.to)
        };
        let differences: Vec<String> = differences.iter().map(words).collect();
        (!differences.is_empty()).then(|| format!("it was computed with {}", differences.join(", ")))
    }

    pub(super) fn is_current(&self, line: &Line, now: &SourceFile, monitor: &dyn Monitor) -> bool {
        let hash = |path: &Path| dataset::hash_file_hex(path, monitor);
        match line {
            Line::Used(used) => is_source_unchanged(&used.source, now, self.started_ns, &hash),
            Line::Skipped(left_out) => is_left_out_unchanged(left_out, now, self.started_ns, &hash),
        }
    }
}

impl Line {
    pub(super) fn relative(&self) -> &RelPath {
        match self {
            Self::Used(used) => &used.source.relative,
            Self::Skipped(left_out) => &left_out.relative,
        }
    }
}

/// The header of a shard that began at `started_ns`, in ns since 1970.
pub(super) fn header(project: &Project, started_ns: i64) -> Result<Header> {
    let settings = serde_json::value::to_raw_value(&project.settings)
        .map_err(|error| Error::io("record the settings of", &project.root)(error.into()))?;
    Ok(Header { program: env!("CARGO_PKG_VERSION").into(), started_ns, settings })
}

/// A line for each source.
pub(super) fn record_lines(staged: &Staged) -> Vec<Line> {
    let mut n_tensors = vec![0; staged.outcomes.len()];
    for tensor in &staged.tensors {
        n_tensors[tensor.key.source as usize] += 1;
    }
    let line = |(outcome, n_tensors): (&SourceOutcome, u64)| match outcome {
        SourceOutcome::Used(Used { record, start_s, .. }) => {
            Line::Used(UsedLine { source: record.clone(), start_s: *start_s, n_tensors })
        }
        SourceOutcome::Skipped(left_out) => Line::Skipped(left_out.clone()),
    };
    staged.outcomes.iter().zip(n_tensors).map(line).collect()
}

/// What is kept of each tensor, source by source.
pub(super) fn tensor_numbers(staged: &mut Staged) -> impl Iterator<Item = Result<[f64; N_NUMBERS]>> {
    staged.tensors.sort_unstable_by_key(|tensor| tensor.key);
    staged.tensors.iter().map(|tensor| {
        let TensorKey { chunk, variant, .. } = tensor.key;
        let mut numbers = [f64::from(chunk); N_NUMBERS];
        numbers[1] = f64::from(variant);
        numbers[2..].copy_from_slice(&staged.records.read(tensor.record)?.to_numbers());
        Ok(numbers)
    })
}
