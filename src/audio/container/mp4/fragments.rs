//! The packets of a fragmented file: a movie whose tables come in pieces (ISO 14496-12, section 8.8).

use std::collections::VecDeque;

use super::boxes::{BoxHead, Table, next_box};
use super::samples::Packet;
use crate::audio::container::walk::{Walker, big_endian};

/// The most runs of packets in one fragment.
const RUNS_MAX: usize = 4_096;

/// The most packets of a run that has no table.
const BARE_PACKETS_MAX: u64 = 1 << 20;

/// Defaults of a track's packets where a fragment says nothing else (`trex`).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    pub(super) ticks: u64,
    pub(super) n_bytes: u64,
}

/// A run of packets (`trun`).
#[derive(Debug, Clone)]
struct Run {
    table: Table,
    flags: u64,
    index: u64,
    n_packets: u64,
    /// `None` where it continues the run before.
    start: Option<u64>,
    defaults: Defaults,
}

/// A walk through the fragments from the first to the last.
#[derive(Debug, Clone)]
pub(super) struct FragmentWalk {
    track_id: u64,
    defaults: Defaults,
    /// Where the file's own first byte lies, behind tags: offsets count from there.
    origin: u64,
    first_box: u64,
    next_box: u64,
    runs: VecDeque<Run>,
    position: u64,
}

impl FragmentWalk {
    /// Fragments from `first_box` on.
    pub(super) fn new(track_id: u64, defaults: Defaults, origin: u64, first_box: u64) -> Self {
        Self {
            track_id,
            defaults,
            origin,
            first_box,
            next_box: first_box,
            runs: VecDeque::new(),
            position: 0,
        }
    }

    /// Begins again.
    pub(super) fn rewind(&mut self) {
        *self = Self::new(self.track_id, self.defaults, self.origin, self.first_box);
    }

    /// The next packet; `None` behind the last.
    pub(super) fn next(&mut self, walker: &mut Walker) -> Result<Option<Packet>, String> {
        loop {
            while let Some(run) = self.runs.front_mut() {
                if let Some(start) = run.start.take() {
                    self.position = start;
                }
                if let Some(packet) = run.next(walker, self.position)? {
                    self.position = self.position.saturating_add(packet.n_bytes);
                    return Ok(Some(packet));
                }
                self.runs.pop_front();
            }
            if !self.open_fragment(walker)? {
                return Ok(None);
            }
        }
    }

    /// Goes on to the next fragment; false behind the last.
    fn open_fragment(&mut self, walker: &mut Walker) -> Result<bool, String> {
        let said = |error: std::io::Error| error.to_string();
        while let Some(head) = next_box(walker, self.next_box, u64::MAX).map_err(said)? {
            let start = std::mem::replace(&mut self.next_box, head.end);
            if &head.kind != b"moof" {
                continue;
            }
            if head.end > walker.len() {
                return Err("the file is cut: its last box goes beyond its end".to_owned());
            }
            let mut position = head.body;
            while let Some(part) = next_box(walker, position, head.end).map_err(said)? {
                position = part.end;
                if &part.kind == b"traf" {
                    self.open_track(walker, part, start).map_err(said)?;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn open_track(&mut self, walker: &mut Walker, traf: BoxHead, moof: u64) -> std::io::Result<()> {
        let mut defaults = self.defaults;
        let mut base = moof;
        let (mut is_ours, mut is_first) = (false, true);
        let mut position = traf.body;
        while let Some(part) = next_box(walker, position, traf.end)? {
            position = part.end;
            match &part.kind {
                b"tfhd" => {
                    let body: [u8; 40] = walker.peek_padded(part.body)?;
                    let flags = big_endian(&body[1..4]);
                    is_ours = big_endian(&body[4..8]) == self.track_id;
                    let mut at = 8;
                    let mut field = |flag: u64, n: usize| {
                        let number = (flags & flag != 0).then(|| big_endian(&body[at..at + n]));
                        at += if number.is_some() { n } else { 0 };
                        number
                    };
                    base = field(1, 8).map_or(base, |offset| offset.saturating_add(self.origin));
                    field(2, 4);
                    defaults.ticks = field(8, 4).unwrap_or(defaults.ticks);
                    defaults.n_bytes = field(0x10, 4).unwrap_or(defaults.n_bytes);
                }
                b"trun" if is_ours && self.runs.len() < RUNS_MAX => {
                    let run = Run::open(walker, part, base, defaults, is_first)?;
                    is_first = false;
                    self.runs.push_back(run);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Run {
    fn open(
        walker: &mut Walker,
        trun: BoxHead,
        base: u64,
        defaults: Defaults,
        is_first: bool,
    ) -> std::io::Result<Self> {
        let body: [u8; 12] = walker.peek_padded(trun.body)?;
        let flags = big_endian(&body[1..4]);
        let n_claimed = big_endian(&body[4..8]);
        let mut table_start = trun.body + 8;
        let mut start = is_first.then_some(base);
        if flags & 1 != 0 {
            let offset = i64::from(big_endian(&body[8..12]) as u32 as i32);
            start = Some(base.saturating_add_signed(offset));
            table_start += 4;
        }
        table_start += if flags & 4 == 0 { 0 } else { 4 };
        let entry_bytes = 4 * u64::from((flags >> 8 & 15).count_ones());
        let table = Table::new(table_start, trun.end, entry_bytes, n_claimed);
        let n_packets = if entry_bytes == 0 { n_claimed.min(BARE_PACKETS_MAX) } else { table.n_entries };
        // Without sizes there is nothing that could be read.
        let n_packets = if flags & 0x200 == 0 && defaults.n_bytes == 0 { 0 } else { n_packets };
        Ok(Self { table, flags, index: 0, n_packets, start, defaults })
    }

    fn next(&mut self, walker: &mut Walker, start: u64) -> Result<Option<Packet>, String> {
        if self.index >= self.n_packets {
            return Ok(None);
        }
        let mut packet = Packet { start, n_bytes: self.defaults.n_bytes, ticks: self.defaults.ticks };
        if self.flags & 0xF00 != 0 {
            let Some(entry) = self.table.entry(walker, self.index)? else { return Ok(None) };
            let mut fields = entry.chunks_exact(4).map(big_endian);
            if self.flags & 0x100 != 0 {
                packet.ticks = fields.next().unwrap_or(packet.ticks);
            }
            if self.flags & 0x200 != 0 {
                packet.n_bytes = fields.next().unwrap_or(packet.n_bytes);
            }
        }
        self.index += 1;
        Ok(Some(packet))
    }
}
