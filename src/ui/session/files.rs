//! The files of the open folder, as the list shows them: names, states, filter and selection. Plain values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::in_words;
use crate::jobs::Header;
use crate::path_text::RelPath;

/// The state of a file at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Its header has not been read yet.
    Reading,
    /// Nothing speaks against it.
    Fine,
    /// It can be used, but something about it should be known.
    Warning,
    /// It cannot be used.
    Unreadable,
    /// The settings leave it out.
    Excluded,
}

impl FileState {
    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "being read",
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::Unreadable => "unreadable",
            Self::Excluded => "excluded",
        }
    }
}

/// One recording.
#[derive(Debug)]
pub struct File {
    /// Its place in the folder.
    pub relative: RelPath,
    /// The same for people.
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    /// The facts of its header, or why it cannot be read; `None` until it was read.
    pub header: Option<Result<Header, String>>,
    /// Why the last build could not use it.
    pub skipped: Option<String>,
    /// True when the settings leave it out.
    pub is_excluded: bool,
}

impl File {
    /// The state of the file.
    pub fn state(&self) -> FileState {
        match &self.header {
            _ if self.is_excluded => FileState::Excluded,
            Some(Err(_)) => FileState::Unreadable,
            _ if self.skipped.is_some() => FileState::Unreadable,
            Some(Ok(_)) if self.remark().is_some() => FileState::Warning,
            Some(Ok(_)) => FileState::Fine,
            None => FileState::Reading,
        }
    }

    /// A remark that should be known about it, in words.
    pub fn remark(&self) -> Option<String> {
        let of_header = match self.header.as_ref()? {
            Err(reason) => Some(reason.clone()),
            Ok(Header { duration_s: None, .. }) => {
                Some("its header does not tell how long it is: only a build finds out".into())
            }
            Ok(Header { duration_s: Some(0.0), .. }) => Some("it holds no sound".into()),
            Ok(_) => None,
        };
        self.skipped.clone().or(of_header)
    }

    /// The facts of its header in one line; empty until it was read.
    pub fn facts(&self) -> String {
        let Some(Ok(header)) = &self.header else { return String::new() };
        let length = header.duration_s.map_or_else(|| "length unknown".into(), in_words::duration);
        let channels = in_words::count(header.n_channels as u64, "channel");
        format!("{length} · {} · {channels} · {}", in_words::rate(header.sample_rate_hz), header.format)
    }
}

/// All files of a folder, and which of them are shown.
#[derive(Debug, Default)]
pub struct Files {
    all: Vec<File>,
    by_path: BTreeMap<PathBuf, usize>,
    filter: String,
    shown: Vec<usize>,
    selected: Option<usize>,
    n_read: usize,
    n_excluded: usize,
    duration_s: f64,
    rates_hz: BTreeSet<u32>,
}

impl Files {
    /// The files of a folder that was just opened, with those that `exclude` covers marked.
    pub fn new(files: Vec<(RelPath, PathBuf)>, exclude: &[RelPath]) -> Self {
        let by_path = files.iter().enumerate().map(|(index, (_, path))| (path.clone(), index)).collect();
        let all = files.into_iter().map(|(relative, path)| File {
            name: relative.to_string(),
            relative,
            path,
            header: None,
            skipped: None,
            is_excluded: false,
        });
        let mut files = Self { all: all.collect(), by_path, ..Self::default() };
        files.exclude(exclude);
        files.set_filter(String::new());
        files
    }

    /// Every file, in the dataset's order.
    pub fn all(&self) -> &[File] {
        &self.all
    }

    /// Numbers of the files that the filter lets through.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// The text that names must contain.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The file that is selected.
    pub fn selected(&self) -> Option<usize> {
        self.selected
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
        self.shown = (0..self.all.len())
            .filter(|&index| self.all[index].name.to_lowercase().contains(&wanted))
            .collect();
        self.filter = filter;
    }

    /// Selects the file `index`.
    pub fn select(&mut self, index: usize) {
        self.selected = Some(index.min(self.all.len().saturating_sub(1)));
    }

    /// Selects the file at `path`, when it is one of the folder.
    pub fn select_path(&mut self, path: &Path) {
        self.selected = self.by_path.get(path).copied().or(self.selected);
    }

    /// The number of the file at `path`, when it is one of the folder.
    pub fn number_of(&self, path: &Path) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// Where the file `relative` is, when it is one of the folder.
    pub fn path_of(&self, relative: &RelPath) -> Option<&Path> {
        self.all.iter().find(|file| file.relative == *relative).map(|file| file.path.as_path())
    }

