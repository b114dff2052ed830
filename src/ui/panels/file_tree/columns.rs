//! The columns beside the names: their heads, and what they say of each file.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align2, FontId, PopupCloseBehavior, Rangef, Rect, Ui, pos2};

use crate::in_words;
use crate::ui::number_text::percent_text;
use crate::ui::session::browse::{BrowseOptions, TreeColumns};
use crate::ui::session::command::Command;
use crate::ui::session::file::File;
use crate::ui::theme::Tone;

/// The size of the letters in columns and heads, in points.
pub(super) const FONT_PT: f32 = 11.0;

/// The place that is left to the name at least, in points.
const NAME_WIDTH_MIN: f32 = 100.0;

/// The room between two columns, in points.
const GAP: f32 = 6.0;

/// The height of the heads: a title, and the unit below it.
pub(super) const HEAD_HEIGHT: f32 = 28.0;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeColumn {
    Waveform,
    Length,
    Peak,
    Masked,
    Findings,
}

impl TreeColumn {
    /// Every column, from left to right.
    pub(super) const ALL: [Self; 5] =
        [Self::Waveform, Self::Length, Self::Peak, Self::Masked, Self::Findings];

    /// Its title, with the unit of its numbers.
    fn head(self) -> (&'static str, &'static str) {
        match self {
            Self::Waveform => ("Waveform", ""),
            Self::Length => ("Length", "s or m:s"),
            Self::Peak => ("Peak", "dBFS"),
            Self::Masked => ("Masked", "%"),
            Self::Findings => ("Findings", "number"),
        }
    }

    /// What it says of `file`, in words; `None` where that is not known.
    pub(super) fn words(self, file: &File) -> Option<String> {
        let (title, unit) = self.head();
        let text = self.text(file);
        let unit = if self == Self::Length || self == Self::Findings { "" } else { unit };
        (!text.is_empty()).then(|| format!("{title} {text} {unit}").trim_end().to_owned())
    }

    fn help(self) -> &'static str {
        match self {
            Self::Waveform => {
                "The outline of each recording, as high as its peak, and the brighter the louder it is"
            }
            Self::Length => "How long each recording is, in seconds, or in minutes and seconds",
            Self::Peak => "The largest sample of each recording, in decibels below full scale",
            Self::Masked => "How much of each recording lies below the mask threshold, in percent",
            Self::Findings => "How much the audit found about each recording; empty before the first audit",
        }
    }

    fn width(self) -> f32 {
        match self {
            Self::Waveform => 48.0,
            Self::Length | Self::Findings => 45.0,
            Self::Peak => 34.0,
            Self::Masked => 40.0,
        }
    }

    fn shown(self, columns: &mut TreeColumns) -> &mut bool {
        match self {
            Self::Waveform => &mut columns.waveform,
            Self::Length => &mut columns.length,
            Self::Peak => &mut columns.peak,
            Self::Masked => &mut columns.masked,
            Self::Findings => &mut columns.findings,
        }
    }

    /// What it says of `file`; empty where that is not known.
    pub(super) fn text(self, file: &File) -> String {
        let text = match self {
            Self::Waveform => None,
            Self::Length => file.duration_s().map(in_words::position),
            Self::Peak => {
                file.peak().filter(|peak| *peak > 0.0).map(|peak| format!("{:.1}", 20.0 * peak.log10()))
            }
            Self::Masked => file.masked_share.map(percent_text),
            Self::Findings => file.audited.map(|audited| match audited.n_findings.iter().sum::<u32>() {
                0 => "–".into(),
                n => n.to_string(),
            }),
        };
        // The unit stands in the head.
        text.map(|text| text.trim_end_matches(['s', '%']).trim_end().to_owned()).unwrap_or_default()
    }
}

/// The columns that have room, each with where it begins and ends in x.
#[derive(Debug, Clone)]
pub(super) struct ColumnPlaces {
    places: Vec<(TreeColumn, Rangef)>,
    /// Where names end.
    pub(super) name_end: f32,
}

