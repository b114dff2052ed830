//! The Hear view: versions that take each other's place without a gap, the blind test, tensors, and long recordings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::Key;
use egui_kittest::Harness;
use melscope::dsp::reconstruct::Way;
use melscope::monitor::Silent;
use melscope::pipeline::{BuildOptions, Project, SoundVersion, build};
use melscope::playback::PulledOutput;
use melscope::settings::{FILE_NAME, IfMode, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::views::hear::HearView;
use melscope::ui::views::hear::abx::AbxSlot;
use melscope::ui::views::hear::command::HearCommand;
use melscope::ui::views::hear::model::Hear;
use melscope::ui::views::hear::passage::Passage;
use ndarray::{Array3, Array4, ArrayD};
use ndarray_npy::WriteNpyExt;

use crate::datasets;
use crate::support::{press, scroll_and_press, select_file, settle, show_view, shows, wait, window_heard_on};

const RATE_HZ: u32 = 16_000;

fn settings() -> Settings {
    Settings {
        sample_rate_hz: RATE_HZ,
        chunk_s: 0.5,
        n_fft: 512,
        hop_samples: 128,
        n_mels: 32,
        if_mode: IfMode::Deviation,
        ..Settings::default()
    }
}

/// Partials of 220 Hz, which no version makes silent.
fn sound(n: usize) -> f64 {
    let turns = 220.0 * n as f64 / f64::from(RATE_HZ);
    (1..=6).map(|k| 0.2 / f64::from(k) * (std::f64::consts::TAU * f64::from(k) * turns).sin()).sum()
}

struct Set {
    folder: tempfile::TempDir,
    window: Harness<'static, App>,
    output: PulledOutput,
}

impl Set {
    /// The view on a recording of `duration_s`, which is selected, and another that is no sound.
    fn open(duration_s: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let n_samples = (duration_s * f64::from(RATE_HZ)) as usize;
        datasets::write_wav(&folder.path().join("tone.wav"), RATE_HZ, n_samples, sound);
        datasets::write(
            &folder.path().join("words.wav"),
            b"these are words and no sound, whatever the name says",
        );
        settings().save(&folder.path().join(FILE_NAME)).unwrap();
        let output = PulledOutput::new(RATE_HZ);
        let mut window = window_heard_on(folder.path(), output.clone(), None);
        settle(&mut window);
        show_view(&mut window, "Hear");
        select_file(&mut window, "tone.wav");
        settle(&mut window);
        Self { folder, window, output }
    }

    fn model(&self) -> &Hear {
        self.window.state().view::<HearView>().unwrap().model()
    }

    fn passage(&self) -> &Passage {
        self.model().passage_of_chosen().unwrap()
    }

    /// Pulls and draws until what is heard is a part of `version`; gives everything that was heard until then.
    fn hear(&mut self, version: SoundVersion) -> Vec<f32> {
        let (sound, gain) = {
            let passage = self.passage();
            (passage.sound(version).unwrap().to_vec(), passage.gain(version))
        };
        let is_part = |block: &[f32]| {
            sound.windows(block.len()).any(|part| {
                part.iter().zip(block).all(|(sample, heard)| (sample * gain - heard).abs() < 1e-6)
            })
        };
        let (began, mut heard) = (Instant::now(), Vec::new());
        loop {
            let block = self.output.pull(480);
            self.window.step();
            heard.extend_from_slice(&block);
            // Behind the beginning, which fades in, and the mixing of both.
            if block.iter().any(|sample| *sample != 0.0) && is_part(&block) {
                return heard;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{version:?} is not heard");
        }
    }
}

/// The root mean square of samples.
fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn versions_take_each_others_place_at_the_same_loudness_without_a_gap() {
    let mut set = Set::open(4.0);
    assert!(set.passage().is_complete);
    assert_eq!(set.passage().n_chunks(), 8);
    assert!(shows(&set.window, "8 chunks rebuilt"));
    press(&mut set.window, "Play");
    set.hear(SoundVersion::Rebuilt(Way::Ours));
    let keys = [Key::Num1, Key::Num2, Key::Num4, Key::Num3];
    let versions = [
        SoundVersion::Original,
        SoundVersion::Rebuilt(Way::Trainer),
        SoundVersion::Rebuilt(Way::Magnitude),
        SoundVersion::Rebuilt(Way::Ours),
    ];
    let mut levels = Vec::new();
    // All of it is heard before the sound ends.
    set.window.state_mut().ask(Command::ToggleLoop);
    for (key, version) in keys.into_iter().zip(versions) {
        set.window.key_press(key);
        set.window.run_steps(2);
        assert_eq!(set.model().version(), version);
        let heard = set.hear(version);
        let silent = heard.split(|sample| sample.abs() > 1e-4).map(<[f32]>::len).max().unwrap();
        assert!(silent < 100, "{silent} samples of silence on the way to {version:?}");
        levels.push(rms(&set.output.pull(4_800)));
        set.window.step();
    }
    let [least, most] = [f64::min, f64::max].map(|pick| levels.iter().copied().reduce(pick).unwrap());
    assert!(most / least < 2.0, "{levels:?}");
    // Elsewhere the recording itself goes on.
    show_view(&mut set.window, "Tune");
    assert!(set.window.state().state().listen.is_playing);
}

#[test]
fn the_first_chunk_is_heard_while_others_are_rebuilt() {
    let mut set = Set::open(20.0);
    set.window.state_mut().ask_view::<HearView>(HearCommand::SetRounds(64));
    wait(&mut set.window, "the first chunk", |window| {
        let model = window.state().view::<HearView>().unwrap().model();
        model.is_current() && model.passage_of_chosen().is_some_and(|passage| !passage.is_complete)
    });
    press(&mut set.window, "Play");
    set.hear(SoundVersion::Rebuilt(Way::Ours));
    assert!(!set.passage().is_complete, "40 chunks of 64 rounds take longer");
}

#[test]
fn a_blind_test_tells_nothing_until_it_is_over() {
    let mut set = Set::open(0.7);
    // The second chunk is filled with silence: the sound ends at 0.7 s, the pictures at 1 s.
    assert_eq!((set.passage().n_chunks(), set.passage().chunk_s), (2, 0.5));
    assert!((set.passage().end_s() - 0.7).abs() < 1e-9);
    assert!(shows(&set.window, "Convergence") && shows(&set.window, "IF in mode deviation"));
    press(&mut set.window, "Begin a blind test");
    assert!(!shows(&set.window, "Convergence"), "figures would tell");
    set.window.key_press(Key::Num2);
    set.window.key_press(Key::X);
    set.window.run_steps(2);
    let abx = set.model().abx.as_ref().unwrap();
    assert_eq!((abx.heard(), abx.versions()[0]), (AbxSlot::X, SoundVersion::Original));
    for round in 1..=10 {
        assert!(shows(&set.window, &format!("Round {round} of 10")));
        press(&mut set.window, "X is A, Original");
    }
    let abx = set.model().abx.as_ref().unwrap();
    let outcome = abx.outcome().unwrap();
    assert!(outcome.contains(&format!("{} of 10 rounds right, p = ", abx.n_right())), "{outcome}");
    assert!(shows(&set.window, &outcome));
    press(&mut set.window, "End the test");
    assert!(shows(&set.window, "Convergence"));
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_on(window: &mut Harness<'_, App>, path: &Path) {
    window.input_mut().dropped_files.push(Arc::new(Dropped(path.to_path_buf())));
    window.run_steps(2);
    settle(window);
}

fn write_npy(path: &Path, values: &ArrayD<f32>) {
    #[expect(clippy::disallowed_methods, reason = "a test writes what is read")]
    values.write_npy(std::fs::File::create(path).unwrap()).unwrap();
}

#[test]
fn tensors_that_are_dropped_on_the_window_are_seen_heard_and_written() {
    let mut set = Set::open(1.0);
    let plan = melscope::dsp::AnalysisPlan::new(settings().analysis()).unwrap();
    let chunk: Vec<f32> = (0..8_000).map(|n| sound(n) as f32).collect();
    let tensor: Array3<f32> = plan.analyze(&chunk);
    let mut two = Array4::zeros((2, tensor.shape()[0], tensor.shape()[1], tensor.shape()[2]));
    two.outer_iter_mut().for_each(|mut one| one.assign(&tensor));
    let path = set.folder.path().join("generated.npy");
    write_npy(&path, &two.clone().into_dyn());
    drop_on(&mut set.window, &path);
    assert!(shows(&set.window, "Tensors of generated.npy") && shows(&set.window, "They were not normalised"));
    assert_eq!(set.passage().n_chunks(), 2);
    assert!(set.passage().sound(SoundVersion::Original).is_none());
    press(&mut set.window, "Play");
    set.hear(SoundVersion::Rebuilt(Way::Ours));
    // What is written is what is heard, at its own level.
    let wav = set.folder.path().join("out.wav");
    set.window.state_mut().ask_view::<HearView>(HearCommand::Export(Some(wav.clone())));
    wait(&mut set.window, "the file", |window| shows(window, "Written: "));
    let samples: Vec<f32> =
        hound::WavReader::open(&wav).unwrap().samples::<f32>().map(Result::unwrap).collect();
    assert_eq!(samples, set.passage().sound(SoundVersion::Rebuilt(Way::Ours)).unwrap().to_vec());

    // As a model makes them: without a cache nobody knows how to undo it.
    let normalised = two.mapv(|value| (value - 2.0) / 1.5);
    write_npy(&path, &normalised.into_dyn());
    press(&mut set.window, "Show the recording");
    settle(&mut set.window);
    assert!(shows(&set.window, "Convergence"));
    drop_on(&mut set.window, &path);
    assert!(shows(&set.window, "it is normalised, and the statistics to undo that"));
    // With a cache it is undone, and every tensor of the cache is heard from where it is shown.
    let project = Project::new(set.folder.path(), settings()).unwrap();
    let options = BuildOptions { force: false, n_workers: 1 };
    build(&project, &options, &Silent, &|_question| Ok(true)).unwrap();
    press(&mut set.window, "Show the recording");
    settle(&mut set.window);
    drop_on(&mut set.window, &path);
    assert!(shows(&set.window, "They were normalised; that is undone"));
    // What was selected meanwhile does not take its place.
    show_view(&mut set.window, "Build");
    select_file(&mut set.window, "words.wav");
    set.window.state_mut().ask(Command::Reload);
    wait(&mut set.window, "the tensors", |window| shows(window, "Hear the tensor"));
    settle(&mut set.window);
    scroll_and_press(&mut set.window, "Hear the tensor");
    settle(&mut set.window);
    assert!(shows(&set.window, "Tensors of 000000.pt") && shows(&set.window, "They were normalised"));
    assert_eq!(set.passage().n_chunks(), 1);
    // A file that has changed is read anew when it comes again.
    drop_on(&mut set.window, &path);
    assert_eq!(set.passage().n_chunks(), 2);
    write_npy(&path, &tensor.into_dyn());
    drop_on(&mut set.window, &path);
    assert_eq!(set.passage().n_chunks(), 1);
    // Another recording takes its place.
    select_file(&mut set.window, "tone.wav");
    settle(&mut set.window);
    assert!(!shows(&set.window, "Tensors of") && shows(&set.window, "Convergence"));
    select_file(&mut set.window, "words.wav");
    settle(&mut set.window);
    assert!(!shows(&set.window, "Tensors of") && shows(&set.window, "This cannot be heard"));
}

#[test]
fn a_long_recording_is_heard_part_by_part() {
    let mut set = Set::open(40.0);
    set.window.state_mut().ask_view::<HearView>(HearCommand::SetRounds(0));
    settle(&mut set.window);
    assert_eq!((set.passage().n_chunks(), set.passage().n_chunks_of_all), (60, Some(80)));
    press(&mut set.window, "Later");
    settle(&mut set.window);
    assert_eq!((set.passage().n_chunks(), set.passage().start_s), (20, 30.0));
    // With chunks of twice the length there is no second part.
    let chunk_s = |text: &str| Command::ChangeSetting { key: "chunk_seconds", text: text.into() };
    set.window.state_mut().ask(chunk_s("1"));
    settle(&mut set.window);
    assert_eq!((set.passage().n_chunks(), set.passage().start_s), (40, 0.0));
    set.window.state_mut().ask(chunk_s("0.5"));
    settle(&mut set.window);
    press(&mut set.window, "Later");
    settle(&mut set.window);
    press(&mut set.window, "Play");
    set.hear(SoundVersion::Rebuilt(Way::Ours));
    wait(&mut set.window, "the playhead in the second part", |window| {
        window.state().state().listen.playhead_s >= 30.0
    });
    press(&mut set.window, "Earlier");
    settle(&mut set.window);
    assert_eq!((set.passage().n_chunks(), set.passage().start_s), (60, 0.0));
}

#[test]
fn another_mode_is_chosen_with_its_sentence_and_heard_anew() {
    let mut set = Set::open(1.0);
    assert!(shows(&set.window, "upwards its values cancel with this hop"), "a warning for filterbank");
    press_radio(&mut set.window, "filterbank");
    settle(&mut set.window);
    assert!(set.model().is_current());
    assert!(shows(&set.window, "IF in mode filterbank"));
}

fn press_radio(window: &mut Harness<'_, App>, name: &str) {
    use egui_kittest::kittest::Queryable as _;
    window.get_by_role_and_label(egui::accesskit::Role::RadioButton, name).click();
    window.run_steps(3);
}
