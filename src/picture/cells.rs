//! What each pixel of a pane shows of both channels under a mask, before it has a colour.
//!
//! Unlike [`Heatmap`](super::Heatmap), which is made of tensors, cells keep the mel power itself and the share of masked
//! places, so that an overview is as true as a close look.

use super::colormap::{ColorMap, Rgb};
use super::hatching::Hatching;
use super::level::LevelRange;
use super::raster::Raster;

/// Colours of a map that are told apart: finer than a screen shows.
const TABLE_LEN: usize = 1024;

/// The colour where there is no sound.
pub const NOTHING: Rgb = [24, 24, 24];

/// The places that a pixel covers, as far as they are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The largest mel power: a click that is shorter than a pixel stays in sight. NaN where there is no sound.
    pub power_max: f32,
    /// The share of places, 0 to 1, that the mask takes.
    pub masked_share: f32,
    /// The mean instantaneous frequency of the others, each by its mel power; 0 where there are none.
    pub inst_freq: f32,
}

impl Cell {
    /// No sound.
    pub const NOTHING: Self = Self { power_max: f32::NAN, masked_share: 0.0, inst_freq: 0.0 };

    /// True where there is sound.
    pub fn is_sound(&self) -> bool {
        !self.power_max.is_nan()
    }
}

/// A picture's cells. Pixel rows that cover the same bands share a line of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    width: usize,
    line_of_row: Vec<usize>,
    all: Vec<Cell>,
}

impl Cells {
    /// A picture `width` pixels wide without sound; `line_of_row` is the line that each row of pixels shows, from the top.
    pub fn new(width: usize, line_of_row: Vec<usize>) -> Self {
        let n_lines = line_of_row.iter().max().map_or(0, |last| last + 1);
        Self { width, line_of_row, all: vec![Cell::NOTHING; n_lines * width] }
    }

