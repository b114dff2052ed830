//! Tags: what people and programs wrote into a recording about it.

use serde::{Deserialize, Serialize};

/// Characters of a value that are kept.
const CHARACTERS_MAX: usize = 1_000;

/// The fastest and slowest tempo that is one, in beats per minute.
const TEMPI_BPM: std::ops::RangeInclusive<f32> = 1.0..=1_000.0;

/// The tags of a recording that matter to a dataset. Values are one line of text each, without control characters and of
/// at most 1000 characters; where a file has several of one kind, the first counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tags {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    /// Artist, author or performer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<Box<str>>,
    /// Comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<Box<str>>,
    /// Copyright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<Box<str>>,
    /// The licence, in words or as an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<Box<str>>,
    /// Description: that of the `bext` chunk of a broadcast wave file (EBU Tech 3285), or of a format that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// The originator of a broadcast wave file: a recorder or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originator: Option<Box<str>>,
    /// The date of the recording, as it is written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Box<str>>,
    /// The musical key, as it is written there: `Am`, `F#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<str>>,
    /// Tempo in beats per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tempo_bpm: Option<f32>,
    /// The time reference of a broadcast wave file: samples since midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_reference: Option<u64>,
}

impl Tags {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The tags that are text, by their names in reports, in the order of reports.
    pub fn texts(&self) -> [(&'static str, Option<&str>); 9] {
        [
            ("title", self.title.as_deref()),
            ("artist", self.artist.as_deref()),
            ("comment", self.comment.as_deref()),
            ("copyright", self.copyright.as_deref()),
            ("licence", self.licence.as_deref()),
            ("description", self.description.as_deref()),
            ("originator", self.originator.as_deref()),
            ("date", self.date.as_deref()),
            ("key", self.key.as_deref()),
        ]
    }

    /// Notes a text, unless there is one already or it is empty.
    pub(super) fn note(&mut self, tag: Tag, text: &str) {
        let place = match tag {
            Tag::Title => &mut self.title,
            Tag::Artist => &mut self.artist,
            Tag::Comment => &mut self.comment,
            Tag::Copyright => &mut self.copyright,
            Tag::Licence => &mut self.licence,
            Tag::Description => &mut self.description,
            Tag::Originator => &mut self.originator,
            Tag::Date => &mut self.date,
            Tag::Key => &mut self.key,
            Tag::Tempo => {
                if let Ok(bpm) = text.trim_matches(|sign: char| sign == '\0' || sign.is_whitespace()).parse()
                {
                    self.note_tempo(bpm);
                }
                return;
            }
        };
        if place.is_none() {
            *place = one_line(text);
        }
    }

    /// Notes a tempo, unless there is one already or it is none.
    pub(super) fn note_tempo(&mut self, bpm: f32) {
        if self.tempo_bpm.is_none() && TEMPI_BPM.contains(&bpm) {
            self.tempo_bpm = Some(bpm);
        }
    }
}

/// The kinds of tags that containers hold as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Title,
    Artist,
    Comment,
    Copyright,
    Licence,
    Description,
    Originator,
    Date,
    Key,
    Tempo,
}

/// The text as one line: ends of lines become spaces, and signs that are no text, or turn the direction of writing around,
/// become a replacement character. `None` where nothing is left.
fn one_line(text: &str) -> Option<Box<str>> {
    let is_blank = |sign: char| sign.is_whitespace() || sign == '\0';
    let text = text.trim_matches(is_blank);
    let visible = |sign: char| match sign {
        sign if sign.is_whitespace() => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        sign if sign.is_control() => char::REPLACEMENT_CHARACTER,
        sign => sign,
    };
    let line: String = text.chars().take(CHARACTERS_MAX).map(visible).collect();
    (!line.is_empty()).then(|| line.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_of_text_of_bounded_length() {
        let mut tags = Tags::default();
        tags.note(Tag::Title, "\0 \n");
        assert!(tags.is_empty());
        tags.note(Tag::Title, " two\r\nlines\u{1b}[31m\u{202e} \0\0");
        tags.note(Tag::Title, "another");
        assert_eq!(tags.title.as_deref(), Some("two  lines\u{fffd}[31m\u{fffd}"));
        tags.note(Tag::Comment, &"ü".repeat(5_000));
        assert_eq!(tags.comment.unwrap().chars().count(), CHARACTERS_MAX);
    }

    #[test]
    fn a_tempo_is_a_number_that_is_one() {
        let tempo = |text: &str| {
            let mut tags = Tags::default();
            tags.note(Tag::Tempo, text);
            tags.tempo_bpm
        };
        assert_eq!([tempo("120\0"), tempo(" 97.5 ")], [Some(120.0), Some(97.5)]);
        assert_eq!([tempo("0"), tempo("NaN"), tempo("inf"), tempo("fast")], [None; 4]);
    }
}
