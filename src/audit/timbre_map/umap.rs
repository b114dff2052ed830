//! A layout in two dimensions that keeps neighbours together: UMAP (L. `McInnes`, J. Healy, J. Melville, "UMAP: Uniform
//! Manifold Approximation and Projection for Dimension Reduction", 2018, arXiv:1802.03426).
//!
//! One thread moves the points in a fixed order with chance from a fixed seed, so that the same input gives the same
//! picture. It begins from the two strongest principal components, which keeps the large scale (D. Kobak, G. Linderman,
//! Nature Biotechnology 39, 2021).

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

use super::neighbours::Neighbour;
use crate::error::Result;
use crate::monitor::Monitor;

/// Neighbours that a point is tied to.
pub(super) const NEIGHBOURS: usize = 15;

/// The curve 1 / (1 + a d^2b) that fits `min_dist` 0.5 and `spread` 1, as the authors' program finds them: points keep enough
/// distance to be pointed at.
const CURVE_A: f32 = 0.583_03;
const CURVE_B: f32 = 1.334_167;

/// Points that push a point away for each that draws it near.
const REPELLERS: f32 = 5.0;

/// Passes over all ties; larger sets settle in fewer.
const PASSES: [usize; 2] = [500, 200];
const PASSES_LARGE: usize = 4_000;

/// Half the width of the picture to begin with.
const START_EXTENT: f32 = 10.0;

/// The farthest that one step moves a point along an axis.
const STEP_MAX: f32 = 4.0;

/// A tie between two points, and when it is used next.
struct Tie {
    from: u32,
    to: u32,
    /// Passes from one use to the next, of the tie and of a repeller.
    every: f32,
    next: f32,
    next_repeller: f32,
}

/// The number of passes that [`layout`] makes for `n` points.
pub(super) fn n_passes(n: usize) -> usize {
    PASSES[usize::from(n > PASSES_LARGE)]
}

/// Lays out points by the neighbours of each, which are numbers of points with their distances, the nearest first.
/// `start` is where they begin. `monitor` is told of every pass.
///
/// # Errors
/// On cancel.
pub(super) fn layout(
    neighbours: &[Vec<Neighbour>],
    start: &[[f32; 2]],
    monitor: &dyn Monitor,
) -> Result<Vec<[f32; 2]>> {
    let n_passes = n_passes(start.len());
    let mut ties = ties(neighbours, n_passes);
    let mut points = spread(start);
    let mut chance = ChaCha8Rng::seed_from_u64(0);
    for pass in 0..n_passes {
        monitor.check()?;
        let step = 1.0 - pass as f32 / n_passes as f32;
        for tie in &mut ties {
            if tie.next <= pass as f32 {
                pull(&mut points, tie, pass as f32, step, &mut chance);
            }
        }
        monitor.advance(1);
    }
    Ok(points)
}

/// Draws both ends of a tie together, and pushes its beginning away from a few points at random.
fn pull(points: &mut [[f32; 2]], tie: &mut Tie, pass: f32, step: f32, chance: &mut ChaCha8Rng) {
    let (from, to) = (tie.from as usize, tie.to as usize);
    let (mut own, mut other) = (points[from], points[to]);
    let distance = squared(own, other);
    if distance > 0.0 {
        let power = distance.powf(CURVE_B);
        let force = -2.0 * CURVE_A * CURVE_B * power / distance / (CURVE_A * power + 1.0);
        for axis in 0..2 {
            let change = (force * (own[axis] - other[axis])).clamp(-STEP_MAX, STEP_MAX) * step;
            own[axis] += change;
            other[axis] -= change;
        }
        points[to] = other;
    }
    tie.next += tie.every;
    let every = tie.every / REPELLERS;
    let n_repellers = ((pass - tie.next_repeller) / every).max(0.0) as usize;
    tie.next_repeller += n_repellers as f32 * every;
    for _ in 0..n_repellers {
        let repeller = chance.random_range(0..points.len() as u32) as usize;
        if repeller == from {
            continue;
        }
        let other = points[repeller];
        let distance = squared(own, other);
        let force = 2.0 * CURVE_B / ((0.001 + distance) * (CURVE_A * distance.powf(CURVE_B) + 1.0));
        for axis in 0..2 {
            own[axis] += (force * (own[axis] - other[axis])).clamp(-STEP_MAX, STEP_MAX) * step;
        }
    }
    points[from] = own;
}

