//! Everything the window shows, as plain values. Only `logic` changes it.

use std::path::PathBuf;

use super::audit::model::Audit;
use super::augment::model::Augment;
use super::browser::Browser;
use super::files::Files;
use super::history::History;
use super::listen::Listen;
use super::settings::form::Form;
use super::settings::presets::Presets;
use super::theme::Theme;
use super::tune::model::Tune;
use crate::dataset::Unlisted;
use crate::in_words;
use crate::jobs::Progress;
use crate::pipeline::preview::Subject;
use crate::pipeline::{BuildReport, Estimate, Question, StatusReport, VerifyReport};
use crate::settings::Settings;

/// Folders that are remembered.
pub const RECENT_MAX: usize = 8;

/// What fills the middle of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// One file as the model will see it.
    #[default]
    Tune,
    /// Variants of a chunk beside their original.
    Augment,
    /// Whether the recordings are fit to train on.
    Audit,
    /// What a build would make, the build, and what it made.
    Build,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Tune, Self::Augment, Self::Audit, Self::Build];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tune => "Tune",
            Self::Augment => "Augment",
            Self::Audit => "Audit",
            Self::Build => "Build",
        }
    }

    /// What it is for.
    pub fn help(self) -> &'static str {
        match self {
            Self::Tune => "See a recording as the model will see it, and tune the mask",
            Self::Augment => "Choose how variants are made by chance, and see and hear the first of them",
            Self::Audit => "Find out whether the recordings are fit to train on, and what to do about it",
            Self::Build => "Make the training data, and see what was made",
        }
    }
}

/// The window.
#[derive(Debug, Default)]
pub struct State {
    /// The text of the path field.
    pub path_text: String,
    /// Folders that were opened, the newest first.
    pub recent: Vec<PathBuf>,
    /// The colours.
    pub theme: Theme,
    /// What fills the middle.
    pub view: View,
    /// Settings under a name.
    pub presets: Presets,
    /// What is open.
    pub phase: Phase,
    /// What is heard and how.
    pub listen: Listen,
    /// Something that did not work and belongs to no view.
    pub notice: Option<String>,
}

impl State {
    /// The open folder.
    pub fn folder(&self) -> Option<&Folder> {
        match &self.phase {
            Phase::Open(folder) => Some(folder),
            _ => None,
        }
    }

    /// The open folder.
    pub fn folder_mut(&mut self) -> Option<&mut Folder> {
        match &mut self.phase {
            Phase::Open(folder) => Some(folder),
            _ => None,
        }
    }

    /// True while a build or a check of the tensors runs: the folder and its settings stay as they are.
    pub fn is_working(&self) -> bool {
        self.folder().is_some_and(|folder| folder.task.is_some())
    }

    /// What the running build waits to be answered.
    pub fn question(&self) -> Option<&Question> {
        self.folder()?.task.as_ref()?.question.as_ref()
    }

    /// Puts `root` first among the recent folders.
    pub fn remember(&mut self, root: PathBuf) {
        self.recent.retain(|folder| *folder != root);
        self.recent.insert(0, root);
        self.recent.truncate(RECENT_MAX);
    }
}

/// What is open.
#[derive(Debug, Default)]
pub enum Phase {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A folder whose files are not known yet.
    Opening(PathBuf),
    /// What could not be opened, and why.
    Failed {
        /// The folder.
        path: PathBuf,
        /// The reason in words.
        message: String,
    },
    /// A folder.
    Open(Box<Folder>),
}

/// An answer that is asked for anew after each change.
#[derive(Debug)]
pub struct Check<T> {
    /// The last answer, or why there is none.
    pub answer: Option<Result<T, String>>,
    /// False while a newer answer is on its way.
    pub is_current: bool,
}

impl<T> Default for Check<T> {
    fn default() -> Self {
        Self { answer: None, is_current: false }
    }
}

impl<T> Check<T> {
    /// Takes the newest answer.
    pub fn set(&mut self, answer: Result<T, String>) {
        *self = Self { answer: Some(answer), is_current: true };
    }
}

