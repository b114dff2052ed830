//! The tensors of one recording, as numbers (`.npy`) or as a picture (`.png`).

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Project;
use crate::audio::chunk::{ChunkReader, normalise_peak};
use crate::audio::decode::Ending;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::picture;

/// What was written for one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeReport {
    /// The file.
    pub output: PathBuf,
    /// `[chunks, 2, n_mels, frames]`.
    pub shape: [usize; 4],
}

/// Writes the un-normalised tensors of the recording `file` to `output`: as float32 `[chunks, 2, n_mels, frames]` when
/// it ends in `.npy`, as a picture of both heatmaps when it ends in `.png`.
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
    if output.exists() && !replace {
        return Err(Error::refused(output, "it exists", "name another file, or pass --force to replace it"));
    }
    let extension = output.extension().map(|extension| extension.to_ascii_lowercase());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    let mut target = NamedTempFile::new_in(folder).map_err(Error::io("create a file in", folder))?;
    let shape = match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("npy") => {
            let mut npy = NpyWriter::create(target.as_file_mut(), plan.settings().tensor_shape())
                .map_err(Error::io("write", output))?;
            each_tensor(file, &plan, monitor, |tensor| npy.push(tensor).map_err(Error::io("write", output)))?;
            npy.finish().map_err(Error::io("write", output))?
        }
        Some("png") => {
            let mut tensors = Vec::new();
            each_tensor(file, &plan, monitor, |tensor| {
                tensors.push(tensor.to_vec());
                Ok(())
            })?;
            let [channels, n_mels, n_frames] = plan.settings().tensor_shape();
            let png: Vec<u8> = Vec::new();
            target.write_all(&png).map_err(Error::io("write", output))?;
            [tensors.len(), channels, n_mels, n_frames]
        }
        _ => return Err(Error::refused(output, "the format is told by the name", "end it in .npy or .png")),
    };
    let persisted = if replace { target.persist(output) } else { target.persist_noclobber(output) };
    persisted.map_err(|error| Error::io("write", output)(error.error))?;
    Ok(AnalyzeReport { output: output.to_path_buf(), shape })
}

/// Hands every tensor of `file` to `take`, un-normalised, in the order of the chunks.
fn each_tensor(
    file: &Path,
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
    mut take: impl FnMut(&[f32]) -> Result<()>,
) -> Result<()> {
    let settings = plan.settings();
    let mut reader = ChunkReader::open(file, settings.sample_rate_hz, settings.chunk_samples)?;
    let mut chunk = vec![0.0; settings.chunk_samples];
    let mut tensor = vec![0.0; settings.tensor_shape().iter().product()];
    let mut scratch = plan.scratch();
    monitor.begin(Stage::Analyse, 0);
    let mut n_chunks = 0;
    while reader.next_into(&mut chunk)?.is_some() {
        monitor.check()?;
        normalise_peak(&mut chunk);
        plan.analyze_into(&chunk, &mut scratch, &mut tensor);
        take(&tensor)?;
        n_chunks += 1;
        monitor.advance(1);
    }
    match reader.ending() {
        Some(Ending::Damaged { good_s, reason }) if n_chunks > 0 => {
            monitor.warning(&format!("{}: good up to {good_s:.3} s: {reason}; used up to there", file.display()));
            Ok(())
        }
        Some(Ending::Damaged { reason, .. }) => Err(Error::audio(file, reason)),
        _ if n_chunks == 0 => Err(Error::audio(file, "it holds no sound (zero frames)")),
        _ => Ok(()),
    }
}

/// Writes one `.npy` array whose first dimension is known at the end only.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version 1.0.
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

    fn finish(mut self) -> io::Result<[usize; 4]> {
        self.file.seek(SeekFrom::Start(0))?;
        self.write_header()?;
        self.file.flush()?;
        let [channels, n_mels, n_frames] = self.tensor_shape;
        Ok([self.n_tensors, channels, n_mels, n_frames])
    }
}
