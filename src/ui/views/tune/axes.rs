//! The axes of the panes: where a time and a mel lie, and the round values along them.

use std::ops::Range;

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, pos2};

use super::model::Tune;
use super::readout::Point;
use crate::dsp::mel::mel_from_hz;

/// Points between two labels of a time axis, at least, and of a letter in one.
const TIME_STEP_MIN: f32 = 64.0;
const LETTER_WIDTH: f32 = 6.5;

/// Points between two labels of a frequency axis: from top to bottom, and from left to right.
const FREQUENCY_STEP_MIN: f32 = 14.0;
const FREQUENCY_WIDTH_MIN: f32 = 26.0;

/// The mapping of a stretch of time to the width of a picture. Every pane has one and the same.
#[derive(Debug, Clone)]
pub(super) struct TimeAxis {
    time_s: Range<f64>,
    left: f32,
    width: f32,
}

impl TimeAxis {
    /// The axis of `picture`, whose width is the time `time_s`.
    pub(super) fn new(time_s: Range<f64>, picture: Rect) -> Self {
        Self { time_s, left: picture.left(), width: picture.width() }
    }

    /// The axis of a pane: the time in sight.
    pub(super) fn of_pane(tune: &Tune, picture: Rect) -> Self {
        Self::new(tune.span.time_s.clone(), picture)
    }

    /// Where a time lies from left to right.
    pub(super) fn x_of(&self, time_s: f64) -> f32 {
        let share = (time_s - self.time_s.start) / (self.time_s.end - self.time_s.start);
        self.left + share as f32 * self.width
    }

    /// The time that lies at `x`.
    pub(super) fn time_at(&self, x: f32) -> f64 {
        let share = f64::from((x - self.left) / self.width);
        share.mul_add(self.time_s.end - self.time_s.start, self.time_s.start)
    }

    /// True when the time is in sight.
    pub(super) fn contains(&self, time_s: f64) -> bool {
        self.time_s.contains(&time_s)
    }
}

/// The point of the sound at `pos`.
pub(super) fn point_at(tune: &Tune, picture: Rect, pos: Pos2) -> Point {
    let y = f64::from((picture.bottom() - pos.y) / picture.height());
    let mel = &tune.span.mel;
    Point {
        time_s: TimeAxis::of_pane(tune, picture).time_at(pos.x),
        mel: y.mul_add(mel.end - mel.start, mel.start),
    }
}

/// Where a time lies from left to right.
pub(super) fn x_of(tune: &Tune, picture: Rect, time_s: f64) -> f32 {
    TimeAxis::of_pane(tune, picture).x_of(time_s)
}

/// Where a mel lies from bottom to top.
pub(super) fn y_of(tune: &Tune, picture: Rect, mel: f64) -> f32 {
    let range = &tune.span.mel;
    let share = (mel - range.start) / (range.end - range.start);
    picture.bottom() - share as f32 * picture.height()
}

/// Draws the times in sight below `picture`.
pub(super) fn time_axis(painter: &Painter, tune: &Tune, picture: Rect, font: &FontId, color: Color32) {
    let time_s = &tune.span.time_s;
    let step_s = time_step(time_s, picture.width());
    let first = (time_s.start / step_s).ceil() as i64;
    let last = (time_s.end / step_s + 1e-9).floor() as i64;
    for tick in first..=last {
        let time_s = tick as f64 * step_s;
        let x = x_of(tune, picture, time_s);
        painter.vline(x, picture.bottom()..=picture.bottom() + 3.0, Stroke::new(1.0, color));
        // The last label would be cut off at the edge.
        let align = if x > picture.right() - 12.0 { Align2::RIGHT_TOP } else { Align2::CENTER_TOP };
        painter.text(pos2(x, picture.bottom() + 4.0), align, tick_time(time_s, step_s), font.clone(), color);
    }
}

/// The step from label to label over `time_s`, wide enough for the longest of them.
fn time_step(time_s: &Range<f64>, width: f32) -> f64 {
    let step_for = |label_width: f32| {
        let n_ticks = (width / label_width).max(1.0);
        nice_step((time_s.end - time_s.start) / f64::from(n_ticks))
    };
    let step_s = step_for(TIME_STEP_MIN);
    let n_letters = tick_time(time_s.end, step_s).chars().count();
    step_for(TIME_STEP_MIN.max((n_letters + 2) as f32 * LETTER_WIDTH))
}

/// A time on the axis, with as many decimals as the step needs: "0.5 s", "1:20".
fn tick_time(time_s: f64, step_s: f64) -> String {
    let decimals = (-step_s.log10() - 1e-9).ceil().clamp(0.0, 6.0) as usize;
    if time_s >= 60.0 {
        let minutes = (time_s / 60.0 + 1e-9) as u64;
        let rest = (time_s - minutes as f64 * 60.0).max(0.0);
        // Two digits before the point, whatever comes after it.
        let width = if decimals > 0 { 3 + decimals } else { 2 };
        return if minutes >= 60 {
            format!("{}:{:02}:{rest:0width$.decimals$}", minutes / 60, minutes % 60)
        } else {
            format!("{minutes}:{rest:0width$.decimals$}")
        };
    }
    format!("{time_s:.decimals$} s")
}

/// The least of 1, 2, 5, 10 … (and 15, 30, 60 from ten up) that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let whole = [15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 18_000.0];
    if let (true, Some(step)) = (least > 10.0, whole.into_iter().find(|step| *step >= least)) {
        return step;
    }
    let decade = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|digit| digit * decade)
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

