//! Colours that mean something.

use egui::{Color32, RichText, Ui};

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Should be known.
    Warning,
    /// Does not work.
    Bad,
    /// In passing.
    Weak,
}

impl Tone {
    /// The tone's colour; on a selected row that of all its text.
    pub fn color(self, ui: &Ui) -> Color32 {
        let visuals = ui.visuals();
        visuals.override_text_color.unwrap_or_else(|| self.color_in(visuals.dark_mode))
    }

    /// The tone's colour in a theme: it has a contrast of at least 4.5 to each background of that theme.
    pub(super) fn color_in(self, is_dark: bool) -> Color32 {
        match (self, is_dark) {
            (Self::Good, true) => Color32::from_rgb(110, 200, 120),
            (Self::Good, false) => Color32::from_rgb(15, 100, 40),
            (Self::Warning, true) => Color32::from_rgb(235, 180, 80),
            (Self::Warning, false) => Color32::from_rgb(130, 78, 0),
            (Self::Bad, true) => Color32::from_rgb(245, 130, 120),
            (Self::Bad, false) => Color32::from_rgb(175, 25, 25),
            (Self::Weak, true) => Color32::from_gray(165),
            (Self::Weak, false) => Color32::from_gray(85),
        }
    }

    /// `text` in the tone's colour.
    pub fn text(self, ui: &Ui, text: impl Into<String>) -> RichText {
        RichText::new(text).color(self.color(ui))
    }
}
