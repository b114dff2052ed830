//! The verdict: one sentence, and what can be done with one click.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::measure::Measurements;
use super::set_finding::SetFinding;
use crate::in_words;
use crate::path_text::RelPath;

/// Is the set fit to train on?
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The answer, in one sentence.
    pub sentence: String,
    /// Files that count: those that are not excluded.
    pub n_files: usize,
    /// Length of what can be read of them, in seconds.
    pub duration_s: f64,
    /// Findings by severity, each of the set counted once.
    pub n_errors: usize,
    /// As above.
    pub n_warnings: usize,
    /// As above.
    pub n_notes: usize,
    /// The actions that can be taken, most useful first.
    pub actions: Vec<Action>,
}

/// Something that can be done with one click, and undone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Action {
    /// Its effect, in words.
    pub title: String,
    /// The check whose findings it settles.
    pub check: Option<Check>,
    /// The files that it excludes; none of them is excluded yet.
    pub exclude: Vec<RelPath>,
}

impl Action {
    /// Excludes the files: `exclude` is that of [`crate::settings::Settings`].
    pub fn apply(&self, exclude: &mut Vec<RelPath>) {
        for path in &self.exclude {
            if !exclude.contains(path) {
                exclude.push(path.clone());
            }
        }
    }

    /// Takes [`Action::apply`] back.
    pub fn undo(&self, exclude: &mut Vec<RelPath>) {
        let added: BTreeSet<&RelPath> = self.exclude.iter().collect();
        exclude.retain(|path| !added.contains(path));
    }
}

impl Verdict {
    /// Judges a set from what was found.
    pub fn of(files: &[Arc<FileAudit>], of_set: &[SetFinding]) -> Self {
        let included = || files.iter().filter(|file| !file.is_excluded);
        let findings =
            || included().flat_map(|file| &file.findings).chain(of_set.iter().map(|found| &found.finding));
        let count = |severity| findings().filter(|finding| finding.severity == severity).count();
        let (n_errors, n_warnings, n_notes) =
            (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
        let actions = actions(files, of_set);
        let durations_s = included().filter_map(|file| file.measurements()).map(Measurements::duration_s);
        // Not a sum: that of no numbers is -0.
        let duration_s = durations_s.fold(0.0, |sum, duration_s| sum + duration_s);
        let n_files = included().count();
        let sentence = sentence(files, n_files, n_errors, &open_checks(findings()), &actions);
        Self { sentence, n_files, duration_s, n_errors, n_warnings, n_notes, actions }
    }

    /// True when nothing that was found keeps the set from being trained on.
    pub fn is_fit(&self) -> bool {
        self.n_errors == 0 && self.n_files > 0
    }
}

fn actions(files: &[Arc<FileAudit>], of_set: &[SetFinding]) -> Vec<Action> {
    let path_of = |index: &usize| files[*index].path.clone();
    let has_error =
        |file: &FileAudit| file.findings.iter().any(|finding| finding.severity == Severity::Error);
    let mut taken: BTreeSet<RelPath> = BTreeSet::new();
    let mut propose = |check: Option<Check>, what: &str, paths: Vec<RelPath>| {
        // A file that an earlier action excludes is not named again.
        let exclude: Vec<RelPath> = paths.into_iter().filter(|path| taken.insert(path.clone())).collect();
        (!exclude.is_empty()).then(|| Action {
            title: format!("Exclude {} {what}", in_words::count(exclude.len(), "file")),
            check,
            exclude,
        })
    };
    let bad = files.iter().filter(|file| !file.is_excluded && has_error(file));
    let bad: Vec<RelPath> = bad.map(|file| file.path.clone()).collect();
    let mut actions: Vec<Action> = propose(None, "with errors", bad).into_iter().collect();
    for (check, what) in [
        (Check::ExactDuplicate, "whose sound another file has as well"),
        (Check::NearDuplicate, "whose take another file has as well"),
    ] {
        let groups = of_set.iter().filter(|found| found.finding.check == check);
        let extra: Vec<RelPath> = groups
            .flat_map(|found| {
                let kept = found.files.iter().min_by_key(|index| blemishes(&files[**index])).copied();
                found.files.iter().filter(move |index| Some(**index) != kept)
            })
            .map(path_of)
            .collect();
        actions.extend(propose(Some(check), what, extra));
    }
    actions
}

/// Everything that speaks against keeping a file among its copies: grave findings first, then many of them, then lost sound.
fn blemishes(file: &FileAudit) -> (Option<Severity>, usize, std::cmp::Reverse<u64>) {
    let gravest = file.findings.first().map(|finding| finding.severity);
    let n_chunks = file.measurements().map_or(0, |measured| measured.n_chunks);
    (gravest, file.findings.len(), std::cmp::Reverse(n_chunks))
}

/// The warnings that no action settles, each check once, with how often it was found.
fn open_checks<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(Check, usize)> {
    let mut counts = std::collections::BTreeMap::<Check, usize>::new();
    for finding in findings.filter(|finding| finding.severity == Severity::Warning) {
        *counts.entry(finding.check).or_default() += 1;
    }
    counts.remove(&Check::ExactDuplicate);
    counts.remove(&Check::NearDuplicate);
    counts.into_iter().collect()
}

fn sentence(
    files: &[Arc<FileAudit>],
    n_files: usize,
    n_errors: usize,
    open: &[(Check, usize)],
    actions: &[Action],
) -> String {
    let is_used = |file: &&Arc<FileAudit>| {
        !file.is_excluded && file.findings.iter().all(|finding| finding.severity != Severity::Error)
    };
    if files.iter().filter(is_used).count() == 0 {
        return "Not fit to train on: there is no recording that can be used.".into();
    }
    let set = in_words::count(n_files, "file");
    let n_excluded: usize = actions.iter().map(|action| action.exclude.len()).sum();
    let rest = match open {
        [] => "nothing else is needed".to_owned(),
        open => {
            let checks: Vec<String> =
                open.iter().map(|(check, n)| format!("{} ({n})", lower_first(check.title()))).collect();
            format!("look at what else was found: {}", in_words::list(&checks))
        }
    };
    let (excluded, verb) = match n_excluded {
        1 => ("the one file".to_owned(), "is"),
        n => (format!("the {n} files"), "are"),
    };
    match (n_errors, n_excluded, open) {
        (0, 0, []) => format!("Fit to train on: {set}, and nothing needs to be done."),
        (0, 0, _) => format!("Fit to train on: {set}; {rest}."),
        (0, ..) => format!("Fit to train on: {set}, better without {excluded} proposed below; {rest}."),
        _ => format!("Fit to train on once {excluded} proposed below {verb} excluded; {rest}."),
    }
}
/// A title within a sentence: its first letter small, unless it begins with an abbreviation.
fn lower_first(title: &str) -> String {
    let is_abbreviation = title.chars().nth(1).is_some_and(char::is_uppercase);
    let mut letters = title.chars();
    match letters.next() {
        Some(first) if !is_abbreviation => first.to_lowercase().chain(letters).collect(),
        _ => title.into(),
    }
}
