//! Marks of what is selected and what is heard now, drawn over every pane that has the time axis.

use egui::{Painter, Rect, Stroke, pos2};

use super::heatmap::x_of;
use super::model::Tune;
use crate::ui::session::listen::Listen;
use crate::ui::theme::{playhead_color, playhead_edge_color, selection_color};

/// Draws over `rect`, whose width is the time in sight.
pub(super) fn paint(painter: &Painter, tune: &Tune, listen: &Listen, rect: Rect) {
    // Another file may be selected before its picture is there.
    let is_same = match (&listen.file, &tune.shown) {
        (Some(file), Some(shown)) => file.subject == shown.subject,
        _ => false,
    };
    if !is_same {
        return;
    }
    if let Some(selection_s) = &listen.selection_s {
        let [left, right] = [selection_s.start, selection_s.end]
            .map(|time_s| x_of(tune, rect, time_s).clamp(rect.left(), rect.right()));
        let selected = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(selected, 0.0, selection_color());
    }
    if tune.span.time_s.contains(&listen.playhead_s) {
        let x = x_of(tune, rect, listen.playhead_s);
        // A dark edge keeps the line visible on the brightest colours.
        painter.vline(x, rect.y_range(), Stroke::new(3.0, playhead_edge_color()));
        painter.vline(x, rect.y_range(), Stroke::new(1.0, playhead_color()));
    }
}
