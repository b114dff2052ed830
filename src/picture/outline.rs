//! The outline of the mask over a picture: where what is masked meets what is kept.

use super::cells::{Cell, Cells};
use super::colormap::Rgb;
use super::raster::Raster;

/// The colours of the line: on dark pixels and on light ones.
pub const OUTLINE: [Rgb; 2] = [[255; 3], [0; 3]];

/// Brightness, of 255, from which on a pixel is light.
const LIGHT: u32 = 128;

/// Draws the line into `raster`, a picture of `cells`, `width_px` pixels wide, on the side of what is masked. A pixel that
/// covers several places counts as masked where the mask takes at least a half of them.
pub fn draw_outline(raster: &mut Raster, cells: &Cells, width_px: usize) {
    let [width, height] = cells.size();
    let line_of_row = cells.line_of_row();
    for y in 0..height {
        let own = cells.line(line_of_row[y]);
        let near = &line_of_row[y.saturating_sub(width_px)..(y + width_px + 1).min(height)];
        // Rows of the same line do not differ from it.
        let is_kept_near =
            |x: usize| near.iter().any(|&line| line != line_of_row[y] && is_kept(&cells.line(line)[x]));
        let row = raster.row_mut(y);
        for x in (0..width).filter(|&x| is_masked(&own[x])) {
            let beside = x.saturating_sub(width_px)..(x + width_px + 1).min(width);
            if own[beside].iter().any(is_kept) || is_kept_near(x) {
                let [red, green, blue] = contrasting(row[x]);
                row[x] = [red, green, blue, u8::MAX];
            }
        }
    }
}

fn is_masked(cell: &Cell) -> bool {
    cell.is_sound() && cell.masked_share >= 0.5
}

fn is_kept(cell: &Cell) -> bool {
    cell.is_sound() && cell.masked_share < 0.5
}

/// White on what is dark, black on what is light: seen on every map.
fn contrasting([red, green, blue, _]: [u8; 4]) -> Rgb {
    // The weights of the channels in brightness, in eighths.
    let brightness = (2 * u32::from(red) + 5 * u32::from(green) + u32::from(blue)) / 8;
    OUTLINE[usize::from(brightness >= LIGHT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 8 by 6 pixels: a masked rectangle from (2, 1) to (6, 5) in what is kept, one line of cells a row.
    fn example() -> Cells {
        let mut cells = Cells::new(8, (0..6).collect());
        for y in 0..6 {
            for (x, cell) in cells.line_mut(y).iter_mut().enumerate() {
                let is_masked = (2..6).contains(&x) && (1..5).contains(&y);
                *cell = Cell { power_max: 1.0, masked_share: f32::from(u8::from(is_masked)), inst_freq: 0.0 };
            }
        }
        cells
    }

    #[test]
    fn the_line_is_the_edge_of_what_is_masked() {
        let grey = [40; 3];
        let mut raster = Raster::new(8, 6, grey);
        draw_outline(&mut raster, &example(), 1);
        for y in 0..6 {
            for x in 0..8 {
                let is_inside = (2..6).contains(&x) && (1..5).contains(&y);
                let is_inner = (3..5).contains(&x) && (2..4).contains(&y);
                let expected = if is_inside && !is_inner { OUTLINE[0] } else { grey };
                assert_eq!(raster.pixel(x, y), expected, "{x}, {y}");
            }
        }
        // Two pixels wide, nothing of the rectangle is left; on light pixels the line is black.
        let mut raster = Raster::new(8, 6, [220; 3]);
        draw_outline(&mut raster, &example(), 2);
        assert_eq!(raster.pixel(3, 2), OUTLINE[1]);
    }

    #[test]
    fn a_pixel_of_several_places_follows_the_half() {
        let mut cells = Cells::new(3, vec![0]);
        for (cell, masked_share) in cells.line_mut(0).iter_mut().zip([0.49, 0.5, 1.0]) {
            *cell = Cell { power_max: 1.0, masked_share, inst_freq: 0.0 };
        }
        let mut raster = Raster::new(3, 1, [0; 3]);
        draw_outline(&mut raster, &cells, 1);
        assert_eq!([0, 1, 2].map(|x| raster.pixel(x, 0)), [[0; 3], OUTLINE[0], [0; 3]]);
        // Where there is no sound there is no edge.
        cells.line_mut(0)[0] = Cell::NOTHING;
        let mut raster = Raster::new(3, 1, [0; 3]);
        draw_outline(&mut raster, &cells, 1);
        assert_eq!(raster.pixel(1, 0), [0; 3]);
    }
}
