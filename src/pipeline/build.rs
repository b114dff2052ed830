//! From a folder of recordings to a committed cache.
//!
//! A tensor depends on its chunk alone, and statistics are folded in tensor order: the bytes are the same whatever the
//! number of workers.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::analysis_pass::AnalysisPass;
use super::estimate::{self, Estimate};
use super::project::{self, Project};
use super::shard_gather;
use super::split::sides_of;
use super::staged::{SourceOutcome, Staged, StagingPlace, left_out};
use super::status;
use crate::augment::Recipe;
use crate::cache::TensorKey;
use crate::cache::index::Row;
use crate::cache::inventory::Inventory;
use crate::cache::lock::CacheLock;
use crate::cache::manifest::{BuildRecord, Manifest};
use crate::cache::pt::PtLayout;
use crate::cache::recover::recover;
use crate::cache::refresh::{listed, refresh};
use crate::cache::shard;
use crate::cache::staging::{Scratch, StagedKey};
use crate::cache::status::CacheState;
use crate::cache::writer::{CacheWriter, ReferenceCache};
use crate::dataset::{self, Dataset, passed_over};
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Remedy, Result};
use crate::in_words;
use crate::monitor::{Monitor, Stage};
use crate::normalization::NormalizationStats;
use crate::path_text::RelPath;
use crate::settings::ChunkRules;
use crate::source::SourceFile;
use crate::split::Side;
use crate::workers;

/// The options of a build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Build even when the cache is valid.
    pub force: bool,
    /// Worker threads; at least 1.
    pub n_workers: usize,
}

/// A question that a build asks before it writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Comes before every build: may it write this much? [`Estimate::asks_first`] tells where a person should answer.
    Size(Estimate),
    /// The cache was written by the trainer's own preparation: its tensors would be replaced.
    ReplaceReference {
        /// The cache.
        cache_dir: PathBuf,
        /// Tensors that would be replaced.
        n_tensors: usize,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(estimate) => write!(
                f,
                "The build would write {}{}, {} MB.",
                if estimate.is_at_most { "at most " } else { "" },
                in_words::count(estimate.spectrograms, "spectrogram"),
                estimate.bytes.div_ceil(1_000_000)
            ),
            Self::ReplaceReference { cache_dir, n_tensors } => write!(
                f,
                "{} was prepared by the trainer itself: its {n_tensors} tensors would be replaced.",
                cache_dir.display()
            ),
        }
    }
}

/// The result of a build: what it made, or found valid.
#[derive(Debug, Clone)]
pub struct BuildReport {
    /// The cache's folder.
    pub cache_dir: PathBuf,
    /// Number of tensors.
    pub spectrograms: u64,
    /// Bytes of the tensors' files.
    pub bytes: u64,
    /// Time from the beginning of the scan to the committed cache, in seconds.
    pub seconds: f64,
    /// The part of it in which everything was brought to the disk.
    pub sync_seconds: f64,
    /// Statistics that normalised the tensors.
    pub stats: NormalizationStats,
    /// Files that could not be used.
    pub skipped: usize,
    /// Chunks that the settings leave out.
    pub left_out: u64,
    /// The places where the trainer would not take the cache for its own, and why.
    pub notes: Vec<String>,
}

/// The outcome of a build.
#[derive(Debug, Clone)]
pub enum BuildOutcome {
    /// A valid cache was there: nothing was done.
    AlreadyValid(BuildReport),
    /// The cache was made.
    Built(BuildReport),
}

/// Builds the cache of `project`, unless a valid one is there.
///
/// `approve` is asked before a cache of the trainer's own is replaced, and before anything is written.
///
/// # Errors
/// When the folder, the cache or the disk refuses, when no file is readable, when `approve` says no
/// ([`Error::Cancelled`]), or on cancel. The old cache stays valid then.
pub fn build(
    project: &Project,
    options: &BuildOptions,
    monitor: &dyn Monitor,
    approve: &dyn Fn(&Question) -> Result<bool>,
) -> Result<BuildOutcome> {
    make(project, options, monitor, approve, TensorsFrom::Recordings)
}

/// Makes the cache of `project` of the shards that [`build_shard`](super::build_shard()) has computed, unless a valid one is there, and
/// removes all shards. It is the cache that [`build`] would make.
///
/// # Errors
/// As [`build`], and [`Error::Refused`] when a shard is missing, or one was computed with other settings or of other recordings. All
/// shards stay then.
pub fn merge(
    project: &Project,
    options: &BuildOptions,
    monitor: &dyn Monitor,
    approve: &dyn Fn(&Question) -> Result<bool>,
) -> Result<BuildOutcome> {
    let outcome = make(project, options, monitor, approve, TensorsFrom::Shards)?;
    tell_left(monitor, shard::clear(&project.cache_dir)?);
    Ok(outcome)
}

