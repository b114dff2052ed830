//! Listening in the window: the buttons and keys, driven by their names, and what is heard of it on an output that the
//! test pulls.

use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::{MemoryStorage, press, settle, shows, wait, window_heard_on};
use egui::accesskit::{Role, Toggled};
use egui::{Key, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::playback::{Device, PulledOutput};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::session::listen::Listen;

const RATE_HZ: u32 = 48_000;

/// The recording is a ramp of this length from 0 to 0.5: every sample tells its place.
const RAMP_S: f64 = 2.0;

/// Marks reach the playhead some milliseconds after the samples; a block is 5.3 ms.
const PLAYHEAD_TOLERANCE_S: f64 = 0.011;

struct Set {
    _folder: tempfile::TempDir,
    window: Harness<'static, App>,
    output: PulledOutput,
}

impl Set {
    /// A window on a folder with the ramp, which is selected, and a file that is no sound.
    fn open(storage: Option<&'static dyn eframe::Storage>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let n_samples = (RAMP_S * f64::from(RATE_HZ)) as usize;
        let ramp = |n: usize| 0.5 * n as f64 / n_samples as f64;
        datasets::write_wav(&folder.path().join("ramp.wav"), RATE_HZ, n_samples, ramp);
        datasets::write(
            &folder.path().join("words.wav"),
            b"these are words and no sound, whatever the name says",
        );
        let output = PulledOutput::new(RATE_HZ);
        let mut window = window_heard_on(folder.path(), output.clone(), storage);
        settle(&mut window);
        let mut set = Self { _folder: folder, window, output };
        set.select("ramp.wav");
        set
    }

    fn select(&mut self, name: &str) {
        self.window.get_by_role_and_label(Role::Button, name).click();
        self.window.run_steps(3);
    }

    fn listen(&self) -> &Listen {
        &self.window.state().state().listen
    }

    fn ask(&mut self, command: Command) {
        self.window.state_mut().ask(command);
        self.window.run_steps(2);
    }

    fn press_key(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(2);
    }

    /// Pulls and draws until something is heard for which `is_wanted` holds, given its place in the ramp at the volume
    /// `volume`; gives the place.
    fn hear(&mut self, volume: f64, is_wanted: impl Fn(f64) -> bool) -> f64 {
        let began = Instant::now();
        loop {
            let sample = f64::from(*self.output.pull(480).last().unwrap());
            self.window.step();
            let place_s = sample / volume / 0.5 * RAMP_S;
            if sample > 0.0 && is_wanted(place_s) {
                return place_s;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "last heard at {place_s} s");
        }
    }

    /// Waits for the playhead to be at `place_s`.
    fn wait_for_playhead(&mut self, place_s: f64) {
        wait(&mut self.window, &format!("the playhead at {place_s} s"), |window| {
            let playhead_s = window.state().state().listen.playhead_s;
            (playhead_s - place_s).abs() < PLAYHEAD_TOLERANCE_S
        });
    }

    fn repaints_by_itself(&self) -> bool {
        self.window.output().viewport_output[&ViewportId::ROOT].repaint_delay.is_zero()
    }
}

#[test]
fn a_file_is_played_by_its_button_and_the_playhead_is_where_the_sound_is() {
    let mut set = Set::open(None);
    assert!(shows(&set.window, "0.00 s of 2.00 s"));
    assert!(!set.repaints_by_itself(), "a window that is silent rests");
    press(&mut set.window, "Play");
    assert!(set.repaints_by_itself());
    let place_s = set.hear(1.0, |place_s| place_s > 0.5);
    assert!(place_s < 0.52, "{place_s}");
    set.wait_for_playhead(place_s);
    press(&mut set.window, "Stop");
    assert!(!set.listen().is_playing);
    assert_eq!(set.listen().playhead_s, 0.0, "it goes back to where it began");
    set.output.pull(2_000);
    assert_eq!(set.output.pull(480), [0.0; 480]);
    set.window.run_steps(3);
    assert!(!set.repaints_by_itself());
}

#[test]
fn a_file_that_ends_leaves_the_window_ready_to_play_it_again() {
    let mut set = Set::open(None);
    set.ask(Command::Seek(1.5));
    assert!(shows(&set.window, "1.50 s of 2.00 s"));
    set.press_key(Key::Space);
    let place_s = set.hear(1.0, |_| true);
    assert!(place_s > 1.49, "it begins at the cursor, not at {place_s}");
    set.hear(1.0, |place_s| place_s > 1.98);
    let began = Instant::now();
    while set.listen().is_playing {
        set.output.pull(480);
        set.window.step();
        assert!(began.elapsed() < Duration::from_secs(30), "it does not end");
    }
    assert_eq!(set.listen().playhead_s, 1.5);
    assert_eq!(set.listen().failure, None);
}

#[test]
fn a_selection_goes_round_and_a_seek_outside_takes_it_away() {
    let mut set = Set::open(None);
    set.press_key(Key::L);
    assert_eq!(set.window.get_by_label("Loop").accesskit_node().toggled(), Some(Toggled::True));
    set.ask(Command::SetSelection(Some(0.5..1.0)));
    assert!(shows(&set.window, "Selected: 0.50 s to 1.00 s"));
    set.press_key(Key::Space);
    for _ in 0..3 {
        set.hear(1.0, |place_s| place_s > 0.9);
        let place_s = set.hear(1.0, |place_s| place_s < 0.9);
        assert!((0.49..0.6).contains(&place_s), "after its end comes its beginning, not {place_s}");
    }
    // What is selected while it plays is what is heard, without a jump where that is possible.
    set.ask(Command::SetSelection(Some(0.5..1.5)));
    set.hear(1.0, |place_s| place_s > 1.2);
    set.ask(Command::Seek(0.7));
    let place_s = set.hear(1.0, |place_s| place_s < 1.2);
    assert!((0.69..0.8).contains(&place_s), "{place_s}");
    set.wait_for_playhead(place_s);
    assert!(shows(&set.window, "Selected: 0.50 s to 1.50 s"));
    set.ask(Command::Seek(1.7));
    assert_eq!(set.listen().selection_s, None);
    let place_s = set.hear(1.0, |place_s| place_s > 1.5);
    assert!((1.69..1.8).contains(&place_s), "{place_s}");
    press(&mut set.window, "Stop");
    set.ask(Command::SetSelection(Some(1.0..1.2)));
    press(&mut set.window, "Whole file");
    assert_eq!(set.listen().selection_s, None);
}

#[test]
fn keys_play_stop_and_loop_but_not_where_they_mean_something_else() {
    let mut set = Set::open(None);
    set.press_key(Key::Space);
    assert!(set.listen().is_playing);
    set.press_key(Key::Space);
    assert!(!set.listen().is_playing);
    set.press_key(Key::Space);
    set.press_key(Key::Escape);
    assert!(!set.listen().is_playing);

    // A focused button is pressed once, by its own Space.
    set.window.get_by_role_and_label(Role::Button, "Play").focus();
    set.window.run_steps(2);
    set.press_key(Key::Space);
    assert!(set.listen().is_playing);
    // The first Esc gives up the focus and stops.
    set.press_key(Key::Escape);
    assert!(!set.listen().is_playing);

    // In a text field every key is text.
    let filter = set.window.get_by_role_and_label(Role::TextInput, "Filter");
    filter.focus();
    set.window.run_steps(2);
    set.window.get_by_role_and_label(Role::TextInput, "Filter").type_text("l r");
    set.press_key(Key::Space);
    set.press_key(Key::L);
    assert!(!set.listen().is_playing && !set.listen().is_looped);

    // A key that is held down is pressed once.
    set.press_key(Key::Escape);
    set.window.key_down(Key::L);
    set.window.run_steps(2);
    set.window.key_down(Key::L);
    set.window.run_steps(2);
    set.window.key_up(Key::L);
    set.window.run_steps(2);
    assert!(set.listen().is_looped);
}

#[test]
fn another_file_ends_the_sound_and_one_that_is_none_says_so() {
    let mut set = Set::open(None);
    set.ask(Command::SetSelection(Some(0.5..1.0)));
    press(&mut set.window, "Play");
    set.hear(1.0, |place_s| place_s > 0.6);
    set.select("words.wav");
    assert!(!set.listen().is_playing);
    assert_eq!((set.listen().selection_s.clone(), set.listen().playhead_s), (None, 0.0));
    press(&mut set.window, "Play");
    wait(&mut set.window, "the reason", |window| shows(window, "Nothing is heard: "));
    assert!(set.listen().failure.as_ref().unwrap().contains("words.wav"));
    set.select("ramp.wav");
    assert_eq!(set.listen().failure, None);
}

#[test]
fn without_a_device_the_reason_is_said_and_the_next_attempt_is_heard() {
    let mut set = Set::open(None);
    set.output.refuse(Some("nothing is plugged in"));
    press(&mut set.window, "Play");
    wait(&mut set.window, "the reason", |window| shows(window, "Nothing is heard: nothing is plugged in"));
    press(&mut set.window, "Refresh");
    settle(&mut set.window);
    set.output.refuse(None);
    press(&mut set.window, "Try again");
    set.hear(1.0, |place_s| place_s > 0.1);
    assert!(!shows(&set.window, "Nothing is heard"));
    set.output.lose("it was unplugged");
    wait(&mut set.window, "the loss", |window| shows(window, "Nothing is heard: it was unplugged"));
}

#[test]
fn volume_and_device_are_chosen_by_name_and_survive_a_restart() {
    let mut set = Set::open(None);
    set.window.get_by_role_and_label(Role::Slider, "Volume").set_value_accesskit(50.0);
    set.window.run_steps(3);
    set.window.get_by_role_and_label(Role::ComboBox, "Sound device").click();
    set.window.run_steps(3);
    settle(&mut set.window);
    press(&mut set.window, "Pulled");
    press(&mut set.window, "Play");
    let place_s = set.hear(0.5, |place_s| place_s > 0.5);
    set.wait_for_playhead(place_s);
    assert_eq!(set.output.device().as_deref(), Some("pulled"));

    let mut storage = MemoryStorage::default();
    eframe::App::save(set.window.state_mut(), &mut storage);
    let mut set = Set::open(Some(Box::leak(Box::new(storage))));
    assert_eq!(set.listen().volume, 0.5);
    assert_eq!(set.listen().device, Some(Device { id: "pulled".into(), name: "Pulled".into() }));
    press(&mut set.window, "Play");
    let place_s = set.hear(0.5, |place_s| place_s > 0.5);
    set.wait_for_playhead(place_s);
    assert_eq!(set.output.device().as_deref(), Some("pulled"));
}
