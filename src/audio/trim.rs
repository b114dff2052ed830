//! The part of a recording between its first and its last sound.

use std::ops::Range;
use std::path::Path;

use super::chunk::{first_not_finite, mix_to_mono, not_finite};
use super::decode::AudioReader;
use crate::error::Result;
use crate::peak::peak;
use crate::settings::{FfmpegUse, amplitude};

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

/// Reads the recording at `path` once, and gives its frames from the first to the last whose mean over the channels
/// reaches `dbfs`; none where nothing does. `check` is asked after every block whether to go on.
///
/// Frames are those of the file, before any resampling: what a build keeps of it starts at an exact time.
///
/// # Errors
/// Those of [`AudioReader`], a sample that is no finite number, and what `check` returns.
pub fn sounding_frames(
    path: &Path,
    ffmpeg: FfmpegUse,
    dbfs: f64,
    check: &dyn Fn() -> Result<()>,
) -> Result<Range<u64>> {
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
    Ok(span.heard().unwrap_or(0..0))
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
