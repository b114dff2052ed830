//! The workers of a build's first pass: sources in, staged tensors and their statistics out.
//!
//! Every worker takes the next source, decodes it, and analyses and stages its chunks itself. A worker that finds no
//! source left helps those that are still decoding with their chunks, so that one long file keeps every core busy.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::staged::{SourceOutcome, Staged, StagingPlace, TensorRecord, TensorRecords, Used, left_out};
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::augment::{self, Applied, Recipe, VariantKey};
use crate::cache::TensorKey;
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::pt::PtLayout;
use crate::cache::staging::{self, StagedKey, Staging};
use crate::dataset;
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::dsp::stats::TensorStats;
use crate::error::{Error, Result, SystemWords};
use crate::monitor::Monitor;
use crate::settings::{ChunkRules, Settings};
use crate::source::SourceFile;
use crate::workers::{self, StopSign, lock};

/// A chunk on its way to a worker that has no source left.
struct Handover {
    key: TensorKey,
    chunk: Chunk,
}

/// The first pass of a build: everything that its workers read.
pub(super) struct AnalysisPass<'a> {
    pub(super) sources: &'a [&'a SourceFile],
    pub(super) plan: &'a AnalysisPlan,
    /// The maker of variants.
    pub(super) recipe: &'a Recipe,
    /// The settings of the build.
    pub(super) settings: &'a Settings,
    /// The chunks that they leave out.
    pub(super) rules: &'a ChunkRules,
    /// Tensors that the estimate promises: a list that grew to them would be twice in memory while it grows.
    pub(super) n_expected: u64,
    pub(super) layout: &'a PtLayout,
    pub(super) staging: &'a Staging,
    pub(super) monitor: &'a dyn Monitor,
}

/// Everything that the workers write to.
struct Shared {
    next_source: AtomicUsize,
    n_idle: AtomicUsize,
    outcomes: Mutex<Vec<(usize, SourceOutcome)>>,
    tensors: Mutex<Vec<StagedKey>>,
    records: TensorRecords,
}

impl AnalysisPass<'_> {
    /// Runs the pass on `n_workers` threads.
    ///
    /// # Errors
    /// On cancel, or when a tensor cannot be written. What a source does to its decoder is its own outcome only.
    pub(super) fn run(&self, n_workers: usize) -> Result<Staged> {
        let shared = Shared {
            next_source: AtomicUsize::new(0),
            n_idle: AtomicUsize::new(0),
            outcomes: Mutex::new(Vec::with_capacity(self.sources.len())),
            tensors: Mutex::new(Vec::with_capacity(self.n_expected as usize)),
            records: TensorRecords::create(self.staging)?,
        };
        let n_workers = n_workers.max(1);
        let n_spare = n_workers * 2;
        let (to_helpers, handovers) = bounded(n_spare);
        let (to_spares, spares) = bounded(n_spare);
        for _ in 0..n_spare {
            // The channel holds exactly this many.
            to_spares.try_send(Chunk::new(self.plan.settings().chunk_samples)).ok();
        }
        // Helpers stop when the last worker has dropped its sender: this one must not keep the channel open.
        let senders: Vec<_> = (0..n_workers).map(|_| Mutex::new(Some(to_helpers.clone()))).collect();
        drop(to_helpers);
        workers::fail_fast("build", n_workers, self.monitor, |index, stop| {
            let to_helpers = lock(&senders[index]).take();
            let mut worker = Worker::new(self, &shared, stop, to_helpers, &spares);
            worker.take_sources()?;
            worker.help(&handovers, &to_spares)
        })?;
        Ok(gather(shared))
    }
}

/// Puts outcomes and tensors in order.
fn gather(shared: Shared) -> Staged {
    let mut outcomes = shared.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_unstable_by_key(|(index, _)| *index);
    let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let tensors = shared.tensors.into_inner().unwrap_or_else(PoisonError::into_inner);
    Staged::new(outcomes, tensors, shared.records, StagingPlace::Cache)
}

struct Worker<'a> {
    analysis_pass: &'a AnalysisPass<'a>,
    shared: &'a Shared,
    stop: &'a StopSign<'a>,
    to_helpers: Option<Sender<Handover>>,
    spares: &'a Receiver<Chunk>,
    pool: ChunkPool,
    chunk: Chunk,
    stager: Stager,
}

