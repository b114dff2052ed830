//! A source: one recording of a dataset, as a scan found it.

use std::path::PathBuf;

use crate::path_text::RelPath;

/// A recording, and its place in the dataset, by which the settings leave out chunks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePath {
    /// The file.
    pub path: PathBuf,
    /// Its place in the dataset.
    pub relative: RelPath,
}

/// A file of the dataset, as it was when it was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its place in the dataset.
    pub relative: RelPath,
    /// Absolute and resolved.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in ns since 1970.
    pub mtime_ns: i64,
    /// True when the settings leave it out.
    pub is_excluded: bool,
}
