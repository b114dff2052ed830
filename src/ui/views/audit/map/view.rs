//! The part of the map that is seen: from its unit square to points of the window, and back.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The share of the pane's shorter side that the whole map takes.
const WHOLE: f32 = 0.94;

/// How far the map is zoomed at most.
const ZOOM_MAX: f32 = 60.0;

/// What is seen: which place of the map is in the middle of the pane, and how much larger than the whole it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapView {
    centre: [f32; 2],
    zoom: f32,
}

impl Default for MapView {
    fn default() -> Self {
        Self { centre: [0.5; 2], zoom: 1.0 }
    }
}

impl MapView {
    /// Points of the window to one side of the map's unit square, in the pane `rect`.
    fn scale(self, rect: Rect) -> f32 {
        WHOLE * self.zoom * rect.width().min(rect.height()).max(1.0)
    }

    /// How much larger than the whole it is drawn.
    pub fn zoom(self) -> f32 {
        self.zoom
    }

    /// Where `place` of the map is in the pane `rect`.
    pub fn to_pane(self, rect: Rect, place: [f32; 2]) -> Pos2 {
        rect.center() + vec2(place[0] - self.centre[0], place[1] - self.centre[1]) * self.scale(rect)
    }

    /// The place of the map that is at `at` in the pane `rect`.
    pub fn to_map(self, rect: Rect, at: Pos2) -> [f32; 2] {
        let offset = (at - rect.center()) / self.scale(rect);
        [self.centre[0] + offset.x, self.centre[1] + offset.y]
    }

    /// The length on the map of `points` points of the window.
    pub fn length(self, rect: Rect, points: f32) -> f32 {
        points / self.scale(rect)
    }

    /// Zoomed by `factor`, with what is at `at` in the pane staying there.
    #[must_use]
    pub fn zoomed(self, rect: Rect, factor: f32, at: Pos2) -> Self {
        let place = self.to_map(rect, at);
        let zoom = (self.zoom * factor).clamp(1.0, ZOOM_MAX);
        let zoomed = Self { zoom, ..self };
        let moved = zoomed.to_map(rect, at);
        let centre = [0, 1].map(|axis| self.centre[axis] + place[axis] - moved[axis]);
        Self { centre, zoom }.held()
    }

    /// Moved with the pointer by `by` points of the window.
    #[must_use]
    pub fn moved(self, rect: Rect, by: Vec2) -> Self {
        let by = by / self.scale(rect);
        Self { centre: [self.centre[0] - by.x, self.centre[1] - by.y], ..self }.held()
    }

    /// The same with the middle on the map.
    fn held(self) -> Self {
        Self { centre: self.centre.map(|value| value.clamp(0.0, 1.0)), ..self }
    }

    /// The part of the map that is seen in the pane `rect`.
    pub fn seen(self, rect: Rect) -> Rect {
        let corner = |at: Pos2| {
            let [x, y] = self.to_map(rect, at);
            pos2(x, y)
        };
        Rect::from_min_max(corner(rect.min), corner(rect.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pointer_is_on_stays_under_it() {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0));
        let at = pos2(400.0, 300.0);
        let view = MapView::default();
        let place = view.to_map(rect, at);
        let zoomed = view.zoomed(rect, 3.0, at);
        assert_eq!(zoomed.zoom(), 3.0);
        assert!((zoomed.to_pane(rect, place) - at).length() < 1e-2);
        let moved = zoomed.moved(rect, vec2(30.0, -20.0));
        assert!((moved.to_pane(rect, place) - at - vec2(30.0, -20.0)).length() < 1e-2);
        assert_eq!(view.zoomed(rect, 0.1, at).zoom(), 1.0, "the whole is the least");
        assert!(
            rect.contains(view.to_pane(rect, [0.0, 0.0])) && rect.contains(view.to_pane(rect, [1.0, 1.0]))
        );
    }
}
