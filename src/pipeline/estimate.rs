//! The estimate: what a build would make and need, exactly, before it begins.

use std::path::Path;
use std::time::{Duration, Instant};

use super::project::Project;
use crate::audio::decode::{self, Length};
use crate::augment::{Proposal, Recipe, VariantKey};
use crate::cache::pt::PtLayout;
use crate::dataset::Dataset;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::resample::resampled_len;
use crate::settings::Settings;
use crate::source::SourceFile;
use crate::workers;

/// Above this a build asks first.
const ASK_ABOVE_BYTES: u64 = 100_000_000;

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
    /// Expected time of the build in seconds.
    pub seconds: f64,
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
        free_bytes: free_bytes(&project.cache_dir),
        seconds: 0.0,
    };
    for (source, found) in sources.iter().zip(measured) {
        match found {
            Ok(Measured::Exact { chunks, duration_s }) => {
                estimate.sources += 1;
                estimate.originals += chunks;
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
    estimate.spectrograms = estimate.spectrograms_with(estimate.expansion);
    estimate.bytes = estimate.bytes_with(estimate.expansion);
    estimate.transient_bytes = estimate.bytes;
    estimate.seconds = expected_seconds(&estimate, &project.settings, plan, n_workers);
    Ok(estimate)
}

enum Measured {
    Exact { chunks: u64, duration_s: f64 },
    Unknown,
}

fn measure_source(source: &SourceFile, settings: &Settings, monitor: &dyn Monitor) -> Result<Measured> {
    let (info, length) = decode::measure_by(&source.path, settings.ffmpeg, monitor)?;
    Ok(match length {
        Length::Exact(n_frames) | Length::About(n_frames) => {
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
/// A variant needs no decoding, and what was drawn for it.
fn expected_seconds(
    estimate: &Estimate,
    project_settings: &Settings,
    plan: &AnalysisPlan,
    n_workers: usize,
) -> f64 {
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
    let mut total_s = estimate.originals as f64 * chunk_s;
    if estimate.expansion > 0 {
        let variant_s = analysis.as_secs_f64() + writing_s + augmentation_seconds(project_settings, &chunk);
        total_s += (estimate.spectrograms - estimate.originals) as f64 * variant_s;
    }
    total_s / n_workers.max(1) as f64
}

/// The mean time of making a variant of `chunk`, over some of them, because each draws other changes.
fn augmentation_seconds(settings: &Settings, chunk: &[f32]) -> f64 {
    // A dozen draws of chunks of a second; fewer of long ones, so that nobody waits for a guess.
    let n_trials = (12.0 / settings.chunk_s).clamp(2.0, 12.0) as u32;
    let recipe = Recipe::new(settings);
    let (mut scratch, mut samples) = (recipe.scratch(), chunk.to_vec());
    let source = RelPath::new("");
    let mut make_all = || {
        for variant in 1..=n_trials {
            recipe.apply_into(
                &VariantKey { source: &source, chunk: 0, variant },
                chunk,
                &mut scratch,
                &mut samples,
            );
        }
    };
    // Planning for a factor of speed is done once a build, not once a variant.
    make_all();
    let began = Instant::now();
    make_all();
    began.elapsed().as_secs_f64() / f64::from(n_trials)
}
