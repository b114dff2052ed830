//! Names of files in every script: each letter is drawn, in reading direction, and what cannot be drawn shows its code.

use std::path::Path;

use egui::accesskit::Role;
use egui::{FontId, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use image::RgbaImage;
use melscope::ui::App;
use melscope::ui::fonts::display_text;
use melscope::ui::theme::Theme;

use crate::datasets;
use crate::support::{settle, show_view, view_on};

/// Chinese, Japanese with Korean, Hindi, Arabic, Hebrew, Thai, emoji, and signs of music with a mark that no letter has.
const NAMES: [&str; 8] = [
    "古琴录音 01.wav",
    "尺八と가야금.wav",
    "तबला और सितार.wav",
    "عود ونای ٣.wav",
    "צלילי כינור 2.wav",
    "เสียงระนาด.wav",
    "🎵 solo 🎸.wav",
    "E♭ minor ♯ x\u{302}.wav",
];

fn folder_of(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        datasets::write_wav(&folder.path().join(name), 8_000, 8_000, datasets::tone(440.0, 8_000));
    }
    folder
}

fn window_of(root: &Path) -> Harness<'static, App> {
    let mut window = view_on("tune", root, Theme::Dark);
    settle(&mut window);
    window.run_steps(3);
    settle(&mut window);
    window
}

/// The row of the list with this name.
fn row_of(window: &Harness<'_, App>, name: &str) -> Rect {
    window.get_by_role_and_label(Role::TreeItem, name).rect()
}

/// Each letter of `name` as it is drawn, with its left and right end within the line.
fn letters_of(window: &Harness<'_, App>, name: &str) -> Vec<(char, f32, f32)> {
    let text = display_text(name).into_owned();
    let galley = window
        .ctx
        .fonts_mut(|fonts| fonts.layout_no_wrap(text, FontId::proportional(13.0), egui::Color32::WHITE));
    assert_eq!(galley.rows.len(), 1, "{name:?} is one line");
    let glyphs = &galley.rows[0].row.glyphs;
    glyphs.iter().map(|glyph| (glyph.chr, glyph.pos.x, glyph.pos.x + glyph.advance_width)).collect()
}

/// Pixels of `rect` that have another colour than its first.
fn n_inked(picture: &RgbaImage, rect: Rect) -> usize {
    let columns = rect.left().floor() as u32..=rect.right().ceil() as u32;
    let rows = rect.top() as u32 + 2..rect.bottom() as u32 - 2;
    let ground = picture.get_pixel(*columns.start(), rows.start);
    let pixels = columns.flat_map(|x| rows.clone().map(move |y| picture.get_pixel(x, y)));
    pixels.filter(|pixel| *pixel != ground).count()
}

/// Where the name in a row begins: behind the sign of its state.
fn text_left(window: &Harness<'_, App>, name: &str) -> f32 {
    let is_sign = |label: &str| label.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
    let signs = window.root().children_recursive().filter(|node| {
        let node = node.accesskit_node();
        node.role() == Role::Label && node.value().is_some_and(|value| is_sign(&value))
    });
    signs.map(|node| node.rect().right()).next().unwrap() + 2.0
}

#[test]
fn names_in_every_script_are_drawn_without_a_replacement_box() {
    let folder = folder_of(&NAMES);
    let mut window = window_of(folder.path());
    let picture = window.render().unwrap();
    for name in NAMES {
        for sign in display_text(name).chars() {
            let has_glyph = window.ctx.fonts_mut(|fonts| fonts.has_glyph(&FontId::proportional(13.0), sign));
            assert!(has_glyph, "{name}: no font has {sign:?}; are the fonts of the Makefile installed?");
        }
        let row = row_of(&window, name);
        let left = text_left(&window, name);
        for (sign, from, to) in letters_of(&window, name) {
            // Marks stand on other letters, and joiners have no width.
            if sign.is_whitespace() || sign.is_ascii() || to - from < 3.0 {
                continue;
            }
            let letter = Rect::from_x_y_ranges(left + from..=left + to, row.y_range());
            assert!(n_inked(&picture, letter) > 4, "{name}: nothing is drawn for {sign:?}");
        }
    }
}

#[test]
fn words_from_right_to_left_are_read_from_the_right() {
    let folder = folder_of(&["קול דגש.wav", "عود نای.wav"]);
    let window = window_of(folder.path());
    for (name, first, second) in [("קול דגש.wav", "קול", "דגש"), ("عود نای.wav", "عود", "نای")]
    {
        let letters = letters_of(&window, name);
        let left_of = |sign: char| letters.iter().find(|letter| letter.0 == sign).unwrap().1;
        let lefts = |word: &str| word.chars().map(left_of).collect::<Vec<_>>();
        // No letter occurs twice.
        for word in [first, second] {
            let places = lefts(word);
            assert!(places.is_sorted_by(|a, b| a > b), "{word}: {places:?}");
        }
        assert!(lefts(first)[0] > lefts(second)[0], "{name}: the first word stands to the right");
        assert!(left_of('w') > lefts(first)[0], "{name}: the ending follows on the right");
    }
    // Letters that join are other than those that stand alone.
    let one = letters_of(&window, "ع")[0];
    let three = letters_of(&window, "ععع");
    let joined = three.iter().map(|letter| letter.2).fold(0.0, f32::max);
    assert!((joined - 3.0 * (one.2 - one.1)).abs() > 2.0, "the letters of a word join");
}

#[test]
fn control_characters_and_signs_without_a_font_show_their_codes() {
    let names = ["line\nbreak.wav", "tab\there.wav", "back\u{202e}vaw.ext.wav", "nobody has \u{10fffd}.wav"];
    let folder = folder_of(&names);
    let mut window = window_of(folder.path());
    let picture = window.render().unwrap();
    for name in names {
        // A screen reader is told the name as it is.
        let row = row_of(&window, name);
        let left = text_left(&window, name);
        let strange = letters_of(&window, name).into_iter().find(|letter| !letter.0.is_ascii());
        let (sign, from, to) = strange.unwrap_or_else(|| panic!("{name:?} looks like another name"));
        let code = Rect::from_x_y_ranges(left + from..=left + to, row.y_range());
        assert!(
            to - from > 8.0 && n_inked(&picture, code) > 20,
            "{name:?}: the code of {sign:?} is not drawn"
        );
    }
    let wanted = window.state().foreign_signs();
    assert!(wanted.contains(&'\u{10fffd}') && !wanted.contains(&'␊'), "{wanted:?}");
}

#[test]
fn the_window_itself_needs_no_font_of_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let mut window = window_of(&root);
    for view in ["Augment", "Audit", "Build", "Tune"] {
        show_view(&mut window, view);
        settle(&mut window);
        window.hover_at(pos2(640.0, 400.0));
        window.run_steps(3);
    }
    assert_eq!(window.state().foreign_signs(), std::collections::BTreeSet::new());
}
