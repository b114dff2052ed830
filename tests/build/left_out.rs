//! Chunks that are left out, by hand, by rule and by trimming: everywhere the same ones, and all others as they were.

use std::collections::BTreeMap;
use std::path::Path;

use melscope::audio::decode::AudioReader;
use melscope::cache::index::{self, Row};
use melscope::cache::verify::Tensors;
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::{self, BuildOutcome, ChunkVariants, Estimate, Project};
use melscope::settings::{ChunkRange, Settings};

use super::datasets::{self, manifest, small_settings, write_wav};
use super::{Watcher, assert_valid, rebuild};

/// Samples of a chunk of [`small_settings`].
const CHUNK: usize = 800;

/// `drums/a.wav`, ten and a quarter chunks at 8 kHz of which 2, 3 and 7 are at -72 dBFS; `b#1.wav`, two and three quarters
/// at 11 025 Hz; `quiet.wav`, three chunks at -72 dBFS.
fn write_set(root: &Path) {
    let loud = |n: usize| 0.5 * (0.05 * n as f64).sin() + 0.2 * (0.3 * n as f64).sin();
    let quiet = |n: usize| 0.000_25 * (0.4 * n as f64).sin();
    write_wav(&root.join("drums/a.wav"), 8_000, 10 * CHUNK + CHUNK / 4, |n| match n / CHUNK {
        2 | 3 | 7 => quiet(n),
        _ => loud(n),
    });
    write_wav(&root.join("b#1.wav"), 11_025, 11_025 * 11 / 40, loud);
    write_wav(&root.join("quiet.wav"), 8_000, 3 * CHUNK, quiet);
}

fn chunks(texts: &[&str]) -> Vec<ChunkRange> {
    texts.iter().map(|text| ChunkRange::parse(text.as_bytes()).unwrap()).collect()
}

/// The place of a tensor: its source, chunk and variant.
fn place(row: &Row) -> (String, u32, u32) {
    (row.source.to_string(), row.chunk, row.variant)
}

/// Tensors of a cache before they were normalised, by their places.
fn raw_tensors(cache_dir: &Path) -> BTreeMap<(String, u32, u32), ndarray::Array3<f32>> {
    let tensors = Tensors::open(cache_dir).unwrap();
    let stats = tensors.manifest.normalization_stats;
    let raw = |number: usize| {
        let mut tensor = tensors.read(number).unwrap();
        stats.denormalise_array(tensor.view_mut());
        tensor
    };
    tensors.rows.iter().enumerate().map(|(number, row)| (place(row), raw(number))).collect()
}

/// The chunks of a set that are kept, as the index lists them.
fn kept(cache_dir: &Path) -> BTreeMap<String, Vec<u32>> {
    let mut kept: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for row in index::read(cache_dir).unwrap().iter().filter(|row| row.variant == 0) {
        kept.entry(row.source.to_string()).or_default().push(row.chunk);
    }
    kept
}

fn expected(of: &[(&str, &[u32])]) -> BTreeMap<String, Vec<u32>> {
    of.iter().map(|(source, chunks)| ((*source).to_owned(), chunks.to_vec())).collect()
}

