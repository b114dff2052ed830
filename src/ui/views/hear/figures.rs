//! The figures of each way beside each other, and what channel 1 is worth in this passage.

use egui::{Grid, Ui};

use super::model::Hear;
use super::passage::Passage;
use super::words::{version_help, way_name};
use crate::dsp::reconstruct::Way;
use crate::pipeline::{IfWorth, SoundVersion};
use crate::ui::theme::Tone;

/// The columns: what they say, and what they are.
const COLUMNS: [[&str; 2]; 4] = [
    [
        "Convergence",
        "Spectral convergence in dB: how much of the spectrum's magnitudes is wrong. Lower is nearer; 0 dB is nothing like it",
    ],
    [
        "Log-spectral distance",
        "The mean difference of levels over all bins, quiet ones too, in dB. Lower is nearer",
    ],
    [
        "STFT loss",
        "The multi-resolution loss that trainers use, with 1024, 2048 and 512 samples. Lower is nearer",
    ],
    [
        "SI-SDR",
        "How much of the waveform itself is right, in dB, phases included. Higher is nearer; low where phase is lost, however like both sound",
    ],
];

/// Draws them.
pub(super) fn ui(ui: &mut Ui, hear: &Hear, passage: &Passage) {
    let is_of_recording = hear.tensors.is_none();
    if !is_of_recording {
        let words = if passage.was_normalised {
            "Tensors have no original to compare with. They were normalised; that is undone with the statistics of the cache."
        } else {
            "Tensors have no original to compare with. They were not normalised."
        };
        ui.label(words);
        return;
    }
    Grid::new("figures").num_columns(5).spacing([18.0, 3.0]).show(ui, |ui| {
        ui.label("");
        for [name, help] in COLUMNS {
            let text = Tone::Weak.text(ui, name);
            ui.label(text).on_hover_text(help);
        }
        ui.end_row();
        for way in Way::ALL {
            let is_chosen = hear.version() == SoundVersion::Rebuilt(way);
            let name = egui::RichText::new(way_name(way));
            let name = if is_chosen { name.strong() } else { name };
            ui.label(name).on_hover_text(version_help(SoundVersion::Rebuilt(way)));
            match passage.fidelity(way) {
                Some(fidelity) => {
                    ui.label(tenths_text(fidelity.spectral_convergence_db));
                    ui.label(tenths_text(fidelity.log_spectral_distance_db));
                    ui.label(format!("{:.2}", fidelity.stft_loss));
                    ui.label(tenths_text(fidelity.si_sdr_db));
                }
                None => COLUMNS.iter().for_each(|_| {
                    ui.label("–");
                }),
            }
            ui.end_row();
        }
    });
    let text = Tone::Weak.text(ui, worth(passage));
    ui.label(text);
}

/// A figure in decibels, always to a tenth: columns are compared.
fn tenths_text(db: f64) -> String {
    format!("{db:.1} dB").replace('-', "−")
}

/// What channel 1 is worth in this passage.
fn worth(passage: &Passage) -> String {
    let mode = passage.request.settings.if_mode;
    let convergence_db = |way| passage.fidelity(way).map(|fidelity| fidelity.spectral_convergence_db);
    let (Some(ours_db), Some(magnitude_db)) = (convergence_db(Way::Ours), convergence_db(Way::Magnitude))
    else {
        return "There is no sound to compare.".into();
    };
    match IfWorth::of(ours_db, magnitude_db) {
        IfWorth::Brings(db) => format!("IF in mode {mode} brings {} here.", tenths_text(db)),
        IfWorth::Nothing => {
            format!("IF in mode {mode} brings nothing here: without it the sound is as near.")
        }
        IfWorth::Harms(db) => {
            format!("IF in mode {mode} does harm here: without it the sound is {} nearer.", tenths_text(db))
        }
    }
}
