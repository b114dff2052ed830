//! The Augment view: how variants are drawn, and the first of them to see and hear beside their original.

mod cards;
pub mod command;
mod controls;
pub mod model;
mod worker;

use egui::{Context, Frame, Panel, ScrollArea, TextEdit, TextureHandle, Ui};

use crate::in_words;
use crate::pipeline::LeftOutChunk;
use crate::settings::table::EXPANSION;
use crate::ui::fonts::display_text;
use crate::ui::panels::settings_panel::remarks_panel_ui;
use crate::ui::session::chunk_exclusions::why_words;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::{Listen, VariantSound};
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::theme::Tone;
use crate::ui::view::View;
use command::AugmentCommand;
use model::Augment;
use worker::VariantPreviewWorker;

/// The Augment view.
#[derive(Debug, Default)]
pub struct AugmentView {
    model: Augment,
    worker: VariantPreviewWorker,
}

/// From this width on the settings stand beside the variants, in points.
const BESIDE_WIDTH: f32 = 470.0;

impl AugmentView {
    /// Draws which chunk is shown, and with `add` the original and its variants.
    fn variants_ui(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        own: &mut Vec<AugmentCommand>,
        add: impl FnOnce(&mut Ui, &Augment, &[[TextureHandle; 2]]),
    ) {
        let Some(file) = folder.selected_file() else {
            ui.label("Select a file on the left, with the mouse or with Up and Down.");
            return;
        };
        // Pictures of the file before step back until those of this one are there.
        let is_current = self.model.is_of(file);
        chunk_ui(ui, folder, &self.model, is_current, own);
        if let Some(failure) = self.model.failure() {
            let text = Tone::Bad.text(ui, format!("There is nothing to compare: {failure}"));
            ui.label(text);
        }
        if let Some(shown) = self.model.shown().filter(|_| is_current)
            && let Some(left_out) = shown.left_out
        {
            left_out_ui(ui, folder, shown.chunk, left_out, own);
            return;
        }
        ui.add_enabled_ui(is_current, |ui| add(ui, &self.model, self.worker.textures()));
    }

    /// The model that it shows.
    pub fn model(&self) -> &Augment {
        &self.model
    }
}

impl View for AugmentView {
    type Command = AugmentCommand;

    fn tab(&self) -> Tab {
        Tab {
            id: ViewId("augment"),
            title: "Augment",
            help: "Choose how variants are made by chance, and see and hear the first of them",
        }
    }

