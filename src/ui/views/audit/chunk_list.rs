//! The chunks that harm, of all files: each can be heard, and left out by hand or by a rule.

use egui::accesskit::Role;
use egui::{Align, Checkbox, Label, Layout, Panel, ScrollArea, Sense, TextStyle, Ui, WidgetInfo};
use egui_extras::{Column as Width, TableBuilder};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::model::Found;
use super::moment;
use crate::audit::{ChunkFlaw, ChunkRun, TimeSpan};
use crate::in_words;
use crate::settings::table::{EXCLUDE_CHUNKS_PADDING, EXCLUDE_CHUNKS_QUIETER, TRIM_SILENCE};
use crate::settings::{ChunkRange, Setting, Settings, amplitude};
use crate::ui::fonts::display_text;
use crate::ui::number_text::{decibel_text, percent_text};
use crate::ui::session::chunk_exclusions::has_all;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// What the rules are set to when they are ticked.
const OFFERED_DBFS: f64 = -60.0;
const OFFERED_PADDING: f64 = 0.5;

/// The columns: title, unit, and width in points. Names take what the others leave.
const COLUMNS: [(&str, &str, f32); 7] = [
    ("Leave out", "", 62.0),
    ("Name", "", 160.0),
    ("Chunks", "from 0", 84.0),
    ("From", "s or m:s", 62.0),
    ("To", "s or m:s", 62.0),
    ("Peak", "dBFS", 52.0),
    ("Why", "", 180.0),
];
const NAME: usize = 1;
/// Columns of numbers.
const NUMBERS: std::ops::Range<usize> = 2..6;

/// Height of the waveform below the table in points.
const PICTURE_HEIGHT: f32 = 150.0;
const PICTURE_HEIGHT_MIN: f32 = 70.0;
const TABLE_HEIGHT_MIN: f32 = 120.0;

const HEADER_HEIGHT: f32 = 34.0;
const COLUMN_GAP: f32 = 5.0;
const SCROLL_BAR_WIDTH: f32 = 12.0;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let PaneInputs { folder, audit, found, .. } = *inputs;
    rules_ui(ui, folder, found, commands);
    ui.separator();
    if found.n_chunk_runs() == 0 {
        let text = Tone::Good.text(ui, "No chunk is silent, too quiet, clipped or mostly padding.");
        ui.label(text);
        return;
    }
    let most = (ui.available_height() - TABLE_HEIGHT_MIN).max(PICTURE_HEIGHT_MIN);
    Panel::bottom("audit-chunks-picture")
        .resizable(true)
        .default_size(PICTURE_HEIGHT.min(most))
        .size_range(PICTURE_HEIGHT_MIN..=most)
        .show(ui, |ui| {
            let wanted = moment::wanted(folder, audit, found);
            let spans = harmful_spans(folder, found);
            let size = ui.available_size();
            moment::ui(ui, inputs, wanted.as_ref(), &spans, size, own);
        });
    table_ui(ui, folder, found, commands);
}

/// Where the chunks of the selected file that harm are.
fn harmful_spans(folder: &Folder, found: &Found) -> Vec<TimeSpan> {
    let row = found.selected_row(&folder.files);
    let measured = row.and_then(|row| found.file(row).0.measurements());
    measured.map_or_else(Vec::new, |measured| measured.harmful_chunks.iter().map(|run| run.span).collect())
}

fn rules_ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let settings = &folder.settings;
    ui.horizontal_wrapped(|ui| {
        ui.label("Leave out every chunk that is");
        let dbfs = settings.exclude_chunks_quieter_dbfs;
        let level = dbfs.unwrap_or(OFFERED_DBFS);
        let n =
            found.chunk_runs().filter(|(_, _, run)| is_quieter(run, level)).map(|(_, _, run)| run.n).sum();
        let label = format!("quieter than {} dBFS peak ({})", decibel_text(level), chunks(n));
        rule_ui(ui, folder, &EXCLUDE_CHUNKS_QUIETER, (dbfs, OFFERED_DBFS), &label, commands);
        let share = settings.exclude_chunks_padding;
        let most = share.unwrap_or(OFFERED_PADDING);
        let n = found.n_padded(most);
        let label = format!("more than {} padding ({})", percent_text(most), chunks(n));
        rule_ui(ui, folder, &EXCLUDE_CHUNKS_PADDING, (share, OFFERED_PADDING), &label, commands);
    });
    ui.horizontal_wrapped(|ui| {
        let dbfs = settings.trim_silence_dbfs;
        let level = decibel_text(dbfs.unwrap_or(OFFERED_DBFS));
        let label = format!("Trim what is below {level} dBFS before the first and after the last sound");
        rule_ui(ui, folder, &TRIM_SILENCE, (dbfs, OFFERED_DBFS), &label, commands);
        let words = if settings.may_leave_out() { "Can be undone; the files stay as they are" } else { "" };
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    });
}

fn chunks(n: u64) -> String {
    in_words::count(n, "chunk")
}

/// A rule that is on or off; `value` is what it is set to, and what it is set to when it is switched on.
fn rule_ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    (value, offered): (Option<f64>, f64),
    label: &str,
    commands: &mut Vec<Command>,
) {
    let mut is_on = value.is_some();
    let checkbox = ui.add_enabled(folder.task.is_none(), Checkbox::new(&mut is_on, label));
    let help = format!("{} Another number: in the settings, “{}”.", setting.help, setting.label);
    if checkbox.on_hover_text(help).changed() {
        let text = if is_on { offered.to_string() } else { "off".into() };
        commands.push(Command::ChangeSetting { key: setting.key, text });
    }
}

