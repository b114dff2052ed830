//! What cannot be done is refused before any work, in words that say what would be right.

use std::fs;

use super::{FOLDER_COMMANDS, melscope, run, small_dataset, text};
use crate::datasets;

/// A flag with an impossible value, and what must be in the message: the key, the value and the range.
const IMPOSSIBLE: [(&str, &str, [&str; 3]); 17] = [
    ("--sample-rate", "999", ["sample_rate", "999", "1000 to 768000"]),
    ("--sample-rate", "768001", ["sample_rate", "768001", "1000 to 768000"]),
    ("--chunk-seconds", "0", ["chunk_seconds", "0", "positive"]),
    ("--chunk-seconds", "NaN", ["chunk_seconds", "NaN", "positive"]),
    ("--chunk-seconds", "0.001", ["chunk_seconds", "8 samples", "n_fft/2"]),
    ("--n-fft", "30", ["n_fft", "30", "32 to 65536"]),
    ("--n-fft", "65538", ["n_fft", "65538", "32 to 65536"]),
    ("--n-fft", "257", ["n_fft", "257", "even"]),
    ("--n-fft", "many", ["--n-fft", "many", "32 to 65536"]),
    ("--hop", "0", ["hop", "0", "1 to n_fft"]),
    ("--hop", "257", ["hop", "257", "1 to n_fft (256)"]),
    ("--n-mels", "129", ["n_mels", "129", "1 to n_fft/2 (128)"]),
    ("--n-mels", "-3", ["--n-mels", "-3", "1 to n_fft/2"]),
    ("--if-threshold", "-1", ["if_threshold", "-1", "0 (off)"]),
    ("--if-threshold", "inf", ["if_threshold", "inf", "0 (off)"]),
    ("--if-mode", "linear", ["--if-mode", "linear", "filterbank, power or deviation"]),
    ("--seed", "-1", ["--seed", "-1", "0 to 18446744073709551615"]),
];

