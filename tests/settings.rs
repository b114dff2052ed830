//! Settings go through their file unchanged, impossible ones are refused by name, and possible ones can be analysed.

use melscope::dsp::analysis::AnalysisPlan;
use melscope::path_text::RelPath;
use melscope::settings::{
    AugmentationSettings, ChunkRange, FfmpegUse, IfMode, SAMPLE_RATES_HZ, SETTINGS, Setting, Settings,
    TENSOR_BYTES_MAX,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Settings that the specification allows, small enough that one tensor is analysed in a moment.
fn valid() -> impl Strategy<Value = Settings> {
    let analysis = (SAMPLE_RATES_HZ, 16..=512_usize).prop_flat_map(|(sample_rate_hz, half_fft)| {
        let n_fft = 2 * half_fft;
        // One sample more than n_fft/2 is the shortest chunk; half a sample on top keeps truncation from taking it.
        let chunk_s =
            (half_fft + 1..=8 * n_fft).prop_map(move |n| (n as f64 + 0.5) / f64::from(sample_rate_hz));
        (Just(sample_rate_hz), Just(n_fft), chunk_s, 1..=n_fft, 1..=half_fft)
    });
    let threshold =
        prop_oneof![Just(0.0), Just(1e-5), 0.0..10.0_f64, Just(f64::MIN_POSITIVE), Just(f64::MAX)];
    let path = "[^/\0]{1,8}(/[^/\0]{1,8})?"
        .prop_filter("dots are no names", |path| path.split('/').all(|name| name != "." && name != ".."));
    let exclude = prop::collection::vec(path.clone(), 0..3);
    let chunks = prop::collection::vec((path.clone(), any::<u16>(), 0..3_u32), 0..3);
    let level = || prop::option::of(-200.0..=0.0_f64);
    let left_out = (chunks, level(), prop::option::of(0.0..=1.0_f64), level());
    let rest = (
        threshold,
        prop::sample::select(&IfMode::ALL[..]),
        prop::sample::select(&FfmpegUse::ALL[..]),
        any::<u64>(),
        exclude,
        prop::option::of(path),
        augmentation(),
        left_out,
    );
    (analysis, rest).prop_map(|((sample_rate_hz, n_fft, chunk_s, hop_samples, n_mels), rest)| {
        let (if_threshold, if_mode, ffmpeg, seed, exclude, cache_dir, augmentation, left_out) = rest;
        let (chunks, exclude_chunks_quieter_dbfs, exclude_chunks_padding, trim_silence_dbfs) = left_out;
        let chunks = chunks.iter().map(|(path, first, n)| {
            let first = u32::from(*first);
            ChunkRange { source: RelPath::new(path), first, last: first + n }
        });
        Settings {
            sample_rate_hz,
            chunk_s,
            n_fft,
            hop_samples,
            n_mels,
            if_threshold,
            if_mode,
            seed,
            augmentation,
            ffmpeg,
            // Any number from 0 to 1, or none, as the share of padding.
            validation_share: exclude_chunks_padding,
            cache_dir: cache_dir.map(Into::into),
            exclude: exclude.iter().map(RelPath::new).collect(),
            exclude_chunks: chunks.collect(),
            exclude_chunks_quieter_dbfs,
            exclude_chunks_padding,
            trim_silence_dbfs,
        }
    })
}

/// Augmentation that the specification allows.
fn augmentation() -> impl Strategy<Value = AugmentationSettings> {
    let range =
        |low: f64, high: f64| (low..=high, low..=high).prop_map(|(a, b): (f64, f64)| [a.min(b), a.max(b)]);
    let probabilities = prop::array::uniform4(0.0..=1.0_f64);
    let ranges = (range(-12.0, 12.0), range(-20.0, 100.0), range(0.01, 10.0));
    let factors = prop::collection::vec(0.5..=2.0_f64, 1..=100);
    (0..=1_000_u32, probabilities, ranges, factors, any::<bool>()).prop_map(
        |(
            expansion,
            [pitch, speed, noise, volume],
            (semitones, snr_db, gain),
            speed_factors,
            reference_levels,
        )| {
            AugmentationSettings {
                expansion,
                pitch_probability: pitch,
                semitones,
                speed_probability: speed,
                speed_factors,
                noise_probability: noise,
                snr_db,
                volume_probability: volume,
                gain,
                reference_levels,
            }
        },
    )
}

/// A key and a value that it cannot have, whatever the other keys of `settings` are.
fn invalid(settings: &Settings) -> impl Strategy<Value = (&'static str, Value)> + use<> {
    let (n_fft, half_fft) = (settings.n_fft as u64, settings.n_fft as u64 / 2);
    let too_short_s = half_fft as f64 / f64::from(settings.sample_rate_hz);
    let number = prop_oneof![
        prop_oneof![0..1_000_u32, 768_001..=u32::MAX].prop_map(|rate| ("sample_rate", json!(rate))),
        prop_oneof![-1e6..=0.0_f64, 0.0..too_short_s * 0.999].prop_map(|s| ("chunk_seconds", json!(s))),
        prop_oneof![0..32_u64, 65_537..u64::MAX, (16..32_000_u64).prop_map(|n| 2 * n + 1)]
            .prop_map(|n| ("n_fft", json!(n))),
        prop_oneof![Just(0), n_fft + 1..u64::MAX].prop_map(|hop| ("hop", json!(hop))),
        prop_oneof![Just(0), half_fft + 1..u64::MAX].prop_map(|n| ("n_mels", json!(n))),
        (-1e9..-1e-9_f64).prop_map(|threshold| ("if_threshold", json!(threshold))),
        "[a-zA-Z]{0,12}"
            .prop_filter("a mode", |name| IfMode::ALL.iter().all(|mode| mode.name() != name))
            .prop_map(|name| ("if_mode", json!(name))),
        (i64::MIN..0).prop_map(|seed| ("seed", json!(seed))),
        (1_001..u64::MAX).prop_map(|n| ("expansion", json!(n))),
        (
            prop::sample::select(vec![
                "pitch_probability",
                "speed_probability",
                "noise_probability",
                "volume_probability",
            ]),
            prop_oneof![-1e3..-1e-9_f64, 1.000_001..1e3_f64],
        )
            .prop_map(|(key, value)| (key, json!(value))),
        (12.001..100.0_f64).prop_map(|high| ("pitch_range", json!([-2.0, high]))),
        (1.0..10.0_f64).prop_map(|low| ("pitch_range", json!([low, 0.5]))),
        (2.001..9.0_f64).prop_map(|factor| ("speed_factors", json!([1.0, factor]))),
        (-90.0..-20.001_f64).prop_map(|low| ("noise_snr", json!([low, 0.0]))),
        (-1.0..0.009_f64).prop_map(|low| ("volume_range", json!([low, 1.0]))),
        (0.001..90.0_f64).prop_map(|dbfs| ("exclude_chunks_quieter_dbfs", json!(dbfs))),
        (1.001..9.0_f64).prop_map(|share| ("exclude_chunks_padding", json!(share))),
        (-900.0..-200.001_f64).prop_map(|dbfs| ("trim_silence_dbfs", json!(dbfs))),
        "[a-z]{1,8}#?-?".prop_map(|text| ("exclude_chunks", json!([text]))),
    ];
    let keys = ["sample_rate", "chunk_seconds", "n_fft", "hop", "n_mels", "if_threshold", "seed", "exclude"];
    let kinds = [json!(null), json!(true), json!("7"), json!({"a": 1}), json!([1.5])];
    let wrong_kind = (prop::sample::select(keys.to_vec()), prop::sample::select(kinds.to_vec()));
    let fraction = prop::sample::select(vec!["sample_rate", "n_fft", "hop", "n_mels", "seed"]);
    prop_oneof![4 => number, 1 => wrong_kind, 1 => fraction.prop_map(|key| (key, json!(33.5)))]
}

proptest! {
    #[test]
    fn settings_in_settings_out(settings in valid()) {
        let text = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(Settings::from_json(&text), Ok(settings));
    }

    #[test]
    fn any_single_impossible_value_is_refused_with_its_keys_name(
        (settings, (key, value)) in valid().prop_flat_map(|settings| {
            let invalid = invalid(&settings);
            (Just(settings), invalid)
        })
    ) {
        let mut object = serde_json::to_value(&settings).unwrap();
        object[key] = value.clone();
        let error = Settings::from_json(&object.to_string()).expect_err("it is impossible");
        prop_assert_eq!(&error.key, key, "{}", error);
        prop_assert!(!error.value.is_empty() && !error.expected.is_empty(), "{}", error);
        if value.is_string() || error.key != "chunk_seconds" {
            // The value as a person wrote it; a chunk that is too short is told in samples.
            let told = error.value.replace(" Hz", "");
            prop_assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), value);
        }
    }

    #[test]
    fn any_unknown_key_is_refused_by_name(key in "[a-z_]{1,12}") {
        let known = serde_json::to_value(Settings {
            validation_share: Some(0.25),
            cache_dir: Some("x".into()),
            exclude: vec![RelPath::new("x")],
            ..Settings::default()
        }).unwrap();
        prop_assume!(known.get(&key).is_none());
        let error = Settings::from_json(&json!({&key: 1}).to_string()).expect_err("there is no such key");
        prop_assert_eq!(&error.key, &key);
        for known in known.as_object().unwrap().keys() {
            prop_assert!(error.expected.contains(known.as_str()), "{} is not offered: {}", known, error);
        }
    }

    #[test]
    fn a_chunk_is_its_seconds_truncated_to_samples(rate_hz in SAMPLE_RATES_HZ, chunk_s in 0.001..100.0_f64) {
        let settings = Settings { sample_rate_hz: rate_hz, chunk_s, ..Settings::default() };
        let n_samples = settings.chunk_samples() as f64;
        let exact = chunk_s * f64::from(rate_hz);
        prop_assert!(n_samples <= exact && exact < n_samples + 1.0, "{} samples of {}", n_samples, exact);
    }

    #[test]
    fn frames_follow_from_chunk_and_hop_and_the_tensor_has_that_shape(settings in valid()) {
        let analysis = settings.analysis();
        prop_assert_eq!(analysis.n_frames(), settings.chunk_samples() / settings.hop_samples + 1);
        let shape = [2, settings.n_mels, analysis.n_frames()];
        prop_assert_eq!(analysis.tensor_shape(), shape);
        prop_assert_eq!(analysis.tensor_bytes(), shape.iter().product::<usize>() as u64 * 4);
        let plan = AnalysisPlan::new(analysis).unwrap();
        let chunk: Vec<f32> = (0..analysis.chunk_samples).map(|n| ((n * n % 997) as f32 / 498.5) - 1.0).collect();
        // Whatever is not written stays as it is here.
        let mut tensor = vec![f32::NAN; shape.iter().product()];
        plan.analyze_into(&chunk, &mut plan.scratch(), &mut tensor);
        prop_assert!(tensor.iter().all(|value| value.is_finite()));
        let (magnitude, inst_freq) = tensor.split_at(shape[1] * shape[2]);
        prop_assert!(magnitude.iter().all(|value| *value >= 0.0), "ln(1 + power) is never below 0");
        // Rounding to f32 may step over the bound by an ulp.
        prop_assert!(inst_freq.iter().all(|value| value.abs() <= 1.0 + 1e-6), "IF lies within -1 and 1");
        prop_assert!(inst_freq.chunks(shape[2]).all(|band| band[0] == 0.0), "the first frame has none before it");
    }
}

