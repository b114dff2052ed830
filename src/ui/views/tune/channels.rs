//! The two channels as panes: the titles, colour bars and textures of magnitude and instantaneous frequency.

use super::color_bar::{ColorBar, Handles};
use super::heatmap::Pane;
use super::model::Tune;
use super::textures::HeatmapTextures;
use crate::picture::{ColorMap, LevelUnit};
use crate::ui::session::level_view::LevelScale;

/// The panes of magnitude and instantaneous frequency, or of their differences where settings are compared.
pub(super) fn panes<'a>(tune: &Tune, textures: &'a HeatmapTextures, threshold: f64) -> [Pane<'a>; 2] {
    let [magnitude, inst_freq] = textures.textures().map_or([None, None], |both| both.map(Some));
    let is_difference = tune.compared().is_some();
    let (titles, bar) = if is_difference {
        let titles = ["Magnitude, A − B", "Instantaneous frequency, A − B"];
        (titles, difference_bar(tune, textures.difference_most()))
    } else {
        (["Magnitude", "Instantaneous frequency, masked: hatched"], magnitude_bar(tune, threshold))
    };
    let inst_freq_bar = ColorBar {
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
    };
    [
        Pane { title: titles[0], bar, texture: magnitude },
        Pane { title: titles[1], bar: inst_freq_bar, texture: inst_freq },
    ]
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
        help: "The level of A minus that of B. What is darker than the colour range counts as its lower end"
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
