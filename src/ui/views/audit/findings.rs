//! Below the table: what was found in the selected file, the picture of one finding, and the charts.

use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Sense, Ui, vec2};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::model::Found;
use super::{charts, moment};
use crate::audio::tags::Tags;
use crate::audit::{FileAudit, Finding};
use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::theme::{self, Tone};
use crate::ui::views::tune;
use crate::ui::widgets::icons;
use crate::ui::widgets::name_label::name_ui;

/// Size of a chart in points: its width is this share of the view, within these ends.
const CHART_SHARE: f32 = 0.125;
const CHART_WIDTHS: [f32; 2] = [140.0, 300.0];
const CHART_HEIGHTS: [f32; 2] = [110.0, 220.0];

/// Where the view is narrower than this, in points, the charts are only in the pane of folders.
const WIDTH_WITH_CHARTS: f32 = 980.0;

/// Width of the picture of a finding: this share of the view, within these ends.
const PICTURE_SHARE: f32 = 0.27;
const PICTURE_WIDTHS: [f32; 2] = [220.0, 640.0];

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let PaneInputs { folder, found, .. } = *inputs;
    let size = ui.available_size();
    let within = |share: f32, [least, most]: [f32; 2]| (size.x * share).clamp(least, most);
    let gap = ui.spacing().item_spacing.x;
    let charts = if size.x < WIDTH_WITH_CHARTS { &[] } else { found.charts() };
    let chart_width = within(CHART_SHARE, CHART_WIDTHS);
    let charts_width = charts.len() as f32 * (chart_width + gap) + 2.0 * gap;
    let row = found.selected_row(&folder.files);
    let findings = row.map(|row| found.report().findings_of(row as usize)).unwrap_or_default();
    let picture_width = within(PICTURE_SHARE, PICTURE_WIDTHS);
    ui.horizontal_top(|ui| {
        let width = (size.x - charts_width - picture_width - 3.0 * gap).max(200.0);
        column_ui(ui, width, size.y, |ui| {
            ScrollArea::vertical().id_salt("audit-findings").auto_shrink(false).show(ui, |ui| {
                list_ui(ui, found, row, &findings, own);
                set_ui(ui, found);
            });
        });
        column_ui(ui, picture_width, size.y, |ui| {
            if let Some(row) = row {
                let (file, _) = found.file(row);
                let finding = findings.get(found.finding_of(row)).copied();
                picture_ui(ui, inputs, file, finding, own, commands);
            }
        });
        let [least, most] = CHART_HEIGHTS;
        for chart in charts {
            charts::ui(ui, chart, found, vec2(chart_width, size.y.clamp(least, most)), own);
        }
    });
}

fn column_ui(ui: &mut Ui, width: f32, height: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, height), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// Draws what was found in the file of `row`: a click on a finding shows its picture.
fn list_ui(ui: &mut Ui, found: &Found, row: Option<u32>, findings: &[&Finding], own: &mut Vec<AuditCommand>) {
    let Some(row) = row else {
        let text = Tone::Weak
            .text(ui, "Select a file with the mouse or with Up and Down to read what was found in it.");
        ui.label(text);
        return;
    };
    let (file, _) = found.file(row);
    name_ui(ui, &file.path.to_string(), RichText::strong);
    if let Some(tags) = file.measurements().and_then(|measured| measured.tags.as_deref()) {
        let text = Tone::Weak.text(ui, tags_text(tags));
        ui.label(text).on_hover_text("What was written into the file. The filter finds it as well");
    }
    if found.report().is_excluded(row as usize) {
        let text = Tone::Weak.text(ui, "It is left out: nothing of it counts. K takes it back.");
        ui.label(text);
    }
    if findings.is_empty() {
        let text = Tone::Good.text(ui, "Nothing was found that speaks against it.");
        ui.label(text);
    }
    let chosen = found.finding_of(row);
    for (place, finding) in findings.iter().enumerate() {
        let is_chosen = place == chosen && findings.len() > 1;
        if finding_ui(ui, finding, is_chosen) {
            own.push(AuditCommand::SelectFinding(place));
        }
    }
}

