//! An audit as one page for any browser: no script, nothing loaded, every name escaped.

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::foreign::Foreign;
use super::rows::{ROWS_MAX, more, nothing};
use super::{charts, chunk_table, folder_table, map};
use crate::audio::tags::Tags;
use crate::audit::{AuditReport, Check, FileAudit, Finding, Severity, TimbreMap};
use crate::in_words;
use crate::path_text::RelPath;
use crate::picture::Raster;

/// Names in one list at most.
const NAMES_MAX: usize = 200;

/// Characters of a tag that are shown.
const TAG_CHARACTERS_MAX: usize = 80;

/// The policy of the page: it forbids everything but what is in the page itself.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The whole look of the page.
const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --error: #c62828; --warning: #b26a00; --note: #1565c0; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffb74d; --note: #90caf9; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 75rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.error { color: var(--error); } .warning { color: var(--warning); } .note { color: var(--note); }
.verdict { font-size: 1.15rem; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; } figcaption { font-weight: 600; }
svg { width: 22rem; max-width: 100%; } svg rect { fill: var(--note); } svg text { fill: currentColor; font-size: 11px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.name { overflow-wrap: anywhere; white-space: pre-wrap; } .why { opacity: .8; }
img { image-rendering: pixelated; width: 15rem; height: 4rem; display: block; margin-top: .3rem; }
.tags { opacity: .75; font-size: .9em; }
@media print {
  :root { color-scheme: light; --line: #999; --error: #a00; --warning: #850; --note: #048; }
  body { font-size: 10pt; margin: 0; max-width: none; }
  h2 { break-after: avoid; } tr, figure, li { break-inside: avoid; }
  thead { display: table-header-group; }
}
";

/// The included files that have findings, the gravest first: the order in which the page shows them.
pub fn order(report: &AuditReport) -> Vec<usize> {
    let findings = report.findings_by_file();
    let mut order: Vec<usize> = (0..report.files.len())
        .filter(|index| !report.is_excluded(*index) && !findings[*index].is_empty())
        .collect();
    order.sort_by_key(|index| std::cmp::Reverse(findings[*index].first().map(|finding| finding.severity)));
    order
}

/// Writes the page. `pictures` are small heatmaps of files, by their place in the report.
pub fn write(
    report: &AuditReport,
    timbre_map: &TimbreMap,
    pictures: &BTreeMap<usize, Raster>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let verdict = &report.verdict;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Audit by Melscope" }
                style { (PreEscaped(STYLE)) (PreEscaped(map::STYLE)) }
            }
            body {
                h1 { "Audit of " (Foreign(report.root.display())) }
                p class="verdict" { (Foreign(&verdict.sentence)) }
                p {
                    (in_words::count(verdict.n_files, "file")) ", " (in_words::duration(verdict.duration_s)) ": "
                    (verdict.counts_in_words()) "."
                }
                (actions(report))
                (charts::of(report))
                (folder_table::of(report))
                (chunk_table::of(report))
                (map::of(report, timbre_map))
                (by_check(report))
                (with_findings(report, pictures)?)
                (all_files(report))
            }
        }
    };
    writeln!(to, "{}", page.0)
}

fn actions(report: &AuditReport) -> Markup {
    let verdict = &report.verdict;
    if verdict.actions.is_empty() && verdict.fixes.is_empty() {
        return nothing();
    }
    html! {
        h2 { "What to do" }
        ul {
            @for fix in &verdict.fixes {
                li { (fix.label) " (" (fix.key) " in melscope.json)" }
            }
            @for action in &verdict.actions {
                li {
                    (Foreign(&action.title))
                    ul {
                        @for keep in action.keep.iter().take(NAMES_MAX) {
                            li {
                                "keeps " span class="name" { (Foreign(&keep.kept)) } ", because " (keep.why) "; excludes"
                                (names(&keep.exclude))
                            }
                        }
                    }
                    @if action.keep.is_empty() { (names(&action.exclude)) }
                }
            }
        }
    }
}

fn names(paths: &[RelPath]) -> Markup {
    html! {
        ul {
            @for path in paths.iter().take(NAMES_MAX) {
                li class="name" { (Foreign(path)) }
            }
            @if paths.len() > NAMES_MAX {
                li { "and " (in_words::count(paths.len() - NAMES_MAX, "other file")) }
            }
        }
    }
}

