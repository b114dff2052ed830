//! The preview as a window keeps it, fed by its updates.

use std::ops::Range;
use std::sync::Arc;

use super::part::{ChunkLevel, Part};
use super::powers::PowerCounts;
use super::update::PreviewUpdate;
use crate::audio::decode::SourceInfo;
use crate::audio::trim::Trim;
use crate::settings::AnalysisSettings;

/// A preview as far as it has come.
#[derive(Debug, Clone)]
pub struct Preview {
    settings: AnalysisSettings,
    info: Option<SourceInfo>,
    expected_chunks: Option<usize>,
    trim: Option<Trim>,
    parts: Vec<Arc<Part>>,
    powers: Option<Arc<PowerCounts>>,
}

impl Preview {
    /// A preview with nothing in it yet, made with `settings`.
    pub fn new(settings: AnalysisSettings) -> Self {
        Self { settings, info: None, expected_chunks: None, trim: None, parts: Vec::new(), powers: None }
    }

    /// Takes the next update. True where it replaced parts that were there: pictures of them are out of date.
    pub fn apply(&mut self, update: PreviewUpdate) -> bool {
        match update {
            PreviewUpdate::Started { info, expected_chunks, trim } => {
                self.info = Some(info);
                self.expected_chunks = expected_chunks;
                self.trim = trim;
            }
            // The samples are for whoever plays them.
            PreviewUpdate::Made(_) => {}
            PreviewUpdate::Part(part) => self.parts.push(part),
            PreviewUpdate::Powers(powers) => self.powers = Some(powers),
            PreviewUpdate::Coarser(parts) => {
                self.parts = parts;
                return true;
            }
        }
        false
    }

    /// The settings it was made with; the threshold is not applied.
    pub fn settings(&self) -> &AnalysisSettings {
        &self.settings
    }

    /// The information of the file's headers; `None` until it is open.
    pub fn info(&self) -> Option<&SourceInfo> {
        self.info.as_ref()
    }

    /// The parts in order, each beginning where the one before it ends.
    pub fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// The counts of mel powers; `None` before the first chunk. It may lag behind the parts until the end.
    pub fn powers(&self) -> Option<&Arc<PowerCounts>> {
        self.powers.as_ref()
    }

    /// True where columns are the build's own frames, and not several of them.
    pub fn is_exact(&self) -> bool {
        self.parts.iter().all(|part| part.scale.level == 0)
    }

    /// Length in seconds of what is there, without the last chunk's padding.
    pub fn duration_s(&self) -> f64 {
        let n_samples: u64 = self.parts.iter().map(|part| part.n_samples).sum();
        n_samples as f64 / f64::from(self.settings.sample_rate_hz)
    }

    /// Where its chunks begin and end in the recording; `None` where nothing is trimmed.
    pub fn trim(&self) -> Option<&Trim> {
        self.trim.as_ref()
    }

    /// Where chunk 0 begins, in seconds from the recording's start: later than 0 where silence is trimmed.
    pub fn start_s(&self) -> f64 {
        self.trim.as_ref().map_or(0.0, |trim| trim.kept_s.start)
    }

    /// Where chunk number `chunk` begins, in seconds from the recording's start.
    pub fn chunk_start_s(&self, chunk: usize) -> f64 {
        let sample = chunk * self.settings.chunk_samples;
        self.start_s() + sample as f64 / f64::from(self.settings.sample_rate_hz)
    }

    /// Where what is there ends, without the last chunk's padding, in seconds from the recording's start.
    pub fn end_s(&self) -> f64 {
        let first_chunk = self.parts.first().map_or(0, |part| part.first_chunk);
        self.chunk_start_s(first_chunk) + self.duration_s()
    }

    /// The time of the first frame in a column of one of its parts, in seconds from the recording's start.
    pub fn column_start_s(&self, part: &Part, column: usize) -> f64 {
        let (chunk, frame) = part.scale.first_frame(column);
        let AnalysisSettings { chunk_samples, hop_samples, sample_rate_hz, .. } = self.settings;
        let sample = (part.first_chunk + chunk) * chunk_samples + frame * hop_samples;
        self.start_s() + sample as f64 / f64::from(sample_rate_hz)
    }

    /// Expected length in seconds, to a whole chunk; `None` where the headers do not tell.
    pub fn expected_duration_s(&self) -> Option<f64> {
        let chunk_s = self.settings.chunk_samples as f64 / f64::from(self.settings.sample_rate_hz);
        self.expected_chunks.map(|n_chunks| n_chunks as f64 * chunk_s)
    }

    /// Each chunk that is there with a level of its own: its number, its samples before the padding, and the level. Chunks that
    /// share a column with others are missing.
    pub fn chunk_levels(&self) -> impl Iterator<Item = (usize, usize, ChunkLevel)> {
        let chunk_samples = self.settings.chunk_samples;
        let of_own = self.parts.iter().filter(|part| part.levels.len() == part.n_chunks);
        of_own.flat_map(move |part| {
            part.levels.iter().enumerate().map(move |(place, level)| {
                let n_before = (place * chunk_samples) as u64;
                let n_samples = (part.n_samples - n_before).min(chunk_samples as u64) as usize;
                (part.first_chunk + place, n_samples, *level)
            })
        })
    }

    /// The part and the column in it whose frame lies nearest to `time_s` within its chunk, with time counted from the
    /// recording's start; `None` outside of what is there.
    pub fn column_at(&self, time_s: f64) -> Option<(usize, usize)> {
        let sample = (time_s - self.start_s()) * f64::from(self.settings.sample_rate_hz);
        if sample < 0.0 {
            return None;
        }
        let chunk = (sample / self.settings.chunk_samples as f64) as usize;
        let within = sample - (chunk * self.settings.chunk_samples) as f64;
        let frame = (within / self.settings.hop_samples as f64).round() as usize;
        let frame = frame.min(self.settings.n_frames() - 1);
        let index = self.parts.partition_point(|part| part.first_chunk + part.n_chunks <= chunk);
        let part = self.parts.get(index).filter(|part| part.first_chunk <= chunk)?;
        Some((index, part.scale.column_of(chunk - part.first_chunk, frame)))
    }

    /// The share of bins, 0 to 1, whose instantaneous frequency a mask with `threshold` sets to 0: exact where
    /// [`Preview::is_exact`], and from [`PowerCounts::masked_share`] where several frames share a column.
    pub fn masked_share(&self, threshold: f64) -> f64 {
        self.masked_share_without(&[], threshold)
    }

    /// The same of all chunks except those `left_out`. A column that chunks share counts unless all of them are left out.
    pub fn masked_share_without(&self, left_out: &[Range<usize>], threshold: f64) -> f64 {
        if left_out.is_empty() && !self.is_exact() {
            return self.powers.as_ref().map_or(0.0, |powers| powers.masked_share(threshold));
        }
        let is_kept = |chunk: &usize| !left_out.iter().any(|range| range.contains(chunk));
        let (mut n_bins, mut n_masked) = (0.0, 0.0);
        for part in &self.parts {
            let [of_part, masked_of_part] = part.n_masked(is_kept, threshold);
            n_bins += of_part;
            n_masked += masked_of_part;
        }
        if n_bins > 0.0 { n_masked / n_bins } else { 0.0 }
    }
}
