//! Building from the first click to the last: what the button says, where everything stays, how far it is, and that what is
//! said ends when it is over.

use std::fs;
use std::path::{Path, PathBuf};

use crate::datasets;
use crate::support::{press, settle, show_view, shows, type_into, view_on, wait, window_of, window_on};
use egui::accesskit::Role;
use egui::{OutputCommand, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;

/// A folder whose build lasts long enough to be looked at on any machine, because of its many small hops: more than 100 MB.
fn slow_dataset(folder: &Path) -> PathBuf {
    let root = folder.join("set");
    datasets::write_wav(&root.join("long.wav"), 8_000, 8_000 * 120, datasets::tone(440.0, 8_000));
    let settings = Settings { n_fft: 4096, hop_samples: 32, ..Settings::default() };
    let [channels, bands, frames] = settings.analysis().tensor_shape();
    assert!(120 * channels * bands * frames * 4 > 100_000_000, "it is large by the definition");
    settings.save(&root.join(FILE_NAME)).unwrap();
    root
}

fn button_rect(window: &Harness<'_, App>, name: &str) -> Rect {
    window.get_by_role_and_label(Role::Button, name).rect()
}

fn has_button(window: &Harness<'_, App>, name: &str) -> bool {
    window.query_by_role_and_label(Role::Button, name).is_some()
}

fn can_press(window: &Harness<'_, App>, name: &str) -> bool {
    let button = window.query_by_role_and_label(Role::Button, name);
    button.is_some_and(|button| !button.accesskit_node().is_disabled())
}

fn click_at(window: &mut Harness<'_, App>, place: Pos2) {
    window.drag_at(place);
    window.step();
    window.drop_at(place);
    window.step();
}

#[test]
fn the_button_says_whether_there_is_anything_to_build_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    assert!(can_press(&window, "Build"));
    assert!(shows(&window, "Nothing is built so far"));
    press(&mut window, "Build");
    settle(&mut window);
    wait(&mut window, "the new state", |window| has_button(window, "Up to date"));
    assert!(!can_press(&window, "Up to date"), "there is nothing to do");
    assert!(shows(&window, "Built: 9 tensors"));

    press(&mut window, "Analysis");
    type_into(&mut window, "n_mels", "80");
    wait(&mut window, "the reason", |window| can_press(window, "Rebuild (settings changed)"));
    assert!(shows(&window, "The data is out of date: n_mels changed from 128 to 80."));
    press(&mut window, "Undo");
    wait(&mut window, "the valid data", |window| has_button(window, "Up to date"));
    settle(&mut window);

    datasets::write_wav(&root.join("new.wav"), 8_000, 8_000, datasets::tone(440.0, 8_000));
    window.state_mut().ask(Command::Reload);
    window.run_steps(2);
    settle(&mut window);
    assert!(can_press(&window, "Rebuild (files changed)"));
    assert!(shows(&window, "1 file added: new.wav"));
    type_into(&mut window, "n_mels", "80");
    wait(&mut window, "both", |window| can_press(window, "Rebuild (files and settings changed)"));
}

#[test]
fn what_is_up_to_date_is_built_again_only_by_the_small_button() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let manifest = root.join(".cache/manifest.json");
    let before = fs::metadata(&manifest).unwrap().modified().unwrap();
    let mut window = window_on(&root, Theme::Light);
    settle(&mut window);
    let place = button_rect(&window, "Up to date").center();
    click_at(&mut window, place);
    settle(&mut window);
    assert_eq!(fs::metadata(&manifest).unwrap().modified().unwrap(), before, "nothing was written");
    press(&mut window, "Build again anyway");
    settle(&mut window);
    assert!(shows(&window, "Built: 9 tensors"));
    assert_ne!(fs::metadata(&manifest).unwrap().modified().unwrap(), before);
}

#[test]
fn a_large_build_asks_nothing_where_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let root = slow_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    press(&mut window, "Build");
    wait(&mut window, "the analysis", |window| {
        assert!(!shows(window, "Before the build"), "the size stands beside the button");
        shows(window, "analysing")
    });
    press(&mut window, "Cancel build");
    settle(&mut window);
    assert!(!root.join(".cache/manifest.json").exists());
}

