//! Remarks on settings: what is impossible or probably not meant, in words, and the changes that fix it.

use super::analysis::{AnalysisSettings, chunk_seconds};
use super::check::{Problem, TENSOR_BYTES_MAX};
use super::kind::Kind;
use super::table::{CHUNK_SECONDS, EXPANSION, HOP, N_FFT, N_FFTS, Setting, Settings, Stage};
use super::value::Value;

/// Something to know about a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The setting's name in `melscope.json`.
    pub key: &'static str,
    /// True when no build is possible with it.
    pub is_impossible: bool,
    /// The remark itself.
    pub words: String,
    /// Changes of which each would fix it.
    pub fixes: Vec<Fix>,
}

/// A change of one setting that fixes something: a button in the window.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fix {
    /// Its name: "use 2048".
    pub label: String,
    /// The setting's name in `melscope.json`.
    pub key: &'static str,
    /// The new value as text, its parts separated by commas.
    pub value: String,
}

impl Fix {
    /// The change of `setting` to `value`.
    pub fn new(label: impl Into<String>, setting: &Setting, value: &impl ToString) -> Self {
        Self { label: label.into(), key: setting.key, value: value.to_string() }
    }

    /// The same under the name "use …".
    pub fn using(setting: &Setting, value: &impl ToString) -> Self {
        Self::new(format!("use {}", value.to_string()), setting, value)
    }

    /// The change of `setting` back to its value in `settings`.
    fn back(setting: &Setting, settings: &Settings) -> Self {
        let texts = setting.texts(settings);
        let shown = if let Kind::Range { .. } = setting.kind { texts.join(" to ") } else { texts.join(", ") };
        Self::new(format!("back to {shown}"), setting, &texts.join(", "))
    }
}

/// The remark on a `problem` of `settings` that were typed as `texts`. Settings of variants can be set back to `base`, the
/// settings in effect; for those of the analysis there is a nearest possible value.
pub fn impossible(problem: &Problem, texts: &[&str], settings: &Settings, base: &Settings) -> Remark {
    let setting = problem.setting;
    if setting.stage == Stage::Analysis {
        return remark(problem, &problem.value, nearest_possible(setting, settings));
    }
    remark(problem, &format!("“{}”", texts.join(" to ")), vec![Fix::back(setting, base)])
}

/// The remark on `texts` that are no value of the `setting`. What is no number at all can be set back to `base`, the
/// settings in effect.
pub fn unreadable(setting: &'static Setting, texts: &[&str], base: &Settings) -> Remark {
    let text = texts.join(" to ");
    let problem = Problem { setting, value: format!("\"{text}\""), expected: setting.expected() };
    if setting.stage != Stage::Analysis {
        return impossible(&problem, texts, base, base);
    }
    let nearest = text.trim().parse().ok().and_then(|number| nearest_whole(setting, number, base));
    let fix = nearest.unwrap_or_else(|| Fix::using(setting, &setting.texts(base).join(", ")));
    remark(&problem, &problem.value, vec![fix])
}

fn remark(problem: &Problem, value: &str, fixes: Vec<Fix>) -> Remark {
    let words = format!("{value} is not possible: it must be {}", problem.expected);
    Remark { key: problem.setting.key, is_impossible: true, words, fixes }
}

/// The fix of a number that is not whole: 2047.5 or -3 samples.
fn nearest_whole(setting: &Setting, number: f64, base: &Settings) -> Option<Fix> {
    let Kind::Whole(whole) = setting.kind else { return None };
    // The cast ends at the type's limits, where the range does the rest.
    number.is_finite().then(|| Fix::using(setting, &whole.nearest(number.round() as u64, base.n_fft)))
}

/// The changes that make impossible `settings` possible at one of the analysis.
fn nearest_possible(setting: &'static Setting, settings: &Settings) -> Vec<Fix> {
    if *setting == CHUNK_SECONDS {
        let is_too_large = settings.analysis().tensor_bytes() > TENSOR_BYTES_MAX;
        return if is_too_large { too_large(settings) } else { too_short(settings) };
    }
    match (setting.kind, setting.get(settings)) {
        (Kind::Whole(whole), Value::Whole(n)) => vec![Fix::using(setting, &whole.nearest(n, settings.n_fft))],
        (Kind::PositiveOrOff, Value::Number(number)) if number.is_finite() => vec![Fix::using(setting, &0)],
        _ => vec![Fix::using(setting, &setting.texts(&Settings::default()).join(", "))],
    }
}

/// A chunk that is too short for the window: longer chunks, or a shorter window.
fn too_short(settings: &Settings) -> Vec<Fix> {
    let analysis = settings.analysis();
    let least_s = chunk_seconds(analysis.n_fft as u64 / 2 + 1, analysis.sample_rate_hz);
    let mut fixes = vec![Fix::using(&CHUNK_SECONDS, &((least_s * 1e4).ceil() / 1e4))];
    // The largest even n_fft whose half is below the chunk.
    let n_fft = 2 * analysis.chunk_samples.saturating_sub(1);
    if N_FFTS.contains(&(n_fft as u64)) && settings.chunk_s > 0.0 {
        fixes.push(Fix::new(format!("lower n_fft to {n_fft}"), &N_FFT, &n_fft));
    }
    fixes
}

/// A tensor that is too large: shorter chunks, or larger steps.
fn too_large(settings: &Settings) -> Vec<Fix> {
    let analysis = settings.analysis();
    let n_frames_max = (TENSOR_BYTES_MAX / (2 * 4 * analysis.n_mels as u64)) as usize;
    let mut fixes = Vec::new();
    // chunk / hop + 1 frames, in whole numbers, are too many from n_frames_max · hop on.
    let n_samples = (n_frames_max * analysis.hop_samples).saturating_sub(1);
    if n_samples > analysis.n_fft / 2 {
        let most_s = n_samples as f64 / f64::from(analysis.sample_rate_hz);
        fixes.push(Fix::using(&CHUNK_SECONDS, &((most_s * 1e4).floor() / 1e4)));
    }
    let hop = analysis.chunk_samples / n_frames_max + 1;
    if hop <= analysis.n_fft {
        fixes.push(Fix::new(format!("raise hop to {hop}"), &HOP, &hop));
    }
    fixes
}

/// Remarks on what is possible but probably not meant, as far as the settings alone show it.
pub fn of_possible(settings: &Settings) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut remark = |setting: &Setting, words, fixes| {
        remarks.push(Remark { key: setting.key, is_impossible: false, words, fixes });
    };
    let analysis: AnalysisSettings = settings.analysis();
    let quarter = (analysis.n_fft / 4).max(1);
    for warning in analysis.warnings() {
        remark(&HOP, warning, vec![Fix::using(&HOP, &quarter)]);
    }
    for warning in settings.augmentation.warnings() {
        remark(&EXPANSION, warning, Vec::new());
    }
    remarks
}
