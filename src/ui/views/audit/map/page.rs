//! The drawing of the map: every file as a point beside those that sound like it.

use egui::accesskit::Role;
use egui::{
    Align, Checkbox, CursorIcon, EventFilter, Key, Layout, Modifiers, PointerButton, ProgressBar, Rect,
    Response, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::legend::MapColor;
use super::mesh;
use super::model::{MapModel, MapProgress, PreparedMap};
use super::view::MapView;
use crate::audit::{Action, FileAudit, MAP_FILES_MIN};
use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::{self, Tone};
use crate::ui::views::audit::command::{AuditCommand, MapCommand};
use crate::ui::views::audit::model::Found;

/// Width of the list beside the map, and the least of the map itself.
const SIDE_WIDTH: f32 = 230.0;
const MAP_WIDTH_MIN: f32 = 200.0;

/// How far from a point the pointer takes it, in points of the window.
const REACH: f32 = 9.0;

/// The part of a recording that is played, in seconds, from where its sound begins.
const HEARD_S: f64 = 1.5;

/// The pointer rests on a point this long before it is heard, in seconds.
const REST_S: f64 = 0.25;

/// Zoom for a turn of the wheel by a point of the window.
const ZOOM_PER_POINT: f32 = 0.004;

/// Draws the map with what can be done about it.
pub(in crate::ui::views::audit) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    found: &Found,
    map: &MapModel,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    match (&map.progress, &map.prepared) {
        (MapProgress::Making(share), _) => {
            ui.label("The map is being made…");
            ui.add(ProgressBar::new(*share).desired_width(420.0).text(format!("{:.0} %", share * 100.0)));
        }
        (MapProgress::Failed(problem), _) => {
            let text = Tone::Bad.text(ui, problem);
            ui.label(text);
        }
        (_, Some(prepared)) if prepared.map.n_points() > 0 => {
            tools_ui(ui, map, own);
            chosen_ui(ui, folder, found, map, own, commands);
            ui.horizontal_top(|ui| {
                let [width, height] = ui.available_size().into();
                let gap = ui.spacing().item_spacing.x;
                let map_width = (width - SIDE_WIDTH - gap).max(MAP_WIDTH_MIN);
                let column = Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(vec2(map_width, height), column, |ui| {
                    picture_ui(ui, folder, found, map, prepared, own, commands);
                });
                let side_width = (width - map_width - gap).max(0.0);
                ui.allocate_ui_with_layout(vec2(side_width, height), column, |ui| {
                    ScrollArea::vertical().id_salt("audit-map-side").auto_shrink(false).show(ui, |ui| {
                        side_ui(ui, found, map, prepared, commands);
                    });
                });
            });
        }
        _ => {
            ui.label(format!("There is no map: it needs at least {MAP_FILES_MIN} files that can be read and are not silent."));
        }
    }
}

/// What decides the colours, and how the map is used.
fn tools_ui(ui: &mut Ui, map: &MapModel, own: &mut Vec<AuditCommand>) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Colour by");
        for color in MapColor::ALL {
            if ui.selectable_label(map.color == color, color.name()).clicked() {
                own.push(AuditCommand::Map(MapCommand::Color(color)));
            }
        }
        ui.separator();
        let mut plays = map.plays_on_hover;
        let hint = "Selects the file whose point the pointer rests on, and plays its beginning";
        if ui.add(Checkbox::new(&mut plays, "Play on hover")).on_hover_text(hint).changed() {
            own.push(AuditCommand::Map(MapCommand::PlayOnHover(plays)));
        }
        let is_whole = map.view == MapView::default();
        if ui.add_enabled(!is_whole, egui::Button::new("Show the whole map")).clicked() {
            own.push(AuditCommand::Map(MapCommand::See(MapView::default())));
        }
        let words = "Drag to draw a line around files · wheel to zoom · right button to move · arrows to go from file to file";
        let text = Tone::Weak.text(ui, words).small();
        ui.label(text);
    });
}

