//! The result of a build: where it is, its statistics, how to load it, and whether it can be read back.

use egui::{
    Align, CollapsingHeader, Grid, Label, Layout, Response, RichText, ScrollArea, TextStyle, Ui, vec2,
};

use super::command::BuildCommand;
use super::model::{Ended, Results};
use crate::distill;
use crate::in_words;
use crate::normalization::NormalizationStats;
use crate::pipeline::VerifyReport;
use crate::ui::fonts::display_text;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::distill_help::distill_help_ui;
use crate::ui::widgets::fixed_place::fixed_place_ui;

/// Width of a column of numbers in points.
const NUMBER_WIDTH: f32 = 80.0;

/// Draws it, with the statistics `stats` that the cache was normalised with.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    results: &Results,
    stats: Option<&NormalizationStats>,
    own: &mut Vec<BuildCommand>,
) {
    if folder.has_tensors() {
        cache_ui(ui, folder, results, stats, own);
    }
}

/// Draws the statistics that normalised the tensors.
fn stats_ui(ui: &mut Ui, stats: &NormalizationStats) {
    theme::section_ui(ui, "Statistics");
    Grid::new("stats").num_columns(3).spacing([24.0, 4.0]).show(ui, |ui| {
        ui.strong("before normalising");
        for title in ["mean", "deviation"] {
            right_ui(ui, |ui| ui.strong(title));
        }
        ui.end_row();
        for (name, mean, deviation) in [
            ("log-mel magnitude, ln(1 + power)", stats.mag_mean, stats.mag_std),
            ("instantaneous frequency", stats.if_mean, stats.if_std),
        ] {
            ui.label(name);
            for number in [mean, deviation] {
                right_ui(ui, |ui| ui.monospace(format!("{number:.4}"))).on_hover_text(number.to_string());
            }
            ui.end_row();
        }
    });
}

/// Draws a number, or the head above it, at the right end of its column.
fn right_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let size = vec2(NUMBER_WIDTH, ui.text_style_height(&TextStyle::Body));
    fixed_place_ui(ui, size, Layout::right_to_left(Align::Center), add)
}

fn cache_ui(
    ui: &mut Ui,
    folder: &Folder,
    results: &Results,
    stats: Option<&NormalizationStats>,
    own: &mut Vec<BuildCommand>,
) {
    let cache_dir = folder.cache_dir();
    theme::section_ui(ui, "Where it is");
    ui.horizontal_wrapped(|ui| {
        ui.monospace(display_text(&cache_dir.display().to_string()));
        if ui.button("Copy path").on_hover_text("Copies the folder's path").clicked() {
            ui.ctx().copy_text(cache_dir.display().to_string());
        }
        let hint = "Shows the folder in the system's file manager";
        if ui.button("Open folder").on_hover_text(hint).clicked() {
            own.push(BuildCommand::OpenCacheFolder);
        }
    });
    ui.horizontal_wrapped(|ui| {
        let hint = "Reads every tensor back: shape, values, checksum and statistics";
        if ui.button("Verify").on_hover_text(hint).clicked() {
            own.push(BuildCommand::Verify);
        }
        verified_ui(ui, results.verified.as_ref());
    });
    if let Some(stats) = stats {
        stats_ui(ui, stats);
    }
    theme::section_ui(ui, "In PyTorch");
    ui.label("Loaders for any training in PyTorch, for training and for validation: every tensor, variants among them.");
    ui.horizontal(|ui| {
        if ui.button("Copy code").on_hover_text("Copies the loader, with the path of this data").clicked() {
            ui.ctx().copy_text(distill::loader_code(&cache_dir));
        }
        distill_help_ui(ui);
    });
    CollapsingHeader::new("Show the code").show(ui, |ui| {
        ScrollArea::horizontal().id_salt("code").show(ui, |ui| {
            ui.add(Label::new(RichText::new(distill::loader_code(&cache_dir)).monospace()).extend());
        });
    });
}

fn verified_ui(ui: &mut Ui, verified: Option<&Ended<VerifyReport>>) {
    let (tone, words) = match verified {
        None => return,
        Some(Ended::Cancelled) => (Tone::Weak, "Cancelled".into()),
        Some(Ended::Failed(message)) => (Tone::Bad, message.clone()),
        Some(Ended::Done(report)) => {
            let read = format!("{} tensors, {} read", report.spectrograms, in_words::bytes(report.bytes));
            match &report.problems[..] {
                [] => (Tone::Good, format!("Intact: {read}")),
                [first, ..] => (
                    Tone::Bad,
                    format!("{}: {first}", in_words::count(report.problems.len() as u64, "problem")),
                ),
            }
        }
    };
    let text = tone.text(ui, words);
    ui.label(text);
}
