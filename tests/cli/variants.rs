//! `augment`, the flags of augmentation, and where a person is told how many variants are usual.

use std::fs;

use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::ChunkVariants;
use melscope::settings::{FILE_NAME, Settings};
use serde_json::Value;

use super::{melscope, run, small_dataset, text};
use crate::datasets;

#[test]
fn augment_writes_the_variants_of_the_build_and_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let (file, output) = (root.join("b/c.wav"), folder.path().join("out"));
    let flags = ["--dataset", text(&root), "--variants", "3", "--output", text(&output), "--seed", "5"];
    melscope("augment", &file, &flags).exits(0).says("3 variants of each of 1 chunk");
    let wavs = [1, 2, 3].map(|variant| format!("chunk-0000-variant-{variant:02}.wav"));
    assert_eq!(datasets::names(&output), [&wavs[..], &["variants.json".to_owned()]].concat());
    let list: Value = serde_json::from_slice(&fs::read(output.join("variants.json")).unwrap()).unwrap();
    assert_eq!(
        (&list["source"], &list["sample_rate"], &list["seed"]),
        (&"b/c.wav".into(), &8_000.into(), &5.into())
    );
    let settings = Settings { seed: 5, ..Settings::load(&root.join(FILE_NAME)).unwrap().unwrap() };
    let mut variants = ChunkVariants::open(&settings, &file, RelPath::new("b/c.wav"), 0, &Silent).unwrap();
    let mut expected = variants.original().to_vec();
    for (index, name) in wavs.iter().enumerate() {
        let applied = variants.make_into(index as u32 + 1, &mut expected);
        let reader = hound::WavReader::open(output.join(name)).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().sample_rate), (1, 8_000));
        let samples: Vec<f32> = reader.into_samples().map(Result::unwrap).collect();
        assert_eq!(samples, expected, "{name}");
        let listed = &list["variants"][index];
        assert_eq!(listed["file"], **name);
        assert_eq!(listed["description"], applied.to_string());
        for (key, value) in [
            ("semitones", applied.semitones),
            ("speed", applied.speed),
            ("snr_db", applied.snr_db),
            ("gain", applied.gain),
        ] {
            assert_eq!(listed[key].as_f64(), value, "{name}: {key}");
        }
    }
}

#[test]
fn augment_overwrites_nothing_and_names_what_it_cannot_use() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let output = folder.path().join("out");
    datasets::write(&output.join("mine.txt"), b"mine");
    let into = ["--variants", "1", "--output", text(&output)];
    melscope("augment", &root.join("a.wav"), &into).exits(1).tells("the folder is not empty");
    assert_eq!(datasets::names(&output), ["mine.txt"]);
    let new = folder.path().join("new");
    let into = ["--variants", "1", "--output", text(&new)];
    melscope("augment", &root.join("none.wav"), &into).exits(1).tells("none.wav");
    let subfolder = root.join("b");
    let elsewhere = [&into[..], &["--dataset", text(&subfolder)]].concat();
    melscope("augment", &root.join("a.wav"), &elsewhere).exits(1).tells("does not lie in the dataset");
    assert!(!new.exists(), "what cannot be read leaves no folder");
    melscope("augment", &root.join("a.wav"), &["--variants", "0", "--output", text(&new)]).exits(2);
}

#[test]
fn every_flag_of_augmentation_reaches_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let flags = [
        "--expansion",
        "2",
        "--pitch-probability",
        "0.1",
        "--pitch-range",
        "-3",
        "1.5",
        "--speed-probability",
        "0.2",
        "--speed-factors",
        "0.8,1.2",
        "--noise-probability",
        "0.4",
        "--noise-snr",
        "10,30",
        "--volume-probability",
        "0.6",
        "--volume-range=0.5,1",
        "--reference-levels",
    ];
    melscope("build", &root, &flags)
        .exits(0)
        .says("9 spectrograms")
        .says("prepares its data anew where there are variants");
    let manifest = datasets::manifest(&root.join(".cache"));
    let expected = serde_json::json!({
        "pitch_shift_probability": 0.1, "pitch_shift_range": [-3.0, 1.5], "pitch_shift_n_fft": 512,
        "speed_probability": 0.2, "speed_factors": [0.8, 1.2],
        "noise_probability": 0.4, "noise_snr_range": [10.0, 30.0],
        "volume_probability": 0.6, "volume_range": [0.5, 1.0], "expansion_ratio": 2,
    });
    assert_eq!(manifest["augmentation_config"], expected);
    assert_eq!(manifest["melscope"]["reference_levels"], true);
    melscope("status", &root, &flags).exits(0).says("prepares its data anew where there are variants");
    melscope("status", &root, &[]).exits(3).says("expansion changed from 2 to 0");
}

#[test]
fn impossible_augmentation_is_refused_with_its_key_and_range() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    for (flags, words) in [
        (&["--expansion", "1001"][..], "expansion is 1001, but must be a whole number from 0 (off) to 1000"),
        (&["--pitch-probability", "1.1"], "pitch_probability is 1.1, but must be a number from 0 to 1"),
        (&["--noise-probability", "nan"], "noise_probability is NaN"),
        (&["--pitch-range", "2", "-2"], "pitch_range is [2.0, -2.0], but must be two numbers from -12 to 12"),
        (
            &["--speed-factors", "0.9,3"],
            "speed_factors is [0.9, 3.0], but must be 1 to 100 numbers from 0.5 to 2",
        ),
        (
            &["--volume-range", "0", "1"],
            "volume_range is [0.0, 1.0], but must be two numbers from 0.01 to 10",
        ),
        (&["--noise-snr", "15"], "noise_snr is [15.0], but must be two numbers from -20 to 100 (dB)"),
        (&["--expansion", "-1"], "it must be a whole number from 0 (off) to 1000"),
    ] {
        melscope("estimate", &root, flags).exits(2).tells(words);
    }
}

#[test]
fn a_person_is_told_how_many_variants_are_usual_and_what_they_cost() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let usual = "Usual here: --expansion 15, because with fewer than 50 files";
    melscope("estimate", &root, &[]).exits(0).says(usual).says("that makes 48 spectrograms");
    let with = melscope("estimate", &root, &["--expansion", "15"]).exits(0);
    assert!(with.stdout.starts_with("48 spectrograms of 2 files"), "{}", with.stdout);
    let events = melscope("estimate", &root, &["--json"]).exits(0).events();
    let estimate = events.iter().find(|event| event["event"] == "estimate").unwrap();
    assert_eq!((&estimate["spectrograms"], &estimate["expansion"]), (&3.into(), &0.into()));
    assert_eq!(estimate["proposal"]["expansion"], 15);
    assert_eq!(estimate["proposal"]["spectrograms"], 48);
    run(datasets::melscope().args(["build", "--help"]))
        .exits(0)
        .says("15 variants are usual for fewer than 50 files");
}