#[test]
fn the_bar_never_goes_back_and_never_says_that_all_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    window.get_by_role_and_label(Role::Button, "Build").click();
    wait(&mut window, "the end", |window| has_button(window, "Up to date"));
    settle(&mut window);
    // Frame by frame of a second build.
    window.get_by_role_and_label(Role::Button, "Build again anyway").click();
    window.run_steps(2);
    let mut shares = Vec::new();
    while let Some(task) = window.state().state().folder().unwrap().task.as_ref() {
        shares.push(task.share());
        window.step();
    }
    assert!(!shares.is_empty());
    assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]), "{shares:?}");
    // The bar says whole percents.
    assert!(shares.iter().all(|share| (share * 100.0).round() < 100.0), "{shares:?}");
}

#[test]
fn nothing_moves_from_the_first_click_to_the_end_and_a_second_click_does_nothing() {
    for size in [[1280.0, 800.0], [800.0, 500.0], [2560.0, 1080.0]] {
        let folder = tempfile::tempdir().unwrap();
        let root = slow_dataset(folder.path());
        let mut window = window_of(size, &root, "build", Theme::Dark);
        settle(&mut window);
        let place = button_rect(&window, "Build");
        assert!(window.ctx.content_rect().contains_rect(place), "{size:?}: {place}");
        click_at(&mut window, place.center());
        wait(&mut window, "the start", |window| has_button(window, "Building…"));
        assert_eq!(button_rect(&window, "Building…"), place, "{size:?}");
        let cancel = button_rect(&window, "Cancel build");
        assert!(!cancel.intersects(place), "{size:?}");
        click_at(&mut window, place.center());
        wait(&mut window, "the analysis", |window| shows(window, "analysing"));
        assert_eq!(button_rect(&window, "Cancel build"), cancel, "{size:?}");
        assert_eq!(button_rect(&window, "Building…"), place, "the second click changed nothing: {size:?}");

        click_at(&mut window, cancel.center());
        settle(&mut window);
        assert!(shows(&window, "The build was cancelled. Nothing was changed."));
        assert_eq!(button_rect(&window, "Build"), place, "{size:?}");
        click_at(&mut window, cancel.center());
        window.run_steps(3);
        assert!(!window.state().state().is_working(), "there is nothing where Cancel was: {size:?}");
    }
}

#[test]
fn the_button_stays_where_it_is_when_the_data_is_there() {
    for size in [[1280.0, 800.0], [800.0, 500.0]] {
        let folder = tempfile::tempdir().unwrap();
        let root = datasets::golden_dataset(folder.path());
        let mut window = window_of(size, &root, "build", Theme::Light);
        settle(&mut window);
        let place = button_rect(&window, "Build");
        click_at(&mut window, place.center());
        wait(&mut window, "the end", |window| has_button(window, "Up to date"));
        settle(&mut window);
        assert_eq!(button_rect(&window, "Up to date"), place, "{size:?}");
        let again = button_rect(&window, "Build again anyway");
        assert!(!again.intersects(place), "{size:?}");
        click_at(&mut window, again.center());
        click_at(&mut window, again.center());
        settle(&mut window);
        assert!(shows(&window, "Built: 9 tensors"), "the second click stopped nothing: {size:?}");
    }
}

#[test]
fn what_is_said_of_a_build_ends_with_the_next_thing_that_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    press(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "Built: 9 tensors"));
    press(&mut window, "Analysis");
    type_into(&mut window, "n_mels", "80");
    assert!(!shows(&window, "Built: "), "the settings are others by now");
    press(&mut window, "Undo");
    settle(&mut window);
    press(&mut window, "Build again anyway");
    settle(&mut window);
    assert!(shows(&window, "Built: 9 tensors"));
    window.get_by_role_and_label(Role::Button, "Verify").scroll_to_me();
    window.run_steps(3);
    press(&mut window, "Verify");
    settle(&mut window);
    assert!(shows(&window, "Intact: 9 tensors") && !shows(&window, "Built: "));
    show_view(&mut window, "Tune");
    show_view(&mut window, "Build");
    settle(&mut window);
    assert!(!shows(&window, "Intact: "), "it was read before");
}

