//! The list of what the settings leave out, changed for some files so that every other file stays as it is.

use std::collections::BTreeSet;

use super::file::File;
use crate::path_text::RelPath;

/// `exclude`, changed so that the files with the numbers `targets` are included or not. A folder that loses one of its
/// files from the exclusions is replaced by the rest of them.
pub fn with_files(
    exclude: &[RelPath],
    files: &[File],
    targets: &BTreeSet<usize>,
    is_included: bool,
) -> Vec<RelPath> {
    let targets = targets.iter().filter_map(|index| Some((*index, files.get(*index)?)));
    if !is_included {
        let more = targets.filter(|(_, file)| !file.is_excluded).map(|(_, file)| file.relative.clone());
        return exclude.iter().cloned().chain(more).collect();
    }
    let targets: BTreeSet<usize> =
        targets.filter(|(_, file)| file.is_excluded).map(|(index, _)| index).collect();
    let known: BTreeSet<&RelPath> = exclude.iter().collect();
    let prefixes = targets.iter().flat_map(|index| files[*index].relative.prefixes());
    let covering: BTreeSet<RelPath> = prefixes.filter(|prefix| known.contains(prefix)).collect();
    let kept = exclude.iter().filter(|path| !covering.contains(path)).cloned();
    let is_sibling = |(index, file): &(usize, &File)| {
        !targets.contains(index) && file.relative.prefixes().any(|prefix| covering.contains(&prefix))
    };
    let siblings = files.iter().enumerate().filter(is_sibling).map(|(_, file)| file.relative.clone());
    let mut changed: Vec<RelPath> = kept.chain(siblings).collect();
    changed.sort();
    changed.dedup();
    changed
}

/// `exclude`, changed so that every file below `folder` is included or not. A folder that is left out covers what comes
/// into it later.
pub fn with_folder(exclude: &[RelPath], files: &[File], folder: &RelPath, is_included: bool) -> Vec<RelPath> {
    let is_below = |path: &RelPath| path.prefixes().any(|prefix| prefix == *folder);
    if is_included {
        let below = files.iter().enumerate().filter(|(_, file)| is_below(&file.relative));
        return with_files(exclude, files, &below.map(|(index, _)| index).collect(), true);
    }
    exclude.iter().filter(|path| !is_below(path)).chain([folder]).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    /// Files of which those that `exclude` covers are marked.
    fn files(names: &[&str], exclude: &[RelPath]) -> Vec<File> {
        let source = |name: &&str| {
            let relative = RelPath::new(name);
            let is_excluded = relative.prefixes().any(|prefix| exclude.contains(&prefix));
            SourceFile { relative, path: name.into(), size: 0, mtime_ns: 0, is_excluded }
        };
        names.iter().map(source).map(File::new).collect()
    }

    fn paths(names: &[&str]) -> Vec<RelPath> {
        names.iter().map(RelPath::new).collect()
    }

    #[test]
    fn including_files_of_an_excluded_folder_leaves_the_others_out() {
        let names = ["a.wav", "b/c.wav", "b/e.wav", "b/f.wav", "d.wav"];
        let exclude = paths(&["b", "d.wav"]);
        let before = files(&names, &exclude);
        let changed = with_files(&exclude, &before, &BTreeSet::from([0, 1, 3]), true);
        assert_eq!(changed, paths(&["b/e.wav", "d.wav"]));
        let after = files(&names, &changed);
        assert_eq!(
            with_files(&changed, &after, &BTreeSet::from([1, 2]), false),
            paths(&["b/e.wav", "d.wav", "b/c.wav"]),
            "what is left out already is not listed twice"
        );
    }

    #[test]
    fn a_folder_is_left_out_as_a_whole_and_taken_back_as_a_whole() {
        let names = ["a/b/1.wav", "a/b/2.wav", "a/3.wav", "ab.wav"];
        let exclude = paths(&["a/b/1.wav", "ab.wav"]);
        let before = files(&names, &exclude);
        let out = with_folder(&exclude, &before, &RelPath::new("a"), false);
        assert_eq!(out, paths(&["ab.wav", "a"]));
        let inner = with_folder(&out, &files(&names, &out), &RelPath::new("a/b"), true);
        assert_eq!(inner, paths(&["a/3.wav", "ab.wav"]));
    }
}