/// What a build takes its tensors from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TensorsFrom {
    Recordings,
    Shards,
}

fn make(
    project: &Project,
    options: &BuildOptions,
    monitor: &dyn Monitor,
    approve: &dyn Fn(&Question) -> Result<bool>,
    from: TensorsFrom,
) -> Result<BuildOutcome> {
    let began = Instant::now();
    let started_ns = dataset::now_ns();
    let dataset = project.scan(monitor)?;
    if !options.force
        && let Some(report) = valid_report(project, &dataset, began, monitor)?
    {
        return Ok(BuildOutcome::AlreadyValid(report));
    }
    if dataset.included().next().is_none() {
        return Err(nothing_to_read(project, &dataset));
    }
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    for warning in project::warnings(&project.settings, &plan) {
        monitor.warning(&warning);
    }
    let lock = CacheLock::acquire(&project.cache_dir)?;
    // Another build may have ended, or a killed one be finished here, since the scan.
    recover(&lock)?;
    if !options.force
        && let Some(report) = valid_report(project, &dataset, began, monitor)?
    {
        return Ok(BuildOutcome::AlreadyValid(report));
    }
    let (reference, estimate) = ask_first(project, &dataset, &plan, options, monitor, approve)?;
    let (writer, recovery) = CacheWriter::open(lock, reference)?;
    tell_left(monitor, recovery.left);
    let n_expected = estimate.spectrograms;
    let build =
        Build { project, dataset: &dataset, plan: &plan, options, monitor, started_ns, n_expected, from };
    let mut report = build.run(writer)?;
    report.seconds = began.elapsed().as_secs_f64();
    report.notes = project.trainer_notes(&dataset);
    Ok(BuildOutcome::Built(report))
}

/// Tells of files that stay because Melscope did not write them.
fn tell_left(monitor: &dyn Monitor, left: Vec<PathBuf>) {
    for path in left {
        monitor.warning(&format!("{}: Melscope did not write this file; it is left there", path.display()));
    }
}

/// The report of a valid cache, where there is one. Absolute paths of a dataset that has moved are brought up to date.
pub(super) fn valid_report(
    project: &Project,
    dataset: &Dataset,
    began: Instant,
    monitor: &dyn Monitor,
) -> Result<Option<BuildReport>> {
    let checked_ns = dataset::now_ns();
    let found = status::cache_status(project, dataset, monitor)?;
    let (CacheState::Valid, Some(manifest)) = (&found.state, &found.manifest) else { return Ok(None) };
    if found.paths_moved {
        let lock = CacheLock::acquire(&project.cache_dir)?;
        refresh(&lock, &dataset.sources, checked_ns)?;
    }
    Ok(Some(BuildReport {
        cache_dir: project.cache_dir.clone(),
        spectrograms: manifest.total_spectrograms,
        bytes: manifest.cache_size_bytes,
        seconds: began.elapsed().as_secs_f64(),
        sync_seconds: 0.0,
        stats: manifest.normalization_stats,
        skipped: manifest.melscope.as_ref().map_or(0, |melscope| melscope.skipped.len())
            + dataset.unlisted.len(),
        left_out: n_left_out(manifest),
        notes: project.trainer_notes(dataset),
    }))
}

pub(super) fn nothing_to_read(project: &Project, dataset: &Dataset) -> Error {
    let passed_over = passed_over::notes(&dataset.passed_over, project.settings.ffmpeg);
    let problem = match dataset.sources.len() {
        0 if passed_over.is_empty() => "there is no audio file in this folder".into(),
        0 => format!("there is no audio file in this folder that is read ({})", passed_over.join("; ")),
        1 => "the only audio file in this folder is excluded or unreadable".into(),
        n => format!("all {n} audio files in this folder are excluded or unreadable"),
    };
    Error::refused(&project.root, problem, Remedy::NameRecordings)
}

fn nothing_is_kept(project: &Project) -> Error {
    Error::refused(&project.root, "every chunk of every file is left out by the settings", Remedy::KeepChunks)
}

/// Chunks that the settings leave out.
fn n_left_out(manifest: &Manifest) -> u64 {
    let sources = manifest.melscope.iter().flat_map(|melscope| &melscope.sources);
    sources.map(|source| source.chunks_left_out).sum()
}

