//! The text in tags: ID3, Vorbis comments, `bext`, `INFO`, and those of MP4, AIFF and CAF.
//!
//! The decoder gets a source that begins and ends where the audio does, so that tags are read beside it. Whatever is
//! damaged ends the reading of its list: no tag is worth a recording.

mod chunks;
mod id3;
mod mp4;
mod vorbis;

use std::fs::File;
use std::io;

use super::walk::Walker;
use crate::audio::tags::Tags;

/// Bytes of one list of tags that are read at most: pictures among them are longer, and mostly behind the text.
const LIST_BYTES_MAX: usize = 1 << 20;

/// Parts of one list that are looked at; more are no list.
const PARTS_MAX: usize = 4_096;

/// Reads the tags of a file of any kind.
///
/// # Errors
/// When the system cannot read the file.
pub(in crate::audio) fn read(file: File) -> io::Result<Tags> {
    let mut walker = Walker::new(file)?;
    let mut tags = Tags::default();
    let mut start = 0;
    while let Some(n_tag) = walker.id3_len(start)? {
        id3::read(&bytes(&mut walker, start, n_tag)?, &mut tags);
        start = start.saturating_add(n_tag);
    }
    let magic: [u8; 12] = walker.peek_padded(start)?;
    match &magic {
        [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E']
        | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E']
        | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E'] => {
            chunks::read_wave(&mut walker, start, magic[3] == b'X', &mut tags)?;
        }
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C'] => {
            chunks::read_aiff(&mut walker, start, &mut tags)?;
        }
        [b'c', b'a', b'f', b'f', ..] => chunks::read_caf(&mut walker, start, &mut tags)?,
        [b'f', b'L', b'a', b'C', ..] => vorbis::read_flac(&mut walker, start, &mut tags)?,
        [b'O', b'g', b'g', b'S', ..] => vorbis::read_ogg(&mut walker, start, &mut tags)?,
        magic if super::mp4::is_mp4(magic) => mp4::read(&mut walker, start, &mut tags)?,
        _ => id3::read_old(&mut walker, &mut tags)?,
    }
    Ok(tags)
}

/// The `n_bytes` at `start`, as far as the file and the bound of a list go.
fn bytes(walker: &mut Walker, start: u64, n_bytes: u64) -> io::Result<Vec<u8>> {
    let n_left = n_bytes.min(walker.len().saturating_sub(start)).min(LIST_BYTES_MAX as u64);
    let mut bytes = vec![0; n_left as usize];
    let n_filled = walker.fill(start, &mut bytes)?;
    bytes.truncate(n_filled);
    Ok(bytes)
}

/// The first `N` bytes of `bytes`, which then begins behind them.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

/// The first `n_bytes` of `bytes`, which then begins behind them.
fn take_slice<'a>(bytes: &mut &'a [u8], n_bytes: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(n_bytes)?;
    *bytes = rest;
    Some(first)
}

/// Text of an unknown 8-bit encoding, up to its first zero: UTF-8 where it can be, else Latin-1.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
