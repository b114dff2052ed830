//! The settings of augmentation: how many variants a chunk gets, and what is drawn for each.

use serde::Serialize;

use super::{SettingsError, assign};

/// Variants per chunk that can be made.
pub const EXPANSIONS: std::ops::RangeInclusive<u32> = 0..=1_000;

const SEMITONES: [f64; 2] = [-12.0, 12.0];
const SPEEDS: [f64; 2] = [0.5, 2.0];
const SNRS_DB: [f64; 2] = [-20.0, 100.0];
const GAINS: [f64; 2] = [0.01, 10.0];

/// How many different factors of speed there may be: each is planned for.
const SPEED_FACTORS_MAX: usize = 100;

/// What is drawn for every variant of a chunk. The four changes are independent and happen in the order of the fields.
///
/// A range is inclusive, its lower end first, and drawn from uniformly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AugmentationSettings {
    /// Variants per chunk besides the original; 0 is no augmentation.
    pub expansion: u32,
    /// Probability that the pitch is shifted.
    pub pitch_probability: f64,
    /// Range of the shift in semitones.
    #[serde(rename = "pitch_range")]
    pub semitones: [f64; 2],
    /// Probability that the speed is changed, and with it the pitch.
    pub speed_probability: f64,
    /// Factors of speed to choose from; above 1 is faster.
    pub speed_factors: Vec<f64>,
    /// Probability that white noise is added.
    pub noise_probability: f64,
    /// Range of the signal-to-noise ratio in dB.
    #[serde(rename = "noise_snr")]
    pub snr_db: [f64; 2],
    /// Probability that the volume is changed.
    pub volume_probability: f64,
    /// Range of the gain.
    #[serde(rename = "volume_range")]
    pub gain: [f64; 2],
    /// Levels as distill's trainer leaves them: the gain is applied as it is drawn, what exceeds full scale is clipped, and
    /// the peak is normalised after it. Otherwise the peak is normalised before, and the gain divided by the range's end.
    pub reference_levels: bool,
}

impl Default for AugmentationSettings {
    fn default() -> Self {
        Self {
            expansion: 0,
            pitch_probability: 0.5,
            semitones: [-2.0, 2.0],
            speed_probability: 0.5,
            // As the trainer has it: 1 stands twice, so that a third of the draws leave the speed alone.
            speed_factors: vec![0.9, 0.95, 1.0, 1.0, 1.05, 1.1],
            noise_probability: 0.3,
            snr_db: [15.0, 40.0],
            volume_probability: 0.5,
            gain: [0.7, 1.3],
            reference_levels: false,
        }
    }
}

impl AugmentationSettings {
    /// The keys of `melscope.json`, with what their values must be.
    pub(super) const KEYS: [(&'static str, &'static str); 10] = [
        ("expansion", "a whole number from 0 (off) to 1000"),
        ("pitch_probability", "a number from 0 to 1"),
        ("pitch_range", "two numbers from -12 to 12 (semitones), the lower first"),
        ("speed_probability", "a number from 0 to 1"),
        ("speed_factors", "1 to 100 numbers from 0.5 to 2"),
        ("noise_probability", "a number from 0 to 1"),
        ("noise_snr", "two numbers from -20 to 100 (dB), the lower first"),
        ("volume_probability", "a number from 0 to 1"),
        ("volume_range", "two numbers from 0.01 to 10, the lower first"),
        ("reference_levels", "true or false"),
    ];

    /// Sets `key` from JSON; `None` for what is no key of augmentation.
    pub(super) fn set(&mut self, key: &str, json: &str) -> Option<Result<(), serde_json::Error>> {
        Some(match key {
            "expansion" => assign(&mut self.expansion, json),
            "pitch_probability" => assign(&mut self.pitch_probability, json),
            "pitch_range" => assign(&mut self.semitones, json),
            "speed_probability" => assign(&mut self.speed_probability, json),
            "speed_factors" => assign(&mut self.speed_factors, json),
            "noise_probability" => assign(&mut self.noise_probability, json),
            "noise_snr" => assign(&mut self.snr_db, json),
            "volume_probability" => assign(&mut self.volume_probability, json),
            "volume_range" => assign(&mut self.gain, json),
            "reference_levels" => assign(&mut self.reference_levels, json),
            _ => return None,
        })
    }

    /// Refuses what cannot be drawn from.
    pub fn check(&self) -> Result<(), SettingsError> {
        let require = |is_right: bool, key: &str, value: String| {
            if is_right {
                return Ok(());
            }
            Err(SettingsError { key: key.into(), value, expected: super::Settings::expected(key).into() })
        };
        let is_range =
            |[low, high]: [f64; 2], [least, most]: [f64; 2]| least <= low && low <= high && high <= most;
        let is_probability = |value: f64| (0.0..=1.0).contains(&value);
        let list = |values: &[f64]| format!("{values:?}");
        require(EXPANSIONS.contains(&self.expansion), "expansion", self.expansion.to_string())?;
        for (key, value) in [
            ("pitch_probability", self.pitch_probability),
            ("speed_probability", self.speed_probability),
            ("noise_probability", self.noise_probability),
            ("volume_probability", self.volume_probability),
        ] {
            require(is_probability(value), key, value.to_string())?;
        }
        for (key, range, limits) in [
            ("pitch_range", self.semitones, SEMITONES),
            ("noise_snr", self.snr_db, SNRS_DB),
            ("volume_range", self.gain, GAINS),
        ] {
            require(is_range(range, limits), key, list(&range))?;
        }
        let factors = &self.speed_factors;
        let are_speeds = factors.iter().all(|factor| is_range([*factor; 2], SPEEDS));
        require(
            are_speeds && (1..=SPEED_FACTORS_MAX).contains(&factors.len()),
            "speed_factors",
            list(factors),
        )
    }

    /// What is possible but probably not meant, in words.
    pub fn warnings(&self) -> Vec<String> {
        let probabilities =
            [self.pitch_probability, self.speed_probability, self.noise_probability, self.volume_probability];
        if self.expansion > 0 && probabilities == [0.0; 4] {
            return vec![
                "every probability of augmentation is 0: all variants will be copies of their chunks".into(),
            ];
        }
        Vec::new()
    }
}
