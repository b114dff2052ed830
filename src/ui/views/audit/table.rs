//! The table of files. Only the rows in sight are drawn.

use egui::accesskit::Role;
use egui::{
    Align, Align2, Button, Label, Layout, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo, pos2,
    vec2,
};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::command::AuditCommand;
use super::model::Found;
use super::table_text::{column_head, column_name, findings_text, is_number, table_cell};
use crate::audit::table::{Column, Row};
use crate::audit::{Check, Severity};
use crate::ui::fonts::display_text;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;
use crate::ui::widgets::icons;
use crate::ui::widgets::tick_box::{Tick, tick_box_ui};

/// A title, the unit below it, and the sign of the column that sorts.
const HEADER_HEIGHT: f32 = 40.0;

/// The part of the spare width that names take; findings take the rest.
const NAME_SHARE: f32 = 0.4;

/// What is left out steps back, and stays readable.
const EXCLUDED_OPACITY: f32 = 0.6;

/// Width of the boxes to tick in points.
const TICK_WIDTH: f32 = 20.0;

/// Points between columns, and of the scroll bar.
const COLUMN_GAP: f32 = 5.0;
const SCROLL_BAR_WIDTH: f32 = 12.0;

/// Draws the table; `follows` when the selected row is to be in sight.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    found: &Found,
    follows: bool,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let selected = folder.files.selected().and_then(|number| found.row_of(number));
    // Names and findings take what the other columns leave.
    let needed_width: f32 = Column::ALL.iter().map(|&column| column_head(column).width + COLUMN_GAP).sum();
    let spare_width = (ui.available_width() - needed_width - SCROLL_BAR_WIDTH).max(0.0);
    ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        let row_height = ui.spacing().interact_size.y;
        let mut table = TableBuilder::new(ui)
            .id_salt("audit-table")
            .striped(true)
            .sense(Sense::click())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .cell_layout(Layout::left_to_right(Align::Center));
        for column in Column::ALL {
            let spare = match column {
                Column::Name => spare_width * NAME_SHARE,
                Column::Findings => spare_width * (1.0 - NAME_SHARE),
                _ => 0.0,
            };
            table = table.column(Width::exact(column_head(column).width + spare).clip(true));
        }
        // One row further than the selected, so that the next step is seen coming.
        let place = selected.filter(|_| follows).and_then(|row| found.place_of(row));
        if let Some(place) = place {
            table = table.scroll_to_row(place, None);
        }
        table
            .header(HEADER_HEIGHT, |mut header| {
                for column in Column::ALL {
                    header.col(|ui| header_ui(ui, found, column, own));
                }
            })
            .body(|body| {
                body.rows(row_height, found.shown().len(), |mut table_row| {
                    let row = found.shown()[table_row.index()];
                    table_row.set_selected(selected == Some(row));
                    row_ui(&mut table_row, folder, found, row, commands);
                    if table_row.response().clicked() {
                        commands.extend(found.number_of(row).map(Command::Select));
                    }
                });
            });
    });
}

fn header_ui(ui: &mut Ui, found: &Found, column: Column, own: &mut Vec<AuditCommand>) {
    let head = column_head(column);
    let (sorts, is_descending) = found.order();
    let words = match (sorts == column, is_descending) {
        (true, true) => ", the largest comes first now",
        (true, false) => ", the smallest comes first now",
        _ => "",
    };
    let button = ui.allocate_response(ui.available_size(), Sense::click());
    let name = format!("Sort by {}{words}", column_name(column));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let color = ui.style().interact(&button).text_color();
    let font = TextStyle::Small.resolve(ui.style());
    // A head stands over its words or numbers as they are aligned.
    let top = button.rect.top() + 3.0;
    let (x, align) = if is_number(column) {
        (button.rect.right() - 2.0, Align2::RIGHT_TOP)
    } else {
        (button.rect.left() + 4.0, Align2::LEFT_TOP)
    };
    let painter = ui.painter();
    let title = painter.text(pos2(x, top), align, head.title, font.clone(), color);
    painter.text(pos2(x, title.bottom() + 1.0), align, head.unit, font, Tone::Weak.color(ui));
    if sorts == column {
        // Drawn, because the fonts lack the sign.
        let (tip, base) = if is_descending { (4.0, -2.0) } else { (-4.0, 2.0) };
        let at = pos2(title.center().x, title.bottom() + if head.unit.is_empty() { 8.0 } else { 18.0 });
        let corners = vec![at + vec2(0.0, tip), at + vec2(-4.0, base), at + vec2(4.0, base)];
        painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
    }
    let help = format!("{}. Click to sort by it, again for the other way round", head.help);
    if button.on_hover_text(help).clicked() {
        own.push(AuditCommand::Sort(column));
    }
}

