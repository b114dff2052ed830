//! The panes of the Tune view: one time axis, samples, the whole recording as a strip, and the spectrum of a frame.

use std::path::Path;

use egui::accesskit::Role;
use egui::{Key, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use image::RgbaImage;
use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::dsp::AnalysisPlan;
use melscope::dsp::mel::MelFilters;
use melscope::picture::colormap::MASKED;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::number_text::percent_text;
use melscope::ui::session::command::Command;
use melscope::ui::session::pane_arrangement::PaneArrangement;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::command::TuneCommand;
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{MemoryStorage, press, settle, shows, view_on, window_heard_on, window_of};

const RATE_HZ: u32 = 48_000;

/// The recording of most tests: seconds of it, and a tone that is 40 dB softer in every second half of a second.
const DURATION_S: f64 = 10.0;

fn write_set(root: &Path) {
    let sample = |n: usize| {
        let t = n as f64 / f64::from(RATE_HZ);
        let level = if t % 1.0 < 0.5 { 0.5 } else { 0.005 };
        level * (std::f64::consts::TAU * 1_000.0 * t).sin()
    };
    let n_samples = (DURATION_S * f64::from(RATE_HZ)) as usize;
    datasets::write_wav(&root.join("tone.wav"), RATE_HZ, n_samples, sample);
}

fn open(root: &Path) -> Harness<'static, App> {
    write_set(root);
    // Wide enough for a label at every second, and for titles beside what they name.
    let mut window = window_of([1900.0, 1000.0], root, "tune", Theme::Dark);
    settle(&mut window);
    window
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn show(window: &mut Harness<'_, App>, command: TuneCommand) {
    window.state_mut().ask_view::<TuneView>(command);
    window.run_steps(3);
    settle(window);
}

/// The pictures that share the time axis: waveform, magnitude, instantaneous frequency.
fn pictures(window: &Harness<'_, App>) -> [Rect; 3] {
    ["Waveform:", "Magnitude:", "Instantaneous frequency"]
        .map(|name| window.get_by_label_contains(name).rect())
}

/// The columns of `picture` inside of `rect` in which the playhead's line runs from top to bottom.
fn playhead_columns(picture: &RgbaImage, rect: Rect) -> Vec<u32> {
    let is_playhead = |x: u32, y: u32| {
        let [red, green, blue, _] = picture.get_pixel(x, y).0;
        green > 220 && i32::from(green) - i32::from(red) > 90 && i32::from(green) - i32::from(blue) > 60
    };
    let rows = rect.top() as u32 + 2..rect.bottom() as u32 - 2;
    (rect.left() as u32..rect.right() as u32).filter(|&x| rows.clone().all(|y| is_playhead(x, y))).collect()
}

fn drag(window: &mut Harness<'_, App>, from: Pos2, to: Pos2) {
    window.hover_at(from);
    window.step();
    window.drag_at(from);
    window.step();
    for step in 1..=4 {
        window.hover_at(from + (to - from) * (step as f32 / 4.0));
        window.run_steps(2);
    }
    window.drop_at(to);
    window.run_steps(3);
}

fn click(window: &mut Harness<'_, App>, at: Pos2) {
    window.hover_at(at);
    window.step();
    window.drag_at(at);
    window.drop_at(at);
    window.run_steps(3);
}

#[test]
fn stacked_panes_have_the_playhead_in_the_same_pixel_column() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    press(&mut window, "Stacked");
    settle(&mut window);
    let [waveform, magnitude, inst_freq] = pictures(&window);
    assert!(waveform.bottom() <= magnitude.top() && magnitude.bottom() <= inst_freq.top());
    for rect in [magnitude, inst_freq] {
        assert_eq!(rect.x_range(), waveform.x_range(), "one left and one right edge");
    }
    for (shown_s, playhead_s) in [(0.0..DURATION_S, 3.21), (2.0..4.5, 3.21), (3.2..3.22, 3.2137)] {
        window.state_mut().ask(Command::Seek(playhead_s));
        show(&mut window, TuneCommand::ShowTime(shown_s.clone()));
        assert_eq!(tune(&window).span.time_s, shown_s);
        let share = (playhead_s - shown_s.start) / (shown_s.end - shown_s.start);
        let x = waveform.left() + share as f32 * waveform.width();
        let picture = window.render().unwrap();
        let columns = pictures(&window).map(|rect| playhead_columns(&picture, rect));
        assert_eq!(columns[0].len(), 1, "{columns:?} in {shown_s:?}");
        assert!((columns[0][0] as f32 + 0.5 - x).abs() <= 1.0, "{columns:?}, not {x}");
        assert_eq!(columns[1], columns[0], "magnitude");
        assert_eq!(columns[2], columns[0], "instantaneous frequency");
    }
    // Side by side, the waveform reaches from the first picture's start to the second's end.
    press(&mut window, "Stacked");
    let [waveform, magnitude, inst_freq] = pictures(&window);
    assert_eq!(magnitude.y_range(), inst_freq.y_range());
    assert_eq!([waveform.left(), waveform.right()], [magnitude.left(), inst_freq.right()]);
}

