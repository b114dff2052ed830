//! The settings of augmentation, each with its unit and what it does; what is impossible is said at its control.

use egui::{Align, Button, Layout, Slider, Ui, vec2};

use super::command::AugmentCommand;
use crate::distill;
use crate::in_words;
use crate::pipeline::Estimate;
use crate::settings::table::{EXPANSION, SEED, VOLUME_RANGE};
use crate::settings::{Kind, SETTINGS, Setting, Value};
use crate::ui::panels::settings_panel::{choice_ui, field_ui, flag_ui};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::settings::form::{Field, VARIANTS};
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::distill_help::distill_help_ui;
use crate::ui::widgets::fixed_place::{fixed_place_ui, lines_ui};

/// Room for the name of a field, and for that of a change, in points, so that all fields and all sliders begin at one place.
const LABEL_WIDTH: f32 = 140.0;
const NAME_WIDTH: f32 = 48.0;
/// Lines for what the number of variants means: as many as the longest text takes in the narrowest panel.
const EXPANSION_LINES: usize = 6;

pub(super) fn ui(ui: &mut Ui, folder: &Folder, own: &mut Vec<AugmentCommand>, commands: &mut Vec<Command>) {
    theme::heading_ui(ui, "Augmentation");
    ui.add_enabled_ui(folder.task.is_none(), |ui| {
        // Each part counts its widgets for itself: a remark that comes or goes must not break off a drag below it.
        ui.push_id("expansion", |ui| expansion_ui(ui, folder, own, commands));
        ui.push_id("seed", |ui| labelled_ui(ui, folder, &SEED, commands));
        let drawn = SETTINGS.iter().filter(|setting| VARIANTS.contains(&setting.stage));
        for &setting in drawn.filter(|setting| ![&EXPANSION, &SEED].contains(setting)) {
            ui.push_id(setting.key, |ui| setting_ui(ui, folder, setting, own, commands));
        }
    });
    ui.add_space(8.0);
    if folder.task.is_some() {
        let text = Tone::Weak.text(ui, "Settings stay as they are while a build or check runs.");
        ui.label(text);
    }
    for warning in folder.settings.augmentation.warnings() {
        let text = Tone::Warning.text(ui, warning);
        ui.label(text);
    }
    training_ui(ui, folder, own);
}

/// The number of variants: the field, how many are usual, and what they cost, in a place that is always as large.
fn expansion_ui(ui: &mut Ui, folder: &Folder, own: &mut Vec<AugmentCommand>, commands: &mut Vec<Command>) {
    labelled_ui(ui, folder, &EXPANSION, commands);
    let expansion = folder.settings.augmentation.expansion;
    let proposal = match &folder.estimate.answer {
        Some(Ok(estimate)) if estimate.originals > 0 => Some(estimate.proposal().expansion),
        _ => None,
    };
    let label =
        proposal.map_or_else(|| "Use the usual number".into(), |usual| format!("Use {usual} variants"));
    let is_other = proposal.is_some_and(|usual| usual != expansion);
    let button = ui.add_enabled(is_other, Button::new(label));
    let button = button
        .on_hover_text("Changes the setting; it can be undone")
        .on_disabled_hover_text("The number is the usual one, or the files are still being measured");
    if let (true, Some(usual)) = (button.clicked(), proposal) {
        own.push(AugmentCommand::SetExpansion(usual));
    }
    let text = Tone::Weak.text(ui, expansion_text(folder));
    lines_ui(ui, EXPANSION_LINES, text, "");
}

/// What the number of variants means for a build.
fn expansion_text(folder: &Folder) -> String {
    let expansion = folder.settings.augmentation.expansion;
    let mut sentences = Vec::new();
    if expansion == 0 {
        sentences.push(
            "Augmentation is off: a build makes no variants. The pictures show what they would be.".into(),
        );
    }
    if let Some(Ok(estimate)) = &folder.estimate.answer
        && estimate.originals > 0
    {
        let proposal = estimate.proposal();
        if expansion > 0 {
            sentences.push(format!("{expansion} of each: {}.", cost_text(estimate, expansion)));
        }
        sentences.push(if proposal.expansion == expansion {
            format!("As many as are usual here: {}.", proposal.reason)
        } else {
            format!(
                "Usual here: {}, because {}; that makes {}.",
                proposal.expansion,
                proposal.reason,
                cost_text(estimate, proposal.expansion)
            )
        });
    }
    sentences.join(" ")
}

