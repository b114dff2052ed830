//! `index.csv`: where every tensor comes from, and its hash.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};

use super::names::{TensorKey, tensor_name, tensor_number};
use crate::applied::Applied;
use crate::error::{Error, Result};
use crate::path_text::RelPath;

/// The index's name in the cache.
pub const FILE_NAME: &str = "index.csv";

const COLUMNS: [&str; 11] = [
    "file",
    "source",
    "chunk",
    "start_s",
    "variant",
    "semitones",
    "speed",
    "snr_db",
    "gain",
    "group",
    "blake3",
];

/// One tensor; its number is its place in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The place of what it is made from; the source's number is the row's group.
    pub key: TensorKey,
    /// The source.
    pub source: RelPath,
    /// Where the chunk starts in the source, in seconds.
    pub start_s: f64,
    /// The changes that made it; none for an original.
    pub applied: Applied,
    /// Hash of the values, see [`super::pt::hash_values`].
    pub blake3: blake3::Hash,
}

/// Writes the index's file; row *i* is tensor *i*.
pub fn write(rows: impl Iterator<Item = Row>, to: impl Write) -> io::Result<()> {
    let write = || -> Result<(), csv::Error> {
        let mut writer = WriterBuilder::new().from_writer(to);
        writer.write_record(COLUMNS)?;
        for (number, row) in rows.enumerate() {
            writer.write_field(tensor_name(number as u64))?;
            writer.write_field(row.source.as_bytes())?;
            writer.write_field(row.key.chunk.to_string())?;
            writer.write_field(row.start_s.to_string())?;
            writer.write_field(row.key.variant.to_string())?;
            let Applied { semitones, speed, snr_db, gain } = row.applied;
            for effect in [semitones, speed, snr_db, gain] {
                writer.write_field(effect.map_or_else(String::new, |value| value.to_string()))?;
            }
            writer.write_field(row.key.source.to_string())?;
            writer.write_field(row.blake3.to_hex().as_str())?;
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(io::Error::from)
}

/// Reads the index of a cache.
///
/// # Errors
/// When it is not there, not ours, or has a row that [`write()`] does not write.
pub fn read(cache_dir: &Path) -> Result<Vec<Row>> {
    let path = cache_dir.join(FILE_NAME);
    let file = File::open(&path).map_err(Error::io("read", &path))?;
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file));
    let refuse = |problem: String| Error::damaged_cache(&path, problem);
    let header = reader.byte_headers().map_err(|error| refuse(error.to_string()))?;
    if !header.iter().eq(COLUMNS.map(str::as_bytes)) {
        return Err(refuse("its header is not that of Melscope's index".into()));
    }
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let number = rows.len() as u64;
        let record = record.map_err(|error| refuse(error.to_string()))?;
        let row = row(number, &record);
        rows.push(row.ok_or_else(|| refuse(format!("the row of tensor {number} is damaged")))?);
    }
    Ok(rows)
}

fn row(number: u64, record: &ByteRecord) -> Option<Row> {
    let field = |column: usize| record.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let effect = |column| match field(column)? {
        "" => Some(None),
        value => value.parse().ok().map(Some),
    };
    if record.len() != COLUMNS.len() || field(0)? != tensor_name(number) {
        return None;
    }
    Some(Row {
        key: TensorKey {
            source: field(9)?.parse().ok()?,
            chunk: field(2)?.parse().ok()?,
            variant: field(4)?.parse().ok()?,
        },
        source: RelPath::from_bytes(record.get(1)?),
        start_s: field(3)?.parse().ok()?,
        applied: Applied { semitones: effect(5)?, speed: effect(6)?, snr_db: effect(7)?, gain: effect(8)? },
        blake3: blake3::Hash::from_hex(field(10)?).ok()?,
    })
}

/// The file in the index's place, by whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredIndex {
    /// There is none.
    Absent,
    /// Ours: the tensors that it lists, as far as its rows can be read.
    Ours(Vec<String>),
    /// Somebody else's.
    Foreign,
}

impl StoredIndex {
    /// Looks into a cache folder, which need not exist.
    pub fn in_folder(cache_dir: &Path) -> Result<Self> {
        let path = cache_dir.join(FILE_NAME);
        let mut file = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Absent),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let mut header = Vec::new();
        let expected = COLUMNS.join(",") + "\n";
        // A stranger's file can be one endless line.
        let header_read = file.by_ref().take(expected.len() as u64).read_until(b'\n', &mut header);
        header_read.map_err(Error::io("read", &path))?;
        if header != expected.as_bytes() {
            return Ok(Self::Foreign);
        }
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let mut record = ByteRecord::new();
        let mut tensors = Vec::new();
        while reader.read_byte_record(&mut record).map_err(|error| Error::io("read", &path)(error.into()))? {
            let name = record.get(0).and_then(|name| std::str::from_utf8(name).ok());
            // Only a tensor's name counts: a damaged index must not lead anywhere else.
            tensors.extend(name.filter(|name| tensor_number(name).is_some()).map(String::from));
        }
        Ok(Self::Ours(tensors))
    }
}
