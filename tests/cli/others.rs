//! What is not Melscope's: other programs' files and caches, and other builds.

use std::fs;

use melscope::cache::lock::CacheLock;
use serde_json::Value;

use super::{add_wav, melscope, small_dataset, text};
use crate::datasets;

#[test]
fn clean_removes_what_melscope_wrote_and_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let clean = datasets::contents(&root);
    melscope("build", &root, &[]).exits(0);
    melscope("clean", &root, &[]).exits(0).says("3 spectrograms removed");
    assert_eq!(datasets::contents(&root), clean);
    assert!(!root.join(".cache").exists(), "an empty folder is not left");

    for (name, content) in
        [("notes.txt", "mine"), ("best.pt", "mine"), ("000777.pt", "mine"), ("other/x.pt", "mine")]
    {
        datasets::write(&root.join(".cache").join(name), content.as_bytes());
    }
    let with_theirs = datasets::contents(&root);
    melscope("build", &root, &[]).exits(0).tells("best.pt").tells("000777.pt");
    let ran = melscope("clean", &root, &[]).exits(0).says("3 spectrograms removed");
    for name in ["notes.txt", "best.pt", "000777.pt", "other"] {
        assert!(ran.stdout.contains(&format!(".cache/{name}\n")), "{name} is not named: {}", ran.stdout);
    }
    assert_eq!(datasets::contents(&root), with_theirs);
    melscope("clean", &root, &[]).exits(0).says("0 spectrograms removed");
    assert_eq!(datasets::contents(&root), with_theirs);
}

#[test]
fn a_second_build_says_who_is_building_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    let lock = CacheLock::acquire(&root.join(".cache")).unwrap();
    let before = datasets::contents(&root);
    let holder = format!("process {} ", std::process::id());
    melscope("build", &root, &["--force"]).exits(1).tells(&holder);
    melscope("build", &root, &["--n-mels", "4"]).exits(1).tells(&holder);
    melscope("clean", &root, &[]).exits(1).tells(&holder);
    assert!(datasets::contents(&root) == before, "somebody else's work was changed");
    // Looking is free.
    melscope("status", &root, &[]).exits(0);
    melscope("build", &root, &[]).exits(0).says("nothing to do");
    drop(lock);
    melscope("build", &root, &["--force"]).exits(0);
}

#[test]
fn a_cache_of_the_trainers_own_is_replaced_only_with_leave() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let cache_dir = datasets::reference_cache(&root);
    datasets::write(&cache_dir.join("checkpoint.pt"), b"mine");
    let before = datasets::contents(&root);
    melscope("status", &root, &[]).exits(3).says("the trainer's own preparation");
    melscope("build", &root, &[]).exits(1).tells("prepared by the trainer itself").tells("--yes");
    melscope("build", &root, &["--force"]).exits(1).tells("--yes");
    let events = melscope("build", &root, &["--json"]).exits(1).events();
    assert_eq!(events.last().unwrap()["event"], "error");
    melscope("verify", &root, &[]).exits(1).tells("the trainer prepared it itself");
    melscope("clean", &root, &[]).exits(1).tells("the trainer prepared this cache itself");
    assert!(datasets::contents(&root) == before, "the trainer's cache was touched");

    melscope("build", &root, &["--yes"]).exits(0).says("9 spectrograms");
    melscope("verify", &root, &[]).exits(0).says("Cache intact: 9 spectrograms");
    assert!(datasets::manifest(&cache_dir)["melscope"].is_object());
    assert_eq!(fs::read(cache_dir.join("checkpoint.pt")).unwrap(), b"mine");
}

#[test]
fn a_tensor_of_somebody_elses_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    // A fourth tensor, so that ours would be 000000.pt to 000003.pt.
    add_wav(&root.join("d.wav"), 100, 700.0);
    let theirs = root.join(".cache/000003.pt");
    datasets::write(&theirs, b"mine");
    let before = datasets::contents(&root);
    for flags in [&[][..], &["--yes"], &["--yes", "--force"]] {
        melscope("build", &root, flags).exits(1).tells("000003.pt").tells("--cache-dir");
        assert_eq!(datasets::contents(&root), before);
        assert_eq!(datasets::names(&root.join(".cache")), ["000003.pt"], "nothing is left beside it");
    }
    let elsewhere = folder.path().join("elsewhere");
    melscope("build", &root, &["--cache-dir", text(&elsewhere)]).exits(0);
    melscope("status", &root, &["--cache-dir", text(&elsewhere)]).exits(0);
    assert_eq!(datasets::contents(&root), before);

    // Beyond our numbers it is in nobody's way, and a trainer would load it all the same.
    fs::remove_file(&theirs).unwrap();
    datasets::write(&root.join(".cache/000009.pt"), b"mine");
    melscope("build", &root, &[]).exits(0).tells("000009.pt: not Melscope's");
    melscope("status", &root, &[]).exits(0).says("000009.pt: not Melscope's");
    assert_eq!(fs::read(root.join(".cache/000009.pt")).unwrap(), b"mine");
}

#[test]
fn other_programs_manifests_and_indexes_are_never_overwritten() {
    for (name, content) in [("manifest.json", r#"{"name": "an app"}"#), ("index.csv", "a,b\n1,2\n")] {
        let folder = tempfile::tempdir().unwrap();
        let root = small_dataset(folder.path());
        datasets::write(&root.join(".cache").join(name), content.as_bytes());
        let before = datasets::contents(&root);
        melscope("build", &root, &["--yes", "--force"]).exits(1).tells(name);
        melscope("clean", &root, &[]).exits(0).says(name);
        assert_eq!(datasets::contents(&root), before);
    }
}

#[test]
fn status_says_where_the_trainer_would_not_take_the_cache_for_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let notes = |flags: &[&str]| {
        melscope("build", &root, flags).exits(0);
        let events = melscope("status", &root, &[flags, &["--json"]].concat()).exits(0).events();
        events.last().unwrap()["notes"].clone()
    };
    assert_eq!(notes(&[]), Value::Array(Vec::new()));
    assert!(notes(&["--sample-rate", "44100"])[0].as_str().unwrap().contains("48000 Hz"));
    assert!(notes(&["--if-mode", "power"])[0].as_str().unwrap().contains("if_mode power"));
    fs::create_dir(folder.path().join("outer")).unwrap();
    datasets::copy_folder(&root, &folder.path().join("outer/inner"));
    let outer = folder.path().join("outer");
    melscope("build", &outer, &[])
        .exits(0)
        .says(&format!("look for the cache in {}", text(&outer.canonicalize().unwrap().join("inner"))));
}
