//! `--json`: what other programs read.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{melscope, small_dataset};
use crate::datasets;

/// The one event of a kind.
#[track_caller]
fn only<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    let found: Vec<_> = events.iter().filter(|event| event["event"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {events:#?}");
    found[0]
}

/// Asserts that `event` has `keys`, each with a number.
#[track_caller]
fn assert_numbers(event: &Value, keys: &[&str]) {
    for key in keys {
        assert!(event[key].is_number(), "{key} is no number in {event}");
    }
}

#[track_caller]
fn assert_progress(events: &[Value], stages: &[&str]) {
    let progress: Vec<_> = events.iter().filter(|event| event["event"] == "progress").collect();
    for event in &progress {
        assert_numbers(event, &["done", "total", "elapsed_s"]);
        assert!(event["remaining_s"].is_number() || event["remaining_s"].is_null(), "{event}");
        let (done, total) = (event["done"].as_u64().unwrap(), event["total"].as_u64().unwrap());
        assert!(total == 0 || done <= total, "{event}");
    }
    let mut seen: Vec<_> = progress.iter().map(|event| event["stage"].as_str().unwrap()).collect();
    seen.dedup();
    assert_eq!(seen, stages);
}

#[test]
fn a_build_tells_its_progress_what_it_skips_and_what_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    datasets::write(&root.join("text.wav"), b"no recording");
    let events = melscope("build", &root, &["--json"]).exits(0).events();
    assert_progress(&events, &["scan", "estimate", "analyse", "normalise", "commit"]);
    let skipped = only(&events, "skipped");
    assert!(skipped["path"].as_str().unwrap().ends_with("/set/text.wav"), "{skipped}");
    assert!(skipped["reason"].as_str().unwrap().contains("not an audio file"), "{skipped}");
    let done = only(&events, "done");
    assert_eq!(events.last(), Some(done));
    assert_eq!(
        only(&events, "estimate")["spectrograms"],
        done["spectrograms"],
        "what it would make, and made"
    );
    assert_eq!(done["cache"], root.canonicalize().unwrap().join(".cache").to_str().unwrap());
    assert_eq!(done["spectrograms"], 3);
    assert_numbers(done, &["seconds"]);
    let manifest = datasets::manifest(&root.join(".cache"));
    assert_eq!(done["bytes"], manifest["cache_size_bytes"]);
    assert_eq!(done["stats"], manifest["normalization_stats"]);

    let events = melscope("build", &root, &["--json"]).exits(0).events();
    assert_eq!(only(&events, "valid")["spectrograms"], 3);
    let done = only(&events, "done");
    assert_eq!((&done["spectrograms"], &done["stats"]), (&3.into(), &manifest["normalization_stats"]));
}

#[test]
fn an_estimate_tells_what_is_made_and_needed() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let events = melscope("estimate", &root, &["--json"]).exits(0).events();
    assert_progress(&events, &["scan", "estimate"]);
    let estimate = only(&events, "estimate");
    assert_eq!(estimate["spectrograms"], 3);
    assert_numbers(estimate, &["bytes", "transient_bytes", "free_bytes", "seconds"]);
    assert!(!root.join(".cache").exists(), "an estimate writes nothing");
    let people = melscope("estimate", &root, &[]).exits(0);
    people.says("3 spectrograms of 2 files").says("on disk").says("are free");
}

#[test]
fn status_tells_valid_or_stale_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let events = melscope("status", &root, &["--json"]).exits(3).events();
    assert_eq!(only(&events, "stale")["reasons"], Value::from(vec!["there is no cache yet"]));
    melscope("build", &root, &[]).exits(0);
    let events = melscope("status", &root, &["--json"]).exits(0).events();
    assert_progress(&events, &["scan"]);
    assert_eq!(only(&events, "valid")["spectrograms"], 3);
    let events = melscope("status", &root, &["--json", "--n-mels", "4", "--hop", "63"]).exits(3).events();
    let expected = vec!["hop changed from 64 to 63", "n_mels changed from 8 to 4"];
    assert_eq!(only(&events, "stale")["reasons"], Value::from(expected));
}

#[test]
fn verify_gives_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    let events = melscope("verify", &root, &["--json"]).exits(0).events();
    assert_progress(&events, &["verify"]);
    let verdict = only(&events, "verdict");
    assert_eq!((&verdict["intact"], &verdict["spectrograms"]), (&true.into(), &3.into()));
    fs::remove_file(root.join(".cache/000000.pt")).unwrap();
    let events = melscope("verify", &root, &["--json"]).exits(1).events();
    assert_eq!(only(&events, "verdict")["intact"], false);
    assert!(only(&events, "error")["message"].as_str().unwrap().contains("000000.pt"));
}

#[test]
fn a_failure_is_an_event_too() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (command, flags, code, words) in [
        ("build", &["--json"][..], 1, "there is no audio file in this folder"),
        ("verify", &["--json"], 1, "there is no cache"),
        ("status", &["--json", "--n-fft", "2047"], 2, "n_fft is 2047"),
        ("estimate", &["--json", "--hop", "0"], 2, "hop is 0"),
    ] {
        let ran = melscope(command, &empty, flags).exits(code);
        let events = ran.events();
        let message = only(&events, "error")["message"].as_str().unwrap();
        assert!(message.contains(words), "{command}: {message}");
        assert_eq!(events.last().unwrap()["event"], "error");
    }
}

/// Protects: Ctrl-C in the middle of the work leaves what was there, and nothing else.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_old_cache_valid_and_no_leftovers() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::write_wav(&root.join("long.wav"), 48_000, 48_000 * 60, datasets::tone(220.0, 48_000));
    melscope("build", &root, &[]).exits(0);
    let before = datasets::contents(&root);
    // One worker, so that it takes seconds on any machine.
    let flags = ["--json", "--yes", "--jobs", "1", "--hop", "32", "--n-fft", "4096"];
    let mut build = datasets::melscope()
        .arg("build")
        .arg(&root)
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(build.stdout.take().unwrap()).lines();
    let is_analysing = |line: &String| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["stage"] == "analyse" && event["done"].as_u64() > Some(0)
    };
    assert!(lines.by_ref().map(Result::unwrap).any(|line| is_analysing(&line)), "the build ended too soon");
    assert!(root.join(".cache/.building").is_dir(), "the build stages beside the old cache");
    assert!(Command::new("kill").args(["-INT", &build.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut stderr = String::new();
    build.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(build.wait().unwrap().code(), Some(130), "{stderr}");
    let last: Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["message"]), (&"error".into(), &"cancelled".into()));
    assert!(datasets::contents(&root) == before, "the folder is not as it was");
    assert!(!root.join(".cache/.building").exists(), "staging was left");
    melscope("status", &root, &[]).exits(0);
}
