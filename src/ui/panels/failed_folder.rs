//! The page in place of a folder that cannot be opened.

use egui::Ui;

use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::theme::{self, Tone};

/// Draws why the folder at `path` cannot be opened, and what can be done.
pub(in crate::ui) fn ui(ui: &mut Ui, path: &str, message: &str, commands: &mut Vec<Command>) {
    theme::heading_ui(ui, "This folder cannot be opened");
    // Most reasons name it themselves.
    if !message.contains(path) {
        ui.label(display_text(path));
    }
    ui.add_space(6.0);
    let text = Tone::Bad.text(ui, display_text(message));
    ui.label(text);
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Try again").on_hover_text("Reads the folder again").clicked() {
            commands.push(Command::Reload);
        }
        if ui.button("Open another folder").on_hover_text("Choose a folder of sounds in a dialog").clicked() {
            commands.push(Command::PickFolder);
        }
    });
}
