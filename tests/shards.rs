//! Builds in shards: the cache of a merge is that of a single build, whoever dies meanwhile, and nothing is merged that does not fit.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use datasets::{contents, copy_folder, data, small_settings, write, write_wav};
use melscope::cache::shard::Shard;
use melscope::monitor::Silent;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, Project, ShardOutcome, ShardReport};
use melscope::settings::Settings;
use melscope::{Error, Remedy};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

fn settings() -> Settings {
    let mut settings = small_settings();
    settings.augmentation.expansion = 2;
    settings.validation_share = Some(0.25);
    settings
}

/// Recordings of many lengths, one of them twice, one cut off, one empty and one that is text.
fn write_set(root: &Path) {
    for number in 0..9_u32 {
        let path = root.join(format!("{}/{number}.wav", number % 3));
        let n_samples = 500 + 1_700 * number as usize;
        write_wav(&path, 8_000, n_samples, datasets::tone(150.0 + 90.0 * f64::from(number), 8_000));
    }
    fs::copy(root.join("0/3.wav"), root.join("2/same.wav")).unwrap();
    let cut = fs::read(root.join("2/8.wav")).unwrap();
    write(&root.join("0/cut.wav"), &cut[..cut.len() / 2]);
    write(&root.join("1/empty.wav"), b"");
    write(&root.join("1/text.wav"), b"some words about the recordings");
    for file in contents(root).keys() {
        datasets::age(&root.join(file), 100);
    }
}

fn options(n_workers: usize) -> BuildOptions {
    BuildOptions { force: false, n_workers }
}

fn compute(project: &Project, number: u32, of: u32) -> ShardReport {
    let shard = Shard::new(number, of).unwrap();
    match pipeline::build_shard(project, shard, &options(1 + number as usize % 2), &Silent, &|_| Ok(true)) {
        Ok(ShardOutcome::Computed(report)) => report,
        other => panic!("{other:?}"),
    }
}

fn merge(project: &Project) -> melscope::Result<BuildOutcome> {
    pipeline::merge(project, &options(2), &Silent, &|_| Ok(true))
}

/// The files of a cache; of the manifest all but the times of the build.
fn cache_of(project: &Project) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = contents(project.cache_dir());
    let manifest = files.get_mut(Path::new("manifest.json")).unwrap();
    let text = String::from_utf8(manifest.clone()).unwrap();
    let is_time = |line: &&str| line.contains("\"created\":") || line.contains("\"started_ns\":");
    assert_eq!(text.lines().filter(is_time).count(), 2);
    *manifest = text.lines().filter(|line| !is_time(line)).collect::<Vec<_>>().join("\n").into_bytes();
    files
}

#[test]
fn a_merge_makes_the_cache_of_a_single_build() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let project = Project::new(folder.path(), settings()).unwrap();
    datasets::build(folder.path(), project.settings(), 2);
    let single = cache_of(&project);
    assert!(single.len() > 100, "{} files", single.len());
    // More shards than there are sources leave some without any.
    for of in [1, 2, 5, 40] {
        pipeline::clean(&project).unwrap();
        let mut n_sources = 0;
        for number in (1..=of).rev() {
            let report = compute(&project, number, of);
            assert!(report.is_new && report.n_of_all == 13, "{report:?}");
            n_sources += report.n_sources;
        }
        assert_eq!(n_sources, 13);
        let Ok(BuildOutcome::Built(report)) = merge(&project) else { panic!("{of} shards") };
        assert_eq!((report.skipped, report.spectrograms as usize), (2, single.len() - 2));
        assert!(cache_of(&project) == single, "{of} shards: not the same bytes");
        assert!(pipeline::verify(&project, &Silent).unwrap().is_intact());
        // The cache is valid: there is nothing more to compute or to merge.
        let shard = Shard::new(1, of).unwrap();
        let again = pipeline::build_shard(&project, shard, &options(1), &Silent, &|_| Ok(true)).unwrap();
        assert!(matches!(again, ShardOutcome::CacheValid(_)), "{again:?}");
        assert!(matches!(merge(&project), Ok(BuildOutcome::AlreadyValid(_))));
    }
}

#[test]
fn the_old_cache_stays_until_the_merge_and_shards_are_computed_once() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let old = Project::new(folder.path(), Settings { n_mels: 6, ..settings() }).unwrap();
    datasets::build(folder.path(), old.settings(), 1);
    let before = contents(old.cache_dir());
    let project = Project::new(folder.path(), settings()).unwrap();
    for number in 1..=3 {
        compute(&project, number, 3);
    }
    let again = compute(&project, 2, 3);
    assert!(!again.is_new && again.spectrograms > 0, "{again:?}");
    let mut after = contents(old.cache_dir());
    after.retain(|path, _| !path.starts_with(".shards"));
    assert!(after == before, "the old cache is not as it was");
    assert!(pipeline::status(&old, &Silent).unwrap().is_valid());
    merge(&project).unwrap();
    assert!(pipeline::status(&project, &Silent).unwrap().is_valid());
    assert!(!project.cache_dir().join(".shards").exists());
}

