//! The drawing of the Audit view: the page before a result, and the verdict with what can be done about it.

use egui::accesskit::Role;
use egui::{Button, Key, Modifiers, Panel, ProgressBar, RichText, TextEdit, Ui, WidgetInfo, vec2};

use super::command::{AuditCommand, Format, Pane};
use super::model::{Audit, Found};
use super::{findings, map, table};
use crate::audit::table::Filter;
use crate::audit::{Severity, Verdict};
use crate::in_words;
use crate::settings::{Fix, Setting};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::Task;
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::icons;
use crate::ui::widgets::place::Place;

/// Height of what stands below the table before anybody drags its edge.
const DETAILS_HEIGHT: f32 = 236.0;
/// The least of it: the charts fit in.
const DETAILS_HEIGHT_MIN: f32 = 132.0;

/// Rows that a page key moves by.
const PAGE_ROWS: isize = 12;

/// Files that a hint names.
const NAMED_MAX: usize = 20;

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

pub(super) fn found_ui(
    ui: &mut Ui,
    folder: &Folder,
    audit: &Audit,
    found: &Found,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let verdict = &found.report().verdict;
    let tone = match verdict {
        verdict if !verdict.is_fit() => Tone::Bad,
        verdict if verdict.n_warnings > 0 => Tone::Warning,
        _ => Tone::Good,
    };
    let text = tone.text(ui, &verdict.sentence).size(15.0).strong();
    let sentence = ui.label(text).on_hover_text(measured_text(found));
    Place::Verdict.mark(ui, sentence.rect);
    problem_ui(ui, audit);
    stale_ui(ui, folder, found, own);
    actions_ui(ui, folder, found, commands);
    ui.add_space(2.0);
    panes_ui(ui, audit, own);
    if audit.pane == Pane::Map {
        map::ui(ui, folder, found, &audit.map, own, commands);
        return;
    }
    tools_ui(ui, folder, audit, found, own);
    ui.separator();
    let n_rows = arrow_keys(ui);
    if n_rows != 0 {
        own.push(AuditCommand::Move(n_rows));
    }
    let most = (ui.available_height() - 140.0).max(DETAILS_HEIGHT_MIN);
    Panel::bottom("audit-details")
        .resizable(true)
        .default_size(DETAILS_HEIGHT.min(most))
        .size_range(DETAILS_HEIGHT_MIN..=most)
        .show(ui, |ui| findings::ui(ui, folder, found, commands));
    if found.shown().is_empty() {
        nothing_shown_ui(ui, found, own);
    } else {
        table::ui(ui, folder, found, n_rows != 0, own, commands);
    }
}

/// The tabs of what stands below.
fn panes_ui(ui: &mut Ui, audit: &Audit, own: &mut Vec<AuditCommand>) {
    ui.horizontal(|ui| {
        for pane in Pane::ALL {
            let is_shown = audit.pane == pane;
            let tab = ui.selectable_label(is_shown, pane.name());
            tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, pane.name()));
            if tab.on_hover_text(pane.help()).clicked() {
                own.push(AuditCommand::ShowPane(pane));
            }
        }
    });
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

/// Draws what the verdict proposes, as buttons.
fn actions_ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let Verdict { actions, fixes, .. } = &found.report().verdict;
    if !fixes.is_empty() {
        ui.horizontal_wrapped(|ui| fixes_ui(ui, folder, fixes, commands));
    }
    if actions.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let mut is_any_done = false;
        for action in actions {
            let is_done = found.is_done(action, &folder.settings);
            is_any_done |= is_done;
            let button = ui.add_enabled(!is_done && folder.task.is_none(), Button::new(&action.title));
            let names: Vec<String> = action.exclude.iter().take(NAMED_MAX).map(ToString::to_string).collect();
            let more = match action.exclude.len() - names.len() {
                0 => String::new(),
                n => format!("\nand {n} more"),
            };
            let hint =
                format!("A build leaves them out; the files stay as they are:\n{}{more}", names.join("\n"));
            let done = "They are excluded, or a build is running";
            if button.on_hover_text(hint).on_disabled_hover_text(done).clicked() {
                commands.push(Command::Exclude(action.clone()));
            }
        }
        let words = if is_any_done { "Excluded: Undo or Ctrl+Z takes it back" } else { "Can be undone" };
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    });
}

