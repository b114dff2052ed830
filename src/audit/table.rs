//! The files of an audit as a table that is sorted and filtered: plain values, made before anything is drawn.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::audit_report::AuditReport;
use super::check_set::CheckSet;
use super::file_audit::FileAudit;
use super::finding::{Check, Severity};
use super::measure::Measurements;
use crate::audio::tags::Tags;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// True where the file is part of the set.
    Included,
    /// The path.
    Name,
    /// Length.
    Duration,
    /// Sample rate.
    Rate,
    /// Number of channels.
    Channels,
    /// Codec and container.
    Format,
    /// True peak.
    Peak,
    /// Loudness.
    Loudness,
    /// DC offset.
    Dc,
    /// Clipped share.
    Clipped,
    /// Silent share.
    Silence,
    /// Bandwidth.
    Bandwidth,
    /// The number of other files that hold the same sound or take.
    Duplicates,
    /// Findings by severity.
    Findings,
}

impl Column {
    /// Every column, in order.
    pub const ALL: [Self; 14] = [
        Self::Included,
        Self::Name,
        Self::Duration,
        Self::Rate,
        Self::Channels,
        Self::Format,
        Self::Peak,
        Self::Loudness,
        Self::Dc,
        Self::Clipped,
        Self::Silence,
        Self::Bandwidth,
        Self::Duplicates,
        Self::Findings,
    ];
}

/// A range of a column's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRange {
    /// The column.
    pub column: Column,
    /// The numbers, in the unit that the measurement has: seconds, LUFS, Hz.
    pub values: Range<f64>,
}

/// The rows to show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only rows whose path or tags have this in them, whatever the case; empty for all.
    pub text: String,
    /// Only rows with a finding of this severity.
    pub severity: Option<Severity>,
    /// Only rows with a finding of this check.
    pub check: Option<Check>,
    /// Only rows with a number in this range.
    pub range: Option<ValueRange>,
}

/// A row of the table: what columns need that is not in the file's own audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Findings that are errors, warnings and notes, those of the set that name the file among them.
    pub n_findings: [u32; 3],
    /// Other files with the same sound or take.
    pub n_duplicates: u32,
    /// True when the file is left out of the set.
    pub is_excluded: bool,
    checks: CheckSet,
}

/// The rows of a report.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Row>,
    /// Paths and the texts of tags in lower case, a line each, for filters.
    names: Arc<[String]>,
}

impl Table {
    /// The rows of `report`, one for each of its files.
    pub fn new(report: &AuditReport) -> Self {
        let names = report.files.iter().map(|file| searched(file)).collect();
        Self { rows: Self::rows(report), names }
    }

    /// The rows of a report that was judged anew from the one of this table: the files are the same.
    #[must_use]
    pub fn rejudged(&self, report: &AuditReport) -> Self {
        Self { rows: Self::rows(report), names: Arc::clone(&self.names) }
    }

    fn rows(report: &AuditReport) -> Vec<Row> {
        let mut rows = vec![Row::default(); report.files.len()];
        for (index, row) in rows.iter_mut().enumerate() {
            row.is_excluded = report.is_excluded(index);
            for finding in report.own_findings(index) {
                row.count(finding.severity, finding.check);
            }
        }
        for found in &report.of_set {
            let is_duplicate = matches!(found.finding.check, Check::ExactDuplicate | Check::NearDuplicate);
            for index in &found.files {
                rows[*index].count(found.finding.severity, found.finding.check);
                if is_duplicate {
                    rows[*index].n_duplicates += found.files.len() as u32 - 1;
                }
            }
        }
        rows
    }

    /// Row `index`.
    pub fn row(&self, index: usize) -> Row {
        self.rows[index]
    }