#[test]
fn a_build_that_ends_while_another_view_is_shown_is_told_to_who_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    press(&mut window, "Build");
    show_view(&mut window, "Augment");
    settle(&mut window);
    show_view(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "Built: 9 tensors"));
}

#[test]
fn a_notice_is_over_when_the_next_thing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let root = slow_dataset(folder.path());
    let mut window = window_on(&root, Theme::Dark);
    settle(&mut window);
    press(&mut window, "Build");
    window.state_mut().ask(Command::Reload);
    window.run_steps(2);
    assert!(window.state().state().notice.is_some(), "a folder stays open while it is built");
    window.state_mut().ask(Command::Filter("long".into()));
    window.run_steps(2);
    assert_eq!(window.state().state().notice, None);
    press(&mut window, "Cancel build");
    settle(&mut window);
}

#[test]
fn a_folder_that_cannot_be_opened_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let mut window = window_on(&missing, Theme::Dark);
    settle(&mut window);
    let name = missing.display().to_string();
    let said: Vec<String> = window
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| node.role() == Role::Label)
        .filter_map(|node| node.value().or_else(|| node.label()))
        .filter(|words| words.contains(&name))
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].matches(&name).count(), 1, "{said:?}");
    assert!(!said[0].contains("os error"), "{said:?}");
}

#[test]
fn distill_is_explained_where_it_is_named_and_a_way_to_train_on_variants_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on("augment", &root, Theme::Dark);
    settle(&mut window);
    assert!(!shows(&window, "Training on variants"), "there are none");
    type_into(&mut window, "Variants of each chunk", "2");
    settle(&mut window);
    assert!(shows(&window, "distill, the PyTorch trainer that reads this cache,"));
    window.get_by_role_and_label(Role::Button, "Copy loader").scroll_to_me();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Copy loader").click();
    let copied = (0..5).find_map(|_| {
        window.step();
        window.output().platform_output.commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    });
    let cache_dir = root.canonicalize().unwrap().join(".cache");
    assert_eq!(copied, Some(melscope::distill::loader_code(&cache_dir)));
    press(&mut window, "What is distill?");
    assert!(shows(&window, melscope::distill::EXPLANATION));
    window.key_press(egui::Key::Escape);
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Make no variants").scroll_to_me();
    window.run_steps(3);
    press(&mut window, "Make no variants");
    settle(&mut window);
    assert_eq!(window.state().state().folder().unwrap().settings.augmentation.expansion, 0);
    type_into(&mut window, "Variants of each chunk", "2");
    show_view(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "distill, the PyTorch trainer that reads this cache,"));
    assert!(has_button(&window, "What is distill?"));
}

#[test]
fn pictures_grow_with_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    datasets::build(&root, &Settings::default(), 1);
    let sizes = |view: &str, name: &str| {
        [[1280.0, 800.0], [2560.0, 1080.0]].map(|size| {
            let mut window = window_of(size, &root, view, Theme::Dark);
            settle(&mut window);
            let is_picture = |label: Option<String>| label.is_some_and(|label| label.starts_with(name));
            let mut nodes = window.root().children_recursive();
            let picture = nodes.find(|node| {
                let node = node.accesskit_node();
                node.role() == Role::Image && is_picture(node.label())
            });
            picture.unwrap().rect().size()
        })
    };
    for (view, name) in [("build", "Magnitude of tensor"), ("augment", "Magnitude of original")] {
        let [small, large] = sizes(view, name);
        assert!(large.x > 1.2 * small.x && large.y > 1.2 * small.y, "{view}: {small} {large}");
    }
}

#[test]
fn numbers_stand_at_the_right_under_their_heads() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let report = datasets::build(&root, &Settings::default(), 1);
    let mut window = window_of([1280.0, 1400.0], &root, "build", Theme::Light);
    settle(&mut window);
    let right = |words: &str| window.get_by_label(words).rect().right();
    for (head, numbers) in [
        ("mean", [report.stats.mag_mean, report.stats.if_mean]),
        ("deviation", [report.stats.mag_std, report.stats.if_std]),
    ] {
        for number in numbers {
            let words = format!("{number:.4}");
            assert!((right(head) - right(&words)).abs() < 1.0, "{head}: {words}");
        }
    }
}
