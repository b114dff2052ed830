//! The two heatmaps side by side.

use egui::{Rect, Ui, pos2, vec2};

use super::channels;
use super::command::TuneCommand;
use super::heatmap;
use super::model::Tune;
use super::readout::Point;
use super::sound_marks;
use super::textures::HeatmapTextures;
use crate::ui::number_text::time_text;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;

/// Between the heatmaps.
const GAP: f32 = 6.0;

/// Both heatmaps side by side; gives the point under the pointer.
pub(super) fn ui(
    ui: &mut Ui,
    tune: &Tune,
    listen: &Listen,
    textures: &HeatmapTextures,
    threshold: f64,
    height: f32,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) -> Option<Point> {
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let width = (whole.width() - GAP) / 2.0;
    let left = Rect::from_min_size(whole.min, vec2(width, height));
    let right = Rect::from_min_size(pos2(whole.right() - width, whole.top()), vec2(width, height));
    let panes = channels::panes(tune, textures, threshold);
    // Both have the same size, so one tells it.
    let pane_px = heatmap::size_px(ui, heatmap::picture_rect(ui, left));
    if pane_px != tune.pane_px {
        own.push(TuneCommand::Resize(pane_px));
    }
    let mut point = None;
    for (pane, outer) in panes.iter().zip([left, right]) {
        let picture = heatmap::picture_rect(ui, outer);
        let response = heatmap::interact_ui(ui, pane, tune, picture, own);
        if let Some(pos) = response.hover_pos() {
            point = Some(heatmap::point_at(tune, picture, pos));
        }
        if let (true, Some(pos)) = (response.clicked(), response.interact_pointer_pos()) {
            commands.push(Command::Seek(heatmap::point_at(tune, picture, pos).time_s));
        }
    }
    for (pane, outer) in panes.iter().zip([left, right]) {
        heatmap::paint(ui, pane, tune, outer, point);
        let picture = heatmap::picture_rect(ui, outer);
        sound_marks::paint(&ui.painter_at(picture), tune, listen, picture);
    }
    point
}

/// The text below the heatmaps when the pointer is elsewhere.
pub(super) fn resting_text(tune: &Tune) -> String {
    if tune.shown.is_none() {
        return String::new();
    }
    let zoom = if tune.span.is_fit() {
        "wheel: zoom, drag: move, Ctrl+wheel: zoom frequency".to_owned()
    } else {
        format!(
            "showing {} to {}, {}; F shows all",
            time_text(tune.span.time_s.start),
            time_text(tune.span.time_s.end),
            heatmap::mel_range_text(&tune.span.mel)
        )
    };
    format!("{} · {zoom}", tune.summary())
}
