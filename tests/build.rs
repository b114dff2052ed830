//! What a build promises whatever the machine does meanwhile: the same bytes, the old cache until the new one stands, and
//! a word about every file that is not in it.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;
#[path = "build/left_out.rs"]
mod left_out;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use datasets::{contents, manifest, small_settings, tone, write_wav};
use melscope::Error;
use melscope::cache::index;
use melscope::monitor::{Monitor, Silent, Stage};
use melscope::path_text::RelPath;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, Project};
use melscope::settings::Settings;

/// What a watcher does at a step of a stage.
type Action<'a> = dyn Fn(Stage, Step, &Watcher<'a>) + Sync + 'a;

/// Remembers what it is told, and does something at every step.
struct Watcher<'a> {
    step: Box<Action<'a>>,
    stage: Mutex<Option<Stage>>,
    skipped: Mutex<Vec<(PathBuf, String)>>,
    warnings: Mutex<Vec<String>>,
    is_cancelled: AtomicBool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Advance,
}

impl<'a> Watcher<'a> {
    fn new(step: impl Fn(Stage, Step, &Self) + Sync + 'a) -> Self {
        Self {
            step: Box::new(step),
            stage: Mutex::new(None),
            skipped: Mutex::default(),
            warnings: Mutex::default(),
            is_cancelled: AtomicBool::new(false),
        }
    }

    fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

impl Monitor for Watcher<'_> {
    fn begin(&self, stage: Stage, _total: u64) {
        *self.stage.lock().unwrap() = Some(stage);
        (self.step)(stage, Step::Begin, self);
    }

    fn advance(&self, _n: u64) {
        let stage = self.stage.lock().unwrap().expect("a stage begins before it advances");
        (self.step)(stage, Step::Advance, self);
    }

    fn skipped(&self, path: &Path, reason: &str) {
        self.skipped.lock().unwrap().push((path.to_path_buf(), reason.into()));
    }

    fn warning(&self, message: &str) {
        self.warnings.lock().unwrap().push(message.into());
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

fn project(root: &Path) -> Project {
    Project::new(root, small_settings()).unwrap()
}

/// Builds whatever is there, and asks nobody.
fn rebuild(project: &Project, n_workers: usize, monitor: &dyn Monitor) -> melscope::Result<BuildOutcome> {
    pipeline::build(project, &BuildOptions { force: true, n_workers }, monitor, &|_| Ok(true))
}

/// Chunks per source, as the index lists them.
fn chunks_by_source(cache_dir: &Path) -> BTreeMap<String, u32> {
    let mut chunks = BTreeMap::new();
    for row in index::read(cache_dir).unwrap() {
        *chunks.entry(row.source.to_string()).or_insert(0) += 1;
    }
    chunks
}

fn assert_valid(project: &Project) {
    let report = pipeline::status(project, &Silent).unwrap();
    assert!(report.is_valid(), "{:?}", report.reasons);
    let report = pipeline::verify(project, &Silent).unwrap();
    assert!(report.is_intact(), "{:?}", report.problems);
}

/// The manifest without the times of the build.
fn timeless_manifest(cache_dir: &Path) -> serde_json::Value {
    let mut manifest = manifest(cache_dir);
    manifest["created"].take();
    manifest["melscope"]["started_ns"].take();
    manifest
}

/// Protects: results do not depend on which worker did what, and when.
fn assert_same_for_any_number_of_workers(root: &Path, n_tensors: usize) {
    let project = project(root);
    let mut first = None;
    for n_workers in [1, 2, 7] {
        rebuild(&project, n_workers, &Silent).unwrap();
        let mut files = contents(project.cache_dir());
        files.remove(Path::new("manifest.json")).expect("a cache has a manifest");
        assert_eq!(files.len(), n_tensors + 1, "the tensors and index.csv, and nothing else");
        let made = (files, timeless_manifest(project.cache_dir()));
        let (files, manifest) = first.get_or_insert_with(|| made.clone());
        let differing: Vec<_> = files.keys().filter(|name| files.get(*name) != made.0.get(*name)).collect();
        assert!(differing.is_empty(), "{n_workers} workers made other bytes: {differing:?}");
        assert_eq!(*manifest, made.1, "{n_workers} workers made another manifest");
    }
}

#[test]
fn many_short_files_give_the_same_bytes_for_any_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_tensors = 0;
    for n in 0..24 {
        // Lengths from below one chunk of 800 samples to three, and a rate that needs a resampler in between.
        let (rate_hz, n_samples): (usize, usize) =
            if n % 3 == 0 { (11_025, 441) } else { (8_000, 100 * (n + 1)) };
        n_tensors += (n_samples * 8_000).div_ceil(rate_hz).div_ceil(800);
        let name = format!("{}/{n}.wav", n % 5);
        write_wav(
            &folder.path().join(name),
            rate_hz as u32,
            n_samples,
            tone(300.0 + n as f64, rate_hz as u32),
        );
    }
    assert_same_for_any_number_of_workers(folder.path(), n_tensors);
}

#[test]
fn one_long_file_gives_the_same_bytes_for_any_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = |n: usize| 0.4 * (1e-5 * (n * n) as f64).sin();
    write_wav(&folder.path().join("long.wav"), 8_000, 800 * 150 - 1, sweep);
    assert_same_for_any_number_of_workers(folder.path(), 150);
}

