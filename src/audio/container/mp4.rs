//! MP4: the encoder's delay and padding, which the decoder leaves in.
//!
//! Two places tell: the track's edit list (ISO 14496-12, section 8.6.6) and Apple's `iTunSMPB` comment, which counts
//! samples and is preferred, since edit lists are often written in milliseconds.

use std::io;

use super::kinds::{Container, ContainerKind, Span, TrackTrim};
use super::walk::{Walker, big_endian};

/// Boxes deeper than this are not looked into.
const DEPTH_MAX: usize = 8;

/// The longest `iTunSMPB` text.
const COMMENT_BYTES_MAX: u64 = 256;

#[derive(Debug, Clone, Copy)]
struct BoxHead {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Track {
    id: u32,
    ticks_per_s: u32,
    /// The sum of the packets' durations.
    n_ticks: u64,
    /// First edit that plays something: its start in the track's ticks and its length in the movie's.
    edit: Option<(u64, u64)>,
}

#[derive(Debug, Default)]
struct Movie {
    ticks_per_s: u32,
    tracks: Vec<Track>,
    /// Delay and played frames.
    comment: Option<(u64, u64)>,
}

/// Walks through the movie's description.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, String> {
    let mut movie = Movie::default();
    let end = walker.len();
    let (mut has_movie, mut overrun) = (false, false);
    let mut position = start;
    while let Some(head) = next_box(&mut walker, position, u64::MAX).map_err(|e| e.to_string())? {
        if &head.kind == b"moov" {
            has_movie = true;
            descend(&mut walker, head, &mut movie, 0).map_err(|e| e.to_string())?;
        }
        overrun = head.end > end;
        position = head.end;
        if overrun {
            break;
        }
    }
    if !has_movie {
        let cut = if overrun { ": it is cut" } else { "" };
        return Err(format!("the MP4 file has no description of its tracks{cut}"));
    }
    let trims = movie.tracks.iter().map(|track| trim_of(*track, &movie)).collect();
    let flaw = overrun.then(|| "the file is cut: its last box goes beyond its end".to_owned());
    Ok(Container { trims, flaw, ..Container::whole(ContainerKind::Mp4, walker.into_source(start)) })
}

/// The box at `position`, its end bounded by `limit`.
fn next_box(walker: &mut Walker, position: u64, limit: u64) -> io::Result<Option<BoxHead>> {
    if position >= limit {
        return Ok(None);
    }
    let Some([s0, s1, s2, s3, kind @ ..]) = walker.bytes::<8>(position)? else { return Ok(None) };
    let (n_head, size) = match big_endian(&[s0, s1, s2, s3]) {
        0 => (8, walker.len() - position),
        1 => match walker.bytes::<8>(position + 8)? {
            Some(size) => (16, big_endian(&size)),
            None => return Ok(None),
        },
        size => (8, size),
    };
    if size < n_head {
        return Ok(None);
    }
    let end = position.saturating_add(size).min(limit);
    Ok(Some(BoxHead { kind, body: position + n_head, end }))
}