/// Checks what is in the way and how much will be written, and asks where a person has to agree.
fn ask_first(
    project: &Project,
    dataset: &Dataset,
    plan: &AnalysisPlan,
    options: &BuildOptions,
    monitor: &dyn Monitor,
    approve: &dyn Fn(&Question) -> Result<bool>,
) -> Result<(ReferenceCache, Estimate)> {
    let ask = |question: &Question| if approve(question)? { Ok(()) } else { Err(Error::Cancelled) };
    let estimate = estimate::measure(project, dataset, plan, options.n_workers, monitor)?;
    let inventory = Inventory::of(&project.cache_dir)?;
    inventory.check_room(estimate.spectrograms)?;
    for name in &inventory.foreign {
        let path = project.cache_dir.join(name);
        monitor.warning(&format!("{}: not Melscope's; a trainer would load it as well", path.display()));
    }
    estimate.check_space(&project.cache_dir)?;
    let mut reference = ReferenceCache::Keep;
    if inventory.needs_approval() {
        let cache_dir = project.cache_dir.clone();
        ask(&Question::ReplaceReference { cache_dir, n_tensors: inventory.reference.len() as usize })?;
        reference = ReferenceCache::Replace;
    }
    ask(&Question::Size(estimate))?;
    Ok((reference, estimate))
}

/// The two passes over a dataset and the switch.
struct Build<'a> {
    project: &'a Project,
    dataset: &'a Dataset,
    plan: &'a AnalysisPlan,
    options: &'a BuildOptions,
    monitor: &'a dyn Monitor,
    started_ns: i64,
    /// Tensors that the estimate promises: what progress is measured against.
    n_expected: u64,
    from: TensorsFrom,
}

