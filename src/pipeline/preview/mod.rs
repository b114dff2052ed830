//! A look at one recording, or at one variant of a chunk: the build's own tensors, chunk by chunk, in a form that can be
//! drawn while it grows.
//!
//! A chunk's tensor is kept before mask and logarithm, so that a threshold can be tried without analysing again. What is kept
//! is bounded: when the parts exceed [`LIMIT_BYTES`], all become coarser by half, as often as it takes. The
//! samples of a recording are not kept at all.

mod assembly;
mod model;
mod part;
mod powers;
mod share;
mod variant;
mod viewport;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ndarray::Array2;

use crate::audio::chunk::{ChunkReader, normalise_peak};
use crate::audio::decode::{Ending, SourceInfo};
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::Settings;
use crate::workers;

use assembly::Assembly;
pub use model::Preview;
pub use part::{ChunkLevel, Part, Scale, WAVEFORM_BUCKETS};
pub use powers::{PowerCounts, PowerHistogram};
pub use share::{ShareEstimate, estimate_share};
pub use variant::{MadeVariant, VariantSubject};
pub use viewport::Viewport;

/// Bytes of tensors that a look keeps before it becomes coarser; with the default settings eleven minutes.
pub const LIMIT_BYTES: usize = 64_000_000;

/// What can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A recording.
    File(PathBuf),
    /// One variant of one chunk of a recording, whose time begins at the chunk's start.
    Variant(Box<VariantSubject>),
}

impl Subject {
    /// The recording.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Variant(variant) => &variant.file,
        }
    }

    /// True when both are the same recording, or variants of the same number of its same chunk, however they are drawn.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let place = |subject: &Self| match subject {
            Self::File(_) => None,
            Self::Variant(variant) => Some((variant.chunk, variant.number)),
        };
        self.path() == other.path() && place(self) == place(other)
    }

    /// The same at the rate and with the chunk length of `settings`, drawn as before.
    #[must_use]
    pub fn cut_as(&self, settings: &Settings) -> Self {
        match self {
            Self::File(path) => Self::File(path.clone()),
            Self::Variant(variant) => Self::Variant(Box::new(variant.cut_as(settings))),
        }
    }
}

/// What to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRequest {
    /// The recording, or a variant of it.
    pub subject: Subject,
    /// The recording's chunks to look at. What lies before is decoded and passed over. A variant is looked at as a whole.
    pub chunks: Range<usize>,
    /// Bytes of tensors to keep before the look becomes coarser: [`LIMIT_BYTES`].
    pub limit_bytes: usize,
}

impl PreviewRequest {
    /// The whole recording.
    pub fn whole(path: &Path) -> Self {
        Self { subject: Subject::File(path.to_path_buf()), chunks: 0..usize::MAX, limit_bytes: LIMIT_BYTES }
    }
}

/// What a look says while it grows.
#[derive(Debug, Clone)]
pub enum PreviewUpdate {
    /// The file is open.
    Started {
        /// What its headers say.
        info: SourceInfo,
        /// Chunks that the look will have if the headers are true; `None` where they do not tell.
        expected_chunks: Option<usize>,
    },
    /// A variant was made: its parts follow.
    Made(MadeVariant),
    /// The next part, in order.
    Part(Arc<Part>),
    /// All parts so far in a coarser form, which replaces them.
    Coarser(Vec<Arc<Part>>),
    /// How often each mel power occurs in what was analysed so far, which replaces earlier counts.
    Powers(Arc<PowerCounts>),
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewSummary {
    /// Chunks looked at.
    pub n_chunks: usize,
    /// Where the file is damaged: up to when it can be used, and why not further.
    pub damage: Option<String>,
}

/// Takes an update; an error ends the look.
pub type Emit<'a> = dyn Fn(PreviewUpdate) -> Result<()> + Sync + 'a;

/// Analyses a recording on `n_workers` threads, or a variant on this one, and emits parts in order as soon as they are
/// ready.
///
/// # Errors
/// What makes a build skip the file: it cannot be opened or decoded, a sample is not finite, there is no sound in
/// it. A chunk that it does not have. On cancel, heeded after each chunk; what `emit` returns.
///
/// # Panics
/// When a variant has not the length of the chunks of `plan`.
pub fn preview(
    request: &PreviewRequest,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    match &request.subject {
        Subject::File(path) => preview_file(path, request, plan, n_workers, monitor, emit),
        Subject::Variant(subject) => variant::preview_variant(subject, plan, monitor, emit),
    }
}

fn preview_file(
    path: &Path,
    request: &PreviewRequest,
    plan: &AnalysisPlan,
    n_workers: usize,
    monitor: &dyn Monitor,
    emit: &Emit<'_>,
) -> Result<PreviewSummary> {
    let settings = plan.settings();
    let open = || ChunkReader::open(path, settings.sample_rate_hz, settings.chunk_samples);
    let reader = caught(path, open)?;
    let expected = reader.expected_chunks().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    emit(PreviewUpdate::Started {
        info: reader.info().clone(),
        expected_chunks: expected.map(|n| n.min(request.chunks.end).saturating_sub(request.chunks.start)),
    })?;
    let turns = Mutex::new(Turns { reader, path, chunks: request.chunks.clone(), next: 0, is_over: false });
    let assembly = Mutex::new(Assembly::new(request.chunks.start, request.limit_bytes, emit));
    let is_failed = AtomicBool::new(false);
    let failure = Mutex::new(None);
    workers::scope("look", n_workers.max(1), |_worker| {
        let outcome = take_turns(&turns, &assembly, plan, &|| {
            // Another worker's failure ends this one too; only the first is told.
            if is_failed.load(Ordering::Acquire) { Err(Error::Cancelled) } else { monitor.check() }
        });
        if let Err(error) = outcome {
            lock(&failure).get_or_insert(error);
            is_failed.store(true, Ordering::Release);
        }
    })?;
    if let Some(error) = lock(&failure).take() {
        return Err(error);
    }
    let n_chunks = assembly.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
    let turns = turns.into_inner().unwrap_or_else(PoisonError::into_inner);
    let damage = damage_of(turns.reader.ending());
    if turns.is_over && turns.next == 0 {
        let reason = damage.unwrap_or_else(|| "it holds no sound (zero frames)".into());
        return Err(Error::audio(path, reason));
    }
    Ok(PreviewSummary { n_chunks, damage })
}

/// Where a recording is damaged, in words.
fn damage_of(ending: Option<&Ending>) -> Option<String> {
    match ending {
        Some(Ending::Damaged { good_s, reason }) => Some(format!("good up to {good_s:.3} s: {reason}")),
        Some(Ending::Complete) | None => None,
    }
}

/// Runs `read`; a panic of the decoder becomes a reason against the file.
fn caught<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    workers::catch("decoder", read)
        .unwrap_or_else(|error| Err(Error::audio(path, format!("the decoder broke down: {error}"))))
}