#[test]
fn each_rule_leaves_out_its_chunks_and_every_other_tensor_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let mut base = small_settings();
    base.augmentation.expansion = 2;
    let whole = datasets::build(folder.path(), &base, 2);
    let before = raw_tensors(&whole.cache_dir);
    let all = expected(&[
        ("b#1.wav", &[0, 1, 2]),
        ("drums/a.wav", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("quiet.wav", &[0, 1, 2]),
    ]);
    assert_eq!((kept(&whole.cache_dir), whole.left_out), (all, 0));
    let by_hand =
        chunks(&["drums/a.wav#0", "drums/a.wav#4-5", "drums/a.wav#5", "b#1.wav#2", "drums/a.wav#10-99"]);
    let cases = [
        (
            Settings { exclude_chunks: by_hand, ..base.clone() },
            expected(&[
                ("b#1.wav", &[0, 1]),
                ("drums/a.wav", &[1, 2, 3, 6, 7, 8, 9]),
                ("quiet.wav", &[0, 1, 2]),
            ]),
        ),
        (
            Settings { exclude_chunks_quieter_dbfs: Some(-60.0), ..base.clone() },
            expected(&[("b#1.wav", &[0, 1, 2]), ("drums/a.wav", &[0, 1, 4, 5, 6, 8, 9, 10])]),
        ),
        (
            Settings { exclude_chunks_padding: Some(0.5), ..base.clone() },
            expected(&[
                ("b#1.wav", &[0, 1, 2]),
                ("drums/a.wav", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
                ("quiet.wav", &[0, 1, 2]),
            ]),
        ),
    ];
    for (settings, expected) in cases {
        let project = Project::new(folder.path(), settings.clone()).unwrap();
        let reasons = pipeline::status(&project, &Silent).unwrap().reasons;
        let is_about_chunks = reasons.iter().all(|reason| reason.starts_with("exclude_chunks"));
        assert!(!reasons.is_empty() && is_about_chunks, "{reasons:?}");
        let estimate = pipeline::estimate(&project, 2, &Silent).unwrap();
        let report = datasets::build(folder.path(), &settings, 3);
        assert_eq!(kept(&report.cache_dir), expected);
        assert_valid(&project);
        let n_kept: usize = expected.values().map(Vec::len).sum();
        assert_eq!((report.spectrograms, report.left_out), (3 * n_kept as u64, 17 - n_kept as u64));
        // Only the sound tells which chunks are quiet.
        let of_estimate = if estimate.is_at_most { 3 * 17 } else { report.spectrograms };
        assert_eq!(estimate.is_at_most, settings.exclude_chunks_quieter_dbfs.is_some());
        assert_eq!(estimate.spectrograms, of_estimate);
        // Denormalised with other statistics, the values agree up to the rounding of f32; the variants are drawn as before.
        for (place, tensor) in raw_tensors(&report.cache_dir) {
            let most = (&tensor - &before[&place]).iter().fold(0f32, |most, off| most.max(off.abs()));
            assert!(most < 1e-4, "{place:?} is off by {most}");
        }
        assert_variants_are_of_kept_chunks(folder.path(), &settings, &expected);
    }
    let report = datasets::build(folder.path(), &base, 2);
    assert_eq!(report.spectrograms, whole.spectrograms, "without the rules everything is back");
    assert_eq!(raw_tensors(&report.cache_dir), before, "bit for bit");
}

/// What is shown and written of single chunks knows the same chunks.
fn assert_variants_are_of_kept_chunks(
    root: &Path,
    settings: &Settings,
    expected: &BTreeMap<String, Vec<u32>>,
) {
    let file = root.join("drums/a.wav");
    let kept = &expected["drums/a.wav"];
    for chunk in 0..11 {
        let opened = ChunkVariants::open(settings, &file, RelPath::new("drums/a.wav"), chunk, &Silent);
        match opened {
            Ok(_) => assert!(kept.contains(&chunk), "{chunk}"),
            Err(error) => {
                assert!(
                    !kept.contains(&chunk) && error.to_string().contains("is left out: "),
                    "{chunk}: {error}"
                );
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let project = Project::new(root, settings.clone()).unwrap();
    let report = pipeline::write_variants(&project, &file, 1, folder.path(), &Silent).unwrap();
    assert_eq!(report.n_chunks as usize, kept.len());
    let names: Vec<String> = kept.iter().map(|chunk| format!("chunk-{chunk:04}-variant-01.wav")).collect();
    let mut written = datasets::names(folder.path());
    written.retain(|name| name != "variants.json");
    assert_eq!(written, names);
    let output = folder.path().join("a.npy");
    let report = pipeline::analyze(&project, &file, &output, false, &Silent).unwrap();
    assert_eq!(report.shape[0], kept.len());
}

#[test]
fn raw_values_of_kept_chunks_are_bit_equal_to_those_of_the_full_analysis() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let file = folder.path().join("drums/a.wav");
    let values = |settings: Settings, name: &str| {
        let project = Project::new(folder.path(), settings).unwrap();
        let output = folder.path().join(name);
        let [n_chunks, rest @ ..] = pipeline::analyze(&project, &file, &output, true, &Silent).unwrap().shape;
        let bytes = std::fs::read(&output).unwrap();
        let n_tensor = 4 * rest.iter().product::<usize>();
        let data = &bytes[bytes.len() - n_chunks * n_tensor..];
        data.chunks(n_tensor).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let all = values(small_settings(), "all.npy");
    let settings = Settings { exclude_chunks_quieter_dbfs: Some(-60.0), ..small_settings() };
    let some = values(settings, "some.npy");
    assert_eq!(some, [0, 1, 4, 5, 6, 8, 9, 10].map(|chunk: usize| all[chunk].clone()));
}

#[test]
fn silence_is_trimmed_at_both_ends_and_chunks_start_at_the_first_sound() {
    let folder = tempfile::tempdir().unwrap();
    // 11 025 Hz, so that a resampler is between: silence, 0.43 s of sound with a hole of silence in it, silence.
    let (start, end) = (5_000, 5_000 + 4_741);
    let sound = |n: usize| 0.4 + 0.3 * (0.21 * n as f64).cos();
    write_wav(&folder.path().join("a.wav"), 11_025, 14_000, |n| match n {
        6_000..8_500 => 0.0,
        n if (start..end).contains(&n) => sound(n - start),
        _ => 0.000_2,
    });
    write_wav(&folder.path().join("silent.wav"), 8_000, 4_000, |_| 0.0);
    let cut = folder.path().join("cut");
    write_wav(&cut.join("a.wav"), 11_025, end - start, |n| match n + start {
        6_000..8_500 => 0.0,
        _ => sound(n),
    });
    let settings =
        Settings { trim_silence_dbfs: Some(-60.0), exclude: vec![RelPath::new("cut")], ..small_settings() };
    let project = Project::new(folder.path(), settings).unwrap();
    let Estimate { is_at_most, spectrograms, .. } = pipeline::estimate(&project, 2, &Silent).unwrap();
    assert!(is_at_most && spectrograms == 13 + 5);
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    let BuildOutcome::Built(report) = rebuild(&project, 2, &watcher).unwrap() else { unreachable!() };
    let by_itself = datasets::build(&cut, &small_settings(), 1);
    let rows = index::read(&report.cache_dir).unwrap();
    let cut_rows = index::read(&by_itself.cache_dir).unwrap();
    // ceil(4741 * 8000 / 11025) samples.
    let n_samples = 3_441;
    let lengths = [800, 800, 800, 800, n_samples - 4 * 800].map(|n| Some(n as u32));
    assert_eq!(rows.iter().map(|row| row.n_samples).collect::<Vec<_>>(), lengths);
    for (row, cut) in rows.iter().zip(&cut_rows) {
        assert_eq!(
            (row.blake3, row.chunk, row.variant),
            (cut.blake3, cut.chunk, cut.variant),
            "as if the file began and ended with its sound"
        );
        assert_eq!(row.start_s, 5_000.0 / 11_025.0 + cut.start_s);
    }
    assert_eq!(rows.len(), cut_rows.len());
    let sources = &manifest(&report.cache_dir)["melscope"]["sources"];
    assert_eq!((&sources[0]["frames"], &sources[0]["chunks"]), (&14_000.into(), &5.into()));
    assert_eq!((&sources[1]["path"], &sources[1]["chunks"]), (&"silent.wav".into(), &0.into()));
    let warnings = watcher.warnings.into_inner().unwrap();
    assert!(warnings.iter().any(|warning| warning.starts_with("silent.wav: all of it")), "{warnings:?}");
    assert_valid(&project);
    assert_eq!(AudioReader::open(&folder.path().join("a.wav")).unwrap().expected_frames(), Some(14_000));
}

#[test]
fn a_file_without_a_kept_chunk_is_used_and_a_set_without_any_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let settings = Settings {
        exclude_chunks_quieter_dbfs: Some(-60.0),
        exclude_chunks: chunks(&["gone.wav#0", "b#1.wav#2-3"]),
        ..small_settings()
    };
    let project = Project::new(folder.path(), settings).unwrap();
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    let BuildOutcome::Built(report) = rebuild(&project, 2, &watcher).unwrap() else { unreachable!() };
    assert_eq!((report.skipped, report.left_out), (0, 3 + 3 + 1));
    let melscope = &manifest(&report.cache_dir)["melscope"];
    let of_file: Vec<_> = melscope["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (&source["chunks"], &source["chunks_left_out"]))
        .collect();
    assert_eq!(of_file, [(&2.into(), &1.into()), (&8.into(), &3.into()), (&0.into(), &3.into())]);
    assert_eq!(melscope["exclude_chunks"][1], "b#1.wav#2-3");
    assert_eq!(melscope["exclude_chunks_quieter_dbfs"], -60.0);
    let warnings = watcher.warnings.into_inner().unwrap();
    for words in [
        "quiet.wav: every chunk of it is left out by the settings",
        "gone.wav#0 is left out in the settings, and there is no such file",
        "b#1.wav#2-3 is left out in the settings, and b#1.wav has 3 chunks, numbered from 0",
    ] {
        assert!(warnings.iter().any(|warning| warning == words), "{words}: {warnings:?}");
    }
    assert_valid(&project);
    let notes = pipeline::status(&project, &Silent).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("chunks are left out or ends trimmed")), "{notes:?}");
    let before = datasets::contents(&report.cache_dir);
    let settings = Settings { exclude_chunks_quieter_dbfs: Some(0.0), ..small_settings() };
    let error = rebuild(&Project::new(folder.path(), settings).unwrap(), 2, &Silent).unwrap_err().in_full();
    assert!(
        error.contains("every chunk of every file is left out") && error.contains("; change exclude_chunks"),
        "{error}"
    );
    assert!(datasets::contents(&report.cache_dir) == before, "the old cache stays");
}

#[test]
fn the_order_of_listed_chunks_is_no_reason_to_build_anew() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let settings = |texts: &[&str]| Settings { exclude_chunks: chunks(texts), ..small_settings() };
    datasets::build(folder.path(), &settings(&["drums/a.wav#3", "b#1.wav#0"]), 2);
    let reasons = |texts: &[&str]| {
        pipeline::status(&Project::new(folder.path(), settings(texts)).unwrap(), &Silent).unwrap().reasons
    };
    assert_eq!(reasons(&["b#1.wav#0", "drums/a.wav#3", "b#1.wav#0-0"]), Vec::<String>::new());
    assert_eq!(reasons(&[]), ["exclude_chunks changed from b#1.wav#0, drums/a.wav#3 to none"]);
}

#[test]
fn caches_of_all_formats_are_read_and_valid() {
    let mut settings = small_settings();
    settings.augmentation.expansion = 2;
    let rows = [1, 2, 3].map(|format| {
        let folder = tempfile::tempdir().unwrap();
        datasets::copy_folder(&datasets::data(&format!("cache/format{format}")), folder.path());
        let project = Project::new(folder.path(), settings.clone()).unwrap();
        assert_valid(&project);
        assert_eq!(manifest(project.cache_dir())["melscope"]["format"], format);
        Tensors::open(project.cache_dir()).unwrap().rows
    });
    assert_eq!(rows.each_ref().map(Vec::len), [12; 3]);
    let [first, second, third] = rows;
    for ((first, second), third) in first.into_iter().zip(second).zip(third) {
        assert!(third.side.is_some());
        assert_eq!(second, Row { side: None, ..third });
        // Where the speed is changed, the first format does not tell.
        let is_told = first.applied.speed.is_none_or(|speed| speed == 1.0);
        let expected = Row { n_samples: second.n_samples.filter(|_| is_told), ..second };
        assert_eq!(first, expected);
    }
}
