//! The preview of one variant of one chunk: the samples and the tensor that a build makes of it.

use super::assembly::Assembly;
use super::chunk_part::part_of;
use super::mean::Averaging;
use super::part;
use super::subject::VariantSubject;
use super::update::{Emit, MadeVariant, PreviewSummary, PreviewUpdate};
use crate::audio::chunk::Chunk;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::Result;
use crate::monitor::Monitor;
use crate::peak;
use crate::pipeline::variants::ChunkVariants;
use crate::workers::catch_decoder;

/// Previews the variant `subject`.
pub(super) fn preview_variant(
    subject: &VariantSubject,
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    let VariantSubject { file, source, chunk, number, settings } = subject;
    let open = || ChunkVariants::open(settings, file, source.clone(), *chunk, monitor);
    let mut variants = catch_decoder(file, open)?;
    let mut samples = variants.original().to_vec();
    let applied = variants.make_into(*number, &mut samples);
    monitor.check()?;
    // Its time begins with it. A variant has its own level, and is analysed at that.
    let chunk = Chunk { index: 0, n_samples: samples.len(), peak: peak::peak(&samples), samples };
    let part = part_of(&chunk, part::waveform_of(&chunk.samples), plan, &mut plan.scratch());
    emit(PreviewUpdate::Made(MadeVariant { applied, samples: chunk.samples.into() }))?;
    // A chunk is a single part, which is not made coarser.
    let mut assembly = Assembly::new(0, usize::MAX, Averaging::of(plan.settings().if_mode), emit);
    assembly.push(part)?;
    Ok(PreviewSummary { n_chunks: assembly.finish()?, damage: None })
}
