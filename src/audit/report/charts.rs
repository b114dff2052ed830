//! The charts of the page: durations, loudness and rates, as drawings that need no script.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::audit::{AuditReport, Measurements};
use crate::in_words;

/// Bars of a histogram.
const BARS: usize = 24;

/// The size of a drawing, and of the part in which bars stand.
const SIZE: [f64; 2] = [360.0, 150.0];
const BARS_HEIGHT: f64 = 115.0;

/// Writes all charts; none for a set without a readable file.
pub(super) fn write(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    let measured =
        || report.files.iter().filter(|file| !file.is_excluded).filter_map(|file| file.measurements());
    let durations: Vec<f64> =
        measured().map(Measurements::duration_s).filter(|duration| *duration > 0.0).map(f64::log10).collect();
    let levels: Vec<f64> = measured().filter_map(|measured| measured.loudness_lufs).map(f64::from).collect();
    let mut rates = BTreeMap::<u32, usize>::new();
    for measured in measured() {
        *rates.entry(measured.sample_rate_hz).or_default() += 1;
    }
    if rates.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h2>Overview</h2>\n<div class=\"charts\">")?;
    // A logarithmic axis: strokes and hour-long takes are both in it.
    histogram("Durations", &durations, |log| format!("{:.3} s", 10f64.powf(log)), to)?;
    histogram("Loudness", &levels, |lufs| format!("{lufs:.0} LUFS"), to)?;
    let bars: Vec<(String, usize)> = rates.into_iter().map(|(rate, n)| (in_words::rate(rate), n)).collect();
    bar_chart("Sample rates", &bars, to)?;
    writeln!(to, "</div>")
}

fn histogram(
    title: &str,
    values: &[f64],
    label: impl Fn(f64) -> String,
    to: &mut dyn Write,
) -> io::Result<()> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return Ok(());
    }
    let width = ((most - least) / BARS as f64).max(1e-9);
    let mut counts = [0; BARS];
    for value in values {
        counts[(((value - least) / width) as usize).min(BARS - 1)] += 1;
    }
    let labels = [(0.0, "start", label(least)), (SIZE[0], "end", label(most))];
    chart(title, &counts, &labels, to)
}

fn bar_chart(title: &str, bars: &[(String, usize)], to: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<usize> = bars.iter().map(|(_, n)| *n).collect();
    let slot = SIZE[0] / bars.len() as f64;
    let label =
        |(place, (name, _)): (usize, &(String, usize))| ((place as f64 + 0.5) * slot, "middle", name.clone());
    let labels: Vec<_> = bars.iter().enumerate().map(label).collect();
    chart(title, &counts, &labels, to)
}

fn chart(
    title: &str,
    counts: &[usize],
    labels: &[(f64, &str, String)],
    to: &mut dyn Write,
) -> io::Result<()> {
    let [width, height] = SIZE;
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let slot = width / counts.len().max(1) as f64;
    writeln!(to, "<figure><figcaption>{title}</figcaption>")?;
    writeln!(to, "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">")?;
    for (place, count) in counts.iter().enumerate() {
        let bar = BARS_HEIGHT * *count as f64 / most as f64;
        let (x, y) = (place as f64 * slot, 14.0 + BARS_HEIGHT - bar);
        writeln!(
            to,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{bar:.1}\"><title>{}</title></rect>",
            slot * 0.9,
            in_words::count(*count, "file")
        )?;
    }
    writeln!(to, "<text x=\"0\" y=\"10\">up to {}</text>", in_words::count(most, "file"))?;
    for (x, anchor, label) in labels {
        writeln!(to, "<text x=\"{x:.1}\" y=\"{height}\" text-anchor=\"{anchor}\">{label}</text>")?;
    }
    writeln!(to, "</svg></figure>")
}
