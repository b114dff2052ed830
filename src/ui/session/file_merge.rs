//! A folder that was read again: files that came, went or changed find their place among those that are known.

use std::cmp::Ordering;

use super::file::File;
use super::files::Files;
use crate::jobs::KnownFiles;
use crate::path_text::RelPath;
use crate::source::SourceFile;

impl Files {
    /// The files whose headers need not be read again as long as they are the same.
    pub fn known(&self) -> KnownFiles {
        let read = self.all.iter().filter(|file| file.header.is_some());
        read.map(|file| (file.path.clone(), file.version)).collect()
    }

    /// Takes what a scan found in place of what was known, and keeps the selection and all that is known of files that
    /// are the same. False when nothing is other than it was.
    pub fn merge(&mut self, sources: Vec<SourceFile>, exclude: &[RelPath]) -> bool {
        let is_same = |(source, file): (&SourceFile, &File)| {
            source.path == file.path
                && source.relative == file.relative
                && (source.size, source.mtime_ns) == file.version
        };
        if sources.len() == self.all.len() && sources.iter().zip(&self.all).all(is_same) {
            return false;
        }
        let before: Vec<usize> = self.shown().to_vec();
        let selected = self.selected();
        let n_known = self.all.len();
        let mut known = std::mem::take(&mut self.all).into_iter().enumerate().peekable();
        let mut numbers: Vec<Option<usize>> = vec![None; n_known];
        let mut all = Vec::with_capacity(sources.len());
        // Both are in the dataset's order: one walk finds what is on either side.
        for source in sources {
            let order = |file: &File| order(file, &source);
            while known.next_if(|(_, file)| order(file).is_lt()).is_some() {}
            let file = match known.next_if(|(_, file)| order(file).is_eq()) {
                None => File::new(source),
                Some((number, file)) => {
                    numbers[number] = Some(all.len());
                    if file.version == (source.size, source.mtime_ns) { file } else { File::new(source) }
                }
            };
            all.push(file);
        }
        self.cursor_folder = None;
        self.replace(all, exclude);
        self.revision += 1;
        self.selection = self.selection.renumbered(|number| numbers[number]);
        if self.selected().is_none()
            && let Some(neighbour) = selected.and_then(|selected| neighbour(&before, &numbers, selected))
        {
            self.select(neighbour);
        }
        true
    }
}

/// The order of a file that is known and one that was found, as the dataset has it: a link and its target have one path
/// and two places.
fn order(file: &File, source: &SourceFile) -> Ordering {
    file.path.cmp(&source.path).then_with(|| file.relative.cmp(&source.relative))
}

/// The new number of the file that is nearest to `gone` in the old order `shown`: one below it, or else above.
fn neighbour(shown: &[usize], numbers: &[Option<usize>], gone: usize) -> Option<usize> {
    let place = shown.iter().position(|number| *number == gone)?;
    let below = shown[place..].iter().find_map(|number| numbers[*number]);
    below.or_else(|| shown[..place].iter().rev().find_map(|number| numbers[*number]))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::jobs::Header;
    use crate::ui::session::browse::Browse;

    fn sources(files: &[(&str, i64)]) -> Vec<SourceFile> {
        let source = |&(name, mtime_ns): &(&str, i64)| SourceFile {
            relative: RelPath::new(name),
            path: Path::new("/set").join(name),
            size: 1,
            mtime_ns,
            is_excluded: false,
        };
        files.iter().map(source).collect()
    }

    fn read(files: &mut Files) {
        for index in 0..files.all().len() {
            let header =
                Header { sample_rate_hz: 8_000, n_channels: 1, format: "WAV".into(), duration_s: Some(1.0) };
            files.set_header(index, Ok(header));
        }
    }

    fn selected_name(files: &Files) -> &str {
        files.selected().map_or("", |index| &files.all()[index].name)
    }

    #[test]
    fn what_is_the_same_is_kept_and_the_rest_is_to_be_read() {
        let mut files = Files::new(sources(&[("a/1.wav", 1), ("b/2.wav", 1), ("b/3.wav", 1)]), &[]);
        read(&mut files);
        files.select(1);
        files.browse(Browse::SetOpen { folder: 0, is_open: false });
        assert!(!files.merge(sources(&[("a/1.wav", 1), ("b/2.wav", 1), ("b/3.wav", 1)]), &[]));
        assert_eq!(files.revision(), 0);
        // One came, one changed, and none of the others is asked for again.
        let exclude = [RelPath::new("0.wav")];
        let now = [("0.wav", 1), ("a/1.wav", 1), ("b/2.wav", 1), ("b/3.wav", 2)];
        assert!(files.merge(sources(&now), &exclude));
        assert_eq!(files.revision(), 1);
        let known = files.all().iter().map(|file| file.header.is_some());
        assert_eq!(known.collect::<Vec<_>>(), [false, true, true, false]);
        assert_eq!((files.n_read(), files.n_included()), (2, 3));
        assert_eq!(selected_name(&files), "b/2.wav");
        assert!(!files.tree().is_open(0), "what was closed stays closed");
        assert_eq!(files.number_of(Path::new("/set/b/3.wav")), Some(3));
        assert_eq!(files.known().len(), 2);
    }

    #[test]
    fn when_the_selected_file_is_gone_its_neighbour_is_selected() {
        let mut files = Files::new(sources(&[("1.wav", 1), ("2.wav", 1), ("3.wav", 1)]), &[]);
        files.select(1);
        files.merge(sources(&[("1.wav", 1), ("3.wav", 1)]), &[]);
        assert_eq!(selected_name(&files), "3.wav");
        files.merge(sources(&[("1.wav", 1)]), &[]);
        assert_eq!(selected_name(&files), "1.wav");
        files.merge(Vec::new(), &[]);
        assert_eq!(files.selected(), None);
    }
}
