//! Advice on the mask's threshold: for a recording, and for a set of them, weighted by their chunks.

mod judgement;
#[cfg(test)]
mod of_files;
#[cfg(test)]
mod planted;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

pub use judgement::{CurvePoint, ThresholdAdvice, Verdict};

use super::preview::drawn_order;
use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::dsp::coherence::{CoherencePlan, CoherenceScratch, CoherenceSums};
use crate::error::{Error, Remedy, Result};
use crate::monitor::{Monitor, Stage};
use crate::settings::{ChunkRules, Settings};
use crate::source::SourcePath;
use crate::workers::{self, catch_decoder, lock};

/// Advice on a set of recordings, or on those that have been read so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetAdvice {
    /// The advice for all of them together: each chunk counts the same.
    pub whole: ThresholdAdvice,
    /// Quartiles of the thresholds of single files, mel powers; `None` where no file has one.
    pub threshold_quartiles: Option<[f64; 3]>,
    /// Files that have a threshold of their own.
    pub n_with_threshold: usize,
    /// Files that need no mask.
    pub n_without_mask: usize,
    /// Files in which instantaneous frequency brings nothing, or that have too little sound to tell.
    pub n_without_gain: usize,
    /// Files that could not be read, and that a build would skip.
    pub n_skipped: usize,
    /// Files of the set.
    pub n_total: usize,
}

impl SetAdvice {
    /// Files that were read, or could not be.
    pub fn n_read(&self) -> usize {
        self.n_with_threshold + self.n_without_mask + self.n_without_gain + self.n_skipped
    }

    /// True once every file was read.
    pub fn is_complete(&self) -> bool {
        self.n_read() == self.n_total
    }

    /// The advice in words for a terminal, with the spread between files.
    pub fn sentence(&self) -> String {
        let of_whole = self.whole.sentence();
        match self.threshold_quartiles {
            Some([low, _, high]) => {
                let [low, high] =
                    [low, high].map(|threshold| -10.0 * (threshold / self.whole.peak_power).log10());
                format!("{of_whole} Half of the files would have it {high:.0} to {low:.0} dB below.")
            }
            None => of_whole,
        }
    }
}

/// Measures the recording `source` as `settings` cut it, with a `plan` made of their analysis, for [`ThresholdAdvice::new`]. `check` is
/// asked after each chunk whether to go on.
///
/// # Errors
/// When it cannot be read, and what `check` returns.
pub fn measure_file(
    settings: &Settings,
    plan: &CoherencePlan,
    source: &SourcePath,
    check: &dyn Fn() -> Result<()>,
) -> Result<CoherenceSums> {
    let mut reader = Reader::new(plan);
    reader.read(settings, &ChunkRules::new(settings), source, check)?;
    Ok(reader.sums)
}

/// Advises on the included recordings of `project` on `n_workers` threads.
///
/// # Errors
/// When the folder cannot be read or none of its files can, and on cancel. A file that cannot be read is skipped.
pub fn advise(project: &Project, n_workers: usize, monitor: &dyn Monitor) -> Result<SetAdvice> {
    let advice = advise_sources(project.settings(), &project.included(monitor)?, n_workers, monitor)?;
    if advice.n_skipped == advice.n_total {
        let problem = "there is no readable audio file in this folder";
        return Err(Error::refused(project.root(), problem, Remedy::NameRecordings));
    }
    Ok(advice)
}

