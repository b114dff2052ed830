//! The part of a file that a decoder gets to see.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A range of a file as if it were the whole.
#[derive(Debug)]
pub(in super::super) struct Source {
    file: File,
    start: u64,
    end: u64,
    position: u64,
    /// Bytes that come before the range: a header of ours.
    head: Vec<u8>,
    /// Zeros that follow the range, so that a reader of fixed blocks gets its last one.
    n_tail: u64,
}

impl Source {
    /// The bytes `start..end` of `file`.
    pub(super) fn new(file: File, start: u64, end: u64) -> Self {
        Self { file, start, end: end.max(start), position: 0, head: Vec::new(), n_tail: 0 }
    }

    /// Lets `head` come before the range.
    pub(super) fn with_head(mut self, head: Vec<u8>) -> Self {
        self.head = head;
        self
    }

    /// Lets `n_tail` zeros follow the range.
    pub(super) fn with_tail(mut self, n_tail: u64) -> Self {
        self.n_tail = n_tail;
        self
    }

    /// Hands the file on for reading at places of its own.
    pub(in super::super) fn into_range_reader(self) -> RangeReader {
        RangeReader { file: self.file, position: None }
    }

    /// The number of bytes there are to read.
    pub(in super::super) fn len(&self) -> u64 {
        self.head.len() as u64 + (self.end - self.start) + self.n_tail
    }

    /// Where the next byte comes from in the file, or would.
    fn file_position(&self) -> u64 {
        let behind_head = self.position.saturating_sub(self.head.len() as u64);
        self.start.saturating_add(behind_head).min(self.end)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = usize::try_from(self.position).ok().and_then(|position| self.head.get(position..));
        let n_read = if let Some(head) = head.filter(|head| !head.is_empty()) {
            let n_head = head.len().min(buffer.len());
            buffer[..n_head].copy_from_slice(&head[..n_head]);
            n_head
        } else if self.file_position() < self.end {
            let n_left = usize::try_from(self.end - self.file_position()).unwrap_or(usize::MAX);
            let n_wanted = buffer.len().min(n_left);
            self.file.read(&mut buffer[..n_wanted])?
        } else {
            let n_left = self.len().saturating_sub(self.position);
            let n_zeros = buffer.len().min(usize::try_from(n_left).unwrap_or(usize::MAX));
            buffer[..n_zeros].fill(0);
            n_zeros
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
        self.file.seek(SeekFrom::Start(self.file_position()))?;
        Ok(self.position)
    }
}

/// A file that is read at places, mostly one behind the other.
#[derive(Debug)]
pub(in super::super) struct RangeReader {
    file: File,
    /// Where the next byte would come from, where that is known.
    position: Option<u64>,
}

impl RangeReader {
    /// Reads bytes from `position` of the file on; gives how many, 0 at its end.
    pub(in super::super) fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position.take() != Some(position) {
            self.file.seek(SeekFrom::Start(position))?;
        }
        loop {
            match self.file.read(buffer) {
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
