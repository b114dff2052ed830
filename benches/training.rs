//! Batches of 32 tensors in random order from the system's page cache, in one thread: copied, and looked at where they lie, against
//! filling as much new memory and `torch.load` beside it. `cargo bench --bench training` prints the table; the recordings are Debian's
//! `sonic-pi-samples`, or the folder that `MELSCOPE_BENCH_DIR` names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use melscope::monitor::Silent;
use melscope::training::{DataLoader, DataLoaders, LoaderOptions, SplitRule};
use melscope::{BuildOptions, Project, Settings, build};

use common::median;

const ROUNDS: usize = 5;

/// Loads every tensor of the numbers that are given, in batches of 32, with `torch.load`; prints the seconds.
const TORCH: &str = "
import sys, time, torch
cache, numbers = sys.argv[1], [int(n) for n in sys.argv[2].split(',')]
files = [f'{cache}/{n:06}.pt' for n in numbers]
torch.set_num_threads(1)
best = 1e9
for _ in range(3):
    started = time.perf_counter()
    for first in range(0, len(files), 32):
        torch.stack([torch.load(file) for file in files[first:first + 32]])
    best = min(best, time.perf_counter() - started)
print(best)
";

fn main() {
    let samples =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let settings = Settings { cache_dir: Some(folder.path().join("cache")), ..Settings::default() };
    let project = Project::new(&samples, settings).unwrap();
    let options = BuildOptions { force: false, n_workers: 2 };
    build(&project, &options, &Silent, &|_| Ok(true)).unwrap();
    let rule = SplitRule::ByTensor { share: Some(0.0), seed: 0 };
    let options = LoaderOptions { n_workers: 0, ..LoaderOptions::default() };
    let loader = DataLoaders::open(project.cache_dir(), rule, options).unwrap().train;
    let bytes = (loader.numbers().len() * loader.dataset().shape().iter().product::<usize>() * 4) as f64;
    println!("{}, {} tensors, {:.0} MB", processor(), loader.numbers().len(), bytes / 1e6);

    let (mut copied, mut mapped, mut moved) = (vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let times = [batches_s(&loader, round as u64), maps_s(&loader), moves_s(bytes as usize)];
        // The first round brings files and memory in.
        if round > 0 {
            copied.push(times[0]);
            mapped.push(times[1]);
            moved.push(times[2]);
        }
    }
    let [copied, mapped, moved] = [copied, mapped, moved].map(median);
    println!("{:<44} {:>8.2} GB/s", "filling as much new memory", bytes / moved / 1e9);
    println!("{:<44} {:>8.2} GB/s  at least 1.0", "batches of 32, one thread", bytes / copied / 1e9);
    println!("{:<44} {:>8.2} GB/s", "views, each value added up", bytes / mapped / 1e9);
    match torch_s(project.cache_dir(), loader.numbers()) {
        Some(torch) => {
            println!("{:<44} {:>8.2} GB/s", "torch.load, one thread", bytes / torch / 1e9);
            println!("{:<44} {:>8.2} x     at least 3.0", "batches / torch.load", torch / copied);
        }
        None => println!("torch.load: there is no python3 with torch"),
    }
}

fn batches_s(loader: &DataLoader, epoch: u64) -> f64 {
    let began = Instant::now();
    for batch in loader.epoch(epoch).unwrap() {
        black_box(batch.unwrap());
    }
    began.elapsed().as_secs_f64()
}

/// Every tensor as a view. Its values are looked at: a map reads nothing by itself.
fn maps_s(loader: &DataLoader) -> f64 {
    let began = Instant::now();
    for number in loader.numbers() {
        let tensor = loader.dataset().map(*number as usize).unwrap();
        let mut lanes = [0.0f32; 16];
        for values in tensor.values().as_chunks::<16>().0 {
            lanes.iter_mut().zip(values).for_each(|(lane, value)| *lane += value);
        }
        black_box(lanes);
    }
    began.elapsed().as_secs_f64()
}

fn moves_s(n_bytes: usize) -> f64 {
    let (from, mut to) = (vec![1u8; n_bytes], vec![0u8; n_bytes]);
    let began = Instant::now();
    black_box(&mut to).copy_from_slice(black_box(&from));
    began.elapsed().as_secs_f64()
}

fn torch_s(cache_dir: &Path, numbers: &[u32]) -> Option<f64> {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    ["python3", "/usr/bin/python3"].into_iter().find_map(|python| {
        let output =
            Command::new(python).args(["-c", TORCH]).arg(cache_dir).arg(numbers.join(",")).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    })
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "unknown processor".into(), |(_, name)| name.into())
}
