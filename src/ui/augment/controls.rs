//! The settings of augmentation, each with its unit and what it does; what is impossible is said at its control.

use egui::{Checkbox, Key, ScrollArea, Slider, TextEdit, Ui};

use super::wish::Wish;
use crate::in_words;
use crate::pipeline::Estimate;
use crate::ui::command::Command;
use crate::ui::panels::settings_panel::remarks_ui;
use crate::ui::settings::augmentation_form::{Chance, FIELDS};
use crate::ui::state::Folder;
use crate::ui::theme::{self, Tone};

/// Room for the name of a change in points, so that all sliders begin at one place.
const NAME_WIDTH: f32 = 48.0;

pub(super) fn ui(ui: &mut Ui, folder: &Folder, wishes: &mut Vec<Wish>, commands: &mut Vec<Command>) {
    theme::heading_ui(ui, "Augmentation");
    ScrollArea::vertical().id_salt("augmentation").auto_shrink(false).show(ui, |ui| {
        ui.add_enabled_ui(folder.task.is_none(), |ui| {
            // Each part counts its widgets for itself: a remark that comes or goes must not break off a drag below it.
            ui.push_id("expansion", |ui| expansion_ui(ui, folder, wishes, commands));
            ui.push_id("seed", |ui| setting_ui(ui, folder, "seed", wishes, commands));
            for chance in Chance::ALL {
                ui.separator();
                ui.push_id(chance.key(), |ui| chance_ui(ui, folder, chance, wishes, commands));
            }
            ui.separator();
            levels_ui(ui, folder, wishes);
        });
        ui.add_space(8.0);
        if folder.task.is_some() {
            let text = Tone::Weak.text(ui, "Settings stay as they are while a build or check runs.");
            ui.label(text);
        }
    });
}

/// How many variants: the field, what they cost, and how many are usual.
fn expansion_ui(ui: &mut Ui, folder: &Folder, wishes: &mut Vec<Wish>, commands: &mut Vec<Command>) {
    setting_ui(ui, folder, "expansion", wishes, commands);
    let expansion = folder.settings.augmentation.expansion;
    if expansion == 0 {
        let words = "Augmentation is off: a build makes no variants. The pictures show what they would be.";
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    }
    for warning in folder.settings.augmentation.warnings() {
        let text = Tone::Warning.text(ui, warning);
        ui.label(text);
    }
    let Some(Ok(estimate)) = &folder.estimate.answer else { return };
    if estimate.originals == 0 {
        return;
    }
    let proposal = estimate.proposal();
    if expansion > 0 {
        let text = Tone::Weak.text(ui, format!("{expansion} of each: {}.", cost_words(estimate, expansion)));
        ui.label(text);
    }
    if proposal.expansion == expansion {
        let text = Tone::Weak.text(ui, format!("As many as are usual here: {}.", proposal.reason));
        ui.label(text);
        return;
    }
    let words = format!(
        "Usual here: {}, because {}; that makes {}.",
        proposal.expansion,
        proposal.reason,
        cost_words(estimate, proposal.expansion)
    );
    let text = Tone::Weak.text(ui, words);
    ui.label(text);
    let button = ui.button(format!("Use {} variants", proposal.expansion));
    if button.on_hover_text("Changes the setting; it can be undone").clicked() {
        wishes.push(Wish::SetExpansion(proposal.expansion));
    }
}

/// What a build with `expansion` variants of each chunk takes.
fn cost_words(estimate: &Estimate, expansion: u32) -> String {
    format!(
        "{}, {} on disk",
        in_words::count(estimate.spectrograms_with(expansion), "tensor"),
        in_words::bytes(estimate.bytes_with(expansion))
    )
}

/// A setting with one field below its label.
fn setting_ui(
    ui: &mut Ui,
    folder: &Folder,
    key: &'static str,
    wishes: &mut Vec<Wish>,
    commands: &mut Vec<Command>,
) {
    let Some(index) = FIELDS.iter().position(|field| field.key == key) else { return };
    let field = &FIELDS[index];
    ui.horizontal(|ui| {
        let label = ui.label(field.label).on_hover_text(field.help);
        field_ui(ui, folder, index, 70.0, Some(label.id), wishes);
    });
    remarks_ui(ui, folder.augment.form.problem(key).into_iter(), commands);
}

