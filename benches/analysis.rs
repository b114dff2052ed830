//! The cost of analysing one chunk, beside the bare FFTs of the same frames, measured in the same run.
//!
//! `cargo bench --bench analysis`. Every part is run in turn, many times over, and its fastest run counts: on a busy
//! machine the minimum is what the code costs, and turns expose all parts to the same moments of quiet.

#![expect(clippy::print_stdout, reason = "its output is what a benchmark is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use melscope::dsp::stft::Stft;
use melscope::dsp::{AnalysisPlan, TensorStats, apply_mask};
use melscope::normalization::NormalizationStats;
use melscope::settings::{AnalysisSettings, IfMode, Settings};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

const ROUNDS: usize = 400;

struct Part<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    least: Duration,
}

fn main() {
    let settings = Settings::default().analysis();
    let chunk = noise(settings.chunk_samples);
    let tensor = AnalysisPlan::new(settings).expect("the defaults are possible").analyze(&chunk);
    let tensor = tensor.as_slice().expect("a new array is contiguous").to_vec();
    let mut normalised = tensor.clone();
    let stats = NormalizationStats::fold([TensorStats::of(&tensor)]).expect("there is one tensor");
    let (mel_power, mut inst_freq) =
        (tensor[..tensor.len() / 2].to_vec(), tensor[tensor.len() / 2..].to_vec());

    let mut parts = [
        part("bare FFTs", bare_ffts(&settings, &chunk)),
        part("windowed FFTs", windowed_ffts(&settings, &chunk)),
        part("analysis before mask and logarithm", unmasked(settings, &chunk)),
        part("analysis, filterbank", whole(settings, IfMode::Filterbank, &chunk)),
        part("analysis, power", whole(settings, IfMode::Power, &chunk)),
        part("analysis, deviation", whole(settings, IfMode::Deviation, &chunk)),
        part("mask alone", move || apply_mask(black_box(&mut inst_freq), &mel_power, 1e-5)),
        part("statistics of a tensor", || {
            black_box(TensorStats::of(black_box(&tensor)));
        }),
        part("normalise a tensor", || {
            // From the same values each time: normalised again and again, they would leave the usual range.
            normalised.copy_from_slice(&tensor);
            stats.normalise(black_box(&mut normalised));
        }),
    ];
    for _ in 0..ROUNDS {
        for part in &mut parts {
            let start = Instant::now();
            (part.run)();
            part.least = part.least.min(start.elapsed());
        }
    }
    let fft = parts[0].least;
    println!(
        "one chunk of {} samples, {} frames of {}",
        settings.chunk_samples,
        settings.n_frames(),
        settings.n_fft
    );
    for Part { name, least, .. } in &parts {
        let ratio = least.as_secs_f64() / fft.as_secs_f64();
        println!("{name:<36} {:>8.4} ms  {ratio:>5.2} x bare FFTs", least.as_secs_f64() * 1e3);
    }
}

fn part<'a>(name: &'static str, run: impl FnMut() + 'a) -> Part<'a> {
    Part { name, run: Box::new(run), least: Duration::MAX }
}

/// The transforms alone: as many as the chunk has frames, each from a copy, since a transform destroys its input.
fn bare_ffts(settings: &AnalysisSettings, chunk: &[f32]) -> impl FnMut() + use<> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(settings.n_fft);
    let (mut scratch, mut frame) = (fft.make_scratch_vec(), fft.make_input_vec());
    let mut spectrum = fft.make_output_vec();
    let source = chunk[..settings.n_fft].to_vec();
    let n_frames = settings.n_frames();
    move || {
        for _ in 0..n_frames {
            frame.copy_from_slice(&source);
            fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("the lengths are planned");
            black_box(&mut spectrum);
        }
    }
}

fn windowed_ffts<'a>(settings: &AnalysisSettings, chunk: &'a [f32]) -> impl FnMut() + use<'a> {
    let stft = Stft::new(settings);
    let mut scratch = stft.scratch();
    let mut spectrum = vec![Complex32::default(); stft.n_bins()];
    move || {
        stft.load(chunk, &mut scratch);
        for frame in 0..stft.n_frames() {
            stft.spectrum_into(frame, &mut scratch, &mut spectrum);
            black_box(&mut spectrum);
        }
    }
}

fn unmasked(settings: AnalysisSettings, chunk: &[f32]) -> impl FnMut() {
    let plan = AnalysisPlan::new(settings).expect("the defaults are possible");
    let mut scratch = plan.scratch();
    let n_values = settings.n_mels * settings.n_frames();
    let (mut power, mut inst_freq) = (vec![0.0; n_values], vec![0.0; n_values]);
    move || plan.analyze_unmasked_into(black_box(chunk), &mut scratch, &mut power, &mut inst_freq)
}

fn whole(settings: AnalysisSettings, if_mode: IfMode, chunk: &[f32]) -> impl FnMut() {
    let plan =
        AnalysisPlan::new(AnalysisSettings { if_mode, ..settings }).expect("the defaults are possible");
    let mut scratch = plan.scratch();
    let mut tensor = vec![0.0; settings.tensor_shape().iter().product()];
    move || plan.analyze_into(black_box(chunk), &mut scratch, black_box(&mut tensor))
}

/// White noise from a linear congruential generator: no bin is silent, no branch predictable.
fn noise(n_samples: usize) -> Vec<f32> {
    let mut state = 1u32;
    (0..n_samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}
