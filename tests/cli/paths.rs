//! Names and places: whatever a file is called and wherever its folder goes, the trainer finds what it expects.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::{add_wav, melscope, python, small_dataset};
use crate::datasets;

/// The trainer's own scan of a folder, and its comparison with the manifest's list.
const COMPARE: &str = r#"
import json, sys
from pathlib import Path

root, manifest = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
found = []
for path in root.rglob("*"):
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    if path.suffix.lower() in {".wav", ".aiff", ".mp3", ".flac"} and path.is_file() and not hidden:
        resolved = path.resolve()
        found.append({"path": str(resolved), "mtime": resolved.stat().st_mtime})
found.sort(key=lambda file: file["path"])
listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
assert found == listed, (found, listed)
print(len(found))
"#;

/// The very bytes of the manifest's paths, as hexadecimal lines, and of the index's sources after them.
const PATHS: &str = r#"
import csv, json, os, sys

with open(sys.argv[1], encoding="utf-8") as file:
    manifest = json.load(file)
for entry in manifest["files"]:
    print(os.fsencode(entry["path"]).hex())
for entry in manifest["melscope"]["sources"]:
    print(os.fsencode(entry["path"]).hex())
with open(sys.argv[2], encoding="utf-8", errors="surrogateescape", newline="") as file:
    for row in csv.DictReader(file):
        print(os.fsencode(row["source"]).hex())
"#;

#[test]
fn hostile_names_build_and_verify_and_come_back_from_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    fs::remove_file(root.join("a.wav")).unwrap();
    fs::remove_file(root.join("b/c.wav")).unwrap();
    let long = format!("{}.wav", "n".repeat(196));
    let mut names: Vec<&[u8]> = vec![
        b"new\nline.wav",
        b"quotes\"'`.wav",
        b"comma, semicolon; tab\t.wav",
        b"back\\slash.wav",
        b"=formula.wav",
        b" blanks .wav",
        b"\xff\xfe latin \xe9.wav",
        b"folder \xed\xa0\x80\n/x.wav",
        "\u{1F3B5} \u{FB01} ü.wav".as_bytes(),
        long.as_bytes(),
    ];
    names.sort_unstable();
    for (n, name) in names.iter().enumerate() {
        add_wav(&root.join(OsStr::from_bytes(name)), 100 + n, 300.0);
    }
    melscope("build", &root, &[]).exits(0).says("10 spectrograms");
    melscope("verify", &root, &[]).exits(0);
    melscope("status", &root, &[]).exits(0);
    let cache_dir = root.join(".cache");
    let told = python(PATHS, &[&cache_dir.join("manifest.json"), &cache_dir.join("index.csv")]);
    let told: Vec<&str> = told.lines().collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let sorted = |lines: &[&str]| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        lines.sort();
        lines
    };
    let resolved = root.canonicalize().unwrap();
    let mut absolute: Vec<_> =
        names.iter().map(|name| hex(resolved.join(OsStr::from_bytes(name)).as_os_str().as_bytes())).collect();
    absolute.sort();
    let mut relative: Vec<_> = names.iter().map(|name| hex(name)).collect();
    relative.sort();
    assert_eq!(told.len(), 30);
    assert_eq!(sorted(&told[..10]), absolute, "the manifest's files");
    assert_eq!(sorted(&told[10..20]), relative, "the manifest's sources");
    assert_eq!(sorted(&told[20..]), relative, "the index's sources");
    assert_eq!(python(COMPARE, &[&root, &cache_dir.join("manifest.json")]), "10\n");
}

#[test]
fn events_carry_names_that_are_not_text() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    datasets::write(&root.join(OsStr::from_bytes(b"no\xffaudio.wav")), b"text");
    let ran = melscope("build", &root, &["--json"]).exits(0);
    let skipped = ran.stdout.lines().find(|line| line.contains("\"skipped\",")).unwrap();
    assert!(skipped.contains("no\\udcffaudio.wav"), "{skipped}");
}

