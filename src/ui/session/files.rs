//! All files of the open folder, as the tree shows them: filter, selection and cursor. Plain values.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use super::browse::Browse;
use super::file::{AuditedFile, File};
use super::file_selection::{FileSelection, Pick};
use super::file_tree::{FileTree, TreeRow};
use crate::dataset::exclusions::Exclusions;
use crate::in_words;
use crate::jobs::Header;
use crate::path_text::RelPath;
use crate::source::SourceFile;

/// All files of a folder, and which of them are shown.
#[derive(Debug, Default)]
pub struct Files {
    /// In the order of their paths.
    pub(super) all: Vec<File>,
    pub(super) tree: FileTree,
    filter: String,
    pub(super) selection: FileSelection,
    /// The folder that the cursor is on; it is on the file that is shown where there is none.
    pub(super) cursor_folder: Option<usize>,
    /// The number of times that the cursor was moved: it is to be in sight then.
    n_moves: u64,
    rows_in_sight: Range<usize>,
    /// The number of times that files came, went or changed.
    pub(super) revision: u64,
    n_read: usize,
    n_excluded: usize,
    duration_s: f64,
    rates_hz: BTreeSet<u32>,
}

impl Files {
    /// The files of a folder that was just opened, with those that `exclude` covers marked.
    pub fn new(sources: Vec<SourceFile>, exclude: &[RelPath]) -> Self {
        let mut files = Self::default();
        files.replace(sources.into_iter().map(File::new).collect(), exclude);
        files
    }

    /// Puts `all` in place of what is listed.
    pub(super) fn replace(&mut self, all: Vec<File>, exclude: &[RelPath]) {
        let mut tree = FileTree::new(&all);
        tree.close_as(std::mem::take(&mut self.tree));
        self.tree = tree;
        self.all = all;
        self.exclude(exclude);
        let filter = std::mem::take(&mut self.filter);
        self.set_filter(filter);
        self.count_headers();
    }

    /// Every file, in the dataset's order.
    pub fn all(&self) -> &[File] {
        &self.all
    }

    /// The folders and rows.
    pub fn tree(&self) -> &FileTree {
        &self.tree
    }

    /// Numbers of the files that the filter lets through, in the order of the tree.
    pub fn shown(&self) -> &[usize] {
        self.tree.shown()
    }

    /// The text that names must contain.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The file that is shown.
    pub fn selected(&self) -> Option<usize> {
        self.selection.current()
    }

    /// Every file that is selected, the one that is shown among them.
    pub fn selection(&self) -> &FileSelection {
        &self.selection
    }

    /// The row that the keys start from.
    pub fn cursor(&self) -> Option<TreeRow> {
        self.cursor_folder.map(TreeRow::Folder).or(self.selected().map(TreeRow::File))
    }

    /// The number of times that the cursor was moved: each time its row is to be in sight.
    pub fn n_moves(&self) -> u64 {
        self.n_moves
    }

    /// The number of times that files came, went or changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Number of files that a build would read.
    pub fn n_included(&self) -> usize {
        self.all.len() - self.n_excluded
    }

    /// Number of files whose headers were read.
    pub fn n_read(&self) -> usize {
        self.n_read
    }

    /// Shows the files whose names contain `filter`, whatever the case.
    pub fn set_filter(&mut self, filter: String) {
        let wanted = filter.trim().to_lowercase();
        let all = &self.all;
        let is_filtered = !wanted.is_empty();
        self.tree.show(is_filtered, |index| !is_filtered || all[index].name.to_lowercase().contains(&wanted));
        if self.cursor_folder.is_some_and(|folder| self.tree.place_of(TreeRow::Folder(folder)).is_none()) {
            self.cursor_folder = None;
        }
        self.filter = filter;
    }

    /// Notes which rows are in sight.
    pub fn set_rows_in_sight(&mut self, rows: Range<usize>) {
        self.rows_in_sight = rows;
    }

    /// The rows in sight, as far as that is known.
    pub fn rows_in_sight(&self) -> &Range<usize> {
        &self.rows_in_sight
    }

    /// The number of rows in sight.
    pub fn n_rows_in_sight(&self) -> usize {
        self.rows_in_sight.len()
    }

