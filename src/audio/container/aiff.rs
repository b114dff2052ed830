//! AIFF and AIFF-C: chunks with the most significant byte first (Apple, 1989 and 1991).

use std::io;

use super::caf::ima4_head;
use super::chunks::{ChunkHead, ChunkList};
use super::extent::{Claim, Extent};
use super::kinds::{Container, ContainerKind, Frames};
use super::refusal::Refusal;
use super::sample_format::{SampleCoding, SampleFormat};
use super::walk::{Walker, big_endian};
use super::wave_format::refusal;

/// The most chunks that are followed.
const CHUNKS_MAX: usize = 100_000;

/// Bytes of padding behind the samples that a writer may have counted in.
const PADDING_BYTES_MAX: u64 = 64;

/// Frames in a packet of IMA's ADPCM.
const IMA4_FRAMES: u64 = 64;

/// Bytes of such a packet per channel.
const IMA4_BYTES: u64 = 34;

/// The fields of the `COMM` chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Common {
    n_channels: usize,
    n_frames: u64,
    n_bits: u32,
    sample_rate_hz: u32,
    /// The compression type; `NONE` in files that have none.
    codec: [u8; 4],
}

/// Walks through the chunks, in whatever order they are.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, Refusal> {
    let said = |error: io::Error| error.to_string();
    let (common, sound) = read(&mut walker, start).map_err(said)?;
    let Some(sound) = sound else {
        return Err("the AIFF file ends before its samples".into());
    };
    let Some(common) = common else {
        return Err("the AIFF file does not say what its samples are".into());
    };
    // An offset and a block size come before the samples.
    let head: [u8; 8] = walker.peek_padded(sound.body).map_err(said)?;
    let (offset, block_bytes) = (big_endian(&head[..4]), big_endian(&head[4..]));
    let rest = walker.len().saturating_sub(sound.body + 8);
    let n_head = if offset < rest { 8 + offset } else { 8 };
    let size = sound.size.checked_sub(n_head);
    let is_whole = is_whole(&mut walker, start).map_err(said)?;
    let claim = Claim { list: Some(ChunkList::Iff), start: sound.body + n_head, sizes: &[size], is_whole };
    if common.codec.eq_ignore_ascii_case(b"ima4") {
        let n_packet = IMA4_BYTES * common.n_channels.max(1) as u64;
        let extent = Extent::of(&mut walker, claim, n_packet).map_err(said)?;
        return Ok(ima4(walker, &common, &extent));
    }
    let format = sample_format(&common)?;
    let frame_bytes = (format.n_bytes() * common.n_channels.max(1)) as u64;
    let common_bytes = common.n_frames.checked_mul(frame_bytes).filter(|bytes| *bytes > 0);
    let sizes = [size, common_bytes];
    let n_sizes = if common_bytes.is_some() { 2 } else { 1 };
    let claim = Claim { sizes: &sizes[..n_sizes], ..claim };
    let mut extent = Extent::of(&mut walker, claim, frame_bytes).map_err(said)?;
    let mut flaw = extent.flaw();
    if let Some(promised) = common_bytes {
        let found = extent.n_bytes();
        let is_closed = size.is_some_and(|size| size > 0 && size <= found + 1);
        if promised < found && found - promised < PADDING_BYTES_MAX.max(block_bytes.min(1 << 16)) {
            extent.end = extent.start + promised;
        } else if promised < found {
            extent.go_beyond(promised);
        } else if promised > found + PADDING_BYTES_MAX && is_closed {
            let n_found = found / frame_bytes;
            flaw = Some(format!("its header promises {} frames, {n_found} are there", common.n_frames));
        }
    }
    let (pcm, remarks) = extent.pcm(format, common.sample_rate_hz, common.n_channels);
    let whole = Container::whole(ContainerKind::Aiff, walker.into_source(0));
    Ok(Container { pcm: Some(pcm), remarks, flaw, ..whole })
}

/// The format, and the chunk of the samples.
fn read(walker: &mut Walker, start: u64) -> io::Result<(Option<Common>, Option<ChunkHead>)> {
    let list = ChunkList::Iff;
    let form: [u8; 12] = walker.peek_padded(start)?;
    let (mut common, mut sound) = (None, None);
    let mut position = start + 12;
    for _ in 0..CHUNKS_MAX {
        let Some(head) = list.head(walker, position)? else { break };
        match &head.id {
            b"COMM" if common.is_none() => common = Common::read(walker, head, form[11] == b'C')?,
            b"SSND" if sound.is_none() => sound = Some(head),
            _ => {}
        }
        let next = match (common, sound) {
            (Some(_), Some(_)) => break,
            (Some(_), None) => list.after(walker, head, &[b"SSND"])?,
            (None, Some(_)) => list.after(walker, head, &[b"COMM"])?,
            (None, None) => list.after(walker, head, &[b"COMM", b"SSND"])?,
        };
        match next {
            Some(next) if next > position => position = next,
            _ => break,
        }
    }
    Ok((common, sound))
}

