//! One file as mono chunks of fixed length at the wanted rate and at full level, and what became of the file at the end.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use super::decode::{AudioReader, Ending, Remark, SourceInfo};
use crate::error::{Error, Result};
use crate::peak;
use crate::resample::{Resampler, resampled_len};
use crate::settings::FfmpegUse;

/// The reason against a file that is complete and empty.
pub const NO_SOUND: &str = "it holds no sound (zero frames)";

/// Pairs of rates that stay planned: a folder rarely mixes more.
const RESAMPLERS_MAX: usize = 4;

/// Resamplers and buffers, kept from file to file so that many small ones cost no planning and no memory anew.
///
/// Each worker owns one.
#[derive(Default)]
pub struct ChunkPool {
    resamplers: Vec<Resampler>,
    mono: Vec<f32>,
    ready: Vec<f32>,
}

/// A chunk's buffer, which is filled again and again, and what is known of its present content.
#[derive(Debug, Clone, Default)]
pub struct Chunk {
    /// Its number in the file, from 0.
    pub index: usize,
    /// All samples, padding included.
    pub samples: Vec<f32>,
    /// Samples before the padding.
    pub n_samples: usize,
    /// The largest magnitude of a sample before the chunk was brought to full level; 1 is full scale.
    pub peak: f32,
}

impl Chunk {
    /// A buffer for chunks of `chunk_samples`.
    pub fn new(chunk_samples: usize) -> Self {
        Self { samples: vec![0.0; chunk_samples], ..Self::default() }
    }

    /// Brings the chunk to full level, and notes its peak.
    pub fn level(&mut self) {
        self.peak = peak::normalise_peak(&mut self.samples);
    }
}

/// The place from which on a file cannot be used: its words are "good up to 1.234 s: …".
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The time up to which the sound is good, in seconds.
    pub good_s: f64,
    /// The finding there.
    pub reason: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "good up to {:.3} s: {}", self.good_s, self.reason)
    }
}

impl Damage {
    /// The warning about the file `name`, of which everything before the damage was used.
    pub fn warning(&self, name: impl fmt::Display) -> String {
        format!("{name}: {self}; used up to there")
    }
}

/// Reads a file as consecutive chunks: mean over channels, resampled, the last one padded with zeros.
pub struct ChunkReader {
    reader: AudioReader,
    chunk_samples: usize,
    /// `None` where the file has the wanted rate: its samples pass untouched.
    resampler: Option<Resampler>,
    pool: ChunkPool,
    /// The frames of the file that are used, of its own rate: all, or what trimming leaves.
    frames: Range<u64>,
    /// Samples at the front of the pool's `ready` that were given out.
    n_given: usize,
    n_chunks: usize,
    is_drained: bool,
}

impl ChunkReader {
    /// Opens `path` for chunks of `chunk_samples`, at least 1, at `sample_rate_hz`. Errors are those of
    /// [`AudioReader::open`].
    pub fn open(path: &Path, sample_rate_hz: u32, chunk_samples: usize) -> Result<Self> {
        Self::open_by(path, FfmpegUse::Off, sample_rate_hz, chunk_samples)
    }

    /// The same, where `ffmpeg` may read what we have no decoder for.
    pub fn open_by(
        path: &Path,
        ffmpeg: FfmpegUse,
        sample_rate_hz: u32,
        chunk_samples: usize,
    ) -> Result<Self> {
        Self::open_with(ChunkPool::default(), path, ffmpeg, sample_rate_hz, chunk_samples)
    }

    /// The same with the buffers and resamplers of an earlier reader, which [`ChunkReader::into_pool`] gives back.
    pub fn open_with(
        mut pool: ChunkPool,
        path: &Path,
        ffmpeg: FfmpegUse,
        sample_rate_hz: u32,
        chunk_samples: usize,
    ) -> Result<Self> {
        let reader = AudioReader::open_by(path, ffmpeg)?;
        let rates = (reader.info().sample_rate_hz, sample_rate_hz);
        let resampler = (rates.0 != rates.1).then(|| {
            let planned = pool.resamplers.iter().position(|resampler| resampler.rates_hz() == rates);
            planned.map_or_else(|| Resampler::new(rates.0, rates.1), |index| pool.resamplers.remove(index))
        });
        pool.ready.clear();
        Ok(Self {
            reader,
            chunk_samples: chunk_samples.max(1),
            resampler,
            pool,
            frames: 0..u64::MAX,
            n_given: 0,
            n_chunks: 0,
            is_drained: false,
        })
    }

