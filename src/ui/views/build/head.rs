//! The head of the Build view: what would be made, the button that makes it, and how that goes. Each part has a place of a
//! fixed size, which depends on the width of the view alone: nothing that appears moves a button.

use egui::{Align, Button, Layout, ProgressBar, RichText, Ui, Vec2, vec2};

use super::command::BuildCommand;
use super::model::{Ended, Results};
use super::readiness::Readiness;
use crate::in_words;
use crate::pipeline::Estimate;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::TaskKind;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::fixed_place::{fixed_place_ui, lines_ui};
use crate::ui::widgets::place::Place;

/// Sizes of the buttons in points. Each has a place of its own: who presses one of them twice presses no other.
const BUILD_SIZE: Vec2 = vec2(310.0, 44.0);
const AGAIN_SIZE: Vec2 = vec2(140.0, 32.0);
const CANCEL_SIZE: Vec2 = vec2(110.0, 28.0);
/// Between them.
const GAP: f32 = 8.0;

/// From these widths on, both ways to build stand in one row, and the reason beside them.
const ONE_ROW_WIDTH: f32 = BUILD_SIZE.x + AGAIN_SIZE.x + GAP;
const REASON_BESIDE_WIDTH: f32 = ONE_ROW_WIDTH + 240.0;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    results: &Results,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    theme::heading_ui(ui, "Build");
    let width = ui.available_width();
    let n_lines = if width >= 480.0 { 2 } else { 4 };
    lines_ui(ui, n_lines, RichText::new(plan_text(folder)), "");
    estimate_ui(ui, folder, if width >= 560.0 { 1 } else { 2 });
    ui.add_space(6.0);
    let readiness = Readiness::of(folder);
    buttons_ui(ui, width, &readiness, own);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let size = vec2((width - CANCEL_SIZE.x - GAP).max(0.0), CANCEL_SIZE.y);
        fixed_place_ui(ui, size, Layout::left_to_right(Align::Center), |ui| result_ui(ui, folder, results));
        cancel_ui(ui, folder, commands);
    });
}

/// The plan of a build in one sentence.
fn plan_text(folder: &Folder) -> String {
    if folder.files.n_included() == 0 {
        return "A build makes a tensor of every second of sound, for a network to train on.".into();
    }
    let settings = &folder.settings;
    let [n_channels, n_mels, n_frames] = settings.analysis().tensor_shape();
    let n_spectrograms = match &folder.estimate.answer {
        Some(Ok(estimate)) => format!("{}{} tensors", at_most(estimate), estimate.spectrograms),
        _ => "tensors".into(),
    };
    let variants = match settings.augmentation.expansion {
        0 => String::new(),
        n_variants => format!(", and {} of each", in_words::count(n_variants, "variant")),
    };
    format!(
        "A build makes {n_spectrograms} of {n_channels} channels × {n_mels} bands × {n_frames} frames from {}, one for \
         each {} s of sound at {}{variants}.",
        in_words::count(folder.files.n_included() as u64, "file"),
        settings.chunk_s,
        in_words::rate(settings.sample_rate_hz)
    )
}

fn estimate_ui(ui: &mut Ui, folder: &Folder, n_lines: usize) {
    match &folder.estimate.answer {
        _ if folder.files.n_included() == 0 => lines_ui(ui, n_lines, RichText::new(""), ""),
        Some(Ok(estimate)) => {
            let words = estimate_text(estimate);
            // What is about to be replaced by a newer estimate steps back.
            let is_current = folder.estimate.is_current;
            let text = if is_current { RichText::new(words) } else { Tone::Weak.text(ui, words) };
            let help = format!(
                "{} {} bytes on disk; while it is built {} bytes must be free, because the old data stays until the \
                 new is complete. The time is what a few of your files took just now, taken to all of them",
                if estimate.is_at_most { "At most" } else { "Exactly" },
                estimate.bytes,
                estimate.transient_bytes
            );
            lines_ui(ui, n_lines, text, &help);
        }
        Some(Err(message)) => {
            let text = Tone::Bad.text(ui, message);
            lines_ui(ui, n_lines, text, "");
        }
        None => {
            let text = Tone::Weak.text(ui, "Measuring the files…");
            lines_ui(ui, n_lines, text, "");
        }
    }
}

/// What is said before a number of tensors or bytes that may turn out smaller.
fn at_most(estimate: &Estimate) -> &'static str {
    if estimate.is_at_most { "at most " } else { "" }
}

