//! A name as it is drawn: in reading direction, with control characters to be seen.
//!
//! egui shapes each run of letters of one font and direction, and puts the runs from left to right. So runs are put into
//! the order in which they stand on the line here, while the letters of a word keep theirs: the shaper joins them and sets
//! them from right to left itself. Source: Unicode Standard Annex 9, "Unicode Bidirectional Algorithm".

use std::borrow::Cow;

use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Parts what stands before from what follows, without a width: a run ends there, because it comes from another font.
const RUN_END: char = '\u{200b}';

/// Added to the code of a control character that has no picture in Unicode: a place for private use.
const PRIVATE_START: u32 = 0xF0000;

/// The name or path `text` as it is to be drawn. Line breaks count as control characters.
///
/// The line runs from left to right, as paths do, and the words of Arabic or Hebrew in it from right to left. What a screen
/// reader is told must be `text` itself.
pub fn display_text(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let is_special =
        |sign: char| is_control(sign) || is_free_mark(sign) || is_right_to_left(bidi_class(sign));
    if !text.chars().any(is_special) && is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    let visible: String = text.nfc().map(visible_sign).collect();
    let mut line = Line::default();
    // Each part of a path reads for itself, so that they stay in their order.
    for part in visible.split_inclusive(std::path::is_separator) {
        let bidi = BidiInfo::new(part, Some(Level::ltr()));
        // There is one paragraph at most: what would end it has become visible.
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let is_reversed = levels[run.start].is_rtl();
                if is_reversed { line.push_reversed(&part[run]) } else { line.push(&part[run]) }
            }
        }
    }
    Cow::Owned(line.text)
}

/// True for a sign that a font is not asked for, because it stands for a control character.
pub(super) fn stands_for_control(sign: char) -> bool {
    control_of(sign).is_some()
}

/// The control character that `sign` stands for.
pub(super) fn control_of(sign: char) -> Option<char> {
    let code = match sign as u32 {
        picture @ 0x2400..=0x241F => picture - 0x2400,
        0x2421 => 0x7F,
        private => private.checked_sub(PRIVATE_START)?,
    };
    char::from_u32(code).filter(|&sign| is_control(sign))
}

/// True for a combining mark that belongs to no script and therefore stands on letters whose font lacks it.
pub(super) fn is_free_mark(sign: char) -> bool {
    matches!(
        sign,
        '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// True for what would not be seen and changes the line: control characters, line ends, and overrides of direction, which
/// make a name look like another.
fn is_control(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_right_to_left(class: BidiClass) -> bool {
    matches!(class, BidiClass::R | BidiClass::AL | BidiClass::AN)
}

fn visible_sign(sign: char) -> char {
    let code = sign as u32;
    let picture = match code {
        0..=0x1F => 0x2400 + code,
        0x7F => 0x2421,
        _ if is_control(sign) => PRIVATE_START + code,
        _ => return sign,
    };
    char::from_u32(picture).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A line as it grows from left to right.
#[derive(Default)]
struct Line {
    text: String,
}

impl Line {
    /// Adds a part that runs from left to right.
    fn push(&mut self, part: &str) {
        self.end_run(part);
        for sign in part.chars() {
            if is_free_mark(sign) {
                self.text.push(RUN_END);
            }
            self.text.push(sign);
        }
    }

    /// Adds a part that runs from right to left: its words from the last to the first, each with its letters in their order.
    fn push_reversed(&mut self, part: &str) {
        let mut words: Vec<String> = Vec::new();
        let mut is_in_word = false;
        for sign in part.chars() {
            let class = bidi_class(sign);
            let is_letter = is_right_to_left(class);
            // Marks and joiners belong to what they follow.
            let belongs = matches!(class, BidiClass::NSM | BidiClass::BN);
            match words.last_mut() {
                Some(word) if belongs || is_letter && is_in_word => word.push(sign),
                _ => words.push(mirrored(sign).into()),
            }
            is_in_word = is_letter || belongs && is_in_word;
        }
        for word in words.iter().rev() {
            self.end_run(word);
            self.text.push_str(word);
        }
    }

    /// Ends the run where `next` might otherwise go on in it. Letters in ASCII have a font of their own already.
    fn end_run(&mut self, next: &str) {
        let is_foreign = |sign: Option<char>| sign.is_some_and(|sign| !sign.is_ascii());
        if is_foreign(self.text.chars().next_back()) && is_foreign(next.chars().next()) {
            self.text.push(RUN_END);
        }
    }
}

/// The sign with which a bracket is drawn that opens to the left.
fn mirrored(sign: char) -> char {
    const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];
    PAIRS
        .into_iter()
        .find_map(|(left, right)| match sign {
            _ if sign == left => Some(right),
            _ if sign == right => Some(left),
            _ => None,
        })
        .unwrap_or(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without the places where runs end.
    fn line_of(text: &str) -> String {
        display_text(text).replace(RUN_END, "")
    }

    #[test]
    fn what_reads_from_left_to_right_stays_as_it_is() {
        for name in [
            "kick 01.wav",
            "Übung é.flac",
            "录音.wav",
            "drums/🥁.wav",
            "E♭ minor ♯.wav",
            "ไทย.wav",
            "हिन्दी.wav",
        ] {
            assert!(matches!(display_text(name), Cow::Borrowed(text) if text == name), "{name}");
        }
    }

    #[test]
    fn words_from_right_to_left_are_put_in_reading_direction() {
        // The letters of a word keep their order: the shaper turns them.
        assert_eq!(line_of("שלום עולם.wav"), "עולם שלום.wav");
        assert_eq!(line_of("01 صوت جديد.wav"), "01 جديد صوت.wav");
        // Numbers run from left to right within, and brackets open to where the words come from.
        assert_eq!(line_of("שיר 12 (חי).wav"), "(חי) 12 שיר.wav");
        assert_eq!(line_of("أغنية ٣٤.wav"), "٣٤ أغنية.wav");
        // Each part of a path stays in its place.
        assert_eq!(line_of("צלילים/תוף חד.wav"), "צלילים/חד תוף.wav");
    }

    #[test]
    fn runs_that_read_in_different_directions_are_parted() {
        assert_eq!(display_text("غ٣.wav"), "٣\u{200b}غ.wav");
    }

    #[test]
    fn control_characters_are_seen() {
        assert_eq!(display_text("a\nb\tc\u{7f}.wav"), "a␊b␉c␡.wav");
        for (name, hidden) in
            [("a\u{202e}vaw.exe", '\u{202e}'), ("a\u{85}b", '\u{85}'), ("a\u{2029}b", '\u{2029}')]
        {
            let shown = display_text(name);
            assert!(!shown.contains(hidden), "{name:?}");
            assert!(shown.chars().any(|sign| control_of(sign) == Some(hidden)), "{name:?}");
        }
        assert_eq!(control_of('␊'), Some('\n'));
        assert_eq!(control_of('a'), None);
    }

    #[test]
    fn marks_are_composed_and_stand_alone_where_they_cannot_be() {
        assert_eq!(display_text("e\u{301}.wav"), "é.wav");
        assert_eq!(display_text("x\u{302}.wav"), "x\u{200b}\u{302}.wav");
    }
}
