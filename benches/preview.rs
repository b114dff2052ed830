//! The waiting time of the Tune view: from a request to the complete preview, and the masked share of every frame that is drawn.
//! `cargo bench --bench preview` prints the table; each figure is a median.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use melscope::jobs::previews::{PreviewEvent, PreviewQueue, start_previews};
use melscope::pipeline::preview::{Preview, PreviewRequest, PreviewUpdate};
use melscope::settings::{AnalysisSettings, Settings};

use common::write_noise;

const ROUNDS: usize = 9;
/// Set for the child process whose peak memory is measured: the recording to preview.
const CHILD: &str = "MELSCOPE_BENCH_LOOK";
const LONG: Duration = Duration::from_mins(2);

fn main() {
    let settings = Settings::default().analysis();
    if let Some(path) = env::var_os(CHILD) {
        let previews = start_previews(Arc::new(|| {})).unwrap();
        let taken = complete(&previews, Path::new(&path), settings);
        println!("{:.3} s, {} MB at its peak", taken.whole.as_secs_f64(), peak_memory_bytes() / 1_000_000);
        return;
    }
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let recording = |name: &str, duration_s: u32| {
        let path = folder.path().join(name);
        write_noise(&path, duration_s);
        path
    };
    let (short, minute, long) =
        (recording("10s.wav", 10), recording("60s.wav", 60), recording("10min.wav", 600));
    let previews = start_previews(Arc::new(|| {})).unwrap();
    println!("medians of {ROUNDS} rounds");

    let mut n_ffts = [1024, 2048].into_iter().cycle();
    let taken = rounds(|| {
        complete(&previews, &short, AnalysisSettings { n_fft: n_ffts.next().unwrap(), ..settings })
    });
    println!("change of n_fft, 10 s: first part {:?}, complete {:?} (goal 60 ms)", taken.0, taken.1);
    let taken = rounds(|| complete(&previews, &long, settings));
    println!("10 minutes of WAV: first part {:?}, complete {:?} (goal well below 0.8 s)", taken.0, taken.1);

    let preview = complete(&previews, &minute, settings).preview;
    let share = rounds(|| {
        let began = Instant::now();
        black_box(preview.masked_share(black_box(1e-3)));
        Taken { first: began.elapsed(), whole: began.elapsed(), preview: Preview::new(settings) }
    });
    println!("masked share of 60 s: {:?} (goal 2 ms)", share.1);

    cancel(&previews, &long, settings);
    let output = Command::new(env::current_exe().unwrap()).env(CHILD, &long).output().unwrap();
    println!("10 minutes alone, all parts held: {}", String::from_utf8_lossy(&output.stdout).trim());
    drop(previews);
    let hours = recording("hours.wav", 2 * 3600);
    let output = Command::new(env::current_exe().unwrap()).env(CHILD, &hours).output().unwrap();
    println!("2 hours alone, as an overview: {}", String::from_utf8_lossy(&output.stdout).trim());
}

struct Taken {
    first: Duration,
    whole: Duration,
    preview: Preview,
}

/// Medians of the time to the first part and to the end.
fn rounds(mut run: impl FnMut() -> Taken) -> (Duration, Duration) {
    let (mut firsts, mut wholes): (Vec<_>, Vec<_>) = (0..ROUNDS)
        .map(|_| {
            let taken = run();
            (taken.first, taken.whole)
        })
        .unzip();
    firsts.sort();
    wholes.sort();
    (firsts[ROUNDS / 2], wholes[ROUNDS / 2])
}

/// From the request to the last event, taken as the window takes it.
fn complete(previews: &PreviewQueue, path: &Path, settings: AnalysisSettings) -> Taken {
    let mut preview = Preview::new(settings);
    let began = Instant::now();
    let mut first = None;
    previews.request((PreviewRequest::whole(path), settings));
    loop {
        match previews.next_timeout(LONG).expect("it goes on").1 {
            PreviewEvent::Update(update) => {
                if matches!(update, PreviewUpdate::Part(_)) {
                    first.get_or_insert_with(|| began.elapsed());
                }
                preview.apply(update);
            }
            PreviewEvent::Done(_) => return Taken { first: first.unwrap(), whole: began.elapsed(), preview },
            PreviewEvent::Failed(error) => panic!("{error}"),
        }
    }
}

/// From a newer request, which fails at once, to its answer: what the one in flight needs to stop.
fn cancel(previews: &PreviewQueue, path: &Path, settings: AnalysisSettings) {
    let mut longest = Duration::ZERO;
    for _ in 0..ROUNDS {
        previews.request((PreviewRequest::whole(path), settings));
        while !matches!(previews.next_timeout(LONG), Some((_, PreviewEvent::Update(PreviewUpdate::Part(_)))))
        {
        }
        let began = Instant::now();
        previews.request((PreviewRequest::whole(&path.with_extension("none")), settings));
        assert!(matches!(previews.next_timeout(LONG), Some((_, PreviewEvent::Failed(_)))));
        longest = longest.max(began.elapsed());
    }
    println!("a preview in flight stops after {longest:?} at most (goal 0.2 s)");
}

/// The most memory that this process has held.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
