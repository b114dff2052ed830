//! The way back that `distill`'s own decoder takes, step by step.
//!
//! 1. Mel amplitude is √(eˣ - 1) of channel 0.
//! 2. Mel phase is the running sum of π times channel 1 over time, from 0.
//! 3. Both go from mel to bins through `InverseMelScale` ([`LeastNorm`]), with triangles for 48 kHz whatever the rate is, and
//!    so neither is negative: the phase is cut off at 0 as well.
//! 4. Amplitude · e^{i·phase} goes through the inverse STFT.
//!
//! What comes out of exact tensors is the best that the trainer's models can sound.

use realfft::num_complex::Complex32;

use super::least_norm::LeastNorm;
use crate::dsp::inverse_stft::{InverseStft, InverseStftScratch};
use crate::dsp::kernels::sin_cos_turns;
use crate::dsp::mel::MelFilters;
use crate::dsp::simd_level::{Kernel, SimdLevel};
use crate::settings::AnalysisSettings;

/// The rate that the trainer's decoder makes its triangles for, in Hz.
const TRIANGLES_RATE_HZ: u32 = 48_000;

/// The trainer's decoder, planned for one set of settings.
#[derive(Debug, Clone)]
pub(super) struct TrainerDecoder {
    mel_to_bins: LeastNorm,
    n_frames: usize,
    level: SimdLevel,
}

/// Buffers for one thread.
#[derive(Debug, Clone)]
pub(super) struct TrainerScratch {
    /// The bands of one frame, and their phases so far, in radians.
    bands: Vec<f64>,
    phases: Vec<f64>,
    magnitude: Vec<f32>,
    radians: Vec<f32>,
    spectrum: Vec<Complex32>,
}

impl TrainerScratch {
    pub(super) fn new(settings: &AnalysisSettings) -> Self {
        let n_bins = settings.n_bins();
        Self {
            bands: vec![0.0; settings.n_mels],
            phases: vec![0.0; settings.n_mels],
            magnitude: vec![0.0; n_bins],
            radians: vec![0.0; n_bins],
            spectrum: vec![Complex32::default(); n_bins],
        }
    }
}

impl TrainerDecoder {
    pub(super) fn new(settings: &AnalysisSettings) -> Self {
        let filters = MelFilters::new(TRIANGLES_RATE_HZ, settings.n_fft, settings.n_mels);
        Self { mel_to_bins: LeastNorm::new(filters), n_frames: settings.n_frames(), level: SimdLevel::best() }
    }

    /// Decodes the channels, each `[n_mels, frames]`, into `chunk`.
    pub(super) fn decode_into(
        &self,
        [log_power, inst_freq]: [&[f32]; 2],
        (inverse, back): (&InverseStft, &mut InverseStftScratch),
        scratch: &mut TrainerScratch,
        chunk: &mut [f32],
    ) {
        let TrainerScratch { bands, phases, magnitude, radians, spectrum } = scratch;
        phases.fill(0.0);
        for frame in 0..self.n_frames {
            for (band, value) in bands.iter_mut().enumerate() {
                // A model's output may be below 0, where there is no power.
                *value = f64::from(log_power[band * self.n_frames + frame]).exp_m1().max(0.0).sqrt();
            }
            self.mel_to_bins.invert_into(bands, magnitude);
            for (band, phase) in phases.iter_mut().enumerate() {
                *phase += std::f64::consts::PI * f64::from(inst_freq[band * self.n_frames + frame]);
            }
            bands.copy_from_slice(phases);
            self.mel_to_bins.invert_into(bands, radians);
            self.level.run(Polar { magnitude, radians, spectrum });
            inverse.add_frame(frame, spectrum, back);
        }
        inverse.finish_into(back, chunk);
    }
}

/// Writes magnitude · e^{i·phase}, with the phase in radians.
struct Polar<'a> {
    magnitude: &'a [f32],
    radians: &'a [f32],
    spectrum: &'a mut [Complex32],
}

impl Kernel for Polar<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((value, magnitude), radians) in self.spectrum.iter_mut().zip(self.magnitude).zip(self.radians) {
            let (sine, cosine) = sin_cos_turns::<FMA>(radians * std::f32::consts::FRAC_1_PI * 0.5);
            *value = Complex32::new(magnitude * cosine, magnitude * sine);
        }
    }
}
