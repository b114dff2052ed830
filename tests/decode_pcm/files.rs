//! Files of samples, put together by hand from the definitions of their formats.

#![expect(unreachable_pub, reason = "a private module of one test")]

/// The order of the bytes of a number.
#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    Little,
    Big,
}
use Order::{Big, Little};

/// A number as `n` bytes.
pub fn number(value: u64, n: usize, order: Order) -> Vec<u8> {
    let mut bytes = value.to_le_bytes()[..n].to_vec();
    if order == Big {
        bytes.reverse();
    }
    bytes
}

/// A chunk of RIFF or, with the most significant byte first, of IFF.
pub fn chunk(id: [u8; 4], body: &[u8], order: Order) -> Vec<u8> {
    let mut bytes = sized_chunk(id, body, body.len() as u64, order);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// A chunk without padding that claims `size`.
pub fn sized_chunk(id: [u8; 4], body: &[u8], size: u64, order: Order) -> Vec<u8> {
    [id.as_slice(), &number(size, 4, order), body].concat()
}

/// The body of `fmt `: tag, channels, rate, bytes of a frame and bits.
pub fn fmt(tag: u64, n_channels: u64, rate_hz: u64, block: u64, n_bits: u64, order: Order) -> Vec<u8> {
    let fields = [(tag, 2), (n_channels, 2), (rate_hz, 4), (rate_hz * block, 4), (block, 2), (n_bits, 2)];
    fields.iter().flat_map(|(value, n)| number(*value, *n, order)).collect()
}

/// The body of `fmt ` with the extension: bits that carry sound, speakers, and the number of the codec.
pub fn fmt_extended(codec: u64, n_channels: u64, rate_hz: u64, n_bits: u64, valid: u64) -> Vec<u8> {
    let mut body = fmt(0xFFFE, n_channels, rate_hz, n_bits / 8 * n_channels, n_bits, Little);
    body.extend([22, 0]);
    body.extend(number(valid, 2, Little));
    body.extend([0; 4]);
    body.extend(number(codec, 4, Little));
    body.extend([0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    body
}

/// A RIFF file of these chunks, with the right size.
pub fn riff(magic: [u8; 4], chunks: &[Vec<u8>], order: Order) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    sized_chunk(magic, &body, body.len() as u64, order)
}

/// A WAV file of 16 bits and one channel at 8 kHz.
pub fn wav16(before: &[u8], data: &[u8], after: &[u8]) -> Vec<u8> {
    let fmt = chunk(*b"fmt ", &fmt(1, 1, 8_000, 2, 16, Little), Little);
    riff(*b"RIFF", &[fmt, before.to_vec(), chunk(*b"data", data, Little), after.to_vec()], Little)
}

/// The `COMM` chunk: channels, frames, bits, the type of AIFF-C; the rate is 8 kHz.
pub fn comm(n_channels: u64, n_frames: u64, n_bits: u64, codec: Option<[u8; 4]>) -> Vec<u8> {
    let mut body = [number(n_channels, 2, Big), number(n_frames, 4, Big), number(n_bits, 2, Big)].concat();
    body.extend([0x40, 0x0B, 0xFA, 0, 0, 0, 0, 0, 0, 0]);
    if let Some(codec) = codec {
        body.extend(codec);
        body.extend([0, 0]);
    }
    chunk(*b"COMM", &body, Big)
}

/// The `SSND` chunk with an offset.
pub fn ssnd(data: &[u8], offset: usize) -> Vec<u8> {
    let body = [number(offset as u64, 4, Big), vec![0; 4], vec![0xEE; offset], data.to_vec()].concat();
    chunk(*b"SSND", &body, Big)
}

/// An AIFF or AIFF-C file of these chunks.
pub fn aiff(kind: [u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [kind.to_vec(), chunks.concat()].concat();
    sized_chunk(*b"FORM", &body, body.len() as u64, Big)
}

/// A CAF file at 8 kHz; `size` is what the data's chunk claims.
pub fn caf(
    codec: [u8; 4],
    flags: u64,
    width: u64,
    n_channels: u64,
    n_bits: u64,
    data: &[u8],
    size: u64,
) -> Vec<u8> {
    let mut bytes = b"caff\0\x01\0\0desc".to_vec();
    bytes.extend(number(32, 8, Big));
    bytes.extend(number(8_000f64.to_bits(), 8, Big));
    bytes.extend(codec);
    for value in [flags, width * n_channels, 1, n_channels, n_bits] {
        bytes.extend(number(value, 4, Big));
    }
    bytes.extend(b"data");
    bytes.extend(number(size, 8, Big));
    bytes.extend([0; 4]);
    bytes.extend(data);
    bytes
}

/// An AU file at 8 kHz.
pub fn au(encoding: u64, n_channels: u64, size: u64, data: &[u8], order: Order) -> Vec<u8> {
    let magic = if order == Big { b".snd" } else { b"dns." };
    let fields = [28, size, encoding, 8_000, n_channels, 0];
    let head: Vec<u8> = fields.iter().flat_map(|value| number(*value, 4, order)).collect();
    [magic.as_slice(), &head, data].concat()
}

/// A SPHERE file at 8 kHz with these lines besides rate and channel.
pub fn sphere(lines: &str, data: &[u8]) -> Vec<u8> {
    let mut head =
        format!("NIST_1A\n   1024\nchannel_count -i 1\nsample_rate -i 8000\n{lines}end_head\n").into_bytes();
    head.resize(1_024, b' ');
    [head, data.to_vec()].concat()
}

/// A Wave64 file of 16 bits and one channel at 8 kHz; `size` is what the data's chunk claims, without its header.
pub fn wave64(data: &[u8], size: u64, after: &[u8]) -> Vec<u8> {
    const TAIL: [u8; 12] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];
    let chunk = |id: [u8; 4], body: &[u8], size: u64| {
        let mut bytes = [id.as_slice(), &TAIL, &number(size.saturating_add(24), 8, Little), body].concat();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    };
    let fmt = fmt(1, 1, 8_000, 2, 16, Little);
    let chunks =
        [chunk(*b"fmt ", &fmt, fmt.len() as u64), chunk(*b"data", data, size), after.to_vec()].concat();
    let mut bytes = b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\0\0".to_vec();
    bytes.extend(number(40 + chunks.len() as u64, 8, Little));
    bytes.extend(b"wave");
    bytes.extend(TAIL);
    bytes.extend(chunks);
    bytes
}
