//! The analysis settings as they are being typed: texts that may be impossible, and what is wrong with them.

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

/// What each mode does, in plain words.
pub fn mode_help(mode: IfMode) -> &'static str {
    match mode {
        IfMode::Filterbank => "mean over the band's bins: what distill's models were trained on",
        IfMode::Power => "the same, weighted by each bin's energy",
        IfMode::Deviation => "distance of the strongest frequency from the band's centre",
    }
}

/// The settings' texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    texts: [String; FIELDS.len()],
    problem: Option<SettingsError>,
}

impl Form {
    /// The texts of `settings`.
    pub fn of(settings: &Settings) -> Self {
        let threshold = settings.if_threshold;
        let texts = [
            settings.sample_rate_hz.to_string(),
            settings.chunk_s.to_string(),
            settings.n_fft.to_string(),
            settings.hop_samples.to_string(),
            settings.n_mels.to_string(),
            if threshold == 0.0 || threshold >= 0.01 {
                threshold.to_string()
            } else {
                format!("{threshold:e}")
            },
        ];
        Self { texts, problem: settings.check().err() }
    }

    /// The text of field `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.texts[index]
    }

    /// True when the texts are possible settings.
    pub fn is_possible(&self) -> bool {
        self.problem.is_none()
    }

    /// What is wrong with field `index`, in words.
    pub fn problem(&self, index: usize) -> Option<String> {
        let problem = self.problem.as_ref().filter(|problem| problem.key == FIELDS[index].key)?;
        Some(format!("{} is not possible: it must be {}", problem.value, problem.expected))
    }

    /// Changes the text of field `index`; the other settings are those of `base`.
    pub fn set_text(&mut self, index: usize, text: String, base: &Settings) {
        self.texts[index] = text;
        self.problem = self.parse(base).err();
    }

    /// The settings that the texts say, on top of `base`.
    ///
    /// # Errors
    /// With the first field that is impossible.
    pub fn parse(&self, base: &Settings) -> Result<Settings, SettingsError> {
        let mut settings = base.clone();
        let [sample_rate, chunk, n_fft, hop, n_mels, threshold] = &self.texts;
        settings.sample_rate_hz = number("sample_rate", sample_rate)?;
        settings.chunk_s = number("chunk_seconds", chunk)?;
        settings.n_fft = number("n_fft", n_fft)?;
        settings.hop_samples = number("hop", hop)?;
        settings.n_mels = number("n_mels", n_mels)?;
        settings.if_threshold = number("if_threshold", threshold)?;
        settings.check()?;
        Ok(settings)
    }
}

fn number<T: std::str::FromStr>(key: &str, text: &str) -> Result<T, SettingsError> {
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
            for (index, field) in FIELDS.iter().enumerate() {
                let problem = form.problem(index);
                assert_eq!(problem.is_some(), field.key == key, "{key} {problem:?}");
                assert!(problem.is_none_or(|problem| problem.contains(words)), "{key}");
            }
            assert!(!form.is_possible());
        }
    }
}
