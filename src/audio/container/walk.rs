//! Reading small fields at many places of a large file.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::source::Source;

/// The unsigned number that up to eight bytes are, the most significant first.
pub(super) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The unsigned number that up to eight bytes are, the least significant first.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A buffered reader that knows where it is and where the file ends.
pub(super) struct Walker {
    reader: BufReader<Arc<File>>,
    position: u64,
    len: u64,
}

impl Walker {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { reader: BufReader::with_capacity(32 * 1024, Arc::new(file)), position: 0, len })
    }

    /// The file's length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The system's metadata of the file.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.reader.get_ref().metadata()
    }

    /// Lets the file end at `end`, if it does not end before.
    pub(super) fn end_at(&mut self, end: u64) {
        self.len = self.len.min(end);
    }

    /// The `N` bytes at `position`; `None` where the file ends before.
    pub(super) fn bytes<const N: usize>(&mut self, position: u64) -> io::Result<Option<[u8; N]>> {
        if position.checked_add(N as u64).is_none_or(|end| end > self.len) {
            return Ok(None);
        }
        let mut bytes = [0; N];
        self.read_at(position, &mut bytes)?;
        Ok(Some(bytes))
    }

    /// Fills `buffer` from `position` as far as the file goes; gives how far.
    pub(super) fn fill(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let n_left = usize::try_from(self.len.saturating_sub(position)).unwrap_or(usize::MAX);
        let n_filled = buffer.len().min(n_left);
        self.read_at(position, &mut buffer[..n_filled])?;
        Ok(n_filled)
    }

    /// The `N` bytes at `position`, zeros behind the end of the file.
    pub(super) fn peek_padded<const N: usize>(&mut self, position: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(position, &mut bytes)?;
        Ok(bytes)
    }

    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<()> {
        // A relative seek keeps the buffer where the target lies within it.
        match i64::try_from(i128::from(position) - i128::from(self.position)) {
            Ok(offset) => self.reader.seek_relative(offset)?,
            Err(_) => self.reader.seek(SeekFrom::Start(position)).map(drop)?,
        }
        self.position = position;
        self.reader.read_exact(buffer)?;
        self.position += buffer.len() as u64;
        Ok(())
    }

    /// The first place from `start` on, within `n_bytes`, that has the eight bytes of `mark`.
    pub(super) fn find(&mut self, start: u64, n_bytes: u64, mark: [u8; 8]) -> io::Result<Option<u64>> {
        let mut block = [0; 4_096];
        let mut position = start;
        while position - start <= n_bytes {
            let n_read = self.fill(position, &mut block)?;
            if let Some(offset) = block[..n_read].windows(mark.len()).position(|window| *window == mark) {
                return Ok(Some(position + offset as u64));
            }
            if n_read < block.len() {
                break;
            }
            position += (n_read - mark.len() + 1) as u64;
        }
        Ok(None)
    }

    /// Where the audio begins after any `ID3v2` tags at the start.
    pub(super) fn skip_id3(&mut self) -> io::Result<u64> {
        let mut position = 0;
        while let Some(n_tag) = self.id3_len(position)? {
            position += n_tag;
        }
        Ok(position.min(self.len))
    }

    /// The length of the `ID3v2` tag at `position`, if there is one.
    pub(super) fn id3_len(&mut self, position: u64) -> io::Result<Option<u64>> {
        let Some([b'I', b'D', b'3', _, _, flags, a, b, c, d]) = self.bytes::<10>(position)? else {
            return Ok(None);
        };
        let n_body = [a, b, c, d].into_iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
        let n_footer = if flags & 0x10 == 0 { 0 } else { 10 };
        Ok(Some(10 + n_body + n_footer))
    }

    /// Hands the file on as a source that begins at `start`.
    pub(super) fn into_source(self, start: u64) -> Source {
        let end = self.len;
        self.into_range(start, end)
    }

    /// The file, for sources of it; the walk can go on, but not while one of them is read.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(self.reader.get_ref())
    }

    /// Hands the range `start..end` of the file on as a source.
    pub(super) fn into_range(self, start: u64, end: u64) -> Source {
        Source::new(self.reader.into_inner(), start, end)
    }
}