/// Decoding, which one worker does at a time while the others analyse.
struct Turns<'a> {
    reader: ChunkReader,
    path: &'a Path,
    /// Those that were asked for.
    chunks: Range<usize>,
    /// The recording's chunk that is decoded next.
    next: usize,
    is_over: bool,
}

impl Turns<'_> {
    /// Fills `chunk` with the next one that was asked for; gives its number and its samples before the padding.
    fn take(&mut self, chunk: &mut [f32], check: &dyn Fn() -> Result<()>) -> Result<Option<(usize, usize)>> {
        while !self.is_over && self.next < self.chunks.end {
            check()?;
            let read = caught(self.path, || self.reader.next_into(chunk));
            let Some(n_samples) = read.inspect_err(|_| self.is_over = true)? else {
                self.is_over = true;
                break;
            };
            self.next += 1;
            if self.next > self.chunks.start {
                return Ok(Some((self.next - 1, n_samples)));
            }
        }
        Ok(None)
    }
}

/// One worker: decode a chunk, analyse it while the next one is decoded elsewhere, hand it over.
fn take_turns(
    turns: &Mutex<Turns<'_>>,
    assembly: &Mutex<Assembly<'_>>,
    plan: &AnalysisPlan,
    check: &dyn Fn() -> Result<()>,
) -> Result<()> {
    let mut chunk = vec![0.0; plan.settings().chunk_samples];
    let mut scratch = plan.scratch();
    loop {
        let taken = lock(turns).take(&mut chunk, check)?;
        let Some((index, n_samples)) = taken else { return Ok(()) };
        let waveform = part::waveform_of(&chunk);
        let peak = normalise_peak(&mut chunk);
        let levelled = Levelled { index, n_samples, samples: &chunk, waveform, peak };
        let part = part_of(levelled, plan, &mut scratch);
        check()?;
        lock(assembly).push(part)?;
    }
}

/// A chunk as a build analyses it, and what it was before its level was changed.
struct Levelled<'a> {
    index: usize,
    /// Samples before the padding.
    n_samples: usize,
    samples: &'a [f32],
    waveform: Vec<[f32; 2]>,
    peak: f32,
}

/// The part of one chunk.
fn part_of(chunk: Levelled<'_>, plan: &AnalysisPlan, scratch: &mut Scratch) -> Part {
    let settings = plan.settings();
    let len = settings.n_mels * settings.n_frames();
    let (mut mel_power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
    plan.analyze_unmasked_into(chunk.samples, scratch, &mut mel_power, &mut inst_freq);
    let power_max = mel_power.iter().fold(0.0, |max: f32, &power| max.max(power));
    let matrix = |values| {
        Array2::from_shape_vec((settings.n_mels, settings.n_frames()), values).expect("made of that length")
    };
    Part {
        first_chunk: chunk.index,
        n_chunks: 1,
        n_samples: chunk.n_samples as u64,
        scale: Scale { n_frames: settings.n_frames(), level: 0 },
        mel_power: matrix(mel_power),
        inst_freq: matrix(inst_freq),
        waveform: chunk.waveform,
        levels: vec![ChunkLevel { peak: chunk.peak, power_max }],
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
