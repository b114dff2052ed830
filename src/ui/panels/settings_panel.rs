//! The settings of the analysis, each with its unit and what it does; what is impossible is said at its control.

use egui::{
    Align, Button, ComboBox, Key, Layout, Role, ScrollArea, Slider, SliderClamping, TextEdit, Ui, WidgetInfo,
    vec2,
};

use super::preset_panel;
use crate::settings::IfMode;
use crate::ui::command::Command;
use crate::ui::settings::form::{FIELDS, Field, THRESHOLD, mode_help, usual};
use crate::ui::settings::presets::Presets;
use crate::ui::settings::remarks::Remark;
use crate::ui::state::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::tune;

/// What the threshold's slider covers, in mel power: with a window of 2048 the rounding noise of 16 bits has about 6e-8 a
/// bin, and a tone at full level 3e5.
const THRESHOLDS: std::ops::RangeInclusive<f64> = 1e-10..=1e4;

/// Width of the names before the fields, and of the fields, in points.
const LABEL_WIDTH: f32 = 74.0;
const FIELD_WIDTH: f32 = 56.0;

pub(in crate::ui) fn ui(ui: &mut Ui, folder: &Folder, presets: &Presets, commands: &mut Vec<Command>) {
    ui.add_space(4.0);
    theme::heading_ui(ui, "Analysis");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_enabled_ui(folder.task.is_none(), |ui| {
            // Each part counts its widgets for itself: a remark that comes or goes must not break off a drag below it.
            ui.push_id("presets", |ui| preset_panel::ui(ui, &folder.settings, presets, commands));
            ui.separator();
            for (index, field) in FIELDS.iter().enumerate() {
                ui.push_id(field.key, |ui| setting_ui(ui, folder, index, commands));
            }
            mode_ui(ui, folder.settings.if_mode, commands);
            remarks_ui(ui, folder.form.remarks("if_mode"), commands);
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

fn setting_ui(ui: &mut Ui, folder: &Folder, index: usize, commands: &mut Vec<Command>) {
    let field = &FIELDS[index];
    if index == THRESHOLD {
        let label = ui.label(field.label).on_hover_text(field.help);
        threshold_ui(ui, folder, label.id, commands);
        ui.horizontal(|ui| field_ui(ui, folder, index, label.id, commands));
    } else {
        ui.horizontal(|ui| {
            let row = ui.available_size().min(vec2(LABEL_WIDTH, ui.spacing().interact_size.y));
            let label = ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(LABEL_WIDTH);
                ui.label(field.label).on_hover_text(field.help)
            });
            field_ui(ui, folder, index, label.inner.id, commands);
        });
    }
    remarks_ui(ui, folder.form.remarks(field.key), commands);
    if index == THRESHOLD {
        mask_ui(ui, folder);
    }
    ui.add_space(4.0);
}

fn field_ui(ui: &mut Ui, folder: &Folder, index: usize, label: egui::Id, commands: &mut Vec<Command>) {
    let field = &FIELDS[index];
    let mut text = folder.form.text(index).to_owned();
    let response = ui
        .add(TextEdit::singleline(&mut text).id_salt(field.key).desired_width(FIELD_WIDTH))
        .labelled_by(label)
        .on_hover_text(format!("{} In {}", field.help, field.unit));
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
    usual_ui(ui, folder, field, commands);
}

/// A menu of usual values, for whoever does not want to type.
fn usual_ui(ui: &mut Ui, folder: &Folder, field: &Field, commands: &mut Vec<Command>) {
    let values = usual(field.key, &folder.settings);
    if values.is_empty() {
        return;
    }
    let name = format!("Usual values of {}", field.label);
    let menu = ui.menu_button("…", |ui| {
        for text in values {
            if ui.button(format!("{text} {}", field.unit)).clicked() {
                commands.push(Command::ChangeSetting { key: field.key, text });
                ui.close();
            }
        }
    });
    let response = menu.response.on_hover_text(format!("{name}, in {}", field.unit));
    let is_enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, &name));
}

/// The slider and the switch of the mask, above the field with the exact number.
fn threshold_ui(ui: &mut Ui, folder: &Folder, label: egui::Id, commands: &mut Vec<Command>) {
    let threshold = folder.settings.if_threshold;
    ui.horizontal(|ui| {
        let mut is_off = threshold == 0.0;
        let mut value = if is_off { folder.form.threshold_on() } else { threshold };
        ui.spacing_mut().slider_width = 140.0;
        // A threshold beyond the ends is possible: the slider shows it at its end and leaves it as it is.
        let slider = Slider::new(&mut value, THRESHOLDS)
            .logarithmic(true)
            .smallest_positive(*THRESHOLDS.start())
            .clamping(SliderClamping::Never)
            .show_value(false);
        let hint = "Drag, or step with the arrow keys; in mel power of a chunk whose peak is 1. The field below takes \
                    exact numbers";
        let response = ui.add_enabled(!is_off, slider).labelled_by(label).on_hover_text(hint);
        if response.changed() {
            commands.push(Command::SetThreshold(to_three_digits(value)));
        }
        let hint = "Keeps the instantaneous frequency of every band, noise as well";
        if ui.checkbox(&mut is_off, "off").on_hover_text(hint).changed() {
            let threshold = if is_off { 0.0 } else { folder.form.threshold_on() };
            commands.push(Command::SetThreshold(threshold));
        }
    });
}

/// `value` to three digits: what a slider can tell apart, and a person can read.
pub(in crate::ui) fn to_three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

fn mask_ui(ui: &mut Ui, folder: &Folder) {
    for words in tune::mask_words(folder) {
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    }
}

/// What there is to say of a setting, each with the buttons that mend it.
pub(in crate::ui) fn remarks_ui<'a>(
    ui: &mut Ui,
    remarks: impl Iterator<Item = &'a Remark>,
    commands: &mut Vec<Command>,
) {
    for remark in remarks {
        let tone = if remark.is_impossible { Tone::Bad } else { Tone::Warning };
        let text = tone.text(ui, &remark.words);
        ui.label(text);
        ui.horizontal_wrapped(|ui| {
            for mend in &remark.mends {
                let hint = "Changes the setting; it can be undone";
                if ui.button(&mend.label).on_hover_text(hint).clicked() {
                    commands.push(mend.command.clone());
                }
            }
        });
    }
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
        .labelled_by(label.id)
        .on_hover_text(help);
    let text = Tone::Weak.text(ui, mode_help(if_mode));
    ui.label(text);
}

fn history_ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let undo = ui.add_enabled(folder.history.can_undo(), Button::new("Undo"));
        if undo.on_hover_text("Takes back the last change of settings or files (Ctrl+Z)").clicked() {
            commands.push(Command::Undo);
        }
        let redo = ui.add_enabled(folder.history.can_redo(), Button::new("Redo"));
        if redo.on_hover_text("Brings back what was undone (Ctrl+Shift+Z)").clicked() {
            commands.push(Command::Redo);
        }
    });
}
