//! Is the cache what a build would make now? And the way back: removing it.

use std::path::PathBuf;

use super::project::Project;
use super::shard_gather;
use crate::audio::decode;
use crate::cache::lock::CacheLock;
use crate::cache::status::{self, CacheState, CacheStatus, Cause, Expected, StaleReason};
use crate::cache::{clean, decoders};
use crate::dataset::{self, Dataset};
use crate::error::Result;
use crate::monitor::Monitor;

/// The state of a cache.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// The reasons why the cache is not what a build would make, in words; empty for a valid one.
    pub reasons: Vec<String>,
    /// The sides on which those reasons lie, each once; empty where there is no cache.
    pub causes: Vec<Cause>,
    /// Number of tensors in the cache; 0 where there is none.
    pub spectrograms: u64,
    /// The notes on everything else a person should know: where the trainer would not take the cache for its own, foreign tensors, and
    /// shards that nobody has merged.
    pub notes: Vec<String>,
}

impl StatusReport {
    /// True when the cache is what a build would make.
    pub fn is_valid(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Compares the cache of `project` with its folder and settings. Writes nothing.
///
/// # Errors
/// When the folder or the cache cannot be read, or on cancel.
pub fn status(project: &Project, monitor: &dyn Monitor) -> Result<StatusReport> {
    let dataset = project.scan(monitor)?;
    let found = cache_status(project, &dataset, monitor)?;
    let mut causes = Vec::new();
    let reasons = match found.state {
        CacheState::Valid => Vec::new(),
        CacheState::Absent { interrupted: false } => vec!["there is no cache yet".into()],
        CacheState::Absent { interrupted: true } => {
            vec!["a build was interrupted; the next one clears up or goes on".into()]
        }
        CacheState::Stale(reasons) => {
            causes.extend(reasons.iter().map(StaleReason::cause));
            causes.sort_unstable();
            causes.dedup();
            reasons.iter().map(ToString::to_string).collect()
        }
    };
    let mut notes = project.trainer_notes(&dataset);
    for name in found.foreign {
        let path = project.cache_dir.join(name);
        notes.push(format!("{}: not Melscope's; a trainer would load it as well", path.display()));
    }
    notes.extend(shard_gather::notes(&project.cache_dir)?);
    let spectrograms = found.manifest.map_or(0, |manifest| manifest.total_spectrograms);
    Ok(StatusReport { reasons, causes, spectrograms, notes })
}

/// [`status`] of a dataset that is scanned already, as the cache tells it.
pub(super) fn cache_status(
    project: &Project,
    dataset: &Dataset,
    monitor: &dyn Monitor,
) -> Result<CacheStatus> {
    let augmentation = project.augmentation_config();
    let expected = Expected {
        sources: &dataset.sources,
        settings: &project.settings,
        augmentation: augmentation.as_ref(),
    };
    let mut found =
        status::status(&project.cache_dir, &expected, |path| dataset::hash_file_hex(path, monitor))?;
    decoders::compare(&mut found, || decode::ffmpeg_version(project.settings.ffmpeg));
    // A hash that was cut short by a cancel says nothing about the cache.
    monitor.check()?;
    Ok(found)
}

/// The result of [`clean()`].
#[derive(Debug, Clone)]
pub struct CleanReport {
    /// Number of tensors removed.
    pub spectrograms: u64,
    /// The files that are left in the cache's folder, because Melscope did not write it.
    pub left: Vec<PathBuf>,
    /// The folder that the cache's path leads to, where that is a link: both stay.
    pub linked_to: Option<PathBuf>,
}

/// Removes what Melscope wrote into the cache's folder, and only that.
///
/// # Errors
/// When the cache is the trainer's own, is being built, or the system refuses.
pub fn clean(project: &Project) -> Result<CleanReport> {
    if !project.cache_dir.exists() {
        return Ok(CleanReport { spectrograms: 0, left: Vec::new(), linked_to: None });
    }
    let is_link = project.cache_dir.is_symlink();
    let linked_to = is_link.then(|| dunce::canonicalize(&project.cache_dir).ok()).flatten();
    let cleaned = clean::clean(CacheLock::acquire(&project.cache_dir)?)?;
    Ok(CleanReport { spectrograms: cleaned.n_tensors, left: cleaned.left, linked_to })
}
