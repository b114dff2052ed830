//! The Audit view as plain values: what runs, what was found, and which rows are shown in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::charts::Chart;
use super::command::Pane;
use super::map_model::MapModel;
use crate::audit::table::{Column, Filter, Row, Table};
use crate::audit::{Action, AuditReport, Chunking, FileAudit};
use crate::path_text::RelPath;
use crate::settings::Settings;
use crate::ui::session::file::AuditedFile;
use crate::ui::session::files::Files;

/// The audits of the open folder, and what they found.
#[derive(Debug, Default)]
pub struct Audit {
    /// The basis of the audit that runs.
    pub(super) running: Option<Basis>,
    /// The result of the last audit; it stays while another runs.
    pub found: Option<Found>,
    /// True once an audit was started in this folder.
    pub was_started: bool,
    /// Why the last audit has no result, in words.
    pub problem: Option<String>,
    /// The warnings of the last audit.
    pub warnings: Vec<String>,
    /// Where the last report went, or why there is none.
    pub exported: Option<Result<String, String>>,
    /// What stands below the verdict.
    pub pane: Pane,
    /// The map of what was audited.
    pub map: MapModel,
}

/// The settings that an audit depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    exclude: Vec<RelPath>,
    chunking: Chunking,
    /// When it began, in ns since 1970.
    pub(super) began_ns: i64,
}

impl Basis {
    pub(super) fn of(settings: &Settings, began_ns: i64) -> Self {
        Self { exclude: settings.exclude.clone(), chunking: chunking(settings), began_ns }
    }
}

fn chunking(settings: &Settings) -> Chunking {
    Chunking { sample_rate_hz: settings.sample_rate_hz, chunk_samples: settings.chunk_samples() }
}

/// A report, prepared to be drawn.
#[derive(Debug)]
pub(super) struct Prepared {
    report: Arc<AuditReport>,
    table: Table,
    charts: [Chart; 3],
}

impl Prepared {
    pub(super) fn new(report: Arc<AuditReport>) -> Self {
        Self { table: Table::new(&report), charts: Chart::all(&report), report }
    }
}

/// The result of an audit, and how it is shown.
#[derive(Debug)]
pub struct Found {
    prepared: Prepared,
    basis: Basis,
    /// True when the folder holds other files now, or the same with another content.
    pub(super) has_other_files: bool,
    /// For each row of the report its number among the folder's files, and the other way round.
    files: Vec<Option<usize>>,
    rows: Vec<Option<u32>>,
    /// The revision of the folder's files that the numbers are of.
    revision: u64,
    filter: Filter,
    /// The only rows that are shown, besides the filter; `None` for all.
    only: Option<BTreeSet<u32>>,
    column: Column,
    is_descending: bool,
    shown: Vec<u32>,
}

impl Found {
    /// Shows what was found in `files`, in the way of `before`; the gravest first where there is none.
    pub(super) fn new(prepared: Prepared, basis: Basis, files: &Files, before: Option<&Self>) -> Self {
        let (filter, column, is_descending) = before.map_or_else(
            || (Filter::default(), Column::Findings, true),
            |before| (before.filter.clone(), before.column, before.is_descending),
        );
        let mut found = Self {
            prepared,
            basis,
            has_other_files: false,
            files: Vec::new(),
            rows: Vec::new(),
            revision: 0,
            filter,
            only: None,
            column,
            is_descending,
            shown: Vec::new(),
        };
        found.number(files);
        found.refresh();
        found
    }

    fn number(&mut self, files: &Files) {
        let mut rows = vec![None; files.all().len()];
        let numbers = self.prepared.report.files.iter().enumerate().map(|(row, file)| {
            // Both are in the dataset's order: numbers differ only when files came or went between them.
            let is_same = files.all().get(row).is_some_and(|other| other.path == file.file);
            let number = if is_same { Some(row) } else { files.number_of(&file.file) };
            if let Some(number) = number {
                rows[number] = Some(row as u32);
            }
            number
        });
        self.files = numbers.collect();
        self.rows = rows;
        self.revision = files.revision();
    }

    /// Finds the numbers of `files` anew where some came or went. True when it did.
    pub(super) fn follow(&mut self, files: &Files) -> bool {
        let is_other = self.revision != files.revision();
        if is_other {
            self.number(files);
        }
        is_other
    }

