//! Small charts of the set: how long, how loud, and at which rates its recordings are.

use std::collections::BTreeMap;

use egui::accesskit::Role;
use egui::{Layout, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{Bar, BarChart, Plot};

use crate::audit::{AuditReport, Measurements};
use crate::in_words;
use crate::ui::theme::Tone;

/// Bars of a histogram.
const BARS: usize = 24;

/// Rates that are named below their bars.
const RATES_NAMED: usize = 3;

/// A histogram, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The name of what is counted.
    pub title: &'static str,
    /// Each bar's height, in files, and its name.
    pub bars: Vec<(usize, String)>,
    /// The texts below it at the left and at the right.
    pub ends: [String; 2],
}

impl Chart {
    /// The charts of a report. Files that are left out are not counted.
    pub(super) fn all(report: &AuditReport) -> [Self; 3] {
        let measured = || report.included().filter_map(|(_, file)| file.measurements());
        let durations = measured().map(Measurements::duration_s).filter(|duration| *duration > 0.0);
        // A logarithmic axis: strokes and hour-long takes are both in it.
        let durations: Vec<f64> = durations.map(f64::log10).collect();
        let levels: Vec<f64> =
            measured().filter_map(|measured| measured.loudness_lufs).map(f64::from).collect();
        let mut rates = BTreeMap::<u32, usize>::new();
        for measured in measured() {
            *rates.entry(measured.sample_rate_hz).or_default() += 1;
        }
        [
            Self::histogram("Durations", &durations, |log| in_words::position(10f64.powf(log))),
            Self::histogram("Loudness", &levels, |lufs| format!("{lufs:.1} LUFS")),
            Self::of_rates(&rates),
        ]
    }

    fn histogram(title: &'static str, values: &[f64], label: impl Fn(f64) -> String) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() {
            return Self { title, bars: Vec::new(), ends: Default::default() };
        }
        let width = ((most - least) / BARS as f64).max(1e-9);
        let mut counts = [0; BARS];
        for value in values {
            counts[(((value - least) / width) as usize).min(BARS - 1)] += 1;
        }
        let name = |bar: usize| {
            let edge = |bar: usize| label(least + bar as f64 * width);
            format!("{} to {}", edge(bar), edge(bar + 1))
        };
        let bars = counts.into_iter().enumerate().map(|(bar, n)| (n, name(bar))).collect();
        Self { title, bars, ends: [label(least), label(most)] }
    }

    fn of_rates(rates: &BTreeMap<u32, usize>) -> Self {
        let bars: Vec<(usize, String)> = rates.iter().map(|(hz, n)| (*n, in_words::rate(*hz))).collect();
        let names = bars.iter().map(|(_, name)| name.clone());
        let ends = match &bars[..] {
            few if few.len() <= RATES_NAMED => [names.collect::<Vec<_>>().join(" · "), String::new()],
            [(_, first), .., (_, last)] => [first.clone(), last.clone()],
            _ => Default::default(),
        };
        Self { title: "Sample rates", bars, ends }
    }

    /// The chart in one sentence, for people who do not see it.
    fn description(&self) -> String {
        let n_files = self.bars.iter().map(|(n, _)| n).sum::<usize>();
        let bars: Vec<String> = self
            .bars
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, name)| format!("{}: {name}", in_words::count(*n, "file")))
            .collect();
        format!("{} of {}: {}", self.title, in_words::count(n_files, "file"), bars.join("; "))
    }
}

/// Draws a chart `width` points wide and `height` high.
pub(super) fn ui(ui: &mut Ui, chart: &Chart, [width, height]: [f32; 2]) {
    ui.allocate_ui_with_layout(vec2(width, height), Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.strong(chart.title);
        let text_height = ui.text_style_height(&egui::TextStyle::Body);
        let color = ui.visuals().selection.bg_fill;
        let bar = |(place, (n, name)): (usize, &(usize, String))| {
            Bar::new(place as f64, *n as f64).width(0.9).fill(color).stroke(Stroke::NONE).name(name)
        };
        let bars: Vec<Bar> = chart.bars.iter().enumerate().map(bar).collect();
        let names =
            |bar: &Bar, _: &BarChart| format!("{}\n{}", bar.name, in_words::count(bar.value as u64, "file"));
        let bars = BarChart::new(chart.title, bars).element_formatter(Box::new(names));
        let response = Plot::new(chart.title)
            .height(height - 2.0 * text_height - 10.0)
            .show_axes(false)
            .show_grid(false)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .include_y(0.0)
            .show(ui, |plot| plot.bar_chart(bars));
        let words = chart.description();
        response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        ui.horizontal(|ui| {
            let text = Tone::Weak.text(ui, &chart.ends[0]).small();
            ui.label(text);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let text = Tone::Weak.text(ui, &chart.ends[1]).small();
                ui.label(text);
            });
        });
    });
}
