//! The whole build, against decoding alone and against itself: every figure is a ratio of two measurements of this
//! run. `cargo bench --bench build` prints the table; the recordings are Debian's `sonic-pi-samples`, or the folder
//! that `MELSCOPE_BENCH_DIR` names. `cargo bench --bench build -- expected` compares expected times with real ones only.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use melscope::audio::decode::AudioReader;
use melscope::dataset::Dataset;
use melscope::monitor::Silent;
use melscope::pipeline::{self, BuildOptions, BuildOutcome, BuildReport, Project};
use melscope::settings::{FILE_NAME, Settings};
use melscope::workers;

use common::{median, settle};

const ROUNDS: usize = 7;
/// Set for the child process whose peak memory is measured: the folder to build.
const CHILD: &str = "MELSCOPE_BENCH_CHILD";
/// What the reference trainer's own preparation needs for the 165 files on two cores like these, import excluded.
const REFERENCE_S: f64 = 1.9;

fn main() {
    if let Some(root) = env::var_os(CHILD) {
        let root = Path::new(&root);
        let settings = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap_or_default();
        build_with(root, settings, 2);
        println!("{}", peak_memory_bytes());
        return;
    }
    let samples =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let files = Dataset::scan(&samples, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    assert!(!files.is_empty(), "{}: no recordings; install sonic-pi-samples", samples.display());
    // Fresh folders only, removed at the end: deleting many files slows the next creations down.
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path().join("once");
    link_all(&files.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), &root, 1);

    if env::args().any(|argument| argument == "expected") {
        expected_times(&root, folder.path());
        return;
    }
    println!("{} files of {}, {ROUNDS} rounds, medians", files.len(), samples.display());
    whole_build(&root, folder.path());
    memory(&files.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), &root, folder.path());
    memory_per_tensor(folder.path());
    valid_cache(&root, folder.path());
}

/// The folder filled with `times` copies of the files; hard copies, because links are listed as their targets.
fn link_all(files: &[PathBuf], root: &Path, times: usize) {
    for copy in 0..times {
        let folder = root.join(format!("{copy:02}"));
        fs::create_dir_all(&folder).unwrap();
        for (index, file) in files.iter().enumerate() {
            let name = file.file_name().unwrap().to_string_lossy();
            let target = folder.join(format!("{index:04} {name}"));
            fs::copy(file, &target).unwrap();
            settle(&target);
        }
    }
}

fn build(root: &Path, cache_dir: Option<PathBuf>, n_workers: usize) -> BuildReport {
    build_with(root, Settings { cache_dir, ..Settings::default() }, n_workers)
}

fn build_with(root: &Path, settings: Settings, n_workers: usize) -> BuildReport {
    let project = Project::new(root, settings).unwrap();
    let options = BuildOptions { force: true, n_workers };
    match pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap() {
        BuildOutcome::Built(report) | BuildOutcome::AlreadyValid(report) => report,
    }
}

