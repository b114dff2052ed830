//! Any audio file as interleaved samples: streaming, gapless, and honest about how it ended.
//!
//! The private module `container` finds out by a walk what a file is. Samples that lie in the file as such
//! are read by `pcm`. The packets of MP4 and Matroska are read by that walk too, and `track` decodes them; for all other
//! packets, `packets` lets symphonia demultiplex and decode, whose own trimming is used where it is right (Vorbis) and
//! replaced by what `container` read where it is not. Nothing outside of `packets`, `track` and `codecs` names
//! symphonia. Memory is constant whatever the file's length.

mod backend;
mod codecs;
mod convert;
mod ffmpeg;
mod ffmpeg_log;
mod flac_tail;
mod info;
mod joined;
mod packets;
mod pcm;
mod track;

use std::fs::File;
use std::path::{Path, PathBuf};

use self::backend::Backend;
use self::ffmpeg::FfmpegReader;
pub use self::info::{Block, Ending, Length, SourceInfo};
use self::joined::JoinedReader;
use self::packets::{PacketReader, Stream};
use self::pcm::PcmReader;
use self::track::TrackReader;
use super::container::{self, Found, Refusal};
pub use super::foreign::{FOREIGN, Foreign, foreign_kind};
pub use super::remark::Remark;
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::FfmpegUse;

/// The extensions, in lower case, of the files that a folder is searched for. What is in them decides.
pub const EXTENSIONS: &[&str] = &[
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "au", "snd", "sph", "nist", "flac", "mp3",
    "mp2", "ogg", "oga", "ogv", "ogx", "opus", "m4a", "m4b", "mp4", "mov", "3gp", "3g2", "aac", "caf", "mka",
    "mkv", "webm",
];

/// Reads one file from its first to its last frame.
pub struct AudioReader {
    path: PathBuf,
    backend: Box<dyn Backend>,
    n_frames: u64,
    ending: Option<Ending>,
}

impl AudioReader {
    /// Opens `path`, whose content decides what it is.
    ///
    /// [`Error::Io`] where it cannot be opened; [`Error::Audio`] where it is no audio, uses a codec that is not
    /// supported, or has a rate outside [`SAMPLE_RATES_HZ`](crate::settings::SAMPLE_RATES_HZ). No other program is asked.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, FfmpegUse::Off, false)
    }

    /// The same, where `ffmpeg` may read what we have no decoder for.
    pub fn open_by(path: &Path, ffmpeg: FfmpegUse) -> Result<Self> {
        Self::open_with(path, ffmpeg, false)
    }

    /// The same, with a remark at the end where the header has a checksum of the decoded sound (FLAC's MD5) that is not
    /// that of the sound. It makes decoding slower by a third or more, so that only audits ask for it.
    pub fn open_checked(path: &Path, ffmpeg: FfmpegUse) -> Result<Self> {
        Self::open_with(path, ffmpeg, true)
    }

    fn open_with(path: &Path, ffmpeg: FfmpegUse, is_checked: bool) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let backend: Box<dyn Backend> = match open_backend(file, is_checked) {
            Ok(backend) => backend,
            Err(refusal) => Box::new(open_foreign(path, refusal, ffmpeg)?),
        };
        Ok(Self { path: path.to_path_buf(), backend, n_frames: 0, ending: None })
    }

    /// The path it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The content of the headers.
    pub fn info(&self) -> &SourceInfo {
        self.backend.info()
    }

    /// Frames decoded so far, without the encoder's delay.
    pub fn n_frames(&self) -> u64 {
        self.n_frames
    }

    /// Frames there will be in all if the headers are true; `None` where they do not tell.
    pub fn expected_frames(&self) -> Option<u64> {
        self.backend.expected_frames()
    }

    /// The program that decodes it, with its version, "ffmpeg 5.1.9"; `None` where it is this one.
    pub fn decoder(&self) -> Option<&str> {
        self.backend.decoder()
    }

    /// The end of reading; `None` as long as it goes on.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Remarks on the file that are no damage; complete when reading has ended.
    pub fn remarks(&self) -> &[Remark] {
        self.backend.remarks()
    }

    /// The next block, never empty; `None` at the end, of which [`AudioReader::ending`] tells more.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>> {
        if self.ending.is_some() {
            return Ok(None);
        }
        match self.backend.advance() {
            Ok(true) => {
                let block =
                    Block { samples: self.backend.samples(), n_channels: self.backend.info().n_channels };
                self.n_frames += block.n_frames() as u64;
                Ok(Some(block))
            }
            Ok(false) => {
                self.finish(None);
                Ok(None)
            }
            Err(reason) => {
                self.finish(Some(reason));
                Ok(None)
            }
        }
    }

    fn finish(&mut self, error: Option<String>) {
        let good_s = self.n_frames as f64 / f64::from(self.info().sample_rate_hz);
        let missing = self.expected_frames().filter(|frames| *frames > self.n_frames).map(|frames| {
            format!("the file ends after {} of the {frames} frames it promises", self.n_frames)
        });
        let reason = self.backend.flaw().map(ToOwned::to_owned).or(error).or(missing);
        self.ending = Some(reason.map_or(Ending::Complete, |reason| Ending::Damaged { good_s, reason }));
    }
}

