//! What augmentation does to a chunk, measured on signals of which the right answer is known.

use std::f64::consts::{PI, TAU};

use melscope::augment::{Applied, Recipe, VariantKey};
use melscope::path_text::RelPath;
use melscope::settings::{AugmentationSettings, Settings};
use proptest::prelude::*;

const RATE_HZ: f64 = 48_000.0;
const N: usize = 48_000;
const SHIFTS: [f64; 6] = [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0];

/// Augmentation that never does anything; tests switch on what they look at.
fn nothing() -> AugmentationSettings {
    AugmentationSettings {
        pitch_probability: 0.0,
        speed_probability: 0.0,
        noise_probability: 0.0,
        volume_probability: 0.0,
        ..AugmentationSettings::default()
    }
}

fn shift(semitones: f64) -> AugmentationSettings {
    AugmentationSettings { pitch_probability: 1.0, semitones: [semitones; 2], ..nothing() }
}

fn with(augmentation: AugmentationSettings) -> Settings {
    Settings { augmentation, ..Settings::default() }
}

/// A variant of a chunk of any length, under settings for chunks of that length.
fn variant(settings: &Settings, chunk: &[f32], number: u32) -> (Vec<f32>, Applied) {
    let chunk_s = (chunk.len() as f64 + 0.5) / f64::from(settings.sample_rate_hz);
    let recipe = Recipe::new(&Settings { chunk_s, ..settings.clone() });
    let source = RelPath::new("a.wav");
    let mut samples = vec![f32::NAN; chunk.len()];
    let key = VariantKey { source: &source, chunk: 0, variant: number };
    let applied = recipe.apply_into(&key, chunk, &mut recipe.scratch(), &mut samples);
    (samples, applied)
}

fn tone(freq_hz: f64) -> Vec<f32> {
    (0..N).map(|n| (TAU * freq_hz * n as f64 / RATE_HZ).sin() as f32).collect()
}

/// Numbers from -1 to 1 without any pattern that matters here.
fn noise(n_samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..n_samples).map(|_| next()).collect()
}

/// The frequency of the largest value of the spectrum within a semitone of `near_hz`: half a second in the middle,
/// Hann window, transform at any frequency.
fn dominant_hz(samples: &[f32], near_hz: f64) -> f64 {
    let middle = &samples[N / 4..3 * N / 4];
    let windowed: Vec<f64> = middle
        .iter()
        .enumerate()
        .map(|(n, sample)| f64::from(*sample) * (PI * n as f64 / middle.len() as f64).sin().powi(2))
        .collect();
    let magnitude = |freq_hz: f64| {
        let (step_sin, step_cos) = (TAU * freq_hz / RATE_HZ).sin_cos();
        let (mut sin, mut cos, mut re, mut im) = (0.0, 1.0, 0.0, 0.0);
        for value in &windowed {
            re += value * cos;
            im += value * sin;
            (sin, cos) = (sin * step_cos + cos * step_sin, cos * step_cos - sin * step_sin);
        }
        f64::hypot(re, im)
    };
    let semitone = 2f64.powf(1.0 / 12.0);
    // Two points per bin of the window cannot miss the main lobe, which is four bins wide.
    let step_hz = RATE_HZ / middle.len() as f64 / 2.0;
    let n_steps = (near_hz * (semitone - 1.0 / semitone) / step_hz).ceil() as usize;
    let candidates = (0..=n_steps).map(|index| near_hz / semitone + index as f64 * step_hz);
    let best_hz = candidates.max_by(|a, b| magnitude(*a).total_cmp(&magnitude(*b))).unwrap_or(near_hz);
    let (mut low, mut high) = (best_hz - 2.0 * step_hz, best_hz + 2.0 * step_hz);
    // The main lobe has one maximum: a third is cut off at every step.
    while high - low > 1e-7 * near_hz {
        let (third, two_thirds) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if magnitude(third) < magnitude(two_thirds) { low = third } else { high = two_thirds }
    }
    f64::midpoint(low, high)
}

#[test]
fn a_shifted_tone_has_its_new_pitch_within_three_cents() {
    for freq_hz in [60.0, 97.3, 220.0, 440.0, 1_000.0, 2_637.0, 4_000.0, 8_000.0] {
        for semitones in SHIFTS {
            let (shifted, applied) = variant(&with(shift(semitones)), &tone(freq_hz), 1);
            assert_eq!(applied, Applied { semitones: Some(semitones), ..Applied::default() });
            assert_eq!(shifted.len(), N);
            let expected_hz = freq_hz * 2f64.powf(semitones / 12.0);
            let cents = 1_200.0 * (dominant_hz(&shifted, expected_hz) / expected_hz).log2();
            assert!(cents.abs() <= 3.0, "{freq_hz} Hz by {semitones} semitones: {cents} cents off");
        }
    }
}

