//! The samples behind the waveform: read in the background when it is shown so closely that they matter.

use std::ops::Range;

use egui::Context;

use super::model::Tune;
use super::samples::covers;
use crate::jobs::excerpts::{ExcerptEvent, start_excerpts};
use crate::pipeline::ExcerptRequest;
use crate::ui::background::latest_work::LatestWork;

/// Seconds that are read on both sides of what is in sight, at least: a step aside needs no new reading.
const MARGIN_S: f64 = 1.0;

/// The thread that reads samples, and what it was asked for last.
#[derive(Debug)]
pub(super) struct ExcerptWorker {
    work: LatestWork<ExcerptRequest, ExcerptEvent>,
    asked: Option<ExcerptRequest>,
}

impl Default for ExcerptWorker {
    fn default() -> Self {
        Self { work: LatestWork::new(start_excerpts, |_| true), asked: None }
    }
}

impl ExcerptWorker {
    /// True while samples are on their way.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// Takes what has come into `tune`, and asks for what it misses where it is shown.
    pub(super) fn update(&mut self, ctx: &Context, tune: &mut Tune, is_shown: bool) {
        while let Some(event) = self.work.next() {
            match event {
                ExcerptEvent::Ready(excerpt) => tune.excerpt = Some(excerpt),
                // The preview has told the reason; what it knows of the waveform stays.
                ExcerptEvent::Failed(error) => log::warn!("the waveform has no samples: {error}"),
            }
        }
        let Some(missing) = tune.missing_samples().filter(|_| is_shown) else { return };
        if self.asked.as_ref().is_some_and(|asked| covers(asked, &missing)) {
            return;
        }
        let request = with_margin(missing);
        self.asked = Some(request.clone());
        if let Err(error) = self.work.request(ctx, request) {
            log::warn!("the waveform has no samples: {error}");
        }
    }

    /// Forgets what was asked for: the folder is no longer open.
    pub(super) fn forget(&mut self) {
        self.work.cancel();
        self.asked = None;
    }
}

/// `request` with as much again on both sides, and at least [`MARGIN_S`].
fn with_margin(request: ExcerptRequest) -> ExcerptRequest {
    let least = (MARGIN_S * f64::from(request.sample_rate_hz)) as u64;
    let Range { start, end } = request.range;
    let margin = least.max(end - start);
    ExcerptRequest { range: start.saturating_sub(margin)..end + margin, ..request }
}
