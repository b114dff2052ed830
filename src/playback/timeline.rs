//! The place in the sound that is heard at a moment, from what the callback tells of the moments to come.

use std::collections::VecDeque;
use std::time::Instant;

use super::block::Mark;

/// Marks kept at most: far more than any device delays.
const MARKS_MAX: usize = 4_096;

/// The marks of one command's sound, in the order in which they are heard.
#[derive(Default)]
pub(super) struct Timeline {
    epoch: u64,
    marks: VecDeque<Mark>,
    /// The last time in the sound that is known to be heard.
    position_s: f64,
    has_ended: bool,
}

impl Timeline {
    /// Forgets what came before: the sound of `epoch` begins at `position_s`.
    pub(super) fn restart(&mut self, epoch: u64, position_s: f64) {
        self.epoch = epoch;
        self.marks.clear();
        self.position_s = position_s;
        self.has_ended = false;
    }

    /// The command whose sound is followed.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Takes a mark that the callback sent.
    pub(super) fn add(&mut self, mark: Mark) {
        if mark.epoch == self.epoch && self.marks.len() < MARKS_MAX {
            self.marks.push_back(mark);
        }
    }

    /// The time in the sound that is heard at `now`, in seconds. It stands still where nothing is.
    pub(super) fn position_s(&mut self, now: Instant) -> f64 {
        while self.marks.get(1).is_some_and(|next| next.heard_at <= now) {
            self.marks.pop_front();
        }
        if let Some(mark) = self.marks.front().filter(|mark| mark.heard_at <= now) {
            let elapsed_s = now.saturating_duration_since(mark.heard_at).as_secs_f64();
            self.position_s = mark.position_s + elapsed_s.min(mark.span_s);
            self.has_ended |= mark.is_end;
        }
        self.position_s
    }

    /// True when the end of the sound has been heard at `now`.
    pub(super) fn has_ended(&mut self, now: Instant) -> bool {
        self.position_s(now);
        self.has_ended
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_position_runs_within_a_mark_and_waits_for_the_next() {
        let now = Instant::now();
        let at = |time_ms: u64| now + Duration::from_millis(time_ms);
        let mark = |time_ms, position_s, is_end| {
            let span_s = if is_end { 0.0 } else { 0.010 };
            Mark { epoch: 2, heard_at: at(time_ms), position_s, span_s, is_end }
        };
        let mut timeline = Timeline::default();
        timeline.restart(2, 7.0);
        timeline.add(Mark { epoch: 1, ..mark(0, 3.0, false) });
        assert_eq!(timeline.position_s(at(0)), 7.0, "what an older command began does not count");
        timeline.add(mark(20, 7.0, false));
        timeline.add(mark(30, 1.0, false));
        timeline.add(mark(60, 1.010, true));
        let expected = [(19, 7.0), (20, 7.0), (26, 7.006), (34, 1.004), (40, 1.010), (59, 1.010)];
        for (time_ms, position_s) in expected {
            assert!((timeline.position_s(at(time_ms)) - position_s).abs() < 1e-9, "at {time_ms} ms");
            assert!(!timeline.has_ended(at(time_ms)));
        }
        assert!(timeline.has_ended(at(60)));
    }
}
