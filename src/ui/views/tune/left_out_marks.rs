//! What a build leaves out, marked over everything that has a time axis.

use std::ops::Range;

use egui::{Align2, Color32, FontId, Painter, Rect};

use super::axes::TimeAxis;
use super::model::Tune;

/// A mark narrower than this, in points, has no words.
const WORDS_WIDTH: f32 = 60.0;

/// Draws over `rect`, whose width is the time of `axis`: what is left out or trimmed steps back behind `ground`.
pub(super) fn paint(painter: &Painter, tune: &Tune, axis: &TimeAxis, rect: Rect, ground: Color32) {
    for times_s in &tune.left_out.times_s {
        paint_mark(painter, axis, times_s, "left out", rect, ground);
    }
    for times_s in &tune.left_out.trimmed_s {
        paint_mark(painter, axis, times_s, "trimmed", rect, ground);
    }
}

/// The same over a picture of tensors, which hold the padding of the last chunk at a time that is trimmed.
pub(super) fn paint_on_tensors(painter: &Painter, tune: &Tune, axis: &TimeAxis, rect: Rect) {
    let ground = Color32::BLACK;
    for times_s in &tune.left_out.times_s {
        paint_mark(painter, axis, times_s, "left out", rect, ground);
    }
    let tensors_end_s = tune.shown.as_ref().map_or(0.0, |shown| shown.preview.extent_s());
    for times_s in &tune.left_out.trimmed_s {
        let start_s = if times_s.start > 0.0 { times_s.start.max(tensors_end_s) } else { 0.0 };
        paint_mark(painter, axis, &(start_s..times_s.end), "trimmed", rect, ground);
    }
}

fn paint_mark(
    painter: &Painter,
    axis: &TimeAxis,
    times_s: &Range<f64>,
    words: &str,
    rect: Rect,
    ground: Color32,
) {
    let [left, right] =
        [times_s.start, times_s.end].map(|time_s| axis.x_of(time_s).clamp(rect.left(), rect.right()));
    if left >= right {
        return;
    }
    let marked = Rect::from_x_y_ranges(left..=right, rect.y_range());
    painter.rect_filled(marked, 0.0, ground.gamma_multiply(0.8));
    if marked.width() >= WORDS_WIDTH {
        let font = FontId::proportional(11.0);
        let color = if ground.intensity() < 0.5 { Color32::from_gray(200) } else { Color32::from_gray(60) };
        painter.text(marked.center(), Align2::CENTER_CENTER, words, font, color);
    }
}
