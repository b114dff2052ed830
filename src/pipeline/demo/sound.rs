//! The instruments of the demo: each gives one mono sound as samples from -1 to 1 with its peak at [`PEAK`].

use std::f64::consts::{PI, TAU};

/// The peak of every sound as it comes from its instrument: about 2 dB below full scale.
pub(super) const PEAK: f64 = 0.8;

/// White noise from -1 to 1, the same for the same seed: the `SplitMix64` generator (Steele, Lea and Flood, 2014).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 * (2.0 / (1_u64 << 53) as f64) - 1.0
    }
}

/// A drum whose pitch falls from 200 to 50 Hz, with a click at the start.
pub(super) fn kick(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    let mut noise = Noise(1);
    render(rate_hz, duration_s, |t| {
        let phase = TAU * (50.0 * t + 5.0 * (1.0 - (-30.0 * t).exp()));
        phase.sin() * (-7.0 * t).exp() + 0.2 * noise.next() * (-400.0 * t).exp()
    })
}

/// A burst of noise over a short tone of 185 Hz.
pub(super) fn snare(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    let mut noise = Noise(2);
    render(rate_hz, duration_s, |t| {
        noise.next() * (-18.0 * t).exp() + 0.6 * (TAU * 185.0 * t).sin() * (-25.0 * t).exp()
    })
}

/// Closed hi-hats in eighths at 120 beats a minute, every fourth one open.
pub(super) fn hihats(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    const STEP_S: f64 = 0.25;
    let mut noise = Noise(3);
    let (mut previous, mut before) = (0.0, 0.0);
    render(rate_hz, duration_s, |t| {
        // The second difference of white noise lies in the highest octave, as the sound of a cymbal does.
        let now = noise.next();
        let bright = now - 2.0 * previous + before;
        (before, previous) = (previous, now);
        let step = (t / STEP_S).floor();
        let (level, decay) = if step % 4.0 == 3.0 { (0.8, 14.0) } else { (0.6, 35.0) };
        let accent = if step % 2.0 == 0.0 { 1.0 } else { 0.7 };
        bright * level * accent * (-decay * (t - step * STEP_S)).exp()
    })
}

/// A plucked string: noise that circulates in a delay line and is averaged on the way (Karplus and Strong, 1983).
pub(super) fn plucked(rate_hz: u32, duration_s: f64, pitch_hz: f64) -> Vec<f64> {
    let mut noise = Noise(4);
    let mut string: Vec<f64> =
        (0..(f64::from(rate_hz) / pitch_hz).round() as usize).map(|_| noise.next()).collect();
    let mean = string.iter().sum::<f64>() / string.len() as f64;
    for sample in &mut string {
        *sample -= mean;
    }
    let mut at = 0;
    render(rate_hz, duration_s, |_t| {
        let sample = string[at];
        let next = (at + 1) % string.len();
        string[at] = 0.498 * (sample + string[next]);
        at = next;
        sample
    })
}

/// A bell of eleven inharmonic partials: Risset's, from his Introductory Catalogue of Computer Synthesized Sounds (1969).
pub(super) fn bell(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    /// Ratio to the pitch, beating in Hz, amplitude, length relative to the whole.
    const PARTIALS: [(f64, f64, f64, f64); 11] = [
        (0.56, 0.0, 1.0, 1.0),
        (0.56, 1.0, 0.67, 0.9),
        (0.92, 0.0, 1.0, 0.65),
        (0.92, 1.7, 1.8, 0.55),
        (1.19, 0.0, 2.67, 0.325),
        (1.7, 0.0, 1.67, 0.35),
        (2.0, 0.0, 1.46, 0.25),
        (2.74, 0.0, 1.33, 0.2),
        (3.0, 0.0, 1.33, 0.15),
        (3.76, 0.0, 1.0, 0.1),
        (4.07, 0.0, 1.33, 0.075),
    ];
    const PITCH_HZ: f64 = 523.25;
    let mut strike = Noise(5);
    render(rate_hz, duration_s, |t| {
        let partial = |(ratio, beat_hz, amplitude, length): (f64, f64, f64, f64)| {
            // Each partial has fallen by 60 dB at the end of its own length.
            let decay = 1000.0_f64.ln() / (length * duration_s);
            amplitude * (TAU * (PITCH_HZ * ratio + beat_hz) * t).sin() * (-decay * t).exp()
        };
        PARTIALS.into_iter().map(partial).sum::<f64>() + 2.0 * strike.next() * (-300.0 * t).exp()
    })
}

/// A soft chord of A minor; `detune` shifts the pitches a little, so that two of them make a wide stereo pair.
pub(super) fn pad(rate_hz: u32, duration_s: f64, detune: f64) -> Vec<f64> {
    render(rate_hz, duration_s, |t| {
        let note = |pitch_hz: f64| -> f64 {
            let phase = TAU * pitch_hz * (1.0 + detune) * t;
            (1..=12).map(|k| (phase * f64::from(k)).sin() / f64::from(k * k)).sum()
        };
        [220.0, 261.63, 329.63].into_iter().map(note).sum::<f64>() * (PI * t / duration_s).sin()
    })
}

