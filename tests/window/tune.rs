//! The Tune view: what it shows of a file is what the engine makes of it.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::dsp::AnalysisPlan;
use melscope::picture::ColorMap;
use melscope::picture::colormap::MASKED;
use melscope::playback::PulledOutput;
use melscope::settings::{AnalysisSettings, ChunkRange, FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::number_text::percent_text;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{press, settle, shows, type_into, view_on, wait, window_heard_on};

/// The share of bins that the engine masks in a file.
fn masked_share(path: &Path, settings: AnalysisSettings) -> f64 {
    let plan = AnalysisPlan::new(settings).unwrap();
    let mut reader = ChunkReader::open(path, settings.sample_rate_hz, settings.chunk_samples).unwrap();
    let len = settings.n_mels * settings.n_frames();
    let (mut chunk, mut scratch) = (Chunk::new(settings.chunk_samples), plan.scratch());
    let (mut power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
    let (mut n_masked, mut n_bins) = (0, 0);
    while reader.next_levelled(&mut chunk).unwrap() {
        plan.analyze_unmasked_into(&chunk.samples, &mut scratch, &mut power, &mut inst_freq);
        n_masked += power.iter().filter(|power| **power < settings.if_threshold as f32).count();
        n_bins += len;
    }
    n_masked as f64 / n_bins as f64
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn settings<'a>(window: &'a Harness<'_, App>) -> &'a Settings {
    &window.state().state().folder().unwrap().settings
}

#[test]
fn dragging_the_threshold_masks_as_much_as_the_engine_does() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    let file = root.join("a_tones.wav");
    let share = masked_share(&file, settings(&window).analysis());
    assert_eq!(tune(&window).masked_here(), Some(share));
    assert!(shows(&window, &format!("masked {} here", percent_text(share))));

    let histogram = window.get_by_label_contains("Histogram of mel power").rect();
    let at = |x: f32| pos2(histogram.left() + x * histogram.width(), histogram.center().y);
    window.drag_at(at(0.6));
    window.run_steps(2);
    let first = settings(&window).if_threshold;
    for x in [0.62, 0.65, 0.7] {
        window.hover_at(at(x));
        window.step();
        // The command of one frame is run by the next, which shows number, mask and share alike.
        window.step();
        let threshold = settings(&window).if_threshold;
        assert_eq!(tune(&window).masked_here(), Some(masked_share(&file, settings(&window).analysis())));
        assert!(threshold > first, "the line follows the pointer");
    }
    window.drop_at(at(0.7));
    settle(&mut window);
    let dragged = masked_share(&file, settings(&window).analysis());
    assert!(dragged > share, "a higher threshold masks more");
    assert!(shows(&window, &format!("masked {} here", percent_text(dragged))));
    let saved = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(saved.if_threshold, settings(&window).if_threshold);

    // The whole drag is one step back.
    press(&mut window, "Undo");
    assert_eq!(settings(&window).if_threshold, Settings::default().if_threshold);
    settle(&mut window);
    assert!(shows(&window, &format!("masked {} here", percent_text(share))));
}

#[test]
fn another_n_fft_is_analysed_while_the_old_picture_stays() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("tune", &root, Theme::Light);
    settle(&mut window);
    type_into(&mut window, "n_fft", "1024");
    assert!(tune(&window).shown.is_some(), "there is always a picture");
    settle(&mut window);
    let shown = tune(&window).shown.as_ref().unwrap();
    assert_eq!(shown.preview.settings().n_fft, 1024);
    let share = masked_share(&root.join("a_tones.wav"), settings(&window).analysis());
    assert_eq!(tune(&window).masked_here(), Some(share));
}

#[test]
fn files_are_chosen_with_the_keyboard_and_a_broken_one_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    datasets::write_sound_and_words(&root);
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    // The band whose centre is the nearest to the tone: (b + 1) / 129 of the way to the mel of 24 kHz.
    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    let band = (mel(440.0) / mel(24_000.0) * 129.0).round();
    let centre_hz = 700.0 * (10f64.powf(mel(24_000.0) * band / 129.0 / 2595.0) - 1.0);
    assert!(shows(&window, &format!("strongest band {centre_hz:.0} Hz")));
    window.key_press(Key::ArrowDown);
    wait(&mut window, "the reason", |window| shows(window, "This file cannot be shown"));
    window.key_press(Key::ArrowUp);
    wait(&mut window, "the picture", |window| tune(window).shown.is_some());
    assert!(!shows(&window, "This file cannot be shown"));
}

