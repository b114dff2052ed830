//! Advice on files: the same whatever the number of threads, and about what a build keeps.

#![expect(clippy::disallowed_methods, reason = "a test writes what it reads")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{SetAdvice, ThresholdAdvice, advise, advise_files, measure_file};
use crate::dsp::coherence::CoherencePlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Silent};
use crate::path_text::RelPath;
use crate::pipeline::project::Project;
use crate::pipeline::test_wav;
use crate::settings::{ChunkRange, IfMode, Settings};
use crate::source::SourcePath;

const RATE_HZ: u32 = 16_000;

fn settings() -> Settings {
    Settings {
        sample_rate_hz: RATE_HZ,
        n_fft: 512,
        hop_samples: 128,
        n_mels: 32,
        if_mode: IfMode::Power,
        ..Settings::default()
    }
}

/// Writes `seconds` of a tone in noise, after as many of noise alone.
fn write(path: &Path, seconds: usize, noise_seconds: usize, noise: f64) {
    let mut state = 1u32;
    let samples = (0..(seconds + noise_seconds) * RATE_HZ as usize).map(|n| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let tone = (std::f64::consts::TAU * 1000.0 * n as f64 / f64::from(RATE_HZ)).sin();
        let tone = if n < noise_seconds * RATE_HZ as usize { 0.0 } else { tone };
        let sample = 0.5 * tone + noise * (f64::from(state >> 8) / 8_388_608.0 - 1.0);
        (sample * 32_767.0) as i16
    });
    test_wav::write(path, RATE_HZ, 1, samples);
}

/// A folder with files of different noise, one of them alone, and one that is no audio.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, seconds, noise) in [("a.wav", 3, 0.05), ("b.wav", 2, 0.01), ("c.wav", 4, 0.002)] {
        write(&folder.path().join(name), seconds, 0, noise);
    }
    write(&folder.path().join("noise.wav"), 0, 3, 0.4);
    std::fs::write(folder.path().join("broken.wav"), b"this is no audio").unwrap();
    folder
}

#[test]
fn the_advice_on_a_set_does_not_depend_on_threads_or_order() {
    let folder = folder();
    let of = |n_workers, seed| {
        let project = Project::new(folder.path(), Settings { seed, ..settings() }).unwrap();
        advise(&project, n_workers, &Silent).unwrap()
    };
    let advice: SetAdvice = of(1, 1);
    assert_eq!((advice.n_with_threshold, advice.n_without_gain, advice.n_skipped), (3, 1, 1));
    assert_eq!((advice.n_total, advice.whole.n_chunks), (5, 12), "each chunk counts the same");
    let [low, middle, high] = advice.threshold_quartiles.unwrap();
    assert!(low <= middle && middle <= high);
    assert_eq!(advice, of(3, 1));
    assert_eq!(advice, of(2, 99));
    assert!(advice.sentence().contains("below the loudest place"), "{}", advice.sentence());
    let json = serde_json::to_value(&advice).unwrap();
    assert_eq!(json["whole"]["verdict"], "threshold");
}

#[test]
fn chunks_that_a_build_leaves_out_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.wav");
    write(&path, 2, 2, 0.05);
    let source = SourcePath { path, relative: RelPath::new("mixed.wav") };
    let settings = settings();
    let plan = CoherencePlan::new::<Error>(settings.analysis(), &|| Ok(())).unwrap();
    let advise_file = |settings: &Settings| {
        ThresholdAdvice::new(&measure_file(settings, &plan, &source, &|| Ok(())).unwrap(), &plan)
    };
    let all = advise_file(&settings);
    let without_noise = ChunkRange { source: source.relative.clone(), first: 0, last: 1 };
    let settings = Settings { exclude_chunks: vec![without_noise], ..settings };
    let kept = advise_file(&settings);
    assert_eq!((all.n_chunks, kept.n_chunks), (4, 2));
    let [kept, all] = [kept, all].map(|advice| {
        let n_places: u64 = advice.curve.iter().map(|point| point.n_places).sum();
        let sum: f64 = advice.curve.iter().map(|point| point.n_places as f64 * point.coherence).sum();
        sum / n_places as f64
    });
    assert!(kept > all, "what is left is more coherent on average: {kept} against {all}");
}

#[test]
fn what_was_measured_before_counts_as_if_it_were_measured_now() {
    let folder = folder();
    let settings = settings();
    let plan = CoherencePlan::new::<Error>(settings.analysis(), &|| Ok(())).unwrap();
    let sources = ["a.wav", "b.wav", "noise.wav"]
        .map(|name| SourcePath { path: folder.path().join(name), relative: RelPath::new(name) });
    let last = |sources: &[SourcePath], known| {
        let last = std::sync::Mutex::new(None);
        let emit = |advice| {
            *last.lock().unwrap() = Some(advice);
            Ok(())
        };
        advise_files(&settings, &plan, (sources, known), 2, &Silent, &emit).unwrap();
        last.into_inner().unwrap().unwrap()
    };
    let known = measure_file(&settings, &plan, &sources[0], &|| Ok(())).unwrap();
    let all: SetAdvice = last(&sources, None);
    assert_eq!(last(&sources[1..], Some(&known)), all);
    assert_eq!((last(&[], Some(&known)).n_total, all.n_total), (1, 3));
}

/// Cancels after some questions.
struct Impatient(AtomicUsize);

impl Monitor for Impatient {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) > 3
    }
}

#[test]
fn cancel_is_heeded_between_chunks_and_while_noise_is_measured() {
    let folder = folder();
    let settings = settings();
    let impatient = Impatient(AtomicUsize::new(0));
    let planned: Result<CoherencePlan> = CoherencePlan::new(settings.analysis(), &|| impatient.check());
    assert!(matches!(planned, Err(Error::Cancelled)));
    let plan = CoherencePlan::new::<Error>(settings.analysis(), &|| Ok(())).unwrap();
    let sources = [SourcePath { path: folder.path().join("c.wav"), relative: RelPath::new("c.wav") }];
    let impatient = Impatient(AtomicUsize::new(0));
    let advised = advise_files(&settings, &plan, (&sources, None), 1, &impatient, &|_| Ok(()));
    assert!(matches!(advised, Err(Error::Cancelled)));
}
