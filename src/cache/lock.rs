//! One writer per cache: an advisory lock that dies with its holder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::disk;
use crate::error::{Error, Remedy, Result};

/// The lock's name in the cache.
pub const FILE_NAME: &str = ".melscope.lock";

const FIRST_LINE: &str = "melscope lock";

/// The right to change a cache. Dropping it gives it up and removes the file.
#[derive(Debug)]
pub struct CacheLock {
    cache_dir: PathBuf,
    /// Held open: the lock is on this handle.
    file: File,
    made_folder: bool,
}

impl CacheLock {
    /// Takes the lock of `cache_dir`, which is created where it is missing.
    ///
    /// # Errors
    /// [`Error::Locked`] when somebody else has it, [`Error::Refused`] when a file that is no lock has its name.
    pub fn acquire(cache_dir: &Path) -> Result<Self> {
        let made_folder = !cache_dir.is_dir();
        disk::create_folder(cache_dir)?;
        let path = cache_dir.join(FILE_NAME);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(Error::io("open the lock", &path))?;
            let holder = holder(&mut file, &path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let holder = holder.unwrap_or_else(|| "another program".into());
                    return Err(Error::Locked { path: cache_dir.into(), holder });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            }
            // The holder before may have removed the file after it was opened here: then this is a lock on nothing.
            if is_at(&file, &path).map_err(Error::io("look at the lock", &path))? {
                let mut lock = Self { cache_dir: cache_dir.into(), file, made_folder };
                lock.sign().map_err(Error::io("write the lock", &path))?;
                return Ok(lock);
            }
        }
    }

    /// Writes who holds the lock, over what a killed holder left.
    fn sign(&mut self) -> io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(format!("{FIRST_LINE}\n{}\n", this_process()).as_bytes())
    }

    /// The cache that may be changed.
    pub fn cache_dir(&self) -> &Path {
        &self.cache_dir
    }

    /// Gives the lock up and removes the cache's folder if nothing is left in it; true if it is gone.
    pub(super) fn release_with_folder(self) -> Result<bool> {
        let cache_dir = self.cache_dir.clone();
        drop(self);
        disk::remove_empty_folder(&cache_dir)
    }
}

impl Drop for CacheLock {
    fn drop(&mut self) {
        // Removed while still locked: whoever opened it meanwhile finds that the path leads elsewhere.
        let removed = disk::remove(&self.cache_dir.join(FILE_NAME));
        if removed.is_ok() && self.made_folder {
            // A folder that holds a cache by now is not empty and stays.
            disk::remove_empty_folder(&self.cache_dir).ok();
        }
    }
}

/// Who wrote the lock's file; `None` where nobody has yet.
fn holder(file: &mut File, path: &Path) -> Result<Option<String>> {
    let mut text = String::new();
    match file.take(1000).read_to_string(&mut text) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => text.clear(),
        // Windows lets nobody read what another has locked.
        Err(_) => return Ok(None),
    }
    match text.split_once('\n') {
        Some((FIRST_LINE, rest)) => Ok(rest.lines().next().map(String::from)),
        // A holder that was killed while it wrote its first line.
        None if FIRST_LINE.starts_with(&text) => Ok(None),
        _ => Err(Error::refused(path, "it has the lock's name and is no lock", Remedy::MoveAway)),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let locked = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere a file that is open cannot be replaced; that it is still there is enough.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

fn this_process() -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
    format!("process {} on {} since {now}", std::process::id(), host())
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_unset| "this computer".into())
}
