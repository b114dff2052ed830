//! Variants in a build: the same as anywhere else, in their order, and known again by the next build.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use melscope::augment::Proposal;
use melscope::cache::index::{self, Row};
use melscope::cache::pt;
use melscope::dsp::{AnalysisPlan, TensorStats};
use melscope::monitor::Silent;
use melscope::normalization::NormalizationStats;
use melscope::path_text::RelPath;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, ChunkVariants, Project};
use melscope::settings::{AugmentationSettings, Settings};
use serde_json::json;

const EXPANSION: u32 = 3;

/// Two sources of two and three chunks of 0.1 s.
fn dataset(folder: &Path) -> PathBuf {
    let root = folder.join("recordings");
    datasets::write_wav(&root.join("a.wav"), 8_000, 1_200, datasets::tone(440.0, 8_000));
    datasets::write_wav(&root.join("sub/b.wav"), 8_000, 2_000, datasets::tone(1_000.0, 8_000));
    for name in ["a.wav", "sub/b.wav"] {
        datasets::age(&root.join(name), 60);
    }
    root
}

fn settings() -> Settings {
    let augmentation = AugmentationSettings {
        expansion: EXPANSION,
        noise_probability: 0.5,
        ..AugmentationSettings::default()
    };
    Settings { augmentation, ..datasets::small_settings() }
}

fn rows(cache_dir: &Path) -> Vec<Row> {
    index::read(cache_dir).unwrap()
}

/// Status under other settings, in words.
fn reasons(root: &Path, settings: Settings) -> Vec<String> {
    pipeline::status(&Project::new(root, settings).unwrap(), &Silent).unwrap().reasons
}

#[test]
fn originals_come_first_and_then_the_variants_of_each_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let report = datasets::build(&dataset(folder.path()), &settings(), 2);
    let chunks = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)];
    let originals = chunks.iter().map(|(source, chunk)| (*source, *chunk, 0));
    let variants = chunks.iter().flat_map(|(source, chunk)| (1..=EXPANSION).map(|v| (*source, *chunk, v)));
    let rows = rows(&report.cache_dir);
    let keys: Vec<_> = rows.iter().map(|row| (row.group, row.chunk, row.variant)).collect();
    assert_eq!(keys, originals.chain(variants).collect::<Vec<_>>());
    assert_eq!(report.spectrograms, 5 * (1 + u64::from(EXPANSION)));
    for row in &rows {
        assert_eq!(row.start_s, f64::from(row.chunk) * 0.1);
        let effects = [row.applied.semitones, row.applied.speed, row.applied.snr_db, row.applied.gain];
        assert!(row.variant > 0 || effects == [None; 4], "nothing is done to an original");
    }
    assert!(rows.iter().any(|row| row.applied.semitones.is_some() && row.applied.gain.is_some()));
}

/// What a window plays and what `augment` writes is what the build analyses: the tensor made from the preview's samples,
/// normalised with the manifest's statistics, is the tensor on the disk, and its effects stand in the index.
#[test]
fn a_preview_is_bit_for_bit_what_the_build_writes() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let settings = settings();
    let report = datasets::build(&root, &settings, 2);
    let plan = AnalysisPlan::new(settings.analysis()).unwrap();
    let analyse = |samples: &[f32]| {
        let mut tensor = vec![0.0; settings.analysis().tensor_shape().iter().product()];
        plan.analyze_into(samples, &mut plan.scratch(), &mut tensor);
        tensor
    };
    let mut tensors = Vec::new();
    let rows = rows(&report.cache_dir);
    for row in &rows {
        let file = root.join(row.source.to_string());
        let mut preview =
            ChunkVariants::open(&settings, &file, row.source.clone(), row.chunk, &Silent).unwrap();
        let mut samples = preview.original().to_vec();
        if row.variant > 0 {
            let applied = preview.make_into(row.variant, &mut samples);
            let index = row.applied;
            assert_eq!(
                (applied.semitones, applied.speed, applied.snr_db, applied.gain),
                (index.semitones, index.speed, index.snr_db, index.gain)
            );
        }
        tensors.push(analyse(&samples));
    }
    // Variants count for the statistics as originals do.
    let stats = NormalizationStats::fold(tensors.iter().map(|tensor| TensorStats::of(tensor))).unwrap();
    assert_eq!((stats.mag_mean, stats.if_std), (report.stats.mag_mean, report.stats.if_std));
    for (number, mut tensor) in tensors.into_iter().enumerate() {
        stats.normalise(&mut tensor);
        let built = pt::read(&report.cache_dir.join(format!("{number:06}.pt"))).unwrap();
        assert_eq!(built.as_slice().unwrap(), tensor, "tensor {number}");
    }
}

