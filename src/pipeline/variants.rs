//! The variants of one recording as sound files: the same samples as in a build.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use serde::Serialize;

use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::augment::{Applied, Recipe, Scratch, VariantKey};
use crate::error::{Error, Result};
use crate::in_words;
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{ChunkRules, Settings};
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

/// A chunk of a recording, at full level.
pub(super) struct ReadChunk {
    pub(super) samples: Vec<f32>,
    /// Chunks of the recording, where its header tells.
    pub(super) n_chunks: Option<u64>,
}

impl ReadChunk {
    /// Reads chunk number `chunk` of the recording `file`, which is `source` in the dataset. What lies before is decoded
    /// and passed over.
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
        let mut why_left_out = None;
        for _ in 0..=chunk {
            monitor.check()?;
            if let Some(why) = reader.next_of_all(&mut read)? {
                why_left_out = why;
            } else {
                let reason = if let Some(damage) = reader.outcome()? {
                    format!("{damage}; there is no chunk {chunk}")
                } else {
                    let n_chunks = in_words::count(reader.n_chunks(), "chunk");
                    format!("it has {n_chunks}, numbered from 0, and no chunk {chunk}")
                };
                return Err(Error::audio(file, reason));
            }
        }
        if let Some(why) = why_left_out {
            return Err(Error::audio(file, format!("chunk {chunk} is left out: {}", why.words())));
        }
        Ok(Self { samples: read.samples, n_chunks: reader.expected_chunks() })
    }
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
    let spec = WavSpec {
        channels: 1,
        sample_rate: sample_rate_hz,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let fill = |target: &mut File| {
        let mut writer = WavWriter::new(BufWriter::new(target), spec)?;
        for sample in samples {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    whole_file::write(path, false, |target| {
        fill(target).map_err(|error| Error::io("write", path)(std::io::Error::other(error)))
    })
}
