//! The headers of MPEG audio frames, and what a first frame of silence tells about its stream.
//!
//! Frame headers are those of ISO 11172-3, section 2.4.1.3, and ISO 13818-3. A first frame of silence may carry the
//! Xing or Info tag with the number of frames and, written by LAME and ffmpeg, the encoder's delay and padding.

use std::io;

use super::walk::{Walker, big_endian};

/// Bit rates in kbit/s, by row: layers I, II and III of MPEG 1, layer I and the others of MPEG 2.
const BITRATES: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Version, layer and sampling rate: what all frames of a stream have in common.
    pub(super) kind: (u8, u8, u8),
    pub(super) sample_rate_hz: u64,
    pub(super) is_mono: bool,
    pub(super) n_bytes: u64,
    pub(super) n_frames: u64,
    n_side_bytes: u64,
}

impl Header {
    /// Reads a header; `None` where there is none.
    pub(super) fn parse(bytes: [u8; 4]) -> Option<Self> {
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
            sample_rate_hz: rate,
            is_mono,
            n_bytes,
            n_frames,
            n_side_bytes: n_side_bytes + n_crc,
        })
    }
}

/// The tag in the first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tag {
    /// MPEG frames after the tag's own.
    pub(super) n_packets: Option<u64>,
    /// The encoder's delay and padding in frames, as written.
    pub(super) gap: Option<(u64, u64)>,
}

/// The first bytes of a frame, as far as the name of a tag reaches.
pub(super) const HEAD_BYTES: usize = 4 + 32 + 2 + 4;

impl Tag {
    /// True where a frame that begins with `head` carries a tag.
    pub(super) fn is_in(head: &[u8; HEAD_BYTES], header: Header) -> bool {
        let name = 4 + header.n_side_bytes as usize;
        let is_layer_3 = header.kind.1 == 1;
        is_layer_3 && (matches!(&head[name..name + 4], b"Xing" | b"Info") || &head[36..40] == b"VBRI")
    }

    /// Reads the tag of the frame at `position`; `None` where it carries none.
    pub(super) fn read(walker: &mut Walker, position: u64, header: Header) -> io::Result<Option<Self>> {
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