    /// The files in sight, the one that is shown first.
    pub fn in_sight(&self) -> impl Iterator<Item = usize> {
        let rows = self.tree.rows();
        let end = self.rows_in_sight.end.min(rows.len());
        let in_sight = rows[self.rows_in_sight.start.min(end)..end].iter().filter_map(|row| match row {
            TreeRow::File(file) => Some(*file),
            TreeRow::Folder(_) => None,
        });
        let selected = self.selected();
        selected.into_iter().chain(in_sight.filter(move |file| Some(*file) != selected))
    }

    /// Selects the file `index` alone.
    pub fn select(&mut self, index: usize) {
        if index < self.all.len() {
            self.pick(index, Pick::Only);
        }
    }

    /// Selects the first file of those that are shown.
    pub fn select_first(&mut self) {
        self.browse(Browse::End { is_last: false, pick: Pick::Only });
    }

    /// Selects the file at `path`, when it is one of the folder.
    pub fn select_path(&mut self, path: &Path) {
        if let Some(index) = self.number_of(path) {
            self.select(index);
        }
    }

    /// The number of the file at `path`, when it is one of the folder.
    pub fn number_of(&self, path: &Path) -> Option<usize> {
        self.all.binary_search_by(|file| file.path.as_path().cmp(path)).ok()
    }

    /// Where the file `relative` is, when it is one of the folder.
    pub fn path_of(&self, relative: &RelPath) -> Option<&Path> {
        self.all.iter().find(|file| file.relative == *relative).map(|file| file.path.as_path())
    }

    /// Does what is asked of the tree.
    pub fn browse(&mut self, browse: Browse) {
        match browse {
            Browse::File { index, pick } if index < self.all.len() => self.pick(index, pick),
            Browse::Folder(folder) if folder < self.tree.folders().len() => self.put_cursor_on(folder),
            Browse::Step { n_rows, pick } => self.step(n_rows, pick),
            Browse::End { is_last, pick } => {
                let shown = self.shown();
                let end = if is_last { shown.last() } else { shown.first() };
                if let Some(&file) = end {
                    self.pick(file, pick);
                }
            }
            Browse::All => self.selection.pick_all(self.tree.shown()),
            Browse::SetOpen { folder, is_open } if folder < self.tree.folders().len() => {
                self.tree.set_open(folder, is_open);
            }
            Browse::Out => self.step_out(),
            Browse::In => self.step_in(),
            Browse::Next => {
                let all = self.selection.all();
                let place = self.shown().iter().rposition(|file| all.contains(file));
                if let Some(&next) = self.shown().get(place.map_or(0, |place| place + 1)) {
                    self.pick(next, Pick::Only);
                }
            }
            // Of a tree that is no more.
            Browse::File { .. } | Browse::Folder(_) | Browse::SetOpen { .. } => {}
        }
    }

    fn pick(&mut self, file: usize, pick: Pick) {
        self.selection.pick(file, pick, self.tree.shown());
        self.cursor_folder = None;
        self.n_moves += 1;
        if let Some(current) = self.selected() {
            self.tree.open_around(TreeRow::File(current));
        }
    }

    fn put_cursor_on(&mut self, folder: usize) {
        self.tree.open_around(TreeRow::Folder(folder));
        self.cursor_folder = Some(folder);
        self.n_moves += 1;
    }

    fn put_cursor_at(&mut self, row: TreeRow, pick: Pick) {
        match row {
            TreeRow::File(file) => self.pick(file, pick),
            TreeRow::Folder(folder) => self.put_cursor_on(folder),
        }
    }

    /// The place of the cursor's row, or of the innermost folder around it that is shown.
    pub fn cursor_place(&self) -> Option<usize> {
        let mut row = self.cursor()?;
        loop {
            if let Some(place) = self.tree.place_of(row) {
                return Some(place);
            }
            row = TreeRow::Folder(self.tree.parent_of(row)?);
        }
    }

    /// Moves the cursor over `n_rows` rows, and stays at the ends. An open folder is passed over: its rows are next.
    fn step(&mut self, n_rows: isize, pick: Pick) {
        let is_stop = |row: &&TreeRow| match **row {
            TreeRow::File(_) => true,
            TreeRow::Folder(folder) => pick == Pick::Only && !self.tree.is_open(folder),
        };
        let rows = self.tree.rows();
        let n = n_rows.unsigned_abs();
        let target = match self.cursor_place() {
            // The first step goes to the first row.
            None => rows.iter().find(is_stop),
            Some(place) if n_rows > 0 => rows[place + 1..].iter().filter(is_stop).take(n).last(),
            Some(place) => rows[..place].iter().rev().filter(is_stop).take(n).last(),
        };
        if let Some(&row) = target {
            self.put_cursor_at(row, pick);
        }
    }

