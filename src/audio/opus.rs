//! Opus packets to samples, for the containers whose reader has no Opus decoder of its own.
//!
//! The decoder is pure Rust, so that a build needs no C library. The header is that of RFC 7845, section 5.1, and a
//! packet's duration that of RFC 6716, section 3.1.

use opus_pure::OpusDecoder;

/// Opus always decodes to this rate, whatever was encoded.
pub(super) const SAMPLE_RATE_HZ: u32 = 48_000;

/// The longest packet lasts 120 ms.
const PACKET_FRAMES_MAX: usize = 5_760;

/// The channel of the output that no stream fills.
const SILENT: u8 = 255;

/// The identification header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// Channels of the output.
    pub(super) n_channels: usize,
    /// Frames at the start of the output that belong to the codec, not to the recording.
    pub(super) pre_skip: u64,
    /// Factor that every decoder has to apply to its output.
    gain: f32,
    /// Streams in every packet, of which the first `n_coupled` are stereo and the others mono.
    n_streams: usize,
    n_coupled: usize,
    /// For each channel of the output the decoded channel that fills it, counted through all streams.
    mapping: Vec<u8>,
}

impl Head {
    /// Reads an `OpusHead` packet; `None` where it is too short or something else, or where its channels cannot be.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let fields = packet.strip_prefix(b"OpusHead")?;
        let n_channels = *fields.get(1)?;
        let gain_q8_db = i16::from_le_bytes([*fields.get(8)?, *fields.get(9)?]);
        let (n_streams, n_coupled, mapping) = match (*fields.get(10)?, n_channels) {
            (0, 1) => (1, 0, vec![0]),
            (0, 2) => (1, 1, vec![0, 1]),
            // Family 3 mixes its streams by a matrix.
            (0 | 3, _) => return None,
            // All others have a table, whatever their channels mean.
            _ => {
                let mapping = fields.get(13..13 + usize::from(n_channels))?.to_vec();
                (usize::from(*fields.get(11)?), usize::from(*fields.get(12)?), mapping)
            }
        };
        let n_decoded = n_streams + n_coupled;
        let is_possible = n_channels > 0
            && n_streams > 0
            && n_coupled <= n_streams
            && n_decoded <= 255
            && mapping.iter().all(|channel| *channel == SILENT || usize::from(*channel) < n_decoded);
        is_possible.then(|| Self {
            n_channels: usize::from(n_channels),
            pre_skip: u64::from(u16::from_le_bytes([fields[2], fields[3]])),
            gain: 10f32.powf(f32::from(gain_q8_db) / (20.0 * 256.0)),
            n_streams,
            n_coupled,
            mapping,
        })
    }
}

/// The decoder of one Opus stream.
pub(super) struct OpusStream {
    /// One for each of the streams in a packet.
    decoders: Vec<OpusDecoder>,
    head: Head,
    /// Samples of one of them.
    decoded: Vec<f32>,
    /// The packet of one of them, without its length.
    undelimited: Vec<u8>,
    pcm: Vec<f32>,
}

impl OpusStream {
    /// A decoder for the stream that `head` describes, or why there is none.
    pub(super) fn new(head: Head) -> Result<Self, String> {
        let decoder =
            |stream| OpusDecoder::new(SAMPLE_RATE_HZ as i32, if stream < head.n_coupled { 2 } else { 1 });
        let decoders = (0..head.n_streams).map(decoder).collect::<Result<_, _>>();
        Ok(Self {
            decoders: decoders.map_err(|error| format!("Opus: {error}"))?,
            decoded: vec![0.0; 2 * PACKET_FRAMES_MAX],
            undelimited: Vec::new(),
            pcm: vec![0.0; PACKET_FRAMES_MAX * head.n_channels],
            head,
        })
    }

    /// Decodes a packet to interleaved samples, or says what is wrong with it.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<&[f32], String> {
        // An empty packet would ask the decoder to conceal a loss: nothing may be invented here.
        let Some(n_frames) = packet_frames(packet) else { return Err("Opus: invalid packet".into()) };
        let (n_frames, n_channels) = (n_frames as usize, self.head.n_channels);
        let samples = &mut self.pcm[..n_frames * n_channels];
        samples.fill(0.0);
        let mut rest = packet;
        let mut first_channel = 0;
        for (stream, decoder) in self.decoders.iter_mut().enumerate() {
            let is_last = stream + 1 == self.head.n_streams;
            let own = if is_last {
                rest
            } else {
                // All streams but the last say how long their packet is (RFC 6716, appendix B).
                let lengths = opus_lengths(rest).ok_or("Opus: invalid packet of several streams")?;
                self.undelimited.clear();
                self.undelimited.extend_from_slice(&rest[..lengths.extra_start]);
                self.undelimited.extend_from_slice(&rest[lengths.extra_end..lengths.end]);
                rest = &rest[lengths.end..];
                &self.undelimited
            };
            if packet_frames(own) != Some(n_frames as u64) {
                return Err("Opus: the streams of a packet differ in duration".into());
            }
            let n_decoded = decoder
                .decode(own, PACKET_FRAMES_MAX, &mut self.decoded)
                .map_err(|error| format!("Opus: {error}"))?;
            if n_decoded != n_frames {
                return Err("Opus: a packet has another duration than it says".into());
            }
            let width = if stream < self.head.n_coupled { 2 } else { 1 };
            for (channel, source) in self.head.mapping.iter().enumerate() {
                let Some(offset) =
                    usize::from(*source).checked_sub(first_channel).filter(|offset| *offset < width)
                else {
                    continue;
                };
                if *source == SILENT {
                    continue;
                }
                let decoded = self.decoded.iter().skip(offset).step_by(width);
                for (sample, decoded) in samples.iter_mut().skip(channel).step_by(n_channels).zip(decoded) {
                    *sample = decoded * self.head.gain;
                }
            }
            first_channel += width;
        }
        Ok(samples)
    }
}

