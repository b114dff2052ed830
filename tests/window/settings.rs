//! The settings panel, driven by the names that a screen reader says: what is typed, what is impossible and mended,
//! presets, and the threshold's slider.

use crate::datasets;
use crate::support::{press, settle, shows, text_of, type_into, view_on};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::settings::{FILE_NAME, IfMode, Settings};
use melscope::ui::App;
use melscope::ui::theme::Theme;

struct Set {
    folder: tempfile::TempDir,
    window: Harness<'static, App>,
}

impl Set {
    /// A window on a folder with one recording of a second.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        datasets::write_wav(&folder.path().join("tone.wav"), 8_000, 8_000, datasets::tone(440.0, 8_000));
        let mut window = view_on("tune", folder.path(), Theme::Dark);
        settle(&mut window);
        Self { folder, window }
    }

    fn settings(&self) -> Settings {
        self.window.state().state().folder().unwrap().settings.clone()
    }

    /// What is on disk once everything has settled.
    fn saved(&mut self) -> Settings {
        settle(&mut self.window);
        Settings::load(&self.folder.path().join(FILE_NAME)).unwrap().unwrap()
    }

    fn choose(&mut self, combo: &str, item: &str) {
        self.window.get_by_role_and_label(Role::ComboBox, combo).click();
        self.window.run_steps(3);
        press(&mut self.window, item);
    }

    fn preset(&self) -> String {
        let combo = self.window.get_by_role_and_label(Role::ComboBox, "Preset");
        combo.accesskit_node().value().unwrap_or_default()
    }
}

#[test]
fn what_is_impossible_is_said_in_words_and_mended_with_a_button() {
    let mut set = Set::open();
    for (field, typed, words, mend, mended) in [
        ("n_fft", "2047", "2047 is not possible: it must be an even number", "use 2048", "2048"),
        ("n_fft", "many", "\"many\" is not possible", "use 2048", "2048"),
        ("Hop", "9000", "9000 is not possible: it must be 1 to n_fft (2048)", "use 2048", "2048"),
        ("Hop", "0", "0 is not possible", "use 1", "1"),
        ("n_mels", "5000", "it must be 1 to n_fft/2 (1024)", "use 1024", "1024"),
        ("Sample rate", "5", "5 Hz is not possible", "use 1000", "1000"),
        ("Mask threshold", "-1", "0 (off) or a positive number", "use 0", "0"),
    ] {
        let before = set.settings();
        type_into(&mut set.window, field, typed);
        assert!(shows(&set.window, words), "{field} {typed}: {words}");
        assert_eq!(set.settings(), before, "nothing impossible is taken over");
        press(&mut set.window, mend);
        assert_eq!(text_of(&set.window, field), mended);
        assert!(!shows(&set.window, words), "{field} {typed} is mended");
        // Back to the defaults, which the next case departs from.
        set.choose("Preset", "distill default");
        assert_eq!(set.settings(), Settings::default());
    }
}

#[test]
fn what_is_probably_not_meant_is_explained_and_mended() {
    let mut set = Set::open();
    type_into(&mut set.window, "Hop", "600");
    assert!(shows(&set.window, "hop 600 is more than a quarter of n_fft 2048"));
    press(&mut set.window, "use 512");
    assert_eq!(set.settings().hop_samples, 512);

    // How many are empty is what the tests of the mel filters compute.
    type_into(&mut set.window, "n_fft", "256");
    type_into(&mut set.window, "Hop", "64");
    assert!(shows(&set.window, "29 of 128 mel filters are empty"));
    press(&mut set.window, "raise n_fft to 2048");
    assert_eq!(set.settings().n_fft, 2048);
    assert!(!shows(&set.window, "filters are empty"));

    type_into(&mut set.window, "Sample rate", "44100");
    assert!(shows(&set.window, "would not take this data"));
    press(&mut set.window, "use 48000");
    set.choose("Frequency mode", "power");
    assert!(shows(
        &set.window,
        "the PyTorch trainer that reads this cache, has models that were not trained on power"
    ));
    press(&mut set.window, "use filterbank");
    assert_eq!(set.settings().if_mode, IfMode::Filterbank);
    assert_eq!(set.saved().hop_samples, 64);
}

