//! The `fmt ` chunk: what the samples of a WAV file are (Microsoft's WAVEFORMATEX and WAVEFORMATEXTENSIBLE).

use std::io;

use super::chunks::ChunkHead;
use super::refusal::Refusal;
use super::sample_format::{SampleCoding, SampleFormat};
use super::walk::{Walker, big_endian, little_endian};

const PCM: u16 = 0x0001;
pub(super) const MS_ADPCM: u16 = 0x0002;
const FLOAT: u16 = 0x0003;
const A_LAW: u16 = 0x0006;
const MU_LAW: u16 = 0x0007;
pub(super) const IMA_ADPCM: u16 = 0x0011;
pub(super) const MPEG: u16 = 0x0050;
pub(super) const MP3: u16 = 0x0055;
const EXTENSIBLE: u16 = 0xFFFE;

/// The longest body that is looked at.
const BODY_BYTES_MAX: usize = 64;

/// The fields of a `fmt ` chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WaveFormat {
    /// The codec's number, that of the extension where there is one.
    pub(super) tag: u16,
    pub(super) n_channels: u16,
    pub(super) sample_rate_hz: u32,
    byte_rate: u32,
    /// Bytes of a frame, or of a block of a compressed stream.
    pub(super) block_bytes: u16,
    n_bits: u16,
    /// The bits that carry sound, where the extension tells.
    valid_bits: Option<u16>,
    is_big_endian: bool,
    /// The chunk as it stands in the file.
    pub(super) body: Vec<u8>,
}

impl WaveFormat {
    /// The format in the chunk `head`; `None` where it is too short to tell.
    pub(super) fn read(
        walker: &mut Walker,
        head: ChunkHead,
        is_big_endian: bool,
    ) -> io::Result<Option<Self>> {
        let n_body = usize::try_from(head.size).unwrap_or(usize::MAX).min(BODY_BYTES_MAX);
        let mut body = vec![0; n_body];
        let n_read = walker.fill(head.body, &mut body)?;
        body.truncate(n_read);
        Ok(Self::parse(body, is_big_endian))
    }

    fn parse(body: Vec<u8>, is_big_endian: bool) -> Option<Self> {
        if body.len() < 14 {
            return None;
        }
        let number = |at: usize, n: usize| {
            let bytes = body.get(at..at + n)?;
            Some(if is_big_endian { big_endian(bytes) } else { little_endian(bytes) })
        };
        let short = |at| number(at, 2).unwrap_or(0) as u16;
        let mut tag = short(0);
        let mut valid_bits = None;
        if tag == EXTENSIBLE {
            valid_bits = number(18, 2).map(|bits| bits as u16).filter(|bits| *bits > 0);
            // The first two bytes of the extension's name are the number, the other fourteen say that it is one.
            let long = number(24, 4).unwrap_or(0);
            let named = body.get(24..26).map_or(0, little_endian) as u16;
            tag = u16::try_from(long).ok().filter(|tag| *tag > 0).unwrap_or(named);
            if tag == 0 {
                tag = PCM;
            }
        }
        Some(Self {
            tag,
            n_channels: short(2),
            sample_rate_hz: number(4, 4).unwrap_or(0) as u32,
            byte_rate: number(8, 4).unwrap_or(0) as u32,
            block_bytes: short(12),
            n_bits: short(14),
            valid_bits,
            is_big_endian,
            body,
        })
    }

    /// The format of samples that lie in the file as such; the codec's name in words where they do not.
    pub(super) fn samples(&self) -> Result<SampleFormat, Refusal> {
        let n_bytes = self.sample_bytes();
        let depth = u32::from(self.valid_bits.unwrap_or(self.n_bits));
        let format = match self.tag {
            PCM if n_bytes == 1 => SampleFormat::new(SampleCoding::Unsigned, 1, false),
            PCM => SampleFormat::new(SampleCoding::Signed, n_bytes, self.is_big_endian),
            FLOAT => SampleFormat::new(SampleCoding::Float, n_bytes, self.is_big_endian),
            A_LAW => SampleFormat::new(SampleCoding::ALaw, 1, false),
            MU_LAW => SampleFormat::new(SampleCoding::MuLaw, 1, false),
            tag => return Err(refusal(&codec_name(tag))),
        };
        let format = format.ok_or_else(|| {
            let kind = if self.tag == FLOAT { "floating-point numbers" } else { "integers" };
            refusal(&format!("PCM with {kind} of {} bits", self.n_bits))
        })?;
        Ok(format.with_depth(depth))
    }

