//! A row of the tree: a folder that opens and closes, or a file with its state, name and columns.

use egui::accesskit::{Node, Role};
use egui::{
    Align2, Color32, CornerRadius, FontId, Id, Rangef, Rect, Response, Sense, Shape, Stroke, StrokeKind,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::columns::{ColumnPlaces, FONT_PT, TreeColumn};
use super::outline::outline_ui;
use crate::in_words;
use crate::ui::fonts::display_text;
use crate::ui::session::browse::Browse;
use crate::ui::session::command::Command;
use crate::ui::session::file::{File, FileState};
use crate::ui::session::file_selection::Pick;
use crate::ui::session::file_tree::{TreeFolder, TreeRow};
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;
use crate::ui::widgets::elided_text::elided;
use crate::ui::widgets::icons::{self, Icon};
use crate::ui::widgets::tick_box::{Tick, tick_box_ui};

/// How far a row stands to the right of the folder that it lies in, in points.
const INDENT: f32 = 12.0;

/// The deepest row that is moved to the right: names need room as well.
const DEPTH_MAX: usize = 6;

/// The width of a box to tick, and of a sign.
const SIGN_WIDTH: f32 = 16.0;

/// What every row is drawn from.
pub(super) struct RowContext<'a> {
    pub(super) folder: &'a Folder,
    pub(super) places: &'a ColumnPlaces,
    /// False while a task needs the exclusions as they are.
    pub(super) is_free: bool,
}

/// Draws `row` in `rect`.
pub(super) fn row_ui(
    ui: &Ui,
    rect: Rect,
    row: TreeRow,
    context: &RowContext<'_>,
    commands: &mut Vec<Command>,
) {
    let tree = context.folder.files.tree();
    let indent = INDENT * tree.depth_of(row).min(DEPTH_MAX) as f32;
    match row {
        TreeRow::Folder(folder) => folder_ui(ui, rect, indent, folder, context, commands),
        TreeRow::File(file) => file_ui(ui, rect, indent, file, context, commands),
    }
}

fn folder_ui(
    ui: &Ui,
    rect: Rect,
    indent: f32,
    number: usize,
    context: &RowContext<'_>,
    commands: &mut Vec<Command>,
) {
    let files = &context.folder.files;
    let folder = &files.tree().folders()[number];
    let is_open = files.tree().is_open(number);
    let is_cursor = files.cursor() == Some(TreeRow::Folder(number));
    let id = ui.scope_id().with(("folder", number));
    let path = folder.path.to_string();
    let words = folder_words(folder);
    let response = ui.interact(rect, id, Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, &path));
    describe(ui, id, is_cursor, folder.depth, |node| {
        node.set_expanded(is_open);
        node.set_description(words.as_str());
    });
    background_ui(ui, rect, &response, false);
    if is_cursor {
        // A file that is shown is filled; what is not shown has a frame.
        let stroke = Stroke::new(1.0, ui.visuals().selection.stroke.color);
        ui.painter().rect_stroke(rect, CornerRadius::same(2), stroke, StrokeKind::Inside);
    }
    let mut x = rect.left() + indent;
    triangle_ui(ui, pos2(x + SIGN_WIDTH / 2.0, rect.center().y), is_open);
    x += SIGN_WIDTH;
    let tick = Tick::of(folder.n_included, folder.n_files);
    let name = format!("Include {path}");
    let tick_rect = Rect::from_min_size(pos2(x, rect.top()), vec2(SIGN_WIDTH, rect.height()));
    let ticked = tick_box_ui(ui, tick_rect, id.with("tick"), tick, context.is_free, &name);
    let help = "A build reads the files that are ticked: all in this folder, none, or some";
    if ticked.on_hover_text(help).clicked() {
        let is_included = tick != Tick::On;
        commands.push(Command::IncludeFolder { folder: folder.path.clone(), is_included });
    }
    x += SIGN_WIDTH + 2.0;
    let font = FontId::proportional(FONT_PT);
    let count = count_text(folder);
    let end = rect.right() - 14.0;
    let count = ui.painter().text(
        pos2(end, rect.center().y),
        Align2::RIGHT_CENTER,
        count,
        font,
        Tone::Weak.color(ui),
    );
    name_ui(ui, rect, Rangef::new(x, count.left() - 6.0), &folder.name, ui.visuals().strong_text_color());
    if response.on_hover_text(format!("{path}: {words}")).clicked() {
        commands.push(Command::Browse(Browse::Folder(number)));
        commands.push(Command::Browse(Browse::SetOpen { folder: number, is_open: !is_open }));
    }
}

