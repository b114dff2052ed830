//! The results of builds and of checks of the tensors, as plain values, and the reason why no build can be started.

use crate::in_words;
use crate::pipeline::{BuildReport, Estimate, VerifyReport};
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
}

impl Results {
    /// Forgets what a task of this kind came to: another begins.
    pub(super) fn begin(&mut self, kind: TaskKind) {
        if kind == TaskKind::Build {
            *self = Self::default();
        }
        self.verified = None;
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

/// The reason why no build can be started in `folder` now, in words; `None` when one can.
pub fn build_obstacle(folder: &Folder) -> Option<String> {
    if !folder.form.is_possible() {
        return Some("A setting on the right is not possible: correct it first.".into());
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
