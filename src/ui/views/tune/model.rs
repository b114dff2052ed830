//! The model of the Tune view, as plain values.

use std::ops::Range;
use std::sync::Arc;

use super::beside::Beside;
use super::known_advice::Advice;
use super::left_out::LeftOut;
use super::levels::Levels;
use super::shown::Shown;
use super::span::Span;
use crate::dsp::mel::hz_from_mel;
use crate::pipeline::Excerpt;
use crate::pipeline::preview::{
    Area, AreaMeasurement, MadeVariant, PowerCounts, PowerHistogram, Preview, ShareEstimate, Subject,
    Viewport,
};
use crate::settings::Settings;
use crate::ui::number_text::{hertz_text, percent_text};
use crate::ui::session::pane_arrangement::PaneArrangement;

/// Bins of the histogram.
const HISTOGRAM_BINS: usize = 120;

/// The Tune view of the open folder.
#[derive(Debug)]
pub struct Tune {
    /// The subject that is shown; `None` before the first chunk of the first file.
    pub shown: Option<Shown>,
    /// Why the selected file, or the variant, cannot be shown.
    pub problem: Option<String>,
    /// The part of it that the panes show.
    pub span: Span,
    /// The part of a long recording that is in sight, in the build's own frames.
    pub detail: Option<Preview>,
    /// The mel powers of the dataset as far as they are known.
    pub share: Option<ShareEstimate>,
    /// The advice on the mask's threshold.
    pub advice: Advice,
    /// The settings to compare with, B, and what they make of the file.
    pub kept: Option<Kept>,
    /// True to show A minus B.
    pub shows_difference: bool,
    /// Pixels of a heatmap, width and height.
    pub pane_px: [usize; 2],
    /// Pixels of the waveform from left to right.
    pub waveform_px: usize,
    /// Samples around the part in sight, where it is shown so closely that they matter.
    pub excerpt: Option<Excerpt>,
    /// How the panes stand.
    pub arrangement: PaneArrangement,
    /// Counts what changed in the previews: textures of an older revision are out of date.
    pub revision: u64,
    /// The levels that are drawn, and their ranges.
    pub levels: Levels,
    /// Where chunks are left out of what is shown.
    pub left_out: LeftOut,
    histogram: Option<Histogram>,
    /// The recording that is held beside.
    pub beside: Option<Beside>,
    /// The measuring box.
    pub area: Option<Area>,
    /// What was measured, and of what.
    measured: Option<(MeasuredKey, Option<AreaMeasurement>)>,
    masked: Option<(MaskedKey, f64)>,
    heard_s: f64,
}

impl Default for Tune {
    fn default() -> Self {
        Self {
            shown: None,
            problem: None,
            span: Span::default(),
            detail: None,
            share: None,
            advice: Advice::default(),
            kept: None,
            shows_difference: false,
            pane_px: [0, 0],
            waveform_px: 0,
            excerpt: None,
            arrangement: PaneArrangement::default(),
            revision: 0,
            levels: Levels::default(),
            left_out: LeftOut::default(),
            histogram: None,
            beside: None,
            area: None,
            measured: None,
            masked: None,
            heard_s: 0.0,
        }
    }
}

/// The histogram of what is shown, and what it was made of.
#[derive(Debug)]
struct Histogram {
    counts: PowerHistogram,
    powers: Arc<PowerCounts>,
    axis: Range<f32>,
}

/// What is taken from the shown picture.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// Its preview.
    pub preview: &'a Preview,
    /// The threshold of its mask, a mel power, where it is not that of the shown one.
    pub own_threshold: Option<f64>,
    /// Seconds by which it is moved to the right.
    pub shift_s: f64,
    /// True for another recording, false for the same with other settings.
    pub is_file: bool,
}

/// What the masked share depends on: the revisions of the preview and of what is left out of it, and the threshold.
type MaskedKey = (u64, u64, f64);

/// What the measurement in a box depends on.
#[derive(Debug, PartialEq)]
struct MeasuredKey {
    revision: u64,
    is_exact: bool,
    threshold: f64,
    area: Area,
}

/// The settings that were kept as B.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The settings that a build with B would use.
    pub settings: Settings,
    /// A file with these settings; `None` until there is a preview of one.
    pub shown: Option<Shown>,
}

impl Settings {
    /// The same, where what is no analysis is that of `folder`: it belongs to the folder, whatever is compared in it.
    #[must_use]
    pub(super) fn in_folder_of(self, folder: &Self) -> Self {
        let Self { sample_rate_hz, chunk_s, n_fft, hop_samples, n_mels, if_threshold, if_mode, .. } = self;
        Self { sample_rate_hz, chunk_s, n_fft, hop_samples, n_mels, if_threshold, if_mode, ..folder.clone() }
    }
}

