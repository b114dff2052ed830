//! The analysis against exact tensors, and against its own definition for settings and signals drawn at random.

#![expect(clippy::unwrap_used, reason = "in a test, what cannot be had is a failure")]

mod plain;

use std::path::{Path, PathBuf};

use melscope::dsp::{AnalysisPlan, MelFilters, apply_mask};
use melscope::settings::{AnalysisSettings, IfMode, Settings};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, s};
use proptest::prelude::*;
use serde::Deserialize;

/// Channel 0 of f32 code with a good FFT stays well within this.
const MAGNITUDE_TOLERANCE: f32 = 2e-5;

#[derive(Deserialize)]
struct Case {
    signal: String,
    config: String,
    n_fft: usize,
    hop_length: usize,
    n_mels: usize,
    if_masking_threshold: f64,
    torch_if_frac_over_1e3: f64,
}

impl Case {
    fn settings(&self) -> AnalysisSettings {
        AnalysisSettings {
            n_fft: self.n_fft,
            hop_samples: self.hop_length,
            n_mels: self.n_mels,
            if_threshold: self.if_masking_threshold,
            ..Settings::default().analysis()
        }
    }

    fn chunk(&self) -> Vec<f32> {
        let chunk: Array1<f32> = ndarray_npy::read_npy(data(&format!("{}.chunk.npy", self.signal))).unwrap();
        chunk.to_vec()
    }

    fn exact(&self) -> Array3<f32> {
        ndarray_npy::read_npy(data(&format!("{}.{}.exact.npy", self.signal, self.config))).unwrap()
    }

