//! What several tests share: datasets to build, and the program to run.
#![allow(dead_code, reason = "every test file uses its own part")]
#![expect(unreachable_pub, reason = "every test is a crate of its own, in which this is a private module")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
