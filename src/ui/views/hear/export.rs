//! What is heard, written as WAV.

use std::path::PathBuf;

use super::model::Hear;
use super::words::version_name;
use crate::error::Result;
use crate::jobs::Background;
use crate::pipeline::write_float_wav;
use crate::ui::background::save_dialog::{NOTHING_WRITTEN, ask_where};
use crate::ui::remedy::with_remedy;

/// The export that runs, from the question where it goes to the file.
#[derive(Debug, Default)]
pub(super) struct WavExporter(Option<Background<Option<Result<PathBuf>>>>);

impl WavExporter {
    /// True while an export runs.
    pub(super) fn is_busy(&self) -> bool {
        self.0.is_some()
    }

    /// Begins to write the version that is heard, to `to` or to where the system's dialog says, unless an export runs.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(&mut self, hear: &Hear, to: Option<PathBuf>) -> Result<()> {
        let Some(passage) = hear.passage_of_chosen().filter(|_| !self.is_busy()) else { return Ok(()) };
        let version = hear.version();
        let Some(sound) = passage.sound(version).cloned() else { return Ok(()) };
        let source = passage.request.source.path();
        let stem = source.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem} {}.wav", version_name(version).to_lowercase().replace('\'', ""));
        let start = passage.request.root.parent().unwrap_or(&passage.request.root).to_path_buf();
        let rate_hz = passage.sample_rate_hz;
        self.0 = Some(Background::start("export", move || {
            let to = to.or_else(|| ask_where("Save as WAV", &start, &name))?;
            Some(write_float_wav(&to, &sound.to_vec(), rate_hz).map(|()| to))
        })?);
        Ok(())
    }

    /// The way in which an export ended, in words, once it has.
    pub(super) fn update(&mut self) -> Option<String> {
        let ended = self.0.as_ref()?.poll()?;
        self.0 = None;
        Some(match ended {
            Ok(Some(Ok(to))) => format!("Written: {}", to.display()),
            Ok(None) => NOTHING_WRITTEN.into(),
            Ok(Some(Err(error))) | Err(error) => with_remedy(&error),
        })
    }

    /// Forgets what runs: the folder is no longer open. A file that is being written is completed.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}
