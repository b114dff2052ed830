//! How coherent the instantaneous frequency (IF) of a sound is at each mel power: what tells where the mask belongs.
//!
//! Places, one band in one frame, are sorted into classes of mel power that are 1 dB wide, and the private `steadiness` compares each with
//! noise. Two analyses are measured. One is of the *sound*: 8 times overlap, and the energy-weighted phase advance,
//! which is unambiguous and does not cancel within a band. It tells whether there is a frequency to be known. The other is
//! of the *values* that a model gets with the settings; where the sound is coherent and they are not, the settings lose it.
//!
//! Sums are whole numbers: they can be merged in any order with the same result.

use super::analysis::AnalysisPlan;
use super::steadiness::{Compared, SteadinessMeter, SteadinessScratch};
use crate::settings::{AnalysisSettings, IfMode, SettingsError};

/// Frames of a window, where the sound is measured.
const SOUND_OVERLAP: usize = 8;

/// The lower edge of the lowest class and the upper edge of the highest, in dB of mel power. The rounding noise of silence beside a full-scale tone
/// lies near -80 dB, a full-scale tone in the longest window near 90 dB.
const CLASSES_DB: std::ops::Range<i32> = -180..120;

/// Classes of mel power.
pub const N_CLASSES: usize = (CLASSES_DB.end - CLASSES_DB.start) as usize;

/// Groups of neighbouring bands that are counted apart, because wide bands cancel where narrow ones do not.
pub const N_GROUPS: usize = 8;

/// Measures coherence with one set of settings. Planned once, shared by all threads.
#[derive(Debug, Clone)]
pub struct CoherencePlan {
    sound: SteadinessMeter,
    values: SteadinessMeter,
}

/// Buffers for one thread.
#[derive(Debug, Clone)]
pub struct CoherenceScratch {
    sound: SteadinessScratch,
    values: SteadinessScratch,
}

/// Places and the sum of their scores: +1 for each that is steadier than the median of noise, -1 for each that is less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Places.
    pub n_places: u64,
    /// The sum.
    pub sum: i64,
}

impl Score {
    /// From -1 to 1: 0 for noise, 1 for what is always steadier than noise; 0 for no places.
    pub fn coherence(self) -> f64 {
        if self.n_places == 0 { 0.0 } else { self.sum as f64 / self.n_places as f64 }
    }

    fn add(&mut self, other: Self) {
        self.n_places += other.n_places;
        self.sum += other.sum;
    }
}

/// The scores of some chunks. It has the same size however many.
#[derive(Debug, Clone, PartialEq)]
pub struct CoherenceSums {
    /// Group after group, class after class.
    sound: Vec<Score>,
    values: Vec<Score>,
    peak_power: f32,
    n_chunks: u64,
}

impl Default for CoherenceSums {
    fn default() -> Self {
        let scores = vec![Score::default(); N_GROUPS * N_CLASSES];
        Self { sound: scores.clone(), values: scores, peak_power: 0.0, n_chunks: 0 }
    }
}

impl CoherenceSums {
    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (own, more) in [(&mut self.sound, &other.sound), (&mut self.values, &other.values)] {
            own.iter_mut().zip(more).for_each(|(own, more)| own.add(*more));
        }
        self.peak_power = self.peak_power.max(other.peak_power);
        self.n_chunks += other.n_chunks;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.sound.fill(Score::default());
        self.values.fill(Score::default());
        (self.peak_power, self.n_chunks) = (0.0, 0);
    }

    /// The score of the sound in a class of mel power, over all bands.
    pub fn sound_of_class(&self, class: usize) -> Score {
        self.sound.iter().skip(class).step_by(N_CLASSES).fold(Score::default(), sum)
    }

    /// The scores of the sound and of the values in a group of bands, over all classes from `first_class` on.
    pub fn of_group(&self, group: usize, first_class: usize) -> [Score; 2] {
        let classes = group * N_CLASSES + first_class..(group + 1) * N_CLASSES;
        [&self.sound, &self.values].map(|scores| scores[classes.clone()].iter().fold(Score::default(), sum))
    }

    /// The largest mel power of any place.
    pub fn peak_power(&self) -> f32 {
        self.peak_power
    }

    /// Chunks counted.
    pub fn n_chunks(&self) -> u64 {
        self.n_chunks
    }
}

