//! The settings as they are being typed: texts that may be impossible, and what is wrong with them.

use crate::pipeline::remarks;
use crate::settings::{Kind, Remark, SETTINGS, Setting, Settings, Stage, remark};

/// The stages of the settings in the panel beside the views.
pub const PANEL: &[Stage] = &[Stage::Analysis, Stage::Dataset];

/// The stage of the settings in the Augment view.
pub const VARIANTS: &[Stage] = &[Stage::Variants];

/// A text field: a setting, or one end of a setting that is a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The setting.
    pub setting: &'static Setting,
    /// The end of a range, 0 or 1.
    part: usize,
}

impl Field {
    /// The fields of a setting, in their order; none where it is not typed.
    pub fn of(setting: &'static Setting) -> impl Iterator<Item = Self> {
        let n_parts = match setting.kind {
            Kind::Whole(_)
            | Kind::Positive
            | Kind::PositiveOrOff
            | Kind::NumberOrNone { .. }
            | Kind::List { .. } => 1,
            Kind::Range { .. } => 2,
            // Which chunks are left out is chosen where they are listed.
            Kind::Probability
            | Kind::Flag
            | Kind::Choice(_)
            | Kind::Path { .. }
            | Kind::Paths
            | Kind::Chunks => 0,
        };
        (0..n_parts).map(move |part| Self { setting, part })
    }

    /// Its name for people.
    pub fn label(self) -> String {
        match self.setting.kind {
            Kind::Range { .. } => format!("{} {}", self.setting.label, ["from", "to"][self.part]),
            _ => self.setting.label.into(),
        }
    }

    /// Its meaning, in plain words.
    pub fn help(self) -> &'static str {
        match self.setting.kind {
            Kind::Range { ends, .. } => ends[self.part],
            _ => self.setting.help,
        }
    }

    /// Its text in `settings`.
    fn text_in(self, settings: &Settings) -> String {
        let mut texts = self.setting.texts(settings);
        if let Kind::Range { .. } = self.setting.kind {
            texts.swap_remove(self.part)
        } else {
            texts.join(", ")
        }
    }
}

/// The texts of some stages' settings, and what there is to say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    stages: &'static [Stage],
    texts: Vec<(Field, String)>,
    remarks: Vec<Remark>,
    /// The last threshold that was not off.
    threshold_on: f64,
}

impl Form {
    /// The texts of `settings`, as far as they belong to these stages.
    pub fn of(settings: &Settings, stages: &'static [Stage]) -> Self {
        let rows = SETTINGS.iter().copied().filter(|setting| stages.contains(&setting.stage));
        let texts = rows.flat_map(Field::of).map(|field| (field, String::new())).collect();
        let threshold_on = Settings::default().if_threshold;
        let mut form = Self { stages, texts, remarks: Vec::new(), threshold_on };
        form.show(settings);
        form
    }

    /// Replaces the texts by those of `settings`.
    pub fn show(&mut self, settings: &Settings) {
        for (field, text) in &mut self.texts {
            *text = field.text_in(settings);
        }
        self.remember_threshold(settings);
        self.remark(settings);
    }

    /// Replaces the texts of one setting, of which no remark depends on its value.
    pub fn show_one(&mut self, setting: &Setting, settings: &Settings) {
        for (field, text) in self.texts.iter_mut().filter(|(field, _)| field.setting == setting) {
            *text = field.text_in(settings);
        }
        self.remember_threshold(settings);
    }

    fn remember_threshold(&mut self, settings: &Settings) {
        if settings.if_threshold > 0.0 {
            self.threshold_on = settings.if_threshold;
        }
    }

    /// The threshold to come back to when the mask is switched on again.
    pub fn threshold_on(&self) -> f64 {
        self.threshold_on
    }