/// Partials of one sound keep their ratios, whatever stands beside them.
#[test]
fn every_partial_of_a_sound_is_shifted_alike() {
    let partials_hz = [196.0, 392.0, 588.0, 1_470.0];
    let chord: Vec<f32> = (0..N)
        .map(|n| {
            partials_hz.iter().map(|hz| 0.25 * (TAU * hz * n as f64 / RATE_HZ).sin()).sum::<f64>() as f32
        })
        .collect();
    for semitones in SHIFTS {
        let (shifted, _) = variant(&with(shift(semitones)), &chord, 1);
        for freq_hz in partials_hz {
            let expected_hz = freq_hz * 2f64.powf(semitones / 12.0);
            let cents = 1_200.0 * (dominant_hz(&shifted, expected_hz) / expected_hz).log2();
            assert!(cents.abs() <= 3.0, "{freq_hz} Hz by {semitones} semitones: {cents} cents off");
        }
    }
}

#[test]
fn clicks_stay_where_they_are() {
    for spacing in [2_400, 4_800, 10_007] {
        let places: Vec<usize> = (1_200..N).step_by(spacing).collect();
        let mut clicks = vec![0.0; N];
        for place in &places {
            clicks[*place] = 1.0;
        }
        for semitones in SHIFTS {
            let (shifted, _) = variant(&with(shift(semitones)), &clicks, 1);
            for place in &places {
                let around = place.saturating_sub(spacing / 2)..N.min(place + spacing / 2);
                let loudest =
                    around.max_by(|a, b| shifted[*a].abs().total_cmp(&shifted[*b].abs())).unwrap_or(0);
                let moved_ms = 1e3 * (loudest as f64 - *place as f64) / RATE_HZ;
                assert!(
                    moved_ms.abs() <= 5.0,
                    "{semitones} semitones: the click at {place} moved by {moved_ms} ms"
                );
            }
        }
    }
}

