//! Folders that are not as they should be: each says in the window what is wrong, and nothing else stops.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::{press, select_file, settle, show_view, shows, wait, window_on};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::ui::App;
use melscope::ui::theme::Theme;

/// A window that shows the Build view of `root`, once it has settled.
fn build_view_of(root: &Path) -> Harness<'static, App> {
    let mut window = window_on(root, Theme::Dark);
    show_view(&mut window, "Build");
    settle(&mut window);
    window
}

fn can_build(window: &Harness<'_, App>) -> bool {
    let buttons = window.query_all_by_role_and_label(Role::Button, "Build");
    buttons.into_iter().any(|button| !button.accesskit_node().is_disabled())
}

#[test]
fn an_empty_folder_says_what_melscope_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = build_view_of(folder.path());
    assert!(shows(&window, "There are no recordings in this folder"));
    assert!(!can_build(&window));
    // What comes later is found when the folder is read again.
    datasets::write_wav(&folder.path().join("a.wav"), 8_000, 8_000, datasets::tone(440.0, 8_000));
    window.state_mut().ask(melscope::ui::session::command::Command::Reload);
    window.run_steps(2);
    settle(&mut window);
    assert!(can_build(&window));
}

#[test]
fn a_folder_that_is_not_there_says_so_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let mut window = build_view_of(&missing);
    assert!(shows(&window, "This folder cannot be opened"));
    assert!(shows(&window, "No such file"));
    fs::create_dir(&missing).unwrap();
    press(&mut window, "Try again");
    settle(&mut window);
    assert!(shows(&window, "There are no recordings in this folder"));
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let closed = root.join("closed");
    datasets::write_wav(&closed.join("a.wav"), 8_000, 8_000, datasets::tone(440.0, 8_000));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The system's administrator may read it all the same.
    let is_closed = fs::read_dir(&closed).is_err();
    let outside = build_view_of(&root);
    let inside = build_view_of(&closed);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(can_build(&outside), "the rest can be built");
    if is_closed {
        assert!(shows(&outside, "closed: Permission denied"));
        assert!(shows(&inside, "This folder cannot be opened") && shows(&inside, "Permission denied"));
    } else {
        assert!(shows(&outside, "6 files"));
        assert!(can_build(&inside));
    }
}

#[test]
fn a_folder_of_broken_files_says_of_each_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    datasets::write(&root.join("empty.flac"), b"");
    datasets::write(&root.join("words.wav"), b"these are words and no sound at all, whatever the name says");
    datasets::write(&root.join("cut.mp3"), &[0xff, 0xfb, 0x90]);
    let mut window = build_view_of(root);
    assert!(shows(&window, "None of the 3 files can be read as audio. Select one in the list to see why."));
    assert!(!can_build(&window));
    for name in ["cut.mp3", "empty.flac", "words.wav"] {
        assert!(shows(&window, &format!("{name}: unreadable")));
        select_file(&mut window, name);
        let folder = window.state().state().folder().unwrap();
        let file = &folder.files.all()[folder.files.selected().unwrap()];
        assert_eq!(file.name, name);
        let remark = file.remark().unwrap();
        assert!(shows(&window, &format!("unreadable: {remark}")), "{remark}");
        show_view(&mut window, "Tune");
        wait(&mut window, "the reason in Tune", |window| shows(window, "This file cannot be shown"));
        show_view(&mut window, "Build");
    }
}

#[test]
fn a_folder_that_vanishes_is_said_when_it_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = build_view_of(&root);
    fs::remove_dir_all(&root).unwrap();
    press(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "cannot open the folder"));
    assert!(!root.exists(), "nothing is made where nothing is");
}

#[test]
fn ten_thousand_files_are_listed_while_the_window_goes_on_drawing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let sound = root.join("00000.wav");
    datasets::write_wav(&sound, 8_000, 80, datasets::tone(440.0, 8_000));
    for index in 1..10_000 {
        fs::hard_link(&sound, root.join(format!("{index:05}.wav"))).unwrap();
    }
    let mut window = window_on(root, Theme::Dark);
    wait(&mut window, "the list", |window| shows(window, "10000 files shown"));
    // Only what is in sight is drawn, however long the list is.
    let n_rows = window.get_all_by_role(Role::CheckBox).count();
    assert!((5..100).contains(&n_rows), "{n_rows} rows are drawn");
    let began = Instant::now();
    let n_known = |window: &Harness<'_, App>| {
        let files = window.state().state().folder().unwrap().files.all();
        files.iter().filter(|file| file.header.is_some()).count()
    };
    // However fast headers come, a frame takes a part of them and is drawn.
    let mut n_before = n_known(&window);
    while window.state().state().folder().unwrap().is_reading {
        window.step();
        let n_now = n_known(&window);
        assert!(n_now - n_before <= 2_000, "{} headers were taken in one frame", n_now - n_before);
        n_before = n_now;
        assert!(began.elapsed() < Duration::from_mins(3), "the headers are not read");
    }
    assert_eq!(n_before, 10_000, "every header is known when reading has ended");
    window.run_steps(3);
    assert!(shows(&window, " · 10000 files · 1 min 40 s · 8 kHz"), "the folder is summed up");
    show_view(&mut window, "Build");
    wait(&mut window, "the estimate", can_build);
    assert!(shows(&window, "10000 tensors of"));
}

#[cfg(unix)]
#[test]
fn what_is_passed_over_is_said_beside_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), root.join("linked")).unwrap();
    datasets::write(&root.join("song.mid"), b"MThd");
    let window = build_view_of(&root);
    assert!(shows(&window, "1 linked folder, not entered: linked"));
    assert!(shows(&window, "1 audio file of a kind that is not read: 1 mid"));
}
