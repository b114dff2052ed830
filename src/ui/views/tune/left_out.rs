//! What a build leaves out of what is shown, as plain values: chunks, and the trimmed stretches before and after them.

use std::ops::Range;

use super::shown::Shown;
use crate::in_words;
use crate::pipeline::preview::{Preview, Subject};
use crate::settings::{ChunkRules, Settings};
use crate::ui::session::folder::Folder;

/// What is left out of what is shown, as far as its preview has come.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// The revision of the preview, and the settings, that all of it is of.
    known: Option<(u64, Settings)>,
    /// Counts the changes.
    pub(super) revision: u64,
    /// The numbers of the chunks, in order and apart from each other.
    pub(super) chunks: Vec<Range<usize>>,
    /// The times of the chunks, in order and apart from each other, in seconds of the recording.
    pub times_s: Vec<Range<f64>>,
    /// The times that are trimmed off, in seconds of the recording.
    pub trimmed_s: Vec<Range<f64>>,
}

impl LeftOut {
    /// True for a chunk that is left out.
    pub(super) fn has(&self, chunk: usize) -> bool {
        self.chunks.iter().any(|range| range.contains(&chunk))
    }

    /// True for a time that is trimmed off.
    pub(super) fn is_trimmed(&self, time_s: f64) -> bool {
        self.trimmed_s.iter().any(|range| range.contains(&time_s))
    }

    /// Brings it up to date with revision `revision` of what is `shown`, and with the settings. A variant is made of a chunk
    /// that is kept.
    pub(super) fn update(&mut self, shown: Option<&Shown>, revision: u64, folder: &Folder) {
        if self.is_of(revision, &folder.settings) {
            return;
        }
        let chunks = shown.and_then(|shown| chunks(shown, folder)).unwrap_or_default();
        let start_s = |chunk| shown.map_or(0.0, |shown| shown.preview.chunk_start_s(chunk));
        let times_s: Vec<Range<f64>> =
            chunks.iter().map(|range| start_s(range.start)..start_s(range.end)).collect();
        let trimmed_s = shown.map(|shown| trimmed_s(&shown.preview, &times_s)).unwrap_or_default();
        let known = Some((revision, folder.settings.unmasked_tensors()));
        *self = Self { known, revision: self.revision + 1, chunks, times_s, trimmed_s };
    }

    /// True where all of it is of this revision of the preview, and of the rules in `settings`.
    fn is_of(&self, revision: u64, settings: &Settings) -> bool {
        let is_same =
            |(known, of): &(u64, Settings)| *known == revision && of.has_same_unmasked_tensors(settings);
        self.known.as_ref().is_some_and(is_same)
    }

    /// What is left out, in words: "2 chunks left out", "trimmed: the first 0.50 s and the last 1.25 s".
    pub(super) fn words(&self, shown: &Shown) -> Vec<String> {
        let n_chunks: usize = self.chunks.iter().map(ExactSizeIterator::len).sum();
        let chunks = (n_chunks > 0).then(|| format!("{} left out", in_words::count(n_chunks, "chunk")));
        chunks.into_iter().chain(trimmed_words(&shown.preview)).collect()
    }
}

fn trimmed_words(preview: &Preview) -> Option<String> {
    let trim = preview.trim()?;
    if trim.kept_s.is_empty() {
        return Some("trimmed as a whole: nothing in it is loud enough".into());
    }
    let [first_s, last_s] = [trim.kept_s.start, trim.whole_s - trim.kept_s.end];
    match [first_s > 0.0, last_s > 0.0] {
        [true, true] => Some(format!("trimmed: the first {first_s:.2} s and the last {last_s:.2} s")),
        [true, false] => Some(format!("trimmed: the first {first_s:.2} s")),
        [false, true] => Some(format!("trimmed: the last {last_s:.2} s")),
        [false, false] => None,
    }
}

/// The chunks that are left out.
fn chunks(shown: &Shown, folder: &Folder) -> Option<Vec<Range<usize>>> {
    let Subject::File(path) = &shown.subject else { return None };
    if !folder.settings.may_leave_out() {
        return None;
    }
    let file = &folder.files.all()[folder.files.number_of(path)?];
    let rules = ChunkRules::new(&folder.settings);
    let rules = rules.of(&file.relative);
    let chunk_samples = shown.preview.settings().chunk_samples;
    let mut chunks: Vec<Range<usize>> = Vec::new();
    for (chunk, n_samples, level) in shown.preview.chunk_levels() {
        // The last chunk is padded only once it is known to be the last.
        let n_samples = if shown.is_complete { n_samples } else { chunk_samples };
        if rules.why(chunk as u32, n_samples, level.peak).is_some() {
            match chunks.last_mut() {
                Some(before) if before.end == chunk => before.end = chunk + 1,
                _ => chunks.push(chunk..chunk + 1),
            }
        }
    }
    Some(chunks)
}

/// The stretches before the first sound and after the last; where the last chunk is left out, its padding is as well.
fn trimmed_s(preview: &Preview, left_out_s: &[Range<f64>]) -> Vec<Range<f64>> {
    let Some(trim) = preview.trim() else { return Vec::new() };
    let left_out_end_s = left_out_s.last().map_or(0.0, |times_s| times_s.end);
    let stretches = [0.0..trim.kept_s.start, trim.kept_s.end.max(left_out_end_s)..trim.whole_s];
    stretches.into_iter().filter(|times_s| times_s.start < times_s.end).collect()
}
