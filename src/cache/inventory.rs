//! The content of a cache folder, and whose it is. Looked at before a build, before its switch, and before cleaning.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    /// Tensors that Melscope wrote.
    pub ours: BTreeSet<String>,
    /// Tensors of the trainer's own preparation: replaced only when a person agrees.
    pub reference: BTreeSet<String>,
    /// Every other `.pt`: never touched, and loaded by a trainer all the same.
    pub foreign: BTreeSet<OsString>,
}

impl Inventory {
    /// Looks into `cache_dir`, which need not exist. Changes nothing.
    pub fn of(cache_dir: &Path) -> Result<Self> {
        let manifest = manifest::StoredManifest::in_folder(cache_dir)?;
        let index = index::StoredIndex::in_folder(cache_dir)?;
        let listed: BTreeSet<&str> = match &index {
            index::StoredIndex::Ours(names) => names.iter().map(String::as_str).collect(),
            _ => BTreeSet::new(),
        };
        let (n_ours, n_reference) = match &manifest {
            manifest::StoredManifest::Ours(manifest) => (manifest.total_spectrograms, 0),
            manifest::StoredManifest::Reference(manifest) => (0, manifest.total_spectrograms),
            _ => (0, 0),
        };
        let mut inventory = Self {
            cache_dir: cache_dir.into(),
            ours: BTreeSet::new(),
            reference: BTreeSet::new(),
            foreign: BTreeSet::new(),
            manifest: manifest::StoredManifest::Absent,
            index: index::StoredIndex::Absent,
        };
        for file in tensor_files(cache_dir)?.into_keys() {
            let numbered = file.to_str().and_then(|name| Some((name, tensor_number(name)?)));
            match numbered {
                // The trainer may have rebuilt a folder that still has our index: what its manifest claims is its own.
                Some((name, number)) if number < n_reference => inventory.reference.insert(name.into()),
                Some((name, number)) if number < n_ours || listed.contains(name) => {
                    inventory.ours.insert(name.into())
                }
                _ => inventory.foreign.insert(file),
            };
        }
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

/// Every `.pt` of a folder with its size in bytes; none where there is no folder.
pub(super) fn tensor_files(cache_dir: &Path) -> Result<BTreeMap<OsString, u64>> {
    let mut files = BTreeMap::new();
    let entries = match fs::read_dir(cache_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(Error::io("list", cache_dir)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", cache_dir))?;
        let name = entry.file_name();
        if name.as_encoded_bytes().ends_with(b".pt") {
            let metadata = entry.metadata().map_err(Error::io("look at", entry.path()))?;
            files.insert(name, if metadata.is_file() { metadata.len() } else { 0 });
        }
    }
    Ok(files)
}
