//! The colour bar beside a heatmap: which colour is which level, with two handles that set the range where there is a choice.

use egui::{
    Align2, Color32, CursorIcon, EventFilter, FontId, Key, Modifiers, Painter, Pos2, Rect, Response, Sense,
    Shape, Stroke, Ui, WidgetInfo, accesskit, pos2, vec2,
};

use super::command::TuneCommand;
use crate::picture::ColorMap;
use crate::ui::theme::Tone;

/// Room at the right of a heatmap for the bar, its handles and its numbers.
pub(super) const WIDTH: f32 = 62.0;

const GAP: f32 = 6.0;
const BAR_WIDTH: f32 = 10.0;
const HANDLE_WIDTH: f32 = 8.0;
/// Half the height of a handle, and of what can be taken hold of.
const HANDLE_HALF: f32 = 5.0;
const GRIP_HALF: f32 = 8.0;

/// The width of a heatmap beside whose title there is room for the name of the scale.
const SCALE_WIDTH_MIN: f32 = 160.0;

/// Steps of a key with a page.
const STEPS_OF_PAGE: f32 = 10.0;

/// The names of both handles.
const HANDLES: [&str; 2] = ["Colour range from", "Colour range to"];

/// The bar's colours and numbers, as they are read.
#[derive(Debug, Clone)]
pub(super) struct ColorBar {
    pub(super) map: ColorMap,
    /// The number at the lower and at the upper end of the bar.
    pub(super) ends: [f32; 2],
    /// The numbers of the first and the last colour.
    pub(super) colors: [f32; 2],
    pub(super) unit: &'static str,
    /// The unit as it is told where there is room.
    pub(super) scale: &'static str,
    /// What 0 is, and other words on the unit.
    pub(super) help: String,
    /// The handles that set the range; `None` where the range is what the values can be.
    pub(super) handles: Option<Handles>,
    /// The number of the mask's threshold.
    pub(super) threshold: Option<f32>,
}

/// The handles of a bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handles {
    /// What a key changes the number by.
    pub(super) step: f32,
    /// What is added to a level to get the number that is read.
    pub(super) offset: f32,
}

fn bar_rect(picture: Rect) -> Rect {
    let left = picture.right() + GAP;
    Rect::from_min_max(pos2(left, picture.top()), pos2(left + BAR_WIDTH, picture.bottom()))
}

impl ColorBar {
    fn y_of(&self, bar: Rect, number: f32) -> f32 {
        let share = (number - self.ends[0]) / (self.ends[1] - self.ends[0]);
        bar.bottom() - share * bar.height()
    }

    fn number_at(&self, bar: Rect, pos: Pos2) -> f32 {
        let share = (bar.bottom() - pos.y) / bar.height();
        self.ends[0] + share * (self.ends[1] - self.ends[0])
    }

