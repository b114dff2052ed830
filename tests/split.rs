//! The split into training and validation: nothing stands on both sides, and what is stored is what is told.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use datasets::{contents, small_settings, write_wav};
use melscope::cache::index::{self, Row};
use melscope::monitor::Silent;
use melscope::pipeline::{self, BuildOptions, Project, SplitReport};
use melscope::settings::Settings;
use melscope::split::Side;
use proptest::prelude::*;

/// The rate of [`small_settings`].
const RATE_HZ: u32 = 8_000;

/// A stroke of its own for each `seed`: partials that decay, of frequencies drawn from the seed.
fn stroke(seed: u64) -> impl Fn(usize) -> f64 {
    let drawn = |n: u64| {
        let state = (seed * 31 + n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((state ^ state >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f64 / f64::from(1 << 24)
    };
    let partials: Vec<[f64; 3]> = (0..12)
        .map(|n| [150.0 + 2_500.0 * drawn(3 * n), drawn(3 * n + 1), 2.0 + 6.0 * drawn(3 * n + 2)])
        .collect();
    move |n| {
        let t = n as f64 / f64::from(RATE_HZ);
        let sum: f64 = partials
            .iter()
            .map(|[hz, level, decay]| level * (-decay * t).exp() * (std::f64::consts::TAU * hz * t).sin())
            .sum();
        0.1 * sum
    }
}

fn settings() -> Settings {
    let mut settings = small_settings();
    settings.augmentation.expansion = 2;
    settings.validation_share = Some(0.3);
    settings
}

/// Six strokes in each of two folders; of the first, `drums` has a copy in another level, and `pads` one of the same bytes.
fn write_set(root: &Path) {
    for (folder, first) in [("drums", 0), ("pads", 100)] {
        for seed in 0..6 {
            let path = root.join(format!("{folder}/{seed}.wav"));
            write_wav(&path, RATE_HZ, 12_000, stroke(first + seed));
        }
    }
    let first = stroke(0);
    write_wav(&root.join("drums/quieter.wav"), RATE_HZ, 12_000, |n| 0.4 * first(n));
    fs::copy(root.join("drums/0.wav"), root.join("pads/same.wav")).unwrap();
}

fn project(root: &Path, settings: Settings) -> Project {
    Project::new(root, settings).unwrap()
}

fn told(project: &Project) -> SplitReport {
    pipeline::split(project, false, &Silent).unwrap()
}

fn rows(project: &Project) -> Vec<Row> {
    index::read(project.cache_dir()).unwrap()
}

/// The side of each recording; fails where one is on both.
fn side_of_each(rows: &[Row]) -> BTreeMap<String, Side> {
    let mut sides = BTreeMap::new();
    for row in rows {
        let side = row.side.unwrap();
        let before = *sides.entry(row.source.to_string()).or_insert(side);
        assert_eq!(before, side, "{} is on both sides", row.source);
    }
    sides
}

#[test]
fn copies_stand_on_one_side_as_soon_as_they_are_known() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    // With a share of 0.3 a seed is soon found that parts the quieter copy from its original.
    let mut moved = 0;
    for seed in 0..6 {
        fs::remove_dir_all(folder.path().join(".cache")).ok();
        let project = project(folder.path(), Settings { seed, ..settings() });
        datasets::build(folder.path(), project.settings(), 2);
        let before = told(&project);
        assert!(before.is_stored && before.is_tight() && !before.is_written, "{before:?}");
        assert_eq!((before.n_not_audited, before.n_would_move), (14, 0));
        // Equal files need no audit.
        let sides = side_of_each(&rows(&project));
        assert_eq!(sides["drums/0.wav"], sides["pads/same.wav"]);
        let is_parted = sides["drums/0.wav"] != sides["drums/quieter.wav"];

        pipeline::audit(&project, 2, &Silent, &|_, _| {}).unwrap();
        let audited = told(&project);
        assert_eq!(audited.n_not_audited, 0);
        assert_eq!(audited.is_tight(), !is_parted, "{:?}", audited.problems);
        if is_parted {
            assert!(
                audited.problems[0].contains("drums/0.wav")
                    && audited.problems[0].contains("are the same take")
            );
        }
        let written = pipeline::split(&project, true, &Silent).unwrap();
        assert!(written.is_written && written.is_tight() && written.n_would_move == 0, "{written:?}");
        let after = rows(&project);
        let sides = side_of_each(&after);
        let of_take = ["drums/0.wav", "drums/quieter.wav", "pads/same.wav"].map(|path| sides[path]);
        assert!(of_take.iter().all(|side| *side == of_take[0]));
        let groups: BTreeSet<u32> = after.iter().map(|row| row.group).collect();
        assert_eq!(groups.len(), 12);
        // A build that knows of the audit draws the same.
        let options = BuildOptions { force: true, n_workers: 1 };
        pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap();
        assert_eq!(rows(&project), after);
        moved += usize::from(is_parted);
    }
    assert!(moved > 0, "no seed parted the copies: the test shows nothing");
}

#[test]
fn both_sides_are_counted_and_the_drawing_of_tensors_leaks() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let project = project(folder.path(), settings());
    datasets::build(folder.path(), project.settings(), 2);
    let report = told(&project);
    let [train, validation] = report.sides;
    // 14 files of 1.5 s in chunks of 0.1 s, each with two variants.
    assert_eq!(train.n_recordings + validation.n_recordings, 14);
    assert_eq!(train.n_tensors + validation.n_tensors, 14 * 15 * 3);
    assert!((train.duration_s + validation.duration_s - 14.0 * 1.5).abs() < 1e-9);
    assert!((report.validation_share() - 0.3).abs() < 0.15, "{report:?}");
    let folders: Vec<&str> = report.folders.iter().map(|folder| folder.folder.as_str()).collect();
    assert_eq!(folders, ["drums", "pads"]);
    let of_folders: u64 =
        report.folders.iter().flat_map(|folder| folder.sides).map(|side| side.n_tensors).sum();
    assert_eq!(of_folders, 630);
    assert!(report.folders.iter().all(|folder| folder.sides[1].n_tensors > 0), "{:?}", report.folders);
    // Of 45 tensors of a recording, all on one side by chance: never.
    assert_eq!(report.n_by_tensor, 189);
    assert!(report.n_leaked_by_tensor > 188.9, "{}", report.n_leaked_by_tensor);
    // Of single chunks without variants nothing leaks.
    let single = Settings { chunk_s: 1.5, ..small_settings() };
    datasets::build(folder.path(), &single, 2);
    let report = told(&Project::new(folder.path(), single).unwrap());
    assert!(report.n_leaked_by_tensor < 1.0, "one group of two: {}", report.n_leaked_by_tensor);
}

#[test]
fn a_cache_of_an_older_format_gets_its_split_without_another_change() {
    let folder = tempfile::tempdir().unwrap();
    datasets::copy_folder(&datasets::data("cache/format2"), folder.path());
    let project = project(folder.path(), settings());
    let before = contents(project.cache_dir());
    let report = told(&project);
    assert!(!report.is_stored && report.is_tight());
    assert_eq!(contents(project.cache_dir()), before, "telling writes nothing");
    let written = pipeline::split(&project, true, &Silent).unwrap();
    assert!(written.is_stored && written.is_written);
    let after = contents(project.cache_dir());
    let changed: Vec<&PathBuf> = after.keys().filter(|name| after[*name] != before[*name]).collect();
    assert_eq!(changed, [Path::new("index.csv"), Path::new("manifest.json")]);
    assert_eq!(after.len(), before.len());
    assert!(pipeline::status(&project, &Silent).unwrap().is_valid());
    assert!(pipeline::verify(&project, &Silent).unwrap().is_intact());
    assert_eq!(datasets::manifest(project.cache_dir())["melscope"]["format"], 3);
    assert!(!pipeline::split(&project, true, &Silent).unwrap().is_written, "there is nothing more to write");
}

#[test]
fn another_share_needs_no_build_and_moves_no_more_than_it_must() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    datasets::build(folder.path(), &settings(), 2);
    let before = side_of_each(&rows(&project(folder.path(), settings())));
    let more = project(folder.path(), Settings { validation_share: Some(0.6), ..settings() });
    assert!(pipeline::status(&more, &Silent).unwrap().is_valid(), "a share is no reason to build");
    let report = told(&more);
    assert!(report.n_would_move > 0 && report.share == 0.6);
    assert!(pipeline::split(&more, true, &Silent).unwrap().is_written);
    let after = side_of_each(&rows(&more));
    for (path, side) in &before {
        assert!(after[path] >= *side, "{path} left validation although its share grew");
    }
    assert_eq!(report.n_would_move, before.iter().filter(|(path, side)| after[*path] != **side).count());
}

