//! The meter of a build's chunks: which would harm, found while the recording is read once.

use std::ops::Range;

use super::chunk_run::{ChunkFlaw, ChunkRun};
use super::chunking::Chunking;
use super::finding::TimeSpan;
use super::level::peak;
use crate::audio::trim::SoundSpan;
use crate::peak::SILENT_PEAK;
use crate::resample::resampled_len;

/// Chunks below this peak are raised by more than 40 dB.
const QUIET_PEAK: f32 = 0.01;

/// Where the usual rule for leaving out quiet chunks parts them, -60 dBFS: no run goes over it.
const LEFT_OUT_PEAK: f32 = 0.001;

/// A chunk of which more than this share is padding is listed.
const PADDING_SHARE: f64 = 0.5;

/// Runs that are remembered of one recording, at most: more than half an hour of every other second.
const RUNS_MAX: usize = 1024;

/// Goes through a build's chunks at the source's own rate: resampling changes a peak by a fraction of a decibel, and where
/// a chunk begins by less than a sample.
pub(super) struct ChunkMeter {
    from_hz: u32,
    chunking: Chunking,
    /// Where silence is trimmed, what was heard so far.
    sound: Option<SoundSpan>,
    n_chunks: u64,
    /// Frames that were cut into chunks.
    n_frames: u64,
    n_in_chunk: u64,
    next_border: u64,
    peak: f32,
    n_quiet: u64,
    /// The same up to the last chunk that is heard: what follows may be trimmed.
    n_quiet_heard: u64,
    runs: Vec<ChunkRun>,
}

/// What was found of a recording's chunks.
#[derive(Debug)]
pub(super) struct FoundChunks {
    pub(super) n_chunks: u64,
    /// Samples that fill up the last chunk, at the build's rate.
    pub(super) n_padding: u64,
    pub(super) n_quiet: u64,
    pub(super) first_quiet: Option<TimeSpan>,
    pub(super) harmful: Vec<ChunkRun>,
}

impl ChunkMeter {
    pub(super) fn new(from_hz: u32, chunking: Chunking) -> Self {
        let mut meter = Self {
            from_hz,
            chunking,
            sound: chunking.trim_silence_dbfs.map(SoundSpan::new),
            n_chunks: 0,
            n_frames: 0,
            n_in_chunk: 0,
            next_border: 0,
            peak: 0.0,
            n_quiet: 0,
            n_quiet_heard: 0,
            runs: Vec::new(),
        };
        meter.next_border = meter.border(1);
        meter
    }

    /// The first frame of chunk `number`, counted from where the first chunk begins.
    fn border(&self, number: u64) -> u64 {
        let exact = u128::from(number) * self.chunking.chunk_samples as u128 * u128::from(self.from_hz);
        // A chunk of less than one source frame still ends.
        (exact.div_ceil(u128::from(self.chunking.sample_rate_hz)) as u64).max(self.n_frames + 1)
    }

    /// The chunk that has frame `frame`, counted as in [`ChunkMeter::border`].
    fn chunk_of(&self, frame: u64) -> u64 {
        let n_samples = u128::from(frame) * u128::from(self.chunking.sample_rate_hz);
        (n_samples / (self.chunking.chunk_samples as u128 * u128::from(self.from_hz)).max(1)) as u64
    }

    /// Takes the next frames, mixed to mono as a build mixes them.
    pub(super) fn add(&mut self, mut mono: &[f32]) {
        if let Some(sound) = &mut self.sound {
            let n_before = sound.n_frames();
            sound.add(mono);
            let Some(heard) = sound.heard() else { return };
            let n_silent = heard.start.saturating_sub(n_before) as usize;
            mono = &mono[n_silent.min(mono.len())..];
        }
        while !mono.is_empty() {
            let n_left = usize::try_from(self.next_border - self.n_frames).unwrap_or(usize::MAX);
            let (part, rest) = mono.split_at(mono.len().min(n_left));
            self.peak = self.peak.max(peak(part));
            self.n_frames += part.len() as u64;
            self.n_in_chunk += part.len() as u64;
            mono = rest;
            if self.n_frames == self.next_border {
                self.end_chunk();
                self.next_border = self.border(self.n_chunks + 1);
            }
        }
    }

