//! What is wrong with a setting, or probably not meant, in words at its control, and the buttons that mend it.

use super::form::{FIELDS, threshold_text};
use crate::dsp::mel::{MelFilters, hz_from_mel, mel_from_hz};
use crate::settings::{IfMode, SAMPLE_RATES_HZ, Settings, SettingsError, TENSOR_BYTES_MAX};
use crate::ui::command::Command;

/// The window lengths that are possible, in samples.
const N_FFTS: std::ops::RangeInclusive<usize> = 32..=65_536;

/// The rate that distill's trainer expects, in Hz.
const TRAINER_RATE_HZ: u32 = 48_000;

/// A button that mends something.
#[derive(Debug, Clone, PartialEq)]
pub struct Mend {
    /// What it says: "use 2048".
    pub label: String,
    /// What it does.
    pub command: Command,
}

impl Mend {
    fn new(label: impl Into<String>, key: &'static str, value: &impl ToString) -> Self {
        Self { label: label.into(), command: Command::ChangeSetting { key, text: value.to_string() } }
    }

    fn using(key: &'static str, value: &impl ToString) -> Self {
        let value = value.to_string();
        Self::new(format!("use {value}"), key, &value)
    }
}

/// Something to know about a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The setting's name in `melscope.json`.
    pub key: &'static str,
    /// True when no build is possible with it.
    pub is_impossible: bool,
    /// What it is, in words.
    pub words: String,
    /// What would mend it.
    pub mends: Vec<Mend>,
}

/// The `problem` that `settings` have.
pub(super) fn of_impossible(problem: &SettingsError, settings: &Settings) -> Remark {
    impossible(problem, |key| nearest_possible(key, settings))
}

/// The `problem` of a `text` that is no number of the kind. What is no number at all can be set back to `base`, the
/// settings in effect.
pub(super) fn of_unreadable(problem: &SettingsError, text: &str, base: &Settings) -> Remark {
    impossible(problem, |key| {
        let nearest = text.trim().parse().ok().and_then(|value| nearest_number(key, value, base));
        vec![nearest.unwrap_or_else(|| Mend::using(key, &value_of(key, base)))]
    })
}