/// The same in `melscope.json`.
const IMPOSSIBLE_JSON: [(&str, [&str; 3]); 9] = [
    (r#"{"n_fft": 2047}"#, ["n_fft", "2047", "even number from 32 to 65536"]),
    (r#"{"n_fft": "2048"}"#, ["n_fft", "\"2048\"", "even whole number from 32 to 65536"]),
    (r#"{"nfft": 2048}"#, ["nfft", "not a setting", "n_fft"]),
    (r#"{"n_mels": null}"#, ["n_mels", "null", "1 to n_fft/2"]),
    (r#"{"hop": 512.5}"#, ["hop", "512.5", "1 to n_fft"]),
    (r#"{"if_mode": "Filterbank"}"#, ["if_mode", "\"Filterbank\"", "filterbank, power or deviation"]),
    (r#"{"exclude": "a.wav"}"#, ["exclude", "\"a.wav\"", "list of paths"]),
    (r#"{"seed": -1}"#, ["seed", "-1", "0 to 18446744073709551615"]),
    ("n_fft = 2048", ["melscope.json", "not readable as JSON", "one object"]),
];

#[test]
fn impossible_flags_are_wrong_usage_and_say_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let before = datasets::contents(&root);
    for (flag, value, words) in IMPOSSIBLE {
        let ran = melscope("build", &root, &[flag, value]).exits(2);
        for word in words {
            assert!(ran.stderr.contains(word), "{flag} {value}: {word:?} is not in: {}", ran.stderr);
        }
    }
    for command in FOLDER_COMMANDS {
        melscope(command, &root, &["--n-fft", "2047"]).exits(2).tells("n_fft is 2047");
        melscope(command, &root, &["--no-such-flag"]).exits(2).tells("--no-such-flag");
        run(datasets::melscope().arg(command)).exits(2).tells("<DIR>");
    }
    melscope("build", &root, &["--jobs", "0"]).exits(2).tells("1..=1024");
    assert_eq!(datasets::contents(&root), before);
}

#[test]
fn an_impossible_settings_file_is_wrong_usage_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    for (json, words) in IMPOSSIBLE_JSON {
        datasets::write(&root.join("melscope.json"), json.as_bytes());
        let ran = melscope("build", &root, &[]).exits(2).tells("melscope.json");
        for word in words {
            assert!(ran.stderr.contains(word), "{json}: {word:?} is not in: {}", ran.stderr);
        }
        assert!(!root.join(".cache").exists());
    }
    let missing = folder.path().join("missing.json");
    melscope("build", &root, &["--settings", text(&missing)]).exits(2).tells("missing.json");
}

#[test]
fn settings_come_from_the_folders_file_or_the_named_one_and_flags_win() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let named = folder.path().join("named.json");
    datasets::write(
        &named,
        br#"{"chunk_seconds": 0.5, "sample_rate": 8000, "n_fft": 512, "hop": 100, "n_mels": 5}"#,
    );
    let config = || {
        let manifest = datasets::manifest(&root.join(".cache"));
        let config = &manifest["complex_spectrogram_config"];
        ["n_fft", "hop_length", "n_mels"].map(|key| config[key].as_u64().unwrap())
    };
    melscope("build", &root, &[]).exits(0);
    assert_eq!(config(), [256, 64, 8], "the folder's melscope.json");
    melscope("build", &root, &["--n-mels", "6"]).exits(0);
    assert_eq!(config(), [256, 64, 6], "a flag on top of it");
    melscope("build", &root, &["--settings", text(&named)]).exits(0);
    assert_eq!(config(), [512, 100, 5], "the named file in place of it");
    melscope("build", &root, &["--settings", text(&named), "--hop", "99"]).exits(0);
    assert_eq!(config(), [512, 99, 5], "a flag on top of the named file");
    fs::remove_file(root.join("melscope.json")).unwrap();
    melscope("build", &root, &[]).exits(0);
    assert_eq!(config(), [2048, 512, 128], "the defaults");
}

#[test]
fn more_than_100_mb_without_a_terminal_needs_a_yes() {
    let folder = tempfile::tempdir().unwrap();
    // A tensor of [2, 16, 1001] per second: 128 kB, so that 100 MB take 781 s. Files of 1 kHz are small.
    datasets::write_wav(&folder.path().join("long.wav"), 1_000, 1_000 * 800, datasets::tone(100.0, 1_000));
    let flags = ["--sample-rate", "1000", "--n-fft", "32", "--hop", "1", "--n-mels", "16"];
    let before = datasets::contents(folder.path());
    let ran = melscope("build", folder.path(), &flags).exits(1).tells("--yes").tells("800 spectrograms");
    assert!(ran.stderr.contains("terminal"), "{}", ran.stderr);
    let events = melscope("build", folder.path(), &[&flags[..], &["--json"]].concat()).exits(1).events();
    let error = events.last().unwrap();
    assert_eq!(error["event"], "error");
    assert!(error["message"].as_str().unwrap().contains("--yes"), "{error}");
    melscope("run", folder.path(), &[&flags[..], &["--", "true"]].concat()).exits(1).tells("--yes");
    assert_eq!(datasets::contents(folder.path()), before);
    assert_eq!(datasets::names(folder.path()), ["long.wav"], "nothing was written");
    // A small build is not asked about.
    datasets::write_wav(&folder.path().join("long.wav"), 1_000, 1_000 * 10, datasets::tone(100.0, 1_000));
    melscope("build", folder.path(), &flags).exits(0).says("10 spectrograms");
}

#[test]
fn a_folder_without_a_recording_is_refused_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    melscope("build", folder.path(), &[]).exits(1).tells("there is no audio file in this folder");
    assert!(datasets::names(folder.path()).is_empty());
    datasets::write(&folder.path().join("text.wav"), b"This is a text.");
    datasets::write(&folder.path().join("empty.flac"), b"");
    let ran = melscope("build", folder.path(), &[]).exits(1);
    ran.tells("all 2 audio files")
        .tells("text.wav: it is not an audio file")
        .tells("empty.flac: the file is empty");
    assert_eq!(datasets::names(folder.path()), ["empty.flac", "text.wav"]);
}

#[test]
fn what_is_not_a_folder_or_cannot_be_opened_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wav");
    datasets::write(&file, b"");
    let missing = folder.path().join("missing");
    for command in ["build", "estimate", "status"] {
        melscope(command, &file, &[]).exits(1).tells("this is a file, not a folder");
    }
    for command in FOLDER_COMMANDS {
        melscope(command, &missing, &[]).exits(1).tells("missing: No such file");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let closed = root.join("b");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The system's administrator may read it all the same.
    let is_closed = fs::read_dir(&closed).is_err();
    let ran = melscope("build", &root, &[]).exits(0);
    let alone = melscope("build", &closed, &[]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    if is_closed {
        alone.exits(1).tells("b").tells("Permission denied");
        ran.says("2 spectrograms").says("1 file skipped").tells("b: Permission denied");
    } else {
        alone.exits(0).says("1 spectrogram,");
        ran.says("3 spectrograms");
    }
}

/// Protects: an audit that could judge nothing does not look like one that found nothing.
#[test]
fn an_audit_without_a_readable_file_fails() {
    let folder = tempfile::tempdir().unwrap();
    melscope("audit", folder.path(), &[]).exits(1).tells("there is no audio file in this folder");
    datasets::write(&folder.path().join("text.wav"), b"no recording");
    melscope("audit", folder.path(), &[])
        .exits(1)
        .says("Not fit to train on")
        .tells("excluded or unreadable");
    datasets::write_wav(&folder.path().join("tone.wav"), 48_000, 48_000, datasets::tone(440.0, 48_000));
    melscope("audit", folder.path(), &[]).exits(4).says("Sound is missing or damaged: 1 file cannot be read");
}
