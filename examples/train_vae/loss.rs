//! The loss: what the model is judged by, the same as that of `train_vae.py` but for masked places.

use std::fmt;

use candle_core::{Device, Result, Tensor};
use melscope::NormalizationStats;

/// Instantaneous frequency is mostly noise, which no network can foretell, so the picture of magnitudes leads.
const FREQUENCY_WEIGHT: f64 = 0.2;
/// The weight of KL once it is warm.
const BETA_MAX: f64 = 1.0;
/// Epochs in which the weight of KL rises.
const WARM_UP_EPOCHS: f64 = 3.0;
/// KL in nats that each latent dimension has for free: without it, many would be given up in the first epochs.
const FREE_NATS: f64 = 0.25;

/// The weight of KL in epoch number `epoch`.
pub(crate) fn beta(epoch: u64) -> f64 {
    BETA_MAX * (epoch as f64 / WARM_UP_EPOCHS).min(1.0)
}

/// The loss of one cache: it knows which places are masked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    /// Normalised magnitude below which the mask has set frequency to 0, so that there is nothing to learn.
    pub(crate) least_magnitude: f32,
}

/// The parts of a batch's loss, each a number.
pub(crate) struct Terms {
    /// What is to be made small.
    pub(crate) loss: Tensor,
    parts: [Tensor; 3],
}

impl Loss {
    /// The loss for tensors that were normalised with `stats` and masked below the mel power `if_threshold`.
    pub(crate) fn new(stats: &NormalizationStats, if_threshold: f64) -> Self {
        let least = (if_threshold.ln_1p() - stats.mag_mean) / stats.mag_std;
        // Without a threshold nothing is masked, and rounding must not matter.
        Self { least_magnitude: if if_threshold > 0.0 { least as f32 } else { f32::NEG_INFINITY } }
    }

    /// Judges `y` as the reconstruction of `x`, both `[batch, 2, n_mels, frames]`, with the KL divergence of each latent
    /// dimension.
    pub(crate) fn of(self, x: &Tensor, y: &Tensor, kl: &Tensor, beta: f64) -> Result<Terms> {
        let error = (y - x)?.sqr()?;
        let mask = x.narrow(1, 0, 1)?.ge(self.least_magnitude)?.to_dtype(x.dtype())?;
        let n_unmasked = mask.sum_all()?.clamp(1f32, f32::MAX)?;
        let magnitude = error.narrow(1, 0, 1)?.mean_all()?;
        let frequency = (error.narrow(1, 1, 1)? * mask)?.sum_all()?.div(&n_unmasked)?;
        let (_, _, n_mels, n_frames) = x.dims4()?;
        let paid = ((kl - FREE_NATS)?.relu()?.sum_all()? * (beta / (n_mels * n_frames) as f64))?;
        let loss = ((&magnitude + (&frequency * FREQUENCY_WEIGHT)?)? + paid)?;
        Ok(Terms { loss, parts: [magnitude, frequency, kl.sum_all()?] })
    }

    /// As [`Self::of`] for what knows nothing of `x`: the same picture `y`, `[1, 2, n_mels, frames]`, for every tensor.
    pub(crate) fn of_one_for_all(self, x: &Tensor, y: &Tensor) -> Result<Terms> {
        self.of(x, &y.broadcast_as(x.shape())?, &Tensor::zeros(1, x.dtype(), &Device::Cpu)?, 0.0)
    }
}

/// The means over an epoch of loss, both channels' errors, and KL.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Means {
    totals: [f64; 4],
    n_tensors: f64,
}

impl Means {
    /// Adds a batch of `n_tensors`.
    pub(crate) fn add(&mut self, terms: &Terms, n_tensors: usize) -> Result<()> {
        let [magnitude, frequency, kl] = &terms.parts;
        for (total, term) in self.totals.iter_mut().zip([&terms.loss, magnitude, frequency, kl]) {
            *total += n_tensors as f64 * f64::from(term.to_scalar::<f32>()?);
        }
        self.n_tensors += n_tensors as f64;
        Ok(())
    }

    /// The mean loss.
    pub(crate) fn loss(&self) -> f64 {
        self.totals[0] / self.n_tensors
    }
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [loss, magnitude, frequency, kl] = self.totals.map(|total| total / self.n_tensors);
        write!(f, "loss {loss:.4} (magnitude {magnitude:.4}, frequency {frequency:.4}, KL {kl:.1} nats)")
    }
}
