//! The Audit view: are the recordings fit to train on, and what is to be done about them?

pub mod charts;
pub mod command;
mod findings;
mod lasso;
mod map;
mod map_grid;
pub mod map_legend;
mod map_mesh;
pub mod map_model;
pub mod map_view;
mod map_worker;
pub mod model;
mod page;
mod table;
mod table_text;
mod worker;

use egui::{Context, Ui};

use crate::audit::table::Filter;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::Listen;
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::view::View;
use command::{AuditCommand, Pane};
use model::Audit;
use worker::AuditWorker;

/// The Audit view.
#[derive(Debug, Default)]
pub struct AuditView {
    model: Audit,
    worker: AuditWorker,
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
        // How it is shown is the person's choice, and stays.
        let pane = self.model.pane;
        self.model = Audit { pane, ..Audit::default() };
    }

    fn update(&mut self, _ctx: &Context, state: &mut State, is_shown: bool) {
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
        if let (Pane::Map, Some(found)) = (self.model.pane, &self.model.found) {
            self.model.map.follow(folder.files.selected().and_then(|number| found.row_of(number)));
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        _listen: &Listen,
        own: &mut Vec<AuditCommand>,
        commands: &mut Vec<Command>,
    ) {
        match &self.model.found {
            Some(found) => page::found_ui(ui, folder, &self.model, found, own, commands),
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
            (AuditCommand::ShowPane(pane), Some(_)) => audit.pane = pane,
            (AuditCommand::ShowRows(rows), Some(found)) => {
                found.set_filter(Filter::default());
                found.set_only(Some(rows));
                audit.pane = Pane::Files;
            }
            (AuditCommand::Map(command), Some(_)) => audit.map.run(command),
            (AuditCommand::LookAtFiles, Some(_)) => self.worker.look_at_files(folder, audit),
            (AuditCommand::Export { format, to }, Some(_)) => self.worker.export(folder, audit, format, to),
            // There is nothing yet that could be shown or written.
            (_, None) => {}
        }
    }

    fn turned_to(&mut self, folder: &Folder) {
        self.worker.look_at_files(folder, &self.model);
    }

    fn cancel(&mut self, folder: &mut Folder) {
        self.worker.cancel(folder);
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    fn needs_polling(&self) -> bool {
        self.worker.is_busy()
    }
}
