//! The one owner of colour and spacing.

use egui::{Color32, Context, RichText, Ui};

use crate::picture::colormap::MASKED;

/// Which colours the window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order in which it is offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Makes it the window's.
    pub fn apply(self, ctx: &Context) {
        ctx.set_theme(match self {
            Self::System => egui::ThemePreference::System,
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
        });
    }
}

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
    /// The tone's colour; each has a contrast of at least 4.5 to the background of its theme.
    pub fn color(self, ui: &Ui) -> Color32 {
        match (self, ui.visuals().dark_mode) {
            (Self::Good, true) => Color32::from_rgb(110, 200, 120),
            (Self::Good, false) => Color32::from_rgb(20, 115, 45),
            (Self::Warning, true) => Color32::from_rgb(235, 180, 80),
            (Self::Warning, false) => Color32::from_rgb(140, 85, 0),
            (Self::Bad, true) => Color32::from_rgb(245, 130, 120),
            (Self::Bad, false) => Color32::from_rgb(180, 30, 30),
            (Self::Weak, true) => Color32::from_gray(165),
            (Self::Weak, false) => Color32::from_gray(90),
        }
    }

    /// `text` in the tone's colour.
    pub fn text(self, ui: &Ui, text: impl Into<String>) -> RichText {
        RichText::new(text).color(self.color(ui))
    }
}

/// Places that the mask covers, where they are counted and not hatched.
pub fn masked_color() -> Color32 {
    let [red, green, blue] = MASKED[0];
    Color32::from_rgb(red, green, blue)
}

/// The line where the sound is that is heard now.
pub fn playhead_color() -> Color32 {
    Color32::from_rgb(120, 255, 160)
}

/// The colour over the time that is selected.
pub fn selection_color() -> Color32 {
    Color32::from_rgba_unmultiplied(120, 180, 255, 60)
}

/// The heading of a view or panel.
pub fn heading_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).heading().strong());
    ui.add_space(4.0);
}

/// The heading of a part of a view.
pub fn section_ui(ui: &mut Ui, text: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(text).size(15.0).strong());
    ui.add_space(2.0);
}
