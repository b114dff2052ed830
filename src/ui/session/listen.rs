//! The sound that is heard, as plain values: the file, the selection, where it begins, and where it is now.

use std::ops::Range;
use std::sync::Arc;

use super::folder::Folder;
use super::loudness;
use crate::in_words;
use crate::pipeline::preview::Subject;
use crate::playback::{Device, Devices, GrowingSamples};

/// Where the samples of a sound come from.
#[derive(Debug, Clone)]
pub enum PlayableSamples {
    /// The file, which is read while it plays.
    File,
    /// A variant's samples.
    Variant(Arc<[f32]>),
    /// A version of a passage, which may still be being made.
    Passage {
        /// Its samples so far.
        samples: Arc<GrowingSamples>,
        /// The sample of the recording at which it begins.
        start_frame: u64,
    },
}

impl PlayableSamples {
    /// True for the same samples, not for equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File, Self::File) => true,
            (Self::Variant(a), Self::Variant(b)) => Arc::ptr_eq(a, b),
            (Self::Passage { samples: a, .. }, Self::Passage { samples: b, .. }) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// A sound that can be played, as a build reads or makes it: its time axis is the tensors'.
#[derive(Debug, Clone)]
pub struct Playable {
    /// The recording, or the variant that the Tune view shows of it.
    pub subject: Subject,
    /// Where its samples come from.
    pub samples: PlayableSamples,
    /// The dataset's rate, to which it is brought.
    pub sample_rate_hz: u32,
    /// Its length in seconds, where that is known.
    pub duration_s: Option<f64>,
    /// The factor of every sample, beside the volume.
    pub gain: f32,
}

impl Playable {
    /// The file that is selected in `folder`.
    pub fn selected_file(folder: &Folder) -> Option<Self> {
        let file = folder.selected_file()?;
        Some(Self {
            subject: Subject::File(file.path.clone()),
            samples: PlayableSamples::File,
            sample_rate_hz: folder.settings.sample_rate_hz,
            duration_s: file.duration_s(),
            gain: 1.0,
        })
    }

    /// A variant, `subject`, with its `samples`.
    pub fn variant(subject: Subject, samples: Arc<[f32]>, sample_rate_hz: u32) -> Self {
        let duration_s = Some(samples.len() as f64 / f64::from(sample_rate_hz));
        Self { subject, samples: PlayableSamples::Variant(samples), sample_rate_hz, duration_s, gain: 1.0 }
    }

    /// The same as loud as every other file of `folder`, where it is a file whose loudness is known.
    #[must_use]
    pub fn matched(self, folder: &Folder) -> Self {
        let file = folder.files.number_of(self.subject.path()).map(|number| &folder.files.all()[number]);
        let gain = file.filter(|_| !self.is_variant()).and_then(loudness::matched_gain);
        Self { gain: gain.map_or(self.gain, |gain| gain * self.gain), ..self }
    }

    /// True for a variant.
    pub fn is_variant(&self) -> bool {
        matches!(self.samples, PlayableSamples::Variant(_))
    }
}

/// The sound of a variant, as a build analyses it.
#[derive(Debug, Clone)]
pub struct VariantSound {
    /// Its samples.
    pub samples: Arc<[f32]>,
    /// Their rate in Hz.
    pub sample_rate_hz: u32,
}

/// A variant of the Augment view that is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeardVariant {
    /// Its number; 0 is the original.
    pub number: u32,
    /// The position that is heard now, in seconds from its start.
    pub position_s: f64,
}

/// The sound that is heard, and how. Times are seconds in the selected file.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The file that is selected, or the variant that is shown in its place.
    pub file: Option<Playable>,
    /// The part of it that is played; all of it where nothing is selected.
    pub selection_s: Option<Range<f64>>,
    /// The frequencies that are heard of it, in Hz; all where nothing is chosen.
    pub band_hz: Option<Range<f64>>,
    /// Where playing begins.
    pub cursor_s: f64,
    /// The position that is heard now, the device's delay taken off; the cursor while nothing plays.
    pub playhead_s: f64,
    /// True while something is heard, or about to be.
    pub is_playing: bool,
    /// The variant that is heard in place of the file.
    pub variant: Option<HeardVariant>,
    /// The end is followed by the beginning.
    pub is_looped: bool,
    /// The factor of every sample, 0 to 1.
    pub volume: f32,
    /// The device that was chosen; the system's own choice where none was.
    pub device: Option<Device>,
    /// The devices, as far as they are known.
    pub devices: Devices,
    /// Why the last attempt was not heard, or not to its end.
    pub failure: Option<String>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            file: None,
            selection_s: None,
            band_hz: None,
            cursor_s: 0.0,
            playhead_s: 0.0,
            is_playing: false,
            variant: None,
            is_looped: false,
            volume: 1.0,
            device: None,
            devices: Devices::Unknown,
            failure: None,
        }
    }
}

impl Listen {
    /// The range that would be played: the selection, or the whole file, whose end need not be known.
    pub fn range_s(&self) -> Range<f64> {
        self.selection_s.clone().unwrap_or(0.0..f64::INFINITY)
    }

