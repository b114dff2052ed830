//! The open folder: its recordings, its settings, and what is known of its cache.

use std::path::PathBuf;

use super::decibels::Decibels;
use super::file::File;
use super::files::Files;
use super::history::History;
use super::task::Task;
use super::variant::ChosenVariant;
use crate::dataset::Unlisted;
use crate::jobs::{Contents, Listed};
use crate::pipeline::preview::{Subject, VariantSubject};
use crate::pipeline::{Estimate, StatusReport};
use crate::settings::Settings;
use crate::ui::settings::form::{Form, PANEL, VARIANTS};

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
    /// A number that no folder had that was opened before: views forget what belongs to another.
    pub serial: u64,
    /// Absolute, with links resolved.
    pub root: PathBuf,
    /// The settings that a build would use.
    pub settings: Settings,
    /// Settings that were, and that were undone.
    pub history: History,
    /// The settings of the analysis as they are being typed.
    pub form: Form,
    /// The settings of augmentation as they are being typed.
    pub augmentation_form: Form,
    /// The scale of every level in decibels.
    pub decibels: Decibels,
    /// The threshold in decibels while it is being typed; `None` where it is what the settings say.
    pub typed_threshold_db: Option<String>,
    /// The recordings.
    pub files: Files,
    /// The variant that was chosen to be shown in place of the selected file. Another file that is selected takes it away.
    pub variant: Option<ChosenVariant>,
    /// Paths that could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Everything that was passed over and may belong to the dataset, in words.
    pub notes: Vec<String>,
    /// Why changes of the folder do not appear by themselves, in words.
    pub watch_problem: Option<String>,
    /// True while headers are being read.
    pub is_reading: bool,
    /// The estimate of what a build would make and need.
    pub estimate: Check<Estimate>,
    /// The comparison of the cache with what a build would make.
    pub status: Check<StatusReport>,
    /// The build or the check of the tensors that runs: the settings stay as they are.
    pub task: Option<Task>,
    /// The audit that runs.
    pub audit_task: Option<Task>,
    /// True when the settings have changed and were not yet given to be saved.
    pub has_unsaved_settings: bool,
    /// True when the answers about the cache and the estimate are out of date, and were not yet asked for anew.
    pub needs_checks: bool,
}

impl Folder {
    /// A folder with `contents`, whose headers are yet to be read.
    pub fn new(serial: u64, contents: Contents) -> Self {
        let Contents { root, settings, listed: Listed { sources, unlisted, notes } } = contents;
        Self {
            serial,
            root,
            history: History::default(),
            form: Form::of(&settings, PANEL),
            augmentation_form: Form::of(&settings, VARIANTS),
            decibels: Decibels::default(),
            typed_threshold_db: None,
            files: Files::new(sources, &settings.exclude),
            settings,
            variant: None,
            unlisted,
            notes,
            watch_problem: None,
            is_reading: true,
            estimate: Check::default(),
            status: Check::default(),
            task: None,
            audit_task: None,
            has_unsaved_settings: false,
            needs_checks: false,
        }
    }

    /// The cache's folder.
    pub fn cache_dir(&self) -> PathBuf {
        self.settings.cache_dir_of(&self.root)
    }

    /// Takes what a scan found now. True when files came, went or changed.
    pub fn take_listed(&mut self, listed: Listed) -> bool {
        let Listed { sources, unlisted, notes } = listed;
        (self.unlisted, self.notes) = (unlisted, notes);
        self.files.merge(sources, &self.settings.exclude)
    }

    /// True when there are tensors in the cache, valid or not.
    pub fn has_tensors(&self) -> bool {
        matches!(&self.status.answer, Some(Ok(report)) if report.spectrograms > 0)
    }

    /// The file that is selected.
    pub fn selected_file(&self) -> Option<&File> {
        self.files.all().get(self.files.selected()?)
    }

    /// The selected file, or the variant that was chosen of it.
    pub fn subject(&self) -> Option<Subject> {
        self.selected_file().map(|file| self.subject_of(file))
    }

    /// The subject to show while `file` is selected: the file, or the variant that was chosen of it.
    pub fn subject_of(&self, file: &File) -> Subject {
        match self.variant.as_ref().filter(|variant| variant.file == file.path) {
            None => Subject::File(file.path.clone()),
            Some(&ChosenVariant { chunk, number, .. }) => {
                let (path, source) = (file.path.clone(), file.relative.clone());
                Subject::Variant(Box::new(VariantSubject::new(&self.settings, path, source, chunk, number)))
            }
        }
    }

    /// Forgets the chosen variant when it is not one of the selected file.
    pub fn forget_variant_of_others(&mut self) {
        let selected = self.files.selected().and_then(|index| self.files.all().get(index));
        self.variant.take_if(|variant| selected.is_none_or(|file| file.path != variant.file));
    }
}
