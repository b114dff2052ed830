//! The verdict: one sentence, and what can be done with one click.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::file_audit::FileAudit;
use super::finding::{Check, Finding, Severity};
use super::measure::Measurements;
use super::set_finding::SetFinding;
use crate::audio::decode::Remark;
use crate::in_words;
use crate::path_text::RelPath;
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
    /// Findings by severity, each of the set counted once.
    pub n_errors: usize,
    /// As above.
    pub n_warnings: usize,
    /// As above.
    pub n_notes: usize,
    /// Files of whose sound something is missing or damaged.
    pub n_incomplete: usize,
    /// The actions that can be taken, most useful first.
    pub actions: Vec<Action>,
    /// Changes of settings that settle what the set as a whole shows.
    pub fixes: Vec<Fix>,
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
        let fixes = of_set.iter().filter_map(|found| found.fix.clone()).collect();
        let losses: Vec<Loss> = included().filter_map(|file| Loss::of(file)).collect();
        let n_incomplete = losses.len();
        let sentence = match &losses[..] {
            [] => sentence(files, n_files, n_errors, &open_checks(findings()), &actions),
            losses => sentence_of_losses(files, losses, &open_checks(findings()), &actions),
        };
        Self { sentence, n_files, duration_s, n_errors, n_warnings, n_notes, n_incomplete, actions, fixes }
    }

    /// True when nothing that was found keeps the set from being trained on, and none of its sound is missing or damaged.
    pub fn is_fit(&self) -> bool {
        self.n_errors == 0 && self.n_incomplete == 0 && self.n_files > 0
    }
}

/// A reason why the sound of a file is not all there, or not as it was: the gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    Unread,
    Damaged,
    PartLeftOut,
    HeaderWrong,
}

impl Loss {
    const ALL: [Self; 4] = [Self::Unread, Self::Damaged, Self::PartLeftOut, Self::HeaderWrong];

    fn of(file: &FileAudit) -> Option<Self> {
        let of_finding = |finding: &Finding| match finding.check {
            Check::Unreadable | Check::Empty | Check::NotFinite => Some(Self::Unread),
            Check::Damaged => Some(Self::Damaged),
            Check::HeaderWrong => Some(Self::HeaderWrong),
            _ => None,
        };
        let remarks = file.measurements().map_or(&[][..], |measured| &measured.remarks);
        // Streams that were joined are all there.
        let is_left_out = |remark: &Remark| {
            matches!(remark, Remark::OtherTracks { .. } | Remark::CoreOnly { .. } | Remark::LeftOut { .. })
        };
        let left_out = remarks.iter().any(is_left_out).then_some(Self::PartLeftOut);
        file.findings.iter().filter_map(of_finding).chain(left_out).min()
    }

    /// The loss of `n` files, in words.
    fn words(self, n: usize) -> String {
        let files = in_words::count(n, "file");
        match (self, n) {
            (Self::Unread, _) => format!("{files} cannot be read"),
            (Self::Damaged, 1) => format!("{files} is damaged"),
            (Self::Damaged, _) => format!("{files} are damaged"),
            (Self::PartLeftOut, 1) => format!("{files} is read only in part"),
            (Self::PartLeftOut, _) => format!("{files} are read only in part"),
            (Self::HeaderWrong, 1) => format!("{files} has another sound than its header says"),
            (Self::HeaderWrong, _) => format!("{files} have another sound than their headers say"),
        }
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
    let is_damaged = |file: &FileAudit| file.findings.iter().any(|finding| finding.check == Check::Damaged);
    let damaged = files.iter().filter(|file| !file.is_excluded && is_damaged(file));
    let damaged: Vec<RelPath> = damaged.map(|file| file.path.clone()).collect();
    actions.extend(propose(Some(Check::Damaged), "with damaged sound", damaged));
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
    // They are said before anything else.
    counts.remove(&Check::Damaged);
    counts.remove(&Check::HeaderWrong);
    counts.into_iter().collect()
}

/// The answer about a set whose sound is not all there: that comes before anything else.
fn sentence_of_losses(
    files: &[Arc<FileAudit>],
    losses: &[Loss],
    open: &[(Check, usize)],
    actions: &[Action],
) -> String {
    if !is_any_used(files) {
        return NOTHING_USED.into();
    }
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

fn is_any_used(files: &[Arc<FileAudit>]) -> bool {
    files.iter().any(|file| {
        !file.is_excluded && file.findings.iter().all(|finding| finding.severity != Severity::Error)
    })
}

/// The rest that there is to do, in words.
fn rest(open: &[(Check, usize)]) -> String {
    let checks: Vec<String> =
        open.iter().map(|(check, n)| format!("{} ({n})", lower_first(check.title()))).collect();
    match &checks[..] {
        [] => "nothing else is needed".into(),
        checks => format!("look at what else was found: {}", in_words::list(checks)),
    }
}

fn sentence(
    files: &[Arc<FileAudit>],
    n_files: usize,
    n_errors: usize,
    open: &[(Check, usize)],
    actions: &[Action],
) -> String {
    if !is_any_used(files) {
        return NOTHING_USED.into();
    }
    let set = in_words::count(n_files, "file");
    let n_excluded: usize = actions.iter().map(|action| action.exclude.len()).sum();
    let rest = rest(open);
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
