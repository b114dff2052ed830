//! Marks of what is selected and what is heard now, drawn over everything that has a time axis.

use egui::{Painter, Rect, Stroke, pos2};

use super::axes::TimeAxis;
use super::model::Tune;
use crate::ui::session::listen::Listen;
use crate::ui::theme::{playhead_color, playhead_edge_color, selection_color};

/// The time that is heard, or would be, in what is shown; `None` while another file is selected whose picture is not there.
pub(super) fn playhead_s(tune: &Tune, listen: &Listen) -> Option<f64> {
    let (file, shown) = (listen.file.as_ref()?, tune.shown.as_ref()?);
    (file.subject == shown.subject).then_some(listen.playhead_s)
}

/// Draws over `rect`, whose width is the time of `axis`.
pub(super) fn paint(painter: &Painter, tune: &Tune, listen: &Listen, axis: &TimeAxis, rect: Rect) {
    let Some(playhead_s) = playhead_s(tune, listen) else { return };
    if let Some(selection_s) = &listen.selection_s {
        let [left, right] = [selection_s.start, selection_s.end]
            .map(|time_s| axis.x_of(time_s).clamp(rect.left(), rect.right()));
        let selected = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(selected, 0.0, selection_color());
    }
    if axis.contains(playhead_s) {
        let x = axis.x_of(playhead_s);
        // A dark edge keeps the line visible on the brightest colours.
        painter.vline(x, rect.y_range(), Stroke::new(3.0, playhead_edge_color()));
        painter.vline(x, rect.y_range(), Stroke::new(1.0, playhead_color()));
    }
}
