//! What Melscope does not read itself: read by an installed ffmpeg, or at least counted and named with a reason that helps.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![allow(dead_code, reason = "the helpers serve other tests too")]

mod datasets;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A folder with a sound file, a folder for programs, and runs of Melscope that find only those.
struct Bench {
    _folder: tempfile::TempDir,
    root: PathBuf,
    programs: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = dunce::canonicalize(folder.path()).unwrap();
        let (root, programs) = (base.join("set"), base.join("bin"));
        fs::create_dir(&root).unwrap();
        fs::create_dir(&programs).unwrap();
        datasets::write_wav(&root.join("ok.wav"), 48_000, 48_000, datasets::tone(440.0, 48_000));
        Self { _folder: folder, root, programs }
    }

    /// Puts a program in ffmpeg's place that gives a second of a tone whatever it is asked to read.
    fn install_ffmpeg(&self, version: &str) {
        let mut sound = b".snd\0\0\0\x18\xFF\xFF\xFF\xFF\0\0\0\x06\0\0\x1F\x40\0\0\0\x01".to_vec();
        let tone = datasets::tone(440.0, 8_000);
        for n in 0..8_000 {
            let mut sample = (tone(n) as f32).to_le_bytes();
            sample.reverse();
            sound.extend(sample);
        }
        let au = self.programs.join("sound.au");
        datasets::write(&au, &sound);
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> {log}\necho '[info] ffmpeg version {version} Copyright' >&2\n\
             if [ \"$1\" = -version ]; then echo 'ffmpeg version {version} Copyright'; exit; fi\n\
             echo '[info] Input #0, asf, from x' >&2\n\
             echo '[info]   Duration: 00:00:01.00, start: 0' >&2\n\
             echo '[info]   Stream #0:0: Audio: wmav2, 8000 Hz' >&2\n\
             echo '[info] Output #0, au, to x' >&2\nexec /bin/cat {au}\n",
            log = self.programs.join("log").display(),
            au = au.display(),
        );
        let program = self.programs.join("ffmpeg");
        fs::remove_file(&program).ok();
        datasets::write(&program, script.as_bytes());
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The exit code, and everything that was said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = datasets::melscope();
        let (name, rest) = arguments.split_first().unwrap();
        let output =
            command.arg(name).arg(&self.root).args(rest).env("PATH", &self.programs).output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        (output.status.code().unwrap(), said)
    }

    /// The events of a run.
    fn events(&self, arguments: &[&str]) -> Vec<Value> {
        let (_, said) = self.run(&[arguments, &["--json"]].concat());
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn manifest(&self) -> Value {
        datasets::manifest(&self.root.join(".cache"))
    }
}

#[test]
fn kinds_that_are_not_read_are_counted_and_named_everywhere() {
    let bench = Bench::new();
    for name in ["a.wma", "b.WMA", "sub/c.ape", "d.mid"] {
        fs::create_dir_all(bench.root.join(name).parent().unwrap()).unwrap();
        datasets::write(&bench.root.join(name), b"\x01\x02\x03\x04");
    }
    let line =
        "4 audio files of kinds that are not read: 2 wma, 1 ape, 1 mid (install ffmpeg to read 3 of them)";
    for command in [&["estimate"][..], &["audit"], &["status"], &["build", "--yes"]] {
        let (_, said) = bench.run(command);
        assert!(said.contains(line), "{command:?}: {said}");
    }
    let events = bench.events(&["estimate"]);
    let notes: Vec<_> = events.iter().filter(|event| event["event"] == "note").collect();
    assert_eq!(notes.len(), 5, "{events:?}");
    assert_eq!(notes[0]["message"], line);
    assert!(notes.iter().any(|note| note["path"].as_str().is_some_and(|path| path.ends_with("c.ape"))
        && note["reason"].as_str().unwrap().contains("ape")));
    assert_eq!(bench.manifest()["files"].as_array().unwrap().len(), 1);
    // What is excluded is not missed.
    let (_, said) = bench.run(&["estimate", "--exclude", "a.wma", "b.WMA", "sub", "d.mid"]);
    assert!(!said.contains("not read") && !said.contains("there is no such"), "{said}");
}

#[test]
fn linked_folders_and_placeholders_are_named() {
    let bench = Bench::new();
    fs::create_dir(bench.programs.join("music")).unwrap();
    symlink(bench.programs.join("music"), bench.root.join("linked")).unwrap();
    datasets::write(&bench.root.join(".take.wav.icloud"), b"bplist00");
    let (_, said) = bench.run(&["estimate"]);
    assert!(said.contains("1 linked folder, not entered: linked"), "{said}");
    assert!(
        said.contains("1 placeholder for audio files in the cloud, not downloaded: .take.wav.icloud"),
        "{said}"
    );
}

