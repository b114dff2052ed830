//! A file of records of one size beside staged tensors: what a build knows of each and need not have in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::{Error, Result};
use crate::workers::lock;

/// The file's name in a staging folder.
pub(super) const FILE_NAME: &str = "records";

/// Records of one size, by number. The file goes with the staging folder, and nobody reads it again.
#[derive(Debug)]
pub struct RecordFile {
    /// One place to seek in: nobody else may come between a seek and what follows.
    file: Mutex<File>,
    path: PathBuf,
    record_bytes: usize,
}

impl RecordFile {
    pub(super) fn create(folder: &Path, record_bytes: usize) -> Result<Self> {
        let path = folder.join(FILE_NAME);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path);
        Ok(Self { file: Mutex::new(file.map_err(Error::io("create", &path))?), path, record_bytes })
    }

    /// Writes `bytes` into record `number`, from `offset` of it on.
    pub fn write(&self, number: u32, offset: usize, bytes: &[u8]) -> Result<()> {
        self.at(number, offset, |file| file.write_all(bytes)).map_err(Error::io("write to", &self.path))
    }

    /// Reads record `number` from `offset` of it on.
    pub fn read(&self, number: u32, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.at(number, offset, |file| file.read_exact(bytes)).map_err(Error::io("read from", &self.path))
    }

    fn at(
        &self,
        number: u32,
        offset: usize,
        work: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = lock(&self.file);
        file.seek(SeekFrom::Start(u64::from(number) * self.record_bytes as u64 + offset as u64))?;
        work(&mut file)
    }
}
