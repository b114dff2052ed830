//! Builds with ten variants of every chunk, against the reference's own preparation and against a build without any:
//! figures are ratios within this run. `cargo bench --bench augment` prints the table; the recordings are Debian's
//! `sonic-pi-samples`, or the folder that `MELSCOPE_BENCH_DIR` names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use melscope::augment::{Recipe, VariantKey};
use melscope::dataset::Dataset;
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, BuildReport, ChunkVariants, Project};
use melscope::settings::{AugmentationSettings, Settings};

use common::median;

const ROUNDS: usize = 5;
/// Set for the child process whose peak memory is measured: the folder to build, and how many variants of each chunk.
const CHILD: &str = "MELSCOPE_BENCH_CHILD";
const CHILD_EXPANSION: &str = "MELSCOPE_BENCH_EXPANSION";
/// What the reference's own preparation needs for a tensor on two cores like these, pitch shift off, at its best:
/// 11.5 s for the 4 477 of the 165 files with ten variants.
const REFERENCE_TENSOR_S: f64 = 11.5 / 4_477.0;

fn main() {
    if let Some(root) = env::var_os(CHILD) {
        let expansion = env::var(CHILD_EXPANSION).unwrap().parse().unwrap();
        build(Path::new(&root), &augmentation(expansion, 0.5), None);
        println!("{}", peak_memory_bytes());
        return;
    }
    let samples =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let n_files =
        Dataset::scan(&samples, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources.len();
    assert!(n_files > 0, "{}: no recordings; install sonic-pi-samples", samples.display());
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("{n_files} files of {}, 2 workers, {ROUNDS} rounds, medians", samples.display());
    changes();
    builds(&samples, folder.path());
    memory(&samples, folder.path());
    first_variant(&samples);
}

fn augmentation(expansion: u32, pitch_probability: f64) -> AugmentationSettings {
    AugmentationSettings { expansion, pitch_probability, ..AugmentationSettings::default() }
}

fn build(root: &Path, augmentation: &AugmentationSettings, cache_dir: Option<PathBuf>) -> BuildReport {
    // The cache is never the recordings' own: they belong to the system.
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let cache_dir = Some(cache_dir.unwrap_or_else(|| scratch.path().join("cache")));
    let settings = Settings { augmentation: augmentation.clone(), cache_dir, ..Settings::default() };
    let project = Project::new(root, settings).unwrap();
    let options = BuildOptions { force: true, n_workers: 2 };
    match pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap() {
        BuildOutcome::Built(report) | BuildOutcome::AlreadyValid(report) => report,
    }
}

/// The cost of each change on one core, for one second of noise: the worst case of the pitch shift.
fn changes() {
    let nothing = AugmentationSettings {
        pitch_probability: 0.0,
        speed_probability: 0.0,
        noise_probability: 0.0,
        volume_probability: 0.0,
        ..AugmentationSettings::default()
    };
    for (what, augmentation) in [
        ("pitch shift of a chunk", AugmentationSettings { pitch_probability: 1.0, ..nothing.clone() }),
        (
            "change of speed",
            AugmentationSettings {
                speed_probability: 1.0,
                speed_factors: vec![0.9, 0.95, 1.05, 1.1],
                ..nothing.clone()
            },
        ),
        ("noise", AugmentationSettings { noise_probability: 1.0, ..nothing.clone() }),
        ("volume", AugmentationSettings { volume_probability: 1.0, ..nothing.clone() }),
        ("all by their default probabilities", augmentation(10, 0.5)),
    ] {
        let settings = Settings { augmentation, ..Settings::default() };
        let recipe = Recipe::new(&settings);
        let mut scratch = recipe.scratch();
        let chunk: Vec<f32> =
            (0..settings.chunk_samples()).map(|n| ((n * n % 9_973) as f32 / 4_986.5) - 1.0).collect();
        let mut samples = chunk.clone();
        let source = RelPath::new("a.wav");
        // The best round of each variant: what disturbs a measurement only makes it longer.
        let mut best = [f64::MAX; 100];
        for _ in 0..=ROUNDS {
            for (variant, best) in (1..).zip(&mut best) {
                let key = VariantKey { source: &source, chunk: 0, variant };
                let began = Instant::now();
                recipe.apply_into(&key, &chunk, &mut scratch, &mut samples);
                *best = best.min(began.elapsed().as_secs_f64());
            }
        }
        let mean = best.iter().sum::<f64>() / best.len() as f64;
        row(what, mean * 1e3, "ms", "");
    }
}

fn builds(samples: &Path, folder: &Path) {
    let (mut without, mut with, mut plain, mut n_tensors) = (vec![], vec![], vec![], 0);
    for round in 0..=ROUNDS {
        let place = |name: &str| Some(folder.join(format!("cache-{name}-{round}")));
        let plain_report = build(samples, &augmentation(0, 0.5), place("plain"));
        let pitch_off = build(samples, &augmentation(10, 0.0), place("off"));
        let pitch_on = build(samples, &augmentation(10, 0.5), place("on"));
        n_tensors = pitch_on.spectrograms;
        // The first round warms the page cache.
        if round > 0 {
            plain.push(plain_report.seconds);
            without.push(pitch_off.seconds);
            with.push(pitch_on.seconds);
        }
        for name in ["plain", "off", "on"] {
            empty_tensors(&place(name).unwrap());
        }
    }
    let (plain, without, with) = (median(plain), median(without), median(with));
    let reference = REFERENCE_TENSOR_S * n_tensors as f64;
    row("build without variants, everything on disk", plain, "s", "");
    row("ten variants, pitch off, everything on disk", without, "s", "");
    row("ten variants, pitch at 0.5, everything on disk", with, "s", "");
    row("reference / ten variants, pitch off", reference / without, "x", "at least 7, aim for 10");
    row("reference without pitch / ten variants, pitch at 0.5", reference / with, "x", "at least 4");
}

/// Gives the space of a cache's tensors back and keeps the files: ext4 passes over every inode that was freed in the last
/// minutes whenever it looks for a new one, and thousands freed by one round would be measured in the next.
fn empty_tensors(cache_dir: &Path) {
    for entry in fs::read_dir(cache_dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pt") {
            fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
        }
    }
}

