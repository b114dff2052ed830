//! The estimate: what a build would make and need, exactly, before it begins.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::build_time::{KindWork, StageSeconds, Work};
use super::project::Project;
use super::trials;
use crate::audio::decode::{self, Length, SourceInfo};
use crate::augment::Proposal;
use crate::cache::inventory::Inventory;
use crate::cache::pt::PtLayout;
use crate::dataset::Dataset;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::resample::resampled_len;
use crate::settings::{ChunkRules, Settings};
use crate::source::SourceFile;
use crate::workers;

/// Above this a build asks first.
const ASK_ABOVE_BYTES: u64 = 100_000_000;

/// What a build should leave free: this much, or one part in so many of a disk that is smaller.
const RESERVE_BYTES: u64 = 1_000_000_000;
const RESERVE_PART: u64 = 20;

/// Disks hand out space in blocks; nearly all use this size.
const BLOCK_BYTES: u64 = 4096;

/// The bytes that `index.csv` and `manifest.json` take together for one tensor and for one source, about.
const INDEX_ROW_BYTES: u64 = 180;
const MANIFEST_SOURCE_BYTES: u64 = 500;

/// The size and the needs of a build.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Tensors, variants among them; those of files of unknown length are missing.
    pub spectrograms: u64,
    /// True where the settings leave out chunks that only the sound tells: there will be no more tensors than these, and
    /// perhaps fewer.
    pub is_at_most: bool,
    /// Chunks: the tensors that are no variants.
    pub originals: u64,
    /// Variants of each chunk.
    pub expansion: u32,
    /// Files that will be read.
    pub sources: u64,
    /// Files that will be skipped, because their headers cannot be read.
    pub unreadable: u64,
    /// Files whose length only decoding tells.
    pub unknown: u64,
    /// Sound in seconds.
    pub duration_s: f64,
    /// The cache's size on disk, in bytes, with what the file system adds.
    pub bytes: u64,
    /// The part of it that each tensor takes.
    pub tensor_file_bytes: u64,
    /// The space that must be free while it is built, in bytes: until the switch, a new cache stands beside the old one.
    pub transient_bytes: u64,
    /// The space that is free on the cache's disk, in bytes; `None` where the system does not tell.
    pub free_bytes: Option<u64>,
    /// The size of the cache's disk, in bytes; `None` where the system does not tell.
    pub disk_bytes: Option<u64>,
    /// The expected time of each stage of the build.
    pub stages: StageSeconds,
}

impl Estimate {
    /// The number of variants of each chunk that is usual for this many files.
    pub fn proposal(&self) -> Proposal {
        Proposal::for_files(self.sources)
    }

    /// The tensors that there would be with `expansion` variants of each chunk.
    pub fn spectrograms_with(&self, expansion: u32) -> u64 {
        self.originals * (1 + u64::from(expansion))
    }

    /// The cache's size on disk with `expansion` variants of each chunk, in bytes.
    pub fn bytes_with(&self, expansion: u32) -> u64 {
        let table_bytes = self.spectrograms_with(expansion) * INDEX_ROW_BYTES
            + (self.sources + self.unreadable) * MANIFEST_SOURCE_BYTES;
        self.spectrograms_with(expansion) * self.tensor_file_bytes + table_bytes.next_multiple_of(BLOCK_BYTES)
    }

    /// True where a build asks before it writes this much.
    pub fn asks_first(&self) -> bool {
        self.bytes > ASK_ABOVE_BYTES
    }

    /// The space that stays free while the build is at its largest, in bytes; `None` where the system does not tell.
    pub fn bytes_left(&self) -> Option<u64> {
        self.free_bytes.map(|free| free.saturating_sub(self.transient_bytes))
    }

    /// True where the build would leave so little space that other programs may miss it: less than 1 GB, or less than a
    /// twentieth of a disk below 20 GB.
    pub fn is_space_short(&self) -> bool {
        let of_disk = self.disk_bytes.map_or(RESERVE_BYTES, |bytes| bytes / RESERVE_PART);
        self.bytes_left().is_some_and(|left| left < of_disk.min(RESERVE_BYTES))
    }

