//! Instantaneous frequency (IF): how far the phase of a bin advances from one frame to the next, in half turns.
//!
//! With φ the phase, P the power and w the mel triangle's weight of a bin, a band's value before the mask is
//!
//! | mode | value |
//! |---|---|
//! | [`IfMode::Filterbank`] | Σ w·a / max(Σ w, 1e-10), with the advance a = wrap(Δφ) / π |
//! | [`IfMode::Power`] | Σ w·P·a / Σ w·P |
//! | [`IfMode::Deviation`] | (Σ w·P·F / Σ w·P - c) / h, with F = f + wrap(Δφ - 2π·bin·hop / N) · rate / (2π·hop) |
//!
//! where wrap goes to [-π, π), N is the length of the FFT, f the bin's frequency, c the band's centre and
//! h = max(upper - c, c - lower) + rate / (2·hop), which no deviation can exceed. Where Σ w·P is 0 so is the value, and it is 0 in the first frame,
//! which has no predecessor. F is the phase vocoder's frequency (Flanagan and Golden, "Phase Vocoder", 1966).
//!
//! In the third mode F - c is not formed from two large frequencies. In units of rate / (2·hop), one half turn of
//! phase a hop, it is d + (f - c), where d is the wrapped deviation in half turns; both terms are small and exact.

use super::mel::{MelFilters, edge_hz};
use crate::settings::{AnalysisSettings, IfMode};

/// The least weight that a band's mean is divided by, as the reference has it.
const WEIGHT_SUM_MIN: f64 = 1e-10;

/// Brings a difference of two angles in half turns, -2 to 2, to [-1, 1).
#[inline(always)]
pub(super) fn wrap_half_turns(difference: f32) -> f32 {
    let below = if difference >= 1.0 { difference - 2.0 } else { difference };
    if below < -1.0 { below + 2.0 } else { below }
}

/// The rule that makes a band's value of its sums over bins.
#[derive(Debug, Clone)]
pub(super) struct BandValues {
    mode: IfMode,
    /// Per band the factor on the sum (`Filterbank`) or on the quotient of sums (the other modes).
    factors: Vec<f32>,
}

impl BandValues {
    pub(super) fn new(settings: &AnalysisSettings, filters: &MelFilters) -> Self {
        let factor = |band| match settings.if_mode {
            IfMode::Filterbank => 1.0 / filters.weight_sum(band).max(WEIGHT_SUM_MIN),
            IfMode::Power => 1.0,
            IfMode::Deviation => half_turn_hz(settings) / half_width_hz(settings, filters, band),
        };
        Self {
            mode: settings.if_mode,
            factors: (0..filters.n_mels()).map(|band| factor(band) as f32).collect(),
        }
    }

    /// The values of one band in several frames, from its sums of power and of weighted advance, to `values`.
    pub(super) fn write(&self, band: usize, power_sums: &[f32], advance_sums: &[f32], values: &mut [f32]) {
        let factor = self.factors[band];
        for ((value, &power), &advance) in values.iter_mut().zip(power_sums).zip(advance_sums) {
            let mean = match self.mode {
                IfMode::Filterbank => advance,
                IfMode::Power | IfMode::Deviation if power > 0.0 => advance / power,
                IfMode::Power | IfMode::Deviation => 0.0,
            };
            // A mean of values in [-1, 1] lies there too; rounding must not take it out.
            *value = (mean * factor).clamp(-1.0, 1.0);
        }
    }
}

/// The largest deviation from a band's centre that its value can express, in Hz: what a value of 1 means.
pub fn half_width_hz(settings: &AnalysisSettings, filters: &MelFilters, band: usize) -> f64 {
    let centre_hz = filters.centre_hz(band);
    let half_band_hz = (filters.upper_hz(band) - centre_hz).max(centre_hz - filters.lower_hz(band));
    half_band_hz + half_turn_hz(settings)
}

/// The frequency whose phase advances by half a turn from frame to frame, rate / (2·hop), in Hz.
pub fn half_turn_hz(settings: &AnalysisSettings) -> f64 {
    f64::from(settings.sample_rate_hz) / (2.0 * settings.hop_samples as f64)
}

