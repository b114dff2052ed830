//! The files of the open folder as a tree: its folders, which of them are open, and the rows that follow. Plain values.

use std::collections::BTreeSet;

use super::file::File;
use crate::path_text::RelPath;

/// A row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeRow {
    /// A folder, by its number in [`FileTree::folders`].
    Folder(usize),
    /// A file, by its number in the dataset.
    File(usize),
}

/// A folder below the common start of all paths.
#[derive(Debug)]
pub struct TreeFolder {
    /// Its place in the dataset.
    pub path: RelPath,
    /// Its own name.
    pub name: String,
    /// The number of folders of the tree that it lies in.
    pub depth: usize,
    /// The folder that it lies in.
    parent: Option<usize>,
    /// Where what lies in it ends in the order.
    end: usize,
    /// The number of files in it and below it that the filter lets through.
    pub n_shown: usize,
    /// The number of files in it and below it, whatever the filter.
    pub n_files: usize,
    /// Those of them that a build would read.
    pub n_included: usize,
}

/// The folders, and the rows that the filter and closed folders leave.
#[derive(Debug, Default)]
pub struct FileTree {
    common: String,
    folders: Vec<TreeFolder>,
    /// Every folder, followed by what lies in it.
    order: Vec<TreeRow>,
    /// For each file the folder that it lies in.
    parents: Vec<Option<usize>>,
    closed: BTreeSet<RelPath>,
    /// Folders that were closed while a filter shows its matches: what is found is in sight at first.
    closed_in_filter: BTreeSet<RelPath>,
    is_filtered: bool,
    shown: Vec<usize>,
    rows: Vec<TreeRow>,
}

impl FileTree {
    /// The tree of `files`, with all folders open and no row yet.
    pub fn new(files: &[File]) -> Self {
        let mut sorted: Vec<usize> = (0..files.len()).collect();
        // A link stands where it lies, not where its target does.
        sorted.sort_by(|&a, &b| files[a].relative.components().cmp(files[b].relative.components()));
        let n_common = n_common(files, &sorted);
        let mut tree = Self { parents: vec![None; files.len()], ..Self::default() };
        if let Some(&first) = sorted.first() {
            let common: Vec<_> = files[first].relative.components().take(n_common).collect();
            tree.common = String::from_utf8_lossy(&common.join(&b'/')).into_owned();
        }
        let mut open: Vec<usize> = Vec::new();
        for file in sorted {
            tree.add(file, &files[file].relative, n_common, &mut open);
        }
        tree.close_until(0, &mut open);
        tree
    }

    /// Adds a file behind the others; `open` are the folders that the file before lies in.
    fn add(&mut self, file: usize, relative: &RelPath, n_common: usize, open: &mut Vec<usize>) {
        if self.is_directly_in(relative, n_common, open) {
            self.parents[file] = open.last().copied();
            self.order.push(TreeRow::File(file));
            return;
        }
        let prefixes: Vec<RelPath> = relative.prefixes().skip(n_common).collect();
        let folders = &prefixes[..prefixes.len().saturating_sub(1)];
        let n_same = open.iter().zip(folders).take_while(|(open, path)| self.folders[**open].path == **path);
        let n_same = n_same.count();
        self.close_until(n_same, open);
        for path in &folders[n_same..] {
            let name = path.components().last().map(|name| String::from_utf8_lossy(name).into_owned());
            self.order.push(TreeRow::Folder(self.folders.len()));
            self.folders.push(TreeFolder {
                path: path.clone(),
                name: name.unwrap_or_default(),
                depth: open.len(),
                parent: open.last().copied(),
                end: 0,
                n_shown: 0,
                n_files: 0,
                n_included: 0,
            });
            open.push(self.folders.len() - 1);
        }
        self.parents[file] = open.last().copied();
        self.order.push(TreeRow::File(file));
    }

    /// True for a file of the innermost folder of `open`: nearly every one, and it costs nothing to know.
    fn is_directly_in(&self, relative: &RelPath, n_common: usize, open: &[usize]) -> bool {
        let Some(&folder) = open.last() else { return relative.components().count() == n_common + 1 };
        let rest = relative.as_bytes().strip_prefix(self.folders[folder].path.as_bytes());
        rest.and_then(|rest| rest.strip_prefix(b"/")).is_some_and(|name| !name.contains(&b'/'))
    }

