//! The short-time Fourier transform: centred frames, reflect padding, periodic Hann window.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use realfft::num_complex::{Complex, Complex32};
use realfft::{RealFftPlanner, RealToComplex};

use super::kernels::{ApplyWindow, Peak};
use super::simd_level::SimdLevel;
use crate::settings::AnalysisSettings;

/// The longest window that is transformed in f32.
///
/// Rounding leaves noise in every bin, in proportion to the loudest and growing with the length. Beside a pure tone
/// it moves ln(1 + power) by up to 1.5e-5 with 2048 samples and by 1e-4 with 65 536, where 2e-5 is allowed; longer
/// windows are therefore transformed in f64.
const SINGLE_N_FFT_MAX: usize = 2048;

/// A planned transform: window, FFT and the geometry of frames.
#[derive(Clone)]
pub struct Stft {
    chunk_samples: usize,
    hop_samples: usize,
    n_fft: usize,
    transform: Transform,
    level: SimdLevel,
}

/// The window and the FFT of one frame.
#[derive(Clone)]
enum Transform {
    Single { window: Vec<f32>, fft: Arc<dyn RealToComplex<f32>> },
    Double { window: Vec<f64>, fft: Arc<dyn RealToComplex<f64>> },
}

impl fmt::Debug for Stft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stft")
            .field("chunk_samples", &self.chunk_samples)
            .field("n_fft", &self.n_fft)
            .field("hop_samples", &self.hop_samples)
            .finish_non_exhaustive()
    }
}

/// Buffers that one user of an [`Stft`] owns and reuses.
#[derive(Debug, Clone)]
pub struct StftScratch {
    padded: Vec<f32>,
    /// Those of the precision that is not used are empty.
    single: Buffers<f32>,
    double: Buffers<f64>,
}

#[derive(Debug, Clone, Default)]
struct Buffers<T> {
    frame: Vec<T>,
    fft: Vec<Complex<T>>,
    /// In f64 only: the spectrum before it is rounded to f32.
    spectrum: Vec<Complex<T>>,
}

impl Stft {
    /// Peaks between these bounds leave room for squares: rounding noise at 1e-8 of the peak stays far above what
    /// underflows when squared, and the power of a full-scale frame of 65 536 samples far below the largest f32.
    const PEAKS_UNSCALED: std::ops::RangeInclusive<f32> = 1e-8..=1e8;

    /// Plans the transform; `settings` must have passed [`AnalysisSettings::check`].
    pub fn new(settings: &AnalysisSettings) -> Self {
        Self::with_level(settings, SimdLevel::best())
    }

    pub(super) fn with_level(settings: &AnalysisSettings, level: SimdLevel) -> Self {
        let n_fft = settings.n_fft;
        let transform = if n_fft <= SINGLE_N_FFT_MAX {
            let window = hann(n_fft).map(|weight| weight as f32).collect();
            Transform::Single { window, fft: RealFftPlanner::new().plan_fft_forward(n_fft) }
        } else {
            Transform::Double {
                window: hann(n_fft).collect(),
                fft: RealFftPlanner::new().plan_fft_forward(n_fft),
            }
        };
        Self {
            chunk_samples: settings.chunk_samples,
            hop_samples: settings.hop_samples,
            n_fft,
            transform,
            level,
        }
    }

    /// Buffers for [`Stft::load`] and [`Stft::spectrum_into`].
    pub fn scratch(&self) -> StftScratch {
        let mut scratch = StftScratch {
            padded: vec![0.0; self.chunk_samples + self.n_fft],
            single: Buffers::default(),
            double: Buffers::default(),
        };
        match &self.transform {
            Transform::Single { fft, .. } => {
                scratch.single.frame = fft.make_input_vec();
                scratch.single.fft = fft.make_scratch_vec();
            }
            Transform::Double { fft, .. } => {
                scratch.double.frame = fft.make_input_vec();
                scratch.double.fft = fft.make_scratch_vec();
                scratch.double.spectrum = fft.make_output_vec();
            }
        }
        scratch
    }

    /// Frames of a chunk.
    pub fn n_frames(&self) -> usize {
        self.chunk_samples / self.hop_samples + 1
    }

    /// Bins of a spectrum.
    pub fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Copies `chunk` (exactly `chunk_samples`) to the scratch and reflects it by `n_fft / 2` samples at both ends,
    /// without repeating the end sample.
    pub fn load(&self, chunk: &[f32], scratch: &mut StftScratch) {
        let n_samples = self.chunk_samples;
        assert_eq!(chunk.len(), n_samples, "a chunk must have exactly the planned number of samples");
        let n_padding = self.n_fft / 2;
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
        let samples = &scratch.padded[first..first + self.n_fft];
        let peak = self.level.run(Peak(samples));
        let scale = if peak == 0.0 || Self::PEAKS_UNSCALED.contains(&peak) {
            1.0
        } else {
            reciprocal_power_of_two(peak)
        };
        let transformed = match &self.transform {
            Transform::Single { window, fft } => {
                let Buffers { frame, fft: scratch, .. } = &mut scratch.single;
                self.level.run(ApplyWindow { samples, window, scale, frame });
                fft.process_with_scratch(frame, spectrum, scratch)
            }
            Transform::Double { window, fft } => {
                let Buffers { frame, fft: scratch, spectrum: exact } = &mut scratch.double;
                for ((frame, sample), window) in frame.iter_mut().zip(samples).zip(window) {
                    *frame = f64::from(sample * scale) * window;
                }
                let transformed = fft.process_with_scratch(frame, exact, scratch);
                for (value, exact) in spectrum.iter_mut().zip(exact) {
                    *value = Complex32::new(exact.re as f32, exact.im as f32);
                }
                transformed
            }
        };
        transformed.expect("every buffer was made for this transform");
        scale
    }
}

/// The periodic Hann window: sin²(π i / n) for i from 0 to n - 1, equal to (1 - cos(2π i / n)) / 2.
pub(super) fn hann(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| (PI * i as f64 / n as f64).sin().powi(2))
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
            let window: Vec<f64> = hann(n).collect();
            assert_eq!(window[0], 0.0);
            assert_eq!(window[n / 2], 1.0);
            for i in 1..n {
                assert!((window[i] - window[n - i]).abs() < 1e-12);
            }
            assert!((window.iter().sum::<f64>() - n as f64 / 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn very_quiet_and_very_loud_frames_keep_their_spectrum_up_to_a_power_of_two() {
        for n_fft in [64, 2 * SINGLE_N_FFT_MAX] {
            let stft = Stft::new(&settings(n_fft, n_fft, n_fft));
            let mut scratch = stft.scratch();
            let chunk: Vec<f32> = (0..n_fft).map(|i| ((i * i) % 13) as f32 / 16.0).collect();
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
}
