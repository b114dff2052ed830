//! What each folder holds, what is about the set as a whole, and the charts.

use egui::accesskit::Role;
use egui::{Align, Button, Label, Layout, Panel, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, vec2};
use egui_extras::{Column as Width, TableBuilder};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::pane::AuditPane;
use super::{charts, findings};
use crate::audit::table::Filter;
use crate::audit::{FolderSummary, LoudnessRange, Severity, folder_name};
use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::number_text::decibel_text;
use crate::ui::session::command::Command;
use crate::ui::theme::Tone;
use crate::ui::widgets::icons;
use crate::ui::widgets::tick_box::{Tick, tick_box_ui};

/// Size of a chart in points, at least and at most.
const CHART_WIDTHS: [f32; 2] = [180.0, 420.0];
const CHART_HEIGHT: f32 = 170.0;

/// Height in points of what stands below the table, before anybody drags its edge.
const DETAILS_HEIGHT: f32 = 280.0;
const DETAILS_HEIGHT_MIN: f32 = 104.0;
const TABLE_HEIGHT_MIN: f32 = 120.0;

/// The columns: title, unit, and width in points. Names take what the others leave; those from the third on are numbers.
const COLUMNS: [(&str, &str, f32); 8] = [
    ("Use", "", 34.0),
    ("Folder", "", 200.0),
    ("Files", "", 58.0),
    ("Left out", "files", 62.0),
    ("Length", "", 92.0),
    ("Loud", "LUFS", 150.0),
    ("Rate", "kHz", 110.0),
    ("Findings", "files", 130.0),
];
const HEADER_HEIGHT: f32 = 36.0;
const COLUMN_GAP: f32 = 5.0;
const SCROLL_BAR_WIDTH: f32 = 12.0;
const TICK_WIDTH: f32 = 20.0;
/// Between the numbers of the last column but one and the signs beside them.
const FINDINGS_GAP: f32 = 8.0;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let most = (ui.available_height() - TABLE_HEIGHT_MIN).max(DETAILS_HEIGHT_MIN);
    Panel::bottom("audit-set")
        .resizable(true)
        .default_size(DETAILS_HEIGHT.min(most))
        .size_range(DETAILS_HEIGHT_MIN..=most)
        .show(ui, |ui| set_ui(ui, inputs, own));
    table_ui(ui, inputs, own, commands);
}

/// Draws the charts and what is about the set as a whole.
fn set_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, own: &mut Vec<AuditCommand>) {
    let found = inputs.found;
    ScrollArea::vertical().id_salt("audit-set").auto_shrink(false).show(ui, |ui| {
        let n_charts = found.charts().len() as f32;
        let [least, most] = CHART_WIDTHS;
        let width = (ui.available_width() / n_charts - ui.spacing().item_spacing.x).clamp(least, most);
        ui.horizontal_wrapped(|ui| {
            for chart in found.charts() {
                charts::ui(ui, chart, found, vec2(width, CHART_HEIGHT), own);
            }
        });
        findings::set_ui(ui, found);
    });
}

fn table_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, own: &mut Vec<AuditCommand>, commands: &mut Vec<Command>) {
    let needed: f32 = COLUMNS.iter().map(|(_, _, width)| width + COLUMN_GAP).sum();
    let spare = (ui.available_width() - needed - SCROLL_BAR_WIDTH).max(0.0);
    let folders = inputs.found.folders();
    ScrollArea::horizontal().id_salt("folders-wide").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        let row_height = ui.spacing().interact_size.y;
        let mut table = TableBuilder::new(ui)
            .id_salt("audit-folders")
            .striped(true)
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .cell_layout(Layout::left_to_right(Align::Center));
        for (place, (_, _, width)) in COLUMNS.iter().enumerate() {
            let spare = if place == 1 { spare } else { 0.0 };
            table = table.column(Width::exact(width + spare).clip(true));
        }
        table
            .header(HEADER_HEIGHT, |mut header| {
                for (place, (title, unit, _)) in COLUMNS.iter().enumerate() {
                    header.col(|ui| {
                        let font = TextStyle::Small.resolve(ui.style());
                        let text = Tone::Weak.text(ui, format!("{title}\n{unit}")).font(font);
                        if place == COLUMNS.len() - 1 {
                            ui.add_space(FINDINGS_GAP);
                        }
                        cell_ui(ui, place, |ui| ui.add(Label::new(text).selectable(false).extend()));
                    });
                }
            })
            .body(|body| {
                body.rows(row_height, folders.len(), |mut row| {
                    let folder = &folders[row.index()];
                    row.col(|ui| include_ui(ui, inputs, folder, commands));
                    row.col(|ui| name_ui(ui, folder, own));
                    for (place, words) in (2..).zip(cells(folder)) {
                        row.col(|ui| {
                            cell_ui(ui, place, |ui| ui.add(Label::new(words).selectable(false).truncate()));
                        });
                    }
                    row.col(|ui| findings_ui(ui, folder));
                });
            });
    });
}

