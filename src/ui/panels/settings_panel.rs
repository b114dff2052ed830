//! The settings of the analysis, each with its unit and what it does; what is impossible is said at its control.

use egui::{
    Align, ComboBox, Frame, Key, Layout, Panel, Role, ScrollArea, Stroke, TextEdit, Ui, WidgetInfo, vec2,
};

use super::{preset_panel, threshold_control};
use crate::settings::table::{EXCLUDE_CHUNKS_QUIETER, IF_THRESHOLD};
use crate::settings::{Kind, Remark, SETTINGS, Setting, Value};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::settings::form::{Field, Form, PANEL};
use crate::ui::settings::presets::Presets;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::fixed_place::lines_ui;
use crate::ui::widgets::place::Place;

/// Widths in points of the columns: names, fields and units stand below each other.
const LABEL_WIDTH: f32 = 92.0;
const FIELD_WIDTH: f32 = 54.0;
const UNIT_WIDTH: f32 = 52.0;

/// Lines that what is said of the mask may take: they keep their place while there is less to say.
const MASK_LINES: usize = 5;

/// Lines that the meaning of a choice may take.
const CHOICE_LINES: usize = 2;

/// Draws it. `mask_notes` are lines about the threshold in effect.
pub(in crate::ui) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    presets: &Presets,
    mask_notes: &[String],
    commands: &mut Vec<Command>,
) {
    ui.add_space(4.0);
    theme::heading_ui(ui, "Analysis");
    remarks_panel_ui(ui, &folder.form, folder.task.is_none(), commands);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_enabled_ui(folder.task.is_none(), |ui| {
            // First what the view beside it is for: it is near on the keyboard as well.
            ui.push_id("threshold", |ui| {
                setting_ui(ui, folder, &IF_THRESHOLD, commands);
                mask_ui(ui, mask_notes);
            });
            ui.separator();
            ui.push_id("presets", |ui| preset_panel::ui(ui, &folder.settings, presets, commands));
            ui.separator();
            // Paths are changed elsewhere in the window.
            let has_control = |setting: &'static Setting| {
                matches!(setting.kind, Kind::Choice(_) | Kind::Flag) || Field::of(setting).next().is_some()
            };
            let of_panel = SETTINGS.iter().filter(|setting| PANEL.contains(&setting.stage));
            for &setting in of_panel.filter(|&&setting| has_control(setting) && *setting != IF_THRESHOLD) {
                if *setting == EXCLUDE_CHUNKS_QUIETER {
                    ui.separator();
                    theme::section_ui(ui, "Left out of the build");
                }
                ui.push_id(setting.key, |ui| setting_ui(ui, folder, setting, commands));
            }
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

/// A setting with the name before its control.
fn setting_ui(ui: &mut Ui, folder: &Folder, setting: &'static Setting, commands: &mut Vec<Command>) {
    match (setting.kind, Field::of(setting).next()) {
        (Kind::Choice(options), _) => {
            choice_ui(ui, folder, setting, options, commands);
            ui.add_space(4.0);
        }
        (Kind::Flag, _) => flag_ui(ui, folder, setting, commands),
        // Its name is a sentence: the field stands below it.
        (Kind::NumberOrNone { .. }, Some(field)) => {
            let label = ui.label(setting.label).on_hover_text(setting.help);
            ui.horizontal(|ui| {
                column_ui(ui, LABEL_WIDTH, |ui| ui.label(""));
                panel_field_ui(ui, folder, field, label.id, commands);
            });
        }
        (_, Some(field)) if *setting == IF_THRESHOLD => {
            let top = ui.cursor().top();
            threshold_control::ui(ui, folder, setting, commands, |ui, label, commands| {
                let width = threshold_control::FIELD_WIDTH;
                field_ui(ui, &folder.form, field, width, Some(label), commands);
                let unit = Tone::Weak.text(ui, setting.unit.name());
                ui.label(unit);
                usual_ui(ui, folder, setting, commands);
            });
            let place = egui::Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=ui.cursor().top());
            Place::Threshold.mark(ui, place);
        }
        (_, Some(field)) => {
            ui.horizontal(|ui| {
                let label = column_ui(ui, LABEL_WIDTH, |ui| ui.label(setting.label));
                let label = label.on_hover_text(setting.help);
                panel_field_ui(ui, folder, field, label.id, commands);
            });
        }
        _ => {}
    }
}

/// Something in a column of `width` points, whatever it takes itself.
fn column_ui<R>(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        add(ui)
    })
    .inner
}

