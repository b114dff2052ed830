//! The one owner of colour and spacing.

use egui::{Color32, Context, Response, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::files::FileState;
use crate::audit::Severity;
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

/// What a colour means.
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
    /// The tone of a file's state.
    pub fn of(state: FileState) -> Self {
        match state {
            FileState::Fine => Self::Good,
            FileState::Warning => Self::Warning,
            FileState::Unreadable => Self::Bad,
            FileState::Reading | FileState::Excluded => Self::Weak,
        }
    }

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

/// What lies over the time that is selected.
pub fn selection_color() -> Color32 {
    Color32::from_rgba_unmultiplied(120, 180, 255, 60)
}

/// A sign for a file's state. Its form tells the states apart without colours, and is drawn because the fonts lack most
/// such signs.
pub fn state_icon_ui(ui: &mut Ui, state: FileState) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    let color = Tone::of(state).color(ui);
    let (center, stroke) = (rect.center(), Stroke::new(2.0, color));
    let rect = rect.shrink(2.0);
    let painter = ui.painter();
    match state {
        FileState::Reading => {
            painter.circle_filled(center, 1.5, color);
        }
        FileState::Fine => {
            painter.circle_filled(center, 4.0, color);
        }
        FileState::Excluded => {
            painter.circle_stroke(center, 3.5, Stroke::new(1.0, color));
        }
        FileState::Warning => {
            let corners = vec![pos2(center.x, rect.top()), rect.right_bottom(), rect.left_bottom()];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        FileState::Unreadable => {
            painter.line_segment([rect.left_top(), rect.right_bottom()], stroke);
            painter.line_segment([rect.right_top(), rect.left_bottom()], stroke);
        }
    }
    response
}

/// The tone of what an audit finds.
pub fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Note => Tone::Weak,
    }
}

/// A sign for the severity of what an audit finds.
pub fn severity_icon_ui(ui: &mut Ui, severity: Severity) -> Response {
    state_icon_ui(
        ui,
        match severity {
            Severity::Error => FileState::Unreadable,
            Severity::Warning => FileState::Warning,
            Severity::Note => FileState::Excluded,
        },
    )
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
