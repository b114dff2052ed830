//! The Augment view: how variants are drawn, and the first of them to see and hear beside their original.

pub(super) mod auditioning;
mod cards;
mod controls;
pub mod model;
pub mod wish;

use egui::{Frame, Panel, TextEdit, TextureHandle, Ui};

use super::command::Command;
use super::listen::Listen;
use super::state::Folder;
use super::theme::Tone;
use crate::in_words;
use wish::Wish;

/// Draws the view.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    listen: &Listen,
    textures: &[[TextureHandle; 2]],
    commands: &mut Vec<Command>,
) {
    let mut wishes = Vec::new();
    Panel::left("augmentation")
        .frame(Frame::NONE.inner_margin(egui::Margin { right: 8, ..egui::Margin::ZERO }))
        .default_size(250.0)
        .size_range(220.0..=360.0)
        .show(ui, |ui| controls::ui(ui, folder, &mut wishes, commands));
    let augment = &folder.augment;
    Frame::NONE.inner_margin(egui::Margin { left: 8, ..egui::Margin::ZERO }).show(ui, |ui| {
        if folder.files.selected().is_none() {
            ui.label("Select a file on the left, with the mouse or with Up and Down.");
            return;
        }
        chunk_ui(ui, folder, &mut wishes);
        if let Some(failure) = augment.failure() {
            let text = Tone::Bad.text(ui, format!("There is nothing to compare: {failure}"));
            ui.label(text);
        }
        cards::ui(ui, augment, listen, textures, commands);
    });
    commands.extend(wishes.into_iter().map(Command::Augment));
}

/// Which chunk of the selected file is shown.
fn chunk_ui(ui: &mut Ui, folder: &Folder, wishes: &mut Vec<Wish>) {
    let augment = &folder.augment;
    let chunk = augment.chunk();
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Chunk");
        let mut text = augment.chunk_text();
        let field = ui
            .add(TextEdit::singleline(&mut text).id_salt("chunk_number").desired_width(40.0))
            .labelled_by(label.id)
            .on_hover_text("Which piece of the selected recording is shown: a number from 0");
        if field.changed() {
            wishes.push(Wish::TypeChunk(text));
        }
        if let Some(last) = augment.n_chunks().and_then(|n_chunks| n_chunks.checked_sub(1)) {
            let tone = if augment.is_chunk_text_possible() { Tone::Weak } else { Tone::Bad };
            let range = tone.text(ui, format!("of 0 to {last}"));
            ui.label(range);
        }
        let previous = ui.add_enabled(chunk > 0, egui::Button::new("Previous"));
        if previous.on_hover_text("The piece before").clicked() {
            wishes.push(Wish::ShowChunk(chunk - 1));
        }
        let next = chunk.saturating_add(1);
        if ui
            .add_enabled(augment.has_chunk(next), egui::Button::new("Next"))
            .on_hover_text("The piece after")
            .clicked()
        {
            wishes.push(Wish::ShowChunk(next));
        }
        if let Some(shown) = augment.shown() {
            let name = shown.file.strip_prefix(&folder.root).unwrap_or(&shown.file).display();
            let chunk_s = shown.variants.first().map_or(0, |take| take.samples.len()) as f64
                / f64::from(shown.sample_rate_hz);
            let start_s = f64::from(shown.chunk) * chunk_s;
            let [start, end] = [start_s, start_s + chunk_s].map(in_words::position);
            let text = Tone::Weak.text(ui, format!("{name}, {start} to {end}"));
            ui.label(text);
        }
    });
}