    /// Reads what the pointer and the keyboard do with the handles beside `picture`.
    pub(super) fn interact_ui(&self, ui: &Ui, picture: Rect, own: &mut Vec<TuneCommand>) {
        let bar = bar_rect(picture);
        let whole = Rect::from_min_max(bar.min, pos2(picture.right() + WIDTH, bar.bottom()));
        let id = ui.scope_id().with("colour bar");
        ui.interact(whole, id, Sense::hover()).on_hover_text(&self.help);
        let Some(handles) = self.handles else { return };
        for (end, name) in HANDLES.into_iter().enumerate() {
            let y = self.y_of(bar, self.colors[end]);
            let grip =
                Rect::from_min_max(pos2(bar.left(), y - GRIP_HALF), pos2(whole.right(), y + GRIP_HALF));
            let response = ui.interact(grip, id.with(end), Sense::click_and_drag());
            let number = f64::from(self.colors[end]);
            response.widget_info(|| WidgetInfo::slider(true, number, name));
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_min_numeric_value(f64::from(self.ends[0]));
                node.set_max_numeric_value(f64::from(self.ends[1]));
                node.set_numeric_value_step(f64::from(handles.step));
                for action in
                    [accesskit::Action::SetValue, accesskit::Action::Increment, accesskit::Action::Decrement]
                {
                    node.add_action(action);
                }
            });
            let dragged = response.interact_pointer_pos().filter(|_| response.dragged());
            // A drag goes in whole steps.
            let dragged = dragged.map(|pos| (self.number_at(bar, pos) / handles.step).round() * handles.step);
            let moved = dragged
                .or_else(|| asked_for(ui, &response))
                .or_else(|| keyed(ui, &response, handles.step).map(|by| self.colors[end] + by));
            if let Some(number) = moved {
                own.push(TuneCommand::MoveColorEnd { end, level: number - handles.offset });
            }
            let hint = format!(
                "{name} {} {}: the colours change between both handles. Drag, or step with Left and Right. {}",
                self.number_text(self.colors[end]),
                self.unit,
                self.help
            );
            response.on_hover_cursor(CursorIcon::ResizeVertical).on_hover_text(hint);
        }
    }

    /// Draws it beside `picture`.
    pub(super) fn paint(&self, ui: &Ui, painter: &Painter, picture: Rect, font: &FontId, weak: Color32) {
        let bar = bar_rect(picture);
        let n_steps = 64;
        let [first, last] = self.colors.map(|number| self.y_of(bar, number));
        let table = self.map.table(n_steps);
        let color = |index: usize| {
            let [red, green, blue] = table[index];
            Color32::from_rgb(red, green, blue)
        };
        painter.rect_filled(bar.with_min_y(bar.top()).with_max_y(last), 0.0, color(n_steps - 1));
        painter.rect_filled(bar.with_min_y(first), 0.0, color(0));
        let height = (first - last) / n_steps as f32;
        for step in 0..n_steps {
            let bottom = first - step as f32 * height;
            // A little overlap leaves no seams.
            let stripe =
                Rect::from_min_max(pos2(bar.left(), bottom - height - 0.5), pos2(bar.right(), bottom));
            painter.rect_filled(stripe.intersect(bar), 0.0, color(step));
        }
        painter.rect_stroke(bar, 0.0, Stroke::new(1.0, weak), egui::StrokeKind::Outside);
        if let Some(threshold) =
            self.threshold.filter(|number| (self.ends[0]..=self.ends[1]).contains(number))
        {
            let line = Stroke::new(2.0, Tone::Bad.color(ui));
            painter.hline(bar.left() - 3.0..=bar.right() + 3.0, self.y_of(bar, threshold), line);
        }
        self.numbers(ui, painter, bar, font, weak);
    }

    /// The words above the bar beside a picture of this width in points: its scale, or its unit where there is no room.
    pub(super) fn head(&self, picture_width: f32) -> &'static str {
        if picture_width >= SCALE_WIDTH_MIN { self.scale } else { self.unit }
    }

    fn numbers(&self, ui: &Ui, painter: &Painter, bar: Rect, font: &FontId, weak: Color32) {
        let left = bar.right() + if self.handles.is_some() { HANDLE_WIDTH + 2.0 } else { 3.0 };
        let text = |number: f32, color: Color32| {
            let y = self.y_of(bar, number).clamp(bar.top() + 5.0, bar.bottom() - 5.0);
            painter.text(pos2(left, y), Align2::LEFT_CENTER, self.number_text(number), font.clone(), color);
        };
        if self.handles.is_none() {
            for number in [self.ends[0], f32::midpoint(self.ends[0], self.ends[1]), self.ends[1]] {
                text(number, weak);
            }
            return;
        }
        let strong = ui.visuals().strong_text_color();
        let handle_ys = self.colors.map(|number| self.y_of(bar, number));
        for (number, y) in self.colors.into_iter().zip(handle_ys) {
            let (tip, wide) = (pos2(bar.right(), y), vec2(HANDLE_WIDTH, HANDLE_HALF));
            let corners = vec![tip, tip + wide, tip + vec2(wide.x, -wide.y)];
            painter.add(Shape::convex_polygon(corners, strong, Stroke::NONE));
            painter.hline(bar.x_range(), y, Stroke::new(1.0, strong));
            text(number, strong);
        }
        let step = nice_step((self.ends[1] - self.ends[0]) * 34.0 / bar.height().max(1.0));
        let first = (self.ends[0] / step).ceil() as i32;
        for tick in first..=(self.ends[1] / step).floor() as i32 {
            let number = tick as f32 * step;
            let y = self.y_of(bar, number);
            if handle_ys.iter().all(|handle_y| (y - handle_y).abs() >= 13.0) {
                painter.hline(bar.right()..=bar.right() + 3.0, y, Stroke::new(1.0, weak));
                text(number, weak);
            }
        }
    }

    fn number_text(&self, number: f32) -> String {
        // Numbers of less than ten from end to end need a decimal.
        let decimals = usize::from(self.ends[1] - self.ends[0] < 20.0);
        let text = format!("{:.decimals$}", number.abs());
        let is_zero = text.chars().all(|digit| digit == '0' || digit == '.');
        if number < 0.0 && !is_zero { format!("−{text}") } else { text }
    }
}

