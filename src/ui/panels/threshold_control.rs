//! The control of the mask's threshold: a slider and a field in decibels, the mel power that is kept, and what it comes to.

use egui::{Id, Key, Slider, SliderClamping, TextEdit, Ui};

use crate::settings::Setting;
use crate::ui::number_text::{decibel_text, to_three_digits};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// The range of the slider, in mel power: with a window of 2048 the rounding noise of 16 bits has about 6e-8 a bin, and a tone
/// at full level 3e5.
const THRESHOLDS: [f64; 2] = [1e-10, 1e4];

/// Decibels of a step of the slider.
const STEP_DB: f64 = 1.0;

/// Width of the fields, in points.
pub(super) const FIELD_WIDTH: f32 = 56.0;

/// Draws the setting with its fields, of which `mel_power_ui` draws the one with the mel power, named by the label that it
/// is given; remarks and notes follow it.
pub(super) fn ui(
    ui: &mut Ui,
    folder: &Folder,
    setting: &'static Setting,
    commands: &mut Vec<Command>,
    mel_power_ui: impl FnOnce(&mut Ui, Id, &mut Vec<Command>),
) {
    let label = ui.label(setting.label).on_hover_text(setting.help).id;
    slider_ui(ui, folder, label, commands);
    ui.horizontal(|ui| {
        decibel_field_ui(ui, folder, commands);
        ui.add_space(4.0);
        mel_power_ui(ui, label, commands);
    });
    let zero = Tone::Weak.text(ui, folder.decibels.zero_words());
    ui.label(zero);
    if folder.typed_threshold_db.is_some() && folder.typed_threshold().is_none() {
        let text = Tone::Bad.text(ui, "Not a level: type a number of decibels such as −88, or off");
        ui.label(text);
    }
}

/// The slider and the switch of the mask.
fn slider_ui(ui: &mut Ui, folder: &Folder, label: Id, commands: &mut Vec<Command>) {
    let (threshold, decibels) = (folder.settings.if_threshold, folder.decibels);
    ui.horizontal(|ui| {
        let mut is_off = threshold == 0.0;
        let mut db = decibels.of(if is_off { folder.form.threshold_on() } else { threshold });
        ui.spacing_mut().slider_width = 140.0;
        let [low, high] = THRESHOLDS.map(|power| (decibels.of(power) / STEP_DB).round() * STEP_DB);
        let hint = format!(
            "{} dB: drag, or step with the arrow keys. {}. The fields below take exact numbers",
            decibel_text(db),
            decibels.zero_words()
        );
        // A threshold beyond the ends is possible: the slider shows it at its end and leaves it as it is.
        let slider = Slider::new(&mut db, low..=high)
            .step_by(STEP_DB)
            .clamping(SliderClamping::Never)
            .show_value(false);
        let response = ui.add_enabled(!is_off, slider).labelled_by(label).on_hover_text(hint);
        if response.changed() {
            commands.push(Command::SetThreshold(to_three_digits(decibels.mel_power(db))));
        }
        let hint = "Keeps the instantaneous frequency of every band, noise as well";
        if ui.checkbox(&mut is_off, "off").on_hover_text(hint).changed() {
            let threshold = if is_off { 0.0 } else { folder.form.threshold_on() };
            commands.push(Command::SetThreshold(threshold));
        }
    });
}

/// The field in decibels.
fn decibel_field_ui(ui: &mut Ui, folder: &Folder, commands: &mut Vec<Command>) {
    let mut text = folder.threshold_db_text();
    let hint = format!(
        "The level below which the mask takes a place, in decibels. {}. Beside it the same as a mel power, which is what the \
         folder keeps for every file",
        folder.decibels.zero_words()
    );
    let response = ui
        .add(TextEdit::singleline(&mut text).id_salt("threshold in dB").desired_width(FIELD_WIDTH))
        .on_hover_text(hint);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Mask threshold in dB"));
    if response.changed() {
        commands.push(Command::TypeThresholdDb(text));
    }
    if response.lost_focus() {
        commands.push(Command::ApplyThresholdDb);
        // Enter confirms and stays, so that another value can be tried at once.
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            response.request_focus();
        }
    }
    let unit = Tone::Weak.text(ui, "dB");
    ui.label(unit);
}
