//! What a build leaves out is shown as the build makes it: trimmed silence and chunks that are left out by rule or by hand.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::audio::chunk::{Chunk, ChunkPool};
use melscope::audio::kept::KeptChunks;
use melscope::dsp::AnalysisPlan;
use melscope::path_text::RelPath;
use melscope::settings::{ChunkRange, ChunkRules, FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::number_text::percent_text;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::augment::AugmentView;
use melscope::ui::views::augment::model::Augment;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{press, settle, show_view, shows, text_of, type_into, view_on};

const RATE_HZ: usize = 48_000;

/// Writes `a.wav`, four seconds: half a second of silence, a second of sound, one of hardly any, a fifth of a second of
/// sound, and silence again.
fn write_recording(root: &Path) {
    let tone = |n: usize| (0.1 * n as f64).cos();
    datasets::write_wav(&root.join("a.wav"), RATE_HZ as u32, 4 * RATE_HZ, |n| {
        match n as f64 / RATE_HZ as f64 {
            t if (0.5..1.5).contains(&t) || (2.5..2.7).contains(&t) => 0.5 * tone(n),
            t if (1.5..2.5).contains(&t) => 0.000_5 * tone(n),
            _ => 0.0,
        }
    });
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn augment<'a>(window: &'a Harness<'_, App>) -> &'a Augment {
    window.state().view::<AugmentView>().unwrap().model()
}

fn settings<'a>(window: &'a Harness<'_, App>) -> &'a Settings {
    &window.state().state().folder().unwrap().settings
}

fn ask(window: &mut Harness<'_, App>, command: Command) {
    window.state_mut().ask(command);
    window.run_steps(3);
    settle(window);
}

fn change(window: &mut Harness<'_, App>, key: &'static str, text: &str) {
    ask(window, Command::ChangeSetting { key, text: text.into() });
}

/// The share of bins that a build masks in `a.wav`, of the chunks that it keeps.
fn share_of_build(root: &Path, settings: &Settings) -> f64 {
    let plan = AnalysisPlan::new(settings.analysis()).unwrap();
    let (rules, source) = (ChunkRules::new(settings), RelPath::new("a.wav"));
    let (path, rules) = (root.join("a.wav"), rules.of(&source));
    let mut reader = KeptChunks::open(ChunkPool::default(), &path, settings, rules, &|| Ok(())).unwrap();
    let mut chunk = Chunk::new(settings.chunk_samples());
    let len = settings.analysis().tensor_shape()[1..].iter().product();
    let (mut power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
    let (mut n_masked, mut n_bins) = (0, 0);
    while reader.next(&mut chunk, &|| Ok(())).unwrap() {
        plan.analyze_unmasked_into(&chunk.samples, &mut plan.scratch(), &mut power, &mut inst_freq);
        n_masked += power.iter().filter(|power| **power < settings.if_threshold as f32).count();
        n_bins += len;
    }
    n_masked as f64 / n_bins as f64
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn a_trimmed_recording_is_shown_at_its_own_time_with_the_chunks_of_a_build() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    write_recording(&root);
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    assert!(tune(&window).left_out.trimmed_s.is_empty() && !shows(&window, "trimmed"));
    let untrimmed = window.render().unwrap();

    change(&mut window, "trim_silence_dbfs", "-70");
    let preview = &tune(&window).shown.as_ref().unwrap().preview;
    assert_eq!((preview.start_s(), preview.parts().len()), (0.5, 3));
    assert!(is_near(preview.extent_s(), 3.5) && is_near(preview.end_s(), 2.7));
    assert_eq!(tune(&window).left_out.trimmed_s, [0.0..0.5, 2.7..4.0]);
    assert_eq!(tune(&window).span.limit_s(), 4.0, "the time is the recording's own");
    assert!(shows(&window, "trimmed: the first 0.50 s and the last 1.30 s"));
    assert_ne!(window.render().unwrap(), untrimmed, "it is seen");
    assert_eq!(tune(&window).masked_here(), Some(share_of_build(&root, settings(&window))));

    // Rules count chunks from the first sound on.
    change(&mut window, "exclude_chunks_quieter_dbfs", "-60");
    assert_eq!(tune(&window).left_out.times_s, [1.5..2.5]);
    assert!(shows(&window, "1 chunk left out"));
    change(&mut window, "exclude_chunks_padding", "0.5");
    assert_eq!(tune(&window).left_out.times_s, [1.5..3.5]);
    assert_eq!(tune(&window).left_out.trimmed_s, [0.0..0.5, 3.5..4.0]);
    let share = share_of_build(&root, settings(&window));
    assert_eq!(tune(&window).masked_here(), Some(share));
    for place in ["here", "in the dataset"] {
        let words = format!("masked {} {place}", percent_text(share));
        assert!(shows(&window, &words), "{words}");
    }
    for _ in 0..3 {
        ask(&mut window, Command::Undo);
    }
    assert!(tune(&window).left_out.trimmed_s.is_empty() && tune(&window).left_out.times_s.is_empty());
}

#[test]
fn a_recording_that_is_trimmed_as_a_whole_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    datasets::write_wav(&root.join("still.wav"), RATE_HZ as u32, RATE_HZ, |n| {
        0.000_2 * (0.1 * n as f64).sin()
    });
    datasets::write_wav(
        &root.join("tone.wav"),
        RATE_HZ as u32,
        RATE_HZ,
        datasets::tone(440.0, RATE_HZ as u32),
    );
    let mut window = view_on("tune", &root, Theme::Light);
    settle(&mut window);
    change(&mut window, "trim_silence_dbfs", "-60");
    assert!(shows(&window, "trimmed as a whole"));
    assert_eq!(tune(&window).left_out.trimmed_s, [0.0..1.0]);
    show_view(&mut window, "Augment");
    settle(&mut window);
    assert!(shows(&window, "it is trimmed as a whole"), "{:?}", augment(&window).failure());
}

#[test]
fn augment_says_of_a_chunk_that_it_is_left_out_and_offers_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    write_recording(&root);
    let mut window = view_on("augment", &root, Theme::Dark);
    settle(&mut window);
    // Cut from the start, chunk 1 has half a second of sound, chunk 0 as well, and chunk 3 none.
    change(&mut window, "exclude_chunks_quieter_dbfs", "-60");
    type_into(&mut window, "Chunk", "3");
    settle(&mut window);
    assert!(shows(&window, "Chunk 3 is left out of the build: its peak is below −60 dBFS."));
    assert_eq!(augment(&window).failure(), None);
    press(&mut window, "Show chunk 2");
    settle(&mut window);
    assert_eq!((augment(&window).chunk(), augment(&window).shown().unwrap().variants.len()), (2, 9));

    let chunks = ChunkRange::parse(b"a.wav#0-1").unwrap();
    ask(&mut window, Command::LeaveOutChunks { chunks, is_left_out: true });
    type_into(&mut window, "Chunk", "0");
    settle(&mut window);
    assert!(shows(&window, "Chunk 0 is left out of the build: you left it out by hand."));
    press(&mut window, "Show chunk 2");
    settle(&mut window);
    assert_eq!(augment(&window).chunk(), 2);
    let chunks = ChunkRange::parse(b"a.wav#2").unwrap();
    ask(&mut window, Command::LeaveOutChunks { chunks, is_left_out: true });
    assert!(
        shows(&window, "Chunk 2 is left out") && shows(&window, "So is every other chunk of this recording.")
    );
    for _ in 0..3 {
        ask(&mut window, Command::Undo);
    }
    change(&mut window, "trim_silence_dbfs", "-70");
    type_into(&mut window, "Chunk", "2");
    settle(&mut window);
    // Chunk 2 begins two chunks after the first sound.
    assert_eq!(augment(&window).shown().unwrap().start_s, 2.5);
}

#[test]
fn the_numbers_of_the_rules_are_fields_with_units_and_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    write_recording(&root);
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    assert!(shows(&window, "Left out of the build"));
    let numbers = |window: &Harness<'_, App>| {
        let settings = settings(window);
        [settings.exclude_chunks_quieter_dbfs, settings.exclude_chunks_padding, settings.trim_silence_dbfs]
    };
    let labels =
        ["Leave out chunks quieter than", "Leave out chunks with more padding than", "Trim silence below"];
    let mut expected = [None; 3];
    for (place, (label, number)) in labels.into_iter().zip([-54.5, 0.25, -72.0]).enumerate() {
        assert_eq!(text_of(&window, label), "off");
        type_into(&mut window, label, &number.to_string());
        settle(&mut window);
        expected[place] = Some(number);
        assert_eq!(numbers(&window), expected, "{label}");
    }
    assert!(shows(&window, "dBFS"));
    let saved = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(saved, *settings(&window));
    type_into(&mut window, labels[1], "2");
    assert!(shows(&window, "it must be off, or a number from 0 to 1"));
    assert_eq!(numbers(&window), expected, "nothing impossible is taken over");
    press(&mut window, "back to 0.25");
    type_into(&mut window, labels[2], "off");
    settle(&mut window);
    assert_eq!(numbers(&window), [expected[0], expected[1], None]);
    press(&mut window, "Undo");
    assert_eq!(numbers(&window), expected);
    window.get_by_role_and_label(Role::Button, &format!("Usual values of {}", labels[0])).click();
    window.run_steps(3);
    press(&mut window, "-60 dBFS");
    assert_eq!(numbers(&window)[0], Some(-60.0));
}
