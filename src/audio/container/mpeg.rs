//! MPEG audio, layers I to III: rows of frames without a container, often several joined end to end.
//!
//! People join files by joining their bytes, so that tags and first frames of silence lie in the middle. Each stream
//! is read with a decoder of its own and trimmed by its own tag.

use std::io;

use super::kinds::{Container, ContainerKind, Frames};
use super::mpeg_header::{HEAD_BYTES, Header, Tag};
use super::source::Source;
use super::tags::{skip_tags, tail_start};
use super::walk::Walker;
use crate::audio::remark::Remark;

/// Where the first frame is looked for behind unknown bytes: pictures in tags of a wrong length are that long.
const SEARCH_BYTES: u64 = 32 << 20;

/// Frames in a row that tell a stream from bytes that look like a header.
const FRAMES_TO_BELIEVE: usize = 4;

/// The decoder's own delay, which encoders leave out of the delay that they write down (LAME's technical FAQ).
const DECODER_DELAY: u64 = 529;

/// One of the streams that are joined in a file.
struct Stream {
    header: Header,
    tag: Tag,
    source: Source,
    n_packets: u64,
}

/// The thing that follows a stream.
enum Next {
    /// The end of the audio, and what is wrong there.
    End(Option<String>),
    /// Another stream at this position.
    Stream(u64),
    /// More of the same one.
    Frames(u64),
}

/// Walks through the file as MPEG audio; `None` where no such stream begins near `start`.
pub(super) fn container_if_mpeg(walker: &mut Walker, start: u64) -> io::Result<Option<Container>> {
    let end = tail_start(walker, start)?;
    let first = match believed(walker, start, end)? {
        Some(header) => Some((start, header)),
        None => find_run(walker, start, end)?,
    };
    let Some((mut position, mut header)) = first else { return Ok(None) };
    let mut streams = Vec::new();
    let flaw = loop {
        let (stream, next) = read_stream(walker, position, header, end)?;
        streams.push(stream);
        match next {
            Next::End(flaw) => break flaw,
            Next::Stream(next) | Next::Frames(next) => position = next,
        }
        match walker.bytes(position)?.and_then(Header::parse) {
            Some(next) => header = next,
            None => break flaw_at(walker, position)?,
        }
    };
    Ok(joined(streams, flaw))
}

/// Reads the frames of the stream that begins at `first`.
fn read_stream(walker: &mut Walker, first: u64, header: Header, end: u64) -> io::Result<(Stream, Next)> {
    let tag = if header.kind.1 == 1 { Tag::read(walker, first, header)? } else { None };
    let mut position = if tag.is_some() { first + header.n_bytes } else { first };
    let mut source = Source::empty(walker.file());
    let mut n_packets = 0;
    let next = loop {
        if position >= end {
            break Next::End(None);
        }
        let head: [u8; HEAD_BYTES] = walker.peek_padded(position)?;
        let [a, b, c, d, ..] = head;
        let Some(next) = Header::parse([a, b, c, d]).filter(|next| next.kind == header.kind) else {
            match next_stream(walker, position, header, end)? {
                Next::Frames(next) => position = next,
                next => break next,
            }
            continue;
        };
        if position + next.n_bytes > end {
            break Next::End(Some("the file is cut within its last frame".into()));
        }
        let begins = (next.is_mono != header.is_mono || Tag::is_in(&head, next)) && n_packets > 0;
        if begins && believed(walker, position, end)?.is_some() {
            break Next::Stream(position);
        }
        source.push_range(position..position + next.n_bytes);
        position += next.n_bytes;
        n_packets += 1;
    };
    Ok((Stream { header, tag: tag.unwrap_or_default(), source, n_packets }, next))
}

/// The thing at `position`, where no frame of the stream of `header` is.
fn next_stream(walker: &mut Walker, position: u64, header: Header, end: u64) -> io::Result<Next> {
    let behind = skip_tags(walker, position)?;
    if behind >= end {
        return Ok(Next::End(None));
    }
    let here = believed(walker, behind, end)?.map(|next| (behind, next));
    let found = match here {
        Some(found) => Some(found),
        // A tag's length is often wrong; other bytes in the middle are damage.
        None if walker.id3_len(position)?.is_some() => find_run(walker, behind, end)?,
        None => None,
    };
    let Some((next_start, next)) = found else { return Ok(Next::End(flaw_at(walker, behind)?)) };
    if next.kind != header.kind {
        return Ok(Next::End(Some(format!(
            "at byte {next_start} a stream of another kind is joined ({} Hz, the first has {} Hz), which is not read",
            next.sample_rate_hz, header.sample_rate_hz
        ))));
    }
    let head = walker.peek_padded(next_start)?;
    let is_new = next.is_mono != header.is_mono || Tag::is_in(&head, next);
    Ok(if is_new { Next::Stream(next_start) } else { Next::Frames(next_start) })
}

