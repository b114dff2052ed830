//! What a recording sounds like, whatever its level, rate or format: a short list of numbers that tells alike from unlike.
//!
//! The numbers are in the units of hearing, so that what is hardly heard hardly counts: power to the exponent 0.3 is
//! loudness (S. S. Stevens, "The measurement of loudness", J. Acoust. Soc. Am. 27, 1955), and times are told apart by their
//! ratio. There are three groups of them:
//!
//! - *spectrum*: of each mel band the loudness of its share in the power of all bands, from the mean power over the
//!   recording;
//! - *movement*: the standard deviation of that loudness from frame to frame. A frame counts by its length and its
//!   loudness: silence around a sound, and where exactly it is cut, then hardly matter;
//! - *envelope*: how long the recording is within so many decibels of its peak, in octaves. A stroke is short, a cymbal
//!   rings (after the effective duration in G. Peeters et al., "The Timbre Toolbox", J. Acoust. Soc. Am. 130, 2011).

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dsp::mel::{hz_from_mel, mel_from_hz};

/// Bands, equally wide on the mel scale.
const N_BANDS: usize = 32;

/// Where they begin and end, in Hz: what codecs and resamplers to 22.05 kHz leave, so that copies stay alike.
const BANDS_HZ: [f64; 2] = [40.0, 9_500.0];

/// The exponent from power to loudness.
const LOUDNESS_EXPONENT: f32 = 0.3;

/// Distances from the peak, in decibels, within which the time is taken: from half of the power to what is heard in a room.
pub(super) const NEAR_PEAK_DB: [usize; 6] = [3, 6, 10, 20, 30, 40];

/// Times that are told apart, in seconds: from the window in which levels are measured to what sounds as if it went on.
const NEAR_PEAK_S: [f64; 2] = [0.01, 4.0];

/// Steps in which numbers are kept: per unit of loudness, where that of the whole is 1, and per octave of time.
const SPECTRUM_STEPS: f32 = 250.0;
const MOVEMENT_STEPS: f32 = 500.0;
const ENVELOPE_STEPS: f32 = 16.0;

/// The groups of a timbre's numbers: spectrum, movement and envelope.
pub(super) const GROUPS: [Range<usize>; 3] = [0..N_BANDS, N_BANDS..2 * N_BANDS, 2 * N_BANDS..N_FEATURES];

/// The numbers of a timbre.
pub(super) const N_FEATURES: usize = 2 * N_BANDS + NEAR_PEAK_DB.len();

/// What a recording sounds like: the numbers of the three groups, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timbre([u8; N_FEATURES]);

impl Timbre {
    /// The numbers: the loudness of each band (0 to 1, where that of the whole is 1), its standard deviation over time,
    /// and the times near the peak in octaves of 10 ms.
    pub fn features(&self) -> [f32; N_FEATURES] {
        let mut features = self.0.map(f32::from);
        for (group, steps) in GROUPS.into_iter().zip([SPECTRUM_STEPS, MOVEMENT_STEPS, ENVELOPE_STEPS]) {
            features[group].iter_mut().for_each(|feature| *feature /= steps);
        }
        features
    }
}

impl Serialize for Timbre {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(2 * N_FEATURES);
        for step in self.0 {
            write!(text, "{step:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Timbre {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parse = || {
            let mut steps = [0; N_FEATURES];
            if text.len() != 2 * N_FEATURES {
                return None;
            }
            let digits = text.as_bytes().chunks(2);
            for (step, digits) in steps.iter_mut().zip(digits) {
                *step = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            }
            Some(Self(steps))
        };
        parse().ok_or_else(|| serde::de::Error::custom("no timbre"))
    }
}

/// Takes the timbre of one recording after the other, from the spectra of its frames.
#[derive(Debug, Default)]
pub(super) struct TimbreMeter {
    /// The rate and the number of bins that the weights are for.
    plan: (u32, usize),
    /// For each bin from the first on: the band whose triangle rises there, and the weight of the bin in it. The rest
    /// belongs to the band below.
    first_bin: usize,
    weights: Vec<(u8, f32)>,
    energies: [f64; N_BANDS],
    /// The sum of the frames' weights, and those of the weighted loudness and its square of each band.
    weight: f64,
    sums: [[f64; 2]; N_BANDS],
}

