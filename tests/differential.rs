//! Hundreds of generated files read as libsndfile and ffmpeg read them: no sound lost in silence, none that is other, no
//! damage that both deny.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use melscope::audio::decode::Ending;
use serde::Deserialize;

/// What the comparison asks of a lossy codec against the same codec in ffmpeg, in dB below the sound.
const LOSSY_DB_MIN: f64 = 60.0;

/// A generated file, as `variants.py` describes it.
#[derive(Debug, Deserialize)]
struct Variant {
    file: String,
    lossless: bool,
    fault: Option<String>,
    /// Frames that were written.
    frames: u64,
    /// True where the file holds as many, without a codec's padding.
    is_exact: bool,
    libsndfile: Option<Judged>,
    ffmpeg: Option<Judged>,
}

/// The shape of what a judge read.
#[derive(Debug, Deserialize)]
struct Judged {
    channels: usize,
    frames: u64,
}

/// An interpreter that has soundfile: `MELSCOPE_PYTHON`, or the system's.
fn python_with_soundfile() -> PathBuf {
    let named = std::env::var_os("MELSCOPE_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain(["python3".into(), "/usr/bin/python3".into()]);
    let has_soundfile = |python: &PathBuf| {
        let output = Command::new(python).args(["-c", "import soundfile, numpy"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().find(has_soundfile).expect(
        "this test needs soundfile: apt-get install --no-install-recommends python3-soundfile ffmpeg, \
         or name an interpreter that has it in MELSCOPE_PYTHON",
    )
}

/// The samples that `judge` read of `file`.
fn judged_samples(folder: &Path, judge: &str, file: &str) -> Vec<f32> {
    let bytes = fs::read(folder.join(judge).join(format!("{file}.f32"))).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The energy of `expected` over that of the difference, in dB.
fn ratio_db(ours: &[f32], expected: &[f32]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let difference =
        energy(&mut ours.iter().zip(expected).map(|(own, other)| f64::from(*own) - f64::from(*other)));
    let sound = energy(&mut expected.iter().map(|value| f64::from(*value)));
    10.0 * (sound / difference.max(f64::MIN_POSITIVE)).log10()
}

/// What is wrong with the reading of one file, in words.
fn faults_of(folder: &Path, variant: &Variant) -> Vec<String> {
    let ours = match common::decode(&folder.join(&variant.file)) {
        Ok(ours) => ours,
        Err(error) => return vec![format!("not read: {error}")],
    };
    let mut faults = Vec::new();
    let is_said = ours.ending != Ending::Complete || !ours.remarks.is_empty();
    let judges: Vec<(&str, &Judged)> = [("libsndfile", &variant.libsndfile), ("ffmpeg", &variant.ffmpeg)]
        .into_iter()
        .filter_map(|(name, judged)| judged.as_ref().map(|judged| (name, judged)))
        .filter(|(_, judged)| judged.channels == ours.n_channels)
        .collect();
    let best = judges.iter().map(|(_, judged)| judged.frames).max().unwrap_or(0);
    // A judge that takes padding, or tags behind the samples, for sound reads more than there is.
    let needed = if variant.is_exact { variant.frames } else { best.min(variant.frames) };
    if ours.n_frames < needed && !is_said {
        faults.push(format!("{} of {needed} frames, and nothing is said", ours.n_frames));
    }
    if variant.is_exact && ours.n_frames != variant.frames {
        faults.push(format!("{} frames, and it holds {}", ours.n_frames, variant.frames));
    }
    let is_whole = variant.fault.as_deref() != Some("cut");
    if let (Ending::Damaged { reason, .. }, true) = (&ours.ending, is_whole) {
        faults.push(format!("called damaged: {reason}"));
    }
    if !is_whole && ours.ending == Ending::Complete {
        faults.push("cut, and nothing is said".to_owned());
    }
    let samples: BTreeMap<&str, Vec<f32>> =
        judges.iter().map(|(name, _)| (*name, judged_samples(folder, name, &variant.file))).collect();
    match (samples.get("libsndfile"), samples.get("ffmpeg"), variant.lossless) {
        (Some(one), Some(other), true) => {
            // Where the judges agree is what the file holds; a judge may go on into the tags behind.
            let n_agreed = one.iter().zip(other).take_while(|(one, other)| one == other).count();
            let n_common = n_agreed.min(ours.samples.len());
            if let Some(at) = (0..n_common).find(|&at| ours.samples[at].to_bits() != one[at].to_bits()) {
                let (own, theirs) = (ours.samples[at], one[at]);
                faults.push(format!("sample {at} is {own:e}, where both judges read {theirs:e}"));
            }
        }
        (_, Some(other), false) => {
            let n_common = other.len().min(ours.samples.len());
            let db = ratio_db(&ours.samples[..n_common], &other[..n_common]);
            if db < LOSSY_DB_MIN {
                faults.push(format!("other sound than ffmpeg's: {db:.1} dB"));
            }
        }
        _ => (),
    }
    faults
}

#[test]
fn generated_files_are_read_as_the_judges_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/variants.py");
    let output = Command::new(python_with_soundfile()).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let index = fs::read_to_string(folder.path().join("index.json")).unwrap();
    let variants: Vec<Variant> = serde_json::from_str(&index).unwrap();
    assert!(variants.len() >= 400, "only {} files were generated", variants.len());
    let n_judged = variants.iter().filter(|v| v.libsndfile.is_some() || v.ffmpeg.is_some()).count();
    assert!(n_judged >= 400, "only {n_judged} files were judged");
    let faults: Vec<String> = variants
        .iter()
        .flat_map(|variant| {
            let faults = faults_of(folder.path(), variant);
            faults.into_iter().map(|fault| format!("{}: {fault}", variant.file))
        })
        .collect();
    assert!(faults.is_empty(), "{} faults in {} files:\n{}", faults.len(), variants.len(), faults.join("\n"));
}
