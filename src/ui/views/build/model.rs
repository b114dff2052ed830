//! The results of builds and of checks of the tensors, as plain values, and the reason why no build can be started.

use crate::in_words;
use crate::pipeline::{BuildReport, Estimate, Question, VerifyReport};
use crate::settings::Settings;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::TaskKind;

/// The end of a task.
#[derive(Debug)]
pub enum Ended<T> {
    /// With a result.
    Done(T),
    /// It failed, for the reason in words.
    Failed(String),
    /// It was stopped.
    Cancelled,
}

/// The result of a build.
#[derive(Debug)]
pub struct Built {
    /// The report of the cache that is there.
    pub report: BuildReport,
    /// False when a valid cache was there already.
    pub is_new: bool,
}

/// The results of the last build and of the last check of the tensors.
#[derive(Debug, Default)]
pub struct Results {
    /// The end of the last build.
    pub built: Option<Ended<Built>>,
    /// The end of the last check of the tensors.
    pub verified: Option<Ended<VerifyReport>>,
    /// Files that the last build skipped, and why.
    pub skipped: Vec<(String, String)>,
    /// The warnings of the last build.
    pub warnings: Vec<String>,
    /// The settings that they belong to.
    basis: Option<Settings>,
    /// True when a person has seen how the last task ended.
    is_seen: bool,
}

impl Results {
    /// Forgets what tasks came to before: another begins with `settings`.
    pub(super) fn begin(&mut self, kind: TaskKind, settings: &Settings) {
        if kind == TaskKind::Build {
            *self = Self::default();
        }
        self.built = None;
        self.verified = None;
        self.is_seen = false;
        self.basis = Some(settings.clone());
    }

    /// Forgets what is over: the settings are others by now, or the data is out of date again.
    pub(super) fn follow(&mut self, folder: &Folder, is_shown: bool) {
        if folder.task.is_some() {
            return;
        }
        let is_of_now = self.basis.as_ref().is_none_or(|basis| *basis == folder.settings);
        let is_known = folder.status.is_current && !folder.needs_checks;
        let is_stale = matches!(&folder.status.answer, Some(Ok(report)) if is_known && !report.is_valid());
        if !is_of_now || is_stale && matches!(self.built, Some(Ended::Done(_))) {
            *self = Self::default();
        }
        self.is_seen |= is_shown;
    }

    /// Forgets how the last task ended, when a person has seen it before.
    pub(super) fn turned_to(&mut self) {
        if self.is_seen {
            self.built = None;
            self.verified = None;
        }
    }

    /// Notes that a task failed.
    pub(super) fn fail(&mut self, kind: TaskKind, message: String) {
        if kind == TaskKind::Build {
            self.built = Some(Ended::Failed(message));
        } else {
            self.verified = Some(Ended::Failed(message));
        }
    }

    /// Notes that a task was stopped.
    pub(super) fn cancelled(&mut self, kind: TaskKind) {
        if kind == TaskKind::Build {
            self.built = Some(Ended::Cancelled);
        } else {
            self.verified = Some(Ended::Cancelled);
        }
    }
}

/// True for a question that only a person can answer. How much a build writes stands beside its button: it is asked only
/// where that leaves little space.
pub(super) fn needs_person(question: &Question) -> bool {
    match question {
        Question::Size(estimate) => estimate.is_space_short(),
        Question::ReplaceReference { .. } => true,
    }
}

/// The reason why no build can be started in `folder` now, in words; `None` when one can.
pub fn build_obstacle(folder: &Folder) -> Option<String> {
    if !folder.form.is_possible() {
        return Some("A setting of the analysis is not possible: correct it first.".into());
    }
    if !folder.augmentation_form.is_possible() {
        return Some("A setting of the Augment view is not possible: correct it first.".into());
    }
    if folder.audit_task.is_some() {
        return Some("An audit is running: wait for its end, or cancel it.".into());
    }
    if folder.files.all().is_empty() {
        return Some("There are no recordings in this folder.".into());
    }
    if folder.files.n_included() == 0 {
        return Some("Every file is left out: include some of them in the list.".into());
    }
    match folder.estimate.answer.as_ref()? {
        Err(message) => Some(message.clone()),
        Ok(estimate) if estimate.sources == 0 => Some(format!(
            "None of the {} can be read as audio. Select one in the list to see why.",
            in_words::count(estimate.unreadable, "file")
        )),
        Ok(Estimate { free_bytes: Some(free), transient_bytes: needed, .. }) if free < needed => {
            Some(format!(
                "There is not enough space: {} are needed and {} are free.",
                in_words::bytes(*needed),
                in_words::bytes(*free)
            ))
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::StageSeconds;

    /// A build that needs 200 MB of so many free bytes.
    fn size(free_bytes: u64) -> Question {
        Question::Size(Estimate {
            spectrograms: 2000,
            is_at_most: false,
            originals: 2000,
            expansion: 0,
            sources: 10,
            unreadable: 0,
            unknown: 0,
            duration_s: 2000.0,
            bytes: 200_000_000,
            tensor_file_bytes: 100_000,
            transient_bytes: 200_000_000,
            free_bytes: Some(free_bytes),
            disk_bytes: Some(500_000_000_000),
            stages: StageSeconds::default(),
        })
    }

    #[test]
    fn a_size_is_a_question_only_where_it_leaves_little_space() {
        assert!(!needs_person(&size(100_000_000_000)), "200 MB of 100 GB stand beside the button");
        assert!(needs_person(&size(600_000_000)), "400 MB would stay free");
        let question = Question::ReplaceReference { cache_dir: "cache".into(), n_tensors: 9 };
        assert!(needs_person(&question), "what another program made is never replaced unasked");
    }
}
