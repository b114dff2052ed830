//! Numbers as people say them, with their units, and formats.
//!
//! A time is said in one of two ways: how long something lasts is a [`duration`], and where something is in a recording is a
//! [`position`], or an [`exact_position`] where a hundredth of a second is too coarse.

/// How long something lasts: "0.4 s", "5 min 24 s", "2 h 3 min".
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if seconds < 0.1 {
        "less than 0.1 s".into()
    } else if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if whole < 60 {
        format!("{whole} s")
    } else if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// A kind of file: "PCM 16 bit in WAV"; "FLAC", which is the name of both.
pub(crate) fn audio_format(codec: &str, container: &str) -> String {
    if codec == container { codec.into() } else { format!("{codec} in {container}") }
}

/// A place in a recording, to the hundredth: "1.23 s", "3:05.20", "1:02:05.20".
#[cfg_attr(not(feature = "gui"), allow(dead_code, reason = "only the window shows places"))]
pub(crate) fn position(seconds: f64) -> String {
    position_to(2, seconds)
}

/// A place in a recording, to the thousandth: "1.234 s", "2:03.400".
#[cfg_attr(not(feature = "gui"), allow(dead_code, reason = "only the window shows places"))]
pub(crate) fn exact_position(seconds: f64) -> String {
    position_to(3, seconds)
}

/// A place in a recording with `n_digits` digits after the second.
#[cfg_attr(not(feature = "gui"), allow(dead_code, reason = "only the window shows places"))]
fn position_to(n_digits: usize, seconds: f64) -> String {
    let scale = 10_u64.pow(n_digits as u32);
    // Rounded before it is taken apart: 59.996 s are a minute.
    let units = (seconds.max(0.0) * scale as f64).round() as u64;
    let (minutes, seconds) = (units / (60 * scale), (units % (60 * scale)) as f64 / scale as f64);
    let width = n_digits + 3;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds:.n_digits$} s"),
        (0, minutes) => format!("{minutes}:{seconds:0width$.n_digits$}"),
        (hours, minutes) => format!("{hours}:{minutes:02}:{seconds:0width$.n_digits$}"),
    }
}

/// A size in decimal units, as disks are sold: "96.5 kB", "3.1 MB".
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1000 {
        return format!("{n} bytes");
    }
    let mut value = n as f64 / 1e3;
    let mut unit = 0;
    // What would be rounded to a thousand is one of the next unit.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A sample rate: "44.1 kHz", "48 kHz".
pub(crate) fn rate(hz: u32) -> String {
    format!("{} kHz", f64::from(hz) / 1e3)
}

/// A number of things whose name takes an s: "1 file", "3 files".
pub(crate) fn count(n: impl TryInto<u64>, thing: &str) -> String {
    match n.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

/// Several things in a row: "a", "a and b", "a, b and c".
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_change_their_units_where_people_do() {
        assert_eq!(duration(0.05), "less than 0.1 s");
        assert_eq!(duration(9.94), "9.9 s");
        assert_eq!(duration(324.0), "5 min 24 s");
        assert_eq!(duration(7380.0), "2 h 3 min");
        assert_eq!(position(1.234), "1.23 s");
        assert_eq!(position(59.996), "1:00.00");
        assert_eq!(position(185.2), "3:05.20");
        assert_eq!(position(3725.2), "1:02:05.20");
        assert_eq!(exact_position(1.2344), "1.234 s");
        assert_eq!(exact_position(123.4), "2:03.400");
        assert_eq!(exact_position(36_061.5), "10:01:01.500");
        assert_eq!(exact_position(59.9996), "1:00.000");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(96_500), "96.5 kB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(3_100_000_000), "3.1 GB");
    }

    #[test]
    fn rates_counts_and_lists_read_as_they_are_spoken() {
        assert_eq!(audio_format("PCM 16 bit", "WAV"), "PCM 16 bit in WAV");
        assert_eq!(audio_format("FLAC", "FLAC"), "FLAC");
        assert_eq!(rate(44_100), "44.1 kHz");
        assert_eq!(rate(48_000), "48 kHz");
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(list(&[]), "");
    }
}