/// The centre, in Hz, of the first band from which upwards a plain mean of advances tells nothing; none where all are narrower.
///
/// From bin to bin the advance of what is no steady tone, and of the window's side lobes, grows by 2π·hop / N: a band as wide as N / hop
/// bins, rate / hop in Hz, holds all angles, whose wrapped values cancel in their mean ([`IfMode::Filterbank`]).
pub fn cancels_from_hz(settings: &AnalysisSettings) -> Option<f64> {
    let edge_hz = |edge| edge_hz(settings.sample_rate_hz, settings.n_mels, edge);
    (0..settings.n_mels)
        .find(|band| edge_hz(band + 2) - edge_hz(*band) >= 2.0 * half_turn_hz(settings))
        .map(|band| edge_hz(band + 1))
}

/// The meaning of a band's value in Hz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// A distance from a frequency that is not known, in Hz, modulo `period_hz`.
    Advance {
        /// The distance, within half a period.
        hz: f64,
        /// The frequency whose phase turns once from frame to frame.
        period_hz: f64,
    },
    /// The band's frequency, in Hz.
    Frequency(f64),
}

/// The meaning of `value` in a band, -1 to 1, in the mode of the settings.
pub fn meaning(settings: &AnalysisSettings, filters: &MelFilters, band: usize, value: f64) -> Meaning {
    match settings.if_mode {
        IfMode::Filterbank | IfMode::Power => {
            Meaning::Advance { hz: value * half_turn_hz(settings), period_hz: 2.0 * half_turn_hz(settings) }
        }
        IfMode::Deviation => {
            Meaning::Frequency(value.mul_add(half_width_hz(settings, filters, band), filters.centre_hz(band)))
        }
    }
}

/// The distance that the phase of a steady tone at the bin's own frequency advances from frame to frame, in half turns, [-1, 1).
///
/// 2·bin·hop / N half turns with an FFT of N samples, of which whole turns are removed in integers, where nothing rounds.
pub(super) fn expected_advance(settings: &AnalysisSettings, bin: usize) -> f32 {
    let n_fft = settings.n_fft;
    let part_of_turn = bin * settings.hop_samples % n_fft;
    let signed =
        if 2 * part_of_turn >= n_fft { part_of_turn as f64 - n_fft as f64 } else { part_of_turn as f64 };
    (2.0 * signed / n_fft as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_mean_cancels_from_the_first_band_as_wide_as_a_turn_of_the_hop() {
        for (hop_samples, n_mels) in [(512, 128), (256, 128), (512, 40), (64, 256)] {
            let settings = AnalysisSettings { hop_samples, n_mels, ..Settings::default().analysis() };
            let filters = MelFilters::new(settings.sample_rate_hz, settings.n_fft, n_mels);
            let from_hz = cancels_from_hz(&settings).unwrap_or(f64::INFINITY);
            for band in 0..n_mels {
                let is_wide =
                    filters.upper_hz(band) - filters.lower_hz(band) >= 48_000.0 / hop_samples as f64;
                assert_eq!(is_wide, filters.centre_hz(band) >= from_hz, "{hop_samples} {n_mels} {band}");
            }
        }
    }

    #[test]
    fn wrapping_is_half_open() {
        for (difference, wrapped) in
            [(1.0, -1.0), (-1.0, -1.0), (2.0, 0.0), (-2.0, 0.0), (0.75, 0.75), (1.25, -0.75), (-1.5, 0.5)]
        {
            assert_eq!(wrap_half_turns(difference), wrapped);
        }
        assert!(wrap_half_turns(1.0f32.next_down()) < 1.0);
        assert_eq!(wrap_half_turns(-1.0 - f32::EPSILON), 1.0 - f32::EPSILON);
    }

    #[test]
    fn the_expected_advance_is_exact_where_the_hop_divides_the_fft() {
        let settings = Settings::default().analysis();
        // A hop of a quarter of the FFT: a quarter turn a bin.
        let quarters = [0.0, 0.5, -1.0, -0.5];
        for bin in 0..settings.n_bins() {
            assert_eq!(expected_advance(&settings, bin), quarters[bin % 4]);
        }
        let long = AnalysisSettings { n_fft: 65_536, hop_samples: 65_535, ..settings };
        // One sample less than a full turn of every bin's frequency: bin / 32768 half turns back.
        assert_eq!(expected_advance(&long, 32_767), -32_767.0 / 32_768.0);
    }
}
