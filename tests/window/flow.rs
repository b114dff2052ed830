//! The window, driven by the names that a screen reader says, on the real engine.

use crate::datasets;
use crate::support::{press, settle, show_view, shows, type_into, wait, window_on};
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::theme::Theme;

#[test]
fn a_folder_is_built_and_its_cache_goes_stale_with_a_setting() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    show_view(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "5 files"), "the folder is summed up");
    assert!(shows(&window, "9 tensors of 2 channels × 128 bands × 94 frames"));
    press(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "9 tensors"));
    assert!(shows(&window, "valid"));
    assert!(root.join(".cache/000008.pt").is_file());

    press(&mut window, "Analysis");
    type_into(&mut window, "n_mels", "80");
    settle(&mut window);
    wait(&mut window, "the reason", |window| shows(window, "n_mels changed from 128 to 80"));
    let saved = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(saved.n_mels, 80);
    press(&mut window, "Undo");
    settle(&mut window);
    wait(&mut window, "the valid cache", |window| !shows(window, "n_mels changed"));
    assert_eq!(Settings::load(&root.join(FILE_NAME)).unwrap().unwrap().n_mels, 128);
}

#[test]
fn a_file_is_left_out_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Light);
    settle(&mut window);
    window.get_by_role_and_label(Role::CheckBox, "Include a_tones.wav").click();
    window.run_steps(3);
    settle(&mut window);
    wait(&mut window, "one file less", |window| shows(window, "4 included"));
    let saved = || Settings::load(&root.join(FILE_NAME)).unwrap().unwrap_or_default().exclude;
    assert_eq!(saved(), [melscope::path_text::RelPath::new("a_tones.wav")]);
    press(&mut window, "Undo");
    settle(&mut window);
    wait(&mut window, "all files", |window| shows(window, "5 included"));
    assert!(saved().is_empty());
}

#[test]
fn a_build_that_is_cancelled_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    datasets::write_wav(&root.join("long.wav"), 8_000, 8_000 * 120, datasets::tone(440.0, 8_000));
    // Many small hops make the build last long enough to be stopped on any machine.
    let settings = Settings { n_fft: 4096, hop_samples: 32, ..Settings::default() };
    settings.save(&root.join(FILE_NAME)).unwrap();
    let mut window = window_on(&root, Theme::Dark);
    show_view(&mut window, "Build");
    settle(&mut window);
    press(&mut window, "Build");
    wait(&mut window, "the analysis", |window| shows(window, "analysing"));
    press(&mut window, "Cancel build");
    settle(&mut window);
    assert!(shows(&window, "The build was cancelled. Nothing was changed."));
    assert!(!root.join(".cache/manifest.json").exists());
}
