//! The points of a map in cells, so that the one under the pointer is found without looking at all.

/// Points in a cell on average, were they spread evenly.
const PER_CELL: usize = 4;

/// Points of the unit square by cells.
#[derive(Debug)]
pub(in crate::ui::views::audit) struct MapGrid {
    n: usize,
    /// Where each cell's points begin among `points`, and the end of the last.
    starts: Vec<u32>,
    /// Rows of the report with their places, cell by cell.
    points: Vec<(u32, [f32; 2])>,
}

impl MapGrid {
    pub(in crate::ui::views::audit) fn new(points: &[Option<[f32; 2]>]) -> Self {
        let placed: Vec<(u32, [f32; 2])> =
            (0..).zip(points).filter_map(|(row, point)| Some((row, (*point)?))).collect();
        let n = (placed.len() / PER_CELL).isqrt().max(1);
        let mut grid = Self { n, starts: vec![0; n * n + 1], points: placed };
        let cell = |point: [f32; 2]| coordinate(n, point[1]) * n + coordinate(n, point[0]);
        grid.points.sort_by_key(|(_, point)| cell(*point));
        for (_, point) in &grid.points {
            grid.starts[cell(*point) + 1] += 1;
        }
        for cell in 0..n * n {
            grid.starts[cell + 1] += grid.starts[cell];
        }
        grid
    }

    /// Every point with its row.
    pub(in crate::ui::views::audit) fn points(&self) -> &[(u32, [f32; 2])] {
        &self.points
    }

    /// The row of the point nearest to `place`, not farther than `reach` away.
    pub(in crate::ui::views::audit) fn nearest(&self, place: [f32; 2], reach: f32) -> Option<u32> {
        let range =
            |axis: usize| coordinate(self.n, place[axis] - reach)..=coordinate(self.n, place[axis] + reach);
        let mut nearest = None;
        let mut least = reach * reach;
        for y in range(1) {
            let cells = range(0);
            let (first, last) = (y * self.n + cells.start(), y * self.n + cells.end());
            for (row, point) in &self.points[self.starts[first] as usize..self.starts[last + 1] as usize] {
                let distance = (point[0] - place[0]).powi(2) + (point[1] - place[1]).powi(2);
                if distance <= least {
                    (nearest, least) = (Some(*row), distance);
                }
            }
        }
        nearest
    }

    /// The row of the point nearest to `from` in the direction of `towards`, within an eighth of a turn to either side.
    pub(in crate::ui::views::audit) fn next(&self, from: [f32; 2], towards: [f32; 2]) -> Option<u32> {
        let distance = |point: &[f32; 2]| {
            let offset = [point[0] - from[0], point[1] - from[1]];
            let along = offset[0] * towards[0] + offset[1] * towards[1];
            let across = offset[0] * towards[1] - offset[1] * towards[0];
            (along > 0.0 && across.abs() <= along).then_some(along * along + across * across)
        };
        let ahead = self.points.iter().filter_map(|(row, point)| Some((distance(point)?, *row)));
        ahead.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, row)| row)
    }
}

/// The cell along an axis.
fn coordinate(n: usize, value: f32) -> usize {
    ((value * n as f32) as usize).min(n - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Option<[f32; 2]>> {
        let at = |n: usize| [(n * 37 % 101) as f32 / 101.0, (n * 53 % 97) as f32 / 97.0];
        (0..200).map(|n| (n % 7 != 0).then(|| at(n))).collect()
    }

    #[test]
    fn the_nearest_is_the_one_that_a_look_at_all_finds() {
        let points = points();
        let grid = MapGrid::new(&points);
        for n in 0..50 {
            let place = [(n * 17 % 50) as f32 / 50.0, n as f32 / 50.0];
            let distance = |row: u32| {
                let point = points[row as usize].unwrap();
                (point[0] - place[0]).hypot(point[1] - place[1])
            };
            let placed = (0..200u32).filter(|row| points[*row as usize].is_some());
            let nearest = placed.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap();
            let found = grid.nearest(place, 0.05);
            assert_eq!(found.is_some(), distance(nearest) <= 0.05);
            assert!(found.is_none_or(|row| distance(row) == distance(nearest)));
        }
    }

    #[test]
    fn a_key_goes_to_the_nearest_point_on_its_side() {
        let grid =
            MapGrid::new(&[Some([0.5, 0.5]), Some([0.7, 0.55]), Some([0.9, 0.5]), Some([0.5, 0.1]), None]);
        let from = [0.5, 0.5];
        assert_eq!(grid.next(from, [1.0, 0.0]), Some(1));
        assert_eq!(grid.next(from, [0.0, -1.0]), Some(3));
        assert_eq!(grid.next(from, [-1.0, 0.0]), None);
        assert!(MapGrid::new(&[]).nearest(from, 1.0).is_none());
    }
}
