//! The plan of a build, the button that starts it, and its progress.

use egui::{Button, ProgressBar, RichText, ScrollArea, Ui, vec2};

use super::command::BuildCommand;
use super::model::{Results, build_obstacle};
use crate::in_words;
use crate::pipeline::Estimate;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::{Task, TaskKind};
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::name_label::name_ui;
use crate::ui::widgets::place::Place;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    results: &Results,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    theme::heading_ui(ui, "Build");
    let has_files = folder.files.n_included() > 0;
    if has_files {
        ui.label(plan_text(folder));
    }
    match &folder.estimate.answer {
        _ if !has_files => {}
        Some(Ok(estimate)) => estimate_ui(ui, estimate, folder.estimate.is_current),
        Some(Err(message)) => {
            let text = Tone::Bad.text(ui, message);
            ui.label(text);
        }
        None => {
            let text = Tone::Weak.text(ui, "Measuring the files…");
            ui.label(text);
        }
    }
    for unlisted in &folder.unlisted {
        let words = format!("{}: {}", unlisted.path.display(), unlisted.reason);
        let text = Tone::Warning.text(ui, words);
        ui.label(text);
    }
    for note in &folder.notes {
        let text = Tone::Warning.text(ui, note);
        ui.label(text);
    }
    ui.add_space(10.0);
    match &folder.task {
        Some(task) => task_ui(ui, task, commands),
        None => start_ui(ui, folder, own),
    }
    skipped_ui(ui, results);
}

/// The plan of a build in one sentence.
fn plan_text(folder: &Folder) -> String {
    let settings = &folder.settings;
    let [n_channels, n_mels, n_frames] = settings.analysis().tensor_shape();
    let n_spectrograms = match &folder.estimate.answer {
        Some(Ok(estimate)) => format!("{} tensors", estimate.spectrograms),
        _ => "tensors".into(),
    };
    format!(
        "A build makes {n_spectrograms} of {n_channels} channels × {n_mels} bands × {n_frames} frames from {}, one for \
         each {} s of sound at {}.",
        in_words::count(folder.files.n_included() as u64, "file"),
        settings.chunk_s,
        in_words::rate(settings.sample_rate_hz)
    )
}

fn estimate_ui(ui: &mut Ui, estimate: &Estimate, is_current: bool) {
    let free = estimate.free_bytes.map_or_else(|| "unknown".into(), in_words::bytes);
    let words = format!(
        "{} of sound · {} on disk, {free} free · expected time {}",
        in_words::duration(estimate.duration_s),
        in_words::bytes(estimate.bytes),
        in_words::duration(estimate.seconds)
    );
    // What is about to be replaced by a newer estimate steps back.
    let text = if is_current { RichText::new(words) } else { Tone::Weak.text(ui, words) };
    ui.label(text).on_hover_text(format!(
        "Exactly {} bytes on disk; while it is built {} bytes must be free, because the old data stays until the new is \
         complete",
        estimate.bytes, estimate.transient_bytes
    ));
    if estimate.unreadable > 0 {
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

fn start_ui(ui: &mut Ui, folder: &Folder, own: &mut Vec<BuildCommand>) {
    if let Some(Ok(report)) = &folder.status.answer {
        if report.is_valid() {
            let words = format!("The data is up to date: {} tensors.", report.spectrograms);
            let text = Tone::Good.text(ui, words);
            ui.label(text);
        } else if report.spectrograms > 0 {
            let text = Tone::Warning.text(ui, "The data is out of date, because:");
            ui.label(text);
            for reason in &report.reasons {
                ui.label(format!("• {reason}"));
            }
        }
        for note in &report.notes {
            let text = Tone::Weak.text(ui, note);
            ui.label(text);
        }
    }
    let obstacle = build_obstacle(folder);
    if let Some(obstacle) = &obstacle {
        let text = Tone::Bad.text(ui, obstacle);
        ui.label(text);
    }
    ui.add_space(6.0);
    let is_possible = obstacle.is_none() && folder.estimate.answer.is_some();
    let button = Button::new(RichText::new("Build").size(20.0).strong());
    let hint = "Writes the training data into the folder .cache of your recordings. When it is up to date already, nothing \
                is done";
    ui.add_enabled_ui(is_possible, |ui| {
        let button = ui.add_sized([200.0, 48.0], button).on_hover_text(hint);
        Place::BuildButton.mark(ui, button.rect);
        if button.clicked() {
            own.push(BuildCommand::Build);
        }
    });
}

fn task_ui(ui: &mut Ui, task: &Task, commands: &mut Vec<Command>) {
    ui.label(task.text());
    let share = task.share();
    ui.add(ProgressBar::new(share).desired_width(420.0).text(format!("{:.0} %", share * 100.0)));
    ui.add_space(6.0);
    let words = match task.kind {
        TaskKind::Build => "Cancel build",
        _ => "Cancel verify",
    };
    let button = Button::new(words).min_size(vec2(120.0, 32.0));
    let hint = "Stops within a moment; data that was there before stays valid";
    if ui.add_enabled(!task.is_cancelling, button).on_hover_text(hint).clicked() {
        commands.push(Command::Cancel);
    }
}

fn skipped_ui(ui: &mut Ui, results: &Results) {
    if !results.skipped.is_empty() {
        theme::section_ui(ui, &format!("Skipped: {}", in_words::count(results.skipped.len() as u64, "file")));
        // Rows of one line each, so that thousands cost no more than those in sight.
        let height = ui.text_style_height(&egui::TextStyle::Body);
        let area = ScrollArea::vertical().id_salt("skipped").max_height(120.0).auto_shrink([false, true]);
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
