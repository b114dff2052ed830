//! A passage of a recording, or of tensors, as the model keeps it: the original and every way back to sound, chunk by chunk.

use std::path::{Path, PathBuf};

use ndarray::{ArrayView2, Axis};

use super::loudness_match::LoudnessMatch;
use super::project::Project;
use super::tensor_file::{Normalisation, TensorFile};
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::trim::open_trimmed;
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::dsp::fidelity::{Fidelity, FidelityMeter};
use crate::dsp::reconstruct::{ReconstructionScratch, Reconstructor, Way};
use crate::error::Result;
use crate::monitor::Monitor;
use crate::picture::raster::Channels;
use crate::picture::{ColorMap, Heatmap, Raster};
use crate::settings::{AnalysisSettings, Settings};
use crate::workers::catch_decoder;

/// The most chunks of a passage: with the usual settings a minute, some 50 MB of sound.
pub const PASSAGE_CHUNKS_MAX: usize = 60;

/// Columns of the pictures of a passage that is as long as its headers say, and rows of each: more frames or bands are reduced. A single
/// picture is never larger, which every graphics card takes.
const COLUMNS_MAX: usize = 2_048;
const ROWS_MAX: usize = 1_024;

/// A level difference in dB that has the strongest colour.
pub const DIFFERENCE_MOST_DB: f32 = 20.0;

/// A version of a sound that can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoundVersion {
    /// The recording, as a build hears it.
    Original,
    /// What comes back from its tensors.
    Rebuilt(Way),
}

impl SoundVersion {
    /// All versions, in the order in which they are compared.
    pub const ALL: [Self; 4] = [
        Self::Original,
        Self::Rebuilt(Way::Trainer),
        Self::Rebuilt(Way::Ours),
        Self::Rebuilt(Way::Magnitude),
    ];

    /// Its place among [`SoundVersion::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Original => 0,
            Self::Rebuilt(way) => 1 + way as usize,
        }
    }
}

/// The sound of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassageSource {
    /// A recording.
    Recording(PathBuf),
    /// Tensors, of a cache or of a model.
    Tensors(PathBuf, Normalisation),
}

impl PassageSource {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Recording(path) | Self::Tensors(path, _) => path,
        }
    }
}

/// A request for a passage.
#[derive(Debug, Clone)]
pub struct PassageRequest {
    /// The dataset's folder.
    pub root: PathBuf,
    /// Its settings.
    pub settings: Settings,
    /// Its sound.
    pub source: PassageSource,
    /// The number of its first chunk.
    pub first_chunk: usize,
    /// Rounds of refinement, for our ways.
    pub n_rounds: usize,
}

/// A chunk of a passage.
#[derive(Debug, Clone)]
pub struct PassageChunk {
    /// Samples per second.
    pub sample_rate_hz: u32,
    /// The length of every chunk in seconds, padding among it.
    pub chunk_s: f64,
    /// The start of the passage, in seconds of the recording.
    pub passage_start_s: f64,
    /// Chunks of the whole recording, where its headers tell; true after its last chunk.
    pub n_chunks_of_all: Option<usize>,
    /// Every version at the recording's own level, as in [`SoundVersion::ALL`]. Tensors have no original: it is empty.
    pub sounds: [Vec<f32>; 4],
    /// The gains that make all versions so far equally loud.
    pub gains: [f32; 4],
    /// The figures of each way; none for silence, and where there is no original.
    pub fidelity: Option<[Fidelity; 3]>,
    /// Its pictures.
    pub pictures: ChunkPictures,
    /// True where tensors were normalised in their file.
    pub was_normalised: bool,
}

/// The pictures of a chunk, all of one size, low bands at the bottom.
#[derive(Debug, Clone)]
pub struct ChunkPictures {
    /// Both channels of the tensor.
    pub tensor: [Raster; 2],
    /// The level of what each way brings back, less that of the tensor: 10·log10 of (1 + mel power), from blue at -20 dB to orange at 20 dB.
    pub differences: [Raster; 3],
}

/// Rebuilds the passage that `request` asks for and hands its chunks to `emit`.
///
/// # Errors
/// When the recording or the tensors cannot be read; on cancel; what `emit` returns.
pub fn rebuild_passage(
    request: &PassageRequest,
    monitor: &dyn Monitor,
    mut emit: impl FnMut(PassageChunk) -> Result<()>,
) -> Result<()> {
    match &request.source {
        PassageSource::Recording(path) => {
            catch_decoder(path, || of_recording(path, request, monitor, &mut emit))
        }
        PassageSource::Tensors(path, normalisation) => {
            let project = Project::new(&request.root, request.settings.clone())?;
            let file = TensorFile::read(&project, path, *normalisation)?;
            of_tensors(&file, request, monitor, &mut emit)
        }
    }
}

