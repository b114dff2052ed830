//! An audit as a table for spreadsheets.

use std::io::{self, Write};

use crate::audit::{AuditReport, Finding, Measurements, Severity, TimbreMap};

const COLUMNS: [&str; 31] = [
    "path",
    "excluded",
    "bytes",
    "codec",
    "container",
    "sample_rate_hz",
    "channels",
    "duration_s",
    "peak_dbfs",
    "true_peak_dbtp",
    "loudness_lufs",
    "dc_offset",
    "clipped_share",
    "silence_share",
    "leading_silence_s",
    "trailing_silence_s",
    "bandwidth_hz",
    "correlation",
    "mono_change_db",
    "hum_hz",
    "noise_share",
    "chunks",
    "padding_samples",
    "quiet_chunks",
    "errors",
    "warnings",
    "notes",
    "findings",
    "clipped_dbfs",
    "map_x",
    "map_y",
];

/// Writes one row a file.
pub fn write(report: &AuditReport, map: &TimbreMap, to: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(COLUMNS)?;
    let files = report.files.iter().zip(&map.points);
    for ((file, point), findings) in files.zip(report.findings_by_file()) {
        let mut row =
            vec![harmless(file.path.to_string()), file.is_excluded.to_string(), file.size.to_string()];
        row.extend(measured(file.measurements()));
        let count = |severity: Severity| {
            findings.iter().filter(|finding| finding.severity == severity).count().to_string()
        };
        row.extend(Severity::ALL.map(count));
        let words = |finding: &&Finding| format!("{}: {}", finding.check.title(), finding.what);
        row.push(harmless(findings.iter().map(words).collect::<Vec<_>>().join("; ")));
        let clipped_level = file.measurements().and_then(|measured| measured.clipped_level);
        row.push(clipped_level.map_or_else(String::new, decibels));
        row.extend([0, 1].map(|axis: usize| point.map_or_else(String::new, |point| point[axis].to_string())));
        table.write_record(row)?;
    }
    table.flush()
}

/// The cells of what was measured, from the codec to the quiet chunks.
fn measured(measured: Option<&Measurements>) -> Vec<String> {
    let Some(measured) = measured else { return vec![String::new(); 21] };
    let maybe = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
    vec![
        harmless(measured.codec.to_string()),
        harmless(measured.container.to_string()),
        measured.sample_rate_hz.to_string(),
        measured.n_channels.to_string(),
        measured.duration_s().to_string(),
        decibels(measured.peak),
        decibels(measured.true_peak),
        maybe(measured.loudness_lufs),
        measured.dc_offset.to_string(),
        measured.clipped_share.to_string(),
        measured.silence_share.to_string(),
        measured.leading_silence_s.to_string(),
        measured.trailing_silence_s.to_string(),
        maybe(measured.bandwidth_hz),
        maybe(measured.correlation),
        maybe(measured.mono_change_db),
        maybe(measured.hum.map(|hum| hum.mains_hz)),
        maybe(measured.noise_share),
        measured.n_chunks.to_string(),
        measured.n_padding.to_string(),
        measured.n_quiet_chunks.to_string(),
    ]
}

/// Empty for digital silence.
fn decibels(amplitude: f32) -> String {
    if amplitude > 0.0 { (20.0 * amplitude.log10()).to_string() } else { String::new() }
}

/// Spreadsheets run what begins like a formula: an apostrophe makes it text (OWASP, "CSV Injection").
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_becomes_text() {
        assert_eq!(harmless("=HYPERLINK(\"http://x\")".into()), "'=HYPERLINK(\"http://x\")");
        assert_eq!(harmless("kick = loud.wav".into()), "kick = loud.wav");
    }
}