impl TimbreMeter {
    /// Makes ready for frames of `n_bins` bins, the last of them at half of `sample_rate_hz`.
    pub(super) fn start(&mut self, sample_rate_hz: u32, n_bins: usize) {
        if self.plan != (sample_rate_hz, n_bins) {
            self.plan = (sample_rate_hz, n_bins);
            self.plan_weights();
        }
        self.energies = [0.0; N_BANDS];
        self.weight = 0.0;
        self.sums = [[0.0; 2]; N_BANDS];
    }

    fn plan_weights(&mut self) {
        let (rate_hz, n_bins) = self.plan;
        let bin_hz = f64::from(rate_hz) / 2.0 / (n_bins - 1) as f64;
        let [low, high] = BANDS_HZ.map(mel_from_hz);
        let step = (high - low) / (N_BANDS + 1) as f64;
        self.first_bin = (BANDS_HZ[0] / bin_hz).ceil() as usize;
        self.weights.clear();
        let end = n_bins.min((hz_from_mel(high) / bin_hz) as usize + 1);
        for bin in self.first_bin..end {
            let place = ((mel_from_hz(bin as f64 * bin_hz) - low) / step).clamp(0.0, (N_BANDS + 1) as f64);
            let band = (place as usize).min(N_BANDS);
            self.weights.push((band as u8, (place - band as f64) as f32));
        }
    }

    /// Takes a frame with the power of each bin, which stands for `duration_s` seconds.
    pub(super) fn add(&mut self, power: &[f32], duration_s: f64) {
        // Band 0 of these lies below the first, and takes what falls there.
        let mut bands = [0.0f32; N_BANDS + 2];
        for ((band, rise), power) in self.weights.iter().zip(&power[self.first_bin.min(power.len())..]) {
            bands[usize::from(*band) + 1] += rise * power;
            bands[usize::from(*band)] += (1.0 - rise) * power;
        }
        let bands = &bands[1..=N_BANDS];
        let total: f32 = bands.iter().sum();
        if !(f32::MIN_POSITIVE..f32::MAX).contains(&total) {
            return;
        }
        let weight = duration_s * f64::from(total.powf(LOUDNESS_EXPONENT));
        self.weight += weight;
        for ((sums, energy), power) in self.sums.iter_mut().zip(&mut self.energies).zip(bands) {
            *energy += duration_s * f64::from(*power);
            let loudness = f64::from((power / total).powf(LOUDNESS_EXPONENT));
            sums[0] += weight * loudness;
            sums[1] += weight * loudness * loudness;
        }
    }

