//! The first start: a page that says how to begin, the demo with its tour, and folders in which there is nothing.

use std::fs;
use std::path::{Path, PathBuf};

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::ui::session::command::Command;
use melscope::ui::session::state::Phase;
use melscope::ui::session::tour::STEPS;
use melscope::ui::theme::Theme;
use melscope::ui::{App, Start};

use crate::painter::Painter;
use crate::support::{press, settle, shows, view_on, wait, window_of};

/// A window that was never used before, of `size` points, which writes its demo into `demo_dir`.
fn first_window(size: [f32; 2], demo_dir: &Path, theme: Theme) -> Harness<'static, App> {
    let start = Start { theme: Some(theme), demo_dir: Some(demo_dir.to_path_buf()), ..Start::default() };
    let mut window = Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_render_cursor(false)
        .renderer(Painter::default())
        .build_eframe(|cc| App::new(cc, start, None));
    window.run_steps(3);
    window
}

fn rect_of(window: &Harness<'_, App>, role: Role, label: &str) -> Rect {
    window.get_by_role_and_label(role, label).rect()
}

fn open_root(window: &Harness<'_, App>) -> Option<PathBuf> {
    window.state().state().folder().map(|folder| folder.root.clone())
}

/// Where `text` is drawn.
fn text_rect(window: &Harness<'_, App>, text: &str) -> Rect {
    let node = window.root().children_recursive().find(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value()].into_iter().flatten().any(|words| words == text)
    });
    node.unwrap_or_else(|| panic!("{text:?} is not there")).rect()
}

#[test]
fn who_opens_the_window_for_the_first_time_is_told_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    for size in [[800.0, 500.0], [1280.0, 800.0], [1920.0, 1080.0], [2560.0, 1080.0]] {
        let window = first_window(size, folder.path(), Theme::Light);
        let whole = Rect::from_min_size(egui::Pos2::ZERO, size.into());
        let open = rect_of(&window, Role::Button, "Open a folder of sounds");
        let demo = rect_of(&window, Role::Button, "Try the demo");
        assert!(open.height() >= 44.0 && demo.height() >= 44.0, "they are large");
        assert!(!open.intersects(demo));
        assert!(shows(&window, "drop a folder anywhere on this window"));
        // The three steps stand beside each other, in order, and all of them are in sight.
        let pictures = ["1. Tune", "2. Audit", "3. Build"].map(|step| {
            (rect_of(&window, Role::Image, &format!("Picture: {step}")), text_rect(&window, step))
        });
        for (picture, title) in pictures {
            assert!(
                whole.contains_rect(picture) && whole.contains_rect(title),
                "{size:?}: {picture:?} {title:?}"
            );
            assert!(title.top() >= picture.bottom() && picture.width() > 150.0);
        }
        assert!(pictures.is_sorted_by(|a, b| a.0.right() < b.0.left() && a.0.top() == b.0.top()));
    }
}

#[test]
fn recent_folders_are_opened_with_a_click() {
    let folder = tempfile::tempdir().unwrap();
    let root = crate::datasets::golden_dataset(folder.path());
    let mut window = first_window([1280.0, 800.0], folder.path(), Theme::Dark);
    window.state_mut().ask(Command::Open(root.clone()));
    window.run_steps(2);
    settle(&mut window);
    let opened = open_root(&window).unwrap();
    // A folder that cannot be opened is not remembered, and the page of who has none open offers the others.
    let recent = vec![opened.clone()];
    assert_eq!(window.state().state().recent, recent);
    let storage: &'static mut Memory = Box::leak(Box::default());
    storage.0 = window_memory(&mut window);
    drop(window);
    storage.0 = storage.0.replace("last_folder:Some", "was:Some");
    let storage: &'static Memory = storage;
    let start = Start { demo_dir: Some(folder.path().to_path_buf()), ..Start::default() };
    let mut window = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(20).build_eframe(|cc| {
        cc.storage = Some(storage);
        App::new(cc, start, None)
    });
    window.run_steps(3);
    assert!(matches!(window.state().state().phase, Phase::Nothing));
    press(&mut window, &format!("Open {}", opened.display()));
    settle(&mut window);
    assert_eq!(open_root(&window), Some(opened));
}

/// What a window leaves behind when it is closed.
#[derive(Default)]
struct Memory(String);

impl eframe::Storage for Memory {
    fn get_string(&self, _key: &str) -> Option<String> {
        Some(self.0.clone())
    }

    fn set_string(&mut self, _key: &str, value: String) {
        self.0 = value;
    }

    fn remove_string(&mut self, _key: &str) {}

    fn flush(&mut self) {}
}

fn window_memory(window: &mut Harness<'_, App>) -> String {
    let mut memory = Memory::default();
    eframe::App::save(window.state_mut(), &mut memory);
    memory.0
}

#[test]
fn the_demo_is_written_opened_and_shown_around() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = first_window([1280.0, 800.0], folder.path(), Theme::Dark);
    press(&mut window, "Try the demo");
    wait(&mut window, "the demo", |window| open_root(window).is_some());
    settle(&mut window);
    let root = open_root(&window).unwrap();
    assert!(root.starts_with(fs::canonicalize(folder.path()).unwrap()), "{root:?}");
    assert!(root.join("melody.wav").exists());
    assert!(shows(&window, STEPS[0].title) && shows(&window, "1 of 6"));
}

