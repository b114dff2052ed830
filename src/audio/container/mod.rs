//! Where a file's audio begins and ends, read from the container itself.
//!
//! Decoders resynchronise in silence, estimate lengths from bit rates, leave the encoder's padding in and lose the last
//! block of a cut file. None of it may happen to training data unnoticed, so the container is walked first: headers
//! only, bodies are skipped, memory stays constant. Symphonia's readers cannot be asked for it: they tell a file that was
//! cut from one that is complete in no other way (<https://github.com/pdeljanov/Symphonia/issues/62>). The decoder then gets a [`Source`] that ends where the audio does.

mod aac;
mod adts;
mod aiff;
mod au;
mod caf;
mod chunks;
mod extent;
mod flac;
mod flac_frame;
mod kinds;
mod matroska;
mod mp4;
mod mpeg;
mod mpeg_header;
mod not_audio;
mod ogg;
mod ogg_page;
mod refusal;
mod sample_format;
mod sbr;
mod source;
mod sphere;
mod tags;
pub(super) mod text_tags;
mod track;
mod walk;
mod wav;
mod wave_format;

use std::fs::File;
use std::io;

pub(super) use flac::is_tag;
pub(super) use flac_frame::Head as FlacHead;
pub(super) use kinds::{Container, ContainerKind, Frames, Pcm};
pub(super) use refusal::Refusal;
pub(super) use sample_format::{SampleCoding, SampleFormat};
pub(super) use sbr::ends_in_sbr;
pub(super) use source::{RangeReader, Source};
pub(super) use track::{Codec, MpegFrame, Track};
use walk::Walker;
use wav::WavKind;

/// Where a mark is looked for behind other bytes.
const MARK_BYTES: u64 = 32 << 20;

/// The reason against what has no mark of a known kind.
pub(super) const UNKNOWN_KIND: &str = "it is not an audio file of a known kind";

/// The result of a walk through a file.
pub(super) enum Found {
    /// A stream for a decoder that knows its container.
    Stream(Box<Container>),
    /// A track, of which the walk reads the packets.
    Track(Box<Track>),
}

/// Walks through `file`, whose content decides what it is.
///
/// Fails with the reason where the file is not audio or its headers are of no use.
pub(super) fn walk_through(file: File) -> Result<Found, Refusal> {
    let said = |error: io::Error| error.to_string();
    let mut walker = Walker::new(file).map_err(said)?;
    if walker.len() == 0 {
        return Err("the file is empty".into());
    }
    let start = walker.skip_id3().map_err(said)?;
    let magic: [u8; 12] = walker.peek_padded(start).map_err(said)?;
    if mp4::is_mp4(&magic) {
        return Ok(Found::Track(Box::new(mp4::track(walker, start)?)));
    }
    if magic.starts_with(&matroska::MAGIC) {
        return Ok(Found::Track(Box::new(matroska::track(walker, start)?)));
    }
    let container = match &magic {
        [b'R', b'I', b'F', b'X', _, _, _, _, b'W', b'A', b'V', b'E'] => {
            wav::container(walker, start, WavKind::Rifx)
        }
        [a, b, c, d, _, _, _, _, b'W', b'A', b'V', b'E']
            if matches!(&[*a, *b, *c, *d], b"RIFF" | b"RF64" | b"BW64") =>
        {
            wav::container(walker, start, WavKind::Riff)
        }
        [b'r', b'i', b'f', b'f', 0x2E, 0x91, 0xCF, 0x11, ..] => {
            wav::container(walker, start, WavKind::Wave64)
        }
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C'] => aiff::container(walker, start),
        [b'.', b's', b'n', b'd', ..] => au::container(walker, start, true),
        [b'd', b'n', b's', b'.', ..] => au::container(walker, start, false),
        [b'c', b'a', b'f', b'f', ..] => caf::container(walker, start),
        [b'N', b'I', b'S', b'T', b'_', b'1', b'A', ..] => sphere::container(walker, start),
        [b'f', b'L', b'a', b'C', ..] => flac::container(walker, start).map_err(Refusal::from),
        [b'O', b'g', b'g', b'S', ..] => ogg::container(walker, start).map_err(Refusal::from),
        _ => {
            if let Some(refusal) = not_audio::refusal(&mut walker, start).map_err(said)? {
                return Err(refusal);
            }
            let behind = tags::skip_tags(&mut walker, start).map_err(said)?;
            match bare_frames(&mut walker, behind).map_err(said)? {
                Some(container) => Ok(container),
                None => behind_other_bytes(walker, start),
            }
        }
    }?;
    Ok(Found::Stream(Box::new(container)))
}

/// A file without a container: frames of MPEG audio or of AAC, perhaps behind other bytes.
fn bare_frames(walker: &mut Walker, start: u64) -> io::Result<Option<Container>> {
    if let Some(container) = adts::container_if_adts(walker, start)? {
        return Ok(Some(container));
    }
    if let Some(container) = mpeg::container_if_mpeg(walker, start)? {
        return Ok(Some(container));
    }
    match adts::find_run(walker, start)? {
        Some(first) => adts::container_if_adts(walker, first),
        None => Ok(None),
    }
}

/// A file whose mark stands behind other bytes, as when a tag's length is wrong.
fn behind_other_bytes(mut walker: Walker, start: u64) -> Result<Container, Refusal> {
    let found =
        |walker: &mut Walker, mark| walker.find(0, MARK_BYTES, mark).map_err(|error| error.to_string());
    // STREAMINFO comes first, and may be the only block.
    for mark in [*b"fLaC\0\0\0\x22", *b"fLaC\x80\0\0\x22"] {
        if let Some(position) = found(&mut walker, mark)? {
            return Ok(flac::container(walker, position)?);
        }
    }
    // The first page of a stream is the first of its number.
    if let Some(position) = found(&mut walker, *b"OggS\0\x02\0\0")? {
        return Ok(ogg::container(walker, position)?);
    }
    let text = not_audio::text_refusal(&mut walker, start).map_err(|error| error.to_string())?;
    Err(text.unwrap_or_else(|| UNKNOWN_KIND.into()))
}
