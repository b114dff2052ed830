//! What the wheel and the keyboard do with a pane; the same in all of them.

use egui::{EventFilter, Key, Modifiers, Pos2, Rect, Response, StrokeKind, Ui};

use super::command::TuneCommand;
use super::model::Tune;

/// Points of the wheel that zoom by e.
const WHEEL_PER_E: f64 = 200.0;

/// The share of what is shown that a key moves by, and the factor by which one zooms.
const STEP: f64 = 0.1;
const FACTOR: f64 = 1.25;

/// Reads the wheel over a pane.
pub(super) fn wheel(ui: &Ui, picture: Rect, pos: Pos2, own: &mut Vec<TuneCommand>) {
    let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let at = [
        f64::from((pos.x - picture.left()) / picture.width()),
        f64::from((picture.bottom() - pos.y) / picture.height()),
    ];
    if scroll.y != 0.0 {
        own.push(TuneCommand::Zoom { at, factors: [(f64::from(scroll.y) / WHEEL_PER_E).exp(), 1.0] });
    }
    // Shift turns the wheel into a horizontal one.
    if scroll.x != 0.0 {
        own.push(TuneCommand::Pan([-f64::from(scroll.x / picture.width()), 0.0]));
    }
    if zoom != 1.0 {
        own.push(TuneCommand::Zoom { at, factors: [1.0, f64::from(zoom)] });
    }
}

/// Reads the keys where `response` has the focus, and draws a frame around it. The help of the top bar tells the keys to
/// people.
pub(super) fn keys_ui(ui: &Ui, tune: &Tune, response: &Response, own: &mut Vec<TuneCommand>) {
    if !response.has_focus() {
        return;
    }
    let stroke = ui.visuals().selection.stroke;
    ui.painter().rect_stroke(response.rect.expand(1.0), 0.0, stroke, StrokeKind::Outside);
    // The arrows would otherwise lead to the next control.
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let middle = [0.5, 0.5];
    let zoom = |factors| TuneCommand::Zoom { at: middle, factors };
    let (len_s, limit_s) = (tune.span.duration_s(), tune.span.limit_s());
    let meanings = [
        (Key::ArrowLeft, TuneCommand::Pan([-STEP, 0.0])),
        (Key::ArrowRight, TuneCommand::Pan([STEP, 0.0])),
        // Up and Down belong to the list of files.
        (Key::PageUp, TuneCommand::Pan([0.0, STEP])),
        (Key::PageDown, TuneCommand::Pan([0.0, -STEP])),
        (Key::Home, TuneCommand::ShowTime(0.0..len_s)),
        (Key::End, TuneCommand::ShowTime(limit_s - len_s..limit_s)),
        (Key::CloseBracket, zoom([1.0, FACTOR])),
        (Key::OpenBracket, zoom([1.0, FACTOR.recip()])),
        (Key::Plus, zoom([FACTOR, 1.0])),
        (Key::Equals, zoom([FACTOR, 1.0])),
        (Key::Minus, zoom([FACTOR.recip(), 1.0])),
        (Key::M, TuneCommand::Measure(Some(tune.area_in_sight()))),
    ];
    ui.input_mut(|input| {
        let pressed = meanings.into_iter().filter(|(key, _)| input.consume_key(Modifiers::NONE, *key));
        own.extend(pressed.map(|(_, command)| command));
    });
}
