//! Files of packets: symphonia demultiplexes, a decoder decodes, and what the container said is trimmed.

use std::ops::Range;

use symphonia::core::audio::Channels;
use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW,
};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, Monitor as _};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::backend::Backend;
use super::codecs::{Decoder, codec_name, opus_head, probe_refusal, words};
use super::flac_tail;
use super::info::SourceInfo;
use crate::audio::container::{Container, ContainerKind, Frames, Refusal, Source, is_tag};
use crate::audio::remark::Remark;
use crate::error::Result;
use crate::monitor::Monitor;
use crate::settings::SAMPLE_RATES_HZ;

/// The most frames that a byte of any codec can hold: FLAC's constant blocks reach 6 000.
///
/// A header that claims more is not believed, and the packets are counted instead.
pub(super) const FRAMES_PER_BYTE_MAX: u64 = 8_192;

/// A file of packets from its first to its last frame.
pub(super) struct PacketReader {
    info: SourceInfo,
    stream: Stream,
    decoder: Decoder,
    /// The last packet's samples.
    decoded: Vec<f32>,
    /// The part of them that counts.
    range: Range<usize>,
    skip_left: u64,
    n_frames: u64,
}

impl PacketReader {
    /// Reads `stream`; fails with the reason where no decoder does. With `is_checked` the sound is compared with the
    /// header's checksum of it.
    pub(super) fn open(stream: Stream, is_checked: bool) -> Result<Self, Refusal> {
        let decoder = Decoder::new(&stream.params, is_checked)?;
        Ok(Self {
            info: stream.info(),
            skip_left: stream.skip,
            stream,
            decoder,
            decoded: Vec::new(),
            range: 0..0,
            n_frames: 0,
        })
    }

    /// Decodes packets until one yields samples; their range in `decoded`, trimmed. `None` at the end.
    fn next_range(&mut self) -> Result<Option<Range<usize>>, String> {
        let n_channels = self.info.n_channels;
        let Some(packet) = self.stream.next_packet()? else { return Ok(None) };
        let spec = self.decoder.decode(&packet, &mut self.decoded)?;
        if let Some((rate_hz, found_channels)) = spec
            && (rate_hz, found_channels) != (self.info.sample_rate_hz, n_channels)
        {
            return Err(format!(
                "the stream changes from {} channels at {} Hz to {found_channels} at {rate_hz} Hz",
                n_channels, self.info.sample_rate_hz
            ));
        }
        let n_decoded = (self.decoded.len() / n_channels) as u64;
        let (trim_start, trim_end) = match (&self.decoder, self.stream.container) {
            (Decoder::Opus(_), ContainerKind::Ogg) => (packet.trim_start.get(), packet.trim_end.get()),
            _ => (0, 0),
        };
        let end = n_decoded.saturating_sub(trim_end);
        let mut start = trim_start.min(end);
        let n_skipped = self.skip_left.min(end - start);
        self.skip_left -= n_skipped;
        start += n_skipped;
        let n_wanted = self.stream.frames.map_or(u64::MAX, |frames| frames - self.n_frames);
        let end = end.min(start.saturating_add(n_wanted));
        Ok(Some(start as usize * n_channels..end as usize * n_channels))
    }
}

impl PacketReader {
    /// Compares what was read with what the header says of it; false, since no more follows.
    fn finish(&mut self) -> Result<bool, String> {
        self.stream.check_promise(self.n_frames)?;
        if self.stream.flaw.is_none() && self.decoder.agrees_with_sum() == Some(false) {
            self.stream.remarks.push(Remark::WrongMd5);
        }
        Ok(false)
    }
}

impl Backend for PacketReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn expected_frames(&self) -> Option<u64> {
        self.stream.frames
    }

    fn advance(&mut self) -> Result<bool, String> {
        loop {
            if self.stream.frames == Some(self.n_frames) {
                return self.finish();
            }
            let Some(range) = self.next_range()? else { return self.finish() };
            self.range = range;
            let n_samples = self.range.len();
            if n_samples > 0 {
                self.n_frames += (n_samples / self.info.n_channels) as u64;
                return Ok(true);
            }
        }
    }

    fn samples(&self) -> &[f32] {
        &self.decoded[self.range.clone()]
    }

    fn flaw(&self) -> Option<&str> {
        self.stream.flaw.as_deref()
    }

    fn remarks(&self) -> &[Remark] {
        &self.stream.remarks
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len())
    }
}

