//! The charts of the set, drawn: a click on a bar shows its files.

use egui::accesskit::Role;
use egui::{Layout, Rect, Sense, Stroke, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, GridInput, GridMark, Plot, PlotPoint};

use super::chart::{BARS, Chart, ChartBar};
use super::command::AuditCommand;
use super::model::Found;
use crate::audit::table::Filter;

/// Draws a chart `size` points wide and high, whose bars filter the table of `found`.
pub(super) fn ui(ui: &mut Ui, chart: &Chart, found: &Found, size: egui::Vec2, own: &mut Vec<AuditCommand>) {
    ui.allocate_ui_with_layout(size, Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(size.x);
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.strong(chart.title);
        let chosen = found.filter().range.as_ref();
        let plain = ui.visuals().selection.bg_fill;
        // The others step back behind the bar that was chosen.
        let others = if chosen.is_some_and(|range| range.column == chart.column) {
            plain.gamma_multiply(0.4)
        } else {
            plain
        };
        let bar = |(place, bar): (usize, &ChartBar)| {
            let color = if chosen == Some(&bar.range) { plain } else { others };
            Bar::new(place as f64 + 0.5, bar.n_files as f64).width(0.9).fill(color).stroke(Stroke::NONE)
        };
        let bars = BarChart::new(chart.title, chart.bars.iter().enumerate().map(bar).collect());
        let height = size.y - ui.text_style_height(&egui::TextStyle::Body) - 4.0;
        let response = plot(chart, height).show(ui, |plot| plot.bar_chart(bars.allow_hover(false)));
        let words = chart.description();
        response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        for (place, bar) in chart.bars.iter().enumerate().filter(|(_, bar)| bar.n_files > 0) {
            let corner = |x: f64, y: f64| response.transform.position_from_point(&PlotPoint::new(x, y));
            // From the top of the plot on: a low bar is as easy to hit as a high one.
            let bounds = response.transform.bounds();
            let rect = Rect::from_two_pos(
                corner(place as f64, bounds.max()[1]),
                corner(place as f64 + 1.0, bounds.min()[1]),
            );
            let id = response.response.id.with(place);
            let clicked = ui.interact(rect, id, Sense::CLICK);
            let words = bar.words();
            clicked.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
            if clicked.on_hover_text(format!("{words}. Click to show only these, again for all")).clicked() {
                let is_chosen = chosen == Some(&bar.range);
                let range = (!is_chosen).then(|| bar.range.clone());
                own.push(AuditCommand::Filter(Filter { range, ..found.filter().clone() }));
            }
        }
    });
}

/// The plot without what is in it: an axis of files at the left, one with the chart's marks below, and nothing to move.
fn plot(chart: &Chart, height: f32) -> Plot<'_> {
    let marks = chart.marks.clone();
    let spacer = move |input: GridInput| {
        let within = marks.iter().filter(|(at, _)| (input.bounds.0..=input.bounds.1).contains(at));
        within.map(|(at, _)| GridMark { value: *at, step_size: BARS as f64 }).collect()
    };
    let names = chart.marks.clone();
    let n_most = chart.bars.iter().map(|bar| bar.n_files).max().unwrap_or(0);
    let files = move |_: GridInput| {
        let marks = [0, n_most.div_ceil(2), n_most];
        marks.map(|n| GridMark { value: n as f64, step_size: n_most as f64 }).to_vec()
    };
    Plot::new(chart.title)
        .height(height)
        .show_grid([false, true])
        .show_axes(true)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .include_y(0.0)
        .include_x(0.0)
        .include_x(chart.bars.len() as f64)
        .x_grid_spacer(spacer)
        .x_axis_formatter(move |mark, _| {
            names.iter().find(|(at, _)| *at == mark.value).map(|(_, name)| name.clone()).unwrap_or_default()
        })
        .y_grid_spacer(files)
        .y_axis_formatter(|mark, _| format!("{:.0}", mark.value))
        .y_axis_min_width(24.0)
        .label_formatter(|_| None)
}
