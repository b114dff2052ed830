//! Exclusions: which paths a list of files and folders covers.

use std::collections::HashMap;

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

    /// [`covers`](Self::covers) for each of many paths. Those of one folder that follow each other are looked up by their own
    /// names only.
    pub fn cover<'b>(&self, paths: impl ExactSizeIterator<Item = &'b RelPath>) -> Vec<bool> {
        if self.listed.is_empty() {
            return vec![false; paths.len()];
        }
        let (mut folder, mut covers_folder) = (&[][..], false);
        let covers = |path: &'b RelPath| {
            let path = path.as_bytes();
            let n_folder = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            if path[..n_folder] != *folder {
                folder = &path[..n_folder];
                covers_folder = self.covers(&RelPath::from_bytes(folder));
            }
            covers_folder || self.listed.contains_key(path)
        };
        paths.map(covers).collect()
    }

    /// The listed paths that cover `path`, the outermost first.
    pub fn covering(&self, path: &RelPath) -> impl Iterator<Item = &'a RelPath> {
        let is_empty = self.listed.is_empty();
        let prefixes = (!is_empty).then(|| path.prefix_bytes());
        prefixes.into_iter().flatten().filter_map(|prefix| self.listed.get(prefix).copied())
    }
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
        assert_eq!(exclusions.cover(paths.iter()), one_by_one);
        assert_eq!(one_by_one, [true, true, false, false, true, false, true]);
    }
}
