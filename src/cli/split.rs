//! The split of a cache, as people and programs read it.

use serde_json::{Value, json};

use super::terminal::Exit;
use crate::audit::folder_name;
use crate::in_words;
use crate::pipeline::{SideTotals, SplitReport};
use crate::split::Side;

/// The report in lines: both sides, the folders where there are several, what leaks, and what the trainer's own rule would leak.
pub(super) fn lines(report: &SplitReport) -> impl Iterator<Item = String> {
    let mut lines = vec![row("", ["groups", "recordings", "tensors", "length"].map(String::from))];
    lines.extend(Side::ALL.map(|side| totals(side.name(), &report.sides[side as usize])));
    lines.push(format!("{:.1} % of the tensors are for validation", 100.0 * report.validation_share()));
    if report.folders.len() > 1 {
        lines.push(String::new());
        lines.push("tensors for validation, of all, by folder:".into());
        for folder in &report.folders {
            let [train, validation] = folder.sides.map(|side| side.n_tensors);
            let name = folder_name(&folder.folder);
            lines.push(format!("{validation:>8} of {:<8} {name}", train + validation));
        }
    }
    lines.push(String::new());
    lines.extend(report.problems.iter().map(|problem| format!("✘ {problem}")));
    lines.extend(report.tight_sentence().map(String::from));
    lines.push(report.by_tensor_sentence());
    lines.extend(report.not_audited_sentence());
    if report.is_written {
        lines.push("The split is written to the cache's index.csv.".into());
    }
    lines.extend(report.change_sentence().map(|change| format!("{change} Pass --write to store it.")));
    lines.into_iter()
}

fn totals(name: &str, totals: &SideTotals) -> String {
    row(
        name,
        [
            totals.n_groups.to_string(),
            totals.n_recordings.to_string(),
            totals.n_tensors.to_string(),
            in_words::duration(totals.duration_s),
        ],
    )
}

fn row(name: &str, [groups, recordings, tensors, length]: [String; 4]) -> String {
    format!("{name:<10} {groups:>8} {recordings:>10} {tensors:>9} {length:>12}")
}

/// The report as one event.
pub(super) fn event(report: &SplitReport) -> Value {
    let mut event = json!(report);
    event["event"] = "done".into();
    event["is_tight"] = report.is_tight().into();
    event["sides"] = sides(&report.sides);
    for (shown, folder) in event["folders"].as_array_mut().into_iter().flatten().zip(&report.folders) {
        shown["sides"] = sides(&folder.sides);
    }
    event
}

fn sides(sides: &[SideTotals; 2]) -> Value {
    Side::ALL.map(|side| (side.name().to_owned(), json!(sides[side as usize]))).into_iter().collect()
}

/// The exit code: what leaks is a failure.
pub(super) fn exit(report: &SplitReport) -> Exit {
    if report.is_tight() { Exit::Done } else { Exit::Failed }
}
