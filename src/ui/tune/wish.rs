//! What a person asks of the Tune view.

use super::model::ChosenVariant;

/// One wish, run by the next `logic`.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// A heatmap has this many pixels, width and height.
    Resize([usize; 2]),
    /// Show less, or with factors below 1 more: of time and of the mel axis, around a point given as shares of the width from
    /// the left and of the height from below.
    Zoom {
        /// What stays where it is.
        at: [f64; 2],
        /// How much larger time and mel become.
        factors: [f64; 2],
    },
    /// Move later and up, in shares of what is shown.
    Pan([f64; 2]),
    /// Show all of the file.
    Fit,
    /// Turn to the view and show a variant in it.
    ShowVariant(ChosenVariant),
    /// Show the selected file again.
    ShowFile,
    /// Keep the current settings as B.
    Keep,
    /// Swap the current settings, A, with B.
    Flip,
    /// Show A minus B, or A.
    ShowDifference(bool),
}
