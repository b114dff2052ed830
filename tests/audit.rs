//! The audit: what it finds, what it leaves alone, what it remembers, and what its reports can be trusted with.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

#[path = "audit/chunks.rs"]
mod chunks;
#[path = "audit/duplicates.rs"]
mod duplicates;
#[path = "audit/many.rs"]
mod many;
#[path = "audit/memory.rs"]
mod memory;
#[path = "audit/pictures.rs"]
mod pictures;
#[path = "audit/planted.rs"]
mod planted;
#[path = "audit/rejudge.rs"]
mod rejudge;
#[path = "audit/reports.rs"]
mod reports;
#[path = "audit/set.rs"]
mod set;
#[path = "audit/sounds.rs"]
mod sounds;
#[path = "audit/tags.rs"]
mod tags;
#[path = "audit/timbre_map.rs"]
mod timbre_map;

use std::path::Path;

use melscope::audit::{AuditReport, Check};
use melscope::monitor::Silent;
use melscope::pipeline::{self, Project};
use melscope::settings::{FILE_NAME, Settings};

/// Audits a folder with the settings that are in it.
fn audit(root: &Path) -> AuditReport {
    let settings = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap_or_default();
    let project = Project::new(root, settings).unwrap();
    pipeline::audit(&project, 2, &Silent, &|_, _| {}).unwrap()
}

/// The groups of files, by name, that a check of the set found.
fn groups(report: &AuditReport, check: Check) -> Vec<Vec<String>> {
    let found = report.of_set.iter().filter(|found| found.finding.check == check);
    found
        .map(|found| found.files.iter().map(|index| report.files[*index].path.to_string()).collect())
        .collect()
}
