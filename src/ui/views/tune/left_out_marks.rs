//! The chunks that a build leaves out, marked over everything that has a time axis.

use std::ops::Range;

use egui::{Align2, Color32, FontId, Painter, Rect};

use super::axes::TimeAxis;
use super::left_out::LeftOut;
use super::model::Tune;
use crate::pipeline::preview::Subject;
use crate::settings::ChunkRules;
use crate::ui::session::folder::Folder;

/// A mark narrower than this, in points, has no words.
const WORDS_WIDTH: f32 = 60.0;

/// Brings the times up to date with what `tune` shows and with the settings. A variant is made of a chunk that is kept. Where
/// silence is trimmed, chunks begin elsewhere than in the preview, and none is marked.
pub(super) fn update(tune: &mut Tune, folder: &Folder) {
    let revision = tune.revision;
    if tune.left_out.is_of(revision, &folder.settings) {
        return;
    }
    let times_s = times_s(tune, folder).unwrap_or_default();
    tune.left_out = LeftOut { known: Some((revision, folder.settings.cut())), times_s };
}

fn times_s(tune: &Tune, folder: &Folder) -> Option<Vec<Range<f64>>> {
    let settings = &folder.settings;
    let shown = tune.shown.as_ref()?;
    let Subject::File(path) = &shown.subject else { return None };
    if !settings.may_leave_out() || settings.trim_silence_dbfs.is_some() {
        return None;
    }
    let file = &folder.files.all()[folder.files.number_of(path)?];
    let rules = ChunkRules::new(settings);
    let rules = rules.of(&file.relative);
    let analysis = shown.preview.settings();
    let chunk_s = analysis.chunk_samples as f64 / f64::from(analysis.sample_rate_hz);
    let mut times_s: Vec<Range<f64>> = Vec::new();
    for (chunk, n_samples, level) in shown.preview.chunk_levels() {
        // The last chunk is padded only once it is known to be the last.
        let n_samples = if shown.is_complete { n_samples } else { analysis.chunk_samples };
        if rules.why(chunk as u32, n_samples, level.peak).is_some() {
            let (start_s, end_s) = (chunk as f64 * chunk_s, (chunk + 1) as f64 * chunk_s);
            match times_s.last_mut() {
                Some(before) if before.end == start_s => before.end = end_s,
                _ => times_s.push(start_s..end_s),
            }
        }
    }
    Some(times_s)
}

/// Draws over `rect`, whose width is the time of `axis`: what is left out steps back behind `ground`.
pub(super) fn paint(painter: &Painter, tune: &Tune, axis: &TimeAxis, rect: Rect, ground: Color32) {
    for times_s in &tune.left_out.times_s {
        let [left, right] =
            [times_s.start, times_s.end].map(|time_s| axis.x_of(time_s).clamp(rect.left(), rect.right()));
        if left >= right {
            continue;
        }
        let marked = Rect::from_x_y_ranges(left..=right, rect.y_range());
        painter.rect_filled(marked, 0.0, ground.gamma_multiply(0.8));
        if marked.width() >= WORDS_WIDTH {
            let font = FontId::proportional(11.0);
            let color =
                if ground.intensity() < 0.5 { Color32::from_gray(200) } else { Color32::from_gray(60) };
            painter.text(marked.center(), Align2::CENTER_CENTER, "left out", font, color);
        }
    }
}