/// The window on the demo at the first step of its tour.
fn touring(size: [f32; 2], root: &Path) -> Harness<'static, App> {
    melscope::pipeline::demo::write_demo(root).unwrap();
    let mut window = window_of(size, root, "tune", Theme::Dark);
    settle(&mut window);
    window.state_mut().ask(Command::StartTour);
    window.run_steps(3);
    window
}

/// The place that the step with this heading points at.
fn place_of(window: &Harness<'_, App>, title: &str) -> Option<Rect> {
    window.query_by_role_and_label(Role::Image, &format!("Here: {title}")).map(|place| place.rect())
}

#[test]
fn the_tour_goes_through_every_step_and_does_not_return() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = touring([1280.0, 800.0], folder.path());
    for (number, step) in STEPS.iter().enumerate() {
        settle(&mut window);
        assert!(shows(&window, step.title) && shows(&window, step.words), "{}", step.title);
        assert!(shows(&window, &format!("{} of 6", number + 1)));
        assert_eq!(window.state().state().view, Some(step.view), "{}: its view is shown", step.title);
        assert!(place_of(&window, step.title).is_some(), "{}: its place is in sight", step.title);
        press(&mut window, if number + 1 == STEPS.len() { "Done" } else { "Next" });
    }
    assert_eq!(window.state().state().tour, None);
    window.run_steps(5);
    assert!(window.query_by_role_and_label(Role::Button, "Close tour").is_none());
}

#[test]
fn the_tour_goes_back_and_ends_with_a_click_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = touring([1280.0, 800.0], folder.path());
    press(&mut window, "Next");
    press(&mut window, "Back");
    assert!(shows(&window, "1 of 6"));
    press(&mut window, "Close tour");
    assert_eq!(window.state().state().tour, None);
    window.state_mut().ask(Command::StartTour);
    window.run_steps(3);
    assert!(shows(&window, "1 of 6"), "whoever asks sees it again");
    window.key_press(egui::Key::Escape);
    window.run_steps(3);
    assert_eq!(window.state().state().tour, None);
}

#[test]
fn the_card_of_the_tour_covers_nothing_that_it_speaks_about_and_its_buttons_stay() {
    let folder = tempfile::tempdir().unwrap();
    for size in [[800.0, 500.0], [1280.0, 800.0], [2560.0, 1080.0]] {
        let mut window = touring(size, folder.path());
        let whole = Rect::from_min_size(egui::Pos2::ZERO, size.into());
        let mut next_places = Vec::new();
        for step in STEPS {
            settle(&mut window);
            window.run_steps(2);
            let close = rect_of(&window, Role::Button, "Close tour");
            let next = window.query_by_role_and_label(Role::Button, "Next").map(|next| next.rect());
            let title = text_rect(&window, step.title);
            let card = next.map_or(close, |next| next.union(close)).union(title);
            assert!(whole.contains_rect(card), "{size:?}, {}: {card:?}", step.title);
            if let Some(place) = place_of(&window, step.title) {
                let both = place.intersect(card);
                assert!(!both.is_positive(), "{size:?}, {}: the card {card:?} covers {place:?}", step.title);
            }
            next_places.extend(next);
            if next.is_some() {
                press(&mut window, "Next");
            }
        }
        if size != [800.0, 500.0] {
            assert!(next_places.iter().all(|next| *next == next_places[0]), "{size:?}: {next_places:?}");
        }
    }
}

#[test]
fn an_empty_folder_says_so_in_every_view_and_offers_a_way_on() {
    let folder = tempfile::tempdir().unwrap();
    for view in ["tune", "hear", "augment", "audit", "build"] {
        let mut window = view_on(view, folder.path(), Theme::Light);
        settle(&mut window);
        assert!(shows(&window, "There are no recordings in this folder"), "{view}");
        for words in ["WAV", "FLAC", "Matroska", ".opus"] {
            assert!(shows(&window, words), "{view}: {words}");
        }
        for button in ["Open another folder", "Try the demo"] {
            assert!(window.query_by_role_and_label(Role::Button, button).is_some(), "{view}: {button}");
        }
    }
    // Files that come later are found.
    let mut window = view_on("tune", folder.path(), Theme::Light);
    settle(&mut window);
    let tone = crate::datasets::tone(440.0, 8_000);
    crate::datasets::write_wav(&folder.path().join("a.wav"), 8_000, 8_000, tone);
    press(&mut window, "Read again");
    settle(&mut window);
    assert!(!shows(&window, "There are no recordings in this folder") && shows(&window, "a.wav"));
}

#[test]
fn a_folder_that_cannot_be_opened_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let mut window = view_on("tune", &missing, Theme::Dark);
    settle(&mut window);
    assert!(shows(&window, "This folder cannot be opened"));
    let path = missing.display().to_string();
    let n_named = window.root().children_recursive().filter(|node| {
        let node = node.accesskit_node();
        // The field with the path, in which another is typed, is no message.
        node.role() == Role::Label && node.value().is_some_and(|words| words.contains(&path))
    });
    assert_eq!(n_named.count(), 1);
    assert!(window.query_by_role_and_label(Role::Button, "Open another folder").is_some());
}
