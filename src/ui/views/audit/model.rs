//! The Audit view as plain values: what runs, what was found, and which rows are shown in which order.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::chart::Chart;
use super::command::Format;
use super::map::model::MapModel;
use super::pane::AuditPane;
use crate::audit::table::{Column, Filter, Row, Table};
use crate::audit::{AuditReport, Check, ChunkRun, Chunking, Copies, FileAudit, FolderSummary};
use crate::path_text::RelPath;
use crate::pipeline::Moment;
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
    /// What became of the last report.
    pub exported: Option<Exported>,
    /// The path that reports go to, where a person has typed one.
    pub report_path: Option<String>,
    /// The pane that is shown.
    pub pane: AuditPane,
    /// The map of what was audited.
    pub map: MapModel,
    /// The waveform of the selected finding, or why there is none.
    pub moment: Option<Result<Moment, String>>,
    /// Pixels that it is drawn in.
    pub(super) moment_px: usize,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exported {
    /// It is in a file.
    Written(PathBuf),
    /// There is a file in its place already.
    Exists {
        /// The form that was asked for.
        format: Format,
        /// The file.
        path: PathBuf,
    },
    /// It could not be written, and why.
    Failed(String),
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
    settings.into()
}

/// A report, prepared to be drawn.
#[derive(Debug)]
pub(super) struct Prepared {
    report: Arc<AuditReport>,
    table: Table,
    charts: [Chart; 3],
    /// The checks that found something, with the number of files.
    check_counts: Vec<(Check, usize)>,
    /// Runs of chunks that harm, of files that are not excluded: the file's row, and the run's place in it.
    chunk_runs: Vec<(u32, u32)>,
    /// The folders that hold files.
    folders: Vec<FolderSummary>,
    is_partial: bool,
}

impl Prepared {
    pub(super) fn new(report: Arc<AuditReport>) -> Self {
        Self::of(Table::new(&report), report)
    }

    fn of(table: Table, report: Arc<AuditReport>) -> Self {
        let of_file = |(row, file): (usize, &FileAudit)| {
            let runs = file.measurements().map_or(0, |measured| measured.harmful_chunks.len());
            (0..runs as u32).map(move |run| (row as u32, run))
        };
        let chunk_runs = report.included().flat_map(of_file).collect();
        let (check_counts, folders) = (report.check_counts(None), FolderSummary::of(&report));
        Self {
            table,
            charts: Chart::all(&report),
            check_counts,
            chunk_runs,
            folders,
            report,
            is_partial: false,
        }
    }

    /// The files that an audit has measured so far, in the order of the dataset. What only the whole set shows is not known yet.
    pub(super) fn partial(root: PathBuf, files: Vec<Arc<FileAudit>>, basis: &Basis) -> Self {
        // Proposals and what is about the set would change with every file that comes.
        let mut report = AuditReport::new(root, files, Copies::default(), basis.chunking, &basis.exclude);
        report.of_set.clear();
        report.verdict.actions.clear();
        report.verdict.fixes.clear();
        Self { is_partial: true, ..Self::new(Arc::new(report)) }
    }

    /// The same files judged with the exclusions `exclude`.
    pub(super) fn rejudged(report: &AuditReport, table: &Table, exclude: &[RelPath]) -> Self {
        let report = Arc::new(report.with_exclusions(exclude));
        Self::of(table.rejudged(&report), report)
    }

    /// True when the audit has not come to its end.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }
}

/// A result judged anew, and the exclusions it is judged with.
#[derive(Debug)]
pub(super) struct Rejudged {
    prepared: Prepared,
    exclude: Vec<RelPath>,
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
    /// The finding that is looked at: a row, and its place among the row's findings.
    finding: (u32, usize),
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
            finding: (0, 0),
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

    /// The work that judges the set anew where `exclude` is not what it was judged with; it runs in the background.
    pub(super) fn rejudging(
        &self,
        exclude: &[RelPath],
    ) -> Option<impl FnOnce() -> Rejudged + Send + 'static> {
        if self.is_partial() || self.basis.exclude == exclude {
            return None;
        }
        let (report, table, exclude) =
            (Arc::clone(&self.prepared.report), self.prepared.table.clone(), exclude.to_vec());
        Some(move || Rejudged { prepared: Prepared::rejudged(&report, &table, &exclude), exclude })
    }

    /// Shows what the set is without what is left out now.
    pub(super) fn take_rejudged(&mut self, rejudged: Rejudged) {
        let Rejudged { prepared, exclude } = rejudged;
        (self.prepared, self.basis.exclude) = (prepared, exclude);
        self.refresh();
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

    /// True when these are the files that a running audit has measured so far.
    pub fn is_partial(&self) -> bool {
        self.prepared.is_partial
    }

    /// The report.
    pub fn report(&self) -> &Arc<AuditReport> {
        &self.prepared.report
    }

    /// The checks that found something in files of the set, with the number of those files.
    pub fn check_counts(&self) -> &[(Check, usize)] {
        &self.prepared.check_counts
    }

    /// The row of the selected file.
    pub fn selected_row(&self, files: &Files) -> Option<u32> {
        files.selected().and_then(|number| self.row_of(number))
    }

    /// The place of the finding that is looked at among those of `row`: the gravest until a person selects another.
    pub fn finding_of(&self, row: u32) -> usize {
        if self.finding.0 == row { self.finding.1 } else { 0 }
    }

    /// Looks at finding `place` of `row`.
    pub(super) fn select_finding(&mut self, row: u32, place: usize) {
        self.finding = (row, place);
    }

    /// The folders that hold files, in the order of their paths.
    pub fn folders(&self) -> &[FolderSummary] {
        &self.prepared.folders
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

    /// The number of runs of chunks that harm, of files that are not excluded.
    pub fn n_chunk_runs(&self) -> usize {
        self.prepared.chunk_runs.len()
    }

    /// Run `place` of those: its file, the file's number in the folder, and the chunks.
    pub fn chunk_run(&self, place: usize) -> (&FileAudit, Option<usize>, &ChunkRun) {
        let (row, run) = self.prepared.chunk_runs[place];
        let file = &self.prepared.report.files[row as usize];
        let runs = file.measurements().map_or(&[][..], |measured| &measured.harmful_chunks);
        (file, self.number_of(row), &runs[run as usize])
    }

    /// All of them.
    pub fn chunk_runs(&self) -> impl Iterator<Item = (&FileAudit, Option<usize>, &ChunkRun)> {
        (0..self.n_chunk_runs()).map(|place| self.chunk_run(place))
    }

    /// The number of chunks of which more than `most` is padding, 0 to 1; the last of a file may be one.
    pub fn n_padded(&self, most: f64) -> u64 {
        let chunk_samples = self.basis.chunking.chunk_samples as f64;
        let included = self.prepared.report.included();
        let padding = included.filter_map(|(_, file)| file.measurements()).map(|measured| measured.n_padding);
        padding.filter(|n_padding| *n_padding as f64 > most * chunk_samples).count() as u64
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
        if self.filter.severity.is_some() || self.filter.check.is_some() || self.filter.range.is_some() {
            // The counts leave excluded files out, and so do their rows.
            self.shown.retain(|row| !self.prepared.report.is_excluded(*row as usize));
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
        } else if chunking(settings) != self.basis.chunking {
            Some("The sample rate, the length of chunks or trimming was changed since this audit.")
        } else {
            None
        }
    }
}
