//! The packets in the clusters of a Matroska file, read one after the other (RFC 9559, section 10).

use std::collections::VecDeque;
use std::io;

use super::ebml::{
    BLOCK, BLOCK_GROUP, CLUSTER, DISCARD_PADDING, Element, HEADER, SEGMENT, SIMPLE_BLOCK, next_element, vint,
};
use crate::audio::container::kinds::Span;
use crate::audio::container::track::{CUT, PACKET_BYTES_MAX, PacketSource, PacketTrim};
use crate::audio::container::walk::Walker;

const NANOSECONDS_PER_S: u64 = 1_000_000_000;

/// Why reading ends at the header of another file.
const ANOTHER: &str = "another stream begins here, only the first is read";

/// Why reading ends at an element that is not whole.
const ELEMENT_CUT: &str = "the file is cut: an element goes beyond its end";

/// Reads the packets of one track.
pub(super) struct BlockReader {
    walker: Walker,
    track: u64,
    rate_hz: u32,
    /// Bytes that every packet begins with and that were left out.
    stripped: Vec<u8>,
    first: u64,
    position: u64,
    /// Where the segment ends; `None` where its size is open.
    segment_end: Option<u64>,
    is_overrun: bool,
    /// Packets of the current block: where they begin, and how long they are.
    laces: VecDeque<(u64, u64)>,
    /// The padding of the block's last packet.
    padding: u64,
}

fn corrupt() -> String {
    "the stream is corrupt (a block's lacing is broken)".to_owned()
}

impl BlockReader {
    /// The packets of track `track` from `first` on.
    pub(super) fn new(
        walker: Walker,
        track: u64,
        stripped: Vec<u8>,
        first: u64,
        segment_end: Option<u64>,
    ) -> Self {
        Self {
            is_overrun: segment_end.is_some_and(|end| end > walker.len()),
            walker,
            track,
            rate_hz: 0,
            stripped,
            first,
            position: first,
            segment_end,
            laces: VecDeque::new(),
            padding: 0,
        }
    }

    /// Tells how long a frame is.
    pub(super) fn set_rate(&mut self, rate_hz: u32) {
        self.rate_hz = rate_hz;
    }

    /// Goes on to the next block of the track; false at the end.
    fn next_block(&mut self) -> Result<bool, String> {
        let said = |error: io::Error| error.to_string();
        loop {
            let end = self.segment_end.unwrap_or(u64::MAX).min(self.walker.len());
            if self.position >= end {
                let next = next_element(&mut self.walker, end).map_err(said)?;
                if next.is_some_and(|next| next.id == HEADER) {
                    return Err(ANOTHER.to_owned());
                }
                return Ok(false);
            }
            let Some(element) = next_element(&mut self.walker, self.position).map_err(said)? else {
                return Err(self.broken());
            };
            let is_parent = matches!(element.id, SEGMENT | CLUSTER);
            let goes_beyond = element.end.is_some_and(|end| end > self.walker.len());
            match element.id {
                HEADER => return Err(ANOTHER.to_owned()),
                SEGMENT | CLUSTER => self.is_overrun |= goes_beyond,
                _ if goes_beyond => return Err(ELEMENT_CUT.to_owned()),
                _ if element.end.is_none() => return Err(self.broken()),
                _ => {}
            }
            self.position = match element.end {
                Some(end) if !is_parent => end,
                _ => element.body,
            };
            self.padding = 0;
            match element.id {
                SIMPLE_BLOCK => self.open_block(element)?,
                BLOCK_GROUP => self.open_group(element)?,
                _ => {}
            }
            if !self.laces.is_empty() {
                return Ok(true);
            }
        }
    }

    /// The flaw at a position where no element is.
    fn broken(&self) -> String {
        let n_left = self.walker.len() - self.position;
        if n_left < 12 {
            ELEMENT_CUT.to_owned()
        } else {
            format!("the stream is corrupt (no element at byte {})", self.position)
        }
    }

    fn open_group(&mut self, group: Element) -> Result<(), String> {
        let said = |error: io::Error| error.to_string();
        let end = group.end.unwrap_or(group.body);
        let mut position = group.body;
        let mut discarded = 0;
        while position < end {
            let Some(element) = next_element(&mut self.walker, position).map_err(said)? else { break };
            let Some(element_end) = element.end else { break };
            match element.id {
                BLOCK => self.open_block(element)?,
                DISCARD_PADDING => discarded = element.signed(&mut self.walker).map_err(said)?,
                _ => {}
            }
            position = element_end;
        }
        // A negative padding would discard from the start, which the codec's delay already says.
        let ticks = u64::try_from(discarded).unwrap_or(0);
        self.padding = Span { ticks, ticks_per_s: NANOSECONDS_PER_S }.frames(self.rate_hz);
        Ok(())
    }

