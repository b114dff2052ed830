//! WAV: RIFF chunks, with the least significant byte first, or in RIFX the most significant; beyond 4 GiB RF64 and BW64
//! (EBU Tech 3306, ITU-R BS.2088), which are the same with a `ds64` chunk of long sizes; and Sony's Wave64.

use std::io;

use super::chunks::{ChunkHead, ChunkList};
use super::extent::{Claim, Extent};
use super::kinds::{Container, ContainerKind, Frames};
use super::mpeg::container_if_mpeg;
use super::refusal::Refusal;
use super::sample_format::SampleFormat;
use super::walk::{Walker, little_endian};
use super::wave_format::{IMA_ADPCM, MP3, MPEG, MS_ADPCM, WaveFormat, refusal};

/// Frames that the decoder's reader takes at a time; its last block is completed with zeros, which are then cut off.
const BLOCK_FRAMES: u64 = 1_152;

/// Bytes of samples that are looked through for the end of their word in which they lie.
const LOOKED_AT_BYTES: u64 = 16 << 20;

/// The most chunks that are followed.
const CHUNKS_MAX: usize = 100_000;

/// The content of the chunks.
#[derive(Debug, Default)]
struct Found {
    format: Option<WaveFormat>,
    data: Option<ChunkHead>,
    fact_frames: Option<u64>,
    /// The long size of the samples.
    long_size: Option<u64>,
    /// The long size of the file.
    long_riff_size: Option<u64>,
}

/// The kinds of file that hold the chunks of WAV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WavKind {
    Riff,
    Rifx,
    Wave64,
}

impl WavKind {
    fn list(self) -> ChunkList {
        match self {
            Self::Riff => ChunkList::Riff,
            Self::Rifx => ChunkList::Iff,
            Self::Wave64 => ChunkList::Wave64,
        }
    }

    /// Bytes before the first chunk.
    fn n_head(self) -> u64 {
        if self == Self::Wave64 { 40 } else { 12 }
    }

    fn container(self) -> ContainerKind {
        if self == Self::Wave64 { ContainerKind::Wave64 } else { ContainerKind::Wav }
    }
}

/// Walks through the chunks.
pub(super) fn container(mut walker: Walker, start: u64, kind: WavKind) -> Result<Container, Refusal> {
    let said = |error: io::Error| error.to_string();
    let found = Found::read(&mut walker, start, kind).map_err(said)?;
    let name = kind.container().name();
    let Some(data) = found.data else {
        return Err(format!("the {name} file ends before its samples").into());
    };
    let Some(format) = &found.format else {
        return Err(format!("the {name} file does not say what its samples are").into());
    };
    let is_whole = is_whole(&mut walker, start, kind, &found).map_err(said)?;
    let sizes = sizes(data, &found);
    let claim = Claim { list: Some(kind.list()), start: data.body, sizes: &sizes, is_whole };
    match format.tag {
        MS_ADPCM | IMA_ADPCM if kind != WavKind::Rifx => adpcm(walker, claim, &found, format, kind),
        MPEG | MP3 => mpeg(walker, claim, &found, format, kind),
        _ => {
            let samples = format.samples()?;
            let frame_bytes = samples.n_bytes() as u64 * u64::from(format.n_channels.max(1));
            let extent = Extent::of(&mut walker, claim, frame_bytes).map_err(said)?;
            let samples = in_its_word(&mut walker, samples, &extent).map_err(said)?;
            let (pcm, remarks) = extent.pcm(samples, format.sample_rate_hz, usize::from(format.n_channels));
            let whole = Container::whole(kind.container(), walker.into_source(0));
            Ok(Container { pcm: Some(pcm), remarks, flaw: extent.flaw(), ..whole })
        }
    }
}

impl Found {
    fn read(walker: &mut Walker, start: u64, kind: WavKind) -> io::Result<Self> {
        let list = kind.list();
        let mut found = Self::default();
        let mut position = start + kind.n_head();
        for _ in 0..CHUNKS_MAX {
            let Some(head) = list.head(walker, position)? else { break };
            match &head.id {
                b"ds64" => {
                    // The file's size comes first, then that of the samples; 0 was never filled in.
                    let sizes: [u8; 16] = walker.peek_padded(head.body)?;
                    let filled_in = |size: &[u8]| Some(little_endian(size)).filter(|size| *size > 0);
                    found.long_riff_size = filled_in(&sizes[..8]);
                    found.long_size = filled_in(&sizes[8..]);
                }
                b"fmt " if found.format.is_none() => {
                    found.format = WaveFormat::read(walker, head, kind == WavKind::Rifx)?;
                }
                b"fact" => {
                    found.fact_frames = walker.bytes::<4>(head.body)?.map(|bytes| little_endian(&bytes));
                }
                // An empty one may come before the one with the samples.
                b"data" if found.data.is_none_or(|data| data.size == 0) => found.data = Some(head),
                _ => {}
            }
            let next = match (found.data, &found.format) {
                (Some(data), Some(_)) if data.size > 0 => break,
                // What follows an empty size is samples, unless it is another chunk.
                (Some(data), Some(_)) => {
                    if !list.is_chain(walker, data.body)? {
                        break;
                    }
                    list.after(walker, head, &[])?
                }
                (Some(_), None) => list.after(walker, head, &[b"fmt "])?,
                (None, Some(_)) => list.after(walker, head, &[b"data"])?,
                (None, None) => list.after(walker, head, &[b"fmt ", b"data"])?,
            };
            match next {
                Some(next) if next > position => position = next,
                _ => break,
            }
        }
        Ok(found)
    }
}

