//! The browser of the cache's tensors: any one of them with both channels, its source, and a way to hear it.

use egui::{
    Align, Label, Layout, Rect, Response, Role, Sense, Slider, TextEdit, TextureHandle, Ui, WidgetInfo, vec2,
};
use egui_extras::{Column, TableBuilder};

use super::browser::TensorBrowser;
use super::command::BuildCommand;
use crate::pipeline::TensorPicture;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::hatched_image::hatched_image_ui;

/// Height of a picture in points: it grows with the window between these, and of its width takes this part.
const PICTURE_HEIGHTS: std::ops::RangeInclusive<f32> = 190.0..=640.0;
const PICTURE_SHAPE: f32 = 0.55;
/// Least height of the list below.
const LIST_HEIGHT: f32 = 150.0;
/// Between the pictures.
const GAP: f32 = 12.0;

/// The names of the two channels, and their values.
const CHANNELS: [(&str, &str); 2] =
    [("Magnitude", "ln(1 + mel power)"), ("Instantaneous frequency", "from -1 to 1; hatched where masked")];

pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    browser: &TensorBrowser,
    textures: Option<&[TextureHandle; 2]>,
    visible_height: f32,
    own: &mut Vec<BuildCommand>,
    commands: &mut Vec<Command>,
) {
    if let Some(failure) = browser.failure() {
        theme::section_ui(ui, "Tensors");
        let text = Tone::Bad.text(ui, failure);
        ui.label(text);
        if ui.button("Read again").on_hover_text("Reads the tensors again").clicked() {
            own.push(BuildCommand::ReadTensorsAgain);
        }
    }
    let n_tensors = browser.n_tensors();
    if n_tensors == 0 {
        return;
    }
    if browser.failure().is_none() {
        theme::section_ui(ui, "Tensors");
    }
    choice_ui(ui, browser, n_tensors, own);
    if let (Some(shown), Some(textures)) = (browser.shown(), textures) {
        ui.horizontal_wrapped(|ui| {
            ui.strong(TensorBrowser::name(shown.number));
            ui.label(display_text(&browser.origin(shown.number)));
            let play = ui.add_enabled(browser.source().is_some(), egui::Button::new("Play excerpt"));
            let play = play
                .on_hover_text("Plays what this tensor was made from")
                .on_disabled_hover_text("Its source is no longer in the folder");
            if let (true, Some(source)) = (play.clicked(), browser.source()) {
                let range_s = browser.range_s(shown.number);
                commands.push(Command::PlayExcerpt { source: source.to_path_buf(), range_s });
            }
            let hear = ui.button("Hear the tensor");
            if hear.on_hover_text("Turns to Hear with what comes back from this tensor").clicked() {
                let path = folder.cache_dir().join(TensorBrowser::name(shown.number));
                commands.push(Command::HearTensors(path));
            }
        });
        pictures_ui(ui, browser, shown, textures, visible_height);
    }
    list_ui(ui, browser, n_tensors, visible_height, own);
}

/// The number: as a field, a slider, and one back and forth.
fn choice_ui(ui: &mut Ui, browser: &TensorBrowser, n_tensors: usize, own: &mut Vec<BuildCommand>) {
    let (wanted, last) = (browser.wanted(), n_tensors - 1);
    ui.horizontal(|ui| {
        let label = ui.label("Tensor");
        let mut text = browser.text();
        let field = ui
            .add(TextEdit::singleline(&mut text).id_salt("tensor_number").desired_width(60.0))
            .labelled_by(label.id)
            .on_hover_text(format!("Which tensor is shown: a number from 0 to {last}"));
        if field.changed() {
            own.push(BuildCommand::TypeTensor(text));
        }
        let tone = if browser.is_text_possible() { Tone::Weak } else { Tone::Bad };
        let range = tone.text(ui, format!("of 0 to {last}"));
        ui.label(range);
        if ui
            .add_enabled(wanted > 0, egui::Button::new("Previous"))
            .on_hover_text("The tensor before")
            .clicked()
        {
            own.push(BuildCommand::ShowTensor(wanted - 1));
        }
        if ui
            .add_enabled(wanted < last, egui::Button::new("Next"))
            .on_hover_text("The tensor after")
            .clicked()
        {
            own.push(BuildCommand::ShowTensor(wanted + 1));
        }
        if last > 0 {
            let mut number = wanted;
            ui.spacing_mut().slider_width = (ui.available_width() - 8.0).max(60.0);
            let slider = Slider::new(&mut number, 0..=last).show_value(false);
            if ui.add(slider).labelled_by(label.id).on_hover_text("Drag through all tensors").changed() {
                own.push(BuildCommand::ShowTensor(number));
            }
        }
    });
}

/// The height of a picture of this width where so much of the view is in sight, in points: all of it with its words.
fn picture_height(width: f32, visible_height: f32) -> f32 {
    let (least, most) = PICTURE_HEIGHTS.into_inner();
    (PICTURE_SHAPE * width).min(visible_height - 110.0).clamp(least, most)
}

