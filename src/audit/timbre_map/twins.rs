//! Recordings of one take, which are one point for the layout and stand around it on the map.

use std::collections::BTreeMap;

use super::features::{Place, squared_distance};
use super::neighbours::Neighbour;

/// Neighbours of a point that may be twins of it or of others: so many more are looked for.
pub(super) const TWINS_EXPECTED: usize = 6;

/// Recordings that are no farther from each other than this in the space of timbres are taken for one take. Of the forms of
/// one take, at another rate or from a codec, half are nearer to each other than 0.2, and of other takes one in a hundred
/// is nearer than 0.4 (`benches/timbre_map.rs`).
const TWIN_DISTANCE: f32 = 0.2;

/// Twins stand within this share of the way to the next point that is none, and of the width of the picture.
const RADIUS_SHARE: f32 = 0.2;
const RADIUS_MAX: f32 = 0.005;

/// Groups of points that stand for one take, each named by its first point.
#[derive(Debug)]
pub(super) struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    /// Every one of `n` points by itself.
    pub(super) fn new(n: usize) -> Self {
        Self { parents: (0..n as u32).collect() }
    }

    /// The first point of the group that `point` is in.
    pub(super) fn first_of(&self, mut point: u32) -> u32 {
        while self.parents[point as usize] != point {
            point = self.parents[point as usize];
        }
        point
    }

    /// Makes one group of all that `group` names.
    pub(super) fn join(&mut self, group: &[u32]) {
        for pair in group.windows(2) {
            let (a, b) = (self.first_of(pair[0]), self.first_of(pair[1]));
            self.parents[a.max(b) as usize] = a.min(b);
        }
    }

    /// Joins points that are hardly apart, so that no two of a group are farther apart than twins are: many that are alike
    /// in a row stay a row. `near` holds the neighbours of each point of `points`.
    pub(super) fn join_twins(&mut self, places: &[Place], points: &[u32], near: &[Vec<Neighbour>]) {
        let close = |(own, near): (&u32, &Vec<Neighbour>)| -> Vec<(f32, u32, u32)> {
            let twins = near.iter().filter(|(other, distance)| own < other && *distance <= TWIN_DISTANCE);
            twins.map(|(other, distance)| (*distance, *own, *other)).collect()
        };
        let mut pairs: Vec<(f32, u32, u32)> = points.iter().zip(near).flat_map(close).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (_, a, b) in pairs {
            let [a, b] = [a, b].map(|point| self.first_of(point));
            let of = |first: u32| members.get(&first).cloned().unwrap_or_else(|| vec![first]);
            let (mut joined, other) = (of(a), of(b));
            let is_twin = |a: &u32, b: &u32| {
                squared_distance(&places[*a as usize], &places[*b as usize]) <= TWIN_DISTANCE * TWIN_DISTANCE
            };
            if a != b && joined.iter().all(|a| other.iter().all(|b| is_twin(a, b))) {
                joined.extend(other);
                members.remove(&a.max(b));
                members.insert(a.min(b), joined);
                self.join(&[a, b]);
            }
        }
    }

    /// The first point of every group, in order.
    pub(super) fn firsts(&self) -> Vec<u32> {
        (0..).zip(&self.parents).filter(|(own, parent)| own == *parent).map(|(own, _)| own).collect()
    }
}

/// The point of every member: alone where its group's first point is, or around it with its twins. `firsts` holds where
/// the first point of each group is.
pub(super) fn around(groups: &Groups, firsts: &[Option<[f32; 2]>]) -> Vec<[f32; 2]> {
    let n = firsts.len();
    let first_of: Vec<u32> = (0..n as u32).map(|point| groups.first_of(point)).collect();
    let mut n_members = vec![0u32; n];
    for first in &first_of {
        n_members[*first as usize] += 1;
    }
    let room = Room::new(firsts);
    let mut n_placed = vec![0u32; n];
    let mut radii = vec![None; n];
    let place = |first: &u32| {
        let first = *first as usize;
        let centre = firsts[first].unwrap_or_default();
        if n_members[first] == 1 {
            return centre;
        }
        let radius = *radii[first].get_or_insert_with(|| room.around(first as u32, centre));
        // A sunflower's seeds: evenly, however many.
        let number = n_placed[first] as f32;
        n_placed[first] += 1;
        let distance = radius * ((number + 0.5) / n_members[first] as f32).sqrt();
        let (sine, cosine) = (number * 2.399_963).sin_cos();
        [centre[0] + distance * cosine, centre[1] + distance * sine]
    };
    first_of.iter().map(place).collect()
}

/// The points, sorted by their first coordinate, to see how far away the next one is.
struct Room {
    sorted: Vec<([f32; 2], u32)>,
    radius_max: f32,
}

impl Room {
    fn new(firsts: &[Option<[f32; 2]>]) -> Self {
        let mut sorted: Vec<([f32; 2], u32)> =
            (0..).zip(firsts).filter_map(|(own, point)| Some(((*point)?, own))).collect();
        sorted.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.1.cmp(&b.1)));
        let width = |axis: usize| {
            let values = || sorted.iter().map(|(point, _)| point[axis]);
            values().fold(f32::NEG_INFINITY, f32::max) - values().fold(f32::INFINITY, f32::min)
        };
        let radius_max = (RADIUS_MAX * width(0).max(width(1))).max(f32::MIN_POSITIVE);
        Self { sorted, radius_max }
    }

    /// The radius within which the twins of `own`, at `centre`, are nearer to each other than to any other point.
    fn around(&self, own: u32, centre: [f32; 2]) -> f32 {
        let mut nearest = self.radius_max / RADIUS_SHARE;
        let start = self.sorted.partition_point(|(point, _)| point[0] < centre[0] - nearest);
        for (point, other) in &self.sorted[start..] {
            if point[0] > centre[0] + nearest {
                break;
            }
            if *other != own {
                nearest = nearest.min((point[0] - centre[0]).hypot(point[1] - centre[1]));
            }
        }
        RADIUS_SHARE * nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_close_to_all_of_a_group_is_a_twin_and_a_row_is_none() {
        // Four in a row, of which only neighbours are close, and one far away.
        let places = [0.0, 0.6, 1.3, 1.9, 18.0].map(|x: f32| {
            let mut place = [0.0; super::super::features::DIMS];
            place[0] = x * TWIN_DISTANCE;
            place
        });
        let near = |own: usize| -> Vec<Neighbour> {
            let distance = |other: usize| squared_distance(&places[own], &places[other]).sqrt();
            (0..5).filter(|other| *other != own).map(|other| (other as u32, distance(other))).collect()
        };
        let mut groups = Groups::new(5);
        groups.join_twins(&places, &[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4].map(near));
        assert_eq!(groups.firsts(), [0, 2, 4]);
        groups.join(&[4, 1]);
        assert_eq!((groups.first_of(4), groups.firsts()), (0, vec![0, 2]));
    }

    #[test]
    fn twins_are_nearer_to_each_other_than_to_anything_else() {
        let mut groups = Groups::new(5);
        groups.join(&[0, 3, 4]);
        let firsts = [Some([0.0, 0.0]), Some([0.01, 0.0]), Some([10.0, 10.0]), None, None];
        let points = around(&groups, &firsts);
        let distance = |a: usize, b: usize| (points[a][0] - points[b][0]).hypot(points[a][1] - points[b][1]);
        assert_eq!((points[1], points[2]), ([0.01, 0.0], [10.0, 10.0]));
        for (a, b) in [(0, 3), (3, 4), (0, 4)] {
            assert!(distance(a, b) > 0.0 && distance(a, b) < distance(a, 1), "{points:?}");
        }
    }
}
