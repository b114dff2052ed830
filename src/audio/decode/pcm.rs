//! Files in which the samples lie as such: bytes are read in large blocks and converted, nothing else.

use std::collections::VecDeque;
use std::ops::Range;

use super::backend::Backend;
use super::convert::to_f32;
use super::info::SourceInfo;
use crate::audio::container::{Container, Pcm, RangeReader};
use crate::audio::remark::Remark;
use crate::settings::SAMPLE_RATES_HZ;

/// Bytes that are read at once: enough for the system's call not to count, and few enough to stay in the cache.
const BLOCK_BYTES: usize = 128 * 1024;

/// The most channels that a file may have.
const CHANNELS_MAX: usize = 255;

/// A file of samples from its first to its last frame.
pub(super) struct PcmReader {
    info: SourceInfo,
    pcm: Pcm,
    file: RangeReader,
    /// The rest that is still to be read.
    ranges: VecDeque<Range<u64>>,
    n_frames: u64,
    n_bytes_left: u64,
    bytes: Vec<u8>,
    samples: Vec<f32>,
    n_samples: usize,
    flaw: Option<String>,
    remarks: Vec<Remark>,
}

impl PcmReader {
    /// Reads the samples that `container` holds as such; fails with the reason where they cannot be.
    pub(super) fn open(container: Container, pcm: Pcm) -> Result<Self, String> {
        let info = info(&container, &pcm)?;
        let frame_bytes = (pcm.format.n_bytes() * pcm.n_channels) as u64;
        let n_frames = pcm.n_bytes() / frame_bytes;
        Ok(Self {
            info,
            file: container.source.into_range_reader(),
            ranges: pcm.ranges.iter().cloned().collect(),
            pcm,
            n_frames,
            n_bytes_left: n_frames * frame_bytes,
            bytes: Vec::new(),
            samples: Vec::new(),
            n_samples: 0,
            flaw: container.flaw,
            remarks: container.remarks,
        })
    }

    /// The number of frames.
    pub(super) fn n_frames(&self) -> u64 {
        self.n_frames
    }
}

/// The content of the headers; fails with the reason where it cannot be read.
fn info(container: &Container, pcm: &Pcm) -> Result<SourceInfo, String> {
    if !SAMPLE_RATES_HZ.contains(&pcm.sample_rate_hz) {
        let (min, max) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
        return Err(format!(
            "its sample rate is {} Hz, which is not within {min} to {max} Hz",
            pcm.sample_rate_hz
        ));
    }
    match pcm.n_channels {
        0 => Err("its number of channels is not known".into()),
        1..=CHANNELS_MAX => Ok(SourceInfo {
            sample_rate_hz: pcm.sample_rate_hz,
            n_channels: pcm.n_channels,
            codec: pcm.format.name(),
            container: container.kind.name().to_owned(),
        }),
        n => Err(format!("it has {n} channels; up to {CHANNELS_MAX} can be read")),
    }
}

impl Backend for PcmReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn expected_frames(&self) -> Option<u64> {
        Some(self.n_frames)
    }

    fn advance(&mut self) -> Result<bool, String> {
        let frame_bytes = self.pcm.format.n_bytes() * self.pcm.n_channels;
        let n_wanted = (BLOCK_BYTES / frame_bytes).max(1) * frame_bytes;
        let n_wanted = usize::try_from(self.n_bytes_left).unwrap_or(usize::MAX).min(n_wanted);
        self.n_samples = 0;
        if n_wanted == 0 {
            return Ok(false);
        }
        if self.bytes.len() < n_wanted {
            self.bytes.resize(n_wanted, 0);
            self.samples.resize(n_wanted / self.pcm.format.n_bytes(), 0.0);
        }
        let mut n_read = 0;
        let mut problem = None;
        while n_read < n_wanted
            && let Some(range) = self.ranges.front_mut()
        {
            let n_here =
                usize::try_from(range.end - range.start).unwrap_or(usize::MAX).min(n_wanted - n_read);
            match self.file.read_at(range.start, &mut self.bytes[n_read..n_read + n_here]) {
                // Shorter than when it was opened.
                Ok(0) if n_here > 0 => {
                    problem = Some("the file has become shorter while it was read".to_owned());
                    break;
                }
                Ok(n) => {
                    range.start += n as u64;
                    n_read += n;
                }
                Err(error) => {
                    problem = Some(error.to_string());
                    break;
                }
            }
            if range.start >= range.end {
                self.ranges.pop_front();
            }
        }
        let n_used = n_read / frame_bytes * frame_bytes;
        self.n_bytes_left = if problem.is_some() { 0 } else { self.n_bytes_left - n_used as u64 };
        self.n_samples = n_used / self.pcm.format.n_bytes();
        to_f32(self.pcm.format, &self.bytes[..n_used], &mut self.samples[..self.n_samples]);
        match problem {
            Some(problem) if n_used == 0 => Err(problem),
            Some(problem) => {
                self.flaw.get_or_insert(problem);
                Ok(true)
            }
            None => Ok(n_used > 0),
        }
    }

    fn samples(&self) -> &[f32] {
        &self.samples[..self.n_samples]
    }

    fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}
