//! The commands of the Augment view.

use crate::settings::Setting;

/// A command that only the Augment view understands.
#[derive(Debug, Clone, PartialEq)]
pub enum AugmentCommand {
    /// Change the probability of a change, 0 to 1. While a pointer button or key is held down, many are one step to undo.
    SetProbability(&'static Setting, f64),
    /// Make this many variants of each chunk.
    SetExpansion(u32),
    /// Show a chunk of the selected file.
    ShowChunk(u32),
    /// Change the text of the field with the chunk's number.
    TypeChunk(String),
}
