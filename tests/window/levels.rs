//! Levels in the Tune view: in decibels, with a range that is set by hand and stays, in colours that can be chosen, with the
//! threshold typed in decibels and the mask's outline on the magnitude.

use std::path::Path;

use egui::accesskit::Role;
use egui::{Key, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::picture::colormap::MASKED;
use melscope::picture::outline::OUTLINE;
use melscope::picture::{ColorMap, LevelRange, LevelUnit};
use melscope::playback::PulledOutput;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::command::TuneCommand;
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{MemoryStorage, press, settle, shows, text_of, type_into, view_on, window_heard_on};

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn settings<'a>(window: &'a Harness<'_, App>) -> &'a Settings {
    &window.state().state().folder().unwrap().settings
}

/// The largest mel power of what is shown: the engine's own, of every part.
fn peak_power(window: &Harness<'_, App>) -> f64 {
    let preview = &tune(window).shown.as_ref().unwrap().preview;
    let powers = preview.parts().iter().flat_map(|part| part.mel_power.iter());
    f64::from(powers.fold(0.0, |most: f32, &power| most.max(power)))
}

/// The number of a handle of the colour bar, as a screen reader says it.
fn number_of(window: &Harness<'_, App>, handle: &str) -> f64 {
    let node = window.get_by_role_and_label(Role::Slider, handle);
    node.accesskit_node().numeric_value().unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.051
}

/// A folder with a loud tone, noise under a slow swell that has no loud place, and silence.
fn write_set(root: &Path) {
    datasets::write_wav(&root.join("a_tone.wav"), 48_000, 96_000, |n| {
        0.9 * (std::f64::consts::TAU * 440.0 * n as f64 / 48_000.0).sin()
    });
    datasets::write_wav(&root.join("b_noise.wav"), 48_000, 96_000, |n| {
        let mut state = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * 0.3 * (n as f64 / 96_000.0)
    });
    datasets::write_wav(&root.join("c_silence.wav"), 48_000, 48_000, |_| 0.0);
}

fn window_on_set(folder: &Path) -> Harness<'static, App> {
    write_set(folder);
    let mut window = view_on("tune", folder, Theme::Dark);
    settle(&mut window);
    window
}

fn select(window: &mut Harness<'_, App>, index: usize) {
    window.state_mut().ask(Command::Select(index));
    settle(window);
}

/// Chooses an item of the menu of levels.
fn choose(window: &mut Harness<'_, App>, role: Role, item: &str) {
    press(window, "Levels");
    window.get_by_role_and_label(role, item).click();
    window.run_steps(3);
    window.key_press(Key::Escape);
    window.run_steps(3);
}

fn pane(window: &Harness<'_, App>, name: &str) -> Rect {
    window.get_by_label_contains(name).rect()
}

#[test]
fn levels_are_decibels_below_the_peak_and_the_threshold_is_in_sight() {
    let folder = tempfile::tempdir().unwrap();
    let window = window_on_set(folder.path());
    let below_db = 10.0 * (settings(&window).if_threshold / peak_power(&window)).log10();
    assert!(near(number_of(&window, "Colour range to"), 0.0));
    let from_db = number_of(&window, "Colour range from");
    assert!(from_db <= -100.0 && from_db < below_db, "{from_db} dB, threshold {below_db} dB");
    assert_eq!(text_of(&window, "Mask threshold"), "1e-5");
    let typed: f64 = text_of(&window, "Mask threshold in dB").replace('−', "-").parse().unwrap();
    assert!(near(typed, below_db), "{typed} dB, not {below_db}");
    // The histogram, the note of the mask and the colour bar mean the same 0 dB.
    assert!(shows(&window, &format!("threshold −{:.1} dB, mel power 1e-5", -below_db)));
    assert!(shows(&window, &format!("threshold {:.0} dB below", -below_db)));
}

#[test]
fn a_threshold_is_typed_in_decibels_or_exactly_as_mel_power() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    let at_88_db = peak_power(&window) * 10f64.powf(-8.8);
    for text in ["-88", "−88 dB", "88"] {
        type_into(&mut window, "Mask threshold", "1e-5");
        type_into(&mut window, "Mask threshold in dB", text);
        let threshold = settings(&window).if_threshold;
        assert!((threshold / at_88_db - 1.0).abs() < 0.005, "{text}: {threshold}, not {at_88_db}");
        assert_eq!(text_of(&window, "Mask threshold in dB"), "−88");
    }
    // What is typed as a power is that power to the last digit, and stays it when the other field is only visited.
    type_into(&mut window, "Mask threshold", "1.23456789e-5");
    let shown = text_of(&window, "Mask threshold in dB");
    window.get_by_role_and_label(Role::TextInput, "Mask threshold in dB").focus();
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    type_into(&mut window, "Mask threshold in dB", &shown);
    assert_eq!(settings(&window).if_threshold, 1.23456789e-5);
    assert_eq!(text_of(&window, "Mask threshold"), "1.23456789e-5");
    type_into(&mut window, "Mask threshold in dB", "loud");
    assert!(shows(&window, "Not a level"));
    assert_eq!(settings(&window).if_threshold, 1.23456789e-5);
    type_into(&mut window, "Mask threshold in dB", "off");
    assert_eq!(settings(&window).if_threshold, 0.0);
    assert!(!shows(&window, "Not a level"));
    press(&mut window, "Undo");
    assert_eq!(settings(&window).if_threshold, 1.23456789e-5);
}

