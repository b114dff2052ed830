//! The effect of each shared command on the state and on the work behind the folder.

use super::background::folder_worker::FolderWorker;
use super::session::browse::Browse;
use super::session::command::Command;
use super::session::state::State;

/// Runs one command.
pub(super) fn run(command: Command, state: &mut State, folder_worker: &mut FolderWorker) {
    match command {
        Command::PickFolder => folder_worker.pick_folder(state),
        Command::Open(_) | Command::Reload | Command::TryDemo | Command::StartTour if state.is_working() => {
            state.notice =
                Some("A build or check is running: cancel it before opening another folder.".into());
        }
        Command::Open(path) => folder_worker.open(state, &path),
        Command::Reload => {
            let path =
                state.folder().map_or_else(|| state.path_text.clone().into(), |folder| folder.root.clone());
            folder_worker.open(state, &path);
        }
        Command::TypePath(text) => state.path_text = text,
        Command::SetTheme(theme) => state.theme = theme,
        Command::ShowHelp(is_shown) => state.shows_help = is_shown,
        Command::ShowSettingsPanel(is_open) => {
            if let Some(view) = state.view {
                state.settings_panel.set(view, is_open);
            }
        }
        Command::SetLevelView(level_view) => state.level_view = level_view,
        Command::EndTour => state.tour = None,
        Command::SetBrowseOptions(options) => state.browse = options,
        Command::OpenOutside(path) => folder_worker.open_outside(path),
        Command::Filter(_)
        | Command::Select(_)
        | Command::Browse(_)
        | Command::SetRowsInSight(_)
        | Command::ChooseVariant(_) => choose(command, state),
        Command::IncludeSelected { .. } if state.is_working() => {
            state.notice =
                Some("A build or check is running: files can be kept or left out when it has ended.".into());
        }
        Command::IncludeSelected { .. } => {
            state.run_edit(command);
            choose(Command::Browse(Browse::Next), state);
        }
        other => state.run_edit(other),
    }
}

/// Chooses what of the open folder is shown.
fn choose(command: Command, state: &mut State) {
    let Some(folder) = state.folder_mut() else { return };
    match command {
        Command::Filter(text) => folder.files.set_filter(text),
        Command::Select(index) => folder.files.select(index),
        Command::Browse(browse) => folder.files.browse(browse),
        Command::SetRowsInSight(rows) => folder.files.set_rows_in_sight(rows),
        Command::ChooseVariant(variant) => folder.variant = variant,
        _ => {}
    }
}