#[test]
fn the_panes_zoom_pan_and_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    let extent_s = tune(&window).span.duration_s();
    let pane = window.get_by_label_contains("Magnitude:").rect();
    window.hover_at(pane.center());
    window.step();
    window.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        modifiers: egui::Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    });
    window.run_steps(30);
    let zoomed = tune(&window).span.clone();
    assert!(zoomed.duration_s() < 0.5 * extent_s);
    let middle_s = f64::midpoint(zoomed.time_s.start, zoomed.time_s.end);
    assert!((middle_s - extent_s / 2.0).abs() < 0.01 * extent_s, "the middle stays in the middle");
    window.drag_at(pane.center());
    window.step();
    window.hover_at(pane.center() - vec2(pane.width() / 4.0, 0.0));
    window.run_steps(2);
    window.drop_at(pane.center() - vec2(pane.width() / 4.0, 0.0));
    window.run_steps(2);
    let moved_s = tune(&window).span.time_s.start - zoomed.time_s.start;
    assert!((moved_s - zoomed.duration_s() / 4.0).abs() < 0.02 * zoomed.duration_s(), "{moved_s}");
    window.key_press(Key::F);
    window.run_steps(2);
    assert!(tune(&window).span.is_fit());
}

#[test]
fn settings_are_kept_flipped_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    press(&mut window, "Keep as B");
    type_into(&mut window, "n_mels", "64");
    settle(&mut window);
    assert!(shows(&window, "B: n_mels 128"));
    press(&mut window, "A − B");
    settle(&mut window);
    assert!(shows(&window, "Magnitude, A − B"));
    window.key_press(Key::X);
    window.run_steps(2);
    let shown = tune(&window).shown.as_ref().unwrap();
    assert_eq!(shown.preview.settings().n_mels, 128, "what was analysed before is there at once");
    assert_eq!(settings(&window).n_mels, 128);
    settle(&mut window);
    assert!(shows(&window, "B: n_mels 64"));
    // Another file is compared as well, once B has been made of it.
    window.key_press(Key::ArrowDown);
    settle(&mut window);
    assert!(tune(&window).compared().is_some());
}

#[test]
fn a_click_is_heard_from_there_and_a_drag_selects() {
    let folder = tempfile::tempdir().unwrap();
    // Every sample tells its place.
    let ramp = |n: usize| 0.5 * n as f64 / 96_000.0;
    datasets::write_wav(&folder.path().join("ramp.wav"), 48_000, 96_000, ramp);
    let output = PulledOutput::new(48_000);
    let mut window = window_heard_on(folder.path(), output.clone(), None);
    settle(&mut window);
    let waveform = window.get_by_label_contains("Waveform:").rect();
    let at = |share: f32| pos2(waveform.left() + share * waveform.width(), waveform.center().y);
    window.drag_at(at(0.25));
    window.step();
    window.hover_at(at(0.5));
    window.step();
    window.drop_at(at(0.5));
    window.run_steps(2);
    let listen = |window: &Harness<'_, App>| window.state().state().listen.clone();
    let selection_s = listen(&window).selection_s.unwrap();
    assert!((selection_s.start - 0.5).abs() < 0.02, "{selection_s:?}");
    assert!((selection_s.end - 1.0).abs() < 0.02, "{selection_s:?}");
    assert!(!listen(&window).is_playing, "selecting is not yet playing");

    let click = |window: &mut Harness<'_, App>, pos: Pos2| {
        window.hover_at(pos);
        window.step();
        window.drag_at(pos);
        window.drop_at(pos);
        window.run_steps(3);
    };
    let hear_from = |window: &mut Harness<'_, App>, place_s: f64| {
        let began = Instant::now();
        loop {
            assert!(listen(window).is_playing);
            assert!(began.elapsed() < Duration::from_secs(30), "{place_s} s is not heard");
            let heard_s = f64::from(*output.pull(480).last().unwrap()) / 0.5 * 2.0;
            window.step();
            if (heard_s - place_s).abs() < 0.1 {
                break;
            }
        }
    };
    let name = format!("Magnitude: {}", tune(&window).summary());
    let pane = window.get_by_role_and_label(Role::Image, &name).rect();
    click(&mut window, pos2(pane.left() + 0.75 * pane.width(), pane.center().y));
    assert!((listen(&window).cursor_s - 1.5).abs() < 0.02, "{}", listen(&window).cursor_s);
    assert_eq!(listen(&window).selection_s, None, "what is heard is where a person points");
    hear_from(&mut window, 1.5);
    // What plays goes on from where the next click points, in any pane.
    click(&mut window, at(0.1));
    hear_from(&mut window, 0.2);
}