#[test]
fn without_a_peak_decibels_are_those_of_mel_power_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    select(&mut window, 2);
    assert_eq!(text_of(&window, "Mask threshold in dB"), "−50", "1e-5 of a mel power of 1");
    assert!(shows(&window, "0 dB is mel power 1: no peak is shown"));
    select(&mut window, 0);
    assert!(!shows(&window, "no peak is shown"));
}

#[test]
fn ranges_stay_from_file_to_file_until_they_are_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    let loud = peak_power(&window);
    let range = tune(&window).levels.range();
    let axis = tune(&window).histogram().unwrap().range.clone();
    assert!((f64::from(range.to) - 10.0 * loud.log10()).abs() < 1e-3);
    select(&mut window, 1);
    let quiet = peak_power(&window);
    assert!(quiet < 0.1 * loud, "the files differ by less than 10 dB");
    assert_eq!(tune(&window).levels.range(), range);
    assert_eq!(tune(&window).histogram().unwrap().range, axis);
    // The numbers are those of what is shown: the same colour lies as much higher as its peak lies lower.
    let above_db = 10.0 * (loud / quiet).log10();
    assert!(near(number_of(&window, "Colour range to"), above_db));
    // B, with another peak of the same file, is drawn in the same range.
    press(&mut window, "Keep as B");
    type_into(&mut window, "n_fft", "1024");
    settle(&mut window);
    assert_eq!(tune(&window).levels.range(), range);
    press(&mut window, "Flip A/B");
    settle(&mut window);
    assert_eq!(tune(&window).levels.range(), range);

    press(&mut window, "Fit range");
    let fitted = tune(&window).levels.range();
    assert!((f64::from(fitted.to) - 10.0 * quiet.log10()).abs() < 1e-3);
    assert!(near(number_of(&window, "Colour range to"), 0.0));
    assert_ne!(tune(&window).histogram().unwrap().range, axis);
}

#[test]
fn the_handles_of_the_colour_bar_are_moved_by_keys_by_a_screen_reader_and_by_the_pointer() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    let from = "Colour range from";
    let before = number_of(&window, from);
    window.get_by_role_and_label(Role::Slider, from).focus();
    window.run_steps(2);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert!(near(number_of(&window, from), before + 1.0));
    window.key_press(Key::ArrowLeft);
    window.key_press(Key::ArrowLeft);
    window.run_steps(2);
    assert!(near(number_of(&window, from), before - 1.0));
    window.get_by_role_and_label(Role::Slider, from).set_value_accesskit(-60.0);
    window.run_steps(3);
    assert!(near(number_of(&window, from), -60.0));

    let to = window.get_by_role_and_label(Role::Slider, "Colour range to").rect().center();
    let bar = pane(&window, "Magnitude:");
    window.hover_at(to);
    window.run_steps(2);
    window.drag_at(to);
    window.run_steps(2);
    window.hover_at(pos2(to.x, bar.top() + 0.3 * bar.height()));
    window.run_steps(3);
    window.drop_at(pos2(to.x, bar.top() + 0.3 * bar.height()));
    window.run_steps(3);
    let dragged = number_of(&window, "Colour range to");
    let handle = window.get_by_role_and_label(Role::Slider, "Colour range to").rect().center();
    assert!((handle.y - (bar.top() + 0.3 * bar.height())).abs() < 3.0, "the handle is under the pointer");
    assert!(dragged < -1.0 && near(dragged, dragged.round()), "{dragged}");
    // Ends do not pass each other.
    window.get_by_role_and_label(Role::Slider, from).set_value_accesskit(5.0);
    window.run_steps(3);
    assert!(number_of(&window, from) < dragged);
}

