//! Two processes that compute a shard each, against one that computes everything, each on one thread: a ratio within the run, rounds in
//! turns. `cargo bench --bench shards` prints it; the recordings are Debian's `sonic-pi-samples`, or the folder that
//! `MELSCOPE_BENCH_DIR` names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use common::{median, settle};

const ROUNDS: usize = 7;

fn main() {
    let samples =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path().join("recordings");
    fs::create_dir(&root).unwrap();
    let mut n_files = 0;
    for entry in fs::read_dir(&samples).unwrap().map(Result::unwrap) {
        let target = root.join(entry.file_name());
        fs::copy(entry.path(), &target).unwrap();
        settle(&target);
        n_files += 1;
    }
    println!("{n_files} files of {}, {ROUNDS} rounds, medians", samples.display());
    let (mut alone, mut both, mut ratios, mut merges) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let cache = folder.path().join(format!("alone-{round}"));
        let one_s = timed(|| wait(vec![start(&root, &cache, &["build", "--shard", "1/1"])]));
        let cache = folder.path().join(format!("both-{round}"));
        let two_s = timed(|| {
            wait(["1/2", "2/2"].map(|shard| start(&root, &cache, &["build", "--shard", shard])).into());
        });
        merges.push(timed(|| wait(vec![start(&root, &cache, &["merge"])])));
        alone.push(one_s);
        both.push(two_s);
        ratios.push(one_s / two_s);
    }
    println!("one process, one shard     {:7.3} s", median(alone));
    println!("two processes, two shards  {:7.3} s", median(both));
    println!("ratio                      {:7.2}   (goal: at least 1.8)", median(ratios));
    println!("merge on one thread        {:7.3} s", median(merges));
}

fn timed(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn start(root: &Path, cache: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_melscope"));
    command.args(args).arg(root).args(["--yes", "--jobs", "1", "--cache-dir"]).arg(cache);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}
