//! How near a rebuilt chunk comes to the original, in figures that the field uses.
//!
//! With M the magnitudes of the original's spectrum and N those of the rebuilt chunk's:
//!
//! | figure | definition |
//! |---|---|
//! | spectral convergence | 20 log10(‖M - N‖ / ‖M‖), Frobenius norms; the transform of the settings |
//! | log-spectral distance | mean over frames of √(mean over bins of (10 log10 M²/N²)²), in dB; powers below 1e-8 of the largest count as that |
//! | multi-resolution STFT loss | mean over three transforms of ‖M - N‖ / ‖M‖ + mean abs(ln M - ln N), R. Yamamoto, E. Song, J. Kim, "Parallel WaveGAN", 2020 |
//! | SI-SDR | 10 log10(‖αx‖² / ‖αx - y‖²) with α = ⟨x, y⟩ / ‖x‖², J. Le Roux and others, "SDR: half-baked or well done?", 2019 |

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};
use serde::Serialize;

use super::kernels::ln;
use super::stft::{Stft, StftScratch, hann};
use crate::settings::AnalysisSettings;

/// The transforms of the multi-resolution loss: FFT, hop and window, as auraloss has them.
const RESOLUTIONS: [[usize; 3]; 3] = [[1024, 120, 600], [2048, 240, 1200], [512, 50, 240]];

/// The least power that a magnitude of the multi-resolution loss is made of.
const POWER_MIN: f32 = 1e-8;

/// Powers below this share of the largest (-80 dB) count as that for the log-spectral distance.
const RANGE: f32 = 1e-8;

/// The range of a figure in dB: what is equal to the last bit, or has nothing in common, is not infinite.
const DB_MAX: f64 = 200.0;

/// How near a rebuilt chunk comes to the original, or, as a [`FidelityMean`], many chunks.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Fidelity {
    /// In dB: lower is nearer.
    pub spectral_convergence_db: f64,
    /// In dB: lower is nearer.
    pub log_spectral_distance_db: f64,
    /// Lower is nearer; 0 is equal.
    pub stft_loss: f64,
    /// In dB: higher is nearer. It asks for the phase too: where that is lost it is low, however like both sound.
    pub si_sdr_db: f64,
}

/// The mean of the figures of many chunks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FidelityMean {
    sum: Fidelity,
    n_chunks: usize,
}

impl FidelityMean {
    /// Adds a chunk.
    pub fn add(&mut self, chunk: Fidelity) {
        self.merge(Self { sum: chunk, n_chunks: 1 });
    }

    /// Adds the chunks of another mean.
    pub fn merge(&mut self, other: Self) {
        let sum = &mut self.sum;
        sum.spectral_convergence_db += other.sum.spectral_convergence_db;
        sum.log_spectral_distance_db += other.sum.log_spectral_distance_db;
        sum.stft_loss += other.sum.stft_loss;
        sum.si_sdr_db += other.sum.si_sdr_db;
        self.n_chunks += other.n_chunks;
    }

    /// The mean; none where there was no chunk.
    pub fn mean(&self) -> Option<Fidelity> {
        let of = |sum: f64| sum / self.n_chunks as f64;
        (self.n_chunks > 0).then(|| Fidelity {
            spectral_convergence_db: of(self.sum.spectral_convergence_db),
            log_spectral_distance_db: of(self.sum.log_spectral_distance_db),
            stft_loss: of(self.sum.stft_loss),
            si_sdr_db: of(self.sum.si_sdr_db),
        })
    }
}

/// Compares rebuilt chunks with an original, with buffers of its own.
#[derive(Debug)]
pub struct FidelityMeter {
    stft: Stft,
    scratch: StftScratch,
    spectrum: Vec<Complex32>,
    /// Powers of the original and of a rebuilt chunk, `[frames, bins]`.
    powers: [Vec<f32>; 2],
    original: Vec<f32>,
    resolutions: Vec<Resolution>,
}

impl FidelityMeter {
    /// Plans comparisons of chunks of these settings, which must have passed [`AnalysisSettings::check`].
    pub fn new(settings: &AnalysisSettings) -> Self {
        let stft = Stft::new(settings);
        let n_places = settings.n_frames() * settings.n_bins();
        Self {
            scratch: stft.scratch(),
            spectrum: vec![Complex32::ZERO; settings.n_bins()],
            powers: [(); 2].map(|()| vec![0.0; n_places]),
            stft,
            original: vec![0.0; settings.chunk_samples],
            resolutions: RESOLUTIONS
                .iter()
                // A chunk shorter than half a window has no reflection.
                .filter(|[n_fft, ..]| settings.chunk_samples > n_fft / 2)
                .map(|resolution| Resolution::new(resolution, settings.chunk_samples))
                .collect(),
        }
    }

