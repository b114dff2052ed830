//! The file-system calls that a commit is made of. Nothing else in the cache changes a file's name or existence.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Remedy, Result};

/// Writes a file that must not exist yet.
pub(super) fn create_new(path: &Path, bytes: &[u8]) -> Result<()> {
    open_new(path).and_then(|mut file| file.write_all(bytes)).map_err(Error::io("write", path))
}

/// Writes a file that must not exist yet, piece by piece: what describes a whole cache need not be in memory as a whole.
pub(super) fn create_new_with(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let write = || {
        let mut file = BufWriter::new(open_new(path)?);
        fill(&mut file)?;
        file.flush()
    };
    write().map_err(Error::io("write", path))
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Creates a folder where there is none.
pub(super) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Error::io("create the folder", path))
}

/// Creates a folder in one that is there; false where something has its name.
pub(super) fn create_new_folder(path: &Path) -> Result<bool> {
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Error::io("create the folder", path)(error)),
    }
}

/// The content of a file; `None` where there is none.
pub(super) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

/// Removes a file; true if there was one.
pub(super) fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

/// Removes the files of a folder whose names are `ours`, adds their number to `n_removed`, and gives the paths of the others. There may be
/// millions: their names are never in memory together.
pub(super) fn remove_named(
    folder: &Path,
    ours: impl Fn(&str) -> bool,
    n_removed: &mut u64,
) -> Result<Vec<PathBuf>> {
    loop {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("list", folder)(error)),
        };
        let (mut left, n_before) = (Vec::new(), *n_removed);
        for entry in entries {
            let name = entry.map_err(Error::io("list", folder))?.file_name();
            if name.to_str().is_some_and(&ours) {
                *n_removed += u64::from(remove(&folder.join(name))?);
            } else {
                left.push(folder.join(name));
            }
        }
        // A folder that is changed while it is listed may pass names over.
        if *n_removed == n_before {
            left.sort();
            return Ok(left);
        }
    }
}

/// Removes a folder if it is empty; true if it is gone.
pub(super) fn remove_empty_folder(path: &Path) -> Result<bool> {
    // A link is not ours, and neither is the folder that it leads to.
    if path.is_symlink() {
        return Ok(false);
    }
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) => Err(Error::io("remove the folder", path)(error)),
    }
}

/// Renames a file over whatever has the new name; false if there is no such file.
pub(super) fn rename_over(from: &Path, to: &Path) -> Result<bool> {
    #[expect(clippy::disallowed_methods, reason = "this is the commit's own rename")]
    let renamed = fs::rename(from, to);
    renamed_or_missing(renamed, to)
}

/// Renames a file to a name that must be free; false if there is no such file.
pub(super) fn rename_to_free(from: &Path, to: &Path) -> Result<bool> {
    renamed_or_missing(rename_without_replacing(from, to), to)
}

fn renamed_or_missing(renamed: io::Result<()>, to: &Path) -> Result<bool> {
    match renamed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::Foreign { path: to.into(), n_others: 0, remedy: Remedy::MoveAway })
        }
        Err(error) => Err(Error::io("rename a finished file to", to)(error)),
    }
}

#[cfg(target_os = "linux")]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some network file systems know no such flag.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => rename_after_check(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    rename_after_check(from, to)
}

fn rename_after_check(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    #[expect(clippy::disallowed_methods, reason = "this is the commit's own rename")]
    fs::rename(from, to)
}

/// Makes the content of one file durable.
pub(super) fn sync_file(path: &Path) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::io("bring to the disk", path))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    // Windows has no such call: its folders are journalled with the rename.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(Error::io("sync the folder", path))?;
    }
    Ok(())
}

/// Sets a file's content on its way to the disk without waiting for it, so that a later sync finds little to do. A
/// system that cannot loses time only.
#[cfg(target_os = "linux")]
pub(super) fn begin_to_sync(file: &File) {
    use rustix::fs::{Advice, fadvise};
    // Pages that nobody needs are written at once; being written, they stay in memory all the same.
    fadvise(file, 0, None, Advice::DontNeed).ok();
}

/// Sets a file's content on its way to the disk: nothing here does that without waiting.
#[cfg(not(target_os = "linux"))]
pub(super) fn begin_to_sync(_file: &File) {}

/// Makes the content of every file in a folder durable: one call for all of them instead of one each.
#[cfg(target_os = "linux")]
pub(super) fn sync_contents(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| Ok(rustix::fs::syncfs(folder)?))
        .map_err(Error::io("bring to the disk what is in", folder))
}

/// Makes the content of every file in a folder durable.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_contents(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        sync_file(&entry.map_err(Error::io("list", folder))?.path())?;
    }
    Ok(())
}
