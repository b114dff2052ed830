//! The expected time of a build, from what its parts cost: files, chunks, variants and tensors on threads, and the disk.
//!
//! What computing costs is measured here and now on files of the dataset, see `trials`. What the file system costs cannot be
//! measured without writing, which an estimate must not: it is taken from figures of a common solid-state disk.

/// Each further thread does this share of what the first does: all of them share the memory and the disk.
const FURTHER_THREAD: f64 = 0.9;

/// Creating a file, and opening it again to rewrite it, in seconds.
const CREATE_S: f64 = 60e-6;
const REWRITE_S: f64 = 60e-6;
/// What the system copies to and from its memory of files, in bytes per second.
const COPY_BYTES_PER_S: f64 = 2e9;
/// What the disk writes, in bytes per second.
const DISK_BYTES_PER_S: f64 = 400e6;
/// The switch to the new cache: what each tensor's name costs, and bringing a folder to the disk a few times.
const SWITCH_S: f64 = 40e-6;
/// Moving a tensor of the old cache aside and removing it, in seconds.
const REMOVE_S: f64 = 120e-6;
const SYNC_S: f64 = 20e-3;

/// The expected seconds of each stage of a build.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StageSeconds {
    /// Listing the folder and reading headers.
    pub measure_s: f64,
    /// Decoding, making variants, analysing, and staging the tensors.
    pub analyse_s: f64,
    /// Normalising the staged tensors.
    pub normalise_s: f64,
    /// Bringing everything to the disk, and the switch to the new cache.
    pub commit_s: f64,
}

impl StageSeconds {
    /// All stages together, in seconds.
    pub fn total_s(&self) -> f64 {
        self.measure_s + self.analyse_s + self.normalise_s + self.commit_s
    }
}

/// The files of one codec, rate and number of channels, which cost about the same to read.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_field_names, reason = "all are numbers of something")]
pub(super) struct KindWork {
    pub(super) n_files: u64,
    pub(super) n_chunks: u64,
    /// Chunks of the longest file, which one thread decodes alone.
    pub(super) n_chunks_max: u64,
}

/// The cost of files of a kind on one thread, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct KindCost {
    /// Opening a file and finding its end.
    pub(super) file_s: f64,
    /// Decoding, mixing and resampling a chunk.
    pub(super) chunk_s: f64,
}

/// The work of a build.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    pub(super) kinds: Vec<KindWork>,
    /// Bytes of all sources, which are hashed.
    pub(super) n_source_bytes: u64,
    /// Tensors that are no variants, and those that are.
    pub(super) n_originals: u64,
    pub(super) n_variants: u64,
    pub(super) tensor_file_bytes: u64,
    /// Tensors of an old cache, which are removed.
    pub(super) n_old: u64,
}

/// What the parts of the work cost on one thread, in seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs {
    /// The kinds of [`Work::kinds`]; `None` for one that was not tried.
    pub(super) kinds: Vec<Option<KindCost>>,
    /// Reading and hashing a byte of a source.
    pub(super) source_byte_s: f64,
    /// Analysing a chunk, measuring its tensor and encoding it.
    pub(super) tensor_s: f64,
    /// Making a variant's samples.
    pub(super) variant_s: f64,
    /// Normalising, encoding and hashing a tensor.
    pub(super) normalise_s: f64,
}

impl Costs {
    /// The cost of the kind `index`; the mean of all that were tried where it was not.
    fn kind(&self, index: usize) -> KindCost {
        if let Some(Some(cost)) = self.kinds.get(index) {
            return *cost;
        }
        let tried: Vec<KindCost> = self.kinds.iter().flatten().copied().collect();
        let mean = |of: fn(&KindCost) -> f64| tried.iter().map(of).sum::<f64>() / tried.len().max(1) as f64;
        KindCost { file_s: mean(|cost| cost.file_s), chunk_s: mean(|cost| cost.chunk_s) }
    }
}

