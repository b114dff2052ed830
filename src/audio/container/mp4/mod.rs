//! MP4, `QuickTime` and their like (ISO 14496-12): the track that is read, what of it is played, and its packets.
//!
//! Two places tell of the encoder's delay and padding, which decoders leave in: the track's edit list (section 8.6.6)
//! and Apple's `iTunSMPB` comment, which counts samples and is preferred, since edit lists are often written in
//! milliseconds. Tables are read as they are needed, so that memory does not grow with the length.

mod boxes;
mod description;
mod edits;
mod fragments;
mod movie;
mod reader;
mod samples;

use std::io;

use self::boxes::next_box;
use self::description::Description;
pub(super) use self::description::{rate_and_channels, stream_info};
use self::fragments::FragmentWalk;
use self::movie::{Movie, MovieTrack};
use self::reader::SampleReader;
use self::samples::{Blocks, TableWalk, Tables};
use super::kinds::{ContainerKind, Span};
use super::track::{Codec, MpegFrame, PacketSource as _, Track};
use super::walk::{Walker, big_endian};
use crate::audio::remark::Remark;

/// True where a file begins like one of these. Old ones have no `ftyp`.
pub(super) fn is_mp4(magic: &[u8; 12]) -> bool {
    matches!(&magic[4..8], b"ftyp" | b"moov" | b"mdat" | b"wide" | b"pnot" | b"styp")
        // Other files may have these words by chance: here their sizes have to be sizes of a box.
        || matches!(&magic[4..8], b"free" | b"skip") && magic[0] == 0 && big_endian(&magic[..4]) >= 8
}

/// Walks through the file's boxes and chooses its audio track.
pub(super) fn track(mut walker: Walker, start: u64) -> Result<Track, String> {
    let said = |error: io::Error| error.to_string();
    let mut movie = Movie::default();
    let end = walker.len();
    let (mut first_fragment, mut is_cut, mut has_movie) = (None, false, false);
    let mut flaw = None;
    let mut position = start;
    while let Some(head) = next_box(&mut walker, position, u64::MAX).map_err(said)? {
        is_cut |= head.end > end;
        match &head.kind {
            b"ftyp" => movie.is_quicktime = walker.peek_padded(head.body).map_err(said)? == *b"qt  ",
            b"moov" if !has_movie => {
                has_movie = true;
                if head.end > end {
                    flaw = Some("the file is cut: its last box goes beyond its end".to_owned());
                }
                movie.read(&mut walker, head).map_err(said)?;
            }
            b"moof" if first_fragment.is_none() => first_fragment = Some(position),
            b"sidx" if indexed_end(&mut walker, head).map_err(said)? > end => {
                flaw = Some("the file is cut: its index goes beyond its end".to_owned());
            }
            _ => {}
        }
        position = head.end;
        if position >= end {
            break;
        }
    }
    if !has_movie {
        let cut = if is_cut { ": it is cut" } else { "" };
        return Err(format!("the MP4 file has no description of its tracks{cut}"));
    }
    let fragments =
        first_fragment.filter(|_| movie.is_extended || movie.tracks.iter().all(|t| t.tables.n_packets == 0));
    if fragments.is_some() && position < end {
        flaw.get_or_insert_with(|| "the file is cut within its last box".to_owned());
    }
    choose(walker, start, &movie, fragments, flaw)
}

/// Where the parts end that a `sidx` box lists (section 8.16.3).
fn indexed_end(walker: &mut Walker, head: boxes::BoxHead) -> io::Result<u64> {
    let body: [u8; 32] = walker.peek_padded(head.body)?;
    let (offset, table) = if body[0] == 0 {
        (big_endian(&body[16..20]), head.body + 24)
    } else {
        (big_endian(&body[20..28]), head.body + 32)
    };
    let n_entries = big_endian(&walker.peek_padded::<4>(table - 4)?) & 0xFFFF;
    let mut end = head.end.saturating_add(offset);
    let mut entries = boxes::Table::new(table, head.end, 12, n_entries);
    for index in 0..entries.n_entries {
        let Some(entry) = entries.entry(walker, index).map_err(io::Error::other)? else { break };
        end = end.saturating_add(big_endian(&entry[..4]) & 0x7FFF_FFFF);
    }
    Ok(end)
}