    /// Pixels in a row and in a column.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.line_of_row.len()]
    }

    /// The line that each row of pixels shows, from the top.
    pub fn line_of_row(&self) -> &[usize] {
        &self.line_of_row
    }

    /// The cells of a line.
    pub fn line(&self, line: usize) -> &[Cell] {
        &self.all[line * self.width..(line + 1) * self.width]
    }

    /// The cells of a line, to be changed.
    pub fn line_mut(&mut self, line: usize) -> &mut [Cell] {
        &mut self.all[line * self.width..(line + 1) * self.width]
    }

    /// The cell that a pixel shows; `None` where there is no sound.
    pub fn at(&self, x: usize, y: usize) -> Option<Cell> {
        let cell = self.line(*self.line_of_row.get(y)?).get(x)?;
        cell.is_sound().then_some(*cell)
    }

    /// The largest mel power of each pixel in the colours of `map`, which change over `range`.
    pub fn magnitude(&self, map: ColorMap, range: &LevelRange) -> Raster {
        let table = Table::new(map);
        let color =
            |cell: &Cell| if cell.is_sound() { table.share(range.share(cell.power_max)) } else { NOTHING };
        self.paint(|cells, colors| {
            for (color_of, cell) in colors.iter_mut().zip(cells) {
                *color_of = color(cell);
            }
        })
    }

    /// The instantaneous frequency in the colours of `map`; hatched as far as it is masked.
    pub fn inst_freq(&self, map: ColorMap, hatching: &Hatching) -> Raster {
        let table = Table::new(map);
        let mut raster = self.paint(|cells, colors| {
            for (color_of, cell) in colors.iter_mut().zip(cells) {
                *color_of = if cell.is_sound() { table.color(cell.inst_freq) } else { NOTHING };
            }
        });
        for (y, &line) in self.line_of_row.iter().enumerate() {
            let row = raster.row_mut(y);
            for (x, (pixel, cell)) in row.iter_mut().zip(self.line(line)).enumerate() {
                if cell.masked_share > 0.0
                    && let Some([red, green, blue]) = hatching.color(x, y, cell.masked_share)
                {
                    *pixel = [red, green, blue, u8::MAX];
                }
            }
        }
        raster
    }

    /// The level of `self` minus that of `other`, of the same size, from -`most` to `most` in the unit of `range`. Levels
    /// below `range` count as its lower end, as they are drawn.
    pub fn magnitude_difference(&self, other: &Self, range: &LevelRange, most: f32) -> Raster {
        let table = Table::new(ColorMap::Diverging);
        self.paint_with(other, |_, _, [a, b]| {
            let difference = range.visible_level(a.power_max) - range.visible_level(b.power_max);
            table.color(difference / most.max(f32::MIN_POSITIVE))
        })
    }

    /// The largest difference of levels of any pixel, in the unit of `range`.
    pub fn magnitude_difference_max(&self, other: &Self, range: &LevelRange) -> f32 {
        let [width, height] = self.size();
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let differences = places.filter_map(|(x, y)| {
            let (a, b) = (self.at(x, y)?, other.at(x, y)?);
            Some((range.visible_level(a.power_max) - range.visible_level(b.power_max)).abs())
        });
        differences.fold(0.0, f32::max)
    }

    /// The masked instantaneous frequency of `self` minus that of `other`, where a masked place is 0 as the model gets it;
    /// hatched as far as both are masked.
    pub fn inst_freq_difference(&self, other: &Self, hatching: &Hatching) -> Raster {
        let table = Table::new(ColorMap::Diverging);
        self.paint_with(other, |x, y, [a, b]| {
            let value = |cell: Cell| cell.inst_freq * (1.0 - cell.masked_share);
            let hatched = hatching.color(x, y, a.masked_share.min(b.masked_share));
            hatched.unwrap_or_else(|| table.color(value(a) - value(b)))
        })
    }

    /// Colours the cells of each line once; rows that show the same line are copies.
    fn paint(&self, mut color: impl FnMut(&[Cell], &mut [Rgb])) -> Raster {
        let [width, height] = self.size();
        let mut raster = Raster::new(width, height, NOTHING);
        let mut colors = vec![NOTHING; width];
        let mut painted = None;
        for (y, &line) in self.line_of_row.iter().enumerate() {
            if painted.replace(line) != Some(line) {
                color(self.line(line), &mut colors);
            }
            for (pixel, &[red, green, blue]) in raster.row_mut(y).iter_mut().zip(&colors) {
                *pixel = [red, green, blue, u8::MAX];
            }
        }
        raster
    }

    fn paint_with(&self, other: &Self, color: impl Fn(usize, usize, [Cell; 2]) -> Rgb) -> Raster {
        let [width, height] = self.size();
        let mut raster = Raster::new(width, height, NOTHING);
        for y in 0..height {
            for x in 0..width {
                if let (Some(a), Some(b)) = (self.at(x, y), other.at(x, y)) {
                    raster.set(x, y, color(x, y, [a, b]));
                }
            }
        }
        raster
    }
}

/// The colours of a map, looked up instead of computed.
struct Table {
    colors: Vec<Rgb>,
    least: f32,
    per_value: f32,
}

impl Table {
    fn new(map: ColorMap) -> Self {
        let [least, most] = map.domain();
        let per_value = (TABLE_LEN - 1) as f32 / (most - least);
        Self { colors: map.table(TABLE_LEN), least, per_value }
    }

    /// The colour of the nearest value in the table.
    fn color(&self, value: f32) -> Rgb {
        // A float below 0 becomes 0 by the cast.
        self.colors[(((value - self.least) * self.per_value + 0.5) as usize).min(TABLE_LEN - 1)]
    }

