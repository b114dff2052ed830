//! The thread that tells the split of the cache, or draws it anew.

use std::path::PathBuf;

use super::model::Ended;
use crate::jobs::{Job, JobEvent, Outcome, Request, Stopping};
use crate::pipeline::{Project, SplitReport};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;

/// What a report was asked of.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    cache_dir: PathBuf,
    validation_share: Option<f64>,
    seed: u64,
}

impl Asked {
    fn of(folder: &Folder) -> Self {
        let settings = &folder.settings;
        Self {
            cache_dir: folder.cache_dir(),
            validation_share: settings.validation_share,
            seed: settings.seed,
        }
    }
}

/// The thread, and what it told last.
#[derive(Debug, Default)]
pub(super) struct SplitWorker {
    job: Option<Job>,
    stopping: Vec<Stopping>,
    asked: Option<Asked>,
    told: Option<Ended<SplitReport>>,
}

impl SplitWorker {
    /// True while it works.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// What was told last.
    pub(super) fn told(&self) -> Option<&Ended<SplitReport>> {
        self.told.as_ref()
    }

    /// Stops, and forgets what was told.
    pub(super) fn forget(&mut self) {
        self.stop();
        (self.asked, self.told) = (None, None);
    }

    fn stop(&mut self) {
        self.stopping.extend(self.job.take().map(Job::stop));
    }

    /// Takes what was told of `folder`, and where it `is_shown` asks anew when that is no longer true.
    pub(super) fn update(&mut self, folder: &Folder, is_shown: bool) {
        self.stopping.retain(|stopping| !stopping.is_done());
        self.drain();
        if folder.task.is_some() || folder.audit_task.is_some() {
            // A build draws the split itself, and an audit learns of more copies.
            self.asked = None;
        } else if is_shown
            && folder.has_tensors()
            && self.job.is_none()
            && self.asked.as_ref() != Some(&Asked::of(folder))
        {
            self.start(folder, false);
        }
    }

    /// Draws the split anew and stores it.
    pub(super) fn draw(&mut self, folder: &Folder) {
        self.stop();
        self.start(folder, true);
    }

    fn start(&mut self, folder: &Folder, writes: bool) {
        self.asked = Some(Asked::of(folder));
        let started = Project::new(&folder.root, folder.settings.clone())
            .and_then(|project| Job::start(Request::Split { project, writes }));
        match started {
            Ok(job) => self.job = Some(job),
            Err(error) => self.told = Some(Ended::Failed(with_remedy(&error))),
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.job.as_ref().and_then(|job| job.events().try_recv().ok()) {
            let ended = match event {
                JobEvent::Done(Outcome::Split(report)) => Ended::Done(report),
                JobEvent::Failed(error) => Ended::Failed(with_remedy(&error)),
                JobEvent::Cancelled => Ended::Cancelled,
                // It has no progress that would be worth a bar.
                _ => continue,
            };
            self.told = Some(ended);
            self.stop();
        }
    }
}
