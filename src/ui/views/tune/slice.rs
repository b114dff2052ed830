//! The spectrum of one frame: mel power of every band in decibels below the loudest place, with the mask's threshold, and
//! the instantaneous frequency of the bands that are kept.

use egui::accesskit::Role;
use egui::{Align2, Color32, FontId, Painter, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axes::{frequency_axis_below, mel_x};
use super::model::{Tune, hz_at};
use super::shown::Shown;
use crate::in_words;
use crate::pipeline::preview::Preview;
use crate::ui::number_text::{hertz_text, level_text, percent_text};
use crate::ui::session::decibels::Decibels;
use crate::ui::theme::{Tone, masked_color};

/// Room for the levels at the left, the title above, and the frequencies below.
const LEFT: f32 = 44.0;
const ABOVE: f32 = 16.0;
const BELOW: f32 = 18.0;
const RIGHT: f32 = 6.0;

/// The lowest level of the axis in decibels, unless the threshold lies lower; and the lowest of all.
const BOTTOM_DB: f64 = -100.0;
const LEAST_DB: f64 = -160.0;

/// Share of the height that the instantaneous frequency has.
const INST_FREQ_SHARE: f32 = 0.35;

/// Points from label to label of the levels, at least.
const LABEL_STEP_MIN: f32 = 16.0;

/// Height in points from which on both ends of the instantaneous frequency have a label.
const ENDS_HEIGHT_MIN: f32 = 26.0;

/// One band of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Band {
    /// Its centre on the mel axis.
    mel: f64,
    /// Its mel power in decibels below the loudest place; negative infinity for silence.
    level_db: f64,
    /// Its instantaneous frequency before the mask.
    inst_freq: f32,
    is_masked: bool,
}

/// Draws the spectrum at `time_s` in `outer`.
pub(super) fn ui(ui: &Ui, tune: &Tune, threshold: f64, time_s: f64, outer: Rect) {
    let response = ui.interact(outer, ui.scope_id().with("spectrum"), Sense::hover());
    let (Some(shown), Some(preview)) = (&tune.shown, tune.drawn()) else {
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Spectrum: nothing to show"));
        return;
    };
    let decibels = Decibels::below_peak(f64::from(shown.power_max));
    let bands = bands_at(preview, decibels, threshold, time_s).unwrap_or_default();
    let summary = summary(shown, &bands, time_s);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let picture = Rect::from_min_max(outer.min + vec2(LEFT, ABOVE), outer.max - vec2(RIGHT, BELOW));
    let under_pointer = response.hover_pos().and_then(|pos| {
        let near = |band: &&Band| (mel_x(tune, picture, band.mel) - pos.x).abs();
        bands.iter().min_by(|a, b| near(a).total_cmp(&near(b)))
    });
    let of_which = if tune.compared().is_some() { " of A" } else { "" };
    let title = || format!("Spectrum{of_which} at {}", in_words::exact_position(time_s));
    let title = under_pointer.map_or_else(title, band_text);
    response.on_hover_text(
        "Mel power of the frame under the pointer, or at the playhead, in dB below the loudest place. Grey bands lie below \
         the red threshold and are masked; the lower curve is the instantaneous frequency of the others, from -1 to 1",
    );
    let painter = ui.painter_at(outer);
    let (font, weak) = (FontId::proportional(11.0), Tone::Weak.color(ui));
    painter.text(outer.min + vec2(4.0, 2.0), Align2::LEFT_TOP, title, font.clone(), weak);
    frequency_axis_below(&painter, tune, picture, &font, weak);
    let (levels, inst_freqs) = picture.split_top_bottom_at_fraction(1.0 - INST_FREQ_SHARE);
    let threshold_db = decibels.of(threshold);
    let axis = LevelAxis::new(levels, threshold_db);
    for area in [levels, inst_freqs] {
        painter.rect_filled(area.shrink2(vec2(0.0, 1.0)), 0.0, ui.visuals().extreme_bg_color);
    }
    level_axis(&painter, &axis, &font, weak);
    paint_levels(ui, &painter.with_clip_rect(levels), tune, &axis, &bands);
    if (axis.bottom_db..=0.0).contains(&threshold_db) {
        let (y, color) = (axis.y_of(threshold_db), Tone::Bad.color(ui));
        painter.hline(levels.x_range(), y, Stroke::new(2.0, color));
        let align = if y > levels.center().y { Align2::RIGHT_BOTTOM } else { Align2::RIGHT_TOP };
        painter.text(pos2(levels.right() - 3.0, y), align, level_text(threshold_db), font.clone(), color);
    }
    let ends = [(inst_freqs.top() + 6.0, "IF +1"), (inst_freqs.bottom() - 6.0, "IF \u{2212}1")];
    let middle = [(inst_freqs.center().y, "IF")];
    let labels: &[_] = if inst_freqs.height() < ENDS_HEIGHT_MIN { &middle } else { &ends };
    for &(y, text) in labels {
        painter.text(pos2(picture.left() - 5.0, y), Align2::RIGHT_CENTER, text, font.clone(), weak);
    }
    paint_inst_freqs(ui, &painter.with_clip_rect(inst_freqs), tune, inst_freqs, &bands);
}

/// The levels from top to bottom.
struct LevelAxis {
    rect: Rect,
    bottom_db: f64,
}

