//! The one owner of colour, spacing, and the size of letters.

mod categories;
#[cfg(test)]
mod contrast;
mod tone;
mod visuals;

use egui::{Color32, Context, FontFamily, FontId, RichText, TextStyle, Ui};

pub use categories::{N_CATEGORIES, N_STEPS, category_color, step_color};
pub use tone::Tone;

use crate::picture::colormap::{MASKED, Rgb};

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

/// The size of the smallest letters, in points.
pub const SMALLEST_TEXT: f32 = 11.0;

/// Gives the window its colours, for both themes, and the sizes of its letters.
pub(super) fn install(ctx: &Context) {
    ctx.all_styles_mut(|style| {
        let small = FontId::new(SMALLEST_TEXT, FontFamily::Proportional);
        style.text_styles.insert(TextStyle::Small, small);
    });
    ctx.style_mut_of(egui::Theme::Dark, |style| style.visuals = visuals::dark());
    ctx.style_mut_of(egui::Theme::Light, |style| style.visuals = visuals::light());
}

/// Places that the mask covers, where they are counted and not hatched.
pub fn masked_color() -> Color32 {
    picture_color(MASKED[0])
}

/// The line where the sound is that is heard now.
pub fn playhead_color() -> Color32 {
    Color32::from_rgb(120, 255, 160)
}

/// The edge of that line, so that it is seen on bright places as well.
pub fn playhead_edge_color() -> Color32 {
    Color32::BLACK
}

/// The frame around a place that is pointed at.
pub fn frame_color() -> Color32 {
    Color32::from_rgb(255, 200, 60)
}

/// The edge of that frame, so that it is seen on bright places as well.
pub fn frame_edge_color() -> Color32 {
    Color32::from_rgb(60, 40, 0)
}

/// A colour of a picture.
pub fn picture_color([red, green, blue]: Rgb) -> Color32 {
    Color32::from_rgb(red, green, blue)
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