fn panel_field_ui(ui: &mut Ui, folder: &Folder, field: Field, label: egui::Id, commands: &mut Vec<Command>) {
    field_ui(ui, &folder.form, field, FIELD_WIDTH, Some(label), commands);
    let unit = Tone::Weak.text(ui, field.setting.unit.name());
    column_ui(ui, UNIT_WIDTH, |ui| ui.label(unit));
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
    let tone = form.remarks(field.setting.key).map(|remark| remark.is_impossible).max();
    let mut response = ui
        .add(TextEdit::singleline(&mut text).id_salt(field.label()).desired_width(width))
        .on_hover_text(format!("{} In {}", field.help(), field.setting.unit.name()));
    if let Some(label) = label {
        response = response.labelled_by(label);
    } else {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(field.label()));
    }
    if let Some(is_impossible) = tone {
        // What is said of it stands below the list.
        let color = if is_impossible { Tone::Bad } else { Tone::Warning }.color(ui);
        let stroke = Stroke::new(1.5, color);
        ui.painter().rect_stroke(response.rect, 2.0, stroke, egui::StrokeKind::Outside);
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
            let label = if setting.kind.none_word() == Some(text.as_str()) {
                text.clone()
            } else {
                format!("{text} {unit}")
            };
            if ui.button(label).clicked() {
                commands.push(Command::ChangeSetting { key: setting.key, text });
                ui.close();
            }
        }
    });
    let response = menu.response.on_hover_text(format!("{name}, in {unit}"));
    let is_enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, &name));
}

fn mask_ui(ui: &mut Ui, mask_notes: &[String]) {
    let text = Tone::Weak.text(ui, mask_notes.join("\n"));
    lines_ui(ui, MASK_LINES, text, "");
}

/// Everything that is to be said of the settings of a form, at the lower edge of what it is drawn in: it covers the end of
/// the list above and moves nothing.
pub(in crate::ui) fn remarks_panel_ui(ui: &mut Ui, form: &Form, is_free: bool, commands: &mut Vec<Command>) {
    let most = ui.available_height() / 2.0;
    let remarks = form.all_remarks();
    if remarks.is_empty() {
        return;
    }
    Panel::bottom(ui.scope_id().with("remarks")).resizable(false).frame(Frame::NONE).show(ui, |ui| {
        ScrollArea::vertical().max_height(most).min_scrolled_height(most).auto_shrink([false, true]).show(
            ui,
            |ui| {
                ui.add_enabled_ui(is_free, |ui| {
                    ui.add_space(4.0);
                    remarks_ui(ui, remarks, commands);
                });
            },
        );
    });
}

/// Remarks on settings, each with the buttons that fix it.
fn remarks_ui(ui: &mut Ui, remarks: &[Remark], commands: &mut Vec<Command>) {
    for remark in remarks {
        let tone = if remark.is_impossible { Tone::Bad } else { Tone::Warning };
        let label = Setting::of_key(remark.key).map_or("", |setting| setting.label);
        let text = tone.text(ui, format!("{label}: {}", remark.words));
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
    let current = setting.texts(&folder.settings).concat();
    ui.horizontal(|ui| {
        let label = column_ui(ui, LABEL_WIDTH, |ui| ui.label(setting.label)).on_hover_text(setting.help);
        ComboBox::from_id_salt(setting.key)
            .selected_text(&current)
            .width(110.0)
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
    });
    let help = options.iter().find(|(name, _)| *name == current).map_or("", |(_, help)| help);
    let text = Tone::Weak.text(ui, help);
    lines_ui(ui, CHOICE_LINES, text, "");
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
