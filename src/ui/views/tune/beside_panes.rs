//! The recording that is held beside the shown one: its row of tools and its heatmaps, below those of the shown one.

use egui::{Align, DragValue, Label, Layout, Ui, UiBuilder};

use super::axes::point_at;
use super::channels;
use super::command::TuneCommand;
use super::heatmap;
use super::layout::BesideAreas;
use super::model::Tune;
use super::pointed::Pointed;
use super::readout::Point;
use super::textures::HeatmapTextures;
use crate::pipeline::preview::Subject;
use crate::ui::fonts::display_text;
use crate::ui::theme::Tone;

/// Seconds that a point of a drag moves it by.
const SECONDS_PER_POINT: f64 = 0.005;

/// Draws both heatmaps; gives what the pointer is at.
pub(super) fn ui(
    ui: &Ui,
    tune: &Tune,
    textures: &HeatmapTextures,
    threshold: f64,
    areas: &BesideAreas,
    pointed: Pointed,
    own: &mut Vec<TuneCommand>,
) -> Pointed {
    let Some(beside) = &tune.beside else { return pointed };
    let mut pointed = pointed;
    let panes = channels::beside_panes(tune, &beside.name, textures, threshold);
    for (pane, area) in panes.iter().zip(areas.heatmaps) {
        let response = heatmap::interact_ui(ui, pane, tune, area.picture, own);
        if let Some(pos) = response.hover_pos() {
            let Point { time_s, mel } = point_at(tune, area.picture, pos);
            pointed = Pointed { time_s: Some(time_s), mel: Some(mel) };
        }
    }
    for (pane, area) in panes.iter().zip(areas.heatmaps) {
        heatmap::paint(ui, pane, tune, area, pointed);
    }
    pointed
}

/// Draws the tools: where it stands, and the difference.
pub(super) fn tools_ui(ui: &mut Ui, tune: &Tune, areas: &BesideAreas, own: &mut Vec<TuneCommand>) {
    let Some(beside) = &tune.beside else { return };
    let place = UiBuilder::new().max_rect(areas.tools).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(place, |ui| {
        let help = "Takes the recording below away";
        if ui.button("Unpin").on_hover_text(help).clicked() {
            own.push(TuneCommand::Unpin);
        }
        let label = ui.label("Moved by");
        let mut shift_s = beside.shift_s;
        let field = DragValue::new(&mut shift_s).speed(SECONDS_PER_POINT).max_decimals(4).suffix(" s");
        let help = "Seconds by which the recording below is moved to the right: drag, or click and type";
        if ui.add(field).labelled_by(label.id).on_hover_text(help).changed() {
            own.push(TuneCommand::ShiftPinned(shift_s));
        }
        let is_recording = |subject: &Subject| matches!(subject, Subject::File(_));
        let can_align = is_recording(&beside.subject)
            && tune.shown.as_ref().is_some_and(|shown| is_recording(&shown.subject));
        let align = ui.add_enabled(can_align, egui::Button::new("Align"));
        let help = "Moves it to where both sound most alike: by the samples of the first two minutes, or by how the loudness \
                    rises and falls";
        if align.on_hover_text(help).on_disabled_hover_text("Variants have the time of their chunk").clicked() {
            own.push(TuneCommand::AlignPinned);
        }
        let mut is_on = beside.shows_difference;
        let help = "Shows above the upper recording minus the lower one instead of the upper one";
        if ui.toggle_value(&mut is_on, "Difference").on_hover_text(help).changed() {
            own.push(TuneCommand::ShowFileDifference(is_on));
        }
        let words = beside.note.clone().unwrap_or_default();
        let text = Tone::Weak.text(ui, display_text(&words));
        ui.add(Label::new(text).truncate()).on_hover_text(words);
    });
}
