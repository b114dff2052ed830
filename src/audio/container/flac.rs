//! FLAC: where the metadata ends and the frames begin (RFC 9639, section 8).
//!
//! The demultiplexer drops a last frame that is cut. Where the header leaves the number of samples open, as it does
//! when written to a pipe, only the bytes that are left over tell.

use std::io;

use super::kinds::{Container, ContainerKind};
use super::mpeg::flaw_at;
use super::walk::{Walker, big_endian};

/// Walks through the metadata blocks.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, String> {
    let frames_start = skip_metadata(&mut walker, start + 4).map_err(|e| e.to_string())?;
    let frames_start = frames_start.ok_or("the FLAC file ends within its header")?;
    if frames_start == walker.len() {
        return Err("the FLAC file holds no audio".into());
    }
    // A tag of 128 bytes at the end, as for MP3, is no frame.
    let tag_start = walker.len().saturating_sub(128).max(frames_start);
    let has_tag = walker.peek_padded::<3>(tag_start).map_err(|e| e.to_string())? == *b"TAG"
        && flaw_at(&mut walker, tag_start).map_err(|e| e.to_string())?.is_none();
    let end = if has_tag { tag_start } else { walker.len() };
    let source = walker.into_range(start, end);
    Ok(Container {
        n_packet_bytes: Some(end - frames_start),
        ..Container::whole(ContainerKind::Flac, source)
    })
}

fn skip_metadata(walker: &mut Walker, mut position: u64) -> io::Result<Option<u64>> {
    loop {
        let Some([kind, a, b, c]) = walker.bytes(position)? else { return Ok(None) };
        position += 4 + big_endian(&[a, b, c]);
        if kind & 0x80 != 0 {
            return Ok((position <= walker.len()).then_some(position));
        }
    }
}