#[test]
fn usual_values_are_chosen_and_every_change_is_undone_and_redone() {
    let mut set = Set::open();
    press(&mut set.window, "Usual values of n_fft");
    press(&mut set.window, "4096 samples");
    assert_eq!(set.saved().n_fft, 4096);
    press(&mut set.window, "Undo");
    assert_eq!((set.settings().n_fft, text_of(&set.window, "n_fft")), (2048, "2048".into()));
    press(&mut set.window, "Redo");
    assert_eq!((set.saved().n_fft, text_of(&set.window, "n_fft")), (4096, "4096".into()));
}

#[test]
fn own_presets_are_saved_renamed_deleted_and_brought_back() {
    let mut set = Set::open();
    assert_eq!(set.preset(), "distill default");
    set.choose("Preset", "tonal");
    assert_eq!(set.preset(), "tonal");
    assert_eq!((set.settings().n_fft, set.settings().n_mels), (4096, 256));
    type_into(&mut set.window, "n_mels", "200");
    assert_eq!(set.preset(), "tonal, changed");

    press(&mut set.window, "Save as…");
    type_into(&mut set.window, "Preset name", "my bells");
    assert_eq!(set.preset(), "my bells");
    set.choose("Preset", "distill default");
    assert_eq!(set.settings().n_mels, 128);
    set.choose("Preset", "my bells");
    assert_eq!(set.settings().n_mels, 200);

    press(&mut set.window, "Rename…");
    type_into(&mut set.window, "Preset name", "percussive");
    assert!(shows(&set.window, "A preset of this name comes with the program"));
    type_into(&mut set.window, "Preset name", "church bells");
    assert_eq!(set.preset(), "church bells");
    press(&mut set.window, "Delete preset");
    assert!(shows(&set.window, "“church bells” is deleted."));
    press(&mut set.window, "Bring it back");
    assert_eq!(set.preset(), "church bells");
    assert_eq!(set.settings().n_mels, 200, "the settings stayed as they were");
}

#[test]
fn a_drag_of_the_threshold_is_one_step_and_is_saved_when_it_rests() {
    let mut set = Set::open();
    let path = set.folder.path().join(FILE_NAME);
    let rect = set.window.get_by_role_and_label(Role::Slider, "Mask threshold").rect();
    let at = |share: f32| egui::pos2(rect.left() + share * rect.width(), rect.center().y);
    let mut seen = Vec::new();
    set.window.drag_at(at(0.3));
    for share in [0.35, 0.4, 0.5, 0.6, 0.7] {
        set.window.hover_at(at(share));
        // One frame sees the pointer and tells, the next has it in the settings: before anything is analysed or saved.
        set.window.run_steps(2);
        seen.push(set.settings().if_threshold);
        assert!(!path.exists(), "a drag is not saved while it moves");
    }
    set.window.drop_at(at(0.7));
    set.window.run_steps(3);
    assert!(seen.is_sorted_by(|a, b| a < b), "the threshold follows the pointer: {seen:?}");
    let last = set.settings().if_threshold;
    assert_eq!(set.saved().if_threshold, last);
    press(&mut set.window, "Undo");
    assert_eq!(set.settings().if_threshold, 1e-5, "the whole drag is one step");

    set.window.get_by_role_and_label(Role::CheckBox, "off").click();
    set.window.run_steps(3);
    assert_eq!(set.saved().if_threshold, 0.0);
    set.window.get_by_role_and_label(Role::CheckBox, "off").click();
    set.window.run_steps(3);
    assert_eq!(set.saved().if_threshold, 1e-5, "the mask comes back as it was");
    press(&mut set.window, "Undo");
    assert_eq!(set.settings().if_threshold, 0.0, "and each click is a step");
}