fn row_ui(
    table_row: &mut TableRow<'_, '_>,
    folder: &Folder,
    found: &Found,
    row: u32,
    commands: &mut Vec<Command>,
) {
    let (audited, counts) = found.file(row);
    let number = found.number_of(row);
    for column in Column::ALL {
        table_row.col(|ui| {
            if counts.is_excluded && column != Column::Included {
                ui.multiply_opacity(EXCLUDED_OPACITY);
            }
            match column {
                Column::Included => include_ui(ui, folder, number, &audited.path.to_string(), commands),
                Column::Name => {
                    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
                    let name = audited.path.to_string();
                    let is_selected = number.is_some() && number == folder.files.selected();
                    // No stop of the Tab key: the table is gone through with the arrow keys.
                    let button = Button::selectable(is_selected, display_text(&name)).sense(Sense::CLICK);
                    let label = ui.add(button);
                    label.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
                    let label = label.on_hover_text(display_text(&name));
                    if label.clicked() {
                        commands.extend(number.map(Command::Select));
                    }
                }
                Column::Findings => findings_ui(ui, counts),
                Column::Format => {
                    ui.add_space(6.0);
                    let cell = table_cell(audited, counts, column);
                    ui.add(Label::new(cell.short).selectable(false).truncate()).on_hover_text(cell.exact);
                }
                _ => {
                    let cell = table_cell(audited, counts, column);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.add(Label::new(cell.short).selectable(false)).on_hover_text(cell.exact);
                    });
                }
            }
        });
    }
}

fn include_ui(ui: &mut Ui, folder: &Folder, number: Option<usize>, name: &str, commands: &mut Vec<Command>) {
    let file = number.and_then(|number| folder.files.all().get(number));
    let is_included = file.is_some_and(|file| !file.is_excluded);
    let is_free = file.is_some() && folder.task.is_none();
    let name = format!("Include {name}");
    let tick = if is_included { Tick::On } else { Tick::Off };
    let (id, rect) = ui.allocate_space(vec2(TICK_WIDTH, ui.available_height()));
    let ticked = tick_box_ui(ui, rect, id, tick, is_free, &name);
    if let (true, Some(index)) = (ticked.clicked(), number) {
        commands.push(Command::SetIncluded { index, is_included: !is_included });
    }
}

/// A sign and a number for each severity that occurs, and what was found in words.
fn findings_ui(ui: &mut Ui, counts: Row) {
    let n_findings = counts.n_findings;
    let titles: Vec<&str> = counts.checks().map(Check::title).collect();
    let titles = titles.join(", ");
    let words = format!("{}: {titles}", findings_text(counts));
    let words = words.as_str();
    ui.add_space(8.0);
    ui.spacing_mut().item_spacing.x = 3.0;
    for (severity, n) in Severity::ALL.into_iter().zip(n_findings).filter(|(_, n)| *n > 0) {
        icons::severity_icon_ui(ui, severity).on_hover_text(words);
        let text = icons::severity_tone(severity).text(ui, n.to_string());
        ui.add(Label::new(text).selectable(false)).on_hover_text(words);
    }
    if !titles.is_empty() {
        ui.add_space(4.0);
        ui.add(Label::new(&titles).selectable(false).truncate()).on_hover_text(words);
    }
    if n_findings == [0; 3] {
        let text = Tone::Weak.text(ui, "–");
        ui.add(Label::new(text).selectable(false)).on_hover_text("Nothing was found");
    }
}
