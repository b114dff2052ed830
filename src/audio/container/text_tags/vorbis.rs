//! Vorbis comments, in FLAC and in Ogg (<https://xiph.org/vorbis/doc/v-comment.html>).

use std::io;

use super::super::walk::{Walker, big_endian};
use super::parts::{LIST_BYTES_MAX, PARTS_MAX, bytes, take, take_slice, text};
use crate::audio::tags::{Tag, Tags};

/// The block of FLAC's metadata that holds comments (RFC 9639, section 8.6).
const FLAC_COMMENTS: u8 = 4;

/// Reads the comments of a FLAC stream that begins at `start`.
pub(super) fn read_flac(walker: &mut Walker, start: u64, tags: &mut Tags) -> io::Result<()> {
    let mut position = start.saturating_add(4);
    for _ in 0..PARTS_MAX {
        let Some([kind, size @ ..]) = walker.bytes::<4>(position)? else { break };
        let n_body = big_endian(&size);
        if kind & 0x7F == FLAC_COMMENTS {
            read_comments(&bytes(walker, position + 4, n_body)?, tags);
        }
        if kind & 0x80 != 0 {
            break;
        }
        position += 4 + n_body;
    }
    Ok(())
}

/// Reads the comments of an Ogg stream that begins at `start`: the second packet of its first logical stream.
pub(super) fn read_ogg(walker: &mut Walker, start: u64, tags: &mut Tags) -> io::Result<()> {
    let (mut position, mut serial) = (start, None);
    let (mut packet, mut n_packets) = (Vec::new(), 0);
    for _ in 0..PARTS_MAX {
        let Some(head) = walker.bytes::<27>(position)? else { break };
        if !head.starts_with(b"OggS") {
            break;
        }
        let page_serial = [head[14], head[15], head[16], head[17]];
        let laces = bytes(walker, position + 27, u64::from(head[26]))?;
        let mut body = position + 27 + u64::from(head[26]);
        let is_ours = *serial.get_or_insert(page_serial) == page_serial;
        for lace in &laces {
            // The first packet says what the stream is, the second has the comments.
            if is_ours && n_packets == 1 && packet.len() < LIST_BYTES_MAX {
                packet.extend(bytes(walker, body, u64::from(*lace))?);
            }
            body += u64::from(*lace);
            if is_ours && *lace < u8::MAX {
                n_packets += 1;
            }
        }
        if n_packets > 1 || packet.len() >= LIST_BYTES_MAX {
            break;
        }
        position = body;
    }
    let marks: [&[u8]; 2] = [b"\x03vorbis", b"OpusTags"];
    let behind_mark = marks.into_iter().find_map(|mark| packet.strip_prefix(mark));
    // FLAC within Ogg keeps the head of its block; Speex has no mark.
    let in_flac = packet.first().filter(|kind| **kind & 0x7F == FLAC_COMMENTS).and(packet.get(4..));
    read_comments(behind_mark.or(in_flac).unwrap_or(&packet), tags);
    Ok(())
}

fn read_comments(mut list: &[u8], tags: &mut Tags) {
    let mut string = || {
        let n_bytes = u32::from_le_bytes(take(&mut list)?) as usize;
        take_slice(&mut list, n_bytes)
    };
    let Some(_vendor) = string() else { return };
    let n_comments = take::<4>(&mut list).map_or(0, u32::from_le_bytes) as usize;
    for _ in 0..n_comments.min(PARTS_MAX) {
        let Some(n_bytes) = take(&mut list).map(u32::from_le_bytes) else { return };
        let Some(comment) = take_slice(&mut list, n_bytes as usize) else { return };
        let Some(equals) = comment.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = (&comment[..equals], &comment[equals + 1..]);
        if let Some(tag) = tag(&name.to_ascii_uppercase()) {
            tags.note(tag, &text(value));
        }
    }
}

/// The tag that a comment of this name is.
fn tag(name: &[u8]) -> Option<Tag> {
    Some(match name {
        b"TITLE" => Tag::Title,
        b"ARTIST" | b"PERFORMER" => Tag::Artist,
        b"COMMENT" | b"COMMENTS" => Tag::Comment,
        b"DESCRIPTION" => Tag::Description,
        b"COPYRIGHT" => Tag::Copyright,
        b"LICENSE" | b"LICENCE" => Tag::Licence,
        b"DATE" | b"YEAR" => Tag::Date,
        b"KEY" | b"INITIALKEY" | b"INITIAL_KEY" => Tag::Key,
        b"BPM" | b"TEMPO" => Tag::Tempo,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(list: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"\x03\0\0\0me!".to_vec();
        bytes.extend((list.len() as u32).to_le_bytes());
        for comment in list {
            bytes.extend((comment.len() as u32).to_le_bytes());
            bytes.extend(*comment);
        }
        bytes
    }

    #[test]
    fn comments_are_read_as_far_as_they_go() {
        let whole = comments(&[b"title=A", b"no sign", b"LICENSE=CC0", b"bpm=120.5", b"Artist=\xE9"]);
        let mut tags = Tags::default();
        read_comments(&whole, &mut tags);
        assert_eq!((tags.title.as_deref(), tags.licence.as_deref()), (Some("A"), Some("CC0")));
        assert_eq!((tags.artist.as_deref(), tags.tempo_bpm), (Some("é"), Some(120.5)));
        for n_bytes in 0..whole.len() {
            read_comments(&whole[..n_bytes], &mut Tags::default());
        }
        let mut huge = whole;
        huge[0..4].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut tags = Tags::default();
        read_comments(&huge, &mut tags);
        assert!(tags.is_empty());
    }
}
