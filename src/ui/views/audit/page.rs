//! The drawing of the Audit view: the page before a result, and the verdict with what can be done about it.

use egui::{Button, FontId, Key, Modifiers, Panel, ProgressBar, RichText, ScrollArea, Ui, vec2};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::model::{Audit, Found};
use super::pane::AuditPane;
use super::tabs::tabs_ui;
use super::{chips, chunk_list, export, findings, folders, map, proposals, table};
use crate::audit::table::Filter;
use crate::in_words;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::Task;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::place::Place;

/// Height of what stands below the table before anybody drags its edge.
const DETAILS_HEIGHT: f32 = 236.0;
/// The least of it: a finding fits in.
const DETAILS_HEIGHT_MIN: f32 = 104.0;
/// The least that the table keeps: its head and some rows.
const TABLE_HEIGHT_MIN: f32 = 150.0;

/// Where less than this is left below the verdict, in points, kinds of findings are in one line that scrolls.
const LOW_HEIGHT: f32 = 400.0;

/// Size of the verdict's letters, and the width below which it has room for three lines instead of two, in points.
const VERDICT_PT: f32 = 15.0;
const VERDICT_NARROW: f32 = 1000.0;

/// Rows that a page key moves by.
const PAGE_ROWS: isize = 12;

/// Draws the page before there is a result.
pub(super) fn start_ui(
    ui: &mut Ui,
    folder: &Folder,
    audit: &Audit,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    theme::heading_ui(ui, "Audit");
    ui.label(
        "An audit measures every recording once and says whether they are fit to train on, what is wrong with which, and \
         what to do about it. Recordings are only read.",
    );
    ui.add_space(10.0);
    problem_ui(ui, audit);
    match &folder.audit_task {
        Some(task) => running_ui(ui, task, commands),
        None if folder.is_reading => {
            let text = Tone::Weak.text(ui, "The audit begins when the headers of all files are read…");
            ui.label(text);
        }
        None => {
            let button = Button::new(RichText::new("Audit the folder").size(20.0).strong());
            ui.add_enabled_ui(folder.task.is_none(), |ui| {
                let button = ui.add_sized([220.0, 48.0], button);
                let hint = "Measures every recording; what was measured once is known the next time";
                let busy = "A build or check is running: wait for its end, or cancel it";
                if button.on_hover_text(hint).on_disabled_hover_text(busy).clicked() {
                    own.push(AuditCommand::Start);
                }
            });
        }
    }
    Place::Verdict.mark(ui, ui.min_rect());
}

fn running_ui(ui: &mut Ui, task: &Task, commands: &mut Vec<Command>) {
    ui.label(task.text());
    let share = task.share();
    ui.add(ProgressBar::new(share).desired_width(420.0).text(format!("{:.0} %", share * 100.0)));
    ui.add_space(6.0);
    let button = Button::new("Cancel audit").min_size(vec2(120.0, 32.0));
    if ui.add_enabled(!task.is_cancelling, button).on_hover_text("Stops within a moment").clicked() {
        commands.push(Command::Cancel);
    }
}

fn problem_ui(ui: &mut Ui, audit: &Audit) {
    if let Some(problem) = &audit.problem {
        let text = Tone::Bad.text(ui, problem);
        ui.label(text);
    }
    for warning in &audit.warnings {
        let text = Tone::Warning.text(ui, warning);
        ui.label(text);
    }
}

/// Draws a result: the verdict with what can be done about it, and the pane that is shown.
pub(super) fn found_ui(
    ui: &mut Ui,
    inputs: &PaneInputs<'_>,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let PaneInputs { folder, audit, found, .. } = *inputs;
    verdict_ui(ui, inputs, commands);
    problem_ui(ui, audit);
    stale_ui(ui, folder, found, own);
    proposals::ui(ui, folder, found, commands);
    ui.add_space(2.0);
    tools_ui(ui, inputs, own);
    export::exported_ui(ui, audit, own, commands);
    ui.separator();
    match audit.pane {
        AuditPane::Files => files_ui(ui, inputs, own, commands),
        AuditPane::Chunks => chunk_list::ui(ui, inputs, own, commands),
        AuditPane::Map => map::page::ui(ui, folder, found, &audit.map, own, commands),
        AuditPane::Folders => folders::ui(ui, inputs, own, commands),
    }
}

/// Draws the verdict, or how far the audit is whose first files are shown.
fn verdict_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, commands: &mut Vec<Command>) {
    let PaneInputs { folder, found, .. } = *inputs;
    if let (true, Some(task)) = (found.is_partial(), &folder.audit_task) {
        ui.horizontal_wrapped(|ui| running_ui(ui, task, commands));
        Place::Verdict.mark(ui, ui.min_rect());
        return;
    }
    let verdict = &found.report().verdict;
    let tone = match verdict {
        verdict if !verdict.is_fit() => Tone::Bad,
        verdict if verdict.has_warnings() => Tone::Warning,
        _ => Tone::Good,
    };
    let text = tone.text(ui, &verdict.sentence).size(VERDICT_PT).strong();
    // A verdict that becomes shorter moves nothing below it.
    let n_lines = if ui.available_width() < VERDICT_NARROW { 3.0 } else { 2.0 };
    let height = n_lines * ui.fonts_mut(|fonts| fonts.row_height(&FontId::proportional(VERDICT_PT)));
    ui.vertical(|ui| {
        ui.set_min_height(height);
        let sentence = ui.label(text).on_hover_text(measured_text(found));
        Place::Verdict.mark(ui, sentence.rect);
    });
}

