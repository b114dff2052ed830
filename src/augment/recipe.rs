//! The order of the changes: pitch, speed, noise, volume.

use super::draw::{self, VariantKey};
use super::pitch::{self, PitchShift};
use super::speed::{self, Speed};
use super::{noise, volume};
use crate::applied::Applied;
use crate::peak::normalise_peak;
use crate::settings::{AugmentationSettings, Settings};

/// Everything that making variants depends on. Planned once, shared by all threads.
pub struct Recipe {
    settings: AugmentationSettings,
    seed: u64,
    chunk_samples: usize,
    pitch: PitchShift,
}

/// Buffers and resamplers of one thread.
pub struct Scratch {
    pitch: pitch::Scratch,
    /// A factor is planned for when it is first drawn.
    speeds: Vec<Speed>,
    /// Room for one change at a time.
    samples: Vec<f32>,
}

impl Recipe {
    /// Plans the variants that `settings` ask for; `expansion` plays no part.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.augmentation.clone(),
            seed: settings.seed,
            chunk_samples: settings.chunk_samples(),
            pitch: PitchShift::new(settings.sample_rate_hz),
        }
    }

    /// Buffers for one thread.
    pub fn scratch(&self) -> Scratch {
        // Its full size at once: a buffer that grows leaves its smaller ones behind.
        let samples = Vec::with_capacity(self.chunk_samples + speed::SURPLUS_SAMPLES);
        Scratch { pitch: self.pitch.scratch(), speeds: Vec::new(), samples }
    }

    /// Makes the variant `key` of `chunk` (finite samples) in `variant`, both of the planned length; gives what was
    /// done. The same arguments give the same samples, bit for bit, on one kind of processor.
    ///
    /// # Panics
    /// When a length is not that of a chunk.
    pub fn apply_into(
        &self,
        key: &VariantKey<'_>,
        chunk: &[f32],
        scratch: &mut Scratch,
        variant: &mut [f32],
    ) -> Applied {
        assert_eq!(chunk.len(), self.chunk_samples, "a chunk has the planned length");
        let mut generator = draw::generator(self.seed, key);
        let mut applied = draw::draw(&self.settings, &mut generator);
        variant.copy_from_slice(chunk);
        // A chunk of a build has its full level already, and keeps it.
        normalise_peak(variant);
        if let Some(semitones) = applied.semitones {
            let original = &mut scratch.samples;
            original.clear();
            original.extend_from_slice(variant);
            self.pitch.shift_into(original, semitones, &mut scratch.pitch, variant);
        }
        let mut n_samples = variant.len();
        if let Some(factor) = applied.speed.filter(|factor| *factor != 1.0) {
            n_samples = planned(&mut scratch.speeds, factor).change(variant, &mut scratch.samples);
        }
        let (sound, padding) = variant.split_at_mut(n_samples);
        padding.fill(0.0);
        if let Some(snr_db) = applied.snr_db
            && !noise::add(sound, snr_db, &mut generator, &mut scratch.samples)
        {
            applied.snr_db = None;
        }
        applied.gain = if self.settings.reference_levels {
            volume::set_as_reference(variant, applied.gain)
        } else {
            volume::set(variant, applied.gain, self.settings.gain[1])
        };
        applied
    }
}

/// The resampler of a factor, planned when there is none yet.
fn planned(speeds: &mut Vec<Speed>, factor: f64) -> &mut Speed {
    let index = speeds.iter().position(|speed| speed.factor() == factor).unwrap_or_else(|| {
        speeds.push(Speed::new(factor));
        speeds.len() - 1
    });
    &mut speeds[index]
}