    fn step_out(&mut self) {
        match self.cursor_place().map(|place| self.tree.rows()[place]) {
            Some(TreeRow::Folder(folder)) if self.tree.is_open(folder) => {
                self.put_cursor_on(folder);
                self.tree.set_open(folder, false);
            }
            Some(row) => {
                if let Some(parent) = self.tree.parent_of(row) {
                    self.put_cursor_on(parent);
                }
            }
            None => {}
        }
    }

    fn step_in(&mut self) {
        let Some(place) = self.cursor_place() else { return };
        let TreeRow::Folder(folder) = self.tree.rows()[place] else { return };
        if !self.tree.is_open(folder) {
            self.tree.set_open(folder, true);
            self.put_cursor_on(folder);
        } else if let Some(&row) = self.tree.rows().get(place + 1) {
            self.put_cursor_at(row, Pick::Only);
        }
    }

    /// Takes what the header of file `index` tells.
    pub fn set_header(&mut self, index: usize, header: Result<Header, String>) {
        let Some(file) = self.all.get_mut(index) else { return };
        if let Ok(header) = &header {
            self.duration_s += header.duration_s.unwrap_or_default();
            self.rates_hz.insert(header.sample_rate_hz);
        }
        self.n_read += usize::from(file.header.is_none());
        file.header = Some(header);
    }

    /// Sums up the headers that are known.
    fn count_headers(&mut self) {
        (self.n_read, self.duration_s) = (0, 0.0);
        self.rates_hz.clear();
        for header in self.all.iter().filter_map(|file| file.header.as_ref()) {
            self.n_read += 1;
            if let Ok(header) = header {
                self.duration_s += header.duration_s.unwrap_or_default();
                self.rates_hz.insert(header.sample_rate_hz);
            }
        }
    }

    /// The file at `path`, when it is one of the folder, to note what was measured of it.
    pub fn at_mut(&mut self, path: &Path) -> Option<&mut File> {
        let index = self.number_of(path)?;
        self.all.get_mut(index)
    }

    /// Takes what an audit found, by the numbers of files, in place of what another did.
    pub fn set_audited(&mut self, audited: impl IntoIterator<Item = (usize, AuditedFile)>) {
        for file in &mut self.all {
            file.audited = None;
        }
        for (index, audited) in audited {
            if let Some(file) = self.all.get_mut(index) {
                file.audited = Some(audited);
            }
        }
    }

    /// Forgets every masked share: the settings are others.
    pub fn forget_masked_shares(&mut self) {
        for file in &mut self.all {
            file.masked_share = None;
        }
    }

    /// Forgets why files were skipped: another build begins.
    pub fn forget_skipped(&mut self) {
        for file in &mut self.all {
            file.skipped = None;
        }
    }

    /// Notes why a build could not use the file at `path`.
    pub fn set_skipped(&mut self, path: &Path, reason: &str) {
        if let Some(file) = self.at_mut(path) {
            file.skipped = Some(reason.into());
        }
    }

    /// Marks what `exclude` covers: files, and everything in folders.
    pub fn exclude(&mut self, exclude: &[RelPath]) {
        let exclusions = Exclusions::new(exclude);
        for file in &mut self.all {
            file.is_excluded = exclusions.covers(&file.relative);
        }
        self.n_excluded = self.all.iter().filter(|file| file.is_excluded).count();
        self.tree.count(&self.all);
    }

    /// The folder in one line: "my-samples · 165 files · 5 min 24 s · 44.1 kHz", as far as its headers were read.
    pub fn summary(&self, root: &Path) -> String {
        let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
        let mut parts = vec![name.into_owned(), in_words::count(self.all.len() as u64, "file")];
        if !self.rates_hz.is_empty() {
            parts.push(in_words::duration(self.duration_s));
            // More than three rates are told by their ends.
            let rates: Vec<String> = self.rates_hz.iter().map(|&hz| in_words::rate(hz)).collect();
            parts.push(match &rates[..] {
                [first, .., last] if rates.len() > 3 => format!("{first} to {last}"),
                rates => in_words::list(rates),
            });
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str], exclude: &[RelPath]) -> Files {
        let source = |name: &&str| SourceFile {
            relative: RelPath::new(name),
            path: Path::new("/set").join(name),
            size: 0,
            mtime_ns: 0,
            is_excluded: false,
        };
        Files::new(names.iter().map(source).collect(), exclude)
    }

