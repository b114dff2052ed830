//! A tensor that is read where its file lies in memory, without a copy.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;
use ndarray::ArrayView3;

use crate::error::{Error, Result};

/// A tensor's file in memory: the system reads what is looked at, and shares it between processes.
///
/// A build never writes into a committed tensor: it puts another file in its place, and this one stays until it is dropped. As of
/// every mapped file, another program must not shorten it meanwhile.
#[derive(Debug)]
pub struct MappedTensor {
    map: Mmap,
    values: Range<usize>,
    shape: [usize; 3],
}

impl MappedTensor {
    /// Maps the file at `path`, whose values stand at `values`, in bytes; `check` says what is wrong with its bytes.
    pub(super) fn open(
        path: &Path,
        values: Range<usize>,
        shape: [usize; 3],
        check: impl FnOnce(&[u8]) -> Result<(), String>,
    ) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        #[expect(unsafe_code, reason = "what another program does to a mapped file is beyond the language")]
        // SAFETY: the file is opened for reading and mapped as it is; see above for who may change it.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        check(&map).map_err(|problem| Error::damaged_cache(path, problem))?;
        Ok(Self { map, values, shape })
    }

    /// The values: float32 `[2, n_mels, frames]`, row-major.
    pub fn values(&self) -> &[f32] {
        // Values begin at a multiple of 64 bytes of the file, and a map at the beginning of a page.
        bytemuck::cast_slice(&self.map[self.values.clone()])
    }

    /// The values as `[2, n_mels, frames]`.
    pub fn view(&self) -> ArrayView3<'_, f32> {
        ArrayView3::from_shape(self.shape, self.values()).expect("there are as many values as the shape has")
    }
}
