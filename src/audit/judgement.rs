//! The judgement of a set under one list of exclusions: from what is known of each file to the findings of the set and the
//! verdict. It reads no file, so that a change of the exclusions is judged at once.

use std::sync::Arc;

use super::action::{self, Demerits};
use super::check_set::FileChecks;
use super::chunking::Chunking;
use super::copies::{Copies, CopyGroup};
use super::digest::Digest;
use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::set_finding::SetFinding;
use super::verdict::Verdict;
use super::{common_findings, set_checks};
use crate::in_words;

/// Everything that a list of exclusions decides.
#[derive(Debug, Clone)]
pub(super) struct Judgement {
    /// For each file, whether it is left out.
    pub(super) is_excluded: Vec<bool>,
    /// For each file the checks that found something in it, those of the set that name it among them, and without those that
    /// a finding of the set says for all.
    pub(super) checks: Vec<FileChecks>,
    pub(super) of_set: Vec<SetFinding>,
    pub(super) verdict: Verdict,
}

impl Judgement {
    /// Judges `files` without those for which `is_excluded` holds; `digests` are theirs.
    pub(super) fn of(
        files: &[Arc<FileAudit>],
        digests: &[Digest],
        copies: &Copies,
        chunking: Chunking,
        is_excluded: Vec<bool>,
    ) -> Self {
        let included: Vec<usize> = (0..files.len()).filter(|index| !is_excluded[*index]).collect();
        let used: Vec<(usize, &Digest)> = included
            .iter()
            .map(|index| (*index, &digests[*index]))
            .filter(|(_, digest)| digest.has_sound)
            .collect();
        let mut of_set = set_checks::check(&used, chunking);
        of_set.extend(common_findings::of_set(files, &used, &of_set));
        let copies = copies.within(|index| !is_excluded[index], |index| Demerits::of(&digests[index]));
        of_set.extend(copies.iter().map(|group| found_copies(files, group)));
        let mut checks: Vec<FileChecks> = digests.iter().map(|digest| digest.checks).collect();
        for SetFinding { finding, files, stands_for, .. } in &of_set {
            for index in stands_for {
                checks[*index].remove(finding.check);
            }
            for index in files {
                checks[*index].insert(finding.severity, finding.check);
            }
        }
        let actions = action::propose(|index| &files[index].path, digests, &included, &copies);
        let verdict = Verdict::of(digests, &included, &checks, &of_set, actions);
        Self { is_excluded, checks, of_set, verdict }
    }
}

fn found_copies(files: &[Arc<FileAudit>], group: &CopyGroup) -> SetFinding {
    const NAMED_MAX: usize = 4;
    let mut names: Vec<String> =
        group.files.iter().take(NAMED_MAX).map(|index| files[*index].path.to_string()).collect();
    if group.files.len() > NAMED_MAX {
        names.push(in_words::count(group.files.len() - NAMED_MAX, "other file"));
    }
    let same = if group.check == Check::ExactDuplicate { "the same sound" } else { "the same take" };
    let what = format!("{same} in {}", in_words::list(&names));
    SetFinding::new(Finding::new(group.check, Severity::Warning, what), &*group.files)
}
