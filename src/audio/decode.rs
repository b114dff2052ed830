//! Any audio file as interleaved samples: streaming, gapless, and honest about how it ended.
//!
//! Symphonia demultiplexes and decodes; nothing else in Melscope names it. Its own trimming is used where it is
//! right (Vorbis) and replaced by what `container` read from the container where it is not. Memory is constant whatever
//! the file's length.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use symphonia::core::audio::Channels;
use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW,
    CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, Monitor as _};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::container::{Container, ContainerKind, Frames, Source, TrackTrim, aac_rate_hz};
use super::opus::{self, OpusStream};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::SAMPLE_RATES_HZ;

/// The extensions, in lower case, of the files that a folder is searched for. What is in them decides.
pub const EXTENSIONS: &[&str] = &[
    "wav", "wave", "aif", "aiff", "aifc", "flac", "mp3", "ogg", "oga", "opus", "m4a", "mp4", "aac", "caf",
    "mka", "mkv", "webm",
];

/// The most frames that a byte of any codec can hold: FLAC's constant blocks reach 6 000.
///
/// A header that claims more is not believed, and the packets are counted instead.
const FRAMES_PER_BYTE_MAX: u64 = 8_192;

/// What a file holds, as its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Channels, which every block interleaves.
    pub n_channels: usize,
    /// The codec for people: "FLAC", "PCM 24 bit".
    pub codec: String,
    /// The container for people: "WAV", "Matroska".
    pub container: String,
}

/// How long a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Frames per channel at the source's rate, without the encoder's delay and padding.
    Exact(u64),
    /// It cannot be known without more than the file holds.
    Unknown,
}

/// How reading ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Everything that the file promises was read.
    Complete,
    /// The file is cut or corrupt: what was read is good, and more should have followed.
    Damaged {
        /// The time up to which the audio is good, in seconds.
        good_s: f64,
        /// What was found there.
        reason: String,
    },
}

/// A stretch of decoded audio.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Interleaved samples, nominally within ±1.
    pub samples: &'a [f32],
    /// Channels, at least 1.
    pub n_channels: usize,
}

impl Block<'_> {
    /// Samples per channel.
    pub fn n_frames(&self) -> usize {
        self.samples.len() / self.n_channels
    }
}

/// Reads one file from its first to its last frame.
pub struct AudioReader {
    path: PathBuf,
    info: SourceInfo,
    stream: Stream,
    decoder: Decoder,
    /// The last packet's samples.
    decoded: Vec<f32>,
    /// Samples behind the last block when padding has to be held back.
    held: Vec<f32>,
    n_given: usize,
    skip_left: u64,
    n_frames: u64,
    ending: Option<Ending>,
}

impl AudioReader {
    /// Opens `path`, whose content decides what it is.
    ///
    /// [`Error::Io`] where it cannot be opened; [`Error::Audio`] where it is no audio, uses a codec that is not
    /// supported, or has a rate outside [`SAMPLE_RATES_HZ`].
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let open = || -> Result<_, String> {
            let stream = Stream::open(file)?;
            let decoder = Decoder::new(&stream.params)?;
            Ok((stream, decoder))
        };
        let (stream, decoder) = open().map_err(|reason| Error::audio(path, reason))?;
        Ok(Self {
            path: path.to_path_buf(),
            info: stream.info(),
            skip_left: stream.skip,
            stream,
            decoder,
            decoded: Vec::new(),
            held: Vec::new(),
            n_given: 0,
            n_frames: 0,
            ending: None,
        })
    }

    /// The path it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the headers say.
    pub fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// Frames decoded so far, without the encoder's delay.
    pub fn n_frames(&self) -> u64 {
        self.n_frames
    }

    /// Frames there will be in all if the headers are true; `None` where they do not tell.
    pub fn expected_frames(&self) -> Option<u64> {
        self.stream.frames
    }

    /// How reading ended; `None` as long as it goes on.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The next block, never empty; `None` at the end, of which [`AudioReader::ending`] tells more.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>> {
        let n_channels = self.info.n_channels;
        while self.ending.is_none() {
            if self.stream.frames == Some(self.n_frames) {
                self.finish(None);
                break;
            }
            let range = match self.next_range() {
                Ok(Some(range)) => range,
                Ok(None) => {
                    self.finish(None);
                    break;
                }
                Err(reason) => {
                    self.finish(Some(reason));
                    break;
                }
            };
            if self.stream.n_held == 0 {
                if !range.is_empty() {
                    self.n_frames += (range.len() / n_channels) as u64;
                    return Ok(Some(Block { samples: &self.decoded[range], n_channels }));
                }
                continue;
            }
            self.held.drain(..self.n_given);
            self.held.extend_from_slice(&self.decoded[range]);
            self.n_given = self.held.len().saturating_sub(self.stream.n_held);
            if self.n_given > 0 {
                self.n_frames += (self.n_given / n_channels) as u64;
                return Ok(Some(Block { samples: &self.held[..self.n_given], n_channels }));
            }
        }
        Ok(None)
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
            // A fragmented file says in its last packet's duration how much of it is played.
            (_, ContainerKind::Mp4) if self.stream.has_frame_clock => {
                (0, n_decoded.saturating_sub(packet.dur.get()))
            }
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

    fn finish(&mut self, error: Option<String>) {
        let good_s = self.n_frames as f64 / f64::from(self.info.sample_rate_hz);
        let missing = self.stream.frames.filter(|frames| *frames > self.n_frames).map(|frames| {
            format!("the file ends after {} of the {frames} frames it promises", self.n_frames)
        });
        let reason = self.stream.flaw.take().or(error).or(missing);
        self.ending = Some(reason.map_or(Ending::Complete, |reason| Ending::Damaged { good_s, reason }));
    }
}

