//! The tensors of a cache in random access.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

#[cfg(target_endian = "little")]
use super::mapped_tensor::MappedTensor;
use crate::cache::index::Row;
use crate::cache::manifest::Manifest;
use crate::cache::pt::PtLayout;
use crate::cache::tensor_name;
use crate::cache::verify::Tensors;
use crate::error::{Error, Result};

/// The tensors of a cache, to be read in any order and by any number of threads.
///
/// Of every file that is read the size and all bytes before the values are compared with what a build writes; the values are not
/// compared with their hashes, which [`crate::pipeline::verify`] does.
#[derive(Debug)]
pub struct CachedSpectrogramDataset {
    cache_dir: PathBuf,
    manifest: Manifest,
    rows: Vec<Row>,
    layout: PtLayout,
    shape: [usize; 3],
}

impl CachedSpectrogramDataset {
    /// Opens the cache in `cache_dir`.
    ///
    /// # Errors
    /// When there is none of Melscope's, or its index does not list as many tensors as its manifest counts.
    pub fn open(cache_dir: &Path) -> Result<Self> {
        let Tensors { manifest, rows, .. } = Tensors::open(cache_dir)?;
        let Some(melscope) = &manifest.melscope else {
            return Err(Error::NoCache { path: cache_dir.into() });
        };
        let shape = manifest.settings(melscope).analysis().tensor_shape();
        Ok(Self { cache_dir: cache_dir.into(), manifest, rows, layout: PtLayout::new(shape), shape })
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without tensors.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The shape of every tensor, `[2, n_mels, frames]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Row *i* says where tensor *i* comes from.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The cache's folder.
    pub fn cache_dir(&self) -> &Path {
        &self.cache_dir
    }

    /// The cache's manifest, with the statistics that values are normalised with.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Tensor `number` where its file lies in memory: nothing is copied. Only where numbers are little-endian, as in the files.
    ///
    /// # Errors
    /// When the file cannot be read or is none of this cache's.
    ///
    /// # Panics
    /// When `number` is not below [`Self::len`].
    #[cfg(target_endian = "little")]
    pub fn map(&self, number: usize) -> Result<MappedTensor> {
        let check =
            |file: &[u8]| if self.layout.fits(file) { Ok(()) } else { Err(self.misfit(file.len() as u64)) };
        MappedTensor::open(&self.path(number), self.layout.values(), self.shape, check)
    }

    /// Copies the values of tensor `number` into `values`, row-major.
    ///
    /// # Errors
    /// As [`Self::map`].
    ///
    /// # Panics
    /// When `number` is not below [`Self::len`], or `values` has another length than the shape.
    pub fn read_into(&self, number: usize, values: &mut [f32]) -> Result<()> {
        let path = self.path(number);
        assert_eq!(values.len(), self.shape.iter().product::<usize>(), "as many values as a tensor has");
        let n_head = self.layout.values().start;
        let mut head = [0; HEAD_BYTES_MAX];
        let head =
            head.get_mut(..n_head).ok_or_else(|| Error::damaged_cache(&path, "its head is too long"))?;
        let io = Error::io("read", &path);
        let mut read = || -> std::io::Result<u64> {
            let mut file = File::open(&path)?;
            let n_bytes = file.metadata()?.len();
            if n_bytes == self.layout.file_bytes() {
                file.read_exact(head)?;
                // From the system's own copy straight to its place.
                file.read_exact(bytemuck::cast_slice_mut(values))?;
            }
            Ok(n_bytes)
        };
        let n_bytes = read().map_err(io)?;
        if n_bytes != self.layout.file_bytes() || !self.layout.fits_head(head) {
            return Err(Error::damaged_cache(&path, self.misfit(n_bytes)));
        }
        if cfg!(target_endian = "big") {
            for value in values {
                *value = f32::from_bits(value.to_bits().swap_bytes());
            }
        }
        Ok(())
    }

    fn path(&self, number: usize) -> PathBuf {
        assert!(number < self.rows.len(), "there is no tensor {number}: the cache has {}", self.rows.len());
        self.cache_dir.join(tensor_name(number as u64))
    }

    fn misfit(&self, n_bytes: u64) -> String {
        match self.layout.file_bytes() {
            expected if expected != n_bytes => format!("it has {n_bytes} bytes instead of {expected}"),
            _ => "it is laid out differently from the tensors that Melscope writes".into(),
        }
    }
}

/// What stands before the values takes about 700 bytes.
const HEAD_BYTES_MAX: usize = 4096;
