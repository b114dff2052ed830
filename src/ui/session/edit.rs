//! The changes of a folder's settings: each can be undone, and is noted so that it is saved and the cache looked at anew.

use std::collections::BTreeSet;

use super::folder::Folder;
use super::state::State;
use super::{chunk_exclusions, exclusions};
use crate::settings::table::IF_THRESHOLD;
use crate::settings::{Setting, Settings, Value};
use crate::ui::number_text::{decibel_text, to_three_digits};
use crate::ui::session::command::Command;

impl Folder {
    /// Runs an edit of the settings, which says whether it changed them, unless a task needs them as they are.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Self) -> bool) {
        if self.task.is_none() && edit(self) {
            self.has_unsaved_settings = true;
            self.needs_checks = true;
        }
    }

    /// Replaces the settings so that it can be undone. False when they are the same.
    pub fn change(&mut self, settings: Settings) -> bool {
        if settings == self.settings {
            return false;
        }
        self.history.push(self.settings.clone());
        self.set(settings)
    }

    /// Takes over what was typed of the analysis, where it is possible. True when it changed the settings.
    fn apply_form(&mut self) -> bool {
        self.form.parse(&self.settings).is_ok_and(|settings| self.change(settings))
    }

    /// Takes over what was typed of augmentation, where it is possible. True when it changed the settings.
    fn apply_augmentation_form(&mut self) -> bool {
        self.augmentation_form.parse(&self.settings).is_ok_and(|settings| self.change(settings))
    }

    /// Takes over what was typed in either form, where it is possible. True when it changed the settings.
    pub fn apply_forms(&mut self) -> bool {
        let is_changed = self.apply_form();
        self.apply_augmentation_form() || is_changed
    }

    /// Changes the setting `key` to what `text` says: through its form, where it has fields there.
    fn change_setting(&mut self, key: &str, text: &str) -> bool {
        if self.form.set_text_of(key, text, &self.settings) {
            self.apply_form()
        } else if self.augmentation_form.set_text_of(key, text, &self.settings) {
            self.apply_augmentation_form()
        } else {
            Setting::of_key(key).is_some_and(|setting| self.change_text(setting, text))
        }
    }

    /// Changes a setting at once, whatever else is being typed. True when it changed the settings.
    pub fn change_text(&mut self, setting: &Setting, text: &str) -> bool {
        let mut settings = self.settings.clone();
        setting.set_texts(&mut settings, &[text]).is_some()
            && settings.check().is_ok()
            && self.change(settings)
    }

    /// Changes one number alone, so that a drag costs nothing else; a whole drag is one step to undo.
    pub fn slide(&mut self, setting: &Setting, value: f64) -> bool {
        let mut settings = self.settings.clone();
        let is_set = setting.set(&mut settings, Value::Number(value)).is_some();
        if !is_set || settings == self.settings || settings.check().is_err() {
            return false;
        }
        self.history.push_in_gesture(self.settings.clone());
        self.typed_threshold_db = None;
        self.settings = settings;
        self.form.show_one(setting, &self.settings);
        true
    }

    /// The threshold that was typed in decibels, as mel power; `None` where the text is none.
    pub fn typed_threshold(&self) -> Option<f64> {
        let text = self.typed_threshold_db.as_ref()?;
        if text.trim().eq_ignore_ascii_case("off") {
            return Some(0.0);
        }
        Some(to_three_digits(self.decibels.mel_power(self.decibels.parse(text)?)))
    }

    /// The threshold in decibels as its field shows it: what is being typed, or what the settings say.
    pub fn threshold_db_text(&self) -> String {
        self.typed_threshold_db.clone().unwrap_or_else(|| self.known_threshold_db_text())
    }

    fn known_threshold_db_text(&self) -> String {
        match self.settings.if_threshold {
            0.0 => "off".into(),
            threshold => decibel_text(self.decibels.of(threshold)),
        }
    }

    /// Takes over the threshold that was typed in decibels. True when it changed the settings.
    fn apply_threshold_db(&mut self) -> bool {
        // What was only looked at keeps every digit that it has.
        if self.typed_threshold_db.as_ref() == Some(&self.known_threshold_db_text()) {
            self.typed_threshold_db = None;
        }
        let Some(threshold) = self.typed_threshold() else { return false };
        self.typed_threshold_db = None;
        self.change(Settings { if_threshold: threshold, ..self.settings.clone() })
    }

    fn set(&mut self, settings: Settings) -> bool {
        self.files.exclude(&settings.exclude);
        self.form.show(&settings);
        self.augmentation_form.show(&settings);
        self.typed_threshold_db = None;
        self.settings = settings;
        true
    }

    /// Includes the files with the numbers `targets`, or leaves them out. True when it changed the settings.
    fn include(&mut self, targets: &BTreeSet<usize>, is_included: bool) -> bool {
        let mut settings = self.settings.clone();
        settings.exclude = exclusions::with_files(&settings.exclude, self.files.all(), targets, is_included);
        self.change(settings)
    }

    /// Changes settings as `command` says.
    fn run_edit(&mut self, command: Command) -> bool {
        let mut settings = self.settings.clone();
        match command {
            Command::TypeSetting { field, text } => {
                // A form passes over the fields of others.
                self.form.set_text(field, text.clone(), &settings);
                self.augmentation_form.set_text(field, text, &settings);
                false
            }
            Command::ApplySettings => self.apply_forms(),
            Command::ChangeSetting { key, text } => self.change_setting(key, &text),
            Command::SetThreshold(threshold) => self.slide(&IF_THRESHOLD, threshold),
            Command::TypeThresholdDb(text) => {
                self.typed_threshold_db = Some(text);
                false
            }
            Command::ApplyThresholdDb => self.apply_threshold_db(),
            Command::SetIncluded { index, is_included } => {
                self.include(&BTreeSet::from([index]), is_included)
            }
            Command::IncludeSelected { is_included } => {
                let selected = self.files.selection().all().clone();
                self.include(&selected, is_included)
            }
            Command::IncludeFolder { folder, is_included } => {
                let files = self.files.all();
                settings.exclude = exclusions::with_folder(&settings.exclude, files, &folder, is_included);
                self.change(settings)
            }
            Command::LeaveOutChunks { chunks, is_left_out } => {
                let listed = &settings.exclude_chunks;
                settings.exclude_chunks = chunk_exclusions::with_chunks(listed, &chunks, is_left_out);
                self.change(settings)
            }
            Command::Exclude(action) => {
                action.apply(&mut settings.exclude);
                self.change(settings)
            }
            Command::Undo => self.history.undo(&settings).is_some_and(|before| self.set(before)),
            Command::Redo => self.history.redo(&settings).is_some_and(|after| self.set(after)),
            _ => false,
        }
    }
}

impl State {
    /// Runs a command that changes settings or presets; of any other nothing. None does while a task needs them as they are.
    pub fn run_edit(&mut self, command: Command) {
        let Some(folder) = self.folder() else { return };
        if folder.task.is_some() {
            return;
        }
        let values = match command {
            Command::Preset(command) => {
                let settings = folder.settings.clone();
                let Some(values) = self.presets.run(command, &settings) else { return };
                values
            }
            other => {
                if let Some(folder) = self.folder_mut() {
                    folder.edit(|folder| folder.run_edit(other));
                }
                return;
            }
        };
        let Some(folder) = self.folder_mut() else { return };
        folder.edit(|folder| {
            let settings = values.applied_to(&folder.settings);
            // What was being typed gives way to the preset as well.
            folder.form.show(&folder.settings);
            settings.check().is_ok() && folder.change(settings)
        });
    }
}
