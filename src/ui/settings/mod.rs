//! The settings as the window shows them: texts that are being typed, remarks on them, and presets. No drawing.

pub mod form;
pub mod presets;
