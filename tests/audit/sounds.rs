//! Sounds to plant flaws in: struck and held notes over a recorder's own noise, different for every number.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

/// Numbers without a pattern: a multiplicative congruential generator (Lehmer, 1949).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(7_919) % 2_147_483_646 + 1);
        // The first numbers of neighbouring seeds are alike.
        (0..8).for_each(|_| {
            random.unit();
        });
        random
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    /// From `low` to `high`.
    pub(crate) fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// A clean recording of a note: partials that decay, a noisy attack, noise 70 dB below; its peak is about 0.5.
///
/// The pitch stays away from the grid's frequencies, and differs between any two seeds.
pub(crate) fn note(seed: u64, rate_hz: u32, duration_s: f64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let pitch_hz = 98.0 * 2f64.powf(random.within(0.1, 3.0)) + 3.7;
    let partials: Vec<(f64, f64, f64)> = (1..=12)
        .map(|n| {
            (f64::from(n) * random.within(0.997, 1.003), random.unit() / f64::from(n), random.unit() * TAU)
        })
        .filter(|(n, ..)| n * pitch_hz < f64::from(rate_hz) * 0.45)
        .collect();
    let decay = random.within(0.6, 2.0);
    let sample = |n: usize, random: &mut Random| {
        let t = n as f64 / f64::from(rate_hz);
        let tone: f64 = partials
            .iter()
            .map(|(n, amplitude, phase)| {
                amplitude * (-decay * t).exp() * (TAU * n * pitch_hz * t + phase).sin()
            })
            .sum();
        let attack = (-40.0 * t).exp() * random.within(-0.6, 0.6);
        tone + attack
    };
    let mut samples: Vec<f64> =
        (0..(duration_s * f64::from(rate_hz)) as usize).map(|n| sample(n, &mut random)).collect();
    let peak = samples.iter().fold(0.0, |peak: f64, sample| peak.max(sample.abs()));
    for sample in &mut samples {
        *sample = *sample * 0.5 / peak + random.within(-3e-4, 3e-4);
    }
    samples.into_iter().map(|sample| sample as f32).collect()
}

/// Writes float32 WAV.
pub(crate) fn write(path: &Path, rate_hz: u32, channels: &[&[f32]]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..channels[0].len() {
        for channel in channels {
            writer.write_sample(channel[n]).unwrap();
        }
    }
    writer.finalize().unwrap();
}