/// Collects what matters from the boxes within `parent`.
fn descend(walker: &mut Walker, parent: BoxHead, movie: &mut Movie, depth: usize) -> io::Result<()> {
    let mut position = parent.body;
    while let Some(head) = next_box(walker, position, parent.end)? {
        position = head.end;
        match &head.kind {
            b"trak" => movie.tracks.push(Track::default()),
            b"mvhd" => movie.ticks_per_s = time_scale(walker, head)?,
            b"----" => movie.comment = comment(walker, head)?.or(movie.comment),
            _ => {}
        }
        let is_parent = matches!(
            &head.kind,
            b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"udta" | b"meta" | b"ilst"
        );
        if is_parent && depth < DEPTH_MAX {
            // The metadata box has four bytes of version before its children, except in QuickTime's files.
            let is_full = &head.kind == b"meta" && walker.peek_padded::<8>(head.body)?[4..] != *b"hdlr";
            let body = if is_full { head.body + 4 } else { head.body };
            descend(walker, BoxHead { body, ..head }, movie, depth + 1)?;
        } else if let Some(track) = movie.tracks.last_mut() {
            match &head.kind {
                b"tkhd" => track.id = number_after_times(walker, head)?,
                b"mdhd" => track.ticks_per_s = time_scale(walker, head)?,
                b"stts" => track.n_ticks = total_duration(walker, head)?,
                b"elst" => track.edit = first_edit(walker, head)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// The number that follows the two times of a `tkhd`, `mvhd` or `mdhd` box, which are longer in version 1.
fn number_after_times(walker: &mut Walker, head: BoxHead) -> io::Result<u32> {
    let [version] = walker.peek_padded(head.body)?;
    let offset = if version == 1 { 20 } else { 12 };
    Ok(big_endian(&walker.peek_padded::<4>(head.body + offset)?) as u32)
}

fn time_scale(walker: &mut Walker, head: BoxHead) -> io::Result<u32> {
    number_after_times(walker, head)
}

fn total_duration(walker: &mut Walker, head: BoxHead) -> io::Result<u64> {
    let n_entries = big_endian(&walker.peek_padded::<4>(head.body + 4)?);
    let n_fitting = head.end.saturating_sub(head.body + 8) / 8;
    let mut total = 0u64;
    for index in 0..n_entries.min(n_fitting) {
        let Some(entry) = walker.bytes::<8>(head.body + 8 + 8 * index)? else { break };
        total = total.saturating_add(big_endian(&entry[..4]) * big_endian(&entry[4..]));
    }
    Ok(total)
}

fn first_edit(walker: &mut Walker, head: BoxHead) -> io::Result<Option<(u64, u64)>> {
    let [version] = walker.peek_padded(head.body)?;
    let n_entries = big_endian(&walker.peek_padded::<4>(head.body + 4)?);
    let n_entry = if version == 1 { 20 } else { 12 };
    let n_fitting = head.end.saturating_sub(head.body + 8) / n_entry;
    for index in 0..n_entries.min(n_fitting) {
        let at = head.body + 8 + n_entry * index;
        let n_field = if version == 1 { 8 } else { 4 };
        let entry: [u8; 16] = walker.peek_padded(at)?;
        let (length, start) = (big_endian(&entry[..n_field]), &entry[n_field..2 * n_field]);
        // A start of -1 is an empty edit, a pause before the first sample.
        if start[0] < 0x80 {
            return Ok(Some((big_endian(start), length)));
        }
    }
    Ok(None)
}

/// Delay and played frames of an `iTunSMPB` comment, which is a row of hexadecimal numbers: 0, delay, padding, played.
fn comment(walker: &mut Walker, head: BoxHead) -> io::Result<Option<(u64, u64)>> {
    let mut is_gapless = false;
    let mut position = head.body;
    while let Some(part) = next_box(walker, position, head.end)? {
        position = part.end;
        let n_text = part.end.saturating_sub(part.body).min(COMMENT_BYTES_MAX) as usize;
        let mut text = [0; COMMENT_BYTES_MAX as usize];
        let n_read = walker.fill(part.body, &mut text[..n_text])?;
        let text = &text[..n_read];
        match &part.kind {
            b"name" => is_gapless = text.get(4..) == Some(b"iTunSMPB"),
            b"data" if is_gapless => {
                let text = String::from_utf8_lossy(text.get(8..).unwrap_or_default());
                let mut numbers = text.split_whitespace().map(|number| u64::from_str_radix(number, 16));
                let (delay, played) = (numbers.nth(1), numbers.nth(1));
                return Ok(delay.and_then(Result::ok).zip(played.and_then(Result::ok)));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn trim_of(track: Track, movie: &Movie) -> TrackTrim {
    let ticks_per_s = u64::from(track.ticks_per_s);
    let whole = TrackTrim { track_id: track.id, start: Span::ZERO, played: None, end: Span::ZERO };
    if let (Some((delay, played)), [_]) = (movie.comment, movie.tracks.as_slice()) {
        let span = |ticks| Span { ticks, ticks_per_s };
        return TrackTrim { start: span(delay), played: Some(span(played)), ..whole };
    }
    let Some((start, length)) = track.edit else { return whole };
    let movie_ticks_per_s = u64::from(movie.ticks_per_s.max(1));
    let in_track = u128::from(length) * u128::from(ticks_per_s) / u128::from(movie_ticks_per_s);
    let length_in_track = u64::try_from(in_track).unwrap_or(u64::MAX);
    let rest = track.n_ticks.saturating_sub(start);
    // The edit's length is rounded to the movie's coarser ticks: where the packets' durations agree, they are exact.
    let tick = ticks_per_s.div_ceil(movie_ticks_per_s);
    let played = if length == 0 || rest.abs_diff(length_in_track) <= tick { rest } else { length_in_track };
    let played = (track.n_ticks > 0).then_some(Span { ticks: played, ticks_per_s });
    TrackTrim { start: Span { ticks: start, ticks_per_s }, played, ..whole }
}
