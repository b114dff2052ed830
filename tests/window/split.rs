//! Both sides of the split in the Build view: what is told, and what drawing it anew stores.

use std::collections::BTreeMap;
use std::path::Path;

use crate::datasets;
use crate::support::{press, settle, show_view, shows, wait, window_of};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::cache::index;
use melscope::settings::{FILE_NAME, Settings};
use melscope::split::Side;
use melscope::ui::App;
use melscope::ui::theme::Theme;

fn can_draw(window: &Harness<'_, App>) -> bool {
    let button = window.query_by_role_and_label(Role::Button, "Draw again");
    button.is_some_and(|button| !button.accesskit_node().is_disabled())
}

fn sides(cache_dir: &Path) -> BTreeMap<String, Side> {
    let rows = index::read(cache_dir).unwrap();
    rows.into_iter().map(|row| (row.source.to_string(), row.side.unwrap())).collect()
}

fn choose_share(window: &mut Harness<'_, App>, share: &str) {
    window.get_by_role_and_label(Role::ComboBox, "Share for validation").click();
    window.run_steps(3);
    window.get_by_label(share).click();
    window.run_steps(3);
    settle(window);
}

#[test]
fn both_sides_are_shown_and_another_share_is_drawn_with_a_click() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..8 {
        let path = folder.path().join(format!("{}/{number}.wav", ["low", "high"][number % 2]));
        datasets::write_wav(&path, 8_000, 4_000, datasets::tone(180.0 + 60.0 * number as f64, 8_000));
    }
    datasets::small_settings().save(&folder.path().join(FILE_NAME)).unwrap();
    let cache_dir = datasets::build(folder.path(), &datasets::small_settings(), 2).cache_dir;
    let before = sides(&cache_dir);
    let mut window = window_of([1280.0, 1400.0], folder.path(), "build", Theme::Dark);
    settle(&mut window);
    wait(&mut window, "the split", |window| {
        shows(window, "No recording, and no take that is known, is on both sides.")
    });
    assert!(shows(&window, "Near-duplicates are not known of 8 recordings without an audit"));
    assert!(shows(&window, "If tensors were drawn one by one, as the trainer does"));
    assert!(shows(&window, "By folder (2)"));
    assert!(!can_draw(&window), "it is as the settings have it");

    choose_share(&mut window, "10.0 %");
    wait(&mut window, "what would change", |window| shows(window, "would change sides."));
    assert!(can_draw(&window));
    assert!(shows(&window, "The data is up to date"), "a share is no reason to build");
    assert_eq!(sides(&cache_dir), before, "nothing is stored unasked");
    press(&mut window, "Draw again");
    settle(&mut window);
    wait(&mut window, "the new split", |window| !can_draw(window) && !shows(window, "would change sides."));
    let after = sides(&cache_dir);
    let n_validation =
        |sides: &BTreeMap<String, Side>| sides.values().filter(|side| **side == Side::Validation).count();
    assert!(n_validation(&after) > 0 && n_validation(&after) < n_validation(&before), "{before:?} {after:?}");
    let stored = Settings::load(&folder.path().join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(stored.validation_share, Some(0.1));

    // The audit is made where nobody looks at the split.
    show_view(&mut window, "Audit");
    settle(&mut window);
    show_view(&mut window, "Build");
    settle(&mut window);
    wait(&mut window, "what the audit knows", |window| !shows(window, "without an audit"));

    // With the share that it was built with it is what it was.
    choose_share(&mut window, "by the number of files");
    wait(&mut window, "what would change", |window| shows(window, "would change sides."));
    press(&mut window, "Draw again");
    settle(&mut window);
    wait(&mut window, "the old split", |window| !can_draw(window) && !shows(window, "would change sides."));
    assert_eq!(sides(&cache_dir), before);
}
