//! The short-time Fourier transform: centred frames, reflect padding, periodic Hann window.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::kernels::ApplyWindow;
use super::level::Level;
use crate::settings::AnalysisSettings;

/// A planned transform: window, FFT and the geometry of frames.
#[derive(Clone)]
pub struct Stft {
    chunk_samples: usize,
    hop_samples: usize,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    level: Level,
}

impl fmt::Debug for Stft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stft")
            .field("chunk_samples", &self.chunk_samples)
            .field("n_fft", &self.window.len())
            .field("hop_samples", &self.hop_samples)
            .finish_non_exhaustive()
    }
}

/// Buffers that one user of an [`Stft`] owns and reuses.
#[derive(Debug, Clone)]
pub struct StftScratch {
    padded: Vec<f32>,
    frame: Vec<f32>,
    fft: Vec<Complex32>,
}

impl Stft {
    /// Peaks between these bounds leave room for squares: rounding noise at 1e-8 of the peak stays far above what
    /// underflows when squared, and the power of a full-scale frame of 65 536 samples far below the largest f32.
    const PEAKS_UNSCALED: std::ops::RangeInclusive<f32> = 1e-8..=1e8;

    /// Plans the transform; `settings` must have passed [`AnalysisSettings::check`].
    pub fn new(settings: &AnalysisSettings) -> Self {
        Self::with_level(settings, Level::best())
    }

    pub(super) fn with_level(settings: &AnalysisSettings, level: Level) -> Self {
        Self {
            chunk_samples: settings.chunk_samples,
            hop_samples: settings.hop_samples,
            window: hann(settings.n_fft),
            fft: RealFftPlanner::new().plan_fft_forward(settings.n_fft),
            level,
        }
    }

    /// Buffers for [`Stft::load`] and [`Stft::spectrum_into`].
    pub fn scratch(&self) -> StftScratch {
        StftScratch {
            padded: vec![0.0; self.chunk_samples + self.window.len()],
            frame: self.fft.make_input_vec(),
            fft: self.fft.make_scratch_vec(),
        }
    }

    /// Frames of a chunk.
    pub fn n_frames(&self) -> usize {
        self.chunk_samples / self.hop_samples + 1
    }

    /// Bins of a spectrum.
    pub fn n_bins(&self) -> usize {
        self.window.len() / 2 + 1
    }

    /// Copies `chunk` (exactly `chunk_samples`) to the scratch and reflects it by `n_fft / 2` samples at both ends,
    /// without repeating the end sample.
    pub fn load(&self, chunk: &[f32], scratch: &mut StftScratch) {
        let n_samples = self.chunk_samples;
        assert_eq!(chunk.len(), n_samples, "a chunk must have exactly the planned number of samples");
        let n_padding = self.window.len() / 2;
        let (head, rest) = scratch.padded.split_at_mut(n_padding);
        let (body, tail) = rest.split_at_mut(n_samples);
        body.copy_from_slice(chunk);
        for (padding, sample) in head.iter_mut().rev().zip(&chunk[1..]) {
            *padding = *sample;
        }
        for (padding, sample) in tail.iter_mut().zip(chunk[..n_samples - 1].iter().rev()) {
            *padding = *sample;
        }
    }

    /// Transforms one frame of the loaded chunk into `spectrum`, `n_bins` long.
    ///
    /// The spectrum is multiplied by the power of two that is returned: 1 unless the frame is so quiet or so loud
    /// that squares of its spectrum would leave the range of f32. A power of two changes no phase and rounds nothing.
    pub fn spectrum_into(&self, frame: usize, scratch: &mut StftScratch, spectrum: &mut [Complex32]) -> f32 {
        let first = frame * self.hop_samples;
        let samples = &scratch.padded[first..first + self.window.len()];
        let mut window = |scale| {
            self.level.run(ApplyWindow { samples, window: &self.window, scale, frame: &mut scratch.frame })
        };
        let peak = window(1.0);
        let mut scale = 1.0;
        if peak > 0.0 && !Self::PEAKS_UNSCALED.contains(&peak) {
            scale = reciprocal_power_of_two(peak);
            window(scale);
        }
        self.fft
            .process_with_scratch(&mut scratch.frame, spectrum, &mut scratch.fft)
            .expect("every buffer was made for this transform");
        scale
    }
}

/// The periodic Hann window: sin²(π i / n) for i from 0 to n - 1, equal to (1 - cos(2π i / n)) / 2.
fn hann(n: usize) -> Vec<f32> {
    (0..n).map(|i| (PI * i as f64 / n as f64).sin().powi(2) as f32).collect()
}

/// A power of two that brings `peak` near 1. Its exponent is kept within ±100, so that it and its reciprocal are
/// normal numbers.
fn reciprocal_power_of_two(peak: f32) -> f32 {
    let exponent = peak.log2().floor().clamp(-100.0, 100.0) as i32;
    f32::from_bits(((127 - exponent) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn settings(chunk_samples: usize, n_fft: usize, hop_samples: usize) -> AnalysisSettings {
        AnalysisSettings { chunk_samples, n_fft, hop_samples, n_mels: 4, ..Settings::default().analysis() }
    }

    #[test]
    fn padding_reflects_without_repeating_the_ends() {
        let stft = Stft::new(&settings(17, 32, 5));
        let mut scratch = stft.scratch();
        let chunk: Vec<f32> = (0..17).map(|i| i as f32).collect();
        stft.load(&chunk, &mut scratch);
        let expected: Vec<f32> =
            (1..=16).rev().chain(0..17).chain((0..16).rev()).map(|i: i32| i as f32).collect();
        assert_eq!(scratch.padded, expected);
    }

    #[test]
    fn the_window_is_periodic_and_sums_to_half_its_length() {
        for n in [32, 1000, 2048] {
            let window = hann(n);
            assert_eq!(window[0], 0.0);
            assert_eq!(window[n / 2], 1.0);
            for i in 1..n {
                assert!((window[i] - window[n - i]).abs() < 1e-7);
            }
            let sum: f64 = window.iter().map(|&w| f64::from(w)).sum();
            assert!((sum - n as f64 / 2.0).abs() < 1e-4);
        }
    }

    #[test]
    fn very_quiet_and_very_loud_frames_keep_their_spectrum_up_to_a_power_of_two() {
        let stft = Stft::new(&settings(64, 64, 64));
        let mut scratch = stft.scratch();
        let chunk: Vec<f32> = (0..64).map(|i| ((i * i) % 13) as f32 / 16.0).collect();
        let mut reference = vec![Complex32::default(); stft.n_bins()];
        stft.load(&chunk, &mut scratch);
        assert_eq!(stft.spectrum_into(0, &mut scratch, &mut reference), 1.0);
        for level in [2f32.powi(-120), 2f32.powi(-40), 2f32.powi(90)] {
            let scaled: Vec<f32> = chunk.iter().map(|sample| sample * level).collect();
            let mut spectrum = reference.clone();
            stft.load(&scaled, &mut scratch);
            let scale = stft.spectrum_into(0, &mut scratch, &mut spectrum);
            for (value, expected) in spectrum.iter().zip(&reference) {
                assert_eq!(*value, expected * (level * scale));
            }
        }
    }
}
