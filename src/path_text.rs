//! Paths as text: in JSON, in CSV and as the name of a source that is the same on every machine.
//!
//! JSON holds text and a Unix file name is bytes. A byte that is not UTF-8 becomes the lone surrogate `\udcXX`,
//! as in Python's `surrogateescape` (PEP 383), so that such a path goes through JSON and back unchanged.

use std::fmt::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;
use unicode_normalization::UnicodeNormalization;

/// A path relative to the dataset's root: components joined with `/`, each in Unicode's composed form (NFC).
///
/// It names a source the same way on every system: macOS stores decomposed names, Windows joins with `\`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Vec<u8>);

impl RelPath {
    /// The name of `path`, which must be relative. `.` components are dropped, `..` ones kept.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let mut joined = Vec::new();
        for component in path.as_ref().components() {
            let name = match component {
                Component::Normal(name) => name,
                Component::ParentDir => "..".as_ref(),
                Component::Prefix(_) | Component::RootDir | Component::CurDir => continue,
            };
            if !joined.is_empty() {
                joined.push(b'/');
            }
            match name.to_str() {
                Some(text) => joined.extend(text.nfc().collect::<String>().bytes()),
                None => joined.extend_from_slice(name.as_encoded_bytes()),
            }
        }
        Self(joined)
    }

    /// The path whose [`as_bytes`](Self::as_bytes) were stored.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The bytes of the path, usually UTF-8: what seeds and hashes are derived from.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The names along the path: its folders, the outermost first, and at last its own.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/')
    }

    /// The folders that this path lies in, the outermost first, and at last the path itself.
    pub fn prefixes(&self) -> impl Iterator<Item = Self> {
        self.prefix_bytes().map(Self::from_bytes)
    }

    /// The bytes of each of [`prefixes`](Self::prefixes), which takes no memory.
    pub fn prefix_bytes(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.0.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        ends.chain([self.0.len()]).map(|end| &self.0[..end])
    }

    /// The folder that this path lies in; `None` for what lies in the root.
    pub fn parent(&self) -> Option<Self> {
        let end = self.0.iter().rposition(|byte| *byte == b'/')?;
        Some(Self(self.0[..end].to_vec()))
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

impl Serialize for RelPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_bytes(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor).map(Self)
    }
}

/// An absolute or relative [`PathBuf`] in JSON, through `#[serde(with = "path_text::json")]`.
pub mod json {
    use super::{Deserializer, Path, PathBuf, Serializer, TextVisitor, path_from_bytes, serialize_bytes};

    /// Writes the path as a JSON string; bytes that are not UTF-8 as `\udcXX`.
    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_bytes(path.as_os_str().as_encoded_bytes(), serializer)
    }

    /// Reads what [`serialize`] and Python's `json` write.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        deserializer.deserialize_bytes(TextVisitor).map(path_from_bytes)
    }
}

/// The path whose encoded bytes are given.
#[cfg(unix)]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// The path whose encoded bytes are given.
#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn serialize_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return serializer.serialize_str(text);
    }
    // A Rust string cannot hold a lone surrogate, so the JSON text itself is put together here.
    let mut text = String::from("\"");
    for part in bytes.utf8_chunks() {
        let quoted = serde_json::to_string(part.valid()).map_err(S::Error::custom)?;
        text.push_str(&quoted[1..quoted.len() - 1]);
        for byte in part.invalid() {
            write!(text, "\\udc{byte:02x}").map_err(S::Error::custom)?;
        }
    }
    text.push('"');
    RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path as a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }

    /// `serde_json` hands a lone surrogate over in its three-byte form (WTF-8): `\udcXX` is `ED B2..B3 80..BF`.
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        let mut path = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            let n_read = if let [0xED, high @ 0xB2..=0xB3, low @ 0x80..=0xBF, ..] = rest {
                path.push(((high & 0b11) << 6) | (low & 0b11_1111));
                3
            } else {
                path.push(first);
                1
            };
            rest = &rest[n_read..];
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_names_are_slash_joined_and_composed() {
        assert_eq!(RelPath::new("sub/./u\u{308}ber.wav").as_bytes(), "sub/über.wav".as_bytes());
        let prefixes: Vec<_> = RelPath::new("a/bc/d.wav").prefixes().collect();
        assert_eq!(prefixes, ["a", "a/bc", "a/bc/d.wav"].map(RelPath::new));
        let deep = RelPath::new("a/bc/d.wav");
        assert_eq!(deep.components().collect::<Vec<_>>(), [&b"a"[..], b"bc", b"d.wav"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_survives_json_in_pythons_form() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"k\xe9ck \"\xff\xc3\xa9.wav".to_vec()));
        let text = serde_json::to_string(&RelPath::new(&path)).unwrap();
        // What CPython prints for json.dumps(os.fsdecode(b'k\xe9ck "\xff\xc3\xa9.wav'), ensure_ascii=False).
        assert_eq!(text, "\"k\\udce9ck \\\"\\udcff\u{e9}.wav\"");
        assert_eq!(serde_json::from_str::<RelPath>(&text).unwrap(), RelPath::new(&path));
        let ascii = "\"k\\udce9ck \\\"\\udcff\\u00e9.wav\"";
        let mut reader = serde_json::Deserializer::from_str(ascii);
        assert_eq!(json::deserialize(&mut reader).unwrap(), path);
    }
}
