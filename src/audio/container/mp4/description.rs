//! A track's sample description: the codec, its header, rate and channels (ISO 14496-12, section 12.2, and Apple's
//! `QuickTime` File Format, "Sound Sample Descriptions").

use std::io;

use super::boxes::{BoxHead, next_box};
use crate::audio::container::aac::AacConfig;
use crate::audio::container::sample_format::{SampleCoding, SampleFormat};
use crate::audio::container::track::Codec;
use crate::audio::container::walk::{Walker, big_endian};

/// The longest codec header.
const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// Boxes deeper than this are not looked into.
const DEPTH_MAX: usize = 4;

/// A sample description.
#[derive(Debug, Clone)]
pub(super) struct Description {
    pub(super) codec: Codec,
    pub(super) config: Vec<u8>,
    /// 0 where it does not say.
    pub(super) sample_rate_hz: u32,
    pub(super) n_channels: usize,
    pub(super) has_extension: bool,
}

/// The fields that all descriptions of sound have, and those of Apple's second version.
#[derive(Debug, Default)]
struct Fields {
    n_channels: usize,
    n_bits: u32,
    rate_hz: u32,
    /// Of version 2: flags, and bytes per frame.
    linear: Option<(u32, usize)>,
    children: u64,
}

/// The content of the boxes of a description.
#[derive(Debug, Default)]
struct Children {
    descriptor: Option<Vec<u8>>,
    alac: Option<Vec<u8>>,
    flac: Option<Vec<u8>>,
    opus: Option<Vec<u8>>,
    pcm: Option<[u8; 2]>,
    rate_hz: Option<u32>,
    is_little_endian: bool,
}

/// Reads the first entry of an `stsd` box; `None` where there is none.
pub(super) fn description(
    walker: &mut Walker,
    stsd: BoxHead,
    is_quicktime: bool,
) -> io::Result<Option<Description>> {
    let [stsd_version] = walker.peek_padded(stsd.body)?;
    let Some(entry) = next_box(walker, stsd.body + 8, stsd.end)? else { return Ok(None) };
    let fields = fields(walker, entry, is_quicktime || stsd_version == 0)?;
    let mut found = Children::default();
    children(walker, fields.children, entry.end, &mut found, 0)?;
    Ok(Some(describe(entry.kind, &fields, &found)))
}

fn fields(walker: &mut Walker, entry: BoxHead, has_versions: bool) -> io::Result<Fields> {
    let body: [u8; 64] = walker.peek_padded(entry.body)?;
    let number = |at: usize, n: usize| big_endian(&body[at..at + n]);
    let version = number(8, 2);
    let mut fields = Fields {
        n_channels: number(16, 2) as usize,
        n_bits: number(18, 2) as u32,
        rate_hz: number(24, 2) as u32,
        linear: None,
        children: entry.body + 28,
    };
    match version {
        1 if has_versions => fields.children += 16,
        2 if has_versions => {
            let rate_hz = f64::from_bits(number(32, 8)).round();
            fields.rate_hz = if (0.0..4e9).contains(&rate_hz) { rate_hz as u32 } else { 0 };
            fields.n_channels = number(40, 4) as usize;
            fields.n_bits = number(48, 4) as u32;
            fields.linear = Some((number(52, 4) as u32, number(56, 4) as usize));
            fields.children = entry.body + number(28, 4).saturating_sub(8).max(64);
        }
        _ => {}
    }
    Ok(fields)
}

fn children(walker: &mut Walker, start: u64, end: u64, found: &mut Children, depth: usize) -> io::Result<()> {
    let mut position = start;
    while let Some(head) = next_box(walker, position, end)? {
        position = head.end;
        match &head.kind {
            b"wave" if depth < DEPTH_MAX => children(walker, head.body, head.end, found, depth + 1)?,
            b"esds" => found.descriptor = Some(head.read(walker, CONFIG_BYTES_MAX)?),
            // The entry and the box within it have one name.
            b"alac" => found.alac = Some(head.read(walker, CONFIG_BYTES_MAX)?),
            b"dfLa" => found.flac = Some(head.read(walker, CONFIG_BYTES_MAX)?),
            b"dOps" => found.opus = Some(head.read(walker, CONFIG_BYTES_MAX)?),
            b"pcmC" => found.pcm = Some(walker.peek_padded(head.body + 4)?),
            b"srat" => {
                let bytes: [u8; 4] = walker.peek_padded(head.body + 4)?;
                found.rate_hz = Some(big_endian(&bytes) as u32);
            }
            b"enda" => found.is_little_endian |= walker.peek_padded::<2>(head.body)?[1] == 1,
            _ => {}
        }
    }
    Ok(())
}

