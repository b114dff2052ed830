//! Tags around and between streams of audio: `ID3`, `APE` and Lyrics3, and the zeros that fill gaps.

use std::io;

use super::walk::Walker;

/// The length of an `ID3v1` tag.
const ID3V1_BYTES: u64 = 128;

/// The length of an extended `ID3v1` tag, which stands before the other.
const ID3V1_EXTENDED_BYTES: u64 = 227;

/// The length of the header and of the footer of an `APE` tag.
const APE_HEAD_BYTES: u64 = 32;

/// The longest Lyrics3 tag that is looked through: five digits count its bytes, more in version 2.
const LYRICS_BYTES_MAX: usize = 1 << 20;

/// The position behind all tags and zeros from `position` on.
pub(super) fn skip_tags(walker: &mut Walker, mut position: u64) -> io::Result<u64> {
    while position < walker.len() {
        let n_tag = match tag_len(walker, position)? {
            Some(n_tag) => n_tag,
            None => n_zeros(walker, position)?,
        };
        if n_tag == 0 {
            break;
        }
        position = position.saturating_add(n_tag);
    }
    Ok(position.min(walker.len()))
}

/// The length of the tag that begins at `position`, if one does.
fn tag_len(walker: &mut Walker, position: u64) -> io::Result<Option<u64>> {
    if let Some(n_tag) = walker.id3_len(position)? {
        return Ok(Some(n_tag));
    }
    let head: [u8; 16] = walker.peek_padded(position)?;
    let n_left = walker.len() - position;
    Ok(match &head {
        [b'T', b'A', b'G', b'+', ..] if n_left >= ID3V1_EXTENDED_BYTES => Some(ID3V1_EXTENDED_BYTES),
        [b'T', b'A', b'G', ..] if n_left >= ID3V1_BYTES => Some(ID3V1_BYTES),
        [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] => {
            let (size, is_header, _) = ape_size(walker, position)?;
            Some(if is_header { APE_HEAD_BYTES + size } else { APE_HEAD_BYTES })
        }
        head if head.starts_with(b"LYRICSBEGIN") => lyrics_len(walker, position)?,
        _ => None,
    })
}

/// The bytes that an `APE` header or footer counts, without the header; whether it is a header; whether there is one.
fn ape_size(walker: &mut Walker, position: u64) -> io::Result<(u64, bool, bool)> {
    let fields: [u8; 24] = walker.peek_padded(position)?;
    let number = |at: usize| u32::from_le_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]]);
    let flags = number(20);
    Ok((u64::from(number(12)), flags & 1 << 29 != 0, flags & 1 << 31 != 0))
}

/// The length of a Lyrics3 tag, which only its last bytes tell.
fn lyrics_len(walker: &mut Walker, position: u64) -> io::Result<Option<u64>> {
    let n_left = usize::try_from(walker.len() - position).unwrap_or(usize::MAX).min(LYRICS_BYTES_MAX);
    let mut bytes = vec![0; n_left];
    walker.fill(position, &mut bytes)?;
    let end = bytes.windows(9).position(|end| end == b"LYRICS200" || end == b"LYRICSEND");
    Ok(end.map(|end| end as u64 + 9))
}

/// The number of zeros from `position` on.
fn n_zeros(walker: &mut Walker, position: u64) -> io::Result<u64> {
    let mut block = [0; 4_096];
    let mut n_zeros = 0;
    loop {
        let n_read = walker.fill(position + n_zeros, &mut block)?;
        match block[..n_read].iter().position(|byte| *byte != 0) {
            Some(first) => return Ok(n_zeros + first as u64),
            None if n_read == 0 => return Ok(n_zeros),
            None => n_zeros += n_read as u64,
        }
    }
}

/// Where the tags at the end of the file begin that say their length in their last bytes; not before `start`.
pub(super) fn tail_start(walker: &mut Walker, start: u64) -> io::Result<u64> {
    let mut end = walker.len();
    loop {
        let n_tag = tail_len(walker, end)?;
        match n_tag.and_then(|n_tag| end.checked_sub(n_tag)) {
            Some(tag_start) if tag_start >= start && tag_start < end => end = tag_start,
            _ => return Ok(end),
        }
    }
}

