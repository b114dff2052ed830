//! The Audit view: are the recordings fit to train on, and what is to be done about them?

pub mod chart;
mod charts;
mod chips;
mod chunk_list;
pub mod command;
mod export;
mod findings;
mod folders;
mod inputs;
pub mod map;
pub mod model;
mod moment;
mod moment_worker;
mod page;
pub mod pane;
mod proposals;
mod table;
mod table_text;
mod tabs;
mod worker;

use egui::{Context, InputState, Key, Ui};

use crate::audit::table::Filter;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::Listen;
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::view::View;
use crate::ui::widgets::take_key::take_key;
use command::AuditCommand;
use inputs::PaneInputs;
use model::Audit;
use moment_worker::MomentWorker;
use pane::AuditPane;
use worker::AuditWorker;

/// The Audit view.
#[derive(Debug, Default)]
pub struct AuditView {
    model: Audit,
    worker: AuditWorker,
    moment_worker: MomentWorker,
}

impl AuditView {
    /// The model that it shows.
    pub fn model(&self) -> &Audit {
        &self.model
    }
}

impl View for AuditView {
    type Command = AuditCommand;

    fn tab(&self) -> Tab {
        Tab {
            id: ViewId("audit"),
            title: "Audit",
            help: "Find out whether the recordings are fit to train on, and what to do about it",
        }
    }

    /// Its table is a list of all files itself.
    fn has_file_list(&self) -> bool {
        false
    }

    fn forget_folder(&mut self) {
        self.worker.stop();
        self.moment_worker.forget();
        // How it is shown is the person's choice, and stays.
        let pane = self.model.pane;
        self.model = Audit { pane, ..Audit::default() };
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        self.worker.forget_stopped();
        let Some(folder) = state.folder_mut() else { return };
        // Who opens the view asks the question that it answers. Recordings are only read, one click stops it, and what
        // was measured once is known the next time.
        if is_shown && !self.model.was_started && !folder.is_reading {
            self.worker.start(folder, &mut self.model);
        }
        self.worker.drain(folder, &mut self.model);
        if self.model.found.as_mut().is_some_and(|found| found.follow(&folder.files)) {
            self.worker.look_at_files(folder, &self.model);
        }
        let shows_moment = is_shown && matches!(self.model.pane, AuditPane::Files | AuditPane::Chunks);
        self.moment_worker.update(ctx, folder, &mut self.model, shows_moment);
        if let (AuditPane::Map, Some(found)) = (self.model.pane, &self.model.found) {
            self.model.map.follow(found.selected_row(&folder.files));
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        listen: &Listen,
        own: &mut Vec<AuditCommand>,
        commands: &mut Vec<Command>,
    ) {
        match &self.model.found {
            Some(found) => {
                let inputs = PaneInputs { folder, audit: &self.model, found, listen };
                page::found_ui(ui, &inputs, own, commands);
            }
            None => page::start_ui(ui, folder, &self.model, own, commands),
        }
        let came_back = |event: &egui::Event| matches!(event, egui::Event::WindowFocused(true));
        if ui.input(|input| input.events.iter().any(came_back)) {
            // Who edits a recording in another program comes back to this window.
            own.push(AuditCommand::LookAtFiles);
        }
    }

    fn run(&mut self, command: AuditCommand, state: &mut State) {
        let Some(folder) = state.folder_mut() else { return };
        let audit = &mut self.model;
        match (command, &mut audit.found) {
            (AuditCommand::Start, _) => self.worker.start(folder, audit),
            (AuditCommand::Filter(filter), Some(found)) => found.set_filter(filter),
            (AuditCommand::ShowAllRows, Some(found)) => {
                found.set_filter(Filter::default());
                found.set_only(None);
            }
            (AuditCommand::Sort(column), Some(found)) => found.sort_by(column),
            (AuditCommand::Move(n_rows), Some(found)) => {
                if let Some(number) = found.moved(folder.files.selected(), n_rows) {
                    folder.files.select(number);
                }
            }
            (AuditCommand::ShowPane(pane), _) => audit.pane = pane,
            (AuditCommand::ShowRows(rows), Some(found)) => {
                found.set_filter(Filter::default());
                found.set_only(Some(rows));
                audit.pane = AuditPane::Files;
            }
            (AuditCommand::Map(command), Some(_)) => audit.map.run(command),
            (AuditCommand::LookAtFiles, Some(_)) => self.worker.look_at_files(folder, audit),
            (AuditCommand::SelectFinding(place), Some(found)) => {
                if let Some(row) = found.selected_row(&folder.files) {
                    found.select_finding(row, place);
                }
            }
            (AuditCommand::SetMomentWidth(width_px), _) => audit.moment_px = width_px,
            (AuditCommand::Include(is_included), Some(found)) => {
                let (selected, next) = (folder.files.selected(), found.moved(folder.files.selected(), 1));
                if let Some(index) = selected {
                    state.run_edit(Command::SetIncluded { index, is_included });
                }
                if let (Some(next), Some(folder)) = (next, state.folder_mut()) {
                    folder.files.select(next);
                }
            }
            (AuditCommand::TypeReportPath(path), _) => audit.report_path = Some(path),
            (AuditCommand::AskReportPath(format), Some(_)) => {
                self.worker.export(folder, audit, format, None, true);
            }
            (AuditCommand::Export { format, to, replace }, Some(_)) => {
                self.worker.export(folder, audit, format, Some(to), replace);
            }
            // There is nothing yet that could be shown or written.
            (_, None) => {}
        }
    }

    fn keys(&self, input: &mut InputState, own: &mut Vec<AuditCommand>) {
        for (key, is_included) in [(Key::K, true), (Key::E, false), (Key::Delete, false)] {
            if self.model.pane == AuditPane::Files && take_key(input, key) {
                own.push(AuditCommand::Include(is_included));
            }
        }
    }

    fn turned_to(&mut self, folder: &Folder) {
        self.worker.look_at_files(folder, &self.model);
    }

    fn cancel(&mut self, folder: &mut Folder) {
        self.worker.cancel(folder);
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy() || self.moment_worker.is_busy()
    }

    fn needs_polling(&self) -> bool {
        self.worker.is_busy()
    }
}
