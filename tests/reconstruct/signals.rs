//! Sounds of which it is known what they should sound like when they come back: one second at 48 kHz, at full level.

#![expect(unreachable_pub, reason = "every test is a crate of its own, in which this is a private module")]

use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;
const N_SAMPLES: usize = 48_000;

/// A sound with a name.
pub struct Signal {
    pub name: String,
    pub samples: Vec<f32>,
}

impl Signal {
    fn new(name: &str, sample: impl FnMut(usize) -> f64) -> Self {
        let samples: Vec<f64> = (0..N_SAMPLES).map(sample).collect();
        let peak = samples.iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
        let samples = samples.into_iter().map(|sample| (sample / peak) as f32).collect();
        Self { name: name.to_owned(), samples }
    }

    /// One of a row of sounds that differ: partials that glide, over noise that becomes louder, with a few clicks.
    pub fn mixed(index: usize, n_samples: usize) -> Self {
        assert_eq!(n_samples, N_SAMPLES);
        let mut random = Random::new(index as u64 + 1);
        let base_hz = 80.0 * 1.4f64.powi(index as i32);
        let noise = 1e-4 * 2.0f64.powi(index as i32);
        Self::new(&format!("mixed {index}"), |i| {
            let t = i as f64 / RATE_HZ;
            let partials: f64 = (1..=6)
                .map(|n| (TAU * f64::from(n) * base_hz * (1.0 + 0.1 * t) * t).sin() / f64::from(n))
                .sum();
            let click = if i % 9_000 == 500 * (index + 1) { 1.0 } else { 0.0 };
            partials + noise * random.next() + click
        })
    }
}

pub fn tone(hz: f64) -> Signal {
    Signal::new("a tone", |i| (TAU * hz * i as f64 / RATE_HZ).sin())
}

/// Twenty partials that fall by 1/n, each with a phase of its own.
pub fn harmonic(hz: f64) -> Signal {
    Signal::new("a harmonic sound", |i| {
        (1..=20)
            .map(|n| (TAU * hz * f64::from(n) * i as f64 / RATE_HZ + f64::from(n)).sin() / f64::from(n))
            .sum()
    })
}

/// Four notes of six partials each.
pub fn chord() -> Signal {
    Signal::new("a chord", |i| {
        [261.63, 329.63, 392.0, 523.25]
            .iter()
            .map(|hz| {
                (1..=6)
                    .map(|n| (TAU * hz * f64::from(n) * i as f64 / RATE_HZ).sin() / f64::from(n))
                    .sum::<f64>()
            })
            .sum()
    })
}

/// Three notes of twelve partials each, of which many are less than two bins apart.
pub fn close_chord() -> Signal {
    let note = |hz: f64, t: f64| -> f64 {
        (1..=12).map(|n| (TAU * hz * f64::from(n) * t).sin() / f64::from(n * n)).sum()
    };
    Signal::new("a chord of close partials", |i| {
        [220.0, 261.63, 329.63].iter().map(|hz| note(*hz, i as f64 / RATE_HZ)).sum()
    })
}

pub fn clicks() -> Signal {
    Signal::new("clicks", |i| if i % 5_500 == 3_000 { 1.0 } else { 0.0 })
}

pub fn noise(seed: u64) -> Signal {
    let mut random = Random::new(seed);
    // A sum of twelve is near enough to a Gaussian.
    Signal::new("noise", |_| (0..12).map(|_| random.next()).sum())
}

/// Phases by chance, in turns.
pub fn random_turns(n: usize) -> Vec<f32> {
    let mut random = Random::new(3);
    (0..n).map(|_| random.next() as f32).collect()
}

/// A generator of the xorshift family (Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from -1 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
