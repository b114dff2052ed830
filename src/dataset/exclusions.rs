//! Exclusions: which paths a list of files and folders covers.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::path_text::RelPath;

/// A list of files and folders that are left out, prepared for many questions.
#[derive(Debug)]
pub struct Exclusions<'a> {
    listed: HashMap<&'a [u8], &'a RelPath>,
}

impl<'a> Exclusions<'a> {
    /// The list `exclude` of the settings.
    pub fn new(exclude: &'a [RelPath]) -> Self {
        Self { listed: exclude.iter().map(|path| (path.as_bytes(), path)).collect() }
    }

    /// True when `path` is listed, or lies below a folder that is.
    pub fn covers(&self, path: &RelPath) -> bool {
        self.covering(path).next().is_some()
    }

    /// The listed paths that cover `path`, the outermost first.
    pub fn covering(&self, path: &RelPath) -> impl Iterator<Item = &'a RelPath> {
        let is_empty = self.listed.is_empty();
        let prefixes = (!is_empty).then(|| path.prefix_bytes());
        prefixes.into_iter().flatten().filter_map(|prefix| self.listed.get(prefix).copied())
    }
}

/// The paths of many files, prepared so that list after list of exclusions is applied to them: their folders, and a hash of
/// each path, which saves looking at nearly all of the paths themselves.
#[derive(Debug)]
pub struct FilePaths {
    folders: Vec<RelPath>,
    /// Of each file its folder, by its place, and the hash of its path.
    files: Vec<(u32, u64)>,
}

impl FilePaths {
    /// The paths of files, those of one folder one after the other.
    pub fn new<'a>(paths: impl Iterator<Item = &'a RelPath>) -> Self {
        let mut folders: Vec<RelPath> = Vec::new();
        let mut file = |path: &RelPath| {
            let folder = path.parent().unwrap_or_else(|| RelPath::from_bytes(b""));
            if folders.last() != Some(&folder) {
                folders.push(folder);
            }
            (folders.len() as u32 - 1, hash(path))
        };
        let files = paths.map(&mut file).collect();
        Self { folders, files }
    }

    /// For each file, whether `exclude` covers it; `path_of` gives the path of a file by its place.
    pub fn covered<'a>(&self, exclude: &[RelPath], path_of: impl Fn(usize) -> &'a RelPath) -> Vec<bool> {
        let exclusions = Exclusions::new(exclude);
        let folders: Vec<bool> = self.folders.iter().map(|folder| exclusions.covers(folder)).collect();
        let hashes: HashMap<u64, &RelPath> = exclude.iter().map(|path| (hash(path), path)).collect();
        let files = self.files.iter().enumerate();
        // Two paths may have the same hash.
        let is_listed = |index, hash: &u64| {
            hashes
                .get(hash)
                .is_some_and(|listed| *listed == path_of(index) || exclusions.covers(path_of(index)))
        };
        files.map(|(index, (folder, hash))| folders[*folder as usize] || is_listed(index, hash)).collect()
    }
}

fn hash(path: &RelPath) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_covers_what_lies_below_and_no_longer_name() {
        let exclude = ["a", "a/b", "c.wav"].map(RelPath::new);
        let exclusions = Exclusions::new(&exclude);
        let covering = |path: &str| exclusions.covering(&RelPath::new(path)).cloned().collect::<Vec<_>>();
        assert_eq!(covering("a/b/d.wav"), exclude[..2]);
        assert_eq!(covering("a.wav"), []);
        assert!(exclusions.covers(&RelPath::new("c.wav")) && !exclusions.covers(&RelPath::new("c.wave")));
        assert!(!Exclusions::new(&[]).covers(&RelPath::new("c.wav")));
        let paths =
            ["a/d.wav", "a/e.wav", "a.wav", "b/a/d.wav", "c.wav", "d.wav", "a/b/c.wav"].map(RelPath::new);
        let one_by_one: Vec<bool> = paths.iter().map(|path| exclusions.covers(path)).collect();
        let covered = FilePaths::new(paths.iter()).covered(&exclude, |index| &paths[index]);
        assert_eq!(covered, one_by_one);
        assert_eq!(one_by_one, [true, true, false, false, true, false, true]);
    }
}
