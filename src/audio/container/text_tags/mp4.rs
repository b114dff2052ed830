//! Tags of MP4 and `QuickTime`: boxes below `moov/udta`.

use std::io;

use super::super::walk::{Walker, big_endian};
use super::parts::{PARTS_MAX, bytes, text};
use crate::audio::tags::{Tag, Tags};

/// A box's name and where its body lies.
struct Head {
    name: [u8; 4],
    body: u64,
    end: u64,
}

fn halves([a, b, c, d, e, f, g, h]: [u8; 8]) -> [[u8; 4]; 2] {
    [[a, b, c, d], [e, f, g, h]]
}

/// The box at `position`, within the one that ends at `end`.
fn head(walker: &mut Walker, position: u64, end: u64) -> io::Result<Option<Head>> {
    let Some([size, name]) = walker.bytes::<8>(position)?.map(halves) else { return Ok(None) };
    let (n_head, n_box) = match big_endian(&size) {
        0 => (8, end.saturating_sub(position)),
        1 => match walker.bytes::<8>(position + 8)? {
            Some(size) => (16, big_endian(&size)),
            None => return Ok(None),
        },
        size => (8, size),
    };
    let box_end = position.checked_add(n_box).filter(|box_end| *box_end <= end && n_box >= n_head);
    Ok(box_end.map(|end| Head { name, body: position + n_head, end }))
}

/// The boxes of the range.
fn boxes(walker: &mut Walker, start: u64, end: u64) -> io::Result<Vec<Head>> {
    let (mut position, mut found) = (start, Vec::new());
    while found.len() < PARTS_MAX {
        let Some(head) = head(walker, position, end)? else { break };
        position = head.end;
        found.push(head);
    }
    Ok(found)
}

fn child(walker: &mut Walker, start: u64, end: u64, name: [u8; 4]) -> io::Result<Option<Head>> {
    Ok(boxes(walker, start, end)?.into_iter().find(|head| head.name == name))
}

/// Reads the tags of a file whose first box is at `start`.
pub(super) fn read(walker: &mut Walker, start: u64, tags: &mut Tags) -> io::Result<()> {
    let end = walker.len();
    let Some(moov) = child(walker, start, end, *b"moov")? else { return Ok(()) };
    let Some(udta) = child(walker, moov.body, moov.end, *b"udta")? else { return Ok(()) };
    for head in boxes(walker, udta.body, udta.end)? {
        if head.name == *b"meta" {
            // In MP4 four bytes of version come first, in `QuickTime` they do not.
            for skipped in [4, 0] {
                if let Some(ilst) = child(walker, head.body + skipped, head.end, *b"ilst")? {
                    read_items(walker, &ilst, tags)?;
                    break;
                }
            }
        } else if let Some(tag) = tag(head.name) {
            // QuickTime's own texts: a length and a language come first.
            let content = bytes(walker, head.body, head.end - head.body)?;
            tags.note(tag, &text(content.get(4..).unwrap_or_default()));
        }
    }
    Ok(())
}

/// Items of a list, each with its value in a box `data`, behind eight bytes of type and language.
fn read_items(walker: &mut Walker, ilst: &Head, tags: &mut Tags) -> io::Result<()> {
    for item in boxes(walker, ilst.body, ilst.end)? {
        let Some(data) = child(walker, item.body, item.end, *b"data")? else { continue };
        let n_value = data.end.saturating_sub(data.body).saturating_sub(8);
        let tag = if item.name == *b"----" { own_tag(walker, &item)? } else { tag(item.name) };
        match tag {
            Some(Tag::Tempo) if item.name == *b"tmpo" => {
                let bpm: [u8; 2] = walker.peek_padded(data.body + 8)?;
                tags.note_tempo(f32::from(big_endian(&bpm) as u16));
            }
            Some(tag) => tags.note(tag, &text(&bytes(walker, data.body + 8, n_value)?)),
            None => {}
        }
    }
    Ok(())
}

/// The tag that an item with a name of its own is.
fn own_tag(walker: &mut Walker, item: &Head) -> io::Result<Option<Tag>> {
    let Some(name) = child(walker, item.body, item.end, *b"name")? else { return Ok(None) };
    let name = bytes(walker, name.body.saturating_add(4), name.end.saturating_sub(name.body + 4))?;
    Ok(match &*text(&name).to_ascii_lowercase() {
        "license" | "licence" => Some(Tag::Licence),
        "initialkey" | "key" => Some(Tag::Key),
        "bpm" => Some(Tag::Tempo),
        _ => None,
    })
}

fn tag(name: [u8; 4]) -> Option<Tag> {
    Some(match &name {
        b"\xA9nam" => Tag::Title,
        b"\xA9ART" => Tag::Artist,
        b"\xA9cmt" => Tag::Comment,
        b"cprt" | b"\xA9cpy" => Tag::Copyright,
        b"desc" | b"\xA9des" => Tag::Description,
        b"\xA9day" => Tag::Date,
        b"tmpo" => Tag::Tempo,
        _ => return None,
    })
}