    /// Bytes of one sample: the block's share of a channel, unless that contradicts the rest of the header.
    fn sample_bytes(&self) -> usize {
        let from_bits = usize::from(self.n_bits.div_ceil(8));
        let (block, n_channels) = (usize::from(self.block_bytes), usize::from(self.n_channels.max(1)));
        let from_block = block / n_channels;
        let byte_rate = |n_bytes: usize| (n_bytes * n_channels) as u64 * u64::from(self.sample_rate_hz);
        let is_possible = block.is_multiple_of(n_channels) && (from_bits.max(1)..=8).contains(&from_block);
        // Where the two differ, the third field that tells decides.
        let is_outvoted = from_bits > 0
            && from_block != from_bits
            && byte_rate(from_block) != u64::from(self.byte_rate)
            && byte_rate(from_bits) == u64::from(self.byte_rate);
        if is_possible && !is_outvoted { from_block } else { from_bits }
    }
}

/// A codec that cannot be read, as a reason.
pub(super) fn refusal(codec: &str) -> Refusal {
    Refusal::unsupported(format!(
        "its codec is {codec}, which cannot be read; convert it to FLAC or to WAV of PCM"
    ))
}

/// The codec of a number in a `fmt ` chunk (RFC 2361 and Microsoft's mmreg.h).
fn codec_name(tag: u16) -> String {
    let name = match tag {
        0x0005 => "IBM CVSD",
        0x0008 | 0x2001 => "DTS",
        0x0010 => "OKI ADPCM",
        0x0014 | 0x0040 | 0x0064 | 0x0045 | 0x0085 | 0x0140 => "G.726 ADPCM",
        0x0015 | 0x0016 | 0x0065 => "G.722 ADPCM",
        0x0017 => "Dialogic ADPCM",
        0x0020 => "Yamaha ADPCM",
        0x0022 => "DSP Group TrueSpeech",
        0x0031 => "GSM 6.10",
        0x0032 => "MSN Audio",
        0x0028 => "LRC",
        0x0030 | 0x0092 | 0x2000 => "Dolby AC-3",
        0x0041 => "G.728 CELP",
        0x0042 => "G.723.1",
        MPEG => "MPEG audio",
        MP3 => "MP3",
        0x0057 | 0x0058 => "AMR",
        0x0083 => "G.729",
        0x00FF | 0x1600 | 0x1601 | 0x1602 | 0x1610 | 0x706D | 0xA106 => "AAC",
        0x0130..=0x0134 => "ACELP",
        0x0160..=0x0163 => "Windows Media Audio",
        0x0200 => "Creative ADPCM",
        0x0270 => "ATRAC3",
        0x0401 => "Intel Music Coder",
        0x1500 => "GSM",
        0x2048 => "Sonic",
        0x566F | 0x674F..=0x6751 | 0x676F..=0x6771 => "Vorbis",
        0x704F => "Opus",
        0xA109 => "Speex",
        0xF1AC => "FLAC",
        _ => return format!("number 0x{tag:04X} of WAV's codecs"),
    };
    format!("{name} (0x{tag:04X})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(tag: u16, n_channels: u16, byte_rate: u32, block: u16, n_bits: u16) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(tag.to_le_bytes());
        body.extend(n_channels.to_le_bytes());
        body.extend(8_000u32.to_le_bytes());
        body.extend(byte_rate.to_le_bytes());
        body.extend(block.to_le_bytes());
        body.extend(n_bits.to_le_bytes());
        body
    }

    fn samples(body: Vec<u8>) -> Result<SampleFormat, Refusal> {
        WaveFormat::parse(body, false).unwrap().samples()
    }

    #[test]
    fn the_block_decides_the_width_unless_two_fields_contradict_it() {
        let width =
            |byte_rate, block, n_bits| samples(body(PCM, 2, byte_rate, block, n_bits)).unwrap().n_bytes();
        assert_eq!(width(64_000, 8, 24), 4, "24 bits in four bytes");
        assert_eq!(width(48_000, 6, 20), 3, "20 bits in three");
        assert_eq!(width(0, 0, 16), 2, "no block");
        assert_eq!(width(32_000, 8, 16), 2, "a block of four channels");
        assert_eq!(width(32_000, 2, 16), 2, "a block of one");
        assert_eq!(width(32_000, 4, 0), 2, "no bits");
    }

    #[test]
    fn an_extension_names_codec_and_depth() {
        let mut extended = body(EXTENSIBLE, 1, 32_000, 4, 32);
        extended.extend([22, 0, 24, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0]);
        let format = samples(extended.clone()).unwrap();
        assert_eq!((format.n_bytes(), format.name()), (4, "PCM 24 bit".to_owned()));
        extended[24] = 3;
        assert_eq!(samples(extended).unwrap().name(), "PCM 32 bit float");
    }

    #[test]
    fn codecs_are_refused_by_name() {
        let refused = |tag| samples(body(tag, 1, 1_625, 65, 0)).unwrap_err().reason;
        assert!(refused(0x31).contains("GSM 6.10"));
        assert!(refused(0x1234).contains("0x1234"));
        assert!(samples(body(FLOAT, 1, 16_000, 2, 16)).unwrap_err().reason.contains("16 bits"));
    }
}
