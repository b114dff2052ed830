//! What a person should know about a build before and after it: files that are not used, warnings, and what the trainer
//! would say.

use egui::{ScrollArea, TextStyle, Ui};

use super::model::{Ended, Results};
use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::distill_help::distill_help_ui;
use crate::ui::widgets::name_label::name_ui;

/// Height of the list of skipped files in points.
const SKIPPED_HEIGHT: f32 = 120.0;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, folder: &Folder, results: &Results) {
    if let Some(Ended::Failed(message)) = &results.built {
        let text = Tone::Bad.text(ui, message);
        ui.label(text);
    }
    uncounted_ui(ui, folder);
    for unlisted in &folder.unlisted {
        let words = format!("{}: {}", unlisted.path.display(), unlisted.reason);
        let text = Tone::Warning.text(ui, words);
        ui.label(text);
    }
    for note in &folder.notes {
        let text = Tone::Warning.text(ui, note);
        ui.label(text);
    }
    skipped_ui(ui, results);
    trainer_ui(ui, folder);
}

/// What the estimate leaves out.
fn uncounted_ui(ui: &mut Ui, folder: &Folder) {
    let Some(Ok(estimate)) = &folder.estimate.answer else { return };
    if estimate.unreadable > 0 && estimate.sources > 0 {
        let files = in_words::count(estimate.unreadable, "file");
        let text = Tone::Warning.text(ui, format!("{files} cannot be read and would be skipped."));
        ui.label(text);
    }
    if estimate.unknown > 0 {
        let files = in_words::count(estimate.unknown, "file");
        let text = Tone::Warning.text(ui, format!("The length of {files} is not known: not counted here."));
        ui.label(text);
    }
}

fn skipped_ui(ui: &mut Ui, results: &Results) {
    if !results.skipped.is_empty() {
        theme::section_ui(ui, &format!("Skipped: {}", in_words::count(results.skipped.len() as u64, "file")));
        // Rows of one line each, so that thousands cost no more than those in sight.
        let height = ui.text_style_height(&TextStyle::Body);
        let area =
            ScrollArea::vertical().id_salt("skipped").max_height(SKIPPED_HEIGHT).auto_shrink([false, true]);
        area.show_rows(ui, height, results.skipped.len(), |ui, rows| {
            for (name, reason) in &results.skipped[rows] {
                let words = format!("{name}: {reason}");
                name_ui(ui, &words, |text| text).on_hover_text(display_text(&words));
            }
        });
    }
    for warning in &results.warnings {
        let text = Tone::Warning.text(ui, warning);
        ui.label(text);
    }
}

/// Where the trainer would not take the data for its own, and who that is.
fn trainer_ui(ui: &mut Ui, folder: &Folder) {
    let Some(Ok(report)) = &folder.status.answer else { return };
    if report.notes.is_empty() {
        return;
    }
    ui.add_space(6.0);
    for note in &report.notes {
        let text = Tone::Weak.text(ui, note);
        ui.label(text);
    }
    distill_help_ui(ui);
}