#[test]
fn a_source_that_changes_while_it_is_read_is_skipped_and_said_and_built_the_next_time() {
    for n_workers in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let growing = folder.path().join("growing.wav");
        write_wav(&growing, 8_000, 800 * 40, tone(500.0, 8_000));
        write_wav(&folder.path().join("still.wav"), 8_000, 800 * 2, tone(700.0, 8_000));
        let project = project(folder.path());
        let append = |stage: Stage, step: Step, _: &Watcher<'_>| {
            if (stage, step) == (Stage::Analyse, Step::Advance) {
                fs::OpenOptions::new().append(true).open(&growing).unwrap().write_all(&[0; 2]).unwrap();
            }
        };
        let watcher = Watcher::new(append);
        let BuildOutcome::Built(report) = rebuild(&project, n_workers, &watcher).unwrap() else {
            panic!("a forced build builds")
        };
        assert_eq!((report.spectrograms, report.skipped), (2, 1));
        let skipped = watcher.skipped.into_inner().unwrap();
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        assert!(skipped[0].0.ends_with("growing.wav"), "{skipped:?}");
        assert!(skipped[0].1.contains("changed while it was read"), "{skipped:?}");
        let recorded = &manifest(project.cache_dir())["melscope"]["skipped"];
        assert_eq!(
            (recorded[0]["path"].as_str(), recorded.as_array().unwrap().len()),
            (Some("growing.wav"), 1)
        );
        assert_eq!(chunks_by_source(project.cache_dir()), [("still.wav".into(), 2)].into());
        assert!(pipeline::verify(&project, &Silent).unwrap().is_intact());

        let reasons = pipeline::status(&project, &Silent).unwrap().reasons;
        assert_eq!(reasons, ["growing.wav changed"]);
        datasets::build(folder.path(), project.settings(), n_workers);
        assert_eq!(chunks_by_source(project.cache_dir()).len(), 2, "both files are in it now");
        assert_valid(&project);
    }
}

