//! The settings as the window shows them: texts that are being typed, remarks on them, and presets. No drawing.

pub mod augmentation_form;
pub mod form;
pub mod presets;
pub mod remarks;