    /// Takes the chunk that others are compared with; false where it is silent, and nothing can be near to it.
    ///
    /// # Panics
    /// When it has not the planned length.
    pub fn set_original(&mut self, original: &[f32]) -> bool {
        self.original.copy_from_slice(original);
        let [wanted, _] = &mut self.powers;
        powers_into(&self.stft, original, &mut self.scratch, &mut self.spectrum, wanted);
        self.resolutions.iter_mut().for_each(|each| each.set_original(original));
        original.iter().any(|sample| *sample != 0.0)
    }

    /// The figures for a rebuilt chunk beside the original that was set last, which is not silent.
    ///
    /// # Panics
    /// When it has not the planned length.
    pub fn compare(&mut self, rebuilt: &[f32]) -> Fidelity {
        let [wanted, got] = &mut self.powers;
        powers_into(&self.stft, rebuilt, &mut self.scratch, &mut self.spectrum, got);
        let losses: f64 = self.resolutions.iter_mut().map(|each| each.loss(rebuilt)).sum();
        Fidelity {
            spectral_convergence_db: decibels(convergence(wanted, got).powi(2)),
            log_spectral_distance_db: log_spectral_distance_db(wanted, got, self.spectrum.len()),
            stft_loss: losses / self.resolutions.len().max(1) as f64,
            si_sdr_db: si_sdr_db(&self.original, rebuilt),
        }
    }
}

/// Writes the power of every bin of a chunk, `[frames, bins]`.
fn powers_into(
    stft: &Stft,
    chunk: &[f32],
    scratch: &mut StftScratch,
    spectrum: &mut [Complex32],
    powers: &mut [f32],
) {
    stft.load(chunk, scratch);
    for (frame, powers) in powers.chunks_exact_mut(spectrum.len()).enumerate() {
        let unscale = stft.spectrum_into(frame, scratch, spectrum).recip();
        for (power, value) in powers.iter_mut().zip(&*spectrum) {
            *power = (value * unscale).norm_sqr();
        }
    }
}

/// ‖M - N‖ / ‖M‖, from powers.
fn convergence(wanted: &[f32], got: &[f32]) -> f64 {
    let off = |(wanted, got): (&f32, &f32)| f64::from(wanted.sqrt() - got.sqrt()).powi(2);
    let off: f64 = wanted.iter().zip(got).map(off).sum();
    let all: f64 = wanted.iter().map(|power| f64::from(*power)).sum();
    (off / all.max(f64::MIN_POSITIVE)).sqrt()
}

fn log_spectral_distance_db(wanted: &[f32], got: &[f32], n_bins: usize) -> f64 {
    let least = (wanted.iter().copied().fold(0.0, f32::max) * RANGE).max(f32::MIN_POSITIVE);
    let of_frame = |(wanted, got): (&[f32], &[f32])| {
        let squares: f64 = wanted
            .iter()
            .zip(got)
            .map(|(wanted, got)| f64::from((wanted.max(least) / got.max(least)).log10() * 10.0).powi(2))
            .sum();
        (squares / n_bins as f64).sqrt()
    };
    let n_frames = wanted.len() / n_bins;
    wanted.chunks_exact(n_bins).zip(got.chunks_exact(n_bins)).map(of_frame).sum::<f64>() / n_frames as f64
}

fn si_sdr_db(original: &[f32], rebuilt: &[f32]) -> f64 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let share = dot(original, rebuilt) / dot(original, original);
    let off: f64 = original
        .iter()
        .zip(rebuilt)
        .map(|(original, rebuilt)| share.mul_add(f64::from(*original), -f64::from(*rebuilt)).powi(2))
        .sum();
    decibels(share * share * dot(original, original) / off.max(f64::MIN_POSITIVE))
}

fn decibels(power_ratio: f64) -> f64 {
    (10.0 * power_ratio.log10()).clamp(-DB_MAX, DB_MAX)
}

/// One transform of the multi-resolution loss.
struct Resolution {
    n_fft: usize,
    hop_samples: usize,
    /// A Hann window in the middle of the FFT's length, as torch places a shorter one.
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// Magnitudes of the original and their logarithms, `[frames, bins]`.
    wanted: Vec<[f32; 2]>,
}

impl fmt::Debug for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolution").field("n_fft", &self.n_fft).finish_non_exhaustive()
    }
}

impl Resolution {
    fn new([n_fft, hop_samples, window_samples]: &[usize; 3], chunk_samples: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(*n_fft);
        let mut window = vec![0.0; *n_fft];
        let before = (n_fft - window_samples) / 2;
        for (place, weight) in window[before..].iter_mut().zip(hann(*window_samples)) {
            *place = weight as f32;
        }
        let n_frames = chunk_samples / hop_samples + 1;
        Self {
            n_fft: *n_fft,
            hop_samples: *hop_samples,
            window,
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            wanted: vec![[0.0; 2]; n_frames * (n_fft / 2 + 1)],
            fft,
        }
    }

