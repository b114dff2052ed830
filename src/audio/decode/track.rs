//! A track whose packets the container's walk reads: a decoder decodes them, and what is not played is left out.

use std::ops::Range;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ADPCM_IMA_QT, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_MP1, CODEC_ID_MP2,
    CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS,
};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::backend::Backend;
use super::codecs::{Decoder, codec_name};
use super::convert::to_f32;
use super::info::SourceInfo;
use super::packets::{FRAMES_PER_BYTE_MAX, is_intact_flac};
use crate::audio::container::{Codec, MpegFrame, Refusal, SampleFormat, Track, ends_in_sbr};
use crate::audio::opus;
use crate::audio::remark::Remark;
use crate::error::Result;
use crate::monitor::Monitor;
use crate::settings::SAMPLE_RATES_HZ;

/// Jumps back that edits may make: each time, decoding begins again.
const JUMPS_MAX: usize = 16;

/// Packets in which the data of HE-AAC are looked for.
const SBR_PACKETS: u32 = 32;

/// The most channels that a track may have.
const CHANNELS_MAX: usize = 255;

/// Frames that a block of Apple's ADPCM decodes to.
const IMA_FRAMES: u64 = 64;

/// A decoder from packets to samples.
enum TrackDecoder {
    Packets(Decoder),
    Pcm(SampleFormat),
}

/// A track from its first to its last frame.
pub(super) struct TrackReader {
    info: SourceInfo,
    track: Track,
    decoder: TrackDecoder,
    data: Vec<u8>,
    /// The last packet's samples.
    decoded: Vec<f32>,
    /// The frames of the track that they are.
    span: Range<u64>,
    /// The part of the samples that was given last.
    given: Range<usize>,
    /// The part of the track that is played, and the frame to go on from.
    part: usize,
    next: u64,
    n_jumps: usize,
    n_checked: u32,
    n_with_sbr: u32,
}

impl TrackReader {
    /// Reads `track`; fails with the reason where no decoder does.
    pub(super) fn open(track: Track) -> Result<Self, Refusal> {
        let rate_hz = track.sample_rate_hz;
        let decoder = new_decoder(&track)?;
        if !SAMPLE_RATES_HZ.contains(&rate_hz) {
            let (min, max) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
            let reason = format!("its sample rate is {rate_hz} Hz, which is not within {min} to {max} Hz");
            return Err(reason.into());
        }
        if track.n_channels == 0 {
            return Err("its number of channels is not known".into());
        }
        let codec = match &track.codec {
            Codec::Pcm(format) => format.name(),
            _ => codec_name(&params(&track)?),
        };
        let info = SourceInfo {
            sample_rate_hz: rate_hz,
            n_channels: track.n_channels,
            codec,
            container: track.container.name().to_owned(),
        };
        Ok(Self {
            info,
            decoder,
            data: Vec::new(),
            decoded: Vec::new(),
            span: 0..0,
            given: 0..0,
            part: 0,
            next: track.played.first().map_or(0, |part| part.start),
            n_jumps: 0,
            n_checked: 0,
            n_with_sbr: 0,
            track,
        })
    }

    /// The number of frames, from the tables or from the packets; `None` where only decoding tells.
    pub(super) fn count_frames(&mut self, monitor: &dyn Monitor) -> Result<Option<u64>> {
        if let Some(n_frames) = self.expected_frames() {
            return Ok(Some(n_frames));
        }
        let mut n_decoded = 0u64;
        while let Ok(Some(trim)) = self.track.packets.next_packet(&mut self.data) {
            monitor.check()?;
            let Some(n_frames) = self.packet_frames() else { return Ok(None) };
            let n_frames = n_frames.min(trim.n_frames_max.unwrap_or(u64::MAX));
            n_decoded = n_decoded.saturating_add(n_frames.saturating_sub(trim.n_padding));
        }
        let length = |part: &Range<u64>| part.end.min(n_decoded).saturating_sub(part.start);
        Ok(Some(self.track.played.iter().map(length).sum()))
    }

    /// Frames that the packet in `data` decodes to; `None` where only decoding tells.
    fn packet_frames(&self) -> Option<u64> {
        let n_bytes = self.data.len();
        match &self.track.codec {
            Codec::Aac => Some(1_024),
            Codec::Mpeg => MpegFrame::parse(&self.data).map(|frame| frame.n_frames),
            Codec::Opus => opus::packet_frames(&self.data),
            Codec::ImaQt => Some((n_bytes / (34 * self.track.n_channels)) as u64 * IMA_FRAMES),
            Codec::Pcm(format) => Some((n_bytes / (format.n_bytes() * self.track.n_channels)) as u64),
            Codec::Alac | Codec::Flac | Codec::Vorbis | Codec::Other(_) => None,
        }
    }

