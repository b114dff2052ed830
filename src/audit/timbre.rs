//! What a recording sounds like, whatever its level, rate or format: a short list of numbers that tells alike from unlike.
//!
//! Of each frame the power in mel bands is taken relative to the power of all bands. What is kept, in decibels, is the mean
//! power of each band, the standard deviation of its share over time, and that of the level itself. Means are of powers, not
//! of decibels: the same sound has them whatever the length of a frame, which differs with the sample rate. For deviations a
//! frame counts by its length and its loudness, which grows with the power to 0.3 (S. S. Stevens, "The measurement of
//! loudness", J. Acoust. Soc. Am. 27, 1955): silence around a sound, and where exactly it is cut, then hardly matter.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dsp::mel::{hz_from_mel, mel_from_hz};

/// Bands, equally wide on the mel scale.
pub(super) const N_BANDS: usize = 32;

/// Where they begin and end, in Hz: what codecs and resamplers to 22.05 kHz leave, so that copies stay alike.
const BANDS_HZ: [f64; 2] = [40.0, 9_500.0];

/// The least that counts of a band relative to the frame, in power (-60 dB): below is what codecs and dithers change.
const FLOOR: f64 = 1e-6;

/// The exponent from power to loudness.
const LOUDNESS_EXPONENT: f32 = 0.3;

/// Steps per decibel in which means and deviations are kept.
const MEAN_STEPS: f32 = 4.0;
const DEVIATION_STEPS: f32 = 8.0;

/// The numbers of a timbre: a mean and a deviation for each band, and the deviation of the level.
pub(super) const N_FEATURES: usize = 2 * N_BANDS + 1;

/// What a recording sounds like: the means of its bands, their deviations, and the deviation of the level, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timbre([u8; N_FEATURES]);

impl Timbre {
    /// The numbers in decibels: the mean of each band relative to all of them (-60 to 0), the standard deviation of each
    /// band over time, and that of the level.
    pub fn features_db(&self) -> [f32; N_FEATURES] {
        let mut features = self.0.map(f32::from);
        let (means, deviations) = features.split_at_mut(N_BANDS);
        for mean in means {
            *mean = -*mean / MEAN_STEPS;
        }
        for deviation in deviations {
            *deviation /= DEVIATION_STEPS;
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
    /// The sum of the frames' weights, and those of the weighted values and squares of each band and of the level.
    weight: f64,
    sums: [[f64; 2]; N_BANDS],
    level_sums: [f64; 2],
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
        self.level_sums = [0.0; 2];
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
            add_to(sums, share_db(f64::from(*power), f64::from(total)), weight);
        }
        add_to(&mut self.level_sums, 10.0 * f64::from(total.log10()), weight);
    }

    /// The timbre of what was added; `None` for silence.
    pub(super) fn finish(&self) -> Option<Timbre> {
        if self.weight <= 0.0 {
            return None;
        }
        let deviation = |[sum, squares]: [f64; 2]| {
            let mean = sum / self.weight;
            (squares / self.weight - mean * mean).max(0.0).sqrt()
        };
        let steps = |value: f64, per_db: f32| (value * f64::from(per_db)).round().clamp(0.0, 255.0) as u8;
        let total: f64 = self.energies.iter().sum();
        let mut features = [0; N_FEATURES];
        for (band, (energy, sums)) in self.energies.iter().zip(&self.sums).enumerate() {
            features[band] = steps(-share_db(*energy, total), MEAN_STEPS);
            features[N_BANDS + band] = steps(deviation(*sums), DEVIATION_STEPS);
        }
        features[2 * N_BANDS] = steps(deviation(self.level_sums), DEVIATION_STEPS);
        Some(Timbre(features))
    }
}

/// The share of `part` in `total`, in decibels.
fn share_db(part: f64, total: f64) -> f64 {
    10.0 * (part / total + FLOOR).log10()
}

fn add_to(sums: &mut [f64; 2], value: f64, weight: f64) {
    sums[0] += weight * value;
    sums[1] += weight * value * value;
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

    fn timbre(rate_hz: u32, frames: &[Vec<f32>]) -> Option<Timbre> {
        let mut meter = TimbreMeter::default();
        meter.start(rate_hz, N_BINS);
        for frame in frames {
            meter.add(frame, 0.1);
        }
        meter.finish()
    }

    fn difference(a: Timbre, b: Timbre) -> f32 {
        let both = a.features_db().into_iter().zip(b.features_db());
        both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn level_and_silence_change_nothing_and_pitch_does() {
        let loud = timbre(48_000, &[frame(48_000, 1_000.0, 1.0), frame(48_000, 3_000.0, 0.25)]).unwrap();
        let quiet = timbre(48_000, &[frame(48_000, 1_000.0, 1e-3), frame(48_000, 3_000.0, 0.25e-3)]).unwrap();
        assert_eq!(loud, quiet);
        let tail = [frame(48_000, 1_000.0, 1.0), frame(48_000, 3_000.0, 0.25), vec![0.0; N_BINS]];
        assert_eq!(loud, timbre(48_000, &tail).unwrap());
        let other = timbre(48_000, &[frame(48_000, 500.0, 1.0), frame(48_000, 3_000.0, 0.25)]).unwrap();
        assert!(difference(loud, other) > 10.0);
        assert_eq!(timbre(48_000, &[vec![0.0; N_BINS]]), None, "silence sounds like nothing");
    }

    #[test]
    fn a_band_holds_the_same_at_every_rate() {
        let of = |rate_hz| timbre(rate_hz, &[frame(rate_hz, 1_000.0, 1.0), frame(rate_hz, 4_000.0, 1.0)]);
        assert!(difference(of(48_000).unwrap(), of(24_000).unwrap()) < 3.0);
    }

    #[test]
    fn a_tone_is_loudest_in_its_band_and_wavers_where_it_moves() {
        let still = timbre(48_000, &[frame(48_000, 2_000.0, 1.0), frame(48_000, 2_000.0, 1.0)]).unwrap();
        let features = still.features_db();
        let loudest = features[..N_BANDS].iter().copied().fold(f32::MIN, f32::max);
        assert!(loudest > -3.1, "{loudest} dB: at most two bands share it");
        assert!(features[N_BANDS..].iter().all(|deviation| *deviation == 0.0));
        let moves = timbre(48_000, &[frame(48_000, 2_000.0, 1.0), frame(48_000, 200.0, 1.0)]).unwrap();
        assert!(moves.features_db()[N_BANDS..].iter().any(|deviation| *deviation > 20.0));
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
