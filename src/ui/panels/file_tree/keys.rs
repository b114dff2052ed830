//! The keys of the tree. They work wherever nothing else has them: the tree need not be the stop of the Tab key.

use egui::{Id, InputState, Key, Modifiers, Ui};

use crate::ui::session::browse::Browse;
use crate::ui::session::command::Command;
use crate::ui::session::file_selection::Pick;
use crate::ui::session::file_tree::TreeRow;
use crate::ui::session::files::Files;
use crate::ui::widgets::take_key::take_key;

/// The parts of the tree that can have the keyboard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stops {
    /// The field for the filter.
    pub(super) filter: Id,
    /// The rows.
    pub(super) rows: Id,
}

/// Takes the keys, and collects what they ask for.
pub(super) fn keys(ui: &Ui, files: &Files, stops: Stops, is_playing: bool, commands: &mut Vec<Command>) {
    if egui::Popup::is_any_open(ui.ctx()) {
        return;
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
        ui.memory_mut(|memory| memory.request_focus(stops.filter));
    }
    let focused = ui.memory(egui::Memory::focused);
    if focused == Some(stops.filter)
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown))
    {
        ui.memory_mut(|memory| memory.request_focus(stops.rows));
        if files.cursor_place().is_none() {
            commands.push(Command::Browse(Browse::Step { n_rows: 1, pick: Pick::Only }));
        }
        return;
    }
    if ui.ctx().text_edit_focused() {
        return;
    }
    ui.input_mut(|input| {
        if take_key(input, Key::K) {
            commands.push(Command::IncludeSelected { is_included: true });
        }
        if take_key(input, Key::E) {
            commands.push(Command::IncludeSelected { is_included: false });
        }
        let has_focus = focused == Some(stops.rows);
        // What has the keyboard may mean something else by these.
        if has_focus || focused.is_none() {
            move_keys(input, files, commands);
            if take_key(input, Key::Delete) {
                commands.push(Command::IncludeSelected { is_included: false });
            }
        }
        if has_focus {
            if take_key(input, Key::Space) {
                commands.push(if is_playing { Command::Stop } else { Command::Play });
            }
            if take_key(input, Key::Enter) {
                commands.push(enter(files));
            }
        }
    });
}

/// Enter opens or closes a folder, and plays a file.
fn enter(files: &Files) -> Command {
    match files.cursor() {
        Some(TreeRow::Folder(folder)) => {
            Command::Browse(Browse::SetOpen { folder, is_open: !files.tree().is_open(folder) })
        }
        _ => Command::Play,
    }
}

fn move_keys(input: &mut InputState, files: &Files, commands: &mut Vec<Command>) {
    let page = files.n_rows_in_sight().saturating_sub(2).max(1) as isize;
    // The longer shortcuts first: the shorter ones match them as well.
    let picks =
        [(Modifiers::SHIFT, Pick::Range), (Modifiers::COMMAND, Pick::Add), (Modifiers::NONE, Pick::Only)];
    for (modifiers, pick) in picks {
        let steps = [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, page), (Key::PageUp, -page)];
        for (key, n_rows) in steps {
            let n = input.count_and_consume_key(modifiers, key) as isize;
            if n > 0 {
                commands.push(Command::Browse(Browse::Step { n_rows: n * n_rows, pick }));
            }
        }
        for (key, is_last) in [(Key::Home, false), (Key::End, true)] {
            if input.consume_key(modifiers, key) {
                commands.push(Command::Browse(Browse::End { is_last, pick }));
            }
        }
    }
    for (modifiers, key, browse) in [
        (Modifiers::COMMAND, Key::A, Browse::All),
        (Modifiers::NONE, Key::ArrowLeft, Browse::Out),
        (Modifiers::NONE, Key::ArrowRight, Browse::In),
    ] {
        if input.consume_key(modifiers, key) {
            commands.push(Command::Browse(browse));
        }
    }
}
