//! A list of what the keys and the mouse do, for whoever asks with F1 or the question mark.

use egui::{Context, Grid, Id, Modal, ScrollArea, Ui};

use crate::ui::session::command::Command;
use crate::ui::theme::{self, Tone};

/// Each key with what it does, by the place where it works.
const KEYS: [(&str, &[(&str, &str)]); 6] = [
    (
        "Everywhere",
        &[
            ("Space", "play or stop"),
            ("Esc", "stop the sound"),
            ("L", "loop"),
            ("Ctrl+Z, Ctrl+Shift+Z", "undo and redo of settings and files"),
            ("Ctrl+O", "open a folder"),
            ("Ctrl+1 to Ctrl+5", "turn to a view"),
            ("F1", "this list"),
            ("Tab", "go to the next control"),
        ],
    ),
    (
        "In the list of files",
        &[
            ("Up, Down", "choose a file"),
            ("Home, End, Page Up, Page Down", "go far in the list"),
            ("Left, Right", "close and open a folder"),
            ("Shift or Ctrl with Up, Down or a click", "choose several"),
            ("Ctrl+A", "choose all"),
            ("Enter", "play a file, open or close a folder"),
            ("K", "keep: include what is chosen, and go on"),
            ("E, Delete", "exclude what is chosen, and go on"),
            ("Ctrl+F", "filter by name; Down goes back to the list"),
        ],
    ),
    (
        "On the pictures of Tune",
        &[
            ("wheel", "zoom in time"),
            ("Ctrl+wheel", "zoom in frequency"),
            ("Shift+wheel", "scroll in time"),
            ("drag", "move"),
            ("Shift+drag", "draw a box that measures"),
            ("click", "hear it from there"),
            ("double click, F", "show all"),
            ("X", "swap the settings A and B"),
            ("Ctrl+C", "copy the value under the pointer"),
        ],
    ),
    (
        "In Hear",
        &[
            ("1", "hear the original"),
            ("2", "hear what the trainer's decoder makes"),
            ("3", "hear ours"),
            ("4", "hear it without the second channel"),
            ("A, B, X", "in a blind test: hear the one, the other, or X"),
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
            ("M", "measure what is in sight"),
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

/// Height in points that the window keeps around the list.
const AROUND: f32 = 140.0;

/// Draws it over the window; Esc, a click beside it and its button close it.
pub(in crate::ui) fn ui(ctx: &Context, commands: &mut Vec<Command>) {
    let modal = Modal::new(Id::unique("help")).show(ctx, |ui| {
        ui.set_width(430.0);
        theme::heading_ui(ui, "Keys and mouse");
        let height = (ui.ctx().content_rect().height() - AROUND).max(120.0);
        ScrollArea::vertical().max_height(height).show(ui, keys_ui);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if ui.button("Close").on_hover_text("Back to the window (Esc)").clicked() {
                commands.push(Command::ShowHelp(false));
            }
            let help = "Shows the window in six steps, on the demo where no recordings are open";
            if ui.button("Take the tour").on_hover_text(help).clicked() {
                commands.extend([Command::ShowHelp(false), Command::StartTour]);
            }
            let text = Tone::Weak.text(ui, concat!("Melscope ", env!("CARGO_PKG_VERSION")));
            ui.label(text);
        });
    });
    if modal.should_close() {
        commands.push(Command::ShowHelp(false));
    }
}

fn keys_ui(ui: &mut Ui) {
    for (place, keys) in KEYS {
        ui.strong(place);
        Grid::new(place).num_columns(2).min_col_width(170.0).spacing([16.0, 2.0]).show(ui, |ui| {
            for (key, meaning) in keys {
                ui.label(*key);
                ui.label(*meaning);
                ui.end_row();
            }
        });
        ui.add_space(6.0);
    }
}
