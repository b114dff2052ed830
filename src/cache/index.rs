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

/// The column that format 1 lacks.
const N_SAMPLES: &str = "n_samples";

/// The columns of format 2. Those of format 1 are the same without the number of samples.
const COLUMNS: [&str; 12] = [
    "file",
    "source",
    "chunk",
    "start_s",
    N_SAMPLES,
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
    /// Samples of the source in it, before the padding, at the build's rate; `None` where format 1 does not tell.
    pub n_samples: Option<u32>,
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
            writer.write_field(row.n_samples.map_or_else(String::new, |n| n.to_string()))?;
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
    let formats = [columns(1), columns(2)];
    let Some(columns) =
        formats.iter().find(|columns| header.iter().eq(columns.iter().map(|name| name.as_bytes())))
    else {
        return Err(refuse("its header is not that of Melscope's index".into()));
    };
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let number = rows.len() as u64;
        let record = record.map_err(|error| refuse(error.to_string()))?;
        let row = row(number, &record, columns);
        rows.push(row.ok_or_else(|| refuse(format!("the row of tensor {number} is damaged")))?);
    }
    Ok(rows)
}

/// The columns of a format.
fn columns(format: u32) -> Vec<&'static str> {
    COLUMNS.into_iter().filter(|name| format > 1 || *name != N_SAMPLES).collect()
}

fn row(number: u64, record: &ByteRecord, columns: &[&str]) -> Option<Row> {
    let bytes = |name: &str| record.get(columns.iter().position(|column| *column == name)?);
    let field = |name: &str| bytes(name).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let effect = |name| match field(name)? {
        "" => Some(None),
        value => value.parse().ok().map(Some),
    };
    if record.len() != columns.len() || field("file")? != tensor_name(number) {
        return None;
    }
    Some(Row {
        key: TensorKey {
            source: field("group")?.parse().ok()?,
            chunk: field("chunk")?.parse().ok()?,
            variant: field("variant")?.parse().ok()?,
        },
        source: RelPath::from_bytes(bytes("source")?),
        start_s: field("start_s")?.parse().ok()?,
        n_samples: match field(N_SAMPLES) {
            None | Some("") => None,
            Some(n_samples) => Some(n_samples.parse().ok()?),
        },
        applied: Applied {
            semitones: effect("semitones")?,
            speed: effect("speed")?,
            snr_db: effect("snr_db")?,
            gain: effect("gain")?,
        },
        blake3: blake3::Hash::from_hex(field("blake3")?).ok()?,
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
        let expected = [1, 2].map(|format| columns(format).join(",") + "\n");
        let longest = expected.iter().map(String::len).max().unwrap_or(0);
        // A stranger's file can be one endless line.
        let header_read = file.by_ref().take(longest as u64).read_until(b'\n', &mut header);
        header_read.map_err(Error::io("read", &path))?;
        if expected.iter().all(|expected| header != expected.as_bytes()) {
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