fn table_ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let needed: f32 = COLUMNS.iter().map(|(_, _, width)| width + COLUMN_GAP).sum();
    let spare = (ui.available_width() - needed - SCROLL_BAR_WIDTH).max(0.0);
    ScrollArea::horizontal().id_salt("chunks-wide").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        let row_height = ui.spacing().interact_size.y;
        let mut table = TableBuilder::new(ui)
            .id_salt("audit-chunks")
            .striped(true)
            .sense(Sense::click())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .cell_layout(Layout::left_to_right(Align::Center));
        for (number, (_, _, width)) in COLUMNS.iter().enumerate() {
            let spare = if number == NAME { spare } else { 0.0 };
            table = table.column(Width::exact(width + spare).clip(true));
        }
        let header = |ui: &mut Ui, title: &str, unit: &str| {
            let font = TextStyle::Small.resolve(ui.style());
            let text = Tone::Weak.text(ui, format!("{title}\n{unit}")).font(font);
            ui.add(Label::new(text).selectable(false).extend());
        };
        table
            .header(HEADER_HEIGHT, |mut row| {
                for (place, (title, unit, _)) in COLUMNS.into_iter().enumerate() {
                    row.col(|ui| cell_ui(ui, place, |ui| header(ui, title, unit)));
                }
            })
            .body(|body| {
                body.rows(row_height, found.n_chunk_runs(), |mut table_row| {
                    let (file, number, run) = found.chunk_run(table_row.index());
                    let is_selected = number.is_some() && number == folder.files.selected();
                    table_row.set_selected(is_selected);
                    let row = Row { name: file.path.to_string(), run, chunks: run.of(&file.path) };
                    let mut is_clicked = false;
                    table_row.col(|ui| leave_out_ui(ui, folder, &row, commands));
                    table_row.col(|ui| is_clicked = name_ui(ui, is_selected, &row));
                    for (place, text) in (NAME + 1..).zip(row.cells()) {
                        table_row.col(|ui| {
                            cell_ui(ui, place, |ui| {
                                ui.add(Label::new(text).selectable(false).truncate());
                            });
                        });
                    }
                    if is_clicked || table_row.response().clicked() {
                        commands.extend(number.map(Command::Select));
                        let range_s = run.span.start_s..run.span.end_s;
                        commands.push(Command::PlayExcerpt { source: file.file.clone(), range_s });
                    }
                });
            });
    });
}

/// Draws a cell or its head: words at the left of their column, numbers at the right.
fn cell_ui(ui: &mut Ui, place: usize, add: impl FnOnce(&mut Ui)) {
    if NUMBERS.contains(&place) {
        ui.with_layout(Layout::right_to_left(Align::Center), add);
    } else {
        add(ui);
    }
}

/// A run of chunks as it is shown.
struct Row<'a> {
    name: String,
    run: &'a ChunkRun,
    /// The entry of the settings that leaves them out.
    chunks: Option<ChunkRange>,
}

impl Row<'_> {
    /// The numbers without a path: "3" or "3–17".
    fn numbers(&self) -> String {
        match self.run.n {
            1 => self.run.first.to_string(),
            n => format!("{}–{}", self.run.first, self.run.first + n - 1),
        }
    }

    fn cells(&self) -> [String; 5] {
        let run = self.run;
        let peak = match run.peak {
            peak if peak > 0.0 => decibel_text(20.0 * f64::from(peak).log10()),
            _ => "–".into(),
        };
        let why = match run.flaw {
            ChunkFlaw::Padding => format!("{} padding", percent_text(run.padding_share.into())),
            flaw => flaw.words().into(),
        };
        let [start, end] = [run.span.start_s, run.span.end_s].map(in_words::position);
        [self.numbers(), start, end, peak, why]
    }
}

fn leave_out_ui(ui: &mut Ui, folder: &Folder, row: &Row<'_>, commands: &mut Vec<Command>) {
    let Some(chunks) = &row.chunks else { return };
    let by_rule = is_left_out_by_rule(row.run, &folder.settings);
    let mut is_left_out = by_rule || has_all(&folder.settings.exclude_chunks, chunks);
    let is_free = !by_rule && folder.task.is_none();
    let checkbox = ui.add_enabled(is_free, Checkbox::without_text(&mut is_left_out));
    let label = format!("Leave out chunk {} of {}", row.numbers(), row.name);
    checkbox.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_free, is_left_out, &label));
    let hint = "A build makes no tensor of it; the other chunks stay as they are";
    let why_not = "The rule above leaves it out, or a build is running";
    if checkbox.on_hover_text(hint).on_disabled_hover_text(why_not).changed() {
        commands.push(Command::LeaveOutChunks { chunks: chunks.clone(), is_left_out });
    }
}

/// Draws the name; true when it is clicked.
fn name_ui(ui: &mut Ui, is_selected: bool, row: &Row<'_>) -> bool {
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
    let label = ui.selectable_label(is_selected, display_text(&row.name));
    let words = format!("Play chunk {} of {}", row.numbers(), row.name);
    label.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &words));
    label.on_hover_text("Selects the file and plays this part of it").clicked()
}

/// True where the rules in `settings` leave out all of a run.
fn is_left_out_by_rule(run: &ChunkRun, settings: &Settings) -> bool {
    let is_quiet = settings.exclude_chunks_quieter_dbfs.is_some_and(|dbfs| is_quieter(run, dbfs));
    let is_padding = settings.exclude_chunks_padding.is_some_and(|most| f64::from(run.padding_share) > most);
    is_quiet || (is_padding && run.n == 1)
}

/// True where every chunk of a run has its peak below `dbfs`.
fn is_quieter(run: &ChunkRun, dbfs: f64) -> bool {
    matches!(run.flaw, ChunkFlaw::Silent | ChunkFlaw::Quiet) && f64::from(run.peak) < amplitude(dbfs)
}
