//! The differences of two settings, for people: which settings, and what they are and were.

use super::table::{CHUNK_SECONDS, EXPANSION, Record, SETTINGS, Setting, Settings, Stage};

/// A setting that differs in two settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value in the one, in words.
    pub from: String,
    /// Its value in the other.
    pub to: String,
}

impl Difference {
    /// The name of the setting as a reason for another cache says it.
    pub fn reason_name(&self) -> &'static str {
        // Caches know a chunk in samples alone, whatever its length in seconds was.
        if *self.setting == CHUNK_SECONDS { "chunk length" } else { self.setting.key }
    }

    /// The setting with its other value: "hop 256".
    pub fn other(&self) -> String {
        let unit = if *self.setting == CHUNK_SECONDS { "" } else { self.setting.unit_in_words() };
        let space = if unit.is_empty() { "" } else { " " };
        format!("{} {}{space}{unit}", self.setting.label.to_lowercase(), self.to)
    }
}

/// The settings of a stage that are not the same in `from` and `to`.
pub fn differences(from: &Settings, to: &Settings, stages: &[Stage]) -> Vec<Difference> {
    let rows = SETTINGS.iter().copied().filter(|setting| stages.contains(&setting.stage));
    rows.map(|setting| Difference { setting, from: words(setting, from), to: words(setting, to) })
        .filter(|difference| difference.from != difference.to)
        .collect()
}

/// The settings for which a cache that was built with `then` is not the one that `now` asks for.
pub fn reasons(then: &Settings, now: &Settings) -> Vec<Difference> {
    // Without variants nothing is drawn, and what it would be drawn from plays no part.
    let are_drawn = then.augmentation.expansion > 0 && now.augmentation.expansion > 0;
    differences(then, now, &[Stage::Analysis, Stage::Variants, Stage::Dataset])
        .into_iter()
        .filter(|difference| {
            let setting = difference.setting;
            setting.record != Record::Never
                && (setting.stage != Stage::Variants || *setting == EXPANSION || are_drawn)
        })
        .collect()
}

fn words(setting: &Setting, settings: &Settings) -> String {
    if *setting == CHUNK_SECONDS {
        return format!("{} samples", settings.chunk_samples());
    }
    setting.get(settings).texts().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::IfMode;

    #[test]
    fn differences_are_told_with_their_other_value() {
        let from = Settings::default();
        let to = Settings {
            hop_samples: 256,
            sample_rate_hz: 44_100,
            if_threshold: 1e-6,
            if_mode: IfMode::Power,
            ..from.clone()
        };
        let told: Vec<String> =
            differences(&from, &to, &[Stage::Analysis]).iter().map(Difference::other).collect();
        let expected = [
            "sample rate 44100 Hz",
            "chunk length 44100 samples",
            "hop 256",
            "mask threshold 1e-6",
            "frequency mode power",
        ];
        assert_eq!(told, expected);
    }
}
