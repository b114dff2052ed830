//! Tags in lists of chunks: WAV and broadcast wave (EBU Tech 3285), AIFF, and CAF.

use std::io;

use super::super::chunks::{ChunkHead, ChunkList};
use super::super::walk::{Walker, big_endian, little_endian};
use super::id3;
use super::parts::{PARTS_MAX, bytes, take, take_slice, text};
use crate::audio::tags::{Tag, Tags};

/// Calls `read` for each chunk from `position` on.
fn for_each(
    walker: &mut Walker,
    list: ChunkList,
    mut position: u64,
    mut read: impl FnMut(&mut Walker, ChunkHead) -> io::Result<()>,
) -> io::Result<()> {
    for _ in 0..PARTS_MAX {
        let Some(head) = list.head(walker, position)? else { break };
        read(walker, head)?;
        match list.after(walker, head, &[])? {
            Some(next) => position = next,
            None => break,
        }
    }
    Ok(())
}

/// Reads the tags of a WAV file that begins at `start`, with the most significant byte first or last.
pub(super) fn read_wave(walker: &mut Walker, start: u64, is_big: bool, tags: &mut Tags) -> io::Result<()> {
    let list = if is_big { ChunkList::Iff } else { ChunkList::Riff };
    for_each(walker, list, start.saturating_add(12), |walker, head| {
        match &head.id {
            b"LIST" => read_info(&bytes(walker, head.body, head.size)?, is_big, tags),
            b"bext" => read_bext(&bytes(walker, head.body, head.size)?, is_big, tags),
            b"acid" => read_acid(&bytes(walker, head.body, head.size)?, is_big, tags),
            b"id3 " | b"ID3 " => id3::read(&bytes(walker, head.body, head.size)?, tags),
            _ => {}
        }
        Ok(())
    })
}

fn number(bytes: [u8; 4], is_big: bool) -> u32 {
    let number = if is_big { big_endian(&bytes) } else { little_endian(&bytes) };
    // Four bytes are 32 bits.
    number as u32
}

/// A list of texts (Multimedia Programming Interface and Data Specifications 1.0, 1991).
fn read_info(list: &[u8], is_big: bool, tags: &mut Tags) {
    let Some(mut list) = list.strip_prefix(b"INFO") else { return };
    while let (Some(id), Some(size)) = (take::<4>(&mut list), take(&mut list)) {
        let n_bytes = number(size, is_big) as usize;
        let Some(value) = list.get(..n_bytes.min(list.len())) else { return };
        let tag = match &id {
            b"INAM" => Some(Tag::Title),
            b"IART" => Some(Tag::Artist),
            b"ICMT" => Some(Tag::Comment),
            b"ICOP" => Some(Tag::Copyright),
            b"ICRD" => Some(Tag::Date),
            b"ISBJ" => Some(Tag::Description),
            _ => None,
        };
        if let Some(tag) = tag {
            tags.note(tag, &text(value));
        }
        if take_slice(&mut list, n_bytes.next_multiple_of(2)).is_none() {
            return;
        }
    }
}

/// The broadcast audio extension.
fn read_bext(mut chunk: &[u8], is_big: bool, tags: &mut Tags) {
    let mut field = |n_bytes| take_slice(&mut chunk, n_bytes).unwrap_or_default();
    let (description, originator, _reference) = (field(256), field(32), field(32));
    let (date, _time) = (field(10), field(8));
    tags.note(Tag::Description, &text(description));
    tags.note(Tag::Originator, &text(originator));
    tags.note(Tag::Date, &text(date));
    let (low, high) = (take(&mut chunk), take(&mut chunk));
    if let (Some(low), Some(high)) = (low, high) {
        let samples = u64::from(number(high, is_big)) << 32 | u64::from(number(low, is_big));
        // A recorder that keeps no time writes none.
        tags.time_reference = tags.time_reference.or(Some(samples)).filter(|samples| *samples > 0);
    }
}

