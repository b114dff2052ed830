//! The work behind the recording that is held beside the shown one: its preview, and its alignment.

use egui::Context;

use super::beside::Beside;
use super::model::Tune;
use super::preview_thread::{ALL_CHUNKS, PreviewThread};
use super::shown::{PreviewTarget, Shown};
use crate::error::Result;
use crate::jobs::Background;
use crate::jobs::previews::PreviewEvent;
use crate::monitor::Silent;
use crate::pipeline::{self, Alignment};
use crate::settings::Settings;
use crate::ui::remedy::with_remedy;

/// The threads of the recording beside.
#[derive(Debug, Default)]
pub(super) struct BesideWorker {
    thread: PreviewThread,
    growing: Option<Shown>,
    aligning: Option<Background<Result<Option<Alignment>>>>,
}

impl BesideWorker {
    /// True while something is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.thread.work.is_busy() || self.aligning.is_some()
    }

    /// True while an alignment runs, which does not ask for a frame when it is done.
    pub(super) fn is_aligning(&self) -> bool {
        self.aligning.is_some()
    }

    /// Forgets what was asked for.
    pub(super) fn forget(&mut self) {
        self.thread.forget();
        (self.growing, self.aligning) = (None, None);
    }

    /// Begins to align the recording beside with the shown one.
    pub(super) fn align(&mut self, tune: &mut Tune) {
        let (Some(shown), Some(beside)) = (&tune.shown, &mut tune.beside) else { return };
        let (first, second) = (shown.subject.path().to_path_buf(), beside.subject.path().to_path_buf());
        match Background::start("align", move || pipeline::align(&first, &second, &Silent)) {
            Ok(aligning) => self.aligning = Some(aligning),
            Err(error) => beside.note = Some(with_remedy(&error)),
        }
    }

    /// Takes what has come into `tune`, and asks for what it needs with `settings`.
    pub(super) fn update(&mut self, ctx: &Context, settings: &Settings, tune: &mut Tune, is_shown: bool) {
        let Some(beside) = &mut tune.beside else {
            self.forget();
            return;
        };
        let mut is_changed = false;
        while let Some(event) = self.thread.work.next() {
            is_changed |= self.take(event, beside);
        }
        if let Some(aligned) = self.aligning.as_ref().and_then(Background::poll) {
            self.aligning = None;
            match aligned.and_then(|aligned| aligned) {
                Ok(alignment) => beside.take(alignment),
                Err(error) => beside.note = Some(with_remedy(&error)),
            }
        }
        if is_shown && let Err(error) = self.ask(ctx, settings, beside) {
            beside.note = Some(with_remedy(&error));
        }
        if is_changed {
            tune.touch();
        }
    }

    /// Asks for its preview with `settings`, where that is not what is there.
    fn ask(&mut self, ctx: &Context, settings: &Settings, beside: &Beside) -> Result<()> {
        let target = PreviewTarget::new(beside.subject.cut_as(settings), settings);
        if beside.shown.as_ref().is_some_and(|shown| shown.is_all_of(&target)) {
            self.thread.adopt(target);
            self.growing = None;
        } else if self.thread.ask(ctx, &target, ALL_CHUNKS)? {
            self.growing = Some(Shown::new(target));
        }
        Ok(())
    }

    /// Takes an answer; true when it changed what is shown.
    fn take(&mut self, event: PreviewEvent, beside: &mut Beside) -> bool {
        match event {
            PreviewEvent::Update(update) => {
                if let Some(growing) = &mut self.growing {
                    growing.apply(update);
                }
                false
            }
            PreviewEvent::Done(summary) => {
                let grown = self.growing.take().map(|shown| shown.completed(summary.damage));
                if grown.is_some() {
                    beside.shown = grown;
                }
                true
            }
            PreviewEvent::Failed(error) => {
                self.growing = None;
                beside.shown = None;
                beside.note = Some(with_remedy(&error));
                true
            }
        }
    }
}
