//! The switch from the old cache to the new one: the journal and its steps, as FORMAT.md numbers them.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use roaring::RoaringTreemap;

use super::names::{STAGING, TensorKey, tensor_name, tensor_number};
use super::staging::StagedKey;
use super::{disk, index, manifest};
use crate::error::{Error, Result};

pub(super) const JOURNAL: &str = "journal";
pub(super) const JOURNAL_NEW: &str = "journal.new";
pub(super) const TOMBSTONE: &str = "tombstone.json";

const ASIDE: &str = "old-";
const FIRST_LINE: &str = "melscope journal 1";

/// The steps of a switch; enough to do the rest of it after a kill.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal<'a> {
    /// Hash of the manifest that is replaced.
    pub(super) before: Option<blake3::Hash>,
    /// Numbers of the tensors that may go.
    pub(super) old_tensors: RoaringTreemap,
    /// True where there is an `index.csv` that may go.
    pub(super) has_old_index: bool,
    /// Staged tensors in the order of their numbers; their records play no part.
    pub(super) new: Cow<'a, [StagedKey]>,
}

impl Journal<'_> {
    /// Staged names and final names of the new tensors.
    fn renames(&self) -> impl Iterator<Item = (String, String)> {
        self.new.iter().zip(0..).map(|(staged, number)| (staged.key.file_name(), tensor_name(number)))
    }

    /// Writes the journal's file, line by line: there is one for each tensor.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut hasher = blake3::Hasher::new();
        let mut put = |line: String| {
            hasher.update(line.as_bytes());
            to.write_all(line.as_bytes())
        };
        let before = self.before.map_or_else(|| "absent".into(), |hash| hash.to_hex().to_string());
        put(format!("{FIRST_LINE}\nbefore {before}\n"))?;
        for number in &self.old_tensors {
            put(format!("old {}\n", tensor_name(number)))?;
        }
        if self.has_old_index {
            put(format!("old {}\n", index::FILE_NAME))?;
        }
        for (staged, name) in self.renames() {
            put(format!("new {staged} {name}\n"))?;
        }
        writeln!(to, "end {}", hasher.finalize().to_hex())
    }

    /// The journal in a file; `None` where it is damaged or names what no switch touches.
    pub(super) fn read(mut from: impl BufRead) -> io::Result<Option<Self>> {
        let mut reader = JournalReader::default();
        // A line is taken when another follows: the last is the hash of those before.
        let (mut line, mut next) = (Vec::new(), Vec::new());
        from.read_until(b'\n', &mut line)?;
        while from.read_until(b'\n', &mut next)? > 0 {
            if reader.take(&line).is_none() {
                return Ok(None);
            }
            std::mem::swap(&mut line, &mut next);
            next.clear();
        }
        Ok(reader.end(&line))
    }

    /// True while the cache's manifest is what this switch found or made: nobody else has been here.
    pub(super) fn still_applies(&self, cache_dir: &Path) -> Result<bool> {
        let now = manifest_mark(cache_dir)?;
        Ok(now == self.before || now == Some(blake3::hash(manifest::TOMBSTONE)))
    }
}

/// The lines of a journal that were read so far.
#[derive(Default)]
struct JournalReader {
    hasher: blake3::Hasher,
    n_lines: u64,
    before: Option<blake3::Hash>,
    old_tensors: RoaringTreemap,
    has_old_index: bool,
    new: Vec<StagedKey>,
}

impl JournalReader {
    /// Takes a whole line, its end included; `None` where it has no place here.
    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        self.hasher.update(bytes);
        let line = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        self.n_lines += 1;
        match self.n_lines {
            1 => return (line == FIRST_LINE).then_some(()),
            2 => {
                self.before = match line.strip_prefix("before ")? {
                    "absent" => None,
                    hash => Some(blake3::Hash::from_hex(hash).ok()?),
                };
                return Some(());
            }
            _ => {}
        }
        if let Some(name) = line.strip_prefix("old ") {
            if name == index::FILE_NAME {
                self.has_old_index = true;
            } else {
                self.old_tensors.insert(tensor_number(name)?);
            }
        } else {
            let (staged, name) = line.strip_prefix("new ")?.split_once(' ')?;
            if name != tensor_name(self.new.len() as u64) {
                return None;
            }
            self.new.push(StagedKey { key: TensorKey::from_name(staged)?, record: 0 });
        }
        Some(())
    }

    /// Ends with the last line.
    fn end(self, bytes: &[u8]) -> Option<Journal<'static>> {
        let end = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.strip_prefix("end ")?;
        let is_whole = self.n_lines >= 2 && blake3::Hash::from_hex(end).ok()? == self.hasher.finalize();
        let Self { before, old_tensors, has_old_index, new, .. } = self;
        is_whole.then(|| Journal { before, old_tensors, has_old_index, new: new.into() })
    }
}

