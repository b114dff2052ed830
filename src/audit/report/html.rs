//! An audit as one page for any browser: no script, nothing loaded, every name escaped.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{self, Write};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

use super::charts;
use crate::audit::{AuditReport, Check, FileAudit, Finding, Severity};
use crate::in_words;
use crate::picture::Raster;

/// Rows of the table of all files at most; the CSV has them all. A browser takes seconds for more.
const ROWS_MAX: usize = 5_000;

/// The whole look of the page. The policy forbids everything but what is in the page itself.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit by Melscope</title>
<style>
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
</style>
</head>
<body>
"#;

/// Text that a page shows as it stands. Nothing in it can end a tag, an attribute or a comment.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Control characters are no text; those that turn the direction of writing around could fake a name.
                '\0'..='\u{8}'
                | '\u{b}'..='\u{1f}'
                | '\u{7f}'..='\u{9f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' => f.write_str("\u{fffd}")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// The included files that have findings, the gravest first: the order in which the page shows them.
pub fn order(report: &AuditReport) -> Vec<usize> {
    let findings = report.findings_by_file();
    let mut order: Vec<usize> = (0..report.files.len())
        .filter(|index| !report.files[*index].is_excluded && !findings[*index].is_empty())
        .collect();
    order.sort_by_key(|index| std::cmp::Reverse(findings[*index].first().map(|finding| finding.severity)));
    order
}

/// Writes the page. `pictures` are small heatmaps of files, by their place in the report.
pub fn write(report: &AuditReport, pictures: &BTreeMap<usize, Raster>, to: &mut dyn Write) -> io::Result<()> {
    let verdict = &report.verdict;
    to.write_all(HEAD.as_bytes())?;
    writeln!(to, "<h1>Audit of {}</h1>", Escaped(report.root.display()))?;
    writeln!(to, "<p class=\"verdict\">{}</p>", Escaped(&verdict.sentence))?;
    writeln!(
        to,
        "<p>{}, {}: <span class=\"error\">{}</span>, <span class=\"warning\">{}</span>, \
         <span class=\"note\">{}</span>.</p>",
        in_words::count(verdict.n_files, "file"),
        in_words::duration(verdict.duration_s),
        in_words::count(verdict.n_errors, "error"),
        in_words::count(verdict.n_warnings, "warning"),
        in_words::count(verdict.n_notes, "note"),
    )?;
    actions(report, to)?;
    charts::write(report, to)?;
    by_check(report, to)?;
    with_findings(report, pictures, to)?;
    all_files(report, to)?;
    to.write_all(b"</body>\n</html>\n")
}

fn actions(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    if report.verdict.actions.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h2>What to do</h2>\n<ul>")?;
    for action in &report.verdict.actions {
        writeln!(to, "<li>{}<ul>", Escaped(&action.title))?;
        for path in &action.exclude {
            writeln!(to, "<li class=\"name\">{}</li>", Escaped(path))?;
        }
        writeln!(to, "</ul></li>")?;
    }
    writeln!(to, "</ul>")
}

/// What each check that found something is about.
fn by_check(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    let included = report.files.iter().filter(|file| !file.is_excluded);
    let found: Vec<&Finding> = included
        .flat_map(|file| &file.findings)
        .chain(report.of_set.iter().map(|found| &found.finding))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h2>What was found</h2>\n<table>")?;
    writeln!(to, "<tr><th>Finding<th class=\"number\">How often<th>Why it matters<th>What to do</tr>")?;
    for severity in Severity::ALL {
        for check in Check::ALL {
            let n_found = found
                .iter()
                .filter(|finding| finding.check == *check && finding.severity == severity)
                .count();
            if n_found > 0 {
                writeln!(
                    to,
                    "<tr><td class=\"{}\">{}: {}<td class=\"number\">{n_found}<td>{}<td>{}</tr>",
                    severity.name(),
                    severity.name(),
                    check.title(),
                    check.why(),
                    check.advice()
                )?;
            }
        }
    }
    writeln!(to, "</table>")?;
    // What is about the set and names no file stands nowhere else.
    let of_all = report.of_set.iter().filter(|found| found.files.is_empty());
    for found in of_all {
        finding(&found.finding, to)?;
    }
    Ok(())
}

