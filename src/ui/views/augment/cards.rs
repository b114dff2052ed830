//! The original and its variants in a grid, each with its pictures, what was done to it, and buttons that play it and
//! show it in Tune.

use egui::{
    Align, Button, Color32, Frame, Layout, Rect, Role, Stroke, TextStyle, TextureHandle, Ui, Vec2,
    WidgetInfo, vec2,
};

use super::model::{self, Augment};
use crate::pipeline::{VariantPreview, VariantPreviews};
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::session::variant::{ChosenVariant, variant_description, variant_name};
use crate::ui::theme::{Tone, playhead_color};
use crate::ui::views::tune;
use crate::ui::widgets::hatched_image::hatched_image_ui;

/// The least and the largest width of a card in points.
const CARD_WIDTH_MIN: f32 = 205.0;
const CARD_WIDTH_MAX: f32 = 420.0;
/// The height of a picture, as a part of its width; of the two lines of words above; and of all of a card but its pictures.
const PICTURE_SHAPE: f32 = 0.9;
const WORDS_HEIGHT: f32 = 32.0;
const AROUND_HEIGHT: f32 = WORDS_HEIGHT + 40.0;
/// Between the two pictures of a card, and between cards.
const GAP: f32 = 4.0;
const CARD_GAP: f32 = 6.0;
const MARGIN: f32 = 6.0;

/// Draws them, where `visible_height` points of them can be in sight.
pub(super) fn ui(
    ui: &mut Ui,
    augment: &Augment,
    listen: &Listen,
    textures: &[[TextureHandle; 2]],
    visible_height: f32,
    commands: &mut Vec<Command>,
) {
    let Some(shown) = augment.shown() else { return };
    let hint = "Left: magnitude, in the same colours in all. Right: instantaneous frequency, hatched where it is masked. \
                Time runs to the right, pitch upwards.";
    let text = Tone::Weak.text(ui, hint);
    ui.label(text);
    let size = vec2(ui.available_width(), visible_height - ui.text_style_height(&TextStyle::Body) * 2.0);
    let n_columns = column_count(size, shown.variants.len());
    let card_width = card_width(size.x, n_columns);
    ui.spacing_mut().item_spacing = vec2(CARD_GAP, CARD_GAP);
    let cards: Vec<_> = shown.variants.iter().zip(textures).collect();
    for row in cards.chunks(n_columns) {
        ui.horizontal_top(|ui| {
            for (take, textures) in row {
                let card = Card { shown, take, textures };
                ui.push_id(take.variant, |ui| card.ui(ui, listen, card_width, commands));
            }
        });
    }
}

/// The width of a card where so many stand in a row.
fn card_width(width: f32, n_columns: usize) -> f32 {
    (width - CARD_GAP * (n_columns - 1) as f32) / n_columns as f32
}

/// The width and the height of a picture in a card of this width.
fn picture_size(card_width: f32) -> Vec2 {
    let width = (card_width - 2.0 * MARGIN - 2.0 - GAP) / 2.0;
    vec2(width, PICTURE_SHAPE * width)
}

/// The cards in a row where `size` points are in sight: as few and large as show them all at once, or, where they have to be
/// scrolled anyway, as many as are wide enough.
fn column_count(size: Vec2, n_cards: usize) -> usize {
    let most = ((size.x + CARD_GAP) / (CARD_WIDTH_MIN + CARD_GAP)).floor().max(1.0) as usize;
    let least = ((size.x + CARD_GAP) / (CARD_WIDTH_MAX + CARD_GAP)).ceil().max(1.0) as usize;
    let is_in_sight = |n_columns: &usize| {
        let row = picture_size(card_width(size.x, *n_columns)).y + AROUND_HEIGHT + CARD_GAP;
        n_cards.div_ceil(*n_columns) as f32 * row <= size.y + CARD_GAP
    };
    (least..=most).find(is_in_sight).unwrap_or(most)
}

struct Card<'a> {
    shown: &'a VariantPreviews,
    take: &'a VariantPreview,
    textures: &'a [TextureHandle; 2],
}

