//! Removing a cache: what Melscope wrote, and only that.

use std::path::PathBuf;

use super::inventory::Inventory;
use super::lock::{self, CacheLock};
use super::names::{STAGING, tensor_name};
use super::{audit_file, disk, index, manifest, recover, shard, switch};
use crate::error::{Error, Remedy, Result};

/// The result of [`clean`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// Number of tensors that were removed.
    pub n_tensors: u64,
    /// The files left in the folder: they are not ours.
    pub left: Vec<PathBuf>,
    /// True when nothing was left and the folder is gone.
    pub folder_removed: bool,
}

/// Removes a cache. Killed midway, it leaves no valid cache and can be repeated.
///
/// # Errors
/// [`Error::ReferenceCache`] for a cache that the trainer prepared itself.
pub fn clean(lock: CacheLock) -> Result<Cleaned> {
    let cache_dir = lock.cache_dir().to_path_buf();
    // A switch that had begun is finished first: the journal knows which files are ours, and is about to go.
    recover::recover(&lock)?;
    let inventory = Inventory::of(&cache_dir)?;
    if inventory.needs_approval() {
        return Err(Error::ReferenceCache { path: cache_dir, remedy: Remedy::RemoveByHand });
    }
    let cached_manifest = cache_dir.join(manifest::FILE_NAME);
    let owns_manifest = !matches!(inventory.manifest, manifest::StoredManifest::Foreign(_));
    if owns_manifest && disk::read_optional(&cached_manifest)?.is_some() {
        let staging = cache_dir.join(STAGING);
        disk::create_folder(&staging)?;
        disk::create_new(&staging.join(switch::TOMBSTONE), manifest::TOMBSTONE)?;
        disk::rename_over(&staging.join(switch::TOMBSTONE), &cached_manifest)?;
        disk::sync_folder(&cache_dir)?;
    }
    for number in &inventory.ours {
        disk::remove(&cache_dir.join(tensor_name(number)))?;
    }
    if matches!(inventory.index, index::StoredIndex::Ours(_)) {
        disk::remove(&cache_dir.join(index::FILE_NAME))?;
    }
    if owns_manifest {
        disk::remove(&cached_manifest)?;
    }
    audit_file::remove(&cache_dir)?;
    shard::clear(&cache_dir)?;
    recover::clear_staging(&cache_dir)?;
    let left = recover::names_in(&cache_dir)?
        .into_iter()
        .filter(|name| name != lock::FILE_NAME)
        .map(|name| cache_dir.join(name))
        .collect();
    let folder_removed = lock.release_with_folder()?;
    Ok(Cleaned { n_tensors: inventory.ours.len(), left, folder_removed })
}
