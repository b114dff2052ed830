//! Flags that leave out chunks, as a person types them.

use melscope::cache::index;
use melscope::settings::{FILE_NAME, Settings};

use super::datasets::{self, melscope};

/// A set with a loud and a quiet second, and one that is a tenth full.
fn write_set(root: &std::path::Path) {
    let sample = |n: usize| if n / 48_000 == 1 { 0.000_5 } else { 0.5 * (0.1 * n as f64).sin() };
    datasets::write_wav(&root.join("drums/kick #1.wav"), 48_000, 48_000 * 2 + 4_800, sample);
    datasets::write_wav(&root.join("b.wav"), 48_000, 48_000, |n| 0.5 * (0.1 * n as f64).sin());
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn each_flag_leaves_out_its_chunks_and_off_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    write_set(&root);
    let run = |command: &str, flags: &[&str]| {
        melscope().current_dir(folder.path()).arg(command).arg("set").args(flags).output().unwrap()
    };
    let kept = || {
        let rows = index::read(&root.join(".cache")).unwrap();
        rows.iter().map(|row| format!("{}#{}", row.source, row.chunk)).collect::<Vec<_>>()
    };
    // As the shell completes it, from where the person stands, and as it is named in the set.
    for (flags, expected, promised) in [
        (
            &["--exclude-chunks", "set/drums/kick #1.wav#0-1", "b.wav#0"][..],
            &["drums/kick #1.wav#2"][..],
            "1 spectrogram of",
        ),
        (
            &["--exclude-chunks-quieter-dbfs", "-60"],
            &["b.wav#0", "drums/kick #1.wav#0", "drums/kick #1.wav#2"],
            "at most 4 spectrograms of",
        ),
        (
            &["--exclude-chunks-padding", "0.5"],
            &["b.wav#0", "drums/kick #1.wav#0", "drums/kick #1.wav#1"],
            "3 spectrograms of",
        ),
    ] {
        let estimate = run("estimate", flags);
        assert!(said(&estimate).starts_with(promised), "{flags:?}: {}", said(&estimate));
        let build = run("build", flags);
        assert!(build.status.success(), "{}", said(&build));
        assert!(said(&build).contains("left out by the settings"), "{}", said(&build));
        assert!(said(&build).contains("chunks are left out or ends trimmed"), "{}", said(&build));
        assert_eq!(kept(), expected);
        assert_eq!(run("status", flags).status.code(), Some(0));
        assert_eq!(run("verify", flags).status.code(), Some(0));
        let stale = run("status", &[]);
        assert_eq!(stale.status.code(), Some(3));
        assert!(said(&stale).contains("exclude_chunks"), "{}", said(&stale));
    }
    let settings = Settings { exclude_chunks_padding: Some(0.5), ..Settings::default() };
    settings.save(&root.join(FILE_NAME)).unwrap();
    assert_eq!(run("status", &[]).status.code(), Some(0), "the file says what the flag said");
    assert!(run("build", &["--exclude-chunks-padding", "off"]).status.success());
    assert_eq!(kept().len(), 4);
}

#[test]
fn what_is_no_chunk_and_no_level_is_refused_with_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    for (flags, words) in [
        (["--exclude-chunks", "b.wav"], "exclude_chunks is b.wav, but must be a list of chunks"),
        (["--exclude-chunks-quieter-dbfs", "loud"], "it must be off, or a number from -200 to 0 (dBFS)"),
        (
            ["--trim-silence-dbfs", "3"],
            "trim_silence_dbfs is 3, but must be off, or a number from -200 to 0 (dBFS)",
        ),
        (
            ["--exclude-chunks-quieter-dbfs", "0"],
            "every chunk of every file is left out by the settings; change --exclude-chunks",
        ),
    ] {
        let build = melscope().arg("build").arg(folder.path()).args(flags).output().unwrap();
        assert!(!build.status.success() && said(&build).contains(words), "{flags:?}: {}", said(&build));
    }
}
