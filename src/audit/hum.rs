//! Mains hum: lines at 50 or 60 Hz and their overtones that are there all the time.

use serde::{Deserialize, Serialize};

use crate::dsp::spectrum::PowerSpectrum;

use super::series::Series;

/// Samples of a frame at [`super::measure::LOW_RATE_HZ`]: 0.37 s, 2.7 Hz from bin to bin.
const N_FFT: usize = 4096;
const HOP: usize = N_FFT / 2;

/// The frequencies of the world's grids. They are held within 0.2 Hz.
const MAINS_HZ: [f32; 2] = [50.0, 60.0];

/// Overtones that are looked at, the fundamental among them.
const N_HARMONICS: usize = 4;

/// A line this far from the grid's frequency is a note: the nearest, G1, is at 49.0 Hz, and B1 at 61.7 Hz.
const OFF_HZ_MAX: f32 = 0.6;

/// A line stands out of its surroundings by this factor in power (12 dB).
const STEP: f32 = 16.0;

/// Bins on either side that are its surroundings: beyond the width of the window's own line.
const SURROUNDINGS: std::ops::RangeInclusive<usize> = 4..=8;

/// It is hum when the line is there in this share of the frames: notes come and go.
const PRESENCE_MIN: f32 = 0.9;

/// And when its power does not change by more than this factor (4 dB) between its quietest and its median frames.
const STEADY: f32 = 2.5;

/// Fewer frames than these, one second of sound, cannot tell a hum from a note.
const FRAMES_MIN: u32 = 5;

/// Hum that was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hum {
    /// 50 or 60 Hz.
    pub mains_hz: f32,
    /// Level of the fundamental in decibels below full scale.
    pub level_dbfs: f32,
    /// The number of the first four harmonics that are there.
    pub n_harmonics: u32,
}

/// The meter of one recording's hum.
pub(super) struct HumMeter {
    spectrum: PowerSpectrum,
    waiting: Vec<f32>,
    n_frames: u32,
    lines: [[Line; N_HARMONICS]; MAINS_HZ.len()],
}

#[derive(Debug, Default)]
struct Line {
    n_present: u32,
    power: Series,
}

impl Default for HumMeter {
    fn default() -> Self {
        Self {
            spectrum: PowerSpectrum::new(N_FFT),
            waiting: Vec::new(),
            n_frames: 0,
            lines: Default::default(),
        }
    }
}

impl HumMeter {
    pub(super) fn start(&mut self) {
        self.waiting.clear();
        self.n_frames = 0;
        for line in self.lines.as_flattened_mut() {
            line.n_present = 0;
            line.power.clear();
        }
    }

    /// Takes sound at the rate `LOW_RATE_HZ`.
    pub(super) fn add(&mut self, low: &[f32], low_rate_hz: u32) {
        self.waiting.extend_from_slice(low);
        let mut start = 0;
        while start + N_FFT <= self.waiting.len() {
            let power = self.spectrum.of(&self.waiting[start..start + N_FFT]);
            let bin_hz = low_rate_hz as f32 / N_FFT as f32;
            for (mains_hz, lines) in MAINS_HZ.iter().zip(&mut self.lines) {
                for (harmonic, line) in (1..).zip(lines) {
                    line.preview(power, bin_hz, harmonic as f32 * mains_hz);
                }
            }
            self.n_frames += 1;
            start += HOP;
        }
        self.waiting.drain(..start);
    }

    pub(super) fn finish(&self) -> Option<Hum> {
        let found = MAINS_HZ.iter().zip(&self.lines).filter_map(|(mains_hz, lines)| {
            let n_harmonics = lines.iter().filter(|line| line.is_hum(self.n_frames)).count() as u32;
            // Without its fundamental it may be a tone of 100 or 120 Hz.
            let level = lines[0].is_hum(self.n_frames).then(|| lines[0].power.quantile(0.5))??;
            // The power of samples far beyond full scale may be no number.
            let level = Some(level).filter(|level| level.is_finite())?;
            Some(Hum { mains_hz: *mains_hz, level_dbfs: 10.0 * level.log10(), n_harmonics })
        });
        found.max_by(|a, b| a.level_dbfs.total_cmp(&b.level_dbfs))
    }
}

impl Line {
    fn preview(&mut self, power: &[f32], bin_hz: f32, freq_hz: f32) {
        let nearest = (freq_hz / bin_hz).round() as usize;
        let bin = if power[nearest - 1] > power[nearest] {
            nearest - 1
        } else if power[nearest + 1] > power[nearest] {
            nearest + 1
        } else {
            nearest
        };
        let around = SURROUNDINGS.flat_map(|away| [power.get(bin.wrapping_sub(away)), power.get(bin + away)]);
        let (sum, n) = around.flatten().fold((0.0, 0), |(sum, n), power| (sum + power, n + 1));
        // A parabola through the logarithms around a maximum finds a line under a Hann window within 0.1 bins.
        let [left, middle, right] = [bin - 1, bin, bin + 1].map(|bin| power[bin].max(f32::MIN_POSITIVE).ln());
        let offset = (left - right) / (2.0 * (left - 2.0 * middle + right)).min(-f32::EPSILON);
        let found_hz = (bin as f32 + offset) * bin_hz;
        if power[bin] > STEP * sum / n as f32 && (found_hz - freq_hz).abs() < OFF_HZ_MAX {
            self.n_present += 1;
        }
        self.power.push(power[bin]);
    }

    fn is_hum(&self, n_frames: u32) -> bool {
        let is_steady = || {
            let (quiet, median) = (self.power.quantile(0.1)?, self.power.quantile(0.5)?);
            Some(median <= STEADY * quiet)
        };
        n_frames >= FRAMES_MIN
            && self.n_present as f32 >= PRESENCE_MIN * n_frames as f32
            && is_steady().unwrap_or(false)
    }
}
