//! A heatmap with its axes and colour bar. Both of the Tune view show the same stretch of time and mel.

use egui::accesskit::Role;
use egui::emath::GuiRounding as _;
use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Sense, Stroke, TextureHandle, Ui, WidgetInfo,
    pos2, vec2,
};

use super::color_bar::{self, ColorBar};
use super::command::TuneCommand;
use super::model::{Tune, hz_at};
use super::readout::Point;
use crate::dsp::mel::mel_from_hz;
use crate::pipeline::preview::Preview;
use crate::ui::number_text::hertz_text;
use crate::ui::theme::Tone;

/// Room for the frequencies at the left, the times below, the title above and the colour bar at the right.
const LEFT: f32 = 40.0;
const BELOW: f32 = 18.0;
const ABOVE: f32 = 20.0;
const RIGHT: f32 = color_bar::WIDTH;

/// A chunk narrower than this, in points, gets no line beside it: the lines would hide the picture.
const CHUNK_WIDTH_MIN: f32 = 8.0;

/// Points of the wheel that zoom by e.
const WHEEL_PER_E: f64 = 200.0;

/// One of the two panes.
pub(super) struct Pane<'a> {
    pub(super) title: &'a str,
    pub(super) bar: ColorBar,
    pub(super) texture: Option<&'a TextureHandle>,
}

/// Where the pane's pixels are, of all that it takes.
pub(super) fn picture_rect(ui: &Ui, outer: Rect) -> Rect {
    let inner = Rect::from_min_max(outer.min + vec2(LEFT, ABOVE), outer.max - vec2(RIGHT, BELOW));
    inner.round_to_pixels(ui.pixels_per_point())
}

/// The picture's size in pixels.
pub(super) fn size_px(ui: &Ui, picture: Rect) -> [usize; 2] {
    let size = picture.size() * ui.pixels_per_point();
    [size.x.round().max(1.0) as usize, size.y.round().max(1.0) as usize]
}

/// The point of the sound at `pos`.
pub(super) fn point_at(tune: &Tune, picture: Rect, pos: Pos2) -> Point {
    let x = f64::from((pos.x - picture.left()) / picture.width());
    let y = f64::from((picture.bottom() - pos.y) / picture.height());
    let mel = &tune.span.mel;
    Point {
        time_s: x.mul_add(tune.span.duration_s(), tune.span.time_s.start),
        mel: y.mul_add(mel.end - mel.start, mel.start),
    }
}

/// Where a time lies from left to right.
pub(super) fn x_of(tune: &Tune, picture: Rect, time_s: f64) -> f32 {
    let share = (time_s - tune.span.time_s.start) / tune.span.duration_s();
    picture.left() + share as f32 * picture.width()
}

fn y_of(tune: &Tune, picture: Rect, mel: f64) -> f32 {
    let range = &tune.span.mel;
    let share = (mel - range.start) / (range.end - range.start);
    picture.bottom() - share as f32 * picture.height()
}

/// Reads what the pointer and the keyboard do with a pane; the same in both.
pub(super) fn interact_ui(
    ui: &Ui,
    pane: &Pane<'_>,
    tune: &Tune,
    picture: Rect,
    own: &mut Vec<TuneCommand>,
) -> Response {
    let response = ui.interact(picture, ui.scope_id().with(pane.title), Sense::click_and_drag());
    let label = format!("{}: {}", pane.title, tune.summary());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    if response.dragged() {
        let moved = response.drag_delta() / picture.size();
        own.push(TuneCommand::Pan([-f64::from(moved.x), f64::from(moved.y)]));
    }
    if response.double_clicked() {
        own.push(TuneCommand::Fit);
    }
    if let Some(pos) = response.hover_pos() {
        wheel(ui, picture, pos, own);
    }
    if response.has_focus() {
        keys(ui, own);
    }
    pane.bar.interact_ui(ui, picture, own);
    response
}

pub(super) fn wheel(ui: &Ui, picture: Rect, pos: Pos2, own: &mut Vec<TuneCommand>) {
    let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let at = [
        f64::from((pos.x - picture.left()) / picture.width()),
        f64::from((picture.bottom() - pos.y) / picture.height()),
    ];
    if scroll.y != 0.0 {
        own.push(TuneCommand::Zoom { at, factors: [(f64::from(scroll.y) / WHEEL_PER_E).exp(), 1.0] });
    }
    // Shift turns the wheel into a horizontal one.
    if scroll.x != 0.0 {
        own.push(TuneCommand::Pan([-f64::from(scroll.x / picture.width()), 0.0]));
    }
    if zoom != 1.0 {
        own.push(TuneCommand::Zoom { at, factors: [1.0, f64::from(zoom)] });
    }
}

