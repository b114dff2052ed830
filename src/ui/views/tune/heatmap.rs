//! A heatmap with its axes and colour bar. Both of the Tune view show the same stretch of time and mel.

use egui::accesskit::Role;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, FontId, Painter, Rect, Response, Sense, Stroke, TextureHandle, Ui, WidgetInfo, pos2,
};

use super::axes::{frequency_axis, point_at, time_axis, x_of, y_of};
use super::color_bar::ColorBar;
use super::command::TuneCommand;
use super::layout::PaneArea;
use super::measuring_box;
use super::model::{Tune, hz_at};
use super::navigation;
use super::pointed::Pointed;
use crate::pipeline::preview::Preview;
use crate::ui::number_text::hertz_text;
use crate::ui::theme::Tone;

/// A chunk narrower than this, in points, gets no line beside it: the lines would hide the picture.
const CHUNK_WIDTH_MIN: f32 = 8.0;

/// One of the two panes.
pub(super) struct Pane<'a> {
    pub(super) title: String,
    pub(super) bar: ColorBar,
    pub(super) texture: Option<&'a TextureHandle>,
}

/// The picture's size in pixels.
pub(super) fn size_px(ui: &Ui, picture: Rect) -> [usize; 2] {
    let size = picture.size() * ui.pixels_per_point();
    [size.x.round().max(1.0) as usize, size.y.round().max(1.0) as usize]
}

/// Reads what the pointer and the keyboard do with a pane; the same in both.
pub(super) fn interact_ui(
    ui: &Ui,
    pane: &Pane<'_>,
    tune: &Tune,
    picture: Rect,
    own: &mut Vec<TuneCommand>,
) -> Response {
    let response = ui.interact(picture, ui.scope_id().with(&pane.title), Sense::click_and_drag());
    let label = format!("{}: {}", pane.title, tune.summary());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    let origin = ui.input(|input| input.pointer.press_origin().filter(|_| input.modifiers.shift));
    if let (true, Some(from), Some(to)) = (response.dragged(), origin, response.interact_pointer_pos()) {
        let [from, to] = [from, to].map(|pos| point_at(tune, picture, picture.clamp(pos)));
        own.push(TuneCommand::Measure(Some(measuring_box::area_between(from, to))));
    } else if response.dragged() {
        let moved = response.drag_delta() / picture.size();
        own.push(TuneCommand::Pan([-f64::from(moved.x), f64::from(moved.y)]));
    }
    if response.double_clicked() {
        own.push(TuneCommand::Fit);
    }
    if let Some(pos) = response.hover_pos() {
        navigation::wheel(ui, picture, pos, own);
    }
    navigation::keys_ui(ui, tune, &response, own);
    pane.bar.interact_ui(ui, picture, own);
    response
}

/// Draws a pane, and a cross where the pointer is in any of them.
pub(super) fn paint(ui: &Ui, pane: &Pane<'_>, tune: &Tune, area: PaneArea, pointed: Pointed) {
    let PaneArea { outer, picture, has_time_axis } = area;
    let painter = ui.painter_at(outer);
    let weak = Tone::Weak.color(ui);
    let font = FontId::proportional(11.0);
    paint_title(ui, &painter, pane, area, &font, weak);
    painter.rect_filled(picture, 0.0, Color32::from_gray(24));
    if let Some(texture) = pane.texture {
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), picture, uv, Color32::WHITE);
    }
    let inside = painter.with_clip_rect(picture);
    if let Some(preview) = tune.drawn() {
        paint_chunks(&inside, tune, preview, picture);
        paint_empty_bands(ui, &inside, tune, picture);
    }
    if has_time_axis {
        time_axis(&painter, tune, picture, &font, weak);
    }
    frequency_axis(&painter, tune, picture, &font, weak);
    pane.bar.paint(ui, &painter, picture, &font, weak);
    measuring_box::paint(&inside, tune, picture);
    let stroke = Stroke::new(1.0, Color32::from_white_alpha(150));
    if let Some(time_s) = pointed.time_s {
        inside.vline(x_of(tune, picture, time_s), picture.y_range(), stroke);
    }
    if let Some(mel) = pointed.mel {
        inside.hline(picture.x_range(), y_of(tune, picture, mel), stroke);
    }
}