/// What an estimate needs: the file's parameters and its exact length.
///
/// Taken from headers, or from a scan of the packets where headers do not tell; only a codec whose packets do not tell
/// either (Vorbis in Matroska) is decoded. A header's claim is bounded by the file's size. Errors are those of
/// [`AudioReader::open`], and cancel; of a damaged file the readable part, or what its header promises, is counted.
pub fn measure(path: &Path, monitor: &dyn Monitor) -> Result<(SourceInfo, Length)> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let mut stream = Stream::open(file).map_err(|reason| Error::audio(path, reason))?;
    // A file that no decoder reads has no length that would count.
    drop(Decoder::new(&stream.params).map_err(|reason| Error::audio(path, reason))?);
    let info = stream.info();
    if let Some(frames) = stream.frames {
        return Ok((info, Length::Exact(frames)));
    }
    let n_tail = (stream.n_held / info.n_channels) as u64;
    let mut n_frames = 0u64;
    while let Ok(Some(packet)) = stream.next_packet() {
        monitor.check()?;
        let Some(packet_frames) = stream.packet_frames(&packet) else {
            return measure_by_decoding(path, monitor);
        };
        n_frames = n_frames.saturating_add(packet_frames);
    }
    Ok((info, Length::Exact(n_frames.saturating_sub(stream.skip + n_tail))))
}

