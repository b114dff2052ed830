//! A waveform drawn pixel by pixel: a line from the lowest to the highest sample of each.

use egui::{Painter, Rect, Shape, Stroke, pos2};

/// Where a sample lies from top to bottom of `picture`, 1 at the top.
pub(in crate::ui) fn y_of(picture: Rect, sample: f32) -> f32 {
    picture.center().y - sample.clamp(-1.0, 1.0) * picture.height() / 2.0
}

/// Draws lowest and highest of each pixel.
pub(in crate::ui) fn paint_columns(
    painter: &Painter,
    columns: &[Option<[f32; 2]>],
    picture: Rect,
    one_pixel: Stroke,
) {
    let (pixel, in_clip) = (one_pixel.width, painter.clip_rect().x_range());
    let shapes = columns.iter().enumerate().filter_map(|(x, range)| {
        let [low, high] = (*range)?;
        let x = picture.left() + (x as f32 + 0.5) * pixel;
        // Silence is a line as well.
        let (top, bottom) = (y_of(picture, high) - pixel / 2.0, y_of(picture, low) + pixel / 2.0);
        in_clip.contains(x).then(|| Shape::line_segment([pos2(x, top), pos2(x, bottom)], one_pixel))
    });
    painter.extend(shapes);
}