fn finding(finding: &Finding, to: &mut dyn Write) -> io::Result<()> {
    let severity = finding.severity.name();
    writeln!(
        to,
        "<div><b class=\"{severity}\">{}</b>: <span class=\"name\">{}</span></div>",
        finding.check.title(),
        Escaped(&finding.what)
    )
}

fn with_findings(
    report: &AuditReport,
    pictures: &BTreeMap<usize, Raster>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let order = order(report);
    if order.is_empty() {
        return Ok(());
    }
    let findings = report.findings_by_file();
    writeln!(to, "<h2>Files with findings</h2>\n<table>")?;
    for index in order.iter().take(ROWS_MAX) {
        writeln!(to, "<tr><td class=\"name\">{}", Escaped(&report.files[*index].path))?;
        if let Some(picture) = pictures.get(index) {
            let mut png = Vec::new();
            picture.write_png(&mut png)?;
            let data = Base64Display::new(&png, &STANDARD);
            writeln!(to, "<img alt=\"Mel spectrogram\" src=\"data:image/png;base64,{data}\">")?;
        }
        writeln!(to, "<td>")?;
        for found in &findings[*index] {
            finding(found, to)?;
        }
        writeln!(to, "</tr>")?;
    }
    writeln!(to, "</table>")?;
    more(order.len(), to)
}

fn all_files(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "<h2>All files</h2>\n<table>")?;
    writeln!(
        to,
        "<tr><th>Name<th class=\"number\">Duration<th class=\"number\">Rate<th class=\"number\">Channels<th>Format\
         <th class=\"number\">True peak<th class=\"number\">Loudness<th class=\"number\">Silent\
         <th class=\"number\">Up to</tr>"
    )?;
    for file in report.files.iter().take(ROWS_MAX) {
        row(file, to)?;
    }
    writeln!(to, "</table>")?;
    more(report.files.len(), to)
}

fn row(file: &FileAudit, to: &mut dyn Write) -> io::Result<()> {
    let excluded = if file.is_excluded { " <i>(excluded)</i>" } else { "" };
    write!(to, "<tr><td class=\"name\">{}{excluded}", Escaped(&file.path))?;
    let Some(measured) = file.measurements() else {
        return writeln!(to, "<td colspan=\"8\">cannot be read</tr>");
    };
    let maybe = |value: Option<f32>, unit: &str| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1} {unit}"))
    };
    writeln!(
        to,
        "<td class=\"number\">{:.2} s<td class=\"number\">{}<td class=\"number\">{}<td>{} in {}\
         <td class=\"number\">{}<td class=\"number\">{}<td class=\"number\">{:.0} %<td class=\"number\">{}</tr>",
        measured.duration_s(),
        in_words::rate(measured.sample_rate_hz),
        measured.n_channels,
        Escaped(&measured.codec),
        Escaped(&measured.container),
        maybe((measured.true_peak > 0.0).then(|| 20.0 * measured.true_peak.log10()), "dBTP"),
        maybe(measured.loudness_lufs, "LUFS"),
        measured.silence_share * 100.0,
        maybe(measured.bandwidth_hz.map(|hz| hz / 1000.0), "kHz"),
    )
}

fn more(n: usize, to: &mut dyn Write) -> io::Result<()> {
    match n.saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        n_more => writeln!(to, "<p>And {n_more} more: the CSV report has them all.</p>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_cannot_leave_its_place() {
        let text = "</td><script>alert(\"x\")</script>'&\u{202e}\u{1}";
        let escaped = Escaped(text).to_string();
        assert!(!escaped.contains(['<', '>', '"', '\'', '\u{202e}', '\u{1}']), "{escaped}");
        assert!(escaped.starts_with("&lt;/td&gt;&lt;script&gt;"));
    }
}