/// Advises on `sources` on `n_workers` threads.
///
/// # Errors
/// As [`advise_files`].
pub(super) fn advise_sources(
    settings: &Settings,
    sources: &[SourcePath],
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<SetAdvice> {
    let plan = CoherencePlan::new(settings.analysis(), &|| monitor.check())?;
    monitor.begin(Stage::Advise, sources.len() as u64);
    let last = Mutex::new(SetSum::new(0).advice(&plan));
    advise_files(settings, &plan, (sources, None), n_workers, monitor, &|advice| {
        *lock(&last) = advice;
        Ok(())
    })?;
    Ok(last.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Advises on `sources`, and on one more that was measured before (`known`), on `n_workers` threads, in an order drawn with the seed
/// of `settings`, and emits what is known after each. What is emitted last does not depend on the order.
///
/// # Errors
/// On cancel, heeded after each chunk; what `emit` returns. A file that cannot be read is told to `monitor` and skipped.
pub fn advise_files(
    settings: &Settings,
    plan: &CoherencePlan,
    (sources, known): (&[SourcePath], Option<&CoherenceSums>),
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &(dyn Fn(SetAdvice) -> Result<()> + Sync),
) -> Result<()> {
    let order = drawn_order(sources, settings.seed, |source| &source.path);
    let rules = ChunkRules::new(settings);
    let next = AtomicUsize::new(0);
    let mut sum = SetSum::new(sources.len() + usize::from(known.is_some()));
    if let Some(known) = known {
        sum.add(known, plan);
        emit(sum.advice(plan))?;
    }
    let sum = Mutex::new(sum);
    workers::fail_fast("advice", n_workers.max(1).min(sources.len()), monitor, |_worker, stop| {
        let mut reader = Reader::new(plan);
        while let Some(source) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let read =
                catch_decoder(&source.path, || reader.read(settings, &rules, source, &|| stop.check()));
            let mut sum = lock(&sum);
            match read {
                Ok(()) => sum.add(&reader.sums, plan),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(unreadable) => {
                    monitor.skipped(&source.path, &unreadable.to_string());
                    sum.n_skipped += 1;
                }
            }
            monitor.advance(1);
            emit(sum.advice(plan))?;
        }
        Ok(())
    })
}

/// What the workers add to.
struct SetSum {
    sums: CoherenceSums,
    thresholds: Vec<f64>,
    n_without_mask: usize,
    n_without_gain: usize,
    n_skipped: usize,
    n_total: usize,
}

impl SetSum {
    fn new(n_total: usize) -> Self {
        Self {
            sums: CoherenceSums::default(),
            thresholds: Vec::new(),
            n_without_mask: 0,
            n_without_gain: 0,
            n_skipped: 0,
            n_total,
        }
    }

    fn add(&mut self, of_file: &CoherenceSums, plan: &CoherencePlan) {
        self.sums.merge(of_file);
        match ThresholdAdvice::new(of_file, plan).threshold {
            Some(threshold) if threshold > 0.0 => {
                let place = self.thresholds.partition_point(|other| *other < threshold);
                self.thresholds.insert(place, threshold);
            }
            Some(_) => self.n_without_mask += 1,
            None => self.n_without_gain += 1,
        }
    }

    fn advice(&self, plan: &CoherencePlan) -> SetAdvice {
        let at = |quarter: usize| {
            self.thresholds.get(self.thresholds.len().saturating_sub(1) * quarter / 4).copied()
        };
        let quartiles = [at(1), at(2), at(3)];
        SetAdvice {
            whole: ThresholdAdvice::new(&self.sums, plan),
            threshold_quartiles: match quartiles {
                [Some(low), Some(middle), Some(high)] => Some([low, middle, high]),
                _ => None,
            },
            n_with_threshold: self.thresholds.len(),
            n_without_mask: self.n_without_mask,
            n_without_gain: self.n_without_gain,
            n_skipped: self.n_skipped,
            n_total: self.n_total,
        }
    }
}

/// One worker's buffers.
struct Reader<'a> {
    plan: &'a CoherencePlan,
    scratch: CoherenceScratch,
    pool: ChunkPool,
    chunk: Chunk,
    sums: CoherenceSums,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a CoherencePlan) -> Self {
        Self {
            plan,
            scratch: plan.scratch(),
            pool: ChunkPool::default(),
            chunk: Chunk::new(plan.values().settings().chunk_samples),
            sums: CoherenceSums::default(),
        }
    }

    /// Measures the chunks of `source` that the settings keep; the sums are complete where it succeeds.
    fn read(
        &mut self,
        settings: &Settings,
        rules: &ChunkRules,
        source: &SourcePath,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        self.sums.clear();
        let pool = std::mem::take(&mut self.pool);
        let mut chunks = KeptChunks::open(pool, &source.path, settings, rules.of(&source.relative), check)?;
        while chunks.next(&mut self.chunk, check)? {
            self.plan.add(&self.chunk.samples, &mut self.scratch, &mut self.sums);
        }
        let outcome = chunks.outcome();
        self.pool = chunks.into_pool();
        outcome.map(|_damage| ())
    }
}
