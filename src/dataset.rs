//! The dataset: which files of a folder are sources, in which order, and which are left out on purpose.

pub mod exclusions;
pub mod passed_over;

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use walkdir::{DirEntry, WalkDir};

use self::exclusions::Exclusions;
use self::passed_over::{PassedOver, Why, is_placeholder};
use crate::audio::decode;
use crate::error::{Error, Remedy, Result, SystemWords};
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use crate::settings::FfmpegUse;
use crate::source::SourceFile;

/// Something in the folder that could not be listed: a folder without permission, a link to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// The folder or link.
    pub path: PathBuf,
    /// The system's reason.
    pub reason: String,
}

/// A folder of recordings, as it was when it was scanned.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// Every audio file, excluded ones among them, in component-wise order of the resolved path.
    pub sources: Vec<SourceFile>,
    /// Everything that could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Everything that was passed over and may belong to the dataset, by path; what is excluded is not among it.
    pub passed_over: Vec<PassedOver>,
    /// Exclusions that match nothing: probably misspelt.
    pub idle_exclusions: Vec<RelPath>,
}

impl Dataset {
    /// Lists the audio files below `root`, recursively.
    ///
    /// Names that start with `.` below the root are passed over; links to files are listed as their targets, links
    /// to folders are not followed. What is or lies below a path of `exclude` is marked as excluded. With `ffmpeg` and a
    /// program to do it, kinds of files that only that reads are listed as well.
    ///
    /// # Errors
    /// When `root` is not a folder or cannot be read, or on cancel.
    pub fn scan(root: &Path, exclude: &[RelPath], ffmpeg: FfmpegUse, monitor: &dyn Monitor) -> Result<Self> {
        let root = resolve_root(root)?;
        let has_ffmpeg = decode::has_ffmpeg(ffmpeg);
        let mut dataset = Self {
            root,
            sources: Vec::new(),
            unlisted: Vec::new(),
            passed_over: Vec::new(),
            idle_exclusions: Vec::new(),
        };
        // Placeholders may be hidden.
        let entries = WalkDir::new(&dataset.root)
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry) || is_hidden_placeholder(entry));
        for entry in entries {
            monitor.check()?;
            let found = match entry {
                Ok(entry) => dataset.list(&entry, has_ffmpeg).map_err(|error| (entry.into_path(), error)),
                Err(error) => {
                    let path = error.path().unwrap_or(&dataset.root).to_path_buf();
                    Err((path, error.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links"))))
                }
            };
            match found {
                Ok(()) => {}
                Err((path, error)) if path == dataset.root => {
                    return Err(Error::io("read the folder", path)(error));
                }
                Err((path, error)) => {
                    dataset.unlisted.push(Unlisted { path, reason: SystemWords(&error).to_string() });
                }
            }
        }
        dataset.exclude(exclude);
        dataset.sources.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.relative.cmp(&b.relative)));
        dataset.unlisted.sort_by(|a, b| a.path.cmp(&b.path));
        dataset.passed_over.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(dataset)
    }

    fn list(&mut self, entry: &DirEntry, has_ffmpeg: bool) -> io::Result<()> {
        if entry.file_type().is_dir() {
            return Ok(());
        }
        let is_link = entry.path_is_symlink();
        let is_linked_folder = || is_link && fs::metadata(entry.path()).is_ok_and(|target| target.is_dir());
        let foreign = decode::foreign_kind(entry.path());
        let why = if is_linked_folder() {
            Some(Why::LinkedFolder)
        } else if is_placeholder(entry.path()) {
            Some(Why::Placeholder)
        } else {
            foreign.filter(|kind| !(has_ffmpeg && kind.is_read_by_ffmpeg)).map(Why::Kind)
        };
        if let Some(why) = why {
            self.passed_over.push(PassedOver { path: entry.path().to_path_buf(), why });
            return Ok(());
        }
        if !has_audio_extension(entry.path()) && foreign.is_none() {
            return Ok(());
        }
        let metadata = if is_link { fs::metadata(entry.path())? } else { entry.metadata()? };
        if !metadata.is_file() {
            return Ok(());
        }
        let path = if is_link { dunce::canonicalize(entry.path())? } else { entry.path().to_path_buf() };
        let relative = self.relative(entry.path());
        self.sources.push(SourceFile {
            path,
            relative,
            size: metadata.len(),
            mtime_ns: mtime_ns(&metadata)?,
            is_excluded: false,
        });
        Ok(())
    }

    fn relative(&self, path: &Path) -> RelPath {
        RelPath::new(path.strip_prefix(&self.root).unwrap_or(path))
    }

    fn exclude(&mut self, exclude: &[RelPath]) {
        let mut idle: BTreeSet<&RelPath> = exclude.iter().collect();
        let exclusions = Exclusions::new(exclude);
        for source in &mut self.sources {
            for covering in exclusions.covering(&source.relative) {
                source.is_excluded = true;
                idle.remove(covering);
            }
        }
        let mut passed_over = std::mem::take(&mut self.passed_over);
        passed_over.retain(|passed| {
            let relative = self.relative(&passed.path);
            let mut is_kept = true;
            for covering in exclusions.covering(&relative) {
                is_kept = false;
                idle.remove(covering);
            }
            is_kept
        });
        self.passed_over = passed_over;
        self.idle_exclusions = idle.into_iter().cloned().collect();
    }

    /// The sources that are not excluded.
    pub fn included(&self) -> impl Iterator<Item = &SourceFile> {
        self.sources.iter().filter(|source| !source.is_excluded)
    }
}