impl Build<'_> {
    fn run(&self, writer: CacheWriter) -> Result<BuildReport> {
        let layout = PtLayout::new(self.plan.settings().tensor_shape());
        let sources: Vec<&SourceFile> = self.dataset.included().collect();
        let rules = ChunkRules::new(&self.project.settings);
        let (staged, started_ns) = match self.from {
            TensorsFrom::Recordings => (self.analyse(&sources, &rules, &layout, &writer)?, self.started_ns),
            TensorsFrom::Shards => {
                shard_gather::gather(self.project, &sources, writer.staging(), self.monitor)?
            }
        };
        let Some(stats) = staged.stats()? else {
            let is_any_used = staged.outcomes.iter().any(|outcome| outcome.used().is_some());
            return Err(if is_any_used {
                nothing_is_kept(self.project)
            } else {
                nothing_to_read(self.project, self.dataset)
            });
        };
        self.tell_left_out(&staged, &sources, &rules);
        self.normalise(&writer, &layout, &staged, &stats)?;
        let manifest = self.manifest(&layout, &staged, started_ns, stats);
        self.monitor.check()?;
        self.monitor.begin(Stage::Commit, 0);
        let settings = self.plan.settings();
        let chunk_s = settings.chunk_samples as f64 / f64::from(settings.sample_rate_hz);
        let starts_s: Vec<f64> =
            staged.outcomes.iter().map(|outcome| outcome.used().map_or(0.0, |used| used.start_s)).collect();
        let places = self.split(&staged, &sources)?;
        let rows = staged.tensors.iter().map(|tensor| {
            let TensorKey { source, chunk, variant } = tensor.key;
            let source = source as usize;
            let record = staged.records.read(tensor.record)?;
            Ok(Row {
                source: sources[source].relative.clone(),
                chunk,
                variant,
                start_s: starts_s[source] + f64::from(chunk) * chunk_s,
                n_samples: Some(record.n_samples),
                applied: record.applied,
                group: places[source].0,
                side: Some(places[source].1),
                blake3: staged.records.hash(tensor.record)?,
            })
        });
        let committed = writer.commit(&staged.tensors, rows, &manifest)?;
        tell_left(self.monitor, committed.left);
        Ok(BuildReport {
            cache_dir: self.project.cache_dir.clone(),
            spectrograms: manifest.total_spectrograms,
            bytes: manifest.cache_size_bytes,
            seconds: 0.0,
            sync_seconds: committed.sync.as_secs_f64(),
            stats: manifest.normalization_stats,
            skipped: staged.outcomes.iter().filter(|outcome| outcome.used().is_none()).count()
                + self.dataset.unlisted.len(),
            left_out: n_left_out(&manifest),
            notes: Vec::new(),
        })
    }

    /// The first pass.
    fn analyse(
        &self,
        sources: &[&SourceFile],
        rules: &ChunkRules,
        layout: &PtLayout,
        writer: &CacheWriter,
    ) -> Result<Staged> {
        self.monitor.begin(Stage::Analyse, self.n_expected);
        AnalysisPass {
            sources,
            plan: self.plan,
            recipe: &Recipe::new(&self.project.settings),
            settings: &self.project.settings,
            rules,
            n_expected: self.n_expected,
            layout,
            staging: writer.staging(),
            monitor: self.monitor,
        }
        .run(self.options.n_workers)
    }

    /// The group of each source, and its side of the split.
    fn split(&self, staged: &Staged, sources: &[&SourceFile]) -> Result<Vec<(u32, Side)>> {
        let mut n_tensors = vec![0; sources.len()];
        for tensor in &staged.tensors {
            n_tensors[tensor.key.source as usize] += 1;
        }
        let (mut places, mut recordings, mut lens) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (source, outcome)) in sources.iter().zip(&staged.outcomes).enumerate() {
            if let Some(used) = outcome.used() {
                places.push(place);
                recordings.push((&source.relative, used.content));
                lens.push(n_tensors[place]);
            }
        }
        let n_workers = self.options.n_workers;
        let groups = self.project.groups(self.dataset, &recordings, n_workers, self.monitor)?;
        let paths: Vec<&RelPath> = recordings.iter().map(|(path, _)| *path).collect();
        let sides = sides_of(&self.project.settings, &paths, &groups.of, &lens);
        let mut of_sources = vec![(0, Side::Train); sources.len()];
        for ((place, group), side) in places.into_iter().zip(groups.of).zip(sides) {
            of_sources[place] = (group, side);
        }
        Ok(of_sources)
    }

    /// Warns of files of which nothing is kept, and of chunks to leave out that there are not.
    fn tell_left_out(&self, staged: &Staged, sources: &[&SourceFile], rules: &ChunkRules) {
        for (source, outcome) in sources.iter().zip(&staged.outcomes) {
            let Some(used) = outcome.used() else { continue };
            let relative = &source.relative;
            let n_chunks = used.record.chunks + used.record.chunks_left_out;
            if n_chunks == 0 {
                self.monitor.warning(&format!(
                    "{relative}: all of it is below trim_silence_dbfs, so it gives no tensor"
                ));
            } else if used.record.chunks == 0 {
                self.monitor.warning(&format!("{relative}: every chunk of it is left out by the settings"));
            }
            for range in rules.of(relative).listed().iter().filter(|range| u64::from(range.last) >= n_chunks)
            {
                self.monitor.warning(&format!(
                    "{range} is left out in the settings, and {relative} has {}, numbered from 0",
                    in_words::count(n_chunks, "chunk")
                ));
            }
        }
    }

    /// The second pass: every staged tensor, in place where it is staged in the cache. Records the hashes of their values.
    fn normalise(
        &self,
        writer: &CacheWriter,
        layout: &PtLayout,
        staged: &Staged,
        stats: &NormalizationStats,
    ) -> Result<()> {
        let tensors = &staged.tensors;
        self.monitor.begin(Stage::Normalise, tensors.len() as u64);
        let next = AtomicUsize::new(0);
        workers::fail_fast("normalise", self.options.n_workers, self.monitor, |_worker, stop| {
            let mut scratch = Scratch::default();
            while let Some(StagedKey { key, record }) = tensors.get(next.fetch_add(1, Ordering::Relaxed)) {
                stop.check()?;
                let normalise = |tensor: &mut [f32]| stats.normalise(tensor);
                let hash = match &staged.place {
                    StagingPlace::Cache => writer.finish_tensor(*key, layout, normalise, &mut scratch)?,
                    StagingPlace::Shards { stagings, sources } => {
                        let (staging, source) = sources[key.source as usize];
                        let from = (&stagings[staging], TensorKey { source, ..*key });
                        writer.copy_tensor(from, *key, layout, normalise, &mut scratch)?
                    }
                };
                staged.records.write_hash(*record, &hash)?;
                self.monitor.advance(1);
            }
            Ok(())
        })
    }

    fn manifest(
        &self,
        layout: &PtLayout,
        staged: &Staged,
        started_ns: i64,
        stats: NormalizationStats,
    ) -> Manifest {
        let (mut used, mut skipped) = (Vec::new(), Vec::new());
        for outcome in &staged.outcomes {
            match outcome {
                SourceOutcome::Used(outcome) => used.push(outcome.record.clone()),
                SourceOutcome::Skipped(left_out) => skipped.push(left_out.clone()),
            }
        }
        let excluded = self.dataset.sources.iter().filter(|source| source.is_excluded);
        Manifest::new(BuildRecord {
            settings: &self.project.settings,
            augmentation: self.project.augmentation_config(),
            files: listed(&self.dataset.sources),
            stats,
            n_tensors: staged.tensors.len() as u64,
            tensor_file_bytes: layout.file_bytes(),
            started_ns,
            sources: used,
            skipped,
            excluded: excluded.map(|source| left_out(source, "excluded in the settings", None)).collect(),
        })
    }
}
