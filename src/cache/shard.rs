//! A shard: the part of a build that one process computes, on whatever machine, in a folder of its own until all are merged.
//!
//! Shards share no lock. Each try to compute one has a staging folder that nobody else knows, and counts from the moment in which
//! its record is renamed into place, so that a try that was killed, or is repeated while the first still runs, does no harm.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::names::TensorKey;
use super::recover::names_in;
use super::staging::Staging;
use super::{disk, record_file};
use crate::error::{Error, Remedy, Result};

/// The folder inside the cache in which shards lie until they are merged.
pub const SHARDS: &str = ".shards";

/// The version of the record that this program writes and reads.
const FORMAT: u32 = 1;

/// The file of numbers in a shard's staging folder.
const NUMBERS: &str = "numbers";

/// The record's name while it is written.
const RECORD_NEW: &str = "record.new";

/// The most shards that a build is divided into.
const SHARDS_MAX: u32 = 100_000;

/// The number of a shard, from 1, and how many there are. Its text is "2/5".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    of: u32,
    number: u32,
}

impl Shard {
    /// Shard `number` of `of`, both from 1; `None` where there is no such shard.
    pub fn new(number: u32, of: u32) -> Option<Self> {
        ((1..=SHARDS_MAX).contains(&of) && (1..=of).contains(&number)).then_some(Self { of, number })
    }

    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many shards there are.
    pub fn of(self) -> u32 {
        self.of
    }

    fn stem(self) -> String {
        format!("{}-of-{}", self.number, self.of)
    }

    fn record_name(self) -> String {
        format!("{}.jsonl", self.stem())
    }

    /// The shard whose record has this name.
    fn of_record(name: &str) -> Option<Self> {
        let (number, of) = name.strip_suffix(".jsonl")?.split_once("-of-")?;
        let shard = Self::new(number.parse().ok()?, of.parse().ok()?)?;
        // Printing again settles what parsing forgives.
        (shard.record_name() == name).then_some(shard)
    }

    /// True for the name of a staging folder of some shard.
    fn is_staging(name: &str) -> bool {
        name.split_once('.').is_some_and(|(stem, mark)| {
            Self::of_record(&format!("{stem}.jsonl")).is_some()
                && mark.len() == 16
                && mark.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (number, of) = text.split_once('/')?;
            Self::new(number.parse().ok()?, of.parse().ok()?)
        };
        parse().ok_or_else(|| {
            format!("it must be I/N, shard I of N, with I from 1 to N and N at most {SHARDS_MAX}, as in 2/5")
        })
    }
}

/// The first line of a record: it tells that the file is ours.
#[derive(Serialize, Deserialize)]
struct FirstLine {
    melscope: String,
    format: u32,
    staging: String,
}

/// The last line of a record.
#[derive(Serialize, Deserialize)]
struct LastLine {
    /// BLAKE3 of the numbers' file, hexadecimal.
    numbers: String,
    /// BLAKE3 of all lines above, hexadecimal.
    end: String,
}

/// What every first line of ours begins with.
const MARK: &[u8] = b"{\"melscope\":\"shard\",";

/// A shard while it is computed. Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct ShardWriter {
    shard: Shard,
    shards: PathBuf,
    staging: Staging,
    is_committed: bool,
}

