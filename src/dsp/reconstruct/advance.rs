//! From a band's value of channel 1 to the advance of each of its bins.
//!
//! The magnitude says how the bins of a band advance ([`super::gradient`]), and so what the band's value would be. Where channel 1
//! says otherwise, all bins of the band are corrected by the difference, and a bin between two bands by both, weighted by its
//! power in each. A tone, all of whose bins advance alike, so gets its exact frequency; a click, whose bins advance each by its
//! own, keeps them. Where the band is masked, the magnitude alone tells; and so it does where both neighbours of the band say
//! otherwise: what a band with several partials says is a mean that is true for none of them.

use super::gradient::GradientPlan;
use crate::dsp::inst_freq::{half_turn_hz, half_width_hz};
use crate::dsp::mel::MelFilters;
use crate::settings::{AnalysisSettings, IfMode};

/// Neighbouring bands advance alike where they differ by less, in turns.
const ALIKE_TURNS: f64 = 0.02;

/// The rule for one set of settings.
#[derive(Debug, Clone)]
pub(super) struct BandAdvance {
    settings: AnalysisSettings,
    /// In `deviation`: per band its centre, and what a value of 1 means, both in turns from frame to frame.
    centre_turns: Vec<f64>,
    width_turns: Vec<f64>,
}

/// Buffers for one thread, each for one frame.
#[derive(Debug, Clone)]
pub(super) struct AdvanceScratch {
    /// Per bin turns beyond its own, by the magnitude, and its power.
    beyond: Vec<f32>,
    power: Vec<f32>,
    /// Per band the sums of weights and of weighted advances, and the correction; NaN where the band is masked.
    weights: Vec<f64>,
    sums: Vec<f64>,
    corrections: Vec<f64>,
}

