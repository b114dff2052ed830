//! The text of the table: the titles of its columns, and the contents of its cells.

use crate::audit::table::{Column, Row};
use crate::audit::{FileAudit, Measurements, Severity};
use crate::in_words;

/// The sign for nothing measured.
const NOTHING: &str = "–";

/// The head of a column.
pub(super) struct ColumnHead {
    pub(super) title: &'static str,
    /// The unit of its numbers; empty for words.
    pub(super) unit: &'static str,
    /// Points that it takes.
    pub(super) width: f32,
    pub(super) help: &'static str,
}

/// The head of `column`.
pub(super) fn column_head(column: Column) -> ColumnHead {
    let (title, unit, width, help) = match column {
        Column::Included => ("Use", "", 34.0, "A build reads the files that are ticked"),
        Column::Name => ("Name", "", 214.0, "The path below the folder"),
        Column::Duration => ("Length", "s", 54.0, "How long it is"),
        Column::Rate => ("Rate", "kHz", 44.0, "Samples per second and channel"),
        Column::Channels => ("Ch.", "", 32.0, "Number of channels; a build mixes them to one"),
        Column::Format => ("Format", "", 116.0, "Codec and container, as the content says"),
        Column::Peak => {
            ("Peak", "dBTP", 46.0, "True peak, also between the samples; above 0 a converter clips")
        }
        Column::Loudness => ("Loud", "LUFS", 48.0, "Integrated loudness after ITU-R BS.1770"),
        Column::Dc => ("DC", "%", 42.0, "The constant in the waveform, in percent of full scale"),
        Column::Clipped => ("Clipped", "%", 52.0, "Share of samples in flat tops at full scale"),
        Column::Silence => ("Silent", "%", 46.0, "Share of the length that is silent"),
        Column::Bandwidth => ("Up to", "kHz", 46.0, "The frequency above which there is no sound"),
        Column::Duplicates => ("Copies", "", 48.0, "Other files with the same sound or take"),
        Column::Findings => ("Findings", "", 96.0, "How much was found, by severity"),
    };
    ColumnHead { title, unit, width, help }
}

/// True for a column of numbers, which end at its right edge; words begin at the left.
pub(super) fn is_number(column: Column) -> bool {
    !matches!(column, Column::Included | Column::Name | Column::Format | Column::Findings)
}

/// The name of `column` in a sentence.
pub(super) fn column_name(column: Column) -> &'static str {
    match column {
        Column::Included => "use",
        Column::Name => "name",
        Column::Duration => "length",
        Column::Rate => "rate",
        Column::Channels => "channels",
        Column::Format => "format",
        Column::Peak => "peak",
        Column::Loudness => "loudness",
        Column::Dc => "DC offset",
        Column::Clipped => "clipped share",
        Column::Silence => "silent share",
        Column::Bandwidth => "bandwidth",
        Column::Duplicates => "copies",
        Column::Findings => "findings",
    }
}

/// The text of a cell, and the same with every digit.
pub(super) struct TableCell {
    pub(super) short: String,
    pub(super) exact: String,
}

impl TableCell {
    fn nothing() -> Self {
        Self { short: NOTHING.into(), exact: "not measured".into() }
    }

    fn number(value: f64, n_digits: usize, unit: &str) -> Self {
        if !value.is_finite() {
            return Self { short: NOTHING.into(), exact: "silent".into() };
        }
        let short = format!("{value:.n_digits$}");
        // What is rounded to nothing has no sign.
        let is_zero = short.chars().all(|sign| "-0.".contains(sign));
        let short = if is_zero { format!("{:.n_digits$}", 0.0) } else { with_minus(&short) };
        Self { short, exact: with_minus(&format!("{value} {unit}")) }
    }
}

/// The cell of `file` in a column of numbers or words.
pub(super) fn table_cell(file: &FileAudit, row: Row, column: Column) -> TableCell {
    if column == Column::Duplicates {
        let exact = in_words::count(row.n_duplicates, "other file");
        return TableCell { short: row.n_duplicates.to_string(), exact };
    }
    let Some(measured) = file.measurements() else { return TableCell::nothing() };
    let share = |share: f32, n_digits| TableCell::number(f64::from(share) * 100.0, n_digits, "%");
    match column {
        Column::Duration => {
            TableCell { exact: in_words::duration(measured.duration_s()), ..seconds(measured) }
        }
        Column::Rate => {
            let khz = f64::from(measured.sample_rate_hz) / 1000.0;
            TableCell { short: khz.to_string(), exact: format!("{} Hz", measured.sample_rate_hz) }
        }
        Column::Channels => {
            let exact = in_words::count(measured.n_channels, "channel");
            TableCell { short: measured.n_channels.to_string(), exact }
        }
        Column::Format => {
            let words = in_words::audio_format(&measured.codec, &measured.container);
            TableCell { short: words.clone(), exact: words }
        }
        Column::Peak => TableCell::number(20.0 * f64::from(measured.true_peak).log10(), 1, "dBTP"),
        Column::Loudness => measured
            .loudness_lufs
            .map_or_else(TableCell::nothing, |lufs| TableCell::number(lufs.into(), 1, "LUFS")),
        Column::Dc => share(measured.dc_offset, 2),
        Column::Clipped => share(measured.clipped_share, 2),
        Column::Silence => share(measured.silence_share, 1),
        Column::Bandwidth => measured
            .bandwidth_hz
            .map_or_else(TableCell::nothing, |hz| TableCell { exact: format!("{hz} Hz"), ..khz(hz) }),
        // They have cells of their own.
        Column::Included | Column::Name | Column::Findings | Column::Duplicates => TableCell::nothing(),
    }
}

/// The number with a minus that is as wide as a digit.
fn with_minus(number: &str) -> String {
    number.replace('-', "−")
}

fn seconds(measured: &Measurements) -> TableCell {
    TableCell::number(measured.duration_s(), 2, "s")
}

fn khz(hz: f32) -> TableCell {
    TableCell::number(f64::from(hz) / 1000.0, 1, "kHz")
}

/// "1 error, 2 warnings", or "nothing".
pub(super) fn findings_text(row: Row) -> String {
    let counts = Severity::ALL.into_iter().zip(row.n_findings).filter(|(_, n)| *n > 0);
    let words: Vec<String> = counts.map(|(severity, n)| in_words::count(n, severity.name())).collect();
    if words.is_empty() { "nothing".into() } else { in_words::list(&words) }
}
