//! MPEG audio, layers I to III: a row of frames without a container.
//!
//! Frame headers are those of ISO 11172-3, section 2.4.1.3, and ISO 13818-3. A first frame of silence may carry the
//! Xing or Info tag with the number of frames and, written by LAME and ffmpeg, the encoder's delay and padding.

use std::io;

use super::kinds::{Container, ContainerKind, Frames};
use super::walk::{Walker, big_endian};

/// Where the first frame is looked for behind unknown bytes.
const SEARCH_BYTES: u64 = 64 * 1024;

/// Frames in a row that tell a stream from bytes that look like a header.
const FRAMES_TO_BELIEVE: usize = 4;

/// The decoder's own delay, which encoders leave out of the delay that they write down (LAME's technical FAQ).
const DECODER_DELAY: u64 = 529;

/// Bit rates in kbit/s, by row: layers I, II and III of MPEG 1, layer I and the others of MPEG 2.
const BITRATES: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    /// Version, layer and sampling rate: what all frames of a stream have in common.
    kind: (u8, u8, u8),
    n_bytes: u64,
    n_frames: u64,
    n_side_bytes: u64,
}

impl Header {
    fn parse(bytes: [u8; 4]) -> Option<Self> {
        let [a, b, c, d] = bytes;
        if a != 0xFF || b & 0xE0 != 0xE0 {
            return None;
        }
        let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
        let (bitrate_index, rate_index) = (usize::from(c >> 4), c >> 2 & 3);
        if version == 1 || layer == 0 || rate_index == 3 {
            return None;
        }
        let is_mpeg1 = version == 3;
        let row = match (is_mpeg1, layer) {
            (true, 3) => 0,
            (true, 2) => 1,
            (true, _) => 2,
            (false, 3) => 3,
            (false, _) => 4,
        };
        let bitrate = u64::from(*BITRATES[row].get(bitrate_index.checked_sub(1)?)?) * 1_000;
        let rate_mpeg1 = [44_100, 48_000, 32_000][usize::from(rate_index)];
        let rate = match version {
            3 => rate_mpeg1,
            2 => rate_mpeg1 / 2,
            _ => rate_mpeg1 / 4,
        };
        let n_padding = u64::from(c >> 1 & 1);
        let (n_frames, n_bytes) = match layer {
            3 => (384, (12 * bitrate / rate + n_padding) * 4),
            1 if !is_mpeg1 => (576, 72 * bitrate / rate + n_padding),
            _ => (1_152, 144 * bitrate / rate + n_padding),
        };
        let is_mono = d >> 6 == 3;
        let n_side_bytes = match (is_mpeg1, is_mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let n_crc = if b & 1 == 0 { 2 } else { 0 };
        Some(Self {
            kind: (version, layer, rate_index),
            n_bytes,
            n_frames,
            n_side_bytes: n_side_bytes + n_crc,
        })
    }
}

/// What the tag in the first frame tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tag {
    /// MPEG frames after the tag's own.
    n_packets: Option<u64>,
    /// The encoder's delay and padding in frames, as written.
    gap: Option<(u64, u64)>,
}

impl Tag {
    fn read(walker: &mut Walker, position: u64, header: Header) -> io::Result<Option<Self>> {
        let mut body = [0; 160];
        let n_body = (header.n_bytes.saturating_sub(4 + header.n_side_bytes) as usize).min(body.len());
        walker.fill(position + 4 + header.n_side_bytes, &mut body[..n_body])?;
        let number = |at: usize| big_endian(&body[at..at + 4]);
        if &body[..4] == b"Xing" || &body[..4] == b"Info" {
            let flags = number(4);
            let n_packets = (flags & 1 != 0).then(|| number(8));
            // Frames, bytes, a table of contents and a quality, each where its flag is set.
            let lengths = [(1, 4), (2, 4), (4, 100), (8, 4)];
            let encoder =
                8 + lengths.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, n)| n).sum::<usize>();
            let is_known =
                [b"LAME", b"Lavf", b"Lavc"].iter().any(|name| body[encoder..].starts_with(&name[..]));
            let gap = number(encoder + 20) & 0xFF_FFFF;
            let gap = is_known.then_some((gap >> 12, gap & 0xFFF));
            return Ok(Some(Self { n_packets, gap }));
        }
        // Fraunhofer's tag lies at a fixed place, whatever the side information's size.
        let vbri: [u8; 18] = walker.peek_padded(position + 36)?;
        Ok(vbri.starts_with(b"VBRI").then(|| Self { n_packets: Some(big_endian(&vbri[14..18])), gap: None }))
    }
}

