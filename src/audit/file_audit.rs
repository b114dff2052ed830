//! The audit of one file: its measurements and its findings.

use std::path::PathBuf;

use super::checks;
use super::chunking::Chunking;
use super::finding::Finding;
use super::measure::{Measured, Measurements};
use crate::path_text::RelPath;
use crate::source::SourceFile;

/// One file of the dataset: what was measured, and what was found in it by itself, whether it is part of the set or not.
#[derive(Debug, Clone, PartialEq)]
pub struct FileAudit {
    /// Its place in the dataset.
    pub path: RelPath,
    /// The file: absolute, with links resolved.
    pub file: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// The measurements, or why it cannot be read.
    pub outcome: Result<Measured, String>,
    /// The findings about this file alone, the gravest first.
    pub findings: Vec<Finding>,
}

impl FileAudit {
    /// Applies the checks of single files to what was measured of `source`.
    pub fn new(source: &SourceFile, outcome: Result<Measured, String>, chunking: Chunking) -> Self {
        let mut findings = match &outcome {
            Ok(measured) => checks::check(&source.relative, &measured.measurements, chunking),
            Err(reason) => vec![checks::unreadable(reason)],
        };
        findings.shrink_to_fit();
        Self {
            path: source.relative.clone(),
            file: source.path.clone(),
            size: source.size,
            outcome,
            findings,
        }
    }

    /// The path of the folder that it is in; empty for that of the dataset itself.
    pub fn folder(&self) -> String {
        let path = self.path.to_string();
        path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
    }

    /// The measurements; `None` for a file that cannot be read.
    pub fn measurements(&self) -> Option<&Measurements> {
        self.outcome.as_ref().ok().map(|measured| &measured.measurements)
    }
}
