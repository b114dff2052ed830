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
    }
}
