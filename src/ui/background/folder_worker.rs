//! The jobs behind the open folder: they list it, read its headers, save its settings, and look at its cache. Started by
//! commands, drained into the state once a frame, never waited for.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Context;

use super::file_manager::FileManager;
use super::folder_watcher::FolderWatcher;
use crate::error::Result;
use crate::jobs::{Background, Contents, Job, JobEvent, Listing, ListingEvent, Outcome, Request, Stopping};
use crate::pipeline::Project;
use crate::settings::{FILE_NAME, Settings};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::session::state::{Phase, State};
use crate::workers;

/// Settings rest this long before they are saved, and the cache and the estimate are looked at anew.
const CHECK_DELAY: Duration = Duration::from_millis(150);

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// The jobs behind the open folder.
#[derive(Debug, Default)]
pub(in crate::ui) struct FolderWorker {
    listing: Option<Listing>,
    /// A file to select once the folder's files are known.
    to_select: Option<PathBuf>,
    status: Option<Job>,
    estimate: Option<Job>,
    picker: Option<Background<Option<PathBuf>>>,
    saving: Option<Background<Result<()>>>,
    unsaved: Option<(PathBuf, Settings)>,
    save_due: Option<Instant>,
    check_due: Option<Instant>,
    stopping: Vec<Stopping>,
    watcher: FolderWatcher,
    file_manager: FileManager,
}

