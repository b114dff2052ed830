//! What distill is, for whoever meets its name.

use egui::Ui;

use crate::distill;

/// A button that tells it, to hover or to press.
pub(in crate::ui) fn distill_help_ui(ui: &mut Ui) {
    let button = ui.menu_button("What is distill?", |ui| {
        ui.set_max_width(340.0);
        ui.label(distill::EXPLANATION);
    });
    button.response.on_hover_text(distill::EXPLANATION);
}
