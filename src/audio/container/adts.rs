//! ADTS: AAC frames in a row, each with a header of its own (ISO 14496-3, annex 1.A).

use std::io;

use super::kinds::{Container, ContainerKind, Frames};
use super::mpeg::flaw_at;
use super::walk::Walker;

/// Frames that an AAC packet decodes to.
pub(super) const PACKET_FRAMES: u64 = 1_024;

/// Frames in a row that tell a stream from bytes that look like a header.
const FRAMES_TO_BELIEVE: usize = 3;

/// Sampling rates by their index (ISO 14496-3, table 1.18).
const RATES_HZ: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// The rate in an `AudioSpecificConfig`, AAC's header in other containers (ISO 14496-3, section 1.6.2.1); `None` where
/// it is written out instead of an index.
pub(in super::super) fn aac_rate_hz(config: &[u8]) -> Option<u32> {
    let [a, b, ..] = config else { return None };
    RATES_HZ.get(usize::from((a & 7) << 1 | b >> 7)).copied()
}

/// Profile, rate and channels, and the frame's size; `None` where it is no header.
fn header(bytes: [u8; 7]) -> Option<([u8; 2], u64)> {
    let [a, b, c, d, e, f, _] = bytes;
    if a != 0xFF || b & 0xF6 != 0xF0 {
        return None;
    }
    let n_bytes = u64::from(d & 3) << 11 | u64::from(e) << 3 | u64::from(f) >> 5;
    (n_bytes >= 7).then_some(([c & 0xFD, d & 0xC0], n_bytes))
}

/// Surveys the file as ADTS; `None` where no such stream begins at `start`.
pub(super) fn container_if_adts(walker: &mut Walker, start: u64) -> io::Result<Option<Container>> {
    let Some((kind, _)) = walker.bytes(start)?.and_then(header) else { return Ok(None) };
    let mut position = start;
    let mut n_packets = 0;
    let mut flaw = None;
    while position < walker.len() {
        let next = walker.bytes(position)?.and_then(header).filter(|(next, _)| *next == kind);
        let Some((_, n_bytes)) = next else {
            flaw = match walker.bytes::<7>(position)? {
                None => Some("the file is cut within its last frame".into()),
                Some(_) => flaw_at(walker, position)?,
            };
            break;
        };
        if position + n_bytes > walker.len() {
            flaw = Some("the file is cut within its last frame".into());
            break;
        }
        position += n_bytes;
        n_packets += 1;
    }
    if n_packets < FRAMES_TO_BELIEVE as u64 && flaw.is_some() {
        return Ok(None);
    }
    let source = walker.source(start, position)?;
    let frames = Frames::Known(n_packets * PACKET_FRAMES);
    Ok(Some(Container { frames, flaw, ..Container::whole(ContainerKind::Adts, source) }))
}