/// "title: Rain · artist: Somebody · tempo: 97.5 beats per minute".
fn tags_text(tags: &Tags) -> String {
    let texts = tags.texts().into_iter();
    let mut parts: Vec<String> =
        texts.filter_map(|(name, text)| Some(format!("{name}: {}", display_text(text?)))).collect();
    parts.extend(tags.tempo_bpm.map(|bpm| format!("tempo: {bpm} beats per minute")));
    parts.extend(
        tags.time_reference.map(|samples| format!("time reference: {samples} samples since midnight")),
    );
    parts.join(" · ")
}

/// Draws what only the whole set shows, and names no file.
pub(super) fn set_ui(ui: &mut Ui, found: &Found) {
    let mut of_set = found.report().of_set.iter().filter(|found| found.files.is_empty()).peekable();
    if of_set.peek().is_some() {
        theme::section_ui(ui, "The set as a whole");
    }
    for found in of_set {
        finding_ui(ui, &found.finding, false);
    }
}

/// Draws what was found, what to do about it, and why it matters. True when its title was clicked.
fn finding_ui(ui: &mut Ui, finding: &Finding, is_chosen: bool) -> bool {
    ui.add_space(4.0);
    let clicked = ui
        .horizontal_wrapped(|ui| {
            icons::severity_icon_ui(ui, finding.severity);
            let tone = icons::severity_tone(finding.severity);
            let title = format!("{}, {}:", finding.check.title(), finding.severity.name());
            let text = tone.text(ui, title).strong();
            let text = if is_chosen { text.underline() } else { text };
            let title = ui.add(Label::new(text).selectable(false).sense(Sense::CLICK));
            let what = ui.add(Label::new(&finding.what).selectable(false).sense(Sense::CLICK));
            let help = "Click to see where it is";
            title.on_hover_text(help).clicked() | what.on_hover_text(help).clicked()
        })
        .inner;
    ui.label(RichText::new(finding.check.advice()).size(15.0).strong());
    let text = Tone::Weak.text(ui, finding.check.why());
    ui.label(text);
    clicked
}

/// Draws the picture of `finding`, and buttons that play it and show it in Tune.
fn picture_ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    file: &FileAudit,
    finding: Option<&Finding>,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let wanted = moment::wanted(inputs.folder, inputs.audit, inputs.found);
    let span = finding.and_then(|finding| finding.span);
    let heard_s = span.map_or_else(
        || wanted.as_ref().map(|wanted| wanted.range_s.clone()),
        |span| Some(moment::heard_s(span)),
    );
    ui.horizontal(|ui| {
        let words = heard_s.as_ref().map_or_else(
            || "Play".to_owned(),
            |range_s| {
                let [start, end] = [range_s.start, range_s.end].map(in_words::position);
                format!("Play {start} to {end}")
            },
        );
        let play = ui.add_enabled(heard_s.is_some(), Button::new(words));
        let help = "Selects this part of the recording and plays it. Space stops it";
        if play.on_hover_text(help).on_disabled_hover_text("It has no sound").clicked() {
            let source = file.file.clone();
            commands.extend(heard_s.clone().map(|range_s| Command::PlayExcerpt { source, range_s }));
        }
        let open = ui.add_enabled(wanted.is_some(), Button::new("In Tune"));
        let help = "Shows the recording in Tune with this part selected";
        if open.on_hover_text(help).on_disabled_hover_text("It has no sound").clicked() {
            commands.extend([Command::SetSelection(span.and(heard_s)), Command::Show(tune::ID)]);
        }
    });
    let size = ui.available_size();
    moment::ui(ui, inputs, wanted.as_ref(), span.as_slice(), size, own);
}
