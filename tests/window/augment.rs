//! The Augment view, driven by the names that a screen reader says: its settings, what they cost, and that what is shown
//! and heard is what a build makes.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::{
    press, select_file, settle, show_view, shows, text_of, type_into, view_on, window_heard_on,
};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::ChunkVariants;
use melscope::playback::PulledOutput;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::augment::AugmentView;
use melscope::ui::views::augment::model::Augment;

/// A window on a folder with a recording of two seconds, which is selected.
fn open(folder: &Path) -> Harness<'static, App> {
    datasets::write_wav(&folder.join("tone.wav"), 8_000, 16_000, datasets::tone(440.0, 8_000));
    let mut window = view_on("augment", folder, Theme::Dark);
    settle(&mut window);
    select(&mut window, "tone.wav");
    window
}

fn select(window: &mut Harness<'_, App>, name: &str) {
    select_file(window, name);
    settle(window);
}

fn settings(window: &Harness<'_, App>) -> Settings {
    window.state().state().folder().unwrap().settings.clone()
}

fn augment<'a>(window: &'a Harness<'_, App>) -> &'a Augment {
    window.state().view::<AugmentView>().unwrap().model()
}

/// Replaces a text and waits for the pictures that follow.
fn enter(window: &mut Harness<'_, App>, field: &str, text: &str) {
    type_into(window, field, text);
    settle(window);
}

/// What was done to the variants that are shown, in words.
fn words(window: &Harness<'_, App>) -> Vec<String> {
    augment(window).shown().unwrap().variants.iter().skip(1).map(|take| take.applied.to_string()).collect()
}

/// Compares every take that is shown with what the engine makes of that chunk, bit for bit.
fn assert_is_what_a_build_makes(window: &Harness<'_, App>, folder: &Path, chunk: u32, n_variants: u32) {
    let (file, source) = (folder.join("tone.wav"), RelPath::new("tone.wav"));
    let mut variants = ChunkVariants::open(&settings(window), &file, source, chunk, &Silent).unwrap();
    let shown = augment(window).shown().unwrap();
    assert_eq!((shown.chunk, shown.variants.len() as u32), (chunk, n_variants + 1));
    for take in &shown.variants {
        let mut expected = variants.original().to_vec();
        if take.variant > 0 {
            assert_eq!(take.applied, variants.make_into(take.variant, &mut expected));
            assert!(shows(window, &take.applied.to_string()), "{} is told", take.applied);
        }
        let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&take.samples), bits(&expected), "variant {}", take.variant);
    }
}

#[test]
fn as_many_variants_as_are_wanted_are_shown_bit_for_bit_as_a_build_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    assert!(shows(&window, "Augmentation is off"));
    assert_is_what_a_build_makes(&window, folder.path(), 0, 8);
    for (typed, n_shown) in [("3", 3), ("20", 8)] {
        enter(&mut window, "Variants of each chunk", typed);
        assert!(!shows(&window, "Augmentation is off"));
        assert_is_what_a_build_makes(&window, folder.path(), 0, n_shown);
    }
    press(&mut window, "Next");
    settle(&mut window);
    assert_eq!(text_of(&window, "Chunk"), "1");
    assert_is_what_a_build_makes(&window, folder.path(), 1, 8);
    let next = window.get_by_role_and_label(Role::Button, "Next");
    assert!(next.accesskit_node().is_disabled(), "two seconds are two chunks");
}

#[test]
fn another_seed_gives_other_variants_and_undo_brings_the_first_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    let first = words(&window);
    enter(&mut window, "Seed", "7");
    assert_eq!(settings(&window).seed, 7);
    let other = words(&window);
    assert_ne!(other, first);
    assert_is_what_a_build_makes(&window, folder.path(), 0, 8);
    press(&mut window, "Undo");
    settle(&mut window);
    assert_eq!((words(&window), text_of(&window, "Seed")), (first, "0".into()));
}

