//! The map of the Audit view: pointed at, clicked, drawn around and gone through by keys, on two kinds of sound.

use std::collections::BTreeSet;
use std::path::Path;

use crate::datasets;
use crate::support::{press, selected_name, settle, show_view, shows, view_on, wait};
use egui::accesskit::Role;
use egui::{Color32, Key, Pos2, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::path_text::RelPath;
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::{Theme, category_color};
use melscope::ui::views::audit::AuditView;
use melscope::ui::views::audit::map::model::MapModel;
use melscope::ui::views::audit::model::Found;

const RATE_HZ: u32 = 16_000;
const N_OF_A_KIND: usize = 8;

/// Low and high tones with partials in a folder each, and silence.
fn write_sounds(root: &Path) {
    for (folder, base_hz) in [("low", 110.0), ("high", 1_900.0)] {
        for number in 0..N_OF_A_KIND as u32 {
            let hz = base_hz * (1.0 + 0.11 * f64::from(number));
            let partials = [1.0, 2.0, 3.0].map(|partial| datasets::tone(hz * partial, RATE_HZ));
            let sound = |n: usize| {
                let fall = (-(n as f64) / (2_000.0 + 900.0 * f64::from(number))).exp();
                let [first, second, third] = [0, 1, 2].map(|partial: usize| partials[partial](n));
                0.3 * fall * (first + 0.1 * f64::from(number) * second + 0.3 * third)
            };
            let path = root.join(folder).join(format!("{number}.wav"));
            datasets::write_wav(&path, RATE_HZ, RATE_HZ as usize, sound);
        }
    }
    datasets::write_wav(&root.join("silence.wav"), RATE_HZ, RATE_HZ as usize, |_| 0.0);
}

/// A window that shows the finished map of the folder.
fn mapped(root: &Path, theme: Theme) -> Harness<'static, App> {
    let mut window = view_on("audit", root, theme);
    settle(&mut window);
    wait(&mut window, "the verdict", |window| {
        window.state().view::<AuditView>().unwrap().model().found.is_some()
    });
    show_view(&mut window, "Map");
    settle(&mut window);
    window
}

fn with_sounds(theme: Theme) -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    write_sounds(folder.path());
    let window = mapped(folder.path(), theme);
    (folder, window)
}

fn found<'a>(window: &'a Harness<'_, App>) -> &'a Found {
    window.state().view::<AuditView>().unwrap().model().found.as_ref().unwrap()
}

fn model<'a>(window: &'a Harness<'_, App>) -> &'a MapModel {
    &window.state().view::<AuditView>().unwrap().model().map
}

/// Where the map is drawn.
fn pane(window: &Harness<'_, App>) -> Rect {
    window.get_by(|node| node.role() == Role::Canvas).rect()
}

/// Every file with a point: its name, and where the point is in the window.
fn points(window: &Harness<'_, App>) -> Vec<(String, Pos2)> {
    let (rect, model) = (pane(window), model(window));
    let points = model.map().unwrap().points.iter().enumerate();
    let placed = points.filter_map(|(row, point)| Some((row, (*point)?)));
    placed
        .map(|(row, point)| {
            (found(window).file(row as u32).0.path.to_string(), model.view.to_pane(rect, point))
        })
        .collect()
}

fn point_of(window: &Harness<'_, App>, name: &str) -> Pos2 {
    points(window).into_iter().find(|(other, _)| other == name).unwrap().1
}

fn click(window: &mut Harness<'_, App>, at: Pos2) {
    window.hover_at(at);
    window.run_steps(2);
    window.drag_at(at);
    window.run_steps(1);
    window.drop_at(at);
    window.run_steps(3);
}

/// Draws a line around `rect`.
fn draw_around(window: &mut Harness<'_, App>, rect: Rect) {
    window.hover_at(rect.left_top());
    window.run_steps(1);
    window.drag_at(rect.left_top());
    for at in [rect.right_top(), rect.right_bottom(), rect.left_bottom()] {
        window.hover_at(at);
        window.run_steps(2);
    }
    window.drop_at(rect.left_bottom());
    window.run_steps(3);
}

fn excluded(root: &Path) -> Vec<RelPath> {
    Settings::load(&root.join(FILE_NAME)).unwrap().unwrap_or_default().exclude
}

