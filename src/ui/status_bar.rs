//! The bar at the bottom: what runs now, and how the cache is.

use egui::{Align, Layout, Ui};

use super::audit::model::Running;
use super::command::Command;
use super::state::{Folder, State, Task, TaskKind};
use super::theme::Tone;
use crate::in_words;
use crate::jobs::Progress;
use crate::monitor::Stage;

pub(super) fn ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ui.add_space(3.0);
    ui.horizontal(|ui| {
        if let Some(task) = state.folder().and_then(|folder| folder.task.as_ref()) {
            ui.label(task_words(task));
            let cancel = ui.add_enabled(!task.is_cancelling, egui::Button::new("Cancel").small());
            if cancel.on_hover_text("Stops what runs; an old cache stays valid").clicked() {
                commands.push(Command::Cancel);
            }
        } else if let Some(running) = state.folder().and_then(|folder| folder.audit.running.as_ref()) {
            ui.label(audit_words(running));
            let cancel = ui.add_enabled(!running.is_cancelling, egui::Button::new("Cancel").small());
            if cancel.on_hover_text("Stops the audit; an earlier result stays").clicked() {
                commands.push(Command::Cancel);
            }
        } else if let Some(notice) = &state.notice {
            let text = Tone::Warning.text(ui, notice);
            ui.label(text);
        } else if let Some(reason) = &state.listen.failure {
            let text = Tone::Warning.text(ui, format!("Nothing is heard: {reason}"));
            ui.label(text);
        } else {
            let words = state.folder().map_or_else(|| "No folder is open".into(), idle_words);
            let text = Tone::Weak.text(ui, words);
            ui.label(text);
        }
        if let Some(folder) = state.folder() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| cache_ui(ui, folder));
        }
    });
    ui.add_space(3.0);
}

/// What a task is doing: "Building: analysing, 34 of 165, 52 per second, 3 s left".
pub(super) fn task_words(task: &Task) -> String {
    let name = match task.kind {
        TaskKind::Build => "Building",
        TaskKind::Verify => "Verifying",
    };
    if task.is_cancelling {
        return format!("{name}: stopping…");
    }
    if task.question.is_some() {
        return format!("{name}: waiting for your answer");
    }
    task.progress
        .map_or_else(|| format!("{name}…"), |progress| format!("{name}: {}", progress_words(&progress)))
}

/// What an audit is doing: "Auditing: measuring recordings, 34 of 165, 52 per second, 3 s left".
pub(super) fn audit_words(running: &Running) -> String {
    match &running.progress {
        _ if running.is_cancelling => "Auditing: stopping…".into(),
        Some(progress) => format!("Auditing: {}", progress_words(progress)),
        None => "Auditing…".into(),
    }
}

fn progress_words(progress: &Progress) -> String {
    let stage = match progress.stage {
        Stage::Scan => "listing files",
        Stage::Estimate => "reading headers",
        Stage::Analyse => "analysing",
        Stage::Normalise => "normalising",
        Stage::Commit => "writing to disk",
        Stage::Verify => "reading tensors back",
        Stage::Augment => "writing variants",
        Stage::Audit => "measuring recordings",
        Stage::Compare => "comparing takes",
    };
    let mut words = stage.to_owned();
    if progress.total > 0 {
        let Progress { done, total, .. } = progress;
        words = format!("{words}, {done} of {total}, {:.0} per second", progress.rate_per_s());
    }
    if let Some(remaining) = progress.remaining.filter(|remaining| remaining.as_secs() > 0) {
        words = format!("{words}, {} left", in_words::duration(remaining.as_secs_f64()));
    }
    words
}

fn idle_words(folder: &Folder) -> String {
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
