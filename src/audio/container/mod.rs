//! Where a file's audio begins and ends, read from the container itself.
//!
//! Decoders resynchronise in silence, estimate lengths from bit rates, leave the encoder's padding in and lose the last
//! block of a cut file. None of it may happen to training data unnoticed, so the container is walked first: headers
//! only, bodies are skipped, memory stays constant. Symphonia's readers cannot be asked for it: they tell a file that was
//! cut from one that is complete in no other way (<https://github.com/pdeljanov/Symphonia/issues/62>). The decoder then gets a [`Source`] that ends where the audio does.

mod adts;
mod flac;
mod matroska;
mod mp4;
mod mpeg;
mod pcm;
mod source;
mod walk;

use std::fs::File;
use std::io;

pub(super) use adts::aac_rate_hz;
pub(super) use source::Source;
use walk::Walker;

/// What kind of file the first bytes announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContainerKind {
    Wav,
    Aiff,
    Caf,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    Mpeg,
    Adts,
}

impl ContainerKind {
    /// The container's name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
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
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Aiff => "aiff",
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

/// How the number of frames becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    /// The container tells: decoded frames after the skip, the encoder's padding not counted.
    Known(u64),
    /// The decoder's view of the headers tells, or else its packets' durations do.
    Packets,
}

/// What is trimmed off one track, in the units of its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrackTrim {
    /// The track's number in the container.
    pub(super) track_id: u32,
    /// The encoder's delay.
    pub(super) start: Span,
    /// What is played after the delay; `None` is everything up to `end`.
    pub(super) played: Option<Span>,
    /// The encoder's padding.
    pub(super) end: Span,
}

/// A time as a count of ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) ticks: u64,
    pub(super) ticks_per_s: u64,
}

impl Span {
    pub(super) const ZERO: Self = Self { ticks: 0, ticks_per_s: 1 };

    /// The nearest number of frames at `rate_hz`.
    pub(super) fn frames(self, rate_hz: u32) -> u64 {
        let twice = 2 * u128::from(self.ticks) * u128::from(rate_hz) / u128::from(self.ticks_per_s.max(1));
        u64::try_from(twice.div_ceil(2)).unwrap_or(u64::MAX)
    }
}

/// What the walk through a container found.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) container: ContainerKind,
    /// What the decoder reads instead of the file.
    pub(super) source: Source,
    /// Decoded frames to drop from the start.
    pub(super) skip: u64,
    pub(super) frames: Frames,
    /// Per track, for containers that hold several.
    pub(super) trims: Vec<TrackTrim>,
    /// The bytes of all packets together, for a container of nothing else.
    pub(super) n_packet_bytes: Option<u64>,
    /// What is wrong with the file after the last frame that can be read.
    pub(super) flaw: Option<String>,
}

impl Container {
    fn whole(container: ContainerKind, source: Source) -> Self {
        Self {
            container,
            source,
            skip: 0,
            frames: Frames::Packets,
            trims: Vec::new(),
            n_packet_bytes: None,
            flaw: None,
        }
    }

    /// Walks through `file`, whose `extension` decides only where the content leaves a choice.
    ///
    /// Fails with the reason where the file is not audio or its headers are of no use.
    pub(super) fn of(file: File) -> Result<Self, String> {
        let said = |error: io::Error| error.to_string();
        let mut walker = Walker::new(file).map_err(said)?;
        if walker.len() == 0 {
            return Err("the file is empty".into());
        }
        let start = walker.skip_id3().map_err(said)?;
        let magic: [u8; 12] = walker.peek_padded(start).map_err(said)?;
        match &magic {
            [a, b, c, d, _, _, _, _, b'W', b'A', b'V', b'E']
                if matches!(&[*a, *b, *c, *d], b"RIFF" | b"RF64" | b"BW64") =>
            {
                pcm::wav(walker, start)
            }
            [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C'] => pcm::aiff(walker, start),
            [b'c', b'a', b'f', b'f', ..] => pcm::caf(walker, start),
            [b'f', b'L', b'a', b'C', ..] => flac::container(walker, start),
            [b'O', b'g', b'g', b'S', ..] => Ok(Self::whole(ContainerKind::Ogg, walker.into_source(start))),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4::container(walker, start),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => matroska::container(walker, start),
            _ => mpeg::container_if_mpeg(&mut walker, start)
                .map_err(said)?
                .or(adts::container_if_adts(&mut walker, start).map_err(said)?)
                .ok_or_else(|| "it is not an audio file of a known kind".to_owned()),
        }
    }
}
