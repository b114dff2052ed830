//! egui's own colours where theirs are too faint: text has a contrast of at least 4.5 to what it stands on, and signs and
//! edges of 3, as the Web Content Accessibility Guidelines 2.2 ask for at level AA.

use egui::{Color32, Stroke, Visuals};

use super::tone::Tone;

/// The dark theme.
pub(super) fn dark() -> Visuals {
    let mut visuals = with_tones(Visuals::dark());
    visuals.widgets.noninteractive.fg_stroke.color = Color32::from_gray(200);
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, Color32::from_gray(120));
    // Rows of tables under the pointer, with text of every tone.
    visuals.widgets.hovered.bg_fill = Color32::from_gray(50);
    visuals.widgets.open.bg_stroke.color = Color32::from_gray(150);
    visuals.code_bg_color = Color32::from_gray(45);
    visuals.selection.bg_fill = Color32::from_rgb(0, 112, 160);
    visuals.selection.stroke = Stroke::new(1.0, Color32::WHITE);
    visuals
}

/// The light theme.
pub(super) fn light() -> Visuals {
    let mut visuals = with_tones(Visuals::light());
    visuals.widgets.noninteractive.fg_stroke.color = Color32::from_gray(60);
    visuals.widgets.inactive.fg_stroke.color = Color32::from_gray(40);
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, Color32::from_gray(130));
    visuals.widgets.open.bg_stroke.color = Color32::from_gray(105);
    visuals.hyperlink_color = Color32::from_rgb(0, 90, 170);
    visuals.selection.bg_fill = Color32::from_rgb(70, 140, 215);
    visuals.selection.stroke = Stroke::new(1.0, Color32::BLACK);
    visuals
}

fn with_tones(visuals: Visuals) -> Visuals {
    let color = |tone: Tone| tone.color_in(visuals.dark_mode);
    Visuals {
        weak_text_color: Some(color(Tone::Weak)),
        warn_fg_color: color(Tone::Warning),
        error_fg_color: color(Tone::Bad),
        ..visuals
    }
}
