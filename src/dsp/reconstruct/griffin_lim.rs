//! Fast Griffin-Lim: rounds that make a spectrum with given magnitudes the spectrum of a sound.
//!
//! A round takes the spectrum of the sound so far, goes beyond it by [`MOMENTUM`] times what the last round changed, gives it
//! the wanted magnitudes, and makes a sound of it (N. Perraudin, P. Balázs, P. Søndergaard, "A fast Griffin-Lim algorithm",
//! 2013).

use realfft::num_complex::Complex32;

use super::transforms::{TransformScratch, Transforms};
use crate::dsp::simd_level::Kernel;

/// The paper's α.
const MOMENTUM: f32 = 0.99;

/// Buffers of one refinement.
#[derive(Debug, Clone)]
pub(super) struct RefinementScratch {
    /// One frame.
    pub(super) spectrum: Vec<Complex32>,
    /// Spectra of the sound of the round before, `[frames, bins]`.
    before: Vec<Complex32>,
}

impl RefinementScratch {
    pub(super) fn new(n_frames: usize, n_bins: usize) -> Self {
        Self { spectrum: vec![Complex32::ZERO; n_bins], before: vec![Complex32::ZERO; n_frames * n_bins] }
    }
}

/// Brings `chunk` nearer to `magnitude` (`[frames, bins]`) in `n_rounds` rounds.
pub(super) fn refine(
    (transforms, transform_scratch): (&Transforms, &mut TransformScratch),
    magnitude: &[f32],
    n_rounds: usize,
    scratch: &mut RefinementScratch,
    chunk: &mut [f32],
) {
    let Transforms { stft, inverse, level } = transforms;
    let TransformScratch { forward, back } = transform_scratch;
    let RefinementScratch { spectrum, before } = scratch;
    let n_bins = spectrum.len();
    for round in 0..n_rounds {
        // There is no round before the first to go beyond.
        let momentum = if round == 0 { 0.0 } else { MOMENTUM };
        stft.load(chunk, forward);
        let rows = magnitude.chunks_exact(n_bins).zip(before.chunks_exact_mut(n_bins));
        for (frame, (magnitude, before)) in rows.enumerate() {
            let scale = stft.spectrum_into(frame, forward, spectrum);
            level.run(Project { magnitude, unscale: scale.recip(), momentum, before, spectrum });
            inverse.add_frame(frame, spectrum, back);
        }
        inverse.finish_into(back, chunk);
    }
}

/// One frame of a round: goes beyond `spectrum` by what changed since `before`, which it replaces, and gives it `magnitude`.
struct Project<'a> {
    magnitude: &'a [f32],
    unscale: f32,
    momentum: f32,
    before: &'a mut [Complex32],
    spectrum: &'a mut [Complex32],
}

impl Kernel for Project<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { magnitude, unscale, momentum, before, spectrum } = self;
        for ((value, before), magnitude) in spectrum.iter_mut().zip(before).zip(magnitude) {
            let now = *value * unscale;
            let beyond = now + (now - *before) * momentum;
            *before = now;
            // The least keeps 0/0 from becoming NaN; a place without a phase becomes 0.
            let norm = (beyond.re * beyond.re + beyond.im * beyond.im).max(f32::MIN_POSITIVE).sqrt();
            *value = beyond * (magnitude / norm);
        }
    }
}