/// The bytes of the samples according to each place that tells.
fn sizes(data: ChunkHead, found: &Found) -> Vec<Option<u64>> {
    let short = Some(data.size).filter(|size| *size != u64::MAX);
    match found.long_size {
        // The largest number stands for the long size; where another stands there, both may be right.
        Some(long) if data.size == u64::from(u32::MAX) => vec![Some(long)],
        Some(long) => vec![short, Some(long)],
        None => vec![short],
    }
}

/// True where the file is as long as its header says.
fn is_whole(walker: &mut Walker, start: u64, kind: WavKind, found: &Found) -> io::Result<bool> {
    let head: [u8; 24] = walker.peek_padded(start)?;
    let said = match kind {
        WavKind::Riff => 8 + found.long_riff_size.unwrap_or(little_endian(&head[4..8])),
        WavKind::Rifx => 8 + super::walk::big_endian(&head[4..8]),
        WavKind::Wave64 => little_endian(&head[16..]),
    };
    Ok(start.checked_add(said).is_some_and(|end| end.abs_diff(walker.len()) <= 1))
}

/// 24 bits in four bytes belong into the upper three, and many writers have them in the lower three: the bytes themselves
/// tell.
fn in_its_word(walker: &mut Walker, format: SampleFormat, extent: &Extent) -> io::Result<SampleFormat> {
    if (format.n_bytes(), format.n_bits()) != (4, 24) {
        return Ok(format);
    }
    let end = extent.end.min(extent.start + LOOKED_AT_BYTES);
    let mut position = extent.start;
    let mut block = [0; 8_192];
    let mut is_low_used = false;
    while position + 4 <= end {
        let n_wanted = block.len().min((end - position) as usize) / 4 * 4;
        let n_read = walker.fill(position, &mut block[..n_wanted])?;
        for word in block[..n_read].chunks_exact(4) {
            let mut word = [word[0], word[1], word[2], word[3]];
            if format.is_big_endian() {
                word.reverse();
            }
            let number = i32::from_le_bytes(word);
            if !(-0x80_0000..=0x7F_FFFF).contains(&number) {
                return Ok(format);
            }
            is_low_used |= word[0] != 0;
        }
        position += n_read.max(4) as u64;
    }
    Ok(if is_low_used { format.in_low_bits() } else { format })
}

/// ADPCM, which the decoder reads from a header of its own: of the file's, only format and samples are passed on.
fn adpcm(
    mut walker: Walker,
    claim: Claim<'_>,
    found: &Found,
    format: &WaveFormat,
    kind: WavKind,
) -> Result<Container, Refusal> {
    let n_channels = u64::from(format.n_channels.max(1));
    let n_block = u64::from(format.block_bytes.max(1));
    // Microsoft's ADPCM keeps two samples in a header of 7 bytes per channel, IMA's one in 4.
    let n_block_frames = match format.tag {
        MS_ADPCM => n_block.saturating_sub(7 * n_channels) * 2 / n_channels + 2,
        _ => n_block.saturating_sub(4 * n_channels) * 2 / n_channels + 1,
    };
    let extent = Extent::of(&mut walker, claim, n_block).map_err(|error| error.to_string())?;
    let mut frames = extent.n_bytes() / n_block * n_block_frames;
    if let Some(fact) = found.fact_frames.filter(|fact| *fact > 0) {
        // A compressed stream ends within a block, and only this chunk says where.
        frames = frames.min(fact);
    }
    let mut head = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt ".to_vec();
    head.extend((format.body.len() as u32).to_le_bytes());
    head.extend(&format.body);
    if head.len() % 2 == 1 {
        head.push(0);
    }
    head.extend(b"data\xFF\xFF\xFF\xFF");
    let bytes_per_s = f64::from(format.sample_rate_hz) * n_block as f64 / n_block_frames as f64;
    let source =
        walker.into_range(extent.start, extent.end).with_head(head).with_tail(n_block * BLOCK_FRAMES);
    let whole = Container::whole(kind.container(), source);
    let (flaw, remarks) = (extent.flaw(), extent.remarks(bytes_per_s));
    // The probe looks for what such a file begins with.
    Ok(Container { probe: ContainerKind::Wav, frames: Frames::Known(frames), flaw, remarks, ..whole })
}

/// MPEG audio in the place of samples.
fn mpeg(
    mut walker: Walker,
    claim: Claim<'_>,
    found: &Found,
    format: &WaveFormat,
    kind: WavKind,
) -> Result<Container, Refusal> {
    let said = |error: io::Error| error.to_string();
    let extent = Extent::of(&mut walker, claim, 1).map_err(said)?;
    walker.end_at(extent.end);
    let name = if format.tag == MP3 { "MP3" } else { "MPEG audio" };
    let container = container_if_mpeg(&mut walker, extent.start).map_err(said)?;
    let container = container.ok_or_else(|| refusal(&format!("{name} in {}", kind.container().name())))?;
    let frames = match (container.frames, found.fact_frames) {
        (Frames::Known(frames), Some(fact @ 1..)) => Frames::Known(frames.min(fact)),
        (frames, _) => frames,
    };
    let flaw = extent.flaw().or(container.flaw);
    Ok(Container { kind: kind.container(), frames, flaw, ..container })
}