/// The buffers that a chunk passes through.
struct Stager {
    scratch: Scratch,
    augment: augment::Scratch,
    variant: Vec<f32>,
    tensor: Vec<f32>,
    file: staging::Scratch,
}

impl<'a> Worker<'a> {
    fn new(
        analysis_pass: &'a AnalysisPass<'a>,
        shared: &'a Shared,
        stop: &'a StopSign<'a>,
        to_helpers: Option<Sender<Handover>>,
        spares: &'a Receiver<Chunk>,
    ) -> Self {
        let settings = analysis_pass.plan.settings();
        Self {
            analysis_pass,
            shared,
            stop,
            to_helpers,
            spares,
            pool: ChunkPool::default(),
            chunk: Chunk::new(settings.chunk_samples),
            stager: Stager {
                scratch: analysis_pass.plan.scratch(),
                augment: analysis_pass.recipe.scratch(),
                variant: vec![0.0; settings.chunk_samples],
                tensor: vec![0.0; settings.tensor_shape().iter().product()],
                file: staging::Scratch::default(),
            },
        }
    }

    fn take_sources(&mut self) -> Result<()> {
        loop {
            let index = self.shared.next_source.fetch_add(1, Ordering::Relaxed);
            let Some(source) = self.analysis_pass.sources.get(index) else { break };
            self.stop.check()?;
            let mut content = None;
            let outcome = workers::catch("decoder", || self.stage_source(index, source, &mut content));
            let outcome = match outcome.and_then(|outcome| outcome) {
                Ok(used) => SourceOutcome::Used(used),
                Err(Error::Audio { reason, needs_ffmpeg, .. }) => {
                    SourceOutcome::Skipped(LeftOut { needs_ffmpeg, ..left_out(source, &reason, content) })
                }
                Err(error @ Error::Panic { .. }) => {
                    SourceOutcome::Skipped(left_out(source, &workers::decoder_panic(&error), content))
                }
                Err(fatal) => return Err(fatal),
            };
            if let SourceOutcome::Skipped(LeftOut { reason, .. }) = &outcome {
                self.analysis_pass.monitor.skipped(&source.path, reason);
            }
            lock(&self.shared.outcomes).push((index, outcome));
        }
        Ok(())
    }

    fn stage_source(
        &mut self,
        index: usize,
        source: &SourceFile,
        content: &mut Option<blake3::Hash>,
    ) -> Result<Used> {
        // The hash comes before the sound: content that changes in between then no longer matches its hash.
        let unreadable = |error: io::Error| {
            Error::audio(&source.path, format!("it cannot be read: {}", SystemWords(&error)))
        };
        // A file that cannot be read, or vanishes on the way, is its own misfortune, not the build's.
        let unusable = |error| match error {
            Error::Io { source, .. } => unreadable(source),
            other => other,
        };
        let hash = dataset::hash_file(&source.path, self.analysis_pass.monitor);
        self.stop.check()?;
        let hash = hash.map_err(unusable)?;
        *content = Some(hash);
        let AnalysisPass { settings, rules, monitor, .. } = *self.analysis_pass;
        let pool = mem::take(&mut self.pool);
        let stop = self.stop;
        let check = || stop.check();
        let rules = rules.of(&source.relative);
        let mut reader = KeptChunks::open(pool, &source.path, settings, rules, &check).map_err(unusable)?;
        while reader.next(&mut self.chunk, &check)? {
            let key = TensorKey { source: index as u32, chunk: self.chunk.index as u32, variant: 0 };
            self.hand_over_or_stage(key)?;
        }
        if !dataset::is_unchanged(source).map_err(unreadable)? {
            return Err(Error::audio(
                &source.path,
                "it changed while it was read; build again when it is finished",
            ));
        }
        let damage = reader.outcome()?;
        if let Some(damage) = &damage {
            monitor.warning(&damage.warning(&source.relative));
        }
        for remark in reader.remarks() {
            monitor.warning(&format!("{}: {remark}", source.relative));
        }
        let info = reader.info();
        let used = Used {
            content: hash,
            start_s: reader.start_s(),
            record: Source {
                relative: source.relative.clone(),
                size: source.size,
                mtime_ns: source.mtime_ns,
                blake3: hash.to_hex().to_string(),
                frames: reader.n_frames(),
                sample_rate_hz: info.sample_rate_hz,
                channels: info.n_channels as u32,
                chunks: reader.n_kept() as u64,
                chunks_left_out: reader.n_left_out() as u64,
                damage: damage.map(|damage| damage.to_string()),
                decoder: reader.decoder().map(ToOwned::to_owned),
            },
        };
        // What only the sound could tell was counted as work to do.
        let n_less = reader.expected().unwrap_or(0).saturating_sub(used.record.chunks);
        if n_less > 0 && settings.sound_decides_chunks() {
            monitor.advance(n_less * (1 + u64::from(settings.augmentation.expansion)));
        }
        self.pool = reader.into_pool();
        Ok(used)
    }

