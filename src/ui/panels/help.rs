//! A list of what the keys and the mouse do, for whoever asks with the question mark.

use egui::{Grid, Ui};

use crate::ui::theme::Tone;

/// Each key with what it does, by the place where it works.
const KEYS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Everywhere",
        &[
            ("Up, Down", "choose a file"),
            ("Space", "play or stop"),
            ("Esc", "stop the sound"),
            ("L", "loop"),
            ("Ctrl+Z, Ctrl+Shift+Z", "undo and redo of settings and files"),
            ("Tab", "go to the next control"),
        ],
    ),
    (
        "On the pictures of Tune",
        &[
            ("wheel", "zoom in time"),
            ("Ctrl+wheel", "zoom in frequency"),
            ("Shift+wheel", "scroll in time"),
            ("drag", "move"),
            ("click", "hear it from there"),
            ("double click, F", "show all"),
            ("X", "swap the settings A and B"),
        ],
    ),
    (
        "On a picture that was reached with Tab",
        &[
            ("Left, Right", "scroll in time"),
            ("Home, End", "go to the start or the end"),
            ("+, -", "zoom in time"),
            ("Page Up, Page Down", "scroll in frequency"),
            ("], [", "zoom in frequency"),
        ],
    ),
    (
        "On the waveform and the histogram",
        &[
            ("drag on the waveform", "select what is played"),
            ("drag the box of the strip above", "move what is shown, or its edges"),
            ("drag on the histogram", "move the mask's threshold"),
        ],
    ),
];

/// The button that shows them.
pub(in crate::ui) fn ui(ui: &mut Ui) {
    let menu = ui.menu_button("?", |ui| {
        ui.set_min_width(380.0);
        for (place, keys) in KEYS {
            ui.strong(place);
            Grid::new(place).num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
                for (key, meaning) in keys {
                    ui.monospace(*key);
                    ui.label(*meaning);
                    ui.end_row();
                }
            });
            ui.add_space(6.0);
        }
        let text = Tone::Weak.text(ui, concat!("Melscope ", env!("CARGO_PKG_VERSION")));
        ui.label(text);
    });
    menu.response.on_hover_text("What the keys and the mouse do");
}
