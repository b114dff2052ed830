//! Results and progress as people read them: results on standard output, a bar and everything in passing on standard error.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::{Exit, say, tell};
use crate::in_words;
use crate::jobs::{Outcome, Progress};
use crate::monitor::Stage;
use crate::pipeline::{
    BuildOutcome, BuildReport, Estimate, Question, ShardOutcome, ShardReport, VerifyReport,
};

/// True while a question waits for its answer at the terminal.
static IS_ASKING: AtomicBool = AtomicBool::new(false);

/// Called on Ctrl-C, when the job has been told to stop: a read from the terminal cannot be cancelled, so a waiting
/// question ends the process. Nothing has been written by then, and the job has the time to give its lock back.
#[expect(clippy::exit, reason = "the main thread waits for a line that may never come")]
pub(super) fn leave_question() {
    if IS_ASKING.load(Ordering::Relaxed) {
        crossbeam_channel::after(Duration::from_millis(200)).recv().ok();
        tell("");
        std::process::exit(Exit::Interrupted as i32);
    }
}

/// Shows the events of one job.
pub(super) trait Output {
    fn progress(&mut self, progress: &Progress);
    fn skipped(&mut self, path: &Path, reason: &str);
    fn warning(&mut self, message: &str);
    /// Tells what was passed over: in one line, and each with its reason.
    fn note(&mut self, message: &str, files: &[(PathBuf, String)]);
    fn estimate(&mut self, estimate: &Estimate);
    /// True to go on. An error where nobody can answer.
    fn ask(&mut self, question: &Question) -> anyhow::Result<bool>;
    /// The result, and the exit code it means.
    fn done(&mut self, outcome: &Outcome) -> Exit;
    /// The job ended without a result: the terminal is left tidy.
    fn end(&mut self);
}

/// Words and a progress bar.
#[derive(Debug)]
pub(super) struct People {
    yes: bool,
    /// Results go to standard error too, because standard output belongs to another program.
    results_on_stderr: bool,
    bar: ProgressBar,
    stage: Option<Stage>,
    /// Shown where it is the result: a build goes on, and asks where it matters.
    estimate: Option<Estimate>,
}