/// How to train on variants: the trainer's own loader passes them by.
fn training_ui(ui: &mut Ui, folder: &Folder, own: &mut Vec<AugmentCommand>) {
    if folder.settings.augmentation.expansion == 0 {
        return;
    }
    theme::section_ui(ui, "Training on variants");
    ui.label(format!(
        "{} prepares its data anew where there are variants. Give your training this loader instead: it reads every \
         tensor, variants among them.",
        distill::NAMED
    ));
    ui.horizontal_wrapped(|ui| {
        let hint =
            "Copies lines of Python with the path of this folder's data: a PyTorch Dataset and a DataLoader";
        if ui.button("Copy loader").on_hover_text(hint).clicked() {
            ui.ctx().copy_text(distill::loader_code(&folder.cache_dir()));
        }
        distill_help_ui(ui);
    });
    ui.add_space(4.0);
    let text = Tone::Weak.text(ui, "Or make none: distill then takes the data as it is.");
    ui.label(text);
    let hint = "Sets the number of variants to 0; it can be undone";
    let button = ui.add_enabled(folder.task.is_none(), Button::new("Make no variants"));
    if button.on_hover_text(hint).clicked() {
        own.push(AugmentCommand::SetExpansion(0));
    }
}

/// The cost of a build with `expansion` variants of each chunk.
fn cost_text(estimate: &Estimate, expansion: u32) -> String {
    format!(
        "{}, {} on disk",
        in_words::count(estimate.spectrograms_with(expansion), "tensor"),
        in_words::bytes(estimate.bytes_with(expansion))
    )
}

/// A setting with one field beside its label.
fn labelled_ui(ui: &mut Ui, folder: &Folder, setting: &'static Setting, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for field in Field::of(setting) {
            let size = vec2(LABEL_WIDTH, ui.spacing().interact_size.y);
            let label = fixed_place_ui(ui, size, Layout::left_to_right(Align::Center), |ui| {
                ui.label(field.label()).on_hover_text(field.help())
            });
            field_ui(ui, &folder.augmentation_form, field, 70.0, Some(label.id), commands);
        }
    });
}

/// A setting of what is drawn. How often a change is made begins a group; its name stands for the fields that follow.
fn setting_ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    own: &mut Vec<AugmentCommand>,
    commands: &mut Vec<Command>,
) {
    match setting.kind {
        Kind::Probability => {
            ui.separator();
            ui.horizontal(|ui| {
                let name = ui.strong(setting.label).on_hover_text(setting.help);
                ui.add_space((NAME_WIDTH - name.rect.width()).max(0.0));
                probability_ui(ui, folder, setting, own);
            });
        }
        Kind::Flag => {
            ui.separator();
            flag_ui(ui, folder, setting, commands);
        }
        Kind::Choice(options) => choice_ui(ui, folder, setting, options, commands),
        _ => fields_ui(ui, folder, setting, commands),
    }
    if *setting == VOLUME_RANGE && !folder.settings.augmentation.reference_levels {
        let [least, most] = folder.settings.augmentation.gain;
        let words = format!("{:.0} to 100 % of full level", 100.0 * least / most);
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    }
}

/// The fields of a setting without their names, for which there is no room.
fn fields_ui(ui: &mut Ui, folder: &Folder, setting: &'static Setting, commands: &mut Vec<Command>) {
    let is_range = matches!(setting.kind, Kind::Range { .. });
    ui.horizontal(|ui| {
        for (field, word) in Field::of(setting).zip(["from", "to"]) {
            let width = if is_range {
                ui.label(word);
                44.0
            } else {
                (ui.available_width() - 90.0).max(80.0)
            };
            field_ui(ui, &folder.augmentation_form, field, width, None, commands);
        }
        let unit = Tone::Weak.text(ui, setting.unit.name());
        ui.label(unit);
    });
}

fn probability_ui(ui: &mut Ui, folder: &Folder, setting: &'static Setting, own: &mut Vec<AugmentCommand>) {
    let Value::Number(probability) = setting.get(&folder.settings) else { return };
    let name = format!("{} probability", setting.label);
    let mut value = probability;
    ui.spacing_mut().slider_width = 90.0;
    let slider = ui.add(Slider::new(&mut value, 0.0..=1.0).step_by(0.01));
    slider.widget_info(|| egui::WidgetInfo::slider(true, probability, &name));
    let hint = format!(
        "{} How often: the probability that a variant gets it, 0 (never) to 1 (always)",
        setting.help
    );
    if slider.on_hover_text(hint).changed() {
        own.push(AugmentCommand::SetProbability(setting, value));
    }
}
