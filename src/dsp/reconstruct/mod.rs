//! From the two channels of a tensor back to sound.
//!
//! What a model learns from, and what it can say at best, is what comes back. There are three ways ([`Way`]): as the trainer
//! decodes, ours, and ours without channel 1, which tells what the instantaneous frequency is worth.
//!
//! Ours goes in five steps, each in a file of its own: mel power to power in bins (`mel_power`), with the tones that channel 1
//! names (`tones`); each bin's advance from its band (`advance`); the phases with which partials begin (`beginning`); phases by
//! integration, where the mask left nothing by what the magnitude says (`gradient`, `integration`); and rounds of fast
//! Griffin-Lim (`griffin_lim`).

mod advance;
mod beginning;
mod gradient;
mod griffin_lim;
mod integration;
mod least_norm;
mod mel_power;
mod tones;
mod trainer;
mod transforms;

use serde::Serialize;

use self::advance::{AdvanceScratch, BandAdvance};
use self::beginning::BeginningScratch;
use self::gradient::GradientPlan;
use self::griffin_lim::RefinementScratch;
use self::integration::{Field, IntegrationScratch};
use self::mel_power::FitPower;
use self::tones::ToneShapes;
use self::trainer::{TrainerDecoder, TrainerScratch};
use self::transforms::{Polar, TransformScratch, Transforms};
use super::bands::{LANES, Lanes};
use super::kernels::ln;
use super::mel::MelFilters;
use super::simd_level::Kernel;
use crate::settings::table::HOP;
use crate::settings::{AnalysisSettings, SettingsError};

/// The most bins in all frames of a chunk: some forty bytes of memory each.
pub const PLACES_MAX: usize = 1 << 26;

/// The most rounds of refinement.
pub const ROUNDS_MAX: usize = 64;

/// A way from a tensor back to sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// As `distill`'s own decoder does it.
    Trainer,
    /// From both channels.
    Ours,
    /// From channel 0 alone.
    Magnitude,
}

impl Way {
    /// All ways, in the order in which they are compared.
    pub const ALL: [Self; 3] = [Self::Trainer, Self::Ours, Self::Magnitude];

    /// Its name, as it is typed and written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trainer => "trainer",
            Self::Ours => "ours",
            Self::Magnitude => "magnitude",
        }
    }
}

/// Everything about a reconstruction that depends on the settings alone. Planned once, shared by all threads.
#[derive(Debug, Clone)]
pub struct Reconstructor {
    settings: AnalysisSettings,
    filters: MelFilters,
    transforms: Transforms,
    trainer: TrainerDecoder,
    gradient: GradientPlan,
    tones: ToneShapes,
    advance: BandAdvance,
}

/// Buffers for one thread.
#[derive(Debug, Clone)]
pub struct ReconstructionScratch {
    transforms: TransformScratch,
    trainer: TrainerScratch,
    band_advance: AdvanceScratch,
    beginning: BeginningScratch,
    bands: Vec<Lanes>,
    ratios: Vec<Lanes>,
    bins: Vec<Lanes>,
    /// `[frames, bins]`, as all that follow.
    magnitude: Vec<f32>,
    log_magnitude: Vec<f32>,
    advance: Vec<f32>,
    turns: Vec<f64>,
    integration: IntegrationScratch,
    refinement: RefinementScratch,
}

/// The magnitude of every bin and what is known of its phase, `[frames, bins]`.
#[derive(Debug, Clone, Copy)]
pub struct LinearSpectrum<'a> {
    /// Magnitude, not negative.
    pub magnitude: &'a [f32],
    /// Turns of phase from the frame before to this one; NaN where they are not known.
    pub advance: Option<&'a [f32]>,
    /// Turns of every bin of the first frame, `[bins]`, for a window around time 0: half a turn a bin less than for one that starts
    /// there.
    pub first: Option<&'a [f64]>,
}

impl Reconstructor {
    /// Plans the ways back; refuses settings that no analysis is defined for, and those with more than [`PLACES_MAX`] bins in
    /// all frames of a chunk, which a tensor of few bands and a short hop may have.
    pub fn new(settings: AnalysisSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        if settings.n_frames().saturating_mul(settings.n_bins()) > PLACES_MAX {
            return Err(SettingsError {
                key: HOP.key.into(),
                value: settings.hop_samples.to_string(),
                expected:
                    "long enough, with chunk length and n_fft, for a spectrum of at most 67 million bins"
                        .into(),
            });
        }
        let filters = MelFilters::new(settings.sample_rate_hz, settings.n_fft, settings.n_mels);
        Ok(Self {
            transforms: Transforms::new(&settings),
            trainer: TrainerDecoder::new(&settings),
            gradient: GradientPlan::new(&settings),
            tones: ToneShapes::new(&settings, &filters),
            advance: BandAdvance::new(&settings, &filters),
            filters,
            settings,
        })
    }