/// The number of files that are shown of a folder, and of how many where that is another number.
fn count_text(folder: &TreeFolder) -> String {
    if folder.n_shown == folder.n_files {
        folder.n_files.to_string()
    } else {
        format!("{} of {}", folder.n_shown, folder.n_files)
    }
}

fn folder_words(folder: &TreeFolder) -> String {
    format!("{}, {} included", in_words::count(folder.n_files as u64, "file"), folder.n_included)
}

fn file_ui(
    ui: &Ui,
    rect: Rect,
    indent: f32,
    index: usize,
    context: &RowContext<'_>,
    commands: &mut Vec<Command>,
) {
    let files = &context.folder.files;
    let file = &files.all()[index];
    let state = file.state();
    let is_selected = files.selection().all().contains(&index);
    let id = ui.scope_id().with(("file", index));
    let response = ui.interact(rect, id, Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, &file.name));
    let depth = files.tree().depth_of(TreeRow::File(index));
    describe(ui, id, is_selected, depth, |node| {
        let cells = context.places.iter().filter_map(|(column, _)| column.words(file));
        let words: Vec<String> = std::iter::once(state.name().to_owned()).chain(cells).collect();
        node.set_description(words.join(", "));
    });
    background_ui(ui, rect, &response, is_selected);
    let mut x = rect.left() + indent;
    let tick = if file.is_excluded { Tick::Off } else { Tick::On };
    let tick_rect = Rect::from_min_size(pos2(x, rect.top()), vec2(SIGN_WIDTH, rect.height()));
    let name = format!("Include {}", file.name);
    let ticked = tick_box_ui(ui, tick_rect, id.with("tick"), tick, context.is_free, &name);
    if ticked.on_hover_text("A build reads the files that are ticked").clicked() {
        commands.push(Command::SetIncluded { index, is_included: file.is_excluded });
    }
    x += SIGN_WIDTH;
    let sign_rect = Rect::from_min_size(pos2(x, rect.top()), vec2(SIGN_WIDTH, rect.height()));
    icons::paint(ui.painter(), sign_rect.center(), icon_of(state), tone_of(state).color(ui));
    let sign = ui.interact(sign_rect, id.with("state"), Sense::hover());
    sign.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {}", file.name, state.name())));
    sign.on_hover_text(file.remark().unwrap_or_else(|| state.name().into()));
    x += SIGN_WIDTH + 2.0;
    let color = color_of(ui, file, is_selected);
    name_ui(ui, rect, Rangef::new(x, context.places.name_end), file.base_name(), color);
    cells_ui(ui, rect, file, color, context.places);
    let response = response.on_hover_ui(|ui| tooltip_ui(ui, file));
    if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        let pick = match (modifiers.shift, modifiers.command) {
            (true, _) => Pick::Range,
            (false, true) => Pick::Toggle,
            (false, false) => Pick::Only,
        };
        commands.push(Command::Browse(Browse::File { index, pick }));
    }
    response.context_menu(|ui| menu_ui(ui, index, is_selected, context, commands));
}

fn tooltip_ui(ui: &mut Ui, file: &File) {
    ui.strong(display_text(&file.name));
    facts_ui(ui, file);
}

/// Draws what is known of a file: what its header says, and how it is with it.
pub(super) fn facts_ui(ui: &mut Ui, file: &File) {
    let facts = file.facts();
    if !facts.is_empty() {
        ui.label(facts);
    }
    let state = file.state();
    let words =
        file.remark().map_or_else(|| state.name().into(), |remark| format!("{}: {remark}", state.name()));
    let text = tone_of(state).text(ui, words);
    ui.label(text);
}