#[test]
fn the_seed_decides_and_neither_threads_nor_other_files_do() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let build = |name: &str, settings: Settings, n_workers| {
        let settings = Settings { cache_dir: Some(folder.path().join(name)), ..settings };
        let report = datasets::build(&root, &settings, n_workers);
        let mut contents = datasets::contents(&report.cache_dir);
        contents.remove(Path::new("manifest.json"));
        contents
    };
    let one = build("one", settings(), 1);
    assert_eq!(one, build("many", settings(), 7));
    let other = build("other", Settings { seed: 1, ..settings() }, 2);
    assert!(
        one.iter().filter(|(name, bytes)| other[*name] != **bytes).count() > 15,
        "another seed, other variants"
    );

    // A file that sorts before all others moves every number, and what was drawn for the others stays.
    let effects = |name: &str| -> BTreeMap<_, _> {
        let rows = rows(&folder.path().join(name)).into_iter();
        rows.map(|row| ((row.source.to_string(), row.chunk, row.variant), row.applied)).collect()
    };
    let before = effects("one");
    datasets::write_wav(&root.join("0.wav"), 8_000, 1_600, datasets::tone(300.0, 8_000));
    build("more", settings(), 2);
    let after = effects("more");
    assert_eq!(after.len(), before.len() + 2 * (1 + EXPANSION as usize));
    for (key, effects) in before {
        assert_eq!(after[&key], effects, "{key:?}");
    }
}

#[test]
fn a_cache_with_augmentation_is_valid_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let report = datasets::build(&root, &settings(), 2);
    assert!(report.notes.iter().any(|note| note.contains("prepares its data anew where there are variants")));
    let project = Project::new(&root, settings()).unwrap();
    let options = BuildOptions { force: false, n_workers: 2 };
    let again = pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap();
    let BuildOutcome::AlreadyValid(again) = again else { panic!("it was built again") };
    assert_eq!((again.spectrograms, again.notes), (report.spectrograms, report.notes));
    assert!(pipeline::verify(&project, &Silent).unwrap().is_intact());
}

#[test]
fn the_manifest_has_the_trainers_keys_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let cache_dir = datasets::build(&root, &settings(), 2).cache_dir;
    let manifest = datasets::manifest(&cache_dir);
    assert_eq!(manifest["augmentation_expansion"], EXPANSION);
    assert_eq!(
        manifest["augmentation_config"],
        json!({
            "pitch_shift_probability": 0.5,
            "pitch_shift_range": [-2.0, 2.0],
            // The window of our shift: the power of two nearest to 85 ms at 8 kHz.
            "pitch_shift_n_fft": 512,
            "speed_probability": 0.5,
            "speed_factors": [0.9, 0.95, 1.0, 1.0, 1.05, 1.1],
            "noise_probability": 0.5,
            "noise_snr_range": [15.0, 40.0],
            "volume_probability": 0.5,
            "volume_range": [0.7, 1.3],
            "expansion_ratio": EXPANSION,
        })
    );
    let text = fs::read_to_string(cache_dir.join("manifest.json")).unwrap();
    let keys = [
        "pitch_shift_probability",
        "pitch_shift_range",
        "pitch_shift_n_fft",
        "speed_probability",
        "speed_factors",
        "noise_probability",
        "noise_snr_range",
        "volume_probability",
        "volume_range",
        "expansion_ratio",
    ];
    let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\"{key}\"")).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(!text.contains("reference_levels"), "what is not used is not written");
}