/// Surveys the file as MPEG audio; `None` where no such stream begins near `start`.
pub(super) fn container_if_mpeg(walker: &mut Walker, start: u64) -> io::Result<Option<Container>> {
    let Some((first, header)) = find_first(walker, start)? else { return Ok(None) };
    let tag = if header.kind.1 == 1 { Tag::read(walker, first, header)? } else { None };
    let audio_start = if tag.is_some() { first + header.n_bytes } else { first };
    let mut position = audio_start;
    let mut n_packets = 0;
    let mut flaw = None;
    while position < walker.len() {
        let next = walker.bytes(position)?.and_then(Header::parse).filter(|next| next.kind == header.kind);
        let Some(next) = next else {
            flaw = flaw_at(walker, position)?;
            break;
        };
        if position + next.n_bytes > walker.len() {
            flaw = Some("the file is cut within its last frame".into());
            break;
        }
        position += next.n_bytes;
        n_packets += 1;
    }
    let Tag { n_packets: promised, gap } = tag.unwrap_or_default();
    if let Some(promised) = promised.filter(|promised| *promised > n_packets) {
        flaw.get_or_insert_with(|| {
            format!("the file is cut: its header promises {promised} MPEG frames, {n_packets} are there")
        });
    }
    let n_decoded = n_packets * header.n_frames;
    let (skip, n_padding) =
        gap.map_or((0, 0), |(delay, padding)| (delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY)));
    let is_short = promised.is_some_and(|promised| promised > n_packets);
    let n_kept = if is_short { n_decoded } else { n_decoded.saturating_sub(n_padding) };
    let source = walker.source(audio_start, position)?;
    let frames = Frames::Known(n_kept.saturating_sub(skip));
    Ok(Some(Container { skip, frames, flaw, ..Container::whole(ContainerKind::Mpeg, source) }))
}

/// The first frame that others follow.
fn find_first(walker: &mut Walker, start: u64) -> io::Result<Option<(u64, Header)>> {
    for first in start..walker.len().min(start + SEARCH_BYTES) {
        let Some(header) = walker.bytes(first)?.and_then(Header::parse) else { continue };
        let mut position = first;
        let mut n_found = 0;
        while n_found < FRAMES_TO_BELIEVE {
            let next =
                walker.bytes(position)?.and_then(Header::parse).filter(|next| next.kind == header.kind);
            let Some(next) = next else { break };
            position += next.n_bytes;
            n_found += 1;
        }
        // A very short file has fewer, but then it begins with one and they reach its end.
        if n_found == FRAMES_TO_BELIEVE || (first == start && n_found > 0 && position >= walker.len()) {
            return Ok(Some((first, header)));
        }
    }
    Ok(None)
}

/// What is wrong with bytes that are no frame; `None` for a tag or zeros at the end of the file.
pub(super) fn flaw_at(walker: &mut Walker, position: u64) -> io::Result<Option<String>> {
    let bytes: [u8; 8] = walker.peek_padded(position)?;
    let rest = walker.len() - position;
    let is_tag = bytes.starts_with(b"TAG") && rest == 128
        || bytes.starts_with(b"TAG+")
        || &bytes == b"APETAGEX"
        || bytes.starts_with(b"LYRICS")
        || walker.id3_len(position)?.is_some_and(|n_tag| n_tag >= rest);
    if is_tag || is_zero_to_end(walker, position)? {
        return Ok(None);
    }
    Ok(Some(format!("no audio frame follows at byte {position}, with {rest} bytes left")))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes are those of the formula in ISO 11172-3: 144 * bit rate / rate for layers II and III.
    #[test]
    fn a_header_tells_the_frames_size() {
        let header = Header::parse([0xFF, 0xFB, 0x90, 0x00]).unwrap();
        assert_eq!(
            (header.n_bytes, header.n_frames, header.n_side_bytes),
            (144 * 128_000 / 44_100, 1_152, 32)
        );
        let padded = Header::parse([0xFF, 0xFB, 0x92, 0xC0]).unwrap();
        assert_eq!((padded.n_bytes, padded.n_side_bytes), (144 * 128_000 / 44_100 + 1, 17));
        let mpeg2 = Header::parse([0xFF, 0xF3, 0x84, 0x00]).unwrap();
        assert_eq!((mpeg2.n_bytes, mpeg2.n_frames), (72 * 64_000 / 24_000, 576));
        assert_eq!(Header::parse([0xFF, 0xFB, 0xF0, 0x00]), None, "the bit rate is forbidden");
        assert_eq!(Header::parse([0xFF, 0xFB, 0x9C, 0x00]), None, "the sampling rate is reserved");
        assert_eq!(Header::parse([0xFF, 0x1B, 0x90, 0x00]), None, "there is no sync word");
    }
}
