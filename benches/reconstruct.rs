//! The cost of bringing one second back from its tensor, in each way, beside the bare FFTs of its frames and beside the same steps in
//! PyTorch, all in the same run; and of advice on the mask beside an audit.
//!
//! `cargo bench --bench reconstruct`. Each part is run in turn, many times over, and its fastest run counts. PyTorch is asked for as
//! `/usr/bin/python3` has it, on one thread, with the script that the tests compare with: its median counts, for the trainer's way is what
//! the script does. `audit` and the advice read `/usr/share/sonic-pi/samples` where that is, without a cache of what was measured before.

#![expect(clippy::print_stdout, reason = "its output is what a benchmark is for")]
#![expect(clippy::disallowed_methods, reason = "it writes files into a folder of its own")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to tell")]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use melscope::dsp::AnalysisPlan;
use melscope::dsp::reconstruct::{Reconstructor, Way};
use melscope::monitor::Silent;
use melscope::pipeline::{Project, advice, audit};
use melscope::settings::{AnalysisSettings, Settings};
use ndarray::ArrayView3;
use ndarray_npy::WriteNpyExt;
use realfft::RealFftPlanner;

const ROUNDS: usize = 20;

/// Recordings for the advice.
const SAMPLES: &str = "/usr/share/sonic-pi/samples";

fn main() {
    let settings = Settings::default().analysis();
    let chunk = harmonic(&settings);
    let tensor = AnalysisPlan::new(settings).unwrap().analyze(&chunk);
    ways(&settings, tensor.as_slice().unwrap());
    if Path::new(SAMPLES).is_dir() {
        advice_beside_audit();
    } else {
        println!("no recordings in {SAMPLES}: the advice is not measured");
    }
}

fn ways(settings: &AnalysisSettings, tensor: &[f32]) {
    let reconstructor = Reconstructor::new(*settings).unwrap();
    let mut scratch = reconstructor.scratch();
    let mut chunk = vec![0.0; settings.chunk_samples];
    let parts = [
        ("as the trainer decodes", Way::Trainer, 0),
        ("ours, no rounds", Way::Ours, 0),
        ("ours, 16 rounds", Way::Ours, 16),
        ("without channel 1, no rounds", Way::Magnitude, 0),
        ("without channel 1, 16 rounds", Way::Magnitude, 16),
    ];
    let mut ffts = bare_ffts(settings);
    let mut least = [Duration::MAX; 6];
    for _ in 0..ROUNDS {
        let mut measure = |place: usize, run: &mut dyn FnMut()| {
            let start = Instant::now();
            run();
            least[place] = least[place].min(start.elapsed());
        };
        measure(0, &mut ffts);
        for (place, (_, way, n_rounds)) in parts.into_iter().enumerate() {
            measure(place + 1, &mut || {
                reconstructor.reconstruct_into(way, n_rounds, tensor, &mut scratch, black_box(&mut chunk));
            });
        }
    }
    let torch = torch_seconds(settings, tensor);
    let fft_s = least[0].as_secs_f64();
    println!("one second of sound: {} frames of {}", settings.n_frames(), settings.n_fft);
    println!("{:<30} {:>8.3} ms", "bare FFTs", fft_s * 1e3);
    for ((name, ..), least) in parts.iter().zip(&least[1..]) {
        let seconds = least.as_secs_f64();
        let beside = torch.map_or_else(String::new, |torch| {
            format!(" {:>6.1} x faster than PyTorch's decoder", torch / seconds)
        });
        println!("{name:<30} {:>8.3} ms  {:>6.1} x bare FFTs{beside}", seconds * 1e3, seconds / fft_s);
    }
    match torch {
        Some(torch) => println!("{:<30} {:>8.3} ms", "PyTorch's decoder", torch * 1e3),
        None => println!("PyTorch is not there to compare with"),
    }
}

/// The transforms alone, as many as the chunk has frames.
fn bare_ffts(settings: &AnalysisSettings) -> impl FnMut() + use<> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(settings.n_fft);
    let (mut scratch, mut frame) = (fft.make_scratch_vec(), fft.make_input_vec());
    let (mut spectrum, n_frames) = (fft.make_output_vec(), settings.n_frames());
    move || {
        for _ in 0..n_frames {
            frame.fill(0.5);
            fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).unwrap();
            black_box(&mut spectrum);
        }
    }
}

/// The median time of the same tensor in PyTorch, in f32 on one thread; none where that is not there.
fn torch_seconds(settings: &AnalysisSettings, tensor: &[f32]) -> Option<f64> {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reconstruct_torch.py");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script);
    command.args([settings.n_fft, settings.hop_samples, settings.chunk_samples].map(|n| n.to_string()));
    for copy in 0..ROUNDS {
        let path = folder.path().join(format!("{copy}.npy"));
        let array = ArrayView3::from_shape(settings.tensor_shape(), tensor).unwrap();
        array.write_npy(std::fs::File::create(&path).unwrap()).unwrap();
        command.arg(path);
    }
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn advice_beside_audit() {
    let folder = tempfile::tempdir().unwrap();
    // Without a cache of its own, an audit measures everything anew.
    let settings = Settings { cache_dir: Some(folder.path().join("cache")), ..Settings::default() };
    let project = Project::new(Path::new(SAMPLES), settings).unwrap();
    let mut least = [Duration::MAX; 2];
    for _ in 0..3 {
        std::fs::remove_dir_all(folder.path().join("cache")).ok();
        let start = Instant::now();
        black_box(audit(&project, 2, &Silent, &|_, _| {}).unwrap());
        least[0] = least[0].min(start.elapsed());
        let start = Instant::now();
        black_box(advice::advise(&project, 2, &Silent).unwrap());
        least[1] = least[1].min(start.elapsed());
    }
    let [audit_s, advice_s] = least.map(|least| least.as_secs_f64());
    println!(
        "{SAMPLES} on 2 threads: audit {audit_s:.2} s, advice {advice_s:.2} s, {:.2} audits",
        advice_s / audit_s
    );
}

/// Twenty partials of 220 Hz.
fn harmonic(settings: &AnalysisSettings) -> Vec<f32> {
    let turns = |n: usize| 220.0 * n as f64 / f64::from(settings.sample_rate_hz);
    let sample = |n: usize| -> f64 {
        (1..=20).map(|k| 0.2 / f64::from(k) * (std::f64::consts::TAU * f64::from(k) * turns(n)).sin()).sum()
    };
    (0..settings.chunk_samples).map(|n| sample(n) as f32).collect()
}
