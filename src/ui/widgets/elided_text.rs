//! Names that are too long for their place, shortened in the middle: their beginning and their end tell them apart.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{Color32, FontId, Galley, Ui};
use unicode_normalization::char::is_combining_mark;

const ELLIPSIS: char = '…';

/// Lays out `text` on one line of at most `width` points, shortened in the middle where it is longer. True when it is.
pub(in crate::ui) fn elided(
    ui: &Ui,
    text: &str,
    font: &FontId,
    color: Color32,
    width: f32,
) -> (Arc<Galley>, bool) {
    let mut room = width;
    loop {
        let shortened = ui.fonts_mut(|fonts| middle(text, room, |c| fonts.glyph_width(font, c)));
        let is_shortened = matches!(shortened, Cow::Owned(_));
        let galley = ui.painter().layout_no_wrap(shortened.into_owned(), font.clone(), color);
        // Letters that are joined may be wider than one by one.
        let excess = galley.size().x - width;
        if excess <= 0.5 || room <= 0.0 {
            return (galley, is_shortened);
        }
        room -= excess.max(1.0);
    }
}

/// `text`, or its beginning and its end around an ellipsis where it is wider than `width`. No mark is cut off its letter.
fn middle(text: &str, width: f32, mut width_of: impl FnMut(char) -> f32) -> Cow<'_, str> {
    let widths: Vec<(usize, char, f32)> = text.char_indices().map(|(at, c)| (at, c, width_of(c))).collect();
    if widths.iter().map(|(_, _, width)| width).sum::<f32>() <= width {
        return Cow::Borrowed(text);
    }
    let room = (width - width_of(ELLIPSIS)).max(0.0);
    let mut used = 0.0;
    let mut n_tail = 0;
    for (n, (_, c, width)) in widths.iter().rev().enumerate() {
        used += width;
        if used > room / 2.0 {
            break;
        }
        if !joins(*c) {
            n_tail = n + 1;
        }
    }
    let tail = widths.len() - n_tail;
    let mut used: f32 = widths[tail..].iter().map(|(_, _, width)| width).sum();
    let mut head = 0;
    for (n, (_, _, width)) in widths[..tail].iter().enumerate() {
        used += width;
        if used > room {
            break;
        }
        if !joins(widths[n + 1].1) {
            head = n + 1;
        }
    }
    let at = |n: usize| widths.get(n).map_or(text.len(), |(at, _, _)| *at);
    Cow::Owned(format!("{}{ELLIPSIS}{}", &text[..at(head)], &text[at(tail)..]))
}

/// True for what belongs to the letter before it.
fn joins(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter is ten points wide, a mark nothing.
    fn width_of(c: char) -> f32 {
        if joins(c) { 0.0 } else { 10.0 }
    }

    #[test]
    fn the_beginning_and_the_end_stay() {
        assert_eq!(middle("kick.wav", 80.0, width_of), "kick.wav");
        assert_eq!(middle("long_name_of_a_take_07.wav", 150.0, width_of), "long_na…_07.wav");
        assert_eq!(middle("abc", 10.0, width_of), "…");
        assert_eq!(middle("abc", 0.0, width_of), "…");
    }

    #[test]
    fn a_mark_stays_with_its_letter() {
        // "e" with a combining acute accent, twice.
        let text = "e\u{301}e\u{301}xxxxe\u{301}e\u{301}";
        assert_eq!(middle(text, 30.0, width_of), "e\u{301}…e\u{301}");
        assert_eq!(middle(text, 50.0, width_of), "e\u{301}e\u{301}…e\u{301}e\u{301}");
    }
}
