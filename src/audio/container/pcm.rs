//! Containers of samples in a row: WAV, AIFF and CAF.
//!
//! Each is a list of chunks with a size, one of which holds the samples. A size that exceeds the file is a cut, but
//! a tool that writes to a pipe cannot go back to fill sizes in, and leaves a mark instead: that is no damage.

use std::io;

use super::kinds::{Container, ContainerKind, Frames};
use super::walk::{Walker, big_endian};

/// Frames that the decoder's readers take at a time; its last block is completed with zeros, which are then cut off.
const BLOCK_FRAMES: u64 = 1_152;

/// The largest fixed packet of a CAF file that is believed: far more than a frame of every channel needs.
const PACKET_BYTES_MAX: u64 = 1 << 20;

/// Where the samples lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Data {
    start: u64,
    /// What the header claims; `None` where it leaves the length open.
    claimed: Option<u64>,
}

impl Data {
    fn available(self, file_len: u64) -> u64 {
        let rest = file_len.saturating_sub(self.start);
        self.claimed.map_or(rest, |claimed| claimed.min(rest))
    }

    fn flaw(self, file_len: u64) -> Option<String> {
        let available = self.available(file_len);
        let claimed = self.claimed.filter(|claimed| *claimed > available)?;
        Some(format!("the file is cut: its header promises {claimed} bytes of audio, {available} are there"))
    }
}

/// WAV: RIFF chunks, little-endian; beyond 4 GiB RF64 (EBU Tech 3306), which is the same with a `ds64` chunk of long
/// sizes. The decoder reads all of them as RIFF of open length.
pub(super) fn wav(mut walker: Walker, start: u64) -> Result<Container, String> {
    let riff_size: [u8; 4] = walker.peek_padded(start + 4).map_err(|e| e.to_string())?;
    let is_finished = start + 8 + u64::from(u32::from_le_bytes(riff_size)) == walker.len();
    let mut format = None;
    let mut fact_frames = None;
    let mut long_size = None;
    let mut position = start + 12;
    let data = loop {
        let Some([a, b, c, d, size @ ..]) = walker.bytes::<8>(position).map_err(|e| e.to_string())? else {
            return Err("the WAV file ends before its samples".into());
        };
        let size = u32::from_le_bytes(size);
        let body = position + 8;
        match &[a, b, c, d] {
            b"ds64" => {
                // The file's size comes first, then that of the samples; 0 was never filled in.
                let size: [u8; 8] = walker.peek_padded(body + 8).map_err(|e| e.to_string())?;
                long_size = Some(u64::from_le_bytes(size)).filter(|size| *size > 0);
            }
            b"fmt " => format = Some(wav_format(&mut walker, body).map_err(|e| e.to_string())?),
            b"fact" => {
                fact_frames = walker.bytes(body).map_err(|e| e.to_string())?.map(u32::from_le_bytes);
            }
            b"data" => {
                let is_open = match size {
                    // The mark of a header that was never filled in; in a finished file there is no audio indeed.
                    0 => !is_finished,
                    // Sox writes just below 2 GiB to a pipe, ffmpeg and others the largest number.
                    _ => matches!(size, 0x7FFF_0000..=0x7FFF_FFFF | 0xFFFF_F000..=u32::MAX),
                };
                let claimed = if is_open { long_size } else { Some(u64::from(size)) };
                break Data { start: body, claimed };
            }
            _ => {}
        }
        position = body + u64::from(size).next_multiple_of(2);
    };
    let Some((n_block, n_block_frames)) = format else {
        return Err("the WAV file does not say what its samples are".into());
    };
    let n_blocks = data.available(walker.len()) / n_block;
    let mut frames = n_blocks * n_block_frames;
    if n_block_frames > 1
        && let Some(fact) = fact_frames.filter(|fact| *fact > 0)
    {
        // A compressed stream ends within a block, and only this chunk says where.
        frames = frames.min(u64::from(fact));
    }
    let flaw = data.flaw(walker.len());
    let end = data.start + data.available(walker.len());
    let source = walker
        .into_range(start, end)
        .with_tail(n_block * BLOCK_FRAMES)
        .with_patch(start, *b"RIFF")
        .with_patch(start + 4, [0xFF; 4])
        .with_patch(data.start - 4, [0xFF; 4]);
    Ok(Container { frames: Frames::Known(frames), flaw, ..Container::whole(ContainerKind::Wav, source) })
}

/// Bytes of a block and frames in it.
fn wav_format(walker: &mut Walker, body: u64) -> io::Result<(u64, u64)> {
    let [tag_low, tag_high, ch_low, ch_high] = walker.peek_padded(body)?;
    let [align_low, align_high, bits_low, bits_high] = walker.peek_padded(body + 12)?;
    let n_channels = u64::from(u16::from_le_bytes([ch_low, ch_high])).max(1);
    let n_block = u64::from(u16::from_le_bytes([align_low, align_high])).max(1);
    let n_bits = u64::from(u16::from_le_bytes([bits_low, bits_high]));
    Ok(match u16::from_le_bytes([tag_low, tag_high]) {
        // Microsoft's ADPCM keeps two samples in a header of 7 bytes per channel, IMA's one in 4.
        0x0002 => (n_block, n_block.saturating_sub(7 * n_channels) * 2 / n_channels + 2),
        0x0011 => (n_block, n_block.saturating_sub(4 * n_channels) * 2 / n_channels + 1),
        // The decoder goes by the samples' size, whatever the block's is said to be.
        _ => ((n_bits.div_ceil(8) * n_channels).max(1), 1),
    })
}

