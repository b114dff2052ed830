//! The part of a recording between its first and its last sound.

use std::ops::Range;
use std::path::Path;

use super::chunk::{ChunkPool, ChunkReader, first_not_finite, mix_to_mono, not_finite};
use super::decode::AudioReader;
use crate::error::Result;
use crate::peak::peak;
use crate::settings::{FfmpegUse, Settings, amplitude};

/// The first and the last frame that are heard, while blocks come in.
#[derive(Debug, Clone, Default)]
pub struct SoundSpan {
    least: f64,
    n_frames: u64,
    heard: Option<Range<u64>>,
}

impl SoundSpan {
    /// Hears what reaches `dbfs`, in decibels below full scale.
    pub fn new(dbfs: f64) -> Self {
        Self { least: amplitude(dbfs), ..Self::default() }
    }

    /// Takes the next frames, mixed to mono as a build mixes them.
    pub fn add(&mut self, mono: &[f32]) {
        let is_loud = |sample: &f32| self.is_heard(sample.abs());
        // Most blocks are loud or silent as a whole.
        if self.is_heard(peak(mono))
            && let (Some(first), Some(last)) = (mono.iter().position(is_loud), mono.iter().rposition(is_loud))
        {
            let start = self.heard.as_ref().map_or(self.n_frames + first as u64, |heard| heard.start);
            self.heard = Some(start..self.n_frames + last as u64 + 1);
        }
        self.n_frames += mono.len() as u64;
    }

    /// Frames taken so far.
    pub fn n_frames(&self) -> u64 {
        self.n_frames
    }

    /// True for a largest magnitude that is heard.
    pub fn is_heard(&self, peak: f32) -> bool {
        f64::from(peak) >= self.least
    }

    /// The frames from the first to the last that were heard so far; `None` while there is none.
    pub fn heard(&self) -> Option<Range<u64>> {
        self.heard.clone()
    }
}

/// The times of a recording of which silence is trimmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trim {
    /// From its first sound to its last, in seconds of the recording; empty where there is none.
    pub kept_s: Range<f64>,
    /// The length of the whole recording in seconds.
    pub whole_s: f64,
}

/// Opens `path` for the chunks that `settings` say, cut between its first and its last sound where silence is trimmed; then
/// it is read once from beginning to end, with `check` asked on the way whether to go on.
///
/// # Errors
/// Those of [`ChunkReader::open_with`], and of reading the file to find where its sound begins and ends.
pub fn open_trimmed(
    pool: ChunkPool,
    path: &Path,
    settings: &Settings,
    check: &dyn Fn() -> Result<()>,
) -> Result<(ChunkReader, Option<Trim>)> {
    let Settings { ffmpeg, sample_rate_hz, trim_silence_dbfs, .. } = *settings;
    let mut reader = ChunkReader::open_with(pool, path, ffmpeg, sample_rate_hz, settings.chunk_samples())?;
    let Some(dbfs) = trim_silence_dbfs else { return Ok((reader, None)) };
    let span = sound_span(path, ffmpeg, dbfs, check)?;
    let kept = span.heard().unwrap_or(0..0);
    let time_s = |frame: u64| frame as f64 / f64::from(reader.info().sample_rate_hz);
    let trim = Trim { kept_s: time_s(kept.start)..time_s(kept.end), whole_s: time_s(span.n_frames()) };
    reader.keep_frames(kept);
    Ok((reader, Some(trim)))
}

/// Reads the recording at `path` once, and tells its frames from the first to the last whose mean over the channels
/// reaches `dbfs`. `check` is asked after every block whether to go on.
///
/// Frames are those of the file, before any resampling: what a build keeps of it starts at an exact time.
///
/// # Errors
/// Those of [`AudioReader`], a sample that is no finite number, and what `check` returns.
fn sound_span(
    path: &Path,
    ffmpeg: FfmpegUse,
    dbfs: f64,
    check: &dyn Fn() -> Result<()>,
) -> Result<SoundSpan> {
    let mut reader = AudioReader::open_by(path, ffmpeg)?;
    let mut span = SoundSpan::new(dbfs);
    let mut mono = Vec::new();
    loop {
        check()?;
        let n_before = reader.n_frames();
        let Some(block) = reader.next_block()? else { break };
        if let Some(index) = first_not_finite(block.samples) {
            let frame = n_before + (index / block.n_channels) as u64;
            return Err(not_finite(path, frame, reader.info().sample_rate_hz));
        }
        mono.clear();
        mix_to_mono(block.samples, block.n_channels, &mut mono);
        span.add(&mono);
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_loud_frame_are_found_across_blocks() {
        let mut samples = vec![0.000_9; 1_000];
        assert_eq!(heard(&samples), None);
        samples[123] = -0.001_001;
        assert_eq!(heard(&samples), Some(123..124));
        (samples[500], samples[876]) = (0.7, 0.002);
        assert_eq!(heard(&samples), Some(123..877));
    }

    fn heard(samples: &[f32]) -> Option<Range<u64>> {
        let mut span = SoundSpan::new(-60.0);
        samples.chunks(97).for_each(|block| span.add(block));
        span.heard()
    }
}
