//! The sound that comes back from tensors, as a WAV file: those of a recording, of a cache, or of a model.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::PathBuf;

use hound::WavWriter;
use ndarray::Axis;
use serde::Serialize;

use super::analyze::each_tensor;
use super::float_wav;
use super::project::Project;
use super::tensor_file::{Normalisation, TensorFile, is_tensor_name};
use crate::dsp::analysis::AnalysisPlan;
use crate::dsp::fidelity::{Fidelity, FidelityMean, FidelityMeter};
use crate::dsp::reconstruct::{ReconstructionScratch, Reconstructor, Way};
use crate::error::Result;
use crate::monitor::{Monitor, Stage};
use crate::whole_file;

/// What is to be rebuilt, and how.
#[derive(Debug, Clone)]
pub struct ReconstructRequest {
    /// A recording, or tensors: a `.pt` file, or a `.npy` file of `[2, n_mels, frames]` or `[chunks, 2, n_mels, frames]`.
    pub input: PathBuf,
    /// The way back to sound.
    pub way: Way,
    /// Rounds of refinement, for our ways.
    pub n_rounds: usize,
    /// What is known of tensors that are in no cache.
    pub normalisation: Normalisation,
    /// The WAV file to write: one channel of 32-bit float, all chunks one after the other.
    pub output: PathBuf,
    /// An `output` that is there already is replaced.
    pub replace: bool,
}

/// What was rebuilt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReconstructReport {
    /// The file that was written.
    pub output: PathBuf,
    /// The way back to sound.
    pub way: Way,
    /// Rounds of refinement.
    pub n_rounds: usize,
    /// Chunks in it.
    pub n_chunks: usize,
    /// Its length in seconds.
    pub duration_s: f64,
    /// True where tensors were normalised in the file.
    pub was_normalised: bool,
    /// How near it comes to the recording, as a mean over its chunks that are not silent; none where there are none, and for
    /// tensors, whose recording is not there.
    pub fidelity: Option<Fidelity>,
}

/// Rebuilds sound from the tensors of `request.input` and writes it.
///
/// A recording is analysed with the settings of `project`, and each chunk gets its own level back. A tensor of a cache has
/// the settings of that cache and is denormalised with its statistics; any other was made with the settings of `project`, and is
/// denormalised with the statistics of its cache where it is normalised.
///
/// # Errors
/// When the input is no usable audio and no tensor of the settings, or the output is there already or cannot be written;
/// on cancel. The output is complete or untouched.
pub fn reconstruct(
    project: &Project,
    request: &ReconstructRequest,
    monitor: &dyn Monitor,
) -> Result<ReconstructReport> {
    let input = if is_tensor_name(&request.input) {
        Input::Tensors(TensorFile::read(project, &request.input, request.normalisation)?)
    } else {
        Input::Recording
    };
    let settings = match &input {
        Input::Tensors(tensor) => tensor.settings,
        Input::Recording => project.settings.analysis(),
    };
    let reconstructor = Reconstructor::new(settings)?;
    let mut rebuilt = Rebuilt {
        scratch: reconstructor.scratch(),
        chunk: vec![0.0; settings.chunk_samples],
        reconstructor,
        way: request.way,
        n_rounds: request.n_rounds,
        n_chunks: 0,
        n_samples: 0,
    };
    let mut fidelity = None;
    whole_file::write(&request.output, request.replace, |target| {
        let write = float_wav::unwritten(&request.output);
        let mut wav = float_wav::writer(target, settings.sample_rate_hz).map_err(&write)?;
        match &input {
            Input::Tensors(tensor) => {
                monitor.begin(Stage::Reconstruct, tensor.values.len_of(Axis(0)) as u64);
                for one in tensor.values.axis_iter(Axis(0)) {
                    let values: Vec<f32> = one.iter().copied().collect();
                    monitor.check()?;
                    rebuilt.push(&values, 1.0, settings.chunk_samples, &mut wav).map_err(&write)?;
                    monitor.advance(1);
                }
            }
            Input::Recording => {
                fidelity = rebuild_recording(project, request, &mut rebuilt, &mut wav, monitor)?;
            }
        }
        wav.finalize().map_err(&write)
    })?;
    Ok(ReconstructReport {
        output: request.output.clone(),
        way: request.way,
        n_rounds: request.n_rounds,
        n_chunks: rebuilt.n_chunks,
        duration_s: rebuilt.n_samples as f64 / f64::from(settings.sample_rate_hz),
        was_normalised: matches!(&input, Input::Tensors(tensor) if tensor.was_normalised),
        fidelity,
    })
}

enum Input {
    Recording,
    Tensors(TensorFile),
}

/// Chunks on their way to the file.
struct Rebuilt {
    reconstructor: Reconstructor,
    scratch: ReconstructionScratch,
    way: Way,
    n_rounds: usize,
    chunk: Vec<f32>,
    n_chunks: usize,
    n_samples: usize,
}

impl Rebuilt {
    /// Rebuilds a tensor and writes its first `n_samples`, multiplied by `level`.
    fn push(
        &mut self,
        tensor: &[f32],
        level: f32,
        n_samples: usize,
        wav: &mut WavWriter<impl Write + Seek>,
    ) -> hound::Result<()> {
        self.reconstructor.reconstruct_into(
            self.way,
            self.n_rounds,
            tensor,
            &mut self.scratch,
            &mut self.chunk,
        );
        self.n_chunks += 1;
        self.n_samples += n_samples;
        self.chunk[..n_samples].iter().try_for_each(|sample| wav.write_sample(sample * level))
    }
}

/// Analyses a recording and rebuilds it chunk by chunk; gives the mean of the chunks' figures.
fn rebuild_recording(
    project: &Project,
    request: &ReconstructRequest,
    rebuilt: &mut Rebuilt,
    wav: &mut WavWriter<BufWriter<&mut File>>,
    monitor: &dyn Monitor,
) -> Result<Option<Fidelity>> {
    let plan = AnalysisPlan::new(project.settings.analysis())?;
    let mut meter = FidelityMeter::new(plan.settings());
    let mut mean = FidelityMean::default();
    let source = project.source_path(&request.input);
    each_tensor((&source, project.settings()), &plan, (monitor, Stage::Reconstruct), |chunk, tensor| {
        // A chunk of silence was not brought to full level.
        let level = if chunk.peak > 0.0 { chunk.peak } else { 1.0 };
        rebuilt.push(tensor, level, chunk.n_samples, wav).map_err(float_wav::unwritten(&request.output))?;
        if meter.set_original(&chunk.samples) {
            mean.add(meter.compare(&rebuilt.chunk));
        }
        Ok(())
    })?;
    Ok(mean.mean())
}
