//! Matroska and `WebM`: the codec's delay and the padding to discard, which the demultiplexer leaves in, and the end.
//!
//! Element numbers and meanings are those of RFC 9559; both trims are in nanoseconds.

use std::io;

use super::kinds::{Container, ContainerKind, Span, TrackTrim};
use super::walk::{Walker, big_endian};

const NANOSECONDS_PER_S: u64 = 1_000_000_000;

const SEGMENT: u64 = 0x1853_8067;
const TRACKS: u64 = 0x1654_AE6B;
const TRACK_ENTRY: u64 = 0xAE;
const TRACK_NUMBER: u64 = 0xD7;
const CODEC_DELAY: u64 = 0x56AA;
const CLUSTER: u64 = 0x1F43_B675;
const BLOCK_GROUP: u64 = 0xA0;
const BLOCK: u64 = 0xA1;
const DISCARD_PADDING: u64 = 0x75A2;

/// An element's number, and where its body lies.
struct Element {
    id: u64,
    body: u64,
    /// `None` where the writer left the size open.
    end: Option<u64>,
}

/// Collects both trims of every track.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, String> {
    let mut trims: Vec<TrackTrim> = Vec::new();
    let mut flaw = None;
    let mut block_track = 0;
    let mut position = start;
    while let Some(element) = next_element(&mut walker, position).map_err(|e| e.to_string())? {
        if element.end.is_some_and(|end| end > walker.len()) {
            flaw = Some("the file is cut: an element goes beyond its end".to_owned());
        }
        let value = |walker: &mut Walker| number(walker, &element).map_err(|e| e.to_string());
        match element.id {
            TRACK_ENTRY => {
                trims.push(TrackTrim { track_id: 0, start: Span::ZERO, played: None, end: Span::ZERO });
            }
            TRACK_NUMBER => {
                let number = value(&mut walker)?;
                if let Some(trim) = trims.last_mut() {
                    trim.track_id = u32::try_from(number).unwrap_or(0);
                }
            }
            CODEC_DELAY => {
                let ticks = value(&mut walker)?;
                if let Some(trim) = trims.last_mut() {
                    trim.start = Span { ticks, ticks_per_s: NANOSECONDS_PER_S };
                }
            }
            BLOCK => {
                let track = vint(&mut walker, element.body, false).map_err(|e| e.to_string())?;
                block_track = track.map_or(0, |(number, _)| number);
            }
            DISCARD_PADDING => {
                // A negative padding would discard from the start, which the codec's delay already says.
                let ticks = value(&mut walker)?;
                let trim = trims.iter_mut().find(|trim| u64::from(trim.track_id) == block_track);
                if let Some(trim) = trim
                    && ticks < 1 << 62
                {
                    trim.end = Span { ticks, ticks_per_s: NANOSECONDS_PER_S };
                }
            }
            _ => {}
        }
        let is_parent = matches!(element.id, SEGMENT | TRACKS | TRACK_ENTRY | CLUSTER | BLOCK_GROUP);
        position = match element.end {
            Some(end) if !is_parent => end,
            _ => element.body,
        };
    }
    Ok(Container { trims, flaw, ..Container::whole(ContainerKind::Matroska, walker.into_source(start)) })
}

fn next_element(walker: &mut Walker, position: u64) -> io::Result<Option<Element>> {
    let Some((id, n_id)) = vint(walker, position, true)? else { return Ok(None) };
    let Some((size, n_size)) = vint(walker, position + n_id, false)? else { return Ok(None) };
    let body = position + n_id + n_size;
    // All ones mean that the size is not known.
    let is_open = size == (1 << (7 * n_size)) - 1;
    Ok(Some(Element { id, body, end: (!is_open).then(|| body.saturating_add(size)) }))
}

/// A number of variable length and its length in bytes; the marker bit stays in an element's number.
fn vint(walker: &mut Walker, position: u64, keep_marker: bool) -> io::Result<Option<(u64, u64)>> {
    let Some([first]) = walker.bytes(position)? else { return Ok(None) };
    let n_bytes = u64::from(first.leading_zeros()) + 1;
    if n_bytes > 8 {
        return Ok(None);
    }
    let mut bytes = [0; 8];
    if walker.fill(position, &mut bytes[..n_bytes as usize])? < n_bytes as usize {
        return Ok(None);
    }
    let number = big_endian(&bytes[..n_bytes as usize]);
    let number = if keep_marker { number } else { number & ((1 << (7 * n_bytes)) - 1) };
    Ok(Some((number, n_bytes)))
}

/// An unsigned number as the body of an element; a signed one that is negative comes out beyond 2^62.
fn number(walker: &mut Walker, element: &Element) -> io::Result<u64> {
    let n_bytes = element.end.map_or(0, |end| (end - element.body).min(8)) as usize;
    let mut bytes = [0; 8];
    walker.fill(element.body, &mut bytes[8 - n_bytes..])?;
    let is_signed = element.id == DISCARD_PADDING;
    if is_signed && bytes.get(8 - n_bytes).is_some_and(|first| *first >= 0x80) {
        bytes[..8 - n_bytes].fill(0xFF);
    }
    Ok(big_endian(&bytes))
}
