//! The settings of the analysis, each with its unit and what it does; what is impossible is said at its control.

use egui::{
    Align, Button, ComboBox, Key, Layout, Role, ScrollArea, Slider, SliderClamping, TextEdit, Ui, WidgetInfo,
    vec2,
};

use super::preset_panel;
use crate::settings::table::IF_THRESHOLD;
use crate::settings::{Kind, Remark, SETTINGS, Setting, Value};
use crate::ui::number_text::to_three_digits;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::settings::form::{Field, Form, PANEL};
use crate::ui::settings::presets::Presets;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::place::Place;

/// The range of the threshold's slider, in mel power: with a window of 2048 the rounding noise of 16 bits has about 6e-8 a
/// bin, and a tone at full level 3e5.
const THRESHOLDS: std::ops::RangeInclusive<f64> = 1e-10..=1e4;

/// Width of the names before the fields, and of the fields, in points.
const LABEL_WIDTH: f32 = 74.0;
const FIELD_WIDTH: f32 = 56.0;

pub(in crate::ui) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    presets: &Presets,
    mask_notes: &[String],
    commands: &mut Vec<Command>,
) {
    ui.add_space(4.0);
    theme::heading_ui(ui, "Analysis");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_enabled_ui(folder.task.is_none(), |ui| {
            // Each part counts its widgets for itself: a remark that comes or goes must not break off a drag below it.
            ui.push_id("presets", |ui| preset_panel::ui(ui, &folder.settings, presets, commands));
            ui.separator();
            // Paths are changed elsewhere in the window.
            let has_control = |setting: &'static Setting| {
                matches!(setting.kind, Kind::Choice(_) | Kind::Flag) || Field::of(setting).next().is_some()
            };
            let of_panel = SETTINGS.iter().filter(|setting| PANEL.contains(&setting.stage));
            let shown = of_panel.filter(|&&setting| has_control(setting));
            let mut shown = shown.peekable();
            while let Some(&setting) = shown.next() {
                ui.push_id(setting.key, |ui| {
                    setting_ui(ui, folder, setting, mask_notes, commands);
                    if shown.peek().is_some() {
                        ui.add_space(4.0);
                    }
                });
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

/// A setting with its remarks.
fn setting_ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    mask_notes: &[String],
    commands: &mut Vec<Command>,
) {
    let is_threshold = *setting == IF_THRESHOLD;
    match (setting.kind, Field::of(setting).next()) {
        (Kind::Choice(options), _) => choice_ui(ui, folder, setting, options, commands),
        (Kind::Flag, _) => flag_ui(ui, folder, setting, commands),
        (_, Some(field)) if is_threshold => {
            let label = ui.label(setting.label).on_hover_text(setting.help);
            threshold_ui(ui, folder, label.id, commands);
            let row = ui.horizontal(|ui| panel_field_ui(ui, folder, field, label.id, commands));
            let width = ui.max_rect().x_range();
            let place = egui::Rect::from_x_y_ranges(width, label.rect.top()..=row.response.rect.bottom());
            Place::Threshold.mark(ui, place);
        }
        (_, Some(field)) => {
            ui.horizontal(|ui| {
                let row = ui.available_size().min(vec2(LABEL_WIDTH, ui.spacing().interact_size.y));
                let label = ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(LABEL_WIDTH);
                    ui.label(setting.label).on_hover_text(setting.help)
                });
                panel_field_ui(ui, folder, field, label.inner.id, commands);
            });
        }
        _ => return,
    }
    remarks_ui(ui, folder.form.remarks(setting.key), commands);
    if is_threshold {
        mask_ui(ui, mask_notes);
    }
}

fn panel_field_ui(ui: &mut Ui, folder: &Folder, field: Field, label: egui::Id, commands: &mut Vec<Command>) {
    field_ui(ui, &folder.form, field, FIELD_WIDTH, Some(label), commands);
    let unit = Tone::Weak.text(ui, field.setting.unit.name());
    ui.label(unit);
    usual_ui(ui, folder, field.setting, commands);
}

/// A text field of a form; where there is no room for its label, a screen reader is told it.
pub(in crate::ui) fn field_ui(
    ui: &mut Ui,
    form: &Form,
    field: Field,
    width: f32,
    label: Option<egui::Id>,
    commands: &mut Vec<Command>,
) {
    let mut text = form.text(field).to_owned();
    let mut response = ui
        .add(TextEdit::singleline(&mut text).id_salt(field.label()).desired_width(width))
        .on_hover_text(format!("{} In {}", field.help(), field.setting.unit.name()));
    if let Some(label) = label {
        response = response.labelled_by(label);
    } else {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(field.label()));
    }
    if response.changed() {
        commands.push(Command::TypeSetting { field, text });
    }
    if response.lost_focus() {
        commands.push(Command::ApplySettings);
        // Enter confirms and stays, so that another value can be tried at once.
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            response.request_focus();
        }
    }
}

/// A menu of usual values, for whoever does not want to type.
fn usual_ui(ui: &mut Ui, folder: &Folder, setting: &'static Setting, commands: &mut Vec<Command>) {
    let values = setting.usual_texts(&folder.settings);
    if values.is_empty() {
        return;
    }
    let (name, unit) = (format!("Usual values of {}", setting.label), setting.unit.name());
    let menu = ui.menu_button("…", |ui| {
        for text in values {
            if ui.button(format!("{text} {unit}")).clicked() {
                commands.push(Command::ChangeSetting { key: setting.key, text });
                ui.close();
            }
        }
    });
    let response = menu.response.on_hover_text(format!("{name}, in {unit}"));
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

fn mask_ui(ui: &mut Ui, mask_notes: &[String]) {
    for words in mask_notes {
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    }
}

/// Remarks on a setting, each with the buttons that fix it.
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
            for fix in &remark.fixes {
                let hint = "Changes the setting; it can be undone";
                if ui.button(&fix.label).on_hover_text(hint).clicked() {
                    commands.push(Command::ChangeSetting { key: fix.key, text: fix.value.clone() });
                }
            }
        });
    }
}

/// A setting that is one of several names, with the help of the one that is chosen.
pub(in crate::ui) fn choice_ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    options: &[(&'static str, &'static str)],
    commands: &mut Vec<Command>,
) {
    let current = setting.get(&folder.settings).texts().concat();
    let label = ui.label(setting.label).on_hover_text(setting.help);
    ComboBox::from_id_salt(setting.key)
        .selected_text(&current)
        .width(150.0)
        .show_ui(ui, |ui| {
            for (name, help) in options {
                if ui.selectable_label(*name == current, *name).on_hover_text(*help).clicked() {
                    commands.push(Command::ChangeSetting { key: setting.key, text: (*name).into() });
                }
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(setting.help);
    let help = options.iter().find(|(name, _)| *name == current).map_or("", |(_, help)| help);
    let text = Tone::Weak.text(ui, help);
    ui.label(text);
}

/// A setting that is on or off.
pub(in crate::ui) fn flag_ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    commands: &mut Vec<Command>,
) {
    let mut is_on = setting.get(&folder.settings) == Value::Flag(true);
    if ui.checkbox(&mut is_on, setting.label).on_hover_text(setting.help).changed() {
        commands.push(Command::ChangeSetting { key: setting.key, text: is_on.to_string() });
    }
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
