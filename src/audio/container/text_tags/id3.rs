//! ID3 tags, of version 2 (<https://id3.org/id3v2.4.0-structure>) and of version 1.

use std::borrow::Cow;
use std::io;

use super::super::walk::{Walker, big_endian, little_endian};
use super::parts::{PARTS_MAX, take, take_slice, text};
use crate::audio::tags::{Tag, Tags};

/// The length of a tag of version 1.
const OLD_BYTES: u64 = 128;

/// Reads a tag of version 2, which `tag` begins with.
pub(super) fn read(tag: &[u8], tags: &mut Tags) {
    let mut head = tag;
    let Some([b'I', b'D', b'3', version, _, flags, ..]) = take::<10>(&mut head) else { return };
    // Frames of version 2.4 are made safe one by one.
    let body = if flags & 0x80 != 0 && version < 4 { without_guards(head) } else { Cow::Borrowed(head) };
    let mut body = &*body;
    if flags & 0x40 != 0 && version >= 3 {
        let Some(size) = take::<4>(&mut body) else { return };
        // Its own four bytes count in version 2.4 only.
        let n_more = if version >= 4 { safe(size).saturating_sub(4) } else { big_endian(&size) };
        if take_slice(&mut body, n_more as usize).is_none() {
            return;
        }
    }
    for _ in 0..PARTS_MAX {
        let Some((id, frame)) = next_frame(&mut body, version) else { return };
        read_frame(id, &frame, tags);
    }
}

/// The next frame: its name, of three letters in version 2.2, and its content.
fn next_frame<'a>(body: &mut &'a [u8], version: u8) -> Option<([u8; 4], Cow<'a, [u8]>)> {
    if version < 3 {
        let [a, b, c, size @ ..] = take::<6>(body)?;
        let frame = take_slice(body, big_endian(&size) as usize)?;
        return (a != 0).then_some(([a, b, c, 0], Cow::Borrowed(frame)));
    }
    let id = take::<4>(body)?;
    let size = take::<4>(body)?;
    let [_, flags] = take::<2>(body)?;
    let n_bytes = if version >= 4 { safe(size) } else { big_endian(&size) };
    let mut frame = take_slice(body, n_bytes as usize)?;
    if id[0] == 0 {
        return None;
    }
    if version >= 4 && flags & 0x01 != 0 {
        take::<4>(&mut frame)?;
    }
    let is_guarded = version >= 4 && flags & 0x02 != 0;
    // What is compressed or encrypted has no text to read.
    let is_packed = flags & if version >= 4 { 0x0C } else { 0xC0 } != 0;
    let frame = match () {
        () if is_packed => Cow::Borrowed(&[][..]),
        () if is_guarded => without_guards(frame),
        () => Cow::Borrowed(frame),
    };
    Some((id, frame))
}

/// A number of four bytes with seven bits each.
fn safe(bytes: [u8; 4]) -> u64 {
    bytes.into_iter().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7F))
}

/// The bytes without the zeros that keep decoders from taking them for audio.
fn without_guards(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut is_guard = false;
    let kept = bytes.iter().copied().filter(|byte| {
        let is_kept = !(is_guard && *byte == 0);
        is_guard = *byte == 0xFF;
        is_kept
    });
    Cow::Owned(kept.collect())
}

fn read_frame(id: [u8; 4], frame: &[u8], tags: &mut Tags) {
    let Some((encoding, content)) = frame.split_first() else { return };
    let tag = match &id {
        b"TIT2" | b"TT2\0" => Tag::Title,
        b"TPE1" | b"TP1\0" => Tag::Artist,
        b"TCOP" | b"TCR\0" => Tag::Copyright,
        b"TDRC" | b"TYER" | b"TYE\0" => Tag::Date,
        b"TKEY" | b"TKE\0" => Tag::Key,
        b"TBPM" | b"TBP\0" => Tag::Tempo,
        b"WCOP" | b"WCP\0" => return tags.note(Tag::Licence, &text(frame)),
        b"COMM" | b"COM\0" => {
            // A language and a short description come first; what has a description is often a program's own.
            let Some(described) = content.get(3..) else { return };
            let (description, comment) = split(*encoding, described);
            if description.is_empty() {
                tags.note(Tag::Comment, &comment);
            }
            return;
        }
        b"TXXX" | b"TXX\0" => {
            let (name, value) = split(*encoding, content);
            let tag = match &*name.to_ascii_lowercase() {
                "license" | "licence" => Tag::Licence,
                "comment" => Tag::Comment,
                "description" => Tag::Description,
                "initialkey" | "key" => Tag::Key,
                _ => return,
            };
            return tags.note(tag, &value);
        }
        _ => return,
    };
    tags.note(tag, &split(*encoding, content).0);
}