    fn end_chunk(&mut self) {
        if self.peak <= SILENT_PEAK {
            self.push(ChunkFlaw::Silent);
        } else if self.peak < QUIET_PEAK {
            self.n_quiet += 1;
            self.push(ChunkFlaw::Quiet);
        }
        if self.sound.as_ref().is_none_or(|sound| sound.is_heard(self.peak)) {
            self.n_quiet_heard = self.n_quiet;
        }
        self.n_chunks += 1;
        (self.n_in_chunk, self.peak) = (0, 0.0);
    }

    /// Adds the chunk that ends to the run before it, or to a new one. Times follow at the end.
    fn push(&mut self, flaw: ChunkFlaw) {
        let has_room = self.runs.len() < RUNS_MAX;
        match self.runs.last_mut() {
            Some(run)
                if run.flaw == flaw
                    && run.first + run.n == self.n_chunks
                    && (run.peak < LEFT_OUT_PEAK) == (self.peak < LEFT_OUT_PEAK) =>
            {
                run.n += 1;
                run.peak = run.peak.max(self.peak);
            }
            _ if has_room => self.runs.push(run(flaw, self.n_chunks, 1, self.peak)),
            _ => {}
        }
    }

    /// What was found in `n_frames` of the source; `clipped` are the levels and frames of flat tops, and `not_finite` the
    /// first frame that is no number.
    pub(super) fn finish<'a>(
        &mut self,
        n_frames: u64,
        clipped: impl Iterator<Item = (f32, &'a Range<u64>)>,
        not_finite: Option<u64>,
    ) -> FoundChunks {
        if self.n_in_chunk > 0 {
            self.end_chunk();
        }
        let used = match &self.sound {
            Some(sound) => sound.heard().unwrap_or(0..0),
            None => 0..n_frames,
        };
        let chunk_samples = self.chunking.chunk_samples as u64;
        let n_samples = resampled_len(used.end - used.start, self.from_hz, self.chunking.sample_rate_hz);
        let n_chunks = n_samples.div_ceil(chunk_samples);
        let n_padding = n_chunks * chunk_samples - n_samples;
        let padding_share = n_padding as f64 / chunk_samples as f64;
        let mut harmful = std::mem::take(&mut self.runs);
        harmful.extend(self.clipped_runs(&used, clipped));
        // Decoding went on to the block with it, of which nothing was measured.
        let not_finite = not_finite.filter(|_| self.sound.is_none()).map(|frame| self.chunk_of(frame));
        harmful.retain_mut(|run| {
            run.n = run.n.min(n_chunks.saturating_sub(run.first));
            run.n > 0
        });
        if padding_share > PADDING_SHARE {
            harmful.push(run(ChunkFlaw::Padding, n_chunks - 1, 1, 0.0));
        }
        harmful.extend(not_finite.map(|chunk| run(ChunkFlaw::NotFinite, chunk, 1, 0.0)));
        harmful.sort_by_key(|run| (run.first, run.flaw));
        let chunk_s = chunk_samples as f64 / f64::from(self.chunking.sample_rate_hz);
        let first_s = used.start as f64 / f64::from(self.from_hz);
        for run in &mut harmful {
            let [start_s, end_s] =
                [run.first, run.first + run.n].map(|chunk| first_s + chunk as f64 * chunk_s);
            run.span = TimeSpan { start_s, end_s };
            run.padding_share = if run.first + run.n == n_chunks { padding_share as f32 } else { 0.0 };
        }
        harmful.shrink_to_fit();
        let first_quiet = harmful
            .iter()
            .find(|run| run.flaw == ChunkFlaw::Quiet)
            .map(|run| TimeSpan { start_s: run.span.start_s, end_s: run.span.start_s + chunk_s });
        FoundChunks { n_chunks, n_padding, n_quiet: self.n_quiet_heard, first_quiet, harmful }
    }

