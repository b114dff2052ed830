//! The panels around a view: which folder is open, its files, its settings, what is heard, and what runs.

pub(super) mod empty_folder;
pub(super) mod failed_folder;
pub(super) mod file_tree;
pub(super) mod help;
pub(super) mod preset_panel;
pub(super) mod settings_panel;
pub(super) mod status_bar;
pub(super) mod threshold_control;
pub(super) mod top_bar;
pub(super) mod tour_card;
pub(super) mod transport_bar;
pub(super) mod welcome;
