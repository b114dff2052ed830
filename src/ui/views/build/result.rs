//! The result of a build: where it is, its statistics, how to load it, and whether it can be read back.

use std::path::Path;

use egui::{Grid, Ui};

use super::command::BuildCommand;
use super::model::{Built, Ended, Results};
use crate::in_words;
use crate::normalization::NormalizationStats;
use crate::pipeline::VerifyReport;
use crate::ui::fonts::display_text;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};

/// Draws it, with the statistics `stats` that the cache was normalised with.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    results: &Results,
    stats: Option<&NormalizationStats>,
    own: &mut Vec<BuildCommand>,
) {
    match &results.built {
        Some(Ended::Done(built)) => built_ui(ui, built),
        Some(Ended::Failed(message)) => {
            let text = Tone::Bad.text(ui, format!("The build failed: {message}"));
            ui.label(text);
        }
        Some(Ended::Cancelled) => {
            ui.label("The build was cancelled. Nothing was changed.");
        }
        None => {}
    }
    if folder.has_tensors() {
        cache_ui(ui, folder, results, stats, own);
    }
}

fn built_ui(ui: &mut Ui, built: &Built) {
    let report = &built.report;
    theme::section_ui(ui, if built.is_new { "Built" } else { "Up to date already" });
    let words = if built.is_new {
        format!(
            "{} tensors, {}, in {}.",
            report.spectrograms,
            in_words::bytes(report.bytes),
            in_words::duration(report.seconds)
        )
    } else {
        "The data was valid, so nothing was done.".into()
    };
    let text = Tone::Good.text(ui, words);
    ui.label(text);
}

/// Draws the statistics that normalised the tensors.
fn stats_ui(ui: &mut Ui, stats: &NormalizationStats) {
    theme::section_ui(ui, "Statistics");
    Grid::new("stats").num_columns(3).spacing([24.0, 4.0]).show(ui, |ui| {
        for title in ["before normalising", "mean", "deviation"] {
            ui.strong(title);
        }
        ui.end_row();
        for (name, mean, deviation) in [
            ("log-mel magnitude, ln(1 + power)", stats.mag_mean, stats.mag_std),
            ("instantaneous frequency", stats.if_mean, stats.if_std),
        ] {
            ui.label(name);
            ui.monospace(format!("{mean:.4}")).on_hover_text(mean.to_string());
            ui.monospace(format!("{deviation:.4}")).on_hover_text(deviation.to_string());
            ui.end_row();
        }
    });
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
    ui.horizontal(|ui| {
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
    let snippet = snippet(&cache_dir);
    ui.monospace(&snippet);
    if ui.button("Copy code").on_hover_text("Copies these lines").clicked() {
        ui.ctx().copy_text(snippet);
    }
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

/// Python that loads the first tensor of a cache and takes the normalising back.
fn snippet(cache_dir: &Path) -> String {
    // A path with quotes or backslashes is written as Python reads it: JSON's strings are Python's.
    let path = serde_json::Value::from(cache_dir.display().to_string());
    format!(
        "import json, pathlib, torch\n\n\
         cache = pathlib.Path({path})\n\
         stats = json.loads((cache / \"manifest.json\").read_text())[\"normalization_stats\"]\n\
         files = sorted(cache.glob(\"*.pt\"))\n\
         magnitude, frequency = torch.load(files[0], weights_only=True)\n\
         log_mel = magnitude * stats[\"mag_std\"] + stats[\"mag_mean\"]"
    )
}
