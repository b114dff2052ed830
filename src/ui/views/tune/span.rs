//! The part that the panes of the Tune view show: a stretch of time and of the mel axis, the same in all of them.

use std::ops::Range;

/// The shortest stretch of time that can be shown, in seconds: some fifty samples, which can be told apart.
pub(super) const TIME_MIN_S: f64 = 0.001;

/// The least of the mel axis that can be shown: about two of the usual bands.
const MEL_MIN: f64 = 60.0;

/// The visible part of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Visible time, in seconds.
    pub time_s: Range<f64>,
    /// Visible mel.
    pub mel: Range<f64>,
    /// All that there is, in seconds and in mel.
    limits: [f64; 2],
    /// True as long as all of it is to be seen, also when the recording turns out longer.
    is_fit: bool,
}

impl Default for Span {
    fn default() -> Self {
        Self { time_s: 0.0..1.0, mel: 0.0..1.0, limits: [1.0, 1.0], is_fit: true }
    }
}

impl Span {
    /// There are `extent_s` seconds and the mel axis up to `mel_max`: what is shown stays where it is as far as it can.
    pub fn set_limits(&mut self, extent_s: f64, mel_max: f64) {
        let had_all_mel = self.mel == (0.0..self.limits[1]);
        self.limits = [extent_s.max(TIME_MIN_S), mel_max];
        if self.is_fit || had_all_mel {
            self.mel = 0.0..mel_max;
        }
        if self.is_fit {
            self.time_s = 0.0..self.limits[0];
        } else {
            self.clamp();
        }
    }

    /// Shows all of it.
    pub fn fit(&mut self) {
        self.is_fit = true;
        self.set_limits(self.limits[0], self.limits[1]);
    }

    /// Shows `1 / factor` of the time and of the mel axis that are shown now; what is at `at` (shares of the width from the
    /// left and of the height from below) stays there.
    pub fn zoom(&mut self, at: [f64; 2], [time_factor, mel_factor]: [f64; 2]) {
        self.is_fit = false;
        let zoomed = |range: &Range<f64>, at: f64, factor: f64, least: f64| {
            let len = range.end - range.start;
            let zoomed_len = (len / factor).max(least);
            let start = range.start + at * (len - zoomed_len);
            start..start + zoomed_len
        };
        self.time_s = zoomed(&self.time_s, at[0], time_factor, TIME_MIN_S);
        self.mel = zoomed(&self.mel, at[1], mel_factor, MEL_MIN);
        self.clamp();
    }

    /// Moves by shares of what is shown: later, and up.
    pub fn pan(&mut self, [later, up]: [f64; 2]) {
        self.is_fit = false;
        let (time, mel) = (later * self.duration_s(), up * (self.mel.end - self.mel.start));
        self.time_s = self.time_s.start + time..self.time_s.end + time;
        self.mel = self.mel.start + mel..self.mel.end + mel;
        self.clamp();
    }

    /// Shows the stretch `time_s`, or as long a one within the recording; the mel axis stays.
    pub fn show_time(&mut self, time_s: Range<f64>) {
        let len = (time_s.end - time_s.start).max(TIME_MIN_S);
        self.time_s = time_s.start..time_s.start + len;
        self.clamp();
    }

    /// Shows a stretch of time and of the mel axis, or as much of them as there is.
    pub fn show(&mut self, time_s: Range<f64>, mel: Range<f64>) {
        let len = (mel.end - mel.start).max(MEL_MIN);
        self.mel = mel.start..mel.start + len;
        self.show_time(time_s);
    }

    /// Brings `time_s` into sight: where it has run out on the right, it comes in on the left.
    pub fn follow(&mut self, time_s: f64) {
        if !self.time_s.contains(&time_s) && (0.0..self.limits[0]).contains(&time_s) {
            let len = self.duration_s();
            self.is_fit = false;
            self.time_s = time_s..time_s + len;
            self.clamp();
        }
    }