/// What loops say of themselves: flags, the root note, the number of beats, and the tempo at the end.
fn read_acid(chunk: &[u8], is_big: bool, tags: &mut Tags) {
    const IS_ONE_SHOT: u32 = 1;
    let (mut flags, Some(mut tempo)) = (chunk, chunk.get(20..)) else { return };
    if let (Some(flags), Some(tempo)) = (take(&mut flags), take(&mut tempo))
        && number(flags, is_big) & IS_ONE_SHOT == 0
    {
        tags.note_tempo(f32::from_bits(number(tempo, is_big)));
    }
}

/// Reads the tags of an AIFF file that begins at `start`.
pub(super) fn read_aiff(walker: &mut Walker, start: u64, tags: &mut Tags) -> io::Result<()> {
    for_each(walker, ChunkList::Iff, start.saturating_add(12), |walker, head| {
        let tag = match &head.id {
            b"NAME" => Tag::Title,
            b"AUTH" => Tag::Artist,
            b"(c) " => Tag::Copyright,
            b"ANNO" => Tag::Comment,
            b"ID3 " | b"id3 " => {
                id3::read(&bytes(walker, head.body, head.size)?, tags);
                return Ok(());
            }
            _ => return Ok(()),
        };
        tags.note(tag, &text(&bytes(walker, head.body, head.size)?));
        Ok(())
    })
}

/// Reads the tags of a CAF file that begins at `start`: pairs of texts (Apple Core Audio Format Specification 1.0).
pub(super) fn read_caf(walker: &mut Walker, start: u64, tags: &mut Tags) -> io::Result<()> {
    for_each(walker, ChunkList::Caf, start.saturating_add(8), |walker, head| {
        if head.id == *b"info" {
            let list = bytes(walker, head.body, head.size)?;
            let mut texts = list.get(4..).unwrap_or_default().split(|byte| *byte == 0);
            while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
                let tag = match &*text(name).to_ascii_lowercase() {
                    "title" => Tag::Title,
                    "artist" => Tag::Artist,
                    "comments" | "comment" => Tag::Comment,
                    "copyright" => Tag::Copyright,
                    "license" => Tag::Licence,
                    "recorded date" | "year" | "date" => Tag::Date,
                    "key signature" => Tag::Key,
                    "tempo" => Tag::Tempo,
                    _ => continue,
                };
                tags.note(tag, &text(value));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broadcast_extension_is_read_as_far_as_it_goes() {
        let mut chunk = vec![0; 602];
        chunk[..9].copy_from_slice(b"Rain, tin");
        chunk[256..259].copy_from_slice(b"Rec");
        chunk[320..330].copy_from_slice(b"2024-05-06");
        chunk[338..346].copy_from_slice(&0x1_0000_0002u64.to_le_bytes());
        let mut tags = Tags::default();
        read_bext(&chunk, false, &mut tags);
        assert_eq!(
            (tags.description.as_deref(), tags.originator.as_deref()),
            (Some("Rain, tin"), Some("Rec"))
        );
        assert_eq!((tags.date.as_deref(), tags.time_reference), (Some("2024-05-06"), Some(0x1_0000_0002)));
        for n_bytes in 0..chunk.len() {
            read_bext(&chunk[..n_bytes], true, &mut Tags::default());
        }
    }

    #[test]
    fn lists_that_lie_about_their_sizes_end() {
        let mut tags = Tags::default();
        read_info(b"INFOINAM\x03\0\0\0a\xE9b\0IART\xFF\xFF\xFF\xFFrest", false, &mut tags);
        assert_eq!((tags.title.as_deref(), tags.artist.as_deref()), (Some("aéb"), Some("rest")));
        read_info(b"INFOICMT\0\0\0", false, &mut tags);
        read_acid(&[0; 23], false, &mut tags);
        assert!(tags.comment.is_none() && tags.tempo_bpm.is_none());
        let mut acid = [0; 24];
        acid[20..].copy_from_slice(&97.5f32.to_le_bytes());
        read_acid(&acid, false, &mut tags);
        assert_eq!(tags.tempo_bpm, Some(97.5));
    }
}
