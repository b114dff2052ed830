//! The share that the mask takes, in words.

use super::model::Tune;
use super::shown::Shown;
use crate::pipeline::preview::Part;
use crate::ui::number_text::percent_text;
use crate::ui::session::folder::Folder;

/// Lines for the settings: the share that the mask takes, here and in the dataset, and how far the threshold lies below the peak.
/// Numbers of what is shown are left out while something else is selected whose picture is not there.
pub(super) fn mask_notes(tune: &Tune, folder: &Folder) -> Vec<String> {
    let threshold = folder.settings.if_threshold;
    let is_selected = |shown: &Shown| folder.subject().is_some_and(|subject| subject == shown.subject);
    let has_selected = tune.shown.as_ref().is_some_and(is_selected);
    let mut lines = Vec::new();
    if let Some(share) = tune.masked_here().filter(|_| has_selected) {
        lines.push(format!("masked {} here", percent_text(share)));
    }
    if let Some(share) = &tune.share {
        let so_far = match share.n_files + share.n_skipped {
            n if n == share.n_total => String::new(),
            n => format!(" ({n} of {} files so far)", share.n_total),
        };
        lines.push(format!(
            "masked {} in the dataset{so_far}",
            percent_text(share.powers.masked_share(threshold))
        ));
    }
    if let (true, Some(preview)) = (threshold > 0.0 && has_selected, tune.drawn()) {
        let is_left_out = |part: &Part, place: usize| {
            part.levels.len() == part.n_chunks && tune.left_out.has(part.first_chunk + place)
        };
        let below = preview.parts().iter().flat_map(|part| {
            let levels = part.levels.iter().enumerate();
            levels.filter(|(place, _)| !is_left_out(part, *place)).map(|(_, level)| level)
        });
        let below = below.map(|level| level.threshold_below_peak_db(threshold)).filter(|db| db.is_finite());
        let range = below.fold(None, |range: Option<[f64; 2]>, db| {
            Some(range.map_or([db; 2], |[least, most]| [least.min(db), most.max(db)]))
        });
        if let Some([least, most]) = range {
            let words = if most - least < 0.95 {
                format!("threshold {most:.0} dB below each chunk's peak")
            } else {
                format!("threshold {least:.0} to {most:.0} dB below the chunks' peaks")
            };
            lines.push(words);
        }
    }
    lines
}