    /// Finds the packets of a block, if it is of the track.
    fn open_block(&mut self, block: Element) -> Result<(), String> {
        let said = |error: io::Error| error.to_string();
        let Some(end) = block.end else { return Ok(()) };
        let Some((track, n_track)) = vint(&mut self.walker, block.body, false).map_err(said)? else {
            return Ok(());
        };
        if track != self.track {
            return Ok(());
        }
        let flags_at = block.body + n_track + 2;
        let [flags] = self.walker.peek_padded(flags_at).map_err(said)?;
        let position = flags_at + 1;
        let lacing = flags >> 1 & 3;
        if position > end {
            return Err(corrupt());
        }
        if lacing == 0 {
            self.laces.push_back((position, end - position));
            return Ok(());
        }
        let (sizes, mut position) = self.lace_sizes(lacing, position, end)?;
        for size in sizes {
            if size > end.saturating_sub(position) {
                return Err(corrupt());
            }
            self.laces.push_back((position, size));
            position += size;
        }
        if position > end {
            return Err(corrupt());
        }
        self.laces.push_back((position, end - position));
        Ok(())
    }

    /// The sizes of all packets but the last of a laced block (RFC 9559, section 10.3), and where the first begins.
    fn lace_sizes(&mut self, lacing: u8, mut position: u64, end: u64) -> Result<(Vec<u64>, u64), String> {
        let said = |error: io::Error| error.to_string();
        let [n_more] = self.walker.peek_padded(position).map_err(said)?;
        position += 1;
        let n_laces = u64::from(n_more) + 1;
        let mut sizes: Vec<u64> = Vec::with_capacity(256);
        match lacing {
            1 => {
                for _ in 1..n_laces {
                    let mut size = 0;
                    loop {
                        let [byte] = self.walker.bytes(position).map_err(said)?.ok_or_else(corrupt)?;
                        position += 1;
                        size += u64::from(byte);
                        if byte < 255 {
                            break;
                        }
                    }
                    sizes.push(size);
                }
            }
            2 => {
                let n_bytes = end.saturating_sub(position);
                if !n_bytes.is_multiple_of(n_laces) {
                    return Err(corrupt());
                }
                sizes.resize(n_laces as usize - 1, n_bytes / n_laces);
            }
            _ => {
                for index in 1..n_laces {
                    let found = vint(&mut self.walker, position, false).map_err(said)?;
                    let (number, n_number) = found.ok_or_else(corrupt)?;
                    position += n_number;
                    // All sizes but the first are differences, moved up to be positive.
                    let size = match sizes.last() {
                        Some(last) if index > 1 => {
                            let bias = (1u64 << (7 * n_number - 1)) - 1;
                            (last + number).checked_sub(bias).ok_or_else(corrupt)?
                        }
                        _ => number,
                    };
                    sizes.push(size);
                }
            }
        }
        Ok((sizes, position))
    }
}

impl PacketSource for BlockReader {
    fn next_packet(&mut self, data: &mut Vec<u8>) -> Result<Option<PacketTrim>, String> {
        while self.laces.is_empty() {
            if !self.next_block()? {
                return if self.is_overrun { Err(ELEMENT_CUT.to_owned()) } else { Ok(None) };
            }
        }
        let Some((start, n_bytes)) = self.laces.pop_front() else { return Ok(None) };
        if n_bytes > PACKET_BYTES_MAX {
            return Err(CUT.to_owned());
        }
        data.clear();
        data.extend_from_slice(&self.stripped);
        let n_stripped = data.len();
        data.resize(n_stripped + n_bytes as usize, 0);
        self.walker.fill(start, &mut data[n_stripped..]).map_err(|error| error.to_string())?;
        let n_padding = if self.laces.is_empty() { self.padding } else { 0 };
        Ok(Some(PacketTrim { n_frames_max: None, n_padding }))
    }

    fn rewind(&mut self) {
        self.position = self.first;
        self.laces.clear();
    }
}
