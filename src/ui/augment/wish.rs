//! What a person asks of the Augment view.

use crate::ui::settings::augmentation_form::Chance;

/// One wish, run by the next `logic`.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Change the text of a setting.
    Type {
        /// Its number in the form.
        index: usize,
        /// The new text.
        text: String,
    },
    /// Take over the settings that were typed, where they are possible.
    Apply,
    /// Give the fields of a setting the texts of the settings in effect.
    Restore(&'static str),
    /// How often a change is drawn, 0 to 1. While a pointer button or key is held down, many are one step to undo.
    SetProbability(Chance, f64),
    /// Make this many variants of each chunk.
    SetExpansion(u32),
    /// Leave levels as distill's trainer does, or not.
    SetReferenceLevels(bool),
    /// Show a chunk of the selected file.
    ShowChunk(u32),
    /// Change the text of the field with the chunk's number.
    TypeChunk(String),
}
