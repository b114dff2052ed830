//! The hatching over masked places: as much of an area is hatched as is masked of what it shows.

use super::colormap::{MASKED, Rgb};

/// [`Hatching::PERIOD`], for short.
const PERIOD: usize = Hatching::PERIOD;

/// The pattern: diagonal lines in two greys. Where only a share is masked, the lines are as wide as that share. It is laid
/// out in points, so that it looks the same however many pixels a point has.
#[derive(Debug, Clone)]
pub struct Hatching {
    /// For each pixel across, and for each one down, its place in the pattern.
    places: [Vec<u8>; 2],
    /// For each place of the pattern, row by row, the share from which on it is hatched.
    shares: [f32; PERIOD * PERIOD],
}

impl Hatching {
    /// Points after which the pattern repeats, across and down.
    pub const PERIOD: usize = 8;

    /// The pattern for a picture of `size` pixels, of which `pixels_per_point` make a point.
    pub fn new([width, height]: [usize; 2], pixels_per_point: f32) -> Self {
        let place = |pixel: usize| ((pixel as f32 / pixels_per_point) as usize % PERIOD) as u8;
        let places = [width, height].map(|n_pixels| (0..n_pixels).map(place).collect());
        let mut shares = [0.0; PERIOD * PERIOD];
        for (at, share) in shares.iter_mut().enumerate() {
            let (x, y) = (at % PERIOD, at / PERIOD);
            // The bits of the place along a line in reverse order put neighbours far apart: the edge of a line that is
            // not a whole number of points wide is dotted evenly.
            let along = (x as u8).reverse_bits() >> 5;
            *share = ((x + y) % PERIOD * PERIOD + usize::from(along)) as f32 + 0.5;
            *share /= (PERIOD * PERIOD) as f32;
        }
        Self { places, shares }
    }

    /// The grey of a pixel, `share` of whose places are masked; `None` where the pattern leaves it free.
    pub fn color(&self, x: usize, y: usize, share: f32) -> Option<Rgb> {
        let [across, down] = [self.places[0][x], self.places[1][y]].map(usize::from);
        let is_line = (across + down) % PERIOD >= PERIOD / 4;
        (self.shares[down * PERIOD + across] < share).then_some(MASKED[usize::from(is_line)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hatched_share(share: f32, side: usize, pixels_per_point: f32) -> f32 {
        let hatching = Hatching::new([side, side], pixels_per_point);
        let n_hatched =
            (0..side * side).filter(|at| hatching.color(at % side, at / side, share).is_some()).count();
        n_hatched as f32 / (side * side) as f32
    }

    #[test]
    fn the_hatched_area_is_the_masked_share() {
        for pixels_per_point in [1.0, 1.5, 2.0, 3.0] {
            for share in [0.0, 0.03, 0.11, 0.25, 0.5, 0.87, 1.0] {
                let hatched = hatched_share(share, 96, pixels_per_point);
                // Where a point is no whole number of pixels, some have more of them.
                assert!((hatched - share).abs() < 0.03, "{share} at {pixels_per_point}: {hatched}");
            }
        }
        assert_eq!((hatched_share(0.0, 64, 1.0), hatched_share(1.0, 64, 1.0)), (0.0, 1.0));
    }

    #[test]
    fn a_screen_with_twice_the_pixels_shows_the_same_pattern() {
        let [coarse, fine] = [Hatching::new([32, 32], 1.0), Hatching::new([64, 64], 2.0)];
        for (x, y) in (0..64).flat_map(|y| (0..64).map(move |x| (x, y))) {
            for share in [0.2, 1.0] {
                assert_eq!(fine.color(x, y, share), coarse.color(x / 2, y / 2, share));
            }
        }
    }

    #[test]
    fn the_hatching_has_both_its_greys() {
        let hatching = Hatching::new([8, 8], 1.0);
        for grey in MASKED {
            assert!((0..64).any(|at| hatching.color(at % 8, at / 8, 1.0) == Some(grey)));
        }
    }
}
