//! Is the cache the one that a build would make now? Answered from names, sizes and times, without opening a tensor.

use std::ffi::OsString;
use std::path::Path;

use roaring::RoaringTreemap;

use super::inventory;
use super::manifest::{AugmentationConfig, LeftOut, Manifest, Provenance, Source, StoredManifest};
use super::names::{STAGING, tensor_name, tensor_number};
pub use super::reason::{Cause, StaleReason};
use super::refresh::refreshed;
use crate::error::Result;
use crate::path_text::RelPath;
use crate::settings::{self, Settings};
use crate::source::SourceFile;

/// A write this shortly before the build began may have the same time as what was read then, in ns.
const RACY_NS: i64 = 2_000_000_000;

/// The sources and settings that a build would start from now.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// Every file of the scan, excluded ones too.
    pub sources: &'a [SourceFile],
    /// The settings.
    pub settings: &'a Settings,
    /// The augmentation; `None` for none.
    pub augmentation: Option<&'a AugmentationConfig>,
}

/// The result of [`status`].
#[derive(Debug, Clone, PartialEq)]
pub struct CacheStatus {
    /// The usability of the cache.
    pub state: CacheState,
    /// The manifest, where it is ours or the trainer's.
    pub manifest: Option<Manifest>,
    /// True for a valid cache whose manifest has absolute paths or times of before: the dataset was moved or touched.
    /// [`refresh`](super::refresh::refresh) brings them up to date.
    pub paths_moved: bool,
    /// Files that the manifest does not count and a trainer would load.
    pub foreign: Vec<OsString>,
}

/// The usability of a cache.
#[derive(Debug, Clone, PartialEq)]
pub enum CacheState {
    /// It is what a build would make.
    Valid,
    /// There is none.
    Absent {
        /// Something is staged: a build is running, or was killed and the next one clears up or goes on.
        interrupted: bool,
    },
    /// There is one, but not the one that a build would make.
    Stale(Vec<StaleReason>),
}

/// Compares a cache with what a build would start from. Changes nothing. `hash` gives the BLAKE3 of a file,
/// hexadecimal, and is asked only about files whose times do not settle it.
///
/// # Errors
/// When the cache cannot be looked at. A source that cannot be hashed counts as changed.
pub fn status(
    cache_dir: &Path,
    expected: &Expected<'_>,
    hash: impl Fn(&Path) -> Result<String>,
) -> Result<CacheStatus> {
    let found = StoredManifest::in_folder(cache_dir)?;
    let (mut reasons, manifest) = match found {
        StoredManifest::Absent => (None, None),
        StoredManifest::OtherFormat(format) => (Some(vec![StaleReason::OtherFormat(format)]), None),
        StoredManifest::Foreign(reason) => (Some(vec![StaleReason::NotACache(reason)]), None),
        StoredManifest::Reference(manifest) => (Some(vec![StaleReason::Reference]), Some(*manifest)),
        StoredManifest::Ours(manifest) => (Some(Vec::new()), Some(*manifest)),
    };
    if let (Some(reasons), Some(Manifest { melscope: Some(melscope), .. })) = (&mut reasons, &manifest) {
        compare_sources(melscope, expected.sources, &hash, reasons);
    }
    let mut found_tensors = FoundTensors::default();
    let n_tensors = manifest.as_ref().map_or(0, |manifest| manifest.total_spectrograms);
    let tensor_bytes = manifest.as_ref().map_or(0, Manifest::tensor_file_bytes);
    inventory::each_tensor_file(cache_dir, |name, size| {
        found_tensors.add(name, size, n_tensors, tensor_bytes);
    })?;
    let mut paths_moved = false;
    if let (Some(reasons), Some(manifest)) = (&mut reasons, &manifest)
        && let Some(melscope) = &manifest.melscope
    {
        compare_settings(manifest, melscope, expected, reasons);
        found_tensors.compare(n_tensors, tensor_bytes, reasons);
        let now = refreshed(manifest, expected.sources, melscope.started_ns);
        paths_moved = reasons.is_empty() && now != *manifest;
    }
    let mut foreign = found_tensors.foreign;
    foreign.sort();
    let state = match reasons {
        None => CacheState::Absent { interrupted: cache_dir.join(STAGING).is_dir() },
        Some(reasons) if reasons.is_empty() => CacheState::Valid,
        Some(reasons) => CacheState::Stale(reasons),
    };
    Ok(CacheStatus { state, manifest, paths_moved, foreign })
}

/// A file as the manifest records it, used or not.
struct Recorded<'a> {
    relative: &'a RelPath,
    size: u64,
    mtime_ns: i64,
    blake3: Option<&'a str>,
    is_excluded: bool,
}

impl<'a> Recorded<'a> {
    fn used(source: &'a Source) -> Self {
        let Source { relative, size, mtime_ns, blake3, .. } = source;
        Self { relative, size: *size, mtime_ns: *mtime_ns, blake3: Some(blake3), is_excluded: false }
    }

    fn left_out(file: &'a LeftOut, is_excluded: bool) -> Self {
        let LeftOut { relative, size, mtime_ns, blake3, .. } = file;
        Self { relative, size: *size, mtime_ns: *mtime_ns, blake3: blake3.as_deref(), is_excluded }
    }
}

fn recorded(melscope: &Provenance) -> Vec<Recorded<'_>> {
    let mut all: Vec<_> = melscope.sources.iter().map(Recorded::used).collect();
    all.extend(melscope.skipped.iter().map(|file| Recorded::left_out(file, false)));
    all.extend(melscope.excluded.iter().map(|file| Recorded::left_out(file, true)));
    all.sort_by_key(|file| file.relative);
    all
}

