//! A variant in the Tune view: what is shown and heard of it is what a build makes, and nothing else is taken for it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::{
    press, select_file, settle, show_view, shows, type_into, view_on, wait, window_heard_on,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::dsp::AnalysisPlan;
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::ChunkVariants;
use melscope::pipeline::preview::Subject;
use melscope::playback::PulledOutput;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::number_text::percent_text;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::augment::AugmentView;
use melscope::ui::views::augment::command::AugmentCommand;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::model::Tune;

/// Writes a recording of two seconds with another one after it.
fn write_set(folder: &Path) {
    let sweep = |n: usize| {
        let t = n as f64 / 8_000.0;
        0.5 * (std::f64::consts::TAU * (300.0 * t + 200.0 * t * t)).sin()
    };
    datasets::write_wav(&folder.join("sweep.wav"), 8_000, 16_000, sweep);
    datasets::write_wav(&folder.join("tone.wav"), 8_000, 8_000, datasets::tone(440.0, 8_000));
}

/// A window on that folder that shows the second chunk of the recording and its variants.
fn open(folder: &Path) -> Harness<'static, App> {
    write_set(folder);
    let mut window = view_on("augment", folder, Theme::Dark);
    settle(&mut window);
    select(&mut window, "sweep.wav");
    press(&mut window, "Next");
    settle(&mut window);
    window
}

/// The same with variant 3 in Tune.
fn open_with_variant(folder: &Path) -> Harness<'static, App> {
    let mut window = open(folder);
    press(&mut window, "Show variant 3 in Tune");
    settle(&mut window);
    window
}

fn select(window: &mut Harness<'_, App>, name: &str) {
    select_file(window, name);
    settle(window);
}

fn settings<'a>(window: &'a Harness<'_, App>) -> &'a Settings {
    &window.state().state().folder().unwrap().settings
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

/// What the engine makes of a variant of the recording: its samples, and what was done to it in words.
fn engine(window: &Harness<'_, App>, folder: &Path, chunk: u32, number: u32) -> (Vec<f32>, String) {
    let (file, source) = (folder.join("sweep.wav"), RelPath::new("sweep.wav"));
    let mut variants = ChunkVariants::open(settings(window), &file, source, chunk, &Silent).unwrap();
    let mut samples = variants.original().to_vec();
    let applied = variants.make_into(number, &mut samples);
    (samples, applied.to_string())
}

/// Holds everything that Tune shows against what the engine makes of variant 3 of chunk `chunk`.
fn assert_shows_variant(window: &Harness<'_, App>, folder: &Path, chunk: u32) {
    let (samples, words) = engine(window, folder, chunk, 3);
    assert!(shows(window, &format!("Variant 3 of chunk {chunk}: {words}")), "{words} is told");
    let shown = tune(window).shown.as_ref().unwrap();
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&shown.made.as_ref().unwrap().samples), bits(&samples));
    let settings = settings(window).analysis();
    let plan = AnalysisPlan::new(settings).unwrap();
    let mut power = vec![0.0; settings.n_mels * settings.n_frames()];
    let mut inst_freq = power.clone();
    plan.analyze_unmasked_into(&samples, &mut plan.scratch(), &mut power, &mut inst_freq);
    let [part] = shown.preview.parts() else { panic!("{} parts", shown.preview.parts().len()) };
    assert_eq!(bits(part.mel_power.as_slice().unwrap()), bits(&power));
    assert_eq!(bits(part.inst_freq.as_slice().unwrap()), bits(&inst_freq));
    let n_masked = power.iter().filter(|power| **power < settings.if_threshold as f32).count();
    let share = n_masked as f64 / power.len() as f64;
    assert_eq!(tune(window).masked_here(), Some(share));
    assert!(shows(window, &format!("masked {} here", percent_text(share))));
    let duration_s = samples.len() as f64 / f64::from(settings.sample_rate_hz);
    assert_eq!(tune(window).span.time_s, 0.0..duration_s);
    assert!(shows(window, &format!("0.00 s of {duration_s:.2} s")), "as long is what Listen plays");
}