#[test]
fn status_says_which_setting_of_augmentation_changed() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    datasets::build(&root, &settings(), 2);
    let change = |change: fn(&mut AugmentationSettings)| {
        let mut settings = settings();
        change(&mut settings.augmentation);
        reasons(&root, settings)
    };
    assert_eq!(reasons(&root, settings()), [""; 0]);
    assert_eq!(change(|a| a.expansion = 10), ["expansion changed from 3 to 10"]);
    assert_eq!(change(|a| a.expansion = 0), ["expansion changed from 3 to 0"]);
    assert_eq!(change(|a| a.pitch_probability = 0.0), ["pitch_probability changed from 0.5 to 0"]);
    assert_eq!(change(|a| a.snr_db = [20.0, 40.0]), ["noise_snr changed from 15, 40 to 20, 40"]);
    assert_eq!(change(|a| a.reference_levels = true), ["reference_levels changed from false to true"]);
    assert_eq!(
        change(|a| a.speed_factors = vec![0.9]),
        ["speed_factors changed from 0.9, 0.95, 1, 1, 1.05, 1.1 to 0.9"]
    );
    assert_eq!(reasons(&root, Settings { seed: 9, ..settings() }), ["seed changed from 0 to 9"]);
    // Without variants nothing of it matters.
    let plain = |probability| {
        let mut settings = settings();
        settings.augmentation.expansion = 0;
        settings.augmentation.pitch_probability = probability;
        Settings { cache_dir: Some(folder.path().join("plain")), ..settings }
    };
    datasets::build(&root, &plain(0.5), 2);
    assert_eq!(reasons(&root, plain(0.1)), [""; 0]);
}

#[test]
fn levels_of_the_reference_are_recorded_and_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let mut settings = settings();
    settings.augmentation.reference_levels = true;
    let cache_dir = datasets::build(&root, &settings, 2).cache_dir;
    assert_eq!(datasets::manifest(&cache_dir)["melscope"]["reference_levels"], true);
    assert_eq!(reasons(&root, settings.clone()), [""; 0]);
    settings.augmentation.reference_levels = false;
    assert_eq!(reasons(&root, settings), ["reference_levels changed from true to false"]);
}

#[test]
fn an_estimate_counts_variants_and_proposes_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let estimate =
        |settings| pipeline::estimate(&Project::new(&root, settings).unwrap(), 2, &Silent).unwrap();
    let with = estimate(settings());
    assert_eq!((with.originals, with.spectrograms), (5, 20));
    let built = datasets::build(&root, &settings(), 2);
    assert_eq!(built.spectrograms, with.spectrograms);
    let without = estimate(datasets::small_settings());
    assert_eq!((without.originals, without.spectrograms), (5, 5));
    assert_eq!(without.proposal(), Proposal::for_files(2));
    assert_eq!(without.bytes_with(EXPANSION), with.bytes, "what is proposed costs what it will cost");
}

#[test]
fn the_source_is_named_by_its_place_in_the_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let root = dataset(folder.path());
    let file = root.join("sub/b.wav");
    let make = |source: &str| {
        let mut variants = ChunkVariants::open(&settings(), &file, RelPath::new(source), 0, &Silent).unwrap();
        let mut samples = variants.original().to_vec();
        (1..=8).map(|variant| variants.make_into(variant, &mut samples)).collect::<Vec<_>>()
    };
    assert_ne!(make("sub/b.wav"), make("b.wav"));
    let beyond = ChunkVariants::open(&settings(), &file, RelPath::new("b.wav"), 3, &Silent);
    assert!(beyond.err().unwrap().to_string().contains("it has 3 chunks"));
}
