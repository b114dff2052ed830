//! Where samples end: the file is the truth, and what its header claims is a hint.
//!
//! A size may never have been filled in, may have run over its 32 bits, may be that of an early moment of the recording,
//! or count the header; and the file may be cut. Which of them it is, what follows at the claimed end tells.

use std::io;

use super::chunks::ChunkList;
use super::kinds::Pcm;
use super::sample_format::SampleFormat;
use super::walk::Walker;
use crate::audio::remark::Remark;

/// Bytes that a header may claim too many, or that may follow the samples, without meaning anything: writers count their
/// headers in.
const SLACK_BYTES: u64 = 64;

/// Zeros that may follow the samples: more are silence.
const ZEROS_MAX: u64 = 1 << 20;

/// The samples in a file as its header describes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    /// The list of chunks that they are in, if any.
    pub(super) list: Option<ChunkList>,
    /// Where they begin.
    pub(super) start: u64,
    /// Their bytes according to each place that tells, the best first; `None` where it is left open.
    pub(super) sizes: &'a [Option<u64>],
    /// True where the header's size of the whole file is right: then nothing is missing.
    pub(super) is_whole: bool,
}

/// Where samples end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The bytes that the header claims where there are more.
    beyond: Option<u64>,
    /// The bytes that the header claims where the file is cut.
    cut: Option<u64>,
    /// Another file is joined to this one, and left out.
    is_joined: bool,
}

impl Extent {
    /// Finds the end of what `claim` is about, frames (or blocks) of `frame_bytes`.
    pub(super) fn of(walker: &mut Walker, claim: Claim<'_>, frame_bytes: u64) -> io::Result<Self> {
        let Claim { list, start, sizes, .. } = claim;
        let len = walker.len();
        let start = start.min(len);
        let rest = len - start;
        let whole = Self { start, end: len, beyond: None, cut: None, is_joined: false };
        let sizes_said = || sizes.iter().flatten().copied();
        for size in sizes_said().filter(|size| *size <= rest) {
            let is_end = if size == 0 { rest == 0 } else { rest - size <= 1 };
            if size > 0 && is_file(walker, start + size)? {
                return Ok(Self { end: start + size, is_joined: true, ..whole });
            }
            if is_end || goes_on(walker, list, start + size)? {
                return Ok(Self { end: start + size, ..whole });
            }
        }
        if list.is_none_or(ChunkList::has_short_sizes) {
            for size in sizes_said().filter(|size| *size < 1 << 32) {
                if let Some(end) = overrun_end(walker, list, start, size)? {
                    return Ok(Self { end, beyond: Some(size), ..whole });
                }
            }
        }
        let tail = |walker: &mut Walker, start| match list {
            Some(list) => list.tail(walker, start),
            None => Ok(len),
        };
        let said = sizes.first().copied().flatten().filter(|size| *size > 0);
        let Some(size) = said.filter(|size| !(*size > rest && is_open_mark(list, *size))) else {
            return Ok(Self { end: tail(walker, start)?, ..whole });
        };
        if size > rest {
            let end = tail(walker, start)?;
            let missing = size - rest;
            // A header is of an even size, so that an odd number of bytes was cut off; but one may be padding.
            let is_counted_in = missing <= SLACK_BYTES
                && rest.is_multiple_of(frame_bytes.max(1))
                && (missing == 1 || missing.is_multiple_of(2));
            let is_cut = !(is_counted_in || claim.is_whole || end < len);
            return Ok(Self { end, cut: is_cut.then_some(size), ..whole });
        }
        let end = start + size;
        if rest - size <= SLACK_BYTES || is_tag_or_zeros(walker, end)? {
            return Ok(Self { end, ..whole });
        }
        Ok(Self { end: tail(walker, end)?, beyond: Some(size), ..whole })
    }

    /// Notes that another place in the header claims only `claimed` bytes.
    pub(super) fn go_beyond(&mut self, claimed: u64) {
        self.beyond = Some(claimed);
    }

    /// The number of bytes.
    pub(super) fn n_bytes(&self) -> u64 {
        self.end - self.start
    }

