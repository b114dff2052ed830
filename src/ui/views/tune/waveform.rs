//! The waveform under the heatmaps, on the same time axis.

use egui::accesskit::Role;
use egui::{Align2, FontId, Pos2, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::command::TuneCommand;
use super::heatmap::{point_at, wheel, x_of};
use super::model::Tune;
use super::sound_marks;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::theme::Tone;

/// Draws the waveform in `rect`. What it shows of a file is the sound as it is there; in a chunk the model hears it at
/// full level.
pub(super) fn ui(
    ui: &Ui,
    tune: &Tune,
    listen: &Listen,
    is_variant: bool,
    rect: Rect,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) {
    let response = ui.interact(rect, ui.scope_id().with("waveform"), Sense::click_and_drag());
    let label = format!("Waveform: {}", tune.summary());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    let time_at = |pos: Pos2| point_at(tune, rect, pos).time_s;
    let origin = ui.input(|input| input.pointer.press_origin());
    if response.double_clicked() {
        own.push(TuneCommand::Fit);
    } else if let (true, Some(from), Some(to)) = (response.dragged(), origin, response.interact_pointer_pos())
    {
        commands.push(Command::SetSelection(Some(time_at(from)..time_at(to))));
    } else if let (true, Some(pos)) = (response.clicked(), response.interact_pointer_pos()) {
        commands.push(Command::Seek(time_at(pos)));
    }
    let sound = if is_variant { "variant as a build analyses it" } else { "sound as it is in the file" };
    let response =
        response.on_hover_text(format!("The {sound}. Click to hear it from there, drag to select"));
    if let Some(pos) = response.hover_pos() {
        wheel(ui, rect, pos, own);
    }
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, ui.visuals().extreme_bg_color);
    painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.0, ui.visuals().weak_text_color()));
    let Some(preview) = tune.drawn() else { return };
    let color = Tone::Weak.color(ui);
    let points_per_pixel = 1.0 / ui.pixels_per_point();
    let n_pixels = (rect.width() * ui.pixels_per_point()) as usize;
    for (x, range) in preview.waveform(&tune.span.time_s, n_pixels).into_iter().enumerate() {
        let Some([low, high]) = range else { continue };
        let x = rect.left() + (x as f32 + 0.5) * points_per_pixel;
        let y = |sample: f32| rect.center().y - sample.clamp(-1.0, 1.0) * rect.height() / 2.0;
        // Silence is a line as well.
        let (top, bottom) = (y(high) - points_per_pixel / 2.0, y(low) + points_per_pixel / 2.0);
        painter.line_segment([pos2(x, top), pos2(x, bottom)], Stroke::new(points_per_pixel, color));
    }
    if let Some(shown) = tune.shown.as_ref().filter(|shown| shown.is_complete) {
        let end = x_of(tune, rect, shown.preview.duration_s());
        painter.vline(end, rect.y_range(), Stroke::new(1.0, color));
    }
    sound_marks::paint(&painter, tune, listen, rect);
    let corner = rect.right_top() + vec2(-4.0, 2.0);
    painter.text(corner, Align2::RIGHT_TOP, "Waveform", FontId::proportional(11.0), color);
}
