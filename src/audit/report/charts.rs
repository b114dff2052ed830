//! The charts of the page: durations, loudness and rates, as drawings that need no script.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};

use crate::audit::{AuditReport, Measurements};
use crate::in_words;

/// Bars of a histogram.
const BARS: usize = 24;

/// The size of a drawing, and of the part in which bars stand.
const SIZE: [f64; 2] = [360.0, 150.0];
const BARS_HEIGHT: f64 = 115.0;

/// All charts; nothing for a set without a readable file.
pub(super) fn of(report: &AuditReport) -> Markup {
    let measured = || report.included().filter_map(|(_, file)| file.measurements());
    let durations: Vec<f64> =
        measured().map(Measurements::duration_s).filter(|duration| *duration > 0.0).map(f64::log10).collect();
    let levels: Vec<f64> = measured().filter_map(|measured| measured.loudness_lufs).map(f64::from).collect();
    let mut rates = BTreeMap::<u32, usize>::new();
    for measured in measured() {
        *rates.entry(measured.sample_rate_hz).or_default() += 1;
    }
    if rates.is_empty() {
        return PreEscaped(String::new());
    }
    let bars: Vec<(String, usize)> = rates.into_iter().map(|(rate, n)| (in_words::rate(rate), n)).collect();
    html! {
        h2 { "Overview" }
        div class="charts" {
            // A logarithmic axis: strokes and hour-long takes are both in it.
            (histogram("Durations", &durations, |log| format!("{:.3} s", 10f64.powf(log))))
            (histogram("Loudness", &levels, |lufs| format!("{lufs:.0} LUFS")))
            (bar_chart("Sample rates", &bars))
        }
    }
}

fn histogram(title: &str, values: &[f64], label: impl Fn(f64) -> String) -> Markup {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return PreEscaped(String::new());
    }
    let width = ((most - least) / BARS as f64).max(1e-9);
    let mut counts = [0; BARS];
    for value in values {
        counts[(((value - least) / width) as usize).min(BARS - 1)] += 1;
    }
    let labels = [(0.0, "start", label(least)), (SIZE[0], "end", label(most))];
    chart(title, &counts, &labels)
}

fn bar_chart(title: &str, bars: &[(String, usize)]) -> Markup {
    let counts: Vec<usize> = bars.iter().map(|(_, n)| *n).collect();
    let slot = SIZE[0] / bars.len() as f64;
    let label =
        |(place, (name, _)): (usize, &(String, usize))| ((place as f64 + 0.5) * slot, "middle", name.clone());
    let labels: Vec<_> = bars.iter().enumerate().map(label).collect();
    chart(title, &counts, &labels)
}

fn chart(title: &str, counts: &[usize], labels: &[(f64, &str, String)]) -> Markup {
    let [width, height] = SIZE;
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let slot = width / counts.len().max(1) as f64;
    let tenths = |length: f64| format!("{length:.1}");
    html! {
        figure {
            figcaption { (title) }
            svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(title) {
                @for (place, count) in counts.iter().enumerate() {
                    @let bar = BARS_HEIGHT * *count as f64 / most as f64;
                    rect x=(tenths(place as f64 * slot)) y=(tenths(14.0 + BARS_HEIGHT - bar))
                        width=(tenths(slot * 0.9)) height=(tenths(bar)) {
                        title { (in_words::count(*count, "file")) }
                    }
                }
                text x="0" y="10" { "up to " (in_words::count(most, "file")) }
                @for (x, anchor, label) in labels {
                    text x=(tenths(*x)) y=(height - 4.0) text-anchor=(anchor) { (label) }
                }
            }
        }
    }
}