fn memory(samples: &Path, folder: &Path) {
    let copy = folder.join("recordings");
    fs::create_dir_all(&copy).unwrap();
    for source in Dataset::scan(samples, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources {
        fs::copy(&source.path, copy.join(source.path.file_name().unwrap())).unwrap();
    }
    let peak = |expansion: u32| {
        let output = Command::new(env::current_exe().unwrap())
            .env(CHILD, &copy)
            .env(CHILD_EXPANSION, expansion.to_string())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<f64>().unwrap()
    };
    let (none, ten) = (median((0..3).map(|_| peak(0)).collect()), median((0..3).map(|_| peak(10)).collect()));
    row("peak memory, ten variants", ten / 1e6, "MB", "");
    row("peak memory, ten variants / none", ten / none, "x", "at most 1.2");
}

/// From a click on a variant to its samples: decoding, planning and every change.
fn first_variant(samples: &Path) {
    let settings = Settings { augmentation: augmentation(10, 1.0), ..Settings::default() };
    let sources = Dataset::scan(samples, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    let mut worst = 0f64;
    for source in &sources {
        let times = (0..3).map(|_| {
            let began = Instant::now();
            let mut variants =
                ChunkVariants::open(&settings, &source.path, source.relative.clone(), 0, &Silent).unwrap();
            let mut samples = vec![0.0; settings.chunk_samples()];
            variants.make_into(1, &mut samples);
            began.elapsed().as_secs_f64() * 1e3
        });
        worst = worst.max(median(times.collect()));
    }
    row("first variant of a file's first chunk, slowest file", worst, "ms", "at most 50");
}

/// The largest resident size of this process so far, in bytes.
fn peak_memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn row(what: &str, value: f64, unit: &str, goal: &str) {
    println!("{what:<56} {value:>9.2} {unit:<3} {goal}");
}
