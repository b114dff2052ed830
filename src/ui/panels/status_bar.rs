//! The bar at the bottom: what runs now, and how the cache is.

use egui::{Align, Layout, Ui};

use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::state::State;
use crate::ui::session::task::Task;
use crate::ui::theme::Tone;

/// Draws it.
pub(in crate::ui) fn ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ui.add_space(3.0);
    ui.horizontal(|ui| {
        if let Some(task) = state.folder().and_then(|folder| folder.task.as_ref()) {
            task_ui(ui, task, "Stops what runs; an old cache stays valid", commands);
        } else if let Some(task) = state.folder().and_then(|folder| folder.audit_task.as_ref()) {
            task_ui(ui, task, "Stops the audit; an earlier result stays", commands);
        } else if let Some(notice) = &state.notice {
            let text = Tone::Warning.text(ui, notice);
            ui.label(text);
        } else if let Some(reason) = &state.listen.failure {
            let text = Tone::Warning.text(ui, format!("Nothing is heard: {reason}"));
            ui.label(text);
        } else {
            let words = state.folder().map_or_else(|| "No folder is open".into(), idle_text);
            let text = Tone::Weak.text(ui, words);
            ui.label(text);
        }
        if let Some(folder) = state.folder() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| cache_ui(ui, folder));
        }
    });
    ui.add_space(3.0);
}

fn task_ui(ui: &mut Ui, task: &Task, hint: &str, commands: &mut Vec<Command>) {
    ui.label(task.text());
    let cancel = ui.add_enabled(!task.is_cancelling, egui::Button::new("Cancel").small());
    if cancel.on_hover_text(hint).clicked() {
        commands.push(Command::Cancel);
    }
}

fn idle_text(folder: &Folder) -> String {
    if folder.is_reading {
        format!("Reading headers: {} of {}", folder.files.n_read(), folder.files.all().len())
    } else if !folder.status.is_current || !folder.estimate.is_current {
        "Looking at the cache…".into()
    } else {
        "Ready".into()
    }
}

fn cache_ui(ui: &mut Ui, folder: &Folder) {
    let (tone, words) = match &folder.status.answer {
        None => (Tone::Weak, "Cache: being looked at".into()),
        Some(Err(message)) => (Tone::Bad, format!("Cache: {message}")),
        Some(Ok(report)) if report.is_valid() => (Tone::Good, "Cache: valid".into()),
        Some(Ok(report)) if report.spectrograms == 0 => {
            (Tone::Weak, format!("Cache: {}", report.reasons.join("; ")))
        }
        Some(Ok(report)) => (Tone::Warning, format!("Cache: stale: {}", report.reasons.join("; "))),
    };
    let text = tone.text(ui, &words);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(words);
}