impl People {
    pub(super) fn new(yes: bool) -> Self {
        let bar = if io::stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() };
        bar.set_draw_target(if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(20)
        } else {
            ProgressDrawTarget::hidden()
        });
        Self { yes, results_on_stderr: false, bar, stage: None, estimate: None }
    }

    pub(super) fn on_stderr(yes: bool) -> Self {
        Self { results_on_stderr: true, ..Self::new(yes) }
    }

    /// A line in passing, above the bar.
    fn aside(&self, line: &str) {
        self.bar.suspend(|| tell(line));
    }

    fn estimated(&self, estimate: &Estimate) {
        let at_most = if estimate.is_at_most { "at most " } else { "" };
        self.result(&format!(
            "{at_most}{} of {}, {}",
            in_words::count(estimate.spectrograms, "spectrogram"),
            in_words::count(estimate.sources, "file"),
            in_words::duration(estimate.duration_s)
        ));
        if estimate.expansion > 0 {
            self.result(&format!(
                "{at_most}{} and {} of each",
                in_words::count(estimate.originals, "original"),
                in_words::count(estimate.expansion, "variant")
            ));
        }
        let free = estimate.free_bytes.map_or_else(|| "unknown".into(), in_words::bytes);
        self.result(&format!(
            "{at_most}{} on disk; {} must be free while building, {free} are free; expected time: {}",
            in_words::bytes(estimate.bytes),
            in_words::bytes(estimate.transient_bytes),
            in_words::duration(estimate.stages.total_s())
        ));
        if estimate.unknown > 0 {
            self.result(&format!(
                "{} without a length in the header: not counted",
                in_words::count(estimate.unknown, "file")
            ));
        }
        if estimate.unreadable > 0 {
            self.result(&format!(
                "{} that cannot be read would be skipped",
                in_words::count(estimate.unreadable, "file")
            ));
        }
        self.proposed(estimate);
    }

    /// The usual number of variants, where a person has not asked for any.
    fn proposed(&self, estimate: &Estimate) {
        let proposal = estimate.proposal();
        if estimate.expansion == 0 && estimate.originals > 0 {
            self.result(&format!(
                "Augmentation is off. Usual here: --expansion {}, because {}; that makes {}, {} on disk",
                proposal.expansion,
                proposal.reason,
                in_words::count(estimate.spectrograms_with(proposal.expansion), "spectrogram"),
                in_words::bytes(estimate.bytes_with(proposal.expansion))
            ));
        }
    }

    fn result(&self, line: &str) {
        if self.results_on_stderr {
            tell(line);
        } else {
            say(line);
        }
    }

    fn built(&self, report: &BuildReport, is_new: bool) {
        let cache = report.cache_dir.display();
        if is_new {
            self.result(&format!(
                "{}, {}, in {:.2} s: {cache}",
                in_words::count(report.spectrograms, "spectrogram"),
                in_words::bytes(report.bytes),
                report.seconds
            ));
            let stats = &report.stats;
            self.result(&format!(
                "magnitude mean {:.4}, deviation {:.4}; instantaneous frequency mean {:.4}, deviation {:.4}",
                stats.mag_mean, stats.mag_std, stats.if_mean, stats.if_std
            ));
        } else {
            self.result(&format!(
                "Cache valid, nothing to do: {} in {cache}",
                in_words::count(report.spectrograms, "spectrogram")
            ));
        }
        match report.skipped {
            0 => {}
            n => self.result(&format!("{} skipped", in_words::count(n, "file"))),
        }
        match report.left_out {
            0 => {}
            n => self.result(&format!("{} left out by the settings", in_words::count(n, "chunk"))),
        }
        self.notes(&report.notes);
    }

    fn shard(&self, report: &ShardReport) {
        let spectrograms = in_words::count(report.spectrograms, "spectrogram");
        let sources = format!("{} of {}", report.n_sources, in_words::count(report.n_of_all, "file"));
        self.result(&if report.is_new {
            format!("Shard {}: {spectrograms} of {sources}, in {:.2} s", report.shard, report.seconds)
        } else {
            format!("Shard {} is computed already, nothing to do: {spectrograms} of {sources}", report.shard)
        });
        if report.n_skipped > 0 {
            self.result(&format!("{} skipped", in_words::count(report.n_skipped, "file")));
        }
        self.result("When all shards are computed: melscope merge DIR");
    }

    fn notes(&self, notes: &[String]) {
        for note in notes {
            self.result(&format!("note: {note}"));
        }
    }

    fn verified(&self, report: &VerifyReport) -> Exit {
        for problem in &report.problems {
            self.result(&format!("✘ {problem}"));
        }
        let spectrograms = in_words::count(report.spectrograms, "spectrogram");
        let read = format!("{spectrograms}, {} read", in_words::bytes(report.bytes));
        if report.is_intact() {
            self.result(&format!("Cache intact: {read}"));
            Exit::Done
        } else {
            self.result(&format!(
                "{read}, {}: build with --force to make it anew",
                in_words::count(report.problems.len(), "problem")
            ));
            Exit::Failed
        }
    }
}

impl Output for People {
    fn progress(&mut self, progress: &Progress) {
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            self.bar.set_style(style(progress.total > 0));
            self.bar.set_prefix(title(progress.stage));
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        let left = match progress.remaining {
            Some(left) if left > Duration::from_secs(1) => format!("{} left", HumanDuration(left)),
            _ => String::new(),
        };
        self.bar.set_message(format!("{:.0}/s {left}", progress.rate_per_s()));
    }

    fn skipped(&mut self, path: &Path, reason: &str) {
        self.aside(&format!("skipped {}: {reason}", path.display()));
    }

    fn warning(&mut self, message: &str) {
        self.aside(&format!("warning: {message}"));
    }

    fn note(&mut self, message: &str, _files: &[(PathBuf, String)]) {
        self.aside(&format!("note: {message}"));
    }

    fn estimate(&mut self, estimate: &Estimate) {
        self.estimate = Some(*estimate);
    }

