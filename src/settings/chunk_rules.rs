//! The one decision which chunks of a recording are left out: by hand, as mostly padding, or as too quiet.

use std::collections::BTreeMap;

use super::chunk_range::ChunkRange;
use super::table::Settings;
use crate::path_text::RelPath;

/// The settings that leave out chunks, ready to be asked.
#[derive(Debug, Clone)]
pub struct ChunkRules {
    listed: BTreeMap<RelPath, Vec<ChunkRange>>,
    quieter_dbfs: Option<f64>,
    padding: Option<f64>,
    chunk_samples: usize,
}

/// The rules as they concern one recording.
#[derive(Debug, Clone, Copy)]
pub struct FileRules<'a> {
    listed: &'a [ChunkRange],
    /// Chunks whose peak is below this are left out.
    least_peak: Option<f64>,
    /// Chunks of which a larger share is padding are left out.
    padding: Option<f64>,
    chunk_samples: usize,
}

/// The reason why a chunk is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyLeftOut {
    /// `exclude_chunks` names it.
    Listed,
    /// More of it is padding than `exclude_chunks_padding` allows.
    Padding,
    /// Its peak is below `exclude_chunks_quieter_dbfs`.
    Quiet,
}

impl WhyLeftOut {
    /// The reason in words, after "it is left out: ".
    pub fn words(self) -> &'static str {
        match self {
            Self::Listed => "exclude_chunks names it",
            Self::Padding => "more of it is padding than exclude_chunks_padding allows",
            Self::Quiet => "its peak is below exclude_chunks_quieter_dbfs",
        }
    }
}

/// The amplitude of a level in decibels below full scale; 1 is full scale.
pub fn amplitude(dbfs: f64) -> f64 {
    10f64.powf(dbfs / 20.0)
}

impl Settings {
    /// The settings that cutting a recording into chunks depends on; all others have their defaults.
    #[must_use]
    pub fn cut(&self) -> Self {
        Self {
            sample_rate_hz: self.sample_rate_hz,
            chunk_s: self.chunk_s,
            ffmpeg: self.ffmpeg,
            exclude_chunks: self.exclude_chunks.clone(),
            exclude_chunks_quieter_dbfs: self.exclude_chunks_quieter_dbfs,
            exclude_chunks_padding: self.exclude_chunks_padding,
            trim_silence_dbfs: self.trim_silence_dbfs,
            ..Self::default()
        }
    }

    /// The settings that the kept chunks' tensors depend on before the mask; all others have their defaults.
    #[must_use]
    pub fn unmasked_tensors(&self) -> Self {
        Self {
            n_fft: self.n_fft,
            hop_samples: self.hop_samples,
            n_mels: self.n_mels,
            if_threshold: 0.0,
            if_mode: self.if_mode,
            ..self.cut()
        }
    }

    /// True where `other` has the same [`Settings::unmasked_tensors`]; nothing is copied, so that it can be asked in every frame.
    pub fn has_same_unmasked_tensors(&self, other: &Self) -> bool {
        self.analysis().unmasked() == other.analysis().unmasked()
            && self.reading() == other.reading()
            && self.exclude_chunks == other.exclude_chunks
            && self.exclude_chunks_quieter_dbfs == other.exclude_chunks_quieter_dbfs
            && self.exclude_chunks_padding == other.exclude_chunks_padding
    }

    /// True where a chunk may get no tensor, by hand or by a rule.
    pub fn may_leave_out_chunks(&self) -> bool {
        !self.exclude_chunks.is_empty()
            || self.exclude_chunks_quieter_dbfs.is_some()
            || self.exclude_chunks_padding.is_some()
    }

    /// True where some chunks may get no tensor, or parts of a recording no chunk: by hand, by a rule or by trimming.
    pub fn may_leave_out(&self) -> bool {
        self.may_leave_out_chunks() || self.trim_silence_dbfs.is_some()
    }

    /// True where only the sound itself tells how many chunks are kept.
    pub fn sound_decides_chunks(&self) -> bool {
        self.exclude_chunks_quieter_dbfs.is_some() || self.trim_silence_dbfs.is_some()
    }
}

impl ChunkRules {
    /// The rules of `settings`.
    pub fn new(settings: &Settings) -> Self {
        let mut listed: BTreeMap<RelPath, Vec<ChunkRange>> = BTreeMap::new();
        for range in &settings.exclude_chunks {
            listed.entry(range.source.clone()).or_default().push(range.clone());
        }
        Self {
            listed,
            quieter_dbfs: settings.exclude_chunks_quieter_dbfs,
            padding: settings.exclude_chunks_padding,
            chunk_samples: settings.chunk_samples(),
        }
    }

    /// The rules as they concern the recording at `source` in the dataset.
    pub fn of(&self, source: &RelPath) -> FileRules<'_> {
        FileRules {
            listed: self.listed.get(source).map_or(&[], Vec::as_slice),
            least_peak: self.quieter_dbfs.map(amplitude),
            padding: self.padding,
            chunk_samples: self.chunk_samples,
        }
    }
}

