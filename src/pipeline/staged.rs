//! What the first pass of a build leaves: an outcome for each source, staged tensors, and what is known of each.

use crate::applied::Applied;
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::record_file::RecordFile;
use crate::cache::staging::{StagedKey, Staging};
use crate::dsp::stats::TensorStats;
use crate::error::Result;
use crate::normalization::NormalizationStats;
use crate::source::SourceFile;

/// The outcome of one source.
#[derive(Debug)]
pub(super) enum SourceOutcome {
    Used(Used),
    Skipped(LeftOut),
}

impl SourceOutcome {
    /// The source that was used.
    pub(super) fn used(&self) -> Option<&Used> {
        match self {
            Self::Used(used) => Some(used),
            Self::Skipped(_) => None,
        }
    }
}

/// The record of a source that is left out.
pub(super) fn left_out(source: &SourceFile, reason: &str, content: Option<blake3::Hash>) -> LeftOut {
    LeftOut {
        relative: source.relative.clone(),
        reason: reason.into(),
        size: source.size,
        mtime_ns: source.mtime_ns,
        blake3: content.map(|hash| hash.to_hex().to_string()),
        needs_ffmpeg: false,
    }
}

/// A source whose chunks are staged.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) content: blake3::Hash,
    /// Where its first chunk starts, in seconds.
    pub(super) start_s: f64,
    pub(super) record: Source,
}

/// An outcome for each source, and every staged tensor in tensor order.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) outcomes: Vec<SourceOutcome>,
    pub(super) tensors: Vec<StagedKey>,
    pub(super) records: TensorRecords,
    pub(super) place: StagingPlace,
}

/// The place where a build's tensors are staged.
#[derive(Debug)]
pub(super) enum StagingPlace {
    /// The staging folder of the cache.
    Cache,
    /// Those of shards: for each source which of them, and its number there.
    Shards { stagings: Vec<Staging>, sources: Vec<(usize, u32)> },
}

/// What is known of a staged tensor besides its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct TensorRecord {
    pub(super) stats: TensorStats,
    /// Samples before the padding.
    pub(super) n_samples: u32,
    /// The changes that made it.
    pub(super) applied: Applied,
}

impl TensorRecord {
    pub(super) const N_NUMBERS: usize = 11;

    /// The record as numbers: the statistics, as [`TensorStats::to_array`] has them, the changes, and the samples.
    pub(super) fn to_numbers(self) -> [f64; Self::N_NUMBERS] {
        let [a, b, c, d, e, f] = self.stats.to_array();
        let Applied { semitones, speed, snr_db, gain } = self.applied;
        // No number stands for what was not drawn.
        let [g, h, i, j] = [semitones, speed, snr_db, gain].map(|drawn| drawn.unwrap_or(f64::NAN));
        [a, b, c, d, e, f, g, h, i, j, f64::from(self.n_samples)]
    }

    /// The record that [`to_numbers`](Self::to_numbers) gives these for.
    pub(super) fn of_numbers(numbers: [f64; Self::N_NUMBERS]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, n_samples] = numbers;
        let [semitones, speed, snr_db, gain] =
            [g, h, i, j].map(|drawn| Some(drawn).filter(|drawn: &f64| !drawn.is_nan()));
        Self {
            stats: TensorStats::from_array([a, b, c, d, e, f]),
            n_samples: n_samples as u32,
            applied: Applied { semitones, speed, snr_db, gain },
        }
    }
}

/// The records of all staged tensors, and the hashes of their normalised values: on the disk, because there are as many as tensors.
#[derive(Debug)]
pub(super) struct TensorRecords(RecordFile);

impl TensorRecords {
    const HASH_OFFSET: usize = TensorRecord::N_NUMBERS * size_of::<f64>();

    /// A new file beside the tensors.
    pub(super) fn create(staging: &Staging) -> Result<Self> {
        staging.records(Self::HASH_OFFSET + blake3::OUT_LEN).map(Self)
    }

    pub(super) fn write(&self, number: u32, record: &TensorRecord) -> Result<()> {
        self.0.write(number, 0, bytemuck::bytes_of(&record.to_numbers()))
    }

    pub(super) fn read(&self, number: u32) -> Result<TensorRecord> {
        let mut numbers = [0.0; TensorRecord::N_NUMBERS];
        self.0.read(number, 0, bytemuck::bytes_of_mut(&mut numbers))?;
        Ok(TensorRecord::of_numbers(numbers))
    }

    pub(super) fn write_hash(&self, number: u32, hash: &blake3::Hash) -> Result<()> {
        self.0.write(number, Self::HASH_OFFSET, hash.as_bytes())
    }

    pub(super) fn hash(&self, number: u32) -> Result<blake3::Hash> {
        let mut bytes = [0; blake3::OUT_LEN];
        self.0.read(number, Self::HASH_OFFSET, &mut bytes)?;
        Ok(bytes.into())
    }
}

impl Staged {
    /// Puts tensors in order, originals first, then the variants of each chunk, without those of sources that were skipped midway:
    /// the writer removes what is staged beyond what it is asked to commit.
    pub(super) fn new(
        outcomes: Vec<SourceOutcome>,
        mut tensors: Vec<StagedKey>,
        records: TensorRecords,
        place: StagingPlace,
    ) -> Self {
        tensors.retain(|tensor| outcomes[tensor.key.source as usize].used().is_some());
        tensors.sort_unstable_by_key(|tensor| (tensor.key.variant > 0, tensor.key));
        Self { outcomes, tensors, records, place }
    }

    /// The statistics of all tensors, folded in their order; `None` when there are none.
    pub(super) fn stats(&self) -> Result<Option<NormalizationStats>> {
        let mut failure = None;
        let stats = NormalizationStats::fold(self.tensors.iter().map_while(|tensor| {
            self.records
                .read(tensor.record)
                .map_err(|error| failure = Some(error))
                .ok()
                .map(|record| record.stats)
        }));
        failure.map_or(Ok(stats), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let lock = crate::cache::lock::CacheLock::acquire(folder.path()).unwrap();
        let replaces = crate::cache::writer::ReferenceCache::Keep;
        let (writer, _) = crate::cache::writer::CacheWriter::open(lock, replaces).unwrap();
        let records = TensorRecords::create(writer.staging()).unwrap();
        let record = |n: u32| TensorRecord {
            stats: TensorStats::of(&[0.1 * n as f32, 2.0, -3.0, 1e-30]),
            n_samples: n * 1000,
            applied: Applied { semitones: Some(-0.1), speed: None, snr_db: Some(f64::from(n)), gain: None },
        };
        let hash = |n: u32| blake3::hash(&[n as u8]);
        // In any order.
        for n in [2, 0, 1] {
            records.write(n, &record(n)).unwrap();
            records.write_hash(n, &hash(n)).unwrap();
        }
        for n in 0..3 {
            let TensorRecord { stats, n_samples, applied } = records.read(n).unwrap();
            let expected = record(n);
            assert_eq!((stats, n_samples, applied), (expected.stats, expected.n_samples, expected.applied));
            assert_eq!(records.hash(n).unwrap(), hash(n));
        }
        assert!(records.read(3).is_err(), "nothing was written there");
    }
}
