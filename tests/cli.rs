//! The program as a person, a script and a trainer meet it: the real binary, its words, its exit codes, its files.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

#[path = "cli/damage.rs"]
mod damage;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/judge.rs"]
mod judge;
#[path = "cli/left_out.rs"]
mod left_out;
#[path = "cli/others.rs"]
mod others;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/paths.rs"]
mod paths;
#[path = "cli/reconstruct.rs"]
mod reconstruct;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/shards.rs"]
mod shards;
#[path = "cli/split.rs"]
mod split;
#[path = "cli/variants.rs"]
mod variants;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use melscope::settings::FILE_NAME;

/// How a run of the program ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Asserts the exit code, and gives what was said.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}stderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard output has `words`.
    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.stdout.contains(words), "{words:?} is not in: {}", self.stdout);
        self
    }

    /// Asserts that standard error has `words`.
    #[track_caller]
    fn tells(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "{words:?} is not in: {}", self.stderr);
        self
    }

    /// Standard output as events: every line is one JSON object with an `event`.
    #[track_caller]
    fn events(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(event.is_object() && event["event"].is_string(), "not an event: {line}");
            event
        };
        self.stdout.lines().map(parse).collect()
    }
}

/// Runs a command to its end, without a terminal.
fn run(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs `melscope COMMAND FOLDER ARGUMENTS…`.
fn melscope(command: &str, folder: &Path, arguments: &[&str]) -> Ran {
    run(datasets::melscope().arg(command).arg(folder).args(arguments))
}

/// Runs a script of Python, which fails by an exception.
fn python(script: &str, arguments: &[&Path]) -> String {
    let ran = run(Command::new("/usr/bin/python3").args(["-c", script]).args(arguments));
    ran.exits(0).stdout
}

/// A dataset of short files with `melscope.json`, such that a build takes no time: `a.wav` of two chunks, `b/c.wav` of
/// one. All are an hour old.
fn small_dataset(folder: &Path) -> PathBuf {
    let root = folder.join("set");
    add_wav(&root.join("a.wav"), 900, 300.0);
    add_wav(&root.join("b/c.wav"), 500, 500.0);
    datasets::small_settings().save(&root.join(FILE_NAME)).unwrap();
    root
}

/// Adds a recording that is an hour old.
fn add_wav(path: &Path, n_samples: usize, freq_hz: f64) {
    datasets::write_wav(path, 8_000, n_samples, datasets::tone(freq_hz, 8_000));
    datasets::age(path, 3600);
}

/// The text of a path that is known to be one.
fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every subcommand that works on a folder.
const FOLDER_COMMANDS: [&str; 8] =
    ["build", "merge", "estimate", "status", "verify", "split", "clean", "audit"];

#[test]
fn a_build_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("status", &root, &[]).exits(3).says("there is no cache yet");
    assert!(!root.join(".cache").exists(), "status writes nothing");
    melscope("build", &root, &[]).exits(0).says("3 spectrograms");
    let built = datasets::contents(&root);
    melscope("build", &root, &[]).exits(0).says("Cache valid, nothing to do");
    melscope("status", &root, &[]).exits(0).says("valid: 3 spectrograms");
    melscope("verify", &root, &[]).exits(0).says("Cache intact: 3 spectrograms");
    assert!(datasets::contents(&root) == built, "a valid cache is left alone");
    melscope("build", &root, &["--force", "--jobs", "1"]).exits(0).says("3 spectrograms");
    assert_ne!(datasets::contents(&root), built, "--force writes the time of a new build");
    melscope("status", &root, &[]).exits(0);
}

#[test]
fn a_file_that_is_no_audio_is_skipped_with_its_reason_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    datasets::write(&root.join("text.wav"), b"This is a text, and not a recording.");
    melscope("build", &root, &[])
        .exits(0)
        .says("3 spectrograms")
        .says("1 file skipped")
        .tells("text.wav: it is not an audio file");
    melscope("status", &root, &[]).exits(0);
    let left_out = &datasets::manifest(&root.join(".cache"))["melscope"]["skipped"];
    assert_eq!((left_out[0]["path"].as_str(), left_out.as_array().unwrap().len()), (Some("text.wav"), 1));
}

#[test]
fn run_becomes_the_command_with_the_cache_in_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let cache_dir = root.canonicalize().unwrap().join(".cache");
    // The second time the cache is valid already: nobody but the command speaks on standard output then either.
    for _ in 0..2 {
        let command =
            ["--", "sh", "-c", "printf '%s|%s' \"$MELSCOPE_CACHE\" \"$1\"; exit 7", "sh", "-y --json"];
        let ran = melscope("run", &root, &command).exits(7);
        assert_eq!(ran.stdout, format!("{}|-y --json", text(&cache_dir)));
    }
    melscope("verify", &root, &[]).exits(0);
    melscope("run", &root, &["--", "/no/such/command"]).exits(1).tells("/no/such/command");
    let marker = folder.path().join("marker");
    melscope("run", &root, &["--n-fft", "31", "--", "touch", text(&marker)]).exits(2);
    assert!(!marker.exists(), "without a cache the command does not run");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let commands =
        [&FOLDER_COMMANDS[..], &["analyze", "augment", "reconstruct", "judge", "run", "demo", "completions"]]
            .concat();
    let overview = run(datasets::melscope().arg("--help")).exits(0).stdout;
    for command in &commands {
        assert!(overview.contains(&format!("\n  {command} ")), "{command} is not in the overview");
        let help = run(datasets::melscope().args([command, "--help"])).exits(0).stdout;
        let (_, examples) = help.split_once("Example").expect(command);
        assert!(examples.contains(&format!("melscope {command} ")), "{command}: {examples}");
    }
    let (_, overview) = overview.split_once("Commands:").expect("the commands are listed");
    let listed = overview.lines().filter(|line| line.starts_with("  ") && line.as_bytes()[2] != b' ');
    let listed = listed
        .filter(|line| !line.starts_with("  -") && !line.starts_with("  help ") && !line.starts_with("  ["));
    assert_eq!(listed.count(), commands.len(), "a command that this test does not know:\n{overview}");
    let mut alone = datasets::melscope();
    alone.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    run(&mut alone).exits(1).tells("there is no display").tells("melscope build DIR");
}

#[test]
fn completions_know_every_command_and_flag() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(datasets::melscope().args(["completions", shell])).exits(0).stdout;
        for word in FOLDER_COMMANDS.iter().chain(&["analyze", "run", "n-mels", "if-threshold", "exclude"]) {
            assert!(script.contains(word), "{shell}: {word} is missing");
        }
    }
    let bash = run(datasets::melscope().args(["completions", "bash"])).stdout;
    run(Command::new("bash").args([OsStr::new("-n"), OsStr::new("-c"), OsStr::new(&bash)])).exits(0);
    run(datasets::melscope().args(["completions", "tcsh"])).exits(2).tells("bash");
}