#[test]
fn a_cancel_at_any_stage_leaves_the_old_cache_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..6 {
        let name = format!("{n}.wav");
        write_wav(&folder.path().join(name), 8_000, 800 * 3, tone(300.0 + n as f64, 8_000));
    }
    datasets::build(folder.path(), &small_settings(), 2);
    let project = Project::new(folder.path(), Settings { n_mels: 16, ..small_settings() }).unwrap();
    let old = contents(folder.path());
    for place in [
        (Stage::Scan, Step::Begin),
        (Stage::Estimate, Step::Begin),
        (Stage::Estimate, Step::Advance),
        (Stage::Analyse, Step::Begin),
        (Stage::Analyse, Step::Advance),
        (Stage::Normalise, Step::Begin),
        (Stage::Normalise, Step::Advance),
    ] {
        let is_reached = AtomicBool::new(false);
        let watcher = Watcher::new(|stage, step, watcher: &Watcher<'_>| {
            if (stage, step) == place {
                is_reached.store(true, Ordering::Relaxed);
                watcher.cancel();
            }
        });
        let result = rebuild(&project, 2, &watcher);
        assert!(is_reached.load(Ordering::Relaxed), "{place:?} never came");
        assert!(matches!(result, Err(Error::Cancelled)), "{place:?}: {result:?}");
        assert!(contents(folder.path()) == old, "{place:?}: the folder is not as it was");
        assert!(!project.cache_dir().join(".building").exists(), "{place:?}: staging was left");
    }
    assert_valid(&self::project(folder.path()));
}

#[test]
fn a_cancel_during_the_switch_comes_too_late_and_the_new_cache_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("a.wav"), 8_000, 800 * 3, tone(300.0, 8_000));
    datasets::build(folder.path(), &small_settings(), 2);
    let project = Project::new(folder.path(), Settings { n_mels: 16, ..small_settings() }).unwrap();
    let watcher = Watcher::new(|stage, _, watcher: &Watcher<'_>| {
        if stage == Stage::Commit {
            watcher.cancel();
        }
    });
    let outcome = rebuild(&project, 2, &watcher);
    assert!(watcher.is_cancelled(), "the stage was never reached");
    assert!(matches!(outcome, Ok(BuildOutcome::Built(_))), "{outcome:?}");
    assert_valid(&project);
}

#[test]
fn a_refusal_of_the_question_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::reference_cache(&root);
    let before = contents(&root);
    let project = Project::new(&root, Settings::default()).unwrap();
    let options = BuildOptions { force: false, n_workers: 2 };
    let asked = Mutex::new(0);
    let result = pipeline::build(&project, &options, &Silent, &|_| {
        *asked.lock().unwrap() += 1;
        Ok(false)
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert_eq!(*asked.lock().unwrap(), 1);
    assert!(contents(&root) == before, "the trainer's own cache was touched");
}

#[test]
fn a_file_of_zero_frames_is_reported_and_alone_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    write_wav(&folder.path().join("empty.wav"), 8_000, 0, |_| 0.0);
    let error = rebuild(&project, 2, &Silent).unwrap_err().to_string();
    assert!(error.contains("the only audio file"), "{error}");
    assert_eq!(datasets::names(folder.path()), ["empty.wav"], "nothing is left behind");

    write_wav(&folder.path().join("full.wav"), 8_000, 800, tone(300.0, 8_000));
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    let BuildOutcome::Built(report) = rebuild(&project, 2, &watcher).unwrap() else { unreachable!() };
    assert_eq!((report.spectrograms, report.skipped), (1, 1));
    let skipped = watcher.skipped.into_inner().unwrap();
    assert!(skipped[0].0.ends_with("empty.wav") && skipped[0].1.contains("zero frames"), "{skipped:?}");
    assert_valid(&project);
}

