//! The chunks of a recording that a build keeps: trimmed, cut, levelled, and without those that the settings leave out.

use std::path::Path;

use super::chunk::{Chunk, ChunkPool, ChunkReader, Damage};
use super::decode::{Remark, SourceInfo};
use super::trim::open_trimmed;
use crate::error::Result;
use crate::resample::resampled_len;
use crate::settings::{FileRules, Settings, WhyLeftOut};

/// Reads the chunks of a recording that get a tensor.
pub struct KeptChunks<'a> {
    reader: ChunkReader,
    rules: FileRules<'a>,
    sample_rate_hz: u32,
    n_kept: usize,
}

impl<'a> KeptChunks<'a> {
    /// Opens `path` as `settings` say, with the `rules` for it. Where silence is trimmed it is read once from beginning to
    /// end, with `check` asked on the way whether to go on.
    ///
    /// # Errors
    /// Those of [`open_trimmed`].
    pub fn open(
        pool: ChunkPool,
        path: &Path,
        settings: &Settings,
        rules: FileRules<'a>,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<Self> {
        let (reader, _trim) = open_trimmed(pool, path, settings, check)?;
        Ok(Self { reader, rules, sample_rate_hz: settings.sample_rate_hz, n_kept: 0 })
    }

    /// Reads the next chunk, left out or not, and brings it to full level; gives the reason where it is left out.
    /// `None` after the last.
    ///
    /// # Errors
    /// As [`ChunkReader::next_into`].
    pub fn next_of_all(&mut self, chunk: &mut Chunk) -> Result<Option<Option<WhyLeftOut>>> {
        if !self.reader.next_levelled(chunk)? {
            return Ok(None);
        }
        let why = self.rules.why(chunk.index as u32, chunk.n_samples, chunk.peak);
        self.n_kept += usize::from(why.is_none());
        Ok(Some(why))
    }

    /// Reads the next chunk that is kept, at full level; false after the last. `check` is asked before each chunk.
    ///
    /// # Errors
    /// As [`ChunkReader::next_into`], and what `check` returns.
    pub fn next(&mut self, chunk: &mut Chunk, check: &dyn Fn() -> Result<()>) -> Result<bool> {
        loop {
            check()?;
            match self.next_of_all(chunk)? {
                None => return Ok(false),
                Some(None) => return Ok(true),
                Some(Some(_left_out)) => {}
            }
        }
    }

    /// Chunks read so far that are kept.
    pub fn n_kept(&self) -> usize {
        self.n_kept
    }

    /// Chunks read so far that are left out.
    pub fn n_left_out(&self) -> usize {
        self.reader.n_chunks() - self.n_kept
    }

    /// Chunks that are kept at most, if the file's headers are true; `None` where they do not tell. After the last chunk,
    /// what its real length tells.
    pub fn expected(&self) -> Option<u64> {
        let n_frames = self.reader.ended_frames().or_else(|| self.reader.expected_frames())?;
        let n_samples = resampled_len(n_frames, self.info().sample_rate_hz, self.sample_rate_hz);
        Some(self.rules.n_kept_at_most(n_samples))
    }

    /// Where its first chunk starts, in seconds of the recording: later than 0 where silence is trimmed.
    pub fn start_s(&self) -> f64 {
        self.reader.first_frame() as f64 / f64::from(self.info().sample_rate_hz)
    }

    /// Chunks read so far.
    pub fn n_chunks(&self) -> usize {
        self.reader.n_chunks()
    }

    /// Chunks there will be in all, left out or not, if the file's headers are true.
    pub fn expected_chunks(&self) -> Option<u64> {
        self.reader.expected_chunks()
    }

    /// The outcome of the file after its last chunk, as [`ChunkReader::outcome`] tells it.
    pub fn outcome(&self) -> Result<Option<Damage>> {
        self.reader.outcome()
    }

    /// The information of the file's headers.
    pub fn info(&self) -> &SourceInfo {
        self.reader.info()
    }

    /// Source frames read so far, trimmed ones among them.
    pub fn n_frames(&self) -> u64 {
        self.reader.n_frames()
    }

    /// Remarks on the file that are no damage; complete after the last chunk.
    pub fn remarks(&self) -> &[Remark] {
        self.reader.remarks()
    }

    /// The program that decodes it, with its version; `None` where it is this one.
    pub fn decoder(&self) -> Option<&str> {
        self.reader.decoder()
    }

    /// Ends reading and hands back what the next file can use.
    pub fn into_pool(self) -> ChunkPool {
        self.reader.into_pool()
    }
}
