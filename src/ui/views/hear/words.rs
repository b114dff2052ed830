//! The names and words of versions and IF modes.

use crate::dsp::inst_freq::cancels_from_hz;
use crate::dsp::reconstruct::Way;
use crate::pipeline::SoundVersion;
use crate::settings::{AnalysisSettings, IfMode};
use crate::ui::number_text::hertz_text;

/// The name of a version.
pub(super) fn version_name(version: SoundVersion) -> &'static str {
    match version {
        SoundVersion::Original => "Original",
        SoundVersion::Rebuilt(way) => way_name(way),
    }
}

/// The name of a way back to sound.
pub(super) fn way_name(way: Way) -> &'static str {
    match way {
        Way::Trainer => "Trainer's decoder",
        Way::Ours => "Ours",
        Way::Magnitude => "Magnitude only",
    }
}

/// What a version is.
pub(super) fn version_help(version: SoundVersion) -> &'static str {
    match version {
        SoundVersion::Original => {
            "The recording, in mono and at the dataset's sample rate, as the build reads it"
        }
        SoundVersion::Rebuilt(Way::Trainer) => {
            "What the trainer's own decoder makes of perfect tensors: the best that a model can ever sound with it"
        }
        SoundVersion::Rebuilt(Way::Ours) => {
            "What both channels of the tensors hold, brought back as well as Melscope can"
        }
        SoundVersion::Rebuilt(Way::Magnitude) => {
            "The same without the second channel: the difference to 'Ours' is what instantaneous frequency (IF) is worth"
        }
    }
}

/// What an IF mode keeps, in a sentence.
pub(super) fn mode_words(mode: IfMode) -> &'static str {
    match mode {
        IfMode::Filterbank => {
            "As the trainer's own preparation does it: every bin of a band counts the same, so a tone is mixed with the noise \
             around it."
        }
        IfMode::Power => {
            "Loud bins count more, so a tone that is alone in its band keeps its frequency; it is told modulo the frame rate."
        }
        IfMode::Deviation => {
            "The distance of the loudest frequency from the band's centre: a tone keeps its frequency in every band, \
             unambiguously."
        }
    }
}

/// Where a mode's values cancel with these settings; none where they do not.
pub(super) fn mode_warning(mode: IfMode, settings: &AnalysisSettings) -> Option<String> {
    if mode != IfMode::Filterbank {
        return None;
    }
    let from_hz = cancels_from_hz(settings)?;
    Some(format!("From {} upwards its values cancel with this hop.", hertz_text(from_hz)))
}
