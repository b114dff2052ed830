//! The levels that the Tune view draws: their scale, and the ranges of colours and axis, which stay as they are from file to
//! file until a person fits them anew, so that one colour always is one level.

use std::ops::Range;

use crate::picture::{LevelRange, LevelUnit};
use crate::ui::session::decibels::Decibels;
use crate::ui::session::level_view::{LevelScale, LevelView};

/// Decibels from the peak down to the first colour, and further where the threshold lies deeper.
const COLORS_DB: f32 = 100.0;
/// The deepest that a threshold takes the first colour.
const COLORS_MAX_DB: f32 = 150.0;
/// Decibels that are left free around a threshold, and beyond a peak.
const MARGIN_DB: f32 = 10.0;
/// Decibels below the peak to which the colour bar reaches, and to which the histogram does at most.
const BAR_DB: f32 = 130.0;
const AXIS_MAX_DB: f32 = 170.0;
/// The trainer's scale goes on beyond the largest value by this factor.
const TRAINER_MARGIN: f32 = 1.25;

/// The least that the ends of the colours lie apart, in the unit of the range.
const RANGE_MIN: f32 = 0.5;

/// The levels of the Tune view. Ranges are in decibels of mel power, and in ln(1 + mel power) on the trainer's scale.
#[derive(Debug, Clone)]
pub struct Levels {
    /// How they are drawn.
    pub view: LevelView,
    /// The scale of every level in decibels.
    pub decibels: Decibels,
    decibel_colors: [f32; 2],
    trainer_colors: [f32; 2],
    /// From the lower to the upper end of the colour bar, on both scales.
    decibel_bar: [f32; 2],
    trainer_bar: [f32; 2],
    axis_db: [f32; 2],
    is_locked: bool,
    fitted: Option<Fitted>,
    n_fits: u64,
}

/// The recording that ranges are fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Its largest mel power.
    pub power_max: f32,
    /// Its least mel power that is not 0.
    pub power_min: f32,
    /// The mask's threshold, a mel power; 0 is none.
    pub threshold: f64,
}

impl Default for Levels {
    fn default() -> Self {
        let mut levels = Self {
            view: LevelView::default(),
            decibels: Decibels::default(),
            decibel_colors: [0.0; 2],
            trainer_colors: [0.0; 2],
            decibel_bar: [0.0; 2],
            trainer_bar: [0.0; 2],
            axis_db: [0.0; 2],
            is_locked: false,
            fitted: None,
            n_fits: 0,
        };
        // What a loud chunk comes to, until there is one.
        levels.fit(Fitted { power_max: 1e5, power_min: 1e-8, threshold: 0.0 });
        levels
    }
}

impl Levels {
    /// Fits all ranges to a recording.
    fn fit(&mut self, recording: Fitted) {
        let db = |power: f32| LevelUnit::Decibel.level(power);
        let peak_db = db(recording.power_max);
        let threshold_db = db(recording.threshold as f32);
        // In whole steps below the peak, and with the threshold in sight.
        let below_threshold =
            if recording.threshold > 0.0 { peak_db - threshold_db + MARGIN_DB / 2.0 } else { 0.0 };
        let below = (below_threshold / MARGIN_DB).ceil() * MARGIN_DB;
        let below = below.clamp(COLORS_DB, COLORS_MAX_DB);
        self.decibel_colors = [peak_db - below, peak_db];
        self.decibel_bar = [peak_db - BAR_DB.max(below + MARGIN_DB), peak_db + MARGIN_DB];
        let most = LevelUnit::Ln1p.level(recording.power_max).max(RANGE_MIN);
        self.trainer_colors = [0.0, most];
        self.trainer_bar = [0.0, most * TRAINER_MARGIN];
        let least_db = db(recording.power_min).clamp(peak_db - AXIS_MAX_DB, self.decibel_colors[0]);
        self.axis_db = [least_db - MARGIN_DB, peak_db + MARGIN_DB];
        self.fitted = Some(recording);
        self.n_fits += 1;
    }

    /// Fits all ranges to a recording because a person wants it: they stay, whatever comes.
    pub(super) fn fit_and_lock(&mut self, recording: Fitted) {
        self.fit(recording);
        self.is_locked = true;
    }

    /// True when the ranges stay as they are whatever is shown.
    pub(super) fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// Follows a recording that is shown, until one is known as a whole.
    pub(super) fn follow(&mut self, recording: Fitted, is_complete: bool) {
        if self.is_locked || recording.power_max <= 0.0 {
            return;
        }
        if self.fitted != Some(recording) {
            self.fit(recording);
        }
        self.is_locked = is_complete;
    }

    /// The scale of every level in decibels, where `power_max` is the largest mel power that is shown.
    pub(super) fn set_peak(&mut self, power_max: Option<f32>) {
        self.decibels = match (power_max, self.view.scale) {
            (_, LevelScale::MelPower) => Decibels::of_mel_power(),
            (Some(power_max), _) => Decibels::below_peak(f64::from(power_max)),
            (None, _) => Decibels::default(),
        };
    }

    /// The number of times that the ranges were fitted.
    pub(super) fn n_fits(&self) -> u64 {
        self.n_fits
    }

