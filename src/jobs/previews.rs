//! The background work of the Tune view: the preview of one recording or variant, and the masked share of the dataset.

use super::latest::{Latest, Notify};
use crate::dsp::analysis::{AnalysisPlan, LastPlan};
use crate::error::{Error, Result};
use crate::pipeline::preview::{
    self, PreviewRequest, PreviewSummary, PreviewUpdate, ShareEstimate, ShareRequest,
};
use crate::settings::AnalysisSettings;
use crate::workers;

/// An event of a preview. Exactly one of `Done` and `Failed` comes, as the last, unless a newer request is there.
#[derive(Debug)]
pub enum PreviewEvent {
    /// It goes on: for [`preview::Preview::apply`].
    Update(PreviewUpdate),
    /// It is complete.
    Done(PreviewSummary),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for PreviewEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Previews recordings and variants; the latest request wins.
pub type PreviewQueue = Latest<(PreviewRequest, AnalysisSettings), PreviewEvent>;

/// Starts the thread that previews recordings and variants, recordings on as many workers as the system runs at once.
///
/// # Errors
/// When the system gives no thread.
pub fn start_previews(notify: Notify) -> Result<PreviewQueue> {
    let mut last_plan = LastPlan::default();
    Latest::start("previews", notify, move |(request, settings): (PreviewRequest, AnalysisSettings), turn| {
        let plan = last_plan.plan(settings)?;
        let emit = |update| turn.send(PreviewEvent::Update(update));
        let summary = preview::preview(&request, plan, workers::available(), turn, &emit)?;
        turn.send(PreviewEvent::Done(summary))
    })
}

/// An event of the estimate of a dataset's masked share.
#[derive(Debug)]
pub enum ShareEvent {
    /// After a file. One may be left out when the receiver is slow, but not the last.
    Estimate(ShareEstimate),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for ShareEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Estimates the masked share of datasets; the latest request wins.
pub type ShareQueue = Latest<ShareRequest, ShareEvent>;

/// Starts the thread that estimates masked shares.
///
/// # Errors
/// When the system gives no thread.
pub fn start_shares(notify: Notify) -> Result<ShareQueue> {
    Latest::start("shares", notify, |request: ShareRequest, turn| {
        let plan = AnalysisPlan::new(request.settings.analysis().unmasked())?;
        preview::estimate_share(&request, &plan, turn, &|estimate| {
            let is_last = estimate.n_files + estimate.n_skipped == estimate.n_total;
            let event = ShareEvent::Estimate(estimate);
            if is_last { turn.send(event) } else { turn.offer(event) }
        })
    })
}
