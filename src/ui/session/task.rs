//! Tasks: what runs for long, how far it is, and how that is said.

use crate::in_words;
use crate::jobs::Progress;
use crate::monitor::Stage;
use crate::pipeline::Question;

/// The purpose of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Building the cache.
    Build,
    /// Reading every tensor back.
    Verify,
    /// Measuring the recordings.
    Audit,
}

impl TaskKind {
    /// The name of its activity, in one word.
    fn verb(self) -> &'static str {
        match self {
            Self::Build => "Building",
            Self::Verify => "Verifying",
            Self::Audit => "Auditing",
        }
    }
}

/// A build, a check of the tensors, or an audit, that runs.
#[derive(Debug)]
pub struct Task {
    /// Its purpose.
    pub kind: TaskKind,
    /// The progress that it told last.
    pub progress: Option<Progress>,
    /// The question that it waits to be answered.
    pub question: Option<Question>,
    /// True when it was told to stop.
    pub is_cancelling: bool,
}

impl Task {
    /// A task that has just begun.
    pub fn new(kind: TaskKind) -> Self {
        Self { kind, progress: None, question: None, is_cancelling: false }
    }

    /// The state of the task in words: "Building: analysing, 34 of 165, 52 per second, 3 s left".
    pub fn text(&self) -> String {
        let verb = self.kind.verb();
        if self.is_cancelling {
            return format!("{verb}: stopping…");
        }
        if self.question.is_some() {
            return format!("{verb}: waiting for your answer");
        }
        self.progress
            .map_or_else(|| format!("{verb}…"), |progress| format!("{verb}: {}", progress_text(&progress)))
    }

    /// The share that is done, 0 to 1.
    pub fn share(&self) -> f32 {
        let progress = self.progress.filter(|progress| progress.total > 0);
        progress.map_or(0.0, |progress| progress.done as f32 / progress.total as f32)
    }
}

fn progress_text(progress: &Progress) -> String {
    let stage = match progress.stage {
        Stage::Scan => "listing files",
        Stage::Estimate => "reading headers",
        Stage::Analyse => "analysing",
        Stage::Normalise => "normalising",
        Stage::Commit => "writing to disk",
        Stage::Verify => "reading tensors back",
        Stage::Augment => "writing variants",
        Stage::Audit => "measuring recordings",
        Stage::Compare => "comparing takes",
    };
    let mut words = stage.to_owned();
    if progress.total > 0 {
        let Progress { done, total, .. } = progress;
        words = format!("{words}, {done} of {total}, {:.0} per second", progress.rate_per_s());
    }
    if let Some(remaining) = progress.remaining.filter(|remaining| remaining.as_secs() > 0) {
        words = format!("{words}, {} left", in_words::duration(remaining.as_secs_f64()));
    }
    words
}
