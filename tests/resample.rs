//! Resampling: exact length, nothing moved in time, flat where it should pass and silent where it should stop.

use std::f64::consts::TAU;

use melscope::audio::resample::{Resampler, resampled_len};
use proptest::prelude::*;

/// Pairs of rates, source first: the usual ones to 48 kHz, then odd ones with next to no common divisor.
const RATES_HZ: &[(u32, u32)] = &[
    (8_000, 48_000),
    (11_025, 48_000),
    (16_000, 48_000),
    (22_050, 48_000),
    (32_000, 48_000),
    (44_100, 48_000),
    (88_200, 48_000),
    (96_000, 48_000),
    (192_000, 48_000),
    (768_000, 48_000),
    (48_000, 44_100),
    (48_000, 16_000),
    (1_000, 48_000),
    (44_101, 48_000),
    (47_999, 48_000),
    (96_001, 48_000),
    (48_000, 44_101),
    (7_919, 48_000),
];

/// Samples at the lower rate that a test signal is long.
const N_LOWER: usize = 6_000;

fn resample(input: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz);
    let mut out = Vec::new();
    for block in input.chunks(1_152) {
        resampler.process(block, &mut out);
    }
    resampler.finish(&mut out);
    out
}

fn tone(freq_hz: f64, rate_hz: u32, n_samples: usize) -> Vec<f32> {
    (0..n_samples).map(|n| (TAU * freq_hz * n as f64 / f64::from(rate_hz)).sin() as f32).collect()
}

/// The part of a signal that the filter's run-in and run-out do not reach.
fn steady(signal: &[f32]) -> std::ops::Range<usize> {
    signal.len() / 4..signal.len() * 3 / 4
}

/// Gain, delay in seconds and the level of everything else, in dB, of `signal` against the sine that it should be.
fn fit(signal: &[f32], freq_hz: f64, rate_hz: u32) -> (f64, f64, f64) {
    let range = steady(signal);
    let (mut ss, mut cc, mut sc, mut sx, mut cx) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let phase = |n: usize| TAU * freq_hz * n as f64 / f64::from(rate_hz);
    for n in range.clone() {
        let (s, c) = phase(n).sin_cos();
        let x = f64::from(signal[n]);
        ss += s * s;
        cc += c * c;
        sc += s * c;
        sx += s * x;
        cx += c * x;
    }
    // The normal equations of the least-squares fit by a sine and a cosine.
    let determinant = ss * cc - sc * sc;
    let (a, b) = ((sx * cc - cx * sc) / determinant, (cx * ss - sx * sc) / determinant);
    let rest: f64 = range
        .clone()
        .map(|n| {
            let (s, c) = phase(n).sin_cos();
            (f64::from(signal[n]) - a * s - b * c).powi(2)
        })
        .sum();
    let rest_db = 10.0 * (2.0 * rest / range.len() as f64).log10();
    (a.hypot(b), -b.atan2(a) / (TAU * freq_hz), rest_db)
}

#[test]
fn tones_pass_flat_in_place_and_alone() {
    for &(from, to) in RATES_HZ {
        let lower = from.min(to);
        let n_samples = (N_LOWER as f64 * f64::from(from) / f64::from(lower)) as usize;
        for share in [0.013, 0.1, 0.35, 0.5, 0.77, 0.9] {
            let freq_hz = share * f64::from(lower) / 2.0;
            let out = resample(&tone(freq_hz, from, n_samples), from, to);
            let (gain, delay_s, rest_db) = fit(&out, freq_hz, to);
            let gain_db = 20.0 * gain.log10();
            let what = format!("{from} to {to} Hz, {share} of the Nyquist frequency");
            assert!(gain_db.abs() <= 0.05, "{what}: {gain_db:.4} dB");
            assert!(
                (delay_s * f64::from(to)).abs() <= 0.01,
                "{what}: late by {} samples",
                delay_s * f64::from(to)
            );
            assert!(rest_db <= -80.0, "{what}: images and noise at {rest_db:.1} dB");
        }
    }
}

#[test]
fn tones_above_the_lower_nyquist_frequency_vanish() {
    for &(from, to) in RATES_HZ.iter().filter(|(from, to)| from > to) {
        let n_samples = (N_LOWER as f64 * f64::from(from) / f64::from(to)) as usize;
        let share_max = f64::from(from) / f64::from(to);
        for share in [1.002, 1.05, 1.3, 1.7, 1.99, 2.9, 3.9, 7.3, 15.1] {
            if share >= share_max {
                continue;
            }
            let out = resample(&tone(share * f64::from(to) / 2.0, from, n_samples), from, to);
            let range = steady(&out);
            let power =
                out[range.clone()].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / range.len() as f64;
            let level_db = 10.0 * (2.0 * power).log10();
            assert!(level_db <= -80.0, "{from} to {to} Hz: {share} of Nyquist aliases at {level_db:.1} dB");
        }
    }
}

#[test]
fn an_impulse_stays_at_its_place() {
    for &(from, to) in RATES_HZ {
        let n_samples = 3_000.max(from as usize / 50);
        for at in [0, 1, 777, n_samples / 2, n_samples - 1] {
            let mut input = vec![0.0; n_samples];
            input[at] = 1.0;
            let out = resample(&input, from, to);
            let peak = (0..out.len()).max_by(|a, b| out[*a].abs().total_cmp(&out[*b].abs())).unwrap();
            // The last input sample may lie behind the last output sample.
            let expected = (at as f64 * f64::from(to) / f64::from(from)).min((out.len() - 1) as f64);
            assert!((peak as f64 - expected).abs() <= 1.0, "{from} to {to} Hz: {at} came out at {peak}");
        }
    }
}

#[test]
fn the_length_is_that_of_the_specification() {
    assert_eq!(resampled_len(0, 44_100, 48_000), 0);
    assert_eq!(resampled_len(44_100, 44_100, 48_000), 48_000);
    assert_eq!(resampled_len(44_101, 44_100, 48_000), 48_002, "48 001.09 rounds up");
    assert_eq!(resampled_len(1, 768_000, 1_000), 1);
    assert_eq!(resampled_len(u64::MAX, 1_000, 768_000), u64::MAX, "it saturates");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_length_in_any_blocks_comes_out_exact_and_the_same(
        pair in prop::sample::select(RATES_HZ),
        n_samples in 0usize..5_000,
        n_block in 1usize..3_000,
    ) {
        let (from, to) = pair;
        let input = tone(f64::from(from.min(to)) / 9.0, from, n_samples);
        let mut resampler = Resampler::new(from, to);
        let mut whole = Vec::new();
        resampler.process(&input, &mut whole);
        resampler.finish(&mut whole);
        prop_assert_eq!(whole.len() as u64, resampled_len(n_samples as u64, from, to));
        // The same resampler again, in blocks: it must have forgotten the first signal.
        resampler.reset();
        let mut parts = Vec::new();
        for block in input.chunks(n_block) {
            resampler.process(block, &mut parts);
        }
        resampler.finish(&mut parts);
        prop_assert!(parts == whole, "blocks of {} differ", n_block);
    }
}
