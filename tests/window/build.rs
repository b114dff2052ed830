//! The Build view, driven by the names that a screen reader says: what was built, and the browser of its tensors, whose
//! pixels are compared with the tensors.

use std::fs;
use std::path::Path;

use crate::datasets;
use crate::support::{press, scroll_and_press, settle, shows, text_of, type_into, window_of, window_on};
use egui::accesskit::Role;
use egui::{OutputCommand, Rect, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use melscope::cache::pt;
use melscope::picture::ColorMap;
use melscope::picture::colormap::MASKED;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::theme::Theme;

/// A window as tall as the whole Build view.
fn tall_window_on(root: &Path, theme: Theme) -> Harness<'static, App> {
    let mut window = window_of([1280.0, 1180.0], root, "build", theme);
    settle(&mut window);
    window
}

#[test]
fn what_was_built_is_told_with_its_statistics_and_code_to_load_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let report = datasets::build(&root, &Settings::default(), 1);
    // The cache was built before the window was opened: it is told all the same.
    let mut window = window_on(&root, Theme::Light);
    settle(&mut window);
    assert!(shows(&window, "The data is up to date: 9 tensors."));
    for value in [report.stats.mag_mean, report.stats.mag_std, report.stats.if_mean, report.stats.if_std] {
        assert!(shows(&window, &format!("{value:.4}")), "{value}");
    }
    window.get_by_role_and_label(Role::Button, "Copy code").scroll_to_me();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Copy code").click();
    // What is copied is an output of one frame.
    let copied = (0..5).find_map(|_| {
        window.step();
        copied(&window)
    });
    let copied = copied.unwrap();
    let cache_dir = root.canonicalize().unwrap().join(".cache");
    assert!(copied.contains(&format!("MelscopeTensors(\"{}\", \"train\")", cache_dir.display())), "{copied}");
    assert!(copied.contains("weights_only=True"));

    datasets::write(&cache_dir.join("000004.pt"), b"damage");
    scroll_and_press(&mut window, "Verify");
    settle(&mut window);
    assert!(shows(&window, "1 problem"));
    assert!(shows(&window, "000004.pt"));
}

fn copied(window: &Harness<'_, App>) -> Option<String> {
    window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn every_tensor_is_shown_with_its_source_and_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let mut window = tall_window_on(&root, Theme::Dark);
    let index = fs::read_to_string(root.join(".cache/index.csv")).unwrap();
    let mut n_masked = 0;
    for number in [0, 5, 8] {
        type_into(&mut window, "Tensor", &number.to_string());
        settle(&mut window);
        let row: Vec<&str> = index.lines().nth(number + 1).unwrap().split(',').collect();
        let start_s: f64 = row[3].parse().unwrap();
        let origin = format!("{}, chunk {}, {start_s:.2} s to {:.2} s", row[1], row[2], start_s + 1.0);
        window.get_by_label(&origin);
        n_masked += assert_pixels_are_the_tensor(&mut window, &root.join(".cache"), number);
    }
    assert!(n_masked > 0, "no place that was compared is masked");
    press(&mut window, "Previous");
    settle(&mut window);
    assert_eq!(text_of(&window, "Tensor"), "7");
    assert!(shows(&window, "000007.pt"));
}

#[test]
fn the_excerpt_that_a_tensor_was_made_from_is_selected_and_played() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let mut window = tall_window_on(&root, Theme::Dark);
    type_into(&mut window, "Tensor", "6");
    settle(&mut window);
    press(&mut window, "Play excerpt");
    let state = window.state().state();
    let files = &state.folder().unwrap().files;
    // The second chunk of the sweep, as index.csv says.
    assert_eq!(files.all()[files.selected().unwrap()].name, "sub folder/d_sweep.flac");
    assert_eq!(state.listen.selection_s.as_ref().map(|range_s| range_s.start), Some(1.0));
}

