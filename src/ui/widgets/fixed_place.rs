//! Places of a fixed size: what appears in them moves nothing after them.

use egui::text::LayoutJob;
use egui::{Align, FontSelection, Label, Layout, RichText, TextStyle, Ui, UiBuilder, Vec2, WidgetText, vec2};

/// Draws `add` in a place of `size` points, and leaves it as large whatever is drawn.
pub(in crate::ui) fn fixed_place_ui<R>(
    ui: &mut Ui,
    size: Vec2,
    layout: Layout,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let (_, rect) = ui.allocate_space(size);
    let mut place = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    place.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    add(&mut place)
}

/// Draws `words` in a place of `n_lines` lines and the whole width; what does not fit ends in "…" and is told under the
/// pointer, after `help`.
pub(in crate::ui) fn lines_ui(ui: &mut Ui, n_lines: usize, words: RichText, help: &str) {
    let width = ui.available_width();
    let height = ui.text_style_height(&TextStyle::Body) * n_lines as f32;
    let whole = words.text().to_owned();
    fixed_place_ui(ui, vec2(width, height), Layout::top_down(Align::Min), |ui| {
        let job = WidgetText::from(words).into_layout_job(ui.style(), FontSelection::Default, Align::Min);
        let mut job: LayoutJob = (*job).clone();
        job.wrap.max_rows = n_lines;
        let hint = if help.is_empty() { whole } else { format!("{whole}\n\n{help}") };
        ui.add(Label::new(job)).on_hover_text(hint);
    });
}
