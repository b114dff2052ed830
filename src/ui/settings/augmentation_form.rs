//! The settings of augmentation as they are being typed: texts that may be impossible, and what is wrong with them.

use super::form::{Field, number};
use super::remarks::{Mend, Remark};
use crate::settings::{AugmentationSettings, Settings, SettingsError};
use crate::ui::augment::wish::Wish;
use crate::ui::command::Command;

/// A change that is made to some variants, and whose probability is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// Pitch, the length stays.
    Pitch,
    /// Speed, and the pitch with it.
    Speed,
    /// White noise.
    Noise,
    /// Volume.
    Volume,
}

impl Chance {
    /// Every change, in the order in which they are made.
    pub const ALL: [Self; 4] = [Self::Pitch, Self::Speed, Self::Noise, Self::Volume];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pitch => "Pitch",
            Self::Speed => "Speed",
            Self::Noise => "Noise",
            Self::Volume => "Volume",
        }
    }

    /// What it does, in plain words.
    pub fn help(self) -> &'static str {
        match self {
            Self::Pitch => "Shifts the pitch up or down; the length stays.",
            Self::Speed => "Plays faster or slower, and the pitch moves along, as on a tape.",
            Self::Noise => "Adds white noise, a hiss, at a level drawn for each variant.",
            Self::Volume => "Makes the variant louder or softer; nothing clips.",
        }
    }

    /// What is drawn for it: the setting that its fields show.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pitch => "pitch_range",
            Self::Speed => "speed_factors",
            Self::Noise => "noise_snr",
            Self::Volume => "volume_range",
        }
    }

    /// Its probability in `settings`, 0 to 1.
    pub fn probability(self, settings: &AugmentationSettings) -> f64 {
        match self {
            Self::Pitch => settings.pitch_probability,
            Self::Speed => settings.speed_probability,
            Self::Noise => settings.noise_probability,
            Self::Volume => settings.volume_probability,
        }
    }

    /// The same, to be changed.
    pub(in crate::ui) fn probability_mut(self, settings: &mut AugmentationSettings) -> &mut f64 {
        match self {
            Self::Pitch => &mut settings.pitch_probability,
            Self::Speed => &mut settings.speed_probability,
            Self::Noise => &mut settings.noise_probability,
            Self::Volume => &mut settings.volume_probability,
        }
    }
}

/// Every setting that is typed; both ends of a range are fields of one key.
pub const FIELDS: [Field; 9] = [
    Field {
        key: "expansion",
        label: "Variants of each chunk",
        unit: "variants",
        help: "How many changed copies are built besides each chunk itself. 0 is no augmentation.",
    },
    Field {
        key: "seed",
        label: "Seed",
        unit: "whole number",
        help: "Where chance begins. The same seed gives the same variants, another one others.",
    },
    Field {
        key: "pitch_range",
        label: "Pitch from",
        unit: "semitones",
        help: "The lowest shift that is drawn; below 0 is down. 12 semitones are an octave.",
    },
    Field {
        key: "pitch_range",
        label: "Pitch to",
        unit: "semitones",
        help: "The highest shift that is drawn. 12 semitones are an octave.",
    },
    Field {
        key: "speed_factors",
        label: "Speeds",
        unit: "times as fast",
        help: "One of these is drawn, a number that stands twice twice as often. Separated by commas; 1 leaves the speed.",
    },
    Field {
        key: "noise_snr",
        label: "Noise from",
        unit: "dB",
        help: "The loudest noise that is drawn: how far the sound is above it. Smaller is noisier.",
    },
    Field {
        key: "noise_snr",
        label: "Noise to",
        unit: "dB",
        help: "The softest noise that is drawn: how far the sound is above it. At 40 dB it is hardly heard.",
    },
    Field {
        key: "volume_range",
        label: "Volume from",
        unit: "times",
        help: "The softest volume that is drawn, compared with the loudest.",
    },
    Field {
        key: "volume_range",
        label: "Volume to",
        unit: "times",
        help: "The loudest volume that is drawn: a variant that gets it keeps its full level.",
    },
];

/// The settings' texts, and what there is to say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    texts: [String; FIELDS.len()],
    problem: Option<Remark>,
}

impl Form {
    /// The texts of `settings`.
    pub fn of(settings: &Settings) -> Self {
        let augmentation = &settings.augmentation;
        let [pitch, noise, volume] =
            [augmentation.semitones, augmentation.snr_db, augmentation.gain].map(|range| range.map(text_of));
        let factors: Vec<String> = augmentation.speed_factors.iter().copied().map(text_of).collect();
        let [pitch_low, pitch_high] = pitch;
        let [noise_low, noise_high] = noise;
        let [volume_low, volume_high] = volume;
        let (expansion, seed) = (augmentation.expansion.to_string(), settings.seed.to_string());
        let speeds = factors.join(", ");
        let texts =
            [expansion, seed, pitch_low, pitch_high, speeds, noise_low, noise_high, volume_low, volume_high];
        Self { texts, problem: None }
    }