    /// Twice the share of what torch's own f32 code gets wrong: the phase of some signals lies exactly on ±π.
    fn share_allowed(&self) -> f64 {
        (2.0 * self.torch_if_frac_over_1e3).max(1e-3)
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/analysis").join(name)
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(data("index.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases
}

/// Share of places where the instantaneous frequency is off by more than 1e-3, those apart whose mel power is so
/// near the threshold that rounding decides about the mask.
fn share_off(
    ours: &ArrayView2<f32>,
    exact: &ArrayView2<f32>,
    exact_power: &Array2<f64>,
    threshold: f64,
) -> f64 {
    let mut off = 0;
    for ((place, ours), exact) in ours.indexed_iter().zip(exact) {
        let at_threshold = (exact_power[place] - threshold).abs() <= 1e-3 * threshold;
        if !at_threshold && (ours - exact).abs() > 1e-3 {
            off += 1;
        }
    }
    f64::from(off) / exact.len() as f64
}

#[test]
fn golden_tensors_are_met_within_the_contract() {
    for case in cases() {
        let (exact, settings) = (case.exact(), case.settings());
        let tensor = AnalysisPlan::new(settings).unwrap().analyze(&case.chunk());
        assert_eq!(tensor.dim(), exact.dim());

        let (ours, theirs) = (tensor.index_axis(Axis(0), 0), exact.index_axis(Axis(0), 0));
        let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let exact_power = theirs.mapv(|x| f64::from(x).exp_m1());
        let share = share_off(
            &tensor.index_axis(Axis(0), 1),
            &exact.index_axis(Axis(0), 1),
            &exact_power,
            settings.if_threshold,
        );
        let name = format!("{} {}", case.signal, case.config);
        println!(
            "{name:24} magnitude off by {worst:.1e}, IF off in {share:.5} (allowed {:.5})",
            case.share_allowed()
        );
        assert!(worst <= MAGNITUDE_TOLERANCE, "{name}: magnitude is off by {worst:e}");
        assert!(share <= case.share_allowed(), "{name}: IF is off in {share} of the places");
        assert!(tensor.slice(s![1, .., 0]).iter().all(|&x| x == 0.0), "{name}: the first frame has no IF");
    }
}

/// Keeps the judge honest: it must agree with tensors that were made without it.
#[test]
fn the_judge_agrees_with_the_golden_tensors() {
    for case in cases() {
        let (exact, settings) = (case.exact(), case.settings());
        let verdict = plain::analyse(&settings, &case.chunk());
        let shape = (settings.n_mels, settings.n_frames());
        let power =
            Array2::from_shape_vec(shape, verdict.mel_power.iter().map(|p| p.exact).collect()).unwrap();
        for (ours, &theirs) in power.iter().zip(exact.index_axis(Axis(0), 0)) {
            assert!((ours.ln_1p() - f64::from(theirs)).abs() <= 2e-6, "{} {}", case.signal, case.config);
        }
        let inst_freq: Vec<f32> = verdict
            .inst_freq
            .iter()
            .zip(&power)
            .map(|(value, &power)| if power < settings.if_threshold { 0.0 } else { value.exact as f32 })
            .collect();
        let inst_freq = Array2::from_shape_vec(shape, inst_freq).unwrap();
        let share =
            share_off(&inst_freq.view(), &exact.index_axis(Axis(0), 1), &power, settings.if_threshold);
        assert!(share <= case.share_allowed(), "{} {}: {share}", case.signal, case.config);
    }
}

#[test]
fn filters_are_torchaudios() {
    for (rate_hz, n_fft, n_mels) in
        [(48_000, 2048, 128), (44_100, 2048, 128), (48_000, 1024, 80), (48_000, 256, 128)]
    {
        let golden: Array2<f32> =
            ndarray_npy::read_npy(data(&format!("filterbank_{rate_hz}_{n_fft}_{n_mels}.npy"))).unwrap();
        let filters = MelFilters::new(rate_hz, n_fft, n_mels);
        let ours = filters.to_matrix();
        assert_eq!(ours.dim(), golden.dim());
        let worst = ours.iter().zip(&golden).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 2e-5, "{rate_hz} {n_fft} {n_mels}: {worst:e}");
        let empty = golden.columns().into_iter().filter(|column| column.iter().all(|&w| w == 0.0)).count();
        assert_eq!(filters.n_empty(), empty);
    }
}

/// Compares the engine with the judge, place by place, within the slack the judge grants.
fn check(settings: AnalysisSettings, chunk: &[f32]) -> Result<(), TestCaseError> {
    let plan = AnalysisPlan::new(settings).unwrap();
    let verdict = plain::analyse(&settings, chunk);
    let tensor = plan.analyze(chunk);
    let mut scratch = plan.scratch();
    let n_values = settings.n_mels * settings.n_frames();
    let (mut mel_power, mut inst_freq) = (vec![f32::NAN; n_values], vec![f32::NAN; n_values]);
    plan.analyze_unmasked_into(chunk, &mut scratch, &mut mel_power, &mut inst_freq);
    let place = |at: usize| format!("band {}, frame {}", at / settings.n_frames(), at % settings.n_frames());
    for at in 0..n_values {
        let (power, value) = (verdict.mel_power[at], verdict.inst_freq[at]);
        let off = (f64::from(mel_power[at]) - power.exact).abs();
        // What is too small for f32 is zero.
        prop_assert!(off <= power.slack + 1e-44, "{}: power {} for {power:?}", place(at), mel_power[at]);
        let off = (f64::from(inst_freq[at]) - value.exact).abs();
        prop_assert!(off <= value.slack, "{}: IF {} for {value:?}", place(at), inst_freq[at]);
        prop_assert!((-1.0..=1.0).contains(&inst_freq[at]));
    }
    // The whole is its parts.
    let values = tensor.as_slice().unwrap();
    for (&magnitude, &power) in values[..n_values].iter().zip(&mel_power) {
        prop_assert!((f64::from(magnitude) - f64::from(power).ln_1p()).abs() <= 5e-7 * f64::from(magnitude));
    }
    apply_mask(&mut inst_freq, &mel_power, settings.if_threshold);
    prop_assert_eq!(&values[n_values..], &inst_freq[..]);
    Ok(())
}

fn any_mode() -> impl Strategy<Value = IfMode> {
    prop::sample::select(IfMode::ALL.to_vec())
}

fn any_settings() -> impl Strategy<Value = AnalysisSettings> {
    let n_fft = prop_oneof![
        3 => 16usize..400,
        1 => prop::sample::select(vec![500, 512, 600, 1500, 2187]),
    ];
    let rates = prop::sample::select(vec![1000u32, 8000, 22_050, 44_100, 48_000, 768_000]);
    (n_fft, rates, any_mode(), prop::sample::select(vec![0.0, 1e-5, 0.3]))
        .prop_flat_map(|(half, rate, mode, threshold)| {
            let n_fft = 2 * half;
            let hop = prop_oneof![1 => Just(n_fft), 4 => 1..=n_fft, 4 => (n_fft / 8).max(1)..=n_fft / 2];
            let n_mels = prop_oneof![1 => Just(half), 4 => 1..=half.min(128)];
            (Just((n_fft, rate, mode, threshold)), hop, n_mels, 1usize..=40)
        })
        .prop_map(|((n_fft, sample_rate_hz, if_mode, if_threshold), hop_samples, n_mels, n_hops)| {
            AnalysisSettings {
                sample_rate_hz,
                chunk_samples: (n_hops * hop_samples / 2).max(n_fft / 2 + 1),
                n_fft,
                hop_samples,
                n_mels,
                if_threshold,
                if_mode,
            }
        })
}

/// A sound: some tones, noise, clicks and a stretch of silence, each or none of them, and a level.
fn any_chunk(n_samples: usize) -> impl Strategy<Value = Vec<f32>> {
    let tones = prop::collection::vec((0.0..0.5f64, 0.001..1.0f64), 0..4);
    let levels = prop::sample::select(vec![1.0, 1.0, 1.0, 1e-3, 1e-12, 1e-30]);
    (tones, prop::sample::select(vec![0.0, 1e-4, 0.3]), any::<u32>(), 0.0..1.0f64, levels).prop_map(
        move |(tones, noise, seed, silent_from, level)| {
            let mut state = seed;
            let silent = (silent_from * n_samples as f64) as usize..n_samples * 3 / 4;
            let samples = (0..n_samples).map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let random = f64::from(state >> 8) / 8_388_608.0 - 1.0;
                let click = if i % 500 == 77 { 0.5 } else { 0.0 };
                let tones: f64 = tones
                    .iter()
                    .map(|(frequency, gain)| gain * (2.0 * std::f64::consts::PI * frequency * i as f64).sin())
                    .sum();
                if silent.contains(&i) { 0.0 } else { tones + noise * random + click }
            });
            let mut samples: Vec<f64> = samples.collect();
            let peak = samples.iter().fold(1e-9, |peak: f64, x| peak.max(x.abs()));
            for x in &mut samples {
                *x *= level / peak;
            }
            samples.into_iter().map(|x| x as f32).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sound_with_any_settings_is_as_defined(
        (settings, chunk) in any_settings()
            .prop_flat_map(|settings| (Just(settings), any_chunk(settings.chunk_samples)))
    ) {
        check(settings, &chunk)?;
    }
}

/// The corners of what the settings allow, with a sound that has no weak bins.
#[test]
fn settings_at_their_limits_are_as_defined() {
    let base = Settings::default().analysis();
    let corners = [
        AnalysisSettings { n_fft: 32, hop_samples: 1, n_mels: 16, chunk_samples: 17, ..base },
        AnalysisSettings { n_fft: 32, hop_samples: 32, n_mels: 1, chunk_samples: 17, ..base },
        AnalysisSettings { n_fft: 1000, hop_samples: 333, n_mels: 500, ..base },
        AnalysisSettings { n_fft: 3000, hop_samples: 751, n_mels: 77, sample_rate_hz: 44_101, ..base },
        AnalysisSettings { n_fft: 65_536, hop_samples: 16_383, n_mels: 3, chunk_samples: 98_305, ..base },
        AnalysisSettings { n_fft: 2048, hop_samples: 512, n_mels: 1024, if_threshold: 0.0, ..base },
    ];
    for settings in corners {
        for if_mode in IfMode::ALL {
            let mut state = 7u32;
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            };
            let chunk: Vec<f32> = (0..settings.chunk_samples).map(|_| noise()).collect();
            check(AnalysisSettings { if_mode, ..settings }, &chunk).unwrap();
        }
    }
}

/// The judge's slack must not hide errors: for noise at the default settings nearly every place is judged to
/// half of what the contract allows.
#[test]
fn the_judge_is_strict_where_it_can_be() {
    for if_mode in IfMode::ALL {
        let settings = AnalysisSettings { if_mode, ..Settings::default().analysis() };
        let chunk: Array1<f32> = ndarray_npy::read_npy(data("noise.chunk.npy")).unwrap();
        let verdict = plain::analyse(&settings, chunk.as_slice().unwrap());
        let strict = verdict.inst_freq.iter().filter(|value| value.slack <= 5e-4).count();
        assert!(strict as f64 >= 0.99 * verdict.inst_freq.len() as f64, "{if_mode}: {strict}");
        assert!(verdict.mel_power.iter().all(|power| power.slack <= 5e-4 * power.exact));
    }
}

/// A pure tone is the hardest case: beside its peak, the rounding noise of the FFT counts most. Bands of few bins do
/// not average it away.
#[test]
fn magnitudes_beside_a_loud_tone_are_within_the_contract_at_every_length() {
    for (n_fft, n_mels) in
        [(512, 256), (1000, 500), (2018, 1000), (2048, 1000), (3000, 1500), (4374, 2000), (65_536, 200)]
    {
        let settings = AnalysisSettings {
            n_fft,
            n_mels,
            hop_samples: n_fft / 4,
            chunk_samples: 2 * n_fft,
            ..Settings::default().analysis()
        };
        let plan = AnalysisPlan::new(settings).unwrap();
        for turns_per_sample in [0.0103, 0.0917, 0.25, 0.4371] {
            let chunk: Vec<f32> = (0..settings.chunk_samples)
                .map(|i| (2.0 * std::f64::consts::PI * turns_per_sample * i as f64).sin() as f32)
                .collect();
            let tensor = plan.analyze(&chunk);
            let verdict = plain::analyse(&settings, &chunk);
            let off =
                tensor.iter().zip(&verdict.mel_power).map(|(&a, b)| (f64::from(a) - b.exact.ln_1p()).abs());
            let worst = off.fold(0.0, f64::max);
            assert!(worst <= f64::from(MAGNITUDE_TOLERANCE), "n_fft {n_fft}, {turns_per_sample}: {worst:e}");
        }
    }
}

#[test]
fn silence_is_zero_in_both_channels_even_without_a_mask() {
    for if_mode in IfMode::ALL {
        let settings = AnalysisSettings { if_threshold: 0.0, if_mode, ..Settings::default().analysis() };
        let tensor = AnalysisPlan::new(settings).unwrap().analyze(&vec![0.0; settings.chunk_samples]);
        assert!(tensor.slice(s![0, .., ..]).iter().all(|&x| x == 0.0));
        // A silent bin has no phase; its deviation from the expected advance is not a measurement, and the
        // power-weighted modes know it by its weight. The filterbank mode averages advances of zero.
        assert!(tensor.slice(s![1, .., ..]).iter().all(|&x| x == 0.0));
    }
}

/// A steady tone inside a band: the deviation leads back to its frequency.
#[test]
fn deviation_gives_the_frequency_of_a_tone_back() {
    let settings = AnalysisSettings { if_mode: IfMode::Deviation, ..Settings::default().analysis() };
    let plan = AnalysisPlan::new(settings).unwrap();
    for frequency_hz in [445.3, 1003.0, 7777.7, 15_000.1] {
        let chunk: Vec<f32> = (0..settings.chunk_samples)
            .map(|i| (2.0 * std::f64::consts::PI * frequency_hz * i as f64 / 48_000.0).sin() as f32)
            .collect();
        let tensor = plan.analyze(&chunk);
        let filters = plan.filters();
        let band = (0..settings.n_mels)
            .min_by(|&a, &b| {
                let away = |band| f64::abs(filters.centre_hz(band) - frequency_hz);
                away(a).total_cmp(&away(b))
            })
            .unwrap();
        // Frames away from the reflected ends hold nothing but the tone.
        let value = f64::from(tensor[[1, band, 40]]);
        let half_width_hz = melscope::dsp::inst_freq::half_width_hz(&settings, filters, band);
        let found_hz = filters.centre_hz(band) + value * half_width_hz;
        // Bins more than two away see the tone only in the window's side lobes, and there the deviation is wrapped:
        // a ten-thousandth of the power, off by a turn a hop (94 Hz).
        assert!((found_hz - frequency_hz).abs() < 0.05, "{frequency_hz} Hz came back as {found_hz} Hz");
    }
}