/// Draws a cell: words at the left of their column, numbers at the right.
fn cell_ui(ui: &mut Ui, place: usize, add: impl FnOnce(&mut Ui) -> egui::Response) {
    if (2..COLUMNS.len() - 1).contains(&place) {
        ui.with_layout(Layout::right_to_left(Align::Center), add);
    } else {
        add(ui);
    }
}

fn name_of(folder: &FolderSummary) -> String {
    folder_name(&folder.folder.to_string()).to_owned()
}

fn include_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, folder: &FolderSummary, commands: &mut Vec<Command>) {
    let (id, rect) = ui.allocate_space(vec2(TICK_WIDTH, ui.available_height()));
    let tick = Tick::of(folder.n_files - folder.n_excluded, folder.n_files);
    // Files that lie in no folder below are left out one by one.
    let is_free = inputs.folder.task.is_none() && !folder.folder.as_bytes().is_empty();
    let name = format!("Include {}", name_of(folder));
    if tick_box_ui(ui, rect, id, tick, is_free, &name).clicked() {
        let is_included = tick != Tick::On;
        commands.push(Command::IncludeFolder { folder: folder.folder.clone(), is_included });
    }
}

/// Draws the name: a click shows the folder's files.
fn name_ui(ui: &mut Ui, folder: &FolderSummary, own: &mut Vec<AuditCommand>) {
    let name = name_of(folder);
    let button = Button::selectable(false, display_text(&name)).truncate().sense(Sense::CLICK);
    let clicked = ui.add(button);
    let words = format!("Show the files of {name}");
    clicked.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    if clicked.on_hover_text(words).clicked() {
        let text = if folder.folder.as_bytes().is_empty() { String::new() } else { format!("{name}/") };
        own.push(AuditCommand::Filter(Filter { text, ..Filter::default() }));
        own.push(AuditCommand::ShowPane(AuditPane::Files));
    }
}

/// The numbers of a folder, from its files to its rates.
fn cells(folder: &FolderSummary) -> [String; 5] {
    let loudness = folder.loudness.map_or_else(
        || "–".into(),
        |LoudnessRange { lowest_lufs, median_lufs, highest_lufs }| {
            let [lowest, median, highest] =
                [lowest_lufs, median_lufs, highest_lufs].map(|lufs| decibel_text(lufs.into()));
            if folder.n_used == 1 { median } else { format!("{median} ({lowest} to {highest})") }
        },
    );
    let rates: Vec<String> =
        folder.sample_rates_hz.iter().map(|hz| (f64::from(*hz) / 1000.0).to_string()).collect();
    [
        folder.n_files.to_string(),
        folder.n_excluded.to_string(),
        in_words::duration(folder.seconds),
        loudness,
        if rates.is_empty() { "–".into() } else { rates.join(", ") },
    ]
}

/// Draws a sign and the number of files for each severity that occurs.
fn findings_ui(ui: &mut Ui, folder: &FolderSummary) {
    ui.add_space(FINDINGS_GAP);
    ui.spacing_mut().item_spacing.x = 3.0;
    for severity in Severity::ALL {
        let n_files = folder.files_with.of(severity);
        if n_files > 0 {
            let words = format!("{} with {}s", in_words::count(n_files, "file"), severity.name());
            icons::severity_icon_ui(ui, severity).on_hover_text(&words);
            let text = icons::severity_tone(severity).text(ui, n_files.to_string());
            ui.add(Label::new(text).selectable(false)).on_hover_text(words);
        }
    }
}