/// A sine that rises from 40 Hz to 16 kHz, the same time for each octave (Farina, 2000).
pub(super) fn sweep(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    const FROM_HZ: f64 = 40.0;
    const TO_HZ: f64 = 16_000.0;
    let scale_s = duration_s / (TO_HZ / FROM_HZ).ln();
    render(rate_hz, duration_s, |t| (TAU * FROM_HZ * scale_s * (t / scale_s).exp_m1()).sin())
}

/// A voice that glides from "ah" to "ee": harmonics shaped by the formants of Peterson and Barney (1952).
pub(super) fn voice(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    const AH_HZ: [f64; 3] = [730.0, 1090.0, 2440.0];
    const EE_HZ: [f64; 3] = [270.0, 2290.0, 3010.0];
    const PITCH_HZ: f64 = 130.0;
    const BANDWIDTH_HZ: f64 = 80.0;
    let mut breath = Noise(6);
    render(rate_hz, duration_s, |t| {
        let glide = (1.0 - (PI * t / duration_s).cos()) / 2.0;
        // Vibrato: 5 Hz, half a semitone wide.
        let phase = TAU * PITCH_HZ * t + PITCH_HZ * 0.015 / 5.0 * (1.0 - (TAU * 5.0 * t).cos());
        let harmonic = |k: i32| {
            let resonance = |formant: usize| {
                let centre_hz = AH_HZ[formant] + glide * (EE_HZ[formant] - AH_HZ[formant]);
                let distance = (PITCH_HZ * f64::from(k) - centre_hz) / BANDWIDTH_HZ;
                1.0 / (1.0 + distance * distance) / (formant + 1) as f64
            };
            (phase * f64::from(k)).sin() * (0..3).map(resonance).sum::<f64>()
        };
        let sung: f64 = (1..=30).map(harmonic).sum();
        (sung + 0.01 * breath.next()) * (PI * t / duration_s).sin().sqrt()
    })
}

/// A melody of plucked strings, four notes a second.
pub(super) fn melody(rate_hz: u32, duration_s: f64) -> Vec<f64> {
    const NOTES_HZ: [f64; 8] = [220.0, 261.63, 293.66, 329.63, 440.0, 392.0, 329.63, 261.63];
    const STEP_S: f64 = 0.25;
    let mut sum = vec![0.0; n_samples(rate_hz, duration_s)];
    for (step, &pitch_hz) in NOTES_HZ.iter().cycle().take((duration_s / STEP_S) as usize).enumerate() {
        let start_s = step as f64 * STEP_S;
        let note = plucked(rate_hz, (duration_s - start_s).min(2.0 * STEP_S), pitch_hz);
        for (sample, added) in sum[n_samples(rate_hz, start_s)..].iter_mut().zip(note) {
            *sample += added;
        }
    }
    to_peak(sum)
}

/// Three times the sample rate by windowed-sinc interpolation: nothing new appears above the old Nyquist frequency.
pub(super) fn upsampled_threefold(samples: &[f64]) -> Vec<f64> {
    /// Taps on each side, in samples of the input: with Blackman's window images are more than 70 dB down.
    const REACH: usize = 32;
    /// The cutoff below the old Nyquist frequency, which leaves room for the filter's slope.
    const CUTOFF: f64 = 0.9;
    let kernel = |offset: f64| {
        let x = PI * CUTOFF * offset;
        let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
        let turn = PI * offset / REACH as f64;
        CUTOFF * sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
    };
    let interpolate = |n: usize| -> f64 {
        let (centre, position) = (n / 3, n as f64 / 3.0);
        let taps = centre.saturating_sub(REACH - 1)..(centre + REACH + 1).min(samples.len());
        taps.map(|m| samples[m] * kernel(position - m as f64)).sum()
    };
    to_peak((0..samples.len() * 3).map(interpolate).collect())
}

/// Samples in `duration_s`, rounded.
pub(super) fn n_samples(rate_hz: u32, duration_s: f64) -> usize {
    (duration_s * f64::from(rate_hz)).round() as usize
}

/// Evaluates `sample(t)` with `t` in seconds, fades both ends so that nothing clicks, and sets the peak.
fn render(rate_hz: u32, duration_s: f64, mut sample: impl FnMut(f64) -> f64) -> Vec<f64> {
    const FADE_IN_S: f64 = 0.0005;
    const FADE_OUT_S: f64 = 0.02;
    let faded = |n: usize| {
        let t = n as f64 / f64::from(rate_hz);
        sample(t) * (t / FADE_IN_S).min((duration_s - t) / FADE_OUT_S).clamp(0.0, 1.0)
    };
    to_peak((0..n_samples(rate_hz, duration_s)).map(faded).collect())
}

fn to_peak(mut samples: Vec<f64>) -> Vec<f64> {
    let peak = samples.iter().fold(f64::MIN_POSITIVE, |peak, sample| peak.max(sample.abs()));
    for sample in &mut samples {
        *sample *= PEAK / peak;
    }
    samples
}
