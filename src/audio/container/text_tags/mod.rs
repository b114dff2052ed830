//! The text in tags: ID3, Vorbis comments, `bext`, `INFO`, and those of MP4, AIFF and CAF.
//!
//! The decoder gets a source that begins and ends where the audio does, so that tags are read beside it. Whatever is
//! damaged ends the reading of its list: no tag is worth a recording.

mod chunks;
mod id3;
mod mp4;
mod parts;
mod vorbis;

use std::fs::File;
use std::io;

use self::parts::bytes;
use super::walk::Walker;
use crate::audio::tags::Tags;

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
