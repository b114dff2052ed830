//! The checks of one recording: from its measurements to findings. Every threshold is here, with its reason.

use std::path::Path;

use super::band_edge;
use super::chunking::Chunking;
use super::finding::{Check, Finding, Severity, TimeSpan};
use super::measure::Measurements;
use super::number_words::{dbfs, percent};
use crate::audio::chunk::{Damage, NO_SOUND};
use crate::audio::decode::Remark;
use crate::in_words;
use crate::path_text::RelPath;
use crate::peak::SILENT_PEAK;

/// Shorter sounds fill less than a tenth of the default chunk.
const SHORT_S: f64 = 0.1;

/// Floating-point mixes exceed full scale by a few decibels, and no converter has more than 20 dB of headroom; 8-bit numbers
/// that were saved as they are begin at 40 dB.
const BEYOND_FULL_SCALE: f32 = 10.0;

/// Above this share of clipped samples every stroke is distorted; one loud transient stays far below.
const CLIPPED_SHARE_ERROR: f32 = 0.01;

/// Below this share (a few samples per second) nobody hears it.
const CLIPPED_SHARE_WARNING: f32 = 1e-4;

/// An offset below -46 dB of full scale, or below a hundredth of the peak, is lost among the lowest band's content.
const OFFSET_MIN: f32 = 0.005;
const OFFSET_OF_PEAK_MIN: f32 = 0.01;

/// Above this share there is more silence than sound.
const SILENCE_SHARE: f32 = 0.5;

/// Silence at either end that an editor would have cut.
const SILENCE_END_S: f64 = 1.0;

/// When more than this share of the chunks is raised by 40 dB it is not only a sound that dies away.
const QUIET_CHUNKS_WARNING: f64 = 0.5;

/// At -60 dB of full scale 5 of 16 bits are left: raised by more than that, the noise of any recording chain (80 to 90 dB
/// below full scale) is as loud as sound. Where even the loudest chunk is below, there is nothing to train on.
const NEARLY_SILENT_PEAK: f32 = 0.001;

/// Averaging unrelated channels loses 10 log10(n) decibels; twice the loss in power means that they work against
/// each other. Beyond 20 dB a hundredth of the power is left.
const MONO_EXTRA_LOSS_DB: f32 = 3.0;
const MONO_CHANGE_ERROR_DB: f32 = -20.0;

/// Hum that is further below the peak than this is masked by nearly any sound. The peak counts and not full scale, because each
/// chunk is brought to full level: hum at -87 dBFS is 47 dB below a peak of -40 dBFS and matters there, 81 dB below one of
/// -6 dBFS it does not.
const HUM_BELOW_PEAK_DB: f32 = 60.0;

/// A few tonal frames do not make a texture a tone.
const NOISE_SHARE: f32 = 0.8;

/// Containers that an extension may hold, by the names that the decoder gives them.
const CONTAINERS: [(&str, &[&str]); 31] = [
    ("wav", &["WAV", "NIST SPHERE"]),
    ("wave", &["WAV"]),
    ("bwf", &["WAV"]),
    ("rf64", &["WAV"]),
    ("w64", &["Wave64"]),
    ("aif", &["AIFF"]),
    ("aiff", &["AIFF"]),
    ("aifc", &["AIFF"]),
    ("au", &["AU"]),
    ("snd", &["AU"]),
    ("sph", &["NIST SPHERE"]),
    ("nist", &["NIST SPHERE"]),
    ("flac", &["FLAC"]),
    ("mp3", &["MPEG audio"]),
    ("mp2", &["MPEG audio"]),
    ("ogg", &["Ogg"]),
    ("oga", &["Ogg"]),
    ("ogv", &["Ogg"]),
    ("ogx", &["Ogg"]),
    ("opus", &["Ogg"]),
    ("m4a", &["MP4"]),
    ("m4b", &["MP4"]),
    ("mp4", &["MP4"]),
    ("mov", &["MP4"]),
    ("3gp", &["MP4"]),
    ("3g2", &["MP4"]),
    ("aac", &["ADTS", "MP4"]),
    ("caf", &["CAF"]),
    ("mka", &["Matroska"]),
    ("mkv", &["Matroska"]),
    ("webm", &["Matroska"]),
];

/// The finding of a file that could not be opened.
pub(super) fn unreadable(reason: &str) -> Finding {
    Finding::new(Check::Unreadable, Severity::Error, reason)
}

