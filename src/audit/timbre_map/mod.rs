//! The map of a set: every recording as a point, near to those that sound like it.
//!
//! Timbres become places in a space of a few dimensions (`features`), whose neighbours (`neighbours`) are laid out in the
//! plane (`umap`). Copies of one take are one point of the layout, and stand side by side around it (`twins`).

mod eigen;
mod features;
mod neighbours;
mod twins;
mod umap;

use std::sync::Arc;

use super::audit_report::AuditReport;
use super::file_audit::FileAudit;
use super::finding::Check;
use super::timbre::Timbre;
use crate::error::Result;
use crate::monitor::{Monitor, Stage};
use features::{Place, squared_distance};

/// Points that are laid out; what is more is put beside those that it sounds like.
const LAID_OUT_MAX: usize = 10_000;

/// Points that one is put between that was not laid out itself.
const BETWEEN: usize = 3;

/// Files below which there is no map: two points say nothing.
pub const FILES_MIN: usize = 3;

/// The map of the files of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct TimbreMap {
    /// The point of each file of the report, by its place there; both coordinates from 0 to 1. `None` for a file that is
    /// silent or cannot be read.
    pub points: Vec<Option<[f32; 2]>>,
    /// The files that have a point, and their places in the space of timbres.
    files: Vec<u32>,
    places: Vec<Place>,
}

impl TimbreMap {
    /// Makes the map of `report` on `n_workers` threads; it is the same for every number of threads. A set with fewer than
    /// [`FILES_MIN`] files that sound has no points.
    ///
    /// # Errors
    /// On cancel.
    pub fn new(report: &AuditReport, n_workers: usize, monitor: &dyn Monitor) -> Result<Self> {
        let timbre =
            |(file, audited): (u32, &Arc<FileAudit>)| Some((file, audited.outcome.as_ref().ok()?.timbre?));
        let (files, timbres): (Vec<u32>, Vec<Timbre>) =
            (0..).zip(report.files.iter()).filter_map(timbre).unzip();
        let mut point_of = vec![None; report.files.len()];
        (0..).zip(&files).for_each(|(point, file)| point_of[*file as usize] = Some(point));
        let is_copy = |check| matches!(check, Check::ExactDuplicate | Check::NearDuplicate);
        let copies = report.of_set.iter().filter(|found| is_copy(found.finding.check));
        let copies: Vec<Vec<u32>> =
            copies.map(|found| found.files.iter().filter_map(|file| point_of[*file]).collect()).collect();
        let places = features::places(&timbres);
        let laid_out = lay_out(&places, &copies, n_workers, monitor)?;
        let mut points = vec![None; report.files.len()];
        for (file, point) in files.iter().zip(laid_out) {
            points[*file as usize] = Some(point);
        }
        Ok(Self { points, files, places })
    }

    /// The number of files that have a point.
    pub fn n_points(&self) -> usize {
        self.points.iter().flatten().count()
    }

    /// The `n` files that sound most like `file`, the nearest first, each with its distance in the space of timbres, where
    /// spectrum, movement and envelope each have deviation 1 over the set along the direction in which they differ most.
    /// None for a file that has no point.
    pub fn neighbours(&self, file: usize, n: usize) -> Vec<(usize, f32)> {
        let Ok(own) = self.files.binary_search(&(file as u32)) else { return Vec::new() };
        let others = self.files.iter().zip(&self.places).filter(|(other, _)| **other as usize != file);
        let mut near: Vec<(usize, f32)> = others
            .map(|(other, place)| (*other as usize, squared_distance(place, &self.places[own]).sqrt()))
            .collect();
        let order = |a: &(usize, f32), b: &(usize, f32)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
        if n < near.len() {
            near.select_nth_unstable_by(n, order);
            near.truncate(n);
        }
        near.sort_unstable_by(order);
        near
    }
}

