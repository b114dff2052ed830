//! The thing that is previewed: a recording, or one variant of one of its chunks.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::path_text::RelPath;
use crate::settings::{AugmentationSettings, ReadSettings, Settings};

/// Bytes of tensors that a preview keeps before it becomes coarser; with the default settings eleven minutes.
pub const LIMIT_BYTES: usize = 64_000_000;

/// The subject of a preview.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A recording.
    File(PathBuf),
    /// One variant of one chunk of a recording, whose time begins at the chunk's start.
    Variant(Box<VariantSubject>),
}

impl Subject {
    /// The recording.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Variant(variant) => &variant.file,
        }
    }

    /// True when both are the same recording, or variants of the same number of its same chunk, however they are drawn.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let place = |subject: &Self| match subject {
            Self::File(_) => None,
            Self::Variant(variant) => Some((variant.chunk, variant.number)),
        };
        self.path() == other.path() && place(self) == place(other)
    }

    /// The same at the rate and with the chunk length of `settings`, drawn as before.
    #[must_use]
    pub fn cut_as(&self, settings: &Settings) -> Self {
        match self {
            Self::File(path) => Self::File(path.clone()),
            Self::Variant(variant) => Self::Variant(Box::new(variant.cut_as(settings))),
        }
    }
}

/// One variant of one chunk of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantSubject {
    /// The recording.
    pub file: PathBuf,
    /// Its path in the dataset, from which its variants are drawn.
    pub source: RelPath,
    /// Its chunk, from 0.
    pub chunk: u32,
    /// Number of the variant; 0 is the chunk itself.
    pub number: u32,
    /// The settings that it is cut and drawn with. What changes neither has its default, so that equal subjects are the same samples.
    pub(super) settings: Settings,
}

impl VariantSubject {
    /// Variant `number` of chunk `chunk` of the recording `file`, cut and drawn as a build with `settings` does it.
    pub fn new(settings: &Settings, file: PathBuf, source: RelPath, chunk: u32, number: u32) -> Self {
        let settings = Settings {
            seed: settings.seed,
            augmentation: AugmentationSettings { expansion: 0, ..settings.augmentation.clone() },
            ..cut_of(&source, settings)
        };
        Self { file, source, chunk, number, settings }
    }

    fn cut_as(&self, settings: &Settings) -> Self {
        let settings = Settings {
            seed: self.settings.seed,
            augmentation: self.settings.augmentation.clone(),
            ..cut_of(&self.source, settings)
        };
        Self { settings, ..self.clone() }
    }
}

/// The settings that the recording at `source` is cut by, as far as they concern it.
fn cut_of(source: &RelPath, settings: &Settings) -> Settings {
    let mut cut = settings.cut();
    cut.exclude_chunks.retain(|range| range.source == *source);
    cut
}

/// A request for a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRequest {
    /// The recording, or a variant of it.
    pub subject: Subject,
    /// The reading of a recording; a variant has its own.
    pub reading: ReadSettings,
    /// The recording's chunks to preview. What lies before is decoded and passed over. A variant is previewed as a whole.
    pub chunks: Range<usize>,
    /// Bytes of tensors to keep before the preview becomes coarser: [`LIMIT_BYTES`].
    pub limit_bytes: usize,
}

impl PreviewRequest {
    /// The whole recording, with nothing trimmed.
    pub fn whole(path: &Path) -> Self {
        Self {
            subject: Subject::File(path.to_path_buf()),
            reading: ReadSettings::default(),
            chunks: 0..usize::MAX,
            limit_bytes: LIMIT_BYTES,
        }
    }
}
