//! Tune, Augment and Audit look as they did, in both themes.

use egui::{Rect, pos2};
use egui_kittest::kittest::NodeT;
use egui_kittest::{SnapshotOptions, SnapshotResults};
use melscope::ui::theme::Theme;

use crate::datasets;
use crate::support::{settle, view_on};

/// Pixels that may differ: where a phase lies next to ±π, another processor may take the other side.
const FAILED_PIXELS_MAX: usize = 100;

#[test]
fn every_view_looks_as_it_did() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut results = SnapshotResults::new();
    for (view, name) in [("tune", "tune"), ("augment", "augment"), ("audit", "audit")] {
        for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            let mut window = view_on(view, &root, theme);
            settle(&mut window);
            window.run_steps(5);
            let is_path = |text: Option<String>| text.is_some_and(|text| text.starts_with("/tmp/"));
            let paths: Vec<Rect> = window
                .root()
                .children_recursive()
                .filter(|node| {
                    let node = node.accesskit_node();
                    is_path(node.label()) || is_path(node.value())
                })
                .map(|node| node.rect())
                .collect();
            assert!(!paths.is_empty(), "the path field shows the folder");
            for rect in paths {
                window.mask(Rect::from_min_max(rect.min, pos2(440.0, rect.bottom())));
            }
            let options =
                SnapshotOptions::new().output_path("tests/snapshots").max_failed_pixels(FAILED_PIXELS_MAX);
            window.snapshot_options(format!("{name}_{theme_name}"), &options);
            results.extend_harness(&mut window);
        }
    }
    results.unwrap();
}
