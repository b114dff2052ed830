//! Two recordings in Tune: one is held below the other, on the same axes and in the same colours, moved and subtracted.

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use melscope::picture::ColorMap;
use melscope::ui::App;
use melscope::ui::theme::Theme;
use melscope::ui::views::tune::TuneView;
use melscope::ui::views::tune::beside::Beside;
use melscope::ui::views::tune::command::TuneCommand;
use melscope::ui::views::tune::model::Tune;

use crate::datasets;
use crate::support::{press, select_file, settle, shows, view_on, wait};

const RATE_HZ: u32 = 48_000;

/// Noise without a period, from -0.9 to 0.9.
fn noise(n: usize) -> f64 {
    let hash = blake3::hash(&(n as u64).to_le_bytes());
    0.9 * (f64::from(hash.as_bytes()[0]) / 127.5 - 1.0)
}

/// A window on a take of three seconds and on its last two seconds, which are two whole chunks.
fn opened() -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let rate = RATE_HZ as usize;
    datasets::write_wav(&folder.path().join("a whole.wav"), RATE_HZ, 3 * rate, noise);
    datasets::write_wav(&folder.path().join("b rest.wav"), RATE_HZ, 2 * rate, |n| noise(n + rate));
    let mut window = view_on("tune", folder.path(), Theme::Dark);
    settle(&mut window);
    (folder, window)
}

fn tune<'a>(window: &'a Harness<'_, App>) -> &'a Tune {
    window.state().view::<TuneView>().unwrap().model()
}

fn beside<'a>(window: &'a Harness<'_, App>) -> &'a Beside {
    tune(window).beside.as_ref().expect("a file is pinned")
}

fn pane(window: &Harness<'_, App>, name: &str) -> Rect {
    window.get_by_role_and_label(Role::Image, &format!("{name}: {}", tune(window).summary())).rect()
}

/// The colours of a pane, from its left to its right at one height, without the lines of the playhead and of chunks.
fn colors(window: &mut Harness<'_, App>, pane: Rect) -> Vec<[u8; 3]> {
    let picture = window.render().unwrap();
    let y = (pane.top() + 0.4 * pane.height()) as u32;
    (pane.left() as u32 + 4..pane.right() as u32 - 4)
        .map(|x| {
            let [red, green, blue, _] = picture.get_pixel(x, y).0;
            [red, green, blue]
        })
        .collect()
}

#[test]
fn a_pinned_file_stands_below_the_next_one_in_the_same_colours() {
    let (_folder, mut window) = opened();
    press(&mut window, "Pin");
    settle(&mut window);
    // The file itself is above and below: every colour is the same.
    let (above, below) = (pane(&window, "Magnitude"), pane(&window, "Magnitude of a whole.wav"));
    assert_eq!((above.left(), above.size()), (below.left(), below.size()));
    let [first, second] = [above, below].map(|pane| colors(&mut window, pane));
    let n_other = first.iter().zip(&second).filter(|(a, b)| a != b).count();
    assert!(n_other * 50 < first.len(), "{n_other} of {} pixels differ", first.len());

    select_file(&mut window, "b rest.wav");
    settle(&mut window);
    assert_eq!(beside(&window).name, "a whole.wav", "the pinned file stays");
    assert!(shows(&window, "Magnitude of a whole.wav"));
    // Another setting is that of both.
    crate::support::type_into(&mut window, "n_mels", "64");
    settle(&mut window);
    let shown = beside(&window).shown.as_ref().unwrap();
    assert_eq!(shown.preview.settings().n_mels, 64);
    press(&mut window, "Unpin");
    assert!(tune(&window).beside.is_none() && !shows(&window, "Magnitude of a whole.wav"));
}

#[test]
fn it_is_aligned_by_correlation_and_then_the_difference_is_nothing() {
    let (_folder, mut window) = opened();
    press(&mut window, "Pin");
    select_file(&mut window, "b rest.wav");
    settle(&mut window);
    press(&mut window, "Align");
    wait(&mut window, "the alignment", |window| beside(window).note.is_some());
    assert!(shows(&window, "Aligned by the sound"));
    // The rest begins with the second second: the whole is to begin one second earlier.
    assert!((beside(&window).shift_s + 1.0).abs() < 1e-9, "{}", beside(&window).shift_s);
    press(&mut window, "Difference");
    settle(&mut window);
    assert!(shows(&window, "Magnitude, upper − lower"));
    let above = pane(&window, "Magnitude, upper − lower");
    let neutral = ColorMap::Diverging.color(0.0);
    let colors = colors(&mut window, above);
    let n_neutral = colors.iter().filter(|color| **color == neutral).count();
    assert!(n_neutral * 20 > colors.len() * 19, "{n_neutral} of {} pixels are neutral", colors.len());
}

#[test]
fn it_is_moved_by_hand() {
    let (_folder, mut window) = opened();
    press(&mut window, "Pin");
    settle(&mut window);
    // By a whole number of pixels, so that each shows the same frames as before.
    let n_pixels = 60.0;
    let shift_s = f64::from(n_pixels / pane(&window, "Magnitude").width()) * tune(&window).span.duration_s();
    window.state_mut().ask_view::<TuneView>(TuneCommand::ShiftPinned(shift_s));
    settle(&mut window);
    let field = window.get_by_role_and_label(Role::SpinButton, "Moved by");
    assert_eq!(field.accesskit_node().numeric_value(), Some(shift_s));
    // What is above is further right below.
    let (above, below) = (pane(&window, "Magnitude"), pane(&window, "Magnitude of a whole.wav"));
    let picture = window.render().unwrap();
    let column = |pane: Rect, x: f32| -> Vec<[u8; 4]> {
        let rows = pane.top() as u32 + 2..pane.bottom() as u32 - 2;
        rows.map(|y| picture.get_pixel((pane.left() + x) as u32, y).0).collect()
    };
    let is_found = |x: f32| column(above, x) == column(below, x + n_pixels);
    let n_found = (1..=20).filter(|step| is_found(3.0 * *step as f32)).count();
    // A line between chunks hides one column or another.
    assert!(n_found >= 18, "{n_found} of 20 columns are found again");
}