    /// The timbre of what was added; `None` for silence. `near_peak_s` says for how many seconds the recording is within
    /// each of [`NEAR_PEAK_DB`] of its peak.
    pub(super) fn finish(&self, near_peak_s: [f64; NEAR_PEAK_DB.len()]) -> Option<Timbre> {
        if self.weight <= 0.0 {
            return None;
        }
        let total: f64 = self.energies.iter().sum();
        let spectrum = self.energies.map(|energy| (energy / total).powf(f64::from(LOUDNESS_EXPONENT)));
        let movement = self.sums.map(|[sum, squares]| {
            let mean = sum / self.weight;
            (squares / self.weight - mean * mean).max(0.0).sqrt()
        });
        let [shortest_s, longest_s] = NEAR_PEAK_S;
        let envelope = near_peak_s.map(|time_s| (time_s.clamp(shortest_s, longest_s) / shortest_s).log2());
        let mut features = [0; N_FEATURES];
        let groups: [(&[f64], f32); 3] =
            [(&spectrum, SPECTRUM_STEPS), (&movement, MOVEMENT_STEPS), (&envelope, ENVELOPE_STEPS)];
        for (group, (values, per_unit)) in GROUPS.into_iter().zip(groups) {
            for (feature, value) in features[group].iter_mut().zip(values) {
                *feature = (value * f64::from(per_unit)).round().clamp(0.0, 255.0) as u8;
            }
        }
        Some(Timbre(features))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_BINS: usize = 2049;

    /// A frame with power `level` in the bin at `hz` and its neighbours.
    fn frame(rate_hz: u32, hz: f64, level: f32) -> Vec<f32> {
        let bin = (hz / f64::from(rate_hz) * 2.0 * (N_BINS - 1) as f64).round() as usize;
        let mut power = vec![0.0; N_BINS];
        power[bin - 1..=bin + 1].copy_from_slice(&[level / 4.0, level, level / 4.0]);
        power
    }

    /// The timbre of frames of 0.1 s, all of which are near the peak.
    fn timbre(rate_hz: u32, frames: &[Vec<f32>]) -> Option<Timbre> {
        timbre_with_envelope(rate_hz, frames, [0.1 * frames.len() as f64; NEAR_PEAK_DB.len()])
    }

    fn timbre_with_envelope(
        rate_hz: u32,
        frames: &[Vec<f32>],
        near_peak_s: [f64; NEAR_PEAK_DB.len()],
    ) -> Option<Timbre> {
        let mut meter = TimbreMeter::default();
        meter.start(rate_hz, N_BINS);
        for frame in frames {
            meter.add(frame, 0.1);
        }
        meter.finish(near_peak_s)
    }

    /// The largest difference of spectrum or movement.
    fn difference(a: Timbre, b: Timbre) -> f32 {
        let both = a.features().into_iter().zip(b.features()).take(2 * N_BANDS);
        both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn level_and_silence_change_nothing_and_pitch_does() {
        let loud = timbre(48_000, &[frame(48_000, 1_000.0, 1.0), frame(48_000, 3_000.0, 0.25)]).unwrap();
        let quiet = timbre(48_000, &[frame(48_000, 1_000.0, 1e-3), frame(48_000, 3_000.0, 0.25e-3)]).unwrap();
        assert_eq!(loud, quiet);
        let tail = [frame(48_000, 1_000.0, 1.0), frame(48_000, 3_000.0, 0.25), vec![0.0; N_BINS]];
        let near_peak_s = [0.2; NEAR_PEAK_DB.len()];
        assert_eq!(loud, timbre_with_envelope(48_000, &tail, near_peak_s).unwrap());
        let other = timbre(48_000, &[frame(48_000, 500.0, 1.0), frame(48_000, 3_000.0, 0.25)]).unwrap();
        assert!(difference(loud, other) > 0.5);
        assert_eq!(timbre(48_000, &[vec![0.0; N_BINS]]), None, "silence sounds like nothing");
    }

    #[test]
    fn a_band_holds_the_same_at_every_rate() {
        let of = |rate_hz| timbre(rate_hz, &[frame(rate_hz, 1_000.0, 1.0), frame(rate_hz, 4_000.0, 1.0)]);
        assert!(difference(of(48_000).unwrap(), of(24_000).unwrap()) < 0.1);
    }

    #[test]
    fn a_tone_is_loudest_in_its_band_and_wavers_where_it_moves() {
        let still = timbre(48_000, &[frame(48_000, 2_000.0, 1.0), frame(48_000, 2_000.0, 1.0)]).unwrap();
        let features = still.features();
        let [spectrum, movement, _] = GROUPS;
        let loudest = features[spectrum].iter().copied().fold(f32::MIN, f32::max);
        // Half of the power has 0.81 of the loudness.
        assert!(loudest > 0.5f32.powf(LOUDNESS_EXPONENT) - 0.01, "{loudest}: at most two bands share it");
        assert!(features[movement.clone()].iter().all(|deviation| *deviation == 0.0));
        let moves = timbre(48_000, &[frame(48_000, 2_000.0, 1.0), frame(48_000, 200.0, 1.0)]).unwrap();
        // Half of the time 0, half of the time at least 0.81.
        assert!(moves.features()[movement].iter().any(|deviation| *deviation > 0.4));
    }

    #[test]
    fn times_near_the_peak_are_octaves_up_to_four_seconds() {
        let near_peak_s = [0.0, 0.02, 0.08, 1.28, 4.0, 60.0];
        let timbre = timbre_with_envelope(48_000, &[frame(48_000, 900.0, 1.0)], near_peak_s).unwrap();
        let [_, _, envelope] = GROUPS;
        let longest = (400f32.log2() * ENVELOPE_STEPS).round() / ENVELOPE_STEPS;
        assert_eq!(timbre.features()[envelope], [0.0, 1.0, 3.0, 7.0, longest, longest]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let timbre = timbre(44_100, &[frame(44_100, 900.0, 1.0), frame(44_100, 5_000.0, 0.1)]).unwrap();
        let text = serde_json::to_string(&timbre).unwrap();
        assert_eq!(text.len(), 2 * N_FEATURES + 2);
        assert_eq!(serde_json::from_str::<Timbre>(&text).unwrap(), timbre);
        for damaged in ["\"\"".to_owned(), text.replacen('"', "\"zz", 1), text.replacen('0', "", 1)] {
            assert!(serde_json::from_str::<Timbre>(&damaged).is_err(), "{damaged}");
        }
    }
}
