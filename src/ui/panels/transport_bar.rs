//! The bar of the sound below every view: the button that plays it, where it is, what is selected, how loud, and on which
//! device; and the keys for it.

use egui::{Align, Button, ComboBox, Context, Key, Label, Layout, Slider, Ui, vec2};

use crate::in_words;
use crate::playback::{Device, Devices};
use crate::ui::number_text::hertz_text;
use crate::ui::session::command::Command;
use crate::ui::session::listen::{Listen, Playable};
use crate::ui::theme::Tone;
use crate::ui::widgets::take_key::take_key;

/// The name of the choice for who has chosen no device.
const SYSTEM_CHOICE: &str = "System's choice";

/// Widths in points of what changes its text, so that nothing beside it moves.
const PLAY_WIDTH: f32 = 56.0;
const POSITION_WIDTH: f32 = 150.0;
const SELECTION_WIDTH: f32 = 170.0;
const VOLUME_WIDTH: f32 = 90.0;
const DEVICE_WIDTH: f32 = 170.0;

/// Width in points below which the bar is laid out closely.
const NARROW: f32 = 1000.0;

/// Draws it.
pub(in crate::ui) fn ui(ui: &mut Ui, listen: &Listen, commands: &mut Vec<Command>) {
    ui.add_space(3.0);
    let is_narrow = ui.available_width() < NARROW;
    let squeeze = if is_narrow { 0.68 } else { 1.0 };
    ui.horizontal(|ui| {
        let is_variant = listen.file.as_ref().is_some_and(Playable::is_variant);
        play_ui(ui, listen, is_variant, commands);
        let mut is_looped = listen.is_looped;
        let help = "At the end it begins anew, until it is stopped (L)";
        if ui.checkbox(&mut is_looped, "Loop").on_hover_text(help).changed() {
            commands.push(Command::ToggleLoop);
        }
        let position = if listen.file.is_some() { listen.position_text() } else { String::new() };
        fixed_text_ui(ui, &position, POSITION_WIDTH * if is_narrow { 0.8 } else { 1.0 })
            .on_hover_text("Where the sound is, and how long it is");
        selection_ui(ui, listen, is_variant, SELECTION_WIDTH * squeeze, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            device_ui(ui, listen, DEVICE_WIDTH * squeeze, commands);
            volume_ui(ui, listen, VOLUME_WIDTH * squeeze, commands);
        });
    });
    ui.add_space(3.0);
}

/// A text in a place of its own width, whatever it says.
fn fixed_text_ui(ui: &mut Ui, text: &str, width: f32) -> egui::Response {
    let size = vec2(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(text).truncate())
    })
    .inner
}

fn play_ui(ui: &mut Ui, listen: &Listen, is_variant: bool, commands: &mut Vec<Command>) {
    let (name, help, command) = if listen.is_playing {
        ("Stop", "Ends the sound (Space or Esc)", Command::Stop)
    } else {
        let help = if is_variant {
            "Plays exactly the samples of the variant in view, or what is selected of it (Space)"
        } else {
            "Plays the selected file, or what is selected of it (Space)"
        };
        ("Play", help, Command::Play)
    };
    let size = vec2(PLAY_WIDTH, ui.spacing().interact_size.y);
    let button = ui.add_enabled(listen.file.is_some(), Button::new(name).min_size(size));
    let hint = "There is nothing to hear yet: select a file in the list";
    if button.on_hover_text(help).on_disabled_hover_text(hint).clicked() {
        commands.push(command);
    }
}

/// The part that is played, and the way back to all of it; both have their places also when nothing is selected.
fn selection_ui(ui: &mut Ui, listen: &Listen, is_variant: bool, width: f32, commands: &mut Vec<Command>) {
    let words = listen.selection_s.as_ref().map_or_else(String::new, |selection_s| {
        let [start, end] = [selection_s.start, selection_s.end].map(in_words::position);
        let band = listen.band_hz.as_ref().map_or_else(String::new, |band_hz| {
            format!(", only {} to {}", hertz_text(band_hz.start), hertz_text(band_hz.end))
        });
        format!("Selected: {start} to {end}{band}")
    });
    fixed_text_ui(ui, &words, width).on_hover_text("The part that plays: drag on the waveform to select one");
    let all = if is_variant { "Whole variant" } else { "Whole file" };
    let button = ui.add_enabled(listen.selection_s.is_some(), Button::new(all));
    let hint = "All of it plays: nothing is selected";
    if button.on_hover_text("Selects nothing, so that all of it plays").on_disabled_hover_text(hint).clicked()
    {
        commands.push(Command::SetSelection(None));
    }
}

