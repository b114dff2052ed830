//! What stands around every view: the bar of the sound, the panel of settings, keys, and places that stay where they are.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::ui::App;
use melscope::ui::theme::Theme;

use crate::datasets;
use crate::support::{press, settle, show_view, shows, type_into, view_on, window_of};

const VIEWS: [&str; 5] = ["Tune", "Hear", "Augment", "Audit", "Build"];

fn opened(view: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = view_on(view, &root, Theme::Dark);
    settle(&mut window);
    (folder, window)
}

fn shown_view(window: &Harness<'_, App>) -> &'static str {
    window.state().state().view.unwrap().0
}

fn center_of(window: &Harness<'_, App>, role: Role, label: &str) -> Pos2 {
    window.get_by_role_and_label(role, label).rect().center()
}

/// Presses and releases the pointer at one place, whatever is there.
fn click_at(window: &mut Harness<'_, App>, pos: Pos2) {
    window.hover_at(pos);
    window.step();
    window.drag_at(pos);
    window.step();
    window.drop_at(pos);
    window.run_steps(3);
}

#[test]
fn the_bar_of_the_sound_is_at_one_place_in_every_view() {
    let (_folder, mut window) = opened("tune");
    let place = center_of(&window, Role::Button, "Play");
    assert!(place.y > 700.0, "it is at the bottom: {place}");
    for view in VIEWS {
        show_view(&mut window, view);
        settle(&mut window);
        assert_eq!(center_of(&window, Role::Button, "Play"), place, "{view}");
        assert!(window.query_by_role_and_label(Role::Slider, "Volume").is_some(), "{view}");
        assert!(window.query_by_role_and_label(Role::ComboBox, "Sound device").is_some(), "{view}");
    }
}

#[test]
fn the_settings_stand_beside_tune_and_are_folded_away_elsewhere() {
    let (_folder, mut window) = opened("tune");
    let has_panel =
        |window: &Harness<'_, App>| window.query_by_role_and_label(Role::TextInput, "n_fft").is_some();
    for (view, is_open) in VIEWS.into_iter().zip([true, false, false, false, false]) {
        show_view(&mut window, view);
        assert_eq!(has_panel(&window), is_open, "{view}");
    }
    // What a person chooses for one view holds for that view.
    press(&mut window, "Analysis");
    assert!(has_panel(&window));
    show_view(&mut window, "Audit");
    assert!(!has_panel(&window));
    show_view(&mut window, "Build");
    assert!(has_panel(&window));
    show_view(&mut window, "Tune");
    press(&mut window, "Analysis");
    assert!(!has_panel(&window));
}

#[test]
fn views_folder_and_help_are_reached_by_keys_and_the_help_keeps_keys_for_itself() {
    let (_folder, mut window) = opened("tune");
    for (key, view) in [
        (Key::Num5, "build"),
        (Key::Num2, "hear"),
        (Key::Num3, "augment"),
        (Key::Num4, "audit"),
        (Key::Num1, "tune"),
    ] {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        window.run_steps(3);
        assert_eq!(shown_view(&window), view);
    }
    window.key_press(Key::F1);
    window.run_steps(3);
    assert!(shows(&window, "Keys and mouse") && shows(&window, "swap the settings A and B"));
    window.key_press(Key::Space);
    window.run_steps(3);
    assert!(!window.state().state().listen.is_playing, "Space is not for what is behind it");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!shows(&window, "Keys and mouse"));
    press(&mut window, "?");
    press(&mut window, "Close");
    assert!(!shows(&window, "Keys and mouse"));
}

#[test]
fn what_is_said_of_a_setting_moves_no_other_setting() {
    let (_folder, mut window) = opened("tune");
    let places = |window: &Harness<'_, App>| {
        ["n_fft", "Hop", "n_mels", "Sample rate", "Chunk length"]
            .map(|label| window.get_by_role_and_label(Role::TextInput, label).rect())
    };
    let before = places(&window);
    let fields = before.map(|rect| (rect.left(), rect.width()));
    assert!(fields.iter().all(|field| *field == fields[0]), "the fields are a column: {fields:?}");
    // Impossible, then possible with a remark, then as it was: no field moves.
    for text in ["2047", "256", "2048"] {
        type_into(&mut window, "n_fft", text);
        assert_eq!(places(&window), before, "n_fft {text}");
    }
    // Twice at one place: the second click falls on what was there before, not on what came.
    let place = center_of(&window, Role::Button, "Usual values of Hop");
    type_into(&mut window, "n_fft", "2047");
    assert!(shows(&window, "n_fft: 2047 is not possible"));
    click_at(&mut window, place);
    assert!(shows(&window, "256 samples"), "the menu that was there opens");
}

