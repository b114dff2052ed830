//! The tabs of the panes.

use egui::accesskit::Role;
use egui::{Ui, WidgetInfo};

use super::command::AuditCommand;
use super::pane::AuditPane;

/// Draws the tabs of the panes, of which `shown` is shown.
pub(super) fn tabs_ui(ui: &mut Ui, shown: AuditPane, own: &mut Vec<AuditCommand>) {
    for pane in AuditPane::ALL {
        let is_shown = pane == shown;
        let tab = ui.selectable_label(is_shown, pane.name());
        tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, pane.name()));
        if tab.on_hover_text(pane.help()).clicked() {
            own.push(AuditCommand::ShowPane(pane));
        }
    }
}
