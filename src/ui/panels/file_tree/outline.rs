//! The outline of a recording in its row: as high as its peak, and the brighter the louder it is.

use egui::{Mesh, Rect, Ui, pos2};

use crate::pipeline::preview::Thumbnail;

/// The RMS in dB below full scale of a recording that is drawn at full brightness, and of one that is drawn at the least.
const LOUD_DB: f32 = -12.0;
const QUIET_DB: f32 = -60.0;

/// The least brightness: what is hardly heard is still seen.
const BRIGHTNESS_MIN: f32 = 0.35;

/// Draws it in `rect`.
pub(super) fn outline_ui(ui: &Ui, rect: Rect, thumbnail: &Thumbnail) {
    let n_buckets = thumbnail.outline.len();
    if n_buckets == 0 {
        return;
    }
    let color = ui.visuals().text_color().gamma_multiply(brightness(thumbnail.rms));
    let px = 1.0 / ui.ctx().pixels_per_point();
    let n_columns = ((rect.width() / px) as usize).clamp(1, n_buckets);
    let width = rect.width() / n_columns as f32;
    let (middle, half) = (rect.center().y, rect.height() / 2.0);
    let mut mesh = Mesh::default();
    for column in 0..n_columns {
        let start = column * n_buckets / n_columns;
        let end = ((column + 1) * n_buckets / n_columns).max(start + 1);
        let buckets = &thumbnail.outline[start..end];
        let low = buckets.iter().map(|[low, _]| *low).min().unwrap_or(0);
        let high = buckets.iter().map(|[_, high]| *high).max().unwrap_or(0);
        let y = |level: i8| middle - f32::from(level) / 127.0 * half;
        let left = rect.left() + column as f32 * width;
        // Silence is a line and not nothing.
        let bar = Rect::from_min_max(pos2(left, y(high) - px / 2.0), pos2(left + width, y(low) + px / 2.0));
        mesh.add_colored_rect(bar, color);
    }
    ui.painter().add(mesh);
}

fn brightness(rms: f32) -> f32 {
    let level_db = if rms > 0.0 { 20.0 * rms.log10() } else { f32::NEG_INFINITY };
    let share = ((level_db - QUIET_DB) / (LOUD_DB - QUIET_DB)).clamp(0.0, 1.0);
    BRIGHTNESS_MIN + (1.0 - BRIGHTNESS_MIN) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_louder_is_brighter() {
        let levels = [0.0, 0.001, 0.01, 0.1, 0.25];
        assert!(levels.windows(2).all(|pair| brightness(pair[0]) <= brightness(pair[1])));
        assert_eq!((brightness(0.0), brightness(1.0)), (BRIGHTNESS_MIN, 1.0));
    }
}