    /// The flaw of the file, in words.
    pub(super) fn flaw(&self) -> Option<String> {
        let promised = self.cut?;
        let found = self.n_bytes();
        Some(format!("the file is cut: its header promises {promised} bytes of audio, {found} are there"))
    }

    /// Remarks where samples come at `bytes_per_s`.
    pub(super) fn remarks(&self, bytes_per_s: f64) -> Vec<Remark> {
        let read_s = self.n_bytes() as f64 / bytes_per_s;
        let mut remarks = Vec::new();
        if let Some(claimed) = self.beyond.filter(|_| bytes_per_s > 0.0) {
            remarks.push(Remark::BeyondHeader { header_s: claimed as f64 / bytes_per_s, read_s });
        }
        if self.is_joined {
            remarks
                .push(Remark::LeftOut { at_s: read_s, what: "another file joined to this one".to_owned() });
        }
        remarks
    }

    /// The samples of the extent, and the remarks about it.
    pub(super) fn pcm(
        &self,
        format: SampleFormat,
        sample_rate_hz: u32,
        n_channels: usize,
    ) -> (Pcm, Vec<Remark>) {
        let bytes_per_s = (format.n_bytes() * n_channels) as f64 * f64::from(sample_rate_hz);
        let ranges = std::iter::once(self.start..self.end).collect();
        (Pcm { format, sample_rate_hz, n_channels, ranges }, self.remarks(bytes_per_s))
    }
}

/// True for sizes that stand for one that was not known: Sox writes just below 2 GiB to a pipe, arecord 2 GiB, ffmpeg and
/// others the largest number.
fn is_open_mark(list: Option<ChunkList>, size: u64) -> bool {
    let is_long = list.is_some_and(|list| !list.has_short_sizes());
    matches!(size, 0x7FFF_0000..=0x8000_FFFF | 0xFFFF_0000..=0xFFFF_FFFF) || (is_long && size >= 1 << 62)
}

/// True where the file goes on at `end` with chunks, with or without the padding before them.
fn goes_on(walker: &mut Walker, list: Option<ChunkList>, end: u64) -> io::Result<bool> {
    let Some(list) = list else { return Ok(false) };
    // Padding is at most seven bytes.
    Ok(list.is_chain(walker, end)?
        || (end % 2 == 1 && list.is_chain(walker, end + 1)?)
        || (list == ChunkList::Wave64 && list.is_chain(walker, end.next_multiple_of(8))?))
}

/// The end of samples whose size ran over its 32 bits, perhaps more than once.
fn overrun_end(
    walker: &mut Walker,
    list: Option<ChunkList>,
    start: u64,
    size: u64,
) -> io::Result<Option<u64>> {
    let mut end = start + size;
    loop {
        end += 1 << 32;
        if end > walker.len() {
            return Ok(None);
        }
        if walker.len() - end <= 1 || goes_on(walker, list, end)? {
            return Ok(Some(end));
        }
    }
}

/// True where another file begins at `position`.
fn is_file(walker: &mut Walker, position: u64) -> io::Result<bool> {
    let magic: [u8; 12] = walker.peek_padded(position)?;
    Ok(matches!(
        &magic,
        [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E']
            | [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C']
    ))
}

/// True where nothing follows but a tag of MP3's kinds or zeros.
fn is_tag_or_zeros(walker: &mut Walker, position: u64) -> io::Result<bool> {
    let bytes: [u8; 11] = walker.peek_padded(position)?;
    let rest = walker.len() - position;
    let is_tag = (bytes.starts_with(b"TAG") && rest == 128)
        || bytes.starts_with(b"TAG+")
        || bytes.starts_with(b"APETAGEX")
        || &bytes == b"LYRICSBEGIN"
        || walker.id3_len(position)?.is_some_and(|n_tag| n_tag + SLACK_BYTES >= rest);
    Ok(is_tag || (rest <= ZEROS_MAX && is_zero_to_end(walker, position)?))
}

fn is_zero_to_end(walker: &mut Walker, mut position: u64) -> io::Result<bool> {
    let mut block = [0; 4_096];
    loop {
        match walker.fill(position, &mut block)? {
            0 => return Ok(true),
            n_read if block[..n_read].iter().any(|byte| *byte != 0) => return Ok(false),
            n_read => position += n_read as u64,
        }
    }
}