/// Holds what Tune shows against the whole recording.
fn assert_shows_file(window: &Harness<'_, App>, path: &Path, n_chunks: usize) {
    let shown = tune(window).shown.as_ref().unwrap();
    assert_eq!(shown.subject, Subject::File(path.to_path_buf()));
    let variant = &window.state().state().folder().unwrap().variant;
    assert_eq!((shown.preview.parts().len(), variant.as_ref()), (n_chunks, None));
    assert!(!shows(window, "Variant 3") && !shows(window, "Show the whole file"));
    assert!(shows(window, &format!("0.00 s of {n_chunks}.00 s")));
}

#[test]
fn one_click_shows_a_variant_and_another_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut window = open_with_variant(&root);
    assert_eq!(window.state().state().view, Some(melscope::ui::views::tune::ID));
    assert_shows_variant(&window, &root, 1);
    let pane = window.get_by_label_contains("Magnitude:").rect();
    window.hover_at(pane.center());
    window.run_steps(2);
    assert!(shows(&window, "variant 3 of chunk 1, frame 47"), "the readout names the variant");
    window.get_by_role_and_label(Role::Button, "Show the whole file").click();
    window.run_steps(3);
    let began = Instant::now();
    while window.state().is_busy() {
        let is_file = |subject: &Subject| matches!(subject, Subject::File(_));
        let is_file = tune(&window).shown.as_ref().is_some_and(|shown| is_file(&shown.subject));
        assert_ne!(
            shows(&window, "The file is being read…"),
            is_file,
            "a variant is never taken for the file"
        );
        assert!(began.elapsed() < Duration::from_mins(1), "the file does not come");
        window.step();
    }
    settle(&mut window);
    assert_shows_file(&window, &root.join("sweep.wav"), 2);
    show_view(&mut window, "Augment");
    settle(&mut window);
    press(&mut window, "Show original in Tune");
    settle(&mut window);
    assert!(shows(&window, "Original of chunk 1: as it is in the recording"));
    let made = tune(&window).shown.as_ref().unwrap().made.as_ref().unwrap();
    assert_eq!(made.samples.to_vec(), engine(&window, &root, 1, 0).0);
}

#[test]
fn another_file_goes_back_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut window = open_with_variant(&root);
    window.key_press(Key::ArrowDown);
    window.run_steps(2);
    settle(&mut window);
    assert_shows_file(&window, &root.join("tone.wav"), 1);
    window.key_press(Key::ArrowUp);
    window.run_steps(2);
    settle(&mut window);
    assert_shows_file(&window, &root.join("sweep.wav"), 2);
}

#[test]
fn the_settings_of_the_analysis_work_on_a_variant_as_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with_variant(folder.path());
    let share = tune(&window).masked_here();
    window.state_mut().ask(Command::SetThreshold(50.0));
    window.run_steps(2);
    assert!(tune(&window).masked_here() > share, "a higher threshold masks more, in the same frame");
    assert_shows_variant(&window, folder.path(), 1);
    press(&mut window, "Keep as B");
    window.state_mut().ask_view::<AugmentView>(AugmentCommand::SetExpansion(5));
    type_into(&mut window, "n_fft", "1024");
    settle(&mut window);
    assert_shows_variant(&window, folder.path(), 1);
    press(&mut window, "A − B");
    settle(&mut window);
    let other = tune(&window).compared().expect("B is made of the same variant").preview;
    assert_eq!((other.settings().n_fft, other.parts().len()), (2048, 1));
    window.key_press(Key::X);
    window.run_steps(2);
    settle(&mut window);
    let Settings { n_fft, augmentation, .. } = settings(&window);
    assert_eq!((*n_fft, augmentation.expansion), (2048, 5), "B is another analysis and nothing else");
    assert_shows_variant(&window, folder.path(), 1);
}

/// Draws until all is made; in no frame the title is `old`.
fn settle_without(window: &mut Harness<'_, App>, old: &str) {
    let began = Instant::now();
    loop {
        window.step();
        assert!(!shows(window, old), "{old} is out of date");
        if !window.state().is_busy() {
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "rest does not come");
    }
    settle(window);
}

