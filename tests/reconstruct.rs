//! Sound that comes back from tensors: the trainer's way as PyTorch computes it, ours by what the algorithms promise.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

mod datasets;
#[path = "reconstruct/signals.rs"]
mod signals;

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::process::Command;

use melscope::cache::pt;
use melscope::dsp::analysis::AnalysisPlan;
use melscope::dsp::fidelity::FidelityMeter;
use melscope::dsp::reconstruct::{LinearSpectrum, Reconstructor, Way};
use melscope::dsp::stft::Stft;
use melscope::monitor::Silent;
use melscope::pipeline::{self, Project};
use melscope::settings::{AnalysisSettings, IfMode, Settings};
use ndarray::{Array3, Array4};
use realfft::num_complex::Complex32;

use signals::{Signal, chord, clicks, close_chord, harmonic, noise, random_turns, tone};

fn defaults() -> AnalysisSettings {
    Settings::default().analysis()
}

/// The spectrum of a chunk, `[frames, bins]`.
fn spectrum(settings: &AnalysisSettings, chunk: &[f32]) -> Vec<Complex32> {
    let stft = Stft::new(settings);
    let mut scratch = stft.scratch();
    stft.load(chunk, &mut scratch);
    let mut spectrum = vec![Complex32::default(); settings.n_frames() * settings.n_bins()];
    for (frame, row) in spectrum.chunks_exact_mut(settings.n_bins()).enumerate() {
        let scale = stft.spectrum_into(frame, &mut scratch, row);
        for value in row {
            *value /= scale;
        }
    }
    spectrum
}

fn magnitude(settings: &AnalysisSettings, chunk: &[f32]) -> Vec<f32> {
    spectrum(settings, chunk).iter().map(|value| value.norm()).collect()
}

/// ‖ |X| - |Y| ‖ / ‖X‖ with the magnitudes of the original, `wanted`.
fn convergence(settings: &AnalysisSettings, wanted: &[f32], rebuilt: &[f32]) -> f64 {
    let got = magnitude(settings, rebuilt);
    let off: f64 = wanted.iter().zip(&got).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (off / wanted.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>()).sqrt()
}

/// The spectral convergence that comes back from the true magnitude in `n_rounds`, with channel 1 of these settings or without.
fn from_true_magnitude(
    settings: AnalysisSettings,
    chunk: &[f32],
    uses_channel_1: bool,
    n_rounds: usize,
) -> f64 {
    let reconstructor = Reconstructor::new(settings).unwrap();
    let mut scratch = reconstructor.scratch();
    let magnitude = magnitude(&settings, chunk);
    let mut advance = vec![0.0; magnitude.len()];
    let tensor = AnalysisPlan::new(settings).unwrap().analyze(chunk);
    reconstructor.advance_into(tensor.as_slice().unwrap(), &magnitude, &mut scratch, &mut advance);
    let advance = uses_channel_1.then_some(&advance[..]);
    let mut rebuilt = vec![0.0; chunk.len()];
    let spectrum = LinearSpectrum { magnitude: &magnitude, advance, first: None };
    reconstructor.rebuild_into(spectrum, n_rounds, &mut scratch, &mut rebuilt);
    convergence(&settings, &magnitude, &rebuilt)
}

/// The spectral convergence after as many rounds from phases by chance.
fn from_random_phases(settings: AnalysisSettings, chunk: &[f32], n_rounds: usize) -> f64 {
    let reconstructor = Reconstructor::new(settings).unwrap();
    let magnitude = magnitude(&settings, chunk);
    let advance = random_turns(magnitude.len());
    let first: Vec<f64> = random_turns(settings.n_bins()).into_iter().map(f64::from).collect();
    let spectrum = LinearSpectrum { magnitude: &magnitude, advance: Some(&advance), first: Some(&first) };
    let mut rebuilt = vec![0.0; chunk.len()];
    reconstructor.rebuild_into(spectrum, n_rounds, &mut reconstructor.scratch(), &mut rebuilt);
    convergence(&settings, &magnitude, &rebuilt)
}

