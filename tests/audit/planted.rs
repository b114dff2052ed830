//! Flaws planted in clean sound at several strengths: found where they matter, and not in the clean sound.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use melscope::audio::resample::Resampler;
use melscope::audit::{Check, Chunking, FileAudit, Meter, Severity};
use melscope::path_text::RelPath;
use melscope::source::SourceFile;

use super::sounds::{Random, note, write};

const RATE_HZ: u32 = 48_000;
/// Clean recordings, each with every flaw in turn.
const SEEDS: u64 = 20;
/// The least precision and recall of every check.
const GOAL: f64 = 0.95;

/// How a flaw of one strength is planted: the clean sound, the seed and the strength give a file.
type Plant = fn(&Path, &[f32], u64, f64) -> PathBuf;

/// Every check of single files, with the strengths that matter, and what strength means.
const FLAWS: [(Check, &str, &[f64], Plant); 18] = [
    (Check::Clipping, "peak before the clip", &[1.5, 2.0, 4.0], |path, clean, _, peak| {
        wav(path, &map(clean, |sample| (sample * 2.0 * peak as f32).clamp(-1.0, 1.0)))
    }),
    (Check::Clipping, "level after the clip in dB, float", &LEVELS_DB, |path, clean, seed, level_db| {
        wav(path, &clipped_then_scaled(clean, seed, level_db))
    }),
    (
        Check::Clipping,
        "level after the clip in dB, 16 bit, dither",
        &LEVELS_DB,
        |path, clean, seed, level_db| {
            let mut random = Random::new(seed);
            let mut dither = || random.within(-0.5, 0.5) + random.within(-0.5, 0.5);
            let scaled = clipped_then_scaled(clean, seed, level_db);
            wav(
                path,
                &map(&scaled, |sample| ((f64::from(sample) * 32_767.0 + dither()).round() / 32_768.0) as f32),
            )
        },
    ),
    (Check::Clipping, "ceiling of a hard limiter", &[0.99, 0.98], |path, clean, seed, ceiling| {
        let gain = [1.7, 2.0, 4.0][seed as usize % 3] * 2.0;
        wav(path, &map(clean, |sample| (sample * gain).clamp(-ceiling as f32, ceiling as f32)))
    }),
    (Check::BeyondFullScale, "peak", &[32_767.0, 1e29, 128.0], |path, clean, _, peak| {
        wav(path, &map(clean, |sample| sample * 2.0 * peak as f32))
    }),
    (Check::DcOffset, "constant", &[0.01, 0.03, -0.1], |path, clean, _, offset| {
        wav(path, &map(clean, |sample| sample + offset as f32))
    }),
    (Check::Silence, "silent share", &[0.6, 0.8, 0.95], |path, clean, _, share| {
        let mut samples = clean.to_vec();
        samples.resize((clean.len() as f64 / (1.0 - share)) as usize, 0.0);
        wav(path, &samples)
    }),
    (Check::QuietChunks, "peak of the quiet part", &[0.008, 0.003, 0.0005], |path, clean, seed, peak| {
        let mut random = Random::new(seed);
        let quiet = (0..3 * RATE_HZ).map(|_| (peak * random.within(-0.99, 0.99)) as f32);
        wav(path, &clean.iter().copied().chain(quiet).collect::<Vec<_>>())
    }),
    (Check::Bandwidth, "former rate", &[8_000.0, 16_000.0, 22_050.0, 32_000.0], |path, _, seed, rate_hz| {
        let rate_hz = rate_hz as u32;
        let mut resampler = Resampler::new(rate_hz, RATE_HZ);
        let mut samples = Vec::new();
        resampler.process(&note(seed, rate_hz, 2.0), &mut samples);
        resampler.finish(&mut samples);
        // What an upsampled file of 16 bits has above its edge: rounding.
        wav(path, &map(&samples, |sample| (sample * 32_768.0).round() / 32_768.0))
    }),
    (Check::MonoCancellation, "right over left", &[-1.0, -0.8, -0.5], |path, clean, _, gain| {
        write(path, RATE_HZ, &[clean, &map(clean, |sample| sample * gain as f32)]);
        path.to_path_buf()
    }),
    (Check::Hum, "level below full scale in dB, 50 Hz", &[20.0, 30.0, 40.0], |path, clean, _, level| {
        wav(path, &with_hum(clean, 50.0, level))
    }),
    (Check::Hum, "level below full scale in dB, 60 Hz", &[20.0, 30.0, 40.0], |path, clean, _, level| {
        wav(path, &with_hum(clean, 60.0, level))
    }),
    (Check::NoiseLike, "level of noise", &[0.9, 0.1, 0.02], |path, clean, seed, level| {
        let mut random = Random::new(seed);
        wav(path, &map(clean, |_| random.within(-level, level) as f32))
    }),
    (Check::TooShort, "seconds", &[0.09, 0.05, 0.01], |path, clean, _, seconds| {
        wav(path, &clean[..(seconds * f64::from(RATE_HZ)) as usize])
    }),
    (Check::NotFinite, "seconds", &[0.0, 0.5, 1.9], |path, clean, _, seconds| {
        let mut samples = clean.to_vec();
        samples[(seconds * f64::from(RATE_HZ)) as usize] = f32::NAN;
        wav(path, &samples)
    }),
    (Check::Damaged, "share of the file", &[0.5, 0.9, 0.99], |path, clean, _, share| {
        let path = wav(path, clean);
        let n_bytes = fs::metadata(&path).unwrap().len();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len((n_bytes as f64 * share) as u64).unwrap();
        path
    }),
    (Check::Empty, "frames", &[0.0], |path, _, _, _| wav(path, &[])),
    (Check::WrongExtension, "one extension after the other", &[0.0, 1.0, 2.0], |path, clean, _, which| {
        let renamed = path.with_extension(["flac", "mp3", "aiff"][which as usize]);
        wav(&renamed, clean)
    }),
];

