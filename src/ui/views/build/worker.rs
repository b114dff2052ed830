//! The build, or the check of the tensors, on a thread of its own.

use std::path::PathBuf;

use super::model::{Built, Ended, Results};
use crate::jobs::{Job, JobEvent, Outcome, Request, Stopping};
use crate::pipeline::{BuildOptions, BuildOutcome, Project};
use crate::ui::background::file_manager::FileManager;
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::session::state::State;
use crate::ui::session::task::{Task, TaskKind};
use crate::workers;

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// The thread of the running task, and that which opens the file manager.
#[derive(Debug, Default)]
pub(super) struct BuildWorker {
    job: Option<Job>,
    file_manager: FileManager,
    stopping: Vec<Stopping>,
}

impl BuildWorker {
    /// True while a task runs or comes to its end.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some() || !self.stopping.is_empty()
    }

    /// Starts a build or a check of the tensors.
    pub(super) fn start(&mut self, kind: TaskKind, folder: &mut Folder, results: &mut Results) {
        let started = Project::new(&folder.root, folder.settings.clone()).and_then(|project| {
            Job::start(if kind == TaskKind::Build {
                Request::Build(project, BuildOptions { force: false, n_workers: workers::beside_window() })
            } else {
                Request::Verify(project)
            })
        });
        results.begin(kind);
        if kind == TaskKind::Build {
            folder.files.forget_skipped();
        }
        match started {
            Ok(job) => {
                self.job = Some(job);
                folder.task = Some(Task::new(kind));
            }
            Err(error) => results.fail(kind, with_remedy(&error)),
        }
    }

    /// Answers what the build asks.
    pub(super) fn answer(&self, folder: &mut Folder, is_approved: bool) {
        if let (Some(job), Some(task)) = (&self.job, &mut folder.task) {
            task.question = None;
            job.answer(is_approved);
        }
    }

    /// Tells the running task to stop; its last event says when it has.
    pub(super) fn cancel(&self, folder: &mut Folder) {
        if let (Some(job), Some(task)) = (&self.job, &mut folder.task) {
            task.question = None;
            task.is_cancelling = true;
            job.cancel();
        }
    }

    /// Stops the task, whose end nobody awaits.
    pub(super) fn stop(&mut self) {
        self.stopping.extend(self.job.take().map(Job::stop));
    }

    /// Shows a folder in the system's file manager.
    pub(super) fn open_in_file_manager(&mut self, folder: PathBuf) {
        self.file_manager.open(folder);
    }

    /// Takes what the threads have sent into `state` and `results`. True when a task has ended.
    pub(super) fn drain(&mut self, state: &mut State, results: &mut Results) -> bool {
        self.stopping.retain(|stopping| !stopping.is_done());
        self.file_manager.drain(state);
        let Some(folder) = state.folder_mut() else { return false };
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.job.as_ref().and_then(|job| job.events().try_recv().ok()) else { break };
            if take(event, folder, results) {
                folder.task = None;
                // It is no longer what it was, or nobody looked at it while the task ran.
                folder.needs_checks = true;
                self.stop();
                return true;
            }
        }
        false
    }
}

/// Takes what the running task says. True when it was the last.
fn take(event: JobEvent, folder: &mut Folder, results: &mut Results) -> bool {
    let Some(task) = &mut folder.task else { return false };
    let kind = task.kind;
    match event {
        JobEvent::Progress(progress) => task.progress = Some(progress),
        JobEvent::Question(question) => task.question = (!task.is_cancelling).then_some(question),
        JobEvent::Estimate(estimate) => folder.estimate.set(Ok(estimate)),
        JobEvent::Skipped { path, reason } => {
            let name = path.strip_prefix(&folder.root).unwrap_or(&path).display().to_string();
            folder.files.set_skipped(&path, &reason);
            results.skipped.push((name, reason));
        }
        JobEvent::Warning(message) => results.warnings.push(message),
        // No task of this view measures files.
        // The folder has its notes from when it was opened.
        JobEvent::File { .. } | JobEvent::Note { .. } => {}
        JobEvent::Done(outcome) => {
            match outcome {
                Outcome::Built(BuildOutcome::Built(report)) => {
                    results.built = Some(Ended::Done(Built { report, is_new: true }));
                }
                Outcome::Built(BuildOutcome::AlreadyValid(report)) => {
                    results.built = Some(Ended::Done(Built { report, is_new: false }));
                }
                Outcome::Verified(report) => results.verified = Some(Ended::Done(report)),
                // No other outcome belongs to these requests.
                _ => {}
            }
            return true;
        }
        JobEvent::Failed(error) => {
            results.fail(kind, with_remedy(&error));
            return true;
        }
        JobEvent::Cancelled => {
            results.cancelled(kind);
            return true;
        }
    }
    false
}