#[test]
fn the_arrangement_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let output = || melscope::playback::PulledOutput::new(RATE_HZ);
    let mut window = window_heard_on(folder.path(), output(), None);
    settle(&mut window);
    assert_eq!(tune(&window).arrangement, PaneArrangement::SideBySide);
    press(&mut window, "Stacked");
    let mut storage = MemoryStorage::default();
    eframe::App::save(window.state_mut(), &mut storage);
    let mut window = window_heard_on(folder.path(), output(), Some(Box::leak(Box::new(storage))));
    settle(&mut window);
    assert_eq!(tune(&window).arrangement, PaneArrangement::Stacked);
}

/// Holds the waveform's pixels against the samples in sight, which are few, of `samples` from the start of the recording.
fn assert_samples_are_drawn(window: &mut Harness<'_, App>, samples: &[f32]) {
    let [rect, ..] = pictures(window);
    let time_s = tune(window).span.time_s.clone();
    let (len_s, rate_hz) = (time_s.end - time_s.start, f64::from(RATE_HZ));
    let picture = window.render().unwrap();
    let (mut n_dots, mut n_dark) = (0, 0);
    let first = (time_s.start * rate_hz) as usize + 1;
    let last = (time_s.end * rate_hz) as usize;
    for (n, sample) in samples[..last].iter().enumerate().skip(first) {
        let share = (n as f64 / rate_hz - time_s.start) / len_s;
        let [x, y] =
            [rect.left() + share as f32 * rect.width(), rect.center().y - sample * rect.height() / 2.0];
        let light = |y: f32| picture.get_pixel(x as u32, y as u32).0[1];
        // A dot is lighter than the ground of the dark theme; what lies far from it is not.
        assert!(light(y) > 90, "sample {n}: {} at {x}, {y}", light(y));
        n_dots += 1;
        let away = if y > rect.center().y {
            rect.top() + 0.2 * rect.height()
        } else {
            rect.bottom() - 0.2 * rect.height()
        };
        n_dark += u32::from(light(away) < 60);
    }
    assert!(n_dots > 30, "{n_dots}");
    assert!(n_dark as f32 > 0.7 * n_dots as f32, "a line, not a filled area: {n_dark} of {n_dots}");
}

#[test]
fn a_waveform_that_is_looked_at_closely_shows_the_samples_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    assert_eq!(tune(&window).excerpt, None, "lowest and highest are enough for all of it");
    show(&mut window, TuneCommand::ShowTime(4.4..4.401));
    let mut reader = hound::WavReader::open(folder.path().join("tone.wav")).unwrap();
    let file: Vec<f32> =
        reader.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect();
    let excerpt = tune(&window).excerpt.clone().unwrap();
    let first = excerpt.request.range.start as usize;
    assert_eq!(excerpt.samples, file[first..first + excerpt.samples.len()], "the level is the file's");

    assert_samples_are_drawn(&mut window, &file);
    assert!(shows(&window, "4.400 s to 4.401 s"));
}

#[test]
fn a_variant_shows_its_own_samples() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let mut window = view_on("augment", folder.path(), Theme::Dark);
    settle(&mut window);
    press(&mut window, "Show variant 3 in Tune");
    settle(&mut window);
    let made = tune(&window).shown.as_ref().unwrap().made.clone().unwrap();
    show(&mut window, TuneCommand::ShowTime(0.4..0.401));
    assert_eq!(tune(&window).excerpt, None, "nothing is read: they are there");
    assert_samples_are_drawn(&mut window, &made.samples);
}