fn estimate_text(estimate: &Estimate) -> String {
    let free = estimate.free_bytes.map_or_else(|| "unknown".into(), in_words::bytes);
    format!(
        "{} of sound · {}{} on disk, {free} free · expected time {}",
        in_words::duration(estimate.duration_s),
        at_most(estimate),
        in_words::bytes(estimate.bytes),
        in_words::duration(estimate.stages.total_s())
    )
}

fn buttons_ui(ui: &mut Ui, width: f32, readiness: &Readiness, own: &mut Vec<BuildCommand>) {
    let (tone, words) = &readiness.reason;
    let build_size = vec2(BUILD_SIZE.x.min(width), BUILD_SIZE.y);
    if width >= ONE_ROW_WIDTH {
        ui.horizontal(|ui| {
            build_ui(ui, build_size, readiness, own);
            again_ui(ui, readiness, own);
            if width >= REASON_BESIDE_WIDTH {
                let text = tone.text(ui, words);
                lines_ui(ui, 3, text, "");
            }
        });
    } else {
        build_ui(ui, build_size, readiness, own);
        again_ui(ui, readiness, own);
    }
    if width < REASON_BESIDE_WIDTH {
        let text = tone.text(ui, words);
        lines_ui(ui, if width >= 480.0 { 2 } else { 4 }, text, "");
    }
}

fn build_ui(ui: &mut Ui, size: Vec2, readiness: &Readiness, own: &mut Vec<BuildCommand>) {
    let hint = "Writes the training data into the folder .cache of your recordings";
    fixed_place_ui(ui, size, Layout::centered_and_justified(egui::Direction::LeftToRight), |ui| {
        let button = Button::new(RichText::new(&readiness.label).size(16.0).strong()).truncate();
        let button = ui.add_enabled(readiness.is_possible, button).on_hover_text(hint);
        Place::BuildButton.mark(ui, button.rect);
        if button.on_disabled_hover_text(&readiness.reason.1).clicked() {
            own.push(BuildCommand::Build);
        }
    });
}

/// The place of the button that stops what runs.
fn cancel_ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    fixed_place_ui(ui, CANCEL_SIZE, Layout::centered_and_justified(egui::Direction::LeftToRight), |ui| {
        let Some(task) = &folder.task else { return };
        let words = if task.kind == TaskKind::Build { "Cancel build" } else { "Cancel verify" };
        let hint = "Stops within a moment; data that was there before stays valid";
        if ui.add_enabled(!task.is_cancelling, Button::new(words)).on_hover_text(hint).clicked() {
            commands.push(Command::Cancel);
        }
    });
}

/// The place of the small way to build what is up to date.
fn again_ui(ui: &mut Ui, readiness: &Readiness, own: &mut Vec<BuildCommand>) {
    fixed_place_ui(ui, AGAIN_SIZE, Layout::centered_and_justified(egui::Direction::LeftToRight), |ui| {
        let hint = "Makes every tensor anew, although nothing has changed: the same files come out";
        if readiness.is_up_to_date && ui.button("Build again anyway").on_hover_text(hint).clicked() {
            own.push(BuildCommand::BuildAnyway);
        }
    });
}

/// How far the running task is, or what the last one came to.
fn result_ui(ui: &mut Ui, folder: &Folder, results: &Results) {
    if let Some(task) = &folder.task {
        let share = task.share();
        ui.add(ProgressBar::new(share).text(format!("{:.0} %", share * 100.0)));
        return;
    }
    let (tone, words) = match &results.built {
        None => return,
        Some(Ended::Done(built)) if built.is_new => {
            let report = &built.report;
            let words = format!(
                "Built: {}, {}, in {}.",
                in_words::count(report.spectrograms, "tensor"),
                in_words::bytes(report.bytes),
                in_words::duration(report.seconds)
            );
            (Tone::Good, words)
        }
        Some(Ended::Done(_)) => (Tone::Good, "The data was up to date already, so nothing was done.".into()),
        Some(Ended::Failed(_)) => (Tone::Bad, "The build failed. The reason stands below.".into()),
        Some(Ended::Cancelled) => (Tone::Weak, "The build was cancelled. Nothing was changed.".into()),
    };
    let text = tone.text(ui, words);
    lines_ui(ui, 1, text, "");
}
