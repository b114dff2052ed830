//! Small pictures of the three steps, drawn in the colours of what they stand for.

use egui::{Color32, CornerRadius, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::picture::ColorMap;
use crate::picture::colormap::MASKED;
use crate::ui::theme::{Tone, frame_color, picture_color};
use crate::ui::widgets::icons::{self, Icon};

/// A step of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A recording is looked at.
    Tune,
    /// Recordings are judged.
    Audit,
    /// Data is written.
    Build,
}

/// Cells of the picture of a sound, across and up.
const CELLS: [usize; 2] = [48, 24];

/// Levels below this are masked in the picture.
const THRESHOLD: f32 = 0.3;

/// Paints the picture of `step`.
pub(super) fn paint(ui: &Ui, rect: Rect, step: Step) {
    let painter = ui.painter_at(rect);
    let visuals = ui.visuals();
    painter.rect_filled(rect, CornerRadius::same(6), visuals.extreme_bg_color);
    let inside = rect.shrink(8.0);
    match step {
        Step::Tune => tune(&painter, inside),
        Step::Audit => audit(ui, &painter, inside),
        Step::Build => build(ui, &painter, inside),
    }
    let edge = visuals.widgets.inactive.bg_stroke;
    painter.rect_stroke(rect, CornerRadius::same(6), edge, StrokeKind::Inside);
}

/// The level, from 0 to 1, of a plucked tone with overtones at a time and a pitch, both from 0 to 1.
fn level(time: f32, pitch: f32) -> f32 {
    let overtone = |n: f32| {
        let distance = (pitch - 0.16 * n) / 0.028;
        (-distance * distance).exp() * (-(0.9 + 0.7 * n) * (time - 0.08).max(0.0)).exp()
    };
    let has_begun = if time < 0.08 { 0.0 } else { 1.0 };
    let onset = 0.5 * (-((time - 0.08) / 0.03).powi(2)).exp() * (1.0 - 0.6 * pitch);
    (has_begun * (1..=5).map(|n| overtone(n as f32)).sum::<f32>() + onset + 0.08).min(1.0)
}

/// A sound in the colours of magnitude; to the right, what is too quiet is masked.
fn tune(painter: &Painter, rect: Rect) {
    let [n_columns, n_rows] = CELLS;
    let cell = vec2(rect.width() / n_columns as f32, rect.height() / n_rows as f32);
    let middle = n_columns / 2;
    for column in 0..n_columns {
        for row in 0..n_rows {
            // The same sound on both sides.
            let time = (column % middle) as f32 / middle as f32;
            let level = level(time, (row as f32 + 0.5) / n_rows as f32);
            let color = if column >= middle && level < THRESHOLD {
                MASKED[usize::midpoint(column, row) % 2]
            } else {
                ColorMap::Magma.color(level)
            };
            let corner =
                pos2(rect.left() + column as f32 * cell.x, rect.bottom() - (row + 1) as f32 * cell.y);
            // A little larger, so that no gap is seen between cells.
            let place = Rect::from_min_size(corner, cell + vec2(0.5, 0.5)).intersect(rect);
            painter.rect_filled(place, 0.0, picture_color(color));
        }
    }
    painter.vline(rect.left() + middle as f32 * cell.x, rect.y_range(), Stroke::new(2.0, frame_color()));
}

/// Recordings as lines, each with the sign of its state; one is crossed out.
fn audit(ui: &Ui, painter: &Painter, rect: Rect) {
    let rows = [
        (Icon::Disc, Tone::Good, 0.8),
        (Icon::Triangle, Tone::Warning, 0.6),
        (Icon::Cross, Tone::Bad, 0.7),
        (Icon::Disc, Tone::Good, 0.5),
    ];
    let height = rect.height() / rows.len() as f32;
    for (n, (icon, tone, width)) in rows.into_iter().enumerate() {
        let y = rect.top() + (n as f32 + 0.5) * height;
        icons::paint(painter, pos2(rect.left() + 14.0, y), icon, tone.color(ui));
        let left = rect.left() + 30.0;
        let wave_width = (rect.right() - left) * width;
        let color = if icon == Icon::Cross { Tone::Weak.color(ui) } else { ui.visuals().text_color() };
        wave(
            painter,
            Rect::from_min_max(pos2(left, y - height * 0.36), pos2(left + wave_width, y + height * 0.36)),
            color,
        );
        if icon == Icon::Cross {
            let line = [pos2(left - 4.0, y), pos2(left + wave_width + 4.0, y)];
            painter.line_segment(line, Stroke::new(2.0, tone.color(ui)));
        }
    }
}

/// A waveform that fades.
fn wave(painter: &Painter, rect: Rect, color: Color32) {
    let n_lines = (rect.width() / 4.0).max(1.0) as usize;
    for n in 0..n_lines {
        let share = n as f32 / n_lines as f32;
        let swing = (0.35 + 0.65 * (share * 23.0).sin().abs()) * (1.0 - 0.75 * share);
        let half = (rect.height() / 2.0 * swing).max(0.5);
        let x = rect.left() + share * rect.width();
        painter.vline(x, rect.center().y - half..=rect.center().y + half, Stroke::new(1.5, color));
    }
}

/// Waveforms, an arrow, and a stack of tensors.
fn build(ui: &Ui, painter: &Painter, rect: Rect) {
    let color = ui.visuals().text_color();
    let (third, height) = (rect.width() / 3.0, rect.height());
    for n in 0..3 {
        let top = rect.top() + height * (0.08 + 0.3 * n as f32);
        let place = Rect::from_min_size(pos2(rect.left() + 6.0, top), vec2(third - 14.0, height * 0.24));
        wave(painter, place, color);
    }
    let (y, from, to) = (rect.center().y, rect.left() + third + 4.0, rect.left() + 1.62 * third);
    let stroke = Stroke::new(2.5, color);
    painter.line_segment([pos2(from, y), pos2(to - 4.0, y)], stroke);
    let tip = vec![pos2(to + 4.0, y), pos2(to - 6.0, y - 6.0), pos2(to - 6.0, y + 6.0)];
    painter.add(Shape::convex_polygon(tip, color, Stroke::NONE));
    let side = (height * 0.66).min(third);
    let step = vec2(9.0, -8.0);
    let first = pos2(rect.left() + 1.9 * third, rect.bottom() - side - 6.0);
    for n in (0..3).rev() {
        let tile = Rect::from_min_size(first + step * n as f32, vec2(side, side));
        tensor(painter, tile, 0.25 * n as f32);
        painter.rect_stroke(tile, 0.0, Stroke::new(1.0, color), StrokeKind::Outside);
    }
}

/// A tensor as a tile of 8 by 8 values.
fn tensor(painter: &Painter, rect: Rect, delay: f32) {
    let cell = rect.size() / 8.0;
    for (x, y) in (0..64).map(|n| (n % 8, n / 8)) {
        let level = level(0.1 + delay + x as f32 / 9.0, 0.05 + y as f32 / 8.0);
        let corner = pos2(rect.left() + x as f32 * cell.x, rect.bottom() - (y + 1) as f32 * cell.y);
        let place = Rect::from_min_size(corner, cell).intersect(rect);
        painter.rect_filled(place, 0.0, picture_color(ColorMap::Magma.color(level)));
    }
}