/// The keys of a pane that has the focus; the help of the top bar tells them to people.
fn keys(ui: &Ui, own: &mut Vec<TuneCommand>) {
    use egui::{Key, Modifiers};
    const STEP: f64 = 0.1;
    const FACTOR: f64 = 1.25;
    let middle = [0.5, 0.5];
    let meanings = [
        (Modifiers::NONE, Key::ArrowLeft, TuneCommand::Pan([-STEP, 0.0])),
        (Modifiers::NONE, Key::ArrowRight, TuneCommand::Pan([STEP, 0.0])),
        // Up and Down belong to the list of files.
        (Modifiers::NONE, Key::PageUp, TuneCommand::Pan([0.0, STEP])),
        (Modifiers::NONE, Key::PageDown, TuneCommand::Pan([0.0, -STEP])),
        (Modifiers::NONE, Key::CloseBracket, TuneCommand::Zoom { at: middle, factors: [1.0, FACTOR] }),
        (Modifiers::NONE, Key::OpenBracket, TuneCommand::Zoom { at: middle, factors: [1.0, FACTOR.recip()] }),
        (Modifiers::NONE, Key::Plus, TuneCommand::Zoom { at: middle, factors: [FACTOR, 1.0] }),
        (Modifiers::NONE, Key::Equals, TuneCommand::Zoom { at: middle, factors: [FACTOR, 1.0] }),
        (Modifiers::NONE, Key::Minus, TuneCommand::Zoom { at: middle, factors: [FACTOR.recip(), 1.0] }),
    ];
    ui.input_mut(|input| {
        own.extend(
            meanings
                .into_iter()
                .filter(|(modifiers, key, _)| input.consume_key(*modifiers, *key))
                .map(|(_, _, command)| command),
        );
    });
}

/// Draws a pane, and a cross at `point` where the pointer is in any of them.
pub(super) fn paint(ui: &Ui, pane: &Pane<'_>, tune: &Tune, outer: Rect, point: Option<Point>) {
    let picture = picture_rect(ui, outer);
    let painter = ui.painter_at(outer);
    let weak = Tone::Weak.color(ui);
    let font = FontId::proportional(11.0);
    painter.text(
        pos2(picture.left(), outer.top()),
        Align2::LEFT_TOP,
        pane.title,
        FontId::proportional(13.0),
        ui.visuals().strong_text_color(),
    );
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
    time_axis(&painter, tune, picture, &font, weak);
    frequency_axis(&painter, tune, picture, &font, weak);
    pane.bar.paint(ui, &painter, picture, &font, weak);
    if let Some(point) = point {
        let stroke = Stroke::new(1.0, Color32::from_white_alpha(150));
        inside.vline(x_of(tune, picture, point.time_s), picture.y_range(), stroke);
        inside.hline(picture.x_range(), y_of(tune, picture, point.mel), stroke);
    }
}

