//! The analysis settings as they are being typed: texts that may be impossible, and what is wrong with them.

use super::remarks::{self, Remark};
use crate::settings::{IfMode, Settings, SettingsError};

/// One setting as the window shows it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in `melscope.json`.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it does, in plain words.
    pub help: &'static str,
}

/// Every setting that is typed, in the order of the panel.
pub const FIELDS: [Field; 6] = [
    Field {
        key: "sample_rate",
        label: "Sample rate",
        unit: "Hz",
        help: "Every recording is brought to this rate. The highest frequency that remains is half of it.",
    },
    Field {
        key: "chunk_seconds",
        label: "Chunk length",
        unit: "seconds",
        help: "Recordings are cut into pieces of this length; each becomes one tensor. The last is filled with silence.",
    },
    Field {
        key: "n_fft",
        label: "n_fft",
        unit: "samples",
        help: "Length of the window that is analysed at a time. Longer tells pitches apart better, shorter times.",
    },
    Field {
        key: "hop",
        label: "Hop",
        unit: "samples",
        help: "Step from one window to the next. Smaller gives more columns; at most a quarter of n_fft keeps \
               instantaneous frequency unambiguous.",
    },
    Field {
        key: "n_mels",
        label: "n_mels",
        unit: "bands",
        help: "Number of pitch bands, the rows of a tensor. They are spaced as the ear hears.",
    },
    Field {
        key: "if_threshold",
        label: "Mask threshold",
        unit: "mel power",
        help: "Where a band is weaker than this, its instantaneous frequency is only noise and is set to 0. 0 is off.",
    },
];

/// The number of the threshold's field, which has a slider besides.
pub const THRESHOLD: usize = FIELDS.len() - 1;

/// What each mode does, in plain words.
pub fn mode_help(mode: IfMode) -> &'static str {
    match mode {
        IfMode::Filterbank => "mean over the band's bins: what distill's models were trained on",
        IfMode::Power => "the same, weighted by each bin's energy",
        IfMode::Deviation => "distance of the strongest frequency from the band's centre",
    }
}

/// Values that are usual for the setting `key`, as texts; a typed one may be any other.
pub fn usual(key: &str, settings: &Settings) -> Vec<String> {
    let whole = |values: &[usize]| values.iter().map(ToString::to_string).collect();
    match key {
        "sample_rate" => whole(&[16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]),
        "chunk_seconds" => ["0.5", "1", "2", "4", "10"].map(String::from).into(),
        "n_fft" => whole(&[256, 512, 1024, 2048, 4096, 8192, 16_384]),
        // Overlaps of 93.75, 87.5 and 75 %.
        "hop" => whole(&[16, 8, 4].map(|part| (settings.n_fft / part).max(1))),
        "n_mels" => whole(&[40, 64, 80, 96, 128, 160, 256]),
        _ => Vec::new(),
    }
}

/// A threshold as people write it: plain, or with a power of ten where it is small.
pub(super) fn threshold_text(threshold: f64) -> String {
    if threshold == 0.0 || threshold >= 0.01 { threshold.to_string() } else { format!("{threshold:e}") }
}

/// The settings' texts, and what there is to say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    texts: [String; FIELDS.len()],
    remarks: Vec<Remark>,
    /// The last threshold that was not off.
    threshold_on: f64,
}

impl Form {
    /// The texts of `settings`.
    pub fn of(settings: &Settings) -> Self {
        let threshold_on = Settings::default().if_threshold;
        let mut form = Self { texts: Default::default(), remarks: Vec::new(), threshold_on };
        form.show(settings);
        form
    }

    /// Replaces the texts by those of `settings`.
    pub fn show(&mut self, settings: &Settings) {
        self.texts = [
            settings.sample_rate_hz.to_string(),
            settings.chunk_s.to_string(),
            settings.n_fft.to_string(),
            settings.hop_samples.to_string(),
            settings.n_mels.to_string(),
            String::new(),
        ];
        self.show_threshold(settings.if_threshold);
        self.remark(settings);
    }

    /// Replaces the text of the threshold alone: nothing that there is to say depends on it.
    pub fn show_threshold(&mut self, threshold: f64) {
        self.texts[THRESHOLD] = threshold_text(threshold);
        if threshold > 0.0 {
            self.threshold_on = threshold;
        }
    }

