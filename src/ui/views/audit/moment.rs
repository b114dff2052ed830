//! The picture of a finding: the waveform around its moment, each channel for itself.

use std::ops::Range;

use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::model::{Audit, Found};
use super::pane::AuditPane;
use crate::audit::{FileAudit, Finding, TimeSpan};
use crate::in_words;
use crate::pipeline::{Moment, MomentRequest};
use crate::ui::number_text::level_text;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{Tone, frame_color, playhead_color};
use crate::ui::widgets::waveform_columns::paint_columns;

/// What is shown on each side of a moment: as much as it lasts, and at least this, in seconds.
const MARGIN_S: f64 = 0.05;

/// A moment is played with what is around it, this long at least: a flat top of a millisecond is a click that nobody
/// recognises.
const HEARD_MIN_S: f64 = 0.5;

/// Room below the picture for its times, in points.
const TIMES_HEIGHT: f32 = 15.0;

/// The part of the recording that is shown of `finding`: its moment with what is around it, or all where it has none.
pub(super) fn shown_s(file: &FileAudit, finding: Option<&Finding>) -> Option<Range<f64>> {
    let duration_s = file.measurements()?.duration_s();
    let Some(TimeSpan { start_s, end_s }) = finding.and_then(|finding| finding.span) else {
        return (duration_s > 0.0).then_some(0.0..duration_s);
    };
    let margin_s = (end_s - start_s).max(MARGIN_S);
    let range_s = (start_s - margin_s).max(0.0)..(end_s + margin_s).min(duration_s);
    (range_s.end > range_s.start).then_some(range_s)
}

/// The part that is played of a finding at `span`.
pub(super) fn heard_s(span: TimeSpan) -> Range<f64> {
    let missing_s = (HEARD_MIN_S - (span.end_s - span.start_s)).max(0.0);
    let start_s = (span.start_s - missing_s / 2.0).max(0.0);
    start_s..(start_s + HEARD_MIN_S).max(span.end_s)
}

/// The picture that is wanted now; `None` where there is nothing to draw.
pub(super) fn wanted(folder: &Folder, audit: &Audit, found: &Found) -> Option<MomentRequest> {
    let row = found.selected_row(&folder.files)?;
    let (file, _) = found.file(row);
    let findings = found.report().findings_of(row as usize);
    let finding = findings.get(found.finding_of(row)).copied();
    // Chunks are seen in all of the recording.
    let finding = finding.filter(|_| audit.pane == AuditPane::Files);
    Some(MomentRequest {
        path: file.file.clone(),
        ffmpeg: folder.settings.ffmpeg,
        range_s: shown_s(file, finding)?,
        n_columns: audit.moment_px.max(1),
    })
}

/// Draws the picture, `size` points large, of what is asked for in `wanted`, with the moments `spans` marked.
pub(super) fn ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    wanted: Option<&MomentRequest>,
    spans: &[TimeSpan],
    size: egui::Vec2,
    own: &mut Vec<AuditCommand>,
) {
    let PaneInputs { folder, audit, listen, .. } = *inputs;
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let picture = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - TIMES_HEIGHT));
    let pixel = 1.0 / ui.pixels_per_point();
    let width_px = (picture.width() / pixel).round() as usize;
    if width_px != audit.moment_px {
        own.push(AuditCommand::SetMomentWidth(width_px));
    }
    let painter = ui.painter_at(rect);
    painter.rect_filled(picture, 0.0, ui.visuals().extreme_bg_color);
    let (weak, font) = (Tone::Weak.color(ui), FontId::proportional(11.0));
    let middle = |words: &str| {
        painter.text(picture.center(), Align2::CENTER_CENTER, words, font.clone(), weak);
    };
    let Some(wanted) = wanted else {
        middle("No sound to show");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "No sound to show"));
        return;
    };
    let range_s = &wanted.range_s;
    let x_of = |time_s: f64| {
        let share = (time_s - range_s.start) / (range_s.end - range_s.start);
        picture.left() + share as f32 * picture.width()
    };
    let is_of_wanted = |moment: &&Moment| moment.request == *wanted;
    let words = match audit.moment.as_ref() {
        Some(Ok(moment)) if is_of_wanted(&moment) => {
            channels(ui, moment, picture, pixel, &font);
            description(moment)
        }
        Some(Err(problem)) => {
            middle("It cannot be shown");
            format!("It cannot be shown: {problem}")
        }
        _ => {
            middle("Reading…");
            "Reading the waveform".into()
        }
    };
    for TimeSpan { start_s, end_s } in spans.iter().copied() {
        // A moment that is shorter than a pixel is seen as well.
        let marked =
            Rect::from_x_y_ranges(x_of(start_s)..=(x_of(end_s)).max(x_of(start_s) + 1.0), picture.y_range());
        painter.rect_filled(marked, 0.0, frame_color().gamma_multiply(0.25));
        for x in [marked.left(), marked.right()] {
            painter.vline(x, picture.y_range(), Stroke::new(1.0, frame_color()));
        }
    }
    let is_heard = listen.is_playing_of(folder.subject().as_ref());
    if is_heard && range_s.contains(&listen.playhead_s) {
        painter.vline(x_of(listen.playhead_s), picture.y_range(), Stroke::new(1.0, playhead_color()));
    }
    let below = picture.bottom() + 2.0;
    let ends = [
        (picture.left(), Align2::LEFT_TOP, range_s.start),
        (picture.right(), Align2::RIGHT_TOP, range_s.end),
    ];
    for (x, align, time_s) in ends {
        painter.text(pos2(x, below), align, in_words::position(time_s), font.clone(), weak);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    response.on_hover_text(words);
}

