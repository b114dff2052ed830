//! The nearest places of each place, by looking at all of them.

use super::features::{Place, squared_distance};
use crate::error::Result;
use crate::monitor::Monitor;
use crate::workers;

/// Places whose neighbours one worker looks for at a time.
const BLOCK: usize = 64;

/// A place by its number, and how far away it is.
pub(super) type Neighbour = (u32, f32);

/// The `n` places of `among` that are nearest to each place of `from`, the nearest first, equal ones in their order, and
/// never the place itself. All are numbers of `places`.
///
/// # Errors
/// On cancel. `monitor` is told of every block of `from` in places.
pub(super) fn nearest(
    places: &[Place],
    from: &[u32],
    among: &[u32],
    n: usize,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Vec<Neighbour>>> {
    // Side by side, as they are gone through.
    let others: Vec<Place> = among.iter().map(|other| places[*other as usize]).collect();
    let find = |(): &mut (), block: usize| {
        monitor.check()?;
        let block = &from[block * BLOCK..((block + 1) * BLOCK).min(from.len())];
        let found: Vec<Vec<Neighbour>> =
            block.iter().map(|own| nearest_of(places, *own, &others, among, n)).collect();
        monitor.advance(block.len() as u64);
        Ok(found)
    };
    let blocks = workers::map_indexed("map", n_workers, from.len().div_ceil(BLOCK), || (), find)?;
    let mut all = Vec::with_capacity(from.len());
    for block in blocks {
        all.extend(block?);
    }
    Ok(all)
}

fn nearest_of(places: &[Place], own: u32, others: &[Place], among: &[u32], n: usize) -> Vec<Neighbour> {
    let place = &places[own as usize];
    let mut nearest: Vec<Neighbour> = Vec::with_capacity(n + 1);
    let mut limit = f32::INFINITY;
    for (other, at) in among.iter().zip(others) {
        let distance = squared_distance(place, at);
        if distance < limit && *other != own {
            let before = nearest.partition_point(|(_, known)| *known <= distance);
            nearest.insert(before, (*other, distance));
            nearest.truncate(n);
            if nearest.len() == n {
                limit = nearest.last().map_or(0.0, |(_, farthest)| *farthest);
            }
        }
    }
    for (_, distance) in &mut nearest {
        *distance = distance.sqrt();
    }
    nearest
}
