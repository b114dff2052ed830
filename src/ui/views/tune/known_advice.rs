//! The advice on the mask's threshold that has come, for the shown recording and for the set.

use std::path::{Path, PathBuf};

use crate::pipeline::advice::{SetAdvice, ThresholdAdvice};

/// The advice on the mask's threshold as far as it is known.
#[derive(Debug, Default)]
pub struct Advice {
    /// For a recording; or why there is none.
    pub file: Option<(PathBuf, Result<ThresholdAdvice, String>)>,
    /// For the set, or what has been read of it so far.
    pub set: Option<SetAdvice>,
}

impl Advice {
    /// The advice for the recording at `path`.
    pub fn of_file(&self, path: &Path) -> Option<&ThresholdAdvice> {
        let (known, advice) = self.file.as_ref()?;
        advice.as_ref().ok().filter(|_| known == path)
    }

    /// The advice for the set, once all of it was read.
    pub fn of_set(&self) -> Option<&SetAdvice> {
        self.set.as_ref().filter(|advice| advice.is_complete())
    }
}