#[test]
fn what_does_not_fit_is_refused_by_name_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_set(root);
    let project = Project::new(root, settings()).unwrap();
    let refusal = |project: &Project| {
        let before = contents(project.cache_dir());
        let error = merge(project).unwrap_err();
        assert_eq!(error.remedy(), Some(Remedy::BuildShard), "{error}");
        let mut after = contents(project.cache_dir());
        after.retain(|path, _| path != Path::new(".melscope.lock"));
        assert!(after == before, "after: {error}");
        error.to_string()
    };
    let error = merge(&project).unwrap_err();
    assert!(
        error.to_string().contains("there are no shards to merge") && !project.cache_dir().exists(),
        "{error}"
    );
    compute(&project, 1, 3);
    compute(&project, 3, 3);
    assert!(refusal(&project).contains("1 shard of 3 still to be computed: 2/3"));
    compute(&project, 2, 3);
    let other = Project::new(root, Settings { hop_samples: 100, ..settings() }).unwrap();
    let words = refusal(&other);
    assert!(words.contains("shard 1/3: it was computed with hop 64, not 100"), "{words}");

    // A file that has come, or has changed, since.
    let new = root.join("1/new.wav");
    write_wav(&new, 8_000, 3_000, datasets::tone(99.0, 8_000));
    let words = refusal(&project);
    assert!(words.contains("new.wav: it is in no shard"), "{words}");
    fs::remove_file(&new).unwrap();
    let path = root.join("0/6.wav");
    let bytes = fs::read(&path).unwrap();
    write_wav(&path, 8_000, 3_000, datasets::tone(99.0, 8_000));
    let words = refusal(&project);
    assert!(words.contains("6.wav: it has changed since shard"), "{words}");
    // With its old content under another date it is what it was.
    write(&path, &bytes);
    // A record that is damaged counts as a shard that is not there.
    let record = project.cache_dir().join(".shards/2-of-3.jsonl");
    let whole = fs::read(&record).unwrap();
    write(&record, &whole[..whole.len() - 9]);
    assert!(refusal(&project).contains("still to be computed: 2/3"));
    assert!(compute(&project, 2, 3).is_new);
    // And a shard whose tensors have gone is computed again.
    let staging = datasets::names(&project.cache_dir().join(".shards"))
        .into_iter()
        .find(|name| name.starts_with("1-of-3.") && name != "1-of-3.jsonl")
        .unwrap();
    let tensor = project.cache_dir().join(".shards").join(&staging).join("s000000-c000000-v00.pt");
    fs::remove_file(&tensor).unwrap();
    assert!(compute(&project, 1, 3).is_new && !compute(&project, 1, 3).is_new);
    merge(&project).unwrap();
    assert!(pipeline::status(&project, &Silent).unwrap().is_valid());

    // A file of somebody else's under a name that is needed.
    pipeline::clean(&project).unwrap();
    write(&record, b"theirs");
    let shard = Shard::new(2, 3).unwrap();
    let error = pipeline::build_shard(&project, shard, &options(1), &Silent, &|_| Ok(true)).unwrap_err();
    assert!(
        matches!(&error, Error::Foreign { path, .. } if *path == fs::canonicalize(&record).unwrap()),
        "{error}"
    );
    assert_eq!(fs::read(&record).unwrap(), b"theirs");
}

fn start(root: &Path, args: &[&str]) -> Child {
    let mut command = datasets::melscope();
    command.args(args).arg(root).args(["--yes", "--jobs", "1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The golden recordings and some longer ones: a shard of them takes long enough to be killed.
fn write_long_set(root: &Path) {
    copy_folder(&data("golden/dataset"), root);
    for number in 0..6_u32 {
        let hz = 100.0 + 50.0 * f64::from(number);
        write_wav(&root.join(format!("{number}.wav")), 48_000, 48_000 * 8, datasets::tone(hz, 48_000));
    }
}

#[test]
fn workers_and_merges_that_are_killed_are_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_long_set(root);
    write(&root.join("melscope.json"), br#"{"expansion": 1, "hop": 256}"#);
    assert!(start(root, &["build"]).wait().unwrap().success());
    let settings = Settings::load(&root.join("melscope.json")).unwrap().unwrap();
    let project = Project::new(root, settings).unwrap();
    let single = cache_of(&project);
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut n_killed = 0;
    for of in [2, 5] {
        pipeline::clean(&project).unwrap();
        let mut kill_or_wait = |mut child: Child, is_killed: bool| {
            if is_killed {
                std::thread::sleep(Duration::from_millis(random.random_range(5..400)));
                child.kill().unwrap();
            }
            let is_done = child.wait().unwrap().success();
            n_killed += u32::from(!is_done);
            assert!(is_done || is_killed);
        };
        let numbers: Vec<String> = (1..=of).map(|number| format!("{number}/{of}")).collect();
        for is_killed in [true, true, false] {
            // Two at a time, as on two machines.
            for pair in numbers.chunks(2) {
                let children: Vec<Child> =
                    pair.iter().map(|shard| start(root, &["build", "--shard", shard])).collect();
                for child in children {
                    kill_or_wait(child, is_killed);
                }
            }
        }
        for is_killed in [true, true, true, false] {
            kill_or_wait(start(root, &["merge"]), is_killed);
        }
        assert!(cache_of(&project) == single, "{of} shards");
        assert_eq!(datasets::names(project.cache_dir()).len(), single.len(), "something was left");
    }
    assert!(n_killed > 3, "only {n_killed} were killed: the test shows little");
}

#[test]
fn the_same_shard_may_be_computed_twice_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_long_set(root);
    let children: Vec<Child> =
        ["1/2", "1/2", "2/2", "2/2"].iter().map(|shard| start(root, &["build", "--shard", shard])).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(start(root, &["merge"]).wait().unwrap().success());
    let project = Project::new(root, Settings::default()).unwrap();
    let merged = cache_of(&project);
    assert!(start(root, &["build", "--force"]).wait().unwrap().success());
    assert!(cache_of(&project) == merged);
}

#[test]
fn a_shard_is_named_as_one_of_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let run = |shard: &str| {
        let mut command: Command = datasets::melscope();
        command.arg("build").arg(folder.path()).args(["--shard", shard]).output().unwrap()
    };
    for shard in ["0/2", "3/2", "x", "1/0"] {
        let output = run(shard);
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains("it must be I/N, shard I of N"), "{words}");
    }
}