fn measure_by_decoding(path: &Path, monitor: &dyn Monitor) -> Result<(SourceInfo, Length)> {
    let mut reader = AudioReader::open(path)?;
    while reader.next_block()?.is_some() {
        monitor.check()?;
    }
    Ok((reader.info.clone(), Length::Exact(reader.n_frames)))
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
struct Stream {
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
    /// Samples, not frames, to hold back at the end.
    n_held: usize,
    /// Bytes of packets that are still to come, where that is known.
    n_bytes_left: Option<u64>,
    flaw: Option<String>,
    next_pts: Option<i64>,
}

impl Stream {
    fn open(file: File) -> Result<Self, String> {
        let container = Container::of(file)?;
        let Container { container, source, skip, frames, trims, n_packet_bytes, flaw } = container;
        let n_bytes = source.len();
        let mut hint = Hint::new();
        hint.with_extension(container.hint());
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| words(&error))?;
        let track = format.default_track(TrackType::Audio).ok_or("there is no audio track in it")?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = corrected(params.ok_or("its audio track is not described")?, container);
        let sample_rate_hz = params.sample_rate.ok_or("its sample rate is not known")?;
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            let (min, max) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
            return Err(format!(
                "its sample rate is {sample_rate_hz} Hz, which is not within {min} to {max} Hz"
            ));
        }
        let n_channels = params.channels.as_ref().map_or(0, Channels::count);
        if n_channels == 0 {
            return Err("its number of channels is not known".into());
        }
        let head = opus_head(&params);
        let trim = trims.into_iter().find(|trim| trim.track_id == track.id);
        let opus_skip = head.filter(|_| container != ContainerKind::Mp4).map(|head| head.pre_skip);
        let start = trim.map_or(0, |trim| trim.start.frames(sample_rate_hz));
        let frames = match frames {
            Frames::Known(frames) => Some(frames),
            Frames::Packets => played(container, track, trim, sample_rate_hz),
        };
        let is_plausible = |frames: &u64| *frames <= n_bytes.saturating_mul(FRAMES_PER_BYTE_MAX);
        let n_held_frames = trim.map_or(0, |trim| trim.end.frames(sample_rate_hz));
        Ok(Self {
            container,
            track_id: track.id,
            sample_rate_hz,
            n_channels,
            has_frame_clock: track
                .time_base
                .is_some_and(|base| base.numer.get() == 1 && base.denom.get() == sample_rate_hz),
            skip: opus_skip.unwrap_or(skip + start),
            frames: frames.filter(is_plausible),
            // More than a second of padding is no padding.
            n_held: n_held_frames.min(u64::from(sample_rate_hz)) as usize * n_channels,
            n_bytes_left: n_packet_bytes,
            flaw,
            next_pts: (container == ContainerKind::Flac).then_some(0),
            params,
            format,
        })
    }

    fn info(&self) -> SourceInfo {
        SourceInfo {
            sample_rate_hz: self.sample_rate_hz,
            n_channels: self.n_channels,
            codec: codec_name(&self.params),
            container: self.container.name().to_owned(),
        }
    }

    /// The track's next packet, or why there is none although the stream should go on.
    fn next_packet(&mut self) -> Result<Option<Packet>, String> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    return match self.n_bytes_left {
                        Some(n_left @ 1..) => Err(format!("the last {n_left} bytes are no whole frame")),
                        _ => Ok(None),
                    };
                }
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
                let n_bytes = packet.data.len() as u64;
                self.n_bytes_left = self.n_bytes_left.map(|n_left| n_left.saturating_sub(n_bytes));
                self.next_pts = Some(pts.saturating_add_unsigned(packet.block_dur().get()));
            }
            // FLAC's own demultiplexer and Ogg check their sums; other containers have none.
            let is_unchecked = matches!(self.container, ContainerKind::Matroska | ContainerKind::Mp4);
            if is_unchecked && self.params.codec == CODEC_ID_FLAC && !is_intact_flac(&packet.data) {
                return Err("the stream is corrupt (a FLAC frame's checksum does not match)".into());
            }
            return Ok(Some(packet));
        }
    }

    /// Frames that a packet decodes to, without what the decoder trims; `None` where the packet does not tell.
    fn packet_frames(&self, packet: &Packet) -> Option<u64> {
        match self.container {
            ContainerKind::Matroska if self.params.codec == CODEC_ID_OPUS => {
                opus::packet_frames(&packet.data)
            }
            ContainerKind::Matroska if self.params.codec == CODEC_ID_AAC => Some(1_024),
            // Vorbis and others in Matroska are timed in milliseconds; a last packet of ALAC may be short.
            ContainerKind::Matroska => None,
            ContainerKind::Caf if self.params.codec == CODEC_ID_ALAC => None,
            _ => self.has_frame_clock.then(|| packet.dur.get()),
        }
    }
}

/// The track's parameters without what the container's reader gets wrong.
fn corrected(params: &AudioCodecParameters, container: ContainerKind) -> AudioCodecParameters {
    let mut params = params.clone();
    match (container, params.codec) {
        // The description of an MP4 track has 16 bits for the rate: what is beyond stands in the codec's own header.
        (ContainerKind::Mp4, CODEC_ID_AAC) => {
            let configured = params.extra_data.as_deref().and_then(aac_rate_hz);
            let is_cut_short = |rate: &u32| {
                *rate > 0xFFFF && params.sample_rate.is_none_or(|said| said == 0 || said == rate & 0xFFFF)
            };
            params.sample_rate = configured.filter(is_cut_short).or(params.sample_rate);
        }
        // CAF counts the bits of the code, the decoder those of the samples that it stands for.
        (ContainerKind::Caf, CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW) => {
            params.bits_per_sample = None;
            params.bits_per_coded_sample = None;
        }
        _ => {}
    }
    params
}

