//! The strip above the panes: the whole recording, with what the panes show of it as a box to move and to stretch.

use std::ops::Range;

use egui::accesskit::{Action, ActionData};
use egui::{CursorIcon, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use super::axes::TimeAxis;
use super::command::TuneCommand;
use super::left_out_marks;
use super::model::Tune;
use super::navigation;
use super::sound_marks;
use super::span::TIME_MIN_S;
use super::waveform_trace::WaveformTraces;
use crate::in_words;
use crate::ui::session::listen::Listen;
use crate::ui::widgets::waveform_columns::paint_columns;

/// Points on both sides of an edge where it can be taken.
const EDGE_REACH: f32 = 4.0;

/// Width that the box has at least, in points, so that it can be taken however little is shown.
const BOX_MIN: f32 = 14.0;

/// The box of what is shown, and the times at its ends.
struct ShownPart {
    rect: Rect,
    time_s: Range<f64>,
}

/// The strip in `strip`; nothing can be moved before there is something to see.
pub(super) fn ui(
    ui: &Ui,
    tune: &Tune,
    traces: &WaveformTraces,
    listen: &Listen,
    strip: Rect,
    own: &mut Vec<TuneCommand>,
) {
    let axis = TimeAxis::new(0.0..tune.span.limit_s(), strip);
    let part = shown_part(tune, &axis, strip);
    paint(ui, tune, traces, listen, strip, &part);
    let id = ui.scope_id().with("overview");
    // With the keyboard it is the box that is moved.
    let around = ui.interact(strip, id.with("around"), Sense::CLICK | Sense::DRAG);
    let within = ui.interact(part.rect, id, Sense::click_and_drag());
    slider_ui(ui, tune, &within, own);
    let edges = [part.rect.left(), part.rect.right()];
    let edges = [0, 1].map(|edge| edge_ui(ui, id.with(["start", "end"][edge]), edges[edge], strip));
    if tune.shown.is_some() {
        commands(&axis, &part, [&around, &within], &edges, own);
    }
    for response in [around, within] {
        response.on_hover_text(
            "The whole recording; the box is what the pictures show. Drag the box to move, its edges to zoom; click to \
             go there",
        );
    }
}

/// The box on the strip. It is wide enough to be taken.
fn shown_part(tune: &Tune, axis: &TimeAxis, strip: Rect) -> ShownPart {
    let time_s = tune.span.time_s.clone();
    let [left, right] = [axis.x_of(time_s.start), axis.x_of(time_s.end)];
    let more = (BOX_MIN - (right - left)).max(0.0) / 2.0;
    let left = (left - more).clamp(strip.left(), (strip.right() - BOX_MIN).max(strip.left()));
    let right = (right + more).clamp(left + BOX_MIN.min(strip.width()), strip.right());
    let rect = Rect::from_min_max(pos2(left, strip.top()), pos2(right, strip.bottom()));
    ShownPart { rect, time_s }
}

/// The edge of the box at `x`.
fn edge_ui(ui: &Ui, id: Id, x: f32, strip: Rect) -> Response {
    let reach = Rect::from_x_y_ranges(x - EDGE_REACH..=x + EDGE_REACH, strip.y_range());
    let edge = ui.interact(reach, id, Sense::DRAG);
    edge.on_hover_cursor(CursorIcon::ResizeHorizontal)
        .on_hover_text("Drag to show more or less of the recording")
}

/// What the pointer does with the strip.
fn commands(
    axis: &TimeAxis,
    part: &ShownPart,
    [around, within]: [&Response; 2],
    edges: &[Response; 2],
    own: &mut Vec<TuneCommand>,
) {
    let ShownPart { time_s, .. } = part;
    let len_s = time_s.end - time_s.start;
    let pointer_s = |response: &Response| response.interact_pointer_pos().map(|pos| axis.time_at(pos.x));
    if let (true, Some(at_s)) = (edges[0].dragged(), pointer_s(&edges[0])) {
        let start_s = at_s.clamp(0.0, (time_s.end - TIME_MIN_S).max(0.0));
        own.push(TuneCommand::ShowTime(start_s..time_s.end));
    } else if let (true, Some(at_s)) = (edges[1].dragged(), pointer_s(&edges[1])) {
        own.push(TuneCommand::ShowTime(time_s.start..at_s.max(time_s.start + TIME_MIN_S)));
    } else if within.dragged() {
        let later_s = axis.time_at(within.drag_delta().x) - axis.time_at(0.0);
        own.push(TuneCommand::ShowTime(time_s.start + later_s..time_s.end + later_s));
    } else {
        let there = [around, within].into_iter().find(|response| response.clicked());
        let there = there.or_else(|| around.dragged().then_some(around));
        if let Some(at_s) = there.and_then(pointer_s) {
            own.push(TuneCommand::ShowTime(at_s - len_s / 2.0..at_s + len_s / 2.0));
        }
    }
}

/// The box as a slider for the keyboard and for screen readers: its value is the start of what is shown, in seconds.
fn slider_ui(ui: &Ui, tune: &Tune, response: &Response, own: &mut Vec<TuneCommand>) {
    let (time_s, limit_s) = (&tune.span.time_s, tune.span.limit_s());
    let len_s = tune.span.duration_s();
    let is_known = tune.shown.is_some();
    response.widget_info(|| WidgetInfo::slider(is_known, time_s.start, "Shown part"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(limit_s - len_s);
        node.set_numeric_value_step(len_s / 10.0);
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
        let words = format!(
            "{} to {} of {}",
            in_words::exact_position(time_s.start),
            in_words::exact_position(time_s.end),
            in_words::exact_position(limit_s)
        );
        node.set_description(words);
    });
    let starts_s = ui.input(|input| {
        let id = response.id;
        let n_steps = |action| input.num_accesskit_action_requests(id, action) as f64;
        let steps = n_steps(Action::Increment) - n_steps(Action::Decrement);
        let set = input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| {
            if let Some(ActionData::NumericValue(value)) = request.data { Some(value) } else { None }
        });
        set.last().or((steps != 0.0).then(|| time_s.start + steps * len_s / 10.0))
    });
    if let Some(start_s) = starts_s {
        own.push(TuneCommand::ShowTime(start_s..start_s + len_s));
    }
    navigation::keys_ui(ui, tune, response, own);
}

fn paint(ui: &Ui, tune: &Tune, traces: &WaveformTraces, listen: &Listen, strip: Rect, part: &ShownPart) {
    let painter = ui.painter_at(strip.expand(2.0));
    let visuals = ui.visuals();
    painter.rect_filled(strip, 0.0, visuals.extreme_bg_color);
    if tune.shown.is_none() {
        return;
    }
    let axis = TimeAxis::new(0.0..tune.span.limit_s(), strip);
    let inside = painter.with_clip_rect(strip);
    inside.rect_filled(part.rect, 0.0, visuals.widgets.active.weak_bg_fill);
    let pixel = 1.0 / ui.pixels_per_point();
    let [weak, strong] = [visuals.weak_text_color(), visuals.text_color()];
    let shown = inside.with_clip_rect(part.rect);
    paint_columns(&inside, traces.whole(), strip, Stroke::new(pixel, weak));
    paint_columns(&shown, traces.whole(), strip, Stroke::new(pixel, strong));
    left_out_marks::paint(&inside, tune, &axis, strip, ui.visuals().extreme_bg_color);
    sound_marks::paint(&inside, tune, listen, &axis, strip);
    let frame = Stroke::new(1.0, visuals.widgets.active.fg_stroke.color);
    painter.rect_stroke(part.rect, 0.0, frame, StrokeKind::Inside);
}
