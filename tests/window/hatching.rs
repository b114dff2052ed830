//! The hatched area of the Tune view is the masked share of what is in sight: from all of a recording that is longer than its
//! preview keeps in full, to a fraction of a second of it.

use std::ops::Range;
use std::path::Path;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::dsp::AnalysisPlan;
use melscope::picture::colormap::MASKED;
use melscope::settings::{AnalysisSettings, FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::command::TuneCommand;

use crate::datasets;
use crate::support::{settle, view_on};

/// So many frames and bands that a minute and a half of them are more than a preview keeps.
fn settings() -> Settings {
    Settings { sample_rate_hz: 8_000, n_fft: 1_024, hop_samples: 16, n_mels: 256, ..Settings::default() }
}

const DURATION_S: usize = 90;

/// Noise that comes and goes in strokes of a fifth of a second, over a quiet hiss.
fn sound(n: usize) -> f64 {
    let mut state = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let noise = (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
    let stroke = (n % 1_777) as f64 / 1_777.0;
    noise * 0.9 * (-7.0 * stroke).exp() * if (n / 20_000).is_multiple_of(3) { 0.1 } else { 1.0 }
}

/// The mel powers of every chunk, as the engine makes them: band by band.
fn powers(path: &Path, settings: AnalysisSettings) -> Vec<Vec<f32>> {
    let plan = AnalysisPlan::new(settings).unwrap();
    let mut reader = ChunkReader::open(path, settings.sample_rate_hz, settings.chunk_samples).unwrap();
    let (mut chunk, mut scratch) = (Chunk::new(settings.chunk_samples), plan.scratch());
    let mut inst_freq = vec![0.0; settings.n_mels * settings.n_frames()];
    let mut all = Vec::new();
    while reader.next_levelled(&mut chunk).unwrap() {
        let mut power = inst_freq.clone();
        plan.analyze_unmasked_into(&chunk.samples, &mut scratch, &mut power, &mut inst_freq);
        all.push(power);
    }
    all
}

/// The share of places between two times whose power is below `threshold`.
fn masked_share(powers: &[Vec<f32>], settings: AnalysisSettings, time_s: Range<f64>, threshold: f64) -> f64 {
    let (mut n_masked, mut n_places) = (0, 0);
    for (chunk, powers) in powers.iter().enumerate() {
        for frame in 0..settings.n_frames() {
            let at_s =
                chunk as f64 + (frame * settings.hop_samples) as f64 / f64::from(settings.sample_rate_hz);
            if time_s.contains(&at_s) {
                let places = powers.iter().skip(frame).step_by(settings.n_frames());
                n_masked += places.filter(|power| **power < threshold as f32).count();
                n_places += settings.n_mels;
            }
        }
    }
    n_masked as f64 / n_places as f64
}

/// The share of the pixels of the second pane that are hatched, but for those under the marks of chunks and of the sound.
fn hatched_share(window: &mut Harness<'_, App>) -> f64 {
    let picture = window.render().unwrap();
    let pane = window.get_by_label_contains("Instantaneous frequency, masked: hatched:").rect();
    let span_s = window.state().view::<TuneView>().unwrap().model().span.time_s.clone();
    let second_px = f64::from(pane.width()) / (span_s.end - span_s.start);
    let is_free = |x: u32| {
        let time_s = span_s.start + (f64::from(x) + 0.5) / second_px;
        let from_mark_px = (time_s - time_s.round()).abs() * second_px;
        x >= 8 && (second_px < 8.0 || from_mark_px > 2.0)
    };
    let (mut n_hatched, mut n_pixels) = (0, 0);
    for x in (0..pane.width() as u32).filter(|&x| is_free(x)) {
        for y in 0..pane.height() as u32 {
            let [red, green, blue, _] = picture.get_pixel(pane.left() as u32 + x, pane.top() as u32 + y).0;
            n_hatched += usize::from(MASKED.contains(&[red, green, blue]));
            n_pixels += 1;
        }
    }
    n_hatched as f64 / n_pixels as f64
}

#[test]
fn as_much_is_hatched_as_is_masked_at_every_zoom() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    datasets::write_wav(&path, 8_000, DURATION_S * 8_000, sound);
    settings().save(&folder.path().join(FILE_NAME)).unwrap();
    let analysis = settings().analysis();
    let powers = powers(&path, analysis);
    let mut sorted: Vec<f32> = powers.iter().flat_map(|powers| powers.iter().step_by(97).copied()).collect();
    sorted.sort_by(f32::total_cmp);

    let mut window = view_on("tune", folder.path(), Theme::Dark);
    settle(&mut window);
    let is_exact = |window: &Harness<'_, App>| {
        window.state().view::<TuneView>().unwrap().model().drawn().unwrap().is_exact()
    };
    assert!(!is_exact(&window), "the whole is an overview");
    let mut seen = Vec::new();
    for wanted in [0.11, 0.5] {
        let threshold = f64::from(sorted[(wanted * sorted.len() as f64) as usize]);
        window.state_mut().ask(Command::SetThreshold(threshold));
        window.state_mut().ask_view::<TuneView>(TuneCommand::Fit);
        for factor in [1.0, 3.0, 4.0, 5.0, 6.0] {
            let at = [0.37, 0.5];
            window.state_mut().ask_view::<TuneView>(TuneCommand::Zoom { at, factors: [factor, 1.0] });
            settle(&mut window);
            let time_s = window.state().view::<TuneView>().unwrap().model().span.time_s.clone();
            let expected = masked_share(&powers, analysis, time_s.clone(), threshold);
            let hatched = hatched_share(&mut window);
            assert!((hatched - expected).abs() < 0.05, "{time_s:?}: {hatched} is hatched, {expected} masked");
            seen.push((is_exact(&window), expected));
        }
    }
    assert!(seen[4].0, "the closest look is at the build's own frames");
    assert!((seen[0].1 - 0.11).abs() < 0.01 && (seen[5].1 - 0.5).abs() < 0.01, "{seen:?}");
}