fn impossible(problem: &SettingsError, mends: impl Fn(&'static str) -> Vec<Mend>) -> Remark {
    // Every problem is one of a field's: a key without a field has neither place nor mend.
    let key = FIELDS.iter().find(|field| field.key == problem.key).map_or("", |field| field.key);
    let words = format!("{} is not possible: it must be {}", problem.value, problem.expected);
    Remark { key, is_impossible: true, words, mends: mends(key) }
}

/// The mend of a number that the setting's type does not hold: 2047.5 or -3 samples.
fn nearest_number(key: &'static str, value: f64, base: &Settings) -> Option<Mend> {
    if !value.is_finite() {
        return None;
    }
    // Casts end at the type's limits, where the range does the rest.
    let whole = value.round() as usize;
    let mut settings = base.clone();
    match key {
        "sample_rate" => settings.sample_rate_hz = value.round() as u32,
        "n_fft" => settings.n_fft = whole,
        "hop" => settings.hop_samples = whole,
        "n_mels" => settings.n_mels = whole,
        _ => return None,
    }
    nearest_possible(key, &settings).into_iter().next()
}

/// What makes impossible `settings` possible at the setting `key`.
fn nearest_possible(key: &'static str, settings: &Settings) -> Vec<Mend> {
    let analysis = settings.analysis();
    match key {
        "sample_rate" => {
            let (least, most) = (*SAMPLE_RATES_HZ.start(), *SAMPLE_RATES_HZ.end());
            vec![Mend::using(key, &analysis.sample_rate_hz.clamp(least, most))]
        }
        "n_fft" => {
            let within = analysis.n_fft.clamp(*N_FFTS.start(), *N_FFTS.end());
            vec![Mend::using(key, &within.next_multiple_of(2))]
        }
        "hop" => vec![Mend::using(key, &analysis.hop_samples.clamp(1, analysis.n_fft))],
        "n_mels" => vec![Mend::using(key, &analysis.n_mels.clamp(1, analysis.n_fft / 2))],
        "if_threshold" => {
            let nearest =
                if analysis.if_threshold.is_finite() { 0.0 } else { Settings::default().if_threshold };
            vec![Mend::using(key, &threshold_text(nearest))]
        }
        "chunk_seconds" if analysis.tensor_bytes() > TENSOR_BYTES_MAX => too_large(settings),
        "chunk_seconds" => too_short(settings),
        _ => Vec::new(),
    }
}

/// A chunk that is too short for the window: longer chunks, or a shorter window.
fn too_short(settings: &Settings) -> Vec<Mend> {
    let analysis = settings.analysis();
    let rate_hz = f64::from(analysis.sample_rate_hz);
    // Seconds become samples by truncation: half a sample more keeps rounding from taking the last one away.
    let least_s = ((analysis.n_fft / 2 + 1) as f64 + 0.5) / rate_hz;
    let mut mends = vec![Mend::using("chunk_seconds", &((least_s * 1e4).ceil() / 1e4))];
    // The largest even n_fft whose half is below the chunk.
    let n_fft = 2 * analysis.chunk_samples.saturating_sub(1);
    if N_FFTS.contains(&n_fft) && settings.chunk_s > 0.0 {
        mends.push(Mend::new(format!("lower n_fft to {n_fft}"), "n_fft", &n_fft));
    }
    mends
}

/// A tensor that is too large: shorter chunks, or larger steps.
fn too_large(settings: &Settings) -> Vec<Mend> {
    let analysis = settings.analysis();
    let n_frames_max = (TENSOR_BYTES_MAX / (2 * 4 * analysis.n_mels as u64)) as usize;
    let mut mends = Vec::new();
    // chunk / hop + 1 frames, in whole numbers, are too many from n_frames_max · hop on.
    let n_samples = (n_frames_max * analysis.hop_samples).saturating_sub(1);
    if n_samples > analysis.n_fft / 2 {
        let most_s = n_samples as f64 / f64::from(analysis.sample_rate_hz);
        mends.push(Mend::using("chunk_seconds", &((most_s * 1e4).floor() / 1e4)));
    }
    let hop = analysis.chunk_samples / n_frames_max + 1;
    if hop <= analysis.n_fft {
        mends.push(Mend::new(format!("raise hop to {hop}"), "hop", &hop));
    }
    mends
}

/// The text of the setting `key`.
fn value_of(key: &str, settings: &Settings) -> String {
    match key {
        "sample_rate" => settings.sample_rate_hz.to_string(),
        "chunk_seconds" => settings.chunk_s.to_string(),
        "n_fft" => settings.n_fft.to_string(),
        "hop" => settings.hop_samples.to_string(),
        "n_mels" => settings.n_mels.to_string(),
        _ => threshold_text(settings.if_threshold),
    }
}

/// What is possible but probably not meant.
pub(super) fn of_possible(settings: &Settings) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut remark = |key, words, mends| {
        remarks.push(Remark { key, is_impossible: false, words, mends });
    };
    let analysis = settings.analysis();
    if analysis.sample_rate_hz != TRAINER_RATE_HZ {
        let words = format!(
            "distill's trainer expects {TRAINER_RATE_HZ} Hz and would not take this data for its own"
        );
        remark("sample_rate", words, vec![Mend::using("sample_rate", &TRAINER_RATE_HZ)]);
    }
    let quarter = (analysis.n_fft / 4).max(1);
    for warning in analysis.warnings() {
        remark("hop", warning, vec![Mend::using("hop", &quarter)]);
    }
    if analysis.if_mode != IfMode::Filterbank {
        let words = format!("{} is not what distill's models were trained on", analysis.if_mode);
        let command = Command::SetIfMode(IfMode::Filterbank);
        remark("if_mode", words, vec![Mend { label: "use filterbank".into(), command }]);
    }
    if has_empty(settings, analysis.n_fft, analysis.n_mels) {
        let n_empty = MelFilters::new(analysis.sample_rate_hz, analysis.n_fft, analysis.n_mels).n_empty();
        let words = format!(
            "{n_empty} of {} mel filters are empty: the lowest bands lie between two bins of the window and stay silent \
             whatever the sound",
            analysis.n_mels
        );
        remark("n_mels", words, empty_band_mends(settings));
    }
    remarks
}

/// True when a mel band has no bin in it.
///
/// Triangles get wider with frequency, and one that is wider than the distance of two bins has a bin in it. So there is
/// an empty band exactly when the lowest is empty, which begins at 0: when the first bin does not lie below its end.
fn has_empty(settings: &Settings, n_fft: usize, n_mels: usize) -> bool {
    let rate_hz = f64::from(settings.sample_rate_hz);
    let end_hz = hz_from_mel(mel_from_hz(rate_hz / 2.0) * 2.0 / (n_mels + 1) as f64);
    rate_hz / n_fft as f64 >= end_hz
}

