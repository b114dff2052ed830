//! One tensor of a cache for a person to see: what it was before it was normalised, and where it comes from.

use ndarray::{Array3, ArrayView2, Axis};

use crate::cache::verify::Tensors;
use crate::dsp::mel::MelFilters;
use crate::error::Result;
use crate::picture::raster::Channels;
use crate::picture::{ColorMap, Heatmap, Raster};

/// The pixels a side of the largest picture, which every graphics card takes. More bands or frames are reduced.
const SIDE_MAX: usize = 2048;

/// A tensor and its pictures.
#[derive(Debug)]
pub struct TensorPicture {
    /// Its number.
    pub number: usize,
    /// `[2, n_mels, frames]`, not normalised: ln(1 + mel power) and instantaneous frequency.
    pub tensor: Array3<f32>,
    /// Both channels, low bands at the bottom; masked places are clear in the second.
    pub pictures: [Raster; 2],
    /// The magnitude that has the palest colour; 0 is black.
    pub magnitude_max: f32,
    /// Share of places, 0 to 1, whose instantaneous frequency is masked.
    pub masked_share: f64,
    /// Centre of the band that has the largest magnitude on average, in Hz.
    pub strongest_hz: f64,
}

/// Reads tensor `number` of a cache and draws it.
///
/// # Errors
/// When the tensor cannot be read or is not what was written.
///
/// # Panics
/// When `number` is not below the number of tensors.
pub fn draw_tensor(tensors: &Tensors, number: usize) -> Result<TensorPicture> {
    let manifest = &tensors.manifest;
    let mut tensor = tensors.read(number)?;
    manifest.normalization_stats.denormalise_array(tensor.view_mut());
    let (magnitude, inst_freq) = (tensor.index_axis(Axis(0), 0), tensor.index_axis(Axis(0), 1));
    let chunks = [Channels { magnitude, inst_freq }];
    let heatmap = Heatmap::new(&chunks, SIDE_MAX, SIDE_MAX);
    let magnitude_max = magnitude.iter().fold(0.0, |a: f32, &b| a.max(b));
    let config = &manifest.complex_spectrogram_config;
    let pictures = [
        heatmap.magnitude([0.0, magnitude_max]),
        heatmap.kept_inst_freq(ColorMap::Diverging, config.if_threshold),
    ];
    let filters = MelFilters::new(manifest.sample_rate_hz, config.n_fft, config.n_mels);
    Ok(TensorPicture {
        number,
        pictures,
        magnitude_max,
        masked_share: masked_share(&magnitude, config.if_threshold),
        strongest_hz: filters.centre_hz(strongest_band(&magnitude)),
        tensor,
    })
}

/// Share of places, 0 to 1, whose mel power is below `threshold`; `magnitude` is ln(1 + mel power).
pub(super) fn masked_share(magnitude: &ArrayView2<'_, f32>, threshold: f64) -> f64 {
    let least_magnitude = threshold.ln_1p() as f32;
    let n_masked = magnitude.iter().filter(|&&magnitude| magnitude < least_magnitude).count();
    n_masked as f64 / magnitude.len().max(1) as f64
}

/// The band of `magnitude`, `[n_mels, frames]`, that has the largest values on average.
pub(super) fn strongest_band(magnitude: &ArrayView2<'_, f32>) -> usize {
    let sums = magnitude.sum_axis(Axis(1));
    (0..sums.len()).max_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or_default()
}
