//! The power spectrum of single frames: what an audit looks at a few times a second.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::stft::hann;

/// A planned power spectrum under a periodic Hann window, with its buffers.
pub struct PowerSpectrum {
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    /// Makes the power of a full-scale sine 1.
    scale: f32,
}

impl fmt::Debug for PowerSpectrum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PowerSpectrum").field("n_fft", &self.n_fft()).finish_non_exhaustive()
    }
}

impl PowerSpectrum {
    /// Plans frames of `n_fft` samples; `n_fft` is even.
    pub fn new(n_fft: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(n_fft);
        let sum: f64 = hann(n_fft).sum();
        Self {
            window: hann(n_fft).map(|weight| weight as f32).collect(),
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; n_fft / 2 + 1],
            fft,
            scale: (2.0 / sum).powi(2) as f32,
        }
    }

    /// Samples of a frame.
    pub fn n_fft(&self) -> usize {
        self.window.len()
    }

    /// The power of every bin, `n_fft / 2 + 1` of them, for a frame of exactly `n_fft` samples: a sine of amplitude 1 in
    /// the middle of a bin has power 1 there.
    pub fn of(&mut self, frame: &[f32]) -> &[f32] {
        for ((target, sample), weight) in self.frame.iter_mut().zip(frame).zip(&self.window) {
            *target = sample * weight;
        }
        self.fft
            .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
            .expect("every buffer was made for this transform");
        for (power, value) in self.power.iter_mut().zip(&self.spectrum) {
            *power = value.norm_sqr() * self.scale;
        }
        &self.power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_in_a_bin_has_power_one() {
        let frame: Vec<f32> =
            (0..64).map(|n| (std::f32::consts::TAU * 5.0 * n as f32 / 64.0).sin()).collect();
        let mut spectrum = PowerSpectrum::new(64);
        let power = spectrum.of(&frame);
        assert!((power[5] - 1.0).abs() < 1e-5);
        // A Hann window spreads a sine over the bin's two neighbours, at half the amplitude, and no further.
        assert!((power[4] - 0.25).abs() < 1e-5 && (power[6] - 0.25).abs() < 1e-5);
        assert!(power[8..].iter().all(|power| *power < 1e-9));
    }
}
