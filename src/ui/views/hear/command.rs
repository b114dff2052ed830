//! The commands of the Hear view.

use std::path::PathBuf;

use super::abx::AbxSlot;
use crate::pipeline::{Normalisation, SoundVersion};

/// A command that only the Hear view understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HearCommand {
    /// Hear a version.
    ShowVersion(SoundVersion),
    /// Show the passage that begins with a chunk.
    ShowPassage(usize),
    /// Refine in so many rounds.
    SetRounds(usize),
    /// Show the tensors of a file in place of the selected recording.
    ShowTensors(PathBuf),
    /// Read them as normalised, or not.
    SetNormalisation(Normalisation),
    /// Show the selected recording again.
    ShowRecording,
    /// Begin a blind test between two versions.
    BeginAbx([SoundVersion; 2]),
    /// Hear A, B or X.
    HearAbx(AbxSlot),
    /// Answer whether X is B.
    AnswerAbx(bool),
    /// End the test.
    EndAbx,
    /// Change the versions of the next test.
    ChooseAbx([SoundVersion; 2]),
    /// Write what is heard as WAV: to a path, or to where the system's dialog says.
    Export(Option<PathBuf>),
}