#[test]
fn the_pixels_are_the_engines_values() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    // A sweep, and then digital silence, which is masked.
    let sweep = |n: usize| {
        let t = n as f64 / 48_000.0;
        if t < 0.5 { 0.8 * (std::f64::consts::TAU * (200.0 * t + 4_000.0 * t * t)).sin() } else { 0.0 }
    };
    datasets::write_wav(&root.join("sweep.wav"), 48_000, 48_000, sweep);
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    let settings = settings(&window).analysis();
    let plan = AnalysisPlan::new(settings).unwrap();
    let [_, n_mels, n_frames] = settings.tensor_shape();
    let mut reader = ChunkReader::open(&root.join("sweep.wav"), 48_000, 48_000).unwrap();
    let mut chunk = Chunk::new(48_000);
    assert!(reader.next_levelled(&mut chunk).unwrap());
    let (mut power, mut inst_freq) = (vec![0.0; n_mels * n_frames], vec![0.0; n_mels * n_frames]);
    plan.analyze_unmasked_into(&chunk.samples, &mut plan.scratch(), &mut power, &mut inst_freq);
    // The loudest place is 0 dB, and the colours reach down to below the threshold in steps of 10 dB.
    let peak_db = 10.0 * power.iter().fold(0.0, |most: f32, &power| most.max(power)).log10();
    let threshold_db = 10.0 * settings.if_threshold.log10() as f32 - peak_db;
    let from_db = ((threshold_db - 5.0) / 10.0).floor() * 10.0;
    let is_outline = |pixel: [u8; 4]| pixel == [255; 4];

    let picture = window.render().unwrap();
    let panes = ["Magnitude:", "Instantaneous frequency, masked: hatched:"];
    let panes = panes.map(|name| window.get_by_label_contains(name).rect());
    let (mut n_masked, mut n_kept) = (0, 0);
    for band in (0..n_mels).step_by(5) {
        for frame in (3..n_frames - 1).step_by(7) {
            // A frame lies at its own time, and a band at its centre on the mel axis.
            let x = (frame * settings.hop_samples) as f32 / 48_000.0;
            let y = (band + 1) as f32 / (n_mels + 1) as f32;
            let [magnitude, value] = panes.map(|pane| {
                let (x, y) = (pane.left() + x * pane.width(), pane.bottom() - y * pane.height());
                picture.get_pixel(x as u32, y as u32).0
            });
            let (power, inst_freq) = (power[band * n_frames + frame], inst_freq[band * n_frames + frame]);
            let is_close =
                |color: [u8; 3], pixel: [u8; 4]| color.iter().zip(pixel).all(|(&a, b)| a.abs_diff(b) <= 2);
            let level_db = 10.0 * power.log10() - peak_db;
            let expected = ColorMap::Magma.color(1.0 - level_db.max(from_db) / from_db);
            assert!(
                is_close(expected, magnitude)
                    || power < settings.if_threshold as f32 && is_outline(magnitude),
                "band {band}, frame {frame}: {magnitude:?}, not {expected:?}"
            );
            if power < settings.if_threshold as f32 {
                n_masked += 1;
                assert!(
                    MASKED.iter().any(|&grey| is_close(grey, value)),
                    "band {band}, frame {frame}: {value:?}"
                );
            } else {
                n_kept += 1;
                let expected = ColorMap::Diverging.color(inst_freq);
                assert!(is_close(expected, value), "band {band}, frame {frame}: {value:?}, not {expected:?}");
            }
        }
    }
    assert!(n_masked > 50 && n_kept > 50, "{n_masked} masked, {n_kept} kept");
}

#[test]
fn chunks_that_a_build_leaves_out_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    // A second of sound, one of hardly any, one of sound, and a fifth of a second.
    let tone = datasets::tone(440.0, 48_000);
    let level = |n: usize| if n / 48_000 == 1 { 0.0005 } else { 1.0 };
    datasets::write_wav(&root.join("a.wav"), 48_000, 153_600, |n| level(n) * tone(n));
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    assert!(tune(&window).left_out.times_s.is_empty());
    let change = |window: &mut Harness<'_, App>, key: &'static str, text: &str| {
        window.state_mut().ask(Command::ChangeSetting { key, text: text.into() });
        window.run_steps(3);
        settle(window);
        tune(window).left_out.times_s.clone()
    };
    let before = window.render().unwrap();
    assert_eq!(change(&mut window, "exclude_chunks_quieter_dbfs", "-60"), [1.0..2.0]);
    assert_ne!(window.render().unwrap(), before, "it is seen");
    assert_eq!(change(&mut window, "exclude_chunks_padding", "0.5"), [1.0..2.0, 3.0..4.0]);
    let chunks = ChunkRange::parse(b"a.wav#2").unwrap();
    window.state_mut().ask(Command::LeaveOutChunks { chunks, is_left_out: true });
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(tune(&window).left_out.times_s, [1.0..4.0]);
    for _ in 0..3 {
        window.state_mut().ask(Command::Undo);
        window.run_steps(3);
    }
    settle(&mut window);
    assert!(tune(&window).left_out.times_s.is_empty());
}
