//! Chance: normal numbers from one seed. Candle's own on the processor cannot be seeded.

use candle_core::{Device, Result, Shape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A stream of random numbers: the same seed gives the same training.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A tensor of normal numbers with mean 0 and deviation 1.
    pub(crate) fn normal(&mut self, shape: &Shape) -> Result<Tensor> {
        let draw = |_| StandardNormal.sample(&mut self.0);
        let values: Vec<f32> = (0..shape.elem_count()).map(draw).collect();
        Tensor::from_vec(values, shape, &Device::Cpu)
    }
}