/// The mark that a manifest is recognised by.
pub(super) fn manifest_mark(cache_dir: &Path) -> Result<Option<blake3::Hash>> {
    let bytes = disk::read_optional(&cache_dir.join(manifest::FILE_NAME))?;
    Ok(bytes.map(|bytes| blake3::hash(&bytes)))
}

/// Step 3: the journal becomes valid. Everything staged is on the disk by then.
pub(super) fn begin(cache_dir: &Path) -> Result<()> {
    let staging = cache_dir.join(STAGING);
    disk::rename_over(&staging.join(JOURNAL_NEW), &staging.join(JOURNAL))?;
    disk::sync_folder(&staging)
}

/// True when the manifest is in place, which is the switch's last step: only clearing up is left.
pub(super) fn is_past(cache_dir: &Path) -> Result<bool> {
    Ok(!exists(&cache_dir.join(STAGING).join(manifest::FILE_NAME))?)
}

/// Steps 4 to 8, or what is left of them.
pub(super) fn roll_forward(cache_dir: &Path, journal: &Journal<'_>) -> Result<()> {
    let staging = cache_dir.join(STAGING);
    let cached_manifest = cache_dir.join(manifest::FILE_NAME);
    let staged_manifest = staging.join(manifest::FILE_NAME);
    if is_past(cache_dir)? {
        return Ok(());
    }
    disk::rename_over(&staging.join(TOMBSTONE), &cached_manifest)?;
    disk::sync_folder(cache_dir)?;
    for ((staged, name), number) in journal.renames().zip(0..) {
        let (staged, cached) = (staging.join(staged), cache_dir.join(&name));
        // Where nothing is staged any more, the file in the cache is the new one already.
        if journal.old_tensors.contains(number) && exists(&staged)? {
            disk::rename_over(&cached, &staging.join(aside(&name)))?;
        }
        disk::rename_to_free(&staged, &cached)?;
    }
    let n_new = journal.new.len() as u64;
    for name in journal.old_tensors.iter().filter(|number| *number >= n_new).map(tensor_name) {
        disk::rename_over(&cache_dir.join(&name), &staging.join(aside(&name)))?;
    }
    let put_index = if journal.has_old_index { disk::rename_over } else { disk::rename_to_free };
    put_index(&staging.join(index::FILE_NAME), &cache_dir.join(index::FILE_NAME))?;
    disk::sync_folder(cache_dir)?;
    disk::rename_over(&staged_manifest, &cached_manifest)?;
    disk::sync_folder(cache_dir)
}

/// The name in the staging folder of an old tensor: it is removed when the new cache is valid, because removing is
/// slow and nobody needs to be without a cache for so long.
fn aside(name: &str) -> String {
    format!("{ASIDE}{name}")
}

/// True for a name that [`aside`] gives.
pub(super) fn is_aside(name: &str) -> bool {
    name.strip_prefix(ASIDE).is_some_and(|name| tensor_number(name).is_some())
}

fn exists(path: &Path) -> Result<bool> {
    fs::exists(path).map_err(Error::io("look at", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal<'static> {
        let key = TensorKey { source: 0, chunk: 0, variant: 0 };
        Journal {
            before: Some(blake3::hash(b"old")),
            old_tensors: [0].into(),
            has_old_index: true,
            new: vec![StagedKey { key, record: 0 }].into(),
        }
    }

    fn written(journal: &Journal<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        journal.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_journal_is_read_whole_or_not_at_all() {
        let bytes = written(&journal());
        assert_eq!(Journal::read(&*bytes).unwrap(), Some(journal()));
        for length in 0..bytes.len() {
            assert_eq!(Journal::read(&bytes[..length]).unwrap(), None, "cut to {length} bytes");
        }
        let longer = [&bytes[..], b"old 000001.pt\n"].concat();
        assert_eq!(Journal::read(&*longer).unwrap(), None, "something follows its end");
    }

    #[test]
    fn a_journal_that_leads_elsewhere_is_refused() {
        let honest = String::from_utf8(written(&journal())).unwrap();
        let (body, _) = honest.split_once("end ").unwrap();
        for name in ["../000000.pt", "notes.txt", "manifest.json"] {
            for (from, to) in [("old 000000.pt", "old "), ("-v00.pt 000000.pt", "-v00.pt ")] {
                let body = body.replace(from, &format!("{to}{name}"));
                let hostile = format!("{body}end {}\n", blake3::hash(body.as_bytes()).to_hex());
                assert_eq!(Journal::read(hostile.as_bytes()).unwrap(), None, "{to}{name}");
            }
        }
    }
}
