//! The jobs behind the window: started by commands, drained into the state once a frame, never waited for.

use super::remedy::with_remedy;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::audit::auditor::Auditor;
use super::audit::model::Audit;
use super::augment::model::Augment;
use super::browser::Browser;
use super::files::Files;
use super::history::History;
use super::settings::form::{Form, PANEL};
use super::speaker::Speaker;
use super::state::{Built, Check, Ended, Folder, Phase, State, Task, TaskKind};
use super::tune::model::Tune;
use crate::error::Result;
use crate::jobs::{Background, Contents, Job, JobEvent, Listing, ListingEvent, Outcome, Request, Stopping};
use crate::pipeline::{BuildOptions, BuildOutcome, Project};
use crate::settings::{FILE_NAME, Settings};
use crate::workers;

/// Settings rest this long before they are saved, and the cache and the estimate are looked at anew.
const CHECK_DELAY: Duration = Duration::from_millis(150);

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// What runs behind the window.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) speaker: Speaker,
    pub(super) auditor: Auditor,
    listing: Option<Listing>,
    /// A file to select once the folder's files are known.
    to_select: Option<PathBuf>,
    status: Option<Job>,
    estimate: Option<Job>,
    task: Option<Job>,
    opener: Option<Background<std::io::Result<()>>>,
    picker: Option<Background<Option<PathBuf>>>,
    saving: Option<Background<Result<()>>>,
    unsaved: Option<(PathBuf, Settings)>,
    save_due: Option<Instant>,
    check_due: Option<Instant>,
    stopping: Vec<Stopping>,
}

impl Engine {
    /// An engine at rest, whose sound comes from `speaker`.
    pub(super) fn new(speaker: Speaker) -> Self {
        Self {
            speaker,
            auditor: Auditor::default(),
            listing: None,
            to_select: None,
            status: None,
            estimate: None,
            task: None,
            opener: None,
            picker: None,
            saving: None,
            unsaved: None,
            check_due: None,
            save_due: None,
            stopping: Vec::new(),
        }
    }

    /// True while something runs whose result the window waits for.
    pub(super) fn is_busy(&self) -> bool {
        let jobs = [&self.status, &self.estimate, &self.task];
        self.listing.is_some()
            || jobs.iter().any(|job| job.is_some())
            || self.picker.is_some()
            || self.saving.is_some()
            || self.unsaved.is_some()
            || self.check_due.is_some()
            || self.speaker.is_listing()
            || self.auditor.is_busy()
            || !self.stopping.is_empty()
    }

