//! Files that come, change and go while the window is open.

use std::fs;
use std::path::Path;

use crate::datasets;
use crate::support::{select_file, selected_name, settle, shows, view_on, wait};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::settings::Settings;
use melscope::ui::App;
use melscope::ui::session::file::File;
use melscope::ui::theme::Theme;

fn write(path: &Path, n_samples: usize) {
    datasets::write_wav(path, 8_000, n_samples, datasets::tone(440.0, 8_000));
}

fn has_row(window: &Harness<'_, App>, name: &str) -> bool {
    window.query_by_role_and_label(Role::TreeItem, name).is_some()
}

#[test]
fn files_appear_change_and_vanish_by_themselves_and_the_cache_is_stale_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let mut window = view_on("build", &root, Theme::Dark);
    settle(&mut window);
    wait(&mut window, "the valid cache", |window| shows(window, "Cache: valid"));
    select_file(&mut window, "c_short_float.wav");
    let selected = selected_name(&window);
    let n_before = window.state().state().folder().unwrap().files.all().len();

    write(&root.join("0 first.wav"), 8_000);
    write(&root.join("new folder/x.wav"), 8_000);
    wait(&mut window, "the new files", |window| has_row(window, "0 first.wav"));
    wait(&mut window, "the file in the new folder", |window| has_row(window, "new folder/x.wav"));
    wait(&mut window, "the reason", |window| shows(window, "stale: 2 files added"));
    assert_eq!(selected_name(&window), selected, "what is selected stays");
    settle(&mut window);

    let duration_s = |window: &Harness<'_, App>| {
        let files = &window.state().state().folder().unwrap().files;
        files.all().iter().find(|file| file.name == "0 first.wav").and_then(File::duration_s)
    };
    assert_eq!(duration_s(&window), Some(1.0));
    write(&root.join("0 first.wav"), 16_000);
    wait(&mut window, "the new length", |window| duration_s(window) == Some(2.0));

    fs::remove_file(root.join("0 first.wav")).unwrap();
    fs::remove_dir_all(root.join("new folder")).unwrap();
    wait(&mut window, "their end", |window| {
        !has_row(window, "0 first.wav") && !has_row(window, "new folder/x.wav")
    });
    settle(&mut window);
    assert!(shows(&window, "Cache: valid"));
    assert_eq!(window.state().state().folder().unwrap().files.all().len(), n_before);
    assert_eq!(selected_name(&window), selected);
}

#[test]
fn what_the_window_writes_itself_is_no_news() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("build", &root, Theme::Dark);
    settle(&mut window);
    window.get_by_role_and_label(Role::CheckBox, "Include a_tones.wav").click();
    window.run_steps(3);
    settle(&mut window);
    let revision = |window: &Harness<'_, App>| window.state().state().folder().unwrap().files.revision();
    assert_eq!(revision(&window), 0);
    crate::support::press(&mut window, "Build");
    settle(&mut window);
    assert!(root.join(".cache/manifest.json").is_file());
    assert_eq!(revision(&window), 0);
}

#[test]
fn when_the_selected_file_vanishes_the_next_is_selected() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.wav", "2.wav", "3.wav"] {
        write(&folder.path().join(name), 800);
    }
    let mut window = view_on("build", folder.path(), Theme::Dark);
    settle(&mut window);
    select_file(&mut window, "2.wav");
    fs::remove_file(folder.path().join("2.wav")).unwrap();
    wait(&mut window, "its end", |window| !has_row(window, "2.wav"));
    assert_eq!(selected_name(&window), "3.wav");
}
