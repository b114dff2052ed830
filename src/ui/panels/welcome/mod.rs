//! The page for who opens the window without a folder: how to begin, and what there is to do.

mod pictures;

use std::path::{Path, PathBuf};

use egui::{Align, Button, Layout, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::theme::Tone;
use pictures::Step;

/// The page grows with the window to this width, in points.
const WIDTH_MAX: f32 = 1080.0;

/// Recent folders that are offered here; the menu at the top has all.
const RECENT_SHOWN: usize = 5;

/// Between the cards of the steps.
const GAP: f32 = 14.0;

/// Draws it.
pub(in crate::ui) fn ui(ui: &mut Ui, recent: &[PathBuf], commands: &mut Vec<Command>) {
    ScrollArea::vertical().id_salt("welcome").auto_shrink(false).show(ui, |ui| {
        let (width, height) = (ui.available_width().min(WIDTH_MAX), ui.available_height());
        // Lower where there is room, so that the eye does not start at the edge.
        ui.add_space((height * 0.08).min(70.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(width);
            ui.label(RichText::new("See, hear and build training data from your sounds").size(22.0).strong());
            ui.add_space(2.0);
            ui.label(
                "Melscope turns a folder of recordings into what a neural network trains on. The recordings are only read.",
            );
            ui.add_space(14.0);
            begin_ui(ui, commands);
            recent_ui(ui, recent, commands);
            ui.add_space((height * 0.04).clamp(12.0, 36.0));
            steps_ui(ui);
        });
    });
}

fn begin_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    let size = vec2(270.0, 50.0);
    let row = vec2(2.0 * size.x + GAP, size.y);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let open = Button::new(RichText::new("Open a folder of sounds").size(18.0).strong());
        let help = "Choose the folder in a dialog. WAV, FLAC, MP3 and many more are read, also in its subfolders";
        if ui.add_sized(size, open).on_hover_text(help).clicked() {
            commands.push(Command::PickFolder);
        }
        let demo = Button::new(RichText::new("Try the demo").size(18.0));
        let help = "Writes twenty small recordings (3 MB) into the program's own folder, opens them, and shows you around \
                    in a minute";
        if ui.add_sized(size, demo).on_hover_text(help).clicked() {
            commands.push(Command::TryDemo);
        }
    });
    ui.add_space(6.0);
    let words = "You can also drop a folder anywhere on this window, or type its path at the top.";
    let text = Tone::Weak.text(ui, words);
    ui.label(text);
}

fn recent_ui(ui: &mut Ui, recent: &[PathBuf], commands: &mut Vec<Command>) {
    if recent.is_empty() {
        return;
    }
    ui.add_space(10.0);
    ui.strong("Recent folders");
    // One beneath the other: names may be long, and the eye finds a name where it was.
    for folder in recent.iter().take(RECENT_SHOWN) {
        let path = folder.display().to_string();
        let button = ui.add(Button::new(display_text(&short_name(folder))).truncate());
        button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Open {path}")));
        if button.on_hover_text(display_text(&path)).clicked() {
            commands.push(Command::Open(folder.clone()));
        }
    }
}

/// The last two parts of a path: enough to know a folder by.
fn short_name(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().collect();
    parts[parts.len().saturating_sub(2)..].iter().collect::<PathBuf>().display().to_string()
}

/// Draws the three steps, each a picture with a sentence.
fn steps_ui(ui: &mut Ui) {
    let width = ((ui.available_width() - 2.0 * GAP) / 3.0).floor();
    let picture_height = (width * 0.42).clamp(80.0, 150.0);
    let row = vec2(3.0 * width + 2.0 * GAP, picture_height + 80.0);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for (step, title, words) in [
            (
                Step::Tune,
                "1. Tune",
                "See a recording as the model will see it, and set by eye what is too quiet to count.",
            ),
            (
                Step::Audit,
                "2. Audit",
                "Find out which recordings would spoil the training, and leave them out.",
            ),
            (Step::Build, "3. Build", "Write the training data with one click, ready to load in PyTorch."),
        ] {
            ui.allocate_ui_with_layout(vec2(width, row.y), Layout::top_down(Align::Min), |ui| {
                let (rect, picture) = ui.allocate_exact_size(vec2(width, picture_height), Sense::hover());
                picture.widget_info(|| {
                    WidgetInfo::labeled(egui::Role::Image, true, format!("Picture: {title}"))
                });
                pictures::paint(ui, rect, step);
                ui.label(RichText::new(title).size(15.0).strong());
                ui.label(words);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_the_end_of_its_path() {
        assert_eq!(short_name(Path::new("/home/me/sounds/drums")), "sounds/drums");
        assert_eq!(short_name(Path::new("/drums")), "/drums");
    }
}
