//! The values under the pointer, in words.

use super::model::{Shown, hz_at};
use crate::dsp::inst_freq::{self, Meaning};
use crate::pipeline::preview::{Preview, Subject};
use crate::ui::number_text::{hertz_text, pitch_text, time_text};
use crate::ui::session::variant::variant_name_in_file;

/// A point of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Seconds from the recording's start.
    pub(super) time_s: f64,
    /// Place on the mel axis.
    pub(super) mel: f64,
}

/// The place under `point`: time, band, power, and instantaneous frequency; what a build with `threshold` makes of it.
pub(super) fn readout_text(shown: &Shown, preview: &Preview, threshold: f64, point: Point) -> String {
    let time = time_text(point.time_s);
    let Some((part_index, column)) = preview.column_at(point.time_s) else {
        return format!("{time} · {} · no sound here", hertz_text(hz_at(point.mel)));
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
    let is_masked = power < threshold as f32;
    let (chunk, frame) = part.scale.first_frame(column);
    let meaning = match inst_freq::meaning(preview.settings(), &shown.filters, band, f64::from(value)) {
        Meaning::Advance { hz, period_hz } => format!("{hz:+.1} Hz, modulo {period_hz:.1} Hz"),
        Meaning::Frequency(hz) => hertz_text(hz),
    };
    let chunk = match &shown.subject {
        Subject::File(_) => format!("chunk {}", part.first_chunk + chunk),
        Subject::Variant(variant) => variant_name_in_file(variant.chunk, variant.number).to_lowercase(),
    };
    let masked = if is_masked { "masked: the model gets 0" } else { "not masked" };
    format!(
        "{time}, {chunk}, frame {frame} · {band_words} · mel power {power:.3e}, ln(1 + power) {:.4} · IF {value:+.4} \
         ({meaning}) · {masked}",
        power.ln_1p()
    )
}
