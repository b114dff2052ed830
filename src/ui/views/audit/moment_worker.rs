//! The waveform of the selected finding: read in the background.

use egui::Context;

use super::model::Audit;
use super::moment;
use crate::jobs::moments::{MomentEvent, start_moments};
use crate::pipeline::MomentRequest;
use crate::ui::background::latest_work::LatestWork;
use crate::ui::session::folder::Folder;

/// The thread that reads it, and what it was asked for last.
#[derive(Debug)]
pub(super) struct MomentWorker {
    work: LatestWork<MomentRequest, MomentEvent>,
    asked: Option<MomentRequest>,
}

impl Default for MomentWorker {
    fn default() -> Self {
        Self { work: LatestWork::new(start_moments, |_| true), asked: None }
    }
}

impl MomentWorker {
    /// True while a waveform is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// Takes what has come into `audit`, and asks for what it misses where it is shown.
    pub(super) fn update(&mut self, ctx: &Context, folder: &Folder, audit: &mut Audit, is_shown: bool) {
        while let Some(event) = self.work.next() {
            audit.moment = Some(match event {
                MomentEvent::Ready(moment) => Ok(moment),
                MomentEvent::Failed(error) => Err(error.to_string()),
            });
        }
        let Some(found) = audit.found.as_ref().filter(|_| is_shown) else { return };
        let wanted = moment::wanted(folder, audit, found);
        if wanted.is_none() || wanted == self.asked {
            return;
        }
        self.asked.clone_from(&wanted);
        audit.moment = None;
        if let Some(Err(error)) = wanted.map(|request| self.work.request(ctx, request)) {
            audit.moment = Some(Err(error.to_string()));
        }
    }

    /// Forgets what was asked for: the folder is no longer open.
    pub(super) fn forget(&mut self) {
        self.work.cancel();
        self.asked = None;
    }
}
