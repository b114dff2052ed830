//! The chunks that harm, as a table of the page.

use maud::{Markup, html};

use super::foreign::Foreign;
use super::rows::{more, nothing};
use crate::audit::number_words::dbfs;
use crate::audit::{AuditReport, ChunkRun};
use crate::in_words;

/// Rows at most: `--chunks` writes them all.
const ROWS_MAX: usize = 500;

/// The table, of the files that count; nothing where no chunk harms.
pub(super) fn of(report: &AuditReport) -> Markup {
    let of_file = |index: usize| report.files[index].measurements().map(|measured| &measured.harmful_chunks);
    let runs = || {
        let included = report.included();
        included.flat_map(|(index, _)| of_file(index).into_iter().flatten().map(move |run| (index, run)))
    };
    let n_runs = runs().count();
    if n_runs == 0 {
        return nothing();
    }
    html! {
        h2 { "Chunks that harm" }
        table {
            thead {
                tr {
                    th { "Recording" }
                    th { "Chunks, from 0" }
                    th class="number" { "From" }
                    th class="number" { "To" }
                    th class="number" { "Peak" }
                    th { "Why" }
                }
            }
            @for (index, run) in runs().take(ROWS_MAX) {
                tr {
                    td class="name" { (Foreign(&report.files[index].path)) }
                    (cells(run))
                }
            }
        }
        (more(n_runs, ROWS_MAX))
    }
}

fn cells(run: &ChunkRun) -> Markup {
    let last = run.first + run.n.saturating_sub(1);
    html! {
        td { (run.first) @if last > run.first { " to " (last) } }
        td class="number" { (in_words::position(run.span.start_s)) }
        td class="number" { (in_words::position(run.span.end_s)) }
        td class="number" { @if run.peak > 0.0 { (dbfs(run.peak)) } }
        td { (run.flaw.words()) }
    }
}
