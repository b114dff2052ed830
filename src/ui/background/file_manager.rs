//! The system's file manager, opened on a thread that nobody waits for.

use std::path::PathBuf;

use crate::jobs::Background;
use crate::ui::remedy::with_remedy;
use crate::ui::session::state::State;

/// Opens folders in the system's file manager, and files in their programs.
#[derive(Debug, Default)]
pub(in crate::ui) struct FileManager {
    opening: Option<Background<std::io::Result<()>>>,
}

impl FileManager {
    /// True while a folder is being opened.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.opening.is_some()
    }

    /// Opens a folder in it, or a file in the program for such files.
    pub(in crate::ui) fn open(&mut self, path: PathBuf) {
        // Some systems wait for the program that they start.
        let open = move || open::that_detached(path);
        self.opening =
            Background::start("file-manager", open).inspect_err(|error| log::error!("{error}")).ok();
    }

    /// Says in `state` what did not work.
    pub(in crate::ui) fn drain(&mut self, state: &mut State) {
        let Some(answer) = self.opening.as_ref().and_then(Background::poll) else { return };
        self.opening = None;
        let failure = match answer {
            Ok(opened) => opened.err().map(|error| error.to_string()),
            Err(error) => Some(with_remedy(&error)),
        };
        if let Some(failure) = failure {
            state.notice = Some(format!("It does not open ({failure}): copy the path and open it yourself."));
        }
    }
}
