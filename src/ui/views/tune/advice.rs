//! The advice on the mask's threshold: the curve of coherence and the proposals in the histogram, and the row below it with the button that
//! takes the one for the set.

use egui::accesskit::Role;
use egui::{Align, Button, Color32, Label, Layout, Rect, Sense, Ui, UiBuilder, WidgetInfo};
use egui_plot::{Line, LineStyle, PlotUi, VLine};

use super::model::Tune;
use crate::in_words;
use crate::pipeline::advice::{SetAdvice, ThresholdAdvice, Verdict};
use crate::settings::table::IF_THRESHOLD;
use crate::ui::number_text::{level_text, to_three_digits};
use crate::ui::session::command::Command;
use crate::ui::session::decibels::Decibels;
use crate::ui::theme::{SMALLEST_TEXT, Tone};

/// Height of the row below the histogram, which has its place whether there is advice or not.
pub(super) const ROW_HEIGHT: f32 = 30.0;

/// Size of the button, which is the same whatever it says.
const BUTTON_SIZE: [f32; 2] = [96.0, 22.0];

/// Width around a marker in which the pointer is told its reason, in points.
const MARKER_REACH: f32 = 8.0;

/// The advice that is drawn: for what is shown, and for the set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn<'a> {
    file: Option<&'a ThresholdAdvice>,
    set: Option<&'a SetAdvice>,
    so_far: Option<&'a SetAdvice>,
}

impl<'a> Drawn<'a> {
    /// The advice to draw beside what `tune` shows; a variant has none of its own.
    pub(super) fn of(tune: &'a Tune, is_variant: bool) -> Self {
        let path = tune.shown.as_ref().map(|shown| shown.subject.path()).filter(|_| !is_variant);
        Self {
            file: path.and_then(|path| tune.advice.of_file(path)),
            set: tune.advice.of_set(),
            so_far: tune.advice.set.as_ref(),
        }
    }

    /// The proposals that have a place on the axis, with the words for each.
    fn markers(&self, decibels: Decibels) -> Vec<(f64, String)> {
        let of_file = self.file.map(|advice| ("this file", advice));
        let of_set = self.set.map(|advice| ("the set", &advice.whole));
        let markers = of_file.into_iter().chain(of_set).filter_map(|(whose, advice)| {
            let db = decibels.of(advice.threshold.filter(|threshold| *threshold > 0.0)?);
            Some((db, format!("Proposed threshold for {whose}, {}: {}", level_text(db), advice.reason())))
        });
        markers.collect()
    }

    /// Draws curve and proposals in the plot of the histogram, whose axis reaches from `low` to `high` and up to `most`.
    pub(super) fn plot(
        &self,
        plot: &mut PlotUi<'_>,
        color: Color32,
        decibels: Decibels,
        [low, high, most]: [f64; 3],
    ) {
        if let Some(advice) = self.file {
            let points = advice
                .curve
                .iter()
                .map(|point| [point.level_db - decibels.zero_db(), point.coherence.max(0.0) * most]);
            let points: Vec<[f64; 2]> = points.filter(|[db, _]| (low..=high).contains(db)).collect();
            plot.line(Line::new("coherence", points).color(color).width(1.5));
        }
        for (db, words) in self.markers(decibels) {
            plot.vline(VLine::new(words, db).color(color).width(1.5).style(LineStyle::dashed_dense()));
        }
    }

