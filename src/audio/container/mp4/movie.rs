//! The description of a movie: its tracks, their tables and edits, and Apple's `iTunSMPB` comment.

use std::io;

use super::boxes::{BoxHead, Table, next_box};
use super::description::{Description, description};
use super::fragments::Defaults;
use super::samples::Tables;
use crate::audio::container::walk::{Walker, big_endian};

/// Boxes deeper than this are not looked into.
const DEPTH_MAX: usize = 8;

/// The longest `iTunSMPB` text.
const COMMENT_BYTES_MAX: u64 = 256;

/// The most tracks that are told apart.
const TRACKS_MAX: usize = 1_024;

/// The most edits of a track.
const EDITS_MAX: u64 = 65_536;

/// One edit: its length in the movie's ticks, and its start in the track's; without one it is a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) length: u64,
    pub(super) start: Option<u64>,
}

/// One track, of any kind.
#[derive(Debug, Clone, Default)]
pub(super) struct MovieTrack {
    pub(super) id: u64,
    pub(super) is_enabled: bool,
    pub(super) is_sound: bool,
    pub(super) ticks_per_s: u32,
    pub(super) tables: Tables,
    /// The sum of the packets' durations.
    pub(super) n_ticks: u64,
    /// The duration of all packets but the last, where it is one.
    pub(super) packet_ticks: Option<u64>,
    pub(super) edits: Vec<Edit>,
    pub(super) description: Option<Description>,
    pub(super) defaults: Defaults,
}

/// All that matters of a `moov` box.
#[derive(Debug, Default)]
pub(super) struct Movie {
    pub(super) is_quicktime: bool,
    pub(super) ticks_per_s: u32,
    pub(super) tracks: Vec<MovieTrack>,
    /// Delay and played frames.
    pub(super) comment: Option<(u64, u64)>,
    /// Fragments may follow.
    pub(super) is_extended: bool,
    defaults: Vec<(u64, Defaults)>,
}

impl Movie {
    /// Reads the `moov` box `head`.
    pub(super) fn read(&mut self, walker: &mut Walker, head: BoxHead) -> io::Result<()> {
        self.descend(walker, head, 0, false)?;
        for (id, defaults) in &self.defaults {
            for track in self.tracks.iter_mut().filter(|track| track.id == *id) {
                track.defaults = *defaults;
            }
        }
        Ok(())
    }

    fn descend(
        &mut self,
        walker: &mut Walker,
        parent: BoxHead,
        depth: usize,
        in_track: bool,
    ) -> io::Result<()> {
        let mut position = parent.body;
        while let Some(head) = next_box(walker, position, parent.end)? {
            position = head.end;
            let is_track = &head.kind == b"trak";
            match &head.kind {
                b"trak" if self.tracks.len() >= TRACKS_MAX => return Ok(()),
                b"trak" => self.tracks.push(MovieTrack::default()),
                b"mvhd" => self.ticks_per_s = number_after_times(walker, head)?,
                b"mvex" => self.is_extended = true,
                b"trex" => {
                    let body: [u8; 24] = walker.peek_padded(head.body)?;
                    let number = |at: usize| big_endian(&body[at..at + 4]);
                    let defaults = Defaults { ticks: number(12), n_bytes: number(16) };
                    if self.defaults.len() < TRACKS_MAX {
                        self.defaults.push((number(4), defaults));
                    }
                }
                b"----" => self.comment = comment(walker, head)?.or(self.comment),
                _ => {}
            }
            let is_parent = matches!(
                &head.kind,
                b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"udta" | b"meta" | b"ilst" | b"mvex"
            );
            if is_parent && depth < DEPTH_MAX {
                // The metadata box has four bytes of version before its children, except in QuickTime's files.
                let is_full = &head.kind == b"meta" && walker.peek_padded::<8>(head.body)?[4..] != *b"hdlr";
                let body = if is_full { head.body + 4 } else { head.body };
                self.descend(walker, BoxHead { body, ..head }, depth + 1, in_track || is_track)?;
            } else if in_track && let Some(track) = self.tracks.last_mut() {
                track.take(walker, head, self.is_quicktime)?;
            }
        }
        Ok(())
    }
}

impl MovieTrack {
    /// Takes what a box within the track says.
    fn take(&mut self, walker: &mut Walker, head: BoxHead, is_quicktime: bool) -> io::Result<()> {
        let counted = |walker: &mut Walker, entry_bytes: u64| -> io::Result<Table> {
            let n_entries = big_endian(&walker.peek_padded::<4>(head.body + 4)?);
            Ok(Table::new(head.body + 8, head.end, entry_bytes, n_entries))
        };
        match &head.kind {
            b"tkhd" => {
                let [_, _, _, flags] = walker.peek_padded(head.body)?;
                self.is_enabled = flags & 1 != 0;
                self.id = u64::from(number_after_times(walker, head)?);
            }
            b"mdhd" => self.ticks_per_s = number_after_times(walker, head)?,
            // Apple's files have a second handler, of the data: the first is the track's.
            b"hdlr" => self.is_sound |= walker.peek_padded::<12>(head.body)?[8..] == *b"soun",
            b"stsd" => self.description = description(walker, head, is_quicktime)?,
            b"stts" => {
                self.tables.durations = counted(walker, 8)?;
                self.sum_durations(walker)?;
            }
            b"stsc" => self.tables.chunks = counted(walker, 12)?,
            b"stco" => self.tables.offsets = counted(walker, 4)?,
            b"co64" => self.tables.offsets = counted(walker, 8)?,
            b"stsz" | b"stz2" => self.take_sizes(walker, head)?,
            b"elst" => self.edits = edits(walker, head)?,
            _ => {}
        }
        Ok(())
    }

