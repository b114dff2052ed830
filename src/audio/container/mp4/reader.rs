//! The packets of a track, read one after the other.

use super::fragments::FragmentWalk;
use super::samples::{Packet, TableWalk};
use crate::audio::container::kinds::Span;
use crate::audio::container::track::{CUT, PACKET_BYTES_MAX, PacketSource, PacketTrim};
use crate::audio::container::walk::Walker;

/// Bytes of plain samples that are joined to one packet.
const PLAIN_BYTES: u64 = 64 * 1024;

/// Reads the packets that tables and fragments place.
pub(super) struct SampleReader {
    walker: Walker,
    tables: TableWalk,
    fragments: Option<FragmentWalk>,
    /// Packets that follow each other without a gap may be joined.
    is_plain: bool,
    /// Ticks per second, and the rate.
    clock: (u64, u32),
    /// The packet after the one that was read last.
    ahead: Option<Result<Option<Packet>, String>>,
    /// The outcome at the end.
    flaw: Option<String>,
}

impl SampleReader {
    pub(super) fn new(
        walker: Walker,
        tables: TableWalk,
        fragments: Option<FragmentWalk>,
        is_plain: bool,
        flaw: Option<String>,
    ) -> Self {
        Self { walker, tables, fragments, is_plain, clock: (1, 1), ahead: None, flaw }
    }

    /// Tells how long a tick is.
    pub(super) fn set_clock(&mut self, ticks_per_s: u64, rate_hz: u32) {
        self.clock = (ticks_per_s, rate_hz);
    }

    fn place(
        tables: &mut TableWalk,
        fragments: &mut Option<FragmentWalk>,
        walker: &mut Walker,
    ) -> Result<Option<Packet>, String> {
        if let Some(packet) = tables.next(walker)? {
            return Ok(Some(packet));
        }
        fragments.as_mut().map_or(Ok(None), |fragments| fragments.next(walker))
    }
}

impl PacketSource for SampleReader {
    fn next_packet(&mut self, data: &mut Vec<u8>) -> Result<Option<PacketTrim>, String> {
        let ahead = self
            .ahead
            .take()
            .unwrap_or_else(|| Self::place(&mut self.tables, &mut self.fragments, &mut self.walker));
        let Some(mut packet) = ahead? else { return self.flaw.clone().map_or(Ok(None), Err) };
        let next = loop {
            let next = Self::place(&mut self.tables, &mut self.fragments, &mut self.walker);
            match &next {
                Ok(Some(next))
                    if self.is_plain
                        && next.start == packet.start.saturating_add(packet.n_bytes)
                        && packet.n_bytes < PLAIN_BYTES
                        && next.n_bytes < PLAIN_BYTES =>
                {
                    packet.n_bytes += next.n_bytes;
                    packet.ticks = packet.ticks.saturating_add(next.ticks);
                }
                _ => break next,
            }
        };
        let (ticks_per_s, rate_hz) = self.clock;
        let is_last = matches!(next, Ok(None));
        let has_frame_clock = ticks_per_s % u64::from(rate_hz.max(1)) == 0;
        let n_frames_max = (is_last && has_frame_clock && packet.ticks > 0 && !self.is_plain)
            .then(|| Span { ticks: packet.ticks, ticks_per_s }.frames(rate_hz));
        self.ahead = Some(next);
        let end = packet.start.checked_add(packet.n_bytes).filter(|end| *end <= self.walker.len());
        if end.is_none() || packet.n_bytes > PACKET_BYTES_MAX {
            // Of plain samples, those before the cut are good.
            let n_there = self.walker.len().saturating_sub(packet.start).min(PACKET_BYTES_MAX);
            if !self.is_plain || n_there == 0 || packet.n_bytes > PACKET_BYTES_MAX {
                return Err(CUT.to_owned());
            }
            packet.n_bytes = n_there;
            self.ahead = Some(Err(CUT.to_owned()));
        }
        data.resize(packet.n_bytes as usize, 0);
        let n_read = self.walker.fill(packet.start, data).map_err(|error| error.to_string())?;
        data.truncate(n_read);
        Ok(Some(PacketTrim { n_frames_max, n_padding: 0 }))
    }

    fn rewind(&mut self) {
        self.tables.rewind();
        if let Some(fragments) = &mut self.fragments {
            fragments.rewind();
        }
        self.ahead = None;
    }
}