#[test]
fn the_waveform_has_axes_of_time_and_level() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    let [rect, ..] = pictures(&window);
    let picture = window.render().unwrap();
    let ground = picture.get_pixel(rect.left() as u32 - 2, rect.bottom() as u32 + 1).0;
    let is_ink = |x: f32, y: f32| picture.get_pixel(x as u32, y as u32).0[1] > ground[1] + 60;
    // A tick at every second, and none between.
    for second in 0..=10 {
        let x = rect.left() + second as f32 / 10.0 * rect.width();
        let has_tick = |x: f32| [-1.0, 0.0, 1.0].iter().any(|beside| is_ink(x + beside, rect.bottom() + 1.5));
        assert!(has_tick(x), "{second} s");
        assert!(second == 10 || !has_tick(x + 0.025 * rect.width()), "beside {second} s");
    }
    // Half of full scale is -6 dB, full scale 0 dB, at both sides of silence.
    for sample in [1.0, 0.5, -0.5, -1.0] {
        let y = rect.center().y - sample * rect.height() / 2.0;
        let is_tick = |beside: f32| is_ink(rect.left() - 1.5, y + beside);
        assert!([-1.0, 0.0, 1.0].into_iter().any(is_tick), "{sample}");
        let text = (rect.left() as i32 - 38..rect.left() as i32 - 4).filter(|&x| {
            (-6..6).any(|beside| is_ink(x as f32, (y + beside as f32).clamp(rect.top(), rect.bottom() + 4.0)))
        });
        assert!(text.count() > 10, "a label beside {sample}");
    }
}

#[test]
fn the_page_is_turned_for_the_playhead_unless_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let output = melscope::playback::PulledOutput::new(RATE_HZ);
    let mut window = window_heard_on(folder.path(), output.clone(), None);
    settle(&mut window);
    let page_s = 0.4;
    show(&mut window, TuneCommand::ShowTime(1.0..1.0 + page_s));
    window.state_mut().ask(Command::Seek(1.2));
    window.state_mut().ask(Command::Play);
    let listen = |window: &Harness<'_, App>| window.state().state().listen.clone();
    let play_beyond = |window: &mut Harness<'_, App>, end_s: f64, each: &dyn Fn(&Harness<'_, App>)| {
        let began = std::time::Instant::now();
        while !listen(window).is_playing || listen(window).playhead_s < end_s {
            output.pull(480);
            window.step();
            each(window);
            assert!(began.elapsed() < std::time::Duration::from_secs(30), "{end_s} s is not reached");
        }
    };
    play_beyond(&mut window, 2.3, &|window| {
        let time_s = &tune(window).span.time_s;
        let playhead_s = listen(window).playhead_s;
        assert!(time_s.contains(&playhead_s), "{playhead_s} is out of {time_s:?}");
        assert!((time_s.end - time_s.start - page_s).abs() < 1e-9, "the zoom stays");
    });
    // Who looks elsewhere is left alone.
    show(&mut window, TuneCommand::ShowTime(8.0..8.5));
    play_beyond(&mut window, 3.0, &|window| assert_eq!(tune(window).span.time_s, 8.0..8.5));
}

#[test]
fn the_strip_shows_the_whole_and_moves_and_stretches_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    show(&mut window, TuneCommand::ShowTime(4.0..6.0));
    let strip = window.get_by_label_contains("Waveform:").rect().x_range();
    let x = |time_s: f64| strip.min + (time_s / DURATION_S) as f32 * strip.span();
    let part = window.get_by_role_and_label(Role::Slider, "Shown part").rect();
    assert!((part.left() - x(4.0)).abs() < 1.5 && (part.right() - x(6.0)).abs() < 1.5, "{part}");
    let y = part.center().y;
    let assert_shows = |window: &Harness<'_, App>, start_s: f64, end_s: f64| {
        let time_s = &tune(window).span.time_s;
        let tolerance_s = 2.0 * DURATION_S / f64::from(strip.span());
        let is_near = |a: f64, b: f64| (a - b).abs() < tolerance_s;
        assert!(is_near(time_s.start, start_s) && is_near(time_s.end, end_s), "{time_s:?}");
    };
    drag(&mut window, pos2(x(5.0), y), pos2(x(7.0), y));
    assert_shows(&window, 6.0, 8.0);
    drag(&mut window, pos2(x(6.0), y), pos2(x(3.0), y));
    assert_shows(&window, 3.0, 8.0);
    drag(&mut window, pos2(x(8.0), y), pos2(x(4.0), y));
    assert_shows(&window, 3.0, 4.0);
    click(&mut window, pos2(x(8.5), y));
    assert_shows(&window, 8.0, 9.0);
    // Beyond the end there is nothing to see.
    drag(&mut window, pos2(x(8.5), y), pos2(x(9.9), y));
    assert_shows(&window, 9.0, 10.0);

    // The same for who uses no pointer.
    window.get_by_role_and_label(Role::Slider, "Shown part").set_value_accesskit(2.0);
    window.run_steps(3);
    assert_shows(&window, 2.0, 3.0);
    let value = window.get_by_role_and_label(Role::Slider, "Shown part").accesskit_node().numeric_value();
    assert_eq!(value, Some(2.0));
    window.get_by_role_and_label(Role::Slider, "Shown part").focus();
    window.run_steps(2);
    for (key, start_s) in [(Key::ArrowRight, 2.1), (Key::ArrowRight, 2.2), (Key::ArrowLeft, 2.1)] {
        window.key_press(key);
        window.run_steps(2);
        assert_shows(&window, start_s, start_s + 1.0);
    }
    window.key_press(Key::End);
    window.run_steps(2);
    assert_shows(&window, 9.0, 10.0);
    window.key_press(Key::Home);
    window.run_steps(2);
    assert_shows(&window, 0.0, 1.0);
}

