//! The pages of Ogg (RFC 3533): headers, checksums, and pages of our own in place of the file's.

use std::io;
use std::ops::Range;

use super::walk::Walker;

/// The bytes of a page before its table of segments.
const HEAD_BYTES: usize = 27;

/// A page that is whole and has the right checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) range: Range<u64>,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    /// The position behind the last packet that ends in it; -1 where none does.
    pub(super) granule: i64,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    pub(super) crc: u32,
    /// A packet ends in it.
    pub(super) ends_packet: bool,
}

/// The content of a place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Page(Page),
    /// A page that goes on behind the end of the file.
    Cut,
    /// A page of this serial number whose checksum does not match.
    Corrupt(u32),
    /// Other bytes.
    Else,
}

/// Reads the page at `position` whole into `buffer`.
pub(super) fn read_page(walker: &mut Walker, position: u64, buffer: &mut Vec<u8>) -> io::Result<Found> {
    let n_left = walker.len().saturating_sub(position);
    let head: [u8; HEAD_BYTES] = walker.peek_padded(position)?;
    if &head[..5] != b"OggS\0" {
        let is_cut = n_left > 0 && n_left < 5 && b"OggS\0".starts_with(&head[..n_left as usize]);
        return Ok(if is_cut { Found::Cut } else { Found::Else });
    }
    if n_left < HEAD_BYTES as u64 {
        return Ok(Found::Cut);
    }
    let n_segments = usize::from(head[26]);
    buffer.resize(HEAD_BYTES + n_segments, 0);
    if walker.fill(position, buffer)? < buffer.len() {
        return Ok(Found::Cut);
    }
    let segments = &buffer[HEAD_BYTES..];
    let ends_packet = segments.iter().any(|n_bytes| *n_bytes < 255);
    let n_body: usize = segments.iter().map(|n_bytes| usize::from(*n_bytes)).sum();
    buffer.resize(HEAD_BYTES + n_segments + n_body, 0);
    if walker.fill(position, buffer)? < buffer.len() {
        return Ok(Found::Cut);
    }
    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (serial, crc) = (number(14), number(22));
    buffer[22..26].fill(0);
    if checksum(buffer) != crc {
        return Ok(Found::Corrupt(serial));
    }
    Ok(Found::Page(Page {
        range: position..position + buffer.len() as u64,
        is_first: head[5] & 2 != 0,
        is_last: head[5] & 4 != 0,
        granule: (u64::from(number(10)) << 32 | u64::from(number(6))) as i64,
        serial,
        sequence: number(18),
        crc,
        ends_packet,
    }))
}

/// The first packet of a page, as far as it lies in it.
pub(super) fn first_packet(page: &[u8]) -> &[u8] {
    let n_segments = page.get(26).map_or(0, |n_segments| usize::from(*n_segments));
    let body = HEAD_BYTES + n_segments;
    let mut n_packet = 0;
    for n_bytes in page.get(HEAD_BYTES..body).unwrap_or_default() {
        n_packet += usize::from(*n_bytes);
        if *n_bytes < 255 {
            break;
        }
    }
    page.get(body..body + n_packet).unwrap_or_default()
}

/// The page in `page`, marked as the last of its stream.
pub(super) fn with_end_mark(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    page[5] |= 4;
    sealed(page)
}

/// A page of one short packet at position 0.
pub(super) fn header_page(packet: &[u8], serial: u32, sequence: u32) -> Vec<u8> {
    debug_assert!(packet.len() < 255, "a packet of one segment");
    let mut page = b"OggS\0".to_vec();
    page.push(if sequence == 0 { 2 } else { 0 });
    page.extend([0; 8]);
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.extend([1, packet.len() as u8]);
    page.extend(packet);
    sealed(page)
}

/// The page with its checksum.
fn sealed(mut page: Vec<u8>) -> Vec<u8> {
    page[22..26].fill(0);
    let crc = checksum(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// The CRC of RFC 3533, section 6: the polynomial `0x04C1_1DB7`, most significant bit first, nothing inverted.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ CRC_TABLE[usize::from((crc >> 24) as u8 ^ byte)])
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 << 31 == 0 { crc << 1 } else { crc << 1 ^ 0x04C1_1DB7 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write};

    use super::*;

    #[test]
    fn a_page_that_was_written_is_read() {
        let page = header_page(b"hello", 7, 0);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&page).unwrap();
        file.write_all(&page[..30]).unwrap();
        file.rewind().unwrap();
        let mut walker = Walker::new(file).unwrap();
        let mut buffer = Vec::new();
        let Found::Page(found) = read_page(&mut walker, 0, &mut buffer).unwrap() else { panic!("no page") };
        assert_eq!((found.range, found.is_first, found.serial), (0..page.len() as u64, true, 7));
        assert_eq!(first_packet(&buffer), b"hello");
        assert_eq!(read_page(&mut walker, page.len() as u64, &mut buffer).unwrap(), Found::Cut);
        assert_eq!(read_page(&mut walker, 1, &mut buffer).unwrap(), Found::Else);
    }

    /// The check value of the CRC-32 with this polynomial and without inversions over the nine digits: that of
    /// CRC-32/MPEG-2 differs from it by its start value only, so it is computed bit by bit here.
    #[test]
    fn the_table_agrees_with_the_definition() {
        let by_bits = b"123456789".iter().fold(0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
            })
        });
        assert_eq!(checksum(b"123456789"), by_bits);
    }
}