impl<'a> FileRules<'a> {
    /// The chunks that are left out by hand.
    pub fn listed(&self) -> &'a [ChunkRange] {
        self.listed
    }

    /// The reason why a chunk is left out: its number, its samples before the padding, and the largest magnitude of them
    /// at the level that they have in the file, where 1 is full scale. `None` for one that is kept.
    pub fn why(&self, chunk: u32, n_samples: usize, peak: f32) -> Option<WhyLeftOut> {
        let is_quiet = || self.least_peak.is_some_and(|least| f64::from(peak) < least);
        self.why_unheard(chunk, n_samples).or_else(|| is_quiet().then_some(WhyLeftOut::Quiet))
    }

    /// The same as far as it can be told without the sound.
    fn why_unheard(&self, chunk: u32, n_samples: usize) -> Option<WhyLeftOut> {
        if self.listed.iter().any(|range| range.contains(chunk)) {
            return Some(WhyLeftOut::Listed);
        }
        let n_padding = self.chunk_samples.saturating_sub(n_samples) as f64;
        let is_padding = self.padding.is_some_and(|most| n_padding > most * self.chunk_samples as f64);
        is_padding.then_some(WhyLeftOut::Padding)
    }

    /// The number of chunks that are kept of a recording of `n_samples` at the build's rate, as far as it can be told
    /// without its sound: the most that there can be.
    pub fn n_kept_at_most(&self, n_samples: u64) -> u64 {
        let chunk_samples = self.chunk_samples.max(1) as u64;
        let n_chunks = n_samples.div_ceil(chunk_samples);
        let Some(last) = n_chunks.checked_sub(1) else { return 0 };
        let n_last = (n_samples - last * chunk_samples) as usize;
        let is_last_out = u32::try_from(last).is_ok_and(|last| self.why_unheard(last, n_last).is_some());
        // What comes before the last has no padding: only names count, and ranges may overlap.
        let mut ranges: Vec<(u64, u64)> =
            self.listed.iter().map(|range| (range.first.into(), u64::from(range.last) + 1)).collect();
        ranges.sort_unstable();
        let (mut n_out, mut counted) = (u64::from(is_last_out), 0);
        for (start, end) in ranges {
            let (start, end) = (start.max(counted), end.min(last));
            n_out += end.saturating_sub(start);
            counted = counted.max(end);
        }
        n_chunks - n_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> ChunkRange {
        ChunkRange::parse(text.as_bytes()).unwrap()
    }

    /// Chunks of 10 samples.
    fn settings() -> Settings {
        Settings { sample_rate_hz: 1_000, chunk_s: 0.01, ..Settings::default() }
    }

    #[test]
    fn each_rule_leaves_out_its_chunks_and_no_others() {
        let settings = Settings {
            exclude_chunks: vec![range("a.wav#1-2"), range("b.wav#0")],
            exclude_chunks_quieter_dbfs: Some(-60.0),
            exclude_chunks_padding: Some(0.5),
            ..settings()
        };
        let rules = ChunkRules::new(&settings);
        let why = |chunk, n_samples, peak| rules.of(&RelPath::new("a.wav")).why(chunk, n_samples, peak);
        assert_eq!(why(0, 10, 0.5), None);
        assert_eq!(why(2, 10, 0.5), Some(WhyLeftOut::Listed));
        assert_eq!(why(3, 10, 0.000_99), Some(WhyLeftOut::Quiet));
        assert_eq!((why(3, 10, 0.001_01), why(3, 10, 0.0)), (None, Some(WhyLeftOut::Quiet)));
        assert_eq!(
            (why(9, 5, 0.5), why(9, 4, 0.5)),
            (None, Some(WhyLeftOut::Padding)),
            "half is not more than half"
        );
        assert_eq!(rules.of(&RelPath::new("c.wav")).why(2, 10, 0.5), None);
        assert_eq!(ChunkRules::new(&self::settings()).of(&RelPath::new("a.wav")).why(0, 1, 0.0), None);
    }

    #[test]
    fn the_most_that_are_kept_follows_from_the_length() {
        let settings = Settings {
            exclude_chunks: ["a#1-3", "a#2-5", "a#2", "a#50-60"].map(range).to_vec(),
            exclude_chunks_padding: Some(0.5),
            ..settings()
        };
        let rules = ChunkRules::new(&settings);
        let source = RelPath::new("a");
        let file = rules.of(&source);
        for n_samples in [0, 1, 5, 9, 10, 11, 39, 40, 55, 59, 60, 64, 65, 500, 501, 505, 506, 999] {
            let one_by_one = (0..u64::div_ceil(n_samples, 10)).filter(|chunk| {
                file.why(*chunk as u32, (n_samples - chunk * 10).min(10) as usize, 1.0).is_none()
            });
            assert_eq!(file.n_kept_at_most(n_samples), one_by_one.count() as u64, "{n_samples}");
        }
    }
}