/// The text up to the first end, and what comes behind it.
fn split(encoding: u8, bytes: &[u8]) -> (String, String) {
    match encoding {
        1 | 2 => {
            let is_little = encoding == 1 && !bytes.starts_with(&[0xFE, 0xFF]);
            let unit = |pair: &[u8; 2]| {
                if is_little { little_endian(pair) as u16 } else { big_endian(pair) as u16 }
            };
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(unit).collect();
            let mut parts = units.split(|unit| *unit == 0);
            let mut next = || {
                let text = String::from_utf16_lossy(parts.next().unwrap_or_default());
                // Each text has a mark of its byte order, behind which it begins.
                text.trim_start_matches(['\u{feff}', '\u{fffe}']).to_owned()
            };
            (next(), next())
        }
        _ => {
            let mut parts = bytes.splitn(2, |byte| *byte == 0);
            let mut next = || text(parts.next().unwrap_or_default());
            (next(), next())
        }
    }
}

/// Reads a tag of version 1, the last bytes of the file.
pub(super) fn read_old(walker: &mut Walker, tags: &mut Tags) -> io::Result<()> {
    let Some(start) = walker.len().checked_sub(OLD_BYTES) else { return Ok(()) };
    let old: [u8; OLD_BYTES as usize] = walker.peek_padded(start)?;
    if old.starts_with(b"TAG") {
        for (tag, field) in
            [(Tag::Title, 3..33), (Tag::Artist, 33..63), (Tag::Date, 93..97), (Tag::Comment, 97..127)]
        {
            tags.note(tag, &text(&old[field]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(version: u8, id: &[u8], content: &[u8]) -> Vec<u8> {
        let n = content.len() as u32;
        let mut bytes = id.to_vec();
        match version {
            2 => bytes.extend([(n >> 16) as u8, (n >> 8) as u8, n as u8]),
            3 => bytes.extend([(n >> 24) as u8, (n >> 16) as u8, (n >> 8) as u8, n as u8]),
            _ => bytes.extend([
                (n >> 21) as u8 & 0x7F,
                (n >> 14) as u8 & 0x7F,
                (n >> 7) as u8 & 0x7F,
                n as u8 & 0x7F,
            ]),
        }
        if version > 2 {
            bytes.extend([0, 0]);
        }
        bytes.extend(content);
        bytes
    }

    fn tag(version: u8, frames: &[Vec<u8>]) -> Vec<u8> {
        [&[b'I', b'D', b'3', version, 0, 0, 0, 0, 0, 0][..], &frames.concat(), &[0; 20]].concat()
    }

    #[test]
    fn text_of_every_version_and_encoding_is_read() {
        let utf16: Vec<u8> =
            [1, 0xFF, 0xFE].into_iter().chain("Ā key".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for (version, title, key, comment) in [
            (2, &b"TT2"[..], &b"TKE"[..], &b"COM"[..]),
            (3, b"TIT2", b"TKEY", b"COMM"),
            (4, b"TIT2", b"TKEY", b"COMM"),
        ] {
            let mut tags = Tags::default();
            let frames = [
                frame(version, title, b"\0caf\xE9\0"),
                frame(version, comment, b"\0engITUN\0of a program"),
                frame(version, comment, b"\0eng\0by a person"),
                frame(version, key, &utf16),
            ];
            let whole = tag(version, &frames);
            read(&whole, &mut tags);
            assert_eq!(
                (tags.title.as_deref(), tags.key.as_deref()),
                (Some("café"), Some("Ā key")),
                "{version}"
            );
            assert_eq!(tags.comment.as_deref(), Some("by a person"));
            for n_bytes in 0..whole.len() {
                read(&whole[..n_bytes], &mut Tags::default());
            }
        }
        let mut tags = Tags::default();
        read(&tag(4, &[frame(4, b"TXXX", b"\x03License\0CC-BY"), frame(4, b"TBPM", b"\x03128")]), &mut tags);
        assert_eq!((tags.licence.as_deref(), tags.tempo_bpm), (Some("CC-BY"), Some(128.0)));
    }
}
