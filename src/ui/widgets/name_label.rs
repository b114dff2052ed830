//! Names of files in reading direction.

use egui::{Label, Response, RichText, Role, Ui, WidgetInfo};

use crate::ui::fonts::display_text;

/// Draws `name` in reading direction, cut off where there is no room, by `style`. A screen reader is told the name itself.
pub(in crate::ui) fn name_ui(ui: &mut Ui, name: &str, style: impl FnOnce(RichText) -> RichText) -> Response {
    let label = Label::new(style(RichText::new(display_text(name)))).truncate();
    let response = ui.add(label);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    response
}
