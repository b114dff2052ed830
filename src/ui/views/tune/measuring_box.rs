//! The measuring box: a stretch of time and frequency that is drawn on a heatmap with Shift, with what is measured in it.

use egui::{
    Area as FloatingArea, Color32, Frame, Id, Order, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2,
};

use super::axes::{x_of, y_of};
use super::command::TuneCommand;
use super::model::{Tune, hz_at};
use super::readout::Point;
use crate::in_words;
use crate::pipeline::preview::{Area, AreaMeasurement};
use crate::ui::number_text::{hertz_text, percent_text};
use crate::ui::session::command::Command;

/// Room in points that the card with the numbers takes, about.
const CARD_SIZE: [f32; 2] = [300.0, 92.0];

/// Between the box and its card.
const GAP: f32 = 6.0;

/// The box between two points.
pub(super) fn area_between(a: Point, b: Point) -> Area {
    Area { time_s: a.time_s.min(b.time_s)..a.time_s.max(b.time_s), mel: a.mel.min(b.mel)..a.mel.max(b.mel) }
}

/// Where the box lies on a heatmap.
fn rect_of(tune: &Tune, picture: Rect, area: &Area) -> Rect {
    let [left, right] = [area.time_s.start, area.time_s.end].map(|time_s| x_of(tune, picture, time_s));
    let [bottom, top] = [area.mel.start, area.mel.end].map(|mel| y_of(tune, picture, mel));
    Rect::from_min_max(pos2(left, top), pos2(right, bottom))
}

/// Draws the box over a heatmap.
pub(super) fn paint(painter: &Painter, tune: &Tune, picture: Rect) {
    let Some((area, _)) = tune.measured() else { return };
    let rect = rect_of(tune, picture, area);
    // A dark edge keeps the line visible on the brightest colours.
    painter.rect_stroke(rect, 0.0, Stroke::new(3.0, Color32::from_black_alpha(150)), StrokeKind::Middle);
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, Color32::WHITE), StrokeKind::Middle);
}

/// Draws the card with the numbers beside the box of `picture`, within `view`. It floats: nothing below it moves.
pub(super) fn card_ui(
    ui: &Ui,
    tune: &Tune,
    picture: Rect,
    view: Rect,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) {
    let Some((area, measurement)) = tune.measured() else { return };
    let place = card_place(rect_of(tune, picture, area).intersect(picture), view);
    let card = FloatingArea::new(Id::unique("measuring box")).order(Order::Middle).fixed_pos(place);
    card.constrain_to(view).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_max_width(CARD_SIZE[0]);
            for line in lines(tune, area, measurement) {
                ui.label(line);
            }
            ui.horizontal(|ui| buttons_ui(ui, area, own, commands));
        });
    });
}

/// The card stands at the right of the box, or at the left where there is no room.
fn card_place(rect: Rect, view: Rect) -> Pos2 {
    let size = vec2(CARD_SIZE[0], CARD_SIZE[1]);
    let has_room = rect.right() + GAP + size.x <= view.right();
    let left = if has_room { rect.right() + GAP } else { (rect.left() - GAP - size.x).max(view.left()) };
    pos2(left, rect.top().min(view.bottom() - size.y).max(view.top()))
}

fn buttons_ui(ui: &mut Ui, area: &Area, own: &mut Vec<TuneCommand>, commands: &mut Vec<Command>) {
    let band_hz = hz_at(area.mel.start)..hz_at(area.mel.end);
    let help = "Plays this stretch of time, and of it only these frequencies";
    if ui.button("Hear the box").on_hover_text(help).clicked() {
        commands.push(Command::SetSelection(Some(area.time_s.clone())));
        commands.push(Command::SetBand(Some(band_hz)));
        commands.push(Command::Play);
    }
    let help = "Shows this stretch of time and frequency as large as there is room";
    if ui.button("Zoom in").on_hover_text(help).clicked() {
        own.push(TuneCommand::ShowArea(area.clone()));
    }
    if ui.button("Remove box").on_hover_text("Takes the box away").clicked() {
        own.push(TuneCommand::Measure(None));
    }
}

/// The numbers: extent, masked share, level.
fn lines(tune: &Tune, area: &Area, measurement: Option<AreaMeasurement>) -> Vec<String> {
    let [low_hz, high_hz] = [area.mel.start, area.mel.end].map(hz_at);
    let mut lines = vec![
        format!(
            "Δt {}, from {} to {}",
            in_words::exact_position(area.time_s.end - area.time_s.start),
            in_words::exact_position(area.time_s.start),
            in_words::exact_position(area.time_s.end)
        ),
        format!(
            "Δf {}, from {} to {}",
            hertz_text(high_hz - low_hz),
            hertz_text(low_hz),
            hertz_text(high_hz)
        ),
    ];
    lines.push(measurement.map_or_else(
        || "no sound here".into(),
        |measurement| {
            let masked = percent_text(measurement.masked_share);
            match measurement.mean_power {
                Some(power) => format!(
                    "masked {masked}, mean level {} (mel power {power:.2e})",
                    tune.levels.decibels.text(power)
                ),
                None => format!("masked {masked}; zoom in for the mean level"),
            }
        },
    ));
    lines
}