impl LevelAxis {
    fn new(rect: Rect, threshold_db: f64) -> Self {
        // The threshold has room below it.
        let lowest_db = if threshold_db.is_finite() { threshold_db - 10.0 } else { BOTTOM_DB };
        let bottom_db = (lowest_db.min(BOTTOM_DB) / 10.0).floor() * 10.0;
        Self { rect, bottom_db: bottom_db.max(LEAST_DB) }
    }

    fn y_of(&self, level_db: f64) -> f32 {
        let share = (level_db / self.bottom_db).clamp(0.0, 1.0);
        self.rect.top() + share as f32 * self.rect.height()
    }
}

fn level_axis(painter: &Painter, axis: &LevelAxis, font: &FontId, color: Color32) {
    let points_per_db = f64::from(axis.rect.height()) / -axis.bottom_db;
    let is_free = |step_db: &f64| step_db * points_per_db >= f64::from(LABEL_STEP_MIN);
    let step_db = [10.0, 20.0, 40.0, 80.0].into_iter().find(is_free).unwrap_or(160.0);
    let n_steps = (-axis.bottom_db / step_db) as i32;
    for step in 0..=n_steps {
        let level_db = -f64::from(step) * step_db;
        let y = axis.y_of(level_db);
        let left = axis.rect.left();
        painter.hline(left - 3.0..=left, y, Stroke::new(1.0, color));
        // Below it stand the labels of the instantaneous frequency.
        if y > axis.rect.bottom() - 8.0 {
            break;
        }
        let y = y.max(axis.rect.top() + 5.0);
        painter.text(pos2(left - 5.0, y), Align2::RIGHT_CENTER, level_text(level_db), font.clone(), color);
    }
}

/// Draws a column for each band, grey where it is masked.
fn paint_levels(ui: &Ui, painter: &Painter, tune: &Tune, axis: &LevelAxis, bands: &[Band]) {
    let kept = ui.visuals().selection.bg_fill;
    let rect = axis.rect;
    let step = bands.get(..2).map_or(0.0, |two| two[1].mel - two[0].mel);
    let shapes = bands.iter().filter_map(|band| {
        let x = [-0.5, 0.5].map(|half: f64| mel_x(tune, rect, half.mul_add(step, band.mel)));
        let column = Rect::from_x_y_ranges(x[0]..=x[1], axis.y_of(band.level_db)..=rect.bottom());
        let color = if band.is_masked { masked_color() } else { kept };
        column.intersects(rect).then(|| Shape::rect_filled(column, 0.0, color))
    });
    painter.extend(shapes);
}

/// Draws the instantaneous frequency as a line through neighbours that are kept, and a dot for each of them.
fn paint_inst_freqs(ui: &Ui, painter: &Painter, tune: &Tune, rect: Rect, bands: &[Band]) {
    let (weak, color) = (ui.visuals().weak_text_color(), ui.visuals().strong_text_color());
    painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.0, weak));
    let place = |band: &Band| {
        let y = rect.center().y - band.inst_freq.clamp(-1.0, 1.0) * (rect.height() / 2.0 - 2.0);
        pos2(mel_x(tune, rect, band.mel), y)
    };
    for run in bands.chunk_by(|a, b| a.is_masked == b.is_masked).filter(|run| !run[0].is_masked) {
        let points: Vec<_> = run.iter().map(place).collect();
        painter.extend(points.iter().map(|&point| Shape::circle_filled(point, 1.5, color)));
        painter.line(points, Stroke::new(1.0, color));
    }
}

/// The bands of the frame nearest to `time_s`, from low to high; `None` where there is no sound.
fn bands_at(preview: &Preview, decibels: Decibels, threshold: f64, time_s: f64) -> Option<Vec<Band>> {
    let (part, column) = preview.column_at(time_s)?;
    let part = &preview.parts()[part];
    let step = preview.mel_max() / (preview.settings().n_mels + 1) as f64;
    let frame = part.mel_power.column(column).into_iter().zip(part.inst_freq.column(column)).enumerate();
    let band = |(band, (&power, &inst_freq)): (usize, (&f32, &f32))| Band {
        mel: (band + 1) as f64 * step,
        level_db: decibels.of(f64::from(power)),
        inst_freq,
        // As the engine's mask compares.
        is_masked: power < threshold as f32,
    };
    Some(frame.map(band).collect())
}

/// One band in words.
fn band_text(band: &Band) -> String {
    let mask = if band.is_masked { "masked" } else { "kept" };
    let frequency = hertz_text(hz_at(band.mel));
    format!("{frequency}: {}, IF {:+.3}, {mask}", level_text(band.level_db), band.inst_freq)
}

/// The frame in one line, for those who do not see it.
fn summary(shown: &Shown, bands: &[Band], time_s: f64) -> String {
    let time = in_words::exact_position(time_s);
    let loudest = bands.iter().enumerate().max_by(|(_, a), (_, b)| a.level_db.total_cmp(&b.level_db));
    let Some((band, loudest)) = loudest.filter(|(_, band)| band.level_db.is_finite()) else {
        return format!("Spectrum at {time}: silence");
    };
    let n_masked = bands.iter().filter(|band| band.is_masked).count();
    format!(
        "Spectrum at {time}: strongest band {} at {}, {} of the bands masked",
        hertz_text(shown.filters.centre_hz(band)),
        level_text(loudest.level_db),
        percent_text(n_masked as f64 / bands.len() as f64)
    )
}
