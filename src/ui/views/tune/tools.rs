//! The rows above the panes: the comparison of settings, how the panes stand, and what is shown in them.

use egui::{Align, Button, Label, Layout, RichText, Ui, vec2};

use super::command::{ExportFormat, TuneCommand};
use super::levels_menu;
use super::model::{Kept, Tune};
use crate::pipeline::preview::Subject;
use crate::settings::{Difference, Stage, differences};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::pane_arrangement::PaneArrangement;
use crate::ui::session::variant::{ChosenVariant, variant_description, variant_name_in_file};
use crate::ui::theme::Tone;

/// Draws it: a row of buttons, and a row that says what is shown. Both are there whatever is shown, so that nothing below
/// moves.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    tune: &Tune,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) {
    comparison_ui(ui, folder, tune, own, commands);
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let kept_width = if tune.kept.is_some() { size.x / 2.0 } else { 0.0 };
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        let subject_size = vec2(size.x - kept_width, size.y);
        ui.allocate_ui_with_layout(subject_size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(subject_size);
            subject_ui(ui, folder, tune, commands);
        });
        if let Some(kept) = &tune.kept {
            let text = Tone::Weak.text(ui, kept_text(folder, kept));
            ui.add(Label::new(text).truncate());
        }
    });
}

/// What is shown: the file and its damage, or the variant in its place.
fn subject_ui(ui: &mut Ui, folder: &Folder, tune: &Tune, commands: &mut Vec<Command>) {
    if let Some(variant) = &folder.variant {
        variant_ui(ui, folder, tune, variant, commands);
    } else if tune.shown.as_ref().is_some_and(|shown| matches!(shown.subject, Subject::Variant(_))) {
        // What is still shown is not the file.
        ui.strong("The file is being read…");
    } else if let Some(damage) = tune.shown.as_ref().and_then(|shown| shown.damage.as_ref()) {
        let text = Tone::Warning.text(ui, format!("Damaged: {damage}"));
        ui.add(Label::new(text).truncate());
    } else if let Some(file) = folder.selected_file() {
        let facts = file.facts();
        let between = if facts.is_empty() { "" } else { " · " };
        let text = Tone::Weak.text(ui, format!("{}{between}{facts}", file.name));
        ui.add(Label::new(text).truncate());
    }
}

/// Comparison of settings, and how the panes and their levels are shown.
fn comparison_ui(
    ui: &mut Ui,
    folder: &Folder,
    tune: &Tune,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| {
        if ui
            .button("Fit")
            .on_hover_text("Shows it from its start to its end (F, or a double click on a picture)")
            .clicked()
        {
            own.push(TuneCommand::Fit);
        }
        levels_menu::ui(ui, tune, own, commands);
        export_ui(ui, tune, own);
        ui.separator();
        let keep = ui.button("Keep as B");
        if keep.on_hover_text("Remembers the current settings as B, to compare others with them").clicked() {
            own.push(TuneCommand::Keep);
        }
        let can_flip = tune.kept.is_some() && folder.task.is_none();
        let flip = ui.add_enabled(can_flip, Button::new("Flip A/B"));
        let flip = flip.on_disabled_hover_text("Nothing to compare with: press 'Keep as B' first");
        if flip.on_hover_text("Swaps the current settings, A, with B (X)").clicked() {
            own.push(TuneCommand::Flip);
        }
        ui.add_enabled_ui(tune.kept.is_some(), |ui| {
            let mut is_on = tune.shows_difference;
            let toggle = ui.toggle_value(&mut is_on, "A − B");
            if toggle.on_hover_text("Shows the difference of both settings instead of A").changed() {
                own.push(TuneCommand::ShowDifference(is_on));
            }
        });
        ui.separator();
        let pin = ui.add_enabled(tune.shown.as_ref().is_some_and(|shown| shown.is_complete), Button::new("Pin"));
        let help = "Holds this file below the next one that you choose: on the same axes, in the same colours";
        if pin.on_hover_text(help).clicked() {
            own.push(TuneCommand::Pin);
        }
        let mut is_stacked = tune.arrangement == PaneArrangement::Stacked;
        let toggle = ui.toggle_value(&mut is_stacked, "Stacked");
        if toggle.on_hover_text("Puts waveform and pictures below each other, on one time axis; in a narrow window they always are").changed() {
            let arrangement = if is_stacked { PaneArrangement::Stacked } else { PaneArrangement::SideBySide };
            own.push(TuneCommand::Arrange(arrangement));
        }
    });
}

fn export_ui(ui: &mut Ui, tune: &Tune, own: &mut Vec<TuneCommand>) {
    ui.add_enabled_ui(tune.shown.is_some(), |ui| {
        let menu = ui.menu_button("Export", |ui| {
            for format in ExportFormat::ALL {
                if ui.button(format!("{}…", format.name())).on_hover_text(format.help()).clicked() {
                    own.push(TuneCommand::Export { format, to: None });
                    ui.close();
                }
            }
        });
        menu.response.on_hover_text("Writes what is seen into a file");
    });
}

/// What B is compared with the current settings, in words.
fn kept_text(folder: &Folder, kept: &Kept) -> String {
    let differences = differences(&folder.settings, &kept.settings, &[Stage::Analysis]);
    let differences: Vec<String> = differences.iter().map(Difference::other).collect();
    if differences.is_empty() {
        "B is the same as A".into()
    } else {
        format!("B: {}", differences.join(", "))
    }
}

/// Which variant is shown in place of the selected file, what was done to it, and the way back.
fn variant_ui(
    ui: &mut Ui,
    folder: &Folder,
    tune: &Tune,
    variant: &ChosenVariant,
    commands: &mut Vec<Command>,
) {
    // What is still shown of other settings is not this variant.
    let made = folder.subject().and_then(|subject| tune.made(&subject));
    let name = variant_name_in_file(variant.chunk, variant.number);
    let back = ui.button("Show the whole file");
    if back.on_hover_text("Goes back to the recording that the variant is made of").clicked() {
        commands.push(Command::ChooseVariant(None));
    }
    let text = match made {
        Some(made) => format!("{name}: {}", variant_description(variant.number, &made.applied)),
        None if tune.problem.is_some() => name,
        None => format!("{name} is being made…"),
    };
    ui.add(Label::new(RichText::new(text).strong()).truncate());
}