    /// Decodes the next packet; false at the end.
    fn decode_next(&mut self) -> Result<bool, String> {
        let Some(trim) = self.track.packets.next_packet(&mut self.data)? else {
            self.judge_sbr();
            return Ok(false);
        };
        self.span.start = self.span.end;
        if self.data.is_empty() {
            self.decoded.clear();
            return Ok(true);
        }
        let n_channels = self.info.n_channels;
        match &mut self.decoder {
            TrackDecoder::Pcm(format) => {
                let n_frames = self.data.len() / (format.n_bytes() * n_channels);
                self.decoded.resize(n_frames * n_channels, 0.0);
                to_f32(*format, &self.data[..n_frames * n_channels * format.n_bytes()], &mut self.decoded);
            }
            TrackDecoder::Packets(decoder) => {
                if self.track.codec == Codec::Flac && !is_intact_flac(&self.data) {
                    return Err("the stream is corrupt (a FLAC frame's checksum does not match)".into());
                }
                let n_ima = (self.data.len() / (34 * n_channels)) as u64 * IMA_FRAMES;
                let packet = Packet::new(0, Timestamp::ZERO, Duration::new(n_ima), self.data.as_slice());
                let spec = decoder.decode(&packet, &mut self.decoded)?;
                if let Some((rate_hz, found_channels)) = spec
                    && (rate_hz, found_channels) != (self.info.sample_rate_hz, n_channels)
                {
                    return Err(format!(
                        "the stream changes from {} channels at {} Hz to {found_channels} at {rate_hz} Hz",
                        n_channels, self.info.sample_rate_hz
                    ));
                }
            }
        }
        if self.track.codec == Codec::Aac && self.n_checked < SBR_PACKETS {
            self.n_checked += 1;
            self.n_with_sbr += u32::from(ends_in_sbr(&self.data));
            if self.n_checked == SBR_PACKETS {
                self.judge_sbr();
            }
        }
        let n_decoded = (self.decoded.len() / n_channels) as u64;
        let n_kept = n_decoded.min(trim.n_frames_max.unwrap_or(u64::MAX)).saturating_sub(trim.n_padding);
        self.span.end = self.span.start + n_kept;
        Ok(true)
    }

    /// Remarks upon HE-AAC that no header announced.
    fn judge_sbr(&mut self) {
        let remarks = &mut self.track.remarks;
        let is_known = remarks.iter().any(|remark| matches!(remark, Remark::CoreOnly { .. }));
        if 2 * self.n_with_sbr > self.n_checked && !is_known {
            remarks.push(Remark::CoreOnly { up_to_hz: self.info.sample_rate_hz / 2 });
        }
    }

    /// Goes on with the next part that is played.
    fn next_part(&mut self) {
        self.part += 1;
        self.next = self.track.played.get(self.part).map_or(0, |part| part.start);
    }
}

impl Backend for TrackReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn expected_frames(&self) -> Option<u64> {
        let n_max = self.track.n_file_bytes.saturating_mul(FRAMES_PER_BYTE_MAX);
        self.track.n_frames.filter(|n_frames| *n_frames <= n_max)
    }

    fn advance(&mut self) -> Result<bool, String> {
        loop {
            let Some(part) = self.track.played.get(self.part).cloned() else {
                self.judge_sbr();
                return Ok(false);
            };
            if self.next >= part.end {
                self.next_part();
            } else if self.next < self.span.start {
                self.n_jumps += 1;
                if self.n_jumps > JUMPS_MAX {
                    return Err(format!("its edits jump back more than {JUMPS_MAX} times"));
                }
                self.track.packets.rewind();
                self.decoder = new_decoder(&self.track)?;
                self.span = 0..0;
                self.decoded.clear();
            } else if self.next < self.span.end {
                let end = self.span.end.min(part.end);
                let n_channels = self.info.n_channels;
                let offset = |frame: u64| (frame - self.span.start) as usize * n_channels;
                self.given = offset(self.next)..offset(end);
                self.next = end;
                return Ok(true);
            } else if !self.decode_next()? {
                self.next_part();
            }
        }
    }

    fn samples(&self) -> &[f32] {
        &self.decoded[self.given.clone()]
    }

    fn flaw(&self) -> Option<&str> {
        None
    }

    fn remarks(&self) -> &[Remark] {
        &self.track.remarks
    }
}

fn new_decoder(track: &Track) -> Result<TrackDecoder, Refusal> {
    match &track.codec {
        Codec::Pcm(_) if track.n_channels > CHANNELS_MAX => {
            Err(format!("it has {} channels; up to {CHANNELS_MAX} can be read", track.n_channels).into())
        }
        Codec::Pcm(format) => Ok(TrackDecoder::Pcm(*format)),
        _ => Decoder::new(&params(track)?, false).map(TrackDecoder::Packets),
    }
}

/// A track in symphonia's terms.
fn params(track: &Track) -> Result<AudioCodecParameters, Refusal> {
    let mut params = AudioCodecParameters::new();
    let codec = match &track.codec {
        Codec::Aac => CODEC_ID_AAC,
        Codec::Mpeg => match track.config.first() {
            Some(1) => CODEC_ID_MP1,
            Some(2) => CODEC_ID_MP2,
            _ => CODEC_ID_MP3,
        },
        Codec::Alac => CODEC_ID_ALAC,
        Codec::Flac => CODEC_ID_FLAC,
        Codec::Vorbis => CODEC_ID_VORBIS,
        Codec::Opus => CODEC_ID_OPUS,
        Codec::ImaQt => CODEC_ID_ADPCM_IMA_QT,
        Codec::Pcm(format) => return Err(format.name().into()),
        Codec::Other(name) => {
            return Err(Refusal::unsupported(format!(
                "its codec is not one that can be read ({name}); convert it to FLAC or WAV"
            )));
        }
    };
    params
        .for_codec(codec)
        .with_sample_rate(track.sample_rate_hz)
        .with_channels(Channels::Discrete(u16::try_from(track.n_channels).unwrap_or(u16::MAX)))
        .with_max_frames_per_packet(MAX_IMA_FRAMES)
        .with_frames_per_block(IMA_FRAMES);
    if !matches!(track.codec, Codec::Mpeg | Codec::ImaQt) {
        params.with_extra_data(track.config.clone().into_boxed_slice());
    }
    Ok(params)
}

/// The most frames of a packet of ADPCM: what the walk joins, and more.
const MAX_IMA_FRAMES: u64 = 64 * 1_024;
