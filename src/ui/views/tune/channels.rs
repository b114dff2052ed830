//! The two channels as panes: the titles, colour bars and textures of magnitude and instantaneous frequency.

use super::color_bar::{ColorBar, Handles};
use super::heatmap::Pane;
use super::model::Tune;
use super::textures::HeatmapTextures;
use crate::picture::{ColorMap, LevelUnit};
use crate::ui::fonts::display_text;
use crate::ui::session::level_view::LevelScale;

/// The panes of magnitude and instantaneous frequency, or of their differences where settings are compared.
pub(super) fn panes<'a>(tune: &Tune, textures: &'a HeatmapTextures, threshold: f64) -> [Pane<'a>; 2] {
    let [magnitude, inst_freq] = textures.textures().map_or([None, None], |both| both.map(Some));
    let (titles, bar) = match tune.compared() {
        Some(compared) => {
            let titles = if compared.is_file {
                ["Magnitude, upper − lower", "Instantaneous frequency, upper − lower"]
            } else {
                ["Magnitude, A − B", "Instantaneous frequency, A − B"]
            };
            (titles, difference_bar(tune, textures.difference_most()))
        }
        None => (["Magnitude", "Instantaneous frequency, masked: hatched"], magnitude_bar(tune, threshold)),
    };
    [
        Pane { title: titles[0].into(), bar, texture: magnitude },
        Pane { title: titles[1].into(), bar: inst_freq_bar(), texture: inst_freq },
    ]
}

/// The panes of the recording that is held beside, whose name is `name`.
pub(super) fn beside_panes<'a>(
    tune: &Tune,
    name: &str,
    textures: &'a HeatmapTextures,
    threshold: f64,
) -> [Pane<'a>; 2] {
    let [magnitude, inst_freq] = textures.textures().map_or([None, None], |both| both.map(Some));
    let name = display_text(name);
    // The range is set at the bar above.
    let bar = ColorBar { handles: None, ..magnitude_bar(tune, threshold) };
    [
        Pane { title: format!("Magnitude of {name}"), bar, texture: magnitude },
        Pane { title: format!("Frequency of {name}"), bar: inst_freq_bar(), texture: inst_freq },
    ]
}

fn inst_freq_bar() -> ColorBar {
    ColorBar {
        map: ColorMap::Diverging,
        ends: [-1.0, 1.0],
        colors: [-1.0, 1.0],
        unit: "IF",
        scale: "IF",
        help: "Instantaneous frequency in half turns of phase from frame to frame, as the model gets it. A pixel that covers \
               several places shows the mean of those that are kept, the louder counting more, and is hatched as far as \
               they are masked"
            .into(),
        handles: None,
        threshold: None,
    }
}

fn magnitude_bar(tune: &Tune, threshold: f64) -> ColorBar {
    let levels = &tune.levels;
    let (range, offset) = (levels.range(), levels.read_offset());
    let scale = levels.view.scale;
    let help = match scale {
        LevelScale::Trainer => scale.help().to_owned(),
        LevelScale::BelowPeak | LevelScale::MelPower => {
            format!("Decibels; {}. The red line is the mask's threshold", levels.decibels.zero_words())
        }
    };
    ColorBar {
        map: levels.view.color_map,
        ends: levels.bar().map(|level| level + offset),
        colors: [range.from + offset, range.to + offset],
        unit: unit_name(range.unit),
        scale: scale.name(),
        help,
        handles: Some(Handles { step: levels.step(), offset }),
        threshold: (threshold > 0.0).then(|| range.unit.level(threshold as f32) + offset),
    }
}

fn difference_bar(tune: &Tune, most: f32) -> ColorBar {
    let unit = tune.levels.range().unit;
    ColorBar {
        map: ColorMap::Diverging,
        ends: [-most, most],
        colors: [-most, most],
        unit: unit_name(unit),
        scale: unit_name(unit),
        help: "The level of the first minus that of the second. What is darker than the colour range counts as its lower end"
            .into(),
        handles: None,
        threshold: None,
    }
}

fn unit_name(unit: LevelUnit) -> &'static str {
    match unit {
        LevelUnit::Decibel => "dB",
        LevelUnit::Ln1p => "ln(1+P)",
    }
}
