//! Signs for the state of files and for what an audit finds.

use egui::{Color32, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::audit::Severity;
use crate::ui::theme::Tone;

/// A sign whose form tells it from the others without colours. Drawn, because the fonts lack most such signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Icon {
    /// Not known yet.
    Dot,
    /// As it should be.
    Disc,
    /// Noted, without need to change it.
    Ring,
    /// Left aside.
    Dash,
    /// Should be known.
    Triangle,
    /// Does not work.
    Cross,
}

/// Draws `icon` in the colour of `tone`.
pub(in crate::ui) fn icon_ui(ui: &mut Ui, icon: Icon, tone: Tone) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    paint(ui.painter(), rect.center(), icon, tone.color(ui));
    response
}

/// Paints `icon` around `center`, 8 points wide.
pub(in crate::ui) fn paint(painter: &Painter, center: Pos2, icon: Icon, color: Color32) {
    let stroke = Stroke::new(2.0, color);
    let rect = Rect::from_center_size(center, vec2(8.0, 8.0));
    match icon {
        Icon::Dot => {
            painter.circle_filled(center, 1.5, color);
        }
        Icon::Disc => {
            painter.circle_filled(center, 4.0, color);
        }
        Icon::Ring => {
            painter.circle_stroke(center, 3.5, Stroke::new(1.0, color));
        }
        Icon::Triangle => {
            let corners = vec![pos2(center.x, rect.top()), rect.right_bottom(), rect.left_bottom()];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Icon::Cross => {
            painter.line_segment([rect.left_top(), rect.right_bottom()], stroke);
            painter.line_segment([rect.right_top(), rect.left_bottom()], stroke);
        }
        Icon::Dash => {
            painter.line_segment([rect.left_center(), rect.right_center()], stroke);
        }
    }
}

/// The tone of what an audit finds.
pub(in crate::ui) fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Note => Tone::Weak,
    }
}

/// A sign for the severity of what an audit finds.
pub(in crate::ui) fn severity_icon_ui(ui: &mut Ui, severity: Severity) -> Response {
    let icon = match severity {
        Severity::Error => Icon::Cross,
        Severity::Warning => Icon::Triangle,
        Severity::Note => Icon::Ring,
    };
    icon_ui(ui, icon, severity_tone(severity))
}