#[test]
fn truncation_is_that_of_the_reference() {
    // int(0.29 * 48000) in Python: the product is 13919.999999999998.
    let samples =
        |chunk_s, sample_rate_hz| Settings { chunk_s, sample_rate_hz, ..Settings::default() }.chunk_samples();
    assert_eq!(samples(0.29, 48_000), 13_919);
    assert_eq!(samples(1.0, 48_000), 48_000);
    assert_eq!(samples(0.1, 44_100), 4_410);
}

#[test]
fn a_tensor_may_have_256_mb_and_not_a_value_more() {
    // [2, n_mels, chunk + 1] floats at a hop of 1: 2 · 4 · 1000 · 32000 bytes are exactly 256 MB.
    let settings = |n_mels, n_frames: u32| Settings {
        sample_rate_hz: 1_000,
        chunk_s: f64::from(n_frames - 1) / 1_000.0,
        hop_samples: 1,
        n_mels,
        ..Settings::default()
    };
    assert_eq!(TENSOR_BYTES_MAX, 256_000_000);
    assert_eq!(settings(1_000, 32_000).analysis().tensor_bytes(), TENSOR_BYTES_MAX);
    assert_eq!(settings(1_000, 32_000).check(), Ok(()));
    let error = settings(1_000, 32_001).check().unwrap_err();
    assert_eq!(error.key, "chunk_seconds");
    assert!(error.expected.contains("256 MB"), "{error}");
}

