//! The histogram of levels, with the threshold as a line to drag: what lies to its left is masked.

use egui::accesskit::Role;
use egui::{FontId, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{Bar, BarChart, GridInput, GridMark, Plot, PlotPoint, VLine};

use super::advice;
use super::model::Tune;
use crate::pipeline::preview::PowerHistogram;
use crate::ui::number_text::{decibel_text, to_three_digits};
use crate::ui::session::command::Command;
use crate::ui::session::decibels::Decibels;
use crate::ui::theme::{Tone, masked_color};

/// Height of the axis over that of the highest bar: the words stand above the bars.
const HEADROOM: f64 = 1.5;

/// Decibels from one line of the grid to the next, of which the least is taken whose labels have room.
const STEPS_DB: [f64; 4] = [10.0, 20.0, 50.0, 100.0];

/// Points from one label to the next, at least: the plot leaves out labels that stand closer.
const LABEL_STEP_MIN: f64 = 84.0;

/// The step of the grid where a decibel is `points_per_db` wide.
fn grid_step_db(points_per_db: f64) -> f64 {
    let has_room = |step: &f64| step * points_per_db >= LABEL_STEP_MIN;
    STEPS_DB.into_iter().find(has_room).unwrap_or(STEPS_DB[STEPS_DB.len() - 1])
}

/// The lines of the grid.
fn grid(bounds: (f64, f64), step_db: f64) -> Vec<GridMark> {
    let first = (bounds.0 / step_db).ceil() as i32;
    let last = (bounds.1 / step_db).floor() as i32;
    (first..=last).map(|line| GridMark { value: f64::from(line) * step_db, step_size: step_db }).collect()
}

/// Draws the histogram `height` points high.
pub(super) fn ui(
    ui: &mut Ui,
    tune: &Tune,
    threshold: f64,
    [is_free, is_variant]: [bool; 2],
    height: f32,
    commands: &mut Vec<Command>,
) {
    let Some(histogram) = tune.histogram() else {
        ui.allocate_space(vec2(ui.available_width(), height));
        return;
    };
    let decibels = tune.levels.decibels;
    let [low, high] = [histogram.range.start, histogram.range.end].map(|edge| decibels.of(f64::from(edge)));
    // A threshold beyond the axis waits at its end.
    let line_db = decibels.of(threshold).clamp(low, high);
    let line_color = Tone::Bad.color(ui);
    let bars = bars(ui, histogram, decibels, threshold);
    let most = histogram.bins.iter().max().map_or(1.0, |&most| most.max(1) as f64);
    let (advised, advice_color) = (advice::Drawn::of(tune, is_variant), Tone::Good.color(ui));
    let line = VLine::new("threshold", line_db).color(line_color).width(2.0);
    let step_db = grid_step_db(f64::from(ui.available_width()) / (high - low));
    let response = plot(height, step_db).show(ui, |plot| {
        plot.set_plot_bounds_x(low..=high);
        plot.set_plot_bounds_y(0.0..=most * HEADROOM);
        plot.bar_chart(bars);
        advised.plot(plot, advice_color, decibels, [low, high, most]);
        if threshold > 0.0 {
            plot.vline(line);
        }
        plot.pointer_coordinate()
    });
    let rect = response.response.rect;
    let whole = if is_variant { "variant" } else { "file" };
    let title = format!("Level of every place in the {whole} in dB; grey is masked");
    let font = FontId::proportional(11.0);
    let corner = rect.left_top() + vec2(4.0, 2.0);
    let (weak, ground) = (Tone::Weak.color(ui), ui.visuals().extreme_bg_color);
    let galley = ui.painter().layout_no_wrap(title, font.clone(), weak);
    // Neither the grid nor the threshold's line goes through the words; the bars stand below them.
    ui.painter().rect_filled(Rect::from_min_size(corner, galley.size()), 0.0, ground);
    ui.painter().galley(corner, galley, weak);
    if threshold > 0.0 {
        let x = response.transform.position_from_point(&PlotPoint::new(line_db, 0.0)).x;
        let galley = ui.painter().layout_no_wrap(threshold_words(decibels, threshold), font, line_color);
        let left = left_beside_line(x, galley.size().x, rect);
        ui.painter().galley(pos2(left, rect.top() + 16.0), galley, line_color);
    }
    let words = histogram_words(decibels, [low, high], threshold);
    response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let is_taken = response.response.dragged() || response.response.clicked();
    if let (true, true, Some(point)) = (is_free, is_taken, response.inner) {
        let power = decibels.mel_power(point.x.clamp(low, high));
        commands.push(Command::SetThreshold(to_three_digits(power)));
    }
    response.response.on_hover_text(format!(
        "How often each level occurs in this {whole}; {}. What is beyond an end is counted there. Drag the line: places to \
         its left are masked, and the model gets 0 for their frequency.",
        decibels.zero_words()
    ));
    let x_of = |db: f64| response.transform.position_from_point(&PlotPoint::new(db, 0.0)).x;
    advised.markers_ui(ui, decibels, rect, x_of);
}

/// The plot without what is in it: an axis in decibels, and nothing to move.
fn plot(height: f32, step_db: f64) -> Plot<'static> {
    Plot::new("histogram")
        .height(height)
        .show_y(false)
        .show_grid([true, false])
        .show_axes([true, false])
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .sense(Sense::click_and_drag())
        .x_axis_formatter(|mark, _| decibel_text(mark.value))
        .x_grid_spacer(move |input: GridInput| grid(input.bounds, step_db))
        .label_formatter(|_| None)
}

/// A bar for each bin, grey where it is masked.
fn bars(ui: &Ui, histogram: &PowerHistogram, decibels: Decibels, threshold: f64) -> BarChart {
    let kept_color = ui.visuals().selection.bg_fill;
    let [low, high] = [histogram.range.start, histogram.range.end].map(|edge| decibels.of(f64::from(edge)));
    let width = (high - low) / histogram.bins.len() as f64;
    let bars = histogram.bins.iter().enumerate().map(|(bin, &count)| {
        let middle = low + (bin as f64 + 0.5) * width;
        let is_masked = decibels.mel_power(middle) < threshold;
        let color = if is_masked { masked_color() } else { kept_color };
        Bar::new(middle, count as f64).width(width).fill(color).stroke(Stroke::NONE)
    });
    BarChart::new("places", bars.collect())
}

/// Where words of a width begin beside a line at `x`: to its right, or to its left where there is no room.
fn left_beside_line(x: f32, width: f32, rect: Rect) -> f32 {
    const GAP: f32 = 4.0;
    let right = x + GAP;
    if right + width <= rect.right() { right } else { (x - GAP - width).max(rect.left() + GAP) }
}

/// The threshold as it is read first, with the number that the settings keep.
fn threshold_words(decibels: Decibels, threshold: f64) -> String {
    format!("threshold {}, mel power {threshold:e}", decibels.text(threshold))
}

fn histogram_words(decibels: Decibels, [low, high]: [f64; 2], threshold: f64) -> String {
    let mask = match threshold {
        0.0 => "the mask is off".into(),
        threshold => format!("the mask's {}", threshold_words(decibels, threshold)),
    };
    let ends = [low, high].map(decibel_text);
    format!("Histogram of mel power from {} to {} dB; {mask}", ends[0], ends[1])
}
