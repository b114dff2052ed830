//! The list of recordings as a tree: what is shown of it, what follows when a file is chosen, and the rows.

mod columns;
mod keys;
mod outline;
mod row;
mod rows;

use egui::{Align, Layout, ScrollArea, TextEdit, Ui};

use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::browse::BrowseOptions;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::loudness::MATCHED_LOUDNESS_DB;
use crate::ui::theme::{self, Tone};
use keys::Stops;

/// The height of what is said of the selected file below the rows: this share of the panel, within these ends in points.
const DETAILS_SHARE: f32 = 0.14;
const DETAILS_HEIGHTS: [f32; 2] = [54.0, 96.0];
/// Height in points of a line between parts of the panel, with the room that it keeps.
const SEPARATOR_HEIGHT: f32 = 6.0;

/// Draws it.
pub(in crate::ui) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    options: BrowseOptions,
    is_playing: bool,
    commands: &mut Vec<Command>,
) {
    let files = &folder.files;
    let stops =
        Stops { filter: ui.make_persistent_id("file-filter"), rows: ui.make_persistent_id("file-rows") };
    keys::keys(ui, files, stops, is_playing, commands);
    ui.add_space(4.0);
    let width = ui.available_width() - rows::BAR_WIDTH;
    ui.horizontal(|ui| {
        theme::heading_ui(ui, "Files");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            columns::menu_ui(ui, options, width, commands);
        });
    });
    filter_ui(ui, folder, stops, commands);
    options_ui(ui, options, commands);
    counts_ui(ui, folder);
    notes_ui(ui, folder, commands);
    ui.separator();
    let [least, most] = DETAILS_HEIGHTS;
    let details_height = (DETAILS_SHARE * ui.max_rect().height()).clamp(least, most);
    let separator_height = SEPARATOR_HEIGHT + 2.0 * ui.spacing().item_spacing.y;
    let height = (ui.available_height() - details_height - separator_height).max(60.0);
    rows::ui(ui, folder, options, stops, height, commands);
    ui.separator();
    details_ui(ui, folder);
}

fn filter_ui(ui: &mut Ui, folder: &Folder, stops: Stops, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let label = ui.label("Filter");
        let mut text = folder.files.filter().to_owned();
        let field = TextEdit::singleline(&mut text)
            .id(stops.filter)
            .desired_width(f32::INFINITY)
            .hint_text("part of a name");
        let field = ui
            .add(field)
            .labelled_by(label.id)
            .on_hover_text("Shows only the files whose path contains this (Ctrl+F); Down leads to the list");
        if field.changed() {
            commands.push(Command::Filter(text));
        }
    });
}

fn options_ui(ui: &mut Ui, options: BrowseOptions, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        let mut changed = options;
        ui.checkbox(&mut changed.plays_on_select, "Play on select")
            .on_hover_text("Plays each file as soon as it is chosen, with a click or with Up and Down");
        ui.checkbox(&mut changed.matches_loudness, "Same loudness").on_hover_text(format!(
            "Plays files equally loud, at {MATCHED_LOUDNESS_DB:.0} LUFS: as the audit measured them, and before an audit by \
             their mean power (RMS). No peak goes above full scale. Only what is heard changes, not what is built."
        ));
        if changed != options {
            commands.push(Command::SetBrowseOptions(changed));
        }
    });
}

fn counts_ui(ui: &mut Ui, folder: &Folder) {
    let files = &folder.files;
    let shown = in_words::count(files.shown().len() as u64, "file");
    let mut words = format!("{shown} shown, {} included", files.n_included());
    if files.selection().all().len() > 1 {
        words = format!("{words}, {} selected", files.selection().all().len());
    }
    let text = Tone::Weak.text(ui, &words);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(words);
    if !files.tree().common().is_empty() {
        let words = format!("all in {}", files.tree().common());
        let text = Tone::Weak.text(ui, &words);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(words);
    }
}

fn notes_ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    for note in &folder.notes {
        let text = Tone::Warning.text(ui, note);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(note);
    }
    if let Some(problem) = &folder.watch_problem {
        let text = Tone::Warning.text(ui, problem);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(problem);
        if ui.button("Read again").on_hover_text("Reads the folder again, with what came and went").clicked()
        {
            commands.push(Command::Reload);
        }
    }
}

/// Draws what is known of the selected file.
fn details_ui(ui: &mut Ui, folder: &Folder) {
    let Some(file) = folder.selected_file() else {
        let text = Tone::Weak.text(ui, "Select a file with the mouse or with Up and Down to read about it.");
        ui.label(text);
        return;
    };
    ScrollArea::vertical().id_salt("details").auto_shrink(false).show(ui, |ui| {
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Wrap);
        ui.strong(display_text(&file.name));
        row::facts_ui(ui, file);
    });
}
