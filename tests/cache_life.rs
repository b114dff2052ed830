//! A cache from its first build to its removal: whose files are touched, what its status says, who may write it.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

mod cache_support;

use std::fs;
use std::path::Path;

use cache_support::{
    STARTED_NS, build, build_of, commit, contents, expected_sources, hash_file, layout, make_dataset,
    settings, stage_all, status_of, write,
};
use melscope::Error;
use melscope::cache::clean::clean;
use melscope::cache::inventory::Inventory;
use melscope::cache::lock::CacheLock;
use melscope::cache::manifest::LeftOut;
use melscope::cache::recover::{Outcome, recover};
use melscope::cache::refresh::refresh;
use melscope::cache::status::{CacheState, Expected, status};
use melscope::cache::verify::Tensors;
use melscope::cache::writer::{CacheWriter, ReferenceCache};
use melscope::settings::{IfMode, Settings};

const NAMES: [&str; 3] = ["a.wav", "sub/b.flac", "z.ogg"];

fn dataset() -> (tempfile::TempDir, std::path::PathBuf) {
    let root = tempfile::tempdir().unwrap();
    make_dataset(root.path(), &NAMES, "");
    let cache = root.path().join(".cache");
    (root, cache)
}

fn built() -> (tempfile::TempDir, std::path::PathBuf) {
    let (root, cache) = dataset();
    assert!(build(&cache, root.path(), &NAMES, 2).unwrap().is_empty());
    (root, cache)
}

/// The folder as the trainer leaves it: its own manifest and tensors.
fn put_reference(cache: &Path) {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cache");
    for name in ["manifest.json", "000000.pt", "000008.pt"] {
        write(&cache.join(name), &fs::read(stored.join(name)).unwrap());
    }
}

/// Why the cache is stale, in words.
fn reasons(cache: &Path, expected: &Expected<'_>) -> Vec<String> {
    match status(cache, expected, hash_file).unwrap().state {
        CacheState::Stale(reasons) => reasons.iter().map(ToString::to_string).collect(),
        state => panic!("{state:?}"),
    }
}

fn open(cache: &Path, reference: ReferenceCache) -> melscope::Result<CacheWriter> {
    CacheWriter::open(CacheLock::acquire(cache)?, reference).map(|(writer, _)| writer)
}

#[test]
fn a_cache_is_valid_after_its_build_and_after_the_next() {
    let (root, cache) = built();
    let sources = expected_sources(root.path(), &NAMES);
    let found = status_of(&cache, &sources);
    assert_eq!((found.state, found.paths_moved, found.foreign), (CacheState::Valid, false, vec![]));
    build(&cache, root.path(), &NAMES, 1).unwrap();
    assert_eq!(status_of(&cache, &sources).state, CacheState::Valid);
    let names: Vec<_> = contents(&cache).into_keys().collect();
    assert_eq!(
        names,
        ["000000.pt", "000001.pt", "000002.pt", "index.csv", "manifest.json"].map(Into::into)
            as [std::path::PathBuf; 5]
    );
}

#[test]
fn status_says_in_words_what_is_not_as_it_was() {
    let (root, cache) = built();
    let mut sources = expected_sources(root.path(), &NAMES);
    let settings = settings();
    let expect = |sources: &[_], settings: &Settings, words: &[&str]| {
        assert_eq!(reasons(&cache, &Expected { sources, settings, augmentation: None }), words);
    };
    make_dataset(root.path(), &["c.wav", "d.wav"], "");
    let with = |more: &[&str]| expected_sources(root.path(), &[&NAMES[..], more].concat());
    expect(&with(&["c.wav"]), &settings, &["1 file added: c.wav"]);
    expect(&with(&["c.wav", "d.wav"]), &settings, &["2 files added"]);
    expect(&sources[1..], &settings, &["1 file removed: a.wav"]);
    expect(&sources[2..], &settings, &["2 files removed"]);
    expect(&sources, &Settings { n_mels: 8, ..settings.clone() }, &["n_mels changed from 4 to 8"]);
    expect(
        &sources,
        &Settings { if_threshold: 0.0, if_mode: IfMode::Power, ..settings.clone() },
        &["if_threshold changed from 1e-5 to 0", "if_mode changed from filterbank to power"],
    );
    sources[1].size += 1;
    expect(&sources, &settings, &["sub/b.flac changed"]);
    sources[1].size -= 1;
    sources[0].is_excluded = true;
    expect(&sources, &settings, &["a.wav is now excluded"]);
    sources[0].is_excluded = false;
    write(&cache.join("000004.pt"), b"0123456789");
    let bytes = layout().file_bytes();
    expect(&sources, &settings, &[&format!("tensor 000004.pt has 10 bytes instead of {bytes}")]);
    for name in ["000001.pt", "000004.pt", "000005.pt"] {
        fs::remove_file(cache.join(name)).unwrap();
    }
    expect(&sources, &settings, &["3 tensors missing"]);
    put_reference(&cache);
    expect(&sources, &settings, &["built by another program (the trainer's own preparation)"]);
}