impl Tune {
    /// Notes that what is shown has changed.
    pub fn touch(&mut self) {
        self.revision += 1;
    }

    /// The variant `subject` as it was made, once just that is shown.
    pub fn made(&self, subject: &Subject) -> Option<&MadeVariant> {
        self.shown.as_ref().filter(|shown| shown.subject == *subject)?.made.as_ref()
    }

    /// Brings what follows from the shown preview and the threshold up to date.
    pub fn refresh(&mut self, threshold: f64) {
        self.levels.set_peak(self.shown.as_ref().map(|shown| shown.power_max));
        self.measure(threshold);
        let Some(shown) = &self.shown else { return };
        // While it grows, the axis is as long as the headers say it will be.
        let extent_s = shown.preview.extent_s();
        let expected_s = shown.preview.expected_duration_s().filter(|_| !shown.is_complete);
        let expected_s = expected_s.map_or(0.0, |duration_s| shown.preview.start_s() + duration_s);
        // The axis is the recording's own, also where silence is trimmed.
        let whole_s = shown.preview.trim().map_or(0.0, |trim| trim.whole_s);
        self.span.set_limits(expected_s.max(extent_s).max(whole_s), shown.preview.mel_max());
        let key = (self.revision, self.left_out.revision, threshold);
        if self.masked.is_none_or(|(known, _)| known != key) {
            self.masked = Some((key, shown.preview.masked_share_without(&self.left_out.chunks, threshold)));
        }
        if !self.levels.is_locked()
            && let Some(fitted) = shown.fitted(threshold)
        {
            self.levels.follow(fitted, shown.is_complete);
        }
        let (axis, powers) = (self.levels.axis(), shown.preview.powers());
        let is_counted = |known: &Histogram| {
            known.axis == axis && powers.is_some_and(|powers| Arc::ptr_eq(powers, &known.powers))
        };
        if !self.histogram.as_ref().is_some_and(is_counted) {
            self.histogram = powers.map(|powers| Histogram {
                counts: powers.histogram(axis.clone(), HISTOGRAM_BINS),
                powers: Arc::clone(powers),
                axis,
            });
        }
    }

    /// The number of places of each mel power of what is shown, over the axis of the levels.
    pub fn histogram(&self) -> Option<&PowerHistogram> {
        self.shown.as_ref().and(self.histogram.as_ref()).map(|histogram| &histogram.counts)
    }

    /// Fits the ranges of levels to what is shown.
    pub fn fit_range(&mut self, threshold: f64) {
        if let Some(fitted) = self.shown.as_ref().and_then(|shown| shown.fitted(threshold)) {
            self.levels.fit_and_lock(fitted);
        }
    }

    /// Brings what is measured in the box up to date.
    fn measure(&mut self, threshold: f64) {
        let (Some(area), Some(preview)) = (&self.area, self.drawn()) else {
            self.measured = None;
            return;
        };
        let is_exact = preview.is_exact();
        let key = MeasuredKey { revision: self.revision, is_exact, threshold, area: area.clone() };
        if self.measured.as_ref().is_none_or(|(known, _)| *known != key) {
            let measurement = preview.measure(area, threshold);
            self.measured = Some((key, measurement));
        }
    }

    /// The measuring box, and what is measured in it; nothing where there is no sound.
    pub fn measured(&self) -> Option<(&Area, Option<AreaMeasurement>)> {
        self.measured.as_ref().map(|(key, measurement)| (&key.area, *measurement))
    }

    /// Turns the page when the playhead, now at `heard_s`, runs out of sight; one that was out of sight is left alone.
    pub fn follow(&mut self, heard_s: f64) {
        let before_s = std::mem::replace(&mut self.heard_s, heard_s);
        if self.span.time_s.contains(&before_s) {
            self.span.follow(heard_s);
        }
    }

    /// The share of masked bins of what is shown, 0 to 1, without the chunks that are left out.
    pub fn masked_here(&self) -> Option<f64> {
        self.shown.as_ref().and(self.masked).map(|(_, share)| share)
    }

    /// The stretch of time and frequency in sight.
    pub fn area_in_sight(&self) -> Area {
        Area { time_s: self.span.time_s.clone(), mel: self.span.mel.clone() }
    }

    /// The part that a heatmap shows.
    pub fn viewport(&self) -> Viewport {
        Viewport { time_s: self.span.time_s.clone(), mel: self.span.mel.clone(), size: self.pane_px }
    }