    fn ask(&mut self, question: &Question) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            anyhow::bail!("{question} There is no terminal to ask at: pass --yes to answer yes.");
        }
        self.bar.suspend(|| {
            write!(io::stderr(), "{question} Go on? [y/N] ")?;
            let mut answer = String::new();
            IS_ASKING.store(true, Ordering::Relaxed);
            let read = io::stdin().lock().read_line(&mut answer);
            IS_ASKING.store(false, Ordering::Relaxed);
            read?;
            Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
        })
    }

    fn done(&mut self, outcome: &Outcome) -> Exit {
        self.end();
        match outcome {
            Outcome::Estimated => {
                if let Some(estimate) = &self.estimate {
                    self.estimated(estimate);
                }
                Exit::Done
            }
            Outcome::Built(outcome) => {
                match outcome {
                    BuildOutcome::Built(report) => self.built(report, true),
                    BuildOutcome::AlreadyValid(report) => self.built(report, false),
                }
                Exit::Done
            }
            Outcome::Shard(outcome) => {
                match outcome {
                    ShardOutcome::Computed(report) => self.shard(report),
                    ShardOutcome::CacheValid(report) => self.built(report, false),
                }
                Exit::Done
            }
            Outcome::Status(report) => {
                let exit = if report.is_valid() {
                    self.result(&format!("valid: {}", in_words::count(report.spectrograms, "spectrogram")));
                    Exit::Done
                } else {
                    self.result(&format!("not valid: {}", report.reasons.join("; ")));
                    Exit::NotValid
                };
                self.notes(&report.notes);
                exit
            }
            Outcome::Verified(report) => self.verified(report),
            Outcome::Split(report) => {
                super::split::lines(report).for_each(|line| self.result(&line));
                super::split::exit(report)
            }
            Outcome::Cleaned(report) => {
                self.result(&format!("{} removed", in_words::count(report.spectrograms, "spectrogram")));
                if let Some(folder) = &report.linked_to {
                    self.result(&format!(
                        "the cache is a link to {}: what Melscope wrote there is removed, the link and the folder stay",
                        folder.display()
                    ));
                }
                for path in &report.left {
                    self.result(&format!(
                        "left where it is, because Melscope did not write it: {}",
                        path.display()
                    ));
                }
                Exit::Done
            }
            Outcome::Augmented(report) => {
                self.result(&format!(
                    "{} of each of {}: {}",
                    in_words::count(report.n_variants, "variant"),
                    in_words::count(report.n_chunks, "chunk"),
                    report.folder.display()
                ));
                Exit::Done
            }
            Outcome::Audited(report) => {
                super::audit::lines(report).for_each(|line| self.result(&line));
                super::audit::exit(report)
            }
            Outcome::Judged(report) => {
                super::judge::lines(report).for_each(|line| self.result(&line));
                Exit::Done
            }
            Outcome::Reconstructed(report) => {
                super::reconstruct::lines(report).for_each(|line| self.result(&line));
                Exit::Done
            }
            Outcome::Analyzed(report) => {
                let [chunks, channels, n_mels, frames] = report.shape;
                self.result(&format!(
                    "{}, [{chunks}, {channels}, {n_mels}, {frames}]: {}",
                    in_words::count(chunks, "chunk"),
                    report.output.display()
                ));
                Exit::Done
            }
        }
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Scan => "Listing files",
        Stage::Estimate => "Reading headers",
        Stage::Analyse => "Analysing",
        Stage::Normalise => "Normalising",
        Stage::Commit => "Writing to disk",
        Stage::Verify => "Reading back",
        Stage::Augment => "Writing variants",
        Stage::Reconstruct => "Rebuilding sound",
        Stage::Judge => "Rebuilding and comparing",
        Stage::Audit => "Measuring",
        Stage::Compare => "Comparing",
        Stage::Map => "Making the map",
        Stage::Advise => "Measuring the mask",
    }
}

fn style(has_total: bool) -> ProgressStyle {
    let template = if has_total { "{prefix} {bar:30} {pos}/{len} {msg}" } else { "{prefix} {spinner} {pos}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_malformed| ProgressStyle::default_bar())
}
