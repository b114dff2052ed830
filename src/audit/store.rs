//! The memory of audits: measurements by content, and comparisons of pairs.
//!
//! One JSON object a line: the header, then one line for each file and each comparison. Reading and writing go line by
//! line, so that a hundred thousand files take no more memory than their measurements.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::chunking::Chunking;
use super::hash_text;
use super::measure::Measured;
use crate::path_text::RelPath;

/// The version of the measurements: one that is measured otherwise is another.
const VERSION: u32 = 9;

/// A file that was measured, as it was then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the dataset.
    pub path: RelPath,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in ns since 1970.
    pub mtime_ns: i64,
    /// BLAKE3 of the file's bytes.
    #[serde(with = "hash_text")]
    pub content: blake3::Hash,
    /// The measurements, or why it cannot be read.
    pub outcome: Result<Measured, String>,
}

/// An [`Entry`] whose parts are elsewhere.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EntryRef<'a> {
    /// Its place in the dataset.
    pub path: &'a RelPath,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in ns since 1970.
    pub mtime_ns: i64,
    /// BLAKE3 of the file's bytes.
    #[serde(serialize_with = "hash_text::serialize")]
    pub content: blake3::Hash,
    /// The measurements, or why it cannot be read.
    pub outcome: &'a Result<Measured, String>,
}

/// A pair of sounds, in whichever order: half a BLAKE3 of the hashes of both, the smaller first.
///
/// As many pairs as a set of a hundred thousand files may have are remembered, so that their keys are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairKey(u128);

impl PairKey {
    /// The pair of two sounds.
    pub fn of(a: blake3::Hash, b: blake3::Hash) -> Self {
        let (a, b) = (*a.as_bytes(), *b.as_bytes());
        let both = blake3::hash(&[a.min(b), a.max(b)].concat());
        let (half, _) = both.as_bytes().split_first_chunk().expect("a BLAKE3 has 32 bytes");
        Self(u128::from_le_bytes(*half))
    }
}

/// The correlations of pairs of sounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparisons(BTreeMap<PairKey, f32>);

impl Comparisons {
    /// The correlation of a pair; `None` where it was never compared.
    pub fn get(&self, pair: PairKey) -> Option<f32> {
        self.0.get(&pair).copied()
    }

    /// The number of pairs that are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers a pair.
    pub fn insert(&mut self, pair: PairKey, correlation: f32) {
        self.0.insert(pair, correlation);
    }
}

/// The header and the comparisons as lines.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// When the audit began, in ns since 1970: what changed in that moment may look unchanged.
    began_ns: i64,
    chunking: Chunking,
}

#[derive(Serialize, Deserialize)]
struct Pair {
    /// A [`PairKey`] as hexadecimal text: JSON has no such numbers.
    pair: String,
    correlation: f32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(Box<Entry>),
    Pair(Pair),
}

/// The memory of the audit before.
#[derive(Debug, Default)]
pub struct Memory {
    began_ns: i64,
    by_path: HashMap<RelPath, Entry>,
    by_content: HashMap<[u8; 32], Entry>,
    /// Comparisons of pairs.
    pub comparisons: Comparisons,
}

impl Memory {
    /// Reads what [`write()`] wrote. What was measured for other chunks, by another version, or cannot be understood is as
    /// if it had never been.
    pub fn read(mut lines: impl BufRead, chunking: Chunking) -> io::Result<Self> {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let header = serde_json::from_str::<Header>(&line).ok();
        let Some(header) = header.filter(|header| header.version == VERSION && header.chunking == chunking)
        else {
            return Ok(Self::default());
        };
        let mut memory = Self { began_ns: header.began_ns, ..Self::default() };
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Ok(memory);
            }
            match serde_json::from_str(&line) {
                Ok(Line::Entry(entry)) => {
                    memory.by_path.insert(entry.path.clone(), *entry);
                }
                Ok(Line::Pair(Pair { pair, correlation })) => {
                    if let Ok(pair) = u128::from_str_radix(&pair, 16) {
                        memory.comparisons.insert(PairKey(pair), correlation);
                    }
                }
                Err(_damaged) => {}
            }
        }
    }

    /// Takes the entry of a file that has the same place, size and time as when it was measured. A time that is not
    /// older than the audit by two seconds is not trusted: a write in that moment might not show.
    pub fn take_unchanged(&mut self, path: &RelPath, size: u64, mtime_ns: i64) -> Option<Entry> {
        const RACY_NS: i64 = 2_000_000_000;
        let entry = self.by_path.get(path)?;
        let is_same = entry.size == size && entry.mtime_ns == mtime_ns;
        if is_same && mtime_ns < self.began_ns - RACY_NS { self.by_path.remove(path) } else { None }
    }

    /// Makes what is left findable by content: files that were renamed, copied back or only touched.
    pub fn index_contents(&mut self) {
        let left = std::mem::take(&mut self.by_path);
        self.by_content = left.into_values().map(|entry| (*entry.content.as_bytes(), entry)).collect();
    }

    /// The measurements of a file with this content.
    pub fn with_content(&self, content: blake3::Hash) -> Option<&Result<Measured, String>> {
        self.by_content.get(content.as_bytes()).map(|entry| &entry.outcome)
    }
}

/// Writes what the next audit needs.
pub fn write<'a>(
    to: &mut dyn Write,
    began_ns: i64,
    chunking: Chunking,
    entries: impl Iterator<Item = EntryRef<'a>>,
    comparisons: &Comparisons,
) -> io::Result<()> {
    line(to, &Header { version: VERSION, began_ns, chunking })?;
    for entry in entries {
        line(to, &entry)?;
    }
    for (PairKey(pair), correlation) in &comparisons.0 {
        line(to, &Pair { pair: format!("{pair:032x}"), correlation: *correlation })?;
    }
    Ok(())
}

fn line(to: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}
