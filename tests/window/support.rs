//! A window driven by the names that a screen reader says, for every test that needs one.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::playback::Output;
use melscope::ui::theme::Theme;
use melscope::ui::{App, Start};

use crate::painter::Painter;

/// Far longer than anything here takes, also on a slow machine that does other work: a test that waits it out has failed.
const LONG: Duration = Duration::from_mins(5);

/// A window that shows the Build view of a folder.
pub(crate) fn window_on(path: &Path, theme: Theme) -> Harness<'static, App> {
    view_on("build", path, theme)
}

/// A window that shows a view of a folder.
pub(crate) fn view_on(view: &str, path: &Path, theme: Theme) -> Harness<'static, App> {
    window_of([1280.0, 800.0], path, view, theme)
}

/// A window of `size` points.
pub(crate) fn window_of(size: [f32; 2], path: &Path, view: &str, theme: Theme) -> Harness<'static, App> {
    let start = Start {
        path: Some(path.to_path_buf()),
        theme: Some(theme),
        view: Some(view.into()),
        ..Start::default()
    };
    Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_render_cursor(false)
        .renderer(Painter::default())
        .build_eframe(|cc| App::new(cc, start, None))
}

/// Runs frames until `is_there`.
pub(crate) fn wait(window: &mut Harness<'_, App>, what: &str, is_there: impl Fn(&Harness<'_, App>) -> bool) {
    let began = Instant::now();
    loop {
        window.step();
        if is_there(window) {
            // What follows from it is drawn as well.
            window.run_steps(3);
            return;
        }
        assert!(began.elapsed() < LONG, "{what} does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn settle(window: &mut Harness<'_, App>) {
    wait(window, "rest", |window| !window.state().is_busy());
}

pub(crate) fn shows(window: &Harness<'_, App>, part: &str) -> bool {
    let says = |text: Option<String>| text.is_some_and(|text| text.contains(part));
    window.root().children_recursive().any(|node| {
        let node = node.accesskit_node();
        says(node.label()) || says(node.value())
    })
}

pub(crate) fn press(window: &mut Harness<'_, App>, button: &str) {
    window.get_by_role_and_label(Role::Button, button).click();
    window.run_steps(3);
}

/// Presses what may lie below the edge of the window.
pub(crate) fn scroll_and_press(window: &mut Harness<'_, App>, button: &str) {
    window.get_by_role_and_label(Role::Button, button).scroll_to_me();
    window.run_steps(3);
    press(window, button);
}

/// Selects the file that lies at `name` below the folder with a click in the tree.
pub(crate) fn select_file(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_role_and_label(Role::TreeItem, name).click();
    window.run_steps(3);
}

/// The name of the file that is selected.
pub(crate) fn selected_name(window: &Harness<'_, App>) -> String {
    let files = &window.state().state().folder().unwrap().files;
    files.selected().map(|index| files.all()[index].name.clone()).unwrap_or_default()
}

/// Turns to the view whose tab is `name`.
pub(crate) fn show_view(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_role_and_label(Role::Tab, name).click();
    window.run_steps(3);
}

/// Replaces the text of the field `label` and confirms it with Enter.
pub(crate) fn type_into(window: &mut Harness<'_, App>, label: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, label).focus();
    window.run_steps(2);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.get_by_role_and_label(Role::TextInput, label).type_text(text);
    window.run_steps(2);
    window.key_press(egui::Key::Enter);
    window.run_steps(3);
}

/// The text of the field `label`.
pub(crate) fn text_of(window: &Harness<'_, App>, label: &str) -> String {
    let field = window.get_by_role_and_label(Role::TextInput, label);
    field.accesskit_node().value().unwrap_or_default()
}

/// A window that is heard on `output`, and that remembers what is in `storage`.
pub(crate) fn window_heard_on(
    path: &Path,
    output: impl Output + 'static,
    storage: Option<&'static dyn eframe::Storage>,
) -> Harness<'static, App> {
    let start = Start { path: Some(path.to_path_buf()), ..Start::default() };
    Harness::builder().with_size([1280.0, 800.0]).with_max_steps(20).build_eframe(|cc| {
        cc.storage = storage;
        App::with_output(cc, start, None, output)
    })
}

/// What a window remembers, without a file.
#[derive(Default)]
pub(crate) struct MemoryStorage(HashMap<String, String>);

impl eframe::Storage for MemoryStorage {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.into(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}
