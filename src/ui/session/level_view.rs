//! The choices of how levels are drawn: the scale, the colours, and the mask's outline. They outlive folder and window.

use serde::{Deserialize, Serialize};

use crate::picture::{ColorMap, LevelUnit};

/// The scale of magnitudes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LevelScale {
    /// Decibels below the loudest place of what is shown.
    #[default]
    BelowPeak,
    /// Decibels of mel power, 0 at a power of 1.
    MelPower,
    /// ln(1 + mel power), as a trainer gets it.
    Trainer,
}

impl LevelScale {
    /// Every scale, in the order in which it is offered.
    pub const ALL: [Self; 3] = [Self::BelowPeak, Self::MelPower, Self::Trainer];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::BelowPeak => "dB below peak",
            Self::MelPower => "dB mel power",
            Self::Trainer => "ln(1+P)",
        }
    }

    /// Its meaning, in plain words.
    pub fn help(self) -> &'static str {
        match self {
            Self::BelowPeak => {
                "Decibels: 0 is the loudest place of what is shown, −20 a hundredth of its power"
            }
            Self::MelPower => {
                "Decibels: 0 is a mel power of 1, whatever is shown. A chunk's peak is often near 50"
            }
            Self::Trainer => {
                "The natural logarithm of 1 + mel power, as the trainer sees it: all that is quiet looks alike"
            }
        }
    }

    /// The unit of its levels.
    pub fn unit(self) -> LevelUnit {
        match self {
            Self::BelowPeak | Self::MelPower => LevelUnit::Decibel,
            Self::Trainer => LevelUnit::Ln1p,
        }
    }
}

/// How levels are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LevelView {
    /// The scale of magnitudes.
    pub scale: LevelScale,
    /// The colours of magnitudes.
    pub color_map: ColorMap,
    /// True when the mask's outline is drawn over the magnitude.
    pub has_outline: bool,
}

impl Default for LevelView {
    fn default() -> Self {
        Self { scale: LevelScale::default(), color_map: ColorMap::default(), has_outline: true }
    }
}
