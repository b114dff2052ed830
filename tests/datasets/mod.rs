//! What several tests share: datasets to build, and the program to run.
#![allow(dead_code, reason = "every test file uses its own part")]
#![expect(unreachable_pub, reason = "every test is a crate of its own, in which this is a private module")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use melscope::monitor::Silent;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, BuildReport, Project};
use melscope::settings::Settings;

/// A file that tests read.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The program, as it was built for this test run.
pub fn melscope() -> Command {
    Command::new(env!("CARGO_BIN_EXE_melscope"))
}

/// An interpreter that has torch: `MELSCOPE_PYTHON`, or the system's.
pub fn python_with_torch() -> PathBuf {
    let named = std::env::var_os("MELSCOPE_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain(["python3".into(), "/usr/bin/python3".into()]);
    let has_torch = |python: &PathBuf| {
        Command::new(python).args(["-c", "import torch"]).output().is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().find(has_torch).expect(
        "this test needs PyTorch: apt-get install --no-install-recommends python3-torch, \
         or name an interpreter that has it in MELSCOPE_PYTHON",
    )
}

/// The interpreter that `make python-packages` sets up with what the tests take besides Debian's packages.
pub fn python_of_tests() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python3");
    assert!(path.exists(), "{}: run make python-packages first", path.display());
    path
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the small dataset of which the reference's own cache is known.
pub fn golden_dataset(folder: &Path) -> PathBuf {
    let root = folder.join("recordings");
    copy_folder(&data("golden/dataset"), &root);
    root
}

/// Builds the cache of `root` on `n_workers` threads; a cache that is valid already is a failure of the test.
pub fn build(root: &Path, settings: &Settings, n_workers: usize) -> BuildReport {
    let project = Project::new(root, settings.clone()).unwrap();
    let options = BuildOptions { force: false, n_workers };
    match pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap() {
        BuildOutcome::Built(report) => report,
        BuildOutcome::AlreadyValid(_) => panic!("a cache was there already"),
    }
}

/// `a.wav`, a second of a tone at 440 Hz, and `b.wav`, which is no sound.
pub fn write_sound_and_words(folder: &Path) {
    write_wav(&folder.join("a.wav"), 48_000, 48_000, tone(440.0, 48_000));
    write(&folder.join("b.wav"), b"these are words and no sound at all, whatever the name says");
}

/// Writes a mono WAV of 16 bits with the samples of `sample(n)`, from -1 to 1.
pub fn write_wav(path: &Path, sample_rate_hz: u32, n_samples: usize, sample: impl Fn(usize) -> f64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: sample_rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..n_samples {
        writer.write_sample((sample(n) * 32_767.0).round() as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Writes a file and the folders it lies in; one that is there is replaced.
pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// A decaying tone: something with a pitch, that no two frequencies have in common.
pub fn tone(freq_hz: f64, sample_rate_hz: u32) -> impl Fn(usize) -> f64 {
    move |n| {
        let t = n as f64 / f64::from(sample_rate_hz);
        0.5 * (-2.0 * t).exp() * (std::f64::consts::TAU * freq_hz * t).sin()
    }
}

/// Settings under which a chunk is 800 samples at 8 kHz and its tensor [2, 8, 13]: for tests of everything but the DSP.
pub fn small_settings() -> Settings {
    Settings {
        sample_rate_hz: 8_000,
        chunk_s: 0.1,
        n_fft: 256,
        hop_samples: 64,
        n_mels: 8,
        ..Settings::default()
    }
}

/// Every file of a folder and its subfolders with its content, by relative path.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                contents.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    contents
}

/// Sets the time of a file's last change to `age_s` seconds ago. Builds trust the time of a file only once it is older
/// than two seconds.
pub fn age(path: &Path, age_s: u64) {
    let then = SystemTime::now() - Duration::from_secs(age_s);
    fs::OpenOptions::new().write(true).open(path).unwrap().set_modified(then).unwrap();
}

/// The manifest of a cache.
pub fn manifest(cache_dir: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(cache_dir.join("manifest.json")).unwrap()).unwrap()
}

/// Puts the cache that the trainer's own preparation wrote for [`golden_dataset`] into `root`; gives its folder.
pub fn reference_cache(root: &Path) -> PathBuf {
    let cache_dir = root.join(".cache");
    copy_folder(&data("golden/dataset_cache"), &cache_dir);
    let path = cache_dir.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let resolved = root.canonicalize().unwrap();
    write(&path, manifest.replace("<DATASET>", resolved.to_str().unwrap()).as_bytes());
    cache_dir
}