/// Where a packet that says its own length ends, and where the length stands that other packets do without.
struct Lengths {
    extra_start: usize,
    extra_end: usize,
    end: usize,
}

/// Follows the lengths in a self-delimited packet (RFC 6716, section 3.2 and appendix B); `None` where they lead beyond
/// `packet`.
fn opus_lengths(packet: &[u8]) -> Option<Lengths> {
    let mut position = 1;
    let length = |position: &mut usize| -> Option<usize> {
        let first = usize::from(*packet.get(*position)?);
        *position += 1;
        if first < 252 {
            return Some(first);
        }
        let second = usize::from(*packet.get(*position)?);
        *position += 1;
        Some(4 * second + first)
    };
    let (mut n_body, mut n_padding) = (0, 0);
    let n_last;
    let extra_start;
    match packet.first()? & 3 {
        0 => {
            extra_start = position;
            n_last = length(&mut position)?;
        }
        1 => {
            extra_start = position;
            n_last = 2 * length(&mut position)?;
        }
        2 => {
            n_body = length(&mut position)?;
            extra_start = position;
            n_last = length(&mut position)?;
        }
        _ => {
            let kind = *packet.get(position)?;
            position += 1;
            let n_frames = usize::from(kind & 0x3F);
            if n_frames == 0 {
                return None;
            }
            // Bytes of 255 count 254 and another byte.
            let mut goes_on = kind & 0x40 != 0;
            while goes_on {
                let n_more = usize::from(*packet.get(position)?);
                position += 1;
                n_padding += n_more.min(254);
                goes_on = n_more == 255;
            }
            if kind & 0x80 == 0 {
                extra_start = position;
                n_last = n_frames * length(&mut position)?;
            } else {
                for _ in 1..n_frames {
                    n_body += length(&mut position)?;
                }
                extra_start = position;
                n_last = length(&mut position)?;
            }
        }
    }
    let end = position + n_body + n_last + n_padding;
    (end <= packet.len()).then_some(Lengths { extra_start, extra_end: position, end })
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

    #[test]
    fn the_table_of_channels_must_fit_its_streams() {
        let head = |family: u8, n_channels: u8, table: &[u8]| {
            let mut packet = b"OpusHead\x01".to_vec();
            packet.push(n_channels);
            packet.extend([0; 8]);
            packet.push(family);
            packet.extend(table);
            Head::parse(&packet)
        };
        let surround = head(1, 6, &[4, 2, 0, 4, 1, 2, 3, 5]).unwrap();
        assert_eq!((surround.n_streams, surround.n_coupled, surround.n_channels), (4, 2, 6));
        assert!(head(255, 3, &[3, 0, 0, 1, 2]).is_some());
        assert!(head(255, 3, &[3, 0, 0, 1, SILENT]).is_some(), "a channel may be silent");
        assert_eq!(head(255, 3, &[3, 0, 0, 1, 3]), None, "there is no fourth");
        assert_eq!(head(255, 3, &[3, 0, 0, 1]), None, "the table is cut");
        assert_eq!(head(255, 1, &[0, 0, 0]), None, "no stream");
        assert_eq!(head(1, 2, &[1, 2, 0, 1]), None, "more pairs than streams");
        assert_eq!(head(0, 3, &[]), None, "family 0 has two channels at most");
    }

    #[test]
    fn a_packets_own_length_is_found_and_left_out() {
        let found = |packet: &[u8]| opus_lengths(packet).map(|l| (l.extra_start, l.extra_end, l.end));
        assert_eq!(found(&[0, 2, 8, 9, 7]), Some((1, 2, 4)), "one frame");
        assert_eq!(found(&[1, 2, 8, 9, 8, 9, 7]), Some((1, 2, 6)), "two of one size");
        assert_eq!(found(&[2, 1, 2, 5, 8, 9, 7]), Some((2, 3, 6)), "two of different sizes");
        assert_eq!(found(&[3, 3, 1, 5, 6, 7, 0]), Some((2, 3, 6)), "three of one size");
        assert_eq!(found(&[3, 0x82, 1, 2, 5, 8, 9, 0]), Some((3, 4, 7)), "two with sizes");
        assert_eq!(found(&[3, 0x41, 2, 1, 5, 0, 0, 9]), Some((3, 4, 7)), "padding");
        let mut long = vec![0, 253, 1];
        long.resize(3 + 257, 0);
        assert_eq!(found(&long), Some((1, 3, 260)), "a length of two bytes");
        assert_eq!(found(&[0, 5, 1]), None);
        assert_eq!(found(&[3, 0]), None);
    }
}
