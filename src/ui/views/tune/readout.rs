//! The values under the pointer, in words.

use super::levels::Levels;
use super::model::hz_at;
use super::shown::Shown;
use crate::audio::trim::Trim;
use crate::dsp::inst_freq::{self, Meaning};
use crate::in_words;
use crate::pipeline::preview::{Part, Preview, Subject};
use crate::ui::number_text::{hertz_text, percent_text, pitch_text};
use crate::ui::session::variant::variant_name_in_file;

/// A point of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Seconds from the recording's start.
    pub(super) time_s: f64,
    /// Place on the mel axis.
    pub(super) mel: f64,
}

/// The place under `point`: time, band, level, and instantaneous frequency; what a build with `threshold` makes of it.
pub(super) fn readout_text(
    shown: &Shown,
    preview: &Preview,
    levels: &Levels,
    threshold: f64,
    point: Point,
) -> String {
    let time = in_words::exact_position(point.time_s);
    let Some((part_index, column)) = preview.column_at(point.time_s) else {
        let is_within = |trim: &Trim| (0.0..trim.whole_s).contains(&point.time_s);
        let why = if preview.trim().is_some_and(is_within) {
            "trimmed: a build cuts its chunks elsewhere"
        } else {
            "no sound here"
        };
        return format!("{time} · {} · {why}", hertz_text(hz_at(point.mel)));
    };
    let part = &preview.parts()[part_index];
    let band = preview.band_at(point.mel);
    let centre_hz = shown.filters.centre_hz(band);
    let band_words = format!("band {} of {}, {}", band + 1, shown.filters.n_mels(), pitch_text(centre_hz));
    if shown.filters.is_empty(band) {
        return format!("{time} · {band_words} · empty: no frequency of the analysis falls into this band");
    }
    let power = part.mel_power[[band, column]];
    let value = part.inst_freq[[band, column]];
    let (chunk, frame) = part.scale.first_frame(column);
    let meaning = match inst_freq::meaning(preview.settings(), &shown.filters, band, f64::from(value)) {
        Meaning::Advance { hz, period_hz } => format!("{hz:+.1} Hz, modulo {period_hz:.1} Hz"),
        Meaning::Frequency(hz) => hertz_text(hz),
    };
    let chunk = match &shown.subject {
        Subject::File(_) => format!("chunk {}", part.first_chunk + chunk),
        Subject::Variant(variant) => variant_name_in_file(variant.chunk, variant.number).to_lowercase(),
    };
    let frames = match part.n_places(column) {
        1 => format!("frame {frame}"),
        n => format!("the loudest of {n} frames from frame {frame}"),
    };
    format!(
        "{time}, {chunk}, {frames} · {band_words} · {}, mel power {power:.3e} · IF {value:+.4} ({meaning}) · {}",
        levels.text(power),
        masked_words(part, band, column, threshold)
    )
}

/// What the mask makes of a cell.
fn masked_words(part: &Part, band: usize, column: usize, threshold: f64) -> String {
    match part.masked_share(band, column, threshold) {
        0.0 => "not masked".into(),
        1.0 => "masked: the model gets 0".into(),
        share => format!("{} masked", percent_text(f64::from(share))),
    }
}