/// Every finding of one recording, the gravest first.
pub(super) fn check(path: &RelPath, measured: &Measurements, chunking: Chunking) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [
        empty(measured).or_else(|| damaged(measured)),
        not_finite(measured),
        wrong_extension(path, measured),
    ]
    .into_iter()
    .flatten()
    .collect();
    findings.extend(measured.remarks.iter().map(remark));
    // Of sound that is not all there, or that a build skips, nothing more can be said.
    if measured.is_usable() {
        let of_sound = [
            too_short(measured),
            beyond_full_scale(measured),
            clipping(measured),
            dc_offset(measured),
            silence(measured),
            quiet_chunks(measured),
            band_edge::of_file(measured, chunking),
            mono_cancellation(measured),
            hum(measured),
            noise_like(measured),
        ];
        findings.extend(of_sound.into_iter().flatten());
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.check));
    findings
}

fn empty(measured: &Measurements) -> Option<Finding> {
    (measured.n_frames == 0 && measured.not_finite_s.is_none()).then(|| {
        let what = match &measured.damage {
            Some((_, reason)) => format!("no sound can be read: {reason}"),
            None => NO_SOUND.into(),
        };
        Finding::new(Check::Empty, Severity::Error, what)
    })
}

fn damaged(measured: &Measurements) -> Option<Finding> {
    measured.damage.as_ref().map(|(good_s, reason)| {
        let span = TimeSpan { start_s: *good_s, end_s: *good_s };
        let damage = Damage { good_s: *good_s, reason: reason.to_string() };
        Finding::new(Check::Damaged, Severity::Warning, damage.to_string()).at(Some(span))
    })
}

fn remark(remark: &Remark) -> Finding {
    let (check, severity) = match remark {
        Remark::BeyondHeader { .. } | Remark::WrongMd5 => (Check::HeaderWrong, Severity::Warning),
        _ => (Check::PartLeftOut, Severity::Note),
    };
    Finding::new(check, severity, remark.to_string())
}

fn not_finite(measured: &Measurements) -> Option<Finding> {
    measured.not_finite_s.map(|time_s| {
        let what = format!("the sample at {time_s:.3} s is not a finite number");
        Finding::new(Check::NotFinite, Severity::Error, what)
            .at(Some(TimeSpan { start_s: time_s, end_s: time_s }))
    })
}

fn wrong_extension(path: &RelPath, measured: &Measurements) -> Option<Finding> {
    let name = String::from_utf8_lossy(path.as_bytes()).to_ascii_lowercase();
    let extension = Path::new(&name).extension()?.to_str()?;
    let (_, containers) = CONTAINERS.iter().find(|(known, _)| *known == extension)?;
    (!containers.contains(&&*measured.container)).then(|| {
        let format = in_words::audio_format(&measured.codec, &measured.container);
        let what = format!("named .{extension}, but it is {format}");
        Finding::new(Check::WrongExtension, Severity::Warning, what)
    })
}

fn too_short(measured: &Measurements) -> Option<Finding> {
    let duration_s = measured.duration_s();
    (duration_s < SHORT_S)
        .then(|| Finding::new(Check::TooShort, Severity::Warning, format!("{:.0} ms long", duration_s * 1e3)))
}

fn beyond_full_scale(measured: &Measurements) -> Option<Finding> {
    (measured.peak >= BEYOND_FULL_SCALE).then(|| {
        let what = format!("the peak is at {}", dbfs(measured.peak));
        Finding::new(Check::BeyondFullScale, Severity::Warning, what)
    })
}

/// Flat tops, at full scale or where a limiter or an editor put them (0.99, -6 dB: wherever the channel's extreme is).
///
/// Two things are below what matters, and no finding. A *true peak* above full scale, by however many decibels, is made by a
/// converter or a resampler from samples that are all right: chunks are 32-bit floating point and are divided by their
/// largest sample, so that nothing clips it here; the table shows it for whoever plays the file. A *soft limiter* bends the
/// wave before it is cut and leaves no flat top: its overtones fall off as those of an instrument do, and no measurement
/// tells the two apart.
fn clipping(measured: &Measurements) -> Option<Finding> {
    let span = measured.clipped_span?;
    let severity = match measured.clipped_share {
        share if share >= CLIPPED_SHARE_ERROR => Severity::Error,
        share if share >= CLIPPED_SHARE_WARNING => Severity::Warning,
        _ => Severity::Note,
    };
    let n_longest = ((span.end_s - span.start_s) * f64::from(measured.sample_rate_hz)).round();
    let level = match measured.clipped_level {
        Some(level) if level != 1.0 => dbfs(level),
        _ => "full scale".into(),
    };
    let what = format!(
        "{} of the samples cut off at {level}, {n_longest} in a row at {:.3} s",
        percent(measured.clipped_share),
        span.start_s
    );
    Some(Finding::new(Check::Clipping, severity, what).at(Some(span)))
}