    /// The threshold to come back to when the mask is switched on again.
    pub fn threshold_on(&self) -> f64 {
        self.threshold_on
    }

    /// The text of field `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.texts[index]
    }

    /// True when the texts are possible settings.
    pub fn is_possible(&self) -> bool {
        !self.remarks.iter().any(|remark| remark.is_impossible)
    }

    /// What there is to say of the setting `key`.
    pub fn remarks(&self, key: &str) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(move |remark| remark.key == key)
    }

    /// Changes the text of field `index`; the settings that have no field are those of `base`.
    pub fn set_text(&mut self, index: usize, text: String, base: &Settings) {
        self.texts[index] = text;
        self.remark(base);
    }

    /// Changes the text of the setting `key`; of another nothing.
    pub fn set_text_of(&mut self, key: &str, text: String, base: &Settings) {
        if let Some(index) = FIELDS.iter().position(|field| field.key == key) {
            self.set_text(index, text, base);
        }
    }

    /// The settings that the texts say, on top of `base`.
    ///
    /// # Errors
    /// With the first field that is impossible.
    pub fn parse(&self, base: &Settings) -> Result<Settings, SettingsError> {
        let settings = self.read(base)?;
        settings.check()?;
        Ok(settings)
    }

    /// The numbers that the texts say, possible or not.
    fn read(&self, base: &Settings) -> Result<Settings, SettingsError> {
        let mut settings = base.clone();
        let [sample_rate, chunk, n_fft, hop, n_mels, threshold] = &self.texts;
        settings.sample_rate_hz = number("sample_rate", sample_rate)?;
        settings.chunk_s = number("chunk_seconds", chunk)?;
        settings.n_fft = number("n_fft", n_fft)?;
        settings.hop_samples = number("hop", hop)?;
        settings.n_mels = number("n_mels", n_mels)?;
        settings.if_threshold = number("if_threshold", threshold)?;
        Ok(settings)
    }

    fn remark(&mut self, base: &Settings) {
        self.remarks = match self.read(base) {
            Ok(settings) => match settings.check() {
                Ok(()) => remarks::of_possible(&settings),
                Err(problem) => vec![remarks::of_impossible(&problem, &settings)],
            },
            Err(problem) => {
                let index = FIELDS.iter().position(|field| field.key == problem.key);
                let text = index.map_or("", |index| self.text(index));
                vec![remarks::of_unreadable(&problem, text, base)]
            }
        };
    }
}

pub(super) fn number<T: std::str::FromStr>(key: &str, text: &str) -> Result<T, SettingsError> {
    text.trim().parse().map_err(|_malformed| SettingsError {
        key: key.into(),
        value: format!("\"{text}\""),
        expected: Settings::expected(key).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(key: &str) -> usize {
        FIELDS.iter().position(|field| field.key == key).unwrap()
    }

    #[test]
    fn the_texts_of_settings_are_those_settings() {
        let settings = Settings { chunk_s: 0.29, if_threshold: 3e-7, n_mels: 80, ..Settings::default() };
        assert_eq!(Form::of(&settings).parse(&Settings::default()).unwrap(), settings);
        assert_eq!(Form::of(&Settings::default()).text(index_of("if_threshold")), "1e-5");
    }

    #[test]
    fn what_is_impossible_is_said_at_its_control_and_nowhere_else() {
        let base = Settings::default();
        for (key, text, words) in [
            ("n_fft", "2047", "2047 is not possible: it must be an even number"),
            ("hop", "many", "\"many\" is not possible: it must be a whole number"),
            ("n_mels", "1025", "1 to n_fft/2 (1024)"),
            ("chunk_seconds", "-1", "a positive number (seconds)"),
            ("sample_rate", "", "1000 to 768000"),
            ("if_threshold", "-1", "0 (off)"),
        ] {
            let mut form = Form::of(&base);
            form.set_text(index_of(key), text.into(), &base);
            for field in FIELDS {
                let problems: Vec<_> = form.remarks(field.key).collect();
                assert_eq!(problems.len(), usize::from(field.key == key), "{key} {problems:?}");
                assert!(problems.iter().all(|problem| problem.words.contains(words)), "{key}");
            }
            assert!(!form.is_possible());
        }
    }
}