    /// Begins to read the folder at `path`, or the folder of the file there.
    pub(super) fn open(&mut self, state: &mut State, path: &Path) {
        self.stop_all();
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
    pub(super) fn select_when_open(&mut self, path: &Path) {
        self.to_select = dunce::canonicalize(path).ok();
    }

    /// Asks for a folder in the system's dialog.
    pub(super) fn pick_folder(&mut self, state: &mut State) {
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

    /// Shows a folder in the system's file manager.
    pub(super) fn open_in_file_manager(&mut self, folder: PathBuf) {
        // Some systems wait for the program that they start: that is left to a thread.
        let open = move || open::that_detached(folder);
        self.opener =
            Background::start("file-manager", open).inspect_err(|error| log::error!("{error}")).ok();
    }

    /// Starts a build or a check of the tensors.
    pub(super) fn start_task(&mut self, state: &mut State, kind: TaskKind) {
        let Some(folder) = state.folder_mut() else { return };
        self.stop_checks();
        let started = Project::new(&folder.root, folder.settings.clone()).and_then(|project| {
            Job::start(match kind {
                TaskKind::Build => {
                    Request::Build(project, BuildOptions { force: false, n_workers: n_workers() })
                }
                TaskKind::Verify => Request::Verify(project),
            })
        });
        folder.verified = None;
        if kind == TaskKind::Build {
            folder.built = None;
            folder.skipped.clear();
            folder.warnings.clear();
            folder.files.forget_skipped();
        }
        match started {
            Ok(job) => {
                self.task = Some(job);
                folder.task = Some(Task::new(kind));
            }
            Err(error) => fail_task(folder, kind, with_remedy(&error)),
        }
    }

    /// Answers what the build asks.
    pub(super) fn answer(&self, folder: &mut Folder, is_approved: bool) {
        if let (Some(job), Some(task)) = (&self.task, &mut folder.task) {
            task.question = None;
            job.answer(is_approved);
        }
    }

    /// Tells the running task to stop; its last event says when it has.
    pub(super) fn cancel(&self, folder: &mut Folder) {
        if let (Some(job), Some(task)) = (&self.task, &mut folder.task) {
            task.question = None;
            task.is_cancelling = true;
            job.cancel();
        }
    }

    /// Looks at the cache and the estimate again, soon: more changes may follow.
    pub(super) fn check_soon(&mut self, folder: &mut Folder) {
        self.stop_checks();
        folder.status.is_current = false;
        folder.estimate.is_current = false;
        self.check_due = Some(Instant::now() + CHECK_DELAY);
    }

    /// Saves the settings of `folder` in its `melscope.json`, soon: of many changes in a row, such as a drag, the last.
    pub(super) fn save_soon(&mut self, folder: &Folder) {
        self.unsaved = Some((folder.root.join(FILE_NAME), folder.settings.clone()));
        self.save_due = Some(Instant::now() + CHECK_DELAY);
    }

    /// Waits until everything is saved: the window is closing.
    pub(super) fn finish(&mut self) {
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
    pub(super) fn drain(&mut self, state: &mut State) {
        self.stopping.retain(|stopping| !stopping.is_done());
        self.drain_picker(state);
        self.drain_opener(state);
        self.drain_saving(state);
        self.drain_listing(state);
        if let Phase::Open(folder) = &mut state.phase {
            self.drain_checks(folder);
            self.drain_task(folder);
            if self.check_due.is_some_and(|due| Instant::now() >= due) && folder.task.is_none() {
                self.check_due = None;
                self.check(folder);
            }
        }
        self.auditor.drain(state);
        self.speaker.drain(state);
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

    fn drain_opener(&mut self, state: &mut State) {
        let Some(answer) = self.opener.as_ref().and_then(Background::poll) else { return };
        self.opener = None;
        let failure = match answer {
            Ok(opened) => opened.err().map(|error| error.to_string()),
            Err(error) => Some(with_remedy(&error)),
        };
        if let Some(failure) = failure {
            state.notice = Some(format!(
                "The file manager does not open ({failure}): copy the path and open it yourself."
            ));
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
                ListingEvent::Contents(contents) => self.show(state, contents),
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
        let Contents { root, settings, files, unlisted } = contents;
        let mut files = Files::new(files, &settings.exclude);
        match self.to_select.take() {
            Some(path) => files.select_path(&path),
            // Something to look at from the start.
            None => files.move_selection(0),
        }
        state.path_text = root.display().to_string();
        state.remember(root.clone());
        let mut folder = Box::new(Folder {
            root,
            history: History::default(),
            form: Form::of(&settings, PANEL),
            augment: Augment::of(&settings),
            settings,
            files,
            tune: Tune::default(),
            audit: Audit::default(),
            unlisted,
            is_reading: true,
            estimate: Check::default(),
            status: Check::default(),
            task: None,
            built: None,
            verified: None,
            skipped: Vec::new(),
            warnings: Vec::new(),
            browser: Browser::default(),
        });
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
        match Job::start(Request::Estimate(project)) {
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

    fn drain_task(&mut self, folder: &mut Folder) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.task.as_ref().and_then(next_event) else { return };
            let Some(task) = &mut folder.task else { return };
            let kind = task.kind;
            match event {
                JobEvent::Progress(progress) => task.progress = Some(progress),
                JobEvent::Question(question) => task.question = (!task.is_cancelling).then_some(question),
                JobEvent::Estimate(estimate) => folder.estimate.set(Ok(estimate)),
                JobEvent::Skipped { path, reason } => {
                    let name = path.strip_prefix(&folder.root).unwrap_or(&path).display().to_string();
                    folder.files.set_skipped(&path, &reason);
                    folder.skipped.push((name, reason));
                }
                JobEvent::Warning(message) => folder.warnings.push(message),
                // No task of this view measures files.
                JobEvent::File { .. } => {}
                JobEvent::Done(outcome) => {
                    match outcome {
                        Outcome::Built(BuildOutcome::Built(report)) => {
                            folder.built = Some(Ended::Done(Built { report, is_new: true }));
                        }
                        Outcome::Built(BuildOutcome::AlreadyValid(report)) => {
                            folder.built = Some(Ended::Done(Built { report, is_new: false }));
                        }
                        Outcome::Verified(report) => folder.verified = Some(Ended::Done(report)),
                        // No other outcome belongs to these requests.
                        _ => {}
                    }
                    self.end_task(folder);
                }
                JobEvent::Failed(error) => {
                    fail_task(folder, kind, with_remedy(&error));
                    self.end_task(folder);
                }
                JobEvent::Cancelled => {
                    match kind {
                        TaskKind::Build => folder.built = Some(Ended::Cancelled),
                        TaskKind::Verify => folder.verified = Some(Ended::Cancelled),
                    }
                    self.end_task(folder);
                }
            }
        }
    }

    fn end_task(&mut self, folder: &mut Folder) {
        folder.task = None;
        folder.browser.forget();
        self.stopping.extend(self.task.take().map(Job::stop));
        self.check_soon(folder);
    }

    fn stop_listing(&mut self) {
        self.stopping.extend(self.listing.take().map(Listing::stop));
    }

    fn stop_checks(&mut self) {
        let checks = [self.status.take(), self.estimate.take()];
        self.stopping.extend(checks.into_iter().flatten().map(Job::stop));
        self.check_due = None;
    }

    fn stop_all(&mut self) {
        self.auditor.stop();
        self.stop_listing();
        self.stop_checks();
        self.stopping.extend(self.task.take().map(Job::stop));
    }
}

fn next_event(job: &Job) -> Option<JobEvent> {
    job.events().try_recv().ok()
}

fn fail_task(folder: &mut Folder, kind: TaskKind, message: String) {
    match kind {
        TaskKind::Build => folder.built = Some(Ended::Failed(message)),
        TaskKind::Verify => folder.verified = Some(Ended::Failed(message)),
    }
}

/// One core is left to the window, so that it goes on drawing while a build runs.
pub(super) fn n_workers() -> usize {
    workers::beside_window()
}
