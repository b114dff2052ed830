//! The model: a small variational autoencoder of pictures with two channels, of the same shape as that of `train_vae.py`.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::ops::leaky_relu;
use candle_nn::{
    Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, GroupNorm, Linear, VarBuilder, VarMap,
};

use crate::chance::Chance;

/// Channels after each layer of the encoder; the decoder has them in reverse.
const WIDTHS: [usize; 4] = [24, 48, 64, 96];
/// Groups that each layer's channels are normalised in.
const N_GROUPS: usize = 8;
/// Numbers that a picture is squeezed into.
const N_LATENT: usize = 64;
/// Side of the kernels. Twice the stride, so that every place is seen as often as any other.
const KERNEL: usize = 4;
/// Slope of what is below 0.
const SLOPE: f64 = 0.1;

/// Strided convolutions from `[batch, 2, n_mels, frames]` to a vector, and the same way back.
pub(crate) struct Vae {
    vars: VarMap,
    encoder: Vec<(Conv2d, GroupNorm)>,
    to_latent: Linear,
    from_latent: Linear,
    decoder: Vec<(ConvTranspose2d, GroupNorm)>,
    to_picture: ConvTranspose2d,
    /// Rows and columns that are filled up: every layer halves, so both sides become a multiple of 16.
    padding: [usize; 2],
    /// Rows and columns between encoder and decoder.
    inner: [usize; 2],
}

impl Vae {
    /// A model for tensors of `shape`, `[2, n_mels, frames]`, with weights by chance.
    pub(crate) fn new(shape: [usize; 3], chance: &mut Chance) -> Result<Self> {
        let vars = VarMap::new();
        let builder = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
        let [n_channels, sides @ ..] = shape;
        let factor = 1 << WIDTHS.len();
        let inner = sides.map(|side| side.div_ceil(factor));
        let padding = [0, 1].map(|axis| inner[axis] * factor - sides[axis]);
        let deepest = WIDTHS[WIDTHS.len() - 1];
        let n_inner = deepest * inner[0] * inner[1];
        let halve = Conv2dConfig { padding: 1, stride: 2, ..Conv2dConfig::default() };
        let double = ConvTranspose2dConfig { padding: 1, stride: 2, ..ConvTranspose2dConfig::default() };

        let mut encoder = Vec::new();
        let mut n_in = n_channels;
        for (layer, n_out) in WIDTHS.into_iter().enumerate() {
            let builder = builder.pp(format!("encoder.{layer}"));
            let convolution = candle_nn::conv2d(n_in, n_out, KERNEL, halve, builder.pp("convolution"))?;
            encoder.push((convolution, candle_nn::group_norm(N_GROUPS, n_out, 1e-5, builder.pp("norm"))?));
            n_in = n_out;
        }
        let mut decoder = Vec::new();
        for (layer, n_out) in WIDTHS.into_iter().rev().skip(1).enumerate() {
            let builder = builder.pp(format!("decoder.{layer}"));
            let convolution =
                candle_nn::conv_transpose2d(n_in, n_out, KERNEL, double, builder.pp("convolution"))?;
            decoder.push((convolution, candle_nn::group_norm(N_GROUPS, n_out, 1e-5, builder.pp("norm"))?));
            n_in = n_out;
        }
        let model = Self {
            encoder,
            to_latent: candle_nn::linear(n_inner, 2 * N_LATENT, builder.pp("to_latent"))?,
            from_latent: candle_nn::linear(N_LATENT, n_inner, builder.pp("from_latent"))?,
            decoder,
            to_picture: candle_nn::conv_transpose2d(
                n_in,
                n_channels,
                KERNEL,
                double,
                builder.pp("to_picture"),
            )?,
            padding,
            inner,
            vars,
        };
        model.draw_weights(chance)?;
        Ok(model)
    }

    /// Draws all weights anew, because candle's own start cannot be repeated: normal, with a deviation that keeps the level
    /// of what passes through (He et al., "Delving Deep into Rectifiers", 2015). Biases begin at 0, factors of norms at 1.
    fn draw_weights(&self, chance: &mut Chance) -> Result<()> {
        for (name, var) in self.named_vars() {
            let n_inputs = match *var.dims() {
                [_] if name.ends_with(".weight") => {
                    var.set(&var.ones_like()?)?;
                    continue;
                }
                [_] => {
                    var.set(&var.zeros_like()?)?;
                    continue;
                }
                // A transposed convolution has its inputs first, and each of its outputs sees a quarter of the kernel.
                [n_in, _, height, width] if name.starts_with("decoder") || name == "to_picture.weight" => {
                    n_in * height * width / 4
                }
                [_, ref inputs @ ..] => inputs.iter().product(),
                [] => 1,
            };
            // What comes out of the latter two is no activation: small numbers there are a calm beginning.
            let is_output = name.starts_with("to_latent") || name.starts_with("to_picture");
            let gain = if is_output { 0.1 } else { 2.0 };
            var.set(&(chance.normal(var.shape())? * (gain / n_inputs as f64).sqrt())?)?;
        }
        Ok(())
    }

    /// The reconstruction of `x`, and the KL divergence of each latent dimension from a standard normal one, `[n_latent]` in
    /// nats. With `chance` the latent vector is drawn, as training wants it; without it is the mean.
    pub(crate) fn reconstruct(&self, x: &Tensor, chance: Option<&mut Chance>) -> Result<(Tensor, Tensor)> {
        let (_, _, n_mels, n_frames) = x.dims4()?;
        let mut h = x.pad_with_same(2, 0, self.padding[0])?.pad_with_same(3, 0, self.padding[1])?;
        for (convolution, norm) in &self.encoder {
            h = leaky_relu(&norm.forward(&convolution.forward(&h)?)?, SLOPE)?;
        }
        let latent = self.to_latent.forward(&h.flatten_from(1)?)?;
        let mean = latent.narrow(1, 0, N_LATENT)?;
        let log_var = latent.narrow(1, N_LATENT, N_LATENT)?.clamp(-8f32, 8f32)?;
        let kl = (((mean.sqr()? + log_var.exp()?)? - &log_var)? - 1.0)?.mean(0)?.affine(0.5, 0.0)?;
        let z = match chance {
            Some(chance) => (&mean + chance.normal(mean.shape())? * (log_var * 0.5)?.exp()?)?,
            None => mean,
        };
        let [height, width] = self.inner;
        let deepest = WIDTHS[WIDTHS.len() - 1];
        let mut h = self.from_latent.forward(&z)?.reshape(((), deepest, height, width))?;
        h = leaky_relu(&h, SLOPE)?;
        for (convolution, norm) in &self.decoder {
            h = leaky_relu(&norm.forward(&convolution.forward(&h)?)?, SLOPE)?;
        }
        let y = self.to_picture.forward(&h)?.narrow(2, 0, n_mels)?.narrow(3, 0, n_frames)?;
        Ok((y, kl))
    }

    /// All weights in the order of their names.
    pub(crate) fn vars(&self) -> Vec<Var> {
        self.named_vars().into_values().collect()
    }

    /// Writes all weights as safetensors, and replaces what is there.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        self.vars.save(path)
    }

    fn named_vars(&self) -> BTreeMap<String, Var> {
        // A lock is poisoned by a panic, after which nobody asks for weights.
        let vars = self.vars.data().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        vars.iter().map(|(name, var)| (name.clone(), var.clone())).collect()
    }
}
