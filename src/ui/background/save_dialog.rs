//! The system's dialog that asks where a file goes.

use std::path::{Path, PathBuf};

/// What is said where nothing was chosen: a dialog that was cancelled and one that could not be shown look the same.
pub(in crate::ui) const NOTHING_WRITTEN: &str = "Nothing was written. If no dialog appeared: install zenity.";

/// Asks where a file called `name` goes, `start` first, in a dialog with this title; it asks by itself before a file is replaced. Waits for the
/// answer, so not on the thread of the window.
pub(in crate::ui) fn ask_where(title: &str, start: &Path, name: &str) -> Option<PathBuf> {
    rfd::FileDialog::new().set_title(title).set_directory(start).set_file_name(name).save_file()
}
