//! The panels around a view.

pub(super) mod preset_panel;
pub(super) mod settings_panel;
