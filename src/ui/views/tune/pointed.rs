//! What the pointer is at, whichever pane it is over, and what a click there does.

use super::model::Tune;
use super::readout::Point;
use super::sound_marks;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;

/// What the pointer is at: a time in any pane, and a mel in the heatmaps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pointed {
    /// Seconds from the recording's start.
    pub(super) time_s: Option<f64>,
    /// Place on the mel axis.
    pub(super) mel: Option<f64>,
}

impl Pointed {
    /// The point of a heatmap.
    pub(super) fn point(self) -> Option<Point> {
        Some(Point { time_s: self.time_s?, mel: self.mel? })
    }
}

/// Plays from `time_s` on, where there is sound.
pub(super) fn hear_from(tune: &Tune, listen: &Listen, time_s: f64, commands: &mut Vec<Command>) {
    let end_s = tune.shown.as_ref().map_or(0.0, |shown| {
        // What is trimmed off can be heard as well.
        shown.preview.trim().map_or_else(|| shown.preview.end_s(), |trim| trim.whole_s)
    });
    // Another file may be selected before its picture is there.
    let is_of_file = sound_marks::playhead_s(tune, listen).is_some();
    if !is_of_file || !(0.0..end_s).contains(&time_s) {
        return;
    }
    commands.push(Command::Seek(time_s));
    // What is playing goes on from there by itself, unless it is a variant of the Augment view.
    if !listen.is_playing || listen.variant.is_some() {
        commands.push(Command::Play);
    }
}