    /// The preview that the panes draw: of a long recording the part in sight, where it is there.
    pub fn drawn(&self) -> Option<&Preview> {
        let shown = &self.shown.as_ref()?.preview;
        let covers = |detail: &&Preview| {
            let start_s = detail.parts().first().map_or(f64::INFINITY, |part| detail.column_start_s(part, 0));
            let end_s = detail.extent_s();
            // Outside of the chunks there is nothing to show.
            start_s <= self.span.time_s.start.max(shown.start_s()) + 1e-9
                && self.span.time_s.end.min(shown.extent_s()) <= end_s + 1e-9
        };
        let wants_detail = !shown.is_exact();
        Some(self.detail.as_ref().filter(|_| wants_detail).filter(covers).unwrap_or(shown))
    }

    /// The chunks to preview more closely, because columns of the overview are wider than pixels; `None` where they are not.
    pub fn chunks_in_sight(&self) -> Option<Range<usize>> {
        let shown = self.shown.as_ref().filter(|shown| shown.is_complete && !shown.preview.is_exact())?;
        let pixel_s = self.span.duration_s() / self.pane_px[0].max(1) as f64;
        let settings = shown.preview.settings();
        let chunk_s = settings.chunk_samples as f64 / f64::from(settings.sample_rate_hz);
        let start_s = shown.preview.start_s();
        (shown.preview.column_s() > pixel_s).then(|| {
            // A float below 0 becomes 0 by the cast.
            let start = ((self.span.time_s.start - start_s) / chunk_s) as usize;
            start..(((self.span.time_s.end - start_s) / chunk_s).ceil() as usize).max(start + 1)
        })
    }

    /// What is taken from the shown picture: another recording, or the same with B, where it is wanted and known.
    pub fn compared(&self) -> Option<Compared<'_>> {
        let is_wanted = |beside: &&Beside| beside.shows_difference;
        if let Some(beside) = self.beside.as_ref().filter(is_wanted) {
            let preview = &beside.shown.as_ref().filter(|shown| shown.is_complete)?.preview;
            return Some(Compared { preview, own_threshold: None, shift_s: beside.shift_s, is_file: true });
        }
        let kept = self.kept.as_ref().filter(|_| self.shows_difference)?;
        let other = kept.shown.as_ref().filter(|other| other.is_complete)?;
        let is_same_place = other.subject.is_same_place(&self.shown.as_ref()?.subject);
        let own_threshold = Some(kept.settings.if_threshold);
        is_same_place.then_some(Compared {
            preview: &other.preview,
            own_threshold,
            shift_s: 0.0,
            is_file: false,
        })
    }

    /// The part of a recording that is moved to the right by `shift_s` which a heatmap shows.
    pub fn viewport_moved(&self, shift_s: f64) -> Viewport {
        let time_s = self.span.time_s.start - shift_s..self.span.time_s.end - shift_s;
        Viewport { time_s, ..self.viewport() }
    }

    /// Keeps `settings`, and what they make of the file, as B.
    pub fn keep(&mut self, settings: Settings) {
        let shown = self.shown.clone().filter(|shown| shown.is_complete);
        self.kept = Some(Kept { settings, shown });
        self.touch();
    }

    /// B takes the place of A, which are `settings` now; gives B's settings. `None` when nothing was kept.
    pub fn flip(&mut self, settings: &Settings) -> Option<Settings> {
        let kept = self.kept.as_mut()?;
        let flipped = std::mem::replace(&mut kept.settings, settings.clone()).in_folder_of(settings);
        let is_same_place = match (&self.shown, &kept.shown) {
            (Some(a), Some(b)) => a.subject.is_same_place(&b.subject) && a.is_complete && b.is_complete,
            _ => false,
        };
        if is_same_place {
            std::mem::swap(&mut self.shown, &mut kept.shown);
        } else {
            kept.shown = self.shown.clone().filter(|shown| shown.is_complete);
        }
        self.detail = None;
        self.touch();
        Some(flipped)
    }

    /// The file in one line, for those who do not see it: "1.9 s, 41 % masked, strongest band 440 Hz".
    pub fn summary(&self) -> String {
        let Some(shown) = &self.shown else { return "nothing to show".into() };
        let mut parts = vec![format!("{:.1} s", shown.preview.duration_s())];
        if let Some(share) = self.masked_here() {
            parts.push(format!("{} masked", percent_text(share)));
        }
        parts.push(shown.strongest_band().map_or_else(
            || "silence".into(),
            |band| format!("strongest band {}", hertz_text(shown.filters.centre_hz(band))),
        ));
        parts.extend(self.left_out.words(shown));
        parts.join(", ")
    }
}

/// The frequency at a point of the mel axis, in Hz.
pub fn hz_at(mel: f64) -> f64 {
    hz_from_mel(mel)
}
