//! What a person asks of the Augment view.

use crate::settings::Setting;

/// One wish, run by the next `logic`.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// How often a change is drawn, 0 to 1. While a pointer button or key is held down, many are one step to undo.
    SetProbability(&'static Setting, f64),
    /// Make this many variants of each chunk.
    SetExpansion(u32),
    /// Show a chunk of the selected file.
    ShowChunk(u32),
    /// Change the text of the field with the chunk's number.
    TypeChunk(String),
}
