//! `index.csv`: where every tensor comes from, and its hash.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use roaring::RoaringTreemap;

use super::names::{tensor_name, tensor_number};
use crate::applied::Applied;
use crate::error::{Error, Result};
use crate::path_text::RelPath;
use crate::split::Side;

/// The index's name in the cache.
pub const FILE_NAME: &str = "index.csv";

/// The column that format 1 lacks.
const N_SAMPLES: &str = "n_samples";

/// The column that formats 1 and 2 lack.
const SPLIT: &str = "split";

/// The columns of format 3, which is the one that is written.
const COLUMNS: [&str; 13] = [
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
    SPLIT,
    "blake3",
];

/// One tensor; its number is its place in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The source.
    pub source: RelPath,
    /// Number of the chunk in the source.
    pub chunk: u32,
    /// 0 for the original, then the augmented variants.
    pub variant: u32,
    /// Where the chunk starts in the source, in seconds.
    pub start_s: f64,
    /// Samples of the source in it, before the padding, at the build's rate; `None` where format 1 does not tell.
    pub n_samples: Option<u32>,
    /// The changes that made it; none for an original.
    pub applied: Applied,
    /// Number of the group, whose tensors are never split. In formats 1 and 2 every source is one.
    pub group: u32,
    /// The side of the split; `None` where formats 1 and 2 do not tell.
    pub side: Option<Side>,
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
            writer.write_field(row.chunk.to_string())?;
            writer.write_field(row.start_s.to_string())?;
            writer.write_field(row.n_samples.map_or_else(String::new, |n| n.to_string()))?;
            writer.write_field(row.variant.to_string())?;
            let Applied { semitones, speed, snr_db, gain } = row.applied;
            for effect in [semitones, speed, snr_db, gain] {
                writer.write_field(effect.map_or_else(String::new, |value| value.to_string()))?;
            }
            writer.write_field(row.group.to_string())?;
            writer.write_field(row.side.map_or("", Side::name))?;
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
    let formats = FORMATS.map(columns);
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

/// The formats that differ in their columns.
const FORMATS: [u32; 3] = [1, 2, 3];

/// The columns of a format.
fn columns(format: u32) -> Vec<&'static str> {
    let is_there = |name: &&str| match *name {
        N_SAMPLES => format > 1,
        SPLIT => format > 2,
        _ => true,
    };
    COLUMNS.into_iter().filter(is_there).collect()
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
        source: RelPath::from_bytes(bytes("source")?),
        chunk: field("chunk")?.parse().ok()?,
        variant: field("variant")?.parse().ok()?,
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
        group: field("group")?.parse().ok()?,
        side: match field(SPLIT) {
            None | Some("") => None,
            Some(side) => Some(Side::from_name(side)?),
        },
        blake3: blake3::Hash::from_hex(field("blake3")?).ok()?,
    })
}

/// The file in the index's place, by whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredIndex {
    /// There is none.
    Absent,
    /// Ours: the numbers of the tensors that it lists, as far as its rows can be read.
    Ours(RoaringTreemap),
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
        let expected = FORMATS.map(|format| columns(format).join(",") + "\n");
        let longest = expected.iter().map(String::len).max().unwrap_or(0);
        // A stranger's file can be one endless line.
        let header_read = file.by_ref().take(longest as u64).read_until(b'\n', &mut header);
        header_read.map_err(Error::io("read", &path))?;
        if expected.iter().all(|expected| header != expected.as_bytes()) {
            return Ok(Self::Foreign);
        }
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let mut record = ByteRecord::new();
        let mut tensors = RoaringTreemap::new();
        while reader.read_byte_record(&mut record).map_err(|error| Error::io("read", &path)(error.into()))? {
            let name = record.get(0).and_then(|name| std::str::from_utf8(name).ok());
            // Only a tensor's name counts: a damaged index must not lead anywhere else.
            tensors.extend(name.and_then(tensor_number));
        }
        Ok(Self::Ours(tensors))
    }
}
