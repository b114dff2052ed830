//! The settings of the analysis, each with its unit and what it does; what is impossible is said at its control.

use egui::{ComboBox, Key, ScrollArea, TextEdit, Ui};

use super::command::Command;
use super::form::{FIELDS, mode_help};
use super::state::Folder;
use super::theme::{self, Tone};
use super::tune;
use crate::settings::IfMode;

pub(super) fn ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    ui.add_space(4.0);
    theme::heading_ui(ui, "Analysis");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_enabled_ui(folder.task.is_none(), |ui| {
            for index in 0..FIELDS.len() {
                field_ui(ui, folder, index, commands);
            }
            for words in tune::mask_words(folder) {
                let text = Tone::Weak.text(ui, words);
                ui.label(text);
            }
            mode_ui(ui, folder.settings.if_mode, commands);
            for warning in folder.settings.analysis().warnings() {
                let text = Tone::Warning.text(ui, warning);
                ui.label(text);
            }
            ui.add_space(8.0);
            history_ui(ui, folder, commands);
        });
        ui.add_space(8.0);
        let words = if folder.task.is_some() {
            "Settings stay as they are while a build or check runs."
        } else {
            "Saved in the folder as melscope.json; the command line uses them as well."
        };
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    });
}

fn field_ui(ui: &mut Ui, folder: &Folder, index: usize, commands: &mut Vec<Command>) {
    let field = &FIELDS[index];
    let label = ui.label(field.label).on_hover_text(field.help);
    ui.horizontal(|ui| {
        let mut text = folder.form.text(index).to_owned();
        let response = ui
            .add(TextEdit::singleline(&mut text).id_salt(field.key).desired_width(110.0))
            .labelled_by(label.id)
            .on_hover_text(field.help);
        if response.changed() {
            commands.push(Command::TypeSetting { index, text });
        }
        if response.lost_focus() {
            commands.push(Command::ApplySettings);
            // Enter confirms and stays, so that another value can be tried at once.
            if ui.input(|input| input.key_pressed(Key::Enter)) {
                response.request_focus();
            }
        }
        let unit = Tone::Weak.text(ui, field.unit);
        ui.label(unit);
    });
    if let Some(problem) = folder.form.problem(index) {
        let text = Tone::Bad.text(ui, problem);
        ui.label(text);
    }
    ui.add_space(4.0);
}

fn mode_ui(ui: &mut Ui, if_mode: IfMode, commands: &mut Vec<Command>) {
    let help = "How the instantaneous frequency of a band is made from its bins";
    let label = ui.label("Frequency mode").on_hover_text(help);
    ComboBox::from_id_salt("if_mode")
        .selected_text(if_mode.name())
        .width(150.0)
        .show_ui(ui, |ui| {
            for mode in IfMode::ALL {
                if ui.selectable_label(mode == if_mode, mode.name()).on_hover_text(mode_help(mode)).clicked()
                {
                    commands.push(Command::SetIfMode(mode));
                }
            }
        })
        .response
        .labelled_by(label.id);
    let text = Tone::Weak.text(ui, mode_help(if_mode));
    ui.label(text);
}

fn history_ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let undo = ui.add_enabled(folder.history.can_undo(), egui::Button::new("Undo"));
        if undo.on_hover_text("Takes back the last change of settings or files (Ctrl+Z)").clicked() {
            commands.push(Command::Undo);
        }
        let redo = ui.add_enabled(folder.history.can_redo(), egui::Button::new("Redo"));
        if redo.on_hover_text("Brings back what was undone (Ctrl+Shift+Z)").clicked() {
            commands.push(Command::Redo);
        }
    });
}
