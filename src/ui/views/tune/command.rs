//! The commands of the Tune view.

use std::ops::Range;

use crate::ui::session::pane_arrangement::PaneArrangement;

/// A command that only the Tune view understands.
#[derive(Debug, Clone, PartialEq)]
pub enum TuneCommand {
    /// A heatmap has this many pixels, width and height.
    Resize([usize; 2]),
    /// Show less, or with factors below 1 more: of time and of the mel axis, around a point given as shares of the width from
    /// the left and of the height from below.
    Zoom {
        /// The point that stays where it is.
        at: [f64; 2],
        /// The factors by which time and mel become larger.
        factors: [f64; 2],
    },
    /// Move later and up, in shares of what is shown.
    Pan([f64; 2]),
    /// Show all of the file.
    Fit,
    /// Keep the current settings as B.
    Keep,
    /// Swap the current settings, A, with B.
    Flip,
    /// Show A minus B, or A.
    ShowDifference(bool),
    /// Show a stretch of time, in seconds, or as much of it as there is.
    ShowTime(Range<f64>),
    /// Put the panes beside or below each other.
    Arrange(PaneArrangement),
    /// The waveform has this many pixels from left to right.
    ResizeWaveform(usize),
    /// Move an end of the colours of magnitudes.
    MoveColorEnd {
        /// 0 for the first colour, 1 for the last.
        end: usize,
        /// The level that it moves to, in decibels of mel power or in ln(1 + mel power).
        level: f32,
    },
    /// Fit colours and axes to what is shown.
    FitRange,
}
