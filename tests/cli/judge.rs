//! `judge`: figures of every way, mode and mask, a conclusion, and the same whatever the number of threads.

use std::path::Path;

use melscope::settings::{FILE_NAME, IfMode, Settings};
use serde_json::Value;

use super::{Ran, melscope, text};
use crate::datasets;

const RATE_HZ: u32 = 16_000;

/// A folder with a harmonic sound of five chunks, noise of two, silence, and a file that is no sound.
fn dataset(folder: &Path) {
    let settings = Settings {
        sample_rate_hz: RATE_HZ,
        n_fft: 1_024,
        hop_samples: 256,
        n_mels: 64,
        ..Settings::default()
    };
    let harmonic = |n: usize| {
        let turns = 220.0 * n as f64 / f64::from(RATE_HZ);
        (1..=12).map(|k| 0.2 / f64::from(k) * (std::f64::consts::TAU * f64::from(k) * turns).sin()).sum()
    };
    let noise = |n: usize| {
        let state = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    datasets::write_wav(&folder.join("harmonic.wav"), RATE_HZ, 80_000, harmonic);
    datasets::write_wav(&folder.join("noise.wav"), RATE_HZ, 32_000, noise);
    datasets::write_wav(&folder.join("silence.wav"), RATE_HZ, 16_000, |_| 0.0);
    datasets::write(&folder.join("words.wav"), b"these are words and no sound, whatever the name says");
    settings.save(&folder.join(FILE_NAME)).unwrap();
}

fn done(ran: &Ran) -> Value {
    ran.events().into_iter().find(|event| event["event"] == "done").unwrap()
}

/// The spectral convergence of a row in dB.
fn convergence_db(figures: &Value, way: &str, mode: IfMode, is_masked: bool) -> f64 {
    let is_wanted = |row: &&Value| {
        row["way"] == way && row["if_mode"] == mode.to_string() && row["is_masked"] == is_masked
    };
    figures.as_array().unwrap().iter().find(is_wanted).unwrap()["spectral_convergence_db"].as_f64().unwrap()
}

#[test]
fn a_set_is_judged_in_eighteen_rows_and_a_sentence_whatever_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    let judge = |threads: &str| {
        let flags = ["--json", "--chunks", "0", "--rounds", "4", "--jobs", threads];
        melscope("judge", folder.path(), &flags).exits(0)
    };
    let (one, three) = (judge("1"), judge("3"));
    let (report, other) = (done(&one), done(&three));
    assert_eq!(report, other);
    let files: Vec<Value> = one.events().into_iter().filter(|event| event["event"] == "file").collect();
    let counts: Vec<(&str, u64)> = files
        .iter()
        .map(|file| (file["source"].as_str().unwrap(), file["n_chunks"].as_u64().unwrap()))
        .collect();
    assert_eq!(counts, [("harmonic.wav", 5), ("noise.wav", 2), ("silence.wav", 1)]);
    assert_eq!(
        (&report["n_files"], &report["n_files_judged"], &report["whole"]["n_chunks"]),
        (&4.into(), &3.into(), &8.into())
    );
    assert_eq!(report["whole"]["figures"].as_array().unwrap().len(), 18);
    let [harmonic, noise, silence] = [0, 1, 2].map(|file: usize| &files[file]["figures"]);
    assert_eq!(silence.as_array().unwrap().len(), 0, "nothing is near to silence");
    assert!(files[2]["conclusion"].as_str().unwrap().contains("silent"));
    // Tones keep their frequency in `deviation`; noise has none to keep.
    let gain_db = |figures, mode| {
        convergence_db(figures, "magnitude", mode, true) - convergence_db(figures, "ours", mode, true)
    };
    assert!(gain_db(harmonic, IfMode::Deviation) > 0.5);
    assert!(gain_db(noise, IfMode::Deviation).abs() < 0.45, "5 % of the error");
    assert!(convergence_db(harmonic, "trainer", IfMode::Deviation, false) > -6.0);
    // The advice is for all chunks.
    assert_eq!((&report["advice"]["n_total"], &report["advice"]["n_skipped"]), (&4.into(), &1.into()));
}

#[test]
fn the_sentence_names_a_mode_that_would_keep_more() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    let recording = folder.path().join("harmonic.wav");
    melscope("judge", &recording, &["--chunks", "2", "--if-mode", "filterbank"])
        .exits(0)
        .says("2 chunks of 1 file judged, 16 rounds")
        .says("with mode filterbank, because from")
        .says("Mode deviation would add");
    melscope("judge", &recording, &["--chunks", "1", "--if-mode", "deviation", "--if-threshold", "0"])
        .exits(0)
        .says("dB with mode deviation. There is no mask.");
}

#[test]
fn what_cannot_be_judged_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    melscope("judge", &folder.path().join("words.wav"), &[]).exits(1).tells("words.wav");
    melscope("judge", &folder.path().join("nothing.wav"), &[]).exits(1).tells("nothing.wav");
    let empty = tempfile::tempdir().unwrap();
    melscope("judge", empty.path(), &[]).exits(1).tells(text(empty.path()));
}
