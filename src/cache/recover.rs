//! Recovery from a killed build: what it left is finished where its switch had begun, removed where it had not.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lock::CacheLock;
use super::names::{STAGING, TensorKey};
use super::switch::{self, Journal};
use super::{audit_file, disk, index, manifest, record_file};
use crate::error::{Error, Result};

/// The state that [`recover`] found, and what it did about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing to do.
    Clean,
    /// A switch that had begun was brought to its end: the cache is the new one.
    Finished,
    /// The staged files of an unfinished build were removed: the cache is the old one.
    Removed,
    /// A switch had begun and somebody else has changed the cache since: what was staged is removed, theirs stays.
    Abandoned,
}

/// The result of [`recover`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The state that was found, and what was done.
    pub outcome: Outcome,
    /// Files in the staging folder that Melscope did not write and did not touch.
    pub left: Vec<PathBuf>,
}

/// Finishes or removes what a killed build left. Safe to be killed itself, and to be repeated.
pub fn recover(lock: &CacheLock) -> Result<Recovery> {
    let cache_dir = lock.cache_dir();
    let staging = cache_dir.join(STAGING);
    let outcome = match read_journal(&staging.join(switch::JOURNAL))? {
        Some(journal) if switch::is_past(cache_dir)? || journal.still_applies(cache_dir)? => {
            switch::roll_forward(cache_dir, &journal)?;
            Outcome::Finished
        }
        Some(_) => Outcome::Abandoned,
        None => Outcome::Removed,
    };
    let (removed, left) = clear_staging(cache_dir)?;
    let outcome = if removed == 0 && outcome == Outcome::Removed { Outcome::Clean } else { outcome };
    Ok(Recovery { outcome, left })
}

/// The journal at `path`; `None` where there is none that is whole.
fn read_journal(path: &Path) -> Result<Option<Journal<'static>>> {
    match fs::File::open(path).and_then(|file| Journal::read(io::BufReader::new(file))) {
        Ok(journal) => Ok(journal),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

/// Removes what we staged, the journal first, and the staging folder if it is empty then. Gives the number of files
/// removed, and those left because we did not write them.
pub(super) fn clear_staging(cache_dir: &Path) -> Result<(u64, Vec<PathBuf>)> {
    let staging = cache_dir.join(STAGING);
    let mut removed = u64::from(disk::remove(&staging.join(switch::JOURNAL))?);
    let left = disk::remove_named(&staging, is_staged_name, &mut removed)?;
    if left.is_empty() {
        disk::remove_empty_folder(&staging)?;
    }
    Ok((removed, left))
}

fn is_staged_name(name: &str) -> bool {
    [
        audit_file::FILE_NAME,
        index::FILE_NAME,
        manifest::FILE_NAME,
        record_file::FILE_NAME,
        switch::TOMBSTONE,
        switch::JOURNAL_NEW,
    ]
    .contains(&name)
        || TensorKey::from_name(name).is_some()
        || switch::is_aside(name)
}

/// The names in a folder, sorted; none where there is no folder.
pub(super) fn names_in(folder: &Path) -> Result<Vec<OsString>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(Error::io("list", folder))?;
    names.sort();
    Ok(names)
}
