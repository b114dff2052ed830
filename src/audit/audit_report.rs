//! The result of an audit.

use std::path::PathBuf;
use std::sync::Arc;

use super::check_set::FileChecks;
use super::chunking::Chunking;
use super::copies::Copies;
use super::digest::Digest;
use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::judgement::Judgement;
use super::set_finding::SetFinding;
use super::verdict::Verdict;
use crate::dataset::exclusions::FilePaths;
use crate::path_text::RelPath;

/// Everything that an audit found.
#[derive(Debug, Clone)]
pub struct AuditReport {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// Every file, excluded ones among them, in the order of the dataset.
    pub files: Arc<[Arc<FileAudit>]>,
    /// The findings about the set as a whole.
    pub of_set: Vec<SetFinding>,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of files that were read; the others were known from the audit before.
    pub n_read: usize,
    /// The time it took, in seconds.
    pub seconds: f64,
    /// For each file, whether it is left out.
    is_excluded: Vec<bool>,
    /// For each file, the checks of the findings that are shown for it.
    checks: Vec<FileChecks>,
    known: Arc<Known>,
}

/// What is known of all files, whichever are excluded.
#[derive(Debug)]
struct Known {
    paths: FilePaths,
    digests: Vec<Digest>,
    copies: Copies,
    chunking: Chunking,
}

impl AuditReport {
    /// Judges `files`, which are in the order of the dataset, without those that `exclude` covers. `copies` are among all of
    /// them. Nothing is read: [`n_read`](Self::n_read) and [`seconds`](Self::seconds) are 0.
    pub fn new(
        root: PathBuf,
        files: Vec<Arc<FileAudit>>,
        copies: Copies,
        chunking: Chunking,
        exclude: &[RelPath],
    ) -> Self {
        let paths = FilePaths::new(files.iter().map(|file| &file.path));
        let digests: Vec<Digest> = files.iter().map(|file| Digest::of(file, chunking)).collect();
        Self::judge(root, files.into(), Arc::new(Known { paths, digests, copies, chunking }), exclude)
    }

    /// What an audit with the exclusions `exclude` would find. It shares the files with this report and reads nothing: of a
    /// hundred thousand files it takes some milliseconds.
    #[must_use]
    pub fn with_exclusions(&self, exclude: &[RelPath]) -> Self {
        let (files, known) = (Arc::clone(&self.files), Arc::clone(&self.known));
        let judged = Self::judge(self.root.clone(), files, known, exclude);
        Self { n_read: self.n_read, seconds: self.seconds, ..judged }
    }

    fn judge(root: PathBuf, files: Arc<[Arc<FileAudit>]>, known: Arc<Known>, exclude: &[RelPath]) -> Self {
        let Known { paths, digests, copies, chunking } = &*known;
        let is_excluded = paths.covered(exclude, |index| &files[index].path);
        let Judgement { is_excluded, checks, of_set, verdict } =
            Judgement::of(&files, digests, copies, *chunking, is_excluded);
        Self { root, files, of_set, verdict, n_read: 0, seconds: 0.0, is_excluded, checks, known }
    }

    /// True when file `index` is left out: it is measured, and does not count.
    pub fn is_excluded(&self, index: usize) -> bool {
        self.is_excluded[index]
    }

    /// The files that count, by their place.
    pub fn included(&self) -> impl Iterator<Item = (usize, &FileAudit)> {
        let files = self.files.iter().map(|file| &**file).enumerate();
        files.filter(|(index, _)| !self.is_excluded(*index))
    }

    /// True when something of this severity was found in file `index`, by itself or by a finding of the set that names it.
    pub fn has_severity(&self, index: usize, severity: Severity) -> bool {
        !self.checks[index].at(severity).is_empty()
    }

    /// The findings about file `index` alone, without those that one of the set says for nearly all files.
    pub fn own_findings(&self, index: usize) -> impl Iterator<Item = &Finding> {
        let checks = self.checks[index];
        let is_shown = move |finding: &&Finding| checks.at(finding.severity).contains(finding.check);
        self.files[index].findings.iter().filter(is_shown)
    }

    /// Every finding that is about file `index`, the gravest first: its own, and those of the set that name it.
    pub fn findings_of(&self, index: usize) -> Vec<&Finding> {
        let of_set = self.of_set.iter().filter(|found| found.files.contains(&index));
        let mut findings: Vec<&Finding> =
            self.own_findings(index).chain(of_set.map(|found| &found.finding)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }

    /// [`AuditReport::findings_of`] for every file at once.
    pub fn findings_by_file(&self) -> Vec<Vec<&Finding>> {
        let mut findings: Vec<Vec<&Finding>> =
            (0..self.files.len()).map(|index| self.own_findings(index).collect()).collect();
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

    /// The checks that found something in files of the set at `severity`, or at any, in the order of reports, with the number
    /// of those files. A finding of the set counts the files that it names; one that names none is not among them.
    pub fn check_counts(&self, severity: Option<Severity>) -> Vec<(Check, usize)> {
        let mut counts = [0; Check::ALL.len()];
        for (checks, _) in self.checks.iter().zip(&self.is_excluded).filter(|(_, is)| !**is) {
            let found = severity.map_or_else(|| checks.all(), |severity| checks.at(severity));
            for check in found.iter() {
                counts[check as usize] += 1;
            }
        }
        Check::ALL.iter().copied().zip(counts).filter(|(_, n)| *n > 0).collect()
    }
}