    /// The settings that were planned for.
    pub fn settings(&self) -> &AnalysisSettings {
        &self.settings
    }

    /// Buffers for one thread.
    pub fn scratch(&self) -> ReconstructionScratch {
        let (n_frames, n_bins) = self.shape();
        let n_places = n_frames * n_bins;
        ReconstructionScratch {
            transforms: self.transforms.scratch(),
            trainer: TrainerScratch::new(&self.settings),
            band_advance: self.advance.scratch(),
            beginning: BeginningScratch::new(&self.settings),
            bands: vec![[0.0; LANES]; self.settings.n_mels + 2],
            ratios: vec![[0.0; LANES]; self.settings.n_mels + 2],
            bins: vec![[0.0; LANES]; n_bins],
            magnitude: vec![0.0; n_places],
            log_magnitude: vec![0.0; n_places],
            advance: vec![0.0; n_places],
            turns: vec![0.0; n_places],
            integration: IntegrationScratch::new(n_places),
            refinement: RefinementScratch::new(n_frames, n_bins),
        }
    }

    fn shape(&self) -> (usize, usize) {
        (self.settings.n_frames(), self.settings.n_bins())
    }

    /// Rebuilds the sound of `tensor`, row-major `[2, n_mels, frames]` and not normalised, into `chunk` (`chunk_samples`).
    /// `n_rounds` of refinement, up to [`ROUNDS_MAX`], make our ways better and slower; the trainer knows none.
    ///
    /// # Panics
    /// When a length is not what the settings say.
    pub fn reconstruct_into(
        &self,
        way: Way,
        n_rounds: usize,
        tensor: &[f32],
        scratch: &mut ReconstructionScratch,
        chunk: &mut [f32],
    ) {
        assert_eq!(
            tensor.len(),
            self.settings.tensor_shape().iter().product::<usize>(),
            "a tensor of the settings"
        );
        let (log_power, inst_freq) = tensor.split_at(tensor.len() / 2);
        if way == Way::Trainer {
            let ReconstructionScratch { trainer, transforms, .. } = scratch;
            let inverse = (&self.transforms.inverse, &mut transforms.back);
            self.trainer.decode_into([log_power, inst_freq], inverse, trainer, chunk);
            return;
        }
        let mut magnitude = std::mem::take(&mut scratch.magnitude);
        let mut advance = std::mem::take(&mut scratch.advance);
        let knows_advance = way == Way::Ours;
        self.magnitude_into(log_power, knows_advance.then_some(inst_freq), scratch, &mut magnitude);
        self.log_magnitude_of(&magnitude, scratch);
        if knows_advance {
            self.advance_of_bands(tensor, &magnitude, scratch, &mut advance);
        }
        let spectrum = LinearSpectrum {
            magnitude: &magnitude,
            advance: knows_advance.then_some(&advance[..]),
            first: None,
        };
        self.integrate(spectrum, scratch);
        self.synthesise(&magnitude, n_rounds, scratch, chunk);
        scratch.magnitude = magnitude;
        scratch.advance = advance;
    }

    /// Rebuilds the sound of a spectrum into `chunk`, as [`Reconstructor::reconstruct_into`].
    pub fn rebuild_into(
        &self,
        spectrum: LinearSpectrum<'_>,
        n_rounds: usize,
        scratch: &mut ReconstructionScratch,
        chunk: &mut [f32],
    ) {
        let (n_frames, n_bins) = self.shape();
        assert_eq!(spectrum.magnitude.len(), n_frames * n_bins, "magnitudes must be [frames, bins]");
        if let (Some(first), Some(advance)) = (spectrum.first, spectrum.advance) {
            integration::accumulate(first, advance, &mut scratch.turns);
        } else {
            self.log_magnitude_of(spectrum.magnitude, scratch);
            self.integrate(spectrum, scratch);
        }
        self.synthesise(spectrum.magnitude, n_rounds, scratch, chunk);
    }