/// Writes the title above the picture and the unit above the colour bar, which comes first where there is little room.
fn paint_title(ui: &Ui, painter: &Painter, pane: &Pane<'_>, area: PaneArea, font: &FontId, color: Color32) {
    let PaneArea { outer, picture, .. } = area;
    let right = pos2(outer.right(), picture.top() - 12.0);
    let unit = painter.text(right, Align2::RIGHT_CENTER, pane.bar.head(picture.width()), font.clone(), color);
    let (title_font, strong) = (FontId::proportional(13.0), ui.visuals().strong_text_color());
    let width = unit.left() - 4.0 - picture.left();
    let mut job = LayoutJob::simple_singleline(pane.title.clone(), title_font, strong);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.galley(pos2(picture.left(), outer.top()), painter.layout_job(job), strong);
}

/// A line where one chunk ends and the next begins, and a shade over what only fills the last chunk up.
fn paint_chunks(painter: &Painter, tune: &Tune, preview: &Preview, picture: Rect) {
    let settings = preview.settings();
    let chunk_s = settings.chunk_samples as f64 / f64::from(settings.sample_rate_hz);
    let width = (chunk_s / tune.span.duration_s()) as f32 * picture.width();
    if width >= CHUNK_WIDTH_MIN {
        let stroke = Stroke::new(1.0, Color32::from_white_alpha(70));
        let start_s = preview.start_s();
        let end_s = tune.span.time_s.end;
        // What is trimmed off has no chunks.
        let end_s = if preview.trim().is_some() { end_s.min(preview.extent_s()) } else { end_s };
        let is_line_at_first = start_s > 0.0;
        let first = ((tune.span.time_s.start - start_s) / chunk_s).ceil().max(0.0) as usize;
        let last = ((end_s - start_s) / chunk_s + 1e-9).floor();
        for chunk in first..(last + 1.0).max(0.0) as usize {
            if chunk > 0 || is_line_at_first {
                painter.vline(x_of(tune, picture, preview.chunk_start_s(chunk)), picture.y_range(), stroke);
            }
        }
    }
    let Some(shown) = tune.shown.as_ref().filter(|shown| shown.is_complete) else { return };
    let end = x_of(tune, picture, shown.preview.end_s());
    let right = x_of(tune, picture, shown.preview.extent_s()).min(picture.right());
    if end < right - 0.5 {
        let padding = Rect::from_min_max(pos2(end, picture.top()), pos2(right, picture.bottom()));
        painter.rect_filled(padding, 0.0, Color32::from_white_alpha(22));
        painter.vline(end, picture.y_range(), Stroke::new(1.0, Color32::from_white_alpha(160)));
    }
}

/// A mark at the left of each band that no bin of the analysis falls into.
fn paint_empty_bands(ui: &Ui, painter: &Painter, tune: &Tune, picture: Rect) {
    let Some(shown) = &tune.shown else { return };
    let color = Tone::Warning.color(ui);
    let step = shown.preview.mel_max() / (shown.filters.n_mels() + 1) as f64;
    for band in (0..shown.filters.n_mels()).filter(|&band| shown.filters.is_empty(band)) {
        let centre = (band + 1) as f64 * step;
        let [top, bottom] = [0.5, -0.5].map(|half: f64| y_of(tune, picture, half.mul_add(step, centre)));
        let mark = Rect::from_min_max(pos2(picture.left(), top), pos2(picture.left() + 4.0, bottom));
        painter.rect_filled(mark, 0.0, color);
    }
}

/// The frequencies of a stretch of the mel axis, in words.
pub(super) fn mel_range_text(mel: &std::ops::Range<f64>) -> String {
    format!("{} to {}", hertz_text(hz_at(mel.start)), hertz_text(hz_at(mel.end)))
}