    /// Where playing would begin: at the cursor, or at the start of the range when the cursor is at its end or outside.
    pub fn start_s(&self) -> f64 {
        let range_s = self.range_s();
        let is_inside =
            range_s.contains(&self.cursor_s) && self.duration_s().is_none_or(|end_s| self.cursor_s < end_s);
        if is_inside { self.cursor_s } else { range_s.start }
    }

    /// True while `subject` is heard as the file, however it is drawn: settings may have changed since.
    pub fn is_playing_of(&self, subject: Option<&Subject>) -> bool {
        let heard = self.file.as_ref().filter(|_| self.is_playing && self.variant.is_none());
        heard.zip(subject).is_some_and(|(heard, subject)| heard.subject.is_same_place(subject))
    }

    /// Turns to another file, of which nothing is selected and nothing was heard.
    pub fn turn_to(&mut self, file: Option<Playable>) {
        self.file = file;
        self.selection_s = None;
        self.band_hz = None;
        self.is_playing = false;
        self.variant = None;
        self.failure = None;
        self.set_cursor(0.0);
    }

    /// Moves the cursor to `position_s` within the file. Outside of the selection it takes the selection away: what is
    /// played is where a person points.
    pub fn point_at(&mut self, position_s: f64) {
        let position_s = self.within_file(position_s);
        if self.selection_s.as_ref().is_some_and(|selection_s| !selection_s.contains(&position_s)) {
            self.selection_s = None;
            self.band_hz = None;
        }
        self.set_cursor(position_s);
    }

    /// Selects a part of the file, whichever end comes first. One that is empty selects nothing.
    pub fn select(&mut self, range_s: Option<Range<f64>>) {
        let ordered = range_s.map(|range_s| {
            let ends = [range_s.start, range_s.end].map(|end_s| self.within_file(end_s));
            ends[0].min(ends[1])..ends[0].max(ends[1])
        });
        // Another part is heard as it is.
        self.band_hz = None;
        self.selection_s = ordered.filter(|range_s| range_s.start < range_s.end);
        if let Some(selection_s) = &self.selection_s {
            self.set_cursor(selection_s.start);
        }
    }

    /// Where the sound is: "1.23 s of 5.40 s".
    pub fn position_text(&self) -> String {
        let position = in_words::position(self.playhead_s);
        match self.duration_s() {
            Some(duration_s) => format!("{position} of {}", in_words::position(duration_s)),
            None => position,
        }
    }

    fn duration_s(&self) -> Option<f64> {
        self.file.as_ref().and_then(|file| file.duration_s)
    }

    fn set_cursor(&mut self, position_s: f64) {
        self.cursor_s = position_s;
        if !self.is_playing {
            self.playhead_s = position_s;
        }
    }

    fn within_file(&self, position_s: f64) -> f64 {
        // What is not a number is the beginning.
        position_s.max(0.0).min(self.duration_s().unwrap_or(f64::INFINITY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(duration_s: Option<f64>) -> Listen {
        let mut listen = Listen::default();
        let subject = Subject::File("a.wav".into());
        listen.turn_to(Some(Playable {
            subject,
            samples: PlayableSamples::File,
            sample_rate_hz: 48_000,
            duration_s,
            gain: 1.0,
        }));
        listen
    }

    #[test]
    fn a_selection_is_ordered_kept_in_the_file_and_never_empty() {
        let mut listen = listen(Some(5.4));
        listen.select(Some(4.0..2.0));
        assert_eq!((listen.range_s(), listen.playhead_s), (2.0..4.0, 2.0));
        listen.select(Some(-1.0..9.0));
        assert_eq!(listen.selection_s, Some(0.0..5.4));
        for nothing in [3.0..3.0, 7.0..9.0, f64::NAN..f64::NAN] {
            listen.select(Some(nothing));
            assert_eq!(listen.range_s(), 0.0..f64::INFINITY);
        }
    }

    #[test]
    fn playing_begins_where_a_person_pointed() {
        let mut listen = listen(Some(5.4));
        listen.point_at(1.5);
        assert_eq!((listen.start_s(), listen.playhead_s), (1.5, 1.5));
        listen.point_at(99.0);
        assert_eq!((listen.cursor_s, listen.start_s()), (5.4, 0.0), "at the end it begins anew");
        listen.select(Some(2.0..4.0));
        listen.point_at(3.0);
        assert_eq!((listen.start_s(), listen.range_s()), (3.0, 2.0..4.0));
        listen.point_at(1.0);
        assert_eq!((listen.start_s(), listen.selection_s.clone()), (1.0, None));
        listen.point_at(f64::NAN);
        assert_eq!(listen.start_s(), 0.0);
    }

    #[test]
    fn the_position_is_said_to_the_hundredth_and_without_an_end_that_nobody_knows() {
        let mut known = listen(Some(5.4));
        known.point_at(1.234);
        assert_eq!(known.position_text(), "1.23 s of 5.40 s");
        assert_eq!(listen(None).position_text(), "0.00 s");
    }
}