    /// Cuts chunks from these frames of the file alone, as if it began and ended with them. Before the first chunk is read.
    pub fn keep_frames(&mut self, frames: Range<u64>) {
        self.frames = frames;
    }

    /// The first frame of the file that is used.
    pub fn first_frame(&self) -> u64 {
        self.frames.start
    }

    /// Frames of the file if its headers are true, used or not; `None` where they do not tell.
    pub fn expected_frames(&self) -> Option<u64> {
        self.reader.expected_frames()
    }

    /// Frames that there were, used or not; `None` before the end.
    pub fn ended_frames(&self) -> Option<u64> {
        self.is_drained.then(|| self.reader.n_frames())
    }

    /// Ends reading and hands back what the next file can use.
    pub fn into_pool(self) -> ChunkPool {
        let mut pool = self.pool;
        if let Some(mut resampler) = self.resampler {
            resampler.reset();
            pool.resamplers.truncate(RESAMPLERS_MAX - 1);
            pool.resamplers.insert(0, resampler);
        }
        pool
    }

    /// The information of the file's headers.
    pub fn info(&self) -> &SourceInfo {
        self.reader.info()
    }

    /// Source frames read so far; after the last chunk, all there are.
    pub fn n_frames(&self) -> u64 {
        self.reader.n_frames()
    }

    /// Chunks there will be in all if the file's headers are true; `None` where they do not tell.
    pub fn expected_chunks(&self) -> Option<u64> {
        let from_hz = self.info().sample_rate_hz;
        let to_hz = self.resampler.as_ref().map_or(from_hz, |resampler| resampler.rates_hz().1);
        let n_samples = |n_frames| resampled_len(n_frames, from_hz, to_hz);
        let n_used = |n_frames: u64| n_frames.min(self.frames.end).saturating_sub(self.frames.start);
        self.expected_frames().map(|n_frames| n_samples(n_used(n_frames)).div_ceil(self.chunk_samples as u64))
    }

    /// Chunks read so far.
    pub fn n_chunks(&self) -> usize {
        self.n_chunks
    }

    /// The outcome of the file after its last chunk: used as a whole, or up to a damage.
    ///
    /// # Errors
    /// [`Error::Audio`] when it has no sound at all, because it is damaged or empty.
    pub fn outcome(&self) -> Result<Option<Damage>> {
        let damage = match self.reader.ending() {
            Some(Ending::Damaged { good_s, reason }) => {
                Some(Damage { good_s: *good_s, reason: reason.clone() })
            }
            Some(Ending::Complete) | None => None,
        };
        // A recording that is trimmed away has sound, if none that is wanted.
        let is_trimmed_away = self.frames.is_empty() && self.n_frames() > 0;
        if self.n_chunks > 0 || is_trimmed_away {
            return Ok(damage);
        }
        let reason = damage.map_or_else(|| NO_SOUND.into(), |damage| damage.to_string());
        Err(Error::audio(self.reader.path(), reason))
    }

    /// Reads the next chunk and brings it to full level, as everything that is analysed is; false after the last.
    ///
    /// # Errors
    /// As [`ChunkReader::next_into`].
    pub fn next_levelled(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let is_read = self.next_chunk(chunk)?;
        if is_read {
            chunk.level();
        }
        Ok(is_read)
    }

    /// Reads the next chunk at the level that it has in the file; false after the last. [`Chunk::level`] comes after it.
    ///
    /// # Errors
    /// As [`ChunkReader::next_into`].
    pub fn next_chunk(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let index = self.n_chunks;
        let Some(n_samples) = self.next_into(&mut chunk.samples)? else { return Ok(false) };
        (chunk.index, chunk.n_samples) = (index, n_samples);
        Ok(true)
    }

    /// The program that decodes it, with its version; `None` where it is this one.
    pub fn decoder(&self) -> Option<&str> {
        self.reader.decoder()
    }

    /// Remarks on the file that are no damage; complete after the last chunk.
    pub fn remarks(&self) -> &[Remark] {
        self.reader.remarks()
    }

    /// Fills `chunk`, of `chunk_samples`, and gives the samples before the padding; `None` after the last.
    ///
    /// [`Error::Audio`] where a sample is not a finite number, with the time of the first.
    ///
    /// # Panics
    /// When `chunk` has another length.
    pub fn next_into(&mut self, chunk: &mut [f32]) -> Result<Option<usize>> {
        assert_eq!(chunk.len(), self.chunk_samples, "a chunk has the length that was asked for");
        while !self.is_drained && self.pool.ready.len() - self.n_given < chunk.len() {
            self.read_block()?;
        }
        let ready = &self.pool.ready[self.n_given..];
        if ready.is_empty() {
            return Ok(None);
        }
        let n_samples = ready.len().min(chunk.len());
        chunk[..n_samples].copy_from_slice(&ready[..n_samples]);
        chunk[n_samples..].fill(0.0);
        self.n_given += n_samples;
        self.n_chunks += 1;
        Ok(Some(n_samples))
    }

