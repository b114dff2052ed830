//! The demo's recordings, written on a thread into a folder of the program's own.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::jobs::Background;
use crate::pipeline::demo::write_demo;
use crate::ui::remedy::with_remedy;
use crate::ui::session::state::{Phase, State};

/// Folders that are tried before the demo is given up: one in which somebody has changed something stays as it is.
const FOLDERS_MAX: usize = 20;

/// The demo as it is written.
#[derive(Debug, Default)]
pub(in crate::ui) struct DemoWriter {
    /// The folder for the demo's own; that of the user's data where there is none.
    dir: Option<PathBuf>,
    writing: Option<Background<Result<PathBuf>>>,
}

impl DemoWriter {
    /// A writer into `dir`, or into the folder for the user's data.
    pub(in crate::ui) fn new(dir: Option<PathBuf>) -> Self {
        Self { dir, writing: None }
    }

    /// True while the demo is being written.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.writing.is_some()
    }

    /// Begins to write the demo.
    pub(in crate::ui) fn start(&mut self, state: &mut State) {
        if self.is_busy() {
            return;
        }
        let Some(dir) = self.dir.clone().or_else(|| eframe::storage_dir("melscope")) else {
            let words =
                "The system names no folder for the demo. In a terminal, `melscope demo DIR` writes it.";
            state.notice = Some(words.into());
            return;
        };
        let dir = dir.join("demo");
        state.notice = None;
        let folder = dir.clone();
        match Background::start("write-demo", move || write_in(&folder)) {
            Ok(writing) => {
                state.phase = Phase::Opening(dir);
                self.writing = Some(writing);
            }
            Err(error) => state.notice = Some(with_remedy(&error)),
        }
    }

    /// The folder that was written, once.
    pub(in crate::ui) fn drain(&mut self, state: &mut State) -> Option<PathBuf> {
        let written = self.writing.as_ref()?.poll()?;
        self.writing = None;
        match written.and_then(|written| written) {
            Ok(folder) => Some(folder),
            Err(error) => {
                let path = match &state.phase {
                    Phase::Opening(path) => path.clone(),
                    _ => PathBuf::new(),
                };
                state.phase = Phase::Failed { path, message: with_remedy(&error) };
                None
            }
        }
    }
}

/// Writes the demo into the first folder below `dir` that is new, or has the demo as it is already.
fn write_in(dir: &Path) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let name = if number == 1 { "recordings".into() } else { format!("recordings {number}") };
        let folder = dir.join(name);
        match write_demo(&folder) {
            Ok(_) => return Ok(folder),
            Err(Error::Refused { .. }) if number < FOLDERS_MAX => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_that_somebody_has_changed_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = write_in(dir.path()).unwrap();
        assert_eq!(write_in(dir.path()).unwrap(), first, "an unchanged demo is used again");
        std::fs::remove_file(first.join("melody.wav")).unwrap();
        let second = write_in(dir.path()).unwrap();
        assert_ne!(second, first);
        assert!(second.join("melody.wav").exists() && !first.join("melody.wav").exists());
    }
}
