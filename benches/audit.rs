//! The audit against decoding alone and against itself: every figure is a ratio of two measurements of this run.
//! `cargo bench --bench audit` prints the table; the recordings are Debian's `sonic-pi-samples`, or the folder that
//! `MELSCOPE_BENCH_DIR` names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use melscope::audio::decode::AudioReader;
use melscope::audit::table::{Column, Filter, Table};
use melscope::audit::{AuditReport, Chunking, Copies, FileAudit, Meter};
use melscope::dataset::Dataset;
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::{self, Project};
use melscope::settings::{FfmpegUse, Settings};
use melscope::source::SourceFile;
use melscope::workers;

use common::{median, settle, write_clicks};

const ROUNDS: usize = 7;
const WORKERS: usize = 2;
/// Set for the child process whose peak memory is measured: the folder to audit.
const CHILD: &str = "MELSCOPE_BENCH_CHILD";
const MANY: usize = 100_000;

fn main() {
    if let Some(root) = env::var_os(CHILD) {
        audit(Path::new(&root), None);
        println!("{}", peak_memory_bytes());
        return;
    }
    let samples =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let files = Dataset::scan(&samples, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    assert!(!files.is_empty(), "{}: no recordings; install sonic-pi-samples", samples.display());
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("{} files of {}, {ROUNDS} rounds, medians", files.len(), samples.display());
    let root = folder.path().join("once");
    fs::create_dir(&root).unwrap();
    for file in &files {
        let target = root.join(file.path.file_name().unwrap());
        fs::copy(&file.path, &target).unwrap();
        settle(&target);
    }
    rejudge(&files[0].path);
    against_decoding(&root, folder.path());
    many(folder.path());
}

fn audit(root: &Path, cache_dir: Option<PathBuf>) -> AuditReport {
    let project = Project::new(root, Settings { cache_dir, ..Settings::default() }).unwrap();
    pipeline::audit(&project, WORKERS, &Silent, &|_, _| {}).unwrap()
}

/// Decodes every file and keeps nothing; seconds.
fn decode_only(root: &Path) -> f64 {
    let files = Dataset::scan(root, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    let began = Instant::now();
    let decode = |(): &mut (), index: usize| {
        let mut reader = AudioReader::open(&files[index].path)?;
        while reader.next_block()?.is_some() {}
        Ok(())
    };
    workers::map_indexed("decode", WORKERS, files.len(), || (), decode).unwrap();
    began.elapsed().as_secs_f64()
}

fn against_decoding(root: &Path, folder: &Path) {
    let (mut decode, mut first, mut second) = (vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let cache_dir = folder.join(format!("cache-{round}"));
        let decode_s = decode_only(root);
        let first_s = audit(root, Some(cache_dir.clone())).seconds;
        let second_s = audit(root, Some(cache_dir)).seconds;
        // The first round warms the page cache.
        if round > 0 {
            decode.push(decode_s);
            first.push(first_s);
            second.push(second_s);
        }
    }
    let (decode, first, second) = (median(decode), median(first), median(second));
    row("decoding alone, 2 threads", decode * 1e3, "ms", "");
    row("audit, 2 workers", first * 1e3, "ms", "");
    row("audit / decoding", first / decode, "x", "at most 5.0, aim for 3.5");
    row("second audit, nothing changed", second * 1e3, "ms", "at most 30, or 5 % of the first");
    row("second audit / first", second / first * 100.0, "%", "");
}

fn many(folder: &Path) {
    let root = folder.join("many");
    write_clicks(&root, MANY);
    let output = Command::new(env::current_exe().unwrap()).env(CHILD, &root).output().unwrap();
    let peak: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    row("peak memory, audit of 100 000 files", peak / 1e6, "MB", "at most 300");
    let output = Command::new(env::current_exe().unwrap()).env(CHILD, &root).output().unwrap();
    let peak: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    row("peak memory, the same again", peak / 1e6, "MB", "at most 300");
    let report = audit(&root, None);
    row("second audit of 100 000 files", report.seconds * 1e3, "ms", "");
    let table = Table::new(&report);
    let slowest =
        Column::ALL.into_iter().flat_map(|column| [false, true].map(|descending| (column, descending)));
    let times = slowest.map(|(column, descending)| {
        let began = Instant::now();
        assert_eq!(table.view(&report.files, &Filter::default(), column, descending).len(), MANY);
        began.elapsed().as_secs_f64() * 1e3
    });
    row("sorting 100 000 rows, slowest column", times.fold(0.0, f64::max), "ms", "at most 100");
}

/// Judging anew without every second file, without one, and with all taken back. The files are many of the size of one, in folders of a
/// hundred, each third with a DC offset, and each at a level and a length of its own.
fn rejudge(example: &Path) {
    let chunking = Chunking { sample_rate_hz: 48_000, chunk_samples: 48_000, trim_silence_dbfs: None };
    let example = Meter::default().measure(example, FfmpegUse::Off, chunking, &|| Ok(())).unwrap();
    let file = |index: usize| {
        let name = format!("{:04}/{index:06}.wav", index / 100);
        let mut measured = example.clone();
        measured.measurements.loudness_lufs = Some(-20.0 - (index * 7 % 100) as f32 / 10.0);
        measured.measurements.n_frames = 48_000 + (index * 31 % 480_000) as u64;
        measured.measurements.dc_offset = if index.is_multiple_of(3) { 0.05 } else { 0.0 };
        let source = SourceFile {
            relative: RelPath::new(&name),
            path: name.into(),
            size: 100_000,
            mtime_ns: 0,
            is_excluded: false,
        };
        Arc::new(FileAudit::new(&source, Ok(measured), chunking))
    };
    let files: Vec<Arc<FileAudit>> = (0..MANY).map(file).collect();
    let report = &AuditReport::new("/set".into(), files, Copies::default(), chunking, &[]);
    let table = Table::new(report);
    let paths = || report.files.iter().map(|file| file.path.clone());
    let half: Vec<RelPath> = paths().step_by(2).collect();
    let one: Vec<RelPath> = paths().take(1).collect();
    for (what, exclude) in
        [("half of them excluded", half), ("one excluded", one), ("all taken back", vec![])]
    {
        let mut judged = report.clone();
        let times = (0..ROUNDS).map(|_| thread_ms(|| judged = report.with_exclusions(&exclude)));
        row(&format!("judging 100 000 files anew, {what}"), median(times.collect()), "ms", "at most 50");
        assert_eq!(judged.verdict.n_files, MANY - exclude.len());
        let mut judged_table = Table::default();
        let times = (0..ROUNDS).map(|_| thread_ms(|| judged_table = table.rejudged(&judged)));
        row("the table of it", median(times.collect()), "ms", "");
        let filter = Filter { text: "9".into(), ..Filter::default() };
        for (what, filter) in
            [("sorting its rows by loudness", &Filter::default()), ("filtering and sorting them", &filter)]
        {
            let view = || judged_table.view(&judged.files, filter, Column::Loudness, true).len();
            let mut n_shown = 0;
            let times = (0..ROUNDS).map(|_| thread_ms(|| n_shown = view()));
            row(what, median(times.collect()), "ms", "at most 100");
            assert!(n_shown > 0);
        }
        assert_eq!(judged_table.row(0).is_excluded, judged.is_excluded(0));
    }
}

/// The processor time that this thread spends on `work`, in milliseconds: other programs disturb it least.
fn thread_ms(work: impl FnOnce()) -> f64 {
    let on_processor_ns = || -> f64 {
        let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        schedule.split_whitespace().next().unwrap().parse().unwrap()
    };
    let before = on_processor_ns();
    work();
    (on_processor_ns() - before) / 1e6
}

/// The largest resident size of this process so far, in bytes.
fn peak_memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn row(what: &str, value: f64, unit: &str, goal: &str) {
    println!("{what:<52} {value:>9.2} {unit:<3} {goal}");
}
