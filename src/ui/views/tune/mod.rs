//! The Tune view: one file as the model will see it, and the mask tuned by eye.

mod advice;
mod advice_worker;
mod axes;
pub mod beside;
mod beside_panes;
mod beside_worker;
mod channels;
mod color_bar;
pub mod command;
mod excerpt_worker;
mod export;
mod heatmap;
mod histogram;
pub mod known_advice;
mod layout;
pub mod left_out;
mod left_out_marks;
pub mod levels;
mod levels_menu;
mod mask_text;
mod measuring_box;
pub mod model;
mod navigation;
mod overview;
mod panes;
mod pointed;
mod preview_thread;
mod readout;
mod samples;
pub mod shown;
mod slice;
mod sound_marks;
pub mod span;
mod textures;
mod tools;
mod waveform;
mod waveform_trace;
mod worker;

use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{Context, Frame, InputState, Key, Label, Rect, RichText, Sense, TextStyle, Ui, UiBuilder};

use crate::pipeline::preview::{Area, Subject};
use crate::ui::remedy::with_remedy;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::{Listen, Playable};
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::theme::Tone;
use crate::ui::view::View;
use crate::ui::widgets::shapes_svg;
use advice_worker::AdviceWorker;
use beside::Beside;
use beside_worker::BesideWorker;
use command::{Capture, ExportFormat, TuneCommand};
use excerpt_worker::ExcerptWorker;
use export::Exporter;
use model::Tune;
use panes::Drawn;
use pointed::Pointed;
use textures::HeatmapTextures;
use waveform_trace::WaveformTraces;
use worker::PreviewWorker;

/// Lines of the values under the pointer.
const READOUT_LINES: usize = 2;

/// The name of this view, for others that turn to it.
pub const ID: ViewId = ViewId("tune");

/// The Tune view.
#[derive(Debug, Default)]
pub struct TuneView {
    model: Tune,
    worker: PreviewWorker,
    excerpt_worker: ExcerptWorker,
    exporter: Exporter,
    /// A drawn view that an export waits for.
    capture: Option<Capture>,
    textures: HeatmapTextures,
    beside_textures: HeatmapTextures,
    beside_worker: BesideWorker,
    advice_worker: AdviceWorker,
    traces: WaveformTraces,
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

    /// The mask is tuned here.
    fn opens_settings(&self) -> bool {
        true
    }

    fn forget_folder(&mut self) {
        self.worker.forget();
        self.excerpt_worker.forget();
        self.exporter.forget();
        self.beside_worker.forget();
        self.advice_worker.forget();
        self.model = Tune::default();
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        let playhead_s = state.listen.playhead_s;
        self.model.arrangement = state.pane_arrangement;
        self.model.levels.view = state.level_view;
        let Some(folder) = state.folder_mut() else { return };
        folder.forget_variant_of_others();
        self.worker.update(ctx, folder, &mut self.model, is_shown);
        folder.decibels = self.model.levels.decibels;
        self.beside_worker.update(ctx, &folder.settings, &mut self.model, is_shown);
        let is_free = !self.worker.is_busy() && !self.worker.is_estimating();
        self.advice_worker.update(ctx, folder, &mut self.model, [is_shown, is_free]);
        self.model.follow(playhead_s);
        self.excerpt_worker.update(ctx, &mut self.model, is_shown);
        let taken = self.capture.take().map_or(Ok(()), |capture| self.exporter.take(ctx, capture));
        let ended = self.exporter.update(ctx, &self.model, folder.settings.if_threshold);
        let ended = taken.err().map(|error| with_remedy(&error)).or(ended);
        if is_shown {
            self.traces.update(&self.model);
            self.textures.update(ctx, &self.model, folder.settings.if_threshold);
            self.beside_textures.update_beside(ctx, &self.model, folder.settings.if_threshold);
        }
        if ended.is_some() {
            state.notice = ended;
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
        tools::ui(ui, folder, tune, own, commands);
        let (whole, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let areas = layout::areas(whole, tune.arrangement, tune.beside.is_some(), ui.pixels_per_point());
        let threshold = folder.settings.if_threshold;
        let drawn = Drawn {
            textures: &self.textures,
            traces: &self.traces,
            beside: &self.beside_textures,
            threshold,
        };
        let pointed = panes::ui(ui, tune, listen, drawn, &areas, own, commands);
        if let Some(beside) = &areas.beside {
            beside_panes::tools_ui(ui, tune, beside, own);
        }
        self.problem_ui(ui, folder, areas.heatmaps[0].picture);
        self.readout_ui(ui, folder, pointed, areas.readout);
        if let Some(rect) = areas.histogram {
            let (is_free, is_variant) = (folder.task.is_none(), folder.variant.is_some());
            let (above, row) = rect.split_top_bottom_at_y(rect.bottom() - advice::ROW_HEIGHT);
            ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
                histogram::ui(ui, tune, threshold, [is_free, is_variant], above.height(), commands);
            });
            advice::row_ui(ui, row, tune, [is_free, is_variant], threshold, commands);
        }
        if let Some(rect) = areas.slice {
            let time_s = pointed.time_s.or_else(|| sound_marks::playhead_s(tune, listen));
            slice::ui(ui, tune, threshold, time_s.unwrap_or(tune.span.time_s.start), rect);
        }
        self.capture_ui(ui, whole, own);
        measuring_box::card_ui(ui, tune, areas.heatmaps[0].picture, whole, own, commands);
    }

