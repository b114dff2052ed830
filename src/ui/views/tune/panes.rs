//! Everything that shares the time axis: overview, heatmaps and waveform, with what the pointer is at in any of them.

use egui::Ui;

use super::axes::{TimeAxis, point_at};
use super::beside_panes;
use super::channels;
use super::command::TuneCommand;
use super::heatmap;
use super::layout::Areas;
use super::left_out_marks;
use super::model::Tune;
use super::pointed::{Pointed, hear_from};
use super::readout::Point;
use super::sound_marks;
use super::textures::HeatmapTextures;
use super::waveform_trace::WaveformTraces;
use super::{overview, waveform};
use crate::in_words;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::widgets::place::Place;

/// What the panes draw that was made before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn<'a> {
    /// The heatmaps.
    pub(super) textures: &'a HeatmapTextures,
    /// The waveforms.
    pub(super) traces: &'a WaveformTraces,
    /// The heatmaps of the recording that is held beside.
    pub(super) beside: &'a HeatmapTextures,
    /// The mask's threshold, a mel power.
    pub(super) threshold: f64,
}

/// Draws all of it; gives what the pointer is at.
pub(super) fn ui(
    ui: &Ui,
    tune: &Tune,
    listen: &Listen,
    drawn: Drawn<'_>,
    areas: &Areas,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) -> Pointed {
    let panes = channels::panes(tune, drawn.textures, drawn.threshold);
    resize(ui, tune, areas, own);
    let [first, second] = areas.heatmaps.map(|area| area.outer);
    Place::Pictures.mark(ui, first.union(second));
    overview::ui(ui, tune, drawn.traces, listen, areas.overview, own);
    let mut pointed = Pointed::default();
    for (pane, area) in panes.iter().zip(areas.heatmaps) {
        let response = heatmap::interact_ui(ui, pane, tune, area.picture, own);
        if let Some(pos) = response.hover_pos() {
            let Point { time_s, mel } = point_at(tune, area.picture, pos);
            pointed = Pointed { time_s: Some(time_s), mel: Some(mel) };
        }
        let is_click = response.clicked() && !response.double_clicked();
        if let (true, Some(pos)) = (is_click, response.interact_pointer_pos()) {
            hear_from(tune, listen, point_at(tune, area.picture, pos).time_s, commands);
        }
    }
    let is_variant = tune.shown.as_ref().is_some_and(|shown| shown.made.is_some());
    let in_waveform =
        waveform::interact_ui(ui, tune, listen, is_variant, areas.waveform.picture, own, commands);
    if let Some(time_s) = in_waveform {
        pointed = Pointed { time_s: Some(time_s), mel: None };
    }
    if let Some(beside) = &areas.beside {
        pointed = beside_panes::ui(ui, tune, drawn.beside, drawn.threshold, beside, pointed, own);
    }
    for (pane, area) in panes.iter().zip(areas.heatmaps) {
        heatmap::paint(ui, pane, tune, area, pointed);
        let axis = TimeAxis::of_pane(tune, area.picture);
        let painter = ui.painter_at(area.picture);
        left_out_marks::paint_on_tensors(&painter, tune, &axis, area.picture);
        sound_marks::paint(&painter, tune, listen, &axis, area.picture);
    }
    waveform::paint(ui, tune, drawn.traces, listen, areas.waveform, pointed);
    pointed
}

/// Tells the model how many pixels there are. Both heatmaps have the same size, so one tells it.
fn resize(ui: &Ui, tune: &Tune, areas: &Areas, own: &mut Vec<TuneCommand>) {
    let pane_px = heatmap::size_px(ui, areas.heatmaps[0].picture);
    if pane_px != tune.pane_px {
        own.push(TuneCommand::Resize(pane_px));
    }
    let [waveform_px, _] = heatmap::size_px(ui, areas.waveform.picture);
    if waveform_px != tune.waveform_px {
        own.push(TuneCommand::ResizeWaveform(waveform_px));
    }
}

/// The text below the panes when the pointer is elsewhere.
pub(super) fn resting_text(tune: &Tune) -> String {
    if tune.shown.is_none() {
        return String::new();
    }
    let zoom = if tune.span.is_fit() {
        "click: hear it, wheel: zoom, drag: move, Ctrl+wheel: zoom frequency".to_owned()
    } else {
        format!(
            "showing {} to {}, {}; F shows all",
            in_words::exact_position(tune.span.time_s.start),
            in_words::exact_position(tune.span.time_s.end),
            heatmap::mel_range_text(&tune.span.mel)
        )
    };
    format!("{} · {zoom}", tune.summary())
}
