//! The trainer in `examples/train_vae` on real recordings: it learns, and leaves what it says.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{DType, Device};
use melscope::settings::{FILE_NAME, Settings};

const SAMPLES: &str = "/usr/share/sonic-pi/samples";

/// A folder of those of `sonic-pi-samples` whose names begin with one of `starts`, with settings that make small tensors.
fn samples(folder: &Path, starts: &[&str]) -> PathBuf {
    let root = folder.join("recordings");
    fs::create_dir(&root).unwrap();
    let samples = fs::read_dir(SAMPLES)
        .unwrap_or_else(|_| panic!("{SAMPLES} is missing: install sonic-pi-samples, or run `make test`"));
    for sample in samples {
        let sample = sample.unwrap();
        let name = sample.file_name().into_string().unwrap();
        if starts.iter().any(|start| name.starts_with(start)) {
            fs::copy(sample.path(), root.join(name)).unwrap();
        }
    }
    let settings =
        Settings { sample_rate_hz: 16_000, n_mels: 48, validation_share: Some(0.15), ..Settings::default() };
    settings.save(&root.join(FILE_NAME)).unwrap();
    root
}

/// Runs the example, which cargo builds before the tests and puts beside them; gives what it printed.
fn train(recordings: &Path, out: &Path, epochs: u32, seed: u32) -> String {
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().parent().unwrap().join("examples/train_vae");
    let output = Command::new(&example)
        .arg(recordings)
        .args(["--epochs", &epochs.to_string(), "--seed", &seed.to_string(), "--out"])
        .arg(out)
        .output()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo test --test` builds no examples", example.display())
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The losses of training and validation in a line; other numbers have other words before them.
fn losses(line: &str) -> [f64; 2] {
    let mut losses = line.split("loss ").skip(1).map(|rest| {
        let number = rest.split(' ').next().unwrap();
        number.parse().unwrap_or_else(|_| panic!("{line}"))
    });
    [losses.next().unwrap(), losses.next().unwrap()]
}

/// The lines that begin with `start`, without the seconds that they end with.
fn lines<'a>(said: &'a str, start: &str) -> Vec<&'a str> {
    let timeless = |line: &'a str| match line.rsplit_once(", ") {
        Some((before, seconds)) if seconds.ends_with(" s") => before,
        _ => line,
    };
    said.lines().filter(|line| line.starts_with(start)).map(timeless).collect()
}

#[test]
fn a_model_learns_from_real_recordings_and_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = samples(folder.path(), &[""]);
    let out = folder.path().join("out");
    let said = train(&recordings, &out, 3, 0);
    assert_eq!(lines(&said, "built the cache").len(), 1, "{said}");

    let baseline = losses(lines(&said, "baseline")[0]);
    let epochs = lines(&said, "epoch ");
    assert_eq!(epochs.len(), 4, "{said}");
    let (first, last) = (losses(epochs[0]), losses(epochs[3]));
    for side in [0, 1] {
        assert!(last[side] <= 0.6 * first[side], "at most 60 % of the loss is left:\n{said}");
        assert!(
            last[side] < 0.9 * baseline[side],
            "it has learned more than what all have in common:\n{said}"
        );
    }

    let weights = candle_core::safetensors::load(out.join("vae.safetensors"), &Device::Cpu).unwrap();
    let weights: BTreeMap<_, _> = weights.into_iter().collect();
    let shape = |name: &str| weights.get(name).unwrap_or_else(|| panic!("{name}: {weights:?}")).dims();
    assert_eq!(shape("encoder.0.convolution.weight"), [24, 2, 4, 4]);
    // Four layers make 3 x 2 of 48 x 32, and mean and variance go side by side.
    assert_eq!(shape("to_latent.weight"), [128, 96 * 3 * 2]);
    assert_eq!(shape("to_picture.weight"), [24, 2, 4, 4]);
    for (name, tensor) in &weights {
        let values = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
    }

    let sounds: Vec<String> =
        datasets::names(&out).into_iter().filter(|name| name.starts_with("validation-")).collect();
    assert_eq!(sounds.len(), 3, "{sounds:?}");
    for name in sounds {
        let reader = hound::WavReader::open(out.join(&name)).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.duration()), (16_000, 16_000));
        let samples: Vec<f32> = reader.into_samples().map(Result::unwrap).collect();
        assert!(samples.iter().all(|sample| sample.is_finite()), "{name}");
        let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak > 0.05, "{name}: a chunk at full level came back with a peak of {peak}");
    }
}

#[test]
fn a_second_start_finds_the_cache_and_repeats_the_first_with_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = samples(folder.path(), &["bd_", "drum_", "elec_", "sn_"]);
    let [first, again, other] = [(0, "first"), (0, "again"), (1, "other")]
        .map(|(seed, name)| train(&recordings, &folder.path().join(name), 1, seed));
    assert_eq!(lines(&first, "built the cache").len(), 1, "{first}");
    for said in [&again, &other] {
        assert_eq!(lines(said, "the cache is valid").len(), 1, "{said}");
        assert!(lines(said, "built the cache").is_empty(), "{said}");
    }
    for start in ["baseline", "epoch "] {
        assert_eq!(lines(&again, start), lines(&first, start));
    }
    assert_ne!(lines(&other, "epoch "), lines(&first, "epoch "));
    let weights = |name: &str| fs::read(folder.path().join(name).join("vae.safetensors")).unwrap();
    assert!(weights("again") == weights("first"), "the same weights, byte by byte");
    assert!(weights("other") != weights("first"));
}