/// The expected seconds of `work` on `n_workers` threads, without listing it.
pub(super) fn expected(work: &Work, costs: &Costs, n_workers: usize) -> StageSeconds {
    let n_threads = 1.0 + FURTHER_THREAD * (n_workers.max(1) - 1) as f64;
    let n_tensors = (work.n_originals + work.n_variants) as f64;
    let copy_s = work.tensor_file_bytes as f64 / COPY_BYTES_PER_S;
    let (mut reading_s, mut longest_s) = (work.n_source_bytes as f64 * costs.source_byte_s, 0.0_f64);
    for (index, kind) in work.kinds.iter().enumerate() {
        let KindCost { file_s, chunk_s } = costs.kind(index);
        reading_s += kind.n_files as f64 * file_s + kind.n_chunks as f64 * chunk_s;
        longest_s = longest_s.max(file_s + kind.n_chunks_max as f64 * chunk_s);
    }
    let staging_s = n_tensors * (costs.tensor_s + CREATE_S + copy_s);
    let analyse_s = reading_s + work.n_variants as f64 * costs.variant_s + staging_s;
    let normalise_s = n_tensors * (costs.normalise_s + REWRITE_S + 2.0 * copy_s) / n_threads;
    // The disk begins with a tensor when it is normalised, so that it is behind at the end only where it is slower.
    let disk_s = n_tensors * work.tensor_file_bytes as f64 / DISK_BYTES_PER_S;
    StageSeconds {
        measure_s: 0.0,
        // Threads share the chunks of a file, and only one decodes it.
        analyse_s: (analyse_s / n_threads).max(longest_s),
        normalise_s,
        commit_s: (disk_s - normalise_s).max(0.0)
            + SYNC_S
            + n_tensors * SWITCH_S
            + work.n_old as f64 * REMOVE_S,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand chunks in ten files of one kind, at a millisecond each for reading and for the tensor.
    fn work() -> Work {
        Work {
            kinds: vec![KindWork { n_files: 10, n_chunks: 1000, n_chunks_max: 100 }],
            n_source_bytes: 0,
            n_originals: 1000,
            n_variants: 0,
            tensor_file_bytes: 100_000,
            n_old: 0,
        }
    }

    fn costs() -> Costs {
        let kind = KindCost { file_s: 0.01, chunk_s: 1e-3 };
        Costs {
            kinds: vec![Some(kind)],
            source_byte_s: 0.0,
            tensor_s: 1e-3,
            variant_s: 4e-3,
            normalise_s: 0.5e-3,
        }
    }

    #[test]
    fn each_part_of_the_work_is_counted_with_its_cost() {
        let computed_s = |work: &Work| expected(work, &costs(), 1).analyse_s;
        // Ten files, a thousand chunks, a thousand tensors; what the file system adds is the same for every tensor.
        let write_s = 1000.0 * (CREATE_S + 100_000.0 / COPY_BYTES_PER_S);
        assert!((computed_s(&work()) - write_s - (0.1 + 1.0 + 1.0)).abs() < 1e-9);
        let with_variants = Work { n_variants: 3000, ..work() };
        let more_s = computed_s(&with_variants) - computed_s(&work());
        assert!((more_s - 3.0 * write_s - 3.0 * (4.0 + 1.0)).abs() < 1e-9, "made and analysed, not decoded");
        let hashed = Costs { source_byte_s: 1e-9, ..costs() };
        let large = Work { n_source_bytes: 2_000_000_000, ..work() };
        assert!((expected(&large, &hashed, 1).analyse_s - computed_s(&work()) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn threads_share_the_work_but_not_the_decoding_of_one_file() {
        let one = expected(&work(), &costs(), 1);
        let two = expected(&work(), &costs(), 2);
        assert!(two.analyse_s < one.analyse_s && two.analyse_s >= one.analyse_s / 2.0);
        assert!(two.normalise_s < one.normalise_s && two.normalise_s >= one.normalise_s / 2.0);
        let whole =
            Work { kinds: vec![KindWork { n_files: 1, n_chunks: 1000, n_chunks_max: 1000 }], ..work() };
        // The file's own 0.01 s and a thousand chunks of a millisecond, however many help.
        assert!((expected(&whole, &costs(), 64).analyse_s - 1.01).abs() < 1e-9);
    }

    #[test]
    fn the_disk_is_waited_for_only_where_it_is_slower_than_normalising() {
        let quick = expected(&work(), &costs(), 1);
        assert!(
            (quick.commit_s - SYNC_S - 1000.0 * SWITCH_S).abs() < 1e-9,
            "0.25 s of disk in 0.5 s and more"
        );
        let many = expected(&work(), &costs(), 64);
        let disk_s = 1000.0 * 100_000.0 / DISK_BYTES_PER_S;
        assert!((many.normalise_s + many.commit_s - SYNC_S - 1000.0 * SWITCH_S - disk_s).abs() < 1e-9);
        let rebuilt = expected(&Work { n_old: 1000, ..work() }, &costs(), 1);
        assert!(
            (rebuilt.commit_s - quick.commit_s - 1000.0 * REMOVE_S).abs() < 1e-9,
            "the old cache is removed"
        );
        assert_eq!(quick.total_s(), quick.analyse_s + quick.normalise_s + quick.commit_s);
    }

    #[test]
    fn a_kind_that_was_not_tried_costs_what_the_others_do() {
        let other = KindWork { n_files: 10, n_chunks: 1000, n_chunks_max: 100 };
        let both = Work { kinds: vec![work().kinds[0], other], ..work() };
        let tried = Costs { kinds: vec![Some(KindCost { file_s: 0.01, chunk_s: 1e-3 }), None], ..costs() };
        let more_s = expected(&both, &tried, 1).analyse_s - expected(&work(), &costs(), 1).analyse_s;
        assert!((more_s - 1.1).abs() < 1e-9, "{more_s}");
    }
}
