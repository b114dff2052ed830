//! What each folder holds, what is about the set as a whole, and the charts.

use egui::{ScrollArea, Ui, vec2};

use super::command::AuditCommand;
use super::inputs::PaneInputs;
use super::{charts, findings};

/// Size of a chart in points, at least and at most.
const CHART_WIDTHS: [f32; 2] = [180.0, 420.0];
const CHART_HEIGHT: f32 = 170.0;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, inputs: &PaneInputs<'_>, own: &mut Vec<AuditCommand>) {
    let found = inputs.found;
    ScrollArea::vertical().id_salt("audit-folders").auto_shrink(false).show(ui, |ui| {
        findings::set_ui(ui, found);
        let n_charts = found.charts().len() as f32;
        let [least, most] = CHART_WIDTHS;
        let width = (ui.available_width() / n_charts - ui.spacing().item_spacing.x).clamp(least, most);
        ui.horizontal_wrapped(|ui| {
            for chart in found.charts() {
                charts::ui(ui, chart, found, vec2(width, CHART_HEIGHT), own);
            }
        });
    });
}
