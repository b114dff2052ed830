//! A build in shards: each process computes the tensors of some of the sources, on whatever machine, and a merge makes the cache.
//!
//! Which sources a shard has follows from the folder alone, so that nothing has to be agreed on. A tensor depends on its chunk
//! alone, and the merge folds the statistics in tensor order: the cache is the one that a single build makes.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::analysis_pass::AnalysisPass;
use super::build::{self, BuildOptions, BuildReport, Question};
use super::estimate;
use super::project::{self, Project};
use super::staged::{SourceOutcome, Staged, StagingPlace, TensorRecord, TensorRecords, Used};
use crate::applied::Applied;
use crate::augment::Recipe;
use crate::cache::TensorKey;
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::pt::PtLayout;
use crate::cache::shard::{Shard, ShardWriter, StoredShard};
use crate::cache::staging::{StagedKey, Staging};
use crate::cache::status::{is_left_out_unchanged, is_source_unchanged};
use crate::dataset::{self, Dataset};
use crate::dsp::analysis::AnalysisPlan;
use crate::dsp::stats::TensorStats;
use crate::error::{Error, Remedy, Result};
use crate::in_words;
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{self, ChunkRules, Settings};
use crate::source::SourceFile;

/// The outcome of computing a shard.
#[derive(Debug, Clone)]
pub enum ShardOutcome {
    /// A valid cache is there: no shard is needed.
    CacheValid(BuildReport),
    /// The shard is computed, now or before.
    Computed(ShardReport),
}

/// A shard that is computed.
#[derive(Debug, Clone)]
pub struct ShardReport {
    /// Which it is.
    pub shard: Shard,
    /// False where it was computed before, and nothing has changed since.
    pub is_new: bool,
    /// Sources in it, skipped ones among them.
    pub n_sources: usize,
    /// Sources of the whole dataset.
    pub n_of_all: usize,
    /// Sources in it that could not be used.
    pub n_skipped: usize,
    /// Tensors in it.
    pub spectrograms: u64,
    /// Time from the beginning of the scan, in seconds.
    pub seconds: f64,
}

/// A line of a shard's record. The first is the header; then comes one for each of its sources.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Header),
    Used(UsedLine),
    Skipped(LeftOut),
}

/// What a shard was computed with.
#[derive(Serialize, Deserialize)]
struct Header {
    /// The program's version.
    program: String,
    /// When it began, in ns since 1970.
    started_ns: i64,
    /// The settings, as a settings file has them.
    settings: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
struct UsedLine {
    source: Source,
    start_s: f64,
    tensors: Vec<TensorLine>,
}

/// Chunk, variant, samples before the padding, statistics, and what made it.
#[derive(Serialize, Deserialize)]
struct TensorLine(u32, u32, u32, TensorStats, Applied);

/// The record of a shard, read.
struct Record {
    shard: Shard,
    started_ns: i64,
    program: String,
    settings: Settings,
    sources: Vec<Line>,
}

impl Record {
    fn of(stored: &StoredShard) -> Result<Self> {
        let refuse = |problem: String| Error::refused(stored.record(), problem, Remedy::BuildShard);
        let mut lines = stored.lines();
        let Some(Line::Header(header)) = lines.next().transpose()? else {
            return Err(refuse("it has no header".into()));
        };
        let settings = Settings::from_json(header.settings.get());
        Ok(Self {
            shard: stored.shard,
            started_ns: header.started_ns,
            program: header.program,
            settings: settings.map_err(|problem| refuse(problem.to_string()))?,
            sources: lines.collect::<Result<_>>()?,
        })
    }

    /// Why a build with `settings` cannot use it; `None` where it can.
    fn conflict(&self, settings: &Settings) -> Option<String> {
        let program = env!("CARGO_PKG_VERSION");
        if self.program != program {
            return Some(format!("version {} computed it, and this is {program}", self.program));
        }
        let differences = settings::reasons(&self.settings, settings);
        let words = |difference: &settings::Difference| {
            format!("{} {}, not {}", difference.reason_name(), difference.from, difference.to)
        };
        let differences: Vec<String> = differences.iter().map(words).collect();
        (!differences.is_empty()).then(|| format!("it was computed with {}", differences.join(", ")))
    }

