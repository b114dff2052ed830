//! The tree of files: what its rows say and do, by mouse and by keyboard.

use std::path::Path;

use crate::datasets;
use crate::support::{press, select_file, selected_name, settle, shows, view_on, wait, window_of};
use egui::accesskit::Role;
use egui::accesskit::Toggled::{False, Mixed, True};
use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::path_text::RelPath;
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::session::files::Files;
use melscope::ui::theme::Theme;

fn write(root: &Path, names: &[&str]) {
    for name in names {
        datasets::write_wav(&root.join(name), 8_000, 800, datasets::tone(440.0, 8_000));
    }
}

/// A window of the Build view on files of these names: no picture of a file is waited for.
fn open(root: &Path, names: &[&str]) -> Harness<'static, App> {
    write(root, names);
    let mut window = view_on("build", root, Theme::Dark);
    settle(&mut window);
    window
}

fn files<'a>(window: &'a Harness<'_, App>) -> &'a Files {
    &window.state().state().folder().unwrap().files
}

/// The names of the rows from top to bottom, as a screen reader says them.
fn rows(window: &Harness<'_, App>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .get_all_by_role(Role::TreeItem)
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// The names of the files that are selected.
fn selected(window: &Harness<'_, App>) -> Vec<String> {
    let files = files(window);
    files.selection().all().iter().map(|index| files.all()[*index].name.clone()).collect()
}

fn key(window: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

fn included(window: &Harness<'_, App>) -> Vec<String> {
    files(window).all().iter().filter(|file| !file.is_excluded).map(|file| file.name.clone()).collect()
}

fn description(window: &Harness<'_, App>, name: &str) -> String {
    let row = window.get_by_role_and_label(Role::TreeItem, name);
    row.accesskit_node().description().unwrap_or_default()
}

#[test]
fn folders_open_and_close_and_leave_out_what_all_paths_have_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["set/a/1.wav", "set/a/2.wav", "set/b/3.wav", "set/z.wav"];
    let mut window = open(folder.path(), &names);
    assert!(shows(&window, "all in set"));
    let all = ["set/a", "set/a/1.wav", "set/a/2.wav", "set/b", "set/b/3.wav", "set/z.wav"];
    assert_eq!(rows(&window), all);
    assert_eq!(description(&window, "set/a"), "2 files, 2 included");
    select_file(&mut window, "set/a");
    let closed = ["set/a", "set/b", "set/b/3.wav", "set/z.wav"];
    assert_eq!(rows(&window), closed);
    // The same by keys: the cursor is on the folder.
    key(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(rows(&window), all);
    key(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(selected_name(&window), "set/a/1.wav");
    key(&mut window, Modifiers::NONE, Key::ArrowLeft);
    key(&mut window, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(rows(&window), closed);
    // What is selected by other means comes into sight.
    let hidden = files(&window).all().iter().position(|file| file.name == "set/a/2.wav").unwrap();
    window.state_mut().ask(Command::Select(hidden));
    window.run_steps(3);
    assert_eq!(rows(&window), all);
}

#[test]
fn a_folder_is_included_or_left_out_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["a/1.wav", "a/2.wav", "b/3.wav"]);
    let state = |window: &Harness<'_, App>| {
        window.get_by_role_and_label(Role::CheckBox, "Include a").accesskit_node().toggled()
    };
    assert_eq!(state(&window), Some(True));
    window.get_by_role_and_label(Role::CheckBox, "Include a/1.wav").click();
    window.run_steps(3);
    assert_eq!((state(&window), included(&window)), (Some(Mixed), vec!["a/2.wav".into(), "b/3.wav".into()]));
    window.get_by_role_and_label(Role::CheckBox, "Include a").click();
    window.run_steps(3);
    assert_eq!(state(&window), Some(True));
    window.get_by_role_and_label(Role::CheckBox, "Include a").click();
    window.run_steps(3);
    assert_eq!((state(&window), included(&window)), (Some(False), vec!["b/3.wav".into()]));
    settle(&mut window);
    let saved = Settings::load(&folder.path().join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(saved.exclude, [RelPath::new("a")], "what comes into the folder later is left out as well");
}

#[test]
fn names_do_not_widen_the_panel_and_are_known_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}.wav", "a name that goes on ".repeat(10));
    let width = |window: &Harness<'_, App>| window.get_by_role_and_label(Role::Tree, "Files").rect().width();
    let mut short = open(&folder.path().join("short"), &["a.wav", "b.wav"]);
    let mut window = open(&folder.path().join("long"), &[&long, "b.wav"]);
    for window in [&mut short, &mut window] {
        // What grows by a little grows again in each frame.
        let before = width(window);
        window.run_steps(20);
        assert_eq!(width(window), before);
        assert!(width(window) < 280.0, "the panel is as wide as it was made");
    }
    assert_eq!(width(&window), width(&short));
    let row = window.get_by_role_and_label(Role::TreeItem, long.trim()).rect();
    assert!(row.width() <= width(&window), "{row:?}");
}

