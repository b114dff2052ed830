//! The Build view: what would be made, the button that makes it, how that goes, and what was made.

pub mod browser;
mod browser_worker;
pub mod command;
mod head;
pub mod model;
mod notes;
mod question;
mod readiness;
mod result;
mod split;
mod split_worker;
mod tensors;
mod worker;

use egui::{Context, ScrollArea, Ui};

use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::Listen;
use crate::ui::session::state::State;
use crate::ui::session::task::TaskKind;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::view::View;
use browser::TensorBrowser;
use browser_worker::BrowserWorker;
use command::BuildCommand;
use model::{Results, build_obstacle};
use split_worker::SplitWorker;
use worker::{BuildWorker, Work};

/// From this height on the head stays in sight, in points; where there is less, it scrolls with the rest.
const HEAD_STAYS_HEIGHT: f32 = 420.0;

/// The Build view.
#[derive(Debug, Default)]
pub struct BuildView {
    results: Results,
    browser: TensorBrowser,
    worker: BuildWorker,
    browser_worker: BrowserWorker,
    split_worker: SplitWorker,
}

impl BuildView {
    fn start(&mut self, work: Work, state: &mut State) {
        if let Some(folder) = state.folder_mut() {
            self.worker.start(work, folder, &mut self.results);
        }
    }
}

impl View for BuildView {
    type Command = BuildCommand;

    fn tab(&self) -> Tab {
        Tab { id: ViewId("build"), title: "Build", help: "Make the training data, and see what was made" }
    }

    fn forget_folder(&mut self) {
        self.worker.stop();
        self.browser_worker.stop();
        self.split_worker.forget();
        (self.results, self.browser) = Default::default();
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        if self.worker.drain(state, &mut self.results) == Some(TaskKind::Build) {
            self.browser.forget();
        }
        if let Some(folder) = state.folder() {
            self.results.follow(folder, is_shown);
            self.split_worker.update(folder, is_shown);
        }
        // Nothing is read for whoever does not look.
        match state.folder() {
            Some(folder) if is_shown => self.browser_worker.update(ctx, folder, &mut self.browser),
            _ => self.browser_worker.stop(),
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        _listen: &Listen,
        own: &mut Vec<BuildCommand>,
        commands: &mut Vec<Command>,
    ) {
        let is_low = ui.available_height() < HEAD_STAYS_HEIGHT;
        if !is_low {
            head::ui(ui, folder, &self.results, own, commands);
            ui.separator();
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            if is_low {
                head::ui(ui, folder, &self.results, own, commands);
            }
            let visible_height = ui.clip_rect().height();
            notes::ui(ui, folder, &self.results);
            // What is there stays in its place while a task runs, and waits.
            ui.add_enabled_ui(folder.task.is_none(), |ui| {
                result::ui(ui, folder, &self.results, self.browser.stats(), own);
                split::ui(ui, folder, &self.split_worker, own, commands);
                let textures = self.browser_worker.textures();
                tensors::ui(ui, folder, &self.browser, textures, visible_height, own, commands);
            });
        });
    }

    fn dialog(&self, ui: &Ui, folder: &Folder, own: &mut Vec<BuildCommand>, commands: &mut Vec<Command>) {
        if let Some(question) = folder.task.as_ref().and_then(|task| task.question.as_ref()) {
            question::ui(ui, question, own, commands);
        }
    }

    fn run(&mut self, command: BuildCommand, state: &mut State) {
        let is_working = state.is_working();
        let Some(folder) = state.folder_mut() else { return };
        match command {
            BuildCommand::Answer(is_approved) => self.worker.answer(folder, is_approved),
            BuildCommand::ShowTensor(number) => self.browser.want(number),
            BuildCommand::TypeTensor(text) => self.browser.type_number(text),
            BuildCommand::ReadTensorsAgain => self.browser.forget(),
            BuildCommand::DrawSplit if !is_working => self.split_worker.draw(folder),
            BuildCommand::OpenCacheFolder => self.worker.open_in_file_manager(folder.cache_dir()),
            BuildCommand::DrawSplit => {}
            BuildCommand::Build | BuildCommand::BuildAnyway | BuildCommand::Verify if is_working => {}
            BuildCommand::Build | BuildCommand::BuildAnyway => {
                // What was typed and not confirmed counts as well.
                folder.edit(Folder::apply_forms);
                if build_obstacle(folder).is_none() {
                    self.start(Work::Build { force: command == BuildCommand::BuildAnyway }, state);
                }
            }
            BuildCommand::Verify if folder.audit_task.is_some() => {
                state.notice = Some("An audit is running: wait for its end, or cancel it.".into());
            }
            BuildCommand::Verify => self.start(Work::Verify, state),
        }
    }

    fn turned_to(&mut self, _folder: &Folder) {
        self.results.turned_to();
    }

    fn cancel(&mut self, folder: &mut Folder) {
        self.worker.cancel(folder);
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy() || self.browser_worker.is_busy() || self.split_worker.is_busy()
    }

    fn needs_polling(&self) -> bool {
        self.worker.is_busy() || self.split_worker.is_busy()
    }
}