fn pictures_ui(
    ui: &mut Ui,
    browser: &TensorBrowser,
    shown: &TensorPicture,
    textures: &[TextureHandle; 2],
    visible_height: f32,
) {
    let width = ((ui.available_width() - GAP) / 2.0).max(100.0);
    let height = picture_height(width, visible_height);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for (channel, (name, unit)) in CHANNELS.into_iter().enumerate() {
            ui.vertical(|ui| {
                ui.set_width(width);
                let range = match channel {
                    0 => format!("{name}: {unit}, 0 to {:.1}", shown.magnitude_max),
                    _ => format!("{name}: {unit}"),
                };
                let text = Tone::Weak.text(ui, range);
                ui.add(Label::new(text).truncate());
                let size = vec2(width, height);
                let response = hatched_image_ui(ui, &textures[channel], size);
                let words = format!("{name} of tensor {}: {}", shown.number, browser.summary());
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
                readout_ui(response, shown);
            });
        }
    });
    let text = Tone::Weak.text(ui, format!("{}. Time runs to the right, pitch upwards.", browser.summary()));
    ui.label(text);
}

/// The exact values below the pointer.
fn readout_ui(response: Response, shown: &TensorPicture) {
    let Some(pointer) = response.hover_pos() else { return };
    let [_, n_mels, n_frames] = *shown.tensor.shape() else { return };
    let (frame, band) = place_at(response.rect, pointer, [n_mels, n_frames]);
    let (magnitude, inst_freq) = (shown.tensor[[0, band, frame]], shown.tensor[[1, band, frame]]);
    response.on_hover_text_at_pointer(format!(
        "frame {frame}, band {band}\nln(1 + mel power) {magnitude}\ninstantaneous frequency {inst_freq}"
    ));
}

/// The frame and the band that are drawn at `pointer`.
fn place_at(rect: Rect, pointer: egui::Pos2, [n_mels, n_frames]: [usize; 2]) -> (usize, usize) {
    let share = (pointer - rect.min) / rect.size();
    let index = |share: f32, n: usize| ((share * n as f32).max(0.0) as usize).min(n.saturating_sub(1));
    (index(share.x, n_frames), index(1.0 - share.y, n_mels))
}

/// All tensors in rows, numbers at the right of their columns.
fn list_ui(
    ui: &mut Ui,
    browser: &TensorBrowser,
    n_tensors: usize,
    visible_height: f32,
    own: &mut Vec<BuildCommand>,
) {
    ui.add_space(6.0);
    let height = ui.spacing().interact_size.y;
    let table = TableBuilder::new(ui)
        .id_salt("tensors")
        .striped(true)
        .sense(Sense::click())
        .auto_shrink([false, true])
        .min_scrolled_height(0.0)
        .max_scroll_height((visible_height - 80.0).max(LIST_HEIGHT))
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(70.0))
        .column(Column::remainder().at_least(120.0).clip(true))
        .columns(Column::exact(62.0), 2)
        .columns(Column::exact(84.0), 2);
    let heads = ["Tensor", "Recording", "Chunk", "Variant", "From", "To"];
    let helps = [
        "The tensor's number: the name of its file",
        "What it was made from",
        "Which piece of the recording, from 0",
        "0 for the recording itself, else the number of the variant",
        "Where the piece begins in the recording",
        "Where it ends",
    ];
    table
        .header(height, |mut header| {
            for (column, (head, help)) in heads.into_iter().zip(helps).enumerate() {
                header.col(|ui| {
                    let words = Tone::Weak.text(ui, head);
                    cell_ui(ui, column, |ui| ui.label(words)).on_hover_text(help);
                });
            }
        })
        .body(|body| {
            // Rows of one height, so that a million of them cost no more than those in sight.
            body.rows(height, n_tensors, |mut row| {
                let number = row.index();
                row.set_selected(browser.wanted() == number);
                let cells = browser.cells(number);
                for (column, words) in cells.into_iter().enumerate() {
                    row.col(|ui| {
                        let label = Label::new(words).selectable(false).truncate();
                        let response = cell_ui(ui, column, |ui| ui.add(label));
                        if column == 0 {
                            let name = format!("Show tensor {number}: {}", browser.origin(number));
                            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
                        }
                    });
                }
                if row.response().on_hover_text("Shows this tensor").clicked() {
                    own.push(BuildCommand::ShowTensor(number));
                }
            });
        });
}

/// Draws a cell: names at the left of their column, numbers at the right.
fn cell_ui(ui: &mut Ui, column: usize, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    if column == 1 {
        ui.add_space(8.0);
        return add(ui);
    }
    ui.with_layout(Layout::right_to_left(Align::Center), add).inner
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn pictures_grow_with_the_window_and_stay_in_sight() {
        assert_eq!(picture_height(300.0, 500.0), 190.0, "narrow: the least");
        assert_eq!(picture_height(1000.0, 900.0), 550.0, "wide: in proportion");
        assert_eq!(picture_height(1000.0, 500.0), 390.0, "low: what is in sight");
        assert_eq!(picture_height(3000.0, 2000.0), 640.0, "at most");
    }

    #[test]
    fn low_bands_are_at_the_bottom_and_early_frames_at_the_left() {
        let rect = Rect::from_min_max(pos2(10.0, 20.0), pos2(110.0, 60.0));
        let at = |x, y| place_at(rect, pos2(x, y), [4, 10]);
        assert_eq!(at(10.0, 60.0), (0, 0));
        assert_eq!(at(109.9, 20.1), (9, 3));
        assert_eq!(at(110.0, 20.0), (9, 3));
        assert_eq!(at(45.0, 45.0), (3, 1));
    }
}