#[test]
fn a_click_at_one_place_plays_and_stops_and_never_does_something_else() {
    let (_folder, mut window) = opened("build");
    let place = center_of(&window, Role::Button, "Play");
    let before = window.state().state().folder().unwrap().settings.clone();
    for _ in 0..2 {
        click_at(&mut window, place);
        let name = if window.state().state().listen.is_playing { "Stop" } else { "Play" };
        assert_eq!(center_of(&window, Role::Button, name), place);
    }
    // A selection that comes and goes moves nothing in the bar.
    let volume = window.get_by_role_and_label(Role::Slider, "Volume").rect();
    let all = center_of(&window, Role::Button, "Whole file");
    let select = melscope::ui::session::command::Command::SetSelection(Some(0.1..0.2));
    window.state_mut().ask(select);
    window.run_steps(3);
    assert!(shows(&window, "Selected: 0.10 s to 0.20 s"));
    assert_eq!(window.get_by_role_and_label(Role::Slider, "Volume").rect(), volume);
    for _ in 0..2 {
        click_at(&mut window, all);
        assert_eq!(window.state().state().listen.selection_s, None);
    }
    assert_eq!(window.state().state().folder().unwrap().settings, before);
}

#[test]
fn a_threshold_is_tuned_and_judged_with_three_clicks_and_a_cache_is_built_with_one() {
    let (_folder, mut window) = opened("tune");
    // One chooses a file, one is the drag, one hears what is kept.
    let file = center_of(&window, Role::TreeItem, "c_short_float.wav");
    click_at(&mut window, file);
    settle(&mut window);
    let before = window.state().state().folder().unwrap().settings.if_threshold;
    let histogram = window.get_by_label_contains("Histogram of").rect();
    let place = histogram.left_center() + egui::vec2(0.8 * histogram.width(), 0.0);
    click_at(&mut window, place);
    assert!(window.state().state().folder().unwrap().settings.if_threshold > before);
    assert!(shows(&window, "masked ") && shows(&window, " here"));
    let picture = window.get_by_label_contains("Magnitude:").rect();
    // The recording is short: most of its chunk is padding, of which there is no sound.
    click_at(&mut window, picture.left_center() + egui::vec2(0.1 * picture.width(), 0.0));
    assert!(window.state().state().listen.cursor_s > 0.0, "it is heard from there");

    show_view(&mut window, "Build");
    settle(&mut window);
    press(&mut window, "Build");
    settle(&mut window);
    assert!(shows(&window, "Built: "));
}

#[test]
fn numbers_of_a_file_are_not_told_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    datasets::write_sound_and_words(&root);
    let mut window = view_on("tune", &root, Theme::Dark);
    settle(&mut window);
    let says_share = |window: &Harness<'_, App>| shows(window, " here\n");
    assert!(says_share(&window));
    window.state_mut().ask(melscope::ui::session::command::Command::Select(1));
    // From the first frame on, not only when the other file is known not to be sound.
    for _ in 0..20 {
        window.step();
        let is_selected = window.state().state().folder().unwrap().files.selected() == Some(1);
        assert!(!is_selected || !says_share(&window));
    }
    settle(&mut window);
    assert!(!says_share(&window));
}

#[test]
fn everything_is_within_a_small_window_and_a_wide_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    for size in [[800.0, 500.0], [1280.0, 800.0], [2560.0, 1080.0]] {
        for view in ["tune", "hear", "augment", "audit", "build"] {
            let mut window = window_of(size, &root, view, Theme::Light);
            settle(&mut window);
            window.run_steps(3);
            for (role, label) in [
                (Role::Tab, "Build"),
                (Role::Button, "Undo"),
                (Role::Button, "Theme"),
                (Role::Button, "?"),
                (Role::Button, "Play"),
                (Role::Slider, "Volume"),
                (Role::ComboBox, "Sound device"),
            ] {
                let rect = window.get_by_role_and_label(role, label).rect();
                let is_within = rect.left() >= 0.0
                    && rect.right() <= size[0]
                    && rect.top() >= 0.0
                    && rect.bottom() <= size[1];
                assert!(is_within && rect.width() > 4.0, "{label} in {view} at {size:?}: {rect}");
            }
            // No two controls of a bar lie over each other.
            let bars = ["Open folder…", "Recent", "Undo", "Redo", "Analysis", "Theme", "?"];
            let buttons = bars.iter().map(|name| window.get_by_role_and_label(Role::Button, name).rect());
            let tabs = VIEWS.iter().map(|name| window.get_by_role_and_label(Role::Tab, name).rect());
            let rects: Vec<_> = buttons.chain(tabs).collect();
            for (index, a) in rects.iter().enumerate() {
                for b in &rects[index + 1..] {
                    assert!(!a.shrink(1.0).intersects(b.shrink(1.0)), "{view} at {size:?}: {a} and {b}");
                }
            }
        }
    }
}

#[test]
fn the_threshold_is_near_the_list_on_the_keyboard() {
    let (_folder, mut window) = opened("tune");
    let name = window.state().state().folder().unwrap().files.all()[0].name.clone();
    let place = center_of(&window, Role::TreeItem, &name);
    click_at(&mut window, place);
    let is_there = |window: &Harness<'_, App>| {
        window.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.is_focused() && node.label().is_some_and(|label| label == "Mask threshold")
        })
    };
    let n_tabs = (1..=40)
        .find(|_| {
            window.key_press(Key::Tab);
            window.run_steps(2);
            is_there(&window)
        })
        .expect("the threshold is reached with Tab");
    assert!(n_tabs <= 12, "{n_tabs} Tabs");
}
