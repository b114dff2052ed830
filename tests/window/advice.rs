//! The advice on the mask's threshold in the Tune view: what it proposes, and the button that takes it.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::pipeline::advice::Verdict;
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::known_advice::Advice;

use crate::datasets;
use crate::support::{press, settle, shows, view_on};

/// Harmonics in noise, the same 12 dB nearer to it, and noise alone.
fn write_set(root: &Path) {
    let noise = |n: usize| {
        let mut state = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let harmonics = |n: usize| {
        let t = n as f64 / 48_000.0;
        (1..12).map(|k| (std::f64::consts::TAU * 220.0 * f64::from(k) * t).sin() / f64::from(k)).sum::<f64>()
    };
    datasets::write_wav(&root.join("a.wav"), 48_000, 96_000, |n| 0.3 * harmonics(n) + 0.005 * noise(n));
    datasets::write_wav(&root.join("b.wav"), 48_000, 96_000, |n| 0.3 * harmonics(n) + 0.02 * noise(n));
    datasets::write_wav(&root.join("c_noise.wav"), 48_000, 96_000, |n| 0.5 * noise(n));
}

fn advice<'a>(window: &'a Harness<'_, App>) -> &'a Advice {
    &window.state().view::<TuneView>().unwrap().model().advice
}

fn threshold(window: &Harness<'_, App>) -> f64 {
    window.state().state().folder().unwrap().settings.if_threshold
}

/// The button that takes the proposal, whatever it says.
fn button(window: &Harness<'_, App>) -> (String, egui::Rect, bool) {
    let is_it = |label: &str| label.starts_with("Use ") || label == "No proposal";
    let mut buttons = window.get_all_by_role(Role::Button);
    let node = buttons
        .find(|node| node.accesskit_node().label().is_some_and(|label| is_it(&label)))
        .expect("the button has its place from the beginning");
    let is_enabled = !node.accesskit_node().is_disabled();
    (node.accesskit_node().label().unwrap_or_default(), node.rect(), is_enabled)
}

#[test]
fn one_button_takes_the_proposal_for_the_set_and_it_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let mut window = view_on("tune", folder.path(), Theme::Dark);
    settle(&mut window);
    let (label, place, is_enabled) = button(&window);
    assert!(is_enabled && label.contains("dB"), "{label}");
    let set = advice(&window).of_set().expect("all files were read");
    assert_eq!((set.n_with_threshold, set.n_without_gain, set.n_total), (2, 1, 3));
    let proposed = set.whole.threshold.unwrap();
    assert_eq!(set.whole.verdict, Verdict::Threshold);
    let reason = set.whole.reason();
    assert!(shows(&window, "this file −") && shows(&window, "set −") && shows(&window, "files from −"));
    let marker = window.get_by_label_contains("Proposed threshold for the set");
    assert!(marker.accesskit_node().label().unwrap().contains(&reason), "the marker tells its reason");

    let before = threshold(&window);
    press(&mut window, &label);
    let taken = threshold(&window);
    assert!((taken / proposed - 1.0).abs() < 0.01, "{taken} is not {proposed} to three digits");
    settle(&mut window);
    let (_, place_after, is_enabled) = button(&window);
    assert_eq!(
        (place_after, is_enabled),
        (place, false),
        "what is taken is not offered again, in the same place"
    );
    window.state_mut().ask(Command::Undo);
    settle(&mut window);
    assert_eq!(threshold(&window), before);
    assert!(button(&window).2);
}

#[test]
fn noise_is_told_to_gain_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let mut window = view_on("tune", folder.path(), Theme::Dark);
    let (_, place, is_enabled) = button(&window);
    assert!(!is_enabled, "nothing is known yet");
    settle(&mut window);
    window.state_mut().ask(Command::Select(2));
    settle(&mut window);
    assert!(shows(&window, "this file gains nothing from IF"));
    assert!(window.query_by_label_contains("Proposed threshold for this file").is_none());
    assert_eq!(button(&window).1, place, "it stands where it stood before anything was known");
}
