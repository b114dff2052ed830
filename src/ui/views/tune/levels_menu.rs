//! The menu of how levels are drawn, and the button that fits their ranges to what is shown.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, PopupCloseBehavior, Ui};

use super::command::TuneCommand;
use super::model::Tune;
use crate::picture::ColorMap;
use crate::ui::session::command::Command;
use crate::ui::session::level_view::{LevelScale, LevelView};
use crate::ui::theme::Tone;

/// Draws both.
pub(super) fn ui(ui: &mut Ui, tune: &Tune, own: &mut Vec<TuneCommand>, commands: &mut Vec<Command>) {
    let before = tune.levels.view;
    let mut view = before;
    // It stays open, so that several colours can be tried.
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (button, _) = MenuButton::new("Levels").config(config).ui(ui, |ui| choices_ui(ui, &mut view));
    button.on_hover_text("The scale and the colours of the magnitude, and the mask's outline");
    if view != before {
        commands.push(Command::SetLevelView(view));
    }
    let fit = ui.add_enabled(tune.shown.is_some(), Button::new("Fit range"));
    let help = "Fits the colours and the histogram's axis to what is shown. Until then they stay as they are for every \
                file and for B, so that the same colour is the same level";
    if fit
        .on_hover_text(help)
        .on_disabled_hover_text("Nothing is shown that they could be fitted to")
        .clicked()
    {
        own.push(TuneCommand::FitRange);
    }
}

fn choices_ui(ui: &mut Ui, view: &mut LevelView) {
    heading_ui(ui, "Scale of the magnitude");
    for scale in LevelScale::ALL {
        ui.radio_value(&mut view.scale, scale, scale.name()).on_hover_text(scale.help());
    }
    ui.separator();
    heading_ui(ui, "Colours of the magnitude");
    for map in ColorMap::OF_MAGNITUDE {
        let [name, help] = words_of(map);
        ui.radio_value(&mut view.color_map, map, name).on_hover_text(help);
    }
    ui.separator();
    let help = "Draws a line over the magnitude where what is masked meets what is kept";
    ui.checkbox(&mut view.has_outline, "Outline of the mask").on_hover_text(help);
}

fn heading_ui(ui: &mut Ui, text: &str) {
    let text = Tone::Weak.text(ui, text);
    ui.label(text);
}

/// The name of a map, and whom it is for.
fn words_of(map: ColorMap) -> [&'static str; 2] {
    match map {
        ColorMap::Magma => {
            ["Magma", "Black over purple and orange to pale yellow; evenly lighter with the level"]
        }
        ColorMap::Viridis => ["Viridis", "Purple over teal to yellow; evenly lighter with the level"],
        ColorMap::BlueYellow => {
            ["Blue to yellow", "For eyes that do not tell red from green; evenly lighter with the level"]
        }
        ColorMap::Grey => ["Grey", "Black to white; evenly lighter with the level"],
        ColorMap::Diverging | ColorMap::Cyclic => ["", ""],
    }
}
