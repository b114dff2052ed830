//! What each folder of the set holds, as a table of the page.

use maud::{Markup, html};

use super::foreign::Foreign;
use super::rows::{ROWS_MAX, more};
use crate::audit::{AuditReport, FolderSummary, LoudnessRange, folder_name};
use crate::in_words;

/// The table.
pub(super) fn of(report: &AuditReport) -> Markup {
    let folders = FolderSummary::of(report);
    html! {
        h2 { "Folders" }
        table {
            thead {
                tr {
                    th { "Folder" }
                    th class="number" { "Files" }
                    th class="number" { "Used" }
                    th class="number" { "Left out" }
                    th class="number" { "Length" }
                    th class="number" { "Median loudness" }
                    th class="number" { "Range" }
                    th { "Rates" }
                    th class="number" { "With errors" }
                    th class="number" { "With warnings" }
                    th class="number" { "With notes" }
                }
            }
            @for folder in folders.iter().take(ROWS_MAX) {
                (folder_row(folder))
            }
        }
        (more(folders.len(), ROWS_MAX))
    }
}

fn folder_row(folder: &FolderSummary) -> Markup {
    let rates: Vec<String> = folder.sample_rates_hz.iter().map(|rate| in_words::rate(*rate)).collect();
    let name = folder.folder.to_string();
    html! {
        tr {
            td class="name" { @if name.is_empty() { i { (folder_name(&name)) } } @else { (Foreign(name)) } }
            td class="number" { (folder.n_files) }
            td class="number" { (folder.n_used) }
            td class="number" { (folder.n_excluded) }
            td class="number" { (in_words::duration(folder.seconds)) }
            @if let Some(LoudnessRange { lowest_lufs, median_lufs, highest_lufs }) = folder.loudness {
                td class="number" { (format!("{median_lufs:.1} LUFS")) }
                td class="number" { (format!("{lowest_lufs:.1} to {highest_lufs:.1}")) }
            } @else {
                td class="number" { "–" } td class="number" { "–" }
            }
            td { (rates.join(", ")) }
            td class="number" { (folder.files_with.errors) }
            td class="number" { (folder.files_with.warnings) }
            td class="number" { (folder.files_with.notes) }
        }
    }
}