impl FolderWorker {
    /// True while something runs whose result the window waits for.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        let jobs = [&self.status, &self.estimate];
        self.listing.is_some()
            || jobs.iter().any(|job| job.is_some())
            || self.picker.is_some()
            || self.saving.is_some()
            || self.unsaved.is_some()
            || self.check_due.is_some()
            || !self.stopping.is_empty()
            || self.watcher.is_busy()
            || self.file_manager.is_busy()
    }

    /// Begins to read the folder at `path`, or the folder of the file there.
    pub(in crate::ui) fn open(&mut self, state: &mut State, path: &Path) {
        self.stop_listing();
        self.stop_checks();
        self.watcher.stop();
        // What is unsaved belongs to the folder that is left.
        self.save_due = None;
        self.to_select = None;
        let (folder, file) = match path.parent() {
            Some(parent) if path.is_file() => (parent.to_path_buf(), Some(path.to_path_buf())),
            _ => (path.to_path_buf(), None),
        };
        self.to_select = file.and_then(|file| dunce::canonicalize(file).ok());
        state.notice = None;
        state.path_text = folder.display().to_string();
        state.phase = Phase::Opening(folder.clone());
        match Listing::start(folder.clone()) {
            Ok(listing) => self.listing = Some(listing),
            Err(error) => state.phase = Phase::Failed { path: folder, message: with_remedy(&error) },
        }
    }

    /// Selects the file at `path` as soon as the files of the folder that is being read are known.
    pub(in crate::ui) fn select_when_open(&mut self, path: &Path) {
        self.to_select = dunce::canonicalize(path).ok();
    }

    /// Opens a folder or a file with the program that the system has for it.
    pub(in crate::ui) fn open_outside(&mut self, path: PathBuf) {
        self.file_manager.open(path);
    }

    /// Asks for a folder in the system's dialog.
    pub(in crate::ui) fn pick_folder(&mut self, state: &mut State) {
        if self.picker.is_some() {
            return;
        }
        let start = state.folder().map(|folder| folder.root.clone());
        let ask = move || {
            let dialog = rfd::FileDialog::new().set_title("Open a folder of recordings");
            let dialog = start.iter().fold(dialog, rfd::FileDialog::set_directory);
            dialog.pick_folder()
        };
        match Background::start("folder-dialog", ask) {
            Ok(picker) => self.picker = Some(picker),
            Err(error) => state.notice = Some(with_remedy(&error)),
        }
    }

    /// Does what follows of a command: settings that have changed are saved, and answers that are out of date are asked for
    /// anew, soon. A task that has begun needs the processor more.
    pub(in crate::ui) fn follow(&mut self, folder: &mut Folder) {
        if std::mem::take(&mut folder.has_unsaved_settings) {
            self.save_soon(folder);
        }
        if std::mem::take(&mut folder.needs_checks) {
            self.check_soon(folder);
        }
        if folder.task.is_some() {
            self.stop_checks();
        }
    }

    /// Looks at the cache and the estimate again, soon: more changes may follow.
    fn check_soon(&mut self, folder: &mut Folder) {
        self.stop_checks();
        folder.status.is_current = false;
        folder.estimate.is_current = false;
        self.check_due = Some(Instant::now() + CHECK_DELAY);
    }

    /// Saves the settings of `folder` in its `melscope.json`, soon: of many changes in a row, such as a drag, the last.
    fn save_soon(&mut self, folder: &Folder) {
        self.unsaved = Some((folder.root.join(FILE_NAME), folder.settings.clone()));
        self.save_due = Some(Instant::now() + CHECK_DELAY);
    }

    /// Waits until everything is saved: the window is closing.
    pub(in crate::ui) fn finish(&mut self) {
        if let Some(saving) = self.saving.take() {
            saving.wait().ok();
        }
        if let Some((path, settings)) = self.unsaved.take()
            && let Err(error) = settings.save(&path)
        {
            log::error!("{error}");
        }
    }

    /// Takes what the jobs have sent into `state`.
    pub(in crate::ui) fn drain(&mut self, ctx: &Context, state: &mut State) {
        self.stopping.retain(|stopping| !stopping.is_done());
        self.drain_picker(state);
        self.drain_saving(state);
        self.drain_listing(state);
        self.file_manager.drain(state);
        if let Some(notice) = state.folder_mut().and_then(|folder| self.watcher.update(ctx, folder)) {
            state.notice = Some(notice);
        }
        if let Phase::Open(folder) = &mut state.phase {
            self.drain_checks(folder);
            if self.check_due.is_some_and(|due| Instant::now() >= due) && folder.task.is_none() {
                self.check_due = None;
                self.check(folder);
            }
        }
    }

    fn drain_picker(&mut self, state: &mut State) {
        let Some(answer) = self.picker.as_ref().and_then(Background::poll) else { return };
        self.picker = None;
        match answer {
            Ok(Some(path)) if !state.is_working() => self.open(state, &path),
            // A dialog that was cancelled and one that could not be shown look the same.
            Ok(_) => {
                state.notice = Some(
                    "No folder was chosen. If no dialog appeared: install zenity, or type the folder's path."
                        .into(),
                );
            }
            Err(error) => state.notice = Some(with_remedy(&error)),
        }
    }

    fn drain_saving(&mut self, state: &mut State) {
        if let Some(saved) = self.saving.as_ref().and_then(Background::poll) {
            self.saving = None;
            if let Err(error) = saved.and_then(|saved| saved) {
                state.notice = Some(with_remedy(&error));
            }
        }
        if self.saving.is_none()
            && self.save_due.is_none_or(|due| Instant::now() >= due)
            && let Some((path, settings)) = self.unsaved.take()
        {
            match Background::start("save-settings", move || settings.save(&path)) {
                Ok(saving) => self.saving = Some(saving),
                Err(error) => state.notice = Some(with_remedy(&error)),
            }
        }
    }

    fn drain_listing(&mut self, state: &mut State) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.listing.as_ref().and_then(Listing::poll) else { return };
            match event {
                ListingEvent::Contents(contents) => self.show(state, *contents),
                // Only what the watcher reads is read again.
                ListingEvent::Again(_) => {}
                ListingEvent::Header { index, header } => {
                    if let Some(folder) = state.folder_mut() {
                        folder.files.set_header(index, header);
                    }
                }
                ListingEvent::Done => {
                    self.stop_listing();
                    if let Some(folder) = state.folder_mut() {
                        folder.is_reading = false;
                    }
                }
                ListingEvent::Failed(error) => {
                    self.stop_listing();
                    self.stop_checks();
                    let message = with_remedy(&error);
                    let path = state
                        .folder()
                        .map_or_else(|| PathBuf::from(&state.path_text), |folder| folder.root.clone());
                    state.phase = Phase::Failed { path, message };
                }
            }
        }
    }

    fn show(&mut self, state: &mut State, contents: Contents) {
        state.n_opened += 1;
        let mut folder = Box::new(Folder::new(state.n_opened, contents));
        match self.to_select.take() {
            Some(path) => folder.files.select_path(&path),
            // Something to look at from the start.
            None => folder.files.select_first(),
        }
        state.path_text = folder.root.display().to_string();
        state.remember(folder.root.clone());
        self.check(&mut folder);
        state.phase = Phase::Open(folder);
    }

    /// Starts to look at the cache and the estimate.
    fn check(&mut self, folder: &mut Folder) {
        let project = match Project::new(&folder.root, folder.settings.clone()) {
            Ok(project) => project,
            Err(error) => {
                folder.status.set(Err(with_remedy(&error)));
                folder.estimate.set(Err(with_remedy(&error)));
                return;
            }
        };
        match Job::start(Request::Status(project.clone())) {
            Ok(job) => self.status = Some(job),
            Err(error) => folder.status.set(Err(with_remedy(&error))),
        }
        match Job::start(Request::Estimate { project, n_workers: workers::beside_window() }) {
            Ok(job) => self.estimate = Some(job),
            Err(error) => folder.estimate.set(Err(with_remedy(&error))),
        }
    }

    fn drain_checks(&mut self, folder: &mut Folder) {
        while let Some(event) = self.status.as_ref().and_then(next_event) {
            match event {
                JobEvent::Done(Outcome::Status(report)) => folder.status.set(Ok(report)),
                JobEvent::Failed(error) => folder.status.set(Err(with_remedy(&error))),
                _ => continue,
            }
            self.stopping.extend(self.status.take().map(Job::stop));
        }
        while let Some(event) = self.estimate.as_ref().and_then(next_event) {
            match event {
                JobEvent::Estimate(estimate) => folder.estimate.set(Ok(estimate)),
                JobEvent::Failed(error) => folder.estimate.set(Err(with_remedy(&error))),
                _ => continue,
            }
            self.stopping.extend(self.estimate.take().map(Job::stop));
        }
    }

    fn stop_listing(&mut self) {
        self.stopping.extend(self.listing.take().map(Listing::stop));
    }

    fn stop_checks(&mut self) {
        let checks = [self.status.take(), self.estimate.take()];
        self.stopping.extend(checks.into_iter().flatten().map(Job::stop));
        self.check_due = None;
    }
}

fn next_event(job: &Job) -> Option<JobEvent> {
    job.events().try_recv().ok()
}
