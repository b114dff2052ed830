//! Several streams in one file, one behind the other, as if they were one.

use std::vec;

use super::backend::Backend;
use super::info::SourceInfo;
use super::packets::{PacketReader, Stream};
use crate::audio::container::{Container, Frames, Refusal};
use crate::audio::remark::Remark;

/// The streams of a file from the first to the last; each has a decoder of its own.
pub(super) struct JoinedReader {
    info: SourceInfo,
    current: PacketReader,
    waiting: vec::IntoIter<Container>,
    is_checked: bool,
    /// Frames of all together; `None` where one of them does not tell.
    expected_frames: Option<u64>,
    remarks: Vec<Remark>,
    /// The current block in the first stream's channels, where the current stream has others.
    mixed: Vec<f32>,
}

impl JoinedReader {
    /// Reads `container` and what is joined to it; fails with the reason where the first stream is not read.
    /// With `is_checked` each sound is compared with its header's checksum of it.
    pub(super) fn open(mut container: Container, is_checked: bool) -> Result<Self, Refusal> {
        let joined = std::mem::take(&mut container.joined);
        let known = |container: &Container| match container.frames {
            Frames::Known(n_frames) => Some(n_frames),
            Frames::Packets => None,
        };
        let first_frames = known(&container);
        let expected_frames = joined
            .iter()
            .map(known)
            .fold(first_frames, |sum, n_frames| sum.zip(n_frames).map(|(a, b)| a.saturating_add(b)));
        let current = PacketReader::open(Stream::open(container)?, is_checked)?;
        let info = current.info().clone();
        let remarks = current.remarks().to_vec();
        let waiting = joined.into_iter();
        Ok(Self { info, current, waiting, is_checked, expected_frames, remarks, mixed: Vec::new() })
    }

    /// Goes on to the next stream; false where there is none.
    fn open_next(&mut self) -> Result<bool, String> {
        if self.current.flaw().is_some() {
            return Ok(false);
        }
        let Some(container) = self.waiting.next() else { return Ok(false) };
        self.current = PacketReader::open(Stream::open(container)?, self.is_checked)?;
        let (rate_hz, found_hz) = (self.info.sample_rate_hz, self.current.info().sample_rate_hz);
        if rate_hz != found_hz {
            return Err(format!("a stream of {found_hz} Hz is joined to one of {rate_hz} Hz here"));
        }
        Ok(true)
    }
}

impl Backend for JoinedReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn expected_frames(&self) -> Option<u64> {
        self.expected_frames
    }

    fn advance(&mut self) -> Result<bool, String> {
        while !self.current.advance()? {
            for remark in self.current.remarks() {
                if !self.remarks.contains(remark) {
                    self.remarks.push(remark.clone());
                }
            }
            if !self.open_next()? {
                return Ok(false);
            }
        }
        let (n_channels, n_wanted) = (self.current.info().n_channels, self.info.n_channels);
        self.mixed.clear();
        if n_channels != n_wanted {
            let frames = self.current.samples().chunks_exact(n_channels);
            let means = frames.map(|frame| frame.iter().sum::<f32>() / n_channels as f32);
            self.mixed.extend(means.flat_map(|mean| std::iter::repeat_n(mean, n_wanted)));
        }
        Ok(true)
    }

    fn samples(&self) -> &[f32] {
        if self.mixed.is_empty() { self.current.samples() } else { &self.mixed }
    }

    fn flaw(&self) -> Option<&str> {
        self.current.flaw()
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}