#[test]
fn a_point_says_its_name_and_a_click_selects_it() {
    let (_folder, mut window) = with_sounds(Theme::Dark);
    assert_eq!(points(&window).len(), 2 * N_OF_A_KIND);
    assert!(shows(&window, "1 file is not on the map"));
    let at = point_of(&window, "high/3.wav");
    window.hover_at(at);
    window.run_steps(3);
    assert!(shows(&window, "high/3.wav"));
    click(&mut window, at);
    assert_eq!(selected_name(&window), "high/3.wav");
    assert!(shows(&window, "selected: high/3.wav"));
}

#[test]
fn points_have_the_colours_of_their_folders_in_both_themes() {
    for theme in [Theme::Dark, Theme::Light] {
        let (_folder, mut window) = with_sounds(theme);
        // The pointer and the selection are elsewhere.
        window.hover_at(pos2(2.0, 2.0));
        window.run_steps(3);
        let picture = window.render().unwrap();
        let selected = selected_name(&window);
        for (name, at) in points(&window).into_iter().filter(|(name, _)| *name != selected) {
            let pixel = picture.get_pixel(at.x as u32, at.y as u32).0;
            // As many files in each: the first by name has the first colour.
            let wanted = category_color(usize::from(name.starts_with("low")), theme == Theme::Dark);
            let [red, green, blue, _] = pixel;
            assert_eq!(Color32::from_rgb(red, green, blue), wanted, "{name} at {at:?}");
        }
    }
}

#[test]
fn a_line_selects_exactly_what_is_inside_and_it_is_left_out_and_taken_back() {
    let (folder, mut window) = with_sounds(Theme::Dark);
    let low: Vec<Pos2> =
        points(&window).into_iter().filter(|(name, _)| name.starts_with("low")).map(|(_, at)| at).collect();
    let around = Rect::from_points(&low).expand(6.0).intersect(pane(&window).shrink(1.0));
    let inside: BTreeSet<String> =
        points(&window).into_iter().filter(|(_, at)| around.contains(*at)).map(|(name, _)| name).collect();
    draw_around(&mut window, around);
    let chosen: BTreeSet<String> =
        model(&window).chosen.iter().map(|row| found(&window).file(*row).0.path.to_string()).collect();
    assert_eq!(chosen, inside);
    assert!(chosen.len() >= N_OF_A_KIND);

    press(&mut window, &format!("Exclude the selected {} files", chosen.len()));
    settle(&mut window);
    let names: BTreeSet<String> = excluded(folder.path()).iter().map(ToString::to_string).collect();
    assert_eq!(names, chosen);
    press(&mut window, "Undo");
    settle(&mut window);
    assert!(excluded(folder.path()).is_empty());

    press(&mut window, "Show in table");
    assert_eq!(found(&window).shown().len(), chosen.len());
    press(&mut window, &format!("{} from the map ×", chosen.len()));
    assert_eq!(found(&window).shown().len(), 2 * N_OF_A_KIND + 1);
}

#[test]
fn a_file_that_is_left_out_is_a_ring() {
    let (folder, window) = with_sounds(Theme::Dark);
    let at = point_of(&window, "low/2.wav");
    drop(window);
    let settings = Settings { exclude: vec![RelPath::new("low/2.wav")], ..Settings::default() };
    settings.save(&folder.path().join(FILE_NAME)).unwrap();
    let mut window = mapped(folder.path(), Theme::Dark);
    window.hover_at(pos2(2.0, 2.0));
    window.run_steps(3);
    let moved = point_of(&window, "low/2.wav");
    assert!((moved - at).length() < 40.0, "the map is nearly the same without it: {at:?} {moved:?}");
    let picture = window.render().unwrap();
    let pixel = picture.get_pixel(moved.x as u32, moved.y as u32).0;
    let colour = category_color(1, true);
    assert_ne!([pixel[0], pixel[1], pixel[2]], [colour.r(), colour.g(), colour.b()], "its middle is empty");
}

