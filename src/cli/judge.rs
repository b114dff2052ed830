//! A judgement of what tensors keep, as people and programs read it.

use serde_json::{Value, json};

use crate::dsp::reconstruct::Way;
use crate::in_words;
use crate::pipeline::{FidelityRow, JudgeReport};

/// The report in lines: a table of files, where there are several; a table of ways for all of them; the conclusion; and the advice.
pub(super) fn lines(report: &JudgeReport) -> impl Iterator<Item = String> {
    let mut lines = Vec::new();
    if report.n_files > 1 {
        lines.extend(file_lines(report));
        lines.push(String::new());
    }
    lines.push(format!(
        "{} of {} judged, {}",
        in_words::count(report.whole.n_chunks, "chunk"),
        in_words::count(report.files.len(), "file"),
        in_words::count(report.n_rounds, "round")
    ));
    lines.push(format!(
        "{:<10} {:<11} {:<8} {:>14} {:>14} {:>10} {:>10}",
        "way", "IF mode", "mask", "convergence dB", "log-spectr. dB", "STFT loss", "SI-SDR dB"
    ));
    // Without channel 1 all modes and masks are the same: one line says it.
    let is_told_before =
        |row: &FidelityRow| row.way == Way::Magnitude && !(row.is_masked && row.if_mode == report.if_mode);
    for row in report.whole.figures.rows().into_iter().filter(|row| !is_told_before(row)) {
        let (mode, mask) = match row.way {
            Way::Magnitude => ("-".into(), "-"),
            _ => (row.if_mode.to_string(), if row.is_masked { "with" } else { "without" }),
        };
        let figures = row.fidelity;
        lines.push(format!(
            "{:<10} {mode:<11} {mask:<8} {:>14.1} {:>14.1} {:>10.2} {:>10.1}",
            row.way.name(),
            figures.spectral_convergence_db,
            figures.log_spectral_distance_db,
            figures.stft_loss,
            figures.si_sdr_db
        ));
    }
    lines.extend([String::new(), report.whole.conclusion.clone()]);
    let advice = &report.advice;
    lines.push(if report.n_files > 1 { advice.sentence() } else { advice.whole.sentence() });
    lines.into_iter()
}

/// A line for each file: how much of it is masked, how near each way comes with the mode and the mask of the settings, and what IF brings.
fn file_lines(report: &JudgeReport) -> impl Iterator<Item = String> {
    let head = format!(
        "{:>8} {:>8} {:>8} {:>9} {:>9}  file (spectral convergence in dB)",
        "masked", "trainer", "ours", "magnitude", "IF brings"
    );
    let lines = report.files.iter().map(|file| {
        let convergence_db = |way| {
            let fidelity = file.judged.figures.fidelity(way, report.if_mode, true)?;
            Some(fidelity.spectral_convergence_db)
        };
        let [trainer, ours, magnitude] = Way::ALL.map(convergence_db);
        let brings = ours.zip(magnitude).map(|(ours, magnitude)| magnitude - ours);
        // What rounds to 0 has no sign.
        let text = |db: Option<f64>| {
            db.map_or_else(|| "silent".into(), |db| format!("{:.1}", (db * 10.0).round() / 10.0 + 0.0))
        };
        format!(
            "{:>6.0} % {:>8} {:>8} {:>9} {:>9}  {}",
            100.0 * file.judged.masked_share,
            text(trainer),
            text(ours),
            text(magnitude),
            text(brings),
            file.source
        )
    });
    std::iter::once(head).chain(lines)
}

/// The report as events: one for each file, and the one that ends the job.
pub(super) fn events(report: &JudgeReport) -> impl Iterator<Item = Value> {
    let files = report.files.iter().map(|file| {
        let mut event = json!(file);
        event["event"] = "file".into();
        event
    });
    let mut done = json!({
        "event": "done",
        "if_mode": report.if_mode,
        "if_threshold": report.if_threshold,
        "n_rounds": report.n_rounds,
        "n_files": report.n_files,
        "n_files_judged": report.files.len(),
        "whole": report.whole,
    });
    done["advice"] = json!(report.advice);
    files.chain(std::iter::once(done))
}