    /// Gives the chunk to a worker without a source when there is one, and else stages it here.
    fn hand_over_or_stage(&mut self, key: TensorKey) -> Result<()> {
        if self.shared.n_idle.load(Ordering::Relaxed) > 0
            && let Some(to_helpers) = &self.to_helpers
            && let Ok(mut spare) = self.spares.try_recv()
        {
            mem::swap(&mut spare, &mut self.chunk);
            // There are as many places as spare chunks: this never waits, and helpers outlive their senders.
            to_helpers.send(Handover { key, chunk: spare }).ok();
            return Ok(());
        }
        self.stager.stage(self.analysis_pass, self.shared, key, &self.chunk)
    }

    /// Stages the chunks of others until no one decodes any more.
    fn help(&mut self, handovers: &Receiver<Handover>, to_spares: &Sender<Chunk>) -> Result<()> {
        self.to_helpers = None;
        self.shared.n_idle.fetch_add(1, Ordering::Relaxed);
        for Handover { key, chunk } in handovers {
            self.stop.check()?;
            self.stager.stage(self.analysis_pass, self.shared, key, &chunk)?;
            to_spares.try_send(chunk).ok();
        }
        Ok(())
    }
}

impl Stager {
    /// Stages a chunk and its variants.
    fn stage(
        &mut self,
        analysis_pass: &AnalysisPass<'_>,
        shared: &Shared,
        key: TensorKey,
        chunk: &Chunk,
    ) -> Result<()> {
        let Chunk { samples: original, n_samples, .. } = chunk;
        self.stage_one(analysis_pass, shared, key, (original, *n_samples), Applied::default())?;
        for variant in 1..=analysis_pass.settings.augmentation.expansion {
            analysis_pass.monitor.check()?;
            let key = TensorKey { variant, ..key };
            let source = &analysis_pass.sources[key.source as usize].relative;
            let mut samples = mem::take(&mut self.variant);
            let applied = analysis_pass.recipe.apply_into(
                &VariantKey { source, chunk: key.chunk, variant },
                original,
                &mut self.augment,
                &mut samples,
            );
            let n_samples = augment::samples_after(*n_samples, original.len(), applied.speed);
            let staged = self.stage_one(analysis_pass, shared, key, (&samples, n_samples), applied);
            self.variant = samples;
            staged?;
        }
        Ok(())
    }

    /// Stages what becomes a tensor: its samples, and how many of them come before the padding.
    fn stage_one(
        &mut self,
        analysis_pass: &AnalysisPass<'_>,
        shared: &Shared,
        key: TensorKey,
        (samples, n_samples): (&[f32], usize),
        applied: Applied,
    ) -> Result<()> {
        analysis_pass.plan.analyze_into(samples, &mut self.scratch, &mut self.tensor);
        let record =
            TensorRecord { stats: TensorStats::of(&self.tensor), n_samples: n_samples as u32, applied };
        analysis_pass.staging.stage(key, analysis_pass.layout, &self.tensor, &mut self.file)?;
        let number = {
            let mut tensors = lock(&shared.tensors);
            let number = tensors.len() as u32;
            tensors.push(StagedKey { key, record: number });
            number
        };
        shared.records.write(number, &record)?;
        analysis_pass.monitor.advance(1);
        Ok(())
    }
}