impl ShardWriter {
    /// Begins to compute a shard of the build of `cache_dir`, which is created where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created, or a file that is none of ours has the name of the record.
    pub fn create(cache_dir: &Path, shard: Shard) -> Result<Self> {
        let shards = cache_dir.join(SHARDS);
        disk::create_folder(&shards)?;
        let record = shards.join(shard.record_name());
        if disk::read_optional(&record)?.is_some_and(|bytes| !bytes.starts_with(MARK)) {
            return Err(Error::Foreign { path: record, n_others: 0, remedy: Remedy::MoveAway });
        }
        let mut mark = jiff::Timestamp::now().as_nanosecond() as u64;
        let folder = loop {
            let folder = shards.join(format!("{}.{mark:016x}", shard.stem()));
            match disk::create_new_folder(&folder) {
                Ok(true) => break folder,
                Ok(false) => mark = mark.wrapping_add(1),
                // A shard that was cancelled has just removed the empty folder that both had created.
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    disk::create_folder(&shards)?;
                }
                Err(error) => return Err(error),
            }
        };
        Ok(Self { shard, shards, staging: Staging::new(folder), is_committed: false })
    }

    /// Where its raw tensors are staged.
    pub fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Puts the shard in place, in the place of what another try has made: with a record of `header` and `lines`, and with `N` `numbers` for each
    /// tensor, of which there may be millions. All is on the disk before.
    pub fn commit<L: Serialize, const N: usize>(
        mut self,
        header: &impl Serialize,
        lines: impl Iterator<Item = L>,
        numbers: impl Iterator<Item = Result<[f64; N]>>,
    ) -> Result<()> {
        let folder = self.staging.folder();
        let numbers = write_numbers(&folder.join(NUMBERS), numbers)?.to_hex().to_string();
        let record = folder.join(RECORD_NEW);
        let staging = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        disk::create_new_with(&record, |file| {
            let mut hasher = blake3::Hasher::new();
            let mut put = |line: String| {
                hasher.update(line.as_bytes()).update(b"\n");
                file.write_all(line.as_bytes())?;
                file.write_all(b"\n")
            };
            put(serde_json::to_string(&FirstLine { melscope: "shard".into(), format: FORMAT, staging })?)?;
            put(serde_json::to_string(header)?)?;
            for line in lines {
                put(serde_json::to_string(&line)?)?;
            }
            let end = LastLine { numbers, end: hasher.finalize().to_hex().to_string() };
            writeln!(file, "{}", serde_json::to_string(&end)?)
        })?;
        disk::sync_contents(folder)?;
        // From here on the record may be in place, whatever else fails.
        self.is_committed = true;
        disk::rename_over(&record, &self.shards.join(self.shard.record_name()))?;
        disk::sync_folder(&self.shards)
    }
}

/// Writes the numbers of all tensors, and gives their hash.
fn write_numbers<const N: usize>(
    path: &Path,
    numbers: impl Iterator<Item = Result<[f64; N]>>,
) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut failure = None;
    disk::create_new_with(path, |file| {
        for numbers in numbers.map_while(|numbers| numbers.map_err(|error| failure = Some(error)).ok()) {
            for number in numbers {
                hasher.update(&number.to_le_bytes());
                file.write_all(&number.to_le_bytes())?;
            }
        }
        Ok(())
    })?;
    failure.map_or_else(|| Ok(hasher.finalize()), Err)
}

impl Drop for ShardWriter {
    fn drop(&mut self) {
        if !self.is_committed {
            // What cannot be removed now, the merge removes.
            clear_staging(self.staging.folder()).ok();
            disk::remove_empty_folder(&self.shards).ok();
        }
    }
}

/// A shard that is computed.
#[derive(Debug, Clone)]
pub struct StoredShard {
    /// Which it is.
    pub shard: Shard,
    /// Where its raw tensors are staged.
    pub staging: Staging,
    record: PathBuf,
    /// The lines of its record between the first and the last: the header and those that follow it.
    body: String,
    /// The hash of its numbers, hexadecimal.
    numbers: String,
}

