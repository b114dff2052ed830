//! Files that are played as they are chosen, equally loud where that is wanted.

use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::MemoryStorage;
use crate::support::{select_file, selected_name, settle, show_view, type_into, window_heard_on};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::playback::PulledOutput;
use melscope::ui::App;
use melscope::ui::session::listen::Listen;

const RATE_HZ: u32 = 48_000;

/// The files are square waves of these magnitudes: every sample tells whose it is.
const FILES: [(&str, f64); 3] = [("1 loud.wav", 0.5), ("2 quiet.wav", 0.05), ("3 middle.wav", 0.2)];

/// A pulse of a thousandth of the time that peaks at half scale: loud to the eye, quiet to the ear.
const PULSES: &str = "4 pulses.wav";

struct Set {
    _folder: tempfile::TempDir,
    window: Harness<'static, App>,
    output: PulledOutput,
}

impl Set {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, level) in FILES {
            let square = move |n: usize| if n % 96 < 48 { level } else { -level };
            datasets::write_wav(&folder.path().join(name), RATE_HZ, 20 * RATE_HZ as usize, square);
        }
        let pulses = |n: usize| if n.is_multiple_of(1_000) { 0.5 } else { 0.0 };
        datasets::write_wav(&folder.path().join(PULSES), RATE_HZ, 20 * RATE_HZ as usize, pulses);
        let output = PulledOutput::new(RATE_HZ);
        let mut window = window_heard_on(folder.path(), output.clone(), None);
        settle(&mut window);
        Self { _folder: folder, window, output }
    }

    fn listen(&self) -> &Listen {
        &self.window.state().state().listen
    }

    fn tick(&mut self, name: &str) {
        self.window.get_by_label(name).click();
        self.window.run_steps(3);
    }

    fn press_key(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(2);
    }

    /// Pulls until the loudest sample of a block of ten periods is within a hundredth of `level`.
    fn hear(&mut self, level: f64) {
        let began = Instant::now();
        let mut loudest = 0.0;
        while (loudest / level - 1.0_f64).abs() > 0.01 {
            let samples = self.output.pull(2_000);
            loudest = samples.iter().fold(0.0, |loudest: f64, sample| loudest.max(f64::from(sample.abs())));
            self.window.step();
            assert!(began.elapsed() < Duration::from_secs(30), "{loudest} is heard, not {level}");
        }
    }
}

#[test]
fn choosing_a_file_plays_it_only_where_that_is_wanted() {
    let mut set = Set::open();
    select_file(&mut set.window, FILES[1].0);
    assert!(!set.listen().is_playing);
    set.tick("Play on select");
    select_file(&mut set.window, FILES[0].0);
    set.hear(FILES[0].1);
    set.press_key(Key::ArrowDown);
    assert_eq!(selected_name(&set.window), FILES[1].0);
    set.hear(FILES[1].1);
    set.press_key(Key::ArrowDown);
    set.hear(FILES[2].1);
    // What is left out is followed by the next, which is heard.
    set.press_key(Key::ArrowUp);
    set.press_key(Key::E);
    assert_eq!(selected_name(&set.window), FILES[2].0);
    set.hear(FILES[2].1);
    // A click on the same file plays it from its start.
    let playhead_s = set.listen().playhead_s;
    set.output.pull(48_000);
    set.window.run_steps(3);
    select_file(&mut set.window, FILES[2].0);
    assert!(set.listen().is_playing && set.listen().playhead_s <= playhead_s);
}

#[test]
fn the_choices_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    datasets::write_wav(&folder.path().join("a.wav"), RATE_HZ, 4_800, datasets::tone(440.0, RATE_HZ));
    let mut window = window_heard_on(folder.path(), PulledOutput::new(RATE_HZ), None);
    settle(&mut window);
    for name in ["Play on select", "Same loudness"] {
        window.get_by_label(name).click();
        window.run_steps(3);
    }
    let options = window.state().state().browse;
    assert!(options.plays_on_select && options.matches_loudness);
    let mut storage = MemoryStorage::default();
    eframe::App::save(window.state_mut(), &mut storage);
    let storage: &'static MemoryStorage = Box::leak(Box::new(storage));
    let window = window_heard_on(folder.path(), PulledOutput::new(RATE_HZ), Some(storage));
    assert_eq!(window.state().state().browse, options);
}

#[test]
fn the_sound_goes_on_while_the_picture_changes() {
    let mut set = Set::open();
    set.tick("Play on select");
    select_file(&mut set.window, FILES[0].0);
    set.hear(FILES[0].1);
    for view in ["Augment", "Audit", "Build", "Tune"] {
        show_view(&mut set.window, view);
        assert!(set.listen().is_playing, "{view}");
    }
    type_into(&mut set.window, "n_mels", "80");
    settle(&mut set.window);
    assert!(set.listen().is_playing);
    set.hear(FILES[0].1);
}

#[test]
fn files_are_equally_loud_and_no_peak_passes_full_scale() {
    let mut set = Set::open();
    set.tick("Play on select");
    set.tick("Same loudness");
    settle(&mut set.window);
    // The RMS of a square wave is its magnitude: 23 dB below full scale.
    let matched = 10.0_f64.powf(-23.0 / 20.0);
    for (name, _) in FILES {
        select_file(&mut set.window, name);
        set.hear(matched);
    }
    // The pulses would have to be raised beyond full scale.
    select_file(&mut set.window, PULSES);
    set.hear(1.0);
    // As they are, without a stop.
    set.tick("Same loudness");
    set.hear(0.5);
    assert!(set.listen().is_playing);
}
