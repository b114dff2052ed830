//! Making a cache: tensors are staged beside the old cache, normalised in place, and put in its place in one switch.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::disk;
use super::index::{self, Row};
use super::inventory::Inventory;
use super::lock::CacheLock;
use super::manifest::{self, Manifest};
use super::names::{STAGING, TensorKey};
use super::pt::PtLayout;
use super::recover::{self, Recovery};
use super::staging::{Scratch, StagedKey, Staging};
use super::switch::{self, Journal};
use crate::error::{Error, Remedy, Result};

/// The answer to whether a cache of the trainer's own preparation may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceCache {
    /// Nobody has agreed to that: a build over it is refused.
    Keep,
    /// A person has agreed to that.
    Replace,
}

/// The result of [`CacheWriter::commit`].
#[derive(Debug)]
pub struct Committed {
    /// Files that were left in the staging folder, because Melscope did not write them.
    pub left: Vec<PathBuf>,
    /// The time that it took to bring everything staged to the disk.
    pub sync: Duration,
}

/// The next cache of a folder while it is made. Dropped without [`commit`](Self::commit), it leaves the old one as it was.
#[derive(Debug)]
pub struct CacheWriter {
    staging: Staging,
    before: Option<blake3::Hash>,
    /// From then on what is staged belongs to the journal.
    has_journal: bool,
    // Last, so that it is given up when everything else is done.
    lock: CacheLock,
}

impl CacheWriter {
    /// Recovers what a killed build left, then begins to stage.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Foreign`] when the folder has somebody else's manifest or index,
    /// [`Error::ReferenceCache`] when it has the trainer's own and nobody agreed to replacing that.
    pub fn open(lock: CacheLock, reference: ReferenceCache) -> Result<(Self, Recovery)> {
        let recovery = recover::recover(&lock)?;
        let cache_dir = lock.cache_dir();
        let before = switch::manifest_mark(cache_dir)?;
        let inventory = Inventory::of(cache_dir)?;
        inventory.check_room(0)?;
        if inventory.needs_approval() && reference == ReferenceCache::Keep {
            let path = cache_dir.into();
            return Err(Error::ReferenceCache { path, remedy: Remedy::ReplaceReference });
        }
        let staging = cache_dir.join(STAGING);
        disk::create_folder(&staging)?;
        Ok((Self { staging: Staging::new(staging), before, has_journal: false, lock }, recovery))
    }

    /// Where raw tensors are staged.
    pub fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Rewrites a staged tensor with what `normalise` makes of its values. Gives the hash for its row of the index.
    pub fn finish_tensor(
        &self,
        key: TensorKey,
        layout: &PtLayout,
        normalise: impl FnOnce(&mut [f32]),
        scratch: &mut Scratch,
    ) -> Result<blake3::Hash> {
        let path = self.staging.path(key);
        let mut file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(Error::io("open", &path))?;
        scratch.file.clear();
        file.read_to_end(&mut scratch.file).map_err(Error::io("read", &path))?;
        scratch.decode(layout, &path)?;
        let hash = scratch.normalise(layout, normalise);
        file.rewind().and_then(|()| file.write_all(&scratch.file)).map_err(Error::io("write", &path))?;
        disk::begin_to_sync(&file);
        Ok(hash)
    }

    /// Stages what `normalise` makes of the values of a tensor that is staged elsewhere, which stays as it is: `from` names its
    /// place and its key there. Gives the hash for its row of the index.
    pub fn copy_tensor(
        &self,
        from: (&Staging, TensorKey),
        key: TensorKey,
        layout: &PtLayout,
        normalise: impl FnOnce(&mut [f32]),
        scratch: &mut Scratch,
    ) -> Result<blake3::Hash> {
        let (elsewhere, key_there) = from;
        elsewhere.read(key_there, layout, scratch)?;
        let hash = scratch.normalise(layout, normalise);
        disk::create_new(&self.staging.path(key), &scratch.file)?;
        Ok(hash)
    }

    /// Switches to the new cache: tensor *i* is the *i*-th of those `staged`, and row *i* of the index tells of it. What is staged
    /// beyond is removed.
    ///
    /// # Errors
    /// That of the first row that is one.
    /// Before the switch the old cache stays as it is. When the switch itself fails, the cache counts as absent until
    /// the next build has finished the switch.
    pub fn commit(
        mut self,
        staged: &[StagedKey],
        rows: impl Iterator<Item = Result<Row>>,
        manifest: &Manifest,
    ) -> Result<Committed> {
        let cache_dir = self.lock.cache_dir().to_path_buf();
        let journal = self.plan(staged)?;
        let path = |name: &str| self.staging.folder().join(name);
        let mut failure = None;
        let rows = rows.map_while(|row| row.map_err(|error| failure = Some(error)).ok());
        disk::create_new_with(&path(index::FILE_NAME), |file| index::write(rows, file))?;
        if let Some(error) = failure {
            return Err(error);
        }
        disk::create_new_with(&path(manifest::FILE_NAME), |file| manifest.write(file))?;
        disk::create_new(&path(switch::TOMBSTONE), manifest::TOMBSTONE)?;
        disk::create_new_with(&path(switch::JOURNAL_NEW), |file| journal.write(file))?;
        let began = Instant::now();
        disk::sync_contents(self.staging.folder())?;
        let sync = began.elapsed();
        self.has_journal = true;
        if let Err(error) = switch::begin(&cache_dir) {
            // Whether the journal took effect is for the next build to see; without it nothing has changed.
            self.has_journal = fs::exists(self.staging.folder().join(switch::JOURNAL)).unwrap_or(true);
            return Err(error);
        }
        switch::roll_forward(&cache_dir, &journal)?;
        let (_, left) = recover::clear_staging(&cache_dir)?;
        Ok(Committed { left, sync })
    }

    /// The switch to the tensors `keys`, if nothing stands against it.
    fn plan<'a>(&self, staged: &'a [StagedKey]) -> Result<Journal<'a>> {
        let cache_dir = self.lock.cache_dir();
        if switch::manifest_mark(cache_dir)? != self.before {
            let problem = "another program has changed it during the build";
            return Err(Error::disturbed(cache_dir.join(manifest::FILE_NAME), problem));
        }
        let inventory = Inventory::of(cache_dir)?;
        inventory.check_room(staged.len() as u64)?;
        for StagedKey { key, .. } in staged {
            let path = self.staging.path(*key);
            if !fs::exists(&path).map_err(Error::io("look at", &path))? {
                return Err(Error::disturbed(&path, "it was staged and is gone"));
            }
        }
        let mut old_tensors = inventory.ours;
        // There are any only where `open` was told that a person agreed: the manifest is the one seen there.
        old_tensors |= inventory.reference;
        let has_old_index = matches!(inventory.index, index::StoredIndex::Ours(_));
        Ok(Journal { before: self.before, old_tensors, has_old_index, new: staged.into() })
    }
}

impl Drop for CacheWriter {
    fn drop(&mut self) {
        if !self.has_journal {
            // What cannot be removed now, the next build removes.
            recover::clear_staging(self.lock.cache_dir()).ok();
        }
    }
}