impl StoredShard {
    /// Reads the record of a shard; `None` where there is none that is whole and of this format.
    pub fn read(cache_dir: &Path, shard: Shard) -> Result<Option<Self>> {
        let shards = cache_dir.join(SHARDS);
        let record = shards.join(shard.record_name());
        let Some(bytes) = disk::read_optional(&record)? else { return Ok(None) };
        let parse = || {
            let text = String::from_utf8(bytes).ok()?;
            let (above, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
            let last: LastLine = serde_json::from_str(last).ok()?;
            let hash = blake3::Hasher::new().update(above.as_bytes()).update(b"\n").finalize();
            let (first, body) = above.split_once('\n').unwrap_or((above, ""));
            let first: FirstLine = serde_json::from_str(first).ok()?;
            let is_whole = blake3::Hash::from_hex(last.end).is_ok_and(|end| end == hash);
            let is_ours =
                first.melscope == "shard" && first.format == FORMAT && Shard::is_staging(&first.staging);
            let staging = Staging::new(shards.join(first.staging));
            let (record, body, numbers) = (record.clone(), body.into(), last.numbers);
            (is_whole && is_ours).then_some(Self { shard, staging, record, body, numbers })
        };
        Ok(parse())
    }

    /// Every shard that is computed, by how many there are and by number.
    pub fn all(cache_dir: &Path) -> Result<Vec<Self>> {
        let names = names_in(&cache_dir.join(SHARDS))?;
        let mut shards: Vec<Shard> =
            names.iter().filter_map(|name| Shard::of_record(name.to_str()?)).collect();
        shards.sort_unstable();
        shards.into_iter().filter_map(|shard| Self::read(cache_dir, shard).transpose()).collect()
    }

    /// Its record.
    pub fn record(&self) -> &Path {
        &self.record
    }

    /// The header of its record.
    ///
    /// # Errors
    /// When it is no `H`: another version of the program wrote it.
    pub fn header<H: DeserializeOwned>(&self) -> Result<H> {
        self.parse(self.body.lines().next().unwrap_or_default())
    }

    /// The lines of its record after the header.
    ///
    /// # Errors
    /// As [`header`](Self::header), for the first line that is no `L`.
    pub fn lines<L: DeserializeOwned>(&self) -> impl Iterator<Item = Result<L>> {
        self.body.lines().skip(1).map(|line| self.parse(line))
    }

    fn parse<T: DeserializeOwned>(&self, line: &str) -> Result<T> {
        serde_json::from_str(line).map_err(|error| {
            let problem = format!("a line of it cannot be understood ({error})");
            Error::refused(&self.record, problem, Remedy::BuildShard)
        })
    }

    /// The numbers of its tensors, `N` for each.
    ///
    /// # Errors
    /// When they are not those that were written.
    pub fn numbers<const N: usize>(&self) -> Result<StoredNumbers<N>> {
        let path = self.staging.folder().join(NUMBERS);
        let damaged = || Error::refused(&path, "it is not what was written", Remedy::BuildShard);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged()),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&file).map_err(Error::io("read", &path))?;
        file.rewind().map_err(Error::io("read", &path))?;
        if hasher.finalize().to_hex().as_str() != self.numbers {
            return Err(damaged());
        }
        Ok(StoredNumbers { file: BufReader::new(file), path })
    }
}

/// The numbers of a shard's tensors.
#[derive(Debug)]
pub struct StoredNumbers<const N: usize> {
    file: BufReader<File>,
    path: PathBuf,
}

impl<const N: usize> StoredNumbers<N> {
    /// Goes to tensor `index` of the shard, the next to be read.
    pub fn seek(&mut self, index: u64) -> Result<()> {
        let offset = index * (N * size_of::<f64>()) as u64;
        self.file.seek(SeekFrom::Start(offset)).map(|_| ()).map_err(Error::io("read", &self.path))
    }

    /// The numbers of the next tensor.
    pub fn read(&mut self) -> Result<[f64; N]> {
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            let mut bytes = [0; size_of::<f64>()];
            self.file.read_exact(&mut bytes).map_err(Error::io("read", &self.path))?;
            *number = f64::from_le_bytes(bytes);
        }
        Ok(numbers)
    }
}

/// Removes all shards of a cache, those among them that were never finished. Gives what was left because Melscope did not write it.
pub fn clear(cache_dir: &Path) -> Result<Vec<PathBuf>> {
    let shards = cache_dir.join(SHARDS);
    let mut left = Vec::new();
    // Records first: what is left of a killed removal is no shard then.
    let (records, others): (Vec<_>, Vec<_>) =
        names_in(&shards)?.into_iter().partition(|name| name.to_str().and_then(Shard::of_record).is_some());
    for name in records {
        let path = shards.join(name);
        if disk::read_optional(&path)?.is_some_and(|bytes| bytes.starts_with(MARK)) {
            disk::remove(&path)?;
        } else {
            left.push(path);
        }
    }
    for name in others {
        let path = shards.join(&name);
        if name.to_str().is_some_and(Shard::is_staging) && !path.is_symlink() {
            left.extend(clear_staging(&path)?);
        } else {
            left.push(path);
        }
    }
    if left.is_empty() {
        disk::remove_empty_folder(&shards)?;
    }
    Ok(left)
}

