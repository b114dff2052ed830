//! The description of Matroska's tracks (RFC 9559, section 5.1.4, and its registry of codecs).

use std::io;

use super::ebml::{Element, next_element};
use crate::audio::container::aac::AacConfig;
use crate::audio::container::mp4::{rate_and_channels, stream_info};
use crate::audio::container::sample_format::{SampleCoding, SampleFormat};
use crate::audio::container::track::Codec;
use crate::audio::container::walk::{Walker, big_endian, little_endian};

/// The longest codec header.
const PRIVATE_BYTES_MAX: u64 = 1 << 20;

/// The most tracks that are told apart.
const TRACKS_MAX: usize = 1_024;

const AUDIO: u64 = 2;

/// One entry of the list of tracks.
#[derive(Debug, Clone)]
pub(super) struct TrackEntry {
    pub(super) number: u64,
    kind: u64,
    pub(super) is_enabled: bool,
    pub(super) is_default: bool,
    codec_id: String,
    private: Vec<u8>,
    pub(super) delay_ns: u64,
    rate_hz: f64,
    n_channels: u64,
    n_bits: u64,
    /// Bytes that were taken off the front of every packet.
    pub(super) stripped: Vec<u8>,
    /// Another way of packing the packets.
    packed: Option<&'static str>,
}

impl TrackEntry {
    fn new() -> Self {
        Self {
            number: 0,
            kind: 0,
            is_enabled: true,
            is_default: true,
            codec_id: String::new(),
            private: Vec::new(),
            delay_ns: 0,
            rate_hz: 8_000.0,
            n_channels: 1,
            n_bits: 0,
            stripped: Vec::new(),
            packed: None,
        }
    }

    /// True for a track of sound.
    pub(super) fn is_audio(&self) -> bool {
        self.kind == AUDIO
    }
}

/// Reads the list of tracks, elements within elements.
pub(super) fn entries(walker: &mut Walker, parent: Element, found: &mut Vec<TrackEntry>) -> io::Result<()> {
    let end = parent.end.unwrap_or(walker.len()).min(walker.len());
    let mut position = parent.body;
    // The way of packing belongs to the scope that was named before it.
    let mut algorithm = None;
    while position < end {
        let Some(element) = next_element(walker, position)? else { break };
        if element.id == 0xAE && found.len() < TRACKS_MAX {
            found.push(TrackEntry::new());
        }
        let is_parent = matches!(element.id, 0xAE | 0xE1 | 0x6D80 | 0x6240 | 0x5034 | 0x5035);
        if let Some(entry) = found.last_mut() {
            match element.id {
                0xD7 => entry.number = element.number(walker)?,
                0x83 => entry.kind = element.number(walker)?,
                0xB9 => entry.is_enabled = element.number(walker)? != 0,
                0x88 => entry.is_default = element.number(walker)? != 0,
                0x86 => {
                    let name = element.bytes(walker, 64)?;
                    String::from_utf8_lossy(&name).trim_end_matches('\0').clone_into(&mut entry.codec_id);
                }
                0x63A2 => entry.private = element.bytes(walker, PRIVATE_BYTES_MAX)?,
                0x56AA => entry.delay_ns = element.number(walker)?,
                0xB5 => entry.rate_hz = element.float(walker)?,
                0x9F => entry.n_channels = element.number(walker)?,
                0x6264 => entry.n_bits = element.number(walker)?,
                0x5034 => entry.packed = entry.packed.or(Some("compressed with zlib")),
                0x5035 => entry.packed = Some("encrypted"),
                0x4254 => {
                    algorithm = Some(element.number(walker)?);
                    entry.packed = match algorithm {
                        Some(3) => None,
                        Some(0) => Some("compressed with zlib"),
                        _ => Some("compressed"),
                    };
                }
                0x4255 => entry.stripped = element.bytes(walker, 1_024)?,
                _ => {}
            }
        }
        position = match element.end {
            Some(end) if !is_parent => end,
            _ => element.body,
        };
    }
    // Settings of another way of packing are no bytes to put back.
    if algorithm != Some(3) {
        found.iter_mut().filter(|entry| entry.packed.is_some()).for_each(|entry| entry.stripped.clear());
    }
    Ok(())
}

/// A track's codec, in a decoder's terms.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) codec: Codec,
    pub(super) config: Vec<u8>,
    pub(super) sample_rate_hz: u32,
    pub(super) n_channels: usize,
    pub(super) has_extension: bool,
}

