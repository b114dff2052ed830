//! Everything that the window shows and that belongs to no single view, as plain values. Only `logic` changes it.

use std::path::PathBuf;

use super::browse::BrowseOptions;
use super::folder::Folder;
use super::level_view::LevelView;
use super::listen::Listen;
use super::pane_arrangement::PaneArrangement;
use super::settings_panel_choice::SettingsPanelChoice;
use super::view_id::ViewId;
use crate::pipeline::Question;
use crate::ui::settings::presets::Presets;
use crate::ui::theme::Theme;

/// Folders that are remembered.
pub const RECENT_MAX: usize = 8;

/// The window.
#[derive(Debug, Default)]
pub struct State {
    /// The text of the path field.
    pub path_text: String,
    /// Folders that were opened, the newest first.
    pub recent: Vec<PathBuf>,
    /// The colours.
    pub theme: Theme,
    /// The view that is shown; none before the window knows its views.
    pub view: Option<ViewId>,
    /// The views that have the panel of settings beside them.
    pub settings_panel: SettingsPanelChoice,
    /// True while the list of what the keys and the mouse do is shown.
    pub shows_help: bool,
    /// Settings under a name.
    pub presets: Presets,
    /// The folder, or why there is none.
    pub phase: Phase,
    /// The sound.
    pub listen: Listen,
    /// What follows when a file is chosen, and what the tree shows.
    pub browse: BrowseOptions,
    /// Something that did not work and belongs to no view.
    pub notice: Option<String>,
    /// Folders that were opened since the window was.
    pub n_opened: u64,
    /// How the panes of the Tune view stand.
    pub pane_arrangement: PaneArrangement,
    /// How levels are drawn.
    pub level_view: LevelView,
    /// The step of the tour that is shown, counted from 0.
    pub tour: Option<usize>,
}

impl State {
    /// The open folder.
    pub fn folder(&self) -> Option<&Folder> {
        match &self.phase {
            Phase::Open(folder) => Some(folder),
            _ => None,
        }
    }

    /// The open folder.
    pub fn folder_mut(&mut self) -> Option<&mut Folder> {
        match &mut self.phase {
            Phase::Open(folder) => Some(folder),
            _ => None,
        }
    }

    /// True while a build or a check of the tensors runs: the folder and its settings stay as they are.
    pub fn is_working(&self) -> bool {
        self.folder().is_some_and(|folder| folder.task.is_some())
    }

    /// The question that the running build waits to be answered.
    pub fn question(&self) -> Option<&Question> {
        self.folder()?.task.as_ref()?.question.as_ref()
    }

    /// Puts `root` first among the recent folders.
    pub fn remember(&mut self, root: PathBuf) {
        self.recent.retain(|folder| *folder != root);
        self.recent.insert(0, root);
        self.recent.truncate(RECENT_MAX);
    }
}

/// The folder, or why there is none.
#[derive(Debug, Default)]
pub enum Phase {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A folder whose files are not known yet.
    Opening(PathBuf),
    /// A folder that could not be opened, and why.
    Failed {
        /// The folder.
        path: PathBuf,
        /// The reason in words.
        message: String,
    },
    /// A folder.
    Open(Box<Folder>),
}