fn describe(kind: [u8; 4], fields: &Fields, found: &Children) -> Description {
    let mut description = Description {
        codec: Codec::Other(name_of(kind)),
        config: Vec::new(),
        sample_rate_hz: found.rate_hz.unwrap_or(fields.rate_hz),
        n_channels: fields.n_channels,
        has_extension: false,
    };
    match &kind {
        b"mp4a" => mpeg4(&mut description, found),
        b".mp3" | b".mp2" | b".mp1" | [b'm', b's', 0, 0x50 | 0x55] => description.codec = Codec::Mpeg,
        b"alac" => alac(&mut description, found),
        b"fLaC" => flac(&mut description, found),
        b"Opus" => opus(&mut description, found),
        b"ima4" => description.codec = Codec::ImaQt,
        b"enca" | b"drms" => description.codec = Codec::Other("encrypted".to_owned()),
        _ => {
            if let Some(format) = sample_format(kind, fields, found) {
                description.codec = Codec::Pcm(format);
            }
        }
    }
    description
}

/// A name of four bytes for people.
fn name_of(kind: [u8; 4]) -> String {
    kind.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect()
}

fn sample_format(kind: [u8; 4], fields: &Fields, found: &Children) -> Option<SampleFormat> {
    use SampleCoding::{ALaw, Float, MuLaw, Signed, Unsigned};
    // More than any format has is as good as the truth.
    let n_bytes = fields.n_bits.div_ceil(8).min(255) as usize;
    let is_big_endian = !found.is_little_endian;
    match &kind {
        b"sowt" => SampleFormat::new(Signed, n_bytes, false),
        b"twos" => SampleFormat::new(Signed, n_bytes, true),
        b"raw " | b"NONE" | [0, 0, 0, 0] if n_bytes == 1 => SampleFormat::new(Unsigned, 1, true),
        b"raw " | b"NONE" | [0, 0, 0, 0] => SampleFormat::new(Signed, n_bytes, true),
        b"in24" => SampleFormat::new(Signed, 3, is_big_endian),
        b"in32" => SampleFormat::new(Signed, 4, is_big_endian),
        b"fl32" => SampleFormat::new(Float, 4, is_big_endian),
        b"fl64" => SampleFormat::new(Float, 8, is_big_endian),
        b"ulaw" => SampleFormat::new(MuLaw, 1, true),
        b"alaw" => SampleFormat::new(ALaw, 1, true),
        b"ipcm" | b"fpcm" => {
            let [flags, n_bits] = found.pcm?;
            let coding = if &kind == b"fpcm" { Float } else { Signed };
            SampleFormat::new(coding, usize::from(n_bits).div_ceil(8), flags & 1 == 0)
        }
        b"lpcm" => {
            let Some((flags, frame_bytes)) = fields.linear else {
                return SampleFormat::new(Signed, n_bytes, true);
            };
            let coding = match flags & 5 {
                0 => Unsigned,
                4 => Signed,
                _ => Float,
            };
            let stored = frame_bytes.checked_div(fields.n_channels).filter(|stored| (1..=8).contains(stored));
            let format = SampleFormat::new(coding, stored.unwrap_or(n_bytes), flags & 2 != 0)?;
            let format = format.with_depth(fields.n_bits);
            // Neither packed nor aligned to the upper end: the sound lies in the low bits.
            Some(if flags & 0x18 == 0 { format.in_low_bits() } else { format })
        }
        _ => None,
    }
}

