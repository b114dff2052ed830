//! What is for training and what for validation: both sides, their folders, what leaks, and drawing it anew.

use egui::{Align, Button, CollapsingHeader, ComboBox, Grid, Layout, ScrollArea, TextStyle, Ui, vec2};

use super::command::BuildCommand;
use super::model::Ended;
use super::split_worker::SplitWorker;
use crate::audit::folder_name;
use crate::in_words;
use crate::pipeline::{SideTotals, SplitReport};
use crate::settings::table::VALIDATION_SHARE;
use crate::split::Side;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::fixed_place::fixed_place_ui;

/// Width of a column of numbers in points.
const NUMBER_WIDTH: f32 = 92.0;
/// Height of the list of folders in points.
const FOLDERS_HEIGHT: f32 = 160.0;
/// Leaks that are listed, at most; the command line lists more.
const PROBLEMS_SHOWN: usize = 5;
/// The shares that are offered.
const SHARES: [f64; 4] = [0.1, 0.2, 0.3, 0.5];

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    worker: &SplitWorker,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    if !folder.has_tensors() {
        return;
    }
    theme::section_ui(ui, "Training and validation");
    match worker.told() {
        None => {
            ui.label(Tone::Weak.text(ui, "Reading the split …"));
        }
        Some(Ended::Cancelled) => {}
        Some(Ended::Failed(message)) => {
            ui.label(Tone::Bad.text(ui, message));
        }
        Some(Ended::Done(report)) => report_ui(ui, folder, report, worker.is_busy(), own, commands),
    }
}

fn report_ui(
    ui: &mut Ui,
    folder: &Folder,
    report: &SplitReport,
    is_busy: bool,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    ui.label(
        "A model learns from one side and is judged by the other. Variants, and recordings of the same take, stay together.",
    );
    Grid::new("split").num_columns(5).spacing([16.0, 4.0]).show(ui, |ui| {
        ui.strong("");
        for title in ["recordings", "tensors", "of all", "length"] {
            right_ui(ui, title, true);
        }
        ui.end_row();
        for side in Side::ALL {
            side_ui(ui, report, side);
        }
    });
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        ui.label(Tone::Bad.text(ui, display_text(problem)));
    }
    if report.problems.len() > PROBLEMS_SHOWN {
        let words = format!("and {} more: melscope split lists them", report.problems.len() - PROBLEMS_SHOWN);
        ui.label(Tone::Bad.text(ui, words));
    }
    if let Some(sentence) = report.tight_sentence() {
        ui.label(Tone::Good.text(ui, sentence));
    }
    if let Some(sentence) = report.not_audited_sentence() {
        ui.label(Tone::Warning.text(ui, sentence));
    }
    ui.label(Tone::Weak.text(ui, report.by_tensor_sentence()));
    controls_ui(ui, folder, report, is_busy, own, commands);
    if report.folders.len() > 1 {
        CollapsingHeader::new(format!("By folder ({})", report.folders.len()))
            .show(ui, |ui| folders_ui(ui, report));
    }
}

/// The share, and a button that draws the split anew where that would change it.
fn controls_ui(
    ui: &mut Ui,
    folder: &Folder,
    report: &SplitReport,
    is_busy: bool,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(VALIDATION_SHARE.label);
        let chosen = folder.settings.validation_share;
        let name = |share: Option<f64>| match share {
            None => "by the number of files".to_owned(),
            Some(share) => percent(share),
        };
        let combo = ComboBox::from_id_salt("validation-share").selected_text(name(chosen)).show_ui(ui, |ui| {
            for share in std::iter::once(None).chain(SHARES.map(Some)) {
                if ui.selectable_label(share == chosen, name(share)).clicked() {
                    let auto = VALIDATION_SHARE.kind.none_word().unwrap_or_default();
                    let text = share.map_or_else(|| auto.into(), |share| share.to_string());
                    commands.push(Command::ChangeSetting { key: VALIDATION_SHARE.key, text });
                }
            }
        });
        combo.response.labelled_by(label.id).on_hover_text(VALIDATION_SHARE.help);
        let can_draw = !report.is_current && !is_busy && folder.audit_task.is_none();
        let button = ui.add_enabled(can_draw, Button::new("Draw again"));
        let button = button
            .on_hover_text("Draws the split as the settings and the last audit have it, and stores it. No tensor changes.")
            .on_disabled_hover_text("The split is as the settings and the last audit have it");
        if button.clicked() {
            own.push(BuildCommand::DrawSplit);
        }
        if let Some(sentence) = report.change_sentence() {
            ui.label(Tone::Weak.text(ui, sentence));
        }
    });
}

fn side_ui(ui: &mut Ui, report: &SplitReport, side: Side) {
    let SideTotals { n_recordings, n_tensors, duration_s, .. } = report.sides[side as usize];
    let share = match side {
        Side::Train => 1.0 - report.validation_share(),
        Side::Validation => report.validation_share(),
    };
    ui.label(match side {
        Side::Train => "training",
        Side::Validation => "validation",
    });
    let cells =
        [n_recordings.to_string(), n_tensors.to_string(), percent(share), in_words::duration(duration_s)];
    for cell in cells {
        right_ui(ui, &cell, false);
    }
    ui.end_row();
}

/// The folders in rows of one line each, so that thousands cost no more than those in sight.
fn folders_ui(ui: &mut Ui, report: &SplitReport) {
    let height = ui.text_style_height(&TextStyle::Body);
    let area =
        ScrollArea::vertical().id_salt("split-folders").max_height(FOLDERS_HEIGHT).auto_shrink([false, true]);
    area.show_rows(ui, height, report.folders.len(), |ui, rows| {
        for folder in &report.folders[rows] {
            let [train, validation] = folder.sides.map(|side| side.n_recordings);
            ui.horizontal(|ui| {
                let words = format!("{validation} of {} for validation", train + validation);
                fixed_place_ui(ui, vec2(190.0, height), Layout::left_to_right(Align::Center), |ui| {
                    ui.label(words)
                });
                ui.label(display_text(folder_name(&folder.folder)));
            });
        }
    });
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Draws a number, or its head, at the right of its column.
fn right_ui(ui: &mut Ui, words: &str, is_strong: bool) {
    let size = vec2(NUMBER_WIDTH, ui.text_style_height(&TextStyle::Body));
    fixed_place_ui(ui, size, Layout::right_to_left(Align::Center), |ui| {
        if is_strong { ui.strong(words) } else { ui.label(words) }
    });
}
