//! The row above the panes: the comparison of settings, and the variant that is shown in place of its file.

use egui::{Button, Ui};

use super::command::TuneCommand;
use super::levels_menu;
use super::model::Tune;
use crate::pipeline::preview::Subject;
use crate::settings::{Difference, Stage, differences};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::variant::{ChosenVariant, variant_description, variant_name_in_file};
use crate::ui::theme::Tone;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    tune: &Tune,
    own: &mut Vec<TuneCommand>,
    commands: &mut Vec<Command>,
) {
    comparison_ui(ui, folder, tune, own, commands);
    if let Some(variant) = &folder.variant {
        variant_ui(ui, folder, tune, variant, commands);
    } else if tune.shown.as_ref().is_some_and(|shown| matches!(shown.subject, Subject::Variant(_))) {
        // What is still shown is not the file.
        ui.strong("The file is being read…");
    }
}

/// Comparison of settings, and what the panes show.
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
        if let Some(kept) = &tune.kept {
            let differences = differences(&folder.settings, &kept.settings, &[Stage::Analysis]);
            let differences: Vec<String> = differences.iter().map(Difference::other).collect();
            let words = if differences.is_empty() {
                "B is the same as A".into()
            } else {
                format!("B: {}", differences.join(", "))
            };
            let text = Tone::Weak.text(ui, words);
            ui.label(text);
        }
    });
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
    ui.horizontal_wrapped(|ui| {
        ui.strong(match made {
            Some(made) => format!("{name}: {}", variant_description(variant.number, &made.applied)),
            None if tune.problem.is_some() => name,
            None => format!("{name} is being made…"),
        });
        let back = ui.button("Show the whole file");
        if back.on_hover_text("Goes back to the recording that the variant is made of").clicked() {
            commands.push(Command::ChooseVariant(None));
        }
    });
}
