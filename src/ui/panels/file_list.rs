//! The list of recordings: state, name, and whether a build reads it. Only the rows in sight are drawn.

use egui::accesskit::Role;
use egui::{Checkbox, EventFilter, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::files::{File, FileState};
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::icons::{Icon, icon_ui};
use crate::ui::widgets::name_label::name_ui;

/// Draws it.
pub(in crate::ui) fn ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    let files = &folder.files;
    ui.add_space(4.0);
    theme::heading_ui(ui, "Files");
    ui.horizontal(|ui| {
        let label = ui.label("Filter");
        let mut text = files.filter().to_owned();
        let field = ui
            .add(TextEdit::singleline(&mut text).desired_width(f32::INFINITY).hint_text("part of a name"))
            .labelled_by(label.id)
            .on_hover_text("Shows only the files whose path contains this");
        if field.changed() {
            commands.push(Command::Filter(text));
        }
    });
    let shown = in_words::count(files.shown().len() as u64, "file");
    let text = Tone::Weak.text(ui, format!("{shown} shown, {} included", files.n_included()));
    ui.label(text);
    for note in &folder.notes {
        let text = Tone::Warning.text(ui, note);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(note);
    }
    ui.separator();
    let has_moved = arrow_keys(ui, commands);
    let details_height = 96.0;
    let height = (ui.available_height() - details_height).max(60.0);
    let row_height = ui.spacing().interact_size.y;
    let mut area = ScrollArea::vertical().auto_shrink(false).max_height(height).min_scrolled_height(height);
    if let (true, Some(row)) = (has_moved, files.selected_row()) {
        // A row above and below stays in sight, so that the next step is seen coming.
        let pitch = row_height + ui.spacing().item_spacing.y;
        area = area.vertical_scroll_offset((row as f32 * pitch - height / 2.0).max(0.0));
    }
    area.show_rows(ui, row_height, files.shown().len(), |ui, rows| {
        for &index in &files.shown()[rows] {
            let is_selected = files.selected() == Some(index);
            row_ui(ui, &files.all()[index], index, is_selected, folder.task.is_none(), commands);
        }
    });
    ui.separator();
    details_ui(ui, folder);
}

/// Up and Down move the selection, unless a text is being typed. True when they did.
fn arrow_keys(ui: &Ui, commands: &mut Vec<Command>) -> bool {
    if ui.ctx().text_edit_focused() {
        return false;
    }
    let n_rows = ui.input_mut(|input| {
        let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown);
        let up = input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp);
        down as isize - up as isize
    });
    if n_rows != 0 {
        commands.push(Command::MoveSelection(n_rows));
    }
    n_rows != 0
}

fn row_ui(
    ui: &mut Ui,
    file: &File,
    index: usize,
    is_selected: bool,
    is_free: bool,
    commands: &mut Vec<Command>,
) {
    let state = file.state();
    ui.push_id(index, |ui| {
        ui.horizontal(|ui| {
            let mut is_included = !file.is_excluded;
            let name = format!("Include {}", file.name);
            let checkbox = ui.add_enabled(is_free, Checkbox::without_text(&mut is_included));
            checkbox.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_free, is_included, &name));
            if checkbox.on_hover_text("A build reads the files that are ticked").changed() {
                commands.push(Command::SetIncluded { index, is_included });
            }
            let words = format!("{}: {}", file.name, state.name());
            let icon = icon_ui(ui, icon_of(state), tone_of(state));
            icon.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            icon.on_hover_text(file.remark().unwrap_or_else(|| state.name().into()));
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
            let row = ui.selectable_label(is_selected, display_text(&file.name));
            row.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &file.name));
            // The list moves its selection itself.
            let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(row.id, filter));
            if row.clicked() {
                commands.push(Command::Select(index));
            }
        });
    });
}

/// The tone of a file's state.
fn tone_of(state: FileState) -> Tone {
    match state {
        FileState::Fine => Tone::Good,
        FileState::Warning => Tone::Warning,
        FileState::Unreadable => Tone::Bad,
        FileState::Reading | FileState::Excluded => Tone::Weak,
    }
}

/// The sign of a file's state.
fn icon_of(state: FileState) -> Icon {
    match state {
        FileState::Reading => Icon::Dot,
        FileState::Fine => Icon::Disc,
        FileState::Warning => Icon::Triangle,
        FileState::Unreadable => Icon::Cross,
        FileState::Excluded => Icon::Ring,
    }
}

/// Draws what is known of the selected file.
fn details_ui(ui: &mut Ui, folder: &Folder) {
    let Some(file) = folder.files.selected().and_then(|index| folder.files.all().get(index)) else {
        let text = Tone::Weak.text(ui, "Select a file with the mouse or with Up and Down to read about it.");
        ui.label(text);
        return;
    };
    ScrollArea::vertical().id_salt("details").show(ui, |ui| {
        name_ui(ui, &file.name, RichText::strong);
        let facts = file.facts();
        if !facts.is_empty() {
            ui.label(facts);
        }
        let state = file.state();
        let words =
            file.remark().map_or_else(|| state.name().into(), |remark| format!("{}: {remark}", state.name()));
        let text = tone_of(state).text(ui, words);
        ui.label(text);
    });
}
