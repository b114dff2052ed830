//! The Tune view: one file as the model will see it, and the mask tuned by eye.

mod heatmap;
mod histogram;
pub(super) mod looking;
pub mod model;
pub mod pictures;
mod readout;
mod sound_marks;
pub mod span;
mod waveform;
pub mod wish;

use egui::{Button, Key, Rect, Ui, pos2, vec2};

use super::augment;
use super::command::Command;
use super::listen::Listen;
use super::state::Folder;
use super::theme::Tone;
use crate::picture::ColorMap;
use crate::pipeline::preview::Subject;
use crate::settings::{Difference, Stage, differences};
use heatmap::Pane;
use model::{ChosenVariant, Tune, percent};
use pictures::Pictures;
use readout::Point;
use wish::Wish;

/// Heights of what stands below the heatmaps, in points.
const READOUT_HEIGHT: f32 = 36.0;
const WAVEFORM_HEIGHT: f32 = 64.0;
const HISTOGRAM_HEIGHT: f32 = 118.0;

/// Between the heatmaps.
const GAP: f32 = 6.0;

/// Draws the view.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    listen: &Listen,
    pictures: &Pictures,
    commands: &mut Vec<Command>,
) {
    let tune = &folder.tune;
    let mut wishes = Vec::new();
    tools_ui(ui, folder, &mut wishes);
    if let Some(variant) = &tune.variant {
        variant_ui(ui, folder, variant, &mut wishes);
    } else if tune.shown.as_ref().is_some_and(|shown| matches!(shown.subject, Subject::Variant(_))) {
        // What is still shown is not the file.
        ui.strong("The file is being read…");
    }
    if let Some(problem) = &tune.problem {
        let what = if tune.variant.is_some() { "variant" } else { "file" };
        let text = Tone::Bad.text(ui, format!("This {what} cannot be shown: {problem}"));
        ui.label(text);
    } else if folder.files.selected().is_none() {
        ui.label("Select a file on the left, with the mouse or with Up and Down.");
    } else if let Some(damage) = tune.shown.as_ref().and_then(|shown| shown.damage.as_ref()) {
        let text = Tone::Warning.text(ui, format!("Damaged: {damage}"));
        ui.label(text);
    }
    let below = READOUT_HEIGHT + WAVEFORM_HEIGHT + HISTOGRAM_HEIGHT + 4.0 * ui.spacing().item_spacing.y;
    let height = (ui.available_height() - below).max(140.0);
    let point = heatmaps_ui(ui, folder, listen, pictures, height, &mut wishes, commands);
    let words = point.and_then(|point| {
        let shown = tune.shown.as_ref()?;
        Some(readout::words(shown, tune.drawn()?, folder.settings.if_threshold, point))
    });
    ui.allocate_ui(vec2(ui.available_width(), READOUT_HEIGHT), |ui| {
        ui.set_min_height(READOUT_HEIGHT);
        ui.label(words.unwrap_or_else(|| resting_words(tune)));
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), WAVEFORM_HEIGHT), egui::Sense::hover());
    waveform::ui(ui, tune, listen, rect, &mut wishes, commands);
    let is_free = folder.task.is_none();
    histogram::ui(ui, tune, folder.settings.if_threshold, is_free, HISTOGRAM_HEIGHT, commands);
    commands.extend(wishes.into_iter().map(Command::Tune));
}

/// Keys of the view that work wherever the focus is, a text field apart.
pub(super) fn keys(input: &mut egui::InputState, commands: &mut Vec<Command>) {
    for (key, wish) in [(Key::F, Wish::Fit), (Key::X, Wish::Flip)] {
        if input.consume_key(egui::Modifiers::NONE, key) {
            commands.push(Command::Tune(wish));
        }
    }
}

/// Comparison of settings, and what the panes show.
fn tools_ui(ui: &mut Ui, folder: &Folder, wishes: &mut Vec<Wish>) {
    let tune = &folder.tune;
    ui.horizontal_wrapped(|ui| {
        if ui
            .button("Fit")
            .on_hover_text("Shows it from its start to its end (F, or a double click on a picture)")
            .clicked()
        {
            wishes.push(Wish::Fit);
        }
        ui.separator();
        let keep = ui.button("Keep as B");
        if keep.on_hover_text("Remembers the current settings as B, to compare others with them").clicked() {
            wishes.push(Wish::Keep);
        }
        let can_flip = tune.kept.is_some() && folder.task.is_none();
        let flip = ui.add_enabled(can_flip, Button::new("Flip A/B"));
        let flip = flip.on_disabled_hover_text("Nothing to compare with: press 'Keep as B' first");
        if flip.on_hover_text("Swaps the current settings, A, with B (X)").clicked() {
            wishes.push(Wish::Flip);
        }
        ui.add_enabled_ui(tune.kept.is_some(), |ui| {
            let mut is_on = tune.shows_difference;
            let toggle = ui.toggle_value(&mut is_on, "A − B");
            if toggle.on_hover_text("Shows the difference of both settings instead of A").changed() {
                wishes.push(Wish::ShowDifference(is_on));
            }
        });
        if let Some(kept) = &tune.kept {
            let differences = differences(&folder.settings, &kept.settings, &[Stage::Analysis]);
            let differences: Vec<String> = differences.iter().map(Difference::other).collect();
            let words = if differences.is_empty() {
                "B is the same as A".into()
            } else {
                format!("B: {}", differences.join(", "))
            };
            let text = Tone::Weak.text(ui, words);
            ui.label(text);
        }
    });
}

