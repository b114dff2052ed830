//! The variants of one recording as sound files: the same samples as in a build.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::float_wav;
use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::augment::{Applied, Recipe, Scratch, VariantKey};
use crate::error::{Error, Result};
use crate::in_words;
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{ChunkRules, Settings, WhyLeftOut};
use crate::whole_file;

/// The name of the list that is written beside the variants.
const LIST_NAME: &str = "variants.json";

/// One chunk of a recording, of which any variant can be made.
pub struct ChunkVariants {
    recipe: Recipe,
    scratch: Scratch,
    source: RelPath,
    chunk: u32,
    samples: Vec<f32>,
}

impl ChunkVariants {
    /// Reads chunk number `chunk` of the recording `file`, of which `source` is the path in its dataset.
    ///
    /// # Errors
    /// Everything that makes a build skip the file, a chunk that it does not have, and one that the settings leave out.
    pub fn open(
        settings: &Settings,
        file: &Path,
        source: RelPath,
        chunk: u32,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let chunk_read = ReadChunk::read(settings, file, &source, chunk, monitor)?;
        if let Some(LeftOutChunk { why, .. }) = chunk_read.left_out {
            return Err(Error::audio(file, format!("chunk {chunk} is left out: {}", why.words())));
        }
        Ok(Self::of_chunk(settings, source, chunk, chunk_read.samples))
    }

    /// The variants of a chunk that was read already: `samples` has its length, at full level.
    pub fn of_chunk(settings: &Settings, source: RelPath, chunk: u32, samples: Vec<f32>) -> Self {
        let recipe = Recipe::new(settings);
        let scratch = recipe.scratch();
        Self { recipe, scratch, source, chunk, samples }
    }

    /// The chunk itself.
    pub fn original(&self) -> &[f32] {
        &self.samples
    }

    /// Makes variant number `variant` in `samples`, and gives what was done: bit for bit what a build with these settings
    /// analyses. Number 0 is the chunk itself.
    ///
    /// # Panics
    /// When `samples` has not the length of the chunk.
    pub fn make_into(&mut self, variant: u32, samples: &mut [f32]) -> Applied {
        if variant == 0 {
            samples.copy_from_slice(&self.samples);
            return Applied::default();
        }
        let key = VariantKey { source: &self.source, chunk: self.chunk, variant };
        self.recipe.apply_into(&key, &self.samples, &mut self.scratch, samples)
    }
}

/// A chunk that the settings leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOutChunk {
    /// The reason.
    pub why: WhyLeftOut,
    /// The next chunk that is kept, or the last before where none follows; `None` where all are left out.
    pub nearest_kept: Option<u32>,
}

/// A chunk of a recording, at full level.
pub(super) struct ReadChunk {
    pub(super) samples: Vec<f32>,
    /// Where it begins, in seconds of the recording.
    pub(super) start_s: f64,
    /// Chunks of the recording, where its header tells.
    pub(super) n_chunks: Option<u64>,
    /// Where it is left out.
    pub(super) left_out: Option<LeftOutChunk>,
}

impl ReadChunk {
    /// Reads chunk number `chunk` of the recording `file`, which is `source` in the dataset. What lies before is decoded
    /// and passed over; where it is left out, what follows is read up to the next one that is kept.
    pub(super) fn read(
        settings: &Settings,
        file: &Path,
        source: &RelPath,
        chunk: u32,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let rules = ChunkRules::new(settings);
        let check = || monitor.check();
        let mut reader = KeptChunks::open(ChunkPool::default(), file, settings, rules.of(source), &check)?;
        let mut read = Chunk::new(settings.chunk_samples());
        let (mut why_left_out, mut last_kept) = (None, None);
        for number in 0..=chunk {
            monitor.check()?;
            let Some(why) = reader.next_of_all(&mut read)? else {
                return Err(Error::audio(file, why_missing(&reader, chunk)?));
            };
            last_kept = if why.is_none() { Some(number) } else { last_kept };
            why_left_out = why;
        }
        let n_before = u64::from(chunk) * read.samples.len() as u64;
        let start_s = reader.start_s() + n_before as f64 / f64::from(settings.sample_rate_hz);
        let (samples, n_chunks) = (read.samples.clone(), reader.expected_chunks());
        let left_out = match why_left_out {
            None => None,
            Some(why) => {
                let next_kept = reader.next(&mut read, &check)?.then_some(read.index as u32);
                Some(LeftOutChunk { why, nearest_kept: next_kept.or(last_kept) })
            }
        };
        Ok(Self { samples, start_s, n_chunks, left_out })
    }
}

