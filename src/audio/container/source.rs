//! The part of a file that a decoder gets to see.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// A stretch of what is read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Bytes of the file.
    File(Range<u64>),
    /// Bytes that the file does not have in this form: a corrected header.
    Bytes(Vec<u8>),
    /// As many zeros.
    Zeros(u64),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::File(range) => range.end.saturating_sub(range.start),
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(n_zeros) => *n_zeros,
        }
    }
}

/// Ranges of a file, and bytes of ours, as if they were a file of their own.
#[derive(Debug, Clone)]
pub(in super::super) struct Source {
    file: Arc<File>,
    /// Each with the position behind it in what is read.
    pieces: Vec<(u64, Piece)>,
    position: u64,
}

impl Source {
    /// Nothing of `file` as yet.
    pub(super) fn empty(file: Arc<File>) -> Self {
        Self { file, pieces: Vec::new(), position: 0 }
    }

    /// The bytes `start..end` of `file`.
    pub(super) fn new(file: Arc<File>, start: u64, end: u64) -> Self {
        let mut source = Self::empty(file);
        source.push(Piece::File(start..end));
        source
    }

    /// Lets the file's bytes `range` follow; a range that continues the last one becomes part of it.
    pub(super) fn push_range(&mut self, range: Range<u64>) {
        if let Some((end, Piece::File(last))) = self.pieces.last_mut()
            && last.end == range.start
        {
            *end += range.end - range.start;
            last.end = range.end;
            return;
        }
        self.push(Piece::File(range));
    }

    /// Lets `bytes` follow.
    pub(super) fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.push(Piece::Bytes(bytes));
    }

    /// Lets `bytes` stand in place of the last range's last `n_bytes`.
    pub(super) fn replace_end(&mut self, n_bytes: u64, bytes: Vec<u8>) {
        if let Some((end, Piece::File(last))) = self.pieces.last_mut()
            && last.end - last.start >= n_bytes
        {
            *end -= n_bytes;
            last.end -= n_bytes;
            if last.is_empty() {
                self.pieces.pop();
            }
            self.push_bytes(bytes);
        }
    }

    fn push(&mut self, piece: Piece) {
        if piece.len() > 0 {
            self.pieces.push((self.len() + piece.len(), piece));
        }
    }

    /// Lets `n_tail` zeros follow, so that a reader of fixed blocks gets its last one.
    pub(super) fn with_tail(mut self, n_tail: u64) -> Self {
        self.push(Piece::Zeros(n_tail));
        self
    }

    /// Lets `head` come before all.
    pub(super) fn with_head(mut self, head: Vec<u8>) -> Self {
        let pieces = std::mem::take(&mut self.pieces);
        self.push_bytes(head);
        for (_, piece) in pieces {
            self.push(piece);
        }
        self
    }

    /// Hands the file on for reading at places of its own.
    pub(in super::super) fn into_range_reader(self) -> RangeReader {
        RangeReader { file: self.file, position: None }
    }

    /// The number of bytes there are to read.
    pub(in super::super) fn len(&self) -> u64 {
        self.pieces.last().map_or(0, |(end, _)| *end)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let index = self.pieces.partition_point(|(end, _)| *end <= self.position);
        let Some((end, piece)) = self.pieces.get(index) else { return Ok(0) };
        let n_left = end - self.position;
        let offset = piece.len() - n_left;
        let n_wanted = buffer.len().min(usize::try_from(n_left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..n_wanted];
        let n_read = match piece {
            Piece::File(range) => {
                let mut file: &File = &self.file;
                file.seek(SeekFrom::Start(range.start + offset))?;
                file.read(buffer)?
            }
            Piece::Bytes(bytes) => {
                let offset = offset as usize;
                buffer.copy_from_slice(&bytes[offset..offset + n_wanted]);
                n_wanted
            }
            Piece::Zeros(_) => {
                buffer.fill(0);
                n_wanted
            }
        };
        self.position += n_read as u64;
        Ok(n_read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A file that is read at places, mostly one behind the other.
#[derive(Debug)]
pub(in super::super) struct RangeReader {
    file: Arc<File>,
    /// Where the next byte would come from, where that is known.
    position: Option<u64>,
}

impl RangeReader {
    /// Reads bytes from `position` of the file on; gives how many, 0 at its end.
    pub(in super::super) fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file: &File = &self.file;
        if self.position.take() != Some(position) {
            file.seek(SeekFrom::Start(position))?;
        }
        loop {
            match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(n_read) => {
                    self.position = position.checked_add(n_read as u64);
                    return Ok(n_read);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn pieces_read_as_one_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let mut source = Source::empty(Arc::new(file));
        source.push_range(2..4);
        source.push_range(4..5);
        source.push_range(6..10);
        source.replace_end(2, b"ab".to_vec());
        let mut source = source.with_tail(2).with_head(b"head".to_vec());
        assert_eq!((source.len(), source.pieces.len()), (13, 5));
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"head23467ab\0\0");
        assert_eq!(source.seek(SeekFrom::End(-4)).unwrap(), 9);
        let mut two = [0; 2];
        source.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"ab");
        source.seek(SeekFrom::Start(100)).unwrap();
        assert_eq!(source.read(&mut two).unwrap(), 0);
    }
}
