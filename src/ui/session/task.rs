//! Tasks: what runs for long, how far it is, and how that is said.

use std::time::{Duration, Instant};

use super::task_share::TaskShare;
use crate::in_words;
use crate::jobs::Progress;
use crate::monitor::Stage;
use crate::pipeline::{Question, StageSeconds};

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
    pub fn verb(self) -> &'static str {
        match self {
            Self::Build => "Building",
            Self::Verify => "Verifying",
            Self::Audit => "Auditing",
        }
    }

    /// Its stages in their order, and what each usually takes of the whole.
    fn stages(self) -> &'static [(Stage, f64)] {
        match self {
            Self::Build => &[
                (Stage::Scan, 0.02),
                (Stage::Estimate, 0.03),
                (Stage::Analyse, 0.75),
                (Stage::Normalise, 0.12),
                (Stage::Commit, 0.08),
            ],
            Self::Verify => &[(Stage::Scan, 0.02), (Stage::Verify, 0.98)],
            Self::Audit => &[(Stage::Scan, 0.02), (Stage::Audit, 0.9), (Stage::Compare, 0.08)],
        }
    }
}

/// A build, a check of the tensors, or an audit, that runs.
#[derive(Debug)]
pub struct Task {
    /// Its purpose.
    pub kind: TaskKind,
    /// The question that it waits to be answered.
    pub question: Option<Question>,
    /// True when it was told to stop.
    pub is_cancelling: bool,
    progress: Option<Progress>,
    share: TaskShare,
    /// When the stage began that it is in, as far as the window noticed.
    stage_began: Option<Instant>,
}

impl Task {
    /// A task that has just begun.
    pub fn new(kind: TaskKind) -> Self {
        Self {
            kind,
            question: None,
            is_cancelling: false,
            progress: None,
            share: TaskShare::new(kind.stages()),
            stage_began: None,
        }
    }

    /// Notes how long its stages are expected to take.
    pub fn expect(&mut self, stages: StageSeconds) {
        self.share.expect(stages);
    }

    /// Takes what the task says of its progress.
    pub fn advance(&mut self, progress: Progress) {
        if self.progress.is_none_or(|before| before.stage != progress.stage) {
            self.stage_began = None;
        }
        self.share.advance(&progress);
        self.progress = Some(progress);
    }

    /// Notes that time passes: a stage that counts nothing is told by its length alone.
    pub fn pass_time(&mut self, now: Instant) {
        let Some(progress) = self.progress else { return };
        let began = *self.stage_began.get_or_insert(now);
        if progress.total == 0 && self.question.is_none() {
            let elapsed = now.saturating_duration_since(began);
            self.share.advance(&Progress { elapsed, ..progress });
        }
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
        self.progress.map_or_else(
            || format!("{verb}…"),
            |progress| format!("{verb}: {}", progress_text(&progress, self.share.remaining())),
        )
    }

    /// The share of the whole task that is done, 0 to 0.99: it never falls, and what waits for its end is not done.
    pub fn share(&self) -> f32 {
        self.share.shown() as f32
    }
}

fn progress_text(progress: &Progress, remaining: Option<Duration>) -> String {
    let stage = match progress.stage {
        Stage::Scan => "listing files",
        Stage::Estimate => "reading headers",
        Stage::Analyse => "analysing",
        Stage::Normalise => "normalising",
        Stage::Commit => "writing to disk",
        Stage::Verify => "reading tensors back",
        Stage::Augment => "writing variants",
        Stage::Reconstruct => "rebuilding sound",
        Stage::Judge => "rebuilding and comparing",
        Stage::Audit => "measuring recordings",
        Stage::Compare => "comparing takes",
        Stage::Map => "making the map",
        Stage::Advise => "measuring where the mask belongs",
    };
    let mut words = stage.to_owned();
    if progress.total > 0 {
        let Progress { done, total, .. } = progress;
        words = format!("{words}, {done} of {total}, {:.0} per second", progress.rate_per_s());
    }
    if let Some(remaining) = remaining.filter(|remaining| remaining.as_secs() > 0) {
        words = format!("{words}, {} left", in_words::duration(remaining.as_secs_f64()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_never_falls_and_never_says_that_all_is_done() {
        let progress = |stage, done, total| Progress {
            stage,
            done,
            total,
            elapsed: Duration::from_secs(done),
            remaining: None,
        };
        let expected = StageSeconds { measure_s: 1.0, analyse_s: 6.0, normalise_s: 2.0, commit_s: 1.0 };
        for kind in [TaskKind::Build, TaskKind::Verify, TaskKind::Audit] {
            let mut task = Task::new(kind);
            let mut last = 0.0;
            for (stage, _) in kind.stages() {
                for done in 0..=10 {
                    task.advance(progress(*stage, done, 10));
                    assert!(task.share() >= last && task.share() < 1.0, "{kind:?} {stage:?} {done}");
                    last = task.share();
                }
                // What is expected is told by a build once it has read the headers.
                if *stage == Stage::Estimate {
                    task.expect(expected);
                }
            }
            assert!(last > 0.9, "{kind:?} ends at {last}");
        }
    }

    #[test]
    fn a_stage_that_counts_nothing_goes_on_with_time_and_does_not_end() {
        let mut task = Task::new(TaskKind::Build);
        task.expect(StageSeconds { measure_s: 0.0, analyse_s: 5.0, normalise_s: 0.0, commit_s: 5.0 });
        task.advance(Progress {
            stage: Stage::Commit,
            done: 0,
            total: 0,
            elapsed: Duration::ZERO,
            remaining: None,
        });
        let began = Instant::now();
        let mut last = 0.0;
        for seconds in [0, 1, 5, 60, 3600] {
            task.pass_time(began + Duration::from_secs(seconds));
            assert!(
                task.share() >= f32::max(last, 0.5) && task.share() < 1.0,
                "{seconds} s: {}",
                task.share()
            );
            last = task.share();
        }
        assert!(last > 0.9, "{last}");
        assert!(task.text().starts_with("Building: writing to disk"), "{}", task.text());
    }
}
