//! What the tensors of recordings keep of their sound, in figures: rebuilt in three ways, in every IF mode, with and without the mask.

mod chunk_judge;
mod conclusion;
mod table;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use self::chunk_judge::{ChunkJudge, JudgePlan, Sums};
pub use self::conclusion::IfWorth;
use self::conclusion::conclusion;
pub use self::table::{FidelityRow, FidelityTable};
use super::advice::{SetAdvice, advise_sources};
use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::error::{Error, Remedy, Result};
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{AnalysisSettings, ChunkRules, IfMode, Settings};
use crate::source::SourcePath;
use crate::workers::{self, catch_decoder, lock};

/// What is to be judged, and how much of it.
#[derive(Debug, Clone)]
pub struct JudgeRequest {
    /// A recording; none for all that the project includes.
    pub file: Option<PathBuf>,
    /// Rounds of refinement, for our ways.
    pub n_rounds: usize,
    /// Chunks to judge, evenly spread over files and over each file; none for all.
    pub n_chunks: Option<usize>,
    /// Threads to use, at least 1.
    pub n_workers: usize,
}

/// What was found in some chunks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedChunks {
    /// Chunks that were judged.
    pub n_chunks: usize,
    /// Share, 0 to 1, of the places whose mel power is below the threshold.
    pub masked_share: f64,
    /// The figures, as means over the chunks that are not silent.
    pub figures: FidelityTable,
    /// What they amount to.
    pub conclusion: String,
}

/// What was found in a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedFile {
    /// Its place in the dataset.
    pub source: RelPath,
    /// What was found in its chunks.
    #[serde(flatten)]
    pub judged: JudgedChunks,
}

/// What was found in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeReport {
    /// The mode of channel 1 in the settings.
    pub if_mode: IfMode,
    /// The mask's threshold in the settings.
    pub if_threshold: f64,
    /// Rounds of refinement.
    pub n_rounds: usize,
    /// Recordings of the set.
    pub n_files: usize,
    /// The recordings of which chunks were judged, in the order of the dataset.
    pub files: Vec<JudgedFile>,
    /// All chunks together.
    pub whole: JudgedChunks,
    /// Where the mask's threshold belongs, by all chunks of all recordings.
    pub advice: SetAdvice,
}

/// Judges the recordings of `project`, or one of them. The result does not depend on the number of threads.
///
/// # Errors
/// When the settings allow no reconstruction, the folder cannot be read, or no recording can; on cancel. A recording of a set that cannot be
/// read is told to `monitor` and skipped.
pub fn judge(project: &Project, request: &JudgeRequest, monitor: &dyn Monitor) -> Result<JudgeReport> {
    let settings = project.settings();
    let analysis = settings.analysis();
    let plan = JudgePlan::new(analysis, request.n_rounds)?;
    let sources = match &request.file {
        Some(file) => vec![project.source_path(file)],
        None => project.included(monitor)?,
    };
    // It reads all of them, and tells of each that cannot be read.
    let advice = advise_sources(settings, &sources, request.n_workers, monitor)?;
    let jobs = jobs(sources.len(), request);
    let judged = run(settings, &plan, (&sources, &jobs), request, monitor)?;
    let mut whole = Sums::default();
    let mut files: Vec<JudgedFile> = Vec::new();
    let of_source = |(job, sums): (&Job, Option<Sums>)| sums.map(|sums| (job.source, sums));
    let mut by_source: Vec<(usize, Sums)> = Vec::new();
    for (source, sums) in jobs.iter().zip(judged).filter_map(of_source) {
        whole.merge(&sums);
        match by_source.last_mut().filter(|(last, _)| *last == source) {
            Some((_, all)) => all.merge(&sums),
            None => by_source.push((source, sums)),
        }
    }
    for (source, sums) in by_source.into_iter().filter(|(_, sums)| sums.n_chunks > 0) {
        let source = sources[source].relative.clone();
        files.push(JudgedFile { source, judged: JudgedChunks::new(&sums, &analysis) });
    }
    if files.is_empty() {
        let problem = "there is no chunk in it that can be read and is not left out by the settings";
        let path = request.file.as_deref().unwrap_or(project.root());
        return Err(Error::refused(path, problem, Remedy::NameRecordings));
    }
    Ok(JudgeReport {
        if_mode: analysis.if_mode,
        if_threshold: analysis.if_threshold,
        n_rounds: request.n_rounds,
        n_files: sources.len(),
        whole: JudgedChunks::new(&whole, &analysis),
        files,
        advice,
    })
}

impl JudgedChunks {
    fn new(sums: &Sums, settings: &AnalysisSettings) -> Self {
        let masked_share = sums.n_masked as f64 / sums.n_places.max(1) as f64;
        Self {
            n_chunks: sums.n_chunks,
            masked_share,
            conclusion: conclusion(&sums.table, masked_share, settings),
            figures: sums.table.clone(),
        }
    }
}

/// A part of a recording's chosen chunks.
struct Job {
    source: usize,
    /// Chunks that are chosen of the recording; none for all.
    n_chosen: Option<usize>,
    part: usize,
    n_parts: usize,
}

impl Job {
    /// The chosen chunks of this part, ascending, of `n_chunks` that there are.
    fn chosen(&self, n_chunks: usize) -> impl Iterator<Item = usize> + use<> {
        let n_chosen = self.n_chosen.unwrap_or(n_chunks).min(n_chunks);
        let range: Range<usize> =
            self.part * n_chosen / self.n_parts..(self.part + 1) * n_chosen / self.n_parts;
        range.map(move |chosen| (2 * chosen + 1) * n_chunks / (2 * n_chosen))
    }
}

