//! The pictures of a passage: the tensor's magnitude, and what the chosen way brings back less that.

use egui::accesskit::Role;
use egui::{Align2, FontId, Image, Rect, Sense, Stroke, TextureHandle, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::model::Hear;
use super::passage::Passage;
use super::words::way_name;
use super::worker::ChunkTextures;
use crate::dsp::mel::mel_from_hz;
use crate::dsp::reconstruct::Way;
use crate::in_words;
use crate::pipeline::DIFFERENCE_MOST_DB;
use crate::ui::number_text::hertz_text;
use crate::ui::session::command::Command;
use crate::ui::session::listen::Listen;
use crate::ui::theme::{SMALLEST_TEXT, Tone, playhead_color, playhead_edge_color};
use crate::ui::widgets::elided_text::elided;

/// Room in points at the left for frequencies, above for the title and below for times.
const LEFT: f32 = 46.0;
const ABOVE: f32 = 18.0;
const BELOW: f32 = 16.0;

/// Frequencies that are written beside a picture, in Hz.
const TICKS_HZ: [f64; 6] = [100.0, 500.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0];

/// The least distance between two of them, in points.
const TICK_DISTANCE: f32 = 14.0;

/// Which of a chunk's textures a picture shows.
type TextureOf = fn(&ChunkTextures, Way) -> &TextureHandle;

/// Draws the pictures beside each other, in `size` points.
pub(super) fn ui(
    ui: &mut Ui,
    hear: &Hear,
    passage: &Passage,
    textures: &[ChunkTextures],
    listen: &Listen,
    size: Vec2,
    commands: &mut Vec<Command>,
) {
    let way = hear.way();
    let magnitude: TextureOf = |chunk, _| &chunk.tensor[0];
    let mut pictures = vec![("Magnitude of the tensors, ln(1 + mel power)".to_owned(), magnitude)];
    if hear.tensors.is_some() {
        let inst_freq: TextureOf = |chunk, _| &chunk.tensor[1];
        pictures.push(("Instantaneous frequency, masked: hatched".into(), inst_freq));
    }
    let most = format!("{DIFFERENCE_MOST_DB:.0} dB");
    let title = format!("{} less that: blue −{most}, orange +{most}", way_name(way));
    let difference: TextureOf = |chunk, way| &chunk.differences[way as usize];
    pictures.push((title, difference));
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let width = (whole.width() - 8.0 * (pictures.len() - 1) as f32) / pictures.len() as f32;
    for (place, (title, texture_of)) in pictures.iter().enumerate() {
        let left = whole.left() + (width + 8.0) * place as f32;
        let outer = Rect::from_min_size(pos2(left, whole.top()), vec2(width, whole.height()));
        let chunks = textures.iter().map(|chunk| texture_of(chunk, way));
        picture_ui(ui, passage, title, chunks, listen, outer, commands);
    }
}

fn picture_ui<'a>(
    ui: &Ui,
    passage: &Passage,
    title: &str,
    chunks: impl Iterator<Item = &'a TextureHandle>,
    listen: &Listen,
    outer: Rect,
    commands: &mut Vec<Command>,
) {
    let picture = Rect::from_min_max(
        outer.min + vec2(LEFT, ABOVE),
        pos2(outer.right(), (outer.bottom() - BELOW).max(outer.top() + ABOVE + 1.0)),
    );
    let painter = ui.painter_at(outer);
    let (weak, font) = (Tone::Weak.color(ui), FontId::proportional(SMALLEST_TEXT));
    let color = ui.visuals().text_color();
    let (galley, _) = elided(ui, title, &font, color, picture.width());
    painter.galley(pos2(picture.left(), outer.top()), galley, color);
    painter.rect_filled(picture, 0.0, ui.visuals().extreme_bg_color);
    // What is still to come has its place.
    let n_chunks = passage.n_chunks();
    let n_expected = passage.n_chunks_expected().unwrap_or(n_chunks).max(n_chunks);
    let x_of = |chunk: usize| picture.left() + picture.width() * chunk as f32 / n_expected as f32;
    for (chunk, texture) in chunks.enumerate() {
        let place = Rect::from_x_y_ranges(x_of(chunk)..=x_of(chunk + 1), picture.y_range());
        Image::new(texture).paint_at(ui, place);
    }
    frequencies(ui, passage, picture);
    let span_s = n_expected as f64 * passage.chunk_s;
    let ends = [
        (picture.left(), Align2::LEFT_TOP, passage.start_s),
        (picture.right(), Align2::RIGHT_TOP, passage.start_s + span_s),
    ];
    for (x, align, time_s) in ends {
        painter.text(pos2(x, picture.bottom() + 2.0), align, in_words::position(time_s), font.clone(), weak);
    }
    let x = picture.left() + ((listen.playhead_s - passage.start_s) / span_s) as f32 * picture.width();
    if picture.x_range().contains(x) {
        painter.vline(x, picture.y_range(), Stroke::new(3.0, playhead_edge_color()));
        painter.vline(x, picture.y_range(), Stroke::new(1.0, playhead_color()));
    }
    let response = ui.interact(picture, ui.scope_id().with(title), Sense::click());
    let words = format!("{title}. Click to hear it from there");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    if let (true, Some(pos)) = (response.clicked(), response.interact_pointer_pos()) {
        let share = f64::from((pos.x - picture.left()) / picture.width());
        commands.push(Command::Seek(passage.start_s + share * span_s));
        if !listen.is_playing {
            commands.push(Command::Play);
        }
    }
    response.on_hover_text(words);
}

/// Writes frequencies at their bands.
fn frequencies(ui: &Ui, passage: &Passage, picture: Rect) {
    let most_mel = mel_from_hz(f64::from(passage.sample_rate_hz) / 2.0);
    let (painter, font) = (ui.painter(), FontId::proportional(SMALLEST_TEXT));
    let mut last = f32::INFINITY;
    for hz in TICKS_HZ.into_iter().filter(|hz| mel_from_hz(*hz) < most_mel) {
        let y = picture.bottom() - (mel_from_hz(hz) / most_mel) as f32 * picture.height();
        if last - y < TICK_DISTANCE {
            continue;
        }
        last = y;
        let text = hertz_text(hz);
        painter.text(
            pos2(picture.left() - 4.0, y),
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            Tone::Weak.color(ui),
        );
    }
}
