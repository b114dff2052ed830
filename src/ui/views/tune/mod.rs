//! The Tune view: one file as the model will see it, and the mask tuned by eye.

mod channels;
mod color_bar;
pub mod command;
mod heatmap;
mod histogram;
pub mod levels;
mod levels_menu;
mod mask_text;
pub mod model;
mod panes;
mod readout;
mod sound_marks;
pub mod span;
mod textures;
mod tools;
mod waveform;
mod worker;

use std::sync::Arc;

use egui::{Context, InputState, Key, Ui, vec2};

use crate::pipeline::preview::Subject;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::{Listen, Playable};
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::theme::Tone;
use crate::ui::view::View;
use command::TuneCommand;
use model::Tune;
use textures::HeatmapTextures;
use worker::PreviewWorker;

/// Heights of what stands below the heatmaps, in points.
const READOUT_HEIGHT: f32 = 36.0;
const WAVEFORM_HEIGHT: f32 = 64.0;
const HISTOGRAM_HEIGHT: f32 = 118.0;

/// The name of this view, for others that turn to it.
pub const ID: ViewId = ViewId("tune");

/// The Tune view.
#[derive(Debug, Default)]
pub struct TuneView {
    model: Tune,
    worker: PreviewWorker,
    textures: HeatmapTextures,
}

impl TuneView {
    /// The model that it shows.
    pub fn model(&self) -> &Tune {
        &self.model
    }
}

impl View for TuneView {
    type Command = TuneCommand;

    fn tab(&self) -> Tab {
        Tab { id: ID, title: "Tune", help: "See a recording as the model will see it, and tune the mask" }
    }

    fn forget_folder(&mut self) {
        self.worker.forget();
        self.model = Tune::default();
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        let playhead_s = state.listen.playhead_s;
        self.model.levels.view = state.level_view;
        let Some(folder) = state.folder_mut() else { return };
        folder.forget_variant_of_others();
        self.worker.update(ctx, folder, &mut self.model, is_shown);
        folder.decibels = self.model.levels.decibels;
        self.model.follow(playhead_s);
        if is_shown {
            self.textures.update(ctx, &self.model, folder.settings.if_threshold);
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        listen: &Listen,
        own: &mut Vec<TuneCommand>,
        commands: &mut Vec<Command>,
    ) {
        let tune = &self.model;
        let is_variant = folder.variant.is_some();
        let threshold = folder.settings.if_threshold;
        tools::ui(ui, folder, tune, own, commands);
        self.problem_ui(ui, folder);
        let below = READOUT_HEIGHT + WAVEFORM_HEIGHT + HISTOGRAM_HEIGHT + 4.0 * ui.spacing().item_spacing.y;
        let height = (ui.available_height() - below).max(140.0);
        let point = panes::ui(ui, tune, listen, &self.textures, threshold, height, own, commands);
        let text = point.and_then(|point| {
            let shown = tune.shown.as_ref()?;
            Some(readout::readout_text(shown, tune.drawn()?, &tune.levels, threshold, point))
        });
        ui.allocate_ui(vec2(ui.available_width(), READOUT_HEIGHT), |ui| {
            ui.set_min_height(READOUT_HEIGHT);
            ui.label(text.unwrap_or_else(|| panes::resting_text(tune)));
        });
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), WAVEFORM_HEIGHT), egui::Sense::hover());
        waveform::ui(ui, tune, listen, is_variant, rect, own, commands);
        let is_free = folder.task.is_none();
        histogram::ui(ui, tune, threshold, [is_free, is_variant], HISTOGRAM_HEIGHT, commands);
    }

    fn keys(&self, input: &mut InputState, own: &mut Vec<TuneCommand>) {
        for (key, command) in [(Key::F, TuneCommand::Fit), (Key::X, TuneCommand::Flip)] {
            if input.consume_key(egui::Modifiers::NONE, key) {
                own.push(command);
            }
        }
    }

    fn run(&mut self, command: TuneCommand, state: &mut State) {
        let Some(folder) = state.folder_mut() else { return };
        let tune = &mut self.model;
        match command {
            TuneCommand::Resize(pane_px) => tune.pane_px = pane_px,
            TuneCommand::Zoom { at, factors } => tune.span.zoom(at, factors),
            TuneCommand::Pan(shares) => tune.span.pan(shares),
            TuneCommand::Fit => tune.span.fit(),
            TuneCommand::Keep => tune.keep(folder.settings.clone()),
            TuneCommand::ShowDifference(is_on) => tune.shows_difference = is_on,
            TuneCommand::MoveColorEnd { end, level } => tune.levels.move_end(end, level),
            TuneCommand::FitRange => tune.fit_range(folder.settings.if_threshold),
            TuneCommand::Flip => folder
                .edit(|folder| tune.flip(&folder.settings).is_some_and(|settings| folder.change(settings))),
        }
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    fn is_refining(&self) -> bool {
        self.worker.is_estimating()
    }

    /// The selected file; or the variant that is shown in its place, and nothing while that is being made.
    fn playable(&self, folder: &Folder) -> Option<Playable> {
        match folder.subject()? {
            subject @ Subject::Variant(_) => {
                let samples = Arc::clone(&self.model.made(&subject)?.samples);
                Some(Playable::variant(subject, samples, folder.settings.sample_rate_hz))
            }
            Subject::File(_) => Playable::selected_file(folder),
        }
    }

    fn setting_notes(&self, folder: &Folder, key: &str) -> Vec<String> {
        if key == "if_threshold" {
            mask_text::mask_notes(&self.model, folder.settings.if_threshold)
        } else {
            Vec::new()
        }
    }
}

impl TuneView {
    /// Why there is nothing to see, or not all.
    fn problem_ui(&self, ui: &mut Ui, folder: &Folder) {
        let tune = &self.model;
        if let Some(problem) = &tune.problem {
            let what = if folder.variant.is_some() { "variant" } else { "file" };
            let text = Tone::Bad.text(ui, format!("This {what} cannot be shown: {problem}"));
            ui.label(text);
        } else if folder.files.selected().is_none() {
            ui.label("Select a file on the left, with the mouse or with Up and Down.");
        } else if let Some(damage) = tune.shown.as_ref().and_then(|shown| shown.damage.as_ref()) {
            let text = Tone::Warning.text(ui, format!("Damaged: {damage}"));
            ui.label(text);
        }
    }
}