/// The open folder.
#[derive(Debug)]
pub struct Folder {
    /// Absolute, with links resolved.
    pub root: PathBuf,
    /// What a build would use.
    pub settings: Settings,
    /// Settings that were, and that were undone.
    pub history: History,
    /// The settings as they are being typed.
    pub form: Form,
    /// The recordings.
    pub files: Files,
    /// The Tune view.
    pub tune: Tune,
    /// The Augment view.
    pub augment: Augment,
    /// The Audit view.
    pub audit: Audit,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// True while headers are being read.
    pub is_reading: bool,
    /// What a build would make and need.
    pub estimate: Check<Estimate>,
    /// Whether the cache is what a build would make.
    pub status: Check<StatusReport>,
    /// What runs.
    pub task: Option<Task>,
    /// How the last build ended.
    pub built: Option<Ended<Built>>,
    /// How the last check of the tensors ended.
    pub verified: Option<Ended<VerifyReport>>,
    /// Files that the last build skipped, and why.
    pub skipped: Vec<(String, String)>,
    /// The tensors of the cache.
    pub browser: Browser,
    /// What else the last build said.
    pub warnings: Vec<String>,
}

impl Folder {
    /// The cache's folder.
    pub fn cache_dir(&self) -> PathBuf {
        self.settings.cache_dir_of(&self.root)
    }

    /// What the Tune view is to show: the selected file, or the variant that was chosen of it.
    pub fn tuned(&self) -> Option<Subject> {
        let file = self.files.all().get(self.files.selected()?)?;
        Some(self.tune.subject_of(file, &self.settings))
    }

    /// Why no build can be started now, in words; `None` when one can.
    pub fn obstacle(&self) -> Option<String> {
        if !self.form.is_possible() {
            return Some("A setting on the right is not possible: correct it first.".into());
        }
        if !self.augment.form.is_possible() {
            return Some("A setting of the Augment view is not possible: correct it first.".into());
        }
        if self.audit.is_running() {
            return Some("An audit is running: wait for its end, or cancel it.".into());
        }
        if self.files.all().is_empty() {
            return Some(
                "There are no recordings in this folder. Melscope reads WAV, AIFF, FLAC, MP3, Ogg, Opus, M4A, AAC, \
                 CAF and Matroska files, also in subfolders."
                    .into(),
            );
        }
        if self.files.n_included() == 0 {
            return Some("Every file is left out: include some of them in the list.".into());
        }
        match self.estimate.answer.as_ref()? {
            Err(message) => Some(message.clone()),
            Ok(estimate) if estimate.sources == 0 => Some(format!(
                "None of the {} can be read as audio. Select one in the list to see why.",
                in_words::count(estimate.unreadable, "file")
            )),
            Ok(Estimate { free_bytes: Some(free), transient_bytes: needed, .. }) if free < needed => {
                Some(format!(
                    "There is not enough space: {} are needed and {} are free.",
                    in_words::bytes(*needed),
                    in_words::bytes(*free)
                ))
            }
            Ok(_) => None,
        }
    }
}

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Building the cache.
    Build,
    /// Reading every tensor back.
    Verify,
}

/// A build, or a check of the tensors, that runs.
#[derive(Debug)]
pub struct Task {
    /// What it is for.
    pub kind: TaskKind,
    /// How far it is.
    pub progress: Option<Progress>,
    /// What it waits to be answered.
    pub question: Option<Question>,
    /// True when it was told to stop.
    pub is_cancelling: bool,
}

impl Task {
    /// A task that has just begun.
    pub fn new(kind: TaskKind) -> Self {
        Self { kind, progress: None, question: None, is_cancelling: false }
    }
}

/// How a task ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// With a result.
    Done(T),
    /// It failed, for the reason in words.
    Failed(String),
    /// It was stopped.
    Cancelled,
}

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// What is there.
    pub report: BuildReport,
    /// False when a valid cache was there already.
    pub is_new: bool,
}
