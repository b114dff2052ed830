//! Copies are found in whatever form they come; takes of one instrument are not copies.

use std::path::Path;
use std::process::Command;

use melscope::audit::Check;

use super::sounds::{Random, note, write};
use super::{audit, groups};

/// Debian's recordings for Sonic Pi: real takes of real instruments.
const SAMPLES: &str = "/usr/share/sonic-pi/samples";

/// Of every kind one: a stroke, a loop, a voice, a chord, noise.
const TAKES: [&str; 8] = [
    "ambi_choir",
    "bass_hit_c",
    "drum_cymbal_open",
    "elec_chime",
    "guit_harmonics",
    "loop_amen",
    "tabla_dhec",
    "vinyl_hiss",
];

fn ffmpeg(arguments: &[&str], output: &Path) {
    let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(output).output();
    let ran =
        ran.unwrap_or_else(|error| panic!("ffmpeg is missing ({error}): run `make test`, or install it"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Protects: the same take as WAV, as MP3, at another level, at another rate and without its first 100 ms is one take in at
/// least 95 of 100 cases, and no two takes are.
#[test]
fn a_take_is_recognised_in_every_form_and_no_other_is() {
    let folder = tempfile::tempdir().unwrap();
    for take in TAKES {
        let source = format!("{SAMPLES}/{take}.flac");
        assert!(
            Path::new(&source).exists(),
            "{source} is missing: install sonic-pi-samples, or run `make test`"
        );
        let place = |name: &str| folder.path().join(format!("{take} {name}"));
        ffmpeg(&["-i", &source], &place("1.wav"));
        ffmpeg(&["-i", &source, "-b:a", "128k"], &place("2.mp3"));
        ffmpeg(&["-i", &source, "-af", "volume=-9dB"], &place("3.wav"));
        ffmpeg(&["-ss", "0.1", "-i", &source], &place("4.wav"));
        ffmpeg(&["-i", &source, "-ar", "48000"], &place("5.wav"));
        ffmpeg(&["-i", &source, "-c:a", "flac"], &place("6.flac"));
    }
    let report = audit(folder.path());
    let names = |take: &str, forms: &[&str]| -> Vec<String> {
        forms.iter().map(|form| format!("{take} {form}")).collect()
    };
    // Every group is of one take alone; how many of a take's forms it holds is counted over all.
    let (mut n_found, mut missed) = (0, Vec::new());
    let near = groups(&report, Check::NearDuplicate);
    for take in TAKES {
        let forms = names(take, &["1.wav", "2.mp3", "3.wav", "4.wav", "5.wav"]);
        let group = near.iter().find(|group| group.contains(&forms[0]));
        let is_found = |form: &&String| group.is_some_and(|group| group.contains(form));
        n_found += forms[1..].iter().filter(is_found).count();
        missed.extend(forms[1..].iter().filter(|form| !is_found(form)).cloned());
        assert!(group.is_none_or(|group| group.iter().all(|name| forms.contains(name))), "{group:?}");
    }
    let recall = n_found as f64 / (4 * TAKES.len()) as f64;
    println!("copies found: {n_found} of {}; missed: {missed:?}", 4 * TAKES.len());
    assert!(recall >= 0.95, "recall {recall:.3}, missed {missed:?}");
    assert_eq!(near.len(), TAKES.len(), "no take is in two groups");
    let exact: Vec<_> = TAKES.iter().map(|take| names(take, &["1.wav", "6.flac"])).collect();
    assert_eq!(groups(&report, Check::ExactDuplicate), exact);
    let excluded = report.verdict.actions.iter().filter(|action| action.check.is_some());
    let extra: usize = excluded.map(|action| action.exclude.len()).sum();
    assert_eq!(extra, n_found + TAKES.len(), "one of each take is kept");
}

/// Protects: strokes on one drum, and one note played again, are takes of their own.
#[test]
fn takes_of_one_instrument_are_not_copies() {
    let folder = tempfile::tempdir().unwrap();
    for take in 0..12u64 {
        // The same note each time, touched a little differently, with the room's own noise.
        let mut random = Random::new(1000 + take);
        let gain = random.within(0.6, 1.0) as f32;
        let played: Vec<f32> = note(3, 44_100, 1.5)
            .iter()
            .zip(note(3, 44_100, 1.5 + 0.01).iter().skip((random.unit() * 300.0) as usize))
            .map(|(a, b)| gain * (a * 0.5 + b * random.within(-0.6, 0.6) as f32))
            .collect();
        write(&folder.path().join(format!("note {take}.wav")), 44_100, &[&played]);
        let stroke: Vec<f32> = (0..44_100)
            .map(|n| {
                let t = n as f64 / 44_100.0;
                let skin = 0.5
                    * (-9.0 * t).exp()
                    * (std::f64::consts::TAU * (180.0 + random.within(-0.1, 0.1)) * t).sin();
                (skin + 0.4 * (-14.0 * t).exp() * random.within(-1.0, 1.0)) as f32 * gain
            })
            .collect();
        write(&folder.path().join(format!("snare {take}.wav")), 44_100, &[&stroke]);
    }
    let report = audit(folder.path());
    assert!(groups(&report, Check::NearDuplicate).is_empty(), "{:?}", groups(&report, Check::NearDuplicate));
}
