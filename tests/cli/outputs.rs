//! `analyze`: the numbers of one file.

use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::dsp::analysis::AnalysisPlan;
use ndarray::{Array4, ArrayView3, Axis};

use super::{melscope, run, text};
use crate::datasets;

#[test]
fn analyze_writes_the_tensors_of_the_analysis() {
    let folder = tempfile::tempdir().unwrap();
    let file = datasets::data("audio/stereo.flac");
    let output = folder.path().join("out.npy");
    let flags = ["--output", text(&output), "--chunk-seconds", "0.05", "--n-fft", "512", "--hop", "128"];
    melscope("analyze", &file, &[&flags[..], &["--n-mels", "20"]].concat()).exits(0).says("[4, 2, 20, 19]");
    let tensors: Array4<f32> = ndarray_npy::read_npy(&output).unwrap();
    // 7 000 frames at 44.1 kHz are ceil(7000 · 48000 / 44100) = 7 620 samples at 48 kHz, and 2 400 make a chunk.
    assert_eq!(tensors.dim(), (4, 2, 20, 2_400 / 128 + 1));
    let settings = melscope::settings::Settings {
        chunk_s: 0.05,
        n_fft: 512,
        hop_samples: 128,
        n_mels: 20,
        ..Default::default()
    };
    let plan = AnalysisPlan::new(settings.analysis()).unwrap();
    let mut reader = ChunkReader::open(&file, 48_000, 2_400).unwrap();
    let (mut chunk, mut scratch) = (Chunk::new(2_400), plan.scratch());
    let mut expected = vec![0.0; 2 * 20 * 19];
    for tensor in tensors.axis_iter(Axis(0)) {
        assert!(reader.next_levelled(&mut chunk).unwrap(), "as many chunks as tensors");
        plan.analyze_into(&chunk.samples, &mut scratch, &mut expected);
        assert_eq!(tensor, ArrayView3::from_shape((2, 20, 19), &expected).unwrap());
    }
    assert!(!reader.next_levelled(&mut chunk).unwrap(), "as many tensors as chunks");
    assert_eq!(datasets::names(folder.path()), ["out.npy"], "nothing else is left");
}

#[test]
fn analyze_draws_the_tensors_that_it_would_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = datasets::data("audio/stereo.flac");
    let outputs = ["out.npy", "out.PNG"].map(|name| folder.path().join(name));
    for output in &outputs {
        melscope("analyze", &file, &["--output", text(output), "--chunk-seconds", "0.05"]).exits(0);
    }
    let tensors: Array4<f32> = ndarray_npy::read_npy(&outputs[0]).unwrap();
    let views: Vec<_> = tensors.axis_iter(Axis(0)).collect();
    let expected = melscope::picture::draw_tensors(&views, melscope::picture::ColorMap::Diverging, 1e-5);
    let picture = std::io::BufReader::new(std::fs::File::open(&outputs[1]).unwrap());
    let mut reader = png::Decoder::new(picture).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width as usize, info.height as usize), (expected.width(), expected.height()));
    assert_eq!(pixels, expected.as_rgba());
}

#[test]
fn analyze_starts_from_the_settings_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = super::small_dataset(folder.path());
    let output = folder.path().join("out.npy");
    melscope("analyze", &root.join("a.wav"), &["--output", text(&output)]).exits(0);
    let tensors: Array4<f32> = ndarray_npy::read_npy(&output).unwrap();
    // 900 samples at 8 kHz in chunks of 800, 8 bands, 800 / 64 + 1 frames.
    assert_eq!(tensors.dim(), (2, 2, 8, 13));
}

#[test]
fn analyze_overwrites_nothing_unasked_and_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.npy");
    datasets::write(&output, b"somebody's");
    let before = datasets::contents(folder.path());
    let file = datasets::data("audio/mono16.wav");
    melscope("analyze", &file, &["--output", text(&output)]).exits(1).tells("it exists").tells("--force");
    assert_eq!(datasets::contents(folder.path()), before);
    let no_audio = datasets::data("audio/make.sh");
    melscope("analyze", &no_audio, &["--output", text(&output), "--force"]).exits(1).tells("make.sh");
    assert_eq!(datasets::contents(folder.path()), before, "what fails replaces nothing");
    let other = folder.path().join("out.txt");
    melscope("analyze", &file, &["--output", text(&other)]).exits(1).tells(".npy or .png");
    assert_eq!(datasets::contents(folder.path()), before);
    melscope("analyze", &file, &["--output", text(&output), "--force"]).exits(0);
    let tensors: Array4<f32> = ndarray_npy::read_npy(&output).unwrap();
    assert_eq!(tensors.dim(), (1, 2, 128, 94));
    run(datasets::melscope().arg("analyze").arg(&file)).exits(2).tells("--output");
}