impl ColumnPlaces {
    /// Puts the columns that are chosen at the right of `x`, as many as leave the names room.
    pub(super) fn new(options: BrowseOptions, x: Rangef) -> Self {
        let mut columns = options.columns;
        let chosen = TreeColumn::ALL.into_iter().filter(|column| *column.shown(&mut columns));
        let mut n_used = 0.0;
        let fitting: Vec<TreeColumn> = chosen
            .take_while(|column| {
                n_used += column.width() + GAP;
                x.span() - n_used >= NAME_WIDTH_MIN
            })
            .collect();
        let mut end = x.max;
        let mut places = Vec::new();
        for column in fitting.into_iter().rev() {
            places.push((column, Rangef::new(end - column.width(), end)));
            end -= column.width() + GAP;
        }
        places.reverse();
        Self { places, name_end: end }
    }

    /// The columns from left to right.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TreeColumn, Rangef)> {
        self.places.iter().copied()
    }

    /// True when there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Draws the heads in `rect`.
pub(super) fn heads_ui(ui: &Ui, rect: Rect, places: &ColumnPlaces) {
    let font = FontId::proportional(FONT_PT);
    let color = Tone::Weak.color(ui);
    for (column, x) in places.iter() {
        let (title, unit) = column.head();
        let painter = ui.painter();
        let head = Rect::from_x_y_ranges(x, rect.y_range());
        painter.text(pos2(x.max, rect.top()), Align2::RIGHT_TOP, title, font.clone(), color);
        painter.text(pos2(x.max, rect.bottom()), Align2::RIGHT_BOTTOM, unit, font.clone(), color);
        let response = ui.interact(head, ui.scope_id().with(title), egui::Sense::hover());
        response.on_hover_text(column.help());
    }
}

/// The menu that chooses the columns, for a tree that is `width` points wide.
pub(super) fn menu_ui(ui: &mut Ui, options: BrowseOptions, width: f32, commands: &mut Vec<Command>) {
    let n_shown = ColumnPlaces::new(options, Rangef::new(0.0, width)).places.len();
    // It stays open: whoever chooses one column often chooses another.
    let stays = MenuConfig::default().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (button, _) = MenuButton::new("Columns").config(stays).ui(ui, |ui| {
        for column in TreeColumn::ALL {
            let mut changed = options;
            let (title, _) = column.head();
            let checkbox = ui.checkbox(column.shown(&mut changed.columns), title);
            if checkbox.on_hover_text(column.help()).changed() {
                commands.push(Command::SetBrowseOptions(changed));
            }
        }
        let mut columns = options.columns;
        let n_chosen = TreeColumn::ALL.into_iter().filter(|column| *column.shown(&mut columns)).count();
        let hint = if n_shown < n_chosen { "Widen the list to see all of them." } else { "" };
        let text = Tone::Weak.text(ui, hint);
        ui.label(text);
    });
    button.on_hover_text("Choose what stands beside the names");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_way_before_names_do() {
        let mut options = BrowseOptions::default();
        for column in TreeColumn::ALL {
            *column.shown(&mut options.columns) = true;
        }
        for width in 0..500_u16 {
            let x = Rangef::new(10.0, 10.0 + f32::from(width));
            let places = ColumnPlaces::new(options, x);
            assert!(places.is_empty() || places.name_end - x.min >= NAME_WIDTH_MIN, "{width}");
            let ends: Vec<f32> = places.iter().map(|(_, x)| x.max).collect();
            assert!(ends.is_sorted() && ends.last().is_none_or(|end| *end == x.max), "{width}");
        }
        let wide = ColumnPlaces::new(options, Rangef::new(0.0, 500.0));
        assert_eq!(wide.iter().count(), TreeColumn::ALL.len());
    }
}
