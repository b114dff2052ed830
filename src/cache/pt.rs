//! One tensor as a file that `torch.load` takes, written and read without torch. FORMAT.md has the layout.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::Range;
use std::path::Path;

use ndarray::Array3;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::pickle;
use crate::error::{Error, Result};

const ROOT: &str = "archive";
const ALIGNMENT: u16 = 64;
/// The id of torch's padding field: the letters `FB` in the order in which they are stored.
const PADDING_FIELD: u16 = u16::from_le_bytes(*b"FB");
/// Offset of the CRC-32 in a local file header (APPNOTE 4.3.7).
const CRC_IN_LOCAL_HEADER: usize = 14;
/// Offset of the CRC-32 in a central directory header (APPNOTE 4.3.12).
const CRC_IN_CENTRAL_HEADER: usize = 16;
/// A tensor's pickle takes about 160 bytes; more than this is something else.
const PICKLE_BYTES_MAX: u64 = 4096;

/// The file of every tensor of one shape: what stands before and after the values.
///
/// Made once per build. A file differs from its neighbours in the values and in two copies of their CRC.
#[derive(Debug, Clone)]
pub struct PtLayout {
    n_values: usize,
    head: Vec<u8>,
    tail: Vec<u8>,
    crc_in_head: usize,
    crc_in_tail: usize,
}

impl PtLayout {
    /// The layout for tensors of `[2, n_mels, frames]`.
    ///
    /// # Panics
    /// On a shape of more than 2 GB, which the settings refuse.
    pub fn new(shape: [usize; 3]) -> Self {
        let n_values: usize = shape.iter().product();
        assert!(i32::try_from(n_values * 4).is_ok(), "a tensor of {n_values} values is beyond the format");
        let template = template(shape, n_values).expect("a zip archive in memory has no reason to fail");
        let mut archive = ZipArchive::new(Cursor::new(&template)).expect("it was written a line above");
        let record = archive.by_name(&format!("{ROOT}/data/0")).expect("it was written a line above");
        let start = record.data_start().expect("a record that was found has a place") as usize;
        let end = start + n_values * 4;
        Self {
            n_values,
            head: template[..start].to_vec(),
            tail: template[end..].to_vec(),
            crc_in_head: record.header_start() as usize + CRC_IN_LOCAL_HEADER,
            crc_in_tail: record.central_header_start() as usize + CRC_IN_CENTRAL_HEADER - end,
        }
    }

    /// Size of a file in bytes.
    pub fn file_bytes(&self) -> u64 {
        (self.head.len() + self.n_values * 4 + self.tail.len()) as u64
    }

    /// Where the values stand in a file, in bytes.
    pub fn values(&self) -> Range<usize> {
        self.head.len()..self.head.len() + self.n_values * 4
    }

    /// Makes `file` the file of the tensor `values` (row-major); its memory is used again.
    ///
    /// # Panics
    /// When `values` has another length than the layout's shape.
    pub fn encode_into(&self, values: &[f32], file: &mut Vec<u8>) {
        assert_eq!(values.len(), self.n_values, "the tensor is not of the layout's shape");
        file.clear();
        file.reserve_exact(self.file_bytes() as usize);
        file.extend_from_slice(&self.head);
        file.resize(self.values().end, 0);
        for (bytes, value) in file[self.values()].as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = value.to_le_bytes();
        }
        let crc = crc32fast::hash(&file[self.values()]).to_le_bytes();
        file.extend_from_slice(&self.tail);
        file[self.crc_in_head..][..4].copy_from_slice(&crc);
        file[self.values().end + self.crc_in_tail..][..4].copy_from_slice(&crc);
    }

    /// True for a file of this layout: its length, and all that stands before the values but their CRC.
    pub fn fits(&self, file: &[u8]) -> bool {
        file.len() as u64 == self.file_bytes() && self.fits_head(&file[..self.head.len()])
    }

    /// True for what stands before the values in a file of this layout, whatever their CRC.
    pub fn fits_head(&self, head: &[u8]) -> bool {
        let crc = self.crc_in_head..self.crc_in_head + 4;
        head.len() == self.head.len()
            && head[..crc.start] == self.head[..crc.start]
            && head[crc.end..] == self.head[crc.end..]
    }

    /// Fills `values` from a file of this layout; false, and nothing changed, where `file` has another length.
    pub fn decode_into(&self, file: &[u8], values: &mut Vec<f32>) -> bool {
        let fits = file.len() as u64 == self.file_bytes();
        if fits {
            values.clear();
            values.extend(values_of(&file[self.values()]));
        }
        fits
    }
}