    fn is_current(&self, line: &Line, now: &SourceFile, monitor: &dyn Monitor) -> bool {
        let hash =
            |path: &std::path::Path| dataset::hash_file(path, monitor).map(|hash| hash.to_hex().to_string());
        match line {
            Line::Header(_) => false,
            Line::Used(used) => is_source_unchanged(&used.source, now, self.started_ns, &hash),
            Line::Skipped(left_out) => is_left_out_unchanged(left_out, now, self.started_ns, &hash),
        }
    }
}

impl Line {
    fn relative(&self) -> Option<&RelPath> {
        match self {
            Self::Header(_) => None,
            Self::Used(used) => Some(&used.source.relative),
            Self::Skipped(left_out) => Some(&left_out.relative),
        }
    }
}

/// Divides sources of these lengths among `n` shards, longest first and each to the shard that has least: the rule of Graham,
/// "Bounds on Multiprocessing Timing Anomalies" (1969), at most a third above the best. Gives the shard of each, from 0.
fn share_out(lengths: &[u64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&place| (std::cmp::Reverse(lengths[place]), place));
    // A source of no known length is work all the same: those are dealt out by number.
    let mut loads = vec![(0u64, 0usize); n];
    let mut shards = vec![0; lengths.len()];
    for place in order {
        let least = (0..n).min_by_key(|&shard| loads[shard]).unwrap_or_default();
        loads[least] = (loads[least].0 + lengths[place], loads[least].1 + 1);
        shards[place] = least;
    }
    shards
}

/// Computes a shard of the build of `project`, unless the cache is valid, or the shard is computed already and nothing has changed.
///
/// It takes no lock, and any number of processes may compute shards of one cache at once. `approve` is asked before anything is written.
///
/// # Errors
/// As [`build`](super::build()). A shard without a source, as there are where shards outnumber sources, is no error.
pub fn build_shard(
    project: &Project,
    shard: Shard,
    options: &BuildOptions,
    monitor: &dyn Monitor,
    approve: &dyn Fn(&Question) -> Result<bool>,
) -> Result<ShardOutcome> {
    let began = Instant::now();
    let started_ns = dataset::now_ns();
    let dataset = project.scan(monitor)?;
    if !options.force
        && let Some(report) = build::valid_report(project, &dataset, began, monitor)?
    {
        return Ok(ShardOutcome::CacheValid(report));
    }
    let n_of_all = dataset.included().count();
    if n_of_all == 0 {
        return Err(build::nothing_to_read(project, &dataset));
    }
    let own = own_sources(project, &dataset, shard, options.n_workers, monitor)?;
    let mut report = ShardReport {
        shard,
        is_new: false,
        n_sources: own.sources.len(),
        n_of_all,
        n_skipped: 0,
        spectrograms: 0,
        seconds: 0.0,
    };
    if !options.force
        && let Some(sources) = computed_already(project, shard, &own, monitor)?
    {
        report.count(&sources);
        report.seconds = began.elapsed().as_secs_f64();
        return Ok(ShardOutcome::Computed(report));
    }
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    for warning in project::warnings(&project.settings, &plan) {
        monitor.warning(&warning);
    }
    let estimate = estimate::measure(project, &own, &plan, options.n_workers, monitor)?;
    estimate.check_space(&project.cache_dir)?;
    if !approve(&Question::Size(estimate))? {
        return Err(Error::Cancelled);
    }
    let writer = ShardWriter::create(&project.cache_dir, shard)?;
    let sources: Vec<&SourceFile> = own.sources.iter().collect();
    let layout = PtLayout::new(plan.settings().tensor_shape());
    monitor.begin(Stage::Analyse, estimate.spectrograms);
    let staged = AnalysisPass {
        sources: &sources,
        plan: &plan,
        recipe: &Recipe::new(&project.settings),
        settings: &project.settings,
        rules: &ChunkRules::new(&project.settings),
        n_expected: estimate.spectrograms,
        layout: &layout,
        staging: writer.staging(),
        monitor,
    }
    .run(options.n_workers)?;
    monitor.begin(Stage::Commit, 0);
    let lines = record_lines(staged)?;
    report.count(&lines);
    let header = header(project, started_ns)?;
    writer.commit(std::iter::once(&header).chain(&lines))?;
    report.is_new = true;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(ShardOutcome::Computed(report))
}

impl ShardReport {
    fn count(&mut self, sources: &[Line]) {
        for line in sources {
            match line {
                Line::Header(_) => {}
                Line::Used(used) => self.spectrograms += used.tensors.len() as u64,
                Line::Skipped(_) => self.n_skipped += 1,
            }
        }
    }
}

/// The dataset with the sources of a shard alone.
fn own_sources(
    project: &Project,
    dataset: &Dataset,
    shard: Shard,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Dataset> {
    let included: Vec<&SourceFile> = dataset.included().collect();
    let lengths = estimate::lengths_ms(project, &included, n_workers, monitor)?;
    let shards = share_out(&lengths, shard.of() as usize);
    let is_own = |place: usize| shards[place] == shard.number() as usize - 1;
    let own = included.iter().enumerate().filter(|(place, _)| is_own(*place));
    Ok(Dataset {
        root: dataset.root.clone(),
        sources: own.map(|(_, source)| (*source).clone()).collect(),
        unlisted: Vec::new(),
        passed_over: Vec::new(),
        idle_exclusions: Vec::new(),
    })
}

/// The sources of a shard that is computed already: exactly those of `own`, as they are now.
fn computed_already(
    project: &Project,
    shard: Shard,
    own: &Dataset,
    monitor: &dyn Monitor,
) -> Result<Option<Vec<Line>>> {
    let Some(stored) = StoredShard::read(&project.cache_dir, shard)? else { return Ok(None) };
    // What cannot be understood is computed anew.
    let Ok(record) = Record::of(&stored) else { return Ok(None) };
    let is_current = record.conflict(&project.settings).is_none()
        && record.sources.len() == own.sources.len()
        && record.sources.iter().zip(&own.sources).all(|(line, now)| {
            line.relative() == Some(&now.relative) && record.is_current(line, now, monitor)
        });
    monitor.check()?;
    Ok(is_current.then_some(record.sources))
}

fn header(project: &Project, started_ns: i64) -> Result<Line> {
    let settings = serde_json::value::to_raw_value(&project.settings)
        .map_err(|error| Error::io("record the settings of", &project.root)(error.into()))?;
    Ok(Line::Header(Header { program: env!("CARGO_PKG_VERSION").into(), started_ns, settings }))
}

/// A line for each source.
fn record_lines(staged: Staged) -> Result<Vec<Line>> {
    let mut lines: Vec<Line> = staged
        .outcomes
        .into_iter()
        .map(|outcome| match outcome {
            SourceOutcome::Used(Used { record, start_s, .. }) => {
                Line::Used(UsedLine { source: record, start_s, tensors: Vec::new() })
            }
            SourceOutcome::Skipped(left_out) => Line::Skipped(left_out),
        })
        .collect();
    for tensor in &staged.tensors {
        if let Line::Used(used) = &mut lines[tensor.key.source as usize] {
            let TensorKey { chunk, variant, .. } = tensor.key;
            let TensorRecord { stats, n_samples, applied } = staged.records.read(tensor.record)?;
            used.tensors.push(TensorLine(chunk, variant, n_samples, stats, applied));
        }
    }
    Ok(lines)
}

/// What the shards of a whole build hold, as if this process had computed it, and when the first of them began, in ns since 1970.
///
/// # Errors
/// [`Error::Refused`] when a shard is missing, or one was computed with other settings or of other recordings.
pub(super) fn gather(
    project: &Project,
    sources: &[&SourceFile],
    staging: &Staging,
    monitor: &dyn Monitor,
) -> Result<(Staged, i64)> {
    let (stored, records) = whole_set(project)?;
    let mut found: BTreeMap<&RelPath, Vec<(usize, u32)>> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        for (line, number) in record.sources.iter().zip(0..) {
            if let Some(relative) = line.relative() {
                found.entry(relative).or_default().push((index, number));
            }
        }
    }
    let tensor_records = TensorRecords::create(staging)?;
    let (mut outcomes, mut tensors, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (source, number) in sources.iter().zip(0..) {
        monitor.check()?;
        let candidates = found.get(&source.relative).map_or(&[][..], Vec::as_slice);
        let current = candidates.iter().find(|(index, line)| {
            records[*index].is_current(&records[*index].sources[*line as usize], source, monitor)
        });
        let Some(&(index, line)) = current else {
            let problem = match candidates.first() {
                Some((index, _)) => {
                    format!("it has changed since shard {} was computed", records[*index].shard)
                }
                None => "it is in no shard: it has come since they were computed".into(),
            };
            return Err(Error::refused(&source.path, problem, Remedy::BuildShard));
        };
        places.push((index, line));
        outcomes.push(match &records[index].sources[line as usize] {
            Line::Used(used) => {
                for tensor in &used.tensors {
                    let TensorLine(chunk, variant, n_samples, stats, applied) = *tensor;
                    let key = TensorKey { source: number, chunk, variant };
                    let record = tensors.len() as u32;
                    tensor_records.write(record, &TensorRecord { stats, n_samples, applied })?;
                    tensors.push(StagedKey { key, record });
                }
                let record = Source { mtime_ns: source.mtime_ns, ..used.source.clone() };
                let Ok(content) = blake3::Hash::from_hex(&record.blake3) else {
                    let problem = "the hash of a source in it is none";
                    return Err(Error::refused(stored[index].record(), problem, Remedy::BuildShard));
                };
                SourceOutcome::Used(Used { content, start_s: used.start_s, record })
            }
            Line::Skipped(left_out) => {
                monitor.skipped(&source.path, &left_out.reason);
                SourceOutcome::Skipped(LeftOut { mtime_ns: source.mtime_ns, ..left_out.clone() })
            }
            Line::Header(_) => continue,
        });
    }
    let started_ns = records.iter().map(|record| record.started_ns).min().unwrap_or_default();
    let stagings = stored.into_iter().map(|stored| stored.staging).collect();
    let place = StagingPlace::Shards { stagings, sources: places };
    Ok((Staged::new(outcomes, tensors, tensor_records, place), started_ns))
}

/// The shards of a build that are all there and of its settings.
fn whole_set(project: &Project) -> Result<(Vec<StoredShard>, Vec<Record>)> {
    let mut sets: BTreeMap<u32, Vec<StoredShard>> = BTreeMap::new();
    for stored in StoredShard::all(&project.cache_dir)? {
        sets.entry(stored.shard.of()).or_default().push(stored);
    }
    let refuse = |problem: String| Err(Error::refused(&project.cache_dir, problem, Remedy::BuildShard));
    // Of several numbers of shards one may be left from before: that is no obstacle to the other.
    let mut conflict = None;
    let mut most_complete: Option<(u32, Vec<StoredShard>)> = None;
    for (of, stored) in sets {
        if stored.len() < of as usize {
            let share = |(of, stored): &(u32, Vec<StoredShard>)| stored.len() as f64 / f64::from(*of);
            let set = (of, stored);
            if most_complete.as_ref().is_none_or(|most| share(most) < share(&set)) {
                most_complete = Some(set);
            }
            continue;
        }
        let records = stored.iter().map(Record::of).collect::<Result<Vec<_>>>()?;
        let found = records.iter().find_map(|record| {
            record.conflict(&project.settings).map(|why| format!("shard {}: {why}", record.shard))
        });
        match found {
            None => return Ok((stored, records)),
            found => conflict = found,
        }
    }
    match (conflict, most_complete) {
        (Some(conflict), _) => refuse(conflict),
        (None, Some((of, stored))) => {
            let is_there = |number| stored.iter().any(|stored| stored.shard.number() == number);
            let missing: Vec<u32> = (1..=of).filter(|number| !is_there(*number)).collect();
            let names: Vec<String> = missing.iter().take(10).map(|number| format!("{number}/{of}")).collect();
            let more = if missing.len() > names.len() { ", …" } else { "" };
            let n_missing = in_words::count(missing.len(), "shard");
            refuse(format!("{n_missing} of {of} still to be computed: {}{more}", names.join(", ")))
        }
        (None, None) => refuse("there are no shards to merge".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_sources_are_dealt_out_first() {
        assert_eq!(share_out(&[5, 9, 4, 7], 2), [1, 0, 0, 1].map(|shard: usize| shard));
        assert_eq!(share_out(&[0, 0, 0], 2), [0, 1, 0], "without lengths they are dealt out by number");
        assert_eq!(share_out(&[3], 5), [0]);
        assert!(share_out(&[], 3).is_empty());
    }

    proptest! {
        #[test]
        fn every_source_is_in_one_shard_and_loads_keep_to_the_bound(
            lengths in prop::collection::vec(0..1_000_u64, 0..60),
            n in 1..9_usize,
        ) {
            let shards = share_out(&lengths, n);
            prop_assert_eq!(shards.len(), lengths.len());
            let mut loads = vec![0; n];
            for (shard, length) in shards.iter().zip(&lengths) {
                loads[*shard] += length;
            }
            // No shard exceeds the mean by more than the source that it got last.
            let (total, longest) = (lengths.iter().sum::<u64>(), lengths.iter().copied().max().unwrap_or(0));
            prop_assert!(loads.iter().all(|load| *load <= total / n as u64 + longest));
        }
    }
}
