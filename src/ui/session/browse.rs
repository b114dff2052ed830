//! Going through the files of the tree: what a person asks of it, and the choices that go with it. Plain values.

use super::file_selection::Pick;

/// Something that is asked of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browse {
    /// Choose a file by its number, as a click does.
    File {
        /// Its number.
        index: usize,
        /// The effect on what is selected already.
        pick: Pick,
    },
    /// Put the cursor on a folder, by its number in the tree.
    Folder(usize),
    /// Move the cursor by rows: over files, and closed folders where one file alone is chosen.
    Step {
        /// How far down; negative is up.
        n_rows: isize,
        /// The effect on what is selected already.
        pick: Pick,
    },
    /// Go to the first file, or to the last.
    End {
        /// True for the last.
        is_last: bool,
        /// The effect on what is selected already.
        pick: Pick,
    },
    /// Select every file that the filter lets through.
    All,
    /// Open or close a folder, by its number in the tree.
    SetOpen {
        /// The folder.
        folder: usize,
        /// True to open it.
        is_open: bool,
    },
    /// Close the folder under the cursor, or go to the folder that the cursor is in.
    Out,
    /// Open the folder under the cursor, or go to the first row in it.
    In,
    /// Go to the file after the last that is selected.
    Next,
}

/// What follows when a file is chosen, and what the tree shows of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BrowseOptions {
    /// A file that is chosen is played.
    pub plays_on_select: bool,
    /// Files are played equally loud.
    pub matches_loudness: bool,
    /// The columns beside the names.
    pub columns: TreeColumns,
}

/// The columns of the tree that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column that is shown or not")]
pub struct TreeColumns {
    /// The outline of the waveform.
    pub waveform: bool,
    /// The length.
    pub length: bool,
    /// The peak.
    pub peak: bool,
    /// The share of mel powers below the mask threshold.
    pub masked: bool,
    /// The number of findings of the audit.
    pub findings: bool,
}

impl Default for TreeColumns {
    fn default() -> Self {
        Self { waveform: true, length: true, peak: false, masked: false, findings: false }
    }
}
