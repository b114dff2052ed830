//! ADTS: AAC frames in a row, each with a header of its own (ISO 14496-3, annex 1.A).

use std::io;

use super::kinds::{Container, ContainerKind, Frames};
use super::mpeg::flaw_at;
use super::sbr::ends_in_sbr;
use super::source::Source;
use super::tags::{skip_tags, tail_start};
use super::walk::Walker;
use crate::audio::remark::Remark;

/// Frames that an AAC packet decodes to.
pub(super) const PACKET_FRAMES: u64 = 1_024;

/// Frames in a row that tell a stream from bytes that look like a header.
const FRAMES_TO_BELIEVE: usize = 3;

/// Frames in which the data of HE-AAC are looked for.
const SBR_PACKETS: u64 = 32;

/// Where the first frame is looked for behind unknown bytes.
const SEARCH_BYTES: u64 = 32 << 20;

/// Sampling rates by their index (ISO 14496-3, table 1.18).
const RATES_HZ: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Profile, rate and channels, and the frame's size; `None` where it is no header.
fn header(bytes: [u8; 7]) -> Option<([u8; 2], u64)> {
    let [a, b, c, d, e, f, _] = bytes;
    if a != 0xFF || b & 0xF6 != 0xF0 {
        return None;
    }
    let n_bytes = u64::from(d & 3) << 11 | u64::from(e) << 3 | u64::from(f) >> 5;
    (n_bytes >= 7).then_some(([c & 0xFD, d & 0xC0], n_bytes))
}

/// Walks through the file as ADTS; `None` where no such stream begins at `start`.
pub(super) fn container_if_adts(walker: &mut Walker, start: u64) -> io::Result<Option<Container>> {
    let Some((kind, _)) = walker.bytes(start)?.and_then(header) else { return Ok(None) };
    let end = tail_start(walker, start)?;
    let mut position = start;
    let mut source = Source::empty(walker.file());
    let (mut n_packets, mut n_with_sbr) = (0, 0);
    let mut flaw = None;
    while position < end {
        let next = walker.bytes(position)?.and_then(header);
        let Some((_, n_bytes)) = next.filter(|(next, _)| *next == kind) else {
            // Streams of the web carry a tag with a time every few seconds.
            let behind = skip_tags(walker, position)?;
            if behind > position && behind < end && is_run(walker, behind, kind)? {
                position = behind;
                continue;
            }
            flaw = match next {
                Some((next, _)) if is_run(walker, position, next)? => Some(format!(
                    "at byte {position} a stream of another rate or of other channels is joined, which is not read"
                )),
                _ if end - position < 7 => Some("the file is cut within its last frame".into()),
                _ => flaw_at(walker, position)?,
            };
            break;
        };
        if position + n_bytes > end {
            flaw = Some("the file is cut within its last frame".into());
            break;
        }
        if n_packets < SBR_PACKETS && is_he_aac(walker, position, n_bytes)? {
            n_with_sbr += 1;
        }
        source.push_range(position..position + n_bytes);
        position += n_bytes;
        n_packets += 1;
    }
    if n_packets < FRAMES_TO_BELIEVE as u64 && flaw.is_some() {
        return Ok(None);
    }
    let frames = Frames::Known(n_packets * PACKET_FRAMES);
    let mut container = Container { frames, flaw, ..Container::whole(ContainerKind::Adts, source) };
    // By chance, one frame of a hundred looks like it.
    if 2 * n_with_sbr > n_packets.min(SBR_PACKETS) {
        let rate_hz = RATES_HZ.get(usize::from(kind[0] >> 2 & 0xF)).copied().unwrap_or(0);
        container.remarks.push(Remark::CoreOnly { up_to_hz: rate_hz / 2 });
    }
    Ok(Some(container))
}

/// True where a frame's last element holds the upper half of the spectrum.
fn is_he_aac(walker: &mut Walker, position: u64, n_bytes: u64) -> io::Result<bool> {
    let [_, protection] = walker.peek_padded(position)?;
    let n_head = if protection & 1 == 0 { 9 } else { 7 };
    // 13 bits count a frame's bytes.
    let mut body = [0; 1 << 13];
    let body = &mut body[..n_bytes.saturating_sub(n_head) as usize];
    walker.fill(position + n_head, body)?;
    Ok(ends_in_sbr(body))
}

/// True where frames of `kind` are in a row from `position` on, or one that reaches the end.
fn is_run(walker: &mut Walker, mut position: u64, kind: [u8; 2]) -> io::Result<bool> {
    for _ in 0..FRAMES_TO_BELIEVE {
        if position >= walker.len() {
            break;
        }
        match walker.bytes(position)?.and_then(header) {
            Some((next, n_bytes)) if next == kind => position += n_bytes,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The first frame from `start` on that others follow.
pub(super) fn find_run(walker: &mut Walker, start: u64) -> io::Result<Option<u64>> {
    let mut block = [0; 4_096];
    let mut position = start;
    while position - start < SEARCH_BYTES {
        let n_read = walker.fill(position, &mut block)?;
        if n_read == 0 {
            break;
        }
        for offset in (0..n_read).filter(|offset| block[*offset] == 0xFF) {
            let first = position + offset as u64;
            if let Some((kind, n_bytes)) = walker.bytes(first)?.and_then(header)
                && first + n_bytes < walker.len()
                && is_run(walker, first, kind)?
            {
                return Ok(Some(first));
            }
        }
        position += n_read as u64;
    }
    Ok(None)
}