    /// Makes the sound of `magnitude` and of the phases in the scratch, and refines it.
    fn synthesise(
        &self,
        magnitude: &[f32],
        n_rounds: usize,
        scratch: &mut ReconstructionScratch,
        chunk: &mut [f32],
    ) {
        let n_bins = self.settings.n_bins();
        let transforms = &self.transforms;
        let values = &mut scratch.refinement.spectrum;
        let rows = magnitude.chunks_exact(n_bins).zip(scratch.turns.chunks_exact(n_bins));
        for (frame, (magnitude, turns)) in rows.enumerate() {
            transforms.level.run(Polar { magnitude, turns, spectrum: values });
            transforms.inverse.add_frame(frame, values, &mut scratch.transforms.back);
        }
        transforms.inverse.finish_into(&mut scratch.transforms.back, chunk);
        griffin_lim::refine(
            (transforms, &mut scratch.transforms),
            magnitude,
            n_rounds.min(ROUNDS_MAX),
            &mut scratch.refinement,
            chunk,
        );
    }

    fn log_magnitude_of(&self, magnitude: &[f32], scratch: &mut ReconstructionScratch) {
        self.transforms.level.run(LogMagnitude { magnitude, log: &mut scratch.log_magnitude });
    }

    /// Writes the phases of a spectrum, whose logarithm is there, to the scratch.
    fn integrate(&self, spectrum: LinearSpectrum<'_>, scratch: &mut ReconstructionScratch) {
        let ReconstructionScratch { log_magnitude, beginning, transforms, integration, turns, .. } = scratch;
        let field = Field { log_magnitude, advance: spectrum.advance, seeds: &[] };
        let seeds = beginning::seeds(
            (&self.settings, &self.gradient),
            spectrum.magnitude,
            field,
            (&self.transforms, transforms),
            beginning,
        );
        integration::integrate(&self.gradient, Field { seeds, ..field }, integration, turns);
    }

    /// Writes to `advance` the turns of phase that channel 1 tells of each bin, `[frames, bins]`, NaN where it tells nothing, for a
    /// spectrum with the given magnitudes.
    pub fn advance_into(
        &self,
        tensor: &[f32],
        magnitude: &[f32],
        scratch: &mut ReconstructionScratch,
        advance: &mut [f32],
    ) {
        self.log_magnitude_of(magnitude, scratch);
        self.advance_of_bands(tensor, magnitude, scratch, advance);
    }

    /// [`Reconstructor::advance_into`] where the logarithm of the magnitude is there.
    fn advance_of_bands(
        &self,
        tensor: &[f32],
        magnitude: &[f32],
        scratch: &mut ReconstructionScratch,
        advance: &mut [f32],
    ) {
        let (log_power, inst_freq) = tensor.split_at(tensor.len() / 2);
        let ReconstructionScratch { log_magnitude, band_advance, .. } = scratch;
        self.advance.advance_into(
            [log_power, inst_freq],
            (magnitude, log_magnitude),
            (&self.filters, &self.gradient),
            band_advance,
            advance,
        );
    }

    /// Magnitudes, `[frames, bins]`, with the mel powers of `log_power` and the tones that channel 1 names.
    fn magnitude_into(
        &self,
        log_power: &[f32],
        inst_freq: Option<&[f32]>,
        scratch: &mut ReconstructionScratch,
        magnitude: &mut [f32],
    ) {
        let (n_frames, n_bins) = self.shape();
        let ReconstructionScratch { bands, ratios, bins, .. } = scratch;
        for first in (0..n_frames).step_by(LANES) {
            let n_lanes = LANES.min(n_frames - first);
            for (lanes, row) in bands[1..].iter_mut().zip(log_power.chunks_exact(n_frames)) {
                for (lane, log) in lanes.iter_mut().zip(&row[first..first + n_lanes]) {
                    // A model's output may be below 0, where there is no power.
                    *lane = log.exp_m1().max(0.0);
                }
            }
            bins.fill([1.0; LANES]);
            self.transforms.level.run(FitPower { filters: &self.filters, bands, ratios, bins });
            if let Some(inst_freq) = inst_freq {
                self.tones.shape([log_power, inst_freq], first, (&self.filters, bands), bins);
            }
            for (bin, lanes) in bins.iter().enumerate() {
                for (lane, power) in lanes[..n_lanes].iter().enumerate() {
                    magnitude[(first + lane) * n_bins + bin] = power.sqrt();
                }
            }
        }
    }
}

/// Writes the natural logarithm of each magnitude.
struct LogMagnitude<'a> {
    magnitude: &'a [f32],
    log: &'a mut [f32],
}

impl Kernel for LogMagnitude<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (log, magnitude) in self.log.iter_mut().zip(self.magnitude) {
            *log = ln::<FMA>(*magnitude);
        }
    }
}