/// The codec of an entry.
pub(super) fn describe(entry: &TrackEntry) -> Description {
    let rate_hz = entry.rate_hz.round();
    let mut description = Description {
        codec: Codec::Other(entry.codec_id.trim_start_matches("A_").to_owned()),
        config: entry.private.clone(),
        sample_rate_hz: if (0.0..4e9).contains(&rate_hz) { rate_hz as u32 } else { 0 },
        n_channels: usize::try_from(entry.n_channels).unwrap_or(0),
        has_extension: false,
    };
    if let Some(packed) = entry.packed {
        description.codec = Codec::Other(packed.to_owned());
        return description;
    }
    // More than any format has is as good as the truth.
    let n_bytes = entry.n_bits.div_ceil(8).min(255) as usize;
    match entry.codec_id.as_str() {
        "A_OPUS" => {
            description.codec = Codec::Opus;
            description.sample_rate_hz = crate::audio::opus::SAMPLE_RATE_HZ;
            if let Some(n_channels) = entry.private.get(9) {
                description.n_channels = usize::from(*n_channels);
            }
        }
        "A_VORBIS" => vorbis(&mut description),
        "A_FLAC" => {
            let blocks = entry.private.strip_prefix(b"fLaC").unwrap_or(&entry.private);
            if let Some(info) = stream_info(blocks) {
                description.codec = Codec::Flac;
                (description.sample_rate_hz, description.n_channels) = rate_and_channels(info);
                description.config = info.to_vec();
            }
        }
        "A_MPEG/L1" | "A_MPEG/L2" | "A_MPEG/L3" => description.codec = Codec::Mpeg,
        "A_ALAC" => alac(&mut description),
        "A_PCM/INT/LIT" | "A_PCM/INT/BIG" => {
            let coding = if n_bytes == 1 { SampleCoding::Unsigned } else { SampleCoding::Signed };
            pcm(&mut description, coding, n_bytes, entry.codec_id.ends_with("BIG"));
        }
        "A_PCM/FLOAT/IEEE" => pcm(&mut description, SampleCoding::Float, n_bytes, false),
        "A_MS/ACM" => wave_format(&mut description),
        name if name.starts_with("A_AAC") => aac(&mut description, name.contains("/SBR")),
        _ => {}
    }
    description
}

fn pcm(description: &mut Description, coding: SampleCoding, n_bytes: usize, is_big_endian: bool) {
    if let Some(format) = SampleFormat::new(coding, n_bytes, is_big_endian) {
        description.codec = Codec::Pcm(format);
    }
}

fn aac(description: &mut Description, has_extension: bool) {
    let config = AacConfig::parse(&description.config).or_else(|| {
        let (rate_hz, n_channels) = (description.sample_rate_hz, description.n_channels);
        description.config.is_empty().then(|| AacConfig::low_complexity(rate_hz, n_channels))
    });
    let Some(config) = config else { return };
    description.codec = Codec::Aac;
    description.sample_rate_hz = config.sample_rate_hz;
    description.n_channels = if config.n_channels == 0 { description.n_channels } else { config.n_channels };
    description.has_extension = config.has_extension || has_extension;
    description.config = config.core;
}

fn alac(description: &mut Description) {
    // Some writers leave the box around it.
    let cookie = match description.config.get(4..8) {
        Some(b"alac") => description.config.get(12..),
        _ => Some(&description.config[..]),
    };
    if let Some(cookie) = cookie.filter(|cookie| cookie.len() >= 24).map(<[u8]>::to_vec) {
        description.codec = Codec::Alac;
        description.n_channels = usize::from(cookie[9]);
        description.sample_rate_hz = big_endian(&cookie[20..24]) as u32;
        let n_cookie = if cookie.len() >= 48 { 48 } else { 24 };
        description.config = cookie[..n_cookie].to_vec();
    }
}

/// The first and third of three headers that are laced after Xiph's fashion, as the decoder wants them.
fn vorbis(description: &mut Description) {
    let Some(headers) = laced_headers(&description.config) else { return };
    description.codec = Codec::Vorbis;
    if let Some(rate) = headers.get(12..16) {
        description.n_channels = usize::from(headers[11]);
        description.sample_rate_hz = little_endian(rate) as u32;
    }
    description.config = headers;
}

fn laced_headers(private: &[u8]) -> Option<Vec<u8>> {
    let [2, rest @ ..] = private else { return None };
    let mut rest = rest;
    let mut sizes = [0usize; 2];
    for size in &mut sizes {
        loop {
            let (byte, behind) = rest.split_first()?;
            rest = behind;
            *size += usize::from(*byte);
            if *byte < 255 {
                break;
            }
        }
    }
    let setup = sizes[0].checked_add(sizes[1])?;
    Some([rest.get(..sizes[0])?, rest.get(setup..)?].concat())
}

/// Microsoft's `WAVEFORMATEX` as the header.
fn wave_format(description: &mut Description) {
    let config = std::mem::take(&mut description.config);
    let Some(fields) = config.get(..16) else { return };
    let number = |at: usize, n: usize| little_endian(&fields[at..at + n]);
    description.n_channels = number(2, 2) as usize;
    description.sample_rate_hz = number(4, 4) as u32;
    let n_bytes = number(14, 2).div_ceil(8) as usize;
    let tag = match number(0, 2) {
        // The kind begins the longer form's name.
        0xFFFE => config.get(24..26).map_or(0, little_endian),
        tag => tag,
    };
    match tag {
        1 if n_bytes == 1 => pcm(description, SampleCoding::Unsigned, 1, false),
        1 => pcm(description, SampleCoding::Signed, n_bytes, false),
        3 => pcm(description, SampleCoding::Float, n_bytes, false),
        6 => pcm(description, SampleCoding::ALaw, 1, false),
        7 => pcm(description, SampleCoding::MuLaw, 1, false),
        0x50 | 0x55 => description.codec = Codec::Mpeg,
        0xFF => {
            description.config = config.get(18..).unwrap_or_default().to_vec();
            aac(description, false);
        }
        _ => {}
    }
}
