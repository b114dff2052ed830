//! `reconstruct`: sound from a recording's tensors, from a tensor of a cache, and from numbers.

use std::path::Path;

use super::{melscope, small_dataset, text};
use crate::datasets;

/// The samples of a WAV file of one channel of 32-bit float.
fn samples(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.bits_per_sample), (1, 32));
    assert_eq!(spec.sample_format, hound::SampleFormat::Float);
    reader.samples::<f32>().map(Result::unwrap).collect()
}

/// The largest difference between two sounds, relative to the peak of the first.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let peak = a.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / peak
}

#[test]
fn a_recording_its_numbers_and_its_cache_sound_alike() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    let numbers = folder.path().join("c.npy");
    melscope(
        "analyze",
        &root.join("b/c.wav"),
        &["--output", text(&numbers), "--settings", text(&root.join("melscope.json"))],
    )
    .exits(0);
    for way in ["trainer", "ours", "magnitude"] {
        let output = |name: &str| folder.path().join(format!("{name}-{way}.wav"));
        let flags = |output: &Path| -> Vec<String> {
            ["--as", way, "--rounds", "4", "--output", text(output)].map(str::to_owned).to_vec()
        };
        let settings = ["--settings".to_owned(), text(&root.join("melscope.json")).to_owned()];
        let rebuild = |input: &Path, name: &str, more: &[String]| {
            let flags = [flags(&output(name)), more.to_vec()].concat();
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            melscope("reconstruct", input, &flags).exits(0).says("1 chunk");
            samples(&output(name))
        };
        let of_numbers = rebuild(&numbers, "numbers", &settings);
        // The second source of the dataset has its third tensor; the cache knows its settings and statistics.
        let of_cache = rebuild(&root.join(".cache/000002.pt"), "cache", &[]);
        assert!(difference(&of_numbers, &of_cache) < 1e-3, "{way}");
        // A recording has the length and the level of its sound, a tensor those of a whole chunk.
        let of_recording = rebuild(&root.join("b/c.wav"), "recording", &settings);
        assert_eq!((of_recording.len(), of_numbers.len()), (500, 800), "{way}");
    }
}

#[test]
fn figures_are_told_as_an_event_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let output = folder.path().join("a.wav");
    let recording = root.join("a.wav");
    let ran = melscope("reconstruct", &recording, &["--json", "--output", text(&output)]).exits(0);
    let done = ran.events().into_iter().find(|event| event["event"] == "done").unwrap();
    assert_eq!((done["way"].as_str(), done["n_rounds"].as_u64()), (Some("ours"), Some(16)));
    assert_eq!(done["n_chunks"], 2);
    assert!((done["duration_s"].as_f64().unwrap() - 900.0 / 8_000.0).abs() < 1e-9);
    let convergence_db = done["fidelity"]["spectral_convergence_db"].as_f64().unwrap();
    assert!(convergence_db < -3.0, "{convergence_db} dB: a tone comes back");
    assert_eq!(samples(&output).len(), 900);
    melscope("reconstruct", &recording, &["--output", text(&output)])
        .exits(1)
        .tells("a.wav")
        .tells("pass --force to replace it");
    melscope("reconstruct", &recording, &["--output", text(&output), "--force"])
        .exits(0)
        .says("spectral convergence")
        .says("SI-SDR");
}

#[test]
fn what_is_no_tensor_of_the_settings_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wav");
    let other = folder.path().join("other.npy");
    ndarray_npy::write_npy(&other, &ndarray::Array3::<f32>::zeros((2, 7, 20))).unwrap();
    let broken = folder.path().join("broken.pt");
    datasets::write(&broken, b"this is no tensor");
    // What diverged in training, and what is normalised power and no logarithm of it.
    let [nan, loud] = [f32::NAN, 1e3].map(|value| {
        let path = folder.path().join(format!("{value}.npy"));
        let mut tensor = ndarray::Array3::<f32>::zeros((2, 128, 94));
        tensor[[0, 5, 7]] = value;
        ndarray_npy::write_npy(&path, &tensor).unwrap();
        path
    });
    for (input, words) in [
        (&other, "its shape is [2, 7, 20]"),
        (&broken, "broken.pt"),
        (&nan, "a value of it is NaN"),
        (&loud, "a value of it is 1000"),
    ] {
        melscope("reconstruct", input, &["--output", text(&output)]).exits(1).tells(words);
    }
    assert!(!output.exists(), "nothing is left of what failed");
}