    /// Seconds that there are in all.
    pub fn limit_s(&self) -> f64 {
        self.limits[0]
    }

    /// Seconds that are shown.
    pub fn duration_s(&self) -> f64 {
        self.time_s.end - self.time_s.start
    }

    /// True when all of it is shown.
    pub fn is_fit(&self) -> bool {
        self.is_fit
    }

    fn clamp(&mut self) {
        let into = |range: &Range<f64>, limit: f64| {
            let len = (range.end - range.start).min(limit);
            let start = range.start.clamp(0.0, limit - len);
            start..start + len
        };
        self.time_s = into(&self.time_s, self.limits[0]);
        self.mel = into(&self.mel, self.limits[1]);
        self.is_fit = self.time_s == (0.0..self.limits[0]) && self.mel == (0.0..self.limits[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        let mut span = Span::default();
        span.set_limits(10.0, 3000.0);
        span
    }

    fn assert_near(range: &Range<f64>, expected: Range<f64>) {
        assert!(
            (range.start - expected.start).abs() < 1e-9 && (range.end - expected.end).abs() < 1e-9,
            "{range:?} for {expected:?}"
        );
    }

    #[test]
    fn all_is_shown_until_something_else_is_wanted() {
        let mut span = span();
        assert_eq!((span.time_s.clone(), span.mel.clone()), (0.0..10.0, 0.0..3000.0));
        span.set_limits(20.0, 3000.0);
        assert_eq!(span.time_s, 0.0..20.0);
        span.zoom([0.0, 0.0], [4.0, 1.0]);
        span.set_limits(30.0, 3500.0);
        assert_near(&span.time_s, 0.0..5.0);
        assert_eq!(span.mel, 0.0..3500.0, "the whole mel axis stays the whole mel axis");
        span.fit();
        assert_eq!(span.time_s, 0.0..30.0);
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let mut span = span();
        span.zoom([0.25, 0.5], [2.0, 3.0]);
        // 2.5 s is still a quarter from the left, 1500 mel in the middle.
        assert_near(&span.time_s, 1.25..6.25);
        assert_near(&span.mel, 1000.0..2000.0);
        span.zoom([0.25, 0.5], [0.5, 1.0 / 3.0]);
        assert_near(&span.time_s, 0.0..10.0);
        assert!(span.is_fit());
    }

    #[test]
    fn nothing_leads_beyond_the_ends() {
        let mut span = span();
        span.zoom([0.5, 0.5], [1e9, 1e9]);
        assert_near(&(0.0..span.duration_s()), 0.0..TIME_MIN_S);
        span.pan([1e9, -1e9]);
        assert_near(&(span.time_s.end..span.mel.start), 10.0..0.0);
        span.follow(3.0);
        assert_near(&(span.time_s.start..0.0), 3.0..0.0);
        let before = span.clone();
        span.follow(11.0);
        assert_eq!(span, before, "there is nothing to see after the end");
    }

    #[test]
    fn a_stretch_is_shown_within_the_recording_and_long_enough_to_be_seen() {
        let mut span = span();
        span.zoom([0.0, 0.0], [1.0, 2.0]);
        span.show_time(2.0..3.5);
        assert_eq!((span.time_s.clone(), span.mel.clone()), (2.0..3.5, 0.0..1500.0));
        span.show_time(9.5..11.5);
        assert_near(&span.time_s, 8.0..10.0);
        span.show_time(-1.0..1.0);
        assert_near(&span.time_s, 0.0..2.0);
        span.show_time(4.0..4.0);
        assert_near(&span.time_s, 4.0..4.0 + TIME_MIN_S);
        span.show_time(-5.0..50.0);
        assert_near(&span.time_s, 0.0..10.0);
        assert!(!span.is_fit(), "half of the mel axis is out of sight");
        span.zoom([0.0, 0.0], [1.0, 0.5]);
        assert!(span.is_fit());
    }
}