#[test]
fn another_seed_matters_only_to_variants() {
    let (root, cache) = built();
    let sources = expected_sources(root.path(), &NAMES);
    let settings = Settings { seed: 7, ..settings() };
    let found =
        status(&cache, &Expected { sources: &sources, settings: &settings, augmentation: None }, hash_file);
    assert_eq!(found.unwrap().state, CacheState::Valid);
}

#[test]
fn a_time_that_differs_or_is_too_young_is_settled_by_the_hash() {
    let (root, cache) = built();
    let mut sources = expected_sources(root.path(), &NAMES);
    let settings = settings();
    let hashed = std::cell::Cell::new(0);
    let state = |sources: &[_]| {
        hashed.set(0);
        let hash = |path: &Path| {
            hashed.set(hashed.get() + 1);
            hash_file(path)
        };
        status(&cache, &Expected { sources, settings: &settings, augmentation: None }, hash).unwrap()
    };
    assert_eq!((state(&sources).state, hashed.get()), (CacheState::Valid, 0));
    sources[0].mtime_ns += 1;
    let touched = state(&sources);
    assert_eq!((touched.state, touched.paths_moved, hashed.get()), (CacheState::Valid, true, 1));
    write(&root.path().join("a.wav"), b"b.wav ");
    assert!(matches!(state(&sources).state, CacheState::Stale(_)), "same size, other content");
}

#[test]
fn a_write_in_the_moment_of_the_build_is_found_by_its_hash() {
    let (root, cache) = dataset();
    let mut sources = expected_sources(root.path(), &NAMES);
    sources[0].mtime_ns = STARTED_NS - 1_999_999_999;
    sources[1].mtime_ns = STARTED_NS - 2_000_000_001;
    let build = build_of(&sources, &settings(), 1);
    let writer = open(&cache, ReferenceCache::Keep).unwrap();
    stage_all(&writer, &build).unwrap();
    commit(writer, &build).unwrap();
    assert_eq!(status_of(&cache, &sources).state, CacheState::Valid);
    // Same sizes, same times, other content: only the young one is looked into.
    write(&sources[0].path, b"b.wav ");
    write(&sources[1].path, b"sub/c.flac ");
    let expected = Expected { sources: &sources, settings: &settings(), augmentation: None };
    assert_eq!(reasons(&cache, &expected), ["a.wav changed"]);
}

#[test]
fn a_file_that_could_not_be_read_matters_once_it_can() {
    let (root, cache) = dataset();
    let sources = expected_sources(root.path(), &NAMES);
    let mut build = build_of(&sources[1..], &settings(), 1);
    let provenance = build.manifest.melscope.as_mut().unwrap();
    provenance.skipped.push(LeftOut {
        relative: sources[0].relative.clone(),
        reason: "it cannot be read: Permission denied".into(),
        size: sources[0].size,
        mtime_ns: sources[0].mtime_ns,
        blake3: None,
        needs_ffmpeg: false,
    });
    let writer = open(&cache, ReferenceCache::Keep).unwrap();
    stage_all(&writer, &build).unwrap();
    commit(writer, &build).unwrap();
    // A change of permission leaves size and date as they are.
    let settings = settings();
    let expected = Expected { sources: &sources, settings: &settings, augmentation: None };
    let denied = |path: &Path| Err(Error::io("read", path)(std::io::ErrorKind::PermissionDenied.into()));
    assert_eq!(status(&cache, &expected, denied).unwrap().state, CacheState::Valid);
    assert_eq!(reasons(&cache, &expected), ["a.wav changed"]);
}

