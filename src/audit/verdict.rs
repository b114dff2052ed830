//! The verdict: one sentence, and what can be done with one click.

use std::collections::BTreeMap;

use serde::Serialize;

use super::action::Action;
use super::check_set::FileChecks;
use super::digest::Digest;
use super::finding::{Check, Severity};
use super::loss::Loss;
use super::set_finding::SetFinding;
use crate::in_words;
use crate::settings::Fix;

const NOTHING_USED: &str = "Not fit to train on: there is no recording that can be used.";

/// Is the set fit to train on?
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The answer, in one sentence.
    pub sentence: String,
    /// Files that count: those that are not excluded.
    pub n_files: usize,
    /// Length of what can be read of them, in seconds.
    pub duration_s: f64,
    /// The files among them with a finding of each severity, their own or one of the set that names them. What is said once
    /// for nearly all files is in `n_of_set` alone.
    pub files_with: BySeverity,
    /// The findings about the set that name no file, by severity.
    pub n_of_set: BySeverity,
    /// Files of whose sound something is missing or damaged.
    pub n_incomplete: usize,
    /// The actions that can be taken, most useful first.
    pub actions: Vec<Action>,
    /// Changes of settings that settle what the set as a whole shows.
    pub fixes: Vec<Fix>,
}

/// How many, by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BySeverity {
    /// With errors.
    pub errors: usize,
    /// With warnings.
    pub warnings: usize,
    /// With notes.
    pub notes: usize,
}

impl BySeverity {
    /// Counts `severity` of each thing.
    pub(super) fn count(n_of: impl Fn(Severity) -> usize) -> Self {
        Self { errors: n_of(Severity::Error), warnings: n_of(Severity::Warning), notes: n_of(Severity::Note) }
    }

    /// The count of one severity.
    pub fn of(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
            Severity::Note => self.notes,
        }
    }
}

impl Verdict {
    /// Judges a set: `included` are its files by their place, `checks` what is shown for each file.
    pub(super) fn of(
        digests: &[Digest],
        included: &[usize],
        checks: &[FileChecks],
        of_set: &[SetFinding],
        actions: Vec<Action>,
    ) -> Self {
        let digest_of = |index: &usize| &digests[*index];
        // Not a sum: that of no numbers is -0.
        let duration_s = included.iter().map(digest_of).fold(0.0, |sum: f64, digest| sum + digest.duration_s);
        let files_with = BySeverity::count(|severity| {
            included.iter().filter(|index| !checks[**index].at(severity).is_empty()).count()
        });
        let n_of_set = BySeverity::count(|severity| {
            let names_none =
                |found: &&SetFinding| found.finding.severity == severity && found.files.is_empty();
            of_set.iter().filter(names_none).count()
        });
        let losses: Vec<Loss> = included.iter().filter_map(|index| digests[*index].loss).collect();
        let open = open_checks(included, checks, of_set);
        let is_any_used = included.iter().map(digest_of).any(|digest| !digest.has_error());
        let has_errors = files_with.errors + n_of_set.errors > 0;
        let n_files = included.len();
        let sentence = match &losses[..] {
            _ if !is_any_used => NOTHING_USED.into(),
            [] => sentence(n_files, has_errors, &open, &actions),
            losses => sentence_of_losses(losses, &open, &actions),
        };
        let fixes = of_set.iter().filter_map(|found| found.fix.clone()).collect();
        let n_incomplete = losses.len();
        Self { sentence, n_files, duration_s, files_with, n_of_set, n_incomplete, actions, fixes }
    }

    /// True when nothing that was found keeps the set from being trained on, and none of its sound is missing or damaged.
    pub fn is_fit(&self) -> bool {
        !self.has_errors() && self.n_incomplete == 0 && self.n_files > 0
    }

    /// True when something that was found is an error.
    pub fn has_errors(&self) -> bool {
        self.files_with.errors + self.n_of_set.errors > 0
    }

    /// True when something that was found is a warning.
    pub fn has_warnings(&self) -> bool {
        self.files_with.warnings + self.n_of_set.warnings > 0
    }

    /// What was found, in files: "3 files with errors, 28 with warnings".
    pub fn counts_in_words(&self) -> String {
        let BySeverity { errors, warnings, notes } = self.files_with;
        let errors = in_words::count(errors, "file");
        format!("{errors} with errors, {warnings} with warnings, {notes} with notes")
    }
}

/// The warnings that no action settles, each check once, with the number of files that have it: 0 for one about the set.
fn open_checks(included: &[usize], checks: &[FileChecks], of_set: &[SetFinding]) -> Vec<(Check, usize)> {
    let mut counts = BTreeMap::<Check, usize>::new();
    for found in of_set.iter().filter(|found| found.finding.severity == Severity::Warning) {
        counts.insert(found.finding.check, 0);
    }
    for index in included {
        for check in checks[*index].at(Severity::Warning).iter() {
            *counts.entry(check).or_default() += 1;
        }
    }
    counts.remove(&Check::ExactDuplicate);
    counts.remove(&Check::NearDuplicate);
    // They are said before anything else.
    counts.remove(&Check::Damaged);
    counts.remove(&Check::HeaderWrong);
    counts.into_iter().collect()
}

/// The answer about a set whose sound is not all there: that comes before anything else.
fn sentence_of_losses(losses: &[Loss], open: &[(Check, usize)], actions: &[Action]) -> String {
    let counts = Loss::ALL.map(|loss| (loss, losses.iter().filter(|other| **other == loss).count()));
    let words: Vec<String> =
        counts.into_iter().filter(|(_, n)| *n > 0).map(|(loss, n)| loss.words(n)).collect();
    let mut sentence = format!("Sound is missing or damaged: {}", in_words::list(&words));
    let n_excluded: usize = actions.iter().map(|action| action.exclude.len()).sum();
    if n_excluded > 0 {
        let excluded =
            if n_excluded == 1 { "the one file".into() } else { format!("the {n_excluded} files") };
        sentence = format!("{sentence}; mend what can be mended, or exclude {excluded} proposed below");
    }
    if !open.is_empty() {
        sentence = format!("{sentence}; {}", rest(open));
    }
    sentence + "."
}

/// The rest that there is to do, in words.
fn rest(open: &[(Check, usize)]) -> String {
    let words = |(check, n): &(Check, usize)| match n {
        0 => lower_first(check.title()),
        n => format!("{} ({})", lower_first(check.title()), in_words::count(*n, "file")),
    };
    let checks: Vec<String> = open.iter().map(words).collect();
    match &checks[..] {
        [] => "nothing else is needed".into(),
        checks => format!("look at what else was found: {}", in_words::list(checks)),
    }
}

fn sentence(n_files: usize, has_errors: bool, open: &[(Check, usize)], actions: &[Action]) -> String {
    let set = in_words::count(n_files, "file");
    let n_excluded: usize = actions.iter().map(|action| action.exclude.len()).sum();
    let rest = rest(open);
    let (excluded, verb) = match n_excluded {
        1 => ("the one file".to_owned(), "is"),
        n => (format!("the {n} files"), "are"),
    };
    match (has_errors, n_excluded, open) {
        (false, 0, []) => format!("Fit to train on: {set}, and nothing needs to be done."),
        (false, 0, _) => format!("Fit to train on: {set}; {rest}."),
        (false, ..) => format!("Fit to train on: {set}, better without {excluded} proposed below; {rest}."),
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
