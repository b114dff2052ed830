//! Below the table: what was found in the selected file and in the set as a whole, and the charts.

use std::ops::Range;

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use super::charts;
use super::model::Found;
use crate::audit::{Finding, TimeSpan};
use crate::in_words;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::icons;
use crate::ui::widgets::name_label::name_ui;

/// A moment is played with what is around it, this long at least: a flat top of a millisecond is a click that nobody
/// recognises.
const HEARD_MIN_S: f64 = 0.5;

/// Width of a chart in points: this share of the view, within these ends.
const CHART_SHARE: f32 = 0.13;
const CHART_WIDTHS: [f32; 2] = [104.0, 300.0];
/// Height of a chart in points.
const CHART_HEIGHT: f32 = 120.0;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let charts = found.charts();
    let chart_width = (ui.available_width() * CHART_SHARE).clamp(CHART_WIDTHS[0], CHART_WIDTHS[1]);
    let charts_width = charts.len() as f32 * (chart_width + ui.spacing().item_spacing.x) + 12.0;
    ui.horizontal_top(|ui| {
        let width = (ui.available_width() - charts_width).max(200.0);
        let height = ui.available_height();
        ui.allocate_ui_with_layout(egui::vec2(width, height), Layout::top_down(Align::Min), |ui| {
            ui.set_width(width);
            ScrollArea::vertical().id_salt("audit-findings").auto_shrink(false).show(ui, |ui| {
                file_ui(ui, folder, found, commands);
                set_ui(ui, found);
            });
        });
        ui.separator();
        for chart in charts {
            charts::ui(ui, chart, [chart_width, CHART_HEIGHT]);
        }
    });
}

/// Draws what was found in the selected file.
fn file_ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let Some(row) = folder.files.selected().and_then(|number| found.row_of(number)) else {
        let text = Tone::Weak
            .text(ui, "Select a file with the mouse or with Up and Down to read what was found in it.");
        ui.label(text);
        return;
    };
    let (audited, _) = found.file(row);
    let findings = found.report().findings_of(row as usize);
    name_ui(ui, &audited.path.to_string(), RichText::strong);
    if findings.is_empty() {
        let text = Tone::Good.text(ui, "Nothing was found that speaks against it.");
        ui.label(text);
    }
    for finding in findings {
        finding_ui(ui, finding);
        if let Some(span) = finding.span {
            let range_s = heard(span);
            let [start, end] = [range_s.start, range_s.end].map(in_words::position);
            let button = ui.button(format!("Play {start} to {end}"));
            let help = "Selects this part of the recording and plays it. Space stops it; Tune shows it";
            if button.on_hover_text(help).clicked() {
                commands.push(Command::PlayExcerpt { source: audited.file.clone(), range_s });
            }
        }
    }
}

/// Draws what only the whole set shows, and names no file.
fn set_ui(ui: &mut Ui, found: &Found) {
    let mut of_set = found.report().of_set.iter().filter(|found| found.files.is_empty()).peekable();
    if of_set.peek().is_some() {
        theme::section_ui(ui, "The set as a whole");
    }
    for found in of_set {
        finding_ui(ui, &found.finding);
    }
}

/// Draws what was found, why it matters, and what to do.
fn finding_ui(ui: &mut Ui, finding: &Finding) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        icons::severity_icon_ui(ui, finding.severity);
        let tone = icons::severity_tone(finding.severity);
        let title = format!("{}, {}:", finding.check.title(), finding.severity.name());
        let text = tone.text(ui, title).strong();
        ui.label(text);
        ui.label(&finding.what);
    });
    let text = Tone::Weak.text(ui, finding.check.why());
    ui.label(text);
    ui.label(format!("What to do: {}", finding.check.advice()));
}

/// The part that is played of a finding at `span`.
fn heard(span: TimeSpan) -> Range<f64> {
    let missing_s = (HEARD_MIN_S - (span.end_s - span.start_s)).max(0.0);
    let start_s = (span.start_s - missing_s / 2.0).max(0.0);
    start_s..(start_s + HEARD_MIN_S).max(span.end_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_heard_with_what_is_around_it() {
        let heard = |start_s, end_s| heard(TimeSpan { start_s, end_s });
        assert_eq!(heard(1.0, 3.0), 1.0..3.0, "what is long enough is played as it is");
        assert_eq!(heard(2.0, 2.25), 1.875..2.375);
        assert_eq!(heard(0.0, 0.25), 0.0..0.5, "nothing comes before the beginning");
    }
}
