//! The presets at the top of the settings: choose, save, rename, delete.

use egui::{Button, ComboBox, Id, Key, TextEdit, Ui};

use crate::settings::Settings;
use crate::ui::session::command::Command;
use crate::ui::settings::presets::{PresetCommand, Presets, built_in};
use crate::ui::theme::Tone;

pub(in crate::ui) fn ui(ui: &mut Ui, settings: &Settings, presets: &Presets, commands: &mut Vec<Command>) {
    let mut wish = None;
    let current = presets.current(settings);
    choice_ui(ui, current.as_ref(), presets, &mut wish);
    if presets.naming().is_some() {
        naming_ui(ui, presets, &mut wish);
    } else {
        let own = current.map(|(name, _)| name).filter(|name| presets.is_own(name));
        buttons_ui(ui, own, &mut wish);
    }
    if let Some(preset) = presets.deleted() {
        ui.horizontal_wrapped(|ui| {
            let text = Tone::Weak.text(ui, format!("“{}” is deleted.", preset.name));
            ui.label(text);
            if ui.button("Bring it back").on_hover_text("Undoes the deletion of the preset").clicked() {
                wish = Some(PresetCommand::Restore);
            }
        });
    }
    commands.extend(wish.map(Command::Preset));
}

fn choice_ui(
    ui: &mut Ui,
    current: Option<&(String, bool)>,
    presets: &Presets,
    wish: &mut Option<PresetCommand>,
) {
    let help = "Settings that go together, for a kind of sound. Choosing one can be undone";
    let label = ui.label("Preset").on_hover_text(help);
    let shown = match current {
        Some((name, true)) => name.clone(),
        Some((name, false)) => format!("{name}, changed"),
        None => "none".into(),
    };
    let is_chosen = |name: &str| matches!(current, Some((chosen, true)) if chosen == name);
    let why = built_in().into_iter().find(|preset| is_chosen(preset.name));
    ComboBox::from_id_salt("preset")
        .selected_text(shown)
        .width(190.0)
        .truncate()
        .show_ui(ui, |ui| {
            let mut item = |ui: &mut Ui, name: &str, hint: &str| {
                if ui.selectable_label(is_chosen(name), name).on_hover_text(hint).clicked() {
                    *wish = Some(PresetCommand::Choose(name.into()));
                }
            };
            for preset in built_in() {
                item(ui, preset.name, preset.why);
            }
            if !presets.own().is_empty() {
                ui.separator();
            }
            for preset in presets.own() {
                item(ui, &preset.name, "One of your own");
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(why.map_or(help, |preset| preset.why));
}

fn buttons_ui(ui: &mut Ui, own: Option<String>, wish: &mut Option<PresetCommand>) {
    ui.horizontal_wrapped(|ui| {
        let hint = "Keeps these settings under a name, for every folder";
        if ui.button("Save as…").on_hover_text(hint).clicked() {
            *wish = Some(PresetCommand::BeginSave);
        }
        let Some(own) = own else { return };
        if ui.button("Rename…").on_hover_text("Gives this preset another name").clicked() {
            *wish = Some(PresetCommand::BeginRename(own.clone()));
        }
        let hint = "Deletes this preset; the settings stay as they are";
        if ui.button("Delete preset").on_hover_text(hint).clicked() {
            *wish = Some(PresetCommand::Delete(own));
        }
    });
}

fn naming_ui(ui: &mut Ui, presets: &Presets, wish: &mut Option<PresetCommand>) {
    let Some(naming) = presets.naming() else { return };
    let label = ui.label("Preset name");
    let mut text = naming.text.clone();
    let id = Id::unique("preset_name");
    let is_new = ui.ctx().read_response(id).is_none();
    let field = ui
        .add(TextEdit::singleline(&mut text).id(id).desired_width(190.0).char_limit(60))
        .labelled_by(label.id)
        .on_hover_text("Any name. Enter saves, Escape leaves everything as it was");
    if field.changed() {
        *wish = Some(PresetCommand::TypeName(text));
    }
    let problem = presets.name_problem();
    if let Some(problem) = problem.filter(|problem| !problem.is_empty()) {
        let text = Tone::Bad.text(ui, problem);
        ui.label(text);
    }
    let verb = match &naming.renamed {
        Some(_) => "Rename",
        None if presets.is_own(naming.text.trim()) => "Overwrite",
        None => "Save preset",
    };
    ui.horizontal(|ui| {
        let is_confirmed = ui.add_enabled(problem.is_none(), Button::new(verb)).clicked()
            || field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if is_confirmed {
            *wish = Some(PresetCommand::Confirm);
        }
        let is_dismissed = ui.button("Keep as it is").clicked()
            || field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
        if is_dismissed {
            *wish = Some(PresetCommand::Dismiss);
        }
    });
    // The field appears because a button was pressed: typing can begin at once.
    if is_new {
        field.request_focus();
    }
}
