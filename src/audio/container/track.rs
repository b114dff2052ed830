//! One audio track of a container of several: its codec, the parts of it that are played, and its packets.

use std::ops::Range;

use super::kinds::ContainerKind;
use super::sample_format::SampleFormat;
use crate::audio::remark::Remark;

/// The longest packet that is read: a header that claims more is not believed.
pub(super) const PACKET_BYTES_MAX: u64 = 64 << 20;

/// Why a packet is not read that lies beyond the end of the file.
pub(super) const CUT: &str = "the file is cut: a packet goes beyond its end";

/// The coding of a track's packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Codec {
    Aac,
    /// MPEG audio, of which the first packet tells the layer.
    Mpeg,
    Alac,
    Flac,
    Vorbis,
    Opus,
    /// Apple's ADPCM: 34 bytes and 64 samples a block and channel.
    ImaQt,
    Pcm(SampleFormat),
    /// Another, by its name.
    Other(String),
}

/// One audio track.
pub(in super::super) struct Track {
    pub(in super::super) container: ContainerKind,
    pub(in super::super) codec: Codec,
    /// The codec's own header, as its decoder wants it.
    pub(in super::super) config: Vec<u8>,
    pub(in super::super) sample_rate_hz: u32,
    pub(in super::super) n_channels: usize,
    /// The parts of the decoded frames that are played, in order of playing. An end of `u64::MAX` is the track's.
    pub(in super::super) played: Vec<Range<u64>>,
    /// Frames that are played, where the tables tell.
    pub(in super::super) n_frames: Option<u64>,
    pub(in super::super) n_file_bytes: u64,
    pub(in super::super) remarks: Vec<Remark>,
    pub(in super::super) packets: Box<dyn PacketSource>,
}

/// Facts on a packet beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct PacketTrim {
    /// The frames that it has at most: the last packet's duration.
    pub(in super::super) n_frames_max: Option<u64>,
    /// Frames at its end that are no sound.
    pub(in super::super) n_padding: u64,
}

/// The packets of a track, one after the other.
pub(in super::super) trait PacketSource: Send + Sync {
    /// Replaces `data` by the next packet's bytes; `None` at the end, or the reason why there are no more.
    fn next_packet(&mut self, data: &mut Vec<u8>) -> Result<Option<PacketTrim>, String>;

    /// Begins again.
    fn rewind(&mut self);
}

/// The header of a frame of MPEG audio (ISO 11172-3, section 2.4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct MpegFrame {
    pub(in super::super) layer: u8,
    pub(in super::super) sample_rate_hz: u32,
    pub(in super::super) n_channels: usize,
    pub(in super::super) n_frames: u64,
}

impl MpegFrame {
    /// Reads the first bytes of a packet; `None` where they are no header.
    pub(in super::super) fn parse(packet: &[u8]) -> Option<Self> {
        let &[0xFF, b, c, d, ..] = packet else { return None };
        let (version, layer) = (b >> 3 & 3, 4 - (b >> 1 & 3));
        if b & 0xE0 != 0xE0 || version == 1 || layer == 4 {
            return None;
        }
        let rate_mpeg1 = *[44_100, 48_000, 32_000].get(usize::from(c >> 2 & 3))?;
        let (sample_rate_hz, is_mpeg1) = match version {
            3 => (rate_mpeg1, true),
            2 => (rate_mpeg1 / 2, false),
            _ => (rate_mpeg1 / 4, false),
        };
        let n_frames = match layer {
            1 => 384,
            3 if !is_mpeg1 => 576,
            _ => 1_152,
        };
        Some(Self { layer, sample_rate_hz, n_channels: if d >> 6 == 3 { 1 } else { 2 }, n_frames })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_mpeg_audio_tells_what_it_is() {
        let frame = MpegFrame::parse(&[0xFF, 0xFB, 0x90, 0xC0]).unwrap();
        let expected = MpegFrame { layer: 3, sample_rate_hz: 44_100, n_channels: 1, n_frames: 1_152 };
        assert_eq!(frame, expected);
        let half = MpegFrame::parse(&[0xFF, 0xF3, 0x84, 0x00]).unwrap();
        assert_eq!((half.sample_rate_hz, half.n_channels, half.n_frames), (24_000, 2, 576));
        assert_eq!(MpegFrame::parse(&[0xFF, 0xFB, 0x9C, 0x00]), None, "the rate is reserved");
        assert_eq!(MpegFrame::parse(&[0xFF, 0xFB]), None);
    }
}
