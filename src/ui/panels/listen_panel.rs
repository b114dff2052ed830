//! The panel of the sound: the button that plays it, where it is, how loud, and on which device; and the keys for it.

use egui::{ComboBox, Context, Event, InputState, Key, Slider, Ui};

use crate::in_words;
use crate::playback::{Device, Devices};
use crate::ui::session::command::Command;
use crate::ui::session::listen::{Listen, Playable};
use crate::ui::theme::{self, Tone};
use crate::ui::widgets::place::Place;

/// The name of the choice for who has chosen no device.
const SYSTEM_CHOICE: &str = "System's choice";

pub(in crate::ui) fn ui(ui: &mut Ui, listen: &Listen, commands: &mut Vec<Command>) {
    theme::section_ui(ui, "Listen");
    let is_variant = listen.file.as_ref().is_some_and(Playable::is_variant);
    ui.horizontal(|ui| {
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
        let button = ui.add_enabled(listen.file.is_some(), egui::Button::new(name));
        let hint = "There is nothing to hear yet: select a file in the list";
        if button.on_hover_text(help).on_disabled_hover_text(hint).clicked() {
            commands.push(command);
        }
        let mut is_looped = listen.is_looped;
        let help = "At the end it begins anew, until it is stopped (L)";
        if ui.checkbox(&mut is_looped, "Loop").on_hover_text(help).changed() {
            commands.push(Command::ToggleLoop);
        }
        if listen.file.is_some() {
            ui.label(listen.position_text()).on_hover_text("Where the sound is, and how long it is");
        }
    });
    selection_ui(ui, listen, is_variant, commands);
    if let Some(reason) = &listen.failure {
        let text = Tone::Bad.text(ui, reason);
        ui.label(text);
        if ui.button("Try again").on_hover_text("Plays it again").clicked() {
            commands.push(Command::Play);
        }
    }
    volume_ui(ui, listen, commands);
    device_ui(ui, listen, commands);
    ui.add_space(4.0);
    Place::Transport.mark(ui, ui.min_rect());
}

fn selection_ui(ui: &mut Ui, listen: &Listen, is_variant: bool, commands: &mut Vec<Command>) {
    let Some(selection_s) = &listen.selection_s else { return };
    ui.horizontal(|ui| {
        let [start, end] = [selection_s.start, selection_s.end].map(in_words::position);
        ui.label(format!("Selected: {start} to {end}"));
        let all = if is_variant { "Whole variant" } else { "Whole file" };
        if ui.small_button(all).on_hover_text("Selects nothing, so that all of it plays").clicked() {
            commands.push(Command::SetSelection(None));
        }
    });
}

fn volume_ui(ui: &mut Ui, listen: &Listen, commands: &mut Vec<Command>) {
    let mut percent = f64::from(listen.volume) * 100.0;
    let help =
        format!("How loud it is heard: {}. What a build makes does not change", decibels(listen.volume));
    ui.horizontal(|ui| {
        let label = ui.label("Volume").on_hover_text(&help);
        // The number beside the slider has its place.
        ui.spacing_mut().slider_width = (ui.available_width() - 64.0).clamp(40.0, 140.0);
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

fn device_ui(ui: &mut Ui, listen: &Listen, commands: &mut Vec<Command>) {
    let label = ui.label("Sound device").on_hover_text("Where it is heard");
    ui.horizontal(|ui| {
        let chosen = listen.device.as_ref().map_or(SYSTEM_CHOICE, |device| &device.name);
        let width = (ui.available_width() - 84.0).max(80.0);
        let combo = ComboBox::from_id_salt("sound-device").selected_text(chosen).width(width).truncate();
        combo
            .show_ui(ui, |ui| {
                choice_ui(ui, listen, None, commands);
                if let Devices::Listed(devices) = &listen.devices {
                    for device in devices {
                        choice_ui(ui, listen, Some(device), commands);
                    }
                }
                // Listing them takes a moment, and is not worth it before somebody looks.
                if listen.devices == Devices::Unknown {
                    ui.label("Looking for devices…");
                    commands.push(Command::RefreshDevices);
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text(chosen);
        if ui.button("Refresh").on_hover_text("Looks for sound devices again").clicked() {
            commands.push(Command::RefreshDevices);
        }
    });
    if let Devices::Failed(reason) = &listen.devices {
        let text = Tone::Bad.text(ui, reason);
        ui.label(text);
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

/// True when `key` was pressed by itself. A key that is held repeats itself, but is pressed once.
fn take_key(input: &mut InputState, wanted: Key) -> bool {
    let mut is_pressed = false;
    input.events.retain(|event| match event {
        Event::Key { key, pressed: true, repeat, modifiers, .. } if *key == wanted && modifiers.is_none() => {
            is_pressed |= !repeat;
            false
        }
        _ => true,
    });
    is_pressed
}
