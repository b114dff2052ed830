//! What the verdict proposes: one button for all of it, and a list of what goes and which copies stay.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, PopupCloseBehavior, ScrollArea, Ui};

use super::model::Found;
use crate::audit::{Action, Keep, Verdict};
use crate::in_words;
use crate::path_text::RelPath;
use crate::settings::{Fix, Setting};
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// Size of the list in points, at most.
const LIST_SIZE: [f32; 2] = [520.0, 320.0];

/// Files that an action names in the list.
const NAMED_MAX: usize = 200;

/// Draws it, in a row that is there without proposals as well: what stands below does not move when they are taken.
pub(super) fn ui(ui: &mut Ui, folder: &Folder, found: &Found, commands: &mut Vec<Command>) {
    let Verdict { actions, fixes, .. } = &found.report().verdict;
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(ui.spacing().interact_size.y);
        if fixes.is_empty() && actions.is_empty() {
            let words = match (found.is_partial(), folder.settings.exclude.is_empty()) {
                (true, _) => "What to do is proposed when all files are measured.",
                (false, true) => "Nothing is proposed.",
                (false, false) => "Nothing more is proposed. Undo or Ctrl+Z takes the last exclusion back.",
            };
            let text = Tone::Weak.text(ui, words);
            ui.label(text);
        }
        if !actions.is_empty() {
            actions_ui(ui, folder, actions, commands);
        }
        fixes_ui(ui, folder, fixes, commands);
    });
}

fn actions_ui(ui: &mut Ui, folder: &Folder, actions: &[Action], commands: &mut Vec<Command>) {
    let is_free = folder.task.is_none();
    let n_files: usize = actions.iter().map(|action| action.exclude.len()).sum();
    let all = Button::new(format!("Exclude all proposed: {}", in_words::count(n_files, "file")));
    let help = "A build leaves them out; the files stay as they are. Undo or Ctrl+Z takes it back";
    let busy = "A build is running: wait for its end, or cancel it";
    if ui.add_enabled(is_free, all).on_hover_text(help).on_disabled_hover_text(busy).clicked() {
        commands.push(Command::Exclude(everything(actions)));
    }
    let stays = MenuConfig::default().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (list, _) = MenuButton::new("Which ones?").config(stays).ui(ui, |ui| {
        let [width, height] = LIST_SIZE;
        ui.set_width(width.min(ui.ctx().content_rect().width() - 40.0));
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            for action in actions {
                action_ui(ui, action, is_free, commands);
                ui.separator();
            }
            let text = Tone::Weak.text(ui, "The files stay on the disk. Each step can be undone.");
            ui.label(text);
        });
    });
    list.on_hover_text("Lists the files that are proposed, and which of several copies stay");
}

fn action_ui(ui: &mut Ui, action: &Action, is_free: bool, commands: &mut Vec<Command>) {
    let button = ui.add_enabled(is_free, Button::new(&action.title));
    if button.on_hover_text("Only these").clicked() {
        commands.push(Command::Exclude(action.clone()));
    }
    let shown = |path: &RelPath| display_text(&path.to_string()).into_owned();
    if action.keep.is_empty() {
        for path in action.exclude.iter().take(NAMED_MAX) {
            ui.label(shown(path));
        }
    }
    for Keep { kept, why, exclude } in action.keep.iter().take(NAMED_MAX) {
        ui.label(format!("Keeps {}, because {why}; leaves out:", shown(kept)));
        for path in exclude {
            ui.indent(path, |ui| ui.label(shown(path)));
        }
    }
    let n_listed = if action.keep.is_empty() { action.exclude.len() } else { action.keep.len() };
    if n_listed > NAMED_MAX {
        ui.label(format!("and {} more", n_listed - NAMED_MAX));
    }
}

/// All actions as one.
fn everything(actions: &[Action]) -> Action {
    let exclude: Vec<_> = actions.iter().flat_map(|action| action.exclude.iter().cloned()).collect();
    let keep = actions.iter().flat_map(|action| action.keep.iter().cloned()).collect();
    let title = format!("Exclude {}", in_words::count(exclude.len(), "file"));
    Action { title, check: None, exclude, keep }
}

/// Draws the changes of settings that the verdict proposes, as buttons.
fn fixes_ui(ui: &mut Ui, folder: &Folder, fixes: &[Fix], commands: &mut Vec<Command>) {
    for fix in fixes {
        let value = Setting::of_key(fix.key).map(|setting| setting.texts(&folder.settings).join(", "));
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