#[test]
fn keys_on_a_pane_go_to_both_ends_and_scroll() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    for name in ["Waveform:", "Magnitude:", "Instantaneous frequency"] {
        show(&mut window, TuneCommand::ShowTime(4.0..6.0));
        window.get_by_label_contains(name).focus();
        window.run_steps(2);
        for (key, expected_s) in [
            (Key::End, 8.0..10.0),
            (Key::Home, 0.0..2.0),
            (Key::ArrowRight, 0.2..2.2),
            (Key::ArrowLeft, 0.0..2.0),
        ] {
            window.key_press(key);
            window.run_steps(2);
            let time_s = &tune(&window).span.time_s;
            let is_near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(
                is_near(time_s.start, expected_s.start) && is_near(time_s.end, expected_s.end),
                "{name} {key:?}: {time_s:?}"
            );
        }
    }
}

/// What the engine says of the frame nearest to `time_s`, in the words of the spectrum.
fn expected_spectrum(root: &Path, settings: &Settings, time_s: f64) -> String {
    let analysis = settings.analysis();
    let plan = AnalysisPlan::new(analysis).unwrap();
    let [_, n_mels, n_frames] = analysis.tensor_shape();
    let mut reader = ChunkReader::open(&root.join("tone.wav"), RATE_HZ, analysis.chunk_samples).unwrap();
    let (mut chunk, mut scratch) = (Chunk::new(analysis.chunk_samples), plan.scratch());
    let (mut power, mut inst_freq) = (vec![0.0; n_mels * n_frames], vec![0.0; n_mels * n_frames]);
    let (mut peak, mut frame_power) = (0.0_f32, Vec::new());
    let chunk_s = analysis.chunk_samples as f64 / f64::from(RATE_HZ);
    let wanted_chunk = (time_s / chunk_s) as usize;
    let frame = ((time_s % chunk_s) * f64::from(RATE_HZ) / analysis.hop_samples as f64).round() as usize;
    while reader.next_levelled(&mut chunk).unwrap() {
        plan.analyze_unmasked_into(&chunk.samples, &mut scratch, &mut power, &mut inst_freq);
        peak = power.iter().fold(peak, |most, &power| most.max(power));
        if chunk.index == wanted_chunk {
            frame_power = (0..n_mels).map(|band| power[band * n_frames + frame]).collect();
        }
    }
    let most = frame_power.iter().fold(0.0_f32, |most, &power| most.max(power));
    let band = frame_power.iter().position(|&power| power == most).unwrap();
    let centre_hz = MelFilters::new(RATE_HZ, analysis.n_fft, n_mels).centre_hz(band);
    let n_masked = frame_power.iter().filter(|power| **power < analysis.if_threshold as f32).count();
    let level_db = (10.0 * (f64::from(most) / f64::from(peak)).log10()).round();
    let level = if level_db == 0.0 { "0 dB".into() } else { format!("−{} dB", -level_db) };
    format!(
        "Spectrum at {time_s:.3} s: strongest band {centre_hz:.0} Hz at {level}, {} of the bands masked",
        percent_text(n_masked as f64 / n_mels as f64)
    )
}