    /// The files that pass `filter`, sorted by `column`, equal ones in the order of the dataset. What was not measured
    /// comes last either way.
    pub fn view(
        &self,
        files: &[Arc<FileAudit>],
        filter: &Filter,
        column: Column,
        descending: bool,
    ) -> Vec<u32> {
        let text = filter.text.to_lowercase();
        let passes = |index: &u32| {
            let row = &self.rows[*index as usize];
            filter.severity.is_none_or(|severity| row.n_of(severity) > 0)
                && filter.check.is_none_or(|check| row.has(check))
                && filter.range.as_ref().is_none_or(|ValueRange { column, values }| {
                    key(&files[*index as usize], row, *column).is_some_and(|value| values.contains(&value))
                })
                && self.names[*index as usize].contains(&text)
        };
        let mut shown: Vec<u32> = (0..self.rows.len() as u32).filter(passes).collect();
        match column {
            // The dataset's order is that of paths.
            Column::Name if descending => shown.reverse(),
            Column::Name => {}
            Column::Format => {
                let format = |index: &u32| {
                    let measured = files[*index as usize].measurements();
                    measured.map(|measured| (&*measured.codec, &*measured.container))
                };
                shown.sort_by(|a, b| missing_last(format(a), format(b), descending, Ord::cmp));
            }
            _ => {
                // Keys are made once: sorting looks at each many times.
                let mut keyed: Vec<(Option<f64>, u32)> = shown
                    .iter()
                    .map(|index| (key(&files[*index as usize], &self.rows[*index as usize], column), *index))
                    .collect();
                keyed.sort_by(|a, b| missing_last(a.0, b.0, descending, f64::total_cmp));
                shown = keyed.into_iter().map(|(_, index)| index).collect();
            }
        }
        shown
    }
}

/// What a filter looks for its text in.
fn searched(file: &FileAudit) -> String {
    let mut text = file.path.to_string();
    let tags = file.measurements().and_then(|measured| measured.tags.as_deref());
    for (_, tag) in tags.into_iter().flat_map(Tags::texts) {
        if let Some(tag) = tag {
            text.push('\n');
            text.push_str(tag);
        }
    }
    text.to_lowercase()
}

impl Row {
    /// The checks that found something, in the order of reports.
    pub fn checks(self) -> impl Iterator<Item = Check> {
        self.checks.iter()
    }

    /// The number of findings of a severity.
    pub fn n_of(&self, severity: Severity) -> u32 {
        self.n_findings[severity.place()]
    }

    /// True when the check found something in the file, by itself or as part of the set.
    pub fn has(&self, check: Check) -> bool {
        self.checks.contains(check)
    }

    fn count(&mut self, severity: Severity, check: Check) {
        self.n_findings[severity.place()] += 1;
        self.checks.insert(check);
    }
}

fn missing_last<T>(
    a: Option<T>,
    b: Option<T>,
    descending: bool,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The number that a file is sorted by; `None` where it was not measured.
fn key(file: &FileAudit, row: &Row, column: Column) -> Option<f64> {
    let measured = || file.measurements();
    match column {
        Column::Included => Some(f64::from(u8::from(!row.is_excluded))),
        Column::Duplicates => Some(f64::from(row.n_duplicates)),
        Column::Findings => {
            // A graver finding outweighs any number of lighter ones.
            let [errors, warnings, notes] = row.n_findings.map(|n| f64::from(n.min(999)));
            Some(errors * 1e6 + warnings * 1e3 + notes)
        }
        Column::Name | Column::Format => None,
        Column::Duration => measured().map(Measurements::duration_s),
        Column::Rate => measured().map(|measured| f64::from(measured.sample_rate_hz)),
        Column::Channels => measured().map(|measured| f64::from(measured.n_channels)),
        Column::Peak => measured().map(|measured| f64::from(measured.true_peak)),
        Column::Loudness => measured()?.loudness_lufs.map(f64::from),
        Column::Dc => measured().map(|measured| f64::from(measured.dc_offset.abs())),
        Column::Clipped => measured().map(|measured| f64::from(measured.clipped_share)),
        Column::Silence => measured().map(|measured| f64::from(measured.silence_share)),
        Column::Bandwidth => measured()?.bandwidth_hz.map(f64::from),
    }
}
