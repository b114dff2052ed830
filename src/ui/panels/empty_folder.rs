//! The page in place of every view while there are no recordings in the folder.

use egui::Ui;

use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};

/// Every kind of file that is read, by the name that people know it by, with the ends of its names.
const KINDS: [(&str, &[&str]); 10] = [
    ("WAV", &["wav", "wave", "bwf", "rf64", "w64"]),
    ("AIFF", &["aif", "aiff", "aifc"]),
    ("FLAC", &["flac"]),
    ("MP3", &["mp3", "mp2"]),
    ("Ogg Vorbis, Opus", &["ogg", "oga", "opus", "ogv", "ogx"]),
    ("M4A, AAC, MP4", &["m4a", "m4b", "aac", "mp4", "mov", "3gp", "3g2"]),
    ("CAF", &["caf"]),
    ("Matroska", &["mka", "mkv", "webm"]),
    ("AU", &["au", "snd"]),
    ("SPHERE", &["sph", "nist"]),
];

/// Draws it.
pub(in crate::ui) fn ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().id_salt("empty folder").auto_shrink(false).show(ui, |ui| {
        theme::heading_ui(ui, "There are no recordings in this folder");
        let path = folder.root.display().to_string();
        ui.label(display_text(&path));
        for unlisted in &folder.unlisted {
            let words = format!("{}: {}", unlisted.path.display(), unlisted.reason);
            let text = Tone::Warning.text(ui, display_text(&words));
            ui.label(text);
        }
        for note in &folder.notes {
            let text = Tone::Warning.text(ui, display_text(note));
            ui.label(text);
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let help = "Choose a folder of sounds in a dialog";
            if ui.button("Open another folder").on_hover_text(help).clicked() {
                commands.push(Command::PickFolder);
            }
            let help = "Writes twenty small recordings, opens them, and shows you around";
            if ui.button("Try the demo").on_hover_text(help).clicked() {
                commands.push(Command::TryDemo);
            }
            let help = "Looks again: files may have been added";
            if ui.button("Read again").on_hover_text(help).clicked() {
                commands.push(Command::Reload);
            }
        });
        theme::section_ui(ui, "Melscope reads, also in subfolders:");
        egui::Grid::new("kinds").num_columns(2).spacing([16.0, 3.0]).show(ui, |ui| {
            for (kind, ends) in KINDS {
                ui.label(kind);
                let ends: Vec<String> = ends.iter().map(|end| format!(".{end}")).collect();
                let text = Tone::Weak.text(ui, ends.join(", "));
                ui.label(text);
                ui.end_row();
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::audio::decode::EXTENSIONS;

    #[test]
    fn the_list_names_exactly_the_files_that_a_folder_is_searched_for() {
        let listed: Vec<&str> = KINDS.iter().flat_map(|(_, ends)| ends.iter().copied()).collect();
        assert_eq!(listed.iter().collect::<BTreeSet<_>>(), EXTENSIONS.iter().collect::<BTreeSet<_>>());
        assert_eq!(listed.len(), EXTENSIONS.len(), "each once");
    }
}