    /// The chunks of the frames `used` that have flat tops, in runs.
    fn clipped_runs<'a>(
        &self,
        used: &Range<u64>,
        clipped: impl Iterator<Item = (f32, &'a Range<u64>)>,
    ) -> Vec<ChunkRun> {
        let within = clipped.filter_map(|(level, span)| {
            let (start, end) = (span.start.max(used.start), span.end.min(used.end));
            let chunk = |frame: u64| self.chunk_of(frame - used.start);
            (start < end).then(|| (chunk(start), chunk(end - 1), level))
        });
        let mut spans: Vec<(u64, u64, f32)> = within.collect();
        spans.sort_by_key(|(first, last, _)| (*first, *last));
        let mut runs: Vec<ChunkRun> = Vec::new();
        for (first, last, level) in spans {
            match runs.last_mut() {
                Some(run) if first <= run.first + run.n => {
                    run.n = run.n.max(last + 1 - run.first);
                    run.peak = run.peak.max(level);
                }
                _ => runs.push(run(ChunkFlaw::Clipped, first, last + 1 - first, level)),
            }
        }
        runs.truncate(RUNS_MAX);
        runs
    }
}

fn run(flaw: ChunkFlaw, first: u64, n: u64, peak: f32) -> ChunkRun {
    ChunkRun { flaw, first, n, span: TimeSpan { start_s: 0.0, end_s: 0.0 }, peak, padding_share: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chunks of ten frames at 1 kHz.
    fn found(samples: &[f32], trim_silence_dbfs: Option<f64>, clipped: &[(f32, Range<u64>)]) -> FoundChunks {
        let chunking = Chunking { sample_rate_hz: 1_000, chunk_samples: 10, trim_silence_dbfs };
        let mut meter = ChunkMeter::new(1_000, chunking);
        samples.chunks(7).for_each(|block| meter.add(block));
        meter.finish(samples.len() as u64, clipped.iter().map(|(level, span)| (*level, span)), None)
    }

    fn told(found: &FoundChunks) -> Vec<(ChunkFlaw, u64, u64)> {
        found.harmful.iter().map(|run| (run.flaw, run.first, run.n)).collect()
    }

    #[test]
    fn chunks_with_the_same_flaw_in_a_row_are_one_run() {
        use ChunkFlaw::{Clipped, Padding, Quiet, Silent};
        let mut samples = vec![0.5; 84];
        samples[20..50].fill(0.0);
        samples[50..70].fill(0.001);
        samples[64] = -0.009;
        samples[50..60].fill(0.002);
        let found = found(&samples, None, &[(0.5, 8..11), (0.5, 70..71), (0.5, 12..13)]);
        let expected = [(Clipped, 0, 2), (Silent, 2, 3), (Quiet, 5, 2), (Clipped, 7, 1), (Padding, 8, 1)];
        assert_eq!(told(&found), expected);
        assert_eq!((found.n_chunks, found.n_padding, found.n_quiet), (9, 6, 2));
        assert_eq!((found.harmful[2].peak, found.harmful[0].peak), (0.009, 0.5));
        assert_eq!(found.first_quiet.map(|span| (span.start_s, span.end_s < 0.061)), Some((0.05, true)));
        assert_eq!(found.harmful[4].padding_share, 0.6);
        let whole = self::found(&[0.5; 80], None, &[]);
        assert_eq!(
            (whole.n_chunks, told(&whole)),
            (8, Vec::new()),
            "nothing follows a last chunk that is full"
        );
    }

    #[test]
    fn where_silence_is_trimmed_chunks_begin_with_the_sound_and_end_with_it() {
        use ChunkFlaw::{Clipped, Quiet};
        let mut samples = vec![0.000_1; 100];
        samples[23..61].fill(0.5);
        samples[33..53].fill(0.000_1);
        let found = found(&samples, Some(-60.0), &[(0.5, 5..9), (0.5, 58..60)]);
        assert_eq!((found.n_chunks, found.n_padding, found.n_quiet), (4, 2, 2));
        assert_eq!(told(&found), [(Quiet, 1, 2), (Clipped, 3, 1)]);
        assert!((found.harmful[0].span.start_s - 0.033).abs() < 1e-12);
        let silent = self::found(&[0.000_1; 100], Some(-60.0), &[]);
        assert_eq!((silent.n_chunks, silent.n_padding, silent.n_quiet, told(&silent)), (0, 0, 0, Vec::new()));
    }
}