/// Decodes every file and keeps nothing; seconds.
fn decode_only(root: &Path, n_workers: usize) -> f64 {
    let files = Dataset::scan(root, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    let began = Instant::now();
    workers::map_indexed(
        "decode",
        n_workers,
        files.len(),
        || (),
        |(), index| {
            let mut reader = AudioReader::open(&files[index].path)?;
            while reader.next_block()?.is_some() {}
            Ok(())
        },
    )
    .unwrap();
    began.elapsed().as_secs_f64()
}

fn whole_build(root: &Path, folder: &Path) {
    let (mut decode, mut unsynced, mut synced, mut single) = (vec![], vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let place = |name: &str| Some(folder.join(format!("cache-{name}-{round}")));
        let decode_s = decode_only(root, 2);
        let two = build(root, place("two"), 2);
        let one = build(root, place("one"), 1);
        // The first round warms the page cache.
        if round > 0 {
            decode.push(decode_s);
            unsynced.push(two.seconds - two.sync_seconds);
            synced.push(two.seconds);
            single.push(one.seconds - one.sync_seconds);
        }
    }
    let (decode, unsynced, synced, single) =
        (median(decode), median(unsynced), median(synced), median(single));
    row("decoding alone, 2 threads", decode * 1e3, "ms", "");
    row("whole build, 2 workers, without the final sync", unsynced * 1e3, "ms", "");
    row("whole build, 2 workers, everything on disk", synced * 1e3, "ms", "");
    row("build without sync / decoding", unsynced / decode, "x", "at most 3.0");
    row("build with sync / decoding", synced / decode, "x", "at most 4.5");
    row("two workers against one, without sync", single / unsynced, "x", "at least 1.8");
    row("reference (1.9 s) / build with sync", REFERENCE_S / synced, "x", "at least 6, aim for 10");
}

fn memory(files: &[PathBuf], root: &Path, folder: &Path) {
    let many = folder.join("many");
    link_all(files, &many, 10);
    let (once, ten_times) = (peak(root), peak(&many));
    row("peak memory, ten times as many files", ten_times / 1e6, "MB", "below 150");
    row("peak memory, ten times / once", ten_times / once, "x", "at most 1.1");
}

/// The largest resident size in bytes of a process that builds `root`, with the settings in it.
fn peak(root: &Path) -> f64 {
    let output = Command::new(env::current_exe().unwrap()).env(CHILD, root).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// The memory of a build against its number of tensors, with tensors that are next to nothing.
fn memory_per_tensor(folder: &Path) {
    const N_TENSORS: [u32; 2] = [50_000, 250_000];
    /// The least that a chunk may have here.
    const CHUNK_SAMPLES: u32 = 17;
    let [few, many] = N_TENSORS.map(|n_tensors| {
        let root = folder.join(format!("tiny-{n_tensors}"));
        fs::create_dir(&root).unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 1_000,
            bits_per_sample: 8,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(root.join("noise.wav"), spec).unwrap();
        for n in 0..n_tensors * CHUNK_SAMPLES {
            writer.write_sample((n.wrapping_mul(2_654_435_761) >> 24) as i8).unwrap();
        }
        writer.finalize().unwrap();
        settle(&root.join("noise.wav"));
        let settings = Settings {
            sample_rate_hz: 1_000,
            chunk_s: f64::from(CHUNK_SAMPLES) / 1_000.0,
            n_fft: 32,
            hop_samples: 32,
            n_mels: 1,
            ..Settings::default()
        };
        settings.save(&root.join(FILE_NAME)).unwrap();
        peak(&root)
    });
    let per_tensor = (many - few) / f64::from(N_TENSORS[1] - N_TENSORS[0]);
    row("memory for each tensor", per_tensor, "B", "");
    row("the same for 10 million, with all the rest", (few + 1e7 * per_tensor) / 1e6, "MB", "at most 300");
}

/// Estimates datasets of several kinds and builds them: the expected time against the real one.
fn expected_times(samples: &Path, folder: &Path) {
    let demo = folder.join("demo");
    pipeline::demo::write_demo(&demo).unwrap();
    let long = |name: &str, sample_rate_hz: u32| {
        let root = folder.join(name);
        for index in 0..4 {
            write_noise(&root.join(format!("{index}.wav")), sample_rate_hz, 300);
        }
        root
    };
    let datasets = [
        ("sonic-pi-samples", samples.to_path_buf(), 0),
        ("sonic-pi-samples, 3 variants", samples.to_path_buf(), 3),
        ("demo recordings", demo, 0),
        ("20 minutes at 48 kHz", long("48", 48_000), 0),
        ("20 minutes at 44.1 kHz", long("44", 44_100), 0),
        ("20 minutes at 44.1 kHz, 3 variants", folder.join("44"), 3),
    ];
    for n_workers in [1, 2] {
        for (name, root, expansion) in &datasets {
            let cache_dir = Some(folder.join(format!("cache-{name}-{n_workers}")));
            let mut settings = Settings { cache_dir, ..Settings::default() };
            settings.augmentation.expansion = *expansion;
            // The second time, a cache is replaced and the page cache is warm.
            for time in ["first build", "rebuild"] {
                let project = Project::new(root, settings.clone()).unwrap();
                let expected = pipeline::estimate(&project, n_workers, &Silent).unwrap().stages.total_s();
                let options = BuildOptions { force: true, n_workers };
                let began = Instant::now();
                pipeline::build(&project, &options, &Silent, &|_| Ok(true)).unwrap();
                let real = began.elapsed().as_secs_f64();
                let what = format!("{name}, {n_workers} workers, {time}");
                println!(
                    "{what:<62} expected {expected:>7.2} s, real {real:>7.2} s: {:>5.2} x  0.7 to 1.3",
                    expected / real
                );
            }
        }
    }
}

/// Writes seconds of noise as WAV of 24 bits and two channels.
fn write_noise(path: &Path, sample_rate_hz: u32, duration_s: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: sample_rate_hz,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let mut state = 1_u32;
    for _ in 0..2 * sample_rate_hz * duration_s {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        writer.write_sample(state.cast_signed() >> 9).unwrap();
    }
    writer.finalize().unwrap();
    settle(path);
}

/// The largest resident size of this process so far, in bytes.
fn peak_memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn valid_cache(root: &Path, folder: &Path) {
    build(root, None, 2);
    row("`build` on a valid cache, whole process", process_ms(root), "ms", "at most 15");
    let many = folder.join("10000");
    for index in 0..10_000 {
        let path = many.join(format!("{:03}", index / 100)).join(format!("{index:05}.wav"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_click(&path, index);
        settle(&path);
    }
    build(&many, None, 2);
    row("the same, 10 000 files", process_ms(&many), "ms", "at most 150");
}

/// A WAV of a thousandth of a second, different in every file.
fn write_click(path: &Path, index: usize) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..48 {
        writer.write_sample(((index * 31 + n * 997) % 30_000) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

fn process_ms(root: &Path) -> f64 {
    let times = (0..=ROUNDS * 3).map(|_| {
        let began = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_melscope")).arg("build").arg(root).output().unwrap();
        let elapsed = began.elapsed().as_secs_f64() * 1e3;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("Cache valid, nothing to do"), "{said}");
        elapsed
    });
    median(times.skip(1).collect())
}

fn row(what: &str, value: f64, unit: &str, goal: &str) {
    println!("{what:<52} {value:>9.2} {unit:<3} {goal}");
}