fn squared(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// The beginning, brought to [`START_EXTENT`].
fn spread(start: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let largest = start.iter().flatten().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { START_EXTENT / largest } else { 0.0 };
    // Points in one place would never be pushed apart: each begins a little aside.
    let aside = |number: usize| (number as f32 * 2.399_963).sin_cos();
    let place = |(number, [x, y]): (usize, &[f32; 2])| {
        let (sine, cosine) = aside(number);
        [x * scale + 1e-3 * cosine, y * scale + 1e-3 * sine]
    };
    start.iter().enumerate().map(place).collect()
}

/// The ties of the fuzzy neighbourhood graph, those that are never used left out.
fn ties(neighbours: &[Vec<Neighbour>], n_passes: usize) -> Vec<Tie> {
    let mut strengths = std::collections::BTreeMap::<(u32, u32), [f32; 2]>::new();
    for (from, near) in (0..).zip(neighbours) {
        for ((to, _), strength) in near.iter().zip(memberships(near)) {
            let (key, side) = if from < *to { ((from, *to), 0) } else { ((*to, from), 1) };
            strengths.entry(key).or_default()[side] = strength;
        }
    }
    // The union of both ends' views (section 3.1 of the paper).
    let union = |[a, b]: [f32; 2]| a + b - a * b;
    let strongest = strengths.values().map(|both| union(*both)).fold(0.0, f32::max);
    let mut ties = Vec::with_capacity(2 * strengths.len());
    for ((a, b), both) in strengths {
        let every = strongest / union(both);
        if every <= n_passes as f32 {
            ties.extend([(a, b), (b, a)].map(|(from, to)| Tie {
                from,
                to,
                every,
                next: every,
                next_repeller: every / REPELLERS,
            }));
        }
    }
    // In the order of the points that they begin at, which are then in the processor's cache.
    ties.sort_by_key(|tie| (tie.from, tie.to));
    ties
}

/// How much each neighbour belongs to a point's neighbourhood, 0 to 1: the nearest wholly, the others by a width at
/// which all together count as log2 of their number (algorithm 3 of the paper).
fn memberships(near: &[Neighbour]) -> Vec<f32> {
    let nearest = near.iter().map(|(_, distance)| *distance).find(|distance| *distance > 0.0).unwrap_or(0.0);
    let wanted = (near.len().max(2) as f32).log2();
    let membership = |distance: f32, width: f32| (-(distance - nearest).max(0.0) / width).exp();
    let (mut low, mut high, mut width) = (0.0f32, f32::INFINITY, 1.0f32);
    for _ in 0..64 {
        let sum: f32 = near.iter().map(|(_, distance)| membership(*distance, width)).sum();
        if (sum - wanted).abs() < 1e-5 {
            break;
        }
        if sum > wanted {
            high = width;
        } else {
            low = width;
        }
        width = if high.is_finite() { f32::midpoint(low, high) } else { width * 2.0 };
    }
    let mean = near.iter().map(|(_, distance)| *distance).sum::<f32>() / near.len().max(1) as f32;
    // Where many are equally near, no width is small enough.
    let width = width.max(1e-3 * mean).max(f32::MIN_POSITIVE);
    near.iter().map(|(_, distance)| membership(*distance, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;

    #[test]
    fn memberships_begin_with_the_nearest_and_count_as_the_logarithm_of_their_number() {
        let near: Vec<Neighbour> = (1..=8).map(|n| (n, n as f32)).collect();
        let memberships = memberships(&near);
        assert_eq!(memberships[0], 1.0);
        assert!(memberships.is_sorted_by(|a, b| a > b));
        assert!((memberships.iter().sum::<f32>() - 3.0).abs() < 1e-3);
        let equal: Vec<Neighbour> = (1..=8).map(|n| (n, 2.0)).collect();
        assert!(super::memberships(&equal).iter().all(|membership| *membership == 1.0));
    }

    #[test]
    fn two_groups_that_know_only_themselves_part() {
        let n = 40u32;
        let group = |number: u32| if number < n / 2 { 0..n / 2 } else { n / 2..n };
        let neighbours: Vec<Vec<Neighbour>> = (0..n)
            .map(|own| group(own).filter(|other| *other != own).map(|other| (other, 1.0)).collect())
            .collect();
        // They begin among each other.
        let start: Vec<[f32; 2]> = (0..n).map(|number| [(number % 7) as f32, (number % 5) as f32]).collect();
        let points = layout(&neighbours, &start, &Silent).unwrap();
        assert_eq!(points, layout(&neighbours, &start, &Silent).unwrap(), "the same every time");
        let centre = |numbers: std::ops::Range<u32>| {
            let sum = numbers.clone().fold([0.0; 2], |sum, number| {
                let point = points[number as usize];
                [sum[0] + point[0], sum[1] + point[1]]
            });
            sum.map(|sum| sum / numbers.len() as f32)
        };
        let (a, b) = (centre(0..n / 2), centre(n / 2..n));
        for number in 0..n {
            let (own, other) = if number < n / 2 { (a, b) } else { (b, a) };
            assert!(squared(points[number as usize], own) < squared(points[number as usize], other));
        }
    }
}
