//! Planted signals in noise of known level: the proposal must tell them apart, wherever they lie and however loud they are.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::{ThresholdAdvice, Verdict};
use crate::dsp::analysis::AnalysisPlan;
use crate::dsp::coherence::{CoherencePlan, CoherenceSums};
use crate::settings::{AnalysisSettings, IfMode, Settings, SettingsError};

/// Chunks of each planted sound.
const N_CHUNKS: usize = 2;

/// Signal and noise are told apart where one has ten times the power of the other; between that, there is no truth.
const RATIO: f32 = 10.0;

/// A plan for each mode, made once.
static PLANS: LazyLock<[CoherencePlan; 3]> = LazyLock::new(|| {
    IfMode::ALL.map(|if_mode| {
        let settings = AnalysisSettings { if_mode, ..Settings::default().analysis() };
        CoherencePlan::new::<SettingsError>(settings, &|| Ok(())).unwrap()
    })
});

fn plan_of(if_mode: IfMode) -> &'static CoherencePlan {
    &PLANS[if_mode as usize]
}

/// Even noise whose power falls with frequency where it is `pink` (Kellet's economy filter).
fn noise(seed: u32, level: f64, pink: bool, n_samples: usize) -> Vec<f64> {
    let mut state = seed;
    let mut poles = [0.0; 3];
    (0..n_samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = f64::from(state >> 8) / 8_388_608.0 - 1.0;
            let [a, b, c] = &mut poles;
            *a = 0.99765 * *a + white * 0.0990460;
            *b = 0.96300 * *b + white * 0.2965164;
            *c = 0.57000 * *c + white * 1.0526913;
            level * if pink { 0.3 * (*a + *b + *c + white * 0.1848) } else { white }
        })
        .collect()
}

/// A sound of `n` samples at 48 kHz.
fn planted(name: &str, n: usize) -> Vec<f64> {
    let seconds = |i: usize| i as f64 / 48_000.0;
    let mut phase = 0.0;
    (0..n)
        .map(|i| {
            let t = seconds(i);
            let tones =
                [440.0, 1000.0, 3000.0, 8000.0].map(|f: f64| (TAU * f * t).sin()).iter().sum::<f64>() / 4.0;
            match name {
                "tones" => tones,
                // Regions of each second: sound at 0 dB, at -20 dB, and noise alone.
                "tones in regions" => tones * [1.0, 0.1, 0.0, 0.0][(4.0 * t.fract()) as usize],
                // Each second chunk is noise that is brought to full level.
                "tones beside noise" => tones * [1.0, 0.0][t as usize % 2],
                "chirp" => (TAU * 475f64.mul_add(t * t, 200.0 * t)).sin(),
                "harmonics" => {
                    // A plucked 220 Hz with vibrato, once a second.
                    phase += 220.0 * 0.01f64.mul_add((TAU * 5.0 * t).sin(), 1.0) / 48_000.0;
                    let envelope = if t.fract() < 0.6 { (-2.0 * t.fract()).exp() } else { 0.0 };
                    envelope * (1..20).map(|k| (TAU * phase * f64::from(k)).sin() / f64::from(k)).sum::<f64>()
                        / 2.0
                }
                _ => 0.0,
            }
        })
        .collect()
}

/// The chunks of a sum of sounds, each at full level as a build makes them, and of one of the sounds at the same level.
fn chunks(whole: &[f64], part: &[f64], chunk_samples: usize) -> [Vec<Vec<f32>>; 2] {
    let peaks = whole.chunks(chunk_samples).map(|chunk| chunk.iter().fold(0f64, |peak, x| peak.max(x.abs())));
    let levelled = |sound: &[f64]| {
        let cut = sound.chunks(chunk_samples).zip(peaks.clone());
        cut.map(|(chunk, peak)| chunk.iter().map(|x| (x / peak) as f32).collect()).collect()
    };
    [levelled(whole), levelled(part)]
}

fn judge(plan: &CoherencePlan, chunks: &[Vec<f32>]) -> ThresholdAdvice {
    let (mut scratch, mut sums) = (plan.scratch(), CoherenceSums::default());
    for chunk in chunks {
        plan.add(chunk, &mut scratch, &mut sums);
    }
    ThresholdAdvice::new(&sums, plan)
}

