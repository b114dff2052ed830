//! Histograms of the set: how long, how loud, and at which rates its recordings are.

use std::collections::BTreeMap;

use crate::audit::table::{Column, ValueRange};
use crate::audit::{AuditReport, Measurements};
use crate::in_words;
use crate::ui::number_text::decibel_text;

/// Bars of a histogram.
pub(super) const BARS: usize = 24;

/// Marks of the axis below, at most.
const MARKS: usize = 3;

/// A histogram, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The name of what is counted, with its unit.
    pub title: &'static str,
    /// The column of the table that it counts.
    pub column: Column,
    /// The bars from left to right.
    pub bars: Vec<ChartBar>,
    /// The names of marks on the axis below, each at a bar's left edge: 0 is the first bar.
    pub(super) marks: Vec<(f64, String)>,
}

/// A bar of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartBar {
    /// Its height: files with a number in its range.
    pub n_files: usize,
    /// Its range, in words.
    pub name: String,
    /// Its range, to filter by.
    pub range: ValueRange,
}

impl Chart {
    /// The charts of a report. Files that are left out are not counted.
    pub(super) fn all(report: &AuditReport) -> [Self; 3] {
        let measured = || report.included().filter_map(|(_, file)| file.measurements());
        let durations = measured().map(Measurements::duration_s).filter(|duration| *duration > 0.0);
        let levels = measured().filter_map(|measured| measured.loudness_lufs).map(f64::from);
        let rates = measured().map(|measured| measured.sample_rate_hz);
        [
            // A logarithmic axis: strokes and hour-long takes are both in it.
            Self::histogram(
                "Length, s or m:s",
                Column::Duration,
                durations.collect(),
                [f64::log10, |log| 10f64.powf(log)],
                in_words::position,
            ),
            Self::histogram(
                "Loudness, LUFS",
                Column::Loudness,
                levels.collect(),
                [|value| value; 2],
                decibel_text,
            ),
            Self::of_rates(rates),
        ]
    }

    /// A histogram of `values`, whose bars are equally wide on the axis that the first of `scales` leads to, and the second
    /// back from.
    fn histogram(
        title: &'static str,
        column: Column,
        values: Vec<f64>,
        [scale, value_of]: [fn(f64) -> f64; 2],
        label: impl Fn(f64) -> String,
    ) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() {
            return Self { title, column, bars: Vec::new(), marks: Vec::new() };
        }
        let (first, width) = (scale(least), ((scale(most) - scale(least)) / BARS as f64).max(1e-9));
        // Counted by the same edges that a click filters by: whoever is counted is shown. The ends are exact.
        let edges: Vec<f64> = (0..=BARS)
            .map(|edge| match edge {
                0 => least,
                BARS => most.next_up(),
                edge => value_of(first + edge as f64 * width),
            })
            .collect();
        let mut counts = [0; BARS];
        for value in values {
            counts[edges[1..BARS].partition_point(|edge| *edge <= value)] += 1;
        }
        let bars = counts.into_iter().zip(edges.windows(2)).map(|(n_files, edges)| {
            let [from, to] = [edges[0], edges[1]];
            let name = format!("{} to {}", label(from), label(to));
            ChartBar { n_files, name, range: ValueRange { column, values: from..to } }
        });
        let bars: Vec<ChartBar> = bars.collect();
        let marks = (0..MARKS).map(|mark| {
            let edge = mark * BARS / (MARKS - 1);
            (edge as f64, label(edges[edge]))
        });
        Self { title, column, marks: marks.collect(), bars }
    }

    fn of_rates(rates_hz: impl Iterator<Item = u32>) -> Self {
        let mut counts = BTreeMap::<u32, usize>::new();
        for rate_hz in rates_hz {
            *counts.entry(rate_hz).or_default() += 1;
        }
        let column = Column::Rate;
        let bars: Vec<ChartBar> = counts
            .into_iter()
            .map(|(hz, n_files)| {
                let values = f64::from(hz)..f64::from(hz).next_up();
                ChartBar { n_files, name: in_words::rate(hz), range: ValueRange { column, values } }
            })
            .collect();
        let step = bars.len().div_ceil(MARKS).max(1);
        let named = bars.iter().enumerate().step_by(step);
        let marks = named
            .map(|(place, bar)| (place as f64 + 0.5, bar.name.trim_end_matches(" kHz").into()))
            .collect();
        Self { title: "Sample rate, kHz", column, bars, marks }
    }

    /// The chart in one sentence, for people who do not see it.
    pub(super) fn description(&self) -> String {
        let n_files = self.bars.iter().map(|bar| bar.n_files).sum::<usize>();
        let bars: Vec<String> = self.bars.iter().filter(|bar| bar.n_files > 0).map(ChartBar::words).collect();
        format!("{} of {}: {}", self.title, in_words::count(n_files, "file"), bars.join("; "))
    }
}

impl ChartBar {
    /// "3 files: 1.00 s to 1.20 s".
    pub(super) fn words(&self) -> String {
        format!("{}: {}", in_words::count(self.n_files, "file"), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_counted_in_the_bar_whose_range_holds_it() {
        let values: Vec<f64> = (0..1000).map(|n| 0.1 * 1.01f64.powi(n % 700)).collect();
        let chart = Chart::histogram(
            "Length",
            Column::Duration,
            values.clone(),
            [f64::log10, |log| 10f64.powf(log)],
            in_words::position,
        );
        for bar in &chart.bars {
            let n_within = values.iter().filter(|value| bar.range.values.contains(value)).count();
            assert_eq!(bar.n_files, n_within, "{}", bar.name);
        }
        assert_eq!(chart.bars.iter().map(|bar| bar.n_files).sum::<usize>(), 1000);
        let one =
            Chart::histogram("Loudness", Column::Loudness, vec![-20.0; 3], [|value| value; 2], decibel_text);
        assert_eq!(one.bars.iter().map(|bar| bar.n_files).sum::<usize>(), 3);
    }
}
