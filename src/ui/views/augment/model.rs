//! The model of the Augment view, as plain values: which chunk is wanted, and what was made of it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::in_words;
use crate::jobs::variant_previews::VariantPreviewEvent;
use crate::pipeline::{VariantPreview, VariantPreviewRequest, VariantPreviews};
use crate::settings::{AugmentationSettings, Settings};
use crate::ui::remedy::with_remedy;
use crate::ui::session::file::File;
use crate::ui::session::listen::VariantSound;

/// Variants that are shown, at most: with the original as many as a person compares.
pub const SHOWN_MAX: u32 = 8;

/// The model of the Augment view.
#[derive(Debug, Default)]
pub struct Augment {
    /// The file whose chunk is wanted, and its version.
    file: Option<(PathBuf, (u64, i64))>,
    chunk: u32,
    chunk_text: Option<String>,
    /// Chunks of the file, once they are known.
    n_chunks: Option<u64>,
    pub(super) asked: Option<VariantPreviewRequest>,
    shown: Option<VariantPreviews>,
    /// Counts what was made, so that textures of it are made once.
    pub(super) n_made: u64,
    failure: Option<String>,
}

impl Augment {
    /// The chunk that was asked for, from 0.
    pub fn chunk(&self) -> u32 {
        self.chunk
    }

    /// Chunks of the file, where they are known.
    pub fn n_chunks(&self) -> Option<u64> {
        self.n_chunks
    }

    /// True when the file has, as far as is known, a chunk of this number.
    pub fn has_chunk(&self, chunk: u32) -> bool {
        self.n_chunks.is_none_or(|n_chunks| u64::from(chunk) < n_chunks)
    }

    /// The text of the field with the chunk's number.
    pub fn chunk_text(&self) -> String {
        self.chunk_text.clone().unwrap_or_else(|| self.chunk.to_string())
    }

    /// True when that text is the number of a chunk.
    pub fn is_chunk_text_possible(&self) -> bool {
        let is_chunk = |text: &String| text.trim().parse().is_ok_and(|chunk| self.has_chunk(chunk));
        self.chunk_text.as_ref().is_none_or(is_chunk)
    }

    /// The original and its variants, as they were made last.
    pub fn shown(&self) -> Option<&VariantPreviews> {
        self.shown.as_ref()
    }

    /// True when what is shown was made of `file`: what was made of another waits for its successor.
    pub fn is_of(&self, file: &File) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.file == file.path)
    }

    /// The one with this number, of those that are shown.
    pub fn take_of(&self, variant: u32) -> Option<&VariantPreview> {
        self.shown.as_ref()?.variants.iter().find(|take| take.variant == variant)
    }

    /// The sound of one of them.
    pub fn sound_of(&self, variant: u32) -> Option<VariantSound> {
        let take = self.take_of(variant)?;
        let sample_rate_hz = self.shown.as_ref()?.sample_rate_hz;
        Some(VariantSound { samples: Arc::clone(&take.samples), sample_rate_hz })
    }

    /// Why there is nothing to show.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Asks for a chunk.
    pub(super) fn show_chunk(&mut self, chunk: u32) {
        self.chunk = chunk;
        self.chunk_text = None;
    }

    /// Changes the text of the field with the chunk's number; a number asks for that chunk.
    pub(super) fn type_chunk(&mut self, text: String) {
        if let Ok(chunk) = text.trim().parse()
            && self.has_chunk(chunk)
        {
            self.show_chunk(chunk);
        }
        self.chunk_text = Some(text);
    }

    /// Turns to `file`, of which the first chunk is wanted.
    pub(super) fn turn_to(&mut self, file: &File) {
        let is_known = |(path, version): &(PathBuf, _)| *path == file.path && *version == file.version;
        if !self.file.as_ref().is_some_and(is_known) {
            self.file = Some((file.path.clone(), file.version));
            self.n_chunks = None;
            // The same request has another answer when the file was changed.
            self.asked = None;
            // What was wrong with the one before is nothing to this one.
            self.failure = None;
            self.show_chunk(0);
        }
    }

    /// The request for `file` with `settings`.
    pub(super) fn request(&self, file: &File, settings: &Settings) -> VariantPreviewRequest {
        let n_variants = match settings.augmentation.expansion {
            0 => SHOWN_MAX,
            expansion => expansion.min(SHOWN_MAX),
        };
        VariantPreviewRequest {
            // What does not change a variant is left out, so that it asks for nothing new.
            settings: Settings {
                augmentation: AugmentationSettings { expansion: 0, ..settings.augmentation.clone() },
                cache_dir: None,
                exclude: Vec::new(),
                ..settings.clone()
            },
            file: file.path.clone(),
            source: file.relative.clone(),
            chunk: self.chunk,
            n_variants,
        }
    }

    pub(super) fn take(&mut self, event: VariantPreviewEvent) {
        self.n_made += 1;
        match event {
            VariantPreviewEvent::Ready(variant_preview) => {
                self.n_chunks = variant_preview.n_chunks;
                self.shown = Some(variant_preview);
                self.failure = None;
            }
            VariantPreviewEvent::Failed(error) => self.fail(with_remedy(&error)),
        }
    }

    pub(super) fn fail(&mut self, reason: String) {
        self.shown = None;
        self.failure = Some(reason);
    }
}

/// A summary of its pictures: "1.0 s, 41 % masked, strongest band 440 Hz".
pub(super) fn summary(take: &VariantPreview, sample_rate_hz: u32) -> String {
    format!(
        "{}, {:.0} % masked, strongest band {:.0} Hz",
        in_words::duration(take.samples.len() as f64 / f64::from(sample_rate_hz)),
        take.masked_share * 100.0,
        take.strongest_hz
    )
}