#[test]
fn the_picture_has_the_colours_of_the_range_on_every_scale_and_map() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    choose(&mut window, Role::CheckBox, "Outline of the mask");
    let settings_of = settings(&window).analysis();
    let peak_db = 10.0 * peak_power(&window).log10() as f32;
    let most = (peak_power(&window) as f32).ln_1p();
    for (scale, range) in [
        ("dB mel power", LevelRange { unit: LevelUnit::Decibel, from: 0.0, to: peak_db }),
        ("dB below peak", LevelRange { unit: LevelUnit::Decibel, from: 0.0, to: peak_db }),
        ("ln(1+P)", LevelRange { unit: LevelUnit::Ln1p, from: 0.0, to: most }),
    ] {
        choose(&mut window, Role::RadioButton, scale);
        let offset = if scale == "dB below peak" { f64::from(peak_db) } else { 0.0 };
        window
            .get_by_role_and_label(Role::Slider, "Colour range from")
            .set_value_accesskit(f64::from(range.from) - offset);
        window.run_steps(3);
        for (name, map) in [
            ("Viridis", ColorMap::Viridis),
            ("Blue to yellow", ColorMap::BlueYellow),
            ("Grey", ColorMap::Grey),
            ("Magma", ColorMap::Magma),
        ] {
            choose(&mut window, Role::RadioButton, name);
            window.remove_cursor();
            window.run_steps(3);
            let picture = window.render().unwrap();
            let pane = pane(&window, "Magnitude:");
            let part = &tune(&window).shown.as_ref().unwrap().preview.parts()[0];
            let mut n_inside = 0;
            for band in (0..settings_of.n_mels).step_by(9) {
                for frame in (20..60).step_by(7) {
                    let time_s = (frame * settings_of.hop_samples) as f32 / 48_000.0;
                    let at = vec2(time_s / 2.0, 1.0 - (band + 1) as f32 / (settings_of.n_mels + 1) as f32);
                    let pixel = (pane.min + at * pane.size()).floor();
                    let found = picture.get_pixel(pixel.x as u32, pixel.y as u32).0;
                    // A pixel covers several frames of a steady tone, or one.
                    let powers = (frame - 4..frame + 5).map(|frame| part.mel_power[[band, frame]]);
                    let shares: Vec<f32> = powers.map(|power| range.share(power).clamp(0.0, 1.0)).collect();
                    n_inside += usize::from(shares.iter().any(|share| (0.05..0.95).contains(share)));
                    let is_one_of_them = shares
                        .iter()
                        .any(|share| map.color(*share).iter().zip(found).all(|(a, b)| a.abs_diff(b) <= 3));
                    assert!(is_one_of_them, "{scale}, {name}, band {band}, frame {frame}: {found:?}");
                }
            }
            assert!(n_inside > 3, "{scale}: all places are at an end of the colours");
        }
    }
}

#[test]
fn the_outline_is_where_what_is_masked_meets_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    select(&mut window, 1);
    // So close that every place is several pixels large.
    let at = [0.4, 0.5];
    window.state_mut().ask_view::<TuneView>(TuneCommand::Zoom { at, factors: [12.0, 3.0] });
    let quarter = {
        let part = &tune(&window).shown.as_ref().unwrap().preview.parts()[0];
        // Of the frames in sight: 0.8 s is in the middle.
        let in_sight = part.mel_power.slice(ndarray::s![40..90, 70..82]);
        let mut powers: Vec<f32> = in_sight.iter().copied().collect();
        powers.sort_by(f32::total_cmp);
        f64::from(powers[powers.len() / 4])
    };
    window.state_mut().ask(Command::SetThreshold(quarter));
    settle(&mut window);
    window.run_steps(3);
    let with = window.render().unwrap();
    choose(&mut window, Role::CheckBox, "Outline of the mask");
    window.remove_cursor();
    window.run_steps(3);
    let without = window.render().unwrap();
    let [magnitude, inst_freq] = ["Magnitude:", "Instantaneous frequency"].map(|name| pane(&window, name));
    let size = magnitude.size();
    let pixel = |picture: &image::RgbaImage, pane: Rect, x: u32, y: u32| {
        let [red, green, blue, _] = picture.get_pixel(pane.left() as u32 + x, pane.top() as u32 + y).0;
        [red, green, blue]
    };
    let is_masked = |x: u32, y: u32| MASKED.contains(&pixel(&without, inst_freq, x, y));
    let mut n_line = 0;
    // Marks of chunks and of the sound lie over both panes in the same places.
    for y in 1..size.y as u32 - 1 {
        for x in 8..size.x as u32 - 1 {
            let beside = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
            let is_edge = is_masked(x, y) && beside.iter().any(|&(x, y)| !is_masked(x, y));
            let found = pixel(&with, magnitude, x, y);
            if is_edge {
                n_line += 1;
                assert!(OUTLINE.contains(&found), "{x}, {y}: {found:?} is no line");
            } else {
                assert_eq!(found, pixel(&without, magnitude, x, y), "{x}, {y} is no edge");
            }
        }
    }
    assert!(n_line > 200, "{n_line} pixels of outline");
}

#[test]
fn scale_and_colours_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_set(folder.path());
    choose(&mut window, Role::RadioButton, "dB mel power");
    choose(&mut window, Role::RadioButton, "Viridis");
    choose(&mut window, Role::CheckBox, "Outline of the mask");
    let chosen = window.state().state().level_view;
    let mut storage = MemoryStorage::default();
    eframe::App::save(window.state_mut(), &mut storage);
    drop(window);
    let output = PulledOutput::new(48_000);
    let window = window_heard_on(folder.path(), output, Some(Box::leak(Box::new(storage))));
    assert_eq!(window.state().state().level_view, chosen);
    assert_eq!(chosen.color_map, ColorMap::Viridis);
}