/// A longer window, or fewer bands, that leave no band empty. Either ends it once and for all, see [`has_empty`], so
/// that the least change can be searched for by halving.
fn empty_band_mends(settings: &Settings) -> Vec<Mend> {
    let mut mends = Vec::new();
    // Among the powers of two, which the Fourier transform is fastest at and people know.
    let mut n_ffts = (1..=16).map(|exponent| 1_usize << exponent).filter(|&n_fft| n_fft > settings.n_fft);
    if let Some(n_fft) = n_ffts.find(|&n_fft| !has_empty(settings, n_fft, settings.n_mels))
        && (Settings { n_fft, ..settings.clone() }).check().is_ok()
    {
        mends.push(Mend::new(format!("raise n_fft to {n_fft}"), "n_fft", &n_fft));
    }
    let (mut full, mut with_empty) = (0, settings.n_mels);
    while with_empty - full > 1 {
        let middle = usize::midpoint(full, with_empty);
        if has_empty(settings, settings.n_fft, middle) { with_empty = middle } else { full = middle }
    }
    if full > 0 {
        mends.push(Mend::new(format!("lower n_mels to {full}"), "n_mels", &full));
    }
    mends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_empty(settings: &Settings, n_fft: usize, n_mels: usize) -> usize {
        MelFilters::new(settings.sample_rate_hz, n_fft, n_mels).n_empty()
    }

    fn labels(mends: &[Mend]) -> Vec<&str> {
        mends.iter().map(|mend| mend.label.as_str()).collect()
    }

    #[test]
    fn empty_bands_are_mended_by_the_least_change() {
        let settings = Settings { n_fft: 256, ..Settings::default() };
        let remarks = of_possible(&settings);
        let remark = remarks.iter().find(|remark| remark.key == "n_mels").unwrap();
        assert!(remark.words.starts_with("29 of 128 mel filters are empty"));
        // By trying every value: the definition of "least".
        let n_fft = (9..=16).map(|exponent| 1 << exponent).find(|&n_fft| n_empty(&settings, n_fft, 128) == 0);
        let n_mels = (1..128).rev().find(|&n_mels| n_empty(&settings, 256, n_mels) == 0);
        let (n_fft, n_mels) = (n_fft.unwrap(), n_mels.unwrap());
        let expected = [format!("raise n_fft to {n_fft}"), format!("lower n_mels to {n_mels}")];
        assert_eq!(labels(&remark.mends), expected);
    }

    #[test]
    fn whether_a_band_is_empty_can_be_told_without_the_filters() {
        for (sample_rate_hz, n_fft) in
            [(48_000, 64), (48_000, 256), (44_100, 1000), (1000, 32), (768_000, 512)]
        {
            let settings = Settings { sample_rate_hz, ..Settings::default() };
            for n_mels in 1..=n_fft / 2 {
                let is_told = has_empty(&settings, n_fft, n_mels);
                assert_eq!(
                    is_told,
                    n_empty(&settings, n_fft, n_mels) > 0,
                    "{sample_rate_hz} {n_fft} {n_mels}"
                );
            }
        }
    }

    #[test]
    fn each_mend_of_the_impossible_makes_it_possible() {
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
            let problem = settings.check().unwrap_err();
            let remark = of_impossible(&problem, &settings);
            assert!(!remark.mends.is_empty(), "{problem}");
            for mend in remark.mends {
                let Command::ChangeSetting { key, text } = mend.command else { panic!("{mend:?}") };
                let mut form = super::super::form::Form::of(&settings);
                form.set_text_of(key, text, &default());
                assert!(form.is_possible(), "{problem}: {}", mend.label);
            }
        }
    }

    #[test]
    fn what_is_not_even_a_number_of_the_kind_has_a_nearest_one() {
        let base = Settings::default();
        for (key, text, label) in [
            ("n_fft", "2047.4", "use 2048"),
            ("hop", "-3", "use 1"),
            ("n_mels", "1e9", "use 1024"),
            ("sample_rate", "48e3", "use 48000"),
            ("n_fft", "many", "use 2048"),
        ] {
            let problem = SettingsError { key: key.into(), value: text.into(), expected: "a number".into() };
            let remark = of_unreadable(&problem, text, &base);
            assert_eq!(labels(&remark.mends), [label], "{key} {text}");
        }
    }

    #[test]
    fn the_default_has_no_remarks_and_each_departure_its_own() {
        assert!(of_possible(&Settings::default()).is_empty());
        let settings = Settings {
            sample_rate_hz: 44_100,
            hop_samples: 513,
            if_mode: IfMode::Power,
            ..Settings::default()
        };
        let remarks = of_possible(&settings);
        let keys: Vec<&str> = remarks.iter().map(|remark| remark.key).collect();
        assert_eq!(keys, ["sample_rate", "hop", "if_mode"]);
        let mends: Vec<&str> = remarks.iter().flat_map(|remark| labels(&remark.mends)).collect();
        assert_eq!(mends, ["use 48000", "use 512", "use filterbank"]);
    }
}
