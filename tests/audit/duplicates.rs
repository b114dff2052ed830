//! Copies are found in whatever form they come; takes of one instrument are not copies.

use std::path::Path;
use std::process::Command;

use melscope::audit::Check;

use super::sounds::{Random, note, write};
use super::{audit, groups};

/// Debian's recordings for Sonic Pi: real takes of real instruments.
const SAMPLES: &str = "/usr/share/sonic-pi/samples";

/// Of every kind one: a stroke, a loop, a voice, a chord, noise.
const TAKES: [&str; 9] = [
    "ambi_choir",
    "bass_hit_c",
    "drum_cymbal_open",
    "elec_chime",
    "guit_harmonics",
    "loop_amen",
    "perc_bell",
    "tabla_dhec",
    "vinyl_hiss",
];

pub(crate) fn ffmpeg(arguments: &[&str], output: &Path) {
    let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(output).output();
    let ran =
        ran.unwrap_or_else(|error| panic!("ffmpeg is missing ({error}): run `make test`, or install it"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Protects: the same take as WAV, as MP3, at another level, at another rate and without its first 100 ms is one take,
/// and no two takes are.
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
    let near: Vec<_> =
        TAKES.iter().map(|take| names(take, &["1.wav", "2.mp3", "3.wav", "4.wav", "5.wav"])).collect();
    assert_eq!(groups(&report, Check::NearDuplicate), near);
    let exact: Vec<_> = TAKES.iter().map(|take| names(take, &["1.wav", "6.flac"])).collect();
    assert_eq!(groups(&report, Check::ExactDuplicate), exact);
    let extra: usize = report
        .verdict
        .actions
        .iter()
        .filter(|action| action.check.is_some())
        .map(|action| action.exclude.len())
        .sum();
    assert_eq!(extra, 5 * TAKES.len(), "one of each take is kept");
}

/// Protects: what is left of a stroke without its first 100 ms, often a bare low tone, belongs to that stroke alone.
#[test]
fn the_end_of_a_stroke_is_recognised_and_joins_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let takes = ["bd_haus", "bd_klub", "bd_tek", "bd_zum", "tabla_tun2", "tabla_tun3"];
    for take in takes {
        let source = format!("{SAMPLES}/{take}.flac");
        ffmpeg(&["-i", &source], &folder.path().join(format!("{take} 1.wav")));
        ffmpeg(&["-ss", "0.1", "-i", &source], &folder.path().join(format!("{take} 2.wav")));
    }
    let pairs = takes.map(|take| vec![format!("{take} 1.wav"), format!("{take} 2.wav")]);
    assert_eq!(groups(&audit(folder.path()), Check::NearDuplicate), pairs);
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