#[test]
fn two_spellings_of_one_name_are_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    add_wav(&root.join("u\u{308}.wav"), 100, 300.0);
    add_wav(&root.join("\u{fc}.wav"), 200, 500.0);
    melscope("build", &root, &[]).exits(0).says("5 spectrograms");
    melscope("verify", &root, &[]).exits(0);
    melscope("status", &root, &[]).exits(0);
    melscope("build", &root, &[]).exits(0).says("nothing to do");
}

#[test]
fn the_manifest_lists_what_the_trainers_own_scan_finds() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(&folder.path().join(".hidden parent"));
    let taken =
        ["B.WAV", "sub.dir/c.Flac", "d.aiff", "two..mp3", "Z/ \u{1F3B5}.wav", "Z/\u{AC00}.wav", "sub/x.wav"];
    let passed_over =
        [".hidden.wav", ".cache/e.wav", "sub.dir/.git/f.wav", "g.ogg", "h.aif", "i.wave", "j.wav.bak"];
    for name in taken.iter().chain(&passed_over) {
        add_wav(&root.join(name), 50, 300.0);
    }
    // As bytes it comes before the Hangul of U+AC00, to Python it is the surrogate U+DCE9 and comes after it; and
    // `sub/` comes before `sub.dir/` by component, and after it by string.
    add_wav(&root.join(OsStr::from_bytes(b"Z/\xe9.wav")), 50, 300.0);
    add_wav(&folder.path().join("outside/target.bin"), 50, 300.0);
    add_wav(&folder.path().join("outside/folder/k.wav"), 50, 300.0);
    symlink("../../outside/target.bin", root.join("link.wav")).unwrap();
    symlink("../../outside/folder", root.join("linked")).unwrap();
    datasets::write(&root.join("broken.wav"), b"text");
    fs::create_dir(root.join("folder.wav")).unwrap();
    let set_modified = |name: &str, time| {
        fs::OpenOptions::new().write(true).open(root.join(name)).unwrap().set_modified(time).unwrap();
    };
    // Times that a float cannot hold exactly, and one before 1970: both must be rounded as Python rounds them.
    set_modified("B.WAV", UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789));
    set_modified("d.aiff", UNIX_EPOCH - Duration::new(5, 250_000_001));
    set_modified("a.wav", UNIX_EPOCH + Duration::new(4_102_444_799, 999_999_999));
    melscope("build", &root, &["--exclude", "b"]).exits(0).tells("broken.wav");
    // Those above, a.wav, the excluded b/c.wav, the broken file, the link and the name that is no text.
    let manifest = root.join(".cache/manifest.json");
    assert_eq!(python(COMPARE, &[&root, &manifest]), format!("{}\n", taken.len() + 5));
    melscope("status", &root, &["--exclude", "b"]).exits(0);
}

#[test]
fn a_dataset_that_moved_with_its_cache_stays_valid_and_a_build_brings_its_paths_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    datasets::write(&root.join("text.wav"), b"no recording");
    datasets::age(&root.join("text.wav"), 3600);
    melscope("build", &root, &[]).exits(0);
    let moved = folder.path().join("another place/set");
    datasets::copy_folder(&root, &moved);
    fs::remove_dir_all(&root).unwrap();
    // As on a machine where the files came to be at another time.
    for name in ["a.wav", "b/c.wav", "text.wav"] {
        datasets::age(&moved.join(name), 1800);
    }
    let manifest = moved.join(".cache/manifest.json");
    let before = datasets::contents(&moved);
    melscope("status", &moved, &[]).exits(0);
    melscope("verify", &moved, &[]).exits(0);
    assert!(datasets::contents(&moved) == before, "status and verify write nothing");
    melscope("build", &moved, &[]).exits(0).says("Cache valid, nothing to do");
    assert_eq!(python(COMPARE, &[&moved, &manifest]), "3\n");
    let after = datasets::contents(&moved);
    let differing: Vec<_> = after.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
    assert_eq!(differing, [Path::new(".cache/manifest.json")], "nothing else is written");
    assert_eq!(after.len(), before.len(), "nothing is removed");
    melscope("status", &moved, &[]).exits(0);
    let settled = datasets::contents(&moved);
    melscope("build", &moved, &[]).exits(0).says("Cache valid, nothing to do");
    assert!(datasets::contents(&moved) == settled, "once is enough");
}
