//! The content of a cache folder, and whose it is. Looked at before a build, before its switch, and before cleaning.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use roaring::RoaringTreemap;

use super::names::tensor_number;
use super::{index, manifest};
use crate::error::{Error, Remedy, Result};

/// The `.pt` files of a cache folder by owner, its manifest and its index.
#[derive(Debug)]
pub struct Inventory {
    cache_dir: PathBuf,
    /// The file in the manifest's place.
    pub manifest: manifest::StoredManifest,
    /// The file in the index's place.
    pub index: index::StoredIndex,
    /// Numbers of the tensors that Melscope wrote.
    pub ours: RoaringTreemap,
    /// Those of the trainer's own preparation: replaced only when a person agrees.
    pub reference: RoaringTreemap,
    /// Every other `.pt`: never touched, and loaded by a trainer all the same.
    pub foreign: BTreeSet<OsString>,
}

impl Inventory {
    /// Looks into `cache_dir`, which need not exist. Changes nothing.
    pub fn of(cache_dir: &Path) -> Result<Self> {
        let manifest = manifest::StoredManifest::in_folder(cache_dir)?;
        let index = index::StoredIndex::in_folder(cache_dir)?;
        let is_listed = |number| match &index {
            index::StoredIndex::Ours(numbers) => numbers.contains(number),
            _ => false,
        };
        let (n_ours, n_reference) = match &manifest {
            manifest::StoredManifest::Ours(manifest) => (manifest.total_spectrograms, 0),
            manifest::StoredManifest::Reference(manifest) => (0, manifest.total_spectrograms),
            _ => (0, 0),
        };
        let mut inventory = Self {
            cache_dir: cache_dir.into(),
            ours: RoaringTreemap::new(),
            reference: RoaringTreemap::new(),
            foreign: BTreeSet::new(),
            manifest: manifest::StoredManifest::Absent,
            index: index::StoredIndex::Absent,
        };
        each_tensor_file(cache_dir, |file, _size| {
            match file.to_str().and_then(tensor_number) {
                // The trainer may have rebuilt a folder that still has our index: what its manifest claims is its own.
                Some(number) if number < n_reference => {
                    inventory.reference.insert(number);
                }
                Some(number) if number < n_ours || is_listed(number) => {
                    inventory.ours.insert(number);
                }
                _ => {
                    inventory.foreign.insert(file);
                }
            }
        })?;
        inventory.manifest = manifest;
        inventory.index = index;
        Ok(inventory)
    }

    /// True when a build needs a person's leave: the folder has a cache of the trainer's own preparation.
    pub fn needs_approval(&self) -> bool {
        matches!(self.manifest, manifest::StoredManifest::Reference(_))
    }

    /// Refuses a folder in which `n_tensors` tensors cannot be placed without harm to somebody else's files.
    pub fn check_room(&self, n_tensors: u64) -> Result<()> {
        let foreign = |name: &OsStr, n_others| Error::Foreign {
            path: self.cache_dir.join(name),
            n_others,
            remedy: Remedy::MoveAwayOrOtherCacheDir,
        };
        if let manifest::StoredManifest::Foreign(reason) = &self.manifest {
            let problem = format!("it is not the manifest of a cache ({reason})");
            let path = self.cache_dir.join(manifest::FILE_NAME);
            return Err(Error::refused(path, problem, Remedy::MoveAwayOrOtherCacheDir));
        }
        if self.index == index::StoredIndex::Foreign {
            return Err(foreign(index::FILE_NAME.as_ref(), 0));
        }
        let needed =
            |name: &&OsString| name.to_str().and_then(tensor_number).is_some_and(|number| number < n_tensors);
        let in_the_way: Vec<&OsString> = self.foreign.iter().filter(needed).collect();
        match in_the_way.split_first() {
            None => Ok(()),
            Some((first, others)) => Err(foreign(first, others.len())),
        }
    }
}

/// Calls `take` with the name and the size in bytes of every `.pt` of a folder, in any order; with none where there is no folder.
pub(super) fn each_tensor_file(cache_dir: &Path, mut take: impl FnMut(OsString, u64)) -> Result<()> {
    let entries = match fs::read_dir(cache_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("list", cache_dir)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", cache_dir))?;
        let name = entry.file_name();
        if name.as_encoded_bytes().ends_with(b".pt") {
            let metadata = entry.metadata().map_err(Error::io("look at", entry.path()))?;
            take(name, if metadata.is_file() { metadata.len() } else { 0 });
        }
    }
    Ok(())
}
