//! The measuring box of Tune, and what is written and copied of what is seen.

use std::fs;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{ColorImage, Key, Modifiers, OutputCommand, Rect, ViewportCommand, ViewportId, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::dsp::AnalysisPlan;
use melscope::pipeline::preview::Area;
use melscope::ui::App;
use melscope::ui::number_text::percent_text;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::command::{ExportFormat, TuneCommand};
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{press, settle, shows, view_on, wait};

fn opened() -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    (folder, window)
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn pane(window: &Harness<'_, App>, name: &str) -> Rect {
    window.get_by_role_and_label(Role::Image, &format!("{name}: {}", tune(window).summary())).rect()
}

/// Mel power and time of every frame of the shown file, as the engine analyses it: `(seconds, powers of all bands)`.
fn frames(window: &Harness<'_, App>) -> Vec<(f64, Vec<f32>)> {
    let folder = window.state().state().folder().unwrap();
    let settings = folder.settings.analysis();
    let plan = AnalysisPlan::new(settings).unwrap();
    let path = &folder.selected_file().unwrap().path;
    let mut reader = ChunkReader::open(path, settings.sample_rate_hz, settings.chunk_samples).unwrap();
    let n_frames = settings.n_frames();
    let (mut chunk, mut scratch) = (Chunk::new(settings.chunk_samples), plan.scratch());
    let (mut power, mut inst_freq) =
        (vec![0.0; settings.n_mels * n_frames], vec![0.0; settings.n_mels * n_frames]);
    let mut frames = Vec::new();
    while reader.next_levelled(&mut chunk).unwrap() {
        plan.analyze_unmasked_into(&chunk.samples, &mut scratch, &mut power, &mut inst_freq);
        for frame in 0..n_frames {
            let sample = chunk.index * settings.chunk_samples + frame * settings.hop_samples;
            let powers = (0..settings.n_mels).map(|band| power[band * n_frames + frame]).collect();
            frames.push((sample as f64 / f64::from(settings.sample_rate_hz), powers));
        }
    }
    frames
}

#[test]
fn a_box_measures_what_the_engine_makes_of_its_stretch() {
    let (_folder, mut window) = opened();
    let picture = pane(&window, "Magnitude");
    let at =
        |x: f32, y: f32| pos2(picture.left() + x * picture.width(), picture.bottom() - y * picture.height());
    // A drag with Shift draws it, and moves nothing.
    let span = tune(&window).span.clone();
    window.hover_at(at(0.25, 0.25));
    window.step();
    window.key_down_modifiers(Modifiers::SHIFT, Key::F20);
    window.drag_at(at(0.25, 0.25));
    window.step();
    for (x, y) in [(0.4, 0.4), (0.5, 0.75)] {
        window.event_modifiers(egui::Event::PointerMoved(at(x, y)), Modifiers::SHIFT);
        window.step();
    }
    window.drop_at(at(0.5, 0.75));
    window.key_up_modifiers(Modifiers::NONE, Key::F20);
    window.run_steps(3);
    assert_eq!(tune(&window).span, span);
    let (area, measurement) = tune(&window).measured().expect("a box was drawn");
    let area: Area = area.clone();
    let extent_s = span.duration_s();
    assert!((area.time_s.start - 0.25 * extent_s).abs() < 0.01 * extent_s, "{area:?}");
    assert!((area.time_s.end - 0.5 * extent_s).abs() < 0.01 * extent_s, "{area:?}");

    let settings = window.state().state().folder().unwrap().settings.clone();
    let mel_max = span.mel.end;
    // Band b has its centre at (b + 1) / (n + 1) of the mel axis.
    let centre = |band: usize| (band + 1) as f64 / (settings.n_mels + 1) as f64 * mel_max;
    let (mut n_places, mut n_masked, mut sum) = (0_u64, 0_u64, 0.0);
    for (time_s, powers) in frames(&window) {
        for (band, power) in powers.iter().enumerate() {
            if area.time_s.contains(&time_s) && area.mel.contains(&centre(band)) {
                n_places += 1;
                n_masked += u64::from(*power < settings.if_threshold as f32);
                sum += f64::from(*power);
            }
        }
    }
    let measurement = measurement.expect("there is sound in it");
    assert_eq!(measurement.n_places, n_places);
    let share = n_masked as f64 / n_places as f64;
    assert!((measurement.masked_share - share).abs() < 1e-6, "{measurement:?} {share}");
    let mean = sum / n_places as f64;
    assert!((measurement.mean_power.unwrap() / mean - 1.0).abs() < 1e-6, "{measurement:?} {mean}");
    assert!(shows(&window, &format!("masked {}", percent_text(share))));
    assert!(shows(&window, "Δt ") && shows(&window, "Δf "));

    // It is heard by itself, and the bar of the sound says so.
    press(&mut window, "Hear the box");
    let listen = window.state().state().listen.clone();
    assert_eq!(listen.selection_s, Some(area.time_s.clone()));
    let band_hz = listen.band_hz.expect("only its frequencies are heard");
    let hz = |mel: f64| 700.0 * (10f64.powf(mel / 2595.0) - 1.0);
    assert!((band_hz.start / hz(area.mel.start) - 1.0).abs() < 1e-9);
    assert!((band_hz.end / hz(area.mel.end) - 1.0).abs() < 1e-9);
    assert!(shows(&window, ", only "));
    press(&mut window, "Whole file");
    assert_eq!(window.state().state().listen.band_hz, None);

    press(&mut window, "Zoom in");
    let shown = tune(&window).span.clone();
    assert!((shown.time_s.start - area.time_s.start).abs() < 1e-9 && !shown.is_fit(), "{shown:?}");
    press(&mut window, "Remove box");
    assert!(tune(&window).measured().is_none() && !shows(&window, "Δt "));
}

#[test]
fn a_focused_pane_is_measured_with_a_key_and_another_file_takes_the_box_away() {
    let (_folder, mut window) = opened();
    let name = format!("Magnitude: {}", tune(&window).summary());
    window.get_by_role_and_label(Role::Image, &name).focus();
    window.run_steps(2);
    window.key_press(Key::M);
    window.run_steps(3);
    let (_, measurement) = tune(&window).measured().expect("a box around all of it");
    let share = tune(&window).masked_here().unwrap();
    assert!((measurement.unwrap().masked_share - share).abs() < 1e-6);
    window.state_mut().ask(melscope::ui::session::command::Command::Select(1));
    settle(&mut window);
    assert!(tune(&window).measured().is_none());
}

#[test]
fn the_numbers_in_sight_are_written_as_a_table() {
    let (folder, mut window) = opened();
    let to = folder.path().join("numbers.csv");
    let export = TuneCommand::Export { format: ExportFormat::Csv, to: Some(to.clone()) };
    window.state_mut().ask_view::<TuneView>(export);
    wait(&mut window, "the table", |window| shows(window, "Written: "));
    let text = fs::read_to_string(&to).unwrap();
    let mut lines = text.lines();
    let head = "time_s,chunk,frame,band,centre_hz,mel_power,ln_1p_mel_power,inst_freq,masked";
    assert_eq!(lines.next(), Some(head));
    let frames = frames(&window);
    let n_mels = frames[0].1.len();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), frames.len() * n_mels, "all of the file is in sight");
    let threshold = window.state().state().folder().unwrap().settings.if_threshold as f32;
    for (row, (time_s, power)) in rows
        .iter()
        .zip(frames.iter().flat_map(|(time_s, powers)| powers.iter().map(move |power| (time_s, *power))))
    {
        assert!((row[0].parse::<f64>().unwrap() - time_s).abs() < 1e-6);
        assert_eq!(row[5].parse::<f32>().unwrap(), power, "every digit that is needed");
        assert_eq!(row[8], (power < threshold).to_string());
    }
}

