//! The commands of the Tune view.

use std::ops::Range;
use std::path::PathBuf;

use egui::Rect;

use crate::pipeline::preview::Area;
use crate::ui::session::pane_arrangement::PaneArrangement;

/// The form in which what is seen is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// The pixels of the view.
    Png,
    /// Its lines and letters.
    Svg,
    /// The numbers behind it.
    Csv,
}

impl ExportFormat {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Png, Self::Svg, Self::Csv];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "Picture as PNG",
            Self::Svg => "Picture as SVG",
            Self::Csv => "Numbers as CSV",
        }
    }

    /// Its purpose.
    pub fn help(self) -> &'static str {
        match self {
            Self::Png => "The view as it is on the screen, pixel for pixel",
            Self::Svg => "The view with lines and letters that stay sharp at any size, for print",
            Self::Csv => {
                "Every band of every frame in the measuring box, or in sight where there is no box: mel power, \
                 frequency, masked or not"
            }
        }
    }

    /// The ending of the names of such files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Csv => "csv",
        }
    }
}

/// The view as it was drawn for an export.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Its place in the window, in points.
    pub rect: Rect,
    /// The document, where one is wanted; otherwise the window's pixels are.
    pub svg: Option<String>,
}

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
    /// Measure a stretch of time and frequency; `None` takes the box away.
    Measure(Option<Area>),
    /// Show a stretch of time and frequency.
    ShowArea(Area),
    /// Hold the shown recording beside whatever is shown next.
    Pin,
    /// Take the recording that is held beside away.
    Unpin,
    /// Move the recording that is held beside to the right by this many seconds.
    ShiftPinned(f64),
    /// Move it to where both sound most alike.
    AlignPinned,
    /// Show the shown recording minus it, or the shown recording.
    ShowFileDifference(bool),
    /// Write what is seen.
    Export {
        /// The form.
        format: ExportFormat,
        /// Where it goes, replaced when it exists; `None` asks in the system's dialog.
        to: Option<PathBuf>,
    },
    /// The view was drawn for an export.
    TakeCapture(Capture),
}