fn of_recording(
    path: &Path,
    request: &PassageRequest,
    monitor: &dyn Monitor,
    emit: &mut dyn FnMut(PassageChunk) -> Result<()>,
) -> Result<()> {
    let settings = &request.settings;
    let check = || monitor.check();
    let (mut reader, _trim) = open_trimmed(ChunkPool::default(), path, settings, &check)?;
    let start_s = reader.first_frame() as f64 / f64::from(reader.info().sample_rate_hz);
    let passage_start_s = start_s + request.first_chunk as f64 * settings.chunk_s;
    let mut rebuilder = Rebuilder::new(settings.analysis(), request.n_rounds)?;
    let mut chunk = Chunk::new(rebuilder.settings().chunk_samples);
    let mut tensor = vec![0.0; rebuilder.settings().tensor_shape().iter().product()];
    let n_left = reader.expected_chunks().map(|n| (n as usize).saturating_sub(request.first_chunk));
    rebuilder.n_columns = COLUMNS_MAX / n_left.unwrap_or(usize::MAX).clamp(1, PASSAGE_CHUNKS_MAX);
    let last = request.first_chunk.saturating_add(PASSAGE_CHUNKS_MAX);
    while reader.n_chunks() < last {
        check()?;
        if !reader.next_levelled(&mut chunk)? {
            reader.outcome()?;
            break;
        }
        if chunk.index < request.first_chunk {
            continue;
        }
        // A chunk of silence was not brought to full level.
        let level = if chunk.peak > 0.0 { chunk.peak } else { 1.0 };
        rebuilder.analyze(&chunk.samples, &mut tensor);
        let original = Some((chunk.samples.as_slice(), level, chunk.n_samples));
        let mut made = rebuilder.rebuild(&tensor, original, monitor)?;
        made.passage_start_s = passage_start_s;
        made.n_chunks_of_all = reader.expected_chunks().map(|n_chunks| n_chunks as usize);
        emit(made)?;
    }
    Ok(())
}

fn of_tensors(
    file: &TensorFile,
    request: &PassageRequest,
    monitor: &dyn Monitor,
    emit: &mut dyn FnMut(PassageChunk) -> Result<()>,
) -> Result<()> {
    let mut rebuilder = Rebuilder::new(file.settings, request.n_rounds)?;
    let n_chunks = file.values.len_of(Axis(0));
    rebuilder.n_columns =
        COLUMNS_MAX / n_chunks.saturating_sub(request.first_chunk).clamp(1, PASSAGE_CHUNKS_MAX);
    let tensors = file.values.outer_iter().skip(request.first_chunk).take(PASSAGE_CHUNKS_MAX);
    let passage_start_s = request.first_chunk as f64 * file.settings.chunk_samples as f64
        / f64::from(file.settings.sample_rate_hz);
    for tensor in tensors {
        let values: Vec<f32> = tensor.iter().copied().collect();
        let mut made = rebuilder.rebuild(&values, None, monitor)?;
        made.passage_start_s = passage_start_s;
        made.n_chunks_of_all = Some(n_chunks);
        made.was_normalised = file.was_normalised;
        emit(made)?;
    }
    Ok(())
}

/// Everything for one chunk after the other.
struct Rebuilder {
    plan: AnalysisPlan,
    analysis: Scratch,
    reconstructor: Reconstructor,
    reconstruction: ReconstructionScratch,
    meter: FidelityMeter,
    loudness: LoudnessMatch<4>,
    n_rounds: usize,
    /// Columns of the picture of a chunk.
    n_columns: usize,
    rebuilt: Vec<f32>,
    mel_power: Vec<f32>,
    inst_freq: Vec<f32>,
}

impl Rebuilder {
    fn new(settings: AnalysisSettings, n_rounds: usize) -> Result<Self> {
        let (plan, reconstructor) = (AnalysisPlan::new(settings)?, Reconstructor::new(settings)?);
        let n_places = settings.n_mels * settings.n_frames();
        Ok(Self {
            analysis: plan.scratch(),
            reconstruction: reconstructor.scratch(),
            meter: FidelityMeter::new(&settings),
            loudness: LoudnessMatch::new(settings.sample_rate_hz),
            n_rounds,
            n_columns: COLUMNS_MAX,
            rebuilt: vec![0.0; settings.chunk_samples],
            mel_power: vec![0.0; n_places],
            inst_freq: vec![0.0; n_places],
            plan,
            reconstructor,
        })
    }

