//! Timbres as points of a space in which distances say how unlike two recordings sound.
//!
//! A timbre's numbers come in groups of different sizes and units. Each group is brought to deviation 1 over the set along
//! the direction in which it differs most, so that none decides alone what is near (multiple factor analysis: B. Escofier,
//! J. Pagès, Computational Statistics & Data Analysis 18, 1994). Then the space is turned by a principal component analysis
//! so that the first few dimensions hold what differs (Pearson, 1901; Hotelling, 1933).

use std::ops::Range;

use super::eigen::Symmetric;
use crate::audit::timbre::{GROUPS, N_FEATURES, Timbre};

/// Dimensions that are kept.
pub(super) const DIMS: usize = 24;

/// Coordinates that are compared at once: in order, one after the other, 24 would take twice the time of 12.
const LANES: usize = 8;
const _: () = assert!(DIMS.is_multiple_of(LANES), "no coordinate is left over");

/// Deviations of spectrum, movement and envelope that are not made larger: so much do the forms of one take differ, at
/// another rate or from a codec, in the units of a timbre's numbers (`benches/timbre_map.rs`).
const DEVIATION_MIN: [f64; GROUPS.len()] = [0.05, 0.03, 0.4];

/// A point of the space: coordinates along the principal components, the strongest first.
pub(super) type Place = [f32; DIMS];

/// The squared distance of two places.
pub(super) fn squared_distance(a: &Place, b: &Place) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum()
}

/// The places of `timbres`, in their order.
pub(super) fn places(timbres: &[Timbre]) -> Vec<Place> {
    let n = timbres.len().max(1) as f64;
    let mut means = [0.0; N_FEATURES];
    for timbre in timbres {
        for (mean, value) in means.iter_mut().zip(timbre.features()) {
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
    for (group, deviation_min) in GROUPS.into_iter().zip(DEVIATION_MIN) {
        let deviation = largest_deviation(&covariance, group.clone()).max(deviation_min);
        scales[group].fill(1.0 / deviation);
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

/// The deviation along the direction in which the features of `group` differ most.
fn largest_deviation(covariance: &Symmetric, group: Range<usize>) -> f64 {
    let rows = covariance.values.chunks_exact(covariance.n).skip(group.start).take(group.len());
    let values = rows.flat_map(|row| &row[group.clone()]).copied().collect();
    let eigen = Symmetric { n: group.len(), values }.eigen();
    eigen.first().map_or(0.0, |(variance, _)| variance.max(0.0).sqrt())
}

fn centred(timbre: &Timbre, means: &[f64; N_FEATURES]) -> [f64; N_FEATURES] {
    let mut centred = timbre.features().map(f64::from);
    centred.iter_mut().zip(means).for_each(|(value, mean)| *value -= mean);
    centred
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A timbre whose numbers are all 0 but for one, in steps.
    fn timbre(feature: usize, steps: u8) -> Timbre {
        let text = "00".repeat(feature) + &format!("{steps:02x}") + &"00".repeat(N_FEATURES - feature - 1);
        serde_json::from_str(&format!("\"{text}\"")).unwrap()
    }

    #[test]
    fn every_group_counts_the_same_and_what_hardly_differs_less() {
        let [spectrum, movement, envelope] = GROUPS;
        // Each group has deviation 1 along its strongest direction, though octaves are larger numbers than loudness.
        let timbres = [
            timbre(0, 0),
            timbre(spectrum.start, 200),
            timbre(movement.start, 200),
            timbre(envelope.start, 100),
        ];
        let places = places(&timbres);
        let from_first: Vec<f32> =
            places[1..].iter().map(|place| squared_distance(place, &places[0]).sqrt()).collect();
        // A value of 1 among four has deviation sqrt(3) / 4.
        assert!(
            from_first.iter().all(|distance| (distance - 4.0 / 3f32.sqrt()).abs() < 1e-3),
            "{from_first:?}"
        );
        // One step of the spectrum is 0.004: with the least deviation of 0.05 that is 0.08.
        let near = super::places(&[timbre(0, 0), timbre(0, 1), timbre(0, 0), timbre(0, 1)]);
        assert!((squared_distance(&near[0], &near[1]).sqrt() - 0.08).abs() < 1e-4);
    }
}
