//! What a build would make and need, exactly, before it begins.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Project;
use crate::audio::decode::{self, Length};
use crate::audio::resample::resampled_len;
use crate::cache::pt::PtLayout;
use crate::cache::status::SourceFile;
use crate::dataset::Dataset;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::settings::Settings;
use crate::workers;

/// Above this a build asks first.
const ASK_ABOVE_BYTES: u64 = 100_000_000;

/// Disks hand out space in blocks; nearly all use this size.
const BLOCK_BYTES: u64 = 4096;

/// What `index.csv` and `manifest.json` take together for one tensor and for one source, about.
const INDEX_ROW_BYTES: u64 = 180;
const MANIFEST_SOURCE_BYTES: u64 = 500;

/// What a build will make and need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Tensors; those of files of unknown length are missing.
    pub spectrograms: u64,
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
    /// What must be free while it is built, in bytes: until the switch, a new cache stands beside the old one.
    pub transient_bytes: u64,
    /// What is free on the cache's disk, in bytes; `None` where the system does not tell.
    pub free_bytes: Option<u64>,
    /// Expected time of the build in seconds.
    pub seconds: f64,
}

impl Estimate {
    /// True where a build asks before it writes this much.
    pub fn asks_first(&self) -> bool {
        self.bytes > ASK_ABOVE_BYTES
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

/// Measures every source and says what a build would make and need.
///
/// # Errors
/// When the folder cannot be read, or on cancel. A file that cannot be read is counted and told to the monitor.
pub fn estimate(project: &Project, monitor: &dyn Monitor) -> Result<Estimate> {
    let dataset = project.scan(monitor)?;
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    measure(project, &dataset, &plan, workers::available(), monitor)
}

/// [`estimate`] of a dataset that is scanned already.
pub(super) fn measure(
    project: &Project,
    dataset: &Dataset,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Estimate> {
    let sources: Vec<&SourceFile> = dataset.included().collect();
    monitor.begin(Stage::Estimate, sources.len() as u64);
    let measured = workers::map_indexed(
        "measure",
        n_workers,
        sources.len(),
        || (),
        |(), index| {
            monitor.check()?;
            let found = measure_source(sources[index], &project.settings, monitor);
            monitor.advance(1);
            found
        },
    )?;
    let mut estimate = Estimate {
        spectrograms: 0,
        sources: 0,
        unreadable: 0,
        unknown: 0,
        duration_s: 0.0,
        bytes: 0,
        transient_bytes: 0,
        free_bytes: free_bytes(&project.cache_dir),
        seconds: 0.0,
    };
    for (source, found) in sources.iter().zip(measured) {
        match found {
            Ok(Measured::Exact { chunks, duration_s }) => {
                estimate.sources += 1;
                estimate.spectrograms += chunks;
                estimate.duration_s += duration_s;
            }
            Ok(Measured::Unknown) => {
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
    let file_bytes = PtLayout::new(plan.settings().tensor_shape()).file_bytes().next_multiple_of(BLOCK_BYTES);
    let table_bytes = estimate.spectrograms * INDEX_ROW_BYTES + sources.len() as u64 * MANIFEST_SOURCE_BYTES;
    estimate.bytes = estimate.spectrograms * file_bytes + table_bytes.next_multiple_of(BLOCK_BYTES);
    estimate.transient_bytes = estimate.bytes;
    estimate.seconds = expected_seconds(&estimate, plan, n_workers);
    Ok(estimate)
}

enum Measured {
    Exact { chunks: u64, duration_s: f64 },
    Unknown,
}

fn measure_source(source: &SourceFile, settings: &Settings, monitor: &dyn Monitor) -> Result<Measured> {
    let (info, length) = decode::measure(&source.path, monitor)?;
    Ok(match length {
        Length::Exact(n_frames) => {
            let n_samples = resampled_len(n_frames, info.sample_rate_hz, settings.sample_rate_hz);
            Measured::Exact {
                chunks: n_samples.div_ceil(settings.chunk_samples() as u64),
                duration_s: n_frames as f64 / f64::from(info.sample_rate_hz),
            }
        }
        Length::Unknown => Measured::Unknown,
    })
}

/// Free bytes on the disk of `folder`, which need not exist yet.
fn free_bytes(folder: &Path) -> Option<u64> {
    folder
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .and_then(|ancestor| fs4::available_space(ancestor).ok())
}

/// From the time that a few chunks need here and now: decoding and resampling cost about as much as the analysis,
/// and so do writing, normalising and hashing for the bytes of one tensor per millisecond and 400 MB.
fn expected_seconds(estimate: &Estimate, plan: &AnalysisPlan, n_workers: usize) -> f64 {
    const TRIALS: u32 = 3;
    let settings = plan.settings();
    let chunk: Vec<f32> =
        (0..settings.chunk_samples).map(|n| ((n * n % 9973) as f32 / 9973.0) - 0.5).collect();
    let mut tensor = vec![0.0; settings.tensor_shape().iter().product()];
    let mut scratch = plan.scratch();
    plan.analyze_into(&chunk, &mut scratch, &mut tensor);
    let began = Instant::now();
    for _ in 0..TRIALS {
        plan.analyze_into(&chunk, &mut scratch, &mut tensor);
    }
    let analysis: Duration = began.elapsed() / TRIALS;
    let writing_s = settings.tensor_bytes() as f64 / 400e6;
    let chunk_s = 2.0 * analysis.as_secs_f64() + writing_s;
    estimate.spectrograms as f64 * chunk_s / n_workers.max(1) as f64
}