impl Card<'_> {
    fn ui(&self, ui: &mut Ui, listen: &Listen, width: f32, commands: &mut Vec<Command>) {
        let variant = self.take.variant;
        let heard_s = listen.variant.filter(|heard| heard.number == variant).map(|heard| heard.position_s);
        let frame = Frame::group(ui.style()).inner_margin(MARGIN);
        frame.show(ui, |ui| {
            let inner_width = width - 2.0 * MARGIN - 2.0;
            ui.set_width(inner_width);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.horizontal(|ui| {
                    ui.strong(variant_name(variant));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        play_ui(ui, variant, heard_s.is_some(), commands);
                        self.tune_ui(ui, commands);
                    });
                });
                ui.allocate_ui(vec2(inner_width, WORDS_HEIGHT), |ui| {
                    ui.set_min_height(WORDS_HEIGHT);
                    ui.label(variant_description(variant, &self.take.applied));
                });
                self.pictures_ui(ui, picture_size(width), heard_s);
            });
        });
    }

    fn tune_ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let number = self.take.variant;
        let response = ui.add(Button::new("In Tune").small());
        let name = format!("Show {} in Tune", variant_name(number).to_lowercase());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let help = "Shows it in Tune like a recording: large, with every value to read and the mask to try";
        if response.on_hover_text(help).clicked() {
            let VariantPreviews { file, chunk, .. } = self.shown;
            let variant = ChosenVariant { file: file.clone(), chunk: *chunk, number };
            commands.extend([Command::ChooseVariant(Some(variant)), Command::Show(tune::ID)]);
        }
    }

    fn pictures_ui(&self, ui: &mut Ui, size: Vec2, heard_s: Option<f64>) {
        let summary = model::summary(self.take, self.shown.sample_rate_hz);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (name, texture) in ["Magnitude", "Instantaneous frequency"].into_iter().zip(self.textures) {
                let response = hatched_image_ui(ui, texture, size);
                let words =
                    format!("{name} of {}: {summary}", variant_name(self.take.variant).to_lowercase());
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
                if let Some(position_s) = heard_s {
                    self.playhead_ui(ui, response.rect, position_s);
                }
                response.on_hover_text(words);
            }
        });
    }

    fn playhead_ui(&self, ui: &Ui, rect: Rect, position_s: f64) {
        let duration_s = self.take.samples.len() as f64 / f64::from(self.shown.sample_rate_hz);
        let x = rect.left() + (position_s / duration_s).clamp(0.0, 1.0) as f32 * rect.width();
        // A dark edge keeps the line visible on the brightest colours.
        ui.painter().vline(x, rect.y_range(), Stroke::new(3.0, Color32::from_black_alpha(140)));
        ui.painter().vline(x, rect.y_range(), Stroke::new(1.0, playhead_color()));
    }
}

fn play_ui(ui: &mut Ui, variant: u32, is_heard: bool, commands: &mut Vec<Command>) {
    let (verb, help, command) = if is_heard {
        ("Stop", "Ends the sound (Space or Esc)", Command::Stop)
    } else {
        let help = "Plays exactly the samples that a build analyses";
        ("Play", help, Command::PlayVariant(variant))
    };
    let response = ui.add(Button::new(verb).small());
    let name = format!("{verb} {}", variant_name(variant).to_lowercase());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.on_hover_text(help).clicked() {
        commands.push(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_as_large_as_show_them_all_and_never_too_small_to_read() {
        // Nine cards: large where there is room, small where it is little, and at least one in a row.
        for size in [vec2(150.0, 300.0), vec2(480.0, 600.0), vec2(1000.0, 700.0), vec2(1800.0, 900.0)] {
            let n_columns = column_count(size, 9);
            let width = card_width(size.x, n_columns);
            assert!(width >= CARD_WIDTH_MIN || n_columns == 1, "{size}: {width}");
            assert!(width <= CARD_WIDTH_MAX, "{size}: {width}");
        }
        let width_at = |size: Vec2| card_width(size.x, column_count(size, 9));
        assert!(
            width_at(vec2(1800.0, 900.0)) > 1.3 * width_at(vec2(900.0, 450.0)),
            "they grow with the window"
        );
        // Where there is no end of room below, they are as wide as they may be.
        assert_eq!(column_count(vec2(1800.0, 1e6), 9), 5);
        // Where nothing shows them all, as few rows as possible have to be scrolled through.
        assert_eq!(column_count(vec2(1000.0, 100.0), 9), 4);
    }
}