/// Reads colours back from the drawn window and compares them with the tensor's values by the definition; gives how many
/// places were masked.
fn assert_pixels_are_the_tensor(window: &mut Harness<'_, App>, cache_dir: &Path, number: usize) -> usize {
    let tensor = pt::read(&cache_dir.join(format!("{number:06}.pt"))).unwrap();
    let manifest = datasets::manifest(cache_dir);
    let stat = |name: &str| manifest["normalization_stats"][name].as_f64().unwrap();
    let [mag_mean, mag_std, if_mean, if_std] = ["mag_mean", "mag_std", "if_mean", "if_std"].map(stat);
    let magnitude =
        tensor.index_axis(ndarray::Axis(0), 0).mapv(|value| (f64::from(value) * mag_std + mag_mean) as f32);
    let inst_freq =
        tensor.index_axis(ndarray::Axis(0), 1).mapv(|value| (f64::from(value) * if_std + if_mean) as f32);
    let magnitude_max = magnitude.iter().fold(0.0, |a: f32, &b| a.max(b));
    let picture = window.render().unwrap();
    let (n_mels, n_frames) = magnitude.dim();
    let mut n_masked = 0;
    for name in ["Magnitude", "Instantaneous frequency"] {
        let rect = picture_rect(window, name);
        for (band, frame) in [(0, 0), (3, 10), (20, 93), (64, 47), (100, 30), (127, 93), (90, 60), (40, 2)] {
            let x = rect.left() + (frame as f32 + 0.5) * rect.width() / n_frames as f32;
            let y = rect.bottom() - (band as f32 + 0.5) * rect.height() / n_mels as f32;
            let drawn = picture.get_pixel(x as u32, y as u32).0;
            let (loud, freq) = (magnitude[[band, frame]], inst_freq[[band, frame]]);
            let expected = match name {
                "Magnitude" => vec![ColorMap::Magma.color(loud / magnitude_max)],
                // ln(1 + power) of 1e-5, the default threshold, is 1e-5 to one part in 1e5.
                _ if loud < 1e-5 => MASKED.to_vec(),
                _ => vec![ColorMap::Diverging.color(freq)],
            };
            n_masked += usize::from(expected.len() > 1);
            let is_close = |color: &[u8; 3]| color.iter().zip(drawn).all(|(&a, b)| a.abs_diff(b) <= 2);
            assert!(
                expected.iter().any(is_close),
                "{name} of tensor {number}, band {band}, frame {frame}: {drawn:?}, expected {expected:?}"
            );
        }
    }
    n_masked
}

fn picture_rect(window: &Harness<'_, App>, name: &str) -> Rect {
    let start = format!("{name} of tensor ");
    let is_picture = |label: Option<String>| label.is_some_and(|label| label.starts_with(&start));
    window.get_by(|node| node.role() == Role::Image && is_picture(node.label())).rect()
}

#[test]
fn a_tensor_that_cannot_be_read_says_why_and_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let path = root.join(".cache/000002.pt");
    let whole = fs::read(&path).unwrap();
    let mut window = tall_window_on(&root, Theme::Dark);
    datasets::write(&path, b"no tensor");
    type_into(&mut window, "Tensor", "2");
    settle(&mut window);
    assert!(shows(&window, "000002.pt: no readable tensor"));
    datasets::write(&path, &whole);
    scroll_and_press(&mut window, "Read again");
    settle(&mut window);
    assert!(!shows(&window, "no readable tensor"));
    assert!(shows(&window, "000002.pt"));
}

#[test]
fn the_build_view_looks_as_it_did() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "build_dark"), (Theme::Light, "build_light")] {
        let mut window = tall_window_on(&root, theme);
        type_into(&mut window, "Tensor", "3");
        settle(&mut window);
        window.run_steps(5);
        // What differs from run to run: the folder's name, the free space, and how long a build would take.
        let varying: Vec<Rect> = window
            .root()
            .children_recursive()
            .filter(|node| {
                let node = node.accesskit_node();
                let says = |text: Option<String>| {
                    text.is_some_and(|text| text.contains("/tmp/") || text.contains("expected time"))
                };
                node.children().len() == 0 && (says(node.label()) || says(node.value()))
            })
            .map(|node| node.rect())
            .collect();
        assert!(varying.len() >= 3, "{varying:?}");
        for rect in varying {
            // Texts in proportional letters differ in width as well: what covers them ends at a fixed place.
            let right = if rect.top() < 60.0 { 440.0 } else { 1020.0 };
            window.mask(Rect::from_min_max(rect.min, pos2(right, rect.bottom())));
        }
        window.snapshot_options(name, &SnapshotOptions::new().output_path("tests/snapshots"));
        results.extend_harness(&mut window);
    }
    results.unwrap();
}