/// The backend for `file`, or the reason why there is none.
fn open_backend(file: File, is_checked: bool) -> Result<Box<dyn Backend>, Refusal> {
    let mut container = match container::walk_through(file)? {
        Found::Track(track) => return Ok(Box::new(TrackReader::open(*track)?)),
        Found::Stream(container) => *container,
    };
    Ok(match container.pcm.take() {
        Some(pcm) => Box::new(PcmReader::open(container, pcm)?),
        None if container.joined.is_empty() => {
            Box::new(PacketReader::open(Stream::open(container)?, is_checked)?)
        }
        None => Box::new(JoinedReader::open(container, is_checked)?),
    })
}

/// The file at `path`, which we do not read because of `refusal`, as `ffmpeg` reads it.
fn open_foreign(path: &Path, refusal: Refusal, ffmpeg: FfmpegUse) -> Result<FfmpegReader> {
    let Refusal { reason, is_unsupported } = refusal;
    // A kind that is not known by its content may be one that is known by its name.
    let is_foreign = is_unsupported || (reason == container::UNKNOWN_KIND && foreign_kind(path).is_some());
    if !is_foreign {
        return Err(Error::audio(path, reason));
    }
    let Some(program) = ffmpeg::program(ffmpeg) else {
        let reason = if ffmpeg == FfmpegUse::Off { reason } else { format!("{reason}, or install ffmpeg") };
        return Err(Error::Audio { path: path.to_path_buf(), reason, needs_ffmpeg: true });
    };
    FfmpegReader::open(&program, path)
        .map_err(|said| Error::audio(path, format!("{reason}; ffmpeg does not read it either: {said}")))
}

/// The `ffmpeg` that would read what we have no decoder for, with its version: "ffmpeg 5.1.9". It is started for that.
pub fn ffmpeg_version(ffmpeg: FfmpegUse) -> Option<String> {
    ffmpeg::program(ffmpeg).and_then(|program| ffmpeg::version(&program))
}

/// True where an `ffmpeg` would read what we have no decoder for.
pub fn has_ffmpeg(ffmpeg: FfmpegUse) -> bool {
    ffmpeg::program(ffmpeg).is_some()
}

/// Measures a file for an estimate: the file's parameters and its exact length.
///
/// Taken from headers, or from a scan of the packets where headers do not tell; only a codec whose packets do not tell
/// either (Vorbis in Matroska) is decoded. A header's claim is bounded by the file's size. Errors are those of
/// [`AudioReader::open`], and cancel; of a damaged file the readable part, or what its header promises, is counted.
pub fn measure(path: &Path, monitor: &dyn Monitor) -> Result<(SourceInfo, Length)> {
    measure_by(path, FfmpegUse::Off, monitor)
}

/// [`measure`], where `ffmpeg` may read what we have no decoder for.
pub fn measure_by(path: &Path, ffmpeg: FfmpegUse, monitor: &dyn Monitor) -> Result<(SourceInfo, Length)> {
    match measure_own(path, monitor)? {
        Ok(measured) => Ok(measured),
        Err(refusal) => {
            let reader = open_foreign(path, refusal, ffmpeg)?;
            let length = reader.announced_frames().map_or(Length::Unknown, Length::About);
            Ok((reader.info().clone(), length))
        }
    }
}

/// The same for what we read ourselves, or why we do not.
fn measure_own(path: &Path, monitor: &dyn Monitor) -> Result<Result<(SourceInfo, Length), Refusal>> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let mut container = match container::walk_through(file) {
        Ok(Found::Track(track)) => {
            let mut reader = match TrackReader::open(*track) {
                Ok(reader) => reader,
                Err(refusal) => return Ok(Err(refusal)),
            };
            return match reader.count_frames(monitor)? {
                Some(n_frames) => Ok(Ok((reader.info().clone(), Length::Exact(n_frames)))),
                None => measure_by_decoding(path, monitor).map(Ok),
            };
        }
        Ok(Found::Stream(container)) => *container,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(pcm) = container.pcm.take() {
        return Ok(PcmReader::open(container, pcm)
            .map(|reader| (reader.info().clone(), Length::Exact(reader.n_frames())))
            .map_err(Refusal::from));
    }
    let joined = std::mem::take(&mut container.joined);
    let mut stream = match Stream::open(container).and_then(|stream| stream.check_decoder().map(|()| stream))
    {
        Ok(stream) => stream,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let info = stream.info();
    let mut n_frames = 0u64;
    let mut joined = joined.into_iter();
    loop {
        match stream.count_frames(monitor)? {
            Some(n_more) => n_frames = n_frames.saturating_add(n_more),
            None => return measure_by_decoding(path, monitor).map(Ok),
        }
        // What is joined and cannot be read ends reading there.
        match joined.next().map(Stream::open) {
            Some(Ok(next)) => stream = next,
            Some(Err(_)) | None => return Ok(Ok((info, Length::Exact(n_frames)))),
        }
    }
}

fn measure_by_decoding(path: &Path, monitor: &dyn Monitor) -> Result<(SourceInfo, Length)> {
    let mut reader = AudioReader::open(path)?;
    while reader.next_block()?.is_some() {
        monitor.check()?;
    }
    Ok((reader.info().clone(), Length::Exact(reader.n_frames)))
}
