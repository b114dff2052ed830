//! Advice on the mask's threshold in the background: for one recording and for the set, each the latest request.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::latest::{Latest, Notify};
use crate::dsp::coherence::{CoherencePlan, CoherenceSums};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::pipeline::advice::{SetAdvice, ThresholdAdvice, advise_files, measure_file};
use crate::settings::{AnalysisSettings, Settings};
use crate::source::SourcePath;
use crate::workers::{catch_decoder, lock};

/// The plan of the last settings, which the advice for a recording and that for the set share: to measure its noise takes longer than most
/// recordings do.
#[derive(Debug, Default)]
pub struct LastCoherencePlan(Mutex<Option<Arc<CoherencePlan>>>);

impl LastCoherencePlan {
    fn plan(&self, settings: AnalysisSettings, monitor: &dyn Monitor) -> Result<Arc<CoherencePlan>> {
        let mut last = lock(&self.0);
        let plan = match last.take().filter(|plan| *plan.values().settings() == settings.unmasked()) {
            Some(plan) => plan,
            None => Arc::new(CoherencePlan::new(settings, &|| monitor.check())?),
        };
        Ok(Arc::clone(last.insert(plan)))
    }
}

/// A request for advice on one recording.
#[derive(Debug, Clone)]
pub struct FileAdviceRequest {
    /// The plan to share.
    pub plan: Arc<LastCoherencePlan>,
    /// The settings that it is cut and analysed with; the threshold does not matter.
    pub settings: Settings,
    /// The recording.
    pub source: SourcePath,
}

/// The advice on one recording, and what was measured of it; the only event of its request.
#[derive(Debug)]
pub struct FileAdviceEvent(pub Result<(ThresholdAdvice, Arc<CoherenceSums>)>);

impl From<Error> for FileAdviceEvent {
    fn from(error: Error) -> Self {
        Self(Err(error))
    }
}

/// A request for advice on a set.
#[derive(Debug, Clone)]
pub struct SetAdviceRequest {
    /// The plan to share.
    pub plan: Arc<LastCoherencePlan>,
    /// The settings that recordings are cut and analysed with; the threshold does not matter.
    pub settings: Settings,
    /// Every included recording, at least one.
    pub sources: Vec<SourcePath>,
    /// One of them that was measured already, and what was measured of it.
    pub known: Option<(PathBuf, Arc<CoherenceSums>)>,
    /// Threads to use, at least 1.
    pub n_workers: usize,
}

/// An event of the advice on a set.
#[derive(Debug)]
pub enum SetAdviceEvent {
    /// After a file. One may be left out when the receiver is slow, but not the last.
    Advice(Box<SetAdvice>),
    /// It failed, and why.
    Failed(Error),
}

impl From<Error> for SetAdviceEvent {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Starts the thread that advises on single recordings.
///
/// # Errors
/// When the system gives no thread.
pub fn start_file_advice(notify: Notify) -> Result<Latest<FileAdviceRequest, FileAdviceEvent>> {
    Latest::start("file advice", notify, |request: FileAdviceRequest, turn| {
        let plan = request.plan.plan(request.settings.analysis(), turn)?;
        let measure = || measure_file(&request.settings, &plan, &request.source, &|| turn.check());
        match catch_decoder(&request.source.path, measure) {
            Err(Error::Cancelled) => Err(Error::Cancelled),
            measured => turn.send(FileAdviceEvent(
                measured.map(|sums| (ThresholdAdvice::new(&sums, &plan), Arc::new(sums))),
            )),
        }
    })
}

/// Starts the thread that advises on sets.
///
/// # Errors
/// When the system gives no thread.
pub fn start_set_advice(notify: Notify) -> Result<Latest<SetAdviceRequest, SetAdviceEvent>> {
    Latest::start("set advice", notify, |request: SetAdviceRequest, turn| {
        let plan = request.plan.plan(request.settings.analysis(), turn)?;
        let SetAdviceRequest { settings, mut sources, known, n_workers, .. } = request;
        // What is known need not be measured again.
        let known = known.filter(|(path, _)| sources.iter().any(|source| source.path == *path));
        sources.retain(|source| known.as_ref().is_none_or(|(path, _)| source.path != *path));
        let known = known.as_ref().map(|(_, sums)| &**sums);
        advise_files(&settings, &plan, (&sources, known), n_workers, turn, &|advice| {
            let is_last = advice.is_complete();
            let event = SetAdviceEvent::Advice(Box::new(advice));
            if is_last { turn.send(event) } else { turn.offer(event) }
        })
    })
}