    /// The levels that have colours.
    pub fn range(&self) -> LevelRange {
        let unit = self.view.scale.unit();
        let [from, to] = match unit {
            LevelUnit::Decibel => self.decibel_colors,
            LevelUnit::Ln1p => self.trainer_colors,
        };
        LevelRange { unit, from, to }
    }

    /// The levels at the ends of the colour bar.
    pub(super) fn bar(&self) -> [f32; 2] {
        let bar = match self.view.scale.unit() {
            LevelUnit::Decibel => self.decibel_bar,
            LevelUnit::Ln1p => self.trainer_bar,
        };
        let LevelRange { from, to, .. } = self.range();
        [bar[0].min(from), bar[1].max(to)]
    }

    /// The histogram's axis, in mel power.
    pub(super) fn axis(&self) -> Range<f32> {
        let [low, high] = self.axis_db.map(|db| LevelUnit::Decibel.mel_power(db));
        low.max(f32::MIN_POSITIVE)..high
    }

    /// Moves an end of the colours, 0 or 1, to `level` on the scale as it is read; the other end gives way to nothing.
    pub(super) fn move_end(&mut self, end: usize, level: f32) {
        let [least, most] = self.bar();
        let colors = match self.view.scale.unit() {
            LevelUnit::Decibel => &mut self.decibel_colors,
            LevelUnit::Ln1p => &mut self.trainer_colors,
        };
        let (least, most) =
            if end == 0 { (least, colors[1] - RANGE_MIN) } else { (colors[0] + RANGE_MIN, most) };
        colors[end] = level.clamp(least.min(most), most.max(least));
        self.is_locked = true;
    }

    /// What is added to a level to get the number that a person reads.
    pub(super) fn read_offset(&self) -> f32 {
        match self.view.scale.unit() {
            LevelUnit::Decibel => -self.decibels.zero_db() as f32,
            LevelUnit::Ln1p => 0.0,
        }
    }

    /// A mel power as a person reads it on this scale, with its unit.
    pub(super) fn text(&self, mel_power: f32) -> String {
        match self.view.scale.unit() {
            LevelUnit::Decibel => self.decibels.text(f64::from(mel_power)),
            LevelUnit::Ln1p => format!("ln(1+P) {:.4}", mel_power.ln_1p()),
        }
    }

    /// The step of a key on the colour bar, in the unit of the range.
    pub(super) fn step(&self) -> f32 {
        match self.view.scale.unit() {
            LevelUnit::Decibel => 1.0,
            LevelUnit::Ln1p => 0.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: Fitted = Fitted { power_max: 1e4, power_min: 1e-9, threshold: 1e-5 };
    const QUIET: Fitted = Fitted { power_max: 10.0, ..LOUD };

    #[test]
    fn the_first_recording_that_is_complete_sets_the_ranges_and_the_next_ones_do_not() {
        let mut levels = Levels::default();
        levels.follow(Fitted { power_max: 0.0, ..LOUD }, true);
        levels.follow(QUIET, false);
        levels.follow(LOUD, true);
        let range = levels.range();
        assert!((range.from + 60.0).abs() < 1e-3 && (range.to - 40.0).abs() < 1e-3, "{range:?}");
        let axis = levels.axis();
        levels.follow(QUIET, true);
        assert_eq!((levels.range(), levels.axis()), (range, axis.clone()));
        levels.fit_and_lock(QUIET);
        assert!((levels.range().to - 10.0).abs() < 1e-3);
        assert_ne!(levels.axis(), axis);
    }

    #[test]
    fn the_threshold_is_inside_the_colours() {
        let mut levels = Levels::default();
        for (power_max, from_db) in [(1e4, -60.0), (1e6, -60.0), (1e2, -80.0), (1e12, -30.0)] {
            levels.fit(Fitted { power_max, ..LOUD });
            let range = levels.range();
            assert!((range.from - from_db).abs() < 1e-2, "{power_max}: {range:?}");
            assert!(levels.bar()[0] < range.from && range.to < levels.bar()[1]);
        }
    }

    #[test]
    fn numbers_are_those_of_the_scale_and_ends_do_not_cross() {
        let mut levels = Levels::default();
        levels.follow(LOUD, true);
        levels.set_peak(Some(1e4));
        assert_eq!(levels.text(1e-5), "−90 dB");
        assert!((levels.range().from + levels.read_offset() + 100.0).abs() < 1e-3);
        levels.move_end(0, 1e9);
        assert!(levels.range().from < levels.range().to);
        levels.move_end(1, -1e9);
        assert!(levels.range().from < levels.range().to);
        levels.view.scale = LevelScale::MelPower;
        levels.set_peak(Some(1e4));
        assert_eq!(levels.text(1e-5), "−50 dB");
        levels.view.scale = LevelScale::Trainer;
        assert_eq!(levels.text(1.0), format!("ln(1+P) {:.4}", 2f32.ln()));
        assert_eq!(levels.range(), LevelRange { unit: LevelUnit::Ln1p, from: 0.0, to: 1e4_f32.ln_1p() });
    }
}