    /// Refuses what the disk cannot hold.
    pub(super) fn check_space(&self, cache_dir: &Path) -> Result<()> {
        match self.free_bytes {
            Some(free) if free < self.transient_bytes => {
                Err(Error::NoSpace { path: cache_dir.to_path_buf(), needed: self.transient_bytes, free })
            }
            _ => Ok(()),
        }
    }
}

/// Measures every source and says what a build on `n_workers` threads would make and need.
///
/// # Errors
/// When the folder cannot be read, or on cancel. A file that cannot be read is counted and told to the monitor.
pub fn estimate(project: &Project, n_workers: usize, monitor: &dyn Monitor) -> Result<Estimate> {
    let began = Instant::now();
    let dataset = project.scan(monitor)?;
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    let scan_s = began.elapsed().as_secs_f64();
    let mut estimate = measure(project, &dataset, &plan, n_workers, monitor)?;
    estimate.stages.measure_s += scan_s;
    Ok(estimate)
}

/// [`estimate`] of a dataset that is scanned already.
pub(super) fn measure(
    project: &Project,
    dataset: &Dataset,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Estimate> {
    let began = Instant::now();
    let sources: Vec<&SourceFile> = dataset.included().collect();
    let measured = measure_sources(project, &sources, n_workers, monitor)?;
    let existing = project.cache_dir.ancestors().find(|ancestor| ancestor.exists());
    let mut estimate = Estimate {
        spectrograms: 0,
        is_at_most: project.settings.sound_decides_chunks(),
        originals: 0,
        expansion: project.settings.augmentation.expansion,
        sources: 0,
        unreadable: 0,
        unknown: 0,
        duration_s: 0.0,
        bytes: 0,
        tensor_file_bytes: PtLayout::new(plan.settings().tensor_shape())
            .file_bytes()
            .next_multiple_of(BLOCK_BYTES),
        transient_bytes: 0,
        free_bytes: existing.and_then(|folder| fs4::available_space(folder).ok()),
        disk_bytes: existing.and_then(|folder| fs4::total_space(folder).ok()),
        stages: StageSeconds::default(),
    };
    let mut kinds = Kinds::default();
    for (source, found) in sources.iter().zip(measured) {
        match found {
            Ok(Measured { kind, length: Some((chunks, duration_s)) }) => {
                estimate.sources += 1;
                estimate.originals += chunks;
                estimate.duration_s += duration_s;
                kinds.add(kind, source, chunks);
            }
            Ok(Measured { length: None, .. }) => {
                estimate.sources += 1;
                estimate.unknown += 1;
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                estimate.unreadable += 1;
                log::info!("{}: {error}", source.relative);
            }
        }
    }
    estimate.spectrograms = estimate.spectrograms_with(estimate.expansion);
    estimate.bytes = estimate.bytes_with(estimate.expansion);
    estimate.transient_bytes = estimate.bytes;
    let (mut work, files) = kinds.into_work();
    work.n_originals = estimate.originals;
    work.n_variants = estimate.spectrograms - estimate.originals;
    work.tensor_file_bytes = estimate.tensor_file_bytes;
    // What stands against a build there is told by the build, not here.
    work.n_old = Inventory::of(&project.cache_dir).map_or(0, |inventory| inventory.ours.len());
    estimate.stages = trials::expected(project, plan, &work, &files, n_workers, monitor)?;
    // A build measures and tries the same files again.
    estimate.stages.measure_s = began.elapsed().as_secs_f64();
    Ok(estimate)
}

/// The length of each source in milliseconds, as its header tells it or its size suggests: what work is divided by.
pub(super) fn lengths_ms(
    project: &Project,
    sources: &[&SourceFile],
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<u64>> {
    /// 128 kbit/s: what has no length in its header is compressed.
    const BYTES_PER_MS: u64 = 16;
    let measured = measure_sources(project, sources, n_workers, monitor)?;
    let length = |(source, measured): (&&SourceFile, Result<Measured>)| match measured {
        Ok(Measured { length: Some((_, duration_s)), .. }) => Ok((duration_s * 1000.0).round() as u64),
        Ok(Measured { length: None, .. }) => Ok(source.size / BYTES_PER_MS),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(_unreadable) => Ok(0),
    };
    sources.iter().zip(measured).map(length).collect()
}

/// Reads the headers of sources, in their order.
fn measure_sources(
    project: &Project,
    sources: &[&SourceFile],
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Result<Measured>>> {
    let rules = ChunkRules::new(&project.settings);
    monitor.begin(Stage::Estimate, sources.len() as u64);
    workers::map_indexed(
        "measure",
        n_workers,
        sources.len(),
        || (),
        |(), index| {
            monitor.check()?;
            let found = measure_source(sources[index], &project.settings, &rules, monitor);
            monitor.advance(1);
            found
        },
    )
}

/// The codec, the rate in Hz and the number of channels: what the cost of reading a file depends on.
type Kind = (String, u32, usize);

/// The files of a dataset by their kinds.
#[derive(Default)]
struct Kinds<'a>(BTreeMap<Kind, (KindWork, Vec<&'a SourceFile>)>);

impl<'a> Kinds<'a> {
    fn add(&mut self, kind: Kind, source: &'a SourceFile, n_chunks: u64) {
        let (work, files) = self.0.entry(kind).or_default();
        work.n_files += 1;
        work.n_chunks += n_chunks;
        work.n_chunks_max = work.n_chunks_max.max(n_chunks);
        files.push(source);
    }

    /// The kinds with the most work first, and the files of each.
    fn into_work(self) -> (Work, Vec<Vec<&'a SourceFile>>) {
        let mut kinds: Vec<_> = self.0.into_values().collect();
        kinds.sort_by_key(|(work, _)| std::cmp::Reverse(work.n_chunks));
        let (kinds, files): (Vec<KindWork>, Vec<Vec<&SourceFile>>) = kinds.into_iter().unzip();
        let n_source_bytes = files.iter().flatten().map(|source| source.size).sum();
        (Work { kinds, n_source_bytes, ..Work::default() }, files)
    }
}

/// What the headers of a source tell.
struct Measured {
    kind: Kind,
    /// Chunks that are kept at most, and seconds of sound; `None` where only decoding tells.
    length: Option<(u64, f64)>,
}

fn measure_source(
    source: &SourceFile,
    settings: &Settings,
    rules: &ChunkRules,
    monitor: &dyn Monitor,
) -> Result<Measured> {
    let (info, length) = decode::measure_by(&source.path, settings.ffmpeg, monitor)?;
    let SourceInfo { codec, sample_rate_hz, n_channels, .. } = info;
    let length = match length {
        Length::Exact(n_frames) | Length::About(n_frames) => {
            let n_samples = resampled_len(n_frames, sample_rate_hz, settings.sample_rate_hz);
            let n_chunks = rules.of(&source.relative).n_kept_at_most(n_samples);
            Some((n_chunks, n_frames as f64 / f64::from(sample_rate_hz)))
        }
        Length::Unknown => None,
    };
    Ok(Measured { kind: (codec, sample_rate_hz, n_channels), length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(needed: u64, free: Option<u64>, disk: Option<u64>) -> Estimate {
        Estimate {
            spectrograms: 1,
            is_at_most: false,
            originals: 1,
            expansion: 0,
            sources: 1,
            unreadable: 0,
            unknown: 0,
            duration_s: 1.0,
            bytes: needed,
            tensor_file_bytes: needed,
            transient_bytes: needed,
            free_bytes: free,
            disk_bytes: disk,
            stages: StageSeconds::default(),
        }
    }

    #[test]
    fn space_is_short_where_less_than_a_gigabyte_or_a_twentieth_of_a_small_disk_is_left() {
        const GB: u64 = 1_000_000_000;
        let is_short = |needed, free, disk| estimate(needed, free, disk).is_space_short();
        assert!(!is_short(GB, Some(2 * GB), Some(500 * GB)), "just a gigabyte is left");
        assert!(is_short(GB + 1, Some(2 * GB), Some(500 * GB)));
        assert!(!is_short(4 * GB, Some(GB * 9 / 2), Some(8 * GB)), "half a gigabyte is more than 5 % of 8");
        assert!(is_short(GB * 42 / 10, Some(GB * 9 / 2), Some(8 * GB)));
        assert!(is_short(2 * GB, Some(GB), Some(500 * GB)), "it does not even fit");
        assert!(!is_short(2 * GB, None, None), "what the system does not tell is no reason to ask");
    }
}