/// Removes what a shard staged. Gives what was left because Melscope did not write it.
fn clear_staging(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_ours = |name: &str| {
        [NUMBERS, RECORD_NEW, record_file::FILE_NAME].contains(&name) || TensorKey::from_name(name).is_some()
    };
    let left = disk::remove_named(folder, is_ours, &mut 0)?;
    if left.is_empty() {
        disk::remove_empty_folder(folder)?;
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::pt::PtLayout;
    use crate::cache::staging::Scratch;

    fn key(chunk: u32) -> TensorKey {
        TensorKey { source: 0, chunk, variant: 0 }
    }

    #[test]
    fn a_shard_is_read_and_printed_as_its_number_of_how_many() {
        let shard: Shard = "2/5".parse().unwrap();
        assert_eq!((shard.number(), shard.of(), shard.to_string().as_str()), (2, 5, "2/5"));
        for text in ["0/5", "6/5", "1/0", "2", "", "a/b", "1/100001", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        for name in ["02-of-5.jsonl", "6-of-5.jsonl", "1-of-2.json", "1-of-2"] {
            assert_eq!(Shard::of_record(name), None, "{name}");
        }
        assert!(Shard::is_staging("1-of-2.00ff00ff00ff00ff") && !Shard::is_staging("1-of-2.backup"));
    }

    #[test]
    fn a_shard_counts_when_its_record_is_whole_and_the_last_try_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (cache_dir, shard) = (folder.path(), Shard::new(1, 2).unwrap());
        let first = ShardWriter::create(cache_dir, shard).unwrap();
        let second = ShardWriter::create(cache_dir, shard).unwrap();
        let layout = PtLayout::new([2, 1, 1]);
        for writer in [&first, &second] {
            writer.staging().stage(key(0), &layout, &[1.0, 2.0], &mut Scratch::default()).unwrap();
        }
        assert!(StoredShard::all(cache_dir).unwrap().is_empty(), "nothing is committed");
        let numbers = |from: f64| [Ok([from, f64::NAN]), Ok([from + 1.0, -0.1])].into_iter();
        first.commit(&1, ["first"].iter(), numbers(1.0)).unwrap();
        second.commit(&2, ["second", "line"].iter(), numbers(5.0)).unwrap();
        let stored = StoredShard::all(cache_dir).unwrap();
        assert_eq!(stored.len(), 1);
        let lines: Vec<String> = stored[0].lines().collect::<Result<_>>().unwrap();
        assert_eq!(lines, ["second", "line"]);
        assert_eq!(stored[0].header::<u32>().unwrap(), 2);
        assert!(stored[0].header::<String>().is_err());
        assert!(stored[0].lines::<u32>().next().unwrap().is_err());
        let mut numbers = stored[0].numbers::<2>().unwrap();
        let [first, nothing] = numbers.read().unwrap();
        assert!(first == 5.0 && nothing.is_nan());
        numbers.seek(1).unwrap();
        assert_eq!(numbers.read().unwrap(), [6.0, -0.1]);
        assert!(numbers.read().is_err(), "there are two");
        let path = stored[0].staging.folder().join(NUMBERS);
        let bytes = std::fs::read(&path).unwrap();
        disk::remove(&path).unwrap();
        assert!(stored[0].numbers::<2>().is_err());
        disk::create_new(&path, &bytes[..bytes.len() - 16]).unwrap();
        assert!(stored[0].numbers::<2>().is_err());

        // Cut or changed anywhere, it does not count.
        let record = cache_dir.join(SHARDS).join("1-of-2.jsonl");
        let whole = std::fs::read(&record).unwrap();
        for len in 0..whole.len() {
            disk::remove(&record).unwrap();
            disk::create_new(&record, &whole[..len]).unwrap();
            assert!(StoredShard::read(cache_dir, shard).unwrap().is_none(), "{len} bytes");
        }
        disk::remove(&record).unwrap();
        disk::create_new(&record, &whole).unwrap();
        assert!(clear(cache_dir).unwrap().is_empty());
        assert!(!cache_dir.join(SHARDS).exists(), "both tries are gone");
    }

    #[test]
    fn what_melscope_did_not_write_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (cache_dir, shard) = (folder.path(), Shard::new(1, 1).unwrap());
        let writer = ShardWriter::create(cache_dir, shard).unwrap();
        let theirs = writer.staging().folder().join("notes.txt");
        disk::create_new(&theirs, b"precious").unwrap();
        drop(writer);
        assert_eq!(clear(cache_dir).unwrap(), std::slice::from_ref(&theirs));
        let record = cache_dir.join(SHARDS).join("1-of-1.jsonl");
        disk::create_new(&record, b"theirs").unwrap();
        assert!(matches!(ShardWriter::create(cache_dir, shard), Err(Error::Foreign { .. })));
        assert_eq!(clear(cache_dir).unwrap(), [record, theirs]);
    }
}