fn mpeg4(description: &mut Description, found: &Children) {
    let descriptor = found.descriptor.as_deref().and_then(|bytes| decoder_config(bytes.get(4..)?));
    let Some((kind, config)) = descriptor else {
        description.codec = Codec::Other("AAC without its description".to_owned());
        return;
    };
    match kind {
        0x40 | 0x66 | 0x67 | 0x68 => {
            description.codec = Codec::Aac;
            if let Some(config) = AacConfig::parse(config) {
                aac(description, config);
            } else if !config.is_empty() || description.n_channels == 0 {
                description.codec = Codec::Other("AAC with a broken description".to_owned());
            } else {
                let plain = AacConfig::low_complexity(description.sample_rate_hz, description.n_channels);
                aac(description, plain);
            }
        }
        0x69 | 0x6B => description.codec = Codec::Mpeg,
        0xA5 => description.codec = Codec::Other("AC-3".to_owned()),
        0xA6 => description.codec = Codec::Other("E-AC-3".to_owned()),
        0xA9..=0xAC => description.codec = Codec::Other("DTS".to_owned()),
        other => description.codec = Codec::Other(format!("mp4a of kind {other}")),
    }
}

fn aac(description: &mut Description, config: AacConfig) {
    description.sample_rate_hz = config.sample_rate_hz;
    description.n_channels = if config.n_channels == 0 { description.n_channels } else { config.n_channels };
    description.has_extension = config.has_extension;
    description.config = config.core;
}

/// The kind of object and the codec's header in an elementary stream's descriptor (ISO 14496-1, section 7.2.6).
fn decoder_config(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, stream) = descriptor(bytes)?;
    let stream = if tag == 3 {
        let flags = *stream.get(2)?;
        let mut skip = 3;
        skip += if flags & 0x80 == 0 { 0 } else { 2 };
        skip += if flags & 0x40 == 0 { 0 } else { 1 + usize::from(*stream.get(skip)?) };
        skip += if flags & 0x20 == 0 { 0 } else { 2 };
        stream.get(skip..)?
    } else {
        bytes
    };
    let (4, config) = descriptor(stream)? else { return None };
    let kind = *config.first()?;
    let header = config.get(13..).and_then(descriptor).filter(|(tag, _)| *tag == 5);
    Some((kind, header.map_or(&[][..], |(_, header)| header)))
}

/// A descriptor's tag and body, bounded by `bytes`.
fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, mut rest) = bytes.split_first()?;
    let mut size = 0usize;
    for _ in 0..4 {
        let (byte, behind) = rest.split_first()?;
        rest = behind;
        size = size << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((*tag, &rest[..size.min(rest.len())]))
}

fn alac(description: &mut Description, found: &Children) {
    let Some(cookie) =
        found.alac.as_deref().and_then(|bytes| bytes.get(4..)).filter(|bytes| bytes.len() >= 24)
    else {
        return;
    };
    description.codec = Codec::Alac;
    description.n_channels = usize::from(cookie[9]);
    description.sample_rate_hz = big_endian(&cookie[20..24]) as u32;
    let n_cookie = if cookie.len() >= 48 && &cookie[28..32] == b"chan" { 48 } else { 24 };
    description.config = cookie[..n_cookie].to_vec();
}

fn flac(description: &mut Description, found: &Children) {
    let blocks = found.flac.as_deref().and_then(|bytes| bytes.get(4..));
    if let Some(info) = blocks.and_then(stream_info) {
        description.codec = Codec::Flac;
        (description.sample_rate_hz, description.n_channels) = rate_and_channels(info);
        description.config = info.to_vec();
    }
}

/// The block of FLAC's stream information among its metadata blocks.
pub(in super::super) fn stream_info(mut blocks: &[u8]) -> Option<&[u8]> {
    loop {
        let kind = *blocks.first()?;
        let size = big_endian(blocks.get(1..4)?) as usize;
        if matches!(kind, 0 | 0x80) && size == 34 {
            return blocks.get(4..38);
        }
        blocks = blocks.get(4 + size..)?;
    }
}

/// Rate and channels in FLAC's stream information.
pub(in super::super) fn rate_and_channels(info: &[u8]) -> (u32, usize) {
    let number = big_endian(&info[10..18]);
    ((number >> 44) as u32, (number >> 41 & 7) as usize + 1)
}

/// The header that a decoder of Opus wants, from the box of MP4, whose numbers begin with the most significant byte.
fn opus(description: &mut Description, found: &Children) {
    let Some(&[_, n_channels, s0, s1, r0, r1, r2, r3, g0, g1, ref rest @ ..]) = found.opus.as_deref() else {
        return;
    };
    description.codec = Codec::Opus;
    description.n_channels = usize::from(n_channels);
    description.config = b"OpusHead\x01".to_vec();
    description.config.extend([n_channels, s1, s0, r3, r2, r1, r0, g1, g0]);
    description.config.extend(rest);
}
