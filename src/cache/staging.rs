//! A folder in which raw tensors lie until the statistics of all are known.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk;
use super::names::TensorKey;
use super::pt::PtLayout;
use super::record_file::RecordFile;
use crate::error::{Error, Result};

/// Buffers of one worker, used again for every tensor.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) file: Vec<u8>,
    pub(super) values: Vec<f32>,
}

/// A staged tensor, and the number of its record in a [`RecordFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagedKey {
    /// What it is made from.
    pub key: TensorKey,
    /// The number of its record.
    pub record: u32,
}

/// A folder of raw tensors.
#[derive(Debug, Clone)]
pub struct Staging {
    folder: PathBuf,
}

impl Staging {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, key: TensorKey) -> PathBuf {
        self.folder.join(key.file_name())
    }

    /// A new file for records of `record_bytes` bytes, beside the tensors.
    pub fn records(&self, record_bytes: usize) -> Result<RecordFile> {
        RecordFile::create(&self.folder, record_bytes)
    }

    /// Stages a tensor's raw values (row-major). Any number of threads may do so at once.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    pub fn stage(
        &self,
        key: TensorKey,
        layout: &PtLayout,
        values: &[f32],
        scratch: &mut Scratch,
    ) -> Result<()> {
        layout.encode_into(values, &mut scratch.file);
        disk::create_new(&self.path(key), &scratch.file)
    }

    /// True where a file of the right size is staged.
    pub fn has(&self, key: TensorKey, layout: &PtLayout) -> bool {
        fs::metadata(self.path(key)).is_ok_and(|file| file.len() == layout.file_bytes())
    }

    /// Reads a staged tensor into `scratch`.
    pub(super) fn read(&self, key: TensorKey, layout: &PtLayout, scratch: &mut Scratch) -> Result<()> {
        let path = self.path(key);
        scratch.file.clear();
        fs::File::open(&path)
            .and_then(|mut file| std::io::Read::read_to_end(&mut file, &mut scratch.file))
            .map_err(Error::io("read", &path))?;
        scratch.decode(layout, &path)
    }
}

impl Scratch {
    /// Decodes the values of the tensor whose bytes were read from `path`.
    pub(super) fn decode(&mut self, layout: &PtLayout, path: &Path) -> Result<()> {
        if layout.decode_into(&self.file, &mut self.values) {
            return Ok(());
        }
        let problem = format!("it has {} bytes instead of {}", self.file.len(), layout.file_bytes());
        Err(Error::disturbed(path, problem))
    }

    /// Changes the values, and encodes them again. Gives their hash.
    pub(super) fn normalise(
        &mut self,
        layout: &PtLayout,
        normalise: impl FnOnce(&mut [f32]),
    ) -> blake3::Hash {
        normalise(&mut self.values);
        layout.encode_into(&self.values, &mut self.file);
        blake3::hash(&self.file[layout.values()])
    }
}