    fn header(sample_rate_hz: u32, duration_s: Option<f64>) -> Header {
        Header { sample_rate_hz, n_channels: 1, format: "FLAC".into(), duration_s }
    }

    fn step(n_rows: isize) -> Browse {
        Browse::Step { n_rows, pick: Pick::Only }
    }

    /// The name under the cursor; a folder ends in a slash.
    fn cursor(files: &Files) -> String {
        match files.cursor() {
            Some(TreeRow::File(file)) => files.all()[file].name.clone(),
            Some(TreeRow::Folder(folder)) => format!("{}/", files.tree().folders()[folder].path),
            None => String::new(),
        }
    }

    #[test]
    fn what_is_excluded_is_counted() {
        let files = files(&["a.wav", "b/c.wav", "b/e.wav"], &[RelPath::new("b")]);
        assert_eq!(files.n_included(), 1);
        assert_eq!((files.tree().folders()[0].n_files, files.tree().folders()[0].n_included), (2, 0));
    }

    #[test]
    fn the_cursor_moves_over_what_the_filter_shows() {
        let mut files = files(&["kick.wav", "pad.wav", "snare kick.wav"], &[]);
        files.set_filter(" KICK".into());
        assert_eq!(files.shown(), [0, 2]);
        files.browse(step(1));
        assert_eq!(files.selected(), Some(0), "the first move selects the first row");
        files.browse(step(1));
        files.browse(step(1));
        assert_eq!((files.selected(), files.cursor_place()), (Some(2), Some(1)));
    }

    #[test]
    fn the_cursor_passes_open_folders_and_stops_at_closed_ones() {
        let mut files = files(&["a/1.wav", "a/2.wav", "b/3.wav", "c/4.wav"], &[]);
        files.select(1);
        files.browse(step(1));
        assert_eq!(cursor(&files), "b/3.wav");
        files.browse(Browse::Out);
        assert_eq!(cursor(&files), "b/");
        assert_eq!(files.selected(), Some(2), "what is shown stays");
        files.browse(Browse::Out);
        files.browse(step(-1));
        files.browse(step(1));
        assert_eq!(cursor(&files), "b/", "it is closed now");
        files.browse(step(1));
        assert_eq!(cursor(&files), "c/4.wav");
        files.browse(step(-1));
        files.browse(Browse::In);
        files.browse(Browse::In);
        assert_eq!(cursor(&files), "b/3.wav");
        // A range has no folders in it.
        files.browse(Browse::Step { n_rows: -9, pick: Pick::Range });
        assert_eq!(files.selection().all().iter().copied().collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_file_that_is_selected_opens_the_folders_around_it() {
        let mut files = files(&["a/b/1.wav", "c/2.wav"], &[]);
        files.browse(Browse::SetOpen { folder: 0, is_open: false });
        let n_moves = files.n_moves();
        files.select_path(Path::new("/set/a/b/1.wav"));
        assert_eq!((cursor(&files).as_str(), files.cursor_place()), ("a/b/1.wav", Some(2)));
        assert!(files.n_moves() > n_moves, "its row is to be in sight");
        files.browse(Browse::Next);
        assert_eq!(cursor(&files), "c/2.wav");
        files.browse(Browse::Next);
        assert_eq!(cursor(&files), "c/2.wav", "after the last comes nothing");
    }

    #[test]
    fn the_summary_grows_with_the_headers() {
        let mut files = files(&["a.wav", "b.wav"], &[]);
        assert_eq!(files.summary(Path::new("/my/set")), "set · 2 files");
        files.set_header(0, Ok(header(44_100, Some(300.0))));
        files.set_header(1, Ok(header(48_000, Some(24.0))));
        assert_eq!(files.summary(Path::new("/my/set")), "set · 2 files · 5 min 24 s · 44.1 kHz and 48 kHz");
    }
}