    /// The text of field `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.texts[index]
    }

    /// True when the texts are possible settings.
    pub fn is_possible(&self) -> bool {
        self.problem.is_none()
    }

    /// What is wrong with the setting `key`.
    pub fn problem(&self, key: &str) -> Option<&Remark> {
        self.problem.as_ref().filter(|problem| problem.key == key)
    }

    /// Changes the text of field `index`; the settings that have no field are those of `base`.
    pub fn set_text(&mut self, index: usize, text: String, base: &Settings) {
        self.texts[index] = text;
        self.remark(base);
    }

    /// Gives the fields of `key` the texts of `settings`.
    pub fn restore(&mut self, key: &str, settings: &Settings) {
        let restored = Self::of(settings).texts;
        for (index, text) in restored.into_iter().enumerate().filter(|(index, _)| FIELDS[*index].key == key) {
            self.texts[index] = text;
        }
        self.remark(settings);
    }

    /// The settings that the texts say, on top of `base`.
    ///
    /// # Errors
    /// With the first field that is impossible.
    pub fn parse(&self, base: &Settings) -> Result<Settings, SettingsError> {
        let [expansion, seed, pitch_low, pitch_high, speeds, noise_low, noise_high, volume_low, volume_high] =
            &self.texts;
        let mut settings = base.clone();
        settings.seed = number("seed", seed)?;
        let augmentation = &mut settings.augmentation;
        augmentation.expansion = number("expansion", expansion)?;
        augmentation.semitones = [number("pitch_range", pitch_low)?, number("pitch_range", pitch_high)?];
        augmentation.speed_factors =
            speeds.split(',').map(|factor| number("speed_factors", factor)).collect::<Result<_, _>>()?;
        augmentation.snr_db = [number("noise_snr", noise_low)?, number("noise_snr", noise_high)?];
        augmentation.gain = [number("volume_range", volume_low)?, number("volume_range", volume_high)?];
        augmentation.check()?;
        Ok(settings)
    }

    fn remark(&mut self, base: &Settings) {
        self.problem = self.parse(base).err().map(|problem| {
            let fields = || FIELDS.iter().zip(&self.texts).filter(|(field, _)| field.key == problem.key);
            // Every problem is one of a field's: the sliders and the switch are always possible.
            let key = fields().next().map_or("", |(field, _)| field.key);
            let texts: Vec<&str> = fields().map(|(_, text)| text.trim()).collect();
            let in_effect = Self::of(base);
            let before = FIELDS.iter().zip(&in_effect.texts).filter(|(field, _)| field.key == key);
            let before: Vec<&str> = before.map(|(_, text)| text.as_str()).collect();
            let words = format!("“{}” is not possible: it must be {}", texts.join(" to "), problem.expected);
            let mend = Mend {
                label: format!("back to {}", before.join(" to ")),
                command: Command::Augment(Wish::Restore(key)),
            };
            Remark { key, is_impossible: true, words, mends: vec![mend] }
        });
    }
}

fn text_of(value: f64) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(label: &str) -> usize {
        FIELDS.iter().position(|field| field.label == label).unwrap()
    }

    #[test]
    fn the_texts_of_settings_are_those_settings() {
        let settings = Settings {
            seed: u64::MAX,
            augmentation: AugmentationSettings {
                expansion: 7,
                semitones: [-0.25, 3.0],
                speed_factors: vec![0.5, 1.0, 1.0, 1.3],
                snr_db: [-3.5, 12.0],
                gain: [0.1, 1.0 / 3.0],
                pitch_probability: 0.125,
                reference_levels: true,
                ..AugmentationSettings::default()
            },
            ..Settings::default()
        };
        let base = Settings {
            augmentation: AugmentationSettings {
                pitch_probability: 0.125,
                reference_levels: true,
                ..AugmentationSettings::default()
            },
            ..Settings::default()
        };
        assert_eq!(Form::of(&settings).parse(&base).unwrap(), settings);
    }

    #[test]
    fn what_is_impossible_is_said_at_its_control_and_nowhere_else() {
        let base = Settings::default();
        for (label, text, words, mend) in [
            ("Variants of each chunk", "1001", "“1001” is not possible", "back to 0"),
            ("Variants of each chunk", "-1", "a whole number from 0 (off) to 1000", "back to 0"),
            ("Seed", "2.5", "18446744073709551615", "back to 0"),
            ("Pitch from", "3", "“3 to 2” is not possible", "back to -2 to 2"),
            ("Pitch to", "13", "two numbers from -12 to 12", "back to -2 to 2"),
            ("Speeds", "", "1 to 100 numbers from 0.5 to 2", "back to 0.9, 0.95, 1, 1, 1.05, 1.1"),
            ("Speeds", "1, 2.5", "“1, 2.5” is not possible", "back to 0.9, 0.95, 1, 1, 1.05, 1.1"),
            ("Noise to", "loud", "“15 to loud” is not possible", "back to 15 to 40"),
            ("Volume from", "NaN", "the lower first", "back to 0.7 to 1.3"),
        ] {
            let mut form = Form::of(&base);
            form.set_text(index_of(label), text.into(), &base);
            let key = FIELDS[index_of(label)].key;
            let problem = form.problem(key).unwrap();
            assert!(problem.words.contains(words), "{label} {text}: {}", problem.words);
            assert_eq!(problem.mends[0].label, mend);
            let others = FIELDS.iter().filter(|field| field.key != key);
            assert!(others.clone().all(|field| form.problem(field.key).is_none()));
            form.restore(key, &base);
            assert_eq!(form, Form::of(&base), "{label} {text} is mended");
        }
    }
}
