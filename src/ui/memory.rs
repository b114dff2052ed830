//! The part of the state that survives a restart, besides the window's size.

use std::path::PathBuf;

use super::session::browse::BrowseOptions;
use super::session::level_view::LevelView;
use super::session::listen::Listen;
use super::session::pane_arrangement::PaneArrangement;
use super::session::settings_panel_choice::SettingsPanelChoice;
use super::session::state::State;
use super::settings::presets::{Preset, Presets};
use super::theme::Theme;
use crate::playback::Device;

/// Where it is kept in eframe's storage.
const STORAGE_KEY: &str = "melscope";

/// What the window remembers.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    pub(super) last_folder: Option<PathBuf>,
    recent: Vec<PathBuf>,
    theme: Theme,
    volume: f32,
    device: Option<Device>,
    presets: Vec<Preset>,
    settings_panel: SettingsPanelChoice,
    pane_arrangement: PaneArrangement,
    level_view: LevelView,
    browse: BrowseOptions,
}

impl Default for Memory {
    fn default() -> Self {
        let Listen { volume, device, .. } = Listen::default();
        Self {
            last_folder: None,
            recent: Vec::new(),
            theme: Theme::default(),
            volume,
            device,
            presets: Vec::new(),
            settings_panel: SettingsPanelChoice::default(),
            pane_arrangement: PaneArrangement::default(),
            level_view: LevelView::default(),
            browse: BrowseOptions::default(),
        }
    }
}

impl Memory {
    /// What `storage` holds; nothing where it holds none that can be read.
    pub(super) fn read(storage: &dyn eframe::Storage) -> Self {
        eframe::get_value(storage, STORAGE_KEY).unwrap_or_default()
    }

    /// What is to be remembered of `state`.
    pub(super) fn of(state: &State) -> Self {
        Self {
            last_folder: state.folder().map(|folder| folder.root.clone()),
            recent: state.recent.clone(),
            theme: state.theme,
            volume: state.listen.volume,
            device: state.listen.device.clone(),
            presets: state.presets.own().to_vec(),
            settings_panel: state.settings_panel.clone(),
            pane_arrangement: state.pane_arrangement,
            level_view: state.level_view,
            browse: state.browse,
        }
    }

    /// Writes it into `storage`.
    pub(super) fn write(&self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, STORAGE_KEY, self);
    }

    /// The state of a window that has just opened.
    pub(super) fn into_state(self) -> State {
        State {
            recent: self.recent,
            presets: Presets::new(self.presets),
            theme: self.theme,
            settings_panel: self.settings_panel,
            level_view: self.level_view,
            browse: self.browse,
            listen: Listen { volume: self.volume, device: self.device, ..Listen::default() },
            pane_arrangement: self.pane_arrangement,
            ..State::default()
        }
    }
}
