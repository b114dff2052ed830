//! A file that is complete or not there at all, whatever happens while it is written.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes the file `path` through `fill`: beside it first, then in its place in one step.
///
/// # Errors
/// The error of `fill` or of the system; [`Error::Exists`] when `path` is there and is not to be replaced. `path` is as it
/// was then.
pub(crate) fn write<T>(path: &Path, replace: bool, fill: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let exists = || Error::Exists { path: path.into() };
    // Looked at first, because filling may take long.
    if !replace && path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // The rights of any new file of this person, not those of a secret.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(Error::io("create a file in", folder))?;
    let value = fill(file.as_file_mut())?;
    file.as_file().sync_all().map_err(Error::io("write", path))?;
    let persisted = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    match persisted {
        Ok(_) => Ok(value),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
        Err(error) => Err(Error::io("write", path)(error.error)),
    }
}

/// Makes the folder `path`, which must not exist yet or be empty: whatever is written into it then overwrites nothing.
///
/// # Errors
/// [`Error::NotEmpty`] when it holds anything, and the system's own.
pub(crate) fn make_empty_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Error::io("create the folder", path))?;
    let mut entries = fs::read_dir(path).map_err(Error::io("list", path))?;
    if entries.next().is_some() {
        return Err(Error::NotEmpty { path: path.into() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn text(content: &str) -> impl FnOnce(&mut File) -> Result<()> {
        move |file| file.write_all(content.as_bytes()).map_err(Error::io("write", content))
    }

    #[test]
    fn a_file_is_replaced_only_on_demand_and_only_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.txt");
        write(&path, false, text("one")).unwrap();
        assert!(write(&path, false, text("two")).unwrap_err().to_string().contains("it exists"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, true, text("three")).unwrap();
        let failed = write(&path, true, |file| {
            text("half")(file)?;
            Err::<(), _>(Error::Cancelled)
        });
        assert!(matches!(failed, Err(Error::Cancelled)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn only_an_empty_folder_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/one");
        make_empty_folder(&path).unwrap();
        make_empty_folder(&path).unwrap();
        write(&path.join("out.txt"), false, text("one")).unwrap();
        assert!(make_empty_folder(&path).unwrap_err().to_string().contains("not empty"));
    }
}