fn values_of(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

/// BLAKE3 of a tensor's values, row-major and little-endian: the `blake3` of `index.csv`.
pub fn hash_values(values: &[f32]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = [0; 16_384];
    for part in values.chunks(bytes.len() / 4) {
        for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(part) {
            *bytes = value.to_le_bytes();
        }
        hasher.update(&bytes[..part.len() * 4]);
    }
    hasher.finalize()
}

fn template(shape: [usize; 3], n_values: usize) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .with_alignment_and_header_id(ALIGNMENT, PADDING_FIELD);
    let pickle = pickle::encode(shape);
    let zeros = vec![0; n_values * 4];
    let records: [(&str, &[u8]); 7] = [
        ("data.pkl", &pickle),
        (".format_version", b"1"),
        (".storage_alignment", b"64"),
        ("byteorder", b"little"),
        ("data/0", &zeros),
        ("version", b"3\n"),
        // torch derives it from the records to tell files apart; here equal tensors shall be equal files.
        (".data/serialization_id", &[b'0'; 40]),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in records {
        zip.start_file(format!("{ROOT}/{name}"), options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Reads a tensor `[2, n_mels, frames]` that [`PtLayout`] or `torch.save` wrote.
///
/// # Errors
/// When the file cannot be read, is damaged (every record read is checked against its CRC), or holds something else.
pub fn read(path: &Path) -> Result<Array3<f32>> {
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    decode(&bytes).map_err(|problem| Error::damaged_cache(path, format!("no readable tensor: {problem}")))
}

/// [`read`] from memory; the error says what is wrong with the bytes.
pub fn decode(bytes: &[u8]) -> Result<Array3<f32>, String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("not a zip archive ({error})"))?;
    let pickle_names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .filter(|name| name.strip_suffix("/data.pkl").is_some_and(|root| !root.contains('/')))
        .map(Into::into)
        .collect();
    let [pickle_name] = pickle_names.as_slice() else {
        return Err(format!("{} records data.pkl instead of one", pickle_names.len()));
    };
    let root = pickle_name.strip_suffix("data.pkl").expect("the filter above keeps no other names");
    let byteorder = format!("{root}byteorder");
    if archive.index_for_name(&byteorder).is_some() && record(&mut archive, &byteorder, 16)? != b"little" {
        return Err("its byte order is not little-endian".into());
    }
    let tensor = pickle::decode(&record(&mut archive, pickle_name, PICKLE_BYTES_MAX)?)?;
    let data = record(&mut archive, &format!("{root}data/{}", tensor.storage), bytes.len() as u64)?;
    if data.len() as u64 != tensor.storage_values.saturating_mul(4) {
        return Err(format!("its storage has {} bytes for {} values", data.len(), tensor.storage_values));
    }
    // The pickle's own check keeps offset and shape inside the storage.
    let n_values: usize = tensor.shape.iter().product();
    let values = values_of(&data[tensor.offset * 4..][..n_values * 4]).collect();
    Array3::from_shape_vec(tensor.shape, values).map_err(|error| error.to_string())
}

fn record(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
    let problem = |error: &dyn std::fmt::Display| format!("record {name}: {error}");
    let mut record = archive.by_name(name).map_err(|error| problem(&error))?;
    if record.compression() != CompressionMethod::Stored {
        return Err(problem(&"it is compressed"));
    }
    if record.size() > bytes_max {
        return Err(problem(&format!("it claims {} bytes", record.size())));
    }
    let mut content = Vec::with_capacity(record.size() as usize);
    record.read_to_end(&mut content).map_err(|error| problem(&error))?;
    Ok(content)
}