fn resolve_root(root: &Path) -> Result<PathBuf> {
    let resolved = dunce::canonicalize(root).map_err(Error::io("open the folder", root))?;
    if resolved.is_dir() {
        Ok(resolved)
    } else {
        Err(Error::refused(root, "this is a file, not a folder", Remedy::NameFolder))
    }
}

fn is_hidden_placeholder(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && is_placeholder(entry.path())
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn has_audio_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| decode::EXTENSIONS.contains(&extension.as_str()))
}

/// Time of the last change in nanoseconds since 1970; negative before.
fn mtime_ns(metadata: &Metadata) -> io::Result<i64> {
    let modified = metadata.modified()?;
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    })
}

/// True when the file still has the size and the date of the scan.
pub fn is_unchanged(source: &SourceFile) -> io::Result<bool> {
    let metadata = fs::metadata(&source.path)?;
    Ok(metadata.len() == source.size && mtime_ns(&metadata)? == source.mtime_ns)
}

/// [`hash_file`], hexadecimal.
pub fn hash_file_hex(path: &Path, monitor: &dyn Monitor) -> Result<String> {
    hash_file(path, monitor).map(|hash| hash.to_hex().to_string())
}

/// BLAKE3 of a file's bytes.
///
/// # Errors
/// [`Error::Io`] when the system cannot read it, [`Error::Cancelled`] on cancel.
pub fn hash_file(path: &Path, monitor: &dyn Monitor) -> Result<blake3::Hash> {
    let mut file = fs::File::open(path).map_err(Error::io("read", path))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        monitor.check()?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::io("read", path)(error)),
        };
    }
}

/// Now, in nanoseconds since 1970.
pub fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_nanos() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;

    fn touch(root: &Path, name: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create_new(path).unwrap();
    }

    fn names(dataset: &Dataset) -> Vec<String> {
        dataset.sources.iter().map(|source| source.relative.to_string()).collect()
    }

    #[test]
    fn hidden_names_are_passed_over_but_not_in_the_roots_own_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(".hidden/set");
        for name in ["b.WAV", "a/z.flac", "a.wav", ".c.wav", ".cache/d.wav", "a/.e/f.wav", "notes.txt", "g"] {
            touch(&root, name);
        }
        let dataset = Dataset::scan(&root, &[], FfmpegUse::Off, &Silent).unwrap();
        // Component-wise: the folder `a` comes before the file `a.wav`, though '.' sorts before '/'.
        assert_eq!(names(&dataset), ["a/z.flac", "a.wav", "b.WAV"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_their_targets_and_links_to_folders_are_not_entered() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let base = dunce::canonicalize(folder.path()).unwrap();
        let root = base.join("set");
        touch(&root, "m.wav");
        touch(&base, "aside/target.bin");
        touch(&base, "aside/deep/n.wav");
        symlink("../aside/target.bin", root.join("zz.wav")).unwrap();
        symlink("../aside/deep", root.join("linked")).unwrap();
        symlink("nowhere.wav", root.join("broken.wav")).unwrap();
        let dataset = Dataset::scan(&root, &[], FfmpegUse::Off, &Silent).unwrap();
        let paths: Vec<_> = dataset.sources.iter().map(|source| source.path.clone()).collect();
        assert_eq!(paths, [base.join("aside/target.bin"), root.join("m.wav")]);
        assert_eq!(names(&dataset), ["zz.wav", "m.wav"]);
        assert_eq!(dataset.unlisted.len(), 1);
        assert_eq!(dataset.unlisted[0].path, root.join("broken.wav"));
    }

    #[test]
    fn exclusions_mark_files_and_folders_and_say_which_match_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.wav", "b/c.wav", "b/d.wav", "bb/e.wav"] {
            touch(folder.path(), name);
        }
        let exclude = ["a.wav", "b", "typo"].map(RelPath::new);
        let dataset = Dataset::scan(folder.path(), &exclude, FfmpegUse::Off, &Silent).unwrap();
        let left: Vec<_> = dataset.included().map(|source| source.relative.to_string()).collect();
        assert_eq!(left, ["bb/e.wav"]);
        assert_eq!(dataset.idle_exclusions, [RelPath::new("typo")]);
    }

    #[test]
    fn a_file_or_nothing_in_place_of_the_folder_is_said() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), "a.wav");
        let error = |name: &str| {
            Dataset::scan(&folder.path().join(name), &[], FfmpegUse::Off, &Silent).unwrap_err().in_full()
        };
        assert!(error("a.wav").contains("this is a file, not a folder; name the folder"));
        assert!(error("none").contains("cannot open the folder"));
    }
}
