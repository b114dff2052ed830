//! The masked share of a whole dataset, as an estimate that becomes better with every file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::powers::PowerCounts;
use crate::audio::chunk::{Chunk, ChunkPool, ChunkReader};
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::FfmpegUse;
use crate::workers::{self, StopSign, catch_decoder, lock};

/// The mel powers of some files of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareEstimate {
    /// The counts of mel powers: the share of any threshold follows from it.
    pub powers: Arc<PowerCounts>,
    /// Files that were analysed so far.
    pub n_files: usize,
    /// Files that could not be read, and that a build would skip.
    pub n_skipped: usize,
    /// Files of the dataset.
    pub n_total: usize,
}

impl ShareEstimate {
    /// Both together: `other` is of other files of the dataset.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        let mut powers = (*self.powers).clone();
        powers.merge(&other.powers);
        Self {
            powers: Arc::new(powers),
            n_files: self.n_files + other.n_files,
            n_skipped: self.n_skipped + other.n_skipped,
            n_total: self.n_total + other.n_files + other.n_skipped,
        }
    }
}

/// The sum that the workers add to.
#[derive(Default)]
struct Sum {
    powers: PowerCounts,
    n_files: usize,
    n_skipped: usize,
}

/// Counts the mel powers of `files` on `n_workers` threads, in an order drawn with `seed`, and emits the sum after each.
///
/// # Errors
/// On cancel, heeded after each chunk; what `emit` returns. A file that cannot be read is counted as skipped.
pub fn estimate_share(
    files: &[PathBuf],
    seed: u64,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &(dyn Fn(ShareEstimate) -> Result<()> + Sync),
) -> Result<()> {
    let order = drawn_order(files, seed);
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Sum::default());
    workers::fail_fast("share", n_workers.max(1).min(files.len()), monitor, |_worker, stop| {
        let mut counter = Counter {
            plan,
            scratch: plan.scratch(),
            pool: ChunkPool::default(),
            chunk: Chunk::new(plan.settings().chunk_samples),
        };
        while let Some(path) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let counted = catch_decoder(path, || counter.count(path, stop));
            let mut sum = lock(&sum);
            match counted {
                Ok(powers) => {
                    sum.powers.merge(&powers);
                    sum.n_files += 1;
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(_unreadable) => sum.n_skipped += 1,
            }
            emit(ShareEstimate {
                powers: Arc::new(sum.powers.clone()),
                n_files: sum.n_files,
                n_skipped: sum.n_skipped,
                n_total: files.len(),
            })?;
        }
        Ok(())
    })
}

/// The files in an order that depends on seed and names alone.
fn drawn_order(files: &[PathBuf], seed: u64) -> Vec<&Path> {
    let mut drawn: Vec<_> = files
        .iter()
        .map(|path| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&seed.to_le_bytes()).update(path.as_os_str().as_encoded_bytes());
            (*hasher.finalize().as_bytes(), path.as_path())
        })
        .collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, path)| path).collect()
}

/// One worker's buffers.
struct Counter<'a> {
    plan: &'a AnalysisPlan,
    scratch: Scratch,
    pool: ChunkPool,
    chunk: Chunk,
}

impl Counter<'_> {
    /// The mel powers of one file; nothing of it counts unless all that a build would use can be read.
    fn count(&mut self, path: &Path, stop: &StopSign<'_>) -> Result<PowerCounts> {
        let settings = self.plan.settings();
        let len = settings.n_mels * settings.n_frames();
        let (mut mel_power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
        let mut powers = PowerCounts::default();
        let pool = std::mem::take(&mut self.pool);
        let mut reader = ChunkReader::open_with(
            pool,
            path,
            FfmpegUse::Auto,
            settings.sample_rate_hz,
            settings.chunk_samples,
        )?;
        while reader.next_levelled(&mut self.chunk)? {
            stop.check()?;
            self.plan.analyze_unmasked_into(
                &self.chunk.samples,
                &mut self.scratch,
                &mut mel_power,
                &mut inst_freq,
            );
            powers.add(&mel_power);
        }
        let outcome = reader.outcome();
        self.pool = reader.into_pool();
        outcome.map(|_damage| powers)
    }
}
