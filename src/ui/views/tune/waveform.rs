//! The waveform, on the time axis of the heatmaps: lowest and highest of each pixel, and the samples themselves where they
//! can be told apart.

use egui::accesskit::Role;
use egui::{Align2, Color32, FontId, Painter, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axes::{TimeAxis, time_axis};
use super::command::TuneCommand;
use super::layout::PaneArea;
use super::left_out_marks;
use super::model::Tune;
use super::navigation;
use super::pointed::{Pointed, hear_from};
use super::samples::Samples;
use super::sound_marks;
use super::waveform_trace::WaveformTraces;
use crate::in_words;
use crate::ui::number_text::level_text;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::theme::Tone;
use crate::ui::widgets::waveform_columns::{paint_columns, y_of};

/// Pixels from sample to sample from which on each gets a dot, and the dot's radius in points.
const DOT_STEP_PX: f64 = 4.0;
const DOT_RADIUS: f32 = 2.0;

/// Points from the middle to full scale from which on half of full scale has a label too.
const HALF_LABEL_MIN: f32 = 32.0;

/// Width from which on the title says what 0 dB is, in points.
const TITLE_WIDTH_MIN: f32 = 400.0;

/// Reads what the pointer and the keyboard do with the waveform; gives the time under the pointer.
pub(super) fn interact_ui(
    ui: &Ui,
    tune: &Tune,
    listen: &Listen,
    is_variant: bool,
    picture: Rect,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) -> Option<f64> {
    let response = ui.interact(picture, ui.scope_id().with("waveform"), Sense::click_and_drag());
    let label = format!("Waveform: {}", tune.summary());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    let axis = TimeAxis::of_pane(tune, picture);
    let origin = ui.input(|input| input.pointer.press_origin());
    if response.double_clicked() {
        own.push(TuneCommand::Fit);
    } else if let (true, Some(from), Some(to)) = (response.dragged(), origin, response.interact_pointer_pos())
    {
        commands.push(Command::SetSelection(Some(axis.time_at(from.x)..axis.time_at(to.x))));
    } else if let (true, Some(pos)) = (response.clicked(), response.interact_pointer_pos()) {
        hear_from(tune, listen, axis.time_at(pos.x), commands);
    }
    let sound = if is_variant { "variant as a build analyses it" } else { "sound as it is in the file" };
    let response = response.on_hover_text(format!(
        "The {sound}; 0 dB is full scale. Click to hear it from there, drag to select"
    ));
    navigation::keys_ui(ui, tune, &response, own);
    let pos = response.hover_pos()?;
    navigation::wheel(ui, picture, pos, own);
    Some(axis.time_at(pos.x))
}

/// Draws the waveform with its axes, and a line at the time that the pointer is at in any pane.
pub(super) fn paint(
    ui: &Ui,
    tune: &Tune,
    traces: &WaveformTraces,
    listen: &Listen,
    area: PaneArea,
    pointed: Pointed,
) {
    let PaneArea { outer, picture, has_time_axis } = area;
    let painter = ui.painter_at(outer.union(picture));
    let (weak, font) = (Tone::Weak.color(ui), FontId::proportional(11.0));
    painter.rect_filled(picture, 0.0, ui.visuals().extreme_bg_color);
    amplitude_axis(ui, &painter, picture, &font, weak);
    if has_time_axis {
        let outside = ui.painter_at(outer.expand2(vec2(0.0, 1.0)));
        time_axis(&outside, tune, picture, &font, weak);
    }
    let inside = painter.with_clip_rect(picture);
    let color = ui.visuals().text_color();
    let pixel = 1.0 / ui.pixels_per_point();
    match tune.samples() {
        Some(samples) if tune.samples_per_pixel().is_some_and(|n| n <= 1.0) => {
            paint_samples(&inside, tune, samples, picture, color);
        }
        _ => paint_columns(&inside, traces.in_sight(), picture, Stroke::new(pixel, color)),
    }
    let axis = TimeAxis::of_pane(tune, picture);
    if let Some(shown) = tune.shown.as_ref().filter(|shown| shown.is_complete) {
        inside.vline(axis.x_of(shown.preview.end_s()), picture.y_range(), Stroke::new(1.0, weak));
    }
    left_out_marks::paint(&inside, tune, &axis, picture, ui.visuals().extreme_bg_color);
    sound_marks::paint(&inside, tune, listen, &axis, picture);
    if let Some(time_s) = pointed.time_s {
        inside.vline(axis.x_of(time_s), picture.y_range(), Stroke::new(1.0, weak));
    }
    let corner = picture.right_top() + vec2(-4.0, 2.0);
    let title = if picture.width() < TITLE_WIDTH_MIN { "Waveform" } else { "Waveform, 0 dB is full scale" };
    painter.text(corner, Align2::RIGHT_TOP, title, font, weak);
}

/// Draws a line from sample to sample, and a dot for each where there is room.
fn paint_samples(painter: &Painter, tune: &Tune, samples: Samples<'_>, picture: Rect, color: Color32) {
    let axis = TimeAxis::of_pane(tune, picture);
    let points = samples.points(&tune.span.time_s);
    let points: Vec<_> =
        points.map(|(time_s, value)| pos2(axis.x_of(time_s), y_of(picture, value))).collect();
    if tune.samples_per_pixel().is_some_and(|n| n * DOT_STEP_PX <= 1.0) {
        painter.extend(points.iter().map(|&point| Shape::circle_filled(point, DOT_RADIUS, color)));
    }
    painter.line(points, Stroke::new(1.0, color));
}

/// Draws the levels at the left, in decibels below full scale.
fn amplitude_axis(ui: &Ui, painter: &Painter, picture: Rect, font: &FontId, color: Color32) {
    painter.hline(picture.x_range(), picture.center().y, Stroke::new(1.0, ui.visuals().weak_text_color()));
    let half = picture.height() / 2.0;
    let label = |sample: f32| {
        let y = y_of(picture, sample);
        painter.hline(picture.left() - 3.0..=picture.left(), y, Stroke::new(1.0, color));
        let text = level_text(20.0 * f64::from(sample.abs()).log10());
        let y = y.clamp(picture.top() + 5.0, picture.bottom() - 5.0);
        painter.text(pos2(picture.left() - 5.0, y), Align2::RIGHT_CENTER, text, font.clone(), color);
    };
    label(1.0);
    label(-1.0);
    if half >= HALF_LABEL_MIN {
        let grid = Stroke::new(1.0, ui.visuals().faint_bg_color);
        for sample in [0.5, -0.5] {
            painter.hline(picture.x_range(), y_of(picture, sample), grid);
            label(sample);
        }
    }
}

/// The waveform at a time, in words: how far it reaches there.
pub(super) fn readout_text(tune: &Tune, traces: &WaveformTraces, time_s: f64) -> String {
    let time = in_words::exact_position(time_s);
    let columns = traces.in_sight();
    let share = (time_s - tune.span.time_s.start) / tune.span.duration_s();
    let near = match tune.samples() {
        Some(samples) if tune.samples_per_pixel().is_some_and(|n| n <= 1.0) => {
            let nearest = samples
                .points(&(time_s..time_s))
                .min_by(|(a_s, _), (b_s, _)| (a_s - time_s).abs().total_cmp(&(b_s - time_s).abs()));
            nearest.map(|(_, value)| [value, value])
        }
        _ => columns.get((share * columns.len() as f64) as usize).copied().flatten(),
    };
    let trimmed = if tune.left_out.is_trimmed(time_s) { "trimmed · " } else { "" };
    let Some([low, high]) = near else {
        return if trimmed.is_empty() {
            format!("{time} · no sound here")
        } else {
            format!("{time} · trimmed")
        };
    };
    let level = level_text(20.0 * f64::from(low.abs().max(high.abs())).log10());
    let values = if low == high { format!("{low:+.4}") } else { format!("from {low:+.3} to {high:+.3}") };
    format!("{time} · {trimmed}waveform {values} of full scale: {level}")
}
