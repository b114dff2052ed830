//! What is under the pointer, in words.

use super::model::{Shown, hz_at, name};
use crate::dsp::inst_freq::{half_turn_hz, half_width_hz};
use crate::pipeline::preview::{Preview, Subject};
use crate::settings::IfMode;

/// A point of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Seconds from the recording's start.
    pub(super) time_s: f64,
    /// Place on the mel axis.
    pub(super) mel: f64,
}

/// The place under `point`: time, band, power, and instantaneous frequency; what a build with `threshold` makes of it.
pub(super) fn words(shown: &Shown, preview: &Preview, threshold: f64, point: Point) -> String {
    let time = seconds(point.time_s);
    let Some((part_index, column)) = preview.column_at(point.time_s) else {
        return format!("{time} · {} · no sound here", hertz(hz_at(point.mel)));
    };
    let part = &preview.parts()[part_index];
    let band = preview.band_at(point.mel);
    let centre_hz = shown.filters.centre_hz(band);
    let band_words = format!("band {} of {}, {}", band + 1, shown.filters.n_mels(), pitch(centre_hz));
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
            hertz(f64::from(value).mul_add(half_width_hz(settings, &shown.filters, band), centre_hz))
        }
    };
    let chunk = match &shown.subject {
        Subject::File(_) => format!("chunk {}", part.first_chunk + chunk),
        Subject::Variant(variant) => name(variant.chunk, variant.number).to_lowercase(),
    };
    let masked = if is_masked { "masked: the model gets 0" } else { "not masked" };
    format!(
        "{time}, {chunk}, frame {frame} · {band_words} · mel power {power:.3e}, ln(1 + power) {:.4} · IF {value:+.4} \
         ({meaning}) · {masked}",
        power.ln_1p()
    )
}

/// A frequency with its unit: "440 Hz", "12.5 kHz".
pub(super) fn hertz(frequency_hz: f64) -> String {
    match frequency_hz {
        hz if hz >= 9_999.5 => format!("{:.1} kHz", hz / 1e3),
        hz if hz >= 999.5 => format!("{:.2} kHz", hz / 1e3),
        hz if hz >= 99.95 => format!("{hz:.0} Hz"),
        hz => format!("{hz:.1} Hz"),
    }
}

/// A frequency with the nearest note: "440 Hz (A4)", "448 Hz (A4 +31 cents)".
fn pitch(frequency_hz: f64) -> String {
    note(frequency_hz).map_or_else(|| hertz(frequency_hz), |note| format!("{} ({note})", hertz(frequency_hz)))
}

/// The nearest note of equal temperament with A4 at 440 Hz; `None` outside of MIDI's 0 to 127.
fn note(frequency_hz: f64) -> Option<String> {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let key = 69.0 + 12.0 * (frequency_hz / 440.0).log2();
    let nearest = key.round();
    if !(0.0..=127.0).contains(&nearest) {
        return None;
    }
    let cents = ((key - nearest) * 100.0).round() as i32;
    let name = format!("{}{}", NAMES[nearest as usize % 12], nearest as i32 / 12 - 1);
    Some(if cents == 0 { name } else { format!("{name} {cents:+} cents") })
}

/// A point in time: "1.234 s", "2:03.400".
pub(super) fn seconds(time_s: f64) -> String {
    if time_s < 60.0 {
        return format!("{time_s:.3} s");
    }
    let whole = (time_s / 60.0) as u64;
    let rest = time_s - whole as f64 * 60.0;
    if whole < 60 {
        format!("{whole}:{rest:06.3}")
    } else {
        format!("{}:{:02}:{rest:06.3}", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_named_as_musicians_do() {
        assert_eq!(pitch(440.0), "440 Hz (A4)");
        // Middle C of equal temperament: 440 / 2^(9/12).
        assert_eq!(pitch(440.0 / 2f64.powf(0.75)), "262 Hz (C4)");
        assert_eq!(note(440.0 * 2f64.powf(31.0 / 1200.0)).as_deref(), Some("A4 +31 cents"));
        assert_eq!(note(1.0), None);
        assert_eq!(hertz(12_543.9), "12.5 kHz");
        assert_eq!(hertz(1046.5), "1.05 kHz");
        assert_eq!(hertz(27.5), "27.5 Hz");
    }

    #[test]
    fn times_grow_minutes_and_hours() {
        assert_eq!(seconds(1.2344), "1.234 s");
        assert_eq!(seconds(123.4), "2:03.400");
        assert_eq!(seconds(36_061.5), "10:01:01.500");
    }
}