    fn forget_folder(&mut self) {
        self.worker.forget();
        self.model = Augment::default();
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        // Nothing is made for whoever does not look.
        match state.folder() {
            Some(folder) if is_shown => self.worker.update(ctx, folder, &mut self.model),
            _ => self.worker.pause(&mut self.model),
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        listen: &Listen,
        own: &mut Vec<AugmentCommand>,
        commands: &mut Vec<Command>,
    ) {
        let (form, is_free) = (&folder.augmentation_form, folder.task.is_none());
        if ui.available_width() < BESIDE_WIDTH {
            remarks_panel_ui(ui, form, is_free, commands);
            // Too narrow for both: one below the other.
            ScrollArea::vertical().id_salt("narrow").auto_shrink(false).show(ui, |ui| {
                controls::ui(ui, folder, own, commands);
                ui.separator();
                let visible_height = ui.clip_rect().height();
                self.variants_ui(ui, folder, own, |ui, augment, textures| {
                    cards::ui(ui, augment, listen, textures, visible_height, commands);
                });
            });
            return;
        }
        Panel::left("augmentation")
            .frame(Frame::NONE.inner_margin(egui::Margin { right: 8, ..egui::Margin::ZERO }))
            .default_size(250.0)
            .size_range(220.0..=360.0)
            .show(ui, |ui| {
                remarks_panel_ui(ui, form, is_free, commands);
                ScrollArea::vertical().id_salt("augmentation").auto_shrink(false).show(ui, |ui| {
                    controls::ui(ui, folder, own, commands);
                });
            });
        Frame::NONE.inner_margin(egui::Margin { left: 8, ..egui::Margin::ZERO }).show(ui, |ui| {
            self.variants_ui(ui, folder, own, |ui, augment, textures| {
                // Taken before the scrolling begins, inside of which there is no end below.
                let visible_height = ui.available_height();
                ScrollArea::vertical().id_salt("variants").auto_shrink(false).show(ui, |ui| {
                    cards::ui(ui, augment, listen, textures, visible_height, commands);
                });
            });
        });
    }

    fn run(&mut self, command: AugmentCommand, state: &mut State) {
        let Some(folder) = state.folder_mut() else { return };
        match command {
            AugmentCommand::ShowChunk(chunk) => self.model.show_chunk(chunk),
            AugmentCommand::TypeChunk(text) => self.model.type_chunk(text),
            AugmentCommand::SetProbability(setting, probability) => {
                folder.edit(|folder| folder.slide(setting, probability));
            }
            AugmentCommand::SetExpansion(expansion) => {
                folder.edit(|folder| folder.change_text(&EXPANSION, &expansion.to_string()));
            }
        }
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    fn variant_sound(&self, number: u32) -> Option<VariantSound> {
        self.model.sound_of(number)
    }
}

/// That the chunk is left out of the build and why, and the way to one that is kept.
fn left_out_ui(
    ui: &mut Ui,
    folder: &Folder,
    chunk: u32,
    left_out: LeftOutChunk,
    own: &mut Vec<AugmentCommand>,
) {
    let LeftOutChunk { why, nearest_kept } = left_out;
    let why = why_words(why, &folder.settings);
    let text = Tone::Warning.text(ui, format!("Chunk {chunk} is left out of the build: {why}."));
    ui.label(text);
    if let Some(kept) = nearest_kept {
        let help = if kept > chunk {
            "The next piece that the build keeps"
        } else {
            "The last piece that the build keeps: none follows"
        };
        if ui.button(format!("Show chunk {kept}")).on_hover_text(help).clicked() {
            own.push(AugmentCommand::ShowChunk(kept));
        }
    } else {
        ui.label("So is every other chunk of this recording.");
    }
}

/// Which chunk of the selected file is shown.
fn chunk_ui(
    ui: &mut Ui,
    folder: &Folder,
    augment: &Augment,
    is_current: bool,
    own: &mut Vec<AugmentCommand>,
) {
    let chunk = augment.chunk();
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Chunk");
        let mut text = augment.chunk_text();
        let field = ui
            .add(TextEdit::singleline(&mut text).id_salt("chunk_number").desired_width(40.0))
            .labelled_by(label.id)
            .on_hover_text("Which piece of the selected recording is shown: a number from 0");
        if field.changed() {
            own.push(AugmentCommand::TypeChunk(text));
        }
        if let Some(last) = augment.n_chunks().and_then(|n_chunks| n_chunks.checked_sub(1)) {
            let tone = if augment.is_chunk_text_possible() { Tone::Weak } else { Tone::Bad };
            let range = tone.text(ui, format!("of 0 to {last}"));
            ui.label(range);
        }
        let previous = ui.add_enabled(chunk > 0, egui::Button::new("Previous"));
        if previous.on_hover_text("The piece before").clicked() {
            own.push(AugmentCommand::ShowChunk(chunk - 1));
        }
        let next = chunk.saturating_add(1);
        if ui
            .add_enabled(augment.has_chunk(next), egui::Button::new("Next"))
            .on_hover_text("The piece after")
            .clicked()
        {
            own.push(AugmentCommand::ShowChunk(next));
        }
        if let Some(shown) = augment.shown().filter(|_| is_current) {
            let name = shown.file.strip_prefix(&folder.root).unwrap_or(&shown.file).display();
            let chunk_s = folder.settings.chunk_s;
            let [start, end] = [shown.start_s, shown.start_s + chunk_s].map(in_words::position);
            let text = Tone::Weak.text(ui, format!("{}, {start} to {end}", display_text(&name.to_string())));
            ui.label(text);
        }
    });
}