#[test]
fn the_selected_row_is_in_sight_and_who_scrolls_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..200).map(|n| format!("f{}/{n:03}.wav", n / 50)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut window = open(folder.path(), &names);
    assert!(rows(&window).len() < 60, "only rows in sight are drawn");
    let is_in_sight = |window: &Harness<'_, App>, name: &str| {
        let tree = window.get_by_role_and_label(Role::Tree, "Files").rect();
        window
            .query_by_role_and_label(Role::TreeItem, name)
            .is_some_and(|row| tree.expand(1.0).contains_rect(row.rect()))
    };
    window.state_mut().ask(Command::Select(180));
    window.run_steps(4);
    assert!(is_in_sight(&window, "f3/180.wav"), "{:?}", rows(&window));
    for _ in 0..15 {
        key(&mut window, Modifiers::NONE, Key::ArrowDown);
    }
    assert!(is_in_sight(&window, "f3/195.wav"));
    key(&mut window, Modifiers::NONE, Key::Home);
    assert!(is_in_sight(&window, "f0/000.wav"));
    key(&mut window, Modifiers::NONE, Key::PageDown);
    let page = selected_name(&window);
    assert!(page.as_str() > "f0/005.wav" && is_in_sight(&window, &page), "{page}");
    key(&mut window, Modifiers::NONE, Key::PageUp);
    assert_eq!(selected_name(&window), "f0/000.wav");
    let middle = window.get_by_role_and_label(Role::Tree, "Files").rect().center();
    window.hover_at(middle);
    window.run_steps(2);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -1_000.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(10);
    assert!(!is_in_sight(&window, "f0/000.wav"));
    key(&mut window, Modifiers::NONE, Key::End);
    assert!(is_in_sight(&window, "f3/199.wav"));
}

#[test]
fn the_tree_is_one_stop_of_the_tab_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["a/1.wav", "a/2.wav", "b/3.wav"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run_steps(3);
    let is_focused = |window: &Harness<'_, App>, role: Role, name: &str| {
        window.get_by_role_and_label(role, name).accesskit_node().is_focused()
    };
    assert!(is_focused(&window, Role::TextInput, "Filter"));
    let mut n_tabs = 0;
    while !is_focused(&window, Role::Tree, "Files") {
        key(&mut window, Modifiers::NONE, Key::Tab);
        n_tabs += 1;
        assert!(n_tabs <= 3, "two boxes to tick, and the list");
    }
    key(&mut window, Modifiers::NONE, Key::Tab);
    let is_row = |role: Role| [Role::TreeItem, Role::Tree].contains(&role);
    let focused = window.root().children_recursive().find(|node| node.accesskit_node().is_focused());
    assert!(focused.is_none_or(|node| !is_row(node.accesskit_node().role())));
}

#[test]
fn the_filter_leads_to_the_list_and_enter_and_space_work_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["a/kick.wav", "a/snare.wav", "b/kick 2.wav"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run_steps(3);
    window.get_by_role_and_label(Role::TextInput, "Filter").type_text("2");
    window.run_steps(3);
    assert_eq!(rows(&window), ["b", "b/kick 2.wav"]);
    key(&mut window, Modifiers::NONE, Key::ArrowDown);
    assert!(window.get_by_role_and_label(Role::Tree, "Files").accesskit_node().is_focused());
    assert_eq!(selected_name(&window), "b/kick 2.wav");
    key(&mut window, Modifiers::NONE, Key::ArrowLeft);
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(rows(&window), ["b"]);
    key(&mut window, Modifiers::NONE, Key::Space);
    assert!(window.state().state().listen.is_playing || window.state().state().listen.failure.is_some());
}

#[test]
fn many_files_are_selected_with_shift_and_control() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["1.wav", "2.wav", "3.wav", "4.wav"]);
    let click = |window: &mut Harness<'_, App>, name: &str, modifiers: Modifiers| {
        window.get_by_role_and_label(Role::TreeItem, name).click_modifiers(modifiers);
        window.run_steps(3);
    };
    click(&mut window, "2.wav", Modifiers::NONE);
    click(&mut window, "4.wav", Modifiers::SHIFT);
    assert_eq!(selected(&window), ["2.wav", "3.wav", "4.wav"]);
    assert!(shows(&window, "3 selected"));
    click(&mut window, "3.wav", Modifiers::COMMAND);
    assert_eq!(selected(&window), ["2.wav", "4.wav"]);
    key(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window).len(), 4);
    click(&mut window, "1.wav", Modifiers::NONE);
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(selected(&window), ["1.wav", "2.wav"]);
    assert_eq!(selected_name(&window), "2.wav", "what is shown is where the selection ends");
}

