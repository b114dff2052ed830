//! Where the sound of a recording ends below the highest frequency that is analysed.

use std::ops::RangeInclusive;

use super::finding::{Check, Finding, Severity};
use super::measure::{Chunking, Measurements};
use super::number_words::hertz;
use crate::in_words;

/// Recorders' own filters end at 0.9 of the Nyquist frequency and above.
const FULL_BAND: f32 = 0.9;

/// 44.1 kHz counts as full for a target of 48 kHz, 32 kHz does not.
pub(super) const FULL_RATE: f64 = 0.8;

/// The share of the Nyquist frequency within which an edge is known, and some for the filter that made it.
const EDGE_WIDTH: f32 = 0.045;

/// The rates that recordings come from, and where codecs cut: MP3 at 64 to 320 kbit/s.
const FORMER_RATES_HZ: [u32; 7] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100];
const CODEC_EDGES_HZ: RangeInclusive<f32> = 15_000.0..=20_500.0;

/// The finding of one recording.
pub(super) fn of_file(measured: &Measurements, chunking: Chunking) -> Option<Finding> {
    let edge_hz = edge(measured, chunking)?;
    let rate_hz = measured.sample_rate_hz;
    let nyquist_hz = rate_hz as f32 / 2.0;
    if *edge_hz.start() == nyquist_hz {
        let at = format!("its rate of {} ends at {}", in_words::rate(rate_hz), hertz(nyquist_hz));
        let what = format!("{at}, the analysis at {}", hertz(chunking.sample_rate_hz as f32 / 2.0));
        return Some(Finding::new(Check::Bandwidth, Severity::Warning, what));
    }
    let (severity, cause) = if CODEC_EDGES_HZ.contains(edge_hz.end()) || former_rate(&edge_hz).is_some() {
        (Severity::Warning, "upsampled, or from a lossy copy")
    } else {
        // An instrument that was synthesised or filtered may end anywhere.
        (Severity::Note, "filtered, or made so")
    };
    let what = format!(
        "cut off at {}, where its rate of {} reaches {}: {cause}",
        hertz(*edge_hz.start()),
        in_words::rate(rate_hz),
        hertz(nyquist_hz)
    );
    Some(Finding::new(Check::Bandwidth, severity, what))
}

/// The end of a recording's band, where that is below the highest band that is analysed: from where to where it may be.
fn edge(measured: &Measurements, chunking: Chunking) -> Option<RangeInclusive<f32>> {
    let bandwidth_hz = measured.bandwidth_hz?;
    let (rate_hz, target_hz) = (measured.sample_rate_hz, chunking.sample_rate_hz);
    let nyquist_hz = rate_hz as f32 / 2.0;
    if measured.is_band_cut && bandwidth_hz < FULL_BAND * rate_hz.min(target_hz) as f32 / 2.0 {
        // The edge is known to be at `bandwidth_hz` or shortly above.
        return Some(bandwidth_hz..=bandwidth_hz + EDGE_WIDTH * nyquist_hz);
    }
    (f64::from(rate_hz) < FULL_RATE * f64::from(target_hz)).then_some(nyquist_hz..=nyquist_hz)
}

/// The highest of the usual rates that ends within an edge: the one that loses nothing.
fn former_rate(edge_hz: &RangeInclusive<f32>) -> Option<u32> {
    FORMER_RATES_HZ.into_iter().rfind(|rate_hz| edge_hz.contains(&(*rate_hz as f32 / 2.0)))
}

/// The lowest usual rate that holds all of a recording whose band ends early.
pub(super) fn enough_rate(measured: &Measurements, chunking: Chunking) -> Option<u32> {
    let edge_hz = edge(measured, chunking)?;
    let holds_all = |rate_hz: &u32| *rate_hz as f32 / 2.0 >= *edge_hz.end();
    let rate_hz = former_rate(&edge_hz).or_else(|| FORMER_RATES_HZ.into_iter().find(holds_all));
    Some(rate_hz.unwrap_or(measured.sample_rate_hz))
}
