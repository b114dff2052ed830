//! The switch from the old cache to the new one: the journal and its steps, as FORMAT.md numbers them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::names::{STAGING, TensorKey, tensor_name, tensor_number};
use super::{disk, index, manifest};
use crate::error::{Error, Result};

pub(super) const JOURNAL: &str = "journal";
pub(super) const JOURNAL_NEW: &str = "journal.new";
pub(super) const TOMBSTONE: &str = "tombstone.json";

const ASIDE: &str = "old-";
const FIRST_LINE: &str = "melscope journal 1";

/// The steps of a switch; enough to do the rest of it after a kill.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal {
    /// Hash of the manifest that is replaced.
    pub(super) before: Option<blake3::Hash>,
    /// Files that may go: tensors, and `index.csv`.
    pub(super) old: BTreeSet<String>,
    /// Staged tensors in the order of their numbers.
    pub(super) new: Vec<TensorKey>,
}

impl Journal {
    /// Staged names and final names of the new tensors.
    fn renames(&self) -> impl Iterator<Item = (String, String)> {
        self.new.iter().zip(0..).map(|(key, number)| (key.file_name(), tensor_name(number)))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let before = self.before.map_or_else(|| "absent".into(), |hash| hash.to_hex().to_string());
        let mut lines = vec![FIRST_LINE.into(), format!("before {before}")];
        lines.extend(self.old.iter().map(|name| format!("old {name}")));
        lines.extend(self.renames().map(|(staged, name)| format!("new {staged} {name}")));
        let body = lines.join("\n") + "\n";
        let end = blake3::hash(body.as_bytes()).to_hex();
        format!("{body}end {end}\n").into_bytes()
    }

    /// The journal in a file's content; `None` where it is damaged or names what no switch touches.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (body, end) = text.strip_suffix('\n')?.rsplit_once("end ")?;
        if blake3::hash(body.as_bytes()) != blake3::Hash::from_hex(end).ok()? {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let before = match lines.next()?.strip_prefix("before ")? {
            "absent" => None,
            hash => Some(blake3::Hash::from_hex(hash).ok()?),
        };
        let mut journal = Self { before, old: BTreeSet::new(), new: Vec::new() };
        for line in lines {
            if let Some(name) = line.strip_prefix("old ") {
                if name != index::FILE_NAME {
                    tensor_number(name)?;
                }
                journal.old.insert(name.into());
            } else {
                let (staged, name) = line.strip_prefix("new ")?.split_once(' ')?;
                if name != tensor_name(journal.new.len() as u64) {
                    return None;
                }
                journal.new.push(TensorKey::from_name(staged)?);
            }
        }
        Some(journal)
    }

    /// True while the cache's manifest is what this switch found or made: nobody else has been here.
    pub(super) fn still_applies(&self, cache_dir: &Path) -> Result<bool> {
        let now = manifest_mark(cache_dir)?;
        Ok(now == self.before || now == Some(blake3::hash(manifest::TOMBSTONE)))
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
pub(super) fn roll_forward(cache_dir: &Path, journal: &Journal) -> Result<()> {
    let staging = cache_dir.join(STAGING);
    let cached_manifest = cache_dir.join(manifest::FILE_NAME);
    let staged_manifest = staging.join(manifest::FILE_NAME);
    if is_past(cache_dir)? {
        return Ok(());
    }
    disk::rename_over(&staging.join(TOMBSTONE), &cached_manifest)?;
    disk::sync_folder(cache_dir)?;
    for (staged, name) in journal.renames() {
        let (staged, cached) = (staging.join(staged), cache_dir.join(&name));
        // Where nothing is staged any more, the file in the cache is the new one already.
        if journal.old.contains(&name) && exists(&staged)? {
            disk::rename_over(&cached, &staging.join(aside(&name)))?;
        }
        disk::rename_to_free(&staged, &cached)?;
    }
    let n_new = journal.new.len() as u64;
    for name in journal.old.iter().filter(|name| tensor_number(name).is_some_and(|number| number >= n_new)) {
        disk::rename_over(&cache_dir.join(name), &staging.join(aside(name)))?;
    }
    let put_index =
        if journal.old.contains(index::FILE_NAME) { disk::rename_over } else { disk::rename_to_free };
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

    fn journal() -> Journal {
        Journal {
            before: Some(blake3::hash(b"old")),
            old: ["000000.pt".into(), "index.csv".into()].into(),
            new: vec![TensorKey { source: 0, chunk: 0, variant: 0 }],
        }
    }

    #[test]
    fn a_journal_is_read_whole_or_not_at_all() {
        let bytes = journal().encode();
        assert_eq!(Journal::decode(&bytes), Some(journal()));
        for length in 0..bytes.len() {
            assert_eq!(Journal::decode(&bytes[..length]), None, "cut to {length} bytes");
        }
    }

    #[test]
    fn a_journal_that_leads_elsewhere_is_refused() {
        for name in ["../000000.pt", "notes.txt", "manifest.json"] {
            let hostile = Journal { old: [name.into()].into(), ..journal() };
            assert_eq!(Journal::decode(&hostile.encode()), None, "old {name}");
            let honest = String::from_utf8(journal().encode()).unwrap();
            let body =
                honest.split("end ").next().unwrap().replace("-v00.pt 000000.pt", &format!("-v00.pt {name}"));
            let hostile = format!("{body}end {}\n", blake3::hash(body.as_bytes()).to_hex());
            assert_eq!(Journal::decode(hostile.as_bytes()), None, "new {name}");
        }
    }
}