    fn close_until(&mut self, n_open: usize, open: &mut Vec<usize>) {
        for folder in open.drain(n_open.min(open.len())..) {
            self.folders[folder].end = self.order.len();
        }
    }

    /// Takes over which folders of `before` are closed.
    pub fn close_as(&mut self, before: Self) {
        self.closed = before.closed;
        self.closed_in_filter = before.closed_in_filter;
    }

    /// The start that all paths have in common, which is left out: "drums/acoustic"; mostly empty.
    pub fn common(&self) -> &str {
        &self.common
    }

    /// Every folder, each before those that lie in it.
    pub fn folders(&self) -> &[TreeFolder] {
        &self.folders
    }

    /// The rows from top to bottom.
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// The numbers of the files that the filter lets through, in the tree's order, in closed folders as well.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// The folder that the row lies in.
    pub fn parent_of(&self, row: TreeRow) -> Option<usize> {
        match row {
            TreeRow::Folder(folder) => self.folders[folder].parent,
            TreeRow::File(file) => self.parents.get(file).copied().flatten(),
        }
    }

    /// The number of folders of the tree that the row lies in.
    pub fn depth_of(&self, row: TreeRow) -> usize {
        self.parent_of(row).map_or(0, |parent| self.folders[parent].depth + 1)
    }

    /// True when the rows below `folder` are shown.
    pub fn is_open(&self, folder: usize) -> bool {
        !self.closed_set().contains(&self.folders[folder].path)
    }

    /// Where `row` is among the rows; `None` for one that is not shown.
    pub fn place_of(&self, row: TreeRow) -> Option<usize> {
        self.rows.iter().position(|other| *other == row)
    }

    /// Opens or closes `folder`.
    pub fn set_open(&mut self, folder: usize, is_open: bool) {
        let path = self.folders[folder].path.clone();
        let closed = if self.is_filtered { &mut self.closed_in_filter } else { &mut self.closed };
        let is_changed = if is_open { closed.remove(&path) } else { closed.insert(path) };
        if is_changed {
            self.flatten();
        }
    }

    /// Opens every folder that `row` lies in.
    pub fn open_around(&mut self, row: TreeRow) {
        let mut parent = self.parent_of(row);
        while let Some(folder) = parent {
            self.set_open(folder, true);
            parent = self.folders[folder].parent;
        }
    }

    /// Shows the files for which `is_shown`; every other row follows. `is_filtered` when a filter is at work.
    pub fn show(&mut self, is_filtered: bool, is_shown: impl Fn(usize) -> bool) {
        self.is_filtered = is_filtered;
        self.closed_in_filter.clear();
        let files = self.order.iter().filter_map(|row| match row {
            TreeRow::File(file) => Some(*file),
            TreeRow::Folder(_) => None,
        });
        self.shown = files.filter(|file| is_shown(*file)).collect();
        for folder in &mut self.folders {
            folder.n_shown = 0;
        }
        for place in 0..self.shown.len() {
            let mut parent = self.parents[self.shown[place]];
            while let Some(folder) = parent {
                self.folders[folder].n_shown += 1;
                parent = self.folders[folder].parent;
            }
        }
        self.flatten();
    }

    /// Counts the files of each folder, and those that a build would read.
    pub fn count(&mut self, files: &[File]) {
        for folder in &mut self.folders {
            (folder.n_files, folder.n_included) = (0, 0);
        }
        for (number, file) in files.iter().enumerate() {
            let mut parent = self.parents[number];
            while let Some(folder) = parent {
                let folder = &mut self.folders[folder];
                folder.n_files += 1;
                folder.n_included += usize::from(!file.is_excluded);
                parent = folder.parent;
            }
        }
    }

    fn closed_set(&self) -> &BTreeSet<RelPath> {
        if self.is_filtered { &self.closed_in_filter } else { &self.closed }
    }

    fn flatten(&mut self) {
        let mut is_shown = vec![false; self.parents.len()];
        for &file in &self.shown {
            is_shown[file] = true;
        }
        let mut rows = Vec::with_capacity(self.order.len());
        let mut place = 0;
        while let Some(&row) = self.order.get(place) {
            place += 1;
            match row {
                TreeRow::File(file) if !is_shown[file] => {}
                TreeRow::Folder(folder) if self.folders[folder].n_shown == 0 => {
                    place = self.folders[folder].end;
                }
                TreeRow::Folder(folder) => {
                    rows.push(row);
                    if !self.is_open(folder) {
                        place = self.folders[folder].end;
                    }
                }
                TreeRow::File(_) => rows.push(row),
            }
        }
        self.rows = rows;
    }
}