    fn keys(&self, input: &mut InputState, own: &mut Vec<TuneCommand>) {
        for (key, command) in [(Key::F, TuneCommand::Fit), (Key::X, TuneCommand::Flip)] {
            if input.consume_key(egui::Modifiers::NONE, key) {
                own.push(command);
            }
        }
    }

    fn run(&mut self, command: TuneCommand, state: &mut State) {
        if let TuneCommand::Arrange(arrangement) = command {
            state.pane_arrangement = arrangement;
        }
        let Some(folder) = state.folder_mut() else { return };
        let tune = &mut self.model;
        match command {
            // The model follows the state.
            TuneCommand::Arrange(_) => {}
            TuneCommand::Resize(pane_px) => tune.pane_px = pane_px,
            TuneCommand::ResizeWaveform(waveform_px) => tune.waveform_px = waveform_px,
            TuneCommand::ShowTime(time_s) => tune.span.show_time(time_s),
            TuneCommand::Zoom { at, factors } => tune.span.zoom(at, factors),
            TuneCommand::Pan(shares) => tune.span.pan(shares),
            TuneCommand::Measure(area) => tune.area = area,
            TuneCommand::ShowArea(Area { time_s, mel }) => tune.span.show(time_s, mel),
            TuneCommand::Export { format, to } => {
                if let Err(error) = self.exporter.begin(folder, format, to) {
                    state.notice = Some(with_remedy(&error));
                }
            }
            TuneCommand::Pin => {
                let shown = tune.shown.clone().filter(|shown| shown.is_complete);
                let number = shown.as_ref().and_then(|shown| folder.files.number_of(shown.subject.path()));
                let file = number.and_then(|number| folder.files.all().get(number));
                tune.beside = shown.zip(file).map(|(shown, file)| Beside::new(shown, file));
            }
            TuneCommand::Unpin => tune.beside = None,
            TuneCommand::ShiftPinned(shift_s) => {
                if let Some(beside) = &mut tune.beside {
                    (beside.shift_s, beside.note) = (shift_s, None);
                }
            }
            TuneCommand::AlignPinned => self.beside_worker.align(tune),
            TuneCommand::ShowFileDifference(is_on) => {
                if let Some(beside) = &mut tune.beside {
                    beside.shows_difference = is_on;
                }
            }
            TuneCommand::TakeCapture(capture) => self.capture = Some(capture),
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
            || self.excerpt_worker.is_busy()
            || self.exporter.is_busy()
            || self.beside_worker.is_busy()
    }

    fn needs_polling(&self) -> bool {
        self.exporter.is_busy() || self.beside_worker.is_aligning()
    }

    fn is_refining(&self) -> bool {
        self.worker.is_estimating() || self.advice_worker.is_busy()
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
        if key == "if_threshold" { mask_text::mask_notes(&self.model, folder) } else { Vec::new() }
    }
}

impl TuneView {
    /// Gives what was drawn in `view` to the export that waits for it.
    fn capture_ui(&self, ui: &Ui, view: Rect, own: &mut Vec<TuneCommand>) {
        let Some(format) = self.exporter.wanted().filter(|_| self.capture.is_none()) else { return };
        let svg = (format == ExportFormat::Svg).then(|| {
            let background = ui.visuals().panel_fill;
            let raster_of = |id| self.textures.raster_of(id).or_else(|| self.beside_textures.raster_of(id));
            shapes_svg::document(ui.ctx(), ui.layer_id(), view, background, &raster_of)
        });
        own.push(TuneCommand::TakeCapture(Capture { rect: view, svg }));
    }

    /// Why there is nothing to see, in the place where it would be.
    fn problem_ui(&self, ui: &mut Ui, folder: &Folder, place: Rect) {
        let text = if let Some(problem) = &self.model.problem {
            let what = if folder.variant.is_some() { "variant" } else { "file" };
            Tone::Bad.text(ui, format!("This {what} cannot be shown: {problem}"))
        } else if folder.files.selected().is_none() {
            RichText::new("Select a file on the left, with the mouse or with Up and Down.")
        } else {
            return;
        };
        ui.scope_builder(UiBuilder::new().max_rect(place.shrink(8.0)), |ui| {
            ui.set_clip_rect(place.intersect(ui.clip_rect()));
            Frame::popup(ui.style()).show(ui, |ui| ui.add(Label::new(text).wrap()));
        });
    }

    /// What is under the pointer, in as many lines as there is room for.
    fn readout_ui(&self, ui: &mut Ui, folder: &Folder, pointed: Pointed, place: Rect) {
        let tune = &self.model;
        let of_heatmap = pointed.point().and_then(|point| {
            let (shown, drawn) = (tune.shown.as_ref()?, tune.drawn()?);
            Some(readout::readout_text(shown, drawn, &tune.levels, folder.settings.if_threshold, point))
        });
        let of_waveform = || {
            let time_s = pointed.time_s.filter(|_| tune.shown.is_some())?;
            Some(waveform::readout_text(tune, &self.traces, time_s))
        };
        let pointed = of_heatmap.or_else(of_waveform);
        let is_copied = |event: &egui::Event| matches!(event, egui::Event::Copy);
        if let Some(text) = &pointed
            && !ui.ctx().text_edit_focused()
            && ui.input(|input| input.events.iter().any(is_copied))
        {
            ui.ctx().copy_text(text.clone());
        }
        let text = pointed.unwrap_or_else(|| panes::resting_text(tune));
        let (font, color) = (TextStyle::Body.resolve(ui.style()), ui.visuals().text_color());
        let mut job = LayoutJob::simple(text, font, color, place.width());
        job.wrap.max_rows = READOUT_LINES;
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(Label::new(job).wrap()));
    }
}