fn choose(
    walker: Walker,
    start: u64,
    movie: &Movie,
    first_fragment: Option<u64>,
    flaw: Option<String>,
) -> Result<Track, String> {
    let sound: Vec<&MovieTrack> = movie.tracks.iter().filter(|track| track.is_sound).collect();
    let track = sound
        .iter()
        .find(|track| track.is_enabled)
        .or(sound.first())
        .ok_or("there is no audio track in it")?;
    let mut description = track.description.clone().ok_or("its audio track is not described")?;
    let ticks_per_s = track.ticks_per_s.max(1);
    correct_rate(&mut description, ticks_per_s);
    let blocks = blocks(&description, track);
    let fragments = first_fragment.map(|first| FragmentWalk::new(track.id, track.defaults, start, first));
    let tables = TableWalk::new(Tables { origin: start, ..track.tables.clone() }, blocks);
    let is_plain = matches!(description.codec, Codec::Pcm(_));
    let n_file_bytes = walker.len();
    let mut packets = SampleReader::new(walker, tables, fragments, is_plain, flaw);
    let n_packet_frames = packet_frames(&mut description, &mut packets)?;
    let rate_hz = description.sample_rate_hz;
    packets.set_clock(u64::from(ticks_per_s), rate_hz);
    let mut remarks = Vec::new();
    if sound.len() > 1 {
        remarks.push(Remark::OtherTracks { n_tracks: sound.len() as u32 - 1 });
    }
    if description.has_extension {
        remarks.push(Remark::CoreOnly { up_to_hz: rate_hz / 2 });
    }
    let total = (first_fragment.is_none()).then_some(track.n_ticks);
    let n_decoded = if blocks.is_some() && first_fragment.is_none() {
        Some(track.tables.n_packets)
    } else {
        exact_frames(track, total, rate_hz, n_packet_frames)
    };
    let mut played = edits::played(movie, track, total, rate_hz, &mut remarks);
    let is_open = movie.comment.is_none() && track.edits.is_empty();
    // The header tells of the codec's delay where no edit does.
    if description.codec == Codec::Opus && is_open && description.config.len() >= 12 {
        played[0].start = u64::from(u16::from_le_bytes([description.config[10], description.config[11]]));
    }
    let mut n_frames = None;
    if let Some(n_decoded) = n_decoded {
        for part in &mut played {
            part.end = part.end.min(n_decoded);
        }
        n_frames = Some(played.iter().map(|part| part.end.saturating_sub(part.start)).sum());
    }
    Ok(Track {
        container: ContainerKind::Mp4,
        codec: description.codec,
        config: description.config,
        sample_rate_hz: rate_hz,
        n_channels: description.n_channels,
        played,
        n_frames,
        n_file_bytes,
        remarks,
        packets: Box::new(packets),
    })
}

/// A description has 16 bits for the rate: what is beyond is the track's clock.
fn correct_rate(description: &mut Description, ticks_per_s: u32) {
    let said = description.sample_rate_hz;
    if matches!(description.codec, Codec::Aac | Codec::Alac | Codec::Flac) && said > 0 {
        return;
    }
    if description.codec == Codec::Opus {
        description.sample_rate_hz = crate::audio::opus::SAMPLE_RATE_HZ;
    } else if said == 0 || (ticks_per_s > 0xFFFF && ticks_per_s & 0xFFFF == said) {
        description.sample_rate_hz = ticks_per_s;
    }
}

/// Plain samples and blocks of them, where the tables count single frames.
fn blocks(description: &Description, track: &MovieTrack) -> Option<Blocks> {
    let n_channels = description.n_channels as u64;
    let (n_bytes, n_frames) = match &description.codec {
        Codec::Pcm(format) => (format.n_bytes() as u64 * n_channels, 1),
        Codec::ImaQt => (34 * n_channels, 64),
        _ => return None,
    };
    let size = track.tables.size;
    let counts_frames = size > 0 && (size < n_bytes || size == n_bytes && n_frames == 1);
    (counts_frames && n_bytes > 0).then_some(Blocks { n_bytes, n_frames })
}

/// Frames that every packet of the codec decodes to, where there is such a number; MPEG audio is looked at.
fn packet_frames(description: &mut Description, packets: &mut SampleReader) -> Result<Option<u64>, String> {
    Ok(match description.codec {
        Codec::Aac => Some(super::adts::PACKET_FRAMES),
        Codec::ImaQt => Some(64),
        Codec::Alac => description.config.get(..4).map(big_endian),
        Codec::Flac => {
            let (min, max) = (description.config.get(..2), description.config.get(2..4));
            min.filter(|_| min == max).map(big_endian)
        }
        Codec::Mpeg => {
            let mut first = Vec::new();
            packets.next_packet(&mut first)?;
            packets.rewind();
            let frame = MpegFrame::parse(&first).ok_or("its first packet is no MPEG audio")?;
            description.sample_rate_hz = frame.sample_rate_hz;
            description.n_channels = frame.n_channels;
            description.config = vec![frame.layer];
            Some(frame.n_frames)
        }
        _ => None,
    })
}

/// The number of frames of the whole track, where the packets' durations tell exactly.
fn exact_frames(
    track: &MovieTrack,
    total: Option<u64>,
    rate_hz: u32,
    n_packet_frames: Option<u64>,
) -> Option<u64> {
    let ticks_per_s = u64::from(track.ticks_per_s);
    let per_frame = ticks_per_s.checked_div(u64::from(rate_hz))?;
    let is_exact = per_frame * u64::from(rate_hz) == ticks_per_s
        && n_packet_frames.is_some_and(|n_frames| track.packet_ticks == Some(n_frames * per_frame))
        && track.tables.durations.n_entries > 0;
    total.filter(|_| is_exact).map(|ticks| Span { ticks, ticks_per_s }.frames(rate_hz))
}
