//! The share of a whole task that is done: its stages side by side on one scale, each as long as it is expected to take.

use std::time::Duration;

use crate::jobs::Progress;
use crate::monitor::Stage;
use crate::pipeline::StageSeconds;

/// The largest share that is shown: a task that still runs is not done.
const SHOWN_MAX: f64 = 0.99;

/// From this share on, the time that went by tells more about the rest than what was expected.
const TOLD_FROM: f64 = 0.1;

/// How far a task is, over all its stages.
#[derive(Debug, Clone)]
pub(super) struct TaskShare {
    /// Its stages in their order, and the seconds that each is expected to take.
    stages: Vec<(Stage, f64)>,
    /// True when those are seconds, and not only what the stages take of one another.
    is_in_seconds: bool,
    stage: Option<Stage>,
    /// Time in the stages before, and in the present one.
    before: Duration,
    in_stage: Duration,
    /// The share by the present weights.
    share: f64,
    /// The largest that was ever shown: when the weights change, the share stands still instead of falling.
    shown: f64,
}

impl TaskShare {
    /// A task with `stages` in this order, each with what it usually takes of the whole.
    pub(super) fn new(stages: &[(Stage, f64)]) -> Self {
        Self {
            stages: stages.to_vec(),
            is_in_seconds: false,
            stage: None,
            before: Duration::ZERO,
            in_stage: Duration::ZERO,
            share: 0.0,
            shown: 0.0,
        }
    }

    /// Takes the expected seconds of a build's stages for their lengths.
    pub(super) fn expect(&mut self, expected: StageSeconds) {
        let StageSeconds { measure_s, analyse_s, normalise_s, commit_s } = expected;
        if expected.total_s() > 0.0 {
            self.stages = vec![
                (Stage::Scan, 0.0),
                (Stage::Estimate, measure_s),
                (Stage::Analyse, analyse_s),
                (Stage::Normalise, normalise_s),
                (Stage::Commit, commit_s),
            ];
            self.is_in_seconds = true;
        }
    }

    pub(super) fn advance(&mut self, progress: &Progress) {
        if self.stage != Some(progress.stage) {
            self.before += self.in_stage;
            self.stage = Some(progress.stage);
        }
        self.in_stage = progress.elapsed;
        let Some(place) = self.stages.iter().position(|(stage, _)| *stage == progress.stage) else { return };
        let length = self.stages[place].1;
        let done = match (progress.done, progress.total) {
            // Nothing is counted: the longer it lasts, the nearer it is to its end, which it never reaches.
            (_, 0) if self.is_in_seconds && length > 0.0 => {
                let elapsed_s = progress.elapsed.as_secs_f64();
                elapsed_s / (elapsed_s + length)
            }
            (_, 0) => 0.0,
            (done, total) => done as f64 / total as f64,
        };
        let total: f64 = self.stages.iter().map(|(_, length)| length).sum();
        let earlier: f64 = self.stages[..place].iter().map(|(_, length)| length).sum();
        self.share = (earlier + length * done.min(1.0)) / total;
        self.shown = self.shown.max(self.share).min(SHOWN_MAX);
    }

    /// The share that is done, 0 to 0.99; it never falls.
    pub(super) fn shown(&self) -> f64 {
        self.shown
    }

    /// The expected time to the task's end; `None` where nothing tells.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let elapsed_s = (self.before + self.in_stage).as_secs_f64();
        let total_s = if self.share >= TOLD_FROM {
            elapsed_s / self.share
        } else if self.is_in_seconds {
            self.stages.iter().map(|(_, length)| length).sum()
        } else {
            return None;
        };
        Some(Duration::from_secs_f64((total_s - elapsed_s).max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(stage: Stage, done: u64, total: u64, elapsed_s: f64) -> Progress {
        Progress { stage, done, total, elapsed: Duration::from_secs_f64(elapsed_s), remaining: None }
    }

    const EXPECTED: StageSeconds =
        StageSeconds { measure_s: 1.0, analyse_s: 6.0, normalise_s: 2.0, commit_s: 1.0 };

    const STAGES: [(Stage, f64); 2] = [(Stage::Analyse, 0.5), (Stage::Commit, 0.5)];

    #[test]
    fn stages_stand_side_by_side_on_one_scale() {
        let mut share = TaskShare::new(&STAGES);
        share.expect(EXPECTED);
        let mut at = |stage, done, total| {
            share.advance(&progress(stage, done, total, 0.0));
            (share.shown() * 1000.0).round() / 1000.0
        };
        // Of ten seconds in all: half of the six that follow the first one.
        assert_eq!(at(Stage::Analyse, 50, 100), 0.4);
        assert_eq!(at(Stage::Analyse, 100, 100), 0.7);
        assert_eq!(at(Stage::Normalise, 50, 100), 0.8);
        assert_eq!(at(Stage::Commit, 0, 0), 0.9);
    }

    #[test]
    fn an_expectation_that_comes_late_lets_the_share_stand_still_and_not_fall() {
        let mut share = TaskShare::new(&STAGES);
        share.advance(&progress(Stage::Analyse, 100, 100, 1.0));
        let before = share.shown();
        share.expect(StageSeconds { commit_s: 1000.0, ..EXPECTED });
        share.advance(&progress(Stage::Analyse, 100, 100, 1.0));
        assert_eq!(share.shown(), before);
        share.advance(&progress(Stage::Commit, 0, 0, 1e9));
        assert!(share.shown() > before && share.shown() < 1.0, "{}", share.shown());
    }

    #[test]
    fn the_rest_is_expected_at_first_and_then_told_by_what_went_by() {
        let mut share = TaskShare::new(&STAGES);
        share.advance(&progress(Stage::Analyse, 0, 100, 0.0));
        share.expect(EXPECTED);
        share.advance(&progress(Stage::Estimate, 0, 10, 0.5));
        assert_eq!(share.remaining(), Some(Duration::from_secs_f64(9.5)));
        // Twice as slow as expected: 0.4 of the task took 8 s, so that 12 s are left.
        let mut share = TaskShare::new(&STAGES);
        share.expect(EXPECTED);
        share.advance(&progress(Stage::Estimate, 10, 10, 2.0));
        share.advance(&progress(Stage::Analyse, 50, 100, 6.0));
        assert!((share.remaining().unwrap().as_secs_f64() - 12.0).abs() < 1e-9);
    }
}