/// The spectral convergence in dB that comes back from a chunk's own tensor.
fn from_tensor(settings: AnalysisSettings, chunk: &[f32], way: Way, n_rounds: usize) -> f64 {
    let reconstructor = Reconstructor::new(settings).unwrap();
    let tensor = AnalysisPlan::new(settings).unwrap().analyze(chunk);
    let mut rebuilt = vec![0.0; chunk.len()];
    let tensor = tensor.as_slice().unwrap();
    reconstructor.reconstruct_into(way, n_rounds, tensor, &mut reconstructor.scratch(), &mut rebuilt);
    let mut meter = FidelityMeter::new(&settings);
    assert!(meter.set_original(chunk), "a chunk with sound");
    meter.compare(&rebuilt).spectral_convergence_db
}

/// The steps are the same, so in f64 the samples are as well. In f32, as the trainer runs them, PyTorch itself is further
/// off: its least squares of nearly equal triangles lose digits, and phases are sums of hundreds of radians.
#[test]
fn the_trainers_way_is_what_torch_computes() {
    let folder = tempfile::tempdir().unwrap();
    let settings = defaults();
    let plan = AnalysisPlan::new(settings).unwrap();
    let chunks: Vec<Signal> = (0..10).map(|index| Signal::mixed(index, settings.chunk_samples)).collect();
    let paths: Vec<_> = chunks
        .iter()
        .enumerate()
        .map(|(index, chunk)| {
            let path = folder.path().join(format!("{index}.npy"));
            ndarray_npy::write_npy(&path, &plan.analyze(&chunk.samples)).unwrap();
            path
        })
        .collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reconstruct_torch.py");
    let output = Command::new(datasets::python_with_torch())
        .arg(script)
        .args([settings.n_fft, settings.hop_samples, settings.chunk_samples].map(|n| n.to_string()))
        .args(&paths)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reconstructor = Reconstructor::new(settings).unwrap();
    let mut scratch = reconstructor.scratch();
    let mut ours = vec![0.0; settings.chunk_samples];
    for (chunk, path) in chunks.iter().zip(&paths) {
        let tensor = plan.analyze(&chunk.samples);
        let tensor = tensor.as_slice().unwrap();
        reconstructor.reconstruct_into(Way::Trainer, 0, tensor, &mut scratch, &mut ours);
        let torch = fs::read(format!("{}.f64", path.display())).unwrap();
        let torch: Vec<f64> =
            torch.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        let single = fs::read(format!("{}.f32", path.display())).unwrap();
        let single = single.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        let peak = torch.iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
        let off = |other: &mut dyn Iterator<Item = f64>| {
            torch.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / peak
        };
        let (ours, single) = (off(&mut ours.iter().map(|sample| f64::from(*sample))), off(&mut { single }));
        println!("{}: ours {ours:.1e} of the peak from f64, torch's own f32 {single:.1e}", chunk.name);
        assert!(ours <= 1e-3, "{}: {ours:e} of the peak", chunk.name);
    }
}

#[test]
fn a_spectrum_that_no_memory_holds_is_refused_in_words() {
    // A tensor of one band may be small where its spectrum is not.
    let settings = AnalysisSettings { n_mels: 1, hop_samples: 1, n_fft: 4_096, ..defaults() };
    settings.check().unwrap();
    let error = Reconstructor::new(settings).unwrap_err();
    assert_eq!((error.key.as_str(), error.value.as_str()), ("hop", "1"));
}

#[test]
fn known_advances_and_a_known_first_frame_give_the_sound_back() {
    let settings = defaults();
    let n_bins = settings.n_bins();
    for signal in [tone(440.0), chord(), clicks(), noise(1)] {
        let spectrum = spectrum(&settings, &signal.samples);
        // Around the middle of the window, where it stands at time 0.
        let turns = |place: usize| {
            let value = spectrum[place];
            f64::from(value.im).atan2(f64::from(value.re)) / TAU - 0.5 * (place % n_bins) as f64
        };
        let mut advance = vec![f32::NAN; spectrum.len()];
        for (place, advance) in advance.iter_mut().enumerate().skip(n_bins) {
            let step = turns(place) - turns(place - n_bins);
            *advance = (step - step.round()) as f32;
        }
        let first: Vec<f64> = (0..n_bins).map(turns).collect();
        let magnitude: Vec<f32> = spectrum.iter().map(|value| value.norm()).collect();
        let reconstructor = Reconstructor::new(settings).unwrap();
        let mut rebuilt = vec![0.0; settings.chunk_samples];
        let known = LinearSpectrum { magnitude: &magnitude, advance: Some(&advance), first: Some(&first) };
        reconstructor.rebuild_into(known, 0, &mut reconstructor.scratch(), &mut rebuilt);
        let off = convergence(&settings, &magnitude, &rebuilt);
        assert!(off <= 1e-3, "{}: {off:e}", signal.name);
    }
}