/// Frames to read according to the track's own numbers, where the container keeps reliable ones.
fn played(container: ContainerKind, track: &Track, trim: Option<TrackTrim>, rate_hz: u32) -> Option<u64> {
    match container {
        ContainerKind::Flac => track.num_frames.filter(|frames| *frames > 0),
        ContainerKind::Mp4 => trim.and_then(|trim| trim.played).map(|played| played.frames(rate_hz)),
        _ => None,
    }
}

fn opus_head(params: &AudioCodecParameters) -> Option<opus::Head> {
    let is_opus = params.codec == CODEC_ID_OPUS;
    params.extra_data.as_deref().filter(|_| is_opus).and_then(opus::Head::parse)
}

enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<OpusStream>),
}

impl Decoder {
    fn new(params: &AudioCodecParameters) -> Result<Self, String> {
        if params.codec == CODEC_ID_OPUS {
            let head = opus_head(params).ok_or("its Opus header is missing")?;
            return OpusStream::new(head).map(Box::new).map(Self::Opus);
        }
        // Vorbis knows best which part of its first block is warm-up; all others are trimmed by the container.
        let options = AudioDecoderOptions::default().gapless(params.codec == CODEC_ID_VORBIS);
        symphonia::default::get_codecs()
            .make_audio_decoder(params, &options)
            .map(Self::Symphonia)
            .map_err(|error| refusal(params, &error))
    }

    /// Replaces `samples` by the packet's, interleaved; gives rate and channels where there are samples.
    fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<Option<(u32, usize)>, String> {
        samples.clear();
        match self {
            Self::Symphonia(decoder) => {
                let buffer = decoder.decode(packet).map_err(|error| words(&error))?;
                buffer.copy_to_vec_interleaved(samples);
                let spec = buffer.spec();
                Ok((!samples.is_empty()).then(|| (spec.rate(), spec.channels().count())))
            }
            Self::Opus(decoder) => {
                samples.extend_from_slice(decoder.decode(&packet.data)?);
                Ok(None)
            }
        }
    }
}

/// True when a FLAC frame agrees with the CRC-16 at its end: over frame and checksum together the remainder is 0.
/// The decoder itself does not look at it.
fn is_intact_flac(frame: &[u8]) -> bool {
    let mut crc = Crc16Ansi::new(0);
    crc.process_buf_bytes(frame);
    crc.crc() == 0
}

/// The codec's name for people.
fn codec_name(params: &AudioCodecParameters) -> String {
    if params.codec == CODEC_ID_OPUS {
        return "Opus".to_owned();
    }
    let Some(codec) = symphonia::default::get_codecs().get_audio_decoder(params.codec) else {
        return "unknown".to_owned();
    };
    match codec.codec.info.short_name {
        name if name.starts_with("pcm_f32") => "PCM 32 bit float".to_owned(),
        name if name.starts_with("pcm_f64") => "PCM 64 bit float".to_owned(),
        "pcm_alaw" => "A-law".to_owned(),
        "pcm_mulaw" => "µ-law".to_owned(),
        name if name.starts_with("pcm_") => {
            let n_bits = name.trim_start_matches("pcm_").trim_matches(|c: char| !c.is_ascii_digit());
            format!("PCM {n_bits} bit")
        }
        "vorbis" => "Vorbis".to_owned(),
        name => name.to_uppercase(),
    }
}

/// Why there is no decoder for a track, as a person would say it.
fn refusal(params: &AudioCodecParameters, error: &SymphoniaError) -> String {
    match error {
        SymphoniaError::Unsupported(_) if params.codec == CODEC_ID_AAC => {
            "of AAC only LC in mono and stereo can be read; convert it to FLAC or WAV".to_owned()
        }
        SymphoniaError::Unsupported(_)
            if symphonia::default::get_codecs().get_audio_decoder(params.codec).is_none() =>
        {
            "its codec is not one that can be read; convert it to FLAC or WAV".to_owned()
        }
        _ => words(error),
    }
}

/// A decoder's error as a person would say it.
fn words(error: &SymphoniaError) -> String {
    match error {
        SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the file ends within the stream".to_owned()
        }
        SymphoniaError::IoError(error) => error.to_string(),
        SymphoniaError::DecodeError(what) => format!("the stream is corrupt ({what})"),
        SymphoniaError::Unsupported(what) => format!("it is not supported ({what})"),
        SymphoniaError::ResetRequired => "another stream begins here, only the first is read".to_owned(),
        other => other.to_string(),
    }
}