/// What can be done with the files inside of the line.
fn chosen_ui(
    ui: &mut Ui,
    folder: &Folder,
    found: &Found,
    map: &MapModel,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    if map.chosen.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let n = in_words::count(map.chosen.len(), "file");
        let is_included =
            |row: &&u32| found.number_of(**row).is_some_and(|number| !folder.files.all()[number].is_excluded);
        let included: Vec<u32> = map.chosen.iter().filter(is_included).copied().collect();
        let is_free = folder.task.is_none() && !included.is_empty();
        let button = ui.add_enabled(is_free, egui::Button::new(format!("Exclude the selected {n}")));
        let hint = "A build leaves them out; the files stay as they are. Undo or Ctrl+Z takes it back";
        let done = "They are excluded, or a build is running";
        if button.on_hover_text(hint).on_disabled_hover_text(done).clicked() {
            let exclude = included.iter().map(|row| found.file(*row).0.path.clone()).collect();
            let title = format!("Exclude {n} that are selected on the map");
            commands.push(Command::Exclude(Action { title, check: None, exclude, keep: Vec::new() }));
        }
        let hint = "Shows only these files in the table";
        if ui.button("Show in table").on_hover_text(hint).clicked() {
            own.push(AuditCommand::ShowRows(map.chosen.clone()));
        }
        if ui.button("Select none").clicked() {
            own.push(AuditCommand::Map(MapCommand::ForgetChosen));
        }
    });
}

fn picture_ui(
    ui: &mut Ui,
    folder: &Folder,
    found: &Found,
    map: &MapModel,
    prepared: &PreparedMap,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let line = ui.text_style_height(&egui::TextStyle::Body) + ui.spacing().item_spacing.y;
    let size = vec2(ui.available_width(), (ui.available_height() - line).max(80.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let selected = folder.files.selected().and_then(|number| found.row_of(number));
    let pointed = response
        .hover_pos()
        .and_then(|at| prepared.grid.nearest(map.view.to_map(rect, at), map.view.length(rect, REACH)));
    let name = |row: u32| found.file(row).0.path.to_string();
    let words = format!(
        "Map of {} by what they sound like; {}",
        in_words::count(prepared.map.n_points(), "file"),
        selected.map_or_else(|| "no file is selected".to_owned(), |row| format!("selected: {}", name(row)))
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &words));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
    painter.add(mesh::points(ui, rect, folder, found, map, prepared));
    let place = |row: u32| prepared.map.points[row as usize].map(|point| map.view.to_pane(rect, point));
    let strong = ui.visuals().strong_text_color();
    for (row, width) in selected.map(|row| (row, 2.5)).into_iter().chain(pointed.map(|row| (row, 1.5))) {
        if let Some(at) = place(row) {
            painter.circle_stroke(at, 8.0, Stroke::new(width, strong));
        }
    }
    if map.lasso.len() > 1 {
        let line = map.lasso.iter().map(|place| map.view.to_pane(rect, *place)).collect();
        painter.add(Shape::closed_line(line, Stroke::new(1.5, ui.visuals().selection.stroke.color)));
    }
    let edge = if response.has_focus() {
        ui.visuals().selection.stroke
    } else {
        ui.visuals().widgets.noninteractive.bg_stroke
    };
    painter.rect_stroke(rect, 2.0, edge, StrokeKind::Inside);
    let told = pointed.or(selected);
    let text =
        Tone::Weak.text(ui, told.map_or_else(String::new, |row| display_text(&name(row)).into_owned()));
    ui.label(text);
    pointer(ui, rect, &response, map, pointed, found, own, commands);
    keys(ui, &response, selected, found, prepared, commands);
}

/// What the pointer does on the map.
#[expect(clippy::too_many_arguments, reason = "what is read, and the two lists of what is asked for")]
fn pointer(
    ui: &Ui,
    rect: Rect,
    response: &Response,
    map: &MapModel,
    pointed: Option<u32>,
    found: &Found,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let mut ask = |command| own.push(AuditCommand::Map(command));
    if response.clicked() {
        response.request_focus();
        commands.extend(pointed.and_then(|row| found.number_of(row)).map(Command::Select));
    }
    if response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle) {
        ask(MapCommand::See(map.view.moved(rect, response.drag_delta())));
    } else if response.dragged_by(PointerButton::Primary) {
        if let (true, Some(start)) = (map.lasso.is_empty(), ui.input(|input| input.pointer.press_origin())) {
            ask(MapCommand::Draw(map.view.to_map(rect, start)));
        }
        if let Some(at) = response.interact_pointer_pos() {
            ask(MapCommand::Draw(map.view.to_map(rect, at)));
        }
    } else if response.drag_stopped_by(PointerButton::Primary) && !map.lasso.is_empty() {
        ask(MapCommand::CloseLasso);
    }
    if let Some(at) = response.hover_pos() {
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (wheel * ZOOM_PER_POINT).exp() * pinch;
        if factor != 1.0 {
            ask(MapCommand::See(map.view.zoomed(rect, factor, at)));
        }
    }
    if pointed.is_some() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    let now_s = ui.input(|input| input.time);
    let rested = map.rested.map(|(row, ..)| row);
    if rested != pointed {
        ask(MapCommand::Rest(pointed.map(|row| (row, now_s))));
    }
    if let (true, Some((row, since_s, false))) = (map.plays_on_hover && rested == pointed, map.rested) {
        if now_s - since_s >= REST_S {
            ask(MapCommand::RestHeard);
            commands.push(heard(found.file(row).0));
        } else {
            ui.request_repaint_after(std::time::Duration::from_secs_f64(REST_S));
        }
    }
}