/// The jobs for `n_sources` recordings: each is one job, or as many as there are threads where there are fewer recordings.
fn jobs(n_sources: usize, request: &JudgeRequest) -> Vec<Job> {
    let n_taken = request.n_chunks.map_or(n_sources, |n_chunks| n_sources.min(n_chunks));
    let n_parts = if n_taken < request.n_workers { request.n_workers } else { 1 };
    let mut jobs = Vec::new();
    for taken in 0..n_taken {
        let source = (2 * taken + 1) * n_sources / (2 * n_taken);
        let n_chosen = request.n_chunks.map(|n_chunks| n_chunks.div_ceil(n_taken));
        jobs.extend((0..n_parts).map(|part| Job { source, n_chosen, part, n_parts }));
    }
    jobs
}

/// The sums of each job; none where its recording cannot be read.
fn run(
    settings: &Settings,
    plan: &JudgePlan,
    (sources, jobs): (&[SourcePath], &[Job]),
    request: &JudgeRequest,
    monitor: &dyn Monitor,
) -> Result<Vec<Option<Sums>>> {
    let rules = ChunkRules::new(settings);
    let next = AtomicUsize::new(0);
    let judged: Mutex<Vec<Option<Sums>>> = Mutex::new(vec![None; jobs.len()]);
    let n_chosen = jobs.iter().filter(|job| job.part == 0).map(|job| job.n_chosen).sum::<Option<usize>>();
    monitor.begin(Stage::Judge, n_chosen.unwrap_or(0) as u64);
    let n_workers = request.n_workers.min(jobs.len());
    workers::fail_fast("judge", n_workers, monitor, |_worker, stop| {
        let mut reader = Reader {
            settings,
            rules: &rules,
            judge: ChunkJudge::new(plan),
            chunk: Chunk::new(settings.analysis().chunk_samples),
        };
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return Ok(()) };
            let source = &sources[job.source];
            let check = || stop.check();
            match catch_decoder(&source.path, || reader.read(source, job, monitor, &check)) {
                Ok(sums) => lock(&judged)[index] = Some(sums),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(unreadable) if request.file.is_some() => return Err(unreadable),
                Err(_told_before) => {}
            }
        }
    })?;
    Ok(judged.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One thread's buffers.
struct Reader<'a> {
    settings: &'a Settings,
    rules: &'a ChunkRules,
    judge: ChunkJudge<'a>,
    chunk: Chunk,
}

impl<'a> Reader<'a> {
    /// Judges the chunks of a job.
    fn read(
        &mut self,
        source: &SourcePath,
        job: &Job,
        monitor: &dyn Monitor,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<Sums> {
        let mut sums = Sums::default();
        let mut chunks = self.open(source, check)?;
        let n_chunks = if let Some(n_chunks) = chunks.expected() {
            n_chunks as usize
        } else {
            // The headers do not tell: it is read once more, to be counted.
            let n_chunks = self.count(chunks, check)?;
            chunks = self.open(source, check)?;
            n_chunks
        };
        let mut chosen = job.chosen(n_chunks).peekable();
        while chosen.peek().is_some() && chunks.next(&mut self.chunk, check)? {
            if chosen.next_if_eq(&(chunks.n_kept() - 1)).is_some() {
                self.judge.judge(&self.chunk.samples, &mut sums, check)?;
                monitor.advance(1);
            }
        }
        Ok(sums)
    }

    fn open(&self, source: &SourcePath, check: &dyn Fn() -> Result<()>) -> Result<KeptChunks<'a>> {
        let rules = self.rules.of(&source.relative);
        KeptChunks::open(ChunkPool::default(), &source.path, self.settings, rules, check)
    }

    /// Reads all chunks that are kept, and gives their number.
    fn count(&mut self, mut chunks: KeptChunks<'_>, check: &dyn Fn() -> Result<()>) -> Result<usize> {
        while chunks.next(&mut self.chunk, check)? {}
        Ok(chunks.n_kept())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(n_chunks: Option<usize>, n_workers: usize) -> JudgeRequest {
        JudgeRequest { file: None, n_rounds: 0, n_chunks, n_workers }
    }

    /// The chosen chunks of each source, each of which has `n_chunks`.
    fn chosen(n_sources: usize, n_chunks: usize, request: &JudgeRequest) -> Vec<(usize, Vec<usize>)> {
        let mut all: Vec<(usize, Vec<usize>)> = Vec::new();
        for job in jobs(n_sources, request) {
            match all.last_mut().filter(|(source, _)| *source == job.source) {
                Some((_, chunks)) => chunks.extend(job.chosen(n_chunks)),
                None => all.push((job.source, job.chosen(n_chunks).collect())),
            }
        }
        all
    }

    #[test]
    fn chunks_are_chosen_evenly_and_the_same_for_any_number_of_threads() {
        // More files than chunks: one of every third, from its middle.
        assert_eq!(chosen(9, 5, &request(Some(3), 2)), [(1, vec![2]), (4, vec![2]), (7, vec![2])]);
        for n_workers in [1, 2, 7] {
            // Fewer files: at least as many as are wanted, spread over each.
            let request = request(Some(5), n_workers);
            assert_eq!(chosen(2, 9, &request), [(0, vec![1, 4, 7]), (1, vec![1, 4, 7])]);
            // A short one is taken as a whole.
            assert_eq!(chosen(2, 2, &request), [(0, vec![0, 1]), (1, vec![0, 1])]);
        }
        for n_workers in [1, 3] {
            let all = chosen(2, 4, &request(None, n_workers));
            assert_eq!(all, [(0, vec![0, 1, 2, 3]), (1, vec![0, 1, 2, 3])]);
        }
        assert!(chosen(0, 4, &request(Some(3), 2)).is_empty());
    }
}
