//! Reading a cache back and checking every tensor against its row of the index.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::index::{self, Row};
use super::manifest::{self, Manifest};
use super::names::{tensor_name, tensor_number};
use super::pt;
use crate::error::{Error, Result};
use crate::path_text::RelPath;
use crate::resample::resampled_len;

/// The tensors of a cache, to be read in any order and by any number of threads.
#[derive(Debug)]
pub struct Tensors {
    cache_dir: PathBuf,
    /// The cache's manifest.
    pub manifest: Manifest,
    /// Row *i* describes tensor *i*.
    pub rows: Vec<Row>,
}

impl Tensors {
    /// Opens a cache.
    ///
    /// # Errors
    /// When there is none of ours, or its index does not list as many tensors as the manifest counts.
    pub fn open(cache_dir: &Path) -> Result<Self> {
        let problem = match manifest::StoredManifest::in_folder(cache_dir)? {
            manifest::StoredManifest::Ours(manifest) => {
                let mut rows = index::read(cache_dir)?;
                if rows.len() as u64 == manifest.total_spectrograms {
                    complete(&mut rows, &manifest);
                    return Ok(Self { cache_dir: cache_dir.into(), manifest: *manifest, rows });
                }
                format!(
                    "its index lists {} tensors and its manifest {}",
                    rows.len(),
                    manifest.total_spectrograms
                )
            }
            manifest::StoredManifest::Absent => return Err(Error::NoCache { path: cache_dir.into() }),
            manifest::StoredManifest::OtherFormat(format) => {
                let [first, last] = [manifest::FORMATS.start(), manifest::FORMATS.end()];
                format!("its format is {format}, not {first} to {last}")
            }
            manifest::StoredManifest::Reference(_) => {
                "the trainer prepared it itself, so there are no hashes".into()
            }
            manifest::StoredManifest::Foreign(reason) => format!("its manifest is none ({reason})"),
        };
        Err(Error::damaged_cache(cache_dir, problem))
    }

    /// The number of the tensor in the file of this name, where it is one of the cache's.
    pub fn number_of(&self, file_name: &OsStr) -> Option<usize> {
        let number = tensor_number(file_name.to_str()?)?;
        usize::try_from(number).ok().filter(|number| *number < self.rows.len())
    }

    /// Reads tensor `number` and checks layout, shape, values and hash.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::DamagedCache`], naming the file and the first thing that is wrong with it.
    ///
    /// # Panics
    /// When `number` is not below the number of rows.
    pub fn read(&self, number: usize) -> Result<Array3<f32>> {
        let path = self.cache_dir.join(tensor_name(number as u64));
        let tensor = pt::read(&path)?;
        self.check(&tensor, &self.rows[number]).map_err(|problem| Error::damaged_cache(&path, problem))?;
        Ok(tensor)
    }

    fn check(&self, tensor: &Array3<f32>, row: &Row) -> Result<(), String> {
        let config = &self.manifest.complex_spectrogram_config;
        let frames = self.manifest.chunk_samples as usize / config.hop_samples.max(1) + 1;
        let expected = [2, config.n_mels, frames];
        if tensor.shape() != expected {
            return Err(format!("its shape is {:?} where {expected:?} is expected", tensor.shape()));
        }
        if row.n_samples.is_some_and(|n_samples| u64::from(n_samples) > self.manifest.chunk_samples) {
            return Err("its row of the index has more samples than a chunk".into());
        }
        let values = tensor.as_slice().ok_or("its values are not contiguous")?;
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            return Err(format!("its value {place} is {}", values[place]));
        }
        if pt::hash_values(values) != row.blake3 {
            return Err("its values are not those that were written (their BLAKE3 differs)".into());
        }
        Ok(())
    }
}

/// Fills in the samples that an index of format 1 does not tell, where they follow from the length of the source: all but
/// those of variants whose speed is changed. Nothing was left out or trimmed then.
fn complete(rows: &mut [Row], manifest: &Manifest) {
    let sources = manifest.melscope.iter().flat_map(|melscope| &melscope.sources);
    let lengths: HashMap<&RelPath, u64> = sources
        .map(|source| {
            let n_samples =
                resampled_len(source.frames, source.sample_rate_hz.max(1), manifest.sample_rate_hz);
            (&source.relative, n_samples)
        })
        .collect();
    for row in rows.iter_mut().filter(|row| row.n_samples.is_none()) {
        let is_same_speed = row.applied.speed.is_none_or(|speed| speed == 1.0);
        let start = u64::from(row.chunk).saturating_mul(manifest.chunk_samples);
        let n_left = lengths.get(&row.source).map(|n_samples| n_samples.saturating_sub(start));
        let n_samples = n_left.filter(|_| is_same_speed).map(|n_left| n_left.min(manifest.chunk_samples));
        row.n_samples = n_samples.and_then(|n_samples| u32::try_from(n_samples).ok());
    }
}
