//! A recording as the list of files shows it: the outline of its waveform and its level, from one pass over its samples.

use std::path::Path;

use crate::audio::chunk::NO_SOUND;
use crate::audio::decode::{AudioReader, Block, Ending};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::FfmpegUse;
use crate::workers::catch_decoder;

/// The most buckets of an outline; a recording with as many frames has at least half of them.
pub const THUMBNAIL_BUCKETS: usize = 128;

/// The largest number of an outline.
const FULL: f32 = 127.0;

/// A recording in small: some 300 bytes, whatever its length.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumbnail {
    /// The least and the greatest sample of each bucket of time, all equally long except the last, of the channels' mean;
    /// 127 is the recording's own peak.
    pub outline: Vec<[i8; 2]>,
    /// The largest magnitude of a sample of any channel; 1 is full scale.
    pub peak: f32,
    /// The root mean square of the channels' mean; 1 is full scale.
    pub rms: f32,
}

/// Reads the recording at `path`; what can be read of a damaged one counts.
///
/// # Errors
/// [`Error::Io`] and [`Error::Audio`] where it cannot be opened or holds no sound; [`Error::Cancelled`] on cancel, heeded
/// after each block.
pub fn thumbnail(path: &Path, ffmpeg: FfmpegUse, monitor: &dyn Monitor) -> Result<Thumbnail> {
    catch_decoder(path, || {
        let mut reader = AudioReader::open_by(path, ffmpeg)?;
        let mut outline = Outline::default();
        while let Some(block) = reader.next_block()? {
            monitor.check()?;
            outline.add(&block);
        }
        if outline.n_frames > 0 {
            return Ok(outline.thumbnail());
        }
        Err(Error::audio(
            path,
            match reader.ending() {
                Some(Ending::Damaged { reason, .. }) => reason.clone(),
                _ => NO_SOUND.into(),
            },
        ))
    })
}

/// The outline while it grows: when its buckets are used up, each two become one, and the next are twice as long.
struct Outline {
    buckets: Vec<[f32; 2]>,
    frames_per_bucket: u64,
    /// Frames in the last bucket.
    n_in_last: u64,
    n_frames: u64,
    square_sum: f64,
    peak: f32,
}

impl Default for Outline {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            frames_per_bucket: 1,
            n_in_last: 1,
            n_frames: 0,
            square_sum: 0.0,
            peak: 0.0,
        }
    }
}

impl Outline {
    fn add(&mut self, block: &Block<'_>) {
        let mut frames = block.samples;
        while !frames.is_empty() {
            if self.n_in_last == self.frames_per_bucket {
                self.begin_bucket();
            }
            let room = usize::try_from(self.frames_per_bucket - self.n_in_last).unwrap_or(usize::MAX);
            let n_samples = frames.len().min(room.saturating_mul(block.n_channels));
            let (run, rest) = frames.split_at(n_samples);
            self.add_run(run, block.n_channels);
            frames = rest;
        }
    }

    /// Adds frames that have room in the last bucket.
    fn add_run(&mut self, samples: &[f32], n_channels: usize) {
        let per_channel = 1.0 / n_channels as f32;
        let Some([mut low, mut high]) = self.buckets.pop() else { return };
        let (mut peak, mut square_sum) = (self.peak, self.square_sum);
        let mut add_frame = |frame: &[f32]| {
            let mut sum = 0.0;
            for &sample in frame {
                // A build refuses a file with a sample that is no finite number; its outline is that of the others.
                let sample = if sample.is_finite() { sample } else { 0.0 };
                sum += sample;
                peak = if sample.abs() > peak { sample.abs() } else { peak };
            }
            let mean = sum * per_channel;
            low = if mean < low { mean } else { low };
            high = if mean > high { mean } else { high };
            square_sum += f64::from(mean) * f64::from(mean);
        };
        match n_channels {
            // Most recordings: a frame of a known length needs no loop.
            1 => samples.as_chunks::<1>().0.iter().for_each(|frame| add_frame(frame)),
            2 => samples.as_chunks::<2>().0.iter().for_each(|frame| add_frame(frame)),
            _ => samples.chunks_exact(n_channels).for_each(add_frame),
        }
        self.buckets.push([low, high]);
        (self.peak, self.square_sum) = (peak, square_sum);
        let n_frames = (samples.len() / n_channels) as u64;
        self.n_in_last += n_frames;
        self.n_frames += n_frames;
    }

