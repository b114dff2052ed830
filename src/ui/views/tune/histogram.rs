//! The histogram of mel power, with the threshold as a line to drag: what lies to its left is masked.

use egui::accesskit::Role;
use egui::{Align2, FontId, Sense, Stroke, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, GridInput, GridMark, Plot, VLine};

use super::model::Tune;
use crate::ui::number_text::to_three_digits;
use crate::ui::session::command::Command;
use crate::ui::theme::{Tone, masked_color};

#[expect(clippy::needless_pass_by_value, reason = "the plot calls it so")]
/// A line every second power of ten, which all carry labels.
fn decades(input: GridInput) -> Vec<GridMark> {
    let first = (input.bounds.0 / 2.0).ceil() as i32;
    let last = (input.bounds.1 / 2.0).floor() as i32;
    (first..=last).map(|pair| GridMark { value: f64::from(2 * pair), step_size: 2.0 }).collect()
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
    let Some(histogram) = tune.shown.as_ref().and_then(|shown| shown.histogram.as_ref()) else {
        ui.allocate_space(egui::vec2(ui.available_width(), height));
        return;
    };
    let [low, high] = [histogram.range.start, histogram.range.end].map(|edge| f64::from(edge).log10());
    let width = (high - low) / histogram.bins.len() as f64;
    let kept_color = ui.visuals().selection.bg_fill;
    let bars = histogram.bins.iter().enumerate().map(|(bin, &count)| {
        let middle = low + (bin as f64 + 0.5) * width;
        let is_masked = 10f64.powf(middle) < threshold;
        let color = if is_masked { masked_color() } else { kept_color };
        Bar::new(middle, count as f64).width(width).fill(color).stroke(Stroke::NONE)
    });
    let bars = BarChart::new("places", bars.collect());
    let line_color = Tone::Bad.color(ui);
    let response = Plot::new("histogram")
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
        .include_x(threshold.max(f64::MIN_POSITIVE).log10().clamp(low - 3.0, high + 1.0))
        .x_axis_formatter(|mark, _| format!("1e{:.0}", mark.value))
        .x_grid_spacer(decades)
        .label_formatter(|_| None)
        .show(ui, |plot| {
            plot.bar_chart(bars);
            if threshold > 0.0 {
                plot.vline(VLine::new("threshold", threshold.log10()).color(line_color).width(2.0));
            }
            plot.pointer_coordinate()
        });
    let words = format!(
        "Histogram of mel power from 1e{low:.0} to 1e{high:.0}; {}",
        if threshold > 0.0 {
            format!("the mask's threshold is {threshold:e}")
        } else {
            "the mask is off".into()
        }
    );
    let corner = response.response.rect.left_top() + egui::vec2(4.0, 2.0);
    let whole = if is_variant { "variant" } else { "file" };
    let title = format!("Mel power of every place in the {whole}; grey is masked");
    ui.painter().text(corner, Align2::LEFT_TOP, title, FontId::proportional(11.0), Tone::Weak.color(ui));
    response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let is_taken = response.response.dragged() || response.response.clicked();
    if let (true, true, Some(point)) = (is_free, is_taken, response.inner) {
        commands
            .push(Command::SetThreshold(to_three_digits(10f64.powf(point.x.clamp(low - 3.0, high + 1.0)))));
    }
    response.response.on_hover_text(format!(
        "How often each mel power occurs in this {whole}. Drag the line: places to its left are masked, and the model \
         gets 0 for their frequency."
    ));
}