/// The least of 1, 2, 5, 10 … that is not below `least`.
fn nice_step(least: f32) -> f32 {
    let decade = 10f32.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade);
    steps.into_iter().find(|step| *step >= least).unwrap_or(10.0 * decade)
}

/// The number that a screen reader asks a handle to take.
fn asked_for(ui: &Ui, response: &Response) -> Option<f32> {
    ui.input(|input| {
        let mut requests = input.accesskit_action_requests(response.id, accesskit::Action::SetValue);
        requests.find_map(|request| match request.data {
            Some(accesskit::ActionData::NumericValue(number)) => Some(number as f32),
            _ => None,
        })
    })
}

/// What the keys of a handle that has the focus, and the steps of a screen reader, change its number by.
fn keyed(ui: &Ui, response: &Response, step: f32) -> Option<f32> {
    let (id, has_focus) = (response.id, response.has_focus());
    if has_focus {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    let n_steps = ui.input_mut(|input| {
        let asked = |action| input.num_accesskit_action_requests(id, action) as f32;
        let mut n_steps = asked(accesskit::Action::Increment) - asked(accesskit::Action::Decrement);
        if has_focus {
            let keys = [
                (Key::ArrowRight, 1.0),
                (Key::ArrowUp, 1.0),
                (Key::ArrowLeft, -1.0),
                (Key::ArrowDown, -1.0),
                (Key::PageUp, STEPS_OF_PAGE),
                (Key::PageDown, -STEPS_OF_PAGE),
            ];
            for (key, n_each) in keys {
                n_steps += n_each * input.count_and_consume_key(Modifiers::NONE, key) as f32;
            }
        }
        n_steps
    });
    (n_steps != 0.0).then_some(n_steps * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(ends: [f32; 2]) -> ColorBar {
        let (map, unit, help) = (ColorMap::Magma, "dB", String::new());
        ColorBar { map, ends, colors: ends, unit, scale: unit, help, handles: None, threshold: None }
    }

    #[test]
    fn a_place_on_the_bar_and_its_number_are_each_others_inverse() {
        let rect = Rect::from_min_max(pos2(0.0, 20.0), pos2(10.0, 300.0));
        let bar = bar([-130.0, 10.0]);
        for number in [-130.0, -88.0, 0.0, 10.0] {
            let back = bar.number_at(rect, pos2(5.0, bar.y_of(rect, number)));
            assert!((back - number).abs() < 1e-3, "{number}: {back}");
        }
        assert_eq!((bar.y_of(rect, -130.0), bar.y_of(rect, 10.0)), (300.0, 20.0));
    }

    #[test]
    fn numbers_have_decimals_where_the_bar_is_short() {
        assert_eq!(
            [-100.0, 0.0, -0.2].map(|number| bar([-130.0, 10.0]).number_text(number)),
            ["−100", "0", "0"]
        );
        assert_eq!(
            [-1.0, 0.0, 12.34].map(|number| bar([-1.0, 1.0]).number_text(number)),
            ["−1.0", "0.0", "12.3"]
        );
        assert_eq!([11.9, 20.0, 20.1].map(nice_step), [20.0, 20.0, 50.0]);
    }
}