#[test]
fn ffmpeg_reads_the_rest_and_the_cache_knows_its_version() {
    let bench = Bench::new();
    let odd = "-i http:x.wma";
    datasets::write(&bench.root.join(odd), b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9");
    bench.install_ffmpeg("5.1.9-0+deb12u1");
    assert_eq!(
        bench.events(&["estimate"]).iter().find(|event| event["event"] == "estimate").unwrap()["spectrograms"],
        2
    );
    assert_eq!(bench.run(&["build", "--yes"]).0, 0);
    let manifest = bench.manifest();
    let sources = manifest["melscope"]["sources"].as_array().unwrap();
    assert_eq!(sources[0]["path"], odd);
    assert_eq!((&sources[0]["decoder"], &sources[0]["sample_rate"]), (&"ffmpeg 5.1.9".into(), &8_000.into()));
    assert!(sources[1].get("decoder").is_none());
    assert_eq!(manifest["files"].as_array().unwrap().len(), 1, "the trainer does not list it");
    let log = fs::read_to_string(bench.programs.join("log")).unwrap();
    assert!(log.contains(&format!("-i file:{}/{odd} ", bench.root.display())), "{log}");
    let (code, said) = bench.run(&["status"]);
    assert_eq!(code, 0, "{said}");
    bench.install_ffmpeg("7.0");
    let (code, said) = bench.run(&["status"]);
    assert_eq!(code, 3);
    assert!(said.contains("-i http:x.wma was read by ffmpeg 5.1.9, which is now 7.0"), "{said}");
    fs::remove_file(bench.programs.join("ffmpeg")).unwrap();
    let (code, said) = bench.run(&["status"]);
    assert_eq!(code, 3);
    assert!(said.contains("was read by ffmpeg 5.1.9, which is not there any more"), "{said}");
    assert!(!said.contains("removed"), "{said}");
}

#[test]
fn ffmpeg_is_not_started_where_it_is_switched_off_or_not_needed() {
    let bench = Bench::new();
    bench.install_ffmpeg("5.1");
    datasets::write(&bench.root.join("a.wma"), b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9");
    let (_, said) = bench.run(&["build", "--yes", "--ffmpeg", "off"]);
    assert!(said.contains("the settings switch it off"), "{said}");
    assert!(!bench.programs.join("log").exists());
    fs::remove_file(bench.root.join("a.wma")).unwrap();
    // What is damaged, or no audio at all, is not given to it either.
    datasets::write(&bench.root.join("page.mp3"), b"<!DOCTYPE html><html></html>");
    datasets::write(&bench.root.join("cut.wav"), b"RIFF\xFF\xFF\0\0WAVEfmt ");
    let (_, said) = bench.run(&["build", "--yes"]);
    assert!(said.contains("web page"), "{said}");
    assert!(!bench.programs.join("log").exists(), "{said}");
}

#[test]
fn a_file_that_waited_for_ffmpeg_is_read_once_it_is_there() {
    let bench = Bench::new();
    let mut wav = b"RIFF\x2E\0\0\0WAVEfmt \x14\0\0\0".to_vec();
    // GSM 6.10: 33 bytes of a telephone.
    wav.extend([0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 6, 0, 0, 65, 0, 0, 0, 2, 0, 64, 1]);
    wav.extend(b"data\x41\0\0\0");
    wav.extend([0xD0; 65]);
    datasets::write(&bench.root.join("phone.wav"), &wav);
    let (_, said) = bench.run(&["build", "--yes"]);
    assert!(said.contains("GSM 6.10") && said.contains("or install ffmpeg"), "{said}");
    assert_eq!(bench.run(&["status"]).0, 0);
    bench.install_ffmpeg("5.1");
    let (code, said) = bench.run(&["status"]);
    assert_eq!(code, 3);
    assert!(said.contains("phone.wav was left out for want of ffmpeg, which is there now"), "{said}");
    assert_eq!(bench.run(&["build", "--yes"]).0, 0);
    assert_eq!(bench.manifest()["melscope"]["sources"][1]["decoder"], "ffmpeg 5.1");
    let (_, said) = bench.run(&["audit"]);
    assert!(!said.contains("GSM"), "{said}");
}

#[test]
fn settings_with_a_mark_of_their_encoding_are_read() {
    let bench = Bench::new();
    datasets::write(&bench.root.join("melscope.json"), "\u{FEFF}{\"n_mels\": 64}".as_bytes());
    let (code, said) = bench.run(&["build", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(bench.manifest()["complex_spectrogram_config"]["n_mels"], 64);
}

#[test]
fn cleaning_a_linked_cache_leaves_the_link_and_what_others_wrote() {
    let bench = Bench::new();
    let target = bench.programs.join("cache");
    fs::create_dir(&target).unwrap();
    datasets::write(&target.join("notes.txt"), b"mine");
    symlink(&target, bench.root.join(".cache")).unwrap();
    assert_eq!(bench.run(&["build", "--yes"]).0, 0);
    assert!(datasets::names(&target).len() > 2);
    for _ in 0..2 {
        let (code, said) = bench.run(&["clean"]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("the cache is a link to"), "{said}");
        assert_eq!(datasets::names(&target), ["notes.txt"]);
        assert!(bench.root.join(".cache").is_symlink());
        fs::remove_file(target.join("notes.txt")).unwrap();
        assert_eq!(bench.run(&["build", "--yes"]).0, 0);
        assert_eq!(bench.run(&["clean"]).0, 0);
        assert!(target.is_dir() && Path::new(&bench.root.join(".cache")).is_symlink());
        datasets::write(&target.join("notes.txt"), b"mine");
    }
}
