//! The contrast of every colour of text and of every sign, computed from the theme's own colours.

use egui::{Color32, Context, TextStyle, Visuals};

use super::{
    N_CATEGORIES, N_STEPS, SMALLEST_TEXT, Tone, category_color, install, playhead_color, playhead_edge_color,
    step_color, visuals,
};
use crate::picture::{ColorMap, colormap::MASKED};

const TONES: [Tone; 4] = [Tone::Good, Tone::Warning, Tone::Bad, Tone::Weak];

/// The luminance of a colour, from 0 to 1: WCAG 2.2, "relative luminance".
fn luminance(color: Color32) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// The contrast of two colours, from 1 to 21: WCAG 2.2, "contrast ratio".
fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn themes() -> [(&'static str, Visuals); 2] {
    [("dark", visuals::dark()), ("light", visuals::light())]
}

/// Where text stands that does not react to the pointer: panels, windows, fields, and rows of tables.
fn grounds(visuals: &Visuals) -> [(&'static str, Color32); 6] {
    [
        ("panel", visuals.panel_fill),
        ("window", visuals.window_fill),
        ("field", visuals.text_edit_bg_color()),
        ("picture's surroundings", visuals.extreme_bg_color),
        ("striped row", visuals.panel_fill.blend(visuals.faint_bg_color)),
        ("code", visuals.code_bg_color),
    ]
}

fn assert_contrast(least: f64, theme: &str, what: &str, color: Color32, place: &str, ground: Color32) {
    let found = contrast(color, ground);
    assert!(found >= least, "{theme}: {what} {color:?} on {place} {ground:?} has a contrast of {found:.2}");
}

#[test]
fn contrast_is_that_of_the_guidelines() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    // #767676 is the lightest grey that passes on white, as WCAG's techniques say.
    assert!(contrast(Color32::from_gray(0x76), Color32::WHITE) >= 4.5);
    assert!(contrast(Color32::from_gray(0x77), Color32::WHITE) < 4.5);
}

#[test]
fn text_is_read_on_everything_it_stands_on() {
    for (theme, visuals) in themes() {
        let mut texts = vec![
            ("text", visuals.text_color()),
            ("strong text", visuals.strong_text_color()),
            ("weak text", visuals.weak_text_color()),
            ("a link", visuals.hyperlink_color),
            ("a warning", visuals.warn_fg_color),
            ("an error", visuals.error_fg_color),
        ];
        texts.extend(TONES.map(|tone| ("a tone", tone.color_in(visuals.dark_mode))));
        for (what, color) in texts {
            for (place, ground) in grounds(&visuals) {
                assert_contrast(4.5, theme, what, color, place, ground);
            }
            // Rows of a table under the pointer.
            assert_contrast(4.5, theme, what, color, "hovered row", visuals.widgets.hovered.bg_fill);
        }
        let widgets = visuals.widgets;
        let states = [
            ("a resting control", widgets.inactive),
            ("a control under the pointer", widgets.hovered),
            ("a pressed control", widgets.active),
            ("an open control", widgets.open),
        ];
        for (what, state) in states {
            for ground in [state.bg_fill, state.weak_bg_fill] {
                assert_contrast(4.5, theme, what, state.fg_stroke.color, "itself", ground);
            }
            // Controls without a frame, such as the names in a list.
            assert_contrast(4.5, theme, what, state.fg_stroke.color, "a panel", visuals.panel_fill);
        }
        let selection = visuals.selection;
        assert_contrast(4.5, theme, "text", selection.stroke.color, "selection", selection.bg_fill);
    }
}

#[test]
fn signs_and_edges_are_told_from_what_surrounds_them() {
    for (theme, visuals) in themes() {
        for (place, ground) in [("panel", visuals.panel_fill), ("field", visuals.text_edit_bg_color())] {
            let widgets = &visuals.widgets;
            for (what, color) in [
                ("the selection", visuals.selection.bg_fill),
                ("the edge of what has the focus", visuals.selection.stroke.color),
                ("the edge of a control", widgets.inactive.bg_stroke.color),
                ("the edge of a control under the pointer", widgets.hovered.bg_stroke.color),
                ("the edge of a pressed control", widgets.active.bg_stroke.color),
                ("the edge of an open control", widgets.open.bg_stroke.color),
            ] {
                assert_contrast(3.0, theme, what, color, place, ground);
            }
        }
    }
}

#[test]
fn the_playhead_or_its_edge_is_seen_on_every_colour_of_a_picture() {
    let maps = [ColorMap::Magma, ColorMap::Diverging, ColorMap::Cyclic];
    let colors = maps.into_iter().flat_map(|map| map.table(256)).chain(MASKED);
    for [red, green, blue] in colors {
        let ground = Color32::from_rgb(red, green, blue);
        let best = contrast(playhead_color(), ground).max(contrast(playhead_edge_color(), ground));
        assert!(best >= 3.0, "on {ground:?} the playhead has a contrast of {best:.2}");
    }
    assert!(contrast(playhead_color(), playhead_edge_color()) >= 3.0);
}

#[test]
fn no_letters_are_smaller_than_the_smallest() {
    let ctx = Context::default();
    install(&ctx);
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        let style = ctx.style_of(theme);
        for text_style in
            [TextStyle::Small, TextStyle::Body, TextStyle::Button, TextStyle::Monospace, TextStyle::Heading]
        {
            let size = text_style.resolve(&style).size;
            assert!(size >= SMALLEST_TEXT, "{text_style:?} has {size} points");
        }
    }
}

#[test]
fn points_are_told_from_their_ground() {
    for (theme, visuals) in themes() {
        let groups = (0..N_CATEGORIES).map(|number| category_color(number, visuals.dark_mode));
        let steps = (0..N_STEPS).map(|number| step_color(number, visuals.dark_mode));
        for color in groups.chain(steps) {
            assert_contrast(3.0, theme, "a point", color, "its ground", visuals.extreme_bg_color);
        }
    }
}
