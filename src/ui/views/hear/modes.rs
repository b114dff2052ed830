//! The IF modes with a sentence each, to choose from.

use egui::{Label, Ui};

use super::words::{mode_warning, mode_words};
use crate::settings::IfMode;
use crate::settings::table::IF_MODE;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// Draws them.
pub(super) fn ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    let (settings, is_free) = (&folder.settings, folder.task.is_none());
    for mode in IfMode::ALL {
        ui.horizontal_wrapped(|ui| {
            let is_chosen = settings.if_mode == mode;
            ui.add_enabled_ui(is_free || is_chosen, |ui| {
                let radio = ui.radio(is_chosen, mode.to_string());
                if radio.on_hover_text("Takes this mode for the dataset").clicked() && !is_chosen {
                    commands.push(Command::ChangeSetting { key: IF_MODE.key, text: mode.to_string() });
                }
            });
            let text = Tone::Weak.text(ui, mode_words(mode));
            ui.add(Label::new(text).wrap());
            if let Some(warning) = mode_warning(mode, &settings.analysis()) {
                let text = Tone::Warning.text(ui, warning);
                ui.add(Label::new(text).wrap());
            }
        });
    }
}
