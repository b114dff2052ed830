//! A box to tick that is no stop of the Tab key: for rows of a list that is one stop as a whole.

use egui::accesskit::Role;
use egui::{CornerRadius, Id, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// The state of a box to tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Tick {
    /// Ticked.
    On,
    /// Not ticked.
    Off,
    /// Ticked for a part of what it stands for.
    Mixed,
}

impl Tick {
    /// The state of a box that stands for `n_all` things of which `n_on` are on.
    pub(in crate::ui) fn of(n_on: usize, n_all: usize) -> Self {
        match n_on {
            0 => Self::Off,
            n_on if n_on == n_all => Self::On,
            _ => Self::Mixed,
        }
    }
}

/// Draws a box called `name` in the middle of `rect`.
pub(in crate::ui) fn tick_box_ui(
    ui: &Ui,
    rect: Rect,
    id: Id,
    tick: Tick,
    is_enabled: bool,
    name: &str,
) -> Response {
    let response = ui.interact(rect, id, if is_enabled { Sense::CLICK } else { Sense::hover() });
    response.widget_info(|| {
        let info = WidgetInfo::selected(Role::CheckBox, is_enabled, tick == Tick::On, name);
        if tick == Tick::Mixed { WidgetInfo { selected: None, ..info } } else { info }
    });
    let visuals = ui.style().interact(&response);
    let opacity = if is_enabled { 1.0 } else { 0.5 };
    let square = Rect::from_center_size(rect.center(), vec2(12.0, 12.0));
    let stroke =
        Stroke::new(1.0, ui.visuals().widgets.inactive.fg_stroke.color.gamma_multiply(0.6 * opacity));
    ui.painter().rect(square, CornerRadius::same(2), visuals.bg_fill, stroke, StrokeKind::Inside);
    let sign = Stroke::new(2.0, ui.visuals().strong_text_color().gamma_multiply(opacity));
    let at = |x: f32, y: f32| pos2(square.left() + x * square.width(), square.top() + y * square.height());
    match tick {
        Tick::On => {
            ui.painter().add(Shape::line(vec![at(0.22, 0.5), at(0.42, 0.72), at(0.8, 0.26)], sign));
        }
        Tick::Mixed => {
            ui.painter().line_segment([at(0.25, 0.5), at(0.75, 0.5)], sign);
        }
        Tick::Off => {}
    }
    response
}
