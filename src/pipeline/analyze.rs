//! The tensors of one recording, as numbers (`.npy`) or as a picture (`.png`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView3;

use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Remedy, Result};
use crate::monitor::{Monitor, Stage};
use crate::picture::{self, ColorMap};
use crate::settings::{ChunkRules, Settings};
use crate::source::SourcePath;
use crate::whole_file;

/// A picture needs all tensors at once; with the default settings this is about three hours of sound.
const PICTURE_BYTES_MAX: usize = 1_000_000_000;

/// The result of an analysis: what was written for one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeReport {
    /// The file.
    pub output: PathBuf,
    /// `[chunks, 2, n_mels, frames]`.
    pub shape: [usize; 4],
}

/// Writes the un-normalised tensors of the recording `file` to `output`: as float32 `[chunks, 2, n_mels, frames]` when
/// it ends in `.npy`, as a picture of both heatmaps when it ends in `.png`. Chunks that the settings leave out are not among
/// them.
///
/// # Errors
/// When `file` is no usable audio, `output` has another extension, is there already (unless `replace`), or cannot be
/// written; on cancel. `output` is complete or untouched.
pub fn analyze(
    project: &Project,
    file: &Path,
    output: &Path,
    replace: bool,
    monitor: &dyn Monitor,
) -> Result<AnalyzeReport> {
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    let extension = output.extension().map(OsStr::to_ascii_lowercase);
    let write = match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("npy") => write_npy,
        Some("png") => write_png,
        _ => return Err(Error::refused(output, "the format is told by the name", Remedy::NameFormat)),
    };
    let source = project.source_path(file);
    let cut = (&source, project.settings());
    let n_chunks = whole_file::write(output, replace, |target| write(cut, &plan, monitor, target, output))?;
    let [channels, n_mels, n_frames] = plan.settings().tensor_shape();
    Ok(AnalyzeReport { output: output.to_path_buf(), shape: [n_chunks, channels, n_mels, n_frames] })
}

fn write_npy(
    cut: (&SourcePath, &Settings),
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    target: &mut File,
    output: &Path,
) -> Result<usize> {
    let mut npy =
        NpyWriter::create(target, plan.settings().tensor_shape()).map_err(Error::io("write", output))?;
    each_tensor(cut, plan, (monitor, Stage::Analyse), |_chunk, tensor| {
        npy.push(tensor).map_err(Error::io("write", output))
    })?;
    npy.finish().map_err(Error::io("write", output))
}

fn write_png(
    cut: (&SourcePath, &Settings),
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    target: &mut File,
    output: &Path,
) -> Result<usize> {
    let settings = plan.settings();
    let shape = settings.tensor_shape();
    let mut values = Vec::new();
    each_tensor(cut, plan, (monitor, Stage::Analyse), |_chunk, tensor| {
        values.extend_from_slice(tensor);
        if values.len() * size_of::<f32>() > PICTURE_BYTES_MAX {
            let problem = "the recording is too long for one picture";
            return Err(Error::refused(&cut.0.path, problem, Remedy::WriteNumbers));
        }
        Ok(())
    })?;
    let tensors: Vec<_> = values
        .chunks_exact(shape.iter().product())
        .filter_map(|tensor| ArrayView3::from_shape(shape, tensor).ok())
        .collect();
    let sheet = picture::draw_tensors(&tensors, ColorMap::Diverging, settings.if_threshold);
    sheet.write_png(BufWriter::new(target)).map_err(Error::io("write", output))?;
    Ok(tensors.len())
}

/// Hands every chunk of `source` that the settings it is cut with keep to `take`, with its tensor, un-normalised; `stage` counts them.
pub(super) fn each_tensor(
    (source, cut): (&SourcePath, &Settings),
    plan: &AnalysisPlan,
    (monitor, stage): (&dyn Monitor, Stage),
    mut take: impl FnMut(&Chunk, &[f32]) -> Result<()>,
) -> Result<()> {
    let settings = plan.settings();
    let rules = ChunkRules::new(cut);
    let check = || monitor.check();
    let mut reader =
        KeptChunks::open(ChunkPool::default(), &source.path, cut, rules.of(&source.relative), &check)?;
    let mut chunk = Chunk::new(settings.chunk_samples);
    let mut tensor = vec![0.0; settings.tensor_shape().iter().product()];
    let mut scratch = plan.scratch();
    monitor.begin(stage, reader.expected().unwrap_or(0));
    while reader.next(&mut chunk, &check)? {
        plan.analyze_into(&chunk.samples, &mut scratch, &mut tensor);
        take(&chunk, &tensor)?;
        monitor.advance(1);
    }
    if let Some(damage) = reader.outcome()? {
        monitor.warning(&damage.warning(source.path.display()));
    }
    if reader.n_kept() == 0 {
        let problem = "every chunk of it is left out by the settings";
        return Err(Error::refused(&source.path, problem, Remedy::KeepChunks));
    }
    Ok(())
}

/// Writes one `.npy` array whose first dimension is known at the end only.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version 1.0.
///
/// Our own, because the crates want the shape first: `ndarray-npy` takes a whole array, and `npyz` 0.9 leaves the number
/// of rows open for one dimension and, since <https://github.com/ExpHP/npyz/issues/78>, for two; this has four.
struct NpyWriter<'a> {
    file: BufWriter<&'a mut File>,
    tensor_shape: [usize; 3],
    n_tensors: usize,
    bytes: Vec<u8>,
}

impl<'a> NpyWriter<'a> {
    /// Room for the header whatever the number of tensors: the format pads it with spaces to a multiple of 64 bytes.
    const HEADER_BYTES: usize = 192;

    fn create(file: &'a mut File, tensor_shape: [usize; 3]) -> io::Result<Self> {
        let mut writer = Self { file: BufWriter::new(file), tensor_shape, n_tensors: 0, bytes: Vec::new() };
        writer.write_header()?;
        Ok(writer)
    }

    fn write_header(&mut self) -> io::Result<()> {
        let [channels, n_mels, n_frames] = self.tensor_shape;
        let dictionary = format!(
            "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {channels}, {n_mels}, {n_frames}), }}",
            self.n_tensors
        );
        self.file.write_all(b"\x93NUMPY\x01\x00")?;
        let text_bytes = Self::HEADER_BYTES - 10;
        self.file.write_all(&(text_bytes as u16).to_le_bytes())?;
        writeln!(self.file, "{dictionary:<width$}", width = text_bytes - 1)
    }

    fn push(&mut self, tensor: &[f32]) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.extend(tensor.iter().flat_map(|value| value.to_le_bytes()));
        self.n_tensors += 1;
        self.file.write_all(&self.bytes)
    }

    /// Gives the number of tensors.
    fn finish(mut self) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(0))?;
        self.write_header()?;
        self.file.flush()?;
        Ok(self.n_tensors)
    }
}
