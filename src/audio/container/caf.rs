//! CAF: chunks with sizes of 64 bits, the most significant byte first (Apple's Core Audio Format specification).

use std::io;

use super::chunks::{ChunkHead, ChunkList};
use super::extent::{Claim, Extent};
use super::kinds::{Container, ContainerKind, Frames, Pcm};
use super::refusal::Refusal;
use super::sample_format::{SampleCoding, SampleFormat};
use super::walk::{Walker, big_endian};
use super::wave_format::refusal;

/// Frames that the decoder's readers take at a time; its last block is completed with zeros, which are then cut off.
const BLOCK_FRAMES: u64 = 1_152;

/// The largest fixed packet that is believed: far more than a frame of every channel needs.
const PACKET_BYTES_MAX: u64 = 1 << 20;

/// The most chunks that are followed.
const CHUNKS_MAX: usize = 100_000;

/// Bits of the format's flags.
const IS_FLOAT: u64 = 1;
const IS_LITTLE_ENDIAN: u64 = 2;

/// The fields of the `desc` chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Description {
    sample_rate_hz: f64,
    codec: [u8; 4],
    flags: u64,
    /// Bytes of a packet; 0 where they differ.
    n_packet: u64,
    n_packet_frames: u64,
    n_channels: usize,
    n_bits: u32,
}

/// The content of the chunks.
#[derive(Debug, Default)]
struct Found {
    description: Option<Description>,
    data: Option<ChunkHead>,
    /// Frames that count, and the encoder's delay.
    valid: Option<u64>,
    priming: u64,
}

/// Walks through the chunks.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, Refusal> {
    let said = |error: io::Error| error.to_string();
    let found = Found::read(&mut walker, start).map_err(said)?;
    let (Some(description), Some(data)) = (found.description, found.data) else {
        return Err("the CAF file ends before its samples".into());
    };
    if description.n_packet > PACKET_BYTES_MAX {
        return Err(format!("the CAF file claims packets of {} bytes", description.n_packet).into());
    }
    // Four bytes count edits; a size of -1 leaves the end to the file's.
    let size = Some(data.size).filter(|size| *size != u64::MAX).map(|size| size.saturating_sub(4));
    let sizes = [size];
    let claim = Claim { list: Some(ChunkList::Caf), start: data.body + 4, sizes: &sizes, is_whole: false };
    if let Some(format) = description.sample_format()? {
        let frame_bytes = (format.n_bytes() * description.n_channels.max(1)) as u64;
        let extent = Extent::of(&mut walker, claim, frame_bytes).map_err(said)?;
        let (mut pcm, remarks) =
            extent.pcm(format, description.sample_rate_hz.round() as u32, description.n_channels);
        found.trim(&mut pcm, &extent, frame_bytes);
        let whole = Container::whole(ContainerKind::Caf, walker.into_source(0));
        return Ok(Container { pcm: Some(pcm), remarks, flaw: extent.flaw(), ..whole });
    }
    let extent = Extent::of(&mut walker, claim, description.n_packet.max(1)).map_err(said)?;
    Ok(packets(walker, start, &found, description, size, &extent))
}

/// Compressed audio, which the decoder reads as it stands.
fn packets(
    walker: Walker,
    start: u64,
    found: &Found,
    description: Description,
    size: Option<u64>,
    extent: &Extent,
) -> Container {
    let Description { n_packet, n_packet_frames, .. } = description;
    let n_packets = (n_packet > 0).then(|| extent.n_bytes() / n_packet.max(1));
    let held = n_packets.map(|n_packets| n_packets.saturating_mul(n_packet_frames));
    let frames = match (held, found.valid) {
        (Some(held), Some(valid)) => Frames::Known(valid.min(held.saturating_sub(found.priming))),
        (Some(held), None) => Frames::Known(held),
        // A count of whole packets may just be that: some writers ignore that the last one is shorter.
        (None, Some(valid)) if valid % n_packet_frames.max(1) != 0 => Frames::Known(valid),
        (None, _) => Frames::Packets,
    };
    let flaw = extent.flaw();
    let needs_tail = n_packet_frames == 1 && (flaw.is_some() || size.is_none());
    let n_tail = if needs_tail { n_packet * BLOCK_FRAMES } else { 0 };
    let source = walker.into_source(start).with_tail(n_tail);
    let whole = Container::whole(ContainerKind::Caf, source);
    Container { skip: found.priming, frames, flaw, ..whole }
}