/// Plays the beginning of the sound of `file`.
fn heard(file: &FileAudit) -> Command {
    let (start_s, end_s) = file.measurements().map_or((0.0, HEARD_S), |measured| {
        let start_s = measured.leading_silence_s.min(measured.duration_s());
        (start_s, (start_s + HEARD_S).min(measured.duration_s()))
    });
    Command::PlayExcerpt { source: file.file.clone(), range_s: start_s..end_s }
}

/// The arrows go to the nearest file on that side; from no file to the one in the middle.
fn keys(
    ui: &Ui,
    response: &Response,
    selected: Option<u32>,
    found: &Found,
    prepared: &PreparedMap,
    commands: &mut Vec<Command>,
) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let arrows = [
        (Key::ArrowLeft, [-1.0, 0.0]),
        (Key::ArrowRight, [1.0, 0.0]),
        (Key::ArrowUp, [0.0, -1.0]),
        (Key::ArrowDown, [0.0, 1.0]),
    ];
    for (key, towards) in arrows {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            let from = selected.and_then(|row| prepared.map.points[row as usize]);
            let next = match from {
                Some(from) => prepared.grid.next(from, towards),
                None => prepared.grid.nearest([0.5; 2], 1.0),
            };
            commands.extend(next.and_then(|row| found.number_of(row)).map(Command::Select));
        }
    }
}

/// The legend, the files without a point, and what sounds most like the selected file.
fn side_ui(ui: &mut Ui, found: &Found, map: &MapModel, prepared: &PreparedMap, commands: &mut Vec<Command>) {
    for (group, name, n_files) in &prepared.legends[map.color as usize].names {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().circle_filled(rect.center(), 4.5, map.color.color(ui, *group));
            ui.label(format!("{} ({n_files})", display_text(name)));
        });
    }
    let text = Tone::Weak.text(ui, "A ring is a file that is left out.").small();
    ui.label(text);
    let n_missing = found.report().files.len() - prepared.map.n_points();
    if n_missing > 0 {
        let is = if n_missing == 1 { "is" } else { "are" };
        let words =
            format!("{} {is} not on the map: silent, or not to be read.", in_words::count(n_missing, "file"));
        let text = Tone::Weak.text(ui, words).small();
        ui.label(text);
    }
    theme::section_ui(ui, "More like this");
    let Some((row, alike)) = &map.alike else {
        let text = Tone::Weak.text(ui, "Select a file to see what sounds most like it.");
        ui.label(text);
        return;
    };
    if alike.is_empty() {
        let text = Tone::Weak.text(ui, "The selected file is not on the map.");
        ui.label(text);
        return;
    }
    let own = found.file(*row).0.path.to_string();
    let text = Tone::Weak
        .text(
            ui,
            format!("What sounds most like {}, the nearest first, with its distance:", display_text(&own)),
        )
        .small();
    ui.label(text);
    for (other, distance) in alike {
        let file = found.file(*other).0;
        let name = file.path.to_string();
        let label = ui.selectable_label(false, format!("{}  ({distance:.1})", display_text(&name)));
        label.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Play {name}, which sounds alike"))
        });
        let hint = "Selects the file and plays its beginning. In brackets: how unlike it sounds, from 0";
        if label.on_hover_text(hint).clicked() {
            commands.push(heard(file));
        }
    }
}