/// Laid out from the right, so the last comes first.
fn volume_ui(ui: &mut Ui, listen: &Listen, width: f32, commands: &mut Vec<Command>) {
    let mut percent = f64::from(listen.volume) * 100.0;
    let help =
        format!("How loud it is heard: {}. What a build makes does not change", decibels(listen.volume));
    // From left to right, so that the label comes before what it names.
    let size = vec2(width + 124.0, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let label = ui.label("Volume").on_hover_text(&help);
        ui.spacing_mut().slider_width = width;
        let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
        if ui.add(slider).labelled_by(label.id).on_hover_text(help).changed() {
            commands.push(Command::SetVolume((percent / 100.0) as f32));
        }
    });
}

/// A factor in decibels: "-6.0 dB".
fn decibels(factor: f32) -> String {
    if factor > 0.0 { format!("{:.1} dB", 20.0 * factor.log10()) } else { "silent".into() }
}

fn device_ui(ui: &mut Ui, listen: &Listen, width: f32, commands: &mut Vec<Command>) {
    let chosen = listen.device.as_ref().map_or(SYSTEM_CHOICE, |device| &device.name);
    let combo = ComboBox::from_id_salt("sound-device").selected_text(chosen).width(width).truncate();
    let response = combo.show_ui(ui, |ui| devices_ui(ui, listen, commands)).response;
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Sound device"));
    response.on_hover_text(format!("Where it is heard: {chosen}"));
}

/// The menu of the devices.
fn devices_ui(ui: &mut Ui, listen: &Listen, commands: &mut Vec<Command>) {
    choice_ui(ui, listen, None, commands);
    match &listen.devices {
        Devices::Listed(devices) => {
            for device in devices {
                choice_ui(ui, listen, Some(device), commands);
            }
        }
        // Listing them takes a moment, and is not worth it before somebody looks.
        Devices::Unknown => {
            ui.label("Looking for devices…");
            commands.push(Command::RefreshDevices);
        }
        Devices::Failed(reason) => {
            let text = Tone::Bad.text(ui, reason);
            ui.label(text);
        }
    }
    ui.separator();
    if ui.button("Refresh").on_hover_text("Looks for sound devices again").clicked() {
        commands.push(Command::RefreshDevices);
    }
}

fn choice_ui(ui: &mut Ui, listen: &Listen, device: Option<&Device>, commands: &mut Vec<Command>) {
    let is_chosen = listen.device.as_ref().map(|device| &device.id) == device.map(|device| &device.id);
    let name = device.map_or(SYSTEM_CHOICE, |device| &device.name);
    let hint = device.map_or("What the system plays on by itself", |device| &device.id);
    if ui.selectable_label(is_chosen, name).on_hover_text(hint).clicked() {
        commands.push(Command::SetDevice(device.cloned()));
    }
}

/// Space plays and stops, Esc stops, L loops: not where a text is typed, and Space not where it presses a button.
pub(in crate::ui) fn keys(ctx: &Context, listen: &Listen, was_typing: bool) -> Vec<Command> {
    // The window forgets the focus on Esc before anybody else sees the key, hence `was_typing`.
    if was_typing || ctx.text_edit_focused() || egui::Popup::is_any_open(ctx) {
        return Vec::new();
    }
    let has_focus = ctx.egui_wants_keyboard_input();
    ctx.input_mut(|input| {
        let toggle = if listen.is_playing { Command::Stop } else { Command::Play };
        let commands = [
            (!has_focus && take_key(input, Key::Space)).then_some(toggle),
            take_key(input, Key::Escape).then_some(Command::Stop),
            take_key(input, Key::L).then_some(Command::ToggleLoop),
        ];
        commands.into_iter().flatten().collect()
    })
}