/// Levels that a recording is brought to after it was clipped.
const LEVELS_DB: [f64; 6] = [-0.1, -0.3, -1.0, -3.0, -6.0, -12.0];

/// The sound driven 4.6 to 12 dB into the clip, and brought below full scale.
fn clipped_then_scaled(clean: &[f32], seed: u64, level_db: f64) -> Vec<f32> {
    let (peak, gain) = ([1.7, 2.0, 4.0][seed as usize % 3], 10f64.powf(level_db / 20.0));
    map(clean, |sample| (sample * 2.0 * peak).clamp(-1.0, 1.0) * gain as f32)
}

fn map(samples: &[f32], change: impl FnMut(f32) -> f32) -> Vec<f32> {
    samples.iter().copied().map(change).collect()
}

fn wav(path: &Path, samples: &[f32]) -> PathBuf {
    write(path, RATE_HZ, &[samples]);
    path.to_path_buf()
}

/// Hum as transformers make it: the fundamental and weaker overtones, a tenth of a hertz off as grids are.
fn with_hum(clean: &[f32], mains_hz: f64, level_db: f64) -> Vec<f32> {
    let amplitude = 10f64.powf(-level_db / 20.0);
    let hum = |n: usize| {
        let phase = std::f64::consts::TAU * (mains_hz + 0.1) * n as f64 / f64::from(RATE_HZ);
        amplitude * (phase.sin() + 0.4 * (2.0 * phase).sin() + 0.2 * (3.0 * phase).sin())
    };
    clean.iter().enumerate().map(|(n, sample)| sample + hum(n) as f32).collect()
}

/// The audit of one file.
fn audited(meter: &mut Meter, path: &Path) -> FileAudit {
    let chunking =
        Chunking { sample_rate_hz: RATE_HZ, chunk_samples: RATE_HZ as usize, trim_silence_dbfs: None };
    let outcome = meter
        .measure(path, melscope::settings::FfmpegUse::Off, chunking, &|| Ok(()))
        .map_err(|error| error.to_string());
    let source = SourceFile {
        relative: RelPath::new(path.file_name().unwrap()),
        path: path.to_path_buf(),
        size: 0,
        mtime_ns: 0,
        is_excluded: false,
    };
    FileAudit::new(&source, outcome, chunking)
}

/// The checks that find something in a file.
fn found(meter: &mut Meter, path: &Path) -> Vec<Check> {
    audited(meter, path).findings.iter().map(|finding| finding.check).collect()
}

