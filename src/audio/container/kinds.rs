//! The result of a walk through a container.

use std::ops::Range;

use super::sample_format::SampleFormat;
use super::source::Source;
use crate::audio::remark::Remark;

/// The kind of file that the first bytes announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ContainerKind {
    Wav,
    Wave64,
    Aiff,
    Au,
    Caf,
    Sphere,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    Mpeg,
    Adts,
}

impl ContainerKind {
    /// The container's name for people.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Wave64 => "Wave64",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
            Self::Sphere => "NIST SPHERE",
            Self::Caf => "CAF",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska",
            Self::Mpeg => "MPEG audio",
            Self::Adts => "ADTS",
        }
    }

    /// An extension that tells the decoder's probe where to look first.
    pub(in super::super) fn hint(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Wave64 => "w64",
            Self::Aiff => "aiff",
            Self::Au => "au",
            Self::Sphere => "sph",
            Self::Caf => "caf",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Mp4 => "m4a",
            Self::Matroska => "mkv",
            Self::Mpeg => "mp3",
            Self::Adts => "aac",
        }
    }
}

/// The place that tells the number of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Frames {
    /// The container tells: decoded frames after the skip, the encoder's padding not counted.
    Known(u64),
    /// The decoder's view of the headers tells, or else its packets' durations do.
    Packets,
}

/// A time as a count of ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) ticks: u64,
    pub(super) ticks_per_s: u64,
}

impl Span {
    /// The nearest number of frames at `rate_hz`.
    pub(super) fn frames(self, rate_hz: u32) -> u64 {
        let twice = 2 * u128::from(self.ticks) * u128::from(rate_hz) / u128::from(self.ticks_per_s.max(1));
        u64::try_from(twice.div_ceil(2)).unwrap_or(u64::MAX)
    }
}

/// Samples that lie in the file as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Pcm {
    pub(in super::super) format: SampleFormat,
    pub(in super::super) sample_rate_hz: u32,
    pub(in super::super) n_channels: usize,
    /// The bytes of the file that hold them, in order; a frame may begin in one range and end in the next.
    pub(in super::super) ranges: Vec<Range<u64>>,
}

impl Pcm {
    /// The bytes of all ranges together.
    pub(in super::super) fn n_bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum()
    }
}

/// The result of a walk through a container.
#[derive(Debug)]
pub(in super::super) struct Container {
    pub(in super::super) kind: ContainerKind,
    /// The kind that the source is to a decoder: another kind where a head of ours stands before it.
    pub(in super::super) probe: ContainerKind,
    /// The decoder's source instead of the file.
    pub(in super::super) source: Source,
    /// Decoded frames to drop from the start.
    pub(in super::super) skip: u64,
    pub(in super::super) frames: Frames,
    /// The bytes of all packets together, for a container of nothing else.
    pub(in super::super) n_packet_bytes: Option<u64>,
    /// The frames that the header promises, where it may promise too little or too much.
    pub(in super::super) promised: Option<u64>,
    /// The header of an Opus stream, where the decoder's reader sees another one.
    pub(in super::super) opus_head: Option<Vec<u8>>,
    /// No mark says that the stream is complete.
    pub(in super::super) lacks_end_mark: bool,
    /// Streams of the same codec and rate that follow, each for a decoder of its own.
    pub(in super::super) joined: Vec<Self>,
    /// The flaw of the file after the last frame that can be read.
    pub(in super::super) flaw: Option<String>,
    /// Remarks on the file although nothing is lost.
    pub(in super::super) remarks: Vec<Remark>,
    /// Where the samples lie in the file as such: then nothing but `flaw` and `remarks` counts beside it.
    pub(in super::super) pcm: Option<Pcm>,
}

impl Container {
    /// All of `source`, of which the decoder's own view tells the rest.
    pub(super) fn whole(kind: ContainerKind, source: Source) -> Self {
        Self {
            kind,
            probe: kind,
            source,
            skip: 0,
            frames: Frames::Packets,
            n_packet_bytes: None,
            promised: None,
            opus_head: None,
            lacks_end_mark: false,
            joined: Vec::new(),
            flaw: None,
            remarks: Vec::new(),
            pcm: None,
        }
    }
}