    /// Every field, in the order of the settings.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        self.texts.iter().map(|(field, _)| *field)
    }

    /// The text of a field; empty for one of another form.
    pub fn text(&self, field: Field) -> &str {
        self.texts.iter().find(|(own, _)| *own == field).map_or("", |(_, text)| text)
    }

    /// True when the texts are possible settings.
    pub fn is_possible(&self) -> bool {
        !self.remarks.iter().any(|remark| remark.is_impossible)
    }

    /// Every remark on the settings of these stages.
    pub fn all_remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The remarks on the setting `key`.
    pub fn remarks(&self, key: &str) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(move |remark| remark.key == key)
    }

    /// Changes the text of a field; the settings that have no field are those of `base`.
    pub fn set_text(&mut self, field: Field, text: String, base: &Settings) {
        if let Some((_, own)) = self.texts.iter_mut().find(|(own, _)| *own == field) {
            *own = text;
            self.remark(base);
        }
    }

    /// Changes the texts of the setting `key`, the ends of a range separated by a comma. False for a setting without
    /// fields in this form.
    pub fn set_text_of(&mut self, key: &str, text: &str, base: &Settings) -> bool {
        let mut is_found = false;
        for (field, own) in self.texts.iter_mut().filter(|(field, _)| field.setting.key == key) {
            *own = match field.setting.kind {
                Kind::Range { .. } => text.split(',').nth(field.part).unwrap_or_default().trim().into(),
                _ => text.into(),
            };
            is_found = true;
        }
        if is_found {
            self.remark(base);
        }
        is_found
    }

    /// The settings that the texts say, on top of `base`.
    ///
    /// # Errors
    /// With the remark on the first setting that is impossible.
    pub fn parse(&self, base: &Settings) -> Result<Settings, Remark> {
        let mut settings = base.clone();
        for setting in self.fields().filter(|field| field.part == 0).map(|field| field.setting) {
            let texts = self.texts_of(setting);
            let parts: Vec<&str> = match setting.kind {
                Kind::List { .. } => texts.iter().flat_map(|text| text.split(',')).map(str::trim).collect(),
                _ => texts.clone(),
            };
            setting
                .set_texts(&mut settings, &parts)
                .ok_or_else(|| remark::unreadable(setting, &texts, base))?;
        }
        settings.check_stages(self.stages).map_err(|problem| {
            remark::impossible(&problem, &self.texts_of(problem.setting), &settings, base)
        })?;
        Ok(settings)
    }

    fn texts_of(&self, setting: &Setting) -> Vec<&str> {
        self.texts.iter().filter(|(field, _)| field.setting == setting).map(|(_, text)| text.trim()).collect()
    }

    fn remark(&mut self, base: &Settings) {
        self.remarks = match self.parse(base) {
            Ok(settings) => {
                let mut remarks = remarks::of_possible(&settings);
                // What is said of variants depends on more than texts: the view says it.
                let is_of_stage = |setting: &Setting| {
                    self.stages.contains(&setting.stage) && setting.stage != Stage::Variants
                };
                remarks.retain(|remark| Setting::of_key(remark.key).is_some_and(is_of_stage));
                remarks
            }
            Err(remark) => vec![remark],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::AugmentationSettings;

    fn forms(settings: &Settings) -> [Form; 2] {
        [Form::of(settings, PANEL), Form::of(settings, VARIANTS)]
    }

    /// The field with this label, and the form that has it.
    fn field_of(label: &str, settings: &Settings) -> (Form, Field) {
        let with_label = |form: &Form| form.fields().find(|field| field.label() == label);
        forms(settings).into_iter().find_map(|form| with_label(&form).map(|field| (form, field))).unwrap()
    }

    #[test]
    fn the_texts_of_settings_are_those_settings() {
        let settings = Settings {
            chunk_s: 0.29,
            if_threshold: 3e-7,
            n_mels: 80,
            seed: u64::MAX,
            exclude_chunks_quieter_dbfs: Some(-61.5),
            exclude_chunks_padding: Some(0.25),
            trim_silence_dbfs: Some(-70.0),
            augmentation: AugmentationSettings {
                expansion: 7,
                semitones: [-0.25, 3.0],
                speed_factors: vec![0.5, 1.0, 1.0, 1.3],
                snr_db: [-3.5, 12.0],
                gain: [0.1, 1.0 / 3.0],
                ..AugmentationSettings::default()
            },
            ..Settings::default()
        };
        let [panel, variants] = forms(&settings);
        let typed = panel.parse(&variants.parse(&Settings::default()).unwrap()).unwrap();
        assert_eq!(typed, settings);
        let (form, threshold) = field_of("Mask threshold", &Settings::default());
        assert_eq!(form.text(threshold), "1e-5");
    }

    #[test]
    fn what_is_impossible_is_said_at_its_control_and_nowhere_else() {
        let base = Settings::default();
        for (label, text, words, fix) in [
            ("n_fft", "2047", "2047 is not possible: it must be an even number", "use 2048"),
            ("Hop", "many", "\"many\" is not possible: it must be a whole number", "use 512"),
            ("n_mels", "1025", "1 to n_fft/2 (1024)", "use 1024"),
            ("Chunk length", "-1", "a positive number (seconds)", "use 0.0214"),
            ("Sample rate", "", "1000 to 768000", "use 48000"),
            ("Mask threshold", "-1", "0 (off)", "use 0"),
            ("n_fft", "2047.4", "an even whole number", "use 2048"),
            ("Hop", "-3", "a whole number from 1 to n_fft", "use 1"),
            ("n_mels", "1e9", "a whole number", "use 1024"),
            ("Sample rate", "48e3", "a whole number", "use 48000"),
            ("n_fft", "many", "a whole number", "use 2048"),
            ("Variants of each chunk", "1001", "“1001” is not possible", "back to 0"),
            ("Variants of each chunk", "-1", "a whole number from 0 (off) to 1000", "back to 0"),
            ("Seed", "2.5", "18446744073709551615", "back to 0"),
            ("Pitch from", "3", "“3 to 2” is not possible", "back to -2 to 2"),
            ("Pitch to", "13", "two numbers from -12 to 12", "back to -2 to 2"),
            ("Speeds", "", "1 to 100 numbers from 0.5 to 2", "back to 0.9, 0.95, 1, 1, 1.05, 1.1"),
            ("Speeds", "1, 2.5", "“1, 2.5” is not possible", "back to 0.9, 0.95, 1, 1, 1.05, 1.1"),
            ("Noise to", "loud", "“15 to loud” is not possible", "back to 15 to 40"),
            ("Volume from", "NaN", "the lower first", "back to 0.7 to 1.3"),
            ("Leave out chunks quieter than", "6", "off, or a number from -200 to 0 (dBFS)", "back to off"),
            (
                "Leave out chunks with more padding than",
                "half",
                "off, or a number from 0 to 1",
                "back to off",
            ),
            ("Trim silence below", "", "off, or a number from -200 to 0 (dBFS)", "back to off"),
        ] {
            let (mut form, field) = field_of(label, &base);
            form.set_text(field, text.into(), &base);
            let words = words.replace(
                "a whole number",
                if label == "n_fft" { "an even whole number" } else { "a whole number" },
            );
            let remark = form.remarks(field.setting.key).next().unwrap().clone();
            assert!(remark.words.contains(&words), "{label} {text}: {}", remark.words);
            assert_eq!(remark.fixes[0].label, fix, "{label} {text}");
            assert!(!form.is_possible());
            for other in form.fields().filter(|other| other.setting != field.setting) {
                assert_eq!(form.remarks(other.setting.key).count(), 0, "{label} {text}");
            }
            assert!(form.set_text_of(remark.fixes[0].key, &remark.fixes[0].value, &base));
            assert!(form.is_possible(), "{label} {text} is fixed");
            if fix.starts_with("back") {
                assert_eq!(form, Form::of(&base, form.stages), "{label} {text} is as before");
            }
        }
    }

    #[test]
    fn each_fix_of_the_impossible_makes_it_possible() {
        let default = Settings::default;
        for settings in [
            Settings { sample_rate_hz: 1, chunk_s: 100.0, ..default() },
            Settings { n_fft: 2047, ..default() },
            Settings { hop_samples: 4096, ..default() },
            Settings { n_mels: 2000, ..default() },
            Settings { chunk_s: 0.02, ..default() },
            Settings { chunk_s: -1.0, ..default() },
            Settings { chunk_s: 1e6, ..default() },
            Settings { hop_samples: 1, chunk_s: 10.0, ..default() },
            Settings { if_threshold: -1.0, ..default() },
            Settings { if_threshold: f64::NAN, ..default() },
        ] {
            let form = Form::of(&settings, PANEL);
            let remark = form.parse(&default()).unwrap_err();
            assert!(!remark.fixes.is_empty(), "{remark:?}");
            for fix in remark.fixes {
                let mut form = form.clone();
                assert!(form.set_text_of(fix.key, &fix.value, &default()));
                assert!(form.is_possible(), "{}: {}", remark.words, fix.label);
            }
        }
    }
}
