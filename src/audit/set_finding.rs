//! A finding that is about several files.

use serde::Serialize;

use super::finding::Finding;
use crate::settings::Fix;

/// Something that only the whole set shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetFinding {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The files it is about, by their place in [`AuditReport::files`](super::AuditReport::files); none where it is about all.
    #[serde(skip)]
    pub files: Vec<usize>,
    /// The files whose own findings of this check it says once for all, in order: nearly all files, or none.
    #[serde(skip)]
    pub stands_for: Vec<usize>,
    /// The change of a setting that settles it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl SetFinding {
    pub(super) fn new(finding: Finding, files: impl Into<Vec<usize>>) -> Self {
        Self { finding, files: files.into(), stands_for: Vec::new(), fix: None }
    }

    pub(super) fn standing_for(self, stands_for: Vec<usize>) -> Self {
        Self { stands_for, ..self }
    }
}