/// A line where one chunk ends and the next begins, and a shade over what only fills the last chunk up.
fn paint_chunks(painter: &Painter, tune: &Tune, preview: &Preview, picture: Rect) {
    let settings = preview.settings();
    let chunk_s = settings.chunk_samples as f64 / f64::from(settings.sample_rate_hz);
    let width = (chunk_s / tune.span.duration_s()) as f32 * picture.width();
    if width >= CHUNK_WIDTH_MIN {
        let stroke = Stroke::new(1.0, Color32::from_white_alpha(70));
        let first = (tune.span.time_s.start / chunk_s).ceil().max(1.0) as usize;
        let last = (tune.span.time_s.end / chunk_s) as usize;
        for chunk in first..=last {
            painter.vline(x_of(tune, picture, chunk as f64 * chunk_s), picture.y_range(), stroke);
        }
    }
    let Some(shown) = tune.shown.as_ref().filter(|shown| shown.is_complete) else { return };
    let end = x_of(tune, picture, shown.preview.duration_s());
    if end < picture.right() - 0.5 {
        let padding = Rect::from_min_max(pos2(end, picture.top()), picture.max);
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

fn time_axis(painter: &Painter, tune: &Tune, picture: Rect, font: &FontId, color: Color32) {
    let n_ticks = (picture.width() / 64.0).max(1.0);
    let step_s = nice_step(tune.span.duration_s() / f64::from(n_ticks));
    let first = (tune.span.time_s.start / step_s).ceil() as i64;
    let last = (tune.span.time_s.end / step_s + 1e-9).floor() as i64;
    for tick in first..=last {
        let time_s = tick as f64 * step_s;
        let x = x_of(tune, picture, time_s);
        painter.vline(x, picture.bottom()..=picture.bottom() + 3.0, Stroke::new(1.0, color));
        // The last label would be cut off at the edge.
        let align = if x > picture.right() - 12.0 { Align2::RIGHT_TOP } else { Align2::CENTER_TOP };
        painter.text(pos2(x, picture.bottom() + 4.0), align, tick_time(time_s, step_s), font.clone(), color);
    }
}

/// A time on the axis, with as many decimals as the step needs: "0.5 s", "1:20".
fn tick_time(time_s: f64, step_s: f64) -> String {
    let decimals = (-step_s.log10()).ceil().clamp(0.0, 3.0) as usize;
    if time_s >= 60.0 {
        let minutes = (time_s / 60.0 + 1e-9) as u64;
        let rest = (time_s - minutes as f64 * 60.0).max(0.0);
        // Two digits before the point, whatever comes after it.
        let width = if decimals > 0 { 3 + decimals } else { 2 };
        return if minutes >= 60 {
            format!("{}:{:02}:{rest:0width$.decimals$}", minutes / 60, minutes % 60)
        } else {
            format!("{minutes}:{rest:0width$.decimals$}")
        };
    }
    format!("{time_s:.decimals$} s")
}

/// The least of 1, 2, 5, 10 … (and 15, 30, 60 from ten up) that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let whole = [15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 18_000.0];
    if let (true, Some(step)) = (least > 10.0, whole.into_iter().find(|step| *step >= least)) {
        return step;
    }
    let decade = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|digit| digit * decade)
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

fn frequency_axis(painter: &Painter, tune: &Tune, picture: Rect, font: &FontId, color: Color32) {
    let mut last_y = f32::INFINITY;
    let decades = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5];
    let ticks_hz = decades.into_iter().flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * decade));
    let nothing = std::iter::once(0.0);
    for frequency_hz in nothing.chain(ticks_hz.filter(|hz| *hz >= 50.0)) {
        let mel = mel_from_hz(frequency_hz);
        let y = y_of(tune, picture, mel);
        // Low frequencies lie close together on the mel axis.
        if !tune.span.mel.contains(&mel) && mel != tune.span.mel.end || last_y - y < 14.0 {
            continue;
        }
        last_y = y;
        painter.hline(picture.left() - 3.0..=picture.left(), y, Stroke::new(1.0, color));
        let text = match frequency_hz {
            hz if hz >= 1e3 => format!("{}k", hz / 1e3),
            hz => format!("{hz}"),
        };
        let y = y.clamp(picture.top() + 5.0, picture.bottom() - 5.0);
        painter.text(pos2(picture.left() - 5.0, y), Align2::RIGHT_CENTER, text, font.clone(), color);
    }
    painter.text(
        pos2(picture.left() - 5.0, picture.top() - 12.0),
        Align2::RIGHT_CENTER,
        "Hz",
        font.clone(),
        color,
    );
}

/// The frequencies of a stretch of the mel axis, in words.
pub(super) fn mel_range_text(mel: &std::ops::Range<f64>) -> String {
    format!("{} to {}", hertz_text(hz_at(mel.start)), hertz_text(hz_at(mel.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_times() {
        for (least, step) in
            [(0.011, 0.02), (0.5, 0.5), (0.51, 1.0), (3.0, 5.0), (11.0, 15.0), (4000.0, 7200.0)]
        {
            assert!((nice_step(least) - step).abs() < 1e-9 * step, "{least}: {}", nice_step(least));
        }
        assert_eq!(tick_time(0.25, 0.05), "0.25 s");
        assert_eq!(tick_time(3.0, 1.0), "3 s");
        assert_eq!(tick_time(80.0, 20.0), "1:20");
        assert_eq!(tick_time(3660.0, 60.0), "1:01:00");
        assert_eq!(tick_time(3661.25, 0.05), "1:01:01.25");
        assert_eq!(tick_time(65.5, 0.5), "1:05.5");
    }
}