#[test]
fn what_is_seen_is_written_with_its_lines_letters_and_pixels() {
    let (folder, mut window) = opened();
    let to = folder.path().join("view.svg");
    let export = TuneCommand::Export { format: ExportFormat::Svg, to: Some(to.clone()) };
    window.state_mut().ask_view::<TuneView>(export);
    wait(&mut window, "the document", |window| shows(window, "Written: "));
    let svg = fs::read_to_string(&to).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for words in [">Magnitude<", "Instantaneous frequency", ">Hz<"] {
        assert!(svg.contains(words), "{words}");
    }
    assert_eq!(svg.matches("data:image/png;base64,").count(), 2, "both heatmaps");
    let picture = pane(&window, "Magnitude");
    let place = format!("x=\"{}\"", picture.left());
    assert!(svg.contains(&place), "the picture stands where it is seen: {place}");
}

#[test]
fn what_is_seen_is_written_pixel_for_pixel() {
    let (folder, mut window) = opened();
    let to = folder.path().join("view.png");
    let export = TuneCommand::Export { format: ExportFormat::Png, to: Some(to.clone()) };
    window.state_mut().ask_view::<TuneView>(export);
    // The window's system would answer with its pixels: here the painter does.
    let callback = (0..200)
        .find_map(|_| {
            window.step();
            let commands = &window.output().viewport_output[&ViewportId::ROOT].commands;
            let asked = commands.iter().find_map(|command| match command {
                ViewportCommand::Screenshot(callback) => Some(callback.clone()),
                _ => None,
            });
            std::thread::sleep(std::time::Duration::from_millis(5));
            asked
        })
        .expect("a picture is asked for");
    let seen = window.render().unwrap();
    let size = [seen.width() as usize, seen.height() as usize];
    callback.complete(Arc::new(ColorImage::from_rgba_unmultiplied(size, &seen)));
    wait(&mut window, "the picture", |window| shows(window, "Written: "));
    let written = image::open(&to).unwrap().to_rgba8();
    let picture = pane(&window, "Magnitude");
    let left = size[0] as u32;
    assert!(written.width() < left && written.width() > 400, "a part of the window: {}", written.width());
    // The picture holds the heatmap, wherever the view begins.
    let probe = *seen.get_pixel(picture.center().x as u32, picture.center().y as u32);
    assert!(written.pixels().any(|pixel| *pixel == probe));
}

#[test]
fn the_value_under_the_pointer_is_copied() {
    let (_folder, mut window) = opened();
    let picture = pane(&window, "Magnitude");
    window.hover_at(picture.center());
    window.run_steps(2);
    window.event(egui::Event::Copy);
    window.step();
    let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("something is copied");
    assert!(copied.contains("band ") && copied.contains("IF "), "{copied}");
    assert!(
        window.root().children_recursive().any(|node| node.accesskit_node().label() == Some(copied.clone())
            || node.accesskit_node().value() == Some(copied.clone())),
        "it is what is read below the panes"
    );
}