/// Every folder that holds audio files.
/// The checks that found something: why each matters, and the advice.
fn by_check(report: &AuditReport) -> Markup {
    let names_none =
        || report.of_set.iter().filter(|found| found.files.is_empty()).map(|found| &found.finding);
    let rows = Severity::ALL.into_iter().flat_map(|severity| {
        let mut counts: BTreeMap<Check, usize> = report.check_counts(Some(severity)).into_iter().collect();
        for found in names_none().filter(|finding| finding.severity == severity) {
            counts.entry(found.check).or_default();
        }
        counts.into_iter().map(move |(check, n)| (severity, check, n))
    });
    let rows: Vec<(Severity, Check, usize)> = rows.collect();
    if rows.is_empty() {
        return nothing();
    }
    html! {
        h2 { "What was found" }
        table {
            thead {
                tr {
                    th { "Finding" } th class="number" { "Files" } th { "Why it matters" } th { "What to do" }
                }
            }
            @for (severity, check, n) in rows {
                tr {
                    td class=(severity.name()) { (severity.name()) ": " (check.title()) }
                    td class="number" { @if n > 0 { (n) } @else { "the set" } }
                    td { (check.why()) }
                    td { (check.advice()) }
                }
            }
        }
        // A finding about the set that names no file stands nowhere else.
        @for found in names_none() {
            (finding(found))
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    html! {
        div {
            b class=(finding.severity.name()) { (finding.check.title()) } ": "
            span class="name" { (Foreign(&finding.what)) }
        }
    }
}

fn with_findings(report: &AuditReport, pictures: &BTreeMap<usize, Raster>) -> io::Result<Markup> {
    let order = order(report);
    if order.is_empty() {
        return Ok(nothing());
    }
    let findings = report.findings_by_file();
    Ok(html! {
        h2 { "Files with findings" }
        table {
            @for index in order.iter().take(ROWS_MAX) {
                tr {
                    td class="name" {
                        (Foreign(&report.files[*index].path))
                        @if let Some(picture) = pictures.get(index) {
                            img alt="Mel spectrogram" src=(data_url(picture)?);
                        }
                    }
                    td {
                        @for found in &findings[*index] {
                            (finding(found))
                        }
                    }
                }
            }
        }
        (more(order.len(), ROWS_MAX))
    })
}

/// The picture as an address that holds it.
fn data_url(picture: &Raster) -> io::Result<String> {
    let mut png = Vec::new();
    picture.write_png(&mut png)?;
    Ok(format!("data:image/png;base64,{}", Base64Display::new(&png, &STANDARD)))
}

fn all_files(report: &AuditReport) -> Markup {
    html! {
        h2 { "All files" }
        table {
            thead {
                tr {
                    th { "Name" }
                    th class="number" { "Duration" }
                    th class="number" { "Rate" }
                    th class="number" { "Channels" }
                    th { "Format" }
                    th class="number" { "True peak" }
                    th class="number" { "Loudness" }
                    th class="number" { "Silent" }
                    th class="number" { "Up to" }
                }
            }
            @for (index, file) in report.files.iter().enumerate().take(ROWS_MAX) {
                (row(file, report.is_excluded(index)))
            }
        }
        (more(report.files.len(), ROWS_MAX))
    }
}

fn row(file: &FileAudit, is_excluded: bool) -> Markup {
    let maybe = |value: Option<f32>, unit: &str| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1} {unit}"))
    };
    html! {
        tr {
            td class="name" {
                (Foreign(&file.path))
                @if is_excluded { " " i { "(excluded)" } }
                @if let Some(tags) = file.measurements().and_then(|measured| measured.tags.as_deref()) {
                    div class="tags" { (Foreign(tags_text(tags))) }
                }
            }
            @if let Some(measured) = file.measurements() {
                td class="number" { (format!("{:.2} s", measured.duration_s())) }
                td class="number" { (in_words::rate(measured.sample_rate_hz)) }
                td class="number" { (measured.n_channels) }
                td { (Foreign(&measured.codec)) " in " (Foreign(&measured.container)) }
                td class="number" {
                    (maybe((measured.true_peak > 0.0).then(|| 20.0 * measured.true_peak.log10()), "dBTP"))
                }
                td class="number" { (maybe(measured.loudness_lufs, "LUFS")) }
                td class="number" { (format!("{:.0} %", measured.silence_share * 100.0)) }
                td class="number" { (maybe(measured.bandwidth_hz.map(|hz| hz / 1000.0), "kHz")) }
            } @else {
                td colspan="8" { "cannot be read" }
            }
        }
    }
}

/// Who made a recording, and what may be done with it.
fn tags_text(tags: &Tags) -> String {
    let shown = [&tags.title, &tags.artist, &tags.licence, &tags.copyright];
    let cut = |text: &str| text.chars().take(TAG_CHARACTERS_MAX).collect::<String>();
    shown.into_iter().flatten().map(|text| cut(text)).collect::<Vec<_>>().join(" · ")
}