#[test]
fn excluded_files_and_folders_give_no_tensor_and_stay_listed_for_the_trainer() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.wav", "b/c.wav", "b/d/e.wav", "bb/f.wav", "g.wav"] {
        write_wav(&folder.path().join(name), 8_000, 800, tone(300.0, 8_000));
    }
    let exclude = ["a.wav", "b", "misspelt"].map(RelPath::new).to_vec();
    let project = Project::new(folder.path(), Settings { exclude, ..small_settings() }).unwrap();
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    rebuild(&project, 2, &watcher).unwrap();
    assert_eq!(chunks_by_source(project.cache_dir()), [("bb/f.wav".into(), 1), ("g.wav".into(), 1)].into());
    let manifest = manifest(project.cache_dir());
    assert_eq!(manifest["file_count"], 5, "the trainer's scan knows nothing of exclusion");
    let excluded = manifest["melscope"]["excluded"].as_array().unwrap();
    let excluded: Vec<_> = excluded.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(excluded, ["a.wav", "b/c.wav", "b/d/e.wav"]);
    let warnings = watcher.warnings.into_inner().unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("misspelt")), "{warnings:?}");
    assert_valid(&project);

    let reasons = pipeline::status(&self::project(folder.path()), &Silent).unwrap().reasons;
    assert_eq!(reasons, ["3 files are no longer excluded"]);
}

#[cfg(unix)]
#[test]
fn a_file_and_links_to_it_are_built_each_for_itself() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    let target = root.join("song.wav");
    write_wav(&target, 8_000, 800 * 2 + 1, tone(300.0, 8_000));
    symlink("song.wav", root.join("a link.wav")).unwrap();
    fs::hard_link(&target, root.join("hard.wav")).unwrap();
    let project = project(&root);
    rebuild(&project, 3, &Silent).unwrap();
    let chunks = chunks_by_source(project.cache_dir());
    assert_eq!(chunks, [("a link.wav".into(), 3), ("hard.wav".into(), 3), ("song.wav".into(), 3)].into());
    let rows = index::read(project.cache_dir()).unwrap();
    for row in &rows {
        let twins = rows.iter().filter(|other| other.chunk == row.chunk && other.blake3 == row.blake3);
        assert_eq!(twins.count(), 3, "chunk {} of {} differs", row.chunk, row.source);
    }
    let keys: BTreeSet<_> = rows.iter().map(|row| (&row.source, row.chunk, row.variant)).collect();
    assert_eq!(keys.len(), rows.len(), "no tensor has the place of another");
    let files = &manifest(project.cache_dir())["files"];
    let listed: Vec<_> =
        files.as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    let song = project.root().join("song.wav");
    let hard = project.root().join("hard.wav");
    assert_eq!(listed, [hard.to_str().unwrap(), song.to_str().unwrap(), song.to_str().unwrap()]);
    assert_valid(&project);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_listed_is_reported_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("a.wav"), 8_000, 800, tone(300.0, 8_000));
    std::os::unix::fs::symlink("nowhere.wav", folder.path().join("broken.wav")).unwrap();
    let project = project(folder.path());
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    let BuildOutcome::Built(report) = rebuild(&project, 1, &watcher).unwrap() else { unreachable!() };
    assert_eq!((report.spectrograms, report.skipped), (1, 1));
    let skipped = watcher.skipped.into_inner().unwrap();
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(skipped[0].0.ends_with("broken.wav"), "{skipped:?}");
}

