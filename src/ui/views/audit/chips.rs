//! The chips above the table: how many files each kind of finding is in. A click shows only these.

use egui::{Button, Key, Modifiers, RichText, TextEdit, Ui};

use super::command::AuditCommand;
use super::model::Found;
use crate::audit::table::{Filter, ValueRange};
use crate::audit::{Check, Severity};
use crate::in_words;
use crate::ui::theme::Tone;
use crate::ui::widgets::icons;

/// Draws all files, severities and the text filter in a row.
pub(super) fn filter_ui(ui: &mut Ui, found: &Found, own: &mut Vec<AuditCommand>) {
    let mut wanted = found.filter().clone();
    let all = in_words::count(found.report().files.len(), "file");
    let is_all =
        Filter { text: String::new(), ..wanted.clone() } == Filter::default() && found.n_only().is_none();
    if ui.selectable_label(is_all, all).on_hover_text("Shows all files").clicked() {
        own.push(AuditCommand::ShowAllRows);
    }
    if let Some(n_only) = found.n_only() {
        let chosen = ui.selectable_label(true, format!("{n_only} from the map ×"));
        let help = "Only the files that were selected on the map are shown. Click to show all again";
        if chosen.on_hover_text(help).clicked() {
            own.push(AuditCommand::ShowAllRows);
        }
    }
    for severity in Severity::ALL {
        let n_files = found.report().verdict.files_with.of(severity);
        let is_chosen = wanted.severity == Some(severity);
        let words = format!("{n_files} with {}s", severity.name());
        let text = icons::severity_tone(severity).text(ui, words);
        let help = format!("Shows only the files in which something was found that is {}", meaning(severity));
        if ui.selectable_label(is_chosen, text).on_hover_text(help).clicked() {
            wanted.severity = (!is_chosen).then_some(severity);
        }
    }
    let label = ui.label("Filter");
    let field =
        TextEdit::singleline(&mut wanted.text).desired_width(140.0).hint_text("part of a name or tag");
    let hint = "Shows only the files whose path or tags contain this: title, artist, licence, key (Ctrl+F)";
    let field = ui.add(field).labelled_by(label.id).on_hover_text(hint);
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
        field.request_focus();
    }
    if let Some(ValueRange { column, .. }) = wanted.range.clone() {
        let name = format!("{} ×", super::table_text::column_name(column));
        let chip = ui.selectable_label(true, name);
        if chip.on_hover_text("Only the files of one bar of a chart are shown: click to show all").clicked() {
            wanted.range = None;
        }
    }
    if wanted != *found.filter() {
        own.push(AuditCommand::Filter(wanted));
    }
    if found.shown().len() < found.report().files.len() {
        let text = Tone::Weak.text(ui, format!("{} shown", found.shown().len()));
        ui.label(text);
    }
}

/// Draws a chip for every kind of finding that a file has, with the number of files.
pub(super) fn checks_ui(ui: &mut Ui, found: &Found, own: &mut Vec<AuditCommand>) {
    for &(check, n_files) in found.check_counts() {
        let is_chosen = found.filter().check == Some(check);
        let text = RichText::new(chip_text(check, n_files)).small();
        let chip = ui.add(Button::new(text).small().selected(is_chosen));
        let help = format!("Shows only {} with this: {}", in_words::count(n_files, "file"), check.why());
        if chip.on_hover_text(help).clicked() {
            let check = (!is_chosen).then_some(check);
            own.push(AuditCommand::Filter(Filter { check, ..found.filter().clone() }));
        }
    }
}

/// "Clipped 9".
fn chip_text(check: Check, n_files: usize) -> String {
    format!("{} {n_files}", check.title())
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "an error: the file cannot be used, or harms the training",
        Severity::Warning => "a warning: training suffers a little, or the file is not what it seems",
        Severity::Note => "a note: worth knowing, and nothing needs to be done",
    }
}
