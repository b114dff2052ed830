//! An audit as a table for spreadsheets.

use std::io::{self, Write};

use crate::audio::tags::Tags;
use crate::audit::{AuditReport, Finding, Measurements, Severity, TimbreMap};

const COLUMNS: [&str; 42] = [
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
    "title",
    "artist",
    "comment",
    "copyright",
    "licence",
    "description",
    "originator",
    "date",
    "key",
    "tempo_bpm",
    "time_reference",
    "map_x",
    "map_y",
];

const CHUNK_COLUMNS: [&str; 10] = [
    "exclude_chunks",
    "path",
    "excluded",
    "first_chunk",
    "chunks",
    "start_s",
    "end_s",
    "flaw",
    "peak_dbfs",
    "padding_share",
];

/// Writes one row a file.
pub fn write(report: &AuditReport, map: &TimbreMap, to: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(COLUMNS)?;
    for (index, findings) in report.findings_by_file().into_iter().enumerate() {
        let file = &report.files[index];
        let mut row = vec![
            harmless(file.path.to_string()),
            report.is_excluded(index).to_string(),
            file.size.to_string(),
        ];
        row.extend(measured(file.measurements()));
        let count = |severity: Severity| {
            findings.iter().filter(|finding| finding.severity == severity).count().to_string()
        };
        row.extend(Severity::ALL.map(count));
        let words = |finding: &&Finding| format!("{}: {}", finding.check.title(), finding.what);
        row.push(harmless(findings.iter().map(words).collect::<Vec<_>>().join("; ")));
        let clipped_level = file.measurements().and_then(|measured| measured.clipped_level);
        row.push(clipped_level.map_or_else(String::new, decibels));
        row.extend(tags(file.measurements().and_then(|measured| measured.tags.as_deref())));
        let point = map.points.get(index).copied().flatten();
        row.extend([0, 1].map(|axis: usize| point.map_or_else(String::new, |point| point[axis].to_string())));
        table.write_record(row)?;
    }
    table.flush()
}

/// Writes one row a run of chunks that harm; the first column can be an entry of `exclude_chunks`.
pub fn write_chunks(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(CHUNK_COLUMNS)?;
    for (index, file) in report.files.iter().enumerate() {
        let runs = file.measurements().map_or(&[][..], |measured| &measured.harmful_chunks);
        for run in runs {
            table.write_record([
                run.of(&file.path).map_or_else(String::new, |chunks| harmless(chunks.to_string())),
                harmless(file.path.to_string()),
                report.is_excluded(index).to_string(),
                run.first.to_string(),
                run.n.to_string(),
                run.span.start_s.to_string(),
                run.span.end_s.to_string(),
                run.flaw.id().into(),
                decibels(run.peak),
                run.padding_share.to_string(),
            ])?;
        }
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

/// The cells of the tags.
fn tags(tags: Option<&Tags>) -> Vec<String> {
    let Some(tags) = tags else { return vec![String::new(); 11] };
    let texts = tags.texts().map(|(_, text)| harmless(text.unwrap_or_default().to_owned()));
    let tempo = tags.tempo_bpm.map_or_else(String::new, |bpm| bpm.to_string());
    let time = tags.time_reference.map_or_else(String::new, |samples| samples.to_string());
    texts.into_iter().chain([tempo, time]).collect()
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

    #[test]
    fn tags_fill_the_columns_that_are_named_for_them() {
        let cells =
            tags(Some(&Tags { title: Some("=1+1".into()), tempo_bpm: Some(97.5), ..Tags::default() }));
        let first = COLUMNS.iter().position(|column| *column == "title").unwrap();
        // The point on the map follows.
        let n_cells = COLUMNS.len() - first - 2;
        assert_eq!((cells.len(), tags(None).len()), (n_cells, n_cells));
        let names = Tags::default().texts().map(|(name, _)| name);
        assert_eq!(COLUMNS[first..first + names.len()], names);
        assert_eq!((&*cells[0], &*cells[9]), ("'=1+1", "97.5"));
    }
}