#[test]
fn the_true_magnitude_and_narrow_bands_give_tones_back() {
    let settings = AnalysisSettings { n_mels: 1024, if_mode: IfMode::Deviation, ..defaults() };
    for (signal, most) in [(tone(440.0), 0.02), (harmonic(220.0), 0.015), (chord(), 0.06)] {
        let off = from_true_magnitude(settings, &signal.samples, true, 16);
        println!("{}: {off:.4}", signal.name);
        assert!(off <= most, "{}: {off}", signal.name);
    }
}

#[test]
fn wide_bands_are_a_better_start_than_chance() {
    let settings = AnalysisSettings { if_mode: IfMode::Deviation, ..defaults() };
    for (signal, share) in [(tone(440.0), 0.5), (harmonic(220.0), 0.5), (clicks(), 1.0), (noise(1), 1.0)] {
        let ours = from_true_magnitude(settings, &signal.samples, true, 16);
        let random = from_random_phases(settings, &signal.samples, 16);
        println!("{}: {ours:.4}, from chance {random:.4}", signal.name);
        assert!(ours <= share * random, "{}: {ours} against {random}", signal.name);
    }
}

#[test]
fn channel_1_helps_where_there_are_tones_and_harms_nowhere() {
    let settings = AnalysisSettings { if_mode: IfMode::Deviation, ..defaults() };
    let signals = [
        (tone(440.0), 0.0),
        (harmonic(220.0), 2.0),
        (chord(), 0.5),
        // Its notes are less than two bins apart: what a band says of them is true for none.
        (close_chord(), -0.4),
        (noise(1), -0.4),
    ];
    for (signal, gain_db) in signals {
        let [ours, magnitude] =
            [Way::Ours, Way::Magnitude].map(|way| from_tensor(settings, &signal.samples, way, 16));
        println!("{}: {ours:.2} dB, without channel 1 {magnitude:.2} dB", signal.name);
        assert!(ours <= magnitude - gain_db, "{}: {ours} dB against {magnitude} dB", signal.name);
    }
}

/// Beside what a tensor loses nothing may be lost on its way through a cache: normalised, written, read, and back.
#[test]
fn a_tensor_of_a_cache_sounds_as_the_one_it_was_made_of() {
    let settings = defaults();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    let samples = chord().samples;
    datasets::write_wav(&root.join("chord.wav"), 48_000, 48_000, |i| f64::from(samples[i]));
    let report = datasets::build(&root, &Settings::default(), 1);
    let mut stored: Array3<f32> = pt::read(&root.join(".cache/000000.pt")).unwrap();
    report.stats.denormalise_array(stored.view_mut());
    let numbers = folder.path().join("chord.npy");
    let project = Project::new(&root, Settings::default()).unwrap();
    pipeline::analyze(&project, &root.join("chord.wav"), &numbers, false, &Silent).unwrap();
    let direct: Array4<f32> = ndarray_npy::read_npy(&numbers).unwrap();
    let reconstructor = Reconstructor::new(settings).unwrap();
    let [mut a, mut b] = [(); 2].map(|()| vec![0.0; settings.chunk_samples]);
    for way in Way::ALL {
        for (tensor, rebuilt) in [(stored.as_slice(), &mut a), (direct.as_slice(), &mut b)] {
            let tensor = tensor.unwrap();
            reconstructor.reconstruct_into(way, 0, tensor, &mut reconstructor.scratch(), rebuilt);
        }
        let off = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let peak = b.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        println!("{}: {:.1e} of the peak", way.name(), off / peak);
        assert!(off <= 1e-4 * peak, "{way:?}: {off:e} of {peak}");
    }
}