    fn set_original(&mut self, original: &[f32]) {
        let mut wanted = std::mem::take(&mut self.wanted);
        for (frame, wanted) in wanted.chunks_exact_mut(self.spectrum.len()).enumerate() {
            self.transform(original, frame);
            for (wanted, value) in wanted.iter_mut().zip(&self.spectrum) {
                *wanted = magnitude_and_log(*value);
            }
        }
        self.wanted = wanted;
    }

    fn loss(&mut self, rebuilt: &[f32]) -> f64 {
        let wanted = std::mem::take(&mut self.wanted);
        let (mut off, mut all, mut log_off) = (0.0, 0.0, 0.0);
        for (frame, wanted) in wanted.chunks_exact(self.spectrum.len()).enumerate() {
            self.transform(rebuilt, frame);
            for ([wanted, wanted_log], value) in wanted.iter().zip(&self.spectrum) {
                let [got, got_log] = magnitude_and_log(*value);
                off += f64::from(wanted - got).powi(2);
                all += f64::from(*wanted).powi(2);
                log_off += f64::from((wanted_log - got_log).abs());
            }
        }
        let loss = (off / all).sqrt() + log_off / wanted.len() as f64;
        self.wanted = wanted;
        loss
    }

    /// Transforms a frame of `chunk`, which is reflected at its ends.
    fn transform(&mut self, chunk: &[f32], frame: usize) {
        let first = (frame * self.hop_samples) as isize - (self.n_fft / 2) as isize;
        let last = chunk.len() as isize - 1;
        for (i, (value, weight)) in self.frame.iter_mut().zip(&self.window).enumerate() {
            let place = (first + i as isize).abs();
            let place = if place > last { 2 * last - place } else { place };
            *value = if *weight == 0.0 { 0.0 } else { chunk[place as usize] * weight };
        }
        self.fft
            .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
            .expect("every buffer was made for this transform");
    }
}

/// The magnitude of a bin, and its logarithm.
fn magnitude_and_log(value: Complex32) -> [f32; 2] {
    let power = value.norm_sqr().max(POWER_MIN);
    [power.sqrt(), 0.5 * ln::<false>(power)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn sine(hz: f32, level: f32) -> Vec<f32> {
        (0..48_000).map(|i| level * (std::f32::consts::TAU * hz * i as f32 / 48_000.0).sin()).collect()
    }

    #[test]
    fn the_same_is_nearest_and_a_gain_has_the_figures_of_its_definition() {
        let settings = Settings::default().analysis();
        let mut meter = FidelityMeter::new(&settings);
        let original = sine(440.0, 1.0);
        assert!(meter.set_original(&original));
        let same = meter.compare(&original);
        assert_eq!(same.spectral_convergence_db, -DB_MAX);
        assert_eq!((same.log_spectral_distance_db, same.stft_loss), (0.0, 0.0));
        assert_eq!(same.si_sdr_db, DB_MAX);
        // Half the amplitude: the difference is half of all, every power a quarter.
        let half = meter.compare(&sine(440.0, 0.5));
        assert!((half.spectral_convergence_db - 20.0 * 0.5f64.log10()).abs() < 1e-3, "{half:?}");
        assert!(half.si_sdr_db > 100.0, "a gain is no distortion: {half:?}");
        // What is above the least power is off by ln 2 at every place.
        assert!(half.stft_loss > 0.5 && half.stft_loss <= 0.5 + 2f64.ln() + 1e-6, "{half:?}");
        let silence = meter.compare(&vec![0.0; 48_000]);
        assert!(silence.spectral_convergence_db.abs() < 1e-6, "nothing left: 0 dB, {silence:?}");
        assert!(!meter.set_original(&vec![0.0; 48_000]), "nothing is near to silence");
    }

    #[test]
    fn another_phase_costs_si_sdr_and_not_magnitudes() {
        let settings = Settings::default().analysis();
        let mut meter = FidelityMeter::new(&settings);
        let original = sine(440.0, 1.0);
        assert!(meter.set_original(&original));
        let turned: Vec<f32> = original.iter().map(|sample| -sample).collect();
        let figures = meter.compare(&turned);
        assert_eq!(figures.spectral_convergence_db, -DB_MAX);
        assert_eq!(figures.si_sdr_db, DB_MAX, "a sign is a gain");
        let cosine: Vec<f32> =
            (0..48_000).map(|i| (std::f32::consts::TAU * 440.0 * i as f32 / 48_000.0).cos()).collect();
        assert!(meter.compare(&cosine).si_sdr_db < -60.0, "a quarter turn has nothing in common");
    }
}
