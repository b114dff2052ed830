//! The result of an audit.

use std::path::PathBuf;
use std::sync::Arc;

use super::file_audit::FileAudit;
use super::finding::Finding;
use super::set_finding::SetFinding;
use super::verdict::Verdict;

/// Everything that an audit found.
#[derive(Debug, Clone)]
pub struct AuditReport {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// Every file, in the order of the dataset.
    pub files: Vec<Arc<FileAudit>>,
    /// The findings about the set as a whole.
    pub of_set: Vec<SetFinding>,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of files that were read; the others were known from the audit before.
    pub n_read: usize,
    /// The time it took, in seconds.
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
