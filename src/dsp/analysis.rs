//! The analysis of a chunk, whole: from samples to the two channels of its tensor.

use ndarray::Array3;

use super::bands::{BandScratch, BinPlan, LANES, SumBands};
use super::inst_freq::BandValues;
use super::kernels::Ln1pInPlace;
use super::mel::MelFilters;
use super::simd_level::SimdLevel;
use super::stft::{Stft, StftScratch};
use crate::settings::{AnalysisSettings, SettingsError};

/// Everything about an analysis that depends on its settings alone. Planned once, shared by all threads.
#[derive(Debug, Clone)]
pub struct AnalysisPlan {
    settings: AnalysisSettings,
    filters: MelFilters,
    stft: Stft,
    bins: BinPlan,
    band_values: BandValues,
    level: SimdLevel,
}

/// The plan of the last settings: a request after another with the same ones plans nothing.
#[derive(Debug, Default)]
pub struct LastPlan(Option<AnalysisPlan>);

impl LastPlan {
    /// The plan for `settings`, made where it is not the last one.
    ///
    /// # Errors
    /// As [`AnalysisPlan::new`].
    pub fn plan(&mut self, settings: AnalysisSettings) -> Result<&AnalysisPlan, SettingsError> {
        let plan = match self.0.take().filter(|plan| *plan.settings() == settings) {
            Some(plan) => plan,
            None => AnalysisPlan::new(settings)?,
        };
        Ok(self.0.insert(plan))
    }
}

/// Buffers for one thread's analyses with one plan.
#[derive(Debug, Clone)]
pub struct Scratch {
    stft: StftScratch,
    bands: BandScratch,
}

impl AnalysisPlan {
    /// Plans the analysis; refuses settings that none is defined for.
    pub fn new(settings: AnalysisSettings) -> Result<Self, SettingsError> {
        Self::with_level(settings, SimdLevel::best())
    }

    fn with_level(settings: AnalysisSettings, level: SimdLevel) -> Result<Self, SettingsError> {
        settings.check()?;
        let filters = MelFilters::new(settings.sample_rate_hz, settings.n_fft, settings.n_mels);
        Ok(Self {
            stft: Stft::with_level(&settings, level),
            bins: BinPlan::new(&settings, &filters),
            band_values: BandValues::new(&settings, &filters),
            filters,
            settings,
            level,
        })
    }

    /// The settings that were planned for.
    pub fn settings(&self) -> &AnalysisSettings {
        &self.settings
    }

    /// The mel filters: where each band lies, and how many are empty.
    pub fn filters(&self) -> &MelFilters {
        &self.filters
    }

    /// Buffers for one thread.
    pub fn scratch(&self) -> Scratch {
        Scratch { stft: self.stft.scratch(), bands: self.bins.scratch() }
    }

    /// Analyses `chunk` (exactly `chunk_samples`, finite, its peak already normalised) into `tensor`, row-major
    /// `[2, n_mels, frames]`: ln(1 + mel power), and the masked instantaneous frequency from -1 to 1.
    ///
    /// # Panics
    /// When a length is not what the settings say.
    pub fn analyze_into(&self, chunk: &[f32], scratch: &mut Scratch, tensor: &mut [f32]) {
        let (magnitude, inst_freq) = tensor.split_at_mut(self.channel_len());
        self.analyze_unmasked_into(chunk, scratch, magnitude, inst_freq);
        apply_mask(inst_freq, magnitude, self.settings.if_threshold);
        self.level.run(Ln1pInPlace(magnitude));
    }

    /// Analyses `chunk` into mel power and unmasked instantaneous frequency, each `[n_mels, frames]`: what is needed
    /// to try one threshold after another with [`apply_mask`] and without analysing again.
    ///
    /// # Panics
    /// When a length is not what the settings say.
    pub fn analyze_unmasked_into(
        &self,
        chunk: &[f32],
        scratch: &mut Scratch,
        mel_power: &mut [f32],
        inst_freq: &mut [f32],
    ) {
        assert_eq!(mel_power.len(), self.channel_len(), "mel power must be [n_mels, frames]");
        assert_eq!(inst_freq.len(), self.channel_len(), "inst_freq must be [n_mels, frames]");
        let n_frames = self.settings.n_frames();
        self.stft.load(chunk, &mut scratch.stft);
        for first in (0..n_frames).step_by(LANES) {
            let block = first..n_frames.min(first + LANES);
            let mut unscale = [1.0; LANES];
            for (lane, frame) in block.clone().enumerate() {
                let spectrum = scratch.bands.spectrum_mut(lane);
                unscale[lane] = self.stft.spectrum_into(frame, &mut scratch.stft, spectrum).recip();
            }
            self.level.run(SumBands { plan: &self.bins, scratch: &mut scratch.bands });
            for band in 0..self.settings.n_mels {
                let sums = scratch.bands.sums(band);
                let range = band * n_frames + block.start..band * n_frames + block.end;
                self.band_values.write(band, &sums.power, &sums.advance, &mut inst_freq[range.clone()]);
                for ((power, sum), unscale) in mel_power[range].iter_mut().zip(sums.power).zip(unscale) {
                    // Twice, because the square of the factor may be out of range where the product is not.
                    *power = sum * unscale * unscale;
                }
            }
        }
        for first in inst_freq.iter_mut().step_by(n_frames) {
            *first = 0.0;
        }
    }

