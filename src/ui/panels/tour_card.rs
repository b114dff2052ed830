//! The card of the guided tour, and the frame around the place that it speaks about.

use egui::accesskit::Role;
use egui::{
    Align, Area, Context, Frame, Id, Layout, Order, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use crate::ui::session::command::Command;
use crate::ui::session::tour::{STEPS, TourStep};
use crate::ui::theme;

/// The card's size, in points: the same for each step, so that its buttons stay where they are.
const SIZE: Vec2 = vec2(300.0, 122.0);

/// From the card to the right edge, in points: a panel may stand there.
const SIDE: f32 = 260.0;

/// Between the card and what surrounds it, in points.
const MARGIN: f32 = 12.0;

/// Draws the card of the step `number` within `middle`, the part of the window between the bars.
pub(in crate::ui) fn ui(ctx: &Context, number: usize, middle: Rect, commands: &mut Vec<Command>) {
    let Some(step) = STEPS.get(number) else { return };
    let place = step.place.rect(ctx);
    if let Some(place) = place {
        frame_ui(ctx, place, step.title);
    }
    let size = SIZE + Frame::popup(&ctx.global_style()).total_margin().sum();
    let area = Area::new(Id::unique("tour")).order(Order::Foreground).constrain(false);
    area.fixed_pos(card_position(middle, size, place)).show(ctx, |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_min_size(SIZE);
            ui.set_max_size(SIZE);
            card_ui(ui, number, step, commands);
        });
    });
}

/// Draws a frame around `place`, through which one clicks.
fn frame_ui(ctx: &Context, place: Rect, title: &str) {
    // Around it and not over its edge, as far as the window goes.
    let place = place.expand(4.0).intersect(ctx.content_rect());
    let area = Area::new(Id::unique("tour frame")).order(Order::Foreground).interactable(false);
    area.constrain(false).fixed_pos(place.min).show(ctx, |ui| {
        let (rect, response) = ui.allocate_exact_size(place.size(), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Here: {title}")));
        // Seen on bright and on dark places.
        for (width, color) in [(5.0, theme::frame_edge_color()), (2.5, theme::frame_color())] {
            ui.painter().rect_stroke(rect, 4.0, Stroke::new(width, color), StrokeKind::Inside);
        }
    });
}

/// The card's corner: towards the bottom right of `middle`, whatever panels are there, or the first of the other places
/// where it does not cover `place`.
fn card_position(middle: Rect, size: Vec2, place: Option<Rect>) -> Pos2 {
    let free = middle.shrink(MARGIN);
    let [right, bottom] = [free.right() - size.x, free.bottom() - size.y];
    let places = [
        pos2(right - SIDE, bottom),
        pos2(place.map_or(right, |place| place.left() - MARGIN - size.x), bottom),
        pos2(right, bottom),
        pos2(free.left(), bottom),
        pos2(right, free.top()),
        pos2(free.left(), free.top()),
    ];
    let covered = |at: &Pos2| {
        let both = place.map_or(Rect::NOTHING, |place| place.intersect(Rect::from_min_size(*at, size)));
        if both.is_positive() { both.area() } else { 0.0 }
    };
    let is_inside = |at: &Pos2| at.x >= free.left() && at.y >= free.top();
    let possible = places.into_iter().filter(is_inside);
    possible.min_by(|a, b| covered(a).total_cmp(&covered(b))).unwrap_or(free.min)
}

fn card_ui(ui: &mut Ui, number: usize, step: &TourStep, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(step.title).size(15.0).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(format!("{} of {}", number + 1, STEPS.len()));
        });
    });
    ui.add_space(2.0);
    ui.label(step.words);
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
        ui.horizontal(|ui| {
            if ui.button("Close tour").on_hover_text("Ends the tour (Esc)").clicked() {
                commands.push(Command::EndTour);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_last = number + 1 == STEPS.len();
                let (name, help, command) = if is_last {
                    ("Done", "Ends the tour", Command::EndTour)
                } else {
                    ("Next", "Goes on to the next step", Command::ShowTourStep(number + 1))
                };
                if ui.button(name).on_hover_text(help).clicked() {
                    commands.push(command);
                }
                let back = ui.add_enabled(number > 0, egui::Button::new("Back"));
                let help = "Goes back to the step before";
                if back.on_hover_text(help).on_disabled_hover_text("This is the first step").clicked() {
                    commands.push(Command::ShowTourStep(number.saturating_sub(1)));
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_stays_at_the_bottom_right_unless_it_would_cover_its_place() {
        let middle = Rect::from_min_max(pos2(0.0, 40.0), pos2(1280.0, 760.0));
        let size = vec2(312.0, 158.0);
        let usual = pos2(1280.0 - MARGIN - SIDE - 312.0, 760.0 - MARGIN - 158.0);
        assert_eq!(card_position(middle, size, None), usual);
        let list = Rect::from_min_max(pos2(0.0, 40.0), pos2(280.0, 760.0));
        assert_eq!(card_position(middle, size, Some(list)), usual);
        let button = Rect::from_min_size(usual + vec2(20.0, 100.0), vec2(200.0, 48.0));
        let beside = card_position(middle, size, Some(button));
        assert!(!Rect::from_min_size(beside, size).intersects(button), "{beside:?}");
        // In a window that is too small for anything else it is in sight all the same.
        let small = Rect::from_min_max(pos2(0.0, 40.0), pos2(300.0, 150.0));
        assert_eq!(card_position(small, size, Some(small)), small.shrink(MARGIN).min);
    }
}