#[test]
fn without_a_cache_nothing_is_split() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    for writes in [false, true] {
        let error = pipeline::split(&project(folder.path(), settings()), writes, &Silent).unwrap_err();
        assert!(matches!(error, melscope::Error::NoCache { .. }), "{error}");
    }
    assert!(!folder.path().join(".cache").exists(), "nothing is left of the attempt");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Random sets of recordings, some of them copies of others: whatever the share and the seed, no group is torn.
    #[test]
    fn no_group_stands_on_both_sides(
        files in prop::collection::vec((0..3u8, 0..5u64, 1..4usize), 2..12),
        share in 0.0..1.0f64,
        seed in 0..1_000u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        for (number, (place, sound, n_chunks)) in files.iter().enumerate() {
            let path = folder.path().join(format!("{place}/{number}.wav"));
            write_wav(&path, RATE_HZ, 700 * n_chunks, stroke(*sound));
        }
        let settings = Settings { validation_share: Some(share), seed, ..small_settings() };
        datasets::build(folder.path(), &settings, 2);
        let project = Project::new(folder.path(), settings).unwrap();
        let report = told(&project);
        prop_assert!(report.is_tight(), "{:?}", report.problems);
        let rows = rows(&project);
        let mut by_group = BTreeMap::<u32, BTreeSet<Side>>::new();
        let mut group_of_sound = BTreeMap::<(u64, usize), BTreeSet<u32>>::new();
        for row in &rows {
            by_group.entry(row.group).or_default().extend(row.side);
            let name = row.source.to_string();
            let number: usize = name[2..].trim_end_matches(".wav").parse().unwrap();
            group_of_sound.entry((files[number].1, files[number].2)).or_default().insert(row.group);
        }
        prop_assert!(by_group.values().all(|sides| sides.len() == 1), "{by_group:?}");
        prop_assert!(group_of_sound.values().all(|groups| groups.len() == 1), "{group_of_sound:?}");
    }
}