    /// Moves the selection by `n_rows` of what is shown, and stays at the ends.
    pub fn move_selection(&mut self, n_rows: isize) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let row = self.selected.and_then(|selected| self.shown.binary_search(&selected).ok());
        let row = row.map_or(0, |row| row.saturating_add_signed(n_rows).min(last));
        self.selected = Some(self.shown[row]);
    }

    /// The row of the selected file among those shown.
    pub fn selected_row(&self) -> Option<usize> {
        self.shown.binary_search(&self.selected?).ok()
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

    /// Forgets why files were skipped: another build begins.
    pub fn forget_skipped(&mut self) {
        for file in &mut self.all {
            file.skipped = None;
        }
    }

    /// Notes why a build could not use the file at `path`.
    pub fn set_skipped(&mut self, path: &Path, reason: &str) {
        if let Some(&index) = self.by_path.get(path) {
            self.all[index].skipped = Some(reason.into());
        }
    }

    /// Marks what `exclude` covers: files, and everything in folders.
    pub fn exclude(&mut self, exclude: &[RelPath]) {
        let exclude: BTreeSet<&RelPath> = exclude.iter().collect();
        for file in &mut self.all {
            file.is_excluded = file.relative.prefixes().any(|prefix| exclude.contains(&prefix));
        }
        self.n_excluded = self.all.iter().filter(|file| file.is_excluded).count();
    }

    /// `exclude`, changed so that file `index` is included or not and every other file is as before: a folder that
    /// loses one of its files from the exclusions is replaced by the rest of them.
    pub fn exclusions_with(&self, exclude: &[RelPath], index: usize, is_included: bool) -> Vec<RelPath> {
        let target = &self.all[index].relative;
        if !is_included {
            return exclude.iter().chain([target]).cloned().collect();
        }
        let covering: BTreeSet<RelPath> =
            target.prefixes().filter(|prefix| exclude.contains(prefix)).collect();
        let kept = exclude.iter().filter(|path| !covering.contains(path)).cloned();
        let is_sibling = |file: &&File| {
            file.relative != *target && file.relative.prefixes().any(|prefix| covering.contains(&prefix))
        };
        let siblings = self.all.iter().filter(is_sibling).map(|file| file.relative.clone());
        let mut changed: Vec<RelPath> = kept.chain(siblings).collect();
        changed.sort();
        changed.dedup();
        changed
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
        let named = names.iter().map(|name| (RelPath::new(name), Path::new("/set").join(name)));
        Files::new(named.collect(), exclude)
    }

    fn header(sample_rate_hz: u32, duration_s: Option<f64>) -> Header {
        Header { sample_rate_hz, n_channels: 1, format: "FLAC".into(), duration_s }
    }

    #[test]
    fn including_one_file_of_an_excluded_folder_leaves_the_others_out() {
        let exclude = [RelPath::new("b"), RelPath::new("d.wav")];
        let mut files = files(&["a.wav", "b/c.wav", "b/e.wav", "d.wav"], &exclude);
        assert_eq!(files.n_included(), 1);
        let changed = files.exclusions_with(&exclude, 1, true);
        assert_eq!(changed, [RelPath::new("b/e.wav"), RelPath::new("d.wav")]);
        files.exclude(&changed);
        assert_eq!(files.n_included(), 2);
        let back = files.exclusions_with(&changed, 1, false);
        files.exclude(&back);
        assert_eq!(files.n_included(), 1);
    }

    #[test]
    fn the_selection_moves_over_what_the_filter_shows() {
        let mut files = files(&["kick.wav", "pad.wav", "snare kick.wav"], &[]);
        files.set_filter(" KICK".into());
        assert_eq!(files.shown(), [0, 2]);
        files.move_selection(1);
        assert_eq!(files.selected(), Some(0), "the first move selects the first row");
        files.move_selection(1);
        files.move_selection(1);
        assert_eq!((files.selected(), files.selected_row()), (Some(2), Some(1)));
    }

    #[test]
    fn the_summary_grows_with_the_headers() {
        let mut files = files(&["a.wav", "b.wav"], &[]);
        assert_eq!(files.summary(Path::new("/my/set")), "set · 2 files");
        files.set_header(0, Ok(header(44_100, Some(300.0))));
        files.set_header(1, Ok(header(48_000, Some(24.0))));
        assert_eq!(files.summary(Path::new("/my/set")), "set · 2 files · 5 min 24 s · 44.1 kHz and 48 kHz");
    }

    #[test]
    fn each_state_has_its_reason() {
        let mut files = files(&["a.wav", "b.wav", "c.wav", "d.wav"], &[RelPath::new("d.wav")]);
        files.set_header(0, Ok(header(8_000, Some(1.0))));
        files.set_header(1, Ok(header(8_000, None)));
        files.set_header(2, Err("not audio".into()));
        let states: Vec<FileState> = files.all().iter().map(File::state).collect();
        assert_eq!(states, [FileState::Fine, FileState::Warning, FileState::Unreadable, FileState::Excluded]);
        assert_eq!(files.all()[2].remark().as_deref(), Some("not audio"));
        files.set_skipped(Path::new("/set/a.wav"), "a sample at 0.5 s is not a number");
        assert_eq!(files.all()[0].state(), FileState::Unreadable);
    }
}
