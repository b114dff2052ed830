//! The values under the pointer, in words.

use super::model::{Shown, hz_at};
use crate::dsp::inst_freq::{half_turn_hz, half_width_hz};
use crate::pipeline::preview::{Preview, Subject};
use crate::settings::IfMode;
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
    let settings = preview.settings();
    let meaning = match settings.if_mode {
        IfMode::Filterbank | IfMode::Power => {
            let hop_hz = 2.0 * half_turn_hz(settings);
            format!("{:+.1} Hz, modulo {hop_hz:.1} Hz", f64::from(value) * half_turn_hz(settings))
        }
        IfMode::Deviation => {
            hertz_text(f64::from(value).mul_add(half_width_hz(settings, &shown.filters, band), centre_hz))
        }
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