/// The reason why a recording that was read to its end has no chunk of this number.
fn why_missing(reader: &KeptChunks<'_>, chunk: u32) -> Result<String> {
    let damage = reader.outcome()?;
    Ok(match (damage, reader.n_chunks()) {
        (Some(damage), _) => format!("{damage}; there is no chunk {chunk}"),
        // One that holds no sound at all is an error by its outcome.
        (None, 0) => "it is trimmed as a whole: nothing in it reaches the level of trim_silence_dbfs".into(),
        (None, n_chunks) => {
            let n_chunks = in_words::count(n_chunks, "chunk");
            format!("it has {n_chunks}, numbered from 0, and no chunk {chunk}")
        }
    })
}

/// The variants that were written for one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantsReport {
    /// The folder.
    pub folder: PathBuf,
    /// Chunks of the recording that are kept.
    pub n_chunks: u32,
    /// Variants of each chunk.
    pub n_variants: u32,
}

/// One variant in `variants.json`.
#[derive(Debug, Serialize)]
struct Listed {
    file: String,
    chunk: u32,
    start_s: f64,
    variant: u32,
    #[serde(flatten)]
    applied: Applied,
    description: String,
}

#[derive(Debug, Serialize)]
struct List<'a> {
    source: &'a RelPath,
    sample_rate: u32,
    seed: u64,
    variants: Vec<Listed>,
}

/// Writes `n_variants` of every chunk that is kept of the recording `file`, which lies in the folder of `project`, into `folder`: one WAV
/// (mono, float32) each, and `variants.json` with what was done to them.
///
/// # Errors
/// When `file` is no usable audio or lies outside of the project's folder, when `folder` holds anything already, or
/// cannot be written; on cancel. What was written until then stays.
pub fn write_variants(
    project: &Project,
    file: &Path,
    n_variants: u32,
    folder: &Path,
    monitor: &dyn Monitor,
) -> Result<VariantsReport> {
    let settings = &project.settings;
    let source = project.relative(file)?;
    let rules = ChunkRules::new(settings);
    let check = || monitor.check();
    let mut reader = KeptChunks::open(ChunkPool::default(), file, settings, rules.of(&source), &check)?;
    whole_file::make_empty_folder(folder)?;
    let recipe = Recipe::new(settings);
    let mut scratch = recipe.scratch();
    let mut chunk = Chunk::new(settings.chunk_samples());
    let mut samples = chunk.samples.clone();
    let chunk_s = samples.len() as f64 / f64::from(settings.sample_rate_hz);
    let mut variants = Vec::new();
    monitor.begin(Stage::Augment, reader.expected().unwrap_or(0) * u64::from(n_variants));
    while reader.next(&mut chunk, &check)? {
        let index = chunk.index as u32;
        for variant in 1..=n_variants {
            monitor.check()?;
            let key = VariantKey { source: &source, chunk: index, variant };
            let applied = recipe.apply_into(&key, &chunk.samples, &mut scratch, &mut samples);
            let name = format!("chunk-{index:04}-variant-{variant:02}.wav");
            write_wav(&folder.join(&name), settings.sample_rate_hz, &samples)?;
            variants.push(Listed {
                file: name,
                chunk: index,
                start_s: reader.start_s() + f64::from(index) * chunk_s,
                variant,
                applied,
                description: applied.to_string(),
            });
            monitor.advance(1);
        }
    }
    if let Some(damage) = reader.outcome()? {
        monitor.warning(&damage.warning(file.display()));
    }
    let list = List { source: &source, sample_rate: settings.sample_rate_hz, seed: settings.seed, variants };
    let path = folder.join(LIST_NAME);
    whole_file::write(&path, false, |target| {
        serde_json::to_writer_pretty(&mut *target, &list)
            .map_err(std::io::Error::from)
            .and_then(|()| target.write_all(b"\n"))
            .map_err(Error::io("write", &path))
    })?;
    Ok(VariantsReport { folder: folder.to_path_buf(), n_chunks: reader.n_kept() as u32, n_variants })
}

/// Float samples, so that the file holds exactly what is analysed.
fn write_wav(path: &Path, sample_rate_hz: u32, samples: &[f32]) -> Result<()> {
    let fill = |target: &mut File| {
        let mut writer = float_wav::writer(target, sample_rate_hz)?;
        for sample in samples {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    whole_file::write(path, false, |target| fill(target).map_err(float_wav::unwritten(path)))
}