#[test]
fn a_shifted_sound_begins_and_ends_with_its_chunk() {
    let rms = |samples: &[f32]| {
        (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    };
    let steady = noise(N);
    for semitones in SHIFTS {
        let (shifted, _) = variant(&with(shift(semitones)), &steady, 1);
        let whole = rms(&shifted);
        // 5 ms of white noise differ from the whole by chance, by less than a tenth; 6 dB are a half.
        assert!(rms(&shifted[..240]) > whole / 2.0, "{semitones} semitones: silence at the start");
        assert!(rms(&shifted[N - 240..]) > whole / 2.0, "{semitones} semitones: silence at the end");
    }
}

#[test]
fn speed_moves_every_frequency_by_its_factor() {
    for factor in [0.5, 0.9, 0.95, 0.9371, 1.05, 1.1, 2.0] {
        let settings =
            with(AugmentationSettings { speed_probability: 1.0, speed_factors: vec![factor], ..nothing() });
        for freq_hz in [100.0, 1_000.0, 5_000.0] {
            let (changed, applied) = variant(&settings, &tone(freq_hz), 1);
            assert_eq!(applied.speed, Some(factor));
            // Of a chunk at twice the speed the middle half is at the end of the sound, so only its first half counts.
            let n_sounding = ((N as f64 / factor).ceil() as usize).min(N);
            assert!(changed[n_sounding..].iter().all(|sample| *sample == 0.0), "silence fills the chunk");
            if factor < 2.0 {
                let ratio = dominant_hz(&changed, freq_hz * factor) / freq_hz;
                assert!((ratio / factor - 1.0).abs() < 1e-3, "{freq_hz} Hz at {factor}: {ratio}");
            } else {
                let doubled = [&changed[..N / 2], &changed[..N / 2]].concat();
                assert!(
                    doubled
                        .iter()
                        .zip(tone(2.0 * freq_hz))
                        .skip(500)
                        .take(20_000)
                        .all(|(a, b)| (a - b).abs() < 0.02)
                );
            }
        }
    }
}

#[test]
fn noise_lies_below_the_signal_by_what_was_drawn() {
    let settings = with(AugmentationSettings { noise_probability: 1.0, ..nothing() });
    let signal = tone(440.0);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    for number in 1..=20 {
        let (noisy, applied) = variant(&settings, &signal, number);
        // The level was set after the noise: what of the variant goes with the signal is the signal.
        let scale = dot(&noisy, &signal) / dot(&signal, &signal);
        let rest: Vec<f32> = noisy.iter().zip(&signal).map(|(a, b)| a - scale as f32 * b).collect();
        let measured_db = 10.0 * (scale * scale * dot(&signal, &signal) / dot(&rest, &rest)).log10();
        let drawn_db = applied.snr_db.unwrap_or(f64::NAN);
        assert!((15.0..=40.0).contains(&drawn_db));
        assert!((measured_db - drawn_db).abs() <= 0.2, "{drawn_db} dB drawn, {measured_db} dB measured");
    }
}

#[test]
fn the_peak_is_the_gain_and_nothing_clips() {
    let settings = with(AugmentationSettings {
        pitch_probability: 0.5,
        noise_probability: 0.5,
        volume_probability: 1.0,
        ..nothing()
    });
    let chunk = noise(9_600);
    for number in 1..=40 {
        let (samples, applied) = variant(&settings, &chunk, number);
        let gain = applied.gain.unwrap_or(f64::NAN);
        assert!(
            (0.7 / 1.3 - 1e-12..=1.0).contains(&gain),
            "a drawn gain is divided by the range's end: {gain}"
        );
        let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        assert!((f64::from(peak) - gain).abs() < 1e-6, "peak {peak}, gain {gain}");
    }
}

#[test]
fn levels_as_the_reference_sets_them_clip_a_higher_gain_and_undo_a_lower_one() {
    let reference = |gain| {
        with(AugmentationSettings {
            volume_probability: 1.0,
            gain: [gain; 2],
            reference_levels: true,
            ..nothing()
        })
    };
    let chunk = tone(440.0);
    let peak = chunk.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    let full: Vec<f32> = chunk.iter().map(|sample| sample / peak).collect();
    let (lower, applied) = variant(&reference(0.5), &chunk, 1);
    assert_eq!(applied.gain, Some(0.5));
    assert_eq!(lower, full);
    let (higher, applied) = variant(&reference(2.0), &chunk, 1);
    assert_eq!(applied.gain, Some(2.0));
    let clipped: Vec<f32> = full.iter().map(|sample| (2.0 * sample).clamp(-1.0, 1.0)).collect();
    assert_eq!(higher, clipped);
}

#[test]
fn a_variant_without_any_change_is_its_chunk() {
    let chunk = tone(440.0);
    let (same, applied) = variant(&with(nothing()), &chunk, 3);
    assert_eq!(applied, Applied::default());
    let peak = chunk.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    assert!(same.iter().zip(&chunk).all(|(a, b)| *a == b / peak));
}

/// Every change at once, at its largest.
fn everything() -> AugmentationSettings {
    AugmentationSettings {
        pitch_probability: 1.0,
        semitones: [-12.0, 12.0],
        speed_probability: 1.0,
        speed_factors: vec![0.5, 0.9, 1.0, 1.1, 2.0],
        noise_probability: 1.0,
        snr_db: [-20.0, 100.0],
        volume_probability: 1.0,
        gain: [0.01, 10.0],
        ..AugmentationSettings::default()
    }
}

fn any_finite() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -1.0..=1.0_f32,
        1 => any::<f32>().prop_filter("finite", |sample| sample.is_finite()),
        1 => Just(0.0),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_finite_chunk_has_finite_variants_within_full_scale(
        chunk in prop::collection::vec(any_finite(), 1..3_000),
        sample_rate_hz in prop::sample::select(vec![1_000, 8_000, 48_000, 768_000_u32]),
        number in 1..1_000_u32,
        reference_levels: bool,
    ) {
        let settings = Settings {
            sample_rate_hz,
            ..with(AugmentationSettings { reference_levels, ..everything() })
        };
        let (samples, _) = variant(&settings, &chunk, number);
        prop_assert_eq!(samples.len(), chunk.len());
        prop_assert!(samples.iter().all(|sample| sample.abs() <= 1.0), "NaN and infinity are not below 1 either");
    }

    #[test]
    fn silence_stays_silence(n_samples in 1..5_000_usize, number in 1..1_000_u32, reference_levels: bool) {
        let settings = with(AugmentationSettings { reference_levels, ..everything() });
        let (samples, applied) = variant(&settings, &vec![0.0; n_samples], number);
        prop_assert!(samples.iter().all(|sample| *sample == 0.0));
        prop_assert_eq!(applied.snr_db, None, "there is no level to keep a distance from");
    }

    #[test]
    fn scratch_carries_nothing_from_one_variant_to_the_next(first in 1..100_u32, second in 1..100_u32) {
        let settings = Settings { chunk_s: 0.1, ..with(everything()) };
        let recipe = Recipe::new(&settings);
        let chunk = noise(settings.chunk_samples());
        let source = RelPath::new("a.wav");
        let key = |variant| VariantKey { source: &source, chunk: 0, variant };
        let mut scratch = recipe.scratch();
        let (mut used, mut fresh) = (chunk.clone(), chunk.clone());
        recipe.apply_into(&key(first), &noise(chunk.len()), &mut scratch, &mut used);
        let again = recipe.apply_into(&key(second), &chunk, &mut scratch, &mut used);
        let alone = recipe.apply_into(&key(second), &chunk, &mut recipe.scratch(), &mut fresh);
        prop_assert_eq!(again, alone);
        prop_assert_eq!(used, fresh);
    }
}
