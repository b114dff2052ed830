//! The bar at the top: which folder is open, how to open another, the views, undo and redo, and what concerns the window
//! itself.

use egui::accesskit::Role;
use egui::{Align, Button, Key, Label, Layout, TextEdit, Ui, WidgetInfo};

use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::history::History;
use crate::ui::session::state::State;
use crate::ui::session::view_id::Tab;
use crate::ui::theme::Theme;

/// Width in points from which on there is room for more than what the bar must have.
const WIDE: f32 = 1180.0;

/// Width below which its parts stand closely.
const NARROW: f32 = 900.0;

/// Draws it, with one tab for each of `tabs`. `has_settings` tells whether the panel of settings is open, where a folder is.
pub(in crate::ui) fn ui(
    ui: &mut Ui,
    state: &State,
    tabs: &[Tab],
    has_settings: Option<bool>,
    commands: &mut Vec<Command>,
) {
    ui.add_space(4.0);
    let width = ui.available_width();
    ui.horizontal(|ui| {
        if width < NARROW {
            let spacing = ui.spacing_mut();
            spacing.button_padding.x *= 0.5;
            spacing.item_spacing.x *= 0.5;
        }
        let is_free = !state.is_working();
        // Half of what a wide window has to spare.
        let path_width = ((width - 800.0) / 2.0).clamp(70.0, 230.0);
        ui.add_enabled_ui(is_free, |ui| open_ui(ui, state, path_width, commands))
            .response
            .on_disabled_hover_text("A build or check is running: cancel it before opening another folder.");
        tabs_ui(ui, state, tabs, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu_ui(ui, state, commands);
            settings_panel_ui(ui, has_settings, commands);
            history_ui(ui, state, commands);
            if width < WIDE {
                return;
            }
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
    for (Tab { id, title, help }, key) in tabs.iter().zip(1..) {
        let is_shown = state.view == Some(*id);
        let tab = ui.selectable_label(is_shown, *title);
        tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, *title));
        if tab.on_hover_text(format!("{help} (Ctrl+{key})")).clicked() {
            commands.push(Command::Show(*id));
        }
    }
    ui.separator();
}

fn open_ui(ui: &mut Ui, state: &State, path_width: f32, commands: &mut Vec<Command>) {
    if ui.button("Open folder…").on_hover_text("Choose a folder of recordings in a dialog (Ctrl+O)").clicked()
    {
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
    let mut text = state.path_text.clone();
    let field =
        TextEdit::singleline(&mut text).desired_width(path_width).hint_text("type a folder, press Enter");
    let field = ui.add(field).on_hover_text("The open folder. Type another and press Enter to open it");
    ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Path"));
    if field.changed() {
        commands.push(Command::TypePath(text.clone()));
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !text.trim().is_empty() {
        commands.push(Command::Open(text.trim().into()));
    }
}

/// Laid out from the right, so the last comes first.
fn history_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let history = state.folder().filter(|folder| folder.task.is_none()).map(|folder| &folder.history);
    let can_redo = history.is_some_and(History::can_redo);
    let redo = ui.add_enabled(can_redo, Button::new("Redo"));
    if redo.on_hover_text("Brings back what was undone (Ctrl+Shift+Z)").clicked() {
        commands.push(Command::Redo);
    }
    let can_undo = history.is_some_and(History::can_undo);
    let undo = ui.add_enabled(can_undo, Button::new("Undo"));
    if undo.on_hover_text("Takes back the last change of settings or files (Ctrl+Z)").clicked() {
        commands.push(Command::Undo);
    }
}

/// The switch of the panel of settings beside the view.
fn settings_panel_ui(ui: &mut Ui, has_settings: Option<bool>, commands: &mut Vec<Command>) {
    let mut is_open = has_settings.unwrap_or(false);
    ui.add_enabled_ui(has_settings.is_some(), |ui| {
        let toggle = ui.toggle_value(&mut is_open, "Analysis");
        let help = "Opens the settings of the analysis at the right, or folds them away";
        if toggle.on_hover_text(help).changed() {
            commands.push(Command::ShowSettingsPanel(is_open));
        }
    });
}

/// What concerns the window itself.
fn menu_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let help = ui.button("?").on_hover_text("What the keys and the mouse do (F1)");
    if help.clicked() {
        commands.push(Command::ShowHelp(true));
    }
    let menu = ui.menu_button("Theme", |ui| {
        for theme in Theme::ALL {
            let name = theme.name();
            if ui.radio(state.theme == theme, name).on_hover_text(format!("{name} colours")).clicked() {
                commands.push(Command::SetTheme(theme));
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("Light or dark colours");
}