    /// [`AnalysisPlan::analyze_into`] with buffers of its own; for single chunks.
    pub fn analyze(&self, chunk: &[f32]) -> Array3<f32> {
        let mut tensor = Array3::zeros(self.settings.tensor_shape());
        let values = tensor.as_slice_mut().expect("a new array is contiguous");
        self.analyze_into(chunk, &mut self.scratch(), values);
        tensor
    }

    fn channel_len(&self) -> usize {
        self.settings.n_mels * self.settings.n_frames()
    }
}

/// Sets the instantaneous frequency to 0 wherever the mel power of the same place is below `threshold`.
pub fn apply_mask(inst_freq: &mut [f32], mel_power: &[f32], threshold: f64) {
    assert_eq!(inst_freq.len(), mel_power.len(), "both channels must have the same shape");
    let threshold = threshold as f32;
    for (value, &power) in inst_freq.iter_mut().zip(mel_power) {
        *value = if power < threshold { 0.0 } else { *value };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{IfMode, Settings};

    fn noise(seed: u32, n_samples: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..n_samples).map(|_| next()).collect()
    }

    /// The best level is what the tests against the definition run with; this ties the others to it.
    #[test]
    fn every_level_gives_the_same_tensor_up_to_rounding() {
        for if_mode in IfMode::ALL {
            let settings =
                AnalysisSettings { if_mode, n_fft: 1000, hop_samples: 123, ..Settings::default().analysis() };
            let chunk = noise(1, settings.chunk_samples);
            let best = AnalysisPlan::new(settings).unwrap().analyze(&chunk);
            for level in SimdLevel::available() {
                let tensor = AnalysisPlan::with_level(settings, level).unwrap().analyze(&chunk);
                let (magnitudes, inst_freqs) = tensor.as_slice().unwrap().split_at(tensor.len() / 2);
                let (best_magnitudes, best_inst_freqs) = best.as_slice().unwrap().split_at(best.len() / 2);
                assert!(
                    magnitudes.iter().zip(best_magnitudes).all(|(a, b)| (a - b).abs() <= 1e-5),
                    "{level:?}"
                );
                // A phase next to ±π may fall to either side.
                let n_off =
                    inst_freqs.iter().zip(best_inst_freqs).filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
                assert!(n_off <= inst_freqs.len() / 1000, "{level:?} {if_mode}: {n_off}");
            }
        }
    }

    #[test]
    fn scratch_carries_nothing_from_one_chunk_to_the_next() {
        let settings = AnalysisSettings { n_fft: 512, hop_samples: 100, ..Settings::default().analysis() };
        let plan = AnalysisPlan::new(settings).unwrap();
        let (first, second) = (noise(1, settings.chunk_samples), noise(2, settings.chunk_samples));
        let mut scratch = plan.scratch();
        let mut tensor = vec![f32::NAN; settings.tensor_shape().iter().product()];
        plan.analyze_into(&first, &mut scratch, &mut tensor);
        plan.analyze_into(&second, &mut scratch, &mut tensor);
        assert_eq!(plan.analyze(&second).as_slice().unwrap(), tensor);
    }

    #[test]
    fn the_mask_is_strict_and_a_threshold_of_zero_is_off() {
        let mel_power = [0.0, 0.9, 1.0, 1.1];
        let mut inst_freq = [0.5; 4];
        apply_mask(&mut inst_freq, &mel_power, 0.0);
        assert_eq!(inst_freq, [0.5; 4]);
        apply_mask(&mut inst_freq, &mel_power, 1.0);
        assert_eq!(inst_freq, [0.0, 0.0, 0.5, 0.5]);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let settings = AnalysisSettings { n_fft: 2047, ..Settings::default().analysis() };
        assert_eq!(AnalysisPlan::new(settings).unwrap_err().key, "n_fft");
    }
}
