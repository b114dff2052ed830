//! One chunk, analysed in every IF mode, rebuilt in every way and compared with itself.

use super::table::FidelityTable;
use crate::dsp::analysis::{AnalysisPlan, Scratch, apply_mask};
use crate::dsp::fidelity::{Fidelity, FidelityMeter};
use crate::dsp::reconstruct::{ReconstructionScratch, Reconstructor, Way};
use crate::error::Result;
use crate::settings::{AnalysisSettings, IfMode};

/// What is planned for all threads: an analysis and a reconstruction for each IF mode.
#[derive(Debug)]
pub(super) struct JudgePlan {
    modes: Vec<ModePlan>,
    threshold: f64,
    n_rounds: usize,
}

#[derive(Debug)]
struct ModePlan {
    if_mode: IfMode,
    analysis: AnalysisPlan,
    reconstructor: Reconstructor,
}

impl JudgePlan {
    /// Plans for `settings` and `n_rounds` of refinement.
    ///
    /// # Errors
    /// Those of [`Reconstructor::new`].
    pub(super) fn new(settings: AnalysisSettings, n_rounds: usize) -> Result<Self> {
        let mode = |if_mode| -> Result<ModePlan> {
            let settings = AnalysisSettings { if_mode, ..settings };
            let (analysis, reconstructor) = (AnalysisPlan::new(settings)?, Reconstructor::new(settings)?);
            Ok(ModePlan { if_mode, analysis, reconstructor })
        };
        let modes = IfMode::ALL.into_iter().map(mode).collect::<Result<_>>()?;
        Ok(Self { modes, threshold: settings.if_threshold, n_rounds })
    }
}

/// What was found in some chunks.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) table: FidelityTable,
    pub(super) n_chunks: usize,
    pub(super) n_places: u64,
    pub(super) n_masked: u64,
}

impl Sums {
    pub(super) fn merge(&mut self, other: &Self) {
        self.table.merge(&other.table);
        self.n_chunks += other.n_chunks;
        self.n_places += other.n_places;
        self.n_masked += other.n_masked;
    }
}

/// One thread's buffers.
pub(super) struct ChunkJudge<'a> {
    plan: &'a JudgePlan,
    analysis: Scratch,
    /// Of the shape that all modes share.
    reconstruction: ReconstructionScratch,
    meter: FidelityMeter,
    /// `[2, n_mels, frames]`: ln(1 + mel power), and the instantaneous frequency as it is rebuilt from.
    tensor: Vec<f32>,
    mel_power: Vec<f32>,
    inst_freq: Vec<f32>,
    rebuilt: Vec<f32>,
}

impl<'a> ChunkJudge<'a> {
    pub(super) fn new(plan: &'a JudgePlan) -> Self {
        let first = &plan.modes[0].analysis;
        let settings = first.settings();
        let n_values: usize = settings.tensor_shape().iter().product();
        Self {
            plan,
            analysis: first.scratch(),
            reconstruction: plan.modes[0].reconstructor.scratch(),
            meter: FidelityMeter::new(settings),
            tensor: vec![0.0; n_values],
            mel_power: vec![0.0; n_values / 2],
            inst_freq: vec![0.0; n_values / 2],
            rebuilt: vec![0.0; settings.chunk_samples],
        }
    }

    /// Judges a chunk at full level and adds what is found to `sums`. `check` is asked before each reconstruction whether to go on.
    pub(super) fn judge(
        &mut self,
        samples: &[f32],
        sums: &mut Sums,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        let has_sound = self.meter.set_original(samples);
        let plan = self.plan;
        for (index, mode) in plan.modes.iter().enumerate() {
            let Self { analysis, mel_power, inst_freq, .. } = self;
            mode.analysis.analyze_unmasked_into(samples, analysis, mel_power, inst_freq);
            if index == 0 {
                sums.n_chunks += 1;
                sums.n_places += mel_power.len() as u64;
                let n_masked = mel_power.iter().filter(|power| **power < plan.threshold as f32).count();
                sums.n_masked += n_masked as u64;
            }
            if !has_sound {
                return Ok(());
            }
            let n_places = self.mel_power.len();
            let (log_power, channel) = self.tensor.split_at_mut(n_places);
            channel.copy_from_slice(&self.inst_freq);
            // Neither the power nor what comes back of it alone depends on the mode.
            if index == 0 {
                log_power.iter_mut().zip(&self.mel_power).for_each(|(log, power)| *log = power.ln_1p());
                check()?;
                let fidelity = self.rebuild(index, Way::Magnitude);
                sums.table.mean_mut(Way::Magnitude, mode.if_mode, false).add(fidelity);
            }
            let has_mask = plan.threshold > 0.0;
            let mut fidelities = [Fidelity::default(); 2];
            for is_masked in [false, true] {
                if is_masked && has_mask {
                    apply_mask(&mut self.tensor[n_places..], &self.mel_power, plan.threshold);
                }
                for (way, fidelity) in [Way::Trainer, Way::Ours].into_iter().zip(&mut fidelities) {
                    // A mask that takes nothing leaves the figures as they are.
                    if !is_masked || has_mask {
                        check()?;
                        *fidelity = self.rebuild(index, way);
                    }
                    sums.table.mean_mut(way, mode.if_mode, is_masked).add(*fidelity);
                }
            }
        }
        Ok(())
    }

    /// Rebuilds the tensor and compares.
    fn rebuild(&mut self, mode: usize, way: Way) -> Fidelity {
        let Self { plan, reconstruction, meter, tensor, rebuilt, .. } = self;
        let reconstructor = &plan.modes[mode].reconstructor;
        reconstructor.reconstruct_into(way, plan.n_rounds, tensor, reconstruction, rebuilt);
        meter.compare(rebuilt)
    }
}