/// Draws the table of files, and below it what was found in the selected one.
fn files_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, own: &mut Vec<AuditCommand>, commands: &mut Vec<Command>) {
    let PaneInputs { folder, found, .. } = *inputs;
    let is_low = ui.available_height() < LOW_HEIGHT;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 3.0);
        if is_low {
            let line = ScrollArea::horizontal().id_salt("audit-checks");
            line.show(ui, |ui| ui.horizontal(|ui| chips::checks_ui(ui, found, own)));
        } else {
            ui.horizontal_wrapped(|ui| chips::checks_ui(ui, found, own));
        }
    });
    let n_rows = arrow_keys(ui);
    if n_rows != 0 {
        own.push(AuditCommand::Move(n_rows));
    }
    let most = (ui.available_height() - TABLE_HEIGHT_MIN).max(DETAILS_HEIGHT_MIN);
    Panel::bottom("audit-details")
        .resizable(true)
        .default_size(DETAILS_HEIGHT.min(most))
        .size_range(DETAILS_HEIGHT_MIN..=most)
        .show(ui, |ui| findings::ui(ui, inputs, own, commands));
    if found.shown().is_empty() {
        nothing_shown_ui(ui, found, own);
    } else {
        table::ui(ui, folder, found, n_rows != 0, own, commands);
    }
}

/// "20 files, 28.7 s; 20 read in 1.2 s".
fn measured_text(found: &Found) -> String {
    let report = found.report();
    format!(
        "{} with {} of sound that can be read. {} measured now in {:.2} s, the others were known from the audit before.",
        in_words::count(report.verdict.n_files, "file"),
        in_words::duration(report.verdict.duration_s),
        in_words::count(report.n_read, "file"),
        report.seconds
    )
}

/// That the result is no longer what an audit would find, and the button for a new one.
fn stale_ui(ui: &mut Ui, folder: &Folder, found: &Found, own: &mut Vec<AuditCommand>) {
    let Some(reason) = found.staleness(&folder.settings) else { return };
    ui.horizontal(|ui| {
        let text = Tone::Warning.text(ui, reason);
        ui.label(text);
        again_ui(ui, folder, own);
    });
}

fn again_ui(ui: &mut Ui, folder: &Folder, own: &mut Vec<AuditCommand>) {
    let is_free = folder.task.is_none() && folder.audit_task.is_none();
    let button = ui.add_enabled(is_free, Button::new("Audit again"));
    let hint = "Measures what has changed, and judges the whole set anew";
    let busy = "Something is running: wait for its end, or cancel it";
    if button.on_hover_text(hint).on_disabled_hover_text(busy).clicked() {
        own.push(AuditCommand::Start);
    }
}

/// The panes, the filters, and the reports.
fn tools_ui(ui: &mut Ui, inputs: &PaneInputs<'_>, own: &mut Vec<AuditCommand>) {
    let PaneInputs { folder, audit, found, .. } = *inputs;
    ui.horizontal_wrapped(|ui| {
        tabs_ui(ui, audit.pane, own);
        ui.separator();
        if audit.pane == AuditPane::Files {
            chips::filter_ui(ui, found, own);
            ui.separator();
        }
        export::menu_ui(ui, folder, audit, own);
        if found.staleness(&folder.settings).is_none() && !found.is_partial() {
            again_ui(ui, folder, own);
        }
    });
}

/// Why the table has no row, and how to see some again.
fn nothing_shown_ui(ui: &mut Ui, found: &Found, own: &mut Vec<AuditCommand>) {
    ui.add_space(8.0);
    ui.label(match found.filter() {
        Filter { text, .. } if !text.is_empty() => "No file passes the filter.",
        _ => "No single file: what was found is about the set as a whole, and stands below.",
    });
    if ui.button("Show all files").clicked() {
        own.push(AuditCommand::ShowAllRows);
    }
}

/// The keys of a list move the selection through the rows, unless a text is being typed.
fn arrow_keys(ui: &Ui) -> isize {
    if ui.ctx().text_edit_focused() {
        return 0;
    }
    let keys = [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, PAGE_ROWS),
        (Key::PageUp, -PAGE_ROWS),
        // Further than there are rows: the selection stays at the ends.
        (Key::End, isize::MAX / 2),
        (Key::Home, isize::MIN / 2),
    ];
    ui.input_mut(|input| {
        let steps = keys.map(|(key, n_rows)| {
            let n_presses = input.count_and_consume_key(Modifiers::NONE, key) as isize;
            n_presses.saturating_mul(n_rows)
        });
        steps.into_iter().fold(0, isize::saturating_add)
    })
}