/// The points of `places`, of which `copies` name groups that hold the same take.
fn lay_out(
    places: &[Place],
    copies: &[Vec<u32>],
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<[f32; 2]>> {
    if places.len() < FILES_MIN {
        return Ok(Vec::new());
    }
    let mut groups = twins::Groups::new(places.len());
    for group in copies {
        groups.join(group);
    }
    let firsts = groups.firsts();
    // Evenly from the whole set, which is in the order of paths.
    let every = firsts.len().div_ceil(LAID_OUT_MAX);
    let chosen: Vec<u32> = firsts.iter().copied().step_by(every).collect();
    let others: Vec<u32> =
        firsts.iter().copied().filter(|first| chosen.binary_search(first).is_err()).collect();
    monitor.begin(Stage::Map, (chosen.len() + others.len() + umap::n_passes(chosen.len())) as u64);
    let n_near = umap::NEIGHBOURS + twins::TWINS_EXPECTED;
    let near = neighbours::nearest(places, &chosen, &chosen, n_near, n_workers, monitor)?;
    groups.join_twins(places, &chosen, &near);
    // Of twins the first is laid out, with the neighbours of its own.
    let laid: Vec<u32> =
        groups.firsts().into_iter().filter(|first| chosen.binary_search(first).is_ok()).collect();
    let number = |point: u32| laid.binary_search(&groups.first_of(point)).ok().map(|number| number as u32);
    let ties = laid.iter().map(|point| {
        let Ok(own) = chosen.binary_search(point) else { return Vec::new() };
        let mut seen = vec![number(*point)];
        let mut ties: Vec<neighbours::Neighbour> = Vec::with_capacity(umap::NEIGHBOURS);
        for (other, distance) in &near[own] {
            let other = number(*other);
            if let (Some(other), false) = (other, seen.contains(&other)) {
                ties.push((other, *distance));
            }
            seen.push(other);
        }
        ties.truncate(umap::NEIGHBOURS);
        ties
    });
    let ties: Vec<_> = ties.collect();
    let start: Vec<[f32; 2]> =
        laid.iter().map(|point| [places[*point as usize][0], places[*point as usize][1]]).collect();
    let plane = umap::layout(&ties, &start, monitor)?;
    let mut firsts: Vec<Option<[f32; 2]>> = vec![None; places.len()];
    laid.iter().zip(&plane).for_each(|(point, at)| firsts[*point as usize] = Some(*at));
    let near = neighbours::nearest(places, &others, &laid, BETWEEN, n_workers, monitor)?;
    for (point, near) in others.iter().zip(near) {
        firsts[*point as usize] = Some(between(&near, &firsts));
    }
    Ok(fitted(twins::around(&groups, &firsts)))
}

/// The mean of the points of `near`, each by its nearness.
fn between(near: &[neighbours::Neighbour], points: &[Option<[f32; 2]>]) -> [f32; 2] {
    let (mut sum, mut weights) = ([0.0; 2], 0.0);
    for (other, distance) in near {
        let weight = 1.0 / (distance * distance).max(1e-6);
        let Some(point) = points[*other as usize] else { continue };
        sum = [sum[0] + weight * point[0], sum[1] + weight * point[1]];
        weights += weight;
    }
    if weights > 0.0 { sum.map(|sum| sum / weights) } else { sum }
}

/// Points brought into the unit square, their middle in its middle, both axes to the same scale.
fn fitted(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let (mut least, mut most) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for point in &points {
        for axis in 0..2 {
            least[axis] = least[axis].min(point[axis]);
            most[axis] = most[axis].max(point[axis]);
        }
    }
    let extent = (most[0] - least[0]).max(most[1] - least[1]).max(f32::MIN_POSITIVE);
    for point in &mut points {
        for axis in 0..2 {
            point[axis] =
                ((point[axis] - f32::midpoint(least[axis], most[axis])) / extent + 0.5).clamp(0.0, 1.0);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;

    /// Places in three lines far from each other.
    fn places(n: usize) -> Vec<Place> {
        let place = |number: usize| {
            let mut place = [0.0; features::DIMS];
            place[number % 3] = 20.0;
            place[3] = (number / 3) as f32 * 0.6;
            place
        };
        (0..n).map(place).collect()
    }

    #[test]
    fn the_picture_is_the_same_for_every_number_of_threads_and_keeps_groups_together() {
        let places = places(150);
        let points = lay_out(&places, &[], 1, &Silent).unwrap();
        assert_eq!(points, lay_out(&places, &[], 3, &Silent).unwrap());
        assert!(points.iter().flatten().all(|value| (0.0..=1.0).contains(value)));
        let distance = |a: usize, b: usize| (points[a][0] - points[b][0]).hypot(points[a][1] - points[b][1]);
        for own in 0..points.len() {
            let others = (0..points.len()).filter(|other| *other != own);
            let nearest = others.min_by(|a, b| distance(own, *a).total_cmp(&distance(own, *b))).unwrap();
            assert_eq!(nearest % 3, own % 3, "{own} is nearest to {nearest}");
        }
    }

    #[test]
    fn copies_stand_side_by_side_however_unlike_they_are_measured() {
        let places = places(60);
        let points = lay_out(&places, &[vec![3, 31, 44]], 2, &Silent).unwrap();
        let distance = |a: usize, b: usize| (points[a][0] - points[b][0]).hypot(points[a][1] - points[b][1]);
        for own in [3, 31, 44] {
            let others = (0..points.len()).filter(|other| *other != own);
            let nearest = others.min_by(|a, b| distance(own, *a).total_cmp(&distance(own, *b))).unwrap();
            assert!([3, 31, 44].contains(&nearest), "{own} is nearest to {nearest}");
        }
    }

    #[test]
    fn few_or_equal_places_have_a_picture_too() {
        assert!(lay_out(&places(2), &[], 1, &Silent).unwrap().is_empty());
        for places in [places(3), vec![[1.0; features::DIMS]; 40]] {
            let points = lay_out(&places, &[], 1, &Silent).unwrap();
            assert_eq!(points.len(), places.len());
            assert!(points.iter().flatten().all(|value| (0.0..=1.0).contains(value)), "{points:?}");
        }
    }
}
