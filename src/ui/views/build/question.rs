//! The dialog for what a build must be allowed first.

use egui::{Id, Modal, Ui};

use super::command::BuildCommand;
use crate::in_words;
use crate::pipeline::Question;
use crate::ui::session::command::Command;
use crate::ui::theme;

/// Draws it; whoever closes it does not build.
pub(super) fn ui(ui: &Ui, question: &Question, own: &mut Vec<BuildCommand>, commands: &mut Vec<Command>) {
    let modal = Modal::new(Id::unique("question")).show(ui.ctx(), |ui| {
        ui.set_max_width(420.0);
        theme::heading_ui(ui, "Before the build");
        ui.label(words(question));
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            let (yes, no) = match question {
                Question::Size(_) => ("Build it", "Do not build"),
                Question::ReplaceReference { .. } => ("Replace them", "Keep them"),
            };
            if ui.button(yes).clicked() {
                own.push(BuildCommand::Answer(true));
            }
            if ui.button(no).clicked() {
                commands.push(Command::Cancel);
            }
        });
    });
    if modal.should_close() {
        commands.push(Command::Cancel);
    }
}

/// The question in words. A size is asked about only where it leaves little space.
fn words(question: &Question) -> String {
    match question {
        Question::Size(estimate) => format!(
            "The disk is nearly full: the build writes {}, and only {} would stay free while it runs.",
            in_words::bytes(estimate.transient_bytes),
            estimate.bytes_left().map_or_else(|| "an unknown part".into(), in_words::bytes)
        ),
        Question::ReplaceReference { .. } => question.to_string(),
    }
}
