//! A chunk and its first variants side by side, for the eye and the ear: the same samples and tensors as in a build.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ndarray::{Array3, Axis};

use super::browse::{masked_share, strongest_band};
use super::variants::{ChunkVariants, LeftOutChunk, ReadChunk};
use crate::applied::Applied;
use crate::dsp::analysis::{AnalysisPlan, LastPlan};
use crate::error::Result;
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use crate::picture::raster::Channels;
use crate::picture::{ColorMap, Heatmap, Raster};
use crate::settings::Settings;

/// Pixels a side of a picture, at most: it is shown small, and sharp on a fine screen as well.
const SIDE_MAX: usize = 512;

/// A request for a chunk and its variants.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantPreviewRequest {
    /// The settings that variants are drawn and analysed with; `expansion` plays no part.
    pub settings: Settings,
    /// The recording.
    pub file: PathBuf,
    /// Its path in the dataset, from which its variants are drawn.
    pub source: RelPath,
    /// Its chunk, from 0.
    pub chunk: u32,
    /// Variants to make, from the first on.
    pub n_variants: u32,
}

/// A chunk with its first variants.
#[derive(Debug)]
pub struct VariantPreviews {
    /// The recording.
    pub file: PathBuf,
    /// Its chunk, from 0.
    pub chunk: u32,
    /// Where the chunk begins, in seconds of the recording.
    pub start_s: f64,
    /// Chunks of the recording, where its header tells.
    pub n_chunks: Option<u64>,
    /// Where the build leaves the chunk out; then it has no variants.
    pub left_out: Option<LeftOutChunk>,
    /// Rate of the samples in Hz.
    pub sample_rate_hz: u32,
    /// The original, then the variants in order; none of a chunk that is left out.
    pub variants: Vec<VariantPreview>,
}

/// The original or a variant.
#[derive(Debug)]
pub struct VariantPreview {
    /// Number of the variant; 0 is the original.
    pub variant: u32,
    /// The changes that made it.
    pub applied: Applied,
    /// The samples that a build analyses, of the length of a chunk.
    pub samples: Arc<[f32]>,
    /// Both channels of its tensor, low bands at the bottom; masked places are clear in the second.
    ///
    /// The magnitude is palest where the original's is largest, so that all variants can be compared.
    pub pictures: [Raster; 2],
    /// Share of places, 0 to 1, whose instantaneous frequency is masked.
    pub masked_share: f64,
    /// Centre of the band that has the largest magnitude on average, in Hz.
    pub strongest_hz: f64,
}

/// Makes previews of variants. What the next has in common with the last is kept: a slider that is dragged reads no file.
#[derive(Default)]
pub struct VariantPreviewer {
    plan: LastPlan,
    chunk: Option<(ChunkKey, ReadChunk)>,
}

/// Everything that a chunk which was read depends on.
#[derive(Debug, Clone, PartialEq)]
struct ChunkKey {
    file: PathBuf,
    /// Size in bytes and time of the last change.
    stamp: (u64, Option<SystemTime>),
    source: RelPath,
    chunk: u32,
    /// The settings that it is cut by: nothing of an analysis or of variants.
    cut: Settings,
}

impl VariantPreviewer {
    /// Makes the original and the variants that `request` asks for.
    ///
    /// # Errors
    /// Everything that makes a build skip the file, a chunk that it does not have, and impossible settings; on cancel, heeded after
    /// each variant.
    pub fn make(
        &mut self,
        request: &VariantPreviewRequest,
        monitor: &dyn Monitor,
    ) -> Result<VariantPreviews> {
        let settings = &request.settings;
        settings.check()?;
        let chunk = self.chunk(request, monitor)?;
        let samples = chunk.samples.clone();
        let mut previews = VariantPreviews {
            file: request.file.clone(),
            chunk: request.chunk,
            start_s: chunk.start_s,
            n_chunks: chunk.n_chunks,
            left_out: chunk.left_out,
            sample_rate_hz: settings.sample_rate_hz,
            variants: Vec::new(),
        };
        if previews.left_out.is_some() {
            return Ok(previews);
        }
        let plan = self.plan.plan(settings.analysis())?;
        let mut chunk_variants =
            ChunkVariants::of_chunk(settings, request.source.clone(), request.chunk, samples);
        let mut magnitude_max = 0.0;
        for variant in 0..=request.n_variants {
            monitor.check()?;
            let mut samples = chunk_variants.original().to_vec();
            let applied = chunk_variants.make_into(variant, &mut samples);
            let tensor = plan.analyze(&samples);
            if variant == 0 {
                magnitude_max = tensor.index_axis(Axis(0), 0).iter().fold(0.0, |a: f32, &b| a.max(b));
            }
            previews.variants.push(VariantPreview::new(
                plan,
                &tensor,
                magnitude_max,
                variant,
                applied,
                samples.into(),
            ));
        }
        Ok(previews)
    }

    /// The chunk, read where it is not the last one.
    fn chunk(&mut self, request: &VariantPreviewRequest, monitor: &dyn Monitor) -> Result<&ReadChunk> {
        let settings = &request.settings;
        let key = ChunkKey {
            file: request.file.clone(),
            stamp: stamp(&request.file),
            source: request.source.clone(),
            chunk: request.chunk,
            cut: settings.cut(),
        };
        let chunk = match self.chunk.take().filter(|(known, _)| *known == key) {
            Some((_, chunk)) => chunk,
            None => ReadChunk::read(settings, &request.file, &request.source, request.chunk, monitor)?,
        };
        Ok(&self.chunk.insert((key, chunk)).1)
    }
}

/// The stamp that tells that a file has changed. One without a stamp says so when it is read.
fn stamp(file: &Path) -> (u64, Option<SystemTime>) {
    std::fs::metadata(file).map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()))
}

impl VariantPreview {
    fn new(
        plan: &AnalysisPlan,
        tensor: &Array3<f32>,
        magnitude_max: f32,
        variant: u32,
        applied: Applied,
        samples: Arc<[f32]>,
    ) -> Self {
        let threshold = plan.settings().if_threshold;
        let (magnitude, inst_freq) = (tensor.index_axis(Axis(0), 0), tensor.index_axis(Axis(0), 1));
        let masked_share = masked_share(&magnitude, threshold);
        let strongest_hz = plan.filters().centre_hz(strongest_band(&magnitude));
        let chunks = [Channels { magnitude, inst_freq }];
        let heatmap = Heatmap::new(&chunks, SIDE_MAX, SIDE_MAX);
        let pictures =
            [heatmap.magnitude([0.0, magnitude_max]), heatmap.kept_inst_freq(ColorMap::Diverging, threshold)];
        Self { variant, applied, samples, pictures, masked_share, strongest_hz }
    }
}
