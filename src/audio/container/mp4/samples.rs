//! The packets that a movie's tables place in the file (ISO 14496-12, section 8.7), read as they are needed.

use super::boxes::Table;
use crate::audio::container::walk::{Walker, big_endian};

/// Frames of plain samples that are read at once.
const PLAIN_FRAMES: u64 = 4_096;

/// Packets without a byte in a row that are taken for a broken table.
const EMPTY_MAX: u32 = 65_536;

/// Where a packet lies, and how long it lasts in the track's ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) start: u64,
    pub(super) n_bytes: u64,
    pub(super) ticks: u64,
}

/// The tables of one track.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// `stts`: counts and durations.
    pub(super) durations: Table,
    /// `stsc`: first chunk, packets per chunk, description.
    pub(super) chunks: Table,
    /// `stco` or `co64`.
    pub(super) offsets: Table,
    /// `stsz` or `stz2`.
    pub(super) sizes: Table,
    /// Bits of an entry of `sizes`.
    pub(super) size_bits: u64,
    /// The size of all packets, or 0.
    pub(super) size: u64,
    pub(super) n_packets: u64,
    /// Where the file's own first byte lies, behind tags: offsets count from there.
    pub(super) origin: u64,
}

impl Tables {
    fn packet_size(&mut self, walker: &mut Walker, index: u64) -> Result<Option<u64>, String> {
        if self.size > 0 {
            return Ok(Some(self.size));
        }
        if self.size_bits == 4 {
            let byte = self.sizes.entry(walker, index / 2)?.map(|bytes| bytes[0]);
            return Ok(
                byte.map(|byte| u64::from(if index.is_multiple_of(2) { byte >> 4 } else { byte & 15 }))
            );
        }
        Ok(self.sizes.entry(walker, index)?.map(big_endian))
    }
}

/// Plain samples: a table counts single frames, which lie in blocks of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) n_bytes: u64,
    pub(super) n_frames: u64,
}

/// A walk through the tables from the first packet to the last.
#[derive(Debug, Clone)]
pub(super) struct TableWalk {
    tables: Tables,
    blocks: Option<Blocks>,
    packet: u64,
    chunk: u64,
    n_left_in_chunk: u64,
    position: u64,
    chunk_run: u64,
    duration_run: u64,
    n_left_in_run: u64,
    ticks: u64,
    n_empty: u32,
}

impl TableWalk {
    pub(super) fn new(tables: Tables, blocks: Option<Blocks>) -> Self {
        Self {
            tables,
            blocks,
            packet: 0,
            chunk: 0,
            n_left_in_chunk: 0,
            position: 0,
            chunk_run: 0,
            duration_run: 0,
            n_left_in_run: 0,
            ticks: 0,
            n_empty: 0,
        }
    }

    /// Begins again.
    pub(super) fn rewind(&mut self) {
        *self = Self::new(std::mem::take(&mut self.tables), self.blocks);
    }

    /// The next packet; `None` behind the last.
    pub(super) fn next(&mut self, walker: &mut Walker) -> Result<Option<Packet>, String> {
        if self.packet >= self.tables.n_packets {
            return Ok(None);
        }
        while self.n_left_in_chunk == 0 {
            if !self.open_chunk(walker)? {
                return Err("the file's tables name more packets than they place".to_owned());
            }
        }
        let packet = if let Some(blocks) = self.blocks {
            let n_left = self.n_left_in_chunk.min(self.tables.n_packets - self.packet);
            let n_frames = n_left.min(PLAIN_FRAMES);
            self.packet += n_frames;
            self.n_left_in_chunk -= n_frames;
            let n_bytes = n_frames.div_ceil(blocks.n_frames) * blocks.n_bytes;
            Packet { start: self.position, n_bytes, ticks: n_frames }
        } else {
            let Some(n_bytes) = self.tables.packet_size(walker, self.packet)? else {
                return Err("the file's table of packets is shorter than it says".to_owned());
            };
            let ticks = self.next_duration(walker)?;
            self.packet += 1;
            self.n_left_in_chunk -= 1;
            Packet { start: self.position, n_bytes, ticks }
        };
        self.n_empty = if packet.n_bytes == 0 { self.n_empty + 1 } else { 0 };
        if self.n_empty > EMPTY_MAX {
            return Err("the file's table of packets is corrupt".to_owned());
        }
        self.position = self.position.saturating_add(packet.n_bytes);
        Ok(Some(packet))
    }

    fn open_chunk(&mut self, walker: &mut Walker) -> Result<bool, String> {
        let Some(offset) = self.tables.offsets.entry(walker, self.chunk)?.map(big_endian) else {
            return Ok(false);
        };
        self.position = offset.saturating_add(self.tables.origin);
        self.chunk += 1;
        // Chunks are counted from 1, which `chunk` is by now.
        while let Some(entry) = self.tables.chunks.entry(walker, self.chunk_run + 1)?
            && big_endian(&entry[..4]) <= self.chunk
        {
            self.chunk_run += 1;
        }
        let Some(entry) = self.tables.chunks.entry(walker, self.chunk_run)? else { return Ok(false) };
        self.n_left_in_chunk = big_endian(&entry[4..8]);
        if big_endian(&entry[8..12]) > 1 {
            return Err("another codec begins here, only the first is read".to_owned());
        }
        Ok(true)
    }

    fn next_duration(&mut self, walker: &mut Walker) -> Result<u64, String> {
        while self.n_left_in_run == 0 {
            let Some(entry) = self.tables.durations.entry(walker, self.duration_run)? else {
                return Ok(self.ticks);
            };
            (self.n_left_in_run, self.ticks) = (big_endian(&entry[..4]), big_endian(&entry[4..]));
            self.duration_run += 1;
        }
        self.n_left_in_run -= 1;
        Ok(self.ticks)
    }
}
