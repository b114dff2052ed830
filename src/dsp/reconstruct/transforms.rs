//! Sound to spectrum and back, and magnitudes and phases to a spectrum.

use realfft::num_complex::Complex32;

use crate::dsp::inverse_stft::{InverseStft, InverseStftScratch};
use crate::dsp::kernels::sin_cos_turns;
use crate::dsp::simd_level::{Kernel, SimdLevel};
use crate::dsp::stft::{Stft, StftScratch};
use crate::settings::AnalysisSettings;

/// Frames whose windows reach into the padding before the chunk.
pub(super) fn n_mirrored(settings: &AnalysisSettings) -> usize {
    (settings.n_fft / 2).div_ceil(settings.hop_samples)
}

/// The way from sound to spectrum, and back.
#[derive(Debug, Clone)]
pub(super) struct Transforms {
    pub(super) stft: Stft,
    pub(super) inverse: InverseStft,
    pub(super) level: SimdLevel,
}

/// Buffers of both transforms.
#[derive(Debug, Clone)]
pub(super) struct TransformScratch {
    pub(super) forward: StftScratch,
    pub(super) back: InverseStftScratch,
}

impl Transforms {
    pub(super) fn new(settings: &AnalysisSettings) -> Self {
        Self { stft: Stft::new(settings), inverse: InverseStft::new(settings), level: SimdLevel::best() }
    }

    pub(super) fn scratch(&self) -> TransformScratch {
        TransformScratch { forward: self.stft.scratch(), back: self.inverse.scratch() }
    }
}

/// Writes magnitude · e^{2πi·turns}, for windows that start at time 0: every second bin turns by half a turn.
pub(super) struct Polar<'a> {
    pub(super) magnitude: &'a [f32],
    pub(super) turns: &'a [f64],
    pub(super) spectrum: &'a mut [Complex32],
}

impl Kernel for Polar<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let mut half = 0.0;
        for ((value, magnitude), turns) in self.spectrum.iter_mut().zip(self.magnitude).zip(self.turns) {
            let whole = turns.round_ties_even();
            let (sine, cosine) = sin_cos_turns::<FMA>((turns - whole) as f32 + half);
            *value = Complex32::new(magnitude * cosine, magnitude * sine);
            half = 0.5 - half;
        }
    }
}