/// The number of folders that all files lie in.
fn n_common(files: &[File], sorted: &[usize]) -> usize {
    // Sorted, the first and the last differ as early as any two.
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return 0 };
    let [first, last] = [first, last].map(|file| &files[file].relative);
    let n_same = first.components().zip(last.components()).take_while(|(a, b)| a == b).count();
    let n_folders = |path: &RelPath| path.components().count() - 1;
    n_same.min(n_folders(first)).min(n_folders(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn files(names: &[&str]) -> Vec<File> {
        let source = |name: &&str| SourceFile {
            relative: RelPath::new(name),
            path: name.into(),
            size: 0,
            mtime_ns: 0,
            is_excluded: false,
        };
        names.iter().map(source).map(File::new).collect()
    }

    fn tree(names: &[&str]) -> (Vec<File>, FileTree) {
        let files = files(names);
        let mut tree = FileTree::new(&files);
        tree.show(false, |_| true);
        tree.count(&files);
        (files, tree)
    }

    /// The rows as people read them: a folder ends in a slash, and each depth is two spaces.
    fn lines(files: &[File], tree: &FileTree) -> Vec<String> {
        let line = |row: &TreeRow| match *row {
            TreeRow::Folder(folder) => format!("{}/", tree.folders()[folder].name),
            TreeRow::File(file) => files[file].base_name().to_owned(),
        };
        tree.rows().iter().map(|row| "  ".repeat(tree.depth_of(*row)) + &line(row)).collect()
    }

    #[test]
    fn the_common_start_is_left_out_and_folders_stand_before_what_lies_in_them() {
        let (files, tree) =
            tree(&["set/a/1.wav", "set/a/b/2.wav", "set/a/b/3.wav", "set/c/4.wav", "set/z.wav"]);
        assert_eq!(tree.common(), "set");
        assert_eq!(
            lines(&files, &tree),
            ["a/", "  1.wav", "  b/", "    2.wav", "    3.wav", "c/", "  4.wav", "z.wav"]
        );
        let counts: Vec<usize> = tree.folders().iter().map(|folder| folder.n_files).collect();
        assert_eq!(counts, [3, 2, 1]);
    }

    #[test]
    fn files_of_one_folder_need_no_folder() {
        let (files, tree) = tree(&["deep/down/1.wav", "deep/down/2.wav"]);
        assert_eq!(
            (tree.common(), lines(&files, &tree)),
            ("deep/down", vec!["1.wav".into(), "2.wav".into()])
        );
        assert_eq!(self::tree(&["x/only.wav"]).1.common(), "x");
        assert!(self::tree(&[]).1.rows().is_empty());
        // A name that begins like another is not the same folder.
        assert_eq!(self::tree(&["a/1.wav", "a b/1.wav"]).1.common(), "");
    }

    #[test]
    fn a_link_stands_where_it_lies() {
        // The dataset's order is that of the targets: a link in `b` comes first.
        let (files, tree) = tree(&["b/link.wav", "a/1.wav", "b/2.wav"]);
        assert_eq!(lines(&files, &tree), ["a/", "  1.wav", "b/", "  2.wav", "  link.wav"]);
        assert_eq!(tree.shown(), [1, 2, 0]);
    }

    #[test]
    fn a_closed_folder_hides_its_rows_and_a_filter_shows_what_it_finds() {
        let (files, mut tree) = tree(&["a/1.wav", "a/b/2.wav", "c/3.wav"]);
        tree.set_open(0, false);
        assert_eq!(lines(&files, &tree), ["a/", "c/", "  3.wav"]);
        assert_eq!(tree.shown(), [0, 1, 2], "the filter lets them through all the same");
        tree.show(true, |file| files[file].name.contains('2'));
        assert_eq!(lines(&files, &tree), ["a/", "  b/", "    2.wav"]);
        tree.set_open(1, false);
        assert_eq!(lines(&files, &tree), ["a/", "  b/"]);
        tree.show(false, |_| true);
        assert_eq!(lines(&files, &tree), ["a/", "c/", "  3.wav"], "as it was before the filter");
        tree.open_around(TreeRow::File(1));
        assert_eq!(lines(&files, &tree), ["a/", "  1.wav", "  b/", "    2.wav", "c/", "  3.wav"]);
    }
}