fn dc_offset(measured: &Measurements) -> Option<Finding> {
    let offset = measured.dc_offset;
    (offset.abs() >= OFFSET_MIN && offset.abs() >= OFFSET_OF_PEAK_MIN * measured.peak).then(|| {
        let what = format!(
            "a constant of {offset:+.3} of full scale, {} of the peak",
            percent(offset.abs() / measured.peak)
        );
        Finding::new(Check::DcOffset, Severity::Warning, what)
    })
}

fn silence(measured: &Measurements) -> Option<Finding> {
    if measured.peak <= SILENT_PEAK {
        return Some(Finding::new(Check::Silence, Severity::Error, "silent from beginning to end"));
    }
    let duration_s = measured.duration_s();
    let (leading_s, trailing_s) = (measured.leading_silence_s, measured.trailing_silence_s);
    let severity = if measured.silence_share >= SILENCE_SHARE {
        Severity::Warning
    } else if leading_s >= SILENCE_END_S || trailing_s >= SILENCE_END_S {
        Severity::Note
    } else {
        return None;
    };
    let is_worth_saying = |silence_s: &f64| *silence_s >= 0.01;
    let mut parts = vec![format!("{} of it silent", percent(measured.silence_share))];
    parts.extend(Some(leading_s).filter(is_worth_saying).map(|s| format!("{s:.2} s at the beginning")));
    parts.extend(Some(trailing_s).filter(is_worth_saying).map(|s| format!("{s:.2} s at the end")));
    let span = if trailing_s >= leading_s {
        TimeSpan { start_s: (duration_s - trailing_s).max(0.0), end_s: duration_s }
    } else {
        TimeSpan { start_s: 0.0, end_s: leading_s }
    };
    // Silence that is all between sounds is in many places.
    let longest = Some(span).filter(|span| is_worth_saying(&(span.end_s - span.start_s)));
    Some(Finding::new(Check::Silence, severity, in_words::list(&parts)).at(longest))
}

fn quiet_chunks(measured: &Measurements) -> Option<Finding> {
    if measured.peak > SILENT_PEAK && measured.peak < NEARLY_SILENT_PEAK {
        let what = format!(
            "nearly silent from beginning to end: its peak is at {}, and every chunk is raised by more than 60 dB",
            dbfs(measured.peak)
        );
        return Some(Finding::new(Check::QuietChunks, Severity::Error, what).at(measured.quiet_span));
    }
    let n_quiet = measured.n_quiet_chunks;
    (n_quiet > 0).then(|| {
        let is_many = n_quiet as f64 > QUIET_CHUNKS_WARNING * measured.n_chunks as f64;
        let severity = if is_many { Severity::Warning } else { Severity::Note };
        let what =
            format!("{n_quiet} of {} raised by more than 40 dB", in_words::count(measured.n_chunks, "chunk"));
        Finding::new(Check::QuietChunks, severity, what).at(measured.quiet_span)
    })
}

fn mono_cancellation(measured: &Measurements) -> Option<Finding> {
    let change_db = measured.mono_change_db?;
    let unrelated_db = 10.0 * (measured.n_channels as f32).log10();
    (change_db < -unrelated_db - MONO_EXTRA_LOSS_DB).then(|| {
        let severity = if change_db < MONO_CHANGE_ERROR_DB { Severity::Error } else { Severity::Warning };
        let correlation = measured
            .correlation
            .map_or_else(String::new, |correlation| format!(" (correlation {correlation:.2})"));
        let what = match change_db {
            change_db if change_db < -100.0 => format!("nothing is left of it in mono{correlation}"),
            _ => format!("mixing to mono loses {:.0} dB{correlation}", -change_db),
        };
        Finding::new(Check::MonoCancellation, severity, what)
    })
}

fn hum(measured: &Measurements) -> Option<Finding> {
    let hum = measured.hum?;
    let below_peak_db = 20.0 * measured.peak.log10() - hum.level_dbfs;
    let severity = if below_peak_db < HUM_BELOW_PEAK_DB { Severity::Warning } else { Severity::Note };
    let overtones = match hum.n_harmonics - 1 {
        0 => String::new(),
        n => format!(" with {}", in_words::count(n, "overtone")),
    };
    let what = format!("{} Hz{overtones} throughout, {below_peak_db:.0} dB below the peak", hum.mains_hz);
    Some(Finding::new(Check::Hum, severity, what))
}

fn noise_like(measured: &Measurements) -> Option<Finding> {
    let share = measured.noise_share.filter(|share| *share >= NOISE_SHARE)?;
    Some(Finding::new(Check::NoiseLike, Severity::Note, format!("{} of it is noise", percent(share))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::decode;

    #[test]
    fn every_extension_has_its_containers() {
        let known: Vec<&str> = CONTAINERS.iter().map(|(extension, _)| *extension).collect();
        assert_eq!(known, decode::EXTENSIONS);
    }
}
