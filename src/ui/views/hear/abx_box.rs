//! The blind test: its buttons and its outcome.

use egui::{Button, ComboBox, Ui};

use super::abx::{ABX_ROUNDS, Abx, AbxSlot};
use super::command::HearCommand;
use super::model::Hear;
use super::passage::Passage;
use super::words::version_name;
use crate::pipeline::SoundVersion;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, hear: &Hear, passage: &Passage, own: &mut Vec<HearCommand>) {
    match &hear.abx {
        None => begin_ui(ui, hear, passage, own),
        Some(abx) => test_ui(ui, abx, own),
    }
}

fn begin_ui(ui: &mut Ui, hear: &Hear, passage: &Passage, own: &mut Vec<HearCommand>) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Can you hear the difference of");
        let mut versions = hear.abx_versions;
        for (place, version) in versions.iter_mut().enumerate() {
            if place == 1 {
                ui.label("and");
            }
            let combo = ComboBox::from_id_salt(("abx", place)).selected_text(version_name(*version));
            let response = combo.show_ui(ui, |ui| {
                for other in SoundVersion::ALL.into_iter().filter(|other| passage.sound(*other).is_some()) {
                    ui.selectable_value(version, other, version_name(other));
                }
            });
            let name = if place == 0 { "Version A" } else { "Version B" };
            ui.ctx().accesskit_node_builder(response.response.id, |node| node.set_label(name));
        }
        ui.label("?");
        if versions != hear.abx_versions {
            own.push(HearCommand::ChooseAbx(versions));
        }
        let [a, b] = versions;
        let can_begin = a != b && versions.iter().all(|version| passage.sound(*version).is_some());
        let begin = ui.add_enabled(can_begin, Button::new("Begin a blind test"));
        let help = "Ten rounds. In each X is the one or the other by chance, and you say which";
        if begin.on_hover_text(help).on_disabled_hover_text("Choose two different versions").clicked() {
            own.push(HearCommand::BeginAbx(versions));
        }
    });
}

fn test_ui(ui: &mut Ui, abx: &Abx, own: &mut Vec<HearCommand>) {
    let [a, b] = abx.versions().map(version_name);
    ui.horizontal_wrapped(|ui| {
        if let Some(outcome) = abx.outcome() {
            ui.strong(outcome);
            let again = ui.button("Again").on_hover_text("Begins another test of the same two");
            if again.clicked() {
                own.push(HearCommand::BeginAbx(abx.versions()));
            }
        } else {
            ui.label(format!("Round {} of {ABX_ROUNDS}: hear", abx.n_answered() + 1));
            for (slot, name, help) in [
                (AbxSlot::A, "A", format!("A is {a} (key A)")),
                (AbxSlot::B, "B", format!("B is {b} (key B)")),
                (AbxSlot::X, "X", "X is one of them (key X)".to_owned()),
            ] {
                if ui.selectable_label(abx.heard() == slot, name).on_hover_text(help).clicked() {
                    own.push(HearCommand::HearAbx(slot));
                }
            }
            ui.label("and say:");
            for (x_is_b, words) in [(false, format!("X is A, {a}")), (true, format!("X is B, {b}"))] {
                if ui.button(words).clicked() {
                    own.push(HearCommand::AnswerAbx(x_is_b));
                }
            }
        }
        if ui.button("End the test").clicked() {
            own.push(HearCommand::EndAbx);
        }
    });
}