/// The mels of round frequencies in sight, from low to high, with their labels: "50", "2k".
fn frequency_ticks(mel: &Range<f64>) -> impl Iterator<Item = (f64, String)> {
    let decades = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5];
    let ticks_hz = decades.into_iter().flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * decade));
    let all_hz = std::iter::once(0.0).chain(ticks_hz.filter(|hz| *hz >= 50.0));
    all_hz
        .map(|hz| (mel_from_hz(hz), hz))
        .filter(|(at, _)| mel.contains(at) || *at == mel.end)
        .map(|(at, hz)| (at, if hz >= 1e3 { format!("{}k", hz / 1e3) } else { format!("{hz}") }))
}

/// Draws the frequencies in sight at the left of `picture`.
pub(super) fn frequency_axis(painter: &Painter, tune: &Tune, picture: Rect, font: &FontId, color: Color32) {
    let mut last_y = f32::INFINITY;
    for (mel, text) in frequency_ticks(&tune.span.mel) {
        let y = y_of(tune, picture, mel);
        // Low frequencies lie close together on the mel axis.
        if last_y - y < FREQUENCY_STEP_MIN {
            continue;
        }
        last_y = y;
        painter.hline(picture.left() - 3.0..=picture.left(), y, Stroke::new(1.0, color));
        let y = y.clamp(picture.top() + 5.0, picture.bottom() - 5.0);
        painter.text(pos2(picture.left() - 5.0, y), Align2::RIGHT_CENTER, text, font.clone(), color);
    }
    let above = pos2(picture.left() - 5.0, picture.top() - 12.0);
    painter.text(above, Align2::RIGHT_CENTER, "Hz", font.clone(), color);
}

/// Where a mel lies from left to right of `picture`, whose width is the frequencies in sight.
pub(super) fn mel_x(tune: &Tune, picture: Rect, mel: f64) -> f32 {
    let range = &tune.span.mel;
    picture.left() + ((mel - range.start) / (range.end - range.start)) as f32 * picture.width()
}

/// Draws the frequencies in sight below `picture`, whose width they are.
pub(super) fn frequency_axis_below(
    painter: &Painter,
    tune: &Tune,
    picture: Rect,
    font: &FontId,
    color: Color32,
) {
    let unit = pos2(picture.right(), picture.bottom() + 4.0);
    let unit = painter.text(unit, Align2::RIGHT_TOP, "Hz", font.clone(), color);
    let mut last_x = f32::NEG_INFINITY;
    for (mel, text) in frequency_ticks(&tune.span.mel) {
        let x = mel_x(tune, picture, mel);
        let is_free = x - last_x >= FREQUENCY_WIDTH_MIN && x + FREQUENCY_WIDTH_MIN / 2.0 < unit.left();
        if !is_free {
            continue;
        }
        last_x = x;
        painter.vline(x, picture.bottom()..=picture.bottom() + 3.0, Stroke::new(1.0, color));
        let x = x.max(picture.left() + 4.0);
        painter.text(pos2(x, picture.bottom() + 4.0), Align2::CENTER_TOP, text, font.clone(), color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_times() {
        for (least, step) in
            [(0.011, 0.02), (0.5, 0.5), (0.51, 1.0), (3.0, 5.0), (11.0, 15.0), (4000.0, 7200.0)]
        {
            assert!((nice_step(least) - step).abs() < 1e-9 * step, "{least}: {}", nice_step(least));
        }
        assert_eq!(tick_time(0.25, 0.05), "0.25 s");
        assert_eq!(tick_time(3.0, 1.0), "3 s");
        assert_eq!(tick_time(80.0, 20.0), "1:20");
        assert_eq!(tick_time(3660.0, 60.0), "1:01:00");
        assert_eq!(tick_time(3661.25, 0.05), "1:01:01.25");
        assert_eq!(tick_time(65.5, 0.5), "1:05.5");
        assert_eq!(tick_time(0.0124, 0.0002), "0.0124 s");
    }

    #[test]
    fn labels_of_a_fine_axis_late_in_a_long_recording_do_not_touch() {
        let time_s = 3661.0..3661.001;
        let step_s = time_step(&time_s, 300.0);
        let width = tick_time(time_s.end, step_s).chars().count() as f32 * LETTER_WIDTH;
        assert!(step_s / 0.001 * 300.0 > f64::from(width), "{step_s} s for {width} points");
    }

    #[test]
    fn a_time_and_its_place_are_inverse() {
        let axis = TimeAxis::new(2.0..4.0, Rect::from_min_max(pos2(100.0, 0.0), pos2(300.0, 10.0)));
        assert_eq!((axis.x_of(2.0), axis.x_of(3.0), axis.x_of(4.0)), (100.0, 200.0, 300.0));
        assert_eq!((axis.time_at(100.0), axis.time_at(250.0)), (2.0, 3.5));
        assert!(axis.contains(2.0) && !axis.contains(4.0));
    }

    #[test]
    fn round_frequencies_in_sight_are_named_from_low_to_high() {
        let labels = |hz: Range<f64>| {
            let mel = mel_from_hz(hz.start)..mel_from_hz(hz.end);
            frequency_ticks(&mel).map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(labels(0.0..120.0), ["0", "50", "100"]);
        assert_eq!(labels(900.0..6000.0), ["1k", "2k", "5k"]);
    }
}
