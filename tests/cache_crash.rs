//! A build killed at, or refused, any system call that changes the cache leaves the old cache, the new one or none.
//!
//! The test runs itself as a child under strace, which kills it at the k-th call, for every k.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

mod cache_support;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cache_support::{build, contents, expected_sources, make_dataset, status_of, write};
use melscope::cache::TensorKey;
use melscope::cache::clean::clean;
use melscope::cache::lock::CacheLock;
use melscope::cache::recover::{Outcome, recover};
use melscope::cache::status::CacheState;
use melscope::cache::verify::Tensors;

const CHILD: &str = "MELSCOPE_CRASH_TEST_ROOT";
const OLD: [&str; 3] = ["a.wav", "b.wav", "c.wav"];
/// Fewer tensors than before, so that old ones are replaced and old ones are removed.
const NEW: [&str; 2] = ["a.wav", "d.wav"];
/// Every call that changes a name, a file's content on the disk, or the order of both.
const CHANGING_CALLS: [&str; 12] = [
    "mkdir",
    "rmdir",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "fsync",
    "syncfs",
    "write",
    "ftruncate",
    "flock",
];

/// The dataset, its cache of `OLD`, and files of somebody else in the cache.
fn prepare() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    make_dataset(root.path(), &["a.wav", "b.wav", "c.wav", "d.wav"], "");
    let cache = cache_dir(root.path());
    build(&cache, root.path(), &OLD, 2).unwrap();
    write(&cache.join("notes.txt"), b"not ours");
    write(&cache.join("best.pt"), b"not ours either");
    root
}

fn cache_dir(root: &Path) -> PathBuf {
    root.join(".cache")
}

/// Runs the child's part of `test` under strace, with `injection` at the `k`-th `call` of a thread on
/// one of the files `only`, or on any if there are none.
fn run_child(test: &str, root: &Path, call: &str, injection: &str, k: usize, only: &[PathBuf]) -> Output {
    Command::new("strace")
        .args(only.iter().flat_map(|path| [OsStr::new("-P"), path.as_os_str()]))
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e"])
        .arg(format!("inject={call}:{injection}:when={k}"))
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, root)
        .output()
        .expect("this test needs strace: apt-get install strace")
}

/// Which of the two caches is valid, if any; it must be valid to the last byte.
fn valid_cache(root: &Path) -> Option<&'static [&'static str]> {
    let cache = cache_dir(root);
    for names in [&OLD[..], &NEW[..]] {
        match status_of(&cache, &expected_sources(root, names)).state {
            CacheState::Valid => {
                let tensors = Tensors::open(&cache).unwrap();
                for number in 0..tensors.rows.len() {
                    tensors.read(number).unwrap();
                }
                return Some(names);
            }
            CacheState::Absent { .. } => return None,
            CacheState::Stale(_) => {}
        }
    }
    panic!("the cache is neither old nor new nor absent: {:?}", contents(&cache).keys());
}

fn assert_foreign_files_untouched(root: &Path) {
    assert_eq!(fs::read(cache_dir(root).join("notes.txt")).unwrap(), b"not ours");
    assert_eq!(fs::read(cache_dir(root).join("best.pt")).unwrap(), b"not ours either");
}

/// The names that a cache of `n` tensors leaves in the folder, and no others.
fn assert_tidy(root: &Path, n: usize, place: &str) {
    let mut expected: Vec<PathBuf> = (0..n).map(|i| format!("{i:06}.pt").into()).collect();
    expected.extend(["best.pt", "index.csv", "manifest.json", "notes.txt"].map(PathBuf::from));
    let cache = cache_dir(root);
    assert_eq!(contents(&cache).into_keys().collect::<Vec<_>>(), expected, "{place}");
    assert!(!cache.join(".building").exists(), "{place}");
}

#[test]
fn a_kill_at_any_call_leaves_the_old_cache_the_new_one_or_none() {
    const TEST: &str = "a_kill_at_any_call_leaves_the_old_cache_the_new_one_or_none";
    if let Some(root) = env::var_os(CHILD) {
        build(&cache_dir(root.as_ref()), root.as_ref(), &NEW, 2).unwrap();
        return;
    }
    let mut seen = [0; 3];
    // strace counts each call by itself.
    for call in CHANGING_CALLS {
        for k in 1.. {
            let root = prepare();
            let place = format!("killed at {call} {k}");
            let killed = !run_child(TEST, root.path(), call, "signal=KILL", k, &[]).status.success();
            let state = valid_cache(root.path());
            seen[match state {
                Some(names) if names == OLD => 0,
                Some(_) => 1,
                None => 2,
            }] += usize::from(killed);
            assert_foreign_files_untouched(root.path());
            let lock = CacheLock::acquire(&cache_dir(root.path())).unwrap();
            recover(&lock).unwrap();
            drop(lock);
            let recovered =
                valid_cache(root.path()).unwrap_or_else(|| panic!("{place}: no cache after recovery"));
            assert_tidy(root.path(), recovered.len() * 2, &place);
            assert_foreign_files_untouched(root.path());
            if !killed {
                assert_eq!(recovered, NEW, "{place}: nothing stopped this run");
                break;
            }
        }
    }
    assert!(
        seen.iter().all(|n| *n > 0),
        "kills left old, new and no caches {seen:?} times: one was never hit"
    );
}

