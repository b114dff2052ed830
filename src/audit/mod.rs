//! Is a dataset fit to train on, and what is to be done about it?
//!
//! Every recording is measured once ([`measure`]), in one streaming pass; checks turn measurements into findings, first
//! of each recording, then of the set as a whole, duplicates among them. The [`verdict`] says it in one sentence and
//! proposes what to exclude. [`table`] sorts and filters, [`report`] writes JSON, CSV and HTML, and [`store`] remembers
//! the measurements. Who orders all this is [`crate::pipeline::audit()`].

mod checks;
mod duplicates;
mod finding;
mod fingerprint;
mod hum;
mod level;
pub mod measure;
pub mod report;
mod series;
mod set_checks;
mod silence;
mod spectral;
pub mod store;
pub mod table;
mod true_peak;
pub mod verdict;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

pub use finding::{Check, Finding, Severity, TimeSpan};
pub use fingerprint::Fingerprint;
pub use hum::Hum;
pub use measure::{Chunking, Measured, Measurements, Meter};
pub use verdict::{Action, Verdict};

use crate::cache::status::SourceFile;
use crate::error::Result;
use crate::in_words;
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use store::Comparisons;

/// One file of the dataset: what was measured, and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FileAudit {
    /// Its place in the dataset.
    pub path: RelPath,
    /// The file: absolute, with links resolved.
    pub file: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// True when the settings leave it out: it is measured, and does not count.
    pub is_excluded: bool,
    /// What was measured, or why it cannot be read.
    pub outcome: Result<Measured, String>,
    /// What was found in this file alone, the gravest first.
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
            is_excluded: source.is_excluded,
            outcome,
            findings,
        }
    }

    /// What was measured; `None` for a file that cannot be read.
    pub fn measurements(&self) -> Option<&Measurements> {
        self.outcome.as_ref().ok().map(|measured| &measured.measurements)
    }
}

/// Something that only the whole set shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetFinding {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// The files it is about, by their place in [`AuditReport::files`]; none where it is about all.
    #[serde(skip)]
    pub files: Vec<usize>,
}

impl SetFinding {
    fn new(finding: Finding, files: impl Into<Vec<usize>>) -> Self {
        Self { finding, files: files.into() }
    }
}

/// Everything that an audit found.
#[derive(Debug, Clone)]
pub struct AuditReport {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// Every file, in the order of the dataset.
    pub files: Vec<Arc<FileAudit>>,
    /// What the set as a whole shows.
    pub of_set: Vec<SetFinding>,
    /// The verdict.
    pub verdict: Verdict,
    /// How many files were read; the others were known from the audit before.
    pub n_read: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl AuditReport {
    /// Every finding that is about file `index`, the gravest first: its own, and those of the set that name it.
    pub fn findings_of(&self, index: usize) -> Vec<&Finding> {
        let of_set = self.of_set.iter().filter(|found| found.files.contains(&index));
        let mut findings: Vec<&Finding> =
            self.files[index].findings.iter().chain(of_set.map(|found| &found.finding)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }

    /// [`AuditReport::findings_of`] for every file at once.
    pub fn findings_by_file(&self) -> Vec<Vec<&Finding>> {
        let mut findings: Vec<Vec<&Finding>> =
            self.files.iter().map(|file| file.findings.iter().collect()).collect();
        for found in &self.of_set {
            for index in &found.files {
                findings[*index].push(&found.finding);
            }
        }
        for findings in &mut findings {
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        }
        findings
    }
}

/// Applies the checks of the whole set to `files`, which are in the order of the dataset. Comparisons of near duplicates
/// are looked up in `known`, and remembered there.
///
/// # Errors
/// On cancel.
pub fn check_set(
    files: &[Arc<FileAudit>],
    chunking: Chunking,
    known: &mut Comparisons,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<SetFinding>> {
    let indexed = || files.iter().enumerate().map(|(index, file)| (index, &**file));
    let mut of_set = set_checks::check(indexed(), chunking);
    let has_sound = |file: &FileAudit| {
        let measured = file.measurements();
        !file.is_excluded
            && measured.is_some_and(|measured| measured.n_frames > 0 && measured.not_finite_s.is_none())
    };
    let mut comparable: Vec<(usize, &FileAudit)> = indexed().filter(|(_, file)| has_sound(file)).collect();
    let exact = duplicates::exact(&comparable);
    // One of each group stands for it.
    let copies: std::collections::BTreeSet<usize> =
        exact.iter().flat_map(|group| group[1..].iter().copied()).collect();
    comparable.retain(|(index, _)| !copies.contains(index));
    let near = duplicates::near(&comparable, known, n_workers, monitor)?;
    of_set.extend(
        exact.into_iter().map(|group| duplicate(Check::ExactDuplicate, "the same sound", files, group)),
    );
    of_set
        .extend(near.into_iter().map(|group| duplicate(Check::NearDuplicate, "the same take", files, group)));
    Ok(of_set)
}

fn duplicate(check: Check, what: &str, files: &[Arc<FileAudit>], group: Vec<usize>) -> SetFinding {
    const NAMED_MAX: usize = 4;
    let mut names: Vec<String> =
        group.iter().take(NAMED_MAX).map(|index| files[*index].path.to_string()).collect();
    if group.len() > NAMED_MAX {
        names.push(in_words::count(group.len() - NAMED_MAX, "other file"));
    }
    let what = format!("{what} in {}", in_words::list(&names));
    SetFinding::new(Finding::new(check, Severity::Warning, what), group)
}
