//! The work behind the advice on the mask's threshold: for the shown recording first, then for the set.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use super::known_advice::Advice;
use super::model::Tune;
use crate::dsp::coherence::CoherenceSums;
use crate::error::Result;
use crate::jobs::advice::{
    FileAdviceEvent, FileAdviceRequest, LastCoherencePlan, SetAdviceEvent, SetAdviceRequest,
    start_file_advice, start_set_advice,
};
use crate::path_text::RelPath;
use crate::settings::Settings;
use crate::source::SourcePath;
use crate::ui::background::latest_work::LatestWork;
use crate::ui::remedy::with_remedy;
use crate::ui::session::file::File;
use crate::ui::session::folder::Folder;
use crate::workers;

/// The settings and files that advice depends on.
#[derive(Debug)]
struct Basis {
    settings: Settings,
    exclude: Vec<RelPath>,
    revision: u64,
}

impl Basis {
    fn of(folder: &Folder) -> Self {
        let settings = &folder.settings;
        Self {
            settings: settings.unmasked_tensors(),
            exclude: settings.exclude.clone(),
            revision: folder.files.revision(),
        }
    }

    fn is_of(&self, folder: &Folder) -> bool {
        self.settings.has_same_unmasked_tensors(&folder.settings)
            && self.exclude == folder.settings.exclude
            && self.revision == folder.files.revision()
    }
}

/// The threads of the advice.
#[derive(Debug)]
pub(super) struct AdviceWorker {
    plan: Arc<LastCoherencePlan>,
    file: LatestWork<FileAdviceRequest, FileAdviceEvent>,
    set: LatestWork<SetAdviceRequest, SetAdviceEvent>,
    /// What all advice that is known or asked for rests on.
    basis: Option<Basis>,
    /// The recording that was asked for.
    file_asked: Option<PathBuf>,
    /// What was measured of it: the set need not measure it again.
    file_sums: Option<Arc<CoherenceSums>>,
    is_set_asked: bool,
}

impl Default for AdviceWorker {
    fn default() -> Self {
        let is_last = |event: &SetAdviceEvent| match event {
            SetAdviceEvent::Advice(advice) => advice.is_complete(),
            SetAdviceEvent::Failed(_) => true,
        };
        Self {
            plan: Arc::default(),
            file: LatestWork::new(start_file_advice, |_| true),
            set: LatestWork::new(start_set_advice, is_last),
            basis: None,
            file_asked: None,
            file_sums: None,
            is_set_asked: false,
        }
    }
}

impl AdviceWorker {
    /// True while advice is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.file.is_busy() || self.set.is_busy()
    }

    /// Forgets what was asked for.
    pub(super) fn forget(&mut self) {
        self.file.cancel();
        self.set.cancel();
        (self.basis, self.file_asked, self.file_sums, self.is_set_asked) = (None, None, None, false);
    }

    /// Takes what has come into `tune`, and asks for what it needs of `folder` while the view is shown and `is_free` says that
    /// nothing else there is being worked on.
    pub(super) fn update(
        &mut self,
        ctx: &Context,
        folder: &Folder,
        tune: &mut Tune,
        [is_shown, is_free]: [bool; 2],
    ) {
        self.drain(tune);
        let is_wanted = is_shown && folder.task.is_none() && folder.audit_task.is_none();
        if !is_wanted {
            if self.is_busy() {
                self.forget();
            }
            return;
        }
        if !self.basis.as_ref().is_some_and(|basis| basis.is_of(folder)) {
            self.forget();
            tune.advice = Advice::default();
            self.basis = Some(Basis::of(folder));
        }
        if is_free && let Err(error) = self.ask(ctx, folder, tune) {
            log::warn!("there is no advice on the mask: {error}");
        }
    }

    fn drain(&mut self, tune: &mut Tune) {
        while let Some(FileAdviceEvent(measured)) = self.file.next() {
            if let Some(path) = &self.file_asked {
                let advice = measured.map(|(advice, sums)| {
                    self.file_sums = Some(sums);
                    advice
                });
                tune.advice.file = Some((path.clone(), advice.map_err(|error| with_remedy(&error))));
            }
        }
        while let Some(event) = self.set.next() {
            match event {
                SetAdviceEvent::Advice(advice) => tune.advice.set = Some(*advice),
                SetAdviceEvent::Failed(error) => {
                    log::warn!("there is no advice on the mask for the dataset: {error}");
                }
            }
        }
    }

    fn ask(&mut self, ctx: &Context, folder: &Folder, tune: &mut Tune) -> Result<()> {
        let Some(file) = folder.selected_file() else { return Ok(()) };
        let source = |file: &File| SourcePath { path: file.path.clone(), relative: file.relative.clone() };
        let (plan, settings) = (Arc::clone(&self.plan), folder.settings.clone());
        if self.file_asked.as_ref() != Some(&file.path) {
            self.file_asked = Some(file.path.clone());
            self.file_sums = None;
            tune.advice.file = None;
            return self.file.request(ctx, FileAdviceRequest { plan, settings, source: source(file) });
        }
        if self.file.is_busy() || self.is_set_asked {
            return Ok(());
        }
        self.is_set_asked = true;
        let included = folder.files.all().iter().filter(|file| !file.is_excluded);
        let sources: Vec<SourcePath> = included.map(source).collect();
        if sources.is_empty() {
            return Ok(());
        }
        let known = self.file_sums.clone().map(|sums| (file.path.clone(), sums));
        let n_workers = workers::beside_window();
        self.set.request(ctx, SetAdviceRequest { plan, settings, sources, known, n_workers })
    }
}