#[test]
fn the_usual_number_is_told_with_its_cost_and_taken_over_by_a_button() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    // Two chunks with fifteen variants each: 2 · 16.
    assert!(shows(&window, "Usual here: 15, because with fewer than 50 files"));
    assert!(shows(&window, "that makes 32 tensors"));
    press(&mut window, "Use 15 variants");
    settle(&mut window);
    assert_eq!(settings(&window).augmentation.expansion, 15);
    assert_eq!(text_of(&window, "Variants of each chunk"), "15");
    assert!(shows(&window, "As many as are usual here"));
    press(&mut window, "Undo");
    settle(&mut window);
    assert_eq!(settings(&window).augmentation.expansion, 0);
}

#[test]
fn what_is_impossible_is_said_at_its_control_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    for (field, typed, said, mend) in [
        ("Pitch from", "5", "“5 to 2” is not possible", "back to -2 to 2"),
        ("Speeds", "1, 9", "1 to 100 numbers from 0.5 to 2", "back to 0.9, 0.95, 1, 1, 1.05, 1.1"),
        ("Seed", "many", "“many” is not possible", "back to 0"),
    ] {
        let (before, text) = (settings(&window), text_of(&window, field));
        enter(&mut window, field, typed);
        assert!(shows(&window, said), "{field} {typed}");
        assert_eq!(settings(&window), before);
        press(&mut window, mend);
        settle(&mut window);
        assert!(!shows(&window, said), "{field} {typed} is mended");
        assert_eq!(text_of(&window, field), text);
    }
}

#[test]
fn a_drag_of_a_probability_is_one_step_and_makes_the_variants_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    let rect = window.get_by_role_and_label(Role::Slider, "Noise probability").rect();
    let at = |share: f32| egui::pos2(rect.left() + share * rect.width(), rect.center().y);
    window.drag_at(at(0.3));
    for share in [0.4, 0.5, 0.6] {
        window.hover_at(at(share));
        window.run_steps(2);
    }
    window.drop_at(at(0.6));
    window.run_steps(3);
    settle(&mut window);
    let dragged = settings(&window).augmentation.noise_probability;
    assert!(dragged > 0.5, "{dragged}");
    assert_is_what_a_build_makes(&window, folder.path(), 0, 8);
    press(&mut window, "Undo");
    settle(&mut window);
    assert_eq!(settings(&window).augmentation.noise_probability, 0.3, "the whole drag is one step");
}

#[test]
fn what_is_heard_of_a_variant_is_what_a_build_analyses() {
    let folder = tempfile::tempdir().unwrap();
    let rate_hz = Settings::default().sample_rate_hz;
    datasets::write_wav(&folder.path().join("tone.wav"), 8_000, 16_000, datasets::tone(440.0, 8_000));
    let output = PulledOutput::new(rate_hz);
    let mut window = window_heard_on(folder.path(), output.clone(), None);
    settle(&mut window);
    show_view(&mut window, "Augment");
    select(&mut window, "tone.wav");
    press(&mut window, "Play variant 2");
    let samples = augment(&window).sound_of(2).unwrap().samples;
    // Some time after the start, where nothing fades in any more.
    let excerpt = &samples[10_000..10_480];
    let began = Instant::now();
    let mut heard = Vec::new();
    while !heard.windows(excerpt.len()).any(|window| window == excerpt) {
        assert!(began.elapsed() < Duration::from_secs(30), "{} samples were heard", heard.len());
        heard.extend(output.pull(480));
        window.step();
        // A second of sound is enough, whatever silence comes before.
        let excess = heard.len().saturating_sub(rate_hz as usize);
        heard.drain(..excess);
    }
    assert!(window.state().state().listen.variant.is_some_and(|heard| heard.number == 2));
    press(&mut window, "Stop variant 2");
    assert!(!window.state().state().listen.is_playing);
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    datasets::write(
        &folder.path().join("words.wav"),
        b"these are words and no sound, whatever the name says",
    );
    let mut window = open(folder.path());
    select(&mut window, "words.wav");
    assert!(augment(&window).shown().is_none());
    assert!(shows(&window, "There is nothing to compare: "));
    assert!(augment(&window).failure().unwrap().contains("words.wav"));
    window.state_mut().ask(Command::PlayVariant(1));
    window.run_steps(3);
    assert_eq!(window.state().state().listen.variant, None, "and nothing is played");
    select(&mut window, "tone.wav");
    assert_is_what_a_build_makes(&window, folder.path(), 0, 8);
}
