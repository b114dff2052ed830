//! What the button that builds says: whether there is anything to build, and why.

use super::model::build_obstacle;
use crate::in_words;
use crate::pipeline::{Cause, StatusReport};
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// What the button that builds says, and whether it can be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Readiness {
    /// The words on the button.
    pub(super) label: String,
    /// True when it can be pressed.
    pub(super) is_possible: bool,
    /// True when the data is up to date, so that only whoever insists builds it again.
    pub(super) is_up_to_date: bool,
    /// The reason, and how it is meant.
    pub(super) reason: (Tone, String),
}

impl Readiness {
    /// What it says of `folder` now.
    pub(super) fn of(folder: &Folder) -> Self {
        if let Some(task) = &folder.task {
            return Self::waiting(&format!("{}…", task.kind.verb()), task.text());
        }
        let status = match &folder.status.answer {
            None => return Self::waiting("Checking…", "Looking at the data that is there…".into()),
            Some(Ok(report)) => Ok(report),
            Some(Err(message)) => Err(message),
        };
        let label = status.map_or_else(|_| "Build".into(), label);
        if let Some(obstacle) = build_obstacle(folder) {
            return Self { reason: (Tone::Bad, obstacle), ..Self::waiting(&label, String::new()) };
        }
        if folder.estimate.answer.is_none() {
            return Self::waiting(&label, "Measuring the files…".into());
        }
        let reason = match status {
            Err(message) => (Tone::Bad, message.clone()),
            // It was valid before something changed, and may be again.
            Ok(report) if report.is_valid() && !folder.status.is_current => {
                return Self::waiting("Checking…", "Looking at the data that is there…".into());
            }
            Ok(report) if report.is_valid() => {
                let words = in_words::count(report.spectrograms, "tensor");
                let reason = (Tone::Good, format!("The data is up to date: {words}."));
                return Self { label, is_possible: false, is_up_to_date: true, reason };
            }
            Ok(report) => (Tone::Weak, reason(report)),
        };
        Self { label, is_possible: true, is_up_to_date: false, reason }
    }

    fn waiting(label: &str, words: String) -> Self {
        Self { label: label.into(), is_possible: false, is_up_to_date: false, reason: (Tone::Weak, words) }
    }
}

/// The words on the button where the cache is as `report` says: "Rebuild (settings changed)".
fn label(report: &StatusReport) -> String {
    if report.is_valid() {
        return "Up to date".into();
    }
    let what = match &report.causes[..] {
        [] => return "Build".into(),
        [Cause::Files, Cause::Settings, ..] => "files and settings changed",
        [Cause::Files, ..] => "files changed",
        [Cause::Settings, ..] => "settings changed",
        [Cause::Program, ..] => "made by another program",
        [Cause::Cache, ..] => "tensors are missing",
    };
    format!("Rebuild ({what})")
}

/// Why there is something to build, in a sentence.
fn reason(report: &StatusReport) -> String {
    let reasons = report.reasons.join("; ");
    let what = if report.causes.is_empty() { "Nothing is built so far" } else { "The data is out of date" };
    format!("{what}: {reasons}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(causes: &[Cause], reasons: &[&str]) -> StatusReport {
        StatusReport {
            reasons: reasons.iter().map(|&reason| reason.into()).collect(),
            causes: causes.to_vec(),
            spectrograms: 9,
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_button_says_what_has_changed() {
        assert_eq!(label(&report(&[], &[])), "Up to date");
        assert_eq!(label(&report(&[], &["there is no cache yet"])), "Build");
        let label_of = |causes: &[Cause]| label(&report(causes, &["a reason"]));
        assert_eq!(label_of(&[Cause::Settings]), "Rebuild (settings changed)");
        assert_eq!(label_of(&[Cause::Files]), "Rebuild (files changed)");
        assert_eq!(label_of(&[Cause::Files, Cause::Settings]), "Rebuild (files and settings changed)");
        assert_eq!(label_of(&[Cause::Program]), "Rebuild (made by another program)");
        assert_eq!(label_of(&[Cause::Cache]), "Rebuild (tensors are missing)");
    }

    #[test]
    fn the_reason_stands_beside_it_in_words() {
        let words = reason(&report(&[Cause::Settings], &["n_mels changed from 128 to 80", "hop changed"]));
        assert_eq!(words, "The data is out of date: n_mels changed from 128 to 80; hop changed.");
        let words = reason(&report(&[], &["there is no cache yet"]));
        assert_eq!(words, "Nothing is built so far: there is no cache yet.");
    }
}
