//! The preview of one recording on several threads: one decodes a chunk while the others analyse theirs.

use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::assembly::Assembly;
use super::chunk_part::part_of;
use super::mean::Averaging;
use super::part;
use super::subject::PreviewRequest;
use super::update::{Emit, PreviewSummary, PreviewUpdate};
use crate::audio::chunk::{Chunk, ChunkPool, ChunkReader};
use crate::audio::trim::open_trimmed;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::Result;
use crate::monitor::Monitor;
use crate::settings::{ReadSettings, Settings};
use crate::workers::{self, StopSign, catch_decoder, lock};

/// Previews the recording at `path`.
pub(super) fn preview_file(
    path: &Path,
    request: &PreviewRequest,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    let settings = plan.settings();
    let ReadSettings { ffmpeg, trim_silence_dbfs } = request.reading;
    let cut = Settings { ffmpeg, trim_silence_dbfs, ..settings.to_settings() };
    let open = || open_trimmed(ChunkPool::default(), path, &cut, &|| monitor.check());
    let (reader, trim) = catch_decoder(path, open)?;
    let expected = reader.expected_chunks().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    emit(PreviewUpdate::Started {
        info: reader.info().clone(),
        expected_chunks: expected.map(|n| n.min(request.chunks.end).saturating_sub(request.chunks.start)),
        trim,
    })?;
    let decoding = Mutex::new(Decoding { reader, path, chunks: request.chunks.clone(), is_over: false });
    let assembly = Mutex::new(Assembly::new(
        request.chunks.start,
        request.limit_bytes,
        Averaging::of(settings.if_mode),
        emit,
    ));
    workers::fail_fast("preview", n_workers.max(1), monitor, |_worker, stop| {
        analyse_chunks(&decoding, &assembly, plan, stop)
    })?;
    let n_chunks = assembly.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
    let decoding = decoding.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Where nothing was asked for, the recording may have sound all the same.
    let is_read = decoding.is_over || decoding.reader.n_chunks() > 0;
    let damage = if is_read { decoding.reader.outcome()? } else { None };
    Ok(PreviewSummary { n_chunks, damage: damage.map(|damage| damage.to_string()) })
}

/// The decoder, which one worker has at a time while the others analyse.
struct Decoding<'a> {
    reader: ChunkReader,
    path: &'a Path,
    /// Those that were asked for.
    chunks: Range<usize>,
    is_over: bool,
}

impl Decoding<'_> {
    /// Fills `chunk` with the next one that was asked for, at the level it has in the file; false where there is none.
    fn next_chunk(&mut self, chunk: &mut Chunk, stop: &StopSign<'_>) -> Result<bool> {
        while !self.is_over && self.reader.n_chunks() < self.chunks.end {
            stop.check()?;
            let read = catch_decoder(self.path, || self.reader.next_chunk(chunk));
            self.is_over = !read.inspect_err(|_| self.is_over = true)?;
            if !self.is_over && chunk.index >= self.chunks.start {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// One worker: decode a chunk, analyse it while the next one is decoded elsewhere, hand it over.
fn analyse_chunks(
    decoding: &Mutex<Decoding<'_>>,
    assembly: &Mutex<Assembly<'_>>,
    plan: &AnalysisPlan,
    stop: &StopSign<'_>,
) -> Result<()> {
    let mut chunk = Chunk::new(plan.settings().chunk_samples);
    let mut scratch = plan.scratch();
    while lock(decoding).next_chunk(&mut chunk, stop)? {
        let waveform = part::waveform_of(&chunk.samples);
        chunk.level();
        let part = part_of(&chunk, waveform, plan, &mut scratch);
        stop.check()?;
        lock(assembly).push(part)?;
    }
    Ok(())
}
