//! The order of an audit: scan, measure what is not known yet, check, compare, judge, remember.

use std::sync::Arc;
use std::time::Instant;

use super::project::Project;
use crate::audit::store::{self, EntryRef, Memory};
use crate::audit::{AuditReport, Chunking, Copies, FileAudit, Measured, Meter};
use crate::cache::audit_file;
use crate::cache::lock::CacheLock;
use crate::dataset;
use crate::error::{Error, Remedy, Result};
use crate::monitor::{Monitor, Stage};
use crate::settings::FfmpegUse;
use crate::source::SourceFile;
use crate::workers;

/// The measurements of a recording, or why it cannot be read.
type Outcome = Result<Measured, String>;

/// A measurement with the content it belongs to; `None` where it cannot be trusted the next time.
type Remembered = (Arc<FileAudit>, Option<blake3::Hash>);

/// Audits the folder of `project` on `n_workers` threads, excluded files too. `emit` gets each file with its place in the
/// dataset's order as soon as it is measured, from any thread; what the whole set shows is in the report.
///
/// What was measured is remembered in the cache's folder, so that the next audit reads only what has changed.
///
/// # Errors
/// When the folder cannot be read or holds no audio file, or on cancel. A file that cannot be read is a finding; a memory that cannot be read or
/// written is a warning.
pub fn audit(
    project: &Project,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &(dyn Fn(usize, &Arc<FileAudit>) + Sync),
) -> Result<AuditReport> {
    let began = Instant::now();
    let began_ns = dataset::now_ns();
    let dataset = project.scan(monitor)?;
    if dataset.sources.is_empty() {
        let problem = "there is no audio file in this folder";
        return Err(Error::refused(&dataset.root, problem, Remedy::NameRecordings));
    }
    let (chunking, ffmpeg) = (project.chunking(), project.settings().ffmpeg);
    let mut memory = project.recall(chunking, monitor);
    monitor.begin(Stage::Audit, dataset.sources.len() as u64);
    let mut found: Vec<Option<Remembered>> = Vec::with_capacity(dataset.sources.len());
    for (index, source) in dataset.sources.iter().enumerate() {
        let known = memory.take_unchanged(&source.relative, source.size, source.mtime_ns);
        found.push(known.map(|entry| {
            let file = Arc::new(FileAudit::new(source, entry.outcome, chunking));
            emit(index, &file);
            (file, Some(entry.content))
        }));
    }
    memory.index_contents();
    let open: Vec<usize> = (0..found.len()).filter(|index| found[*index].is_none()).collect();
    monitor.advance((found.len() - open.len()) as u64);
    let keep = |index: usize, outcome: Outcome, content| {
        let file = Arc::new(FileAudit::new(&dataset.sources[index], outcome, chunking));
        emit(index, &file);
        (file, content)
    };
    let measure = |meter: &mut Meter, place: usize| {
        monitor.check()?;
        let (outcome, content) =
            measure_source(meter, &dataset.sources[open[place]], &memory, ffmpeg, chunking, monitor)?;
        monitor.advance(1);
        Ok(keep(open[place], outcome, content))
    };
    let measured = workers::map_indexed("audit", n_workers, open.len(), Meter::default, measure)?;
    for (index, kept) in open.iter().zip(measured) {
        found[*index] = Some(match kept {
            Ok(kept) => kept,
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(broken) => keep(*index, Err(workers::decoder_panic(&broken)), None),
        });
    }
    let found: Vec<Remembered> = found.into_iter().flatten().collect();
    let files: Vec<Arc<FileAudit>> = found.iter().map(|(file, _)| Arc::clone(file)).collect();
    let n_compared = memory.comparisons.len();
    let copies = Copies::find(&files, &mut memory.comparisons, n_workers, monitor)?;
    if !open.is_empty() || n_compared != memory.comparisons.len() {
        let contents = found.iter().zip(&dataset.sources);
        let entries = contents.filter_map(|((file, content), source)| {
            Some(EntryRef {
                path: &file.path,
                size: source.size,
                mtime_ns: source.mtime_ns,
                content: (*content)?,
                outcome: &file.outcome,
            })
        });
        let write =
            |to: &mut dyn std::io::Write| store::write(to, began_ns, chunking, entries, &memory.comparisons);
        let remembered =
            CacheLock::acquire(project.cache_dir()).and_then(|lock| audit_file::replace(&lock, write));
        if let Err(error) = remembered {
            monitor.warning(&format!("the next audit will measure everything again: {}", error.in_full()));
        }
    }
    let mut report = AuditReport::new(dataset.root, files, copies, chunking, &project.settings().exclude);
    (report.n_read, report.seconds) = (open.len(), began.elapsed().as_secs_f64());
    Ok(report)
}

impl Project {
    /// The part of the settings that an audit depends on.
    pub fn chunking(&self) -> Chunking {
        self.settings().into()
    }

    /// The measurements of the audit before; none where that cannot be read.
    pub(super) fn recall(&self, chunking: Chunking, monitor: &dyn Monitor) -> Memory {
        let read = |lines| Memory::read(lines, chunking).map_err(Error::io("read", self.cache_dir()));
        let memory = audit_file::open(self.cache_dir()).and_then(|found| match found {
            audit_file::StoredAudit::Ours(lines) => read(lines),
            audit_file::StoredAudit::Absent | audit_file::StoredAudit::Foreign => Ok(Memory::default()),
        });
        memory.unwrap_or_else(|error| {
            monitor.warning(&format!("what an earlier audit measured cannot be used: {error}"));
            Memory::default()
        })
    }
}

/// Measures a file, or remembers what was measured of the same content elsewhere or before.
fn measure_source(
    meter: &mut Meter,
    source: &SourceFile,
    memory: &Memory,
    ffmpeg: FfmpegUse,
    chunking: Chunking,
    monitor: &dyn Monitor,
) -> Result<(Outcome, Option<blake3::Hash>)> {
    let content = match dataset::hash_file(&source.path, monitor) {
        Ok(content) => content,
        Err(Error::Io { source, .. }) => return Ok((Err(format!("it cannot be read: {source}")), None)),
        Err(other) => return Err(other),
    };
    if let Some(known) = memory.with_content(content) {
        return Ok((known.clone(), Some(content)));
    }
    let outcome = match meter.measure(&source.path, ffmpeg, chunking, &|| monitor.check()) {
        Ok(measured) => Ok(measured),
        // Not remembered: once there is an ffmpeg, the file is read.
        Err(Error::Audio { reason, needs_ffmpeg: true, .. }) => return Ok((Err(reason), None)),
        Err(Error::Audio { reason, .. }) => Err(reason),
        Err(Error::Io { source, .. }) => Err(format!("it cannot be read: {source}")),
        Err(other) => return Err(other),
    };
    // A file that is being written belongs to no content yet.
    if dataset::is_unchanged(source).unwrap_or(false) {
        Ok((outcome, Some(content)))
    } else {
        Ok((Err("it changed while it was read; audit again when it is finished".into()), None))
    }
}