    fn begin_bucket(&mut self) {
        if self.buckets.len() == THUMBNAIL_BUCKETS {
            self.merge_pairs();
        }
        self.buckets.push([f32::INFINITY, f32::NEG_INFINITY]);
        self.n_in_last = 0;
    }

    fn merge_pairs(&mut self) {
        let pairs = self.buckets.chunks(2).map(|pair| {
            let low = pair.iter().map(|[low, _]| *low).fold(f32::INFINITY, f32::min);
            let high = pair.iter().map(|[_, high]| *high).fold(f32::NEG_INFINITY, f32::max);
            [low, high]
        });
        self.buckets = pairs.collect();
        self.frames_per_bucket *= 2;
    }

    fn thumbnail(self) -> Thumbnail {
        let scale = if self.peak > 0.0 { FULL / self.peak } else { 0.0 };
        let level = |sample: f32| (sample * scale).round().clamp(-FULL, FULL) as i8;
        Thumbnail {
            outline: self.buckets.into_iter().map(|ends| ends.map(level)).collect(),
            peak: self.peak,
            rms: (self.square_sum / self.n_frames as f64).sqrt() as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline_of(samples: &[f32], n_channels: usize, frames_per_block: usize) -> Outline {
        let mut outline = Outline::default();
        for samples in samples.chunks(frames_per_block * n_channels) {
            outline.add(&Block { samples, n_channels });
        }
        outline
    }

    #[test]
    fn level_and_outline_are_those_of_the_samples_however_they_come() {
        // Ten thousand frames of a square wave at half scale with one sample at -0.8 in the middle.
        let mut samples: Vec<f32> = (0..10_000).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
        samples[5_000] = -0.8;
        let thumbnail = outline_of(&samples, 1, 777).thumbnail();
        assert_eq!(thumbnail.peak, 0.8);
        let rms = ((9_999.0 * 0.25 + 0.64) / 10_000.0_f64).sqrt();
        assert!((f64::from(thumbnail.rms) - rms).abs() < 1e-6, "{}", thumbnail.rms);
        // 10 000 frames are 79 buckets of 128.
        assert_eq!(thumbnail.outline.len(), 79);
        let half = (0.5_f32 / 0.8 * 127.0).round() as i8;
        for (index, bucket) in thumbnail.outline.iter().enumerate() {
            let low = if index == 5_000 / 128 { -127 } else { -half };
            assert_eq!(*bucket, [low, half], "bucket {index}");
        }
        assert_eq!(outline_of(&samples, 1, 1).thumbnail(), thumbnail);
    }

    #[test]
    fn channels_are_averaged_and_their_peak_is_that_of_the_loudest() {
        let samples = [1.0, -1.0, 0.5, 0.5, f32::NAN, 0.5];
        let thumbnail = outline_of(&samples, 2, 2).thumbnail();
        assert_eq!(thumbnail.peak, 1.0);
        assert_eq!(thumbnail.outline, [[0, 0], [64, 64], [32, 32]]);
    }

    #[test]
    fn silence_is_flat_and_has_no_level() {
        let thumbnail = outline_of(&[0.0; 300], 1, 300).thumbnail();
        assert_eq!((thumbnail.peak, thumbnail.rms), (0.0, 0.0));
        assert!(thumbnail.outline.iter().all(|ends| *ends == [0, 0]));
    }
}