/// The streams as a container, each with the trims of its own tag.
fn joined(streams: Vec<Stream>, mut flaw: Option<String>) -> Option<Container> {
    let n_streams = streams.len();
    let mut n_to_end = streams.iter().map(|stream| stream.n_packets).sum::<u64>();
    let mut containers = Vec::new();
    for (index, stream) in streams.into_iter().enumerate() {
        let Stream { header, tag: Tag { n_packets: promised, gap }, source, n_packets } = stream;
        // The first tag of a joined file may have been corrected to count all frames.
        let is_short = promised.is_some_and(|promised| promised > n_to_end);
        n_to_end -= n_packets;
        let mut own_flaw = if index + 1 == n_streams { flaw.take() } else { None };
        if let Some(promised) = promised.filter(|_| is_short) {
            own_flaw.get_or_insert_with(|| {
                format!("the file is cut: its header promises {promised} MPEG frames, {n_packets} are there")
            });
        }
        let (skip, n_padding) = gap.map_or((0, 0), |(delay, padding)| {
            (delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY))
        });
        let n_decoded = n_packets * header.n_frames;
        let n_kept = if is_short { n_decoded } else { n_decoded.saturating_sub(n_padding) };
        let frames = Frames::Known(n_kept.saturating_sub(skip));
        containers.push(Container {
            skip,
            frames,
            flaw: own_flaw,
            ..Container::whole(ContainerKind::Mpeg, source)
        });
    }
    let mut containers = containers.into_iter().filter(|container| container.source.len() > 0);
    let mut first = containers.next()?;
    first.joined = containers.collect();
    if !first.joined.is_empty() {
        first.remarks.push(Remark::JoinedStreams { n_streams: first.joined.len() as u32 + 1 });
    }
    Some(first)
}

/// The header at `position`, where enough frames are in a row from there to believe that it is one: a very short stream
/// has fewer, but reaches the end.
fn believed(walker: &mut Walker, position: u64, end: u64) -> io::Result<Option<Header>> {
    let Some((header, n_found, behind)) = run(walker, position)? else { return Ok(None) };
    let is_run = n_found == FRAMES_TO_BELIEVE || behind >= end || skip_tags(walker, behind)? >= end;
    Ok(is_run.then_some(header))
}

/// The header at `position`, the number of frames in a row from there, as far as they are counted, and what is behind.
fn run(walker: &mut Walker, position: u64) -> io::Result<Option<(Header, usize, u64)>> {
    let Some(header) = walker.bytes(position)?.and_then(Header::parse) else { return Ok(None) };
    let mut behind = position;
    let mut n_found = 0;
    while n_found < FRAMES_TO_BELIEVE {
        let next = walker.bytes(behind)?.and_then(Header::parse);
        let Some(next) = next.filter(|next| next.kind == header.kind) else { break };
        behind += next.n_bytes;
        n_found += 1;
    }
    Ok(Some((header, n_found, behind)))
}

/// The first frame from `start` on that others follow.
fn find_run(walker: &mut Walker, start: u64, end: u64) -> io::Result<Option<(u64, Header)>> {
    let mut block = [0; 4_096];
    let mut position = start;
    let end = end.min(start.saturating_add(SEARCH_BYTES));
    while position < end {
        let n_read = walker.fill(position, &mut block)?;
        if n_read == 0 {
            break;
        }
        for offset in (0..n_read).filter(|offset| block[*offset] == 0xFF) {
            let first = position + offset as u64;
            if let Some((header, FRAMES_TO_BELIEVE, _)) = run(walker, first)? {
                return Ok(Some((first, header)));
            }
        }
        position += n_read as u64;
    }
    Ok(None)
}

/// The flaw of bytes that are no frame; `None` for tags or zeros up to the end of the file.
pub(super) fn flaw_at(walker: &mut Walker, position: u64) -> io::Result<Option<String>> {
    if skip_tags(walker, position)? >= walker.len() {
        return Ok(None);
    }
    let rest = walker.len() - position;
    Ok(Some(format!("no audio frame follows at byte {position}, with {rest} bytes left")))
}
