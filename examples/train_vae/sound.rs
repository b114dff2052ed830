//! Sound of what the model makes of tensors that it has not learned from.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use candle_core::{Device, Tensor};
use melscope::dsp::reconstruct::{Reconstructor, Way};
use melscope::pipeline::write_float_wav;
use melscope::settings::AnalysisSettings;
use melscope::training::{CachedSpectrogramDataset, DataLoader};

use crate::loss::Loss;
use crate::model::Vae;

/// Files that are written.
const N_SOUNDS: usize = 3;
/// Rounds of refinement, as many as `melscope reconstruct` takes by itself.
const N_ROUNDS: usize = 16;
/// More than ln(1 + mel power) can be of a chunk at full level.
const LOG_POWER_MAX: f32 = 32.0;

/// Writes what `model` makes of three tensors of `loader` into `folder`, as `validation-NUMBER.wav`.
pub(crate) fn write(
    model: &Vae,
    loss: Loss,
    loader: &DataLoader,
    settings: AnalysisSettings,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let dataset = loader.dataset();
    let [n_channels, n_mels, n_frames] = dataset.shape();
    let reconstructor = Reconstructor::new(settings)?;
    let mut scratch = reconstructor.scratch();
    let mut chunk = vec![0.0; settings.chunk_samples];
    for number in chosen(dataset, loader.numbers()) {
        let mut values = vec![0.0; n_channels * n_mels * n_frames];
        dataset.read_into(number as usize, &mut values)?;
        let x = Tensor::from_vec(values, (1, n_channels, n_mels, n_frames), &Device::Cpu)?;
        let (y, _) = model.reconstruct(&x, None)?;
        let mut values: Vec<f32> = y.flatten_all()?.to_vec1()?;
        as_analysed(&mut values, dataset, loss);
        reconstructor.reconstruct_into(Way::Ours, N_ROUNDS, &values, &mut scratch, &mut chunk);
        let path = folder.join(format!("validation-{number:06}.wav"));
        write_float_wav(&path, &chunk, settings.sample_rate_hz)?;
        let row = &dataset.rows()[number as usize];
        println!("wrote {}: {}, chunk {}", path.display(), row.source, row.chunk);
    }
    Ok(())
}

/// Three of the tensors `numbers`, evenly spread: the beginnings of different recordings, where there are enough.
fn chosen(dataset: &CachedSpectrogramDataset, numbers: &[u32]) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    let is_new = |number: &u32| seen.insert(&dataset.rows()[*number as usize].source);
    let beginnings: Vec<u32> = numbers.iter().copied().filter(is_new).collect();
    let from = if beginnings.len() < N_SOUNDS { numbers } else { &beginnings };
    let n = from.len().min(N_SOUNDS);
    (0..n).map(|place| from[place * from.len() / n]).collect()
}

/// Makes of the model's normalised `values` what an analysis could have made: possible levels, and no frequency where it
/// would be masked.
fn as_analysed(values: &mut [f32], dataset: &CachedSpectrogramDataset, loss: Loss) {
    let is_masked: Vec<bool> =
        values[..values.len() / 2].iter().map(|value| *value < loss.least_magnitude).collect();
    dataset.manifest().normalization_stats.denormalise(values);
    let (magnitude, frequency) = values.split_at_mut(is_masked.len());
    for value in magnitude {
        *value = value.clamp(0.0, LOG_POWER_MAX);
    }
    for (value, is_masked) in frequency.iter_mut().zip(is_masked) {
        *value = if is_masked { 0.0 } else { value.clamp(-1.0, 1.0) };
    }
}