    fn settings(&self) -> &AnalysisSettings {
        self.plan.settings()
    }

    fn analyze(&mut self, samples: &[f32], tensor: &mut [f32]) {
        self.plan.analyze_into(samples, &mut self.analysis, tensor);
    }

    /// Rebuilds a tensor in every way. `original` is the chunk at full level, its level in the recording, and how many of its samples
    /// are the recording's.
    fn rebuild(
        &mut self,
        tensor: &[f32],
        original: Option<(&[f32], f32, usize)>,
        monitor: &dyn Monitor,
    ) -> Result<PassageChunk> {
        let settings = *self.settings();
        let (level, n_samples) =
            original.map_or((1.0, settings.chunk_samples), |(_, level, n_samples)| (level, n_samples));
        let at_level = |samples: &[f32]| -> Vec<f32> {
            samples[..n_samples].iter().map(|sample| sample * level).collect()
        };
        let has_sound = original.is_some_and(|(samples, ..)| self.meter.set_original(samples));
        let mut sounds: [Vec<f32>; 4] = Default::default();
        sounds[0] = original.map_or_else(Vec::new, |(samples, ..)| at_level(samples));
        let (log_power, inst_freq) = tensor.split_at(self.mel_power.len());
        let mut fidelity = [Fidelity::default(); 3];
        let mut differences = Way::ALL.map(|_| Raster::new(0, 0, [0; 3]));
        for way in Way::ALL {
            monitor.check()?;
            let Self { reconstructor, reconstruction, rebuilt, .. } = self;
            reconstructor.reconstruct_into(way, self.n_rounds, tensor, reconstruction, rebuilt);
            if has_sound {
                fidelity[way as usize] = self.meter.compare(&self.rebuilt);
            }
            sounds[SoundVersion::Rebuilt(way).index()] = at_level(&self.rebuilt);
            differences[way as usize] = self.difference(log_power);
        }
        self.loudness.add(sounds.each_ref().map(Vec::as_slice));
        let reference =
            if original.is_some() { SoundVersion::Original } else { SoundVersion::Rebuilt(Way::Ours) };
        let [magnitude, inst_freq] = [log_power, inst_freq].map(|channel| view(&settings, channel));
        let channels = [Channels { magnitude, inst_freq }];
        let heatmap = Heatmap::new(&channels, self.n_columns, ROWS_MAX);
        let most = magnitude_most(&settings);
        Ok(PassageChunk {
            sample_rate_hz: settings.sample_rate_hz,
            chunk_s: settings.chunk_samples as f64 / f64::from(settings.sample_rate_hz),
            passage_start_s: 0.0,
            n_chunks_of_all: None,
            gains: self.loudness.gains(reference.index()),
            sounds,
            fidelity: has_sound.then_some(fidelity),
            pictures: ChunkPictures {
                tensor: [
                    heatmap.magnitude([0.0, most]),
                    heatmap.inst_freq(ColorMap::Diverging, settings.if_threshold),
                ],
                differences,
            },
            was_normalised: false,
        })
    }

    /// The picture of the levels that came back, less those of a tensor.
    fn difference(&mut self, log_power: &[f32]) -> Raster {
        let Self { plan, analysis, rebuilt, mel_power, inst_freq, .. } = self;
        plan.analyze_unmasked_into(rebuilt, analysis, mel_power, inst_freq);
        let db_of_ln = 10.0 / std::f32::consts::LN_10;
        for (place, wanted) in mel_power.iter_mut().zip(log_power) {
            *place = ((place.ln_1p() - wanted) * db_of_ln / DIFFERENCE_MOST_DB).clamp(-1.0, 1.0);
        }
        let settings = self.plan.settings();
        // As in the other pictures, a pixel that stands for several places shows the loudest.
        let [magnitude, difference] = [log_power, &self.mel_power].map(|values| view(settings, values));
        let channels = [Channels { magnitude, inst_freq: difference }];
        Heatmap::new(&channels, self.n_columns, ROWS_MAX).inst_freq(ColorMap::Diverging, 0.0)
    }
}

/// `values` as `[n_mels, frames]`.
fn view<'a>(settings: &AnalysisSettings, values: &'a [f32]) -> ArrayView2<'a, f32> {
    ArrayView2::from_shape((settings.n_mels, settings.n_frames()), values).expect("a channel of the settings")
}

/// ln(1 + mel power) of a tone at full level, which has the palest colour: its bins have a magnitude of a quarter of the FFT's length.
fn magnitude_most(settings: &AnalysisSettings) -> f32 {
    (settings.n_fft as f32 / 4.0).powi(2).ln_1p()
}