/// Protects: every check finds its flaw at the strengths that matter, and leaves the clean recordings alone.
#[test]
fn every_planted_flaw_is_found_and_clean_sound_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut meter = Meter::default();
    let mut false_alarms = BTreeMap::<Check, usize>::new();
    let clean: Vec<Vec<f32>> = (0..SEEDS).map(|seed| note(seed, RATE_HZ, 2.0)).collect();
    for (seed, samples) in clean.iter().enumerate() {
        for check in found(&mut meter, &wav(&folder.path().join(format!("clean-{seed}.wav")), samples)) {
            *false_alarms.entry(check).or_default() += 1;
        }
    }
    println!(
        "{:<20} {:<38} {:>12} {:>6} {:>14} {:>10} {:>7}",
        "check", "strength", "", "hits", "false alarms", "precision", "recall"
    );
    let mut misses = Vec::new();
    for (check, meaning, strengths, plant) in FLAWS {
        let n_false = false_alarms.get(&check).copied().unwrap_or(0);
        let mut n_hits = 0;
        for strength in strengths {
            let hits = clean.iter().zip(0..).filter(|(samples, seed)| {
                let path = folder.path().join(format!("{}-{seed}-{strength}.wav", check.id()));
                let path = plant(&path, samples, *seed, *strength);
                found(&mut meter, &path).contains(&check)
            });
            let n = hits.count();
            println!("{:<20} {meaning:<38} {strength:>12} {n:>3}/{SEEDS}", check.id());
            n_hits += n;
        }
        let recall = n_hits as f64 / (SEEDS as usize * strengths.len()) as f64;
        let precision = n_hits as f64 / (n_hits + n_false).max(1) as f64;
        println!(
            "{:<20} {:<38} {:>12} {n_hits:>6} {n_false:>11}/{SEEDS} {precision:>10.3} {recall:>7.3}",
            check.id(),
            "all",
            ""
        );
        if precision < GOAL || recall < GOAL {
            misses.push(format!("{}: precision {precision:.3}, recall {recall:.3}", check.id()));
        }
    }
    assert_eq!(false_alarms.get(&Check::Clipping), None);
    assert!(misses.is_empty(), "{misses:?}; false alarms {false_alarms:?}");
}

/// Protects: what no chunk suffers from is no finding: a peak between the samples, which only a converter makes, and a limiter
/// that bends the wave and leaves no flat top.
#[test]
fn peaks_between_samples_and_soft_limiters_are_not_clipping() {
    let folder = tempfile::tempdir().unwrap();
    let mut meter = Meter::default();
    // A quarter of the rate, halfway between its extremes: the wave is 3 dB above all of its samples.
    let wave = |n: usize| {
        let swell = 1.0 - 0.2 * (n as f64 / 9_000.0).sin().powi(2);
        (std::f64::consts::FRAC_PI_4 * (2 * n + 1) as f64).sin() * std::f64::consts::SQRT_2 * 0.99 * swell
    };
    let between: Vec<f32> = (0..2 * RATE_HZ as usize).map(|n| wave(n) as f32).collect();
    let audit = audited(&mut meter, &wav(&folder.path().join("between.wav"), &between));
    let measured = audit.measurements().unwrap();
    assert!(measured.peak < 1.0 && measured.true_peak > 1.3, "{} {}", measured.peak, measured.true_peak);
    assert_eq!(audit.findings, []);
    for seed in 0..SEEDS {
        let soft = map(&note(seed, RATE_HZ, 2.0), |sample| (sample * 4.0).tanh() * 0.99);
        let found = found(&mut meter, &wav(&folder.path().join("soft.wav"), &soft));
        assert!(!found.contains(&Check::Clipping), "{seed}: {found:?}");
    }
}

/// Protects: hum counts by how far it is below the peak, which every chunk is brought to, and not by its own level.
#[test]
fn hum_at_87_db_below_full_scale_is_a_warning_in_a_quiet_recording_and_a_note_in_a_loud_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut meter = Meter::default();
    let mut found = [0; 2];
    for seed in 0..SEEDS {
        for (place, (gain, severity)) in
            [(0.02, Severity::Warning), (1.0, Severity::Note)].into_iter().enumerate()
        {
            let clean = map(&note(seed, RATE_HZ, 4.0), |sample| sample * gain);
            let path = wav(&folder.path().join("hum.wav"), &with_hum(&clean, 50.0, 87.0));
            let audit = audited(&mut meter, &path);
            let hum = audit.findings.iter().find(|finding| finding.check == Check::Hum);
            found[place] += usize::from(hum.is_some_and(|finding| finding.severity == severity));
            assert!(hum.is_none_or(|finding| finding.severity == severity), "{seed} {gain}: {hum:?}");
        }
    }
    println!("hum at -87 dBFS: {} of {SEEDS} below a peak of -40 dBFS, {} of -6 dBFS", found[0], found[1]);
    assert!(found[0] as f64 >= GOAL * SEEDS as f64, "{found:?}");
}

/// Protects: what is no audio at all has its reason.
#[test]
fn what_is_no_audio_is_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.wav");
    super::datasets::write(&path, b"no recording");
    assert_eq!(found(&mut Meter::default(), &path), [Check::Unreadable]);
    assert_eq!(found(&mut Meter::default(), &folder.path().join("gone.wav")), [Check::Unreadable]);
}