/// Which variant is shown in place of the selected file, what was done to it, and the way back.
fn variant_ui(ui: &mut Ui, folder: &Folder, variant: &ChosenVariant, wishes: &mut Vec<Wish>) {
    let tune = &folder.tune;
    // What is still shown of other settings is not this variant.
    let made = folder.tuned().and_then(|subject| tune.made(&subject));
    let name = model::name(variant.chunk, variant.number);
    ui.horizontal_wrapped(|ui| {
        ui.strong(match made {
            Some(made) => format!("{name}: {}", augment::model::words(variant.number, &made.applied)),
            None if tune.problem.is_some() => name,
            None => format!("{name} is being made…"),
        });
        let back = ui.button("Show the whole file");
        if back.on_hover_text("Goes back to the recording that the variant is made of").clicked() {
            wishes.push(Wish::ShowFile);
        }
    });
}

/// Both heatmaps side by side; gives the point under the pointer.
fn heatmaps_ui(
    ui: &mut Ui,
    folder: &Folder,
    listen: &Listen,
    pictures: &Pictures,
    height: f32,
    wishes: &mut Vec<Wish>,
    commands: &mut Vec<Command>,
) -> Option<Point> {
    let tune = &folder.tune;
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let width = (whole.width() - GAP) / 2.0;
    let left = Rect::from_min_size(whole.min, vec2(width, height));
    let right = Rect::from_min_size(pos2(whole.right() - width, whole.top()), vec2(width, height));
    let is_difference = tune.compared().is_some();
    let [magnitude, inst_freq] = pictures.textures().map_or([None, None], |textures| textures.map(Some));
    let most = pictures.magnitude_most();
    let panes = [
        Pane {
            title: if is_difference { "Magnitude, A − B" } else { "Magnitude" },
            map: if is_difference { ColorMap::Diverging } else { ColorMap::Magma },
            ends: if is_difference { [-most, most] } else { [0.0, most] },
            unit: "ln(1+P)",
            texture: magnitude,
        },
        Pane {
            title: if is_difference {
                "Instantaneous frequency, A − B"
            } else {
                "Instantaneous frequency, masked: hatched"
            },
            map: ColorMap::Diverging,
            ends: [-1.0, 1.0],
            unit: "IF",
            texture: inst_freq,
        },
    ];
    // Both have the same size, so one tells it.
    let pane_px = heatmap::size_px(ui, heatmap::picture_rect(ui, left));
    if pane_px != tune.pane_px {
        wishes.push(Wish::Resize(pane_px));
    }
    let mut point = None;
    for (pane, outer) in panes.iter().zip([left, right]) {
        let picture = heatmap::picture_rect(ui, outer);
        let response = heatmap::interact_ui(ui, pane, tune, picture, wishes);
        if let Some(pos) = response.hover_pos() {
            point = Some(heatmap::point_at(tune, picture, pos));
        }
        if let (true, Some(pos)) = (response.clicked(), response.interact_pointer_pos()) {
            commands.push(Command::Seek(heatmap::point_at(tune, picture, pos).time_s));
        }
    }
    for (pane, outer) in panes.iter().zip([left, right]) {
        heatmap::paint(ui, pane, tune, outer, point);
        let picture = heatmap::picture_rect(ui, outer);
        sound_marks::paint(&ui.painter_at(picture), tune, listen, picture);
    }
    point
}

/// What stands below the heatmaps when the pointer is elsewhere.
fn resting_words(tune: &Tune) -> String {
    if tune.shown.is_none() {
        return String::new();
    }
    let zoom = if tune.span.is_fit() {
        "wheel: zoom, drag: move, Ctrl+wheel: zoom frequency".to_owned()
    } else {
        format!(
            "showing {} to {}, {}; F shows all",
            readout::seconds(tune.span.time_s.start),
            readout::seconds(tune.span.time_s.end),
            heatmap::mel_words(&tune.span.mel)
        )
    };
    format!("{} · {zoom}", tune.summary())
}

/// How much the mask takes, here and in the dataset, and how far the threshold lies below the peak: for the settings.
pub(super) fn mask_words(folder: &Folder) -> Vec<String> {
    let (tune, threshold) = (&folder.tune, folder.settings.if_threshold);
    let mut lines = Vec::new();
    if let Some(share) = tune.masked_here() {
        lines.push(format!("masked {} here", percent(share)));
    }
    if let Some(share) = &tune.share {
        let so_far = match share.n_files + share.n_skipped {
            n if n == share.n_total => String::new(),
            n => format!(" ({n} of {} files so far)", share.n_total),
        };
        lines
            .push(format!("masked {} in the dataset{so_far}", percent(share.powers.masked_share(threshold))));
    }
    if let (true, Some(preview)) = (threshold > 0.0, tune.drawn()) {
        let below = preview.parts().iter().flat_map(|part| &part.levels);
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