/// How often a change is made, and what is drawn for it.
fn chance_ui(
    ui: &mut Ui,
    folder: &Folder,
    chance: Chance,
    wishes: &mut Vec<Wish>,
    commands: &mut Vec<Command>,
) {
    let settings = &folder.settings.augmentation;
    ui.horizontal(|ui| {
        let name = ui.strong(chance.name()).on_hover_text(chance.help());
        ui.add_space((NAME_WIDTH - name.rect.width()).max(0.0));
        probability_ui(ui, chance, chance.probability(settings), wishes);
    });
    let mut indices = (0..FIELDS.len()).filter(|&index| FIELDS[index].key == chance.key());
    ui.horizontal(|ui| match (indices.next(), indices.next()) {
        (Some(low), Some(high)) => {
            ui.label("from");
            field_ui(ui, folder, low, 44.0, None, wishes);
            ui.label("to");
            field_ui(ui, folder, high, 44.0, None, wishes);
            let unit = Tone::Weak.text(ui, FIELDS[low].unit);
            ui.label(unit);
        }
        (Some(only), _) => {
            let width = (ui.available_width() - 90.0).max(80.0);
            field_ui(ui, folder, only, width, None, wishes);
            let unit = Tone::Weak.text(ui, FIELDS[only].unit);
            ui.label(unit);
        }
        _ => {}
    });
    remarks_ui(ui, folder.augment.form.problem(chance.key()).into_iter(), commands);
    if chance == Chance::Volume && !settings.reference_levels {
        let [least, most] = settings.gain;
        let words = format!("{:.0} to 100 % of full level", 100.0 * least / most);
        let text = Tone::Weak.text(ui, words);
        ui.label(text);
    }
}

fn probability_ui(ui: &mut Ui, chance: Chance, probability: f64, wishes: &mut Vec<Wish>) {
    let name = format!("{} probability", chance.name());
    let mut value = probability;
    ui.spacing_mut().slider_width = 90.0;
    let slider = ui.add(Slider::new(&mut value, 0.0..=1.0).step_by(0.01));
    slider.widget_info(|| egui::WidgetInfo::slider(true, probability, &name));
    let hint = format!(
        "{} How often: the probability that a variant gets it, 0 (never) to 1 (always)",
        chance.help()
    );
    if slider.on_hover_text(hint).changed() {
        wishes.push(Wish::SetProbability(chance, value));
    }
}

fn field_ui(
    ui: &mut Ui,
    folder: &Folder,
    index: usize,
    width: f32,
    label: Option<egui::Id>,
    wishes: &mut Vec<Wish>,
) {
    let field = &FIELDS[index];
    let mut text = folder.augment.form.text(index).to_owned();
    let mut response = ui
        .add(TextEdit::singleline(&mut text).id_salt(field.label).desired_width(width))
        .on_hover_text(format!("{} In {}", field.help, field.unit));
    if let Some(label) = label {
        response = response.labelled_by(label);
    } else {
        // There is no room for every name.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(field.label));
    }
    if response.changed() {
        wishes.push(Wish::Type { index, text });
    }
    if response.lost_focus() {
        wishes.push(Wish::Apply);
        // Enter confirms and stays, so that another value can be tried at once.
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            response.request_focus();
        }
    }
}

fn levels_ui(ui: &mut Ui, folder: &Folder, wishes: &mut Vec<Wish>) {
    let mut is_on = folder.settings.augmentation.reference_levels;
    let help = "Off: volumes are kept, and nothing clips. On: levels as distill's trainer leaves them, which clips \
                what is louder than full level and then brings every variant to full level";
    if ui.add(Checkbox::new(&mut is_on, "Levels as the trainer's")).on_hover_text(help).changed() {
        wishes.push(Wish::SetReferenceLevels(is_on));
    }
}