/// The packets of the file's audio track, and what is known about them.
pub(super) struct Stream {
    format: Box<dyn FormatReader>,
    container: ContainerKind,
    params: AudioCodecParameters,
    track_id: u32,
    sample_rate_hz: u32,
    n_channels: usize,
    /// Packets are counted in frames.
    has_frame_clock: bool,
    skip: u64,
    /// Frames to read; `None` where only the packets tell.
    frames: Option<u64>,
    /// Bytes of packets that are still to come, where that is known.
    n_bytes_left: Option<u64>,
    flaw: Option<String>,
    remarks: Vec<Remark>,
    /// Frames that the header promises, perhaps wrongly.
    promised: Option<u64>,
    /// Where no mark says that the stream ends: whether the last packet is of full length, which that of an end is rarely.
    looks_cut: Option<bool>,
    /// The duration of the longest packet so far.
    longest: u64,
    /// The source of FLAC's demultiplexer, for the bytes that it leaves over.
    whole: Option<Source>,
    next_pts: Option<i64>,
    /// True where another stream follows.
    is_over: bool,
}

impl Stream {
    /// Finds the audio track; fails with the reason where there is none that can be read.
    pub(super) fn open(mut container: Container) -> Result<Self, Refusal> {
        let (promised, lacks_end_mark) = (container.promised, container.lacks_end_mark);
        let hidden_head = container.opus_head.take();
        let whole = (container.kind == ContainerKind::Flac).then(|| container.source.clone());
        let Container { kind: container, probe, source, skip, frames, n_packet_bytes, flaw, remarks, .. } =
            container;
        let n_bytes = source.len();
        let mut hint = Hint::new();
        hint.with_extension(probe.hint());
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| probe_refusal(&error))?;
        let track = format.default_track(TrackType::Audio).ok_or("there is no audio track in it")?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let mut params = corrected(params.ok_or("its audio track is not described")?, container);
        if let Some(head) = hidden_head {
            params.extra_data = Some(head.into_boxed_slice());
        }
        let sample_rate_hz = params.sample_rate.ok_or("its sample rate is not known")?;
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            let (min, max) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
            let reason =
                format!("its sample rate is {sample_rate_hz} Hz, which is not within {min} to {max} Hz");
            return Err(reason.into());
        }
        let head = opus_head(&params);
        let n_channels = params.channels.as_ref().map_or(0, Channels::count);
        let n_channels = head.as_ref().map_or(n_channels, |head| head.n_channels);
        if n_channels == 0 {
            return Err("its number of channels is not known".into());
        }
        let opus_skip = head.as_ref().map(|head| head.pre_skip);
        let frames = match frames {
            Frames::Known(frames) => Some(frames),
            Frames::Packets => None,
        };
        let is_plausible = |frames: &u64| *frames <= n_bytes.saturating_mul(FRAMES_PER_BYTE_MAX);
        Ok(Self {
            container,
            track_id: track.id,
            sample_rate_hz,
            n_channels,
            has_frame_clock: track
                .time_base
                .is_some_and(|base| base.numer.get() == 1 && base.denom.get() == sample_rate_hz),
            skip: opus_skip.unwrap_or(skip),
            frames: frames.filter(is_plausible),
            n_bytes_left: n_packet_bytes,
            flaw,
            remarks,
            promised: promised.filter(is_plausible),
            looks_cut: lacks_end_mark.then_some(true),
            longest: 0,
            whole,
            is_over: false,
            next_pts: (container == ContainerKind::Flac).then_some(0),
            params,
            format,
        })
    }

    /// The content of the headers.
    pub(super) fn info(&self) -> SourceInfo {
        SourceInfo {
            sample_rate_hz: self.sample_rate_hz,
            n_channels: self.n_channels,
            codec: codec_name(&self.params),
            container: self.container.name().to_owned(),
        }
    }

    /// Fails with the reason where no decoder reads the track: then it has no length that would count.
    pub(super) fn check_decoder(&self) -> Result<(), Refusal> {
        Decoder::new(&self.params, false).map(drop)
    }

    /// The number of frames, from the headers or from the packets' durations; `None` where only decoding tells.
    pub(super) fn count_frames(&mut self, monitor: &dyn Monitor) -> Result<Option<u64>> {
        if self.frames.is_some() {
            return Ok(self.frames);
        }
        let mut n_frames = 0u64;
        while let Ok(Some(packet)) = self.next_packet() {
            monitor.check()?;
            let Some(packet_frames) = self.packet_frames(&packet) else { return Ok(None) };
            n_frames = n_frames.saturating_add(packet_frames);
        }
        Ok(Some(n_frames.saturating_sub(self.skip)))
    }

    /// The track's next packet, or why there is none although the stream should go on.
    fn next_packet(&mut self) -> Result<Option<Packet>, String> {
        if self.is_over {
            return Ok(None);
        }
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                // A page of Ogg is whole, or else is not in the source.
                Err(error) if self.container == ContainerKind::Ogg && is_end(&error) => return self.end(),
                Err(error) => return Err(words(&error)),
            };
            if packet.track_id != self.track_id {
                continue;
            }
            if matches!(self.container, ContainerKind::Flac | ContainerKind::Ogg) {
                // These carry positions, so that a packet that was dropped as corrupt leaves a gap.
                let pts = packet.pts.get();
                if self.next_pts.is_some_and(|expected| pts > expected) {
                    return Err("a part is missing or corrupt here".into());
                }
                if self.container == ContainerKind::Flac
                    && self.next_pts.is_some_and(|expected| pts < expected)
                {
                    self.flaw = Some("another FLAC stream is joined here, which is not read".into());
                    self.is_over = true;
                    return self.end();
                }
                let n_bytes = packet.data.len() as u64;
                self.n_bytes_left = self.n_bytes_left.map(|n_left| n_left.saturating_sub(n_bytes));
                self.next_pts = Some(pts.saturating_add_unsigned(packet.block_dur().get()));
                let duration = packet.block_dur().get();
                let is_short = self.params.codec == CODEC_ID_FLAC && duration < self.longest;
                let is_full = packet.trim_end.get() == 0 && !is_short;
                self.looks_cut = self.looks_cut.map(|_| is_full);
                self.longest = self.longest.max(duration);
            }
            return Ok(Some(packet));
        }
    }

    /// The last packet, where the demultiplexer sees no more of them.
    fn end(&mut self) -> Result<Option<Packet>, String> {
        if self.looks_cut == Some(true) {
            return Err("no mark says that the stream ends here: it may be cut".into());
        }
        let (Some(n_left @ 1..), Some(whole)) = (self.n_bytes_left, &self.whole) else { return Ok(None) };
        self.n_bytes_left = Some(0);
        let rest = flac_tail::read(whole, n_left).map_err(|error| error.to_string())?;
        if is_tag(&rest) {
            return Ok(None);
        }
        let start = self.next_pts.unwrap_or(0);
        let Some((n_frame, duration)) = flac_tail::frame_len(&rest, &self.params, start) else {
            return Err(format!("the last {n_left} bytes are no whole frame"));
        };
        if !is_tag(&rest[n_frame..]) {
            let n_other = n_left - n_frame as u64;
            self.flaw.get_or_insert_with(|| format!("{n_other} bytes behind the last frame are no audio"));
        }
        self.next_pts = Some(start.saturating_add_unsigned(duration));
        Ok(Some(Packet::new(self.track_id, start.into(), duration.into(), &rest[..n_frame])))
    }

    /// Compares the frames that were read with those that the header promises; an error is a loss.
    fn check_promise(&mut self, n_frames: u64) -> Result<(), String> {
        let Some(promised) = self.promised.take() else { return Ok(()) };
        if n_frames > promised {
            let seconds = |n_frames: u64| n_frames as f64 / f64::from(self.sample_rate_hz);
            self.remarks
                .push(Remark::BeyondHeader { header_s: seconds(promised), read_s: seconds(n_frames) });
        }
        // Some encoders count whole blocks although the last one is shorter.
        let is_rounded = self.longest > 0 && n_frames.next_multiple_of(self.longest) == promised;
        if n_frames < promised && !is_rounded {
            return Err(format!("the file ends after {n_frames} of the {promised} frames it promises"));
        }
        Ok(())
    }

    /// Frames that a packet decodes to, without what the decoder trims; `None` where the packet does not tell.
    fn packet_frames(&self, packet: &Packet) -> Option<u64> {
        match self.container {
            // A last packet of ALAC may be short.
            ContainerKind::Caf if self.params.codec == CODEC_ID_ALAC => None,
            _ => self.has_frame_clock.then(|| packet.dur.get()),
        }
    }
}

/// The track's parameters without what the container's reader gets wrong.
fn corrected(params: &AudioCodecParameters, container: ContainerKind) -> AudioCodecParameters {
    let mut params = params.clone();
    // CAF counts the bits of the code, the decoder those of the samples that it stands for.
    if container == ContainerKind::Caf && matches!(params.codec, CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW) {
        params.bits_per_sample = None;
        params.bits_per_coded_sample = None;
    }
    params
}

/// True where there is no more to read.
fn is_end(error: &SymphoniaError) -> bool {
    matches!(error, SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof)
}

/// True when a FLAC frame agrees with the CRC-16 at its end: over frame and checksum together the remainder is 0.
/// The decoder itself does not look at it.
pub(super) fn is_intact_flac(frame: &[u8]) -> bool {
    let mut crc = Crc16Ansi::new(0);
    crc.process_buf_bytes(frame);
    crc.crc() == 0
}
