//! Chunks of a recording that a person names: "drums/kick.wav#3", or several in a row, "drums/kick.wav#3-17".

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::path_text::RelPath;

/// Chunks in a row of one recording, by their numbers.
///
/// As text it is the path, `#`, and the number from 0 or the first and the last with `-` between them. A path may have
/// any number of `#` itself: the last one counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkRange {
    /// The recording's place in the dataset.
    pub source: RelPath,
    /// The number of the first chunk.
    pub first: u32,
    /// The number of the last chunk, not below the first.
    pub last: u32,
}

impl ChunkRange {
    /// The chunks that a text names; `None` for a text of another form.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (path, first, last) = split(text)?;
        (!path.is_empty()).then(|| Self { source: RelPath::from_bytes(path), first, last })
    }

    /// True for the chunk with this number.
    pub fn contains(&self, chunk: u32) -> bool {
        (self.first..=self.last).contains(&chunk)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.source.as_bytes().to_vec();
        bytes.extend_from_slice(self.numbers().as_bytes());
        bytes
    }

    /// The text after the path: "#3" or "#3-17".
    pub fn numbers(&self) -> String {
        if self.first == self.last {
            format!("#{}", self.first)
        } else {
            format!("#{}-{}", self.first, self.last)
        }
    }
}

/// The path, the first number and the last.
pub fn split(text: &[u8]) -> Option<(&[u8], u32, u32)> {
    let sharp = text.iter().rposition(|byte| *byte == b'#')?;
    let numbers = std::str::from_utf8(&text[sharp + 1..]).ok()?;
    // A sign is no part of a number here.
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (first, last) = match numbers.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(numbers)?, number(numbers)?),
    };
    (first <= last).then_some((&text[..sharp], first, last))
}

impl fmt::Display for ChunkRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.source, self.numbers())
    }
}

impl Serialize for ChunkRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Bytes of a path that are no text are written as those of any path.
        RelPath::from_bytes(&self.to_bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ChunkRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = RelPath::deserialize(deserializer)?;
        Self::parse(text.as_bytes()).ok_or_else(|| D::Error::custom("a path, # and the number of a chunk"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sharp_of_a_text_separates_path_and_numbers() {
        let parsed = |text: &str| ChunkRange::parse(text.as_bytes());
        let range = |path: &str, first, last| Some(ChunkRange { source: RelPath::new(path), first, last });
        assert_eq!(parsed("drums/kick.wav#3"), range("drums/kick.wav", 3, 3));
        assert_eq!(parsed("C#4 #1.wav#0-17"), range("C#4 #1.wav", 0, 17));
        assert_eq!(parsed("7#7"), range("7", 7, 7));
        for text in [
            "kick.wav",
            "kick.wav#",
            "#3",
            "a#-1",
            "a#+1",
            "a#3-",
            "a#4-3",
            "a#3-4-5",
            "a#1 ",
            "a#4294967296",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(parsed("a#3-3").unwrap().to_string(), "a#3");
    }

    #[test]
    fn chunks_of_a_file_of_any_name_go_through_json_unchanged() {
        for path in [&b"a \"b\".wav"[..], b"k\xe9ck#2.wav", "ü#\n.wav".as_bytes()] {
            let range = ChunkRange { source: RelPath::from_bytes(path), first: 2, last: 40 };
            let text = serde_json::to_string(&range).unwrap();
            assert_eq!(serde_json::from_str::<ChunkRange>(&text).unwrap(), range, "{text}");
        }
    }
}