#[test]
fn what_sounds_alike_is_listed_and_a_click_selects_and_plays_it() {
    let (_folder, mut window) = with_sounds(Theme::Light);
    let at = point_of(&window, "low/4.wav");
    click(&mut window, at);
    assert_eq!(selected_name(&window), "low/4.wav");
    let names: Vec<String> = window
        .get_all_by(|node| {
            node.role() == Role::Button
                && node.label().is_some_and(|label| label.ends_with(", which sounds alike"))
        })
        .map(|node| node.accesskit_node().label().unwrap())
        .collect();
    assert!(names.len() >= N_OF_A_KIND - 1, "{names:?}");
    assert!(names[..3].iter().all(|name| name.starts_with("Play low/")), "{names:?}");
    press(&mut window, &names[0]);
    assert_eq!(format!("Play {}, which sounds alike", selected_name(&window)), names[0]);
    let selection = window.state().state().listen.selection_s.clone().unwrap();
    assert!(selection.start < 0.1 && selection.end > 0.9, "{selection:?}");
}

#[test]
fn resting_on_a_point_plays_it_where_that_is_wanted() {
    let (_folder, mut window) = with_sounds(Theme::Dark);
    let at = point_of(&window, "high/5.wav");
    window.hover_at(at);
    window.run_steps(60);
    assert_ne!(selected_name(&window), "high/5.wav", "nobody asked for it");
    window.get_by_role_and_label(Role::CheckBox, "Play on hover").click();
    window.run_steps(3);
    window.hover_at(at);
    window.run_steps(60);
    assert_eq!(selected_name(&window), "high/5.wav");
    assert!(window.state().state().listen.selection_s.is_some());
}

#[test]
fn arrows_go_to_the_nearest_point_on_their_side_and_the_wheel_zooms() {
    let (_folder, mut window) = with_sounds(Theme::Dark);
    let middle = points(&window).into_iter().min_by(|a, b| {
        let from = |at: Pos2| (at - pane(&window).center()).length();
        from(a.1).total_cmp(&from(b.1))
    });
    let (name, at) = middle.unwrap();
    click(&mut window, at);
    let start = selected_name(&window);
    assert!((point_of(&window, &start) - point_of(&window, &name)).length() < 9.0);
    for (key, towards) in [(Key::ArrowRight, vec2(1.0, 0.0)), (Key::ArrowDown, vec2(0.0, 1.0))] {
        let from = point_of(&window, &selected_name(&window));
        let has_next = points(&window).iter().any(|(_, at)| {
            let offset = *at - from;
            let along = offset.dot(towards);
            along > 0.5 && (offset - along * towards).length() <= along
        });
        window.key_press(key);
        window.run_steps(3);
        let moved = point_of(&window, &selected_name(&window)) - from;
        assert_eq!(moved.dot(towards) > 0.0, has_next, "{key:?} moved by {moved:?}");
    }
    let before = model(&window).view;
    window.hover_at(at);
    window.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    window.run_steps(20);
    assert!(model(&window).view.zoom() > before.zoom());
    press(&mut window, "Show the whole map");
    assert_eq!(model(&window).view, melscope::ui::views::audit::map::view::MapView::default());
}

#[test]
fn two_files_have_no_map() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..2_u32 {
        let tone = datasets::tone(220.0 * f64::from(number + 1), RATE_HZ);
        datasets::write_wav(&folder.path().join(format!("{number}.wav")), RATE_HZ, RATE_HZ as usize, tone);
    }
    let window = mapped(folder.path(), Theme::Light);
    assert!(shows(&window, "There is no map: it needs at least 3 files"));
}

#[test]
fn colours_follow_what_is_left_out() {
    let (folder, mut window) = with_sounds(Theme::Dark);
    press(&mut window, "Gravest finding");
    let legend = |window: &Harness<'_, App>| {
        let report = found(window).report().clone();
        let n_clean = report.findings_by_file().iter().filter(|findings| findings.is_empty()).count();
        (n_clean, shows(window, &format!("nothing found ({n_clean})")))
    };
    let before = legend(&window);
    assert!(before.0 == 0 || before.1, "{before:?}");
    window.state_mut().ask(Command::IncludeFolder { folder: RelPath::new("low"), is_included: false });
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(excluded(folder.path()), [RelPath::new("low")]);
    let after = legend(&window);
    assert!(after.0 == 0 || after.1, "{after:?}");
    assert_ne!(after.0, before.0, "the set is another without them");
}