/// AIFF and AIFF-C: chunks, big-endian.
pub(super) fn aiff(mut walker: Walker, start: u64) -> Result<Container, String> {
    let mut common = None;
    let mut position = start + 12;
    let data = loop {
        let Some([a, b, c, d, size @ ..]) = walker.bytes::<8>(position).map_err(|e| e.to_string())? else {
            return Err("the AIFF file ends before its samples".into());
        };
        let size = big_endian(&size);
        let body = position + 8;
        match &[a, b, c, d] {
            b"COMM" => {
                let fields: [u8; 8] = walker.peek_padded(body).map_err(|e| e.to_string())?;
                let n_channels = big_endian(&fields[..2]).max(1);
                let n_bits = big_endian(&fields[6..]).max(1);
                common = Some((big_endian(&fields[2..6]), n_channels, n_bits));
            }
            b"SSND" => {
                // An offset and a block size come before the samples.
                let offset: [u8; 4] = walker.peek_padded(body).map_err(|e| e.to_string())?;
                let n_head = 8 + big_endian(&offset);
                break Data { start: body + n_head, claimed: Some(size.saturating_sub(n_head)) };
            }
            _ => {}
        }
        position = body + size.next_multiple_of(2);
    };
    let Some((n_frames, n_channels, n_bits)) = common else {
        return Err("the AIFF file does not say what its samples are".into());
    };
    let n_frame = n_bits.div_ceil(8) * n_channels;
    let promised = Data { claimed: Some(n_frames * n_frame), ..data };
    let frames = promised.available(walker.len()) / n_frame;
    let flaw = promised.flaw(walker.len());
    let source = walker.into_source(start).with_tail(n_frame * BLOCK_FRAMES);
    Ok(Container { frames: Frames::Known(frames), flaw, ..Container::whole(ContainerKind::Aiff, source) })
}

/// CAF: chunks with 64-bit sizes, big-endian.
pub(super) fn caf(mut walker: Walker, start: u64) -> Result<Container, String> {
    let mut packing = None;
    let mut table = (None, 0);
    let mut data = None;
    let mut position = start + 8;
    while let Some([a, b, c, d, size @ ..]) = walker.bytes::<12>(position).map_err(|e| e.to_string())? {
        let size = big_endian(&size) as i64;
        let body = position + 12;
        match &[a, b, c, d] {
            b"desc" => {
                let fields: [u8; 8] = walker.peek_padded(body + 16).map_err(|e| e.to_string())?;
                packing = Some((big_endian(&fields[..4]), big_endian(&fields[4..])));
            }
            b"pakt" => {
                let fields: [u8; 12] = walker.peek_padded(body + 8).map_err(|e| e.to_string())?;
                // Both are signed, and negative only by mistake.
                let valid = Some(big_endian(&fields[..8])).filter(|valid| *valid < 1 << 63);
                let priming = Some(big_endian(&fields[8..])).filter(|priming| *priming < 1 << 31);
                table = (valid, priming.unwrap_or(0));
            }
            b"data" => {
                // Four bytes count edits; a size of -1 leaves the end to the file's.
                let claimed = u64::try_from(size).ok().map(|size| size.saturating_sub(4));
                data = Some(Data { start: body + 4, claimed });
            }
            _ => {}
        }
        let Ok(size) = u64::try_from(size) else { break };
        position = body.saturating_add(size);
    }
    let (Some((n_packet, n_packet_frames)), Some(data)) = (packing, data) else {
        return Err("the CAF file ends before its samples".into());
    };
    if n_packet > PACKET_BYTES_MAX {
        return Err(format!("the CAF file claims packets of {n_packet} bytes"));
    }
    let (valid, priming): (Option<u64>, u64) = table;
    let n_packets = (n_packet > 0).then(|| data.available(walker.len()) / n_packet.max(1));
    let held = n_packets.map(|n_packets| n_packets.saturating_mul(n_packet_frames));
    let frames = match (held, valid) {
        (Some(held), Some(valid)) => Frames::Known(valid.min(held.saturating_sub(priming))),
        (Some(held), None) => Frames::Known(held),
        // A count of whole packets may just be that: some writers ignore that the last one is shorter.
        (None, Some(valid)) if valid % n_packet_frames.max(1) != 0 => Frames::Known(valid),
        (None, _) => Frames::Packets,
    };
    let flaw = data.flaw(walker.len());
    let needs_tail = n_packet_frames == 1 && (flaw.is_some() || data.claimed.is_none());
    let n_tail = if needs_tail { n_packet * BLOCK_FRAMES } else { 0 };
    let source = walker.into_source(start).with_tail(n_tail);
    Ok(Container { skip: priming, frames, flaw, ..Container::whole(ContainerKind::Caf, source) })
}