#[test]
fn a_key_keeps_a_key_leaves_out_and_both_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["1.wav", "2.wav", "3.wav", "4.wav"]);
    assert_eq!(selected_name(&window), "1.wav");
    key(&mut window, Modifiers::NONE, Key::K);
    assert_eq!(selected_name(&window), "2.wav");
    key(&mut window, Modifiers::NONE, Key::E);
    assert_eq!(selected_name(&window), "3.wav");
    key(&mut window, Modifiers::NONE, Key::Delete);
    assert_eq!(included(&window), ["1.wav", "4.wav"]);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(included(&window), ["1.wav", "3.wav", "4.wav"]);
    // Kept again what was left out.
    select_file(&mut window, "2.wav");
    key(&mut window, Modifiers::NONE, Key::K);
    assert_eq!(included(&window).len(), 4);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(included(&window), ["1.wav", "3.wav", "4.wav"]);
    // Many at once are one step.
    key(&mut window, Modifiers::COMMAND, Key::A);
    key(&mut window, Modifiers::NONE, Key::E);
    assert_eq!(included(&window), [""; 0]);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(included(&window).len(), 3);
}

#[test]
fn a_menu_offers_what_can_be_done_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &["1.wav", "2.wav"]);
    window.get_by_role_and_label(Role::TreeItem, "2.wav").click_secondary();
    window.run_steps(3);
    for name in ["Play", "Keep this file", "Open its folder", "Copy its path"] {
        assert!(window.query_all_by_role_and_label(Role::Button, name).next().is_some(), "{name}");
    }
    press(&mut window, "Leave out this file");
    assert_eq!(included(&window), ["1.wav"]);
    assert_eq!(selected_name(&window), "1.wav", "what is shown stays");
}

#[test]
fn columns_say_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    // A square wave at half scale: its peak is -6.0 dB, and a second of it is as long as its name says.
    let square = |n: usize| if n % 8 < 4 { 0.5 } else { -0.5 };
    datasets::write_wav(&root.join("second.wav"), 48_000, 48_000, square);
    let mut window = window_of([1600.0, 800.0], root, "build", Theme::Dark);
    settle(&mut window);
    wait(&mut window, "the length", |window| description(window, "second.wav") == "fine, Length 1.00");
    press(&mut window, "Columns");
    for column in ["Waveform", "Peak", "Masked", "Findings"] {
        window.get_by_role_and_label(Role::CheckBox, column).click();
        window.run_steps(3);
    }
    window.key_press(Key::Escape);
    window.run_steps(3);
    settle(&mut window);
    let words = description(&window, "second.wav");
    assert!(words.starts_with("fine, Length 1.00, Peak -6.0 dBFS, Masked "), "{words}");
    // No frame of a square wave is silent, and none of it reaches every band.
    let masked = files(&window).all()[0].masked_share.unwrap();
    assert!((0.0..1.0).contains(&masked), "{masked}");
    window.state_mut().ask(Command::SetThreshold(1e30));
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(files(&window).all()[0].masked_share, Some(1.0), "the whole of it lies below");
}

#[test]
fn what_the_audit_found_stands_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    melscope::pipeline::demo::write_demo(&root).unwrap();
    let mut window = view_on("build", &root, Theme::Dark);
    settle(&mut window);
    assert!(files(&window).all().iter().all(|file| file.audited.is_none()));
    crate::support::show_view(&mut window, "Audit");
    window.run_steps(3);
    settle(&mut window);
    crate::support::show_view(&mut window, "Build");
    settle(&mut window);
    let audit = window.state().view::<melscope::ui::views::audit::AuditView>().unwrap();
    let found = audit.model().found.as_ref().unwrap();
    for (number, file) in files(&window).all().iter().enumerate() {
        let (_, counts) = found.file(found.row_of(number).unwrap());
        assert_eq!(file.audited.unwrap().n_findings, counts.n_findings, "{}", file.name);
    }
    let sign = |name: &str, state: &str| shows(&window, &format!("{name}: {state}"));
    assert!(sign("flaws/clipped.wav", "harmful") || sign("flaws/clipped.wav", "warning"));
}
