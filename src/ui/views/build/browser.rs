//! The tensors of the cache, to look at one by one: which is wanted, which is shown, and where it comes from.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cache::verify::Tensors;
use crate::in_words;
use crate::jobs::browse::BrowseEvent;
use crate::normalization::NormalizationStats;
use crate::pipeline::TensorPicture;
use crate::ui::remedy::with_remedy;
use crate::ui::session::files::Files;

/// The browser of the cache's tensors.
#[derive(Debug, Default)]
pub struct TensorBrowser {
    pub(super) tensors: Option<Arc<Tensors>>,
    wanted: usize,
    shown: Option<TensorPicture>,
    /// Counts what was read, so that pictures of it are made once.
    pub(super) n_read: u64,
    source: Option<PathBuf>,
    failure: Option<String>,
    pub(super) is_asked: bool,
    text: Option<String>,
}

impl TensorBrowser {
    /// Number of tensors; 0 until the cache was opened.
    pub fn n_tensors(&self) -> usize {
        self.tensors.as_ref().map_or(0, |tensors| tensors.rows.len())
    }

    /// The tensor that was asked for.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// The tensor that was read last.
    pub fn shown(&self) -> Option<&TensorPicture> {
        self.shown.as_ref()
    }

    /// Why it could not be read.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// The statistics that the cache was normalised with.
    pub fn stats(&self) -> Option<&NormalizationStats> {
        self.tensors.as_ref().map(|tensors| &tensors.manifest.normalization_stats)
    }

    /// The text of the number's field.
    pub fn text(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.wanted.to_string())
    }

    /// True when the text of the number's field is a tensor's.
    pub fn is_text_possible(&self) -> bool {
        self.text.as_ref().is_none_or(|text| text.trim().parse().is_ok_and(|n: usize| n < self.n_tensors()))
    }

    /// Where tensor `number` comes from: "drums/kick.wav, chunk 2, 2.00 s to 3.00 s".
    pub fn origin(&self, number: usize) -> String {
        let Some(row) = self.tensors.as_ref().and_then(|tensors| tensors.rows.get(number)) else {
            return String::new();
        };
        let Range { start, end } = self.range_s(number);
        let variant = match row.variant {
            0 => String::new(),
            variant => format!(", variant {variant}"),
        };
        let [start, end] = [start, end].map(in_words::position);
        format!("{}, chunk {}{variant}, {start} to {end}", row.source, row.chunk)
    }

    /// The cells of tensor `number` in a table: its number, its source, chunk and variant, and where it begins and ends.
    pub(super) fn cells(&self, number: usize) -> [String; 6] {
        let Some(row) = self.tensors.as_ref().and_then(|tensors| tensors.rows.get(number)) else {
            return Default::default();
        };
        let Range { start, end } = self.range_s(number);
        let [start, end] = [start, end].map(in_words::position);
        let (chunk, variant) = (row.chunk.to_string(), row.variant.to_string());
        [number.to_string(), row.source.to_string(), chunk, variant, start, end]
    }

    /// The file name of tensor `number`.
    pub fn name(number: usize) -> String {
        crate::cache::tensor_name(number as u64)
    }

    /// The excerpt that tensor `number` was made from, in seconds of its source.
    pub fn range_s(&self, number: usize) -> Range<f64> {
        let Some(tensors) = &self.tensors else { return 0.0..0.0 };
        let manifest = &tensors.manifest;
        let chunk_s = manifest.chunk_samples as f64 / f64::from(manifest.sample_rate_hz);
        let start_s = tensors.rows.get(number).map_or(0.0, |row| row.start_s);
        start_s..start_s + chunk_s
    }

    /// The file that the shown tensor was made from, where it is still one of the folder.
    pub fn source(&self) -> Option<&Path> {
        self.source.as_deref()
    }

    /// The tensor in words: "1.0 s, 41 % masked, strongest band 440 Hz".
    pub fn summary(&self) -> String {
        let Some(shown) = &self.shown else { return "no tensor was read yet".into() };
        let Range { start, end } = self.range_s(shown.number);
        format!(
            "{}, {:.0} % masked, strongest band {:.0} Hz",
            in_words::duration(end - start),
            shown.masked_share * 100.0,
            shown.strongest_hz
        )
    }

    /// Asks for tensor `number`.
    pub(super) fn want(&mut self, number: usize) {
        self.wanted = number.min(self.n_tensors().saturating_sub(1));
        self.text = None;
        self.failure = None;
        self.is_asked = false;
    }

    /// Changes the text of the number's field; a number asks for its tensor.
    pub(super) fn type_number(&mut self, text: String) {
        if let Ok(number) = text.trim().parse::<usize>()
            && number < self.n_tensors()
        {
            self.want(number);
        }
        self.text = Some(text);
    }

    /// Forgets the cache: it was built anew, or shall be read again.
    pub(super) fn forget(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }

    pub(super) fn take(&mut self, event: BrowseEvent, files: &Files) {
        match event {
            BrowseEvent::Opened(tensors) => {
                self.tensors = Some(tensors);
                self.wanted = self.wanted.min(self.n_tensors().saturating_sub(1));
            }
            BrowseEvent::Read(picture) => {
                let row = self.tensors.as_ref().and_then(|tensors| tensors.rows.get(picture.number));
                self.source = row.and_then(|row| files.path_of(&row.source)).map(Path::to_path_buf);
                self.shown = Some(*picture);
                self.n_read += 1;
            }
            BrowseEvent::Failed(error) => {
                self.shown = None;
                self.fail(with_remedy(&error));
            }
        }
    }

    pub(super) fn fail(&mut self, reason: String) {
        self.failure = Some(reason);
    }
}