/// What can be done with file `index`, or with all that are selected where it is one of them.
fn menu_ui(
    ui: &mut Ui,
    index: usize,
    is_selected: bool,
    context: &RowContext<'_>,
    commands: &mut Vec<Command>,
) {
    let files = &context.folder.files;
    let file = &files.all()[index];
    let n_selected = if is_selected { files.selection().all().len() } else { 1 };
    let what = if n_selected > 1 { in_words::count(n_selected as u64, "file") } else { "this file".into() };
    if ui.button("Play").on_hover_text("Plays this file from its start").clicked() {
        commands.extend([Command::Select(index), Command::Seek(0.0), Command::Play]);
        ui.close();
    }
    for (name, help, is_included) in [
        ("Keep", "A build reads it (K)", true),
        ("Leave out", "A build does not read it (E or Delete)", false),
    ] {
        let button = ui.add_enabled(context.is_free, egui::Button::new(format!("{name} {what}")));
        if button.on_hover_text(help).clicked() {
            commands.push(if n_selected > 1 {
                Command::IncludeSelected { is_included }
            } else {
                Command::SetIncluded { index, is_included }
            });
            ui.close();
        }
    }
    if ui.button("Open its folder").on_hover_text("Shows the folder in the system's file manager").clicked() {
        commands.extend(file.path.parent().map(|folder| Command::OpenOutside(folder.to_path_buf())));
        ui.close();
    }
    if ui.button("Copy its path").on_hover_text("Puts the full path on the clipboard").clicked() {
        ui.ctx().copy_text(file.path.display().to_string());
        ui.close();
    }
}

fn cells_ui(ui: &Ui, rect: Rect, file: &File, color: Color32, places: &ColumnPlaces) {
    let font = FontId::proportional(FONT_PT);
    for (column, x) in places.iter() {
        if column == TreeColumn::Waveform {
            if let Some(thumbnail) = &file.thumbnail {
                outline_ui(ui, Rect::from_x_y_ranges(x, rect.shrink(2.0).y_range()), thumbnail);
            }
            continue;
        }
        let text = column.text(file);
        if !text.is_empty() {
            let at = pos2(x.max, rect.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), color);
        }
    }
}

fn name_ui(ui: &Ui, rect: Rect, x: Rangef, name: &str, color: Color32) {
    let font = TextStyle::Button.resolve(ui.style());
    let (galley, _) = elided(ui, &display_text(name), &font, color, x.span().max(0.0));
    let at = pos2(x.min, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

fn background_ui(ui: &Ui, rect: Rect, response: &Response, is_selected: bool) {
    let visuals = ui.visuals();
    let fill = if is_selected {
        visuals.selection.bg_fill
    } else if response.hovered() {
        visuals.widgets.hovered.weak_bg_fill
    } else {
        return;
    };
    ui.painter().rect_filled(rect, CornerRadius::same(2), fill);
}

/// The colour of a file's letters: what is left out stands back.
fn color_of(ui: &Ui, file: &File, is_selected: bool) -> Color32 {
    let visuals = ui.visuals();
    match (is_selected, file.is_excluded) {
        (true, _) => visuals.selection.stroke.color,
        (false, true) => Tone::Weak.color(ui),
        (false, false) => visuals.widgets.hovered.text_color(),
    }
}

/// Points down where it is open, and to the right where it is closed.
fn triangle_ui(ui: &Ui, middle: egui::Pos2, is_open: bool) {
    let corners = if is_open {
        [vec2(-4.0, -2.5), vec2(4.0, -2.5), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.5, -4.0), vec2(3.0, 0.0), vec2(-2.5, 4.0)]
    };
    let corners = corners.map(|corner| middle + corner).to_vec();
    ui.painter().add(Shape::convex_polygon(corners, ui.visuals().text_color(), Stroke::NONE));
}

/// Tells a screen reader of a row what its name does not.
fn describe(ui: &Ui, id: Id, is_selected: bool, depth: usize, more: impl FnOnce(&mut Node)) {
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_selected(is_selected);
        node.set_level(depth + 1);
        more(node);
    });
}

/// The tone of a file's state.
fn tone_of(state: FileState) -> Tone {
    match state {
        FileState::Fine => Tone::Good,
        FileState::Warning => Tone::Warning,
        FileState::Unreadable | FileState::Harmful => Tone::Bad,
        FileState::Reading | FileState::Noted | FileState::Excluded => Tone::Weak,
    }
}

/// The sign of a file's state: what an audit found has the sign that it has there.
fn icon_of(state: FileState) -> Icon {
    match state {
        FileState::Reading => Icon::Dot,
        FileState::Fine => Icon::Disc,
        FileState::Noted => Icon::Ring,
        FileState::Warning => Icon::Triangle,
        FileState::Harmful | FileState::Unreadable => Icon::Cross,
        FileState::Excluded => Icon::Dash,
    }
}
