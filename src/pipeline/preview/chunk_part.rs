//! The part of a single chunk, as a build analyses it.

use ndarray::Array2;

use super::part::{ChunkLevel, Part, Scale};
use crate::audio::chunk::Chunk;
use crate::dsp::analysis::{AnalysisPlan, Scratch};

/// The part of one levelled chunk; `waveform` is that of before its level was changed.
pub(super) fn part_of(
    chunk: &Chunk,
    waveform: Vec<[f32; 2]>,
    plan: &AnalysisPlan,
    scratch: &mut Scratch,
) -> Part {
    let settings = plan.settings();
    let len = settings.n_mels * settings.n_frames();
    let (mut mel_power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
    plan.analyze_unmasked_into(&chunk.samples, scratch, &mut mel_power, &mut inst_freq);
    let power_max = mel_power.iter().fold(0.0, |max: f32, &power| max.max(power));
    let matrix = |values| {
        Array2::from_shape_vec((settings.n_mels, settings.n_frames()), values).expect("made of that length")
    };
    Part {
        first_chunk: chunk.index,
        n_chunks: 1,
        n_samples: chunk.n_samples as u64,
        scale: Scale { n_frames: settings.n_frames(), level: 0 },
        mel_power: matrix(mel_power),
        inst_freq: matrix(inst_freq),
        reduced: None,
        waveform,
        levels: vec![ChunkLevel { peak: chunk.peak, power_max }],
    }
}