    /// The colour at a share of the way from the first to the last.
    fn share(&self, share: f32) -> Rgb {
        self.colors[((share * (TABLE_LEN - 1) as f32 + 0.5) as usize).min(TABLE_LEN - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::colormap::MASKED;
    use crate::picture::level::LevelUnit;

    /// Two lines of three cells, the lower line first; the upper is two pixels high, and its last cell is empty.
    fn example() -> Cells {
        let mut cells = Cells::new(3, vec![1, 1, 0]);
        let cell = |power_max, masked_share, inst_freq| Cell { power_max, masked_share, inst_freq };
        cells.line_mut(0).copy_from_slice(&[
            cell(0.0, 1.0, 0.0),
            cell(1e-5, 0.0, 0.5),
            cell(2e-5, 0.5, -0.5),
        ]);
        cells.line_mut(1)[..2].copy_from_slice(&[cell(1.0, 0.0, 1.0), cell(100.0, 0.0, -1.0)]);
        cells
    }

    fn is_near(a: Rgb, b: Rgb) -> bool {
        a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1)
    }

    #[test]
    fn pixels_have_the_colours_of_their_levels() {
        let cells = example();
        assert_eq!(cells.size(), [3, 3]);
        for map in ColorMap::OF_MAGNITUDE {
            let range = LevelRange { unit: LevelUnit::Decibel, from: -80.0, to: 20.0 };
            let raster = cells.magnitude(map, &range);
            for y in [0, 1] {
                assert!(is_near(raster.pixel(0, y), map.color(0.8)));
                assert!(is_near(raster.pixel(1, y), map.color(1.0)));
                assert_eq!(raster.pixel(2, y), NOTHING);
            }
            assert!(is_near(raster.pixel(1, 2), map.color(0.3)), "-50 dB is seen");
            assert!(is_near(raster.pixel(0, 2), map.color(0.0)));
        }
        let most = 100f32.ln_1p();
        let trainer = LevelRange { unit: LevelUnit::Ln1p, from: 0.0, to: most };
        let raster = cells.magnitude(ColorMap::Magma, &trainer);
        assert!(is_near(raster.pixel(0, 0), ColorMap::Magma.color(1f32.ln_1p() / most)));
        assert_eq!(cells.at(2, 0), None);
    }

    #[test]
    fn what_is_masked_is_hatched_and_what_is_kept_is_not() {
        let cells = example();
        let raster = cells.inst_freq(ColorMap::Diverging, &Hatching::new(cells.size(), 1.0));
        assert!(MASKED.contains(&raster.pixel(0, 2)));
        assert!(is_near(raster.pixel(1, 2), ColorMap::Diverging.color(0.5)));
        assert!(is_near(raster.pixel(0, 1), ColorMap::Diverging.color(1.0)));
        assert_eq!(raster.pixel(2, 0), NOTHING);
        // Cells of which a half is masked, in a picture that is large enough to show it.
        let mut half = Cells::new(64, (0..64).collect());
        for line in 0..64 {
            half.line_mut(line).fill(Cell { power_max: 1.0, masked_share: 0.5, inst_freq: 0.25 });
        }
        let raster = half.inst_freq(ColorMap::Diverging, &Hatching::new([64, 64], 1.0));
        let is_hatched = |at: &usize| MASKED.contains(&raster.pixel(at % 64, at / 64));
        assert_eq!((0..64 * 64).filter(is_hatched).count(), 64 * 64 / 2);
    }

    #[test]
    fn a_difference_has_a_sign_and_knows_both_masks() {
        let a = example();
        let mut b = example();
        b.line_mut(0)[1] = Cell { power_max: 1.0, masked_share: 0.0, inst_freq: -0.25 };
        b.line_mut(1)[0] = Cell { power_max: 0.1, masked_share: 1.0, inst_freq: 0.0 };
        let range = LevelRange { unit: LevelUnit::Decibel, from: -60.0, to: 20.0 };
        // 1e-5 against 1: 50 dB.
        assert!((a.magnitude_difference_max(&b, &range) - 50.0).abs() < 1e-3);
        let magnitudes = a.magnitude_difference(&b, &range, 20.0);
        assert!(is_near(magnitudes.pixel(1, 2), ColorMap::Diverging.color(-1.0)));
        assert!(is_near(magnitudes.pixel(0, 0), ColorMap::Diverging.color(0.5)), "10 of 20 dB");
        assert!(is_near(magnitudes.pixel(0, 2), ColorMap::Diverging.color(0.0)), "silence is silence");
        assert_eq!(magnitudes.pixel(2, 0), NOTHING);
        let inst_freqs = a.inst_freq_difference(&b, &Hatching::new(a.size(), 1.0));
        assert!(MASKED.contains(&inst_freqs.pixel(0, 2)), "both are masked");
        assert!(is_near(inst_freqs.pixel(0, 0), ColorMap::Diverging.color(1.0)), "one is masked");
        assert!(is_near(inst_freqs.pixel(1, 2), ColorMap::Diverging.color(0.75)));
    }
}
