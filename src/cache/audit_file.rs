//! The file in which an audit keeps what it measured: `audit.jsonl` in the cache's folder, line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use super::disk;
use super::lock::CacheLock;
use super::names::STAGING;
use crate::error::{Error, Remedy, Result};

/// The file's name in the cache, and while it is made in [`STAGING`].
pub const FILE_NAME: &str = "audit.jsonl";

/// The first line: it says whose the file is.
const FIRST_LINE: &str = "{\"melscope\":\"audit\",\"format\":1}";

/// The file in the place of the audit's, by whose it is.
#[derive(Debug)]
pub enum StoredAudit {
    /// There is none.
    Absent,
    /// Ours; the reader stands after the first line.
    Ours(BufReader<File>),
    /// Somebody else's: never touched.
    Foreign,
}

/// Looks at the file in `cache_dir`.
///
/// # Errors
/// When the system cannot read it.
pub fn open(cache_dir: &Path) -> Result<StoredAudit> {
    let path = cache_dir.join(FILE_NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(StoredAudit::Absent),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    // Somebody else's file may be one long line.
    let read = (&mut reader).take(FIRST_LINE.len() as u64 + 1).read_until(b'\n', &mut line);
    read.map_err(Error::io("read", path))?;
    let is_ours = line.strip_suffix(b"\n") == Some(FIRST_LINE.as_bytes());
    Ok(if is_ours { StoredAudit::Ours(reader) } else { StoredAudit::Foreign })
}

/// Replaces the file, as a whole or not at all; what stands there is ours or nothing.
///
/// # Errors
/// [`Error::Foreign`] when somebody else's file has the name; what the system gives.
pub fn replace(lock: &CacheLock, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let cache_dir = lock.cache_dir();
    if matches!(open(cache_dir)?, StoredAudit::Foreign) {
        let path = cache_dir.join(FILE_NAME);
        return Err(Error::Foreign { path, n_others: 0, remedy: Remedy::MoveAway });
    }
    let staging = cache_dir.join(STAGING);
    let staged = staging.join(FILE_NAME);
    disk::create_folder(&staging)?;
    // A killed audit may have left half of one; nothing else gives a file here this name.
    disk::remove(&staged)?;
    let written = disk::create_new_with(&staged, |file| {
        writeln!(file, "{FIRST_LINE}")?;
        fill(file)
    });
    let replaced = written.and_then(|()| disk::rename_over(&staged, &cache_dir.join(FILE_NAME)));
    if replaced.is_err() {
        disk::remove(&staged).ok();
    }
    // A killed build's leftovers keep the folder for the next build to judge.
    disk::remove_empty_folder(&staging)?;
    replaced.map(|_| ())
}

/// Removes the file if it is ours.
pub(super) fn remove(cache_dir: &Path) -> Result<()> {
    if matches!(open(cache_dir)?, StoredAudit::Ours(_)) {
        disk::remove(&cache_dir.join(FILE_NAME))?;
    }
    Ok(())
}