/// Draws the channels below each other, each around a line at zero.
fn channels(ui: &Ui, moment: &Moment, picture: Rect, pixel: f32, font: &FontId) {
    let height = picture.height() / moment.channels.len().max(1) as f32;
    let (weak, color) = (Tone::Weak.color(ui), ui.visuals().text_color());
    for (number, columns) in moment.channels.iter().enumerate() {
        let top = picture.top() + number as f32 * height;
        let lane = Rect::from_min_size(pos2(picture.left(), top), vec2(picture.width(), height));
        let painter = ui.painter_at(lane);
        painter.hline(lane.x_range(), lane.center().y, Stroke::new(1.0, weak.gamma_multiply(0.4)));
        paint_columns(&painter, columns, lane.shrink2(vec2(0.0, 2.0)), Stroke::new(pixel, color));
        let name = channel_name(number, moment.channels.len());
        let corner = lane.left_top() + vec2(4.0, 2.0);
        let text = painter.layout_no_wrap(name.into(), font.clone(), color);
        let ground = Rect::from_min_size(corner, text.size()).expand(1.0);
        painter.rect_filled(ground, 2.0, ui.visuals().extreme_bg_color.gamma_multiply(0.8));
        painter.galley(corner, text, color);
    }
}

fn channel_name(number: usize, n_channels: usize) -> &'static str {
    match (number, n_channels) {
        (_, 1) => "Mono",
        (0, 2) => "Left",
        (1, 2) => "Right",
        _ => ["1", "2", "3", "4", "5", "6", "7", "8"].get(number).unwrap_or(&""),
    }
}

/// "Waveform of 2 channels from 0.23 s to 0.41 s, peak −1.2 dBFS".
fn description(moment: &Moment) -> String {
    let largest = |low: f32, high: f32| low.abs().max(high.abs());
    let ranges = moment.channels.iter().flatten().flatten();
    let peak = ranges.fold(0.0, |peak: f32, &[low, high]| peak.max(largest(low, high)));
    let [start, end] = [moment.request.range_s.start, moment.request.range_s.end].map(in_words::position);
    format!(
        "Waveform of {} from {start} to {end}, peak {}",
        in_words::count(moment.channels.len() as u64, "channel"),
        level_text(20.0 * f64::from(peak).log10())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_heard_with_what_is_around_it() {
        let heard = |start_s, end_s| heard_s(TimeSpan { start_s, end_s });
        assert_eq!(heard(1.0, 3.0), 1.0..3.0, "what is long enough is played as it is");
        assert_eq!(heard(2.0, 2.25), 1.875..2.375);
        assert_eq!(heard(0.0, 0.25), 0.0..0.5, "nothing comes before the beginning");
    }
}