/// Draws the changes of settings that the verdict proposes, as buttons.
fn fixes_ui(ui: &mut Ui, folder: &Folder, fixes: &[Fix], commands: &mut Vec<Command>) {
    for fix in fixes {
        let value = Setting::of_key(fix.key).map(|setting| setting.get(&folder.settings).texts().join(", "));
        let is_done = value.as_ref() == Some(&fix.value);
        let mut letters = fix.label.chars();
        let label: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let button = ui.add_enabled(!is_done && folder.task.is_none(), Button::new(label));
        let hint = "Changes the setting; it can be undone";
        let done = "The setting is so already, or a build is running";
        if button.on_hover_text(hint).on_disabled_hover_text(done).clicked() {
            commands.push(Command::ChangeSetting { key: fix.key, text: fix.value.clone() });
        }
    }
}

/// The counts by severity, the filter, and the reports.
fn tools_ui(ui: &mut Ui, folder: &Folder, audit: &Audit, found: &Found, own: &mut Vec<AuditCommand>) {
    ui.horizontal(|ui| {
        let filter = found.filter();
        let mut wanted = filter.clone();
        let all = in_words::count(found.report().files.len(), "file");
        let is_all = filter.severity.is_none() && found.n_only().is_none();
        if ui.selectable_label(is_all, all).on_hover_text("Shows all files").clicked() {
            if found.n_only().is_some() {
                own.push(AuditCommand::ShowAllRows);
            }
            wanted.severity = None;
        }
        if let Some(n_only) = found.n_only() {
            let chosen = ui.selectable_label(true, format!("{n_only} from the map"));
            let help = "Only the files that were selected on the map are shown. Click to show all again";
            if chosen.on_hover_text(help).clicked() {
                own.push(AuditCommand::ShowAllRows);
            }
        }
        for severity in Severity::ALL {
            let words = in_words::count(count_of(&found.report().verdict, severity), severity.name());
            let is_chosen = filter.severity == Some(severity);
            let text = icons::severity_tone(severity).text(ui, words);
            let help =
                format!("Shows only the files in which something was found that is {}", meaning(severity));
            if ui.selectable_label(is_chosen, text).on_hover_text(help).clicked() {
                wanted.severity = (!is_chosen).then_some(severity);
            }
        }
        ui.separator();
        let label = ui.label("Filter");
        let field = TextEdit::singleline(&mut wanted.text).desired_width(140.0).hint_text("part of a name");
        let hint = "Shows only the files whose path contains this (Ctrl+F)";
        let field = ui.add(field).labelled_by(label.id).on_hover_text(hint);
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            field.request_focus();
        }
        if wanted != *filter {
            own.push(AuditCommand::Filter(wanted));
        }
        if found.shown().len() < found.report().files.len() {
            let text = Tone::Weak.text(ui, format!("{} shown", found.shown().len()));
            ui.label(text);
        }
        ui.separator();
        export_ui(ui, own);
        if found.staleness(&folder.settings).is_none() {
            again_ui(ui, folder, own);
        }
    });
    if let Some(exported) = &audit.exported {
        let (tone, words) = match exported {
            Ok(words) => (Tone::Good, words),
            Err(words) => (Tone::Warning, words),
        };
        let text = tone.text(ui, words);
        ui.label(text);
    }
}

fn export_ui(ui: &mut Ui, own: &mut Vec<AuditCommand>) {
    let menu = ui.menu_button("Export…", |ui| {
        for format in Format::ALL {
            let name = format!("{}…", format.name());
            if ui.button(name).on_hover_text(format.help()).clicked() {
                own.push(AuditCommand::Export { format, to: None });
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("Writes what was found into a file");
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

fn count_of(verdict: &Verdict, severity: Severity) -> usize {
    match severity {
        Severity::Error => verdict.n_errors,
        Severity::Warning => verdict.n_warnings,
        Severity::Note => verdict.n_notes,
    }
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "an error: the file cannot be used, or harms the training",
        Severity::Warning => "a warning: training suffers a little, or the file is not what it seems",
        Severity::Note => "a note: worth knowing, and nothing needs to be done",
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
