//! A build in shards: each process computes the tensors of some of the sources, on whatever machine, and a merge makes the cache.
//!
//! Which sources a shard has follows from the folder alone, so that nothing has to be agreed on. A tensor depends on its chunk
//! alone, and the merge folds the statistics in tensor order: the cache is the one that a single build makes.

use std::time::Instant;

use super::analysis_pass::AnalysisPass;
use super::build::{self, BuildOptions, BuildReport, Question};
use super::estimate;
use super::project::{self, Project};
use super::shard_record::{Line, Record, header, record_lines, tensor_numbers, tensor_of};
use crate::augment::Recipe;
use crate::cache::pt::PtLayout;
use crate::cache::shard::{Shard, ShardWriter, StoredShard};
use crate::dataset::{self, Dataset};
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::settings::ChunkRules;
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
    let mut staged = AnalysisPass {
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
    let lines = record_lines(&staged);
    report.count(&lines);
    let header = header(project, started_ns)?;
    writer.commit(&header, lines.iter(), tensor_numbers(&mut staged))?;
    report.is_new = true;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(ShardOutcome::Computed(report))
}

impl ShardReport {
    fn count(&mut self, sources: &[Line]) {
        for line in sources {
            match line {
                Line::Used(used) => self.spectrograms += used.n_tensors,
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
        && record
            .sources
            .iter()
            .zip(&own.sources)
            .all(|(line, now)| *line.relative() == now.relative && record.is_current(line, now, monitor));
    monitor.check()?;
    Ok((is_current && is_staged(project, &stored, &record)).then_some(record.sources))
}

/// True where every tensor of a shard is there.
fn is_staged(project: &Project, stored: &StoredShard, record: &Record) -> bool {
    let layout = PtLayout::new(project.settings.analysis().tensor_shape());
    let Ok(mut numbers) = stored.numbers() else { return false };
    record.sources.iter().zip(0..).all(|(line, source)| match line {
        Line::Used(used) => (0..used.n_tensors).all(|_| {
            numbers.read().is_ok_and(|numbers| stored.staging.has(tensor_of(source, &numbers).0, &layout))
        }),
        Line::Skipped(_) => true,
    })
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