/// The length of the tag that ends at `end`, if one does.
fn tail_len(walker: &mut Walker, end: u64) -> io::Result<Option<u64>> {
    let mut starts = |n_bytes: u64, mark: &[u8]| -> io::Result<bool> {
        let Some(position) = end.checked_sub(n_bytes) else { return Ok(false) };
        Ok(walker.peek_padded::<16>(position)?.starts_with(mark))
    };
    if starts(ID3V1_BYTES, b"TAG")? {
        return Ok(Some(ID3V1_BYTES));
    }
    if starts(ID3V1_EXTENDED_BYTES, b"TAG+")? {
        return Ok(Some(ID3V1_EXTENDED_BYTES));
    }
    if starts(APE_HEAD_BYTES, b"APETAGEX")? {
        let (size, _, has_header) = ape_size(walker, end - APE_HEAD_BYTES)?;
        return Ok(Some(if has_header { size + APE_HEAD_BYTES } else { size }.max(APE_HEAD_BYTES)));
    }
    if starts(9, b"LYRICS200")? {
        let Some(position) = end.checked_sub(15) else { return Ok(None) };
        let digits: [u8; 6] = walker.peek_padded(position)?;
        let size = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse::<u64>().ok());
        return Ok(size.map(|size| size + 15));
    }
    if starts(10, b"3DI")? {
        let [_, _, _, _, _, _, a, b, c, d] = walker.peek_padded::<10>(end - 10)?;
        let n_body = [a, b, c, d].into_iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
        return Ok(Some(n_body + 20));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write};

    use super::*;

    fn walker(bytes: &[u8]) -> Walker {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Walker::new(file).unwrap()
    }

    /// An `APE` tag of one item, with a header or without.
    fn ape(has_header: bool) -> Vec<u8> {
        let end = |flags: u32| {
            let mut end = b"APETAGEX".to_vec();
            for number in [2_000, 32 + 15, 1, flags, 0, 0] {
                end.extend(number.to_le_bytes());
            }
            end
        };
        let mut bytes = if has_header { end(0xA000_0000) } else { Vec::new() };
        bytes.extend(b"\x06\0\0\0\0\0\0\0a\0abcdef"[..15].iter());
        bytes.extend(end(if has_header { 0x8000_0000 } else { 0 }));
        bytes
    }

    #[test]
    fn tags_in_a_row_are_skipped_from_the_front() {
        let mut bytes = b"ID3\x03\0\0\0\0\0\x05hello\0\0\0".to_vec();
        bytes.extend(ape(true));
        bytes.extend(b"LYRICSBEGININD0000200000LYRICSEND");
        bytes.extend(b"TAG");
        bytes.extend([b' '; 125]);
        bytes.extend([0; 5_000]);
        let n_tags = bytes.len() as u64;
        bytes.extend([0xFF, 0xFB]);
        assert_eq!(skip_tags(&mut walker(&bytes), 0).unwrap(), n_tags);
        assert_eq!(skip_tags(&mut walker(b"\xFF\xFB\0\0"), 0).unwrap(), 0);
        assert_eq!(
            skip_tags(&mut walker(b"ID3\x03\0\0\x7F\x7F\x7F\x7Fx"), 0).unwrap(),
            11,
            "a size beyond the file"
        );
    }

    #[test]
    fn tags_in_a_row_are_found_from_the_end() {
        for has_header in [true, false] {
            let mut bytes = vec![0x55; 300];
            bytes.extend(ape(has_header));
            bytes.extend(b"LYRICSBEGIN");
            bytes.extend([b'a'; 50]);
            bytes.extend(b"000061LYRICS200TAG");
            bytes.extend([b' '; 125]);
            assert_eq!(tail_start(&mut walker(&bytes), 0).unwrap(), 300);
            assert_ne!(tail_start(&mut walker(&bytes), 301).unwrap(), 300);
        }
    }
}
