//! The commands that every view and panel may give: what a person asked for in one frame, run by the next `logic`.

use std::ops::Range;
use std::path::PathBuf;

use super::browse::{Browse, BrowseOptions};
use super::level_view::LevelView;
use super::variant::ChosenVariant;
use super::view_id::ViewId;
use crate::audit::Action;
use crate::path_text::RelPath;
use crate::playback::Device;
use crate::settings::ChunkRange;
use crate::ui::settings::form::Field;
use crate::ui::settings::presets::PresetCommand;
use crate::ui::theme::Theme;

/// A command that concerns more than one view. What only one view understands is in the enum of its folder.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask for a folder in the system's dialog.
    PickFolder,
    /// Open a folder, or the folder of a file.
    Open(PathBuf),
    /// Change the text of the path field.
    TypePath(String),
    /// Read the open folder again.
    Reload,
    /// Show a view.
    Show(ViewId),
    /// Choose the colours.
    SetTheme(Theme),
    /// Open the panel of settings beside the shown view, or fold it away.
    ShowSettingsPanel(bool),
    /// Show what the keys and the mouse do, or hide it.
    ShowHelp(bool),
    /// Show the files whose names contain the text.
    Filter(String),
    /// Select a file by its number.
    Select(usize),
    /// Include a file, or leave it out.
    SetIncluded {
        /// The file's number.
        index: usize,
        /// True to include it.
        is_included: bool,
    },
    /// Change the text of a setting.
    TypeSetting {
        /// Its field.
        field: Field,
        /// The new text.
        text: String,
    },
    /// Change the text of the setting `key` and take it over: what a button proposes.
    ChangeSetting {
        /// Its name in `melscope.json`.
        key: &'static str,
        /// The new text.
        text: String,
    },
    /// Change the mask threshold. While a pointer button or key is held down, many are one step to undo.
    SetThreshold(f64),
    /// Do something with presets.
    Preset(PresetCommand),
    /// Take over the settings that were typed, where they are possible.
    ApplySettings,
    /// Take back the last change of a setting or exclusion.
    Undo,
    /// Bring back what was undone.
    Redo,
    /// Leave chunks of a recording out, or take them back.
    LeaveOutChunks {
        /// The chunks.
        chunks: ChunkRange,
        /// True to leave them out.
        is_left_out: bool,
    },
    /// Exclude what an audit proposes.
    Exclude(Action),
    /// Choose a variant to be shown in place of its file; `None` shows the file again.
    ChooseVariant(Option<ChosenVariant>),
    /// Play an excerpt of a recording.
    PlayExcerpt {
        /// The recording.
        source: PathBuf,
        /// Its part, in seconds.
        range_s: Range<f64>,
    },
    /// Show the tensors of a file, and hear them.
    HearTensors(PathBuf),
    /// Play the original (0) or a variant that the Augment view shows, by its number.
    PlayVariant(u32),
    /// Stop the build, the check of the tensors or the audit.
    Cancel,
    /// Play the selected file, or what is selected of it.
    Play,
    /// End the sound; when there is none, go back to the start.
    Stop,
    /// Begin anew at the end, or no more.
    ToggleLoop,
    /// Play from this time of the selected file on, in seconds: now or at the next `Play`.
    Seek(f64),
    /// Select a part of the selected file, in seconds; `None` is all of it.
    SetSelection(Option<Range<f64>>),
    /// Hear only these frequencies, in Hz, of what is selected; `None` hears all.
    SetBand(Option<Range<f64>>),
    /// Set the volume, 0 to 1.
    SetVolume(f32),
    /// Where it is heard; `None` is the system's choice.
    SetDevice(Option<Device>),
    /// Look for sound devices again.
    RefreshDevices,
    /// Draw levels in this way.
    SetLevelView(LevelView),
    /// Change the text of the mask threshold in decibels.
    TypeThresholdDb(String),
    /// Take over the threshold that was typed in decibels, where it is one.
    ApplyThresholdDb,
    /// Write the demo's recordings, open them, and begin the tour.
    TryDemo,
    /// Begin the tour through the window, on the demo where no recordings are open.
    StartTour,
    /// Show a step of the tour, counted from 0.
    ShowTourStep(usize),
    /// End the tour.
    EndTour,
    /// Go through the files of the tree.
    Browse(Browse),
    /// Choose what follows when a file is chosen, and what the tree shows.
    SetBrowseOptions(BrowseOptions),
    /// Include every selected file, or leave all of them out, and go on to the next.
    IncludeSelected {
        /// True to include them.
        is_included: bool,
    },
    /// Include every file below a folder, or leave all of them out.
    IncludeFolder {
        /// The folder's place in the dataset.
        folder: RelPath,
        /// True to include it.
        is_included: bool,
    },
    /// Note which rows of the tree are in sight.
    SetRowsInSight(Range<usize>),
    /// Open a folder or a report with the program that the system has for it.
    OpenOutside(PathBuf),
}