impl BandAdvance {
    pub(super) fn new(settings: &AnalysisSettings, filters: &MelFilters) -> Self {
        let turn_hz = 2.0 * half_turn_hz(settings);
        let of_bands = |hz: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..settings.n_mels).map(|band| hz(band) / turn_hz).collect()
        };
        Self {
            settings: *settings,
            centre_turns: of_bands(&|band| filters.centre_hz(band)),
            width_turns: of_bands(&|band| half_width_hz(settings, filters, band)),
        }
    }

    pub(super) fn scratch(&self) -> AdvanceScratch {
        let (n_bins, n_mels) = (self.settings.n_bins(), self.settings.n_mels);
        AdvanceScratch {
            beyond: vec![0.0; n_bins],
            power: vec![0.0; n_bins],
            weights: vec![0.0; n_mels + 2],
            sums: vec![0.0; n_mels + 2],
            corrections: vec![0.0; n_mels + 2],
        }
    }

    /// Writes turns from the frame before, `[frames, bins]`, NaN where channel 1 says nothing: from the channels, each
    /// `[n_mels, frames]`, and the magnitude and its logarithm, each `[frames, bins]`.
    pub(super) fn advance_into(
        &self,
        [log_power, inst_freq]: [&[f32]; 2],
        (magnitude, log_magnitude): (&[f32], &[f32]),
        (filters, gradient): (&MelFilters, &GradientPlan),
        scratch: &mut AdvanceScratch,
        advance: &mut [f32],
    ) {
        let (n_frames, n_bins) = (self.settings.n_frames(), self.settings.n_bins());
        // The first frame has no predecessor.
        advance[..n_bins].fill(f32::NAN);
        for frame in 1..n_frames {
            for bin in 0..n_bins {
                scratch.beyond[bin] = gradient.time_step(log_magnitude, frame, bin);
                scratch.power[bin] = magnitude[frame * n_bins + bin].powi(2);
            }
            self.sum_bands(filters, scratch);
            self.correct([log_power, inst_freq], frame, scratch);
            let row = &mut advance[frame * n_bins..][..n_bins];
            let AdvanceScratch { beyond, corrections, .. } = &*scratch;
            for (segment, bins) in filters.segments().iter().enumerate() {
                let [falling, rising] = [corrections[segment], corrections[segment + 1]];
                for bin in bins.clone() {
                    let correction = mean_of(
                        (falling, f64::from(filters.fall()[bin])),
                        (rising, f64::from(filters.rise()[bin])),
                    );
                    row[bin] = gradient.own_turns(bin) + beyond[bin] + correction as f32;
                }
            }
        }
    }

    /// Sums weights and weighted advances of each band, as the mode defines its value. Band b stands at b + 1.
    fn sum_bands(&self, filters: &MelFilters, scratch: &mut AdvanceScratch) {
        let AnalysisSettings { if_mode, hop_samples, n_fft, .. } = self.settings;
        let AdvanceScratch { beyond, power, weights, sums, .. } = scratch;
        weights.fill(0.0);
        sums.fill(0.0);
        let bin_turns = hop_samples as f64 / n_fft as f64;
        for (segment, bins) in filters.segments().iter().enumerate() {
            for bin in bins.clone() {
                let turns = (bin as f64).mul_add(bin_turns, f64::from(beyond[bin]));
                let (value, weight) = match if_mode {
                    IfMode::Filterbank => (turns - turns.round(), 1.0),
                    IfMode::Power => (turns - turns.round(), f64::from(power[bin])),
                    IfMode::Deviation => (turns, f64::from(power[bin])),
                };
                let both = [(segment, filters.fall()[bin]), (segment + 1, filters.rise()[bin])];
                for (band, share) in both {
                    let weight = weight * f64::from(share);
                    weights[band] += weight;
                    sums[band] += weight * value;
                }
            }
        }
    }

    /// What channel 1 says of each band, less what the magnitude says, in turns.
    fn correct(&self, [log_power, inst_freq]: [&[f32]; 2], frame: usize, scratch: &mut AdvanceScratch) {
        let AnalysisSettings { n_mels, if_mode, if_threshold, .. } = self.settings;
        let n_frames = self.settings.n_frames();
        let log_threshold = if_threshold.ln_1p() as f32;
        scratch.corrections.fill(f64::NAN);
        for band in 0..n_mels {
            let (place, weight) = (band * n_frames + frame, scratch.weights[band + 1]);
            if log_power[place] < log_threshold || log_power[place] <= 0.0 || weight <= 0.0 {
                continue;
            }
            let turns = |band: usize| self.turns(band, f64::from(inst_freq[band * n_frames + frame]));
            let apart = |a: f64, b: f64| match if_mode {
                IfMode::Filterbank | IfMode::Power => a - b - (a - b).round(),
                IfMode::Deviation => (a - b).clamp(-0.5, 0.5),
            };
            let is_alike = |other: usize| apart(turns(band), turns(other)).abs() < ALIKE_TURNS;
            if band > 0 && is_alike(band - 1) || band + 1 < n_mels && is_alike(band + 1) {
                scratch.corrections[band + 1] = apart(turns(band), scratch.sums[band + 1] / weight);
            }
        }
    }

    /// The turns from frame to frame that a band's value means; in `filterbank` and `power` up to whole ones.
    fn turns(&self, band: usize, value: f64) -> f64 {
        match self.settings.if_mode {
            IfMode::Filterbank | IfMode::Power => 0.5 * value,
            IfMode::Deviation => value.mul_add(self.width_turns[band], self.centre_turns[band]),
        }
    }
}

/// The mean of two values by their weights, of those that are numbers; NaN where none is.
fn mean_of((a, a_weight): (f64, f64), (b, b_weight): (f64, f64)) -> f64 {
    match (a.is_nan() || a_weight <= 0.0, b.is_nan() || b_weight <= 0.0) {
        (true, true) => f64::NAN,
        (true, false) => b,
        (false, true) => a,
        (false, false) => (a * a_weight + b * b_weight) / (a_weight + b_weight),
    }
}
