//! The masked share of a whole dataset, as an estimate that becomes better with every file.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::powers::PowerCounts;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::{ChunkRules, Settings};
use crate::source::SourcePath;
use crate::workers::{self, StopSign, catch_decoder, lock};

/// A request for the masked share of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareRequest {
    /// Every included file of the dataset.
    pub files: Vec<SourcePath>,
    /// Draws the order in which they are taken.
    pub seed: u64,
    /// The settings that chunks are cut, left out and analysed with; the threshold does not matter.
    pub settings: Settings,
    /// Threads to use, at least 1.
    pub n_workers: usize,
}

/// The mel powers of some files of a dataset: of the chunks that a build keeps.
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

/// Counts the mel powers of the chunks that a build keeps of the files in `request`, in an order drawn with its seed, and
/// emits the sum after each file. `plan` is that of the request's settings.
///
/// # Errors
/// On cancel, heeded after each chunk; what `emit` returns. A file that cannot be read is counted as skipped.
pub fn estimate_share(
    request: &ShareRequest,
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    emit: &(dyn Fn(ShareEstimate) -> Result<()> + Sync),
) -> Result<()> {
    let ShareRequest { files, seed, settings, n_workers } = request;
    let order = drawn_order(files, *seed, |file| &file.path);
    let rules = ChunkRules::new(settings);
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Sum::default());
    workers::fail_fast("share", (*n_workers).max(1).min(files.len()), monitor, |_worker, stop| {
        let mut counter = Counter {
            settings,
            rules: &rules,
            plan,
            scratch: plan.scratch(),
            pool: ChunkPool::default(),
            chunk: Chunk::new(plan.settings().chunk_samples),
        };
        while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let counted = catch_decoder(&file.path, || counter.count(file, stop));
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

/// Files in an order that depends on seed and paths alone: what is known of the first is an estimate for all.
pub(in crate::pipeline) fn drawn_order<T>(files: &[T], seed: u64, path_of: impl Fn(&T) -> &Path) -> Vec<&T> {
    let mut drawn: Vec<([u8; 32], &T)> = files
        .iter()
        .map(|file| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&seed.to_le_bytes()).update(path_of(file).as_os_str().as_encoded_bytes());
            (*hasher.finalize().as_bytes(), file)
        })
        .collect();
    drawn.sort_unstable_by(|(a, one), (b, other)| a.cmp(b).then_with(|| path_of(one).cmp(path_of(other))));
    drawn.into_iter().map(|(_, file)| file).collect()
}

/// One worker's buffers.
struct Counter<'a> {
    settings: &'a Settings,
    rules: &'a ChunkRules,
    plan: &'a AnalysisPlan,
    scratch: Scratch,
    pool: ChunkPool,
    chunk: Chunk,
}

impl Counter<'_> {
    /// The mel powers of one file; nothing of it counts unless all that a build would use can be read.
    fn count(&mut self, file: &SourcePath, stop: &StopSign<'_>) -> Result<PowerCounts> {
        let analysis = self.plan.settings();
        let len = analysis.n_mels * analysis.n_frames();
        let (mut mel_power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
        let mut powers = PowerCounts::default();
        let pool = std::mem::take(&mut self.pool);
        let check = || stop.check();
        let rules = self.rules.of(&file.relative);
        let mut reader = KeptChunks::open(pool, &file.path, self.settings, rules, &check)?;
        while reader.next(&mut self.chunk, &check)? {
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