#[test]
fn a_length_beyond_every_number_is_too_long_and_no_accident() {
    for (chunk_s, hop_samples) in [(1e15, 512), (1e300, 512), (f64::MAX, 1)] {
        let error = Settings { chunk_s, hop_samples, ..Settings::default() }.check().unwrap_err();
        assert_eq!(error.key, "chunk_seconds", "{error}");
        assert!(error.expected.contains("256 MB"), "{error}");
    }
}

/// The README's row of a setting.
fn readme_row(setting: &Setting) -> String {
    let values = if setting.value_names.len() > 1 {
        format!(" {}", setting.value_names.join(" "))
    } else {
        String::new()
    };
    format!("| `--{}{values}` | {} | {} |", setting.flag(), setting.default_words(), setting.description())
}

#[test]
fn the_readmes_table_is_that_of_the_settings() {
    let readme = include_str!("../README.md");
    let (_, after) = readme.split_once("| flag | default | meaning |\n|---|---|---|\n").unwrap();
    let told: Vec<&str> = after.lines().take_while(|line| line.starts_with('|')).collect();
    let rows: Vec<String> = SETTINGS.iter().map(|setting| readme_row(setting)).collect();
    assert_eq!(told, rows, "the README's table of settings should be:\n{}", rows.join("\n"));
}
