//! FLAC: where the metadata ends and the frames begin (RFC 9639, section 8).
//!
//! Only STREAMINFO and the frames go to the demultiplexer, so that no tag, picture or table can fail it; and of
//! STREAMINFO only what it needs, as the first frame has it. The header's number of samples is a hint: it counts where
//! the last frame agrees, and is otherwise compared with what was read.

use std::io;

use super::flac_frame::{HEAD_BYTES_MAX, Head};
use super::kinds::{Container, ContainerKind, Frames};
use super::source::Source;
use super::tags::tail_start;
use super::walk::{Walker, big_endian};

/// The bytes of STREAMINFO.
const INFO_BYTES: usize = 34;

/// Where the first frame is looked for when the metadata's lengths do not lead to it.
const SEARCH_BYTES: u64 = 1 << 30;

/// Where the last frame is looked for: more than one of two channels and 24 bits needs.
const TAIL_BYTES: usize = 64 * 1024;

/// STREAMINFO as far as it matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Info([u8; INFO_BYTES]);

impl Info {
    fn sample_rate_hz(&self) -> u32 {
        (big_endian(&self.0[10..13]) >> 4) as u32
    }

    fn n_channels(&self) -> u8 {
        (self.0[12] >> 1 & 7) + 1
    }

    fn n_bits(&self) -> u8 {
        ((self.0[12] & 1) << 4 | self.0[13] >> 4) + 1
    }

    fn n_samples(&self) -> Option<u64> {
        Some(big_endian(&self.0[13..18]) & 0xF_FFFF_FFFF).filter(|n_samples| *n_samples > 0)
    }

    /// True where a frame with this header belongs to the stream.
    fn agrees(&self, head: &Head) -> bool {
        head.sample_rate_hz.is_none_or(|rate_hz| rate_hz == self.sample_rate_hz())
            && head.n_bits.is_none_or(|n_bits| n_bits == self.n_bits())
            && head.n_channels == self.n_channels()
    }

    /// The same with the block sizes of the first frame, and without a number of samples.
    fn for_decoder(mut self, first: &Head) -> [u8; INFO_BYTES] {
        // The sizes must be equal exactly where frames are numbered instead of samples.
        let (min, max) =
            if first.is_fixed { (first.n_samples.max(16), first.n_samples.max(16)) } else { (16, u16::MAX) };
        self.0[..2].copy_from_slice(&[(min >> 8) as u8, min as u8]);
        self.0[2..4].copy_from_slice(&[(max >> 8) as u8, max as u8]);
        // Sizes of frames in bytes are not needed.
        self.0[4..10].fill(0);
        let rate_hz = first.sample_rate_hz.unwrap_or(self.sample_rate_hz());
        let n_bits = u64::from(first.n_bits.unwrap_or(self.n_bits())) - 1;
        let packed = u64::from(rate_hz) << 44 | u64::from(first.n_channels - 1) << 41 | n_bits << 36;
        for (index, byte) in self.0[10..18].iter_mut().enumerate() {
            *byte = (packed >> (56 - 8 * index)) as u8;
        }
        self.0
    }
}

/// Walks through the metadata blocks.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, String> {
    let said = |error: io::Error| error.to_string();
    let (info, blocks_end) = read_metadata(&mut walker, start + 4).map_err(said)?;
    let info = info.ok_or("the FLAC file ends within its header")?;
    let found = first_frame(&mut walker, start, blocks_end, &info).map_err(said)?;
    let (frames_start, first) = found.ok_or("the FLAC file holds no audio")?;
    let end = tail_start(&mut walker, frames_start).map_err(said)?;
    let mut source = Source::empty(walker.file());
    let mut head = b"fLaC\x80\0\0\x22".to_vec();
    head.extend(info.for_decoder(&first));
    source.push_bytes(head);
    source.push_range(frames_start..end);
    let promised = info.n_samples();
    let frames = match promised {
        Some(n_samples) if ends_at(&mut walker, frames_start, end, &first, &info).map_err(said)? => {
            Frames::Known(n_samples)
        }
        _ => Frames::Packets,
    };
    Ok(Container {
        frames,
        promised,
        n_packet_bytes: Some(end - frames_start),
        ..Container::whole(ContainerKind::Flac, source)
    })
}

/// STREAMINFO, and where the blocks end according to their lengths.
fn read_metadata(walker: &mut Walker, mut position: u64) -> io::Result<(Option<Info>, u64)> {
    let mut info = None;
    while let Some([kind, a, b, c]) = walker.bytes(position)? {
        // The number 127 is forbidden, because a frame begins like it.
        if kind == 0xFF {
            break;
        }
        if matches!(kind, 0 | 0x80) && info.is_none() {
            info = walker.bytes(position + 4)?.map(Info);
        }
        position += 4 + big_endian(&[a, b, c]);
        if kind & 0x80 != 0 {
            break;
        }
    }
    Ok((info, position))
}

/// The first frame and its header: behind the blocks, or the next one behind STREAMINFO where a length was wrong.
fn first_frame(
    walker: &mut Walker,
    start: u64,
    blocks_end: u64,
    info: &Info,
) -> io::Result<Option<(u64, Head)>> {
    let bytes: [u8; HEAD_BYTES_MAX] = walker.peek_padded(blocks_end)?;
    if let Some(head) = Head::parse(&bytes) {
        return Ok(Some((blocks_end, head)));
    }
    let search_start = start + 8 + INFO_BYTES as u64;
    let mut block = [0; 4_096];
    let mut position = search_start;
    while position - search_start < SEARCH_BYTES {
        let n_read = walker.fill(position, &mut block)?;
        for offset in 0..n_read.saturating_sub(HEAD_BYTES_MAX - 1) {
            let head = if block[offset] == 0xFF { Head::parse(&block[offset..n_read]) } else { None };
            if let Some(head) = head.filter(|head| head.number == 0 && info.agrees(head)) {
                return Ok(Some((position + offset as u64, head)));
            }
        }
        if n_read < block.len() {
            break;
        }
        position += (n_read - HEAD_BYTES_MAX + 1) as u64;
    }
    Ok(None)
}

/// True where the file's last frame is where the header's number of samples says.
fn ends_at(walker: &mut Walker, start: u64, end: u64, first: &Head, info: &Info) -> io::Result<bool> {
    let n_tail = TAIL_BYTES.min(usize::try_from(end - start).unwrap_or(usize::MAX));
    let mut tail = vec![0; n_tail];
    let n_read = walker.fill(end - n_tail as u64, &mut tail)?;
    let tail = &tail[..n_read];
    let is_last = |offset: usize| {
        let head = if tail[offset] == 0xFF { Head::parse(&tail[offset..]) } else { None };
        head.is_some_and(|head| info.agrees(&head) && head.end(first) == info.n_samples())
    };
    Ok((0..n_read).rev().any(is_last))
}

/// True for tags and zeros, as they may stand behind the last frame.
pub(in super::super) fn is_tag(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
        || [&b"TAG"[..], b"ID3", b"APETAGEX", b"LYRICSBEGIN"].iter().any(|mark| bytes.starts_with(mark))
}