/// True where the file is as long as its header says.
fn is_whole(walker: &mut Walker, start: u64) -> io::Result<bool> {
    let said = 8 + big_endian(&walker.peek_padded::<4>(start + 4)?);
    Ok((start + said).abs_diff(walker.len()) <= 1)
}

impl Common {
    fn read(walker: &mut Walker, head: ChunkHead, is_compressed: bool) -> io::Result<Option<Self>> {
        let Some(fields) = walker.bytes::<18>(head.body)? else { return Ok(None) };
        let codec =
            if is_compressed && head.size >= 22 { walker.peek_padded(head.body + 18)? } else { *b"NONE" };
        Ok(Some(Self {
            n_channels: big_endian(&fields[..2]) as usize,
            n_frames: big_endian(&fields[2..6]),
            n_bits: big_endian(&fields[6..8]) as u32,
            sample_rate_hz: extended(&fields[8..]),
            codec,
        }))
    }
}

/// The nearest whole number of an 80-bit one of IEEE 754; 0 for what is negative or too large.
fn extended(bytes: &[u8]) -> u32 {
    let exponent = big_endian(&bytes[..2]) as i32 - 16_383 - 63;
    let mantissa = big_endian(&bytes[2..]);
    let value = mantissa as f64 * f64::from(exponent).exp2();
    if value < f64::from(u32::MAX) { value.round() as u32 } else { 0 }
}

fn sample_format(common: &Common) -> Result<SampleFormat, Refusal> {
    let n_bytes = common.n_bits.div_ceil(8).max(1) as usize;
    let new = SampleFormat::new;
    let format = match &common.codec {
        b"NONE" | b"twos" => new(SampleCoding::Signed, n_bytes, true),
        b"in16" => new(SampleCoding::Signed, 2, true),
        b"in24" => new(SampleCoding::Signed, 3, true),
        b"in32" => new(SampleCoding::Signed, 4, true),
        b"sowt" => new(SampleCoding::Signed, n_bytes, false),
        // libsndfile writes the second.
        b"42ni" | b"42n1" => new(SampleCoding::Signed, 3, false),
        b"23ni" => new(SampleCoding::Signed, 4, false),
        b"raw " => new(SampleCoding::Unsigned, n_bytes, true),
        b"fl32" | b"FL32" => new(SampleCoding::Float, 4, true),
        b"fl64" | b"FL64" => new(SampleCoding::Float, 8, true),
        b"alaw" | b"ALAW" => new(SampleCoding::ALaw, 1, true),
        b"ulaw" | b"ULAW" => new(SampleCoding::MuLaw, 1, true),
        codec => {
            let name = match codec {
                b"MAC3" | b"MAC6" => "MACE",
                b"GSM " => "GSM 6.10",
                b"G722" | b"G726" | b"G728" => "G.72x",
                b"QDMC" | b"QDM2" => "QDesign Music",
                b"Qclp" => "Qualcomm PureVoice",
                b"DWVW" => "DWVW",
                b"SDX2" | b"CBD2" => "SDX2 ADPCM",
                _ => return Err(refusal(&format!("of AIFF-C's type \"{}\"", codec.escape_ascii()))),
            };
            return Err(refusal(name));
        }
    };
    let format = format.ok_or_else(|| refusal(&format!("PCM with integers of {} bits", common.n_bits)))?;
    Ok(format.with_depth(common.n_bits))
}

/// IMA's ADPCM, which the decoder reads from CAF: the packets are the same.
fn ima4(walker: Walker, common: &Common, extent: &Extent) -> Container {
    let n_channels = common.n_channels.max(1) as u64;
    let n_packets = extent.n_bytes() / (IMA4_BYTES * n_channels);
    let n_held = n_packets * IMA4_FRAMES;
    // Apple counts packets, others count frames.
    let n_frames = if common.n_frames <= n_packets { n_held } else { common.n_frames.min(n_held) };
    let n_bytes = n_packets * IMA4_BYTES * n_channels;
    let head = ima4_head(common.sample_rate_hz, common.n_channels, n_bytes);
    let source = walker.into_range(extent.start, extent.start + n_bytes).with_head(head);
    let bytes_per_s =
        (IMA4_BYTES * n_channels) as f64 * f64::from(common.sample_rate_hz) / IMA4_FRAMES as f64;
    Container {
        // The probe looks for what such a file begins with.
        probe: ContainerKind::Caf,
        frames: Frames::Known(n_frames),
        remarks: extent.remarks(bytes_per_s),
        flaw: extent.flaw(),
        ..Container::whole(ContainerKind::Aiff, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_eighty_bits_are_read() {
        assert_eq!(extended(&[0x40, 0x0E, 0xAC, 0x44, 0, 0, 0, 0, 0, 0]), 44_100);
        assert_eq!(extended(&[0x40, 0x0E, 0xBB, 0x80, 0, 0, 0, 0, 0, 0]), 48_000);
        assert_eq!(extended(&[0x40, 0x0E, 0xAC, 0x43, 0x80, 0, 0, 0, 0, 0]), 44_100, "44 099.5");
        assert_eq!(extended(&[0xFF; 10]), 0);
        assert_eq!(extended(&[0; 10]), 0);
    }
}
