//! The figures in words: what channel 1 is worth, what the mask costs, and how far the trainer's decoder is from the best.

use super::table::FidelityTable;
use crate::dsp::inst_freq::{cancels_from_hz, half_turn_hz};
use crate::dsp::reconstruct::Way;
use crate::settings::{AnalysisSettings, IfMode};

/// A difference of spectral convergence in dB below which two reconstructions count as the same: 6 % of the error.
const SAME_DB: f64 = 0.5;

/// What channel 1 is worth, by the spectral convergence with and without it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IfWorth {
    /// It brings the sound nearer by so many dB.
    Brings(f64),
    /// The difference is too small to count.
    Nothing,
    /// Without it the sound is so many dB nearer.
    Harms(f64),
}

impl IfWorth {
    /// Judges spectral convergences in dB: of both channels, and of channel 0 alone.
    pub fn of(ours_db: f64, magnitude_db: f64) -> Self {
        match magnitude_db - ours_db {
            gain_db if gain_db >= SAME_DB => Self::Brings(gain_db),
            gain_db if gain_db <= -SAME_DB => Self::Harms(-gain_db),
            _ => Self::Nothing,
        }
    }
}

/// The conclusion from the figures of chunks that were analysed with `settings`, of whose places a share is masked.
pub(super) fn conclusion(figures: &FidelityTable, masked_share: f64, settings: &AnalysisSettings) -> String {
    let convergence_db = |way, mode, is_masked| {
        let fidelity = figures.fidelity(way, mode, is_masked)?;
        Some(fidelity.spectral_convergence_db)
    };
    let mode = settings.if_mode;
    let convergences_db = (
        convergence_db(Way::Magnitude, mode, true),
        convergence_db(Way::Ours, mode, true),
        convergence_db(Way::Ours, mode, false),
        convergence_db(Way::Trainer, mode, true),
    );
    let (Some(magnitude_db), Some(ours_db), Some(unmasked_db), Some(trainer_db)) = convergences_db else {
        return "All of it is silent: there is nothing to rebuild.".into();
    };
    let others: Vec<(IfMode, f64)> = IfMode::ALL
        .into_iter()
        .filter(|other| *other != mode)
        .filter_map(|other| Some((other, convergence_db(Way::Ours, other, true)?)))
        .collect();
    let worth = worth_of_if(settings, [ours_db, magnitude_db], &others);
    let mask = cost_of_mask(settings, masked_share, ours_db - unmasked_db);
    format!(
        "{worth}{mask} Spectral convergence is {ours_db:.1} dB from both channels, {magnitude_db:.1} dB from channel 0 alone, \
         {trainer_db:.1} dB as the trainer decodes (lower is nearer)."
    )
}

/// What channel 1 brings with the mode of `settings`, and with `others`, by their convergence in dB, where they bring more.
fn worth_of_if(
    settings: &AnalysisSettings,
    [ours_db, magnitude_db]: [f64; 2],
    others: &[(IfMode, f64)],
) -> String {
    let mode = settings.if_mode;
    let reason = || if mode == IfMode::Filterbank { why_filterbank(settings) } else { String::new() };
    let worth = IfWorth::of(ours_db, magnitude_db);
    let of_mode = match worth {
        IfWorth::Brings(db) => format!("IF adds {db:.1} dB with mode {mode}."),
        IfWorth::Nothing => format!("At these settings IF adds nothing with mode {mode}{}.", reason()),
        IfWorth::Harms(db) => {
            format!("At these settings IF does harm ({db:.1} dB) with mode {mode}{}.", reason())
        }
    };
    // Another mode is worth a word where it beats both this one and none.
    let best = others.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    let best = best.filter(|(_, other_db)| *other_db <= ours_db.min(magnitude_db) - SAME_DB);
    match best {
        Some((other, other_db)) => {
            format!("{of_mode} Mode {other} would add {:.1} dB.", magnitude_db - other_db)
        }
        None if matches!(worth, IfWorth::Brings(_)) => of_mode,
        None => format!("{of_mode} No other mode adds anything either."),
    }
}

/// The reason why means over a band tell little in mode `filterbank`, and what would help.
fn why_filterbank(settings: &AnalysisSettings) -> String {
    let Some(hz) = cancels_from_hz(settings) else { return String::new() };
    let half = AnalysisSettings { hop_samples: settings.hop_samples / 2, ..*settings };
    let remedy = match half.check().ok().map(|()| cancels_from_hz(&half)) {
        Some(Some(half_hz)) if half_hz > hz => {
            format!("; a hop of {} samples would move that to {half_hz:.0} Hz", half.hop_samples)
        }
        Some(None) => format!("; a hop of {} samples would end that", half.hop_samples),
        _ => String::new(),
    };
    format!(
        ", because from {hz:.0} Hz upwards a band is wider than {:.0} Hz, over which the phase advances by all angles and its \
         mean cancels{remedy}",
        2.0 * half_turn_hz(settings)
    )
}

/// What the mask takes, and what that costs.
fn cost_of_mask(settings: &AnalysisSettings, share: f64, cost_db: f64) -> String {
    if settings.if_threshold <= 0.0 {
        return " There is no mask.".into();
    }
    let what = if cost_db >= SAME_DB {
        format!("costs {cost_db:.1} dB: some of that is sound")
    } else if cost_db <= -SAME_DB {
        format!("brings {:.1} dB: that is noise", -cost_db)
    } else {
        "costs nothing that can be measured".into()
    };
    format!(" The mask takes {:.0} % of the places and {what}.", 100.0 * share)
}
