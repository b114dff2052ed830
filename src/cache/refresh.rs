//! Changes of a cache that leave its tensors alone: a manifest that is brought up to date when the dataset moved or its files
//! were touched, and an index with another split.

use std::io::{self, Write};
use std::path::Path;

use super::index::{self, Row};
use super::lock::CacheLock;
use super::manifest::{self, FORMAT, Manifest, StoredManifest};
use super::names::STAGING;
use super::{disk, recover};
use crate::distill::{self, ListedFile};
use crate::error::{Error, Result};
use crate::path_text::RelPath;
use crate::source::SourceFile;

/// Brings the absolute paths and the times of a valid cache's manifest up to date. Killed midway, the manifest is the
/// old or the new one.
///
/// `checked_ns` is a time before `status` found the cache valid, in ns since 1970: whatever was hashed for that need not
/// be hashed again.
///
/// # Errors
/// [`Error::NoCache`] when the manifest is not ours.
pub fn refresh(lock: &CacheLock, sources: &[SourceFile], checked_ns: i64) -> Result<()> {
    let cache_dir = lock.cache_dir();
    recover::recover(lock)?;
    let StoredManifest::Ours(manifest) = StoredManifest::in_folder(cache_dir)? else {
        return Err(Error::NoCache { path: cache_dir.into() });
    };
    let manifest = refreshed(&manifest, sources, checked_ns);
    replace(cache_dir, manifest::FILE_NAME, |file| manifest.write(file))?;
    recover::clear_staging(cache_dir)?;
    Ok(())
}

/// Replaces the index of the cache by `rows`, which differ in their groups and sides only, and notes the format of this program
/// in its `manifest`. Killed midway, the index is the old or the new one; what its columns are, its header says.
///
/// # Errors
/// What the system gives.
pub fn replace_index(lock: &CacheLock, rows: &[Row], manifest: &Manifest) -> Result<()> {
    let cache_dir = lock.cache_dir();
    replace(cache_dir, index::FILE_NAME, |file| index::write(rows.iter().cloned(), file))?;
    let mut manifest = manifest.clone();
    if let Some(melscope) = manifest.melscope.as_mut().filter(|melscope| melscope.format != FORMAT) {
        melscope.format = FORMAT;
        replace(cache_dir, manifest::FILE_NAME, |file| manifest.write(file))?;
    }
    recover::clear_staging(cache_dir)?;
    Ok(())
}

/// Replaces a file of the cache as a whole or not at all.
fn replace(cache_dir: &Path, name: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let staging = cache_dir.join(STAGING);
    let staged = staging.join(name);
    disk::create_folder(&staging)?;
    disk::create_new_with(&staged, |file| fill(file))?;
    disk::sync_file(&staged)?;
    disk::rename_over(&staged, &cache_dir.join(name))?;
    disk::sync_folder(cache_dir)
}

/// The manifest with the absolute paths, sizes and times of `sources`.
pub(super) fn refreshed(manifest: &Manifest, sources: &[SourceFile], checked_ns: i64) -> Manifest {
    let mut manifest = manifest.clone();
    manifest.files = listed(sources);
    manifest.file_count = manifest.files.len() as u64;
    let mut now: Vec<&SourceFile> = sources.iter().collect();
    now.sort_by_key(|file| &file.relative);
    let find = |relative: &RelPath| {
        now.binary_search_by_key(&relative, |file| &file.relative).ok().map(|at| now[at])
    };
    if let Some(melscope) = &mut manifest.melscope {
        melscope.started_ns = checked_ns;
        for source in &mut melscope.sources {
            if let Some(file) = find(&source.relative) {
                source.mtime_ns = file.mtime_ns;
            }
        }
        // An excluded file may change as it likes; a skipped one has the size it had, or the cache is not valid.
        for left_out in melscope.skipped.iter_mut().chain(&mut melscope.excluded) {
            if let Some(file) = find(&left_out.relative) {
                (left_out.size, left_out.mtime_ns) = (file.size, file.mtime_ns);
            }
        }
    }
    manifest
}

/// The files that the trainer's scan finds among `sources`, for a manifest.
pub fn listed(sources: &[SourceFile]) -> Vec<ListedFile> {
    distill::list_files(sources.iter().map(|file| (&file.relative, file.path.as_path(), file.mtime_ns)))
}
