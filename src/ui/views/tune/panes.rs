//! The two heatmaps side by side.

use egui::{Rect, Ui, pos2, vec2};

use super::command::TuneCommand;
use super::heatmap::{self, Pane};
use super::model::Tune;
use super::readout::Point;
use super::sound_marks;
use super::textures::HeatmapTextures;
use crate::picture::ColorMap;
use crate::ui::number_text::time_text;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::widgets::place::Place;

/// Between the heatmaps.
const GAP: f32 = 6.0;

/// Both heatmaps side by side; gives the point under the pointer.
pub(super) fn ui(
    ui: &mut Ui,
    tune: &Tune,
    listen: &Listen,
    textures: &HeatmapTextures,
    height: f32,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) -> Option<Point> {
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    Place::Pictures.mark(ui, whole);
    let width = (whole.width() - GAP) / 2.0;
    let left = Rect::from_min_size(whole.min, vec2(width, height));
    let right = Rect::from_min_size(pos2(whole.right() - width, whole.top()), vec2(width, height));
    let is_difference = tune.compared().is_some();
    let [magnitude, inst_freq] = textures.textures().map_or([None, None], |both| both.map(Some));
    let most = textures.magnitude_most();
    let panes = [
        Pane {
            title: if is_difference { "Magnitude, A − B" } else { "Magnitude" },
            map: if is_difference { ColorMap::Diverging } else { ColorMap::Magma },
            ends: if is_difference { [-most, most] } else { [0.0, most] },
            unit: "ln(1+P)",
            texture: magnitude,
        },
        Pane {
            title: if is_difference {
                "Instantaneous frequency, A − B"
            } else {
                "Instantaneous frequency, masked: hatched"
            },
            map: ColorMap::Diverging,
            ends: [-1.0, 1.0],
            unit: "IF",
            texture: inst_freq,
        },
    ];
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
