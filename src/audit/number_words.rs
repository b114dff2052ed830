//! Shares, levels and frequencies as people say them.

/// A share as people say it.
pub(super) fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent >= 1.0 {
        format!("{percent:.0} %")
    } else if percent >= 0.01 {
        format!("{percent:.2} %")
    } else {
        "less than 0.01 %".into()
    }
}

/// A level in decibels of full scale.
pub(super) fn dbfs(amplitude: f32) -> String {
    format!("{:+.1} dBFS", 20.0 * amplitude.log10())
}

/// A frequency as people say it.
pub(super) fn hertz(hz: f32) -> String {
    if hz >= 1000.0 { format!("{:.1} kHz", hz / 1000.0) } else { format!("{hz:.0} Hz") }
}
