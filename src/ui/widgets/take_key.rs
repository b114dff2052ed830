//! A key that is pressed once, however long it is held.

use egui::{Event, InputState, Key};

/// True when `wanted` was pressed without another key; takes it from the events. A key that is held repeats itself, but is pressed once.
pub(in crate::ui) fn take_key(input: &mut InputState, wanted: Key) -> bool {
    let mut is_pressed = false;
    input.events.retain(|event| match event {
        Event::Key { key, pressed: true, repeat, modifiers, .. } if *key == wanted && modifiers.is_none() => {
            is_pressed |= !repeat;
            false
        }
        _ => true,
    });
    is_pressed
}