    fn take_sizes(&mut self, walker: &mut Walker, head: BoxHead) -> io::Result<()> {
        let body: [u8; 12] = walker.peek_padded(head.body)?;
        let n_claimed = big_endian(&body[8..12]);
        let start = head.body + 12;
        let tables = &mut self.tables;
        (tables.size, tables.size_bits) = match &head.kind {
            b"stsz" => (big_endian(&body[4..8]), 32),
            _ => (0, u64::from(body[7])),
        };
        if tables.size > 0 {
            tables.n_packets = n_claimed;
            return Ok(());
        }
        let (entry_bytes, per_entry) = match tables.size_bits {
            4 => (1, 2),
            8 => (1, 1),
            16 => (2, 1),
            _ => (4, 1),
        };
        tables.sizes = Table::new(start, head.end, entry_bytes, n_claimed.div_ceil(per_entry));
        tables.n_packets = n_claimed.min(tables.sizes.n_entries * per_entry);
        Ok(())
    }

    fn sum_durations(&mut self, walker: &mut Walker) -> io::Result<()> {
        let mut runs = self.tables.durations.clone();
        let n_runs = runs.n_entries;
        self.packet_ticks = None;
        for index in 0..n_runs {
            let Some(entry) = runs.entry(walker, index).map_err(io::Error::other)? else { break };
            let (count, ticks) = (big_endian(&entry[..4]), big_endian(&entry[4..]));
            self.n_ticks = self.n_ticks.saturating_add(count * ticks);
            self.packet_ticks = match self.packet_ticks {
                None if index == 0 => Some(ticks),
                Some(first) if ticks == first || (index + 1 == n_runs && count == 1) => Some(first),
                _ => None,
            };
        }
        Ok(())
    }
}

/// The number that follows the two times of a `tkhd`, `mvhd` or `mdhd` box, which are longer in version 1.
fn number_after_times(walker: &mut Walker, head: BoxHead) -> io::Result<u32> {
    let [version] = walker.peek_padded(head.body)?;
    let offset = if version == 1 { 20 } else { 12 };
    Ok(big_endian(&walker.peek_padded::<4>(head.body + offset)?) as u32)
}

fn edits(walker: &mut Walker, head: BoxHead) -> io::Result<Vec<Edit>> {
    let [version] = walker.peek_padded(head.body)?;
    let n_entries = big_endian(&walker.peek_padded::<4>(head.body + 4)?);
    let (n_entry, n_field) = if version == 1 { (20, 8) } else { (12, 4) };
    let n_fitting = head.end.saturating_sub(head.body + 8) / n_entry;
    let mut edits = Vec::new();
    for index in 0..n_entries.min(n_fitting).min(EDITS_MAX) {
        let entry: [u8; 16] = walker.peek_padded(head.body + 8 + n_entry * index)?;
        let (length, start) = (big_endian(&entry[..n_field]), &entry[n_field..2 * n_field]);
        // A start of -1 is an empty edit, a pause.
        edits.push(Edit { length, start: (start[0] < 0x80).then(|| big_endian(start)) });
    }
    Ok(edits)
}

/// Delay and played frames of an `iTunSMPB` comment, which is a row of hexadecimal numbers: 0, delay, padding, played.
fn comment(walker: &mut Walker, head: BoxHead) -> io::Result<Option<(u64, u64)>> {
    let mut is_gapless = false;
    let mut position = head.body;
    while let Some(part) = next_box(walker, position, head.end)? {
        position = part.end;
        let n_text = part.end.saturating_sub(part.body).min(COMMENT_BYTES_MAX) as usize;
        let mut text = [0; COMMENT_BYTES_MAX as usize];
        let n_read = walker.fill(part.body, &mut text[..n_text])?;
        let text = &text[..n_read];
        match &part.kind {
            b"name" => is_gapless = text.get(4..) == Some(b"iTunSMPB"),
            b"data" if is_gapless => {
                let text = String::from_utf8_lossy(text.get(8..).unwrap_or_default());
                let mut numbers = text.split_whitespace().map(|number| u64::from_str_radix(number, 16));
                let (delay, played) = (numbers.nth(1), numbers.nth(1));
                return Ok(delay.and_then(Result::ok).zip(played.and_then(Result::ok)));
            }
            _ => {}
        }
    }
    Ok(None)
}
