//! Opus packets to samples, for the containers whose reader has no Opus decoder of its own.
//!
//! The decoder is pure Rust, so that a build needs no C library. The header is that of RFC 7845, section 5.1, and a
//! packet's duration that of RFC 6716, section 3.1.

use opus_pure::OpusMSDecoder;

/// Opus always decodes to this rate, whatever was encoded.
pub(super) const SAMPLE_RATE_HZ: u32 = 48_000;

/// The longest packet lasts 120 ms.
const PACKET_FRAMES_MAX: usize = 5_760;

/// What the identification header says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Head {
    /// Channels of the output.
    pub(super) n_channels: usize,
    /// Frames at the start of the output that belong to the codec, not to the recording.
    pub(super) pre_skip: u64,
    /// Factor that every decoder has to apply to its output.
    gain: f32,
    mapping_family: u8,
}

impl Head {
    /// Reads an `OpusHead` packet; `None` where it is too short or something else.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let fields = packet.strip_prefix(b"OpusHead")?;
        let gain_q8_db = i16::from_le_bytes([*fields.get(8)?, *fields.get(9)?]);
        Some(Self {
            n_channels: usize::from(*fields.get(1)?),
            pre_skip: u64::from(u16::from_le_bytes([*fields.get(2)?, *fields.get(3)?])),
            gain: 10f32.powf(f32::from(gain_q8_db) / (20.0 * 256.0)),
            mapping_family: *fields.get(10)?,
        })
    }
}

/// The decoder of one Opus stream.
pub(super) struct OpusStream {
    decoder: OpusMSDecoder,
    head: Head,
    pcm: Vec<f32>,
}

impl OpusStream {
    /// A decoder for the stream that `head` describes, or why there is none.
    pub(super) fn new(head: Head) -> Result<Self, String> {
        let decoder = OpusMSDecoder::new(SAMPLE_RATE_HZ as i32, head.n_channels, head.mapping_family)
            .map_err(|error| format!("Opus: {error}"))?;
        Ok(Self { decoder, head, pcm: vec![0.0; PACKET_FRAMES_MAX * head.n_channels] })
    }

    /// Decodes a packet to interleaved samples, or says what is wrong with it.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<&[f32], String> {
        // An empty packet would ask the decoder to conceal a loss: nothing may be invented here.
        if packet_frames(packet).is_none() {
            return Err("Opus: invalid packet".into());
        }
        let n_frames = self
            .decoder
            .decode(packet, PACKET_FRAMES_MAX, &mut self.pcm)
            .map_err(|error| format!("Opus: {error}"))?;
        let samples = &mut self.pcm[..n_frames * self.head.n_channels];
        if self.head.gain != 1.0 {
            for sample in samples.iter_mut() {
                *sample *= self.head.gain;
            }
        }
        Ok(samples)
    }
}

/// Frames that a packet decodes to at 48 kHz; `None` where it is not an Opus packet.
pub(super) fn packet_frames(packet: &[u8]) -> Option<u64> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let count = match toc & 0b11 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(*packet.get(1)? & 0b11_1111),
    };
    let frames = frame * count;
    (1..=PACKET_FRAMES_MAX as u64).contains(&frames).then_some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Durations of the configurations are those of RFC 6716, table 2, in samples at 48 kHz.
    #[test]
    fn a_packets_duration_comes_from_its_first_bytes() {
        assert_eq!(packet_frames(&[0 << 3, 0]), Some(480), "SILK, 10 ms");
        assert_eq!(packet_frames(&[11 << 3, 0]), Some(2_880), "SILK, 60 ms");
        assert_eq!(packet_frames(&[13 << 3 | 1, 0]), Some(1_920), "hybrid, twice 20 ms");
        assert_eq!(packet_frames(&[16 << 3 | 3, 5]), Some(600), "CELT, five times 2.5 ms");
        assert_eq!(packet_frames(&[31 << 3 | 3, 7]), None, "140 ms are more than a packet may hold");
        assert_eq!(packet_frames(&[31 << 3 | 3]), None, "the count is missing");
        assert_eq!(packet_frames(&[]), None);
    }

    #[test]
    fn the_header_gives_channels_skip_and_gain() {
        let mut packet = b"OpusHead\x01\x02".to_vec();
        packet.extend(312u16.to_le_bytes());
        packet.extend(44_100u32.to_le_bytes());
        packet.extend((-6 * 256i16).to_le_bytes());
        packet.push(0);
        let head = Head::parse(&packet).unwrap();
        assert_eq!((head.n_channels, head.pre_skip), (2, 312));
        assert!((20.0 * head.gain.log10() + 6.0).abs() < 1e-5);
        assert_eq!(Head::parse(&packet[..18]), None);
    }
}
