//! Matroska and `WebM` (RFC 9559): the track that is read, its trims, and its packets.
//!
//! Segments and clusters may leave their size open, as every stream that is written while it is recorded does: then
//! the end of the file is their end, and nothing is missing.

mod blocks;
mod ebml;
mod tracks;

use std::io;

use self::blocks::BlockReader;
use self::ebml::{CLUSTER, SEGMENT, TRACKS, next_element};
use self::tracks::{TrackEntry, describe, entries};
use super::kinds::{ContainerKind, Span};
use super::track::{Codec, MpegFrame, PacketSource as _, Track};
use super::walk::Walker;
use crate::audio::remark::Remark;

/// The first bytes of a file.
pub(super) const MAGIC: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];

const NANOSECONDS_PER_S: u64 = 1_000_000_000;

/// Walks through the file's elements up to the list of tracks, and chooses one.
pub(super) fn track(mut walker: Walker, start: u64) -> Result<Track, String> {
    let said = |error: io::Error| error.to_string();
    let mut found = Vec::new();
    let (mut first_cluster, mut segment_end) = (None, None);
    let mut position = start;
    while let Some(element) = next_element(&mut walker, position).map_err(said)? {
        match element.id {
            SEGMENT => segment_end = element.end,
            TRACKS => entries(&mut walker, element, &mut found).map_err(said)?,
            CLUSTER => {
                first_cluster.get_or_insert(position);
            }
            _ => {}
        }
        if !found.is_empty() && first_cluster.is_some() {
            break;
        }
        position = match element.end {
            Some(end) if element.id != SEGMENT => end,
            _ => element.body,
        };
    }
    let first = first_cluster.unwrap_or(position);
    choose(walker, &found, first, segment_end)
}

fn choose(
    walker: Walker,
    found: &[TrackEntry],
    first: u64,
    segment_end: Option<u64>,
) -> Result<Track, String> {
    let sound: Vec<&TrackEntry> = found.iter().filter(|entry| entry.is_audio()).collect();
    let entry = sound
        .iter()
        .find(|entry| entry.is_enabled && entry.is_default)
        .or_else(|| sound.iter().find(|entry| entry.is_enabled))
        .or(sound.first())
        .ok_or("there is no audio track in it")?;
    let mut description = describe(entry);
    let n_file_bytes = walker.len();
    let mut packets = BlockReader::new(walker, entry.number, entry.stripped.clone(), first, segment_end);
    if description.codec == Codec::Mpeg {
        let mut packet = Vec::new();
        packets.next_packet(&mut packet)?;
        packets.rewind();
        let frame = MpegFrame::parse(&packet).ok_or("its first packet is no MPEG audio")?;
        description.sample_rate_hz = frame.sample_rate_hz;
        description.n_channels = frame.n_channels;
        description.config = vec![frame.layer];
    }
    let rate_hz = description.sample_rate_hz;
    packets.set_rate(rate_hz);
    let mut remarks = Vec::new();
    if sound.len() > 1 {
        remarks.push(Remark::OtherTracks { n_tracks: sound.len() as u32 - 1 });
    }
    if description.has_extension {
        remarks.push(Remark::CoreOnly { up_to_hz: rate_hz / 2 });
    }
    let delay = Span { ticks: entry.delay_ns, ticks_per_s: NANOSECONDS_PER_S }.frames(rate_hz);
    let skip = match description.codec {
        // The header's count is exact, and the same.
        Codec::Opus if description.config.len() >= 12 => {
            u64::from(u16::from_le_bytes([description.config[10], description.config[11]]))
        }
        Codec::Vorbis => delay.saturating_sub(longest_half_block(&description.config)),
        _ => delay,
    };
    Ok(Track {
        container: ContainerKind::Matroska,
        codec: description.codec,
        config: description.config,
        sample_rate_hz: rate_hz,
        n_channels: description.n_channels,
        played: std::iter::once(skip..u64::MAX).collect(),
        n_frames: None,
        n_file_bytes,
        remarks,
        packets: Box::new(packets),
    })
}

/// Half of Vorbis' longer block: the first block only prepares the second and yields nothing, but a writer may count
/// its half as delay.
fn longest_half_block(headers: &[u8]) -> u64 {
    let exponent = headers.get(28).map_or(0, |sizes| sizes >> 4);
    1 << exponent.saturating_sub(1)
}