#[test]
fn the_spectrum_is_that_of_the_frame_under_the_pointer_and_otherwise_at_the_playhead() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    let settings = window.state().state().folder().unwrap().settings.clone();
    // The level of the tone changes in the middle of a second; these places are well inside of loud and soft.
    window.state_mut().ask(Command::Seek(2.25));
    window.run_steps(3);
    let loud = expected_spectrum(folder.path(), &settings, 2.25);
    assert!(shows(&window, &loud), "{loud}");
    let soft = expected_spectrum(folder.path(), &settings, 7.75);
    assert!(soft.contains("−40 dB"), "the tone is 40 dB softer there: {soft}");
    for name in ["Magnitude:", "Instantaneous frequency", "Waveform:"] {
        let pane = window.get_by_label_contains(name).rect();
        show(&mut window, TuneCommand::ShowTime(7.25..8.25));
        window.hover_at(pane.center());
        window.run_steps(2);
        assert!(shows(&window, &soft), "{name}: {soft}");
        window.hover_at(pos2(5.0, 5.0));
        window.run_steps(2);
        assert!(shows(&window, &loud));
    }
}

#[test]
fn in_the_spectrum_the_masked_bands_are_grey_and_lie_below_the_line_of_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    window.state_mut().ask(Command::Seek(2.25));
    window.run_steps(3);
    let rect = window.get_by_label_contains("Spectrum at").rect();
    let picture = window.render().unwrap();
    let is_close = |pixel: [u8; 4], color: [u8; 3]| color.iter().zip(pixel).all(|(&a, b)| a.abs_diff(b) <= 3);
    // Of each kind, the pixels: the line, the masked and the kept bands.
    let visuals = window.ctx.global_style().visuals.clone();
    let kept = visuals.selection.bg_fill.to_array();
    let kept = [kept[0], kept[1], kept[2]];
    // Letters have all shades of grey: they stand above and at the left.
    let (left, top) = (rect.left() as u32 + 46, rect.top() as u32 + 18);
    let count = |y: u32, color: [u8; 3]| {
        (left..rect.right() as u32).filter(|&x| is_close(picture.get_pixel(x, y).0, color)).count()
    };
    let rows = top..rect.bottom() as u32;
    let line: Vec<u32> =
        rows.clone().filter(|&y| count(y, [245, 130, 120]) > rect.width() as usize / 2).collect();
    let (Some(&first), Some(&last)) = (line.first(), line.last()) else { panic!("no line") };
    assert!(last - first <= 2, "one line: {line:?}");
    let above = |color| rows.clone().filter(|&y| y < first).map(|y| count(y, color)).sum::<usize>();
    let below = |color| rows.clone().filter(|&y| y > last).map(|y| count(y, color)).sum::<usize>();
    assert_eq!(above(MASKED[0]), 0, "no masked band reaches above the line");
    assert!(below(MASKED[0]) > 0 && above(kept) > 0, "{} masked, {} kept", below(MASKED[0]), above(kept));
}

#[test]
fn panes_stay_where_they_are_whatever_is_shown_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    datasets::write_sound_and_words(&root);
    for (size, theme) in [([1280.0, 800.0], Theme::Dark), ([800.0, 500.0], Theme::Light)] {
        let mut window = window_of(size, &root, "tune", theme);
        settle(&mut window);
        let places = |window: &Harness<'_, App>| {
            let strip = window.get_by_role_and_label(Role::Slider, "Shown part").rect().y_range();
            (strip, pictures(window), window.get_by_role_and_label(Role::Button, "Stacked").rect())
        };
        let before = places(&window);
        press(&mut window, "Keep as B");
        assert_eq!(places(&window), before, "with B");
        window.key_press(Key::ArrowDown);
        settle(&mut window);
        assert!(shows(&window, "This file cannot be shown"));
        assert_eq!(places(&window), before, "with a file that is no sound");
        window.key_press(Key::ArrowUp);
        settle(&mut window);
        let pane = window.get_by_label_contains("Magnitude:").rect();
        window.hover_at(pane.center());
        window.run_steps(3);
        assert_eq!(places(&window), before, "with the values under the pointer");
        for rect in pictures(&window) {
            assert!(rect.height() > 20.0 && rect.bottom() < size[1], "{rect} at {size:?}");
        }
    }
}