fn sum(mut sum: Score, more: &Score) -> Score {
    sum.add(*more);
    sum
}

impl CoherencePlan {
    /// Plans both analyses with `settings`, whose threshold does not matter, and measures noise with them, which takes as long
    /// as to measure some twenty seconds of sound. `check` is asked on the way whether to go on.
    ///
    /// # Errors
    /// When the settings are impossible, and what `check` returns.
    pub fn new<E: From<SettingsError>>(
        settings: AnalysisSettings,
        check: &dyn Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        let settings = settings.unmasked();
        settings.check()?;
        let mut sound = AnalysisSettings {
            hop_samples: (settings.n_fft / SOUND_OVERLAP).max(1),
            if_mode: IfMode::Power,
            ..settings
        };
        // As fine as a tensor may be.
        while sound.check().is_err() && sound.hop_samples < settings.hop_samples {
            sound.hop_samples = (2 * sound.hop_samples).min(settings.hop_samples);
        }
        Ok(Self {
            sound: SteadinessMeter::new(sound, check)?,
            values: SteadinessMeter::new(settings, check)?,
        })
    }

    /// The analysis of the values that a model gets, unmasked.
    pub fn values(&self) -> &AnalysisPlan {
        self.values.plan()
    }

    /// The standard deviation that the coherence of the sound has in `n_places` places of noise.
    pub fn noise_deviation(&self, n_places: u64) -> f64 {
        (self.sound.places_per_independent() / n_places.max(1) as f64).sqrt()
    }

    /// The lowest frequency of a group of bands, in Hz.
    pub fn group_start_hz(&self, group: usize) -> f64 {
        let filters = self.values.plan().filters();
        let band = (0..filters.n_mels()).find(|band| group_of(*band, filters.n_mels()) >= group);
        filters.lower_hz(band.unwrap_or(filters.n_mels() - 1))
    }

    /// Buffers for one thread.
    pub fn scratch(&self) -> CoherenceScratch {
        CoherenceScratch { sound: self.sound.scratch(), values: self.values.scratch() }
    }

    /// Measures `chunk` (exactly `chunk_samples`, finite, its peak already normalised) and adds it to `sums`.
    ///
    /// # Panics
    /// When the chunk's length is not what the settings say.
    pub fn add(&self, chunk: &[f32], scratch: &mut CoherenceScratch, sums: &mut CoherenceSums) {
        let CoherenceSums { sound, values, peak_power, n_chunks } = sums;
        let n_mels = self.values.plan().settings().n_mels;
        let count = |place: Compared, scores: &mut [Score]| {
            let index = group_of(place.band, n_mels) * N_CLASSES + class_of(place.mel_power);
            scores[index].add(Score { n_places: 1, sum: place.score });
        };
        self.sound.compare(chunk, &mut scratch.sound, |place| count(place, sound));
        self.values.compare(chunk, &mut scratch.values, |place| {
            *peak_power = peak_power.max(place.mel_power);
            count(place, values);
        });
        *n_chunks += 1;
    }
}

fn group_of(band: usize, n_mels: usize) -> usize {
    band * N_GROUPS / n_mels
}

/// The class of a mel power above 0; those beyond the ends belong to the outermost.
fn class_of(mel_power: f32) -> usize {
    let db = 10.0 * mel_power.log10();
    // A float below 0 becomes 0 by the cast.
    ((db - CLASSES_DB.start as f32) as usize).min(N_CLASSES - 1)
}

/// The lower edge of a class, in dB of mel power.
pub fn class_start_db(class: usize) -> f64 {
    f64::from(CLASSES_DB.start) + class as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_begins_at_its_edge() {
        for class in [0, 1, 170, N_CLASSES - 1] {
            let power = 10f64.powf((class_start_db(class) + 0.5) / 10.0) as f32;
            assert_eq!(class_of(power), class);
        }
        assert_eq!((class_of(f32::MIN_POSITIVE), class_of(f32::MAX)), (0, N_CLASSES - 1));
    }
}