fn mel_powers(plan: &AnalysisPlan, chunks: &[Vec<f32>]) -> Vec<f32> {
    let len = plan.settings().n_mels * plan.settings().n_frames();
    let (mut power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
    let mut all = Vec::new();
    for chunk in chunks {
        plan.analyze_unmasked_into(chunk, &mut plan.scratch(), &mut power, &mut inst_freq);
        all.extend_from_slice(&power);
    }
    all
}

fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The mean of the share of signal that is kept and of the share of noise that is masked.
fn balanced_accuracy(powers: &[f32], signal: &[f32], noise: &[f32], threshold: f64) -> f64 {
    let (mut kept, mut masked, mut n_signal, mut n_noise) = (0.0, 0.0, 0.0, 0.0);
    for ((power, signal), noise) in powers.iter().zip(signal).zip(noise) {
        let is_masked = *power < threshold as f32;
        if *signal > RATIO * noise {
            n_signal += 1.0;
            kept += f64::from(u8::from(!is_masked));
        } else if RATIO * signal < *noise {
            n_noise += 1.0;
            masked += f64::from(u8::from(is_masked));
        }
    }
    f64::midpoint(kept / n_signal, masked / n_noise)
}

/// The advice on a planted sound, and its balanced accuracy with that of the best threshold.
fn accuracy(plan: &CoherencePlan, name: &str, pink: bool, level: f64) -> (ThresholdAdvice, [f64; 2]) {
    let settings = plan.values().settings();
    let n = N_CHUNKS * settings.chunk_samples;
    let (signal, noise) = (planted(name, n), noise(5, level, pink, n));
    let mixed = sum(&signal, &noise);
    let [whole, signal] = chunks(&mixed, &signal, settings.chunk_samples);
    let [_, noise] = chunks(&mixed, &noise, settings.chunk_samples);
    let advice = judge(plan, &whole);
    let [powers, signal, noise] = [&whole, &signal, &noise].map(|chunks| mel_powers(plan.values(), chunks));
    let of = |threshold| balanced_accuracy(&powers, &signal, &noise, threshold);
    let best = (-80..80).map(|db| of(10f64.powf(f64::from(db) / 10.0))).fold(0.0, f64::max);
    let found = [of(advice.threshold.unwrap_or(0.0)), best];
    println!(
        "{:10} {name:18} noise {level:<5} pink {pink:5}: {:.3} of {best:.3}, {:?} {:?} dB, coherence {:.2} above, {:.2} below, \
         values {:.2}, lost above {:?}",
        advice.if_mode,
        found[0],
        advice.verdict,
        advice.threshold_db.map(f64::round),
        advice.coherence_above,
        advice.coherence_below,
        advice.coherence_of_values,
        advice.lost_above_hz.map(f64::round),
    );
    (advice, found)
}

#[test]
fn the_proposal_tells_planted_signals_from_noise() {
    for name in ["tones", "tones in regions", "tones beside noise", "chirp", "harmonics"] {
        for (pink, level) in [(false, 0.06), (false, 0.002), (true, 0.03)] {
            let (advice, [found, best]) = accuracy(plan_of(IfMode::Power), name, pink, level);
            assert_eq!(advice.verdict, Verdict::Threshold, "{name}: {}", advice.reason());
            // A chunk of noise alone is brought to full level: there no threshold tells all noise from quieter signal.
            let least = if name == "tones beside noise" { best - 0.05 } else { 0.9 };
            assert!(found >= least, "{name} at {level}: {found}, where {best} is possible");
        }
    }
}

/// Where the mask belongs is a question about the sound, not about how its frequencies are put into numbers.
#[test]
fn every_mode_has_the_same_threshold() {
    let of = |if_mode| accuracy(plan_of(if_mode), "harmonics", false, 0.01).0;
    let [filterbank, power, deviation] = IfMode::ALL.map(of);
    assert_eq!(filterbank.threshold, power.threshold);
    assert_eq!(deviation.threshold, power.threshold);
    assert!(filterbank.coherence_of_values < power.coherence_of_values, "its wide bands cancel");
}

#[test]
fn noise_gets_no_threshold() {
    for if_mode in IfMode::ALL {
        let plan = plan_of(if_mode);
        let settings = *plan.values().settings();
        let n = N_CHUNKS * settings.chunk_samples;
        for seed in if if_mode == IfMode::Power { 1..6 } else { 4..5 } {
            let mut sound = noise(seed, 0.1, seed % 2 == 0, n);
            if seed > 3 {
                // Bursts that die away are noise at every level.
                for (i, sample) in sound.iter_mut().enumerate() {
                    *sample *= (-4.0 * (i as f64 / 48_000.0).fract()).exp();
                }
            }
            let [whole, _] = chunks(&sound, &sound, settings.chunk_samples);
            let advice = judge(plan, &whole);
            assert_eq!(advice.verdict, Verdict::Noise, "{if_mode} {seed}: {}", advice.reason());
            assert_eq!((advice.threshold, advice.threshold_db), (None, None));
            assert!(advice.reason().contains("brings nothing"), "{}", advice.reason());
        }
    }
}

/// A chunk is divided by its peak; so a sound whose level is not what the peak is has its threshold at its own level.
#[test]
fn the_threshold_follows_the_level_of_a_sound() {
    let plan = plan_of(IfMode::Deviation);
    let settings = *plan.values().settings();
    let n = N_CHUNKS * settings.chunk_samples;
    let sound = sum(&planted("harmonics", n), &noise(9, 0.01, false, n));
    let at = |gain: f64, has_click: bool| {
        let mut scaled: Vec<f64> = sound.iter().map(|x| gain * x).collect();
        if has_click {
            for chunk in scaled.chunks_mut(settings.chunk_samples) {
                chunk[24_000] = 4.0;
            }
        }
        judge(plan, &chunks(&scaled, &scaled, settings.chunk_samples)[0]).threshold.map(|t| 10.0 * t.log10())
    };
    let [loud, quiet] = [1.0, 0.1].map(|gain| at(gain, false).unwrap());
    assert_eq!(loud.round(), quiet.round(), "both are brought to full level");
    let [loud, quiet] = [1.0, 0.1].map(|gain| at(gain, true).unwrap());
    println!("beside a click: {loud} dB, 20 dB quieter: {quiet} dB");
    assert!((loud - quiet - 20.0).abs() <= 3.0, "{loud} {quiet}");
}

#[test]
fn a_sound_that_is_coherent_at_every_level_needs_no_mask() {
    let plan = plan_of(IfMode::Power);
    let settings = *plan.values().settings();
    let n = N_CHUNKS * settings.chunk_samples;
    // A tone in each band, with nothing in between.
    let filters = plan.values().filters();
    let centres: Vec<f64> = (0..filters.n_mels()).step_by(2).map(|band| filters.centre_hz(band)).collect();
    let sound: Vec<f64> = (0..n)
        .map(|i| {
            let t = i as f64 / 48_000.0;
            centres
                .iter()
                .enumerate()
                .map(|(k, f)| (TAU * f * t + (k * k) as f64).sin() / (1.0 + k as f64))
                .sum()
        })
        .collect();
    let advice = judge(plan, &chunks(&sound, &sound, settings.chunk_samples)[0]);
    println!("{}: {:?}", advice.reason(), advice.verdict);
    assert_eq!((advice.verdict, advice.threshold), (Verdict::NoMaskNeeded, Some(0.0)));
}

#[test]
fn wide_bands_that_cancel_are_told() {
    let plan = plan_of(IfMode::Filterbank);
    let settings = *plan.values().settings();
    let n = N_CHUNKS * settings.chunk_samples;
    // Tones in wide bands, so close to noise that their neighbours in the band are noise.
    let tones = (0..n).map(|i| {
        let t = i as f64 / 48_000.0;
        [6000.0, 9000.0, 13_000.0].map(|f: f64| (TAU * f * t).sin()).iter().sum::<f64>() / 3.0
    });
    let sound = sum(&tones.collect::<Vec<_>>(), &noise(3, 0.2, false, n));
    let advice = judge(plan, &chunks(&sound, &sound, settings.chunk_samples)[0]);
    println!("{}: {:?}", advice.reason(), advice.verdict);
    assert!(advice.reason().contains("filterbank"), "{}", advice.reason());
    assert!(advice.coherence_of_values < advice.coherence_above / 2.0, "{advice:?}");
}

#[test]
fn silence_is_not_judged() {
    let plan = plan_of(IfMode::Power);
    let settings = *plan.values().settings();
    let advice = judge(plan, &[vec![0.0; settings.chunk_samples]]);
    assert_eq!((advice.verdict, advice.threshold), (Verdict::Unknown, None));
    assert!(advice.curve.is_empty());
}