#[test]
fn with_another_seed_it_is_the_variant_of_that_seed_and_never_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with_variant(folder.path());
    let title = |window: &Harness<'_, App>| {
        format!("Variant 3 of chunk 1: {}", engine(window, folder.path(), 1, 3).1)
    };
    let first = title(&window);
    show_view(&mut window, "Augment");
    type_into(&mut window, "Seed", "7");
    settle(&mut window);
    let second = title(&window);
    assert_ne!(second, first);
    window.get_by_role_and_label(Role::Tab, "Tune").click();
    settle_without(&mut window, &first);
    assert_shows_variant(&window, folder.path(), 1);
    // In the view itself, undo changes the seed as well.
    window.state_mut().ask(Command::Undo);
    settle_without(&mut window, &second);
    assert!(shows(&window, &first));
    assert_shows_variant(&window, folder.path(), 1);
    // How many are built changes none of them.
    let revision = tune(&window).revision;
    show_view(&mut window, "Augment");
    type_into(&mut window, "Variants of each chunk", "5");
    show_view(&mut window, "Tune");
    settle(&mut window);
    assert_eq!(tune(&window).revision, revision, "nothing was made anew");
}

#[test]
fn a_chunk_of_another_length_has_other_variants_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut window = open_with_variant(&root);
    for (length, is_there) in [("0.5", true), ("2", false), ("0.5", true)] {
        window.state_mut().ask(Command::ChangeSetting { key: "chunk_seconds", text: length.into() });
        window.run_steps(2);
        settle(&mut window);
        assert_eq!(settings(&window).chunk_s.to_string(), length);
        if is_there {
            assert_shows_variant(&window, &root, 1);
        } else {
            // Two seconds are one chunk, which has the number 0.
            assert!(shows(&window, "This variant cannot be shown"), "why there is nothing to see");
            assert!(shows(&window, "no chunk 1"));
            assert!(window.state().state().listen.file.is_none(), "nor to hear");
        }
    }
    press(&mut window, "Undo");
    settle(&mut window);
    assert!(shows(&window, "This variant cannot be shown"));
    press(&mut window, "Show the whole file");
    settle(&mut window);
    assert_eq!(tune(&window).shown.as_ref().unwrap().preview.duration_s(), 2.0);
    assert!(!shows(&window, "cannot be shown"));
}

#[test]
fn what_is_heard_in_tune_is_the_variant_and_elsewhere_the_file() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let output = PulledOutput::new(Settings::default().sample_rate_hz);
    let mut window = window_heard_on(folder.path(), output.clone(), None);
    settle(&mut window);
    show_view(&mut window, "Augment");
    select(&mut window, "sweep.wav");
    press(&mut window, "Show variant 3 in Tune");
    settle(&mut window);
    // From the middle on: a seek is one within the variant.
    window.state_mut().ask(Command::Seek(0.5));
    window.run_steps(2);
    press(&mut window, "Play");
    let (samples, _) = engine(&window, folder.path(), 0, 3);
    let excerpt = &samples[30_000..30_480];
    let began = Instant::now();
    let mut heard = Vec::new();
    while !heard.windows(excerpt.len()).any(|window| window == excerpt) {
        assert!(began.elapsed() < Duration::from_secs(30), "{} samples were heard", heard.len());
        heard.extend(output.pull(480));
        window.step();
        let excess = heard.len().saturating_sub(48_000);
        heard.drain(..excess);
    }
    let listen = |window: &Harness<'_, App>| window.state().state().listen.clone();
    // The mark of a block comes some milliseconds after its samples.
    wait(&mut window, "the playhead in the variant", |window| listen(window).playhead_s > 0.6);
    show_view(&mut window, "Audit");
    assert!(listen(&window).is_playing, "the sound goes on while the picture changes");
    press(&mut window, "Stop");
    window.run_steps(2);
    assert_eq!(listen(&window).file.unwrap().duration_s, Some(2.0));
    // An excerpt of the recording is one to be seen as well.
    let source = window.state().state().folder().unwrap().root.join("sweep.wav");
    window.state_mut().ask(Command::PlayExcerpt { source, range_s: 1.2..1.4 });
    window.run_steps(2);
    show_view(&mut window, "Tune");
    settle(&mut window);
    assert_eq!(listen(&window).selection_s, Some(1.2..1.4));
    assert!(!shows(&window, "Variant 3"));
}
