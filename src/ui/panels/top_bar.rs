//! The bar at the top: which folder is open, how to open another, and the colours.

use egui::accesskit::Role;
use egui::{Align, Key, Label, Layout, TextEdit, Ui, WidgetInfo};

use super::help;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::state::State;
use crate::ui::session::view_id::Tab;
use crate::ui::theme::{Theme, Tone};

/// Draws it, with one tab for each of `tabs`.
pub(in crate::ui) fn ui(ui: &mut Ui, state: &State, tabs: &[Tab], commands: &mut Vec<Command>) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let is_free = !state.is_working();
        ui.add_enabled_ui(is_free, |ui| open_ui(ui, state, commands))
            .response
            .on_disabled_hover_text("A build or check is running: cancel it before opening another folder.");
        tabs_ui(ui, state, tabs, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            help::ui(ui);
            theme_ui(ui, state, commands);
            // The summary gives way where there is little room.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let Some(folder) = state.folder() else { return };
                let summary =
                    ui.add(Label::new(display_text(&folder.files.summary(&folder.root))).truncate());
                summary.on_hover_text(display_text(&folder.root.display().to_string()));
            });
        });
    });
    ui.add_space(2.0);
}

fn tabs_ui(ui: &mut Ui, state: &State, tabs: &[Tab], commands: &mut Vec<Command>) {
    ui.separator();
    for Tab { id, title, help } in tabs {
        let is_shown = state.view == Some(*id);
        let tab = ui.selectable_label(is_shown, *title);
        tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, *title));
        if tab.on_hover_text(*help).clicked() {
            commands.push(Command::Show(*id));
        }
    }
    ui.separator();
}

fn open_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    if ui.button("Open folder…").on_hover_text("Choose a folder of recordings in a dialog").clicked() {
        commands.push(Command::PickFolder);
    }
    ui.menu_button("Recent", |ui| {
        if state.recent.is_empty() {
            ui.label("No folder was opened yet");
        }
        for folder in &state.recent {
            if ui.button(display_text(&folder.display().to_string())).clicked() {
                commands.push(Command::Open(folder.clone()));
                ui.close();
            }
        }
    });
    let label = ui.label("Path");
    let mut text = state.path_text.clone();
    let field = ui
        .add(TextEdit::singleline(&mut text).desired_width(230.0).hint_text("type a folder, press Enter"))
        .labelled_by(label.id)
        .on_hover_text("The open folder. Type another and press Enter to open it");
    if field.changed() {
        commands.push(Command::TypePath(text.clone()));
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !text.trim().is_empty() {
        commands.push(Command::Open(text.trim().into()));
    }
}

/// Laid out from the right, so the last comes first.
fn theme_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    for theme in Theme::ALL.into_iter().rev() {
        let name = theme.name();
        if ui.selectable_label(state.theme == theme, name).on_hover_text(format!("{name} colours")).clicked()
        {
            commands.push(Command::SetTheme(theme));
        }
    }
    let text = Tone::Weak.text(ui, "Theme");
    ui.label(text);
}