fn compare_sources(
    melscope: &Provenance,
    expected: &[SourceFile],
    hash: &impl Fn(&Path) -> Result<String>,
    reasons: &mut Vec<StaleReason>,
) {
    let [mut added, mut removed, mut changed, mut excluded, mut included] = [const { Vec::new() }; 5];
    let mut then = recorded(melscope).into_iter().peekable();
    let mut now: Vec<&SourceFile> = expected.iter().collect();
    now.sort_by_key(|file| &file.relative);
    for file in now {
        while let Some(gone) = then.next_if(|recorded| *recorded.relative < file.relative) {
            removed.push(gone.relative.clone());
        }
        let Some(recorded) = then.next_if(|recorded| *recorded.relative == file.relative) else {
            added.push(file.relative.clone());
            continue;
        };
        match (recorded.is_excluded, file.is_excluded) {
            (false, true) => excluded.push(file.relative.clone()),
            (true, false) => included.push(file.relative.clone()),
            (true, true) => {}
            (false, false) => {
                if !is_unchanged(&recorded, file, melscope.started_ns, hash) {
                    changed.push(file.relative.clone());
                }
            }
        }
    }
    removed.extend(then.map(|gone| gone.relative.clone()));
    for (files, reason) in [
        (added, StaleReason::Added as fn(Vec<RelPath>) -> StaleReason),
        (removed, StaleReason::Removed),
        (changed, StaleReason::Changed),
        (excluded, StaleReason::Excluded),
        (included, StaleReason::Included),
    ] {
        if !files.is_empty() {
            reasons.push(reason(files));
        }
    }
}

/// True where `now` is the file of which a build that began at `started_ns` (ns since 1970) has recorded `source`. `hash` is
/// asked where the times do not settle it.
pub fn is_source_unchanged(
    source: &Source,
    now: &SourceFile,
    started_ns: i64,
    hash: &impl Fn(&Path) -> Result<String>,
) -> bool {
    is_unchanged(&Recorded::used(source), now, started_ns, hash)
}

/// [`is_source_unchanged`] for a file that could not be used.
pub fn is_left_out_unchanged(
    file: &LeftOut,
    now: &SourceFile,
    started_ns: i64,
    hash: &impl Fn(&Path) -> Result<String>,
) -> bool {
    is_unchanged(&Recorded::left_out(file, false), now, started_ns, hash)
}

fn is_unchanged(
    recorded: &Recorded<'_>,
    now: &SourceFile,
    started_ns: i64,
    hash: &impl Fn(&Path) -> Result<String>,
) -> bool {
    if recorded.size != now.size {
        return false;
    }
    let time_settles_it =
        recorded.mtime_ns == now.mtime_ns && now.mtime_ns < started_ns.saturating_sub(RACY_NS);
    match recorded.blake3 {
        Some(blake3) => time_settles_it || hash(&now.path).is_ok_and(|hash| hash == blake3),
        // A file that could not be read then has no hash: it is as it was while it still cannot be read.
        None => recorded.mtime_ns == now.mtime_ns && hash(&now.path).is_err(),
    }
}

fn compare_settings(
    manifest: &Manifest,
    melscope: &Provenance,
    expected: &Expected<'_>,
    reasons: &mut Vec<StaleReason>,
) {
    let Expected { settings, augmentation, .. } = expected;
    let then = manifest.settings(melscope);
    reasons.extend(settings::reasons(&then, settings).into_iter().map(StaleReason::Setting));
    // Not a setting: it follows from the sample rate, and from what this version of the program makes of it.
    if let (Some(then), Some(now)) = (&manifest.augmentation_config, augmentation)
        && then.pitch_shift_n_fft != now.pitch_shift_n_fft
    {
        reasons.push(StaleReason::PitchWindow { from: then.pitch_shift_n_fft, to: now.pitch_shift_n_fft });
    }
}

/// The tensors' files that are in a cache's folder.
#[derive(Default)]
struct FoundTensors {
    /// Those that the manifest counts, by number.
    counted: RoaringTreemap,
    /// The counted ones that have another size than they should.
    wrong: RoaringTreemap,
    /// The size in bytes of the first of them.
    wrong_bytes: u64,
    /// Those that the manifest does not count.
    foreign: Vec<OsString>,
}

impl FoundTensors {
    /// Adds a file where the manifest counts `n_tensors` of `tensor_bytes` each.
    fn add(&mut self, name: OsString, size: u64, n_tensors: u64, tensor_bytes: u64) {
        let Some(number) = name.to_str().and_then(tensor_number).filter(|number| *number < n_tensors) else {
            self.foreign.push(name);
            return;
        };
        self.counted.insert(number);
        if size != tensor_bytes {
            self.wrong.insert(number);
            if self.wrong.min() == Some(number) {
                self.wrong_bytes = size;
            }
        }
    }

    /// Says what is missing, and what has another size.
    fn compare(&self, n_tensors: u64, tensor_bytes: u64, reasons: &mut Vec<StaleReason>) {
        let n_missing = n_tensors - self.counted.len();
        if n_missing > 0 {
            let first = (0..n_tensors).find(|number| !self.counted.contains(*number)).unwrap_or_default();
            reasons.push(StaleReason::Missing { name: tensor_name(first), others: n_missing - 1 });
        }
        if let Some(first) = self.wrong.min() {
            reasons.push(StaleReason::WrongSize {
                name: tensor_name(first),
                found: self.wrong_bytes,
                expected: tensor_bytes,
                others: (self.wrong.len() - 1) as usize,
            });
        }
    }
}
