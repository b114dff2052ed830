//! The inverse short-time Fourier transform: frames are overlapped, added, and divided by what the windows sum to.
//!
//! The least-squares inverse of D. Griffin and J. Lim, "Signal estimation from modified short-time Fourier transform", 1984,
//! as `torch.istft` computes it with `center=True`: what stands in the padding is cut off.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner};

use super::kernels::AddWindowed;
use super::simd_level::SimdLevel;
use super::stft::hann;
use crate::settings::AnalysisSettings;

/// The least sum of squared windows that is divided by, as in `torch.istft`; where it is less no frame says anything.
const ENVELOPE_MIN: f64 = 1e-11;

/// A planned inverse: window, FFT, and the factor for each sample.
#[derive(Clone)]
pub struct InverseStft {
    hop_samples: usize,
    n_fft: usize,
    window: Vec<f32>,
    fft: Arc<dyn ComplexToReal<f32>>,
    /// For each sample of the chunk `1 / (n_fft · Σ window²)`, which undoes the FFT's factor too.
    factors: Vec<f32>,
    level: SimdLevel,
}

impl fmt::Debug for InverseStft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InverseStft")
            .field("n_fft", &self.n_fft)
            .field("hop_samples", &self.hop_samples)
            .finish_non_exhaustive()
    }
}

/// Buffers that one user of an [`InverseStft`] owns and reuses.
#[derive(Debug, Clone)]
pub struct InverseStftScratch {
    /// The chunk with its padding, as far as frames were added.
    padded: Vec<f32>,
    frame: Vec<f32>,
    fft: Vec<Complex32>,
}

impl InverseStft {
    /// Plans the transform; `settings` must have passed [`AnalysisSettings::check`].
    pub fn new(settings: &AnalysisSettings) -> Self {
        let AnalysisSettings { n_fft, hop_samples, chunk_samples, .. } = *settings;
        let squares: Vec<f64> = hann(n_fft).map(|weight| weight * weight).collect();
        let mut envelope = vec![0.0; chunk_samples + n_fft];
        for frame in 0..settings.n_frames() {
            for (sum, square) in envelope[frame * hop_samples..].iter_mut().zip(&squares) {
                *sum += square;
            }
        }
        let factor = |sum: &f64| if *sum > ENVELOPE_MIN { (n_fft as f64 * sum).recip() as f32 } else { 0.0 };
        Self {
            hop_samples,
            n_fft,
            window: hann(n_fft).map(|weight| weight as f32).collect(),
            fft: RealFftPlanner::new().plan_fft_inverse(n_fft),
            factors: envelope[n_fft / 2..][..chunk_samples].iter().map(factor).collect(),
            level: SimdLevel::best(),
        }
    }

    /// Buffers for one chunk after the other.
    pub fn scratch(&self) -> InverseStftScratch {
        InverseStftScratch {
            padded: vec![0.0; self.factors.len() + self.n_fft],
            frame: self.fft.make_output_vec(),
            fft: self.fft.make_scratch_vec(),
        }
    }

    /// Adds the frame number `frame`. `spectrum`, of `n_fft / 2 + 1` bins, is used up.
    pub fn add_frame(&self, frame: usize, spectrum: &mut [Complex32], scratch: &mut InverseStftScratch) {
        let last = spectrum.len() - 1;
        // A real signal has none; an inverse that is told otherwise ignores it.
        spectrum[0].im = 0.0;
        spectrum[last].im = 0.0;
        self.fft
            .process_with_scratch(spectrum, &mut scratch.frame, &mut scratch.fft)
            .expect("every buffer was made for this transform");
        let first = frame * self.hop_samples;
        let sum = &mut scratch.padded[first..first + self.n_fft];
        self.level.run(AddWindowed { frame: &scratch.frame, window: &self.window, sum });
    }

    /// Writes the chunk that the added frames make, and is ready for the next.
    pub fn finish_into(&self, scratch: &mut InverseStftScratch, chunk: &mut [f32]) {
        let sums = &scratch.padded[self.n_fft / 2..];
        for ((sample, sum), factor) in chunk.iter_mut().zip(sums).zip(&self.factors) {
            *sample = sum * factor;
        }
        scratch.padded.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::stft::Stft;
    use crate::settings::Settings;

    #[test]
    fn a_transformed_chunk_comes_back() {
        for (chunk_samples, n_fft, hop_samples) in [(4_800, 512, 128), (3_001, 400, 123), (9_000, 4096, 1024)]
        {
            let settings = AnalysisSettings {
                chunk_samples,
                n_fft,
                hop_samples,
                n_mels: 4,
                ..Settings::default().analysis()
            };
            let chunk: Vec<f32> = (0..chunk_samples).map(|i| (i as f32 * 0.37).sin() * 0.8).collect();
            let (stft, inverse) = (Stft::new(&settings), InverseStft::new(&settings));
            let (mut forward, mut back) = (stft.scratch(), inverse.scratch());
            let mut spectrum = vec![Complex32::default(); settings.n_bins()];
            let mut rebuilt = vec![f32::NAN; chunk_samples];
            // Twice: a scratch carries nothing to the next chunk.
            for _ in 0..2 {
                stft.load(&chunk, &mut forward);
                for frame in 0..settings.n_frames() {
                    stft.spectrum_into(frame, &mut forward, &mut spectrum);
                    inverse.add_frame(frame, &mut spectrum, &mut back);
                }
                inverse.finish_into(&mut back, &mut rebuilt);
                // Behind the last frame's middle the window is faint, and rounding is divided by it.
                let n_whole = (settings.n_frames() - 1) * hop_samples;
                for (i, (a, b)) in chunk.iter().zip(&rebuilt).enumerate().take(n_whole) {
                    assert!((a - b).abs() < 1e-5, "n_fft {n_fft}, sample {i}: {a} and {b}");
                }
            }
        }
    }
}