    /// Tells what the proposals in the plot are and why, under the pointer and to who does not see them. `x_of` gives the
    /// place of a level.
    pub(super) fn markers_ui(&self, ui: &Ui, decibels: Decibels, rect: Rect, x_of: impl Fn(f64) -> f32) {
        for (n, (db, words)) in self.markers(decibels).into_iter().enumerate() {
            let x = x_of(db);
            if !rect.x_range().contains(x) {
                continue;
            }
            let reach = x - MARKER_REACH / 2.0..=x + MARKER_REACH / 2.0;
            let place = Rect::from_x_y_ranges(reach, rect.y_range());
            let response = ui.interact(place, ui.scope_id().with(("proposal", n)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
            response.on_hover_text(words);
        }
    }
}

/// Draws the row: the button that takes the proposal for the set, and both proposals in words.
pub(super) fn row_ui(
    ui: &mut Ui,
    place: Rect,
    tune: &Tune,
    [is_free, is_variant]: [bool; 2],
    threshold: f64,
    commands: &mut Vec<Command>,
) {
    let (drawn, decibels) = (&Drawn::of(tune, is_variant), tune.levels.decibels);
    let proposed = drawn.set.and_then(|advice| advice.whole.threshold).map(to_three_digits);
    let lines = row_lines(drawn, decibels);
    let builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        let text = match proposed {
            Some(0.0) => "Use no mask".to_owned(),
            Some(proposed) => format!("Use {}", level_text(decibels.of(proposed))),
            None if drawn.set.is_some() => "No proposal".into(),
            None => "Use …".into(),
        };
        let can_take = is_free && proposed.is_some_and(|proposed| proposed != threshold);
        let button = Button::new(text).min_size(BUTTON_SIZE.into());
        let response = ui.add_enabled(can_take, button);
        let reason = drawn.set.map_or_else(
            || "The threshold that the set's coherence proposes, once every file was read".to_owned(),
            |advice| format!("Sets the mask's threshold for the set. {}", advice.whole.reason()),
        );
        if response.on_hover_text(&reason).on_disabled_hover_text(&reason).clicked()
            && let Some(proposed) = proposed
        {
            commands.push(Command::ChangeSetting { key: IF_THRESHOLD.key, text: format!("{proposed:e}") });
        }
        let hint = hint(drawn, &lines);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for line in &lines {
                let text = Tone::Weak.text(ui, line).size(SMALLEST_TEXT);
                ui.add(Label::new(text).truncate()).on_hover_text(&hint);
            }
        });
    });
}

/// Both proposals: "this file −48 dB" and "set −52 dB, files from −60 to −45 dB".
fn row_lines(drawn: &Drawn<'_>, decibels: Decibels) -> [String; 2] {
    let of_file = drawn.file.map(|advice| format!("this file {}", proposal_text(advice, decibels)));
    let of_set = match (drawn.set, drawn.so_far) {
        (Some(advice), _) => {
            // One file has no range.
            let quartiles = advice.threshold_quartiles.filter(|_| advice.n_with_threshold > 1);
            let spread = quartiles.map_or_else(String::new, |[low, _, high]| {
                let [low, high] = [low, high].map(|power| level_text(decibels.of(power)));
                format!(", files from {} to {high}", low.trim_end_matches(" dB"))
            });
            format!("set {}{spread}", proposal_text(&advice.whole, decibels))
        }
        (None, Some(so_far)) => {
            format!("set: {} of {} read", so_far.n_read(), in_words::count(so_far.n_total as u64, "file"))
        }
        (None, None) => String::new(),
    };
    [of_file.unwrap_or_default(), of_set]
}

fn proposal_text(advice: &ThresholdAdvice, decibels: Decibels) -> String {
    match (advice.verdict, advice.threshold) {
        (Verdict::Threshold, Some(threshold)) => level_text(decibels.of(threshold)),
        (Verdict::NoMaskNeeded, _) => "needs no mask".into(),
        (Verdict::Noise | Verdict::ValuesCancel, _) => "gains nothing from IF".into(),
        _ => "too little sound".into(),
    }
}

/// What the words mean, and why.
fn hint(drawn: &Drawn<'_>, row: &[String; 2]) -> String {
    let mut lines = vec![row.join("\n")];
    if let Some(advice) = drawn.file {
        lines.push(format!("This file: {}", advice.reason()));
    }
    if let Some(advice) = drawn.set {
        lines.push(format!("Set: {} Half of the files lie within the range.", advice.whole.reason()));
    }
    lines.push(
        "The green curve in the histogram is the coherence: how much steadier instantaneous frequency is at each level than \
         that of noise, from 0 at the bottom, which is noise, to 1."
            .into(),
    );
    lines.join("\n\n")
}