#[test]
fn an_estimate_is_what_is_built_for_every_kind_of_file() {
    // 96 samples a chunk: a length that is off by a few milliseconds shows.
    let settings = Settings { chunk_s: 0.002, n_fft: 64, hop_samples: 16, n_mels: 8, ..Settings::default() };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("all");
    let extensions = melscope::audio::decode::EXTENSIONS;
    let is_audio =
        |name: &String| extensions.iter().any(|extension| name.ends_with(&format!(".{extension}")));
    let fixtures: Vec<String> =
        datasets::names(&datasets::data("audio")).into_iter().filter(is_audio).collect();
    assert!(fixtures.len() > 40, "the fixtures are not where they should be");
    fs::create_dir(&root).unwrap();
    for name in &fixtures {
        fs::copy(datasets::data("audio").join(name), root.join(name)).unwrap();
    }
    let all = Project::new(&root, settings.clone()).unwrap();
    let estimate = pipeline::estimate(&all, 2, &Silent).unwrap();
    let report = datasets::build(&root, &settings, 2);
    let built = manifest(all.cache_dir());
    let sources = built["melscope"]["sources"].as_array().unwrap();
    let mut n_complete = 0;
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source["damage"].is_null()) {
        let name = source["path"].as_str().unwrap();
        let alone = folder.path().join("alone").join(name);
        fs::create_dir_all(&alone).unwrap();
        fs::copy(root.join(name), alone.join(name)).unwrap();
        let estimate =
            pipeline::estimate(&Project::new(&alone, settings.clone()).unwrap(), 2, &Silent).unwrap();
        let chunks = source["chunks"].as_u64().unwrap();
        if (estimate.spectrograms, estimate.unknown) != (chunks, 0) {
            wrong.push(format!(
                "{name}: {} promised ({} unknown), {chunks} built",
                estimate.spectrograms, estimate.unknown
            ));
        }
        n_complete += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_complete, fixtures.len(), "every fixture is whole");
    assert_eq!(estimate.spectrograms, report.spectrograms);
    assert_eq!(estimate.sources, fixtures.len() as u64);
    // The tensors' own bytes, and at most a block of the disk and the tables' rows on top of each.
    assert!(estimate.bytes >= report.bytes && estimate.bytes < report.bytes + report.spectrograms * 2 * 4096);
}

#[test]
fn a_damaged_file_is_used_up_to_the_cut_and_its_entry_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.wav");
    write_wav(&whole, 8_000, 8_000, tone(300.0, 8_000));
    // A header of 44 bytes, then 3 000 of the 8 000 samples, of two bytes each.
    let bytes = fs::read(&whole).unwrap();
    datasets::write(&folder.path().join("cut.wav"), &bytes[..44 + 2 * 3_000]);
    let project = project(folder.path());
    let watcher = Watcher::new(|_, _, _: &Watcher<'_>| {});
    let estimate = pipeline::estimate(&project, 2, &Silent).unwrap();
    rebuild(&project, 2, &watcher).unwrap();
    // 3 000 samples are three chunks of 800 and a part.
    assert_eq!(
        chunks_by_source(project.cache_dir()),
        [("cut.wav".into(), 4), ("whole.wav".into(), 10)].into()
    );
    assert_eq!(estimate.spectrograms, 14, "the file's size bounds what its header claims");
    let manifest = manifest(project.cache_dir());
    let [cut, whole] = manifest["melscope"]["sources"].as_array().unwrap().as_slice() else {
        panic!("two sources")
    };
    assert_eq!(cut["frames"], 3_000);
    assert!(cut["damage"].as_str().unwrap().contains("good up to 0.375 s"), "{cut}");
    assert!(whole["damage"].is_null(), "{whole}");
    let warnings = watcher.warnings.into_inner().unwrap();
    assert!(
        warnings.iter().any(|warning| warning.contains("cut.wav") && warning.contains("0.375")),
        "{warnings:?}"
    );
    assert_valid(&project);
}

#[test]
fn progress_begins_every_stage_before_it_advances_and_counts_to_its_total() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..3 {
        let name = format!("{n}.wav");
        write_wav(&folder.path().join(name), 8_000, 800 * 4, tone(300.0 + n as f64, 8_000));
    }
    let counts: Mutex<Vec<(Stage, u64)>> = Mutex::default();
    let watcher = Watcher::new(|stage, step, _: &Watcher<'_>| {
        let mut counts = counts.lock().unwrap();
        match step {
            Step::Begin => counts.push((stage, 0)),
            Step::Advance => counts.last_mut().unwrap().1 += 1,
        }
    });
    rebuild(&project(folder.path()), 2, &watcher).unwrap();
    let expected = [
        (Stage::Scan, 0),
        (Stage::Estimate, 3),
        (Stage::Analyse, 12),
        (Stage::Normalise, 12),
        (Stage::Commit, 0),
    ];
    assert_eq!(*counts.lock().unwrap(), expected);
}