#[test]
fn a_kill_at_any_call_of_a_cleaning_leaves_the_cache_or_none_and_cleaning_again_ends_it() {
    const TEST: &str = "a_kill_at_any_call_of_a_cleaning_leaves_the_cache_or_none_and_cleaning_again_ends_it";
    if let Some(root) = env::var_os(CHILD) {
        clean(CacheLock::acquire(&cache_dir(root.as_ref())).unwrap()).unwrap();
        return;
    }
    let (mut n_valid, mut n_absent) = (0, 0);
    for call in CHANGING_CALLS {
        for k in 1.. {
            let root = prepare();
            let killed = !run_child(TEST, root.path(), call, "signal=KILL", k, &[]).status.success();
            match valid_cache(root.path()) {
                Some(names) => {
                    assert_eq!(names, OLD, "killed at {call} {k}");
                    n_valid += 1;
                }
                None => n_absent += usize::from(killed),
            }
            clean(CacheLock::acquire(&cache_dir(root.path())).unwrap()).unwrap();
            let left: Vec<_> = contents(&cache_dir(root.path())).into_keys().collect();
            assert_eq!(left, ["best.pt", "notes.txt"].map(PathBuf::from), "killed at {call} {k}");
            assert_foreign_files_untouched(root.path());
            if !killed {
                break;
            }
        }
    }
    assert!(
        n_valid > 0 && n_absent > 0,
        "{n_valid} kills left the cache, {n_absent} none: one was never hit"
    );
}

#[test]
fn a_cache_that_somebody_else_made_after_a_kill_is_theirs() {
    const TEST: &str = "a_cache_that_somebody_else_made_after_a_kill_is_theirs";
    if let Some(root) = env::var_os(CHILD) {
        build(&cache_dir(root.as_ref()), root.as_ref(), &NEW, 2).unwrap();
        return;
    }
    let root = prepare();
    let cache = cache_dir(root.path());
    // The first two renames are the journal's and the tombstone's; the third moves an old tensor aside.
    assert!(!run_child(TEST, root.path(), "rename", "signal=KILL", 4, &[]).status.success());
    assert_eq!(valid_cache(root.path()), None);
    // On the tombstone the trainer clears the folder of tensors and prepares its own.
    for number in 0..6 {
        fs::remove_file(cache.join(format!("{number:06}.pt"))).ok();
    }
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cache");
    for name in ["manifest.json", "000000.pt", "000008.pt"] {
        write(&cache.join(name), &fs::read(stored.join(name)).unwrap());
    }
    let theirs = |cache: &Path| {
        ["manifest.json", "000000.pt", "000008.pt"].map(|name| fs::read(cache.join(name)).unwrap())
    };
    let before = theirs(&cache);
    let lock = CacheLock::acquire(&cache).unwrap();
    assert_eq!(recover(&lock).unwrap().outcome, Outcome::Abandoned);
    assert!(theirs(&cache) == before);
    assert!(!cache.join(".building").exists());
    assert_foreign_files_untouched(root.path());
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file_and_the_old_cache_stays() {
    const TEST: &str = "a_full_disk_is_an_error_that_names_the_file_and_the_old_cache_stays";
    const REFUSED: &str = "refused-by-a-full-disk";
    if let Some(root) = env::var_os(CHILD) {
        let root = Path::new(&root);
        if let Err(error) = build(&cache_dir(root), root, &NEW, 2) {
            let error = error.to_string();
            assert!(error.contains("/.cache/") && error.contains("No space left on device"), "{error}");
            write(&root.join(REFUSED), b"");
        }
        return;
    }
    let written = |cache: &Path| -> Vec<PathBuf> {
        let tensors =
            [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(source, chunk)| TensorKey { source, chunk, variant: 0 });
        let mut names: Vec<_> = tensors.iter().copied().map(TensorKey::file_name).collect();
        names.extend(["index.csv", "manifest.json", "tombstone.json", "journal.new"].map(String::from));
        let staged = names.into_iter().map(|name| cache.join(".building").join(name));
        staged.chain([cache.join(".melscope.lock")]).collect()
    };
    // A tensor is written twice: raw, then normalised.
    let n_writes = 2 * 4 + 4 + 1;
    for k in 1..=n_writes + 1 {
        let root = prepare();
        let cache = cache_dir(root.path());
        let before = contents(&cache);
        let output = run_child(TEST, root.path(), "write", "error=ENOSPC", k, &written(&cache));
        assert!(output.status.success(), "write {k}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(root.path().join(REFUSED).exists(), k <= n_writes, "write {k}");
        if k <= n_writes {
            assert!(contents(&cache) == before, "write {k} changed the cache");
        }
    }
}