#[test]
fn a_dataset_that_moved_stays_valid_and_is_brought_up_to_date() {
    let (root, cache) = built();
    let elsewhere = tempfile::tempdir().unwrap();
    for (name, content) in contents(root.path()) {
        write(&elsewhere.path().join(name), &content);
    }
    let before = contents(&elsewhere.path().join(".cache"));
    let moved = elsewhere.path().join(".cache");
    let sources = expected_sources(elsewhere.path(), &NAMES);
    let found = status_of(&moved, &sources);
    assert_eq!((found.state, found.paths_moved), (CacheState::Valid, true));
    assert!(contents(&moved) == before, "status writes nothing");
    refresh(&CacheLock::acquire(&moved).unwrap(), &sources, 0).unwrap();
    let found = status_of(&moved, &sources);
    assert_eq!((found.state, found.paths_moved), (CacheState::Valid, false));
    // z.ogg is no file of the trainer's scan.
    let listed = found.manifest.unwrap().files;
    let expected = [sources[0].path.clone(), sources[1].path.clone()];
    assert_eq!(listed.into_iter().map(|file| file.path).collect::<Vec<_>>(), expected);
    assert_eq!(status_of(&cache, &expected_sources(root.path(), &NAMES)).state, CacheState::Valid);
}

#[test]
fn somebody_elses_files_are_refused_when_their_names_are_needed_and_never_touched() {
    for (name, early) in
        [("000002.pt", false), ("index.csv", true), ("manifest.json", true), (".melscope.lock", true)]
    {
        let (root, cache) = dataset();
        write(&cache.join(name), b"precious");
        let build = build_of(&expected_sources(root.path(), &NAMES), &settings(), 1);
        let refused = match open(&cache, ReferenceCache::Replace) {
            Err(error) => (true, error),
            Ok(writer) => {
                stage_all(&writer, &build).unwrap();
                (false, commit(writer, &build).unwrap_err())
            }
        };
        assert_eq!(refused.0, early, "{name}");
        let (Error::Refused { path, .. } | Error::Foreign { path, .. }) = &refused.1 else {
            panic!("{}", refused.1)
        };
        assert!(path.ends_with(name), "{}", refused.1);
        assert_eq!(contents(&cache), [(name.into(), b"precious".to_vec())].into(), "{name}");
    }
}

#[test]
fn a_trainers_cache_is_replaced_only_when_a_person_agrees() {
    let (root, cache) = dataset();
    put_reference(&cache);
    write(&cache.join("best.pt"), b"precious");
    let before = contents(&cache);
    let inventory = Inventory::of(&cache).unwrap();
    assert!(inventory.needs_approval());
    assert_eq!(inventory.reference, [0, 8].into());
    assert_eq!(inventory.foreign, ["best.pt".into()].into());
    assert!(matches!(open(&cache, ReferenceCache::Keep), Err(Error::ReferenceCache { .. })));
    assert!(matches!(clean(CacheLock::acquire(&cache).unwrap()), Err(Error::ReferenceCache { .. })));
    assert!(contents(&cache) == before, "a refusal changes nothing");
    let build = build_of(&expected_sources(root.path(), &NAMES), &settings(), 1);
    let writer = open(&cache, ReferenceCache::Replace).unwrap();
    stage_all(&writer, &build).unwrap();
    commit(writer, &build).unwrap();
    let found = status_of(&cache, &expected_sources(root.path(), &NAMES));
    assert_eq!((found.state, found.foreign), (CacheState::Valid, vec!["best.pt".into()]));
    assert!(!cache.join("000008.pt").exists());
    assert_eq!(fs::read(cache.join("best.pt")).unwrap(), b"precious");
}

#[test]
fn a_cache_that_changes_during_the_build_is_not_overwritten() {
    let (root, cache) = dataset();
    let build = build_of(&expected_sources(root.path(), &NAMES), &settings(), 1);
    let writer = open(&cache, ReferenceCache::Keep).unwrap();
    stage_all(&writer, &build).unwrap();
    put_reference(&cache);
    let error = commit(writer, &build).unwrap_err().to_string();
    assert!(error.contains("another program has changed it"), "{error}");
    assert_eq!(contents(&cache).len(), 3);
}

