//! Timbres as points of a space in which distances say how unlike two recordings sound.
//!
//! Every number of a timbre is brought to mean 0 and deviation 1 over the set, and the space is turned by a principal
//! component analysis so that the first few dimensions hold what differs (Pearson, 1901; Hotelling, 1933).

use super::eigen::Symmetric;
use crate::audit::timbre::{N_FEATURES, Timbre};

/// Dimensions that are kept.
pub(super) const DIMS: usize = 12;

/// Deviations below this, in decibels, are what quantising and codecs leave, and are not made larger.
const DEVIATION_MIN_DB: f64 = 1.0;

/// A point of the space: coordinates along the principal components, the strongest first.
pub(super) type Place = [f32; DIMS];

/// The squared distance of two places.
pub(super) fn squared_distance(a: &Place, b: &Place) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The places of `timbres`, in their order.
pub(super) fn places(timbres: &[Timbre]) -> Vec<Place> {
    let n = timbres.len().max(1) as f64;
    let mut means = [0.0; N_FEATURES];
    for timbre in timbres {
        for (mean, value) in means.iter_mut().zip(timbre.features_db()) {
            *mean += f64::from(value) / n;
        }
    }
    let mut covariance = Symmetric { n: N_FEATURES, values: vec![0.0; N_FEATURES * N_FEATURES] };
    for timbre in timbres {
        let centred = centred(timbre, &means);
        for (row, a) in covariance.values.chunks_exact_mut(N_FEATURES).zip(&centred) {
            row.iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b / n);
        }
    }
    let mut scales = [0.0; N_FEATURES];
    for (feature, scale) in scales.iter_mut().enumerate() {
        *scale = 1.0 / covariance.values[feature * N_FEATURES + feature].sqrt().max(DEVIATION_MIN_DB);
    }
    for (row, a) in covariance.values.chunks_exact_mut(N_FEATURES).zip(&scales) {
        row.iter_mut().zip(&scales).for_each(|(sum, b)| *sum *= a * b);
    }
    let axes: Vec<Vec<f64>> = covariance.eigen().into_iter().take(DIMS).map(|(_, axis)| axis).collect();
    let place = |timbre: &Timbre| {
        let centred = centred(timbre, &means);
        let mut place = [0.0; DIMS];
        for (coordinate, axis) in place.iter_mut().zip(&axes) {
            let sum: f64 = axis
                .iter()
                .zip(&centred)
                .zip(&scales)
                .map(|((axis, value), scale)| axis * value * scale)
                .sum();
            *coordinate = sum as f32;
        }
        place
    };
    timbres.iter().map(place).collect()
}

fn centred(timbre: &Timbre, means: &[f64; N_FEATURES]) -> [f64; N_FEATURES] {
    let mut centred = timbre.features_db().map(f64::from);
    centred.iter_mut().zip(means).for_each(|(value, mean)| *value -= mean);
    centred
}
