//! A look at one variant of one chunk: the samples and the tensor that a build makes of it.

use std::path::PathBuf;
use std::sync::Arc;

use super::assembly::Assembly;
use super::{Emit, Levelled, PreviewSummary, PreviewUpdate, caught, part, part_of};
use crate::augment::Applied;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::Result;
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use crate::pipeline::ChunkVariants;
use crate::settings::{AugmentationSettings, Settings};

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
    /// How it is cut and drawn. What changes neither has its default, so that equal subjects are the same samples.
    settings: Settings,
}

/// What a variant came to.
#[derive(Debug, Clone)]
pub struct MadeVariant {
    /// What was done to it.
    pub applied: Applied,
    /// The samples that a build analyses, of the length of a chunk.
    pub samples: Arc<[f32]>,
}

impl VariantSubject {
    /// Variant `number` of chunk `chunk` of the recording `file`, cut and drawn as a build with `settings` does it.
    pub fn new(settings: &Settings, file: PathBuf, source: RelPath, chunk: u32, number: u32) -> Self {
        let settings = Settings {
            sample_rate_hz: settings.sample_rate_hz,
            chunk_s: settings.chunk_s,
            seed: settings.seed,
            augmentation: AugmentationSettings { expansion: 0, ..settings.augmentation.clone() },
            ..Settings::default()
        };
        Self { file, source, chunk, number, settings }
    }

    pub(super) fn cut_as(&self, settings: &Settings) -> Self {
        let Settings { sample_rate_hz, chunk_s, .. } = *settings;
        Self { settings: Settings { sample_rate_hz, chunk_s, ..self.settings.clone() }, ..self.clone() }
    }
}

pub(super) fn preview_variant(
    subject: &VariantSubject,
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    let VariantSubject { file, source, chunk, number, settings } = subject;
    let open = || ChunkVariants::open(settings, file, source.clone(), *chunk, monitor);
    let mut variants = caught(file, open)?;
    let mut samples = variants.original().to_vec();
    let applied = variants.make_into(*number, &mut samples);
    monitor.check()?;
    let levelled = Levelled {
        // Its time begins with it.
        index: 0,
        n_samples: samples.len(),
        samples: &samples,
        waveform: part::waveform_of(&samples),
        peak: samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs())),
    };
    let part = part_of(levelled, plan, &mut plan.scratch());
    emit(PreviewUpdate::Made(MadeVariant { applied, samples: samples.into() }))?;
    // A chunk is a single part, which is not made coarser.
    let mut assembly = Assembly::new(0, usize::MAX, emit);
    assembly.push(part)?;
    Ok(PreviewSummary { n_chunks: assembly.finish()?, damage: None })
}