#[test]
fn what_was_staged_goes_when_the_build_ends_early() {
    let (root, cache) = built();
    let before = contents(&cache);
    let build = build_of(&expected_sources(root.path(), &NAMES), &settings(), 2);
    let writer = open(&cache, ReferenceCache::Keep).unwrap();
    stage_all(&writer, &build).unwrap();
    write(&cache.join(".building/notes.txt"), b"precious");
    drop(writer);
    let lock = CacheLock::acquire(&cache).unwrap();
    let recovery = recover(&lock).unwrap();
    assert_eq!((recovery.outcome, recovery.left), (Outcome::Clean, vec![cache.join(".building/notes.txt")]));
    drop(lock);
    fs::remove_file(cache.join(".building/notes.txt")).unwrap();
    recover(&CacheLock::acquire(&cache).unwrap()).unwrap();
    assert!(contents(&cache) == before && !cache.join(".building").exists());
}

#[test]
fn two_builds_of_one_cache_do_not_meet() {
    let (_root, cache) = dataset();
    let first = CacheLock::acquire(&cache).unwrap();
    let Err(Error::Locked { holder, .. }) = CacheLock::acquire(&cache) else { panic!("two have the lock") };
    assert!(holder.starts_with(&format!("process {} on ", std::process::id())), "{holder}");
    drop(first);
    assert!(!cache.exists(), "a lock that made the folder leaves none behind");
    drop(CacheLock::acquire(&cache).unwrap());
}

/// Many threads take and release the lock; the file is removed each time, and never do two hold it.
#[test]
fn a_lock_that_is_removed_on_release_is_still_held_by_one_at_a_time() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let (holders, taken) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while taken.load(Ordering::SeqCst) < 200 {
                    match CacheLock::acquire(folder.path()) {
                        Ok(lock) => {
                            assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                            taken.fetch_add(1, Ordering::SeqCst);
                            std::thread::yield_now();
                            holders.fetch_sub(1, Ordering::SeqCst);
                            drop(lock);
                        }
                        Err(error) => assert!(matches!(error, Error::Locked { .. }), "{error}"),
                    }
                }
            });
        }
    });
}

#[test]
fn cleaning_removes_what_melscope_wrote_and_only_that() {
    let (_root, cache) = built();
    let cleaned = clean(CacheLock::acquire(&cache).unwrap()).unwrap();
    assert_eq!((cleaned.n_tensors, cleaned.left, cleaned.folder_removed), (6, vec![], true));
    assert!(!cache.exists());

    let (_root, cache) = built();
    write(&cache.join("best.pt"), b"precious");
    write(&cache.join(".building/notes.txt"), b"precious");
    let cleaned = clean(CacheLock::acquire(&cache).unwrap()).unwrap();
    assert_eq!(cleaned.left, [cache.join(".building"), cache.join("best.pt")]);
    assert_eq!(
        contents(&cache).into_keys().collect::<Vec<_>>(),
        [".building/notes.txt", "best.pt"].map(std::path::PathBuf::from)
    );
}

#[test]
fn verification_names_the_tensor_and_what_is_wrong() {
    let (_root, cache) = built();
    let tensors = Tensors::open(&cache).unwrap();
    assert_eq!(tensors.read(0).unwrap().shape(), settings().analysis().tensor_shape());
    // A good file at the wrong place: layout and CRC are right, the hash is not.
    fs::copy(cache.join("000001.pt"), cache.join("000000.pt")).unwrap();
    let error = tensors.read(0).unwrap_err().to_string();
    assert!(error.contains("000000.pt") && error.contains("BLAKE3"), "{error}");
    let mut file = Vec::new();
    layout().encode_into(&[f32::NAN; 40], &mut file);
    write(&cache.join("000002.pt"), &file);
    let error = tensors.read(2).unwrap_err().to_string();
    assert!(error.contains("value 0 is NaN"), "{error}");
    melscope::cache::pt::PtLayout::new([2, 5, 4]).encode_into(&[0.0; 40], &mut file);
    write(&cache.join("000003.pt"), &file);
    let error = tensors.read(3).unwrap_err().to_string();
    assert!(error.contains("[2, 5, 4] where [2, 4, 5]"), "{error}");
}
