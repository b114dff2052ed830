//! The rows of the tree: one stop of the Tab key. Only those in sight are drawn.

use egui::accesskit::Role;
use egui::{
    EventFilter, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, style, vec2,
};

use super::columns::{ColumnPlaces, HEAD_HEIGHT, heads_ui};
use super::keys::Stops;
use super::row::{RowContext, row_ui};
use crate::ui::session::browse::BrowseOptions;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;

/// The room that the scroll bar takes beside the columns, in points.
pub(super) const BAR_WIDTH: f32 = 12.0;

/// Draws heads and rows in `height`.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    options: BrowseOptions,
    stops: Stops,
    height: f32,
    commands: &mut Vec<Command>,
) {
    let files = &folder.files;
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    focus_ui(ui, area, stops);
    let x = egui::Rangef::new(area.left(), area.right() - BAR_WIDTH);
    let places = ColumnPlaces::new(options, x);
    let mut body = area;
    if !places.is_empty() {
        let head = Rect::from_min_size(area.min, vec2(area.width(), HEAD_HEIGHT));
        heads_ui(ui, head, &places);
        body.min.y = head.bottom() + 2.0;
    }
    ui.scope_builder(egui::UiBuilder::new().max_rect(body), |ui| {
        ui.spacing_mut().item_spacing = Vec2::ZERO;
        let row_height = ui.spacing().interact_size.y + 2.0;
        let rows = files.tree().rows();
        let scroll_area = ScrollArea::vertical()
            .id_salt("file-tree")
            .auto_shrink(false)
            .max_height(body.height())
            .min_scrolled_height(body.height());
        let to_reveal = row_to_reveal(ui, folder);
        scroll_area.show_rows(ui, row_height, rows.len(), |ui, in_sight| {
            let top = ui.max_rect().top();
            let rect_of = |place: usize| {
                let y = top + (place as f32 - in_sight.start as f32) * row_height;
                Rect::from_min_size(pos2(area.left(), y), vec2(area.width(), row_height))
            };
            let context = RowContext { folder, places: &places, is_free: folder.task.is_none() };
            for place in in_sight.clone() {
                row_ui(ui, rect_of(place), rows[place], &context, commands);
            }
            if let Some(place) = to_reveal {
                // A row above and below is in sight as well, so that the next step is seen coming.
                let rect = rect_of(place).expand2(vec2(0.0, row_height));
                ui.scroll_to_rect_animation(rect, None, style::ScrollAnimation::none());
            }
            if *files.rows_in_sight() != in_sight {
                commands.push(Command::SetRowsInSight(in_sight));
            }
        });
    });
}

/// The row of the cursor, where it was moved since the last frame: whoever scrolls elsewhere is left there.
fn row_to_reveal(ui: &Ui, folder: &Folder) -> Option<usize> {
    let id = ui.make_persistent_id("revealed");
    let moved = (folder.serial, folder.files.n_moves());
    let known = ui.data_mut(|data| data.get_temp::<(u64, u64)>(id));
    if known == Some(moved) {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(id, moved));
    folder.files.cursor_place()
}

/// The stop of the Tab key, and its frame while it has the keyboard.
fn focus_ui(ui: &Ui, area: Rect, stops: Stops) {
    let list = ui.interact(area, stops.rows, Sense::focusable_noninteractive());
    list.widget_info(|| WidgetInfo::labeled(Role::Tree, true, "Files"));
    // Whoever clicked a row goes on from the list with the Tab key.
    if ui.input(|input| input.pointer.primary_clicked()) && ui.rect_contains_pointer(area) {
        list.request_focus();
    }
    if list.has_focus() {
        // The tree moves its cursor itself.
        let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(stops.rows, filter));
        let stroke = Stroke::new(1.0, ui.visuals().selection.stroke.color);
        ui.painter().rect_stroke(area.expand(1.0), 2.0, stroke, StrokeKind::Inside);
    }
}
