//! The dialog for what a build must be allowed first.

use egui::{Id, Modal, Ui};

use super::command::BuildCommand;
use crate::pipeline::Question;
use crate::ui::session::command::Command;
use crate::ui::theme;

/// Draws it; whoever closes it does not build.
pub(super) fn ui(ui: &Ui, question: &Question, own: &mut Vec<BuildCommand>, commands: &mut Vec<Command>) {
    let modal = Modal::new(Id::unique("question")).show(ui.ctx(), |ui| {
        ui.set_max_width(420.0);
        theme::heading_ui(ui, "Before the build");
        ui.label(question.to_string());
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
