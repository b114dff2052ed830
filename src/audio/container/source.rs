//! The part of a file that a decoder gets to see.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A range of a file as if it were the whole, with corrections.
#[derive(Debug)]
pub(in super::super) struct Source {
    file: File,
    start: u64,
    end: u64,
    position: u64,
    /// Zeros that follow the range, so that a reader of fixed blocks gets its last one.
    n_tail: u64,
    /// Four bytes that are read instead of the file's, by position in the file.
    patches: Vec<(u64, [u8; 4])>,
}

impl Source {
    /// The bytes `start..end` of `file`.
    pub(super) fn new(file: File, start: u64, end: u64) -> Self {
        Self { file, start, end, position: 0, n_tail: 0, patches: Vec::new() }
    }

    /// Lets `n_tail` zeros follow the range.
    pub(super) fn with_tail(mut self, n_tail: u64) -> Self {
        self.n_tail = n_tail;
        self
    }

    /// Reads `bytes` instead of what the file has at `position`.
    pub(super) fn with_patch(mut self, position: u64, bytes: [u8; 4]) -> Self {
        self.patches.push((position, bytes));
        self
    }

    /// Hands the file on for reading at places of its own.
    pub(in super::super) fn into_range_reader(self) -> RangeReader {
        RangeReader { file: self.file, position: None }
    }

    /// The number of bytes there are to read.
    pub(in super::super) fn len(&self) -> u64 {
        self.end - self.start + self.n_tail
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let position = self.start + self.position;
        let n_read = if position < self.end {
            let n_wanted = buffer.len().min(usize::try_from(self.end - position).unwrap_or(usize::MAX));
            self.file.read(&mut buffer[..n_wanted])?
        } else {
            let n_left = self.len().saturating_sub(self.position);
            let n_zeros = buffer.len().min(usize::try_from(n_left).unwrap_or(usize::MAX));
            buffer[..n_zeros].fill(0);
            n_zeros
        };
        for (patch_start, bytes) in &self.patches {
            for (byte_position, byte) in (*patch_start..).zip(bytes) {
                if let Some(offset) = byte_position.checked_sub(position)
                    && let Some(target) = buffer[..n_read].get_mut(offset as usize)
                {
                    *target = *byte;
                }
            }
        }
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
        self.file.seek(SeekFrom::Start((self.start.saturating_add(self.position)).min(self.end)))?;
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
