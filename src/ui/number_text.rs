//! Numbers as people read and set them: shares, levels, frequencies, notes.

/// A share as people read it: "41 %", "0.3 %".
pub fn percent_text(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 9.95 || percent > 99.0 && percent < 100.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A level as people read it, to a tenth: "−88", "−88.3", "0". The minus is as wide as a digit.
pub(super) fn decibel_text(db: f64) -> String {
    let text = format!("{:.1}", db.abs());
    let digits = text.strip_suffix(".0").unwrap_or(&text);
    let sign = if db < 0.0 && digits != "0" { "−" } else { "" };
    format!("{sign}{digits}")
}

/// A level in whole decibels with its unit: "−12 dB", and "silence" where there is none.
pub(super) fn level_text(db: f64) -> String {
    if db == f64::NEG_INFINITY { "silence".into() } else { format!("{} dB", decibel_text(db.round())) }
}

/// `value` to three digits: what a slider can tell apart, and a person can read.
pub(super) fn to_three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// A frequency with its unit: "440 Hz", "12.5 kHz".
pub(super) fn hertz_text(frequency_hz: f64) -> String {
    match frequency_hz {
        hz if hz >= 9_999.5 => format!("{:.1} kHz", hz / 1e3),
        hz if hz >= 999.5 => format!("{:.2} kHz", hz / 1e3),
        hz if hz >= 99.95 => format!("{hz:.0} Hz"),
        hz => format!("{hz:.1} Hz"),
    }
}

/// A frequency with the nearest note: "440 Hz (A4)", "448 Hz (A4 +31 cents)".
pub(super) fn pitch_text(frequency_hz: f64) -> String {
    note_text(frequency_hz)
        .map_or_else(|| hertz_text(frequency_hz), |note| format!("{} ({note})", hertz_text(frequency_hz)))
}

/// The nearest note of equal temperament with A4 at 440 Hz; `None` outside of MIDI's 0 to 127.
fn note_text(frequency_hz: f64) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_named_as_musicians_do() {
        assert_eq!(pitch_text(440.0), "440 Hz (A4)");
        // Middle C of equal temperament: 440 / 2^(9/12).
        assert_eq!(pitch_text(440.0 / 2f64.powf(0.75)), "262 Hz (C4)");
        assert_eq!(note_text(440.0 * 2f64.powf(31.0 / 1200.0)).as_deref(), Some("A4 +31 cents"));
        assert_eq!(note_text(1.0), None);
        assert_eq!(hertz_text(12_543.9), "12.5 kHz");
        assert_eq!(hertz_text(1046.5), "1.05 kHz");
        assert_eq!(hertz_text(27.5), "27.5 Hz");
    }

    #[test]
    fn levels_have_a_tenth_only_where_it_says_something() {
        let texts = [-88.0, -88.34, -88.96, 0.0, -0.04, 3.25].map(decibel_text);
        assert_eq!(texts, ["−88", "−88.3", "−89", "0", "0", "3.2"]);
        let texts = [-88.4, -0.2, 3.0, f64::NEG_INFINITY].map(level_text);
        assert_eq!(texts, ["−88 dB", "0 dB", "3 dB", "silence"]);
    }
}
