//! A thread that makes previews for the Tune view, and what it was asked for last.

use std::ops::Range;

use egui::Context;

use super::shown::PreviewTarget;
use crate::error::Result;
use crate::jobs::previews::{PreviewEvent, start_previews};
use crate::pipeline::preview::{LIMIT_BYTES, PreviewRequest};
use crate::settings::AnalysisSettings;
use crate::ui::background::latest_work::LatestWork;

/// Every chunk of a recording.
pub(super) const ALL_CHUNKS: Range<usize> = 0..usize::MAX;

/// A thread that makes previews, and what it was asked for last.
#[derive(Debug)]
pub(super) struct PreviewThread {
    pub(super) work: LatestWork<(PreviewRequest, AnalysisSettings), PreviewEvent>,
    pub(super) asked: Option<(PreviewTarget, Range<usize>)>,
}

impl Default for PreviewThread {
    fn default() -> Self {
        let work = LatestWork::new(start_previews, |event| !matches!(event, PreviewEvent::Update(_)));
        Self { work, asked: None }
    }
}

impl PreviewThread {
    /// Asks for chunks of `target` unless that is what was asked for last; true when it was not.
    pub(super) fn ask(
        &mut self,
        ctx: &Context,
        target: &PreviewTarget,
        chunks: Range<usize>,
    ) -> Result<bool> {
        let asked = Some((target.clone(), chunks.clone()));
        if self.asked == asked {
            return Ok(false);
        }
        self.asked = asked;
        let PreviewTarget { subject, analysis, reading } = target.clone();
        let request = PreviewRequest { subject, reading, chunks, limit_bytes: LIMIT_BYTES };
        self.work.request(ctx, (request, analysis))?;
        Ok(true)
    }

    /// Takes `target` as answered: what is shown is just that.
    pub(super) fn adopt(&mut self, target: PreviewTarget) {
        self.work.cancel();
        self.asked = Some((target, ALL_CHUNKS));
    }

    /// Forgets what was asked for.
    pub(super) fn forget(&mut self) {
        self.work.cancel();
        self.asked = None;
    }
}