    /// Reads a block into `ready`, or drains the resampler at the end.
    fn read_block(&mut self) -> Result<()> {
        let ChunkPool { mono, ready, .. } = &mut self.pool;
        if self.n_given > 0 {
            ready.drain(..self.n_given);
            self.n_given = 0;
        }
        let n_before = self.reader.n_frames();
        let Some(block) = self.reader.next_block()? else {
            self.is_drained = true;
            if let Some(resampler) = &mut self.resampler {
                resampler.finish(ready);
            }
            return Ok(());
        };
        let first_bad = first_not_finite(block.samples).map(|index| (index / block.n_channels) as u64);
        let target = if self.resampler.is_some() {
            mono.clear();
            &mut *mono
        } else {
            &mut *ready
        };
        let n_ready = target.len();
        mix_to_mono(block.samples, block.n_channels, target);
        if let Some(frame) = first_bad {
            return Err(not_finite(self.reader.path(), n_before + frame, self.reader.info().sample_rate_hz));
        }
        let n_mixed = (target.len() - n_ready) as u64;
        let within = |frame: u64| n_ready + frame.saturating_sub(n_before).min(n_mixed) as usize;
        let (start, end) = (within(self.frames.start), within(self.frames.end));
        target.truncate(end.max(start));
        target.drain(n_ready..start);
        if let Some(resampler) = &mut self.resampler {
            resampler.process(mono, ready);
        }
        Ok(())
    }
}

/// The reason against a file of which frame number `frame` is no finite number.
pub(super) fn not_finite(path: &Path, frame: u64, sample_rate_hz: u32) -> Error {
    let time_s = frame as f64 / f64::from(sample_rate_hz);
    Error::audio(path, format!("the sample at {time_s:.3} s is not a finite number"))
}

/// Appends the mean over the channels.
pub fn mix_to_mono(interleaved: &[f32], n_channels: usize, mono: &mut Vec<f32>) {
    match n_channels {
        1 => mono.extend_from_slice(interleaved),
        2 => mono.extend(interleaved.as_chunks::<2>().0.iter().map(|[left, right]| (left + right) / 2.0)),
        n => mono.extend(interleaved.chunks_exact(n).map(|frame| frame.iter().sum::<f32>() / n as f32)),
    }
}

/// The index of the first sample that is not a finite number. Blocks are looked through as a whole first: that is vectorised.
pub fn first_not_finite(samples: &[f32]) -> Option<usize> {
    let all_finite = samples.iter().fold(true, |all, sample| all & sample.is_finite());
    if all_finite { None } else { samples.iter().position(|sample| !sample.is_finite()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_averaged() {
        let mut mono = Vec::new();
        mix_to_mono(&[1.0, 3.0, -1.0, 0.0], 2, &mut mono);
        mix_to_mono(&[3.0, 0.0, -1.5], 3, &mut mono);
        mix_to_mono(&[0.25], 1, &mut mono);
        assert_eq!(mono, [2.0, -0.5, 0.5, 0.25]);
    }

    #[test]
    fn damage_is_told_with_its_place() {
        let damage = Damage { good_s: 1.2344, reason: "a packet is cut".into() };
        assert_eq!(damage.to_string(), "good up to 1.234 s: a packet is cut");
        assert_eq!(damage.warning("a.mp3"), "a.mp3: good up to 1.234 s: a packet is cut; used up to there");
    }

    #[test]
    fn a_levelled_chunk_keeps_its_peak() {
        let mut chunk = Chunk { samples: vec![0.25, -0.5], n_samples: 2, ..Chunk::default() };
        chunk.level();
        assert_eq!((chunk.peak, &chunk.samples[..]), (0.5, &[0.5, -1.0][..]));
    }

    #[test]
    fn the_first_sample_that_is_not_finite_is_found() {
        assert_eq!(first_not_finite(&[0.0, f32::MAX, f32::MIN_POSITIVE]), None);
        assert_eq!(first_not_finite(&[0.0, f32::NEG_INFINITY, f32::NAN]), Some(1));
    }
}