    /// The result for each of the folder's files, by their numbers.
    pub(super) fn audited(&self) -> impl Iterator<Item = (usize, AuditedFile)> {
        self.files.iter().enumerate().filter_map(|(row, number)| {
            let (file, counts) = self.file(row as u32);
            let measurements = file.measurements();
            let audited = AuditedFile {
                n_findings: counts.n_findings,
                peak: measurements.map(|measured| measured.peak),
                loudness_lufs: measurements.and_then(|measured| measured.loudness_lufs),
            };
            Some(((*number)?, audited))
        })
    }

    /// The report.
    pub fn report(&self) -> &Arc<AuditReport> {
        &self.prepared.report
    }

    /// The charts.
    pub fn charts(&self) -> &[Chart] {
        &self.prepared.charts
    }

    /// The rows that are shown, in order: places in the report's files.
    pub fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// Which rows are shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The column that sorts, and whether the largest comes first.
    pub fn order(&self) -> (Column, bool) {
        (self.column, self.is_descending)
    }

    pub(super) fn began_ns(&self) -> i64 {
        self.basis.began_ns
    }

    /// The file of row `row`, and its counts.
    pub fn file(&self, row: u32) -> (&FileAudit, Row) {
        (&self.prepared.report.files[row as usize], self.prepared.table.row(row as usize))
    }

    /// The number of row `row` among the folder's files, when it is one of them.
    pub fn number_of(&self, row: u32) -> Option<usize> {
        self.files[row as usize]
    }

    /// The row of file `number`.
    pub fn row_of(&self, number: usize) -> Option<u32> {
        self.rows.get(number).copied().flatten()
    }

    /// Shows the rows that pass `filter`.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.refresh();
    }

    /// The number of rows that were chosen to be shown alone; `None` where all are.
    pub fn n_only(&self) -> Option<usize> {
        self.only.as_ref().map(BTreeSet::len)
    }

    /// Shows no rows but `only`, or all again, where the filter lets them pass.
    pub fn set_only(&mut self, only: Option<BTreeSet<u32>>) {
        self.only = only;
        self.refresh();
    }

    /// Sorts by `column`; when it sorts already, the other way round. What may be wrong with a file begins with the worst.
    pub fn sort_by(&mut self, column: Column) {
        use Column::{Clipped, Dc, Duplicates, Findings, Silence};
        let worst_first = [Clipped, Dc, Duplicates, Findings, Silence].contains(&column);
        self.is_descending = if column == self.column { !self.is_descending } else { worst_first };
        self.column = column;
        self.refresh();
    }

    fn refresh(&mut self) {
        let files = &self.prepared.report.files;
        self.shown = self.prepared.table.view(files, &self.filter, self.column, self.is_descending);
        if self.filter.severity.is_some() {
            // The counts by severity leave excluded files out, and so do their rows.
            self.shown.retain(|row| !files[*row as usize].is_excluded);
        }
        if let Some(only) = &self.only {
            self.shown.retain(|row| only.contains(row));
        }
    }

    /// The file that is `n_rows` below that with the number `selected`, of those that are shown.
    pub fn moved(&self, selected: Option<usize>, n_rows: isize) -> Option<usize> {
        let last = self.shown.len().checked_sub(1)?;
        let place = selected.and_then(|number| self.row_of(number)).and_then(|row| self.place_of(row));
        let place = place.map_or(0, |place| place.saturating_add_signed(n_rows).min(last));
        self.number_of(self.shown[place])
    }

    /// Where row `row` is among those that are shown.
    pub fn place_of(&self, row: u32) -> Option<usize> {
        self.shown.iter().position(|shown| *shown == row)
    }

    /// Why the result is not what an audit would find now, in words; `None` when nothing is known that changed.
    pub fn staleness(&self, settings: &Settings) -> Option<&'static str> {
        if self.has_other_files {
            Some("Files were added, changed or removed since this audit.")
        } else if settings.exclude != self.basis.exclude {
            Some("Files were left out or taken back since this audit.")
        } else if chunking(settings) != self.basis.chunking {
            Some("The sample rate or the length of chunks was changed since this audit.")
        } else {
            None
        }
    }

    /// True when every file that `action` excludes is excluded in `settings` already.
    pub fn is_done(&self, action: &Action, settings: &Settings) -> bool {
        // Exclusions are added as a whole: the last is there only when all are.
        action.exclude.last().is_some_and(|path| settings.exclude.contains(path))
    }
}
