//! What was found in nearly all recordings, said once for the set.

use std::sync::Arc;

use super::digest::Digest;
use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::set_finding::SetFinding;
use crate::in_words;

/// With this share of the files a finding belongs to the set: it is a property of how the set was made, and the exceptions
/// are what is worth looking at.
pub(super) const OF_SET_SHARE: f64 = 0.8;

/// Of fewer files each is worth its own words.
pub(super) const FILES_MIN: usize = 5;

/// Checks of which each file needs its own words: where the damage is, and what of it can be mended.
const OF_EACH_FILE: [Check; 1] = [Check::Damaged];

/// The findings that stand for those of nearly all files in `used`; what `said` stands for already is left out.
pub(super) fn of_set(
    files: &[Arc<FileAudit>],
    used: &[(usize, &Digest)],
    said: &[SetFinding],
) -> Vec<SetFinding> {
    if used.len() < FILES_MIN {
        return Vec::new();
    }
    let mut counts = [[0; Check::ALL.len()]; Severity::ALL.len()];
    for (_, digest) in used {
        for severity in Severity::ALL {
            for check in digest.checks.at(severity).iter() {
                counts[severity.place()][check as usize] += 1;
            }
        }
    }
    let is_common = |severity: Severity, check: Check| {
        let n: usize = counts[severity.place()][check as usize];
        let is_said = |found: &SetFinding| found.finding.check == check && !found.stands_for.is_empty();
        n as f64 >= OF_SET_SHARE * used.len() as f64
            && !OF_EACH_FILE.contains(&check)
            && !said.iter().any(is_said)
    };
    let all =
        Severity::ALL.into_iter().flat_map(|severity| Check::ALL.iter().map(move |check| (severity, *check)));
    let common = all.filter(|(severity, check)| is_common(*severity, *check));
    common
        .filter_map(|(severity, check)| {
            let has = |digest: &Digest| digest.checks.at(severity).contains(check);
            let those: Vec<usize> =
                used.iter().filter(|(_, digest)| has(digest)).map(|(index, _)| *index).collect();
            let example = &files[*those.first()?];
            let is_it = |finding: &&Finding| finding.check == check && finding.severity == severity;
            let own = example.findings.iter().find(is_it)?;
            let (n, all) = (those.len(), in_words::count(used.len(), "file"));
            let what = format!("{n} of {all}, {} for example: {}", example.path, own.what);
            Some(SetFinding::new(Finding::new(check, severity, what), []).standing_for(those))
        })
        .collect()
}
