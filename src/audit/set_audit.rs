//! The audit of the set as a whole: every check that needs more than one file, in order.

use std::sync::Arc;

use super::chunking::Chunking;
use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::set_finding::SetFinding;
use super::store::Comparisons;
use super::{duplicates, set_checks};
use crate::error::Result;
use crate::in_words;
use crate::monitor::Monitor;

/// Applies the checks of the whole set to `files`, which are in the order of the dataset, and takes out of them the findings
/// that one of the set replaces. Comparisons of near duplicates are looked up in `known`, and remembered there.
///
/// # Errors
/// On cancel.
pub fn check_set(
    files: &mut [Arc<FileAudit>],
    chunking: Chunking,
    known: &mut Comparisons,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<SetFinding>> {
    let (mut of_set, replaced) =
        set_checks::check(files.iter().enumerate().map(|(index, file)| (index, &**file)), chunking);
    for index in replaced {
        Arc::make_mut(&mut files[index]).findings.retain(|finding| finding.check != Check::Bandwidth);
    }
    let files = &*files;
    let indexed = || files.iter().enumerate().map(|(index, file)| (index, &**file));
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
