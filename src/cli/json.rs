//! `--json`: one object a line on standard output, each with the key `event`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::remedy;
use super::show::Output;
use super::terminal::{Exit, say, tell};
use crate::audit::report::json as audit_json;
use crate::jobs::{Outcome, Progress};
use crate::normalization::NormalizationStats;
use crate::path_text;
use crate::pipeline::{BuildOutcome, BuildReport, Estimate, Question, ShardOutcome};

/// Events as JSON lines. Nobody is there to answer a question: `--yes` answers it, or it is an error.
#[derive(Debug)]
pub(super) struct Json {
    yes: bool,
}

impl Json {
    pub(super) fn new(yes: bool) -> Self {
        Self { yes }
    }
}

/// The event of a failure.
pub(super) fn error(error: &anyhow::Error) {
    print(&json!({"event": "error", "message": remedy::message(error)}));
}

fn print(event: &impl Serialize) {
    match serde_json::to_string(event) {
        Ok(line) => say(line),
        Err(error) => tell(format_args!("melscope: an event is lost: {error}")),
    }
}

/// A structure, because a `Value` cannot hold a path that is not UTF-8.
#[derive(Serialize)]
struct Skipped<'a> {
    event: &'static str,
    #[serde(serialize_with = "path_text::json::serialize")]
    path: &'a Path,
    reason: &'a str,
}

/// As [`Skipped`], a structure for the sake of its path.
#[derive(Serialize)]
struct Done<'a> {
    event: &'static str,
    built: bool,
    #[serde(serialize_with = "path_text::json::serialize")]
    cache: &'a Path,
    spectrograms: u64,
    bytes: u64,
    seconds: f64,
    skipped: usize,
    left_out: u64,
    stats: NormalizationStats,
    notes: &'a [String],
}

fn done(report: &BuildReport, built: bool) {
    print(&Done {
        event: "done",
        built,
        cache: &report.cache_dir,
        spectrograms: report.spectrograms,
        bytes: report.bytes,
        seconds: report.seconds,
        skipped: report.skipped,
        left_out: report.left_out,
        stats: report.stats,
        notes: &report.notes,
    });
}

impl Output for Json {
    fn progress(&mut self, progress: &Progress) {
        print(&json!({
            "event": "progress",
            "stage": progress.stage.name(),
            "done": progress.done,
            "total": progress.total,
            "elapsed_s": progress.elapsed.as_secs_f64(),
            "remaining_s": progress.remaining.map(|remaining| remaining.as_secs_f64()),
        }));
    }

    fn skipped(&mut self, path: &Path, reason: &str) {
        print(&Skipped { event: "skipped", path, reason });
    }

    fn warning(&mut self, message: &str) {
        print(&json!({"event": "warning", "message": message}));
    }

    fn note(&mut self, message: &str, files: &[(PathBuf, String)]) {
        print(&json!({"event": "note", "message": message}));
        for (path, reason) in files {
            print(&Skipped { event: "note", path, reason });
        }
    }

    fn estimate(&mut self, estimate: &Estimate) {
        let proposal = estimate.proposal();
        print(&json!({
            "event": "estimate",
            "spectrograms": estimate.spectrograms,
            "at_most": estimate.is_at_most,
            "originals": estimate.originals,
            "expansion": estimate.expansion,
            "sources": estimate.sources,
            "unreadable": estimate.unreadable,
            "unknown": estimate.unknown,
            "duration_s": estimate.duration_s,
            "bytes": estimate.bytes,
            "transient_bytes": estimate.transient_bytes,
            "free_bytes": estimate.free_bytes,
            "seconds": estimate.stages.total_s(),
            "proposal": {
                "expansion": proposal.expansion,
                "reason": proposal.reason,
                "spectrograms": estimate.spectrograms_with(proposal.expansion),
                "bytes": estimate.bytes_with(proposal.expansion),
            },
        }));
    }

    fn ask(&mut self, question: &Question) -> anyhow::Result<bool> {
        if self.yes { Ok(true) } else { anyhow::bail!("{question} Pass --yes to answer yes.") }
    }

    fn done(&mut self, outcome: &Outcome) -> Exit {
        match outcome {
            Outcome::Built(BuildOutcome::AlreadyValid(report))
            | Outcome::Shard(ShardOutcome::CacheValid(report)) => {
                print(&json!({"event": "valid", "spectrograms": report.spectrograms}));
                done(report, false);
                Exit::Done
            }
            Outcome::Built(BuildOutcome::Built(report)) => {
                done(report, true);
                Exit::Done
            }
            Outcome::Shard(ShardOutcome::Computed(report)) => {
                print(&json!({
                    "event": "done",
                    "shard": report.shard.to_string(),
                    "built": report.is_new,
                    "sources": report.n_sources,
                    "sources_of_all": report.n_of_all,
                    "skipped": report.n_skipped,
                    "spectrograms": report.spectrograms,
                    "seconds": report.seconds,
                }));
                Exit::Done
            }
            Outcome::Status(report) => {
                if report.is_valid() {
                    print(
                        &json!({"event": "valid", "spectrograms": report.spectrograms, "notes": report.notes}),
                    );
                    Exit::Done
                } else {
                    print(&json!({"event": "stale", "reasons": report.reasons, "notes": report.notes}));
                    Exit::NotValid
                }
            }
            Outcome::Verified(report) => {
                for problem in &report.problems {
                    print(&json!({"event": "error", "message": problem}));
                }
                print(&json!({
                    "event": "verdict",
                    "intact": report.is_intact(),
                    "spectrograms": report.spectrograms,
                    "bytes": report.bytes,
                    "problems": report.problems.len(),
                }));
                if report.is_intact() { Exit::Done } else { Exit::Failed }
            }
            Outcome::Split(report) => {
                print(&super::split::event(report));
                super::split::exit(report)
            }
            Outcome::Audited(report) => {
                for file in audit_json::files(report) {
                    print(&file);
                }
                audit_json::folders(report).for_each(|folder| print(&folder));
                print(&audit_json::verdict(report));
                super::audit::exit(report)
            }
            Outcome::Judged(report) => {
                super::judge::events(report).for_each(|event| print(&event));
                Exit::Done
            }
            Outcome::Reconstructed(report) => {
                print(&super::reconstruct::done(report));
                Exit::Done
            }
            Outcome::Estimated | Outcome::Cleaned(_) | Outcome::Analyzed(_) | Outcome::Augmented(_) => {
                Exit::Done
            }
        }
    }

    fn end(&mut self) {}
}