impl Found {
    fn read(walker: &mut Walker, start: u64) -> io::Result<Self> {
        let list = ChunkList::Caf;
        let mut found = Self::default();
        let mut position = start + 8;
        for _ in 0..CHUNKS_MAX {
            let Some(head) = list.head(walker, position)? else { break };
            match &head.id {
                b"desc" if found.description.is_none() => {
                    found.description = Description::read(walker, head)?;
                }
                b"pakt" => {
                    let fields: [u8; 12] = walker.peek_padded(head.body + 8)?;
                    // Both are signed, and negative only by mistake.
                    found.valid = Some(big_endian(&fields[..8])).filter(|valid| *valid < 1 << 63);
                    let priming = Some(big_endian(&fields[8..])).filter(|priming| *priming < 1 << 31);
                    found.priming = priming.unwrap_or(0);
                }
                b"data" if found.data.is_none() => found.data = Some(head),
                _ => {}
            }
            let next = match (found.description, found.data) {
                (Some(_), Some(_)) => list.after(walker, head, &[])?,
                (Some(_), None) => list.after(walker, head, &[b"data"])?,
                (None, Some(_)) => list.after(walker, head, &[b"desc"])?,
                (None, None) => list.after(walker, head, &[b"desc", b"data"])?,
            };
            match next {
                Some(next) if next > position => position = next,
                _ => break,
            }
        }
        Ok(found)
    }

    /// Takes the delay and what is behind the last frame that counts off samples.
    fn trim(&self, pcm: &mut Pcm, extent: &Extent, frame_bytes: u64) {
        let held = extent.n_bytes() / frame_bytes;
        let priming = self.priming.min(held);
        let valid = self.valid.filter(|valid| *valid > 0).unwrap_or(held).min(held - priming);
        let start = extent.start + priming * frame_bytes;
        pcm.ranges = std::iter::once(start..start + valid * frame_bytes).collect();
    }
}

impl Description {
    fn read(walker: &mut Walker, head: ChunkHead) -> io::Result<Option<Self>> {
        let Some(fields) = walker.bytes::<32>(head.body)? else { return Ok(None) };
        let number = |at: usize| big_endian(&fields[at..at + 4]);
        Ok(Some(Self {
            sample_rate_hz: f64::from_bits(big_endian(&fields[..8])),
            codec: [fields[8], fields[9], fields[10], fields[11]],
            flags: number(12),
            n_packet: number(16),
            n_packet_frames: number(20),
            n_channels: number(24) as usize,
            n_bits: number(28) as u32,
        }))
    }

    /// The format of samples that lie in the file as such; `None` for other codecs.
    fn sample_format(&self) -> Result<Option<SampleFormat>, Refusal> {
        let is_big_endian = self.flags & IS_LITTLE_ENDIAN == 0;
        let format = match &self.codec {
            b"alaw" => return Ok(SampleFormat::new(SampleCoding::ALaw, 1, is_big_endian)),
            b"ulaw" => return Ok(SampleFormat::new(SampleCoding::MuLaw, 1, is_big_endian)),
            b"lpcm" => {
                let from_bits = self.n_bits.div_ceil(8) as usize;
                let from_packet = self.n_packet as usize / self.n_channels.max(1);
                let is_possible = (from_bits.max(1)..=8).contains(&from_packet);
                let n_bytes = if is_possible { from_packet } else { from_bits };
                let is_float = self.flags & IS_FLOAT != 0;
                let coding = if is_float { SampleCoding::Float } else { SampleCoding::Signed };
                SampleFormat::new(coding, n_bytes, is_big_endian)
            }
            _ => return Ok(None),
        };
        let format = format.ok_or_else(|| refusal(&format!("PCM of {} bits", self.n_bits)))?;
        Ok(Some(format.with_depth(self.n_bits)))
    }
}

/// The head of a CAF file of `n_bytes` of IMA's ADPCM.
pub(super) fn ima4_head(sample_rate_hz: u32, n_channels: usize, n_bytes: u64) -> Vec<u8> {
    let mut head = b"caff\0\x01\0\0desc".to_vec();
    let mut number =
        |value: u64, n: u32| (0..n).rev().for_each(|byte| head.push((value >> (8 * byte)) as u8));
    number(32, 8);
    number(f64::from(sample_rate_hz).to_bits(), 8);
    number(big_endian(b"ima4"), 4);
    number(0, 4);
    number(34 * n_channels as u64, 4);
    number(64, 4);
    number(n_channels as u64, 4);
    number(0, 4);
    number(big_endian(b"data"), 4);
    number(n_bytes + 4, 8);
    number(0, 4);
    head
}
