//! The differences of two settings, for people: which settings, and what they are and were.

use super::chunk_range::ChunkRange;
use super::table::{CHUNK_SECONDS, EXPANSION, Record, SETTINGS, Setting, Settings, Stage};
use super::value::Value;

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
    rows.filter(|setting| is_different(setting, from, to))
        .map(|setting| Difference { setting, from: words(setting, from), to: words(setting, to) })
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

fn is_different(setting: &Setting, from: &Settings, to: &Settings) -> bool {
    match (setting.get(from), setting.get(to)) {
        // In whatever order they are listed.
        (Value::Chunks(from), Value::Chunks(to)) => sorted(from) != sorted(to),
        _ => words(setting, from) != words(setting, to),
    }
}

fn sorted(mut chunks: Vec<ChunkRange>) -> Vec<ChunkRange> {
    chunks.sort_unstable();
    chunks.dedup();
    chunks
}

/// Chunks that are named in words, at most.
const NAMED_MAX: usize = 3;

fn words(setting: &Setting, settings: &Settings) -> String {
    if let Value::Chunks(chunks) = setting.get(settings) {
        let texts: Vec<String> = sorted(chunks).iter().map(ToString::to_string).collect();
        return match texts.len() {
            0 => "none".into(),
            n if n > NAMED_MAX => format!("{} and {} more", texts[..NAMED_MAX].join(", "), n - NAMED_MAX),
            _ => texts.join(", "),
        };
    }
    if *setting == CHUNK_SECONDS {
        return format!("{} samples", settings.chunk_samples());
    }
    setting.texts(settings).join(", ")
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
