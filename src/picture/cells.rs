//! Both channels as the pixels of a pane show them, before they have colours: a threshold is tried by painting anew.
//!
//! Unlike [`Heatmap`](super::Heatmap), which is made of tensors, cells keep the mel power itself, so that the mask is the
//! engine's own comparison.

use super::colormap::{ColorMap, Rgb};
use super::raster::{Raster, masked};

/// Colours of a map that are told apart: finer than a screen shows.
const TABLE_LEN: usize = 1024;

/// The colour where there is no sound.
pub const NOTHING: Rgb = [24, 24, 24];

/// The loudest place that each pixel covers. Pixel rows that cover the same bands share a line of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    width: usize,
    line_of_row: Vec<usize>,
    mel_power: Vec<f32>,
    inst_freq: Vec<f32>,
}

impl Cells {
    /// Cells `[lines, width]` of mel power, NaN where there is no sound, and of the instantaneous frequency before the
    /// mask; and for each row of pixels, from the top, the line it shows.
    ///
    /// # Panics
    /// When the lengths do not agree.
    pub fn new(width: usize, line_of_row: Vec<usize>, mel_power: Vec<f32>, inst_freq: Vec<f32>) -> Self {
        let n_lines = line_of_row.iter().max().map_or(0, |last| last + 1);
        assert!(mel_power.len() >= n_lines * width && inst_freq.len() == mel_power.len(), "whole lines");
        Self { width, line_of_row, mel_power, inst_freq }
    }

    /// Pixels in a row and in a column.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.line_of_row.len()]
    }

    /// Mel power and unmasked instantaneous frequency that the pixel shows; `None` where there is no sound.
    pub fn at(&self, x: usize, y: usize) -> Option<(f32, f32)> {
        let at = self.line_of_row.get(y)? * self.width + x;
        let power = *self.mel_power.get(at)?;
        (x < self.width && !power.is_nan()).then(|| (power, self.inst_freq[at]))
    }

    /// ln(1 + mel power) in the colours of [`ColorMap::Magma`], black at 0 and palest at `most`.
    pub fn magnitude(&self, most: f32) -> Raster {
        let table = Table::new(ColorMap::Magma);
        self.paint(|power, _| Some(table.color(power.ln_1p() / most.max(f32::MIN_POSITIVE))))
    }

    /// The instantaneous frequency; hatched where the mel power is below `threshold`.
    pub fn inst_freq(&self, map: ColorMap, threshold: f64) -> Raster {
        let (table, threshold) = (Table::new(map), threshold as f32);
        self.paint(|power, inst_freq| (power >= threshold).then(|| table.color(inst_freq)))
    }

    /// ln(1 + mel power) of `self` minus that of `other`, of the same size; from -`most` to `most`.
    pub fn magnitude_difference(&self, other: &Self, most: f32) -> Raster {
        let table = Table::new(ColorMap::Diverging);
        self.paint_with(other, |[(a, _), (b, _)]| {
            Some(table.color((a.ln_1p() - b.ln_1p()) / most.max(f32::MIN_POSITIVE)))
        })
    }

    /// The largest magnitude difference of any pixel.
    pub fn magnitude_difference_max(&self, other: &Self) -> f32 {
        let (mut most, [width, height]) = (0.0_f32, self.size());
        for y in (0..height).filter(|&y| y == 0 || self.line_of_row[y] != self.line_of_row[y - 1]) {
            for x in 0..width {
                if let (Some((a, _)), Some((b, _))) = (self.at(x, y), other.at(x, y)) {
                    most = most.max((a.ln_1p() - b.ln_1p()).abs());
                }
            }
        }
        most
    }

    /// The masked instantaneous frequency of `self` minus that of `other`, each with its own threshold; hatched where
    /// both are masked.
    pub fn inst_freq_difference(&self, other: &Self, thresholds: [f64; 2]) -> Raster {
        let table = Table::new(ColorMap::Diverging);
        let thresholds = thresholds.map(|threshold| threshold as f32);
        self.paint_with(other, |[(a_power, a), (b_power, b)]| {
            let is_masked = [a_power < thresholds[0], b_power < thresholds[1]];
            let kept = |value: f32, is_masked: bool| if is_masked { 0.0 } else { value };
            (is_masked != [true; 2]).then(|| table.color(kept(a, is_masked[0]) - kept(b, is_masked[1])))
        })
    }

    /// Colours each cell once; `None` is a masked one, whose hatching is drawn pixel by pixel.
    fn paint(&self, color: impl Fn(f32, f32) -> Option<Rgb>) -> Raster {
        let [width, height] = self.size();
        let mut raster = Raster::new(width, height, NOTHING);
        let mut colors = vec![None; width];
        let mut painted = None;
        for (y, &line) in self.line_of_row.iter().enumerate() {
            if painted != Some(line) {
                let cells = line * width..(line + 1) * width;
                let values = self.mel_power[cells.clone()].iter().zip(&self.inst_freq[cells]);
                for (pixel, (&power, &inst_freq)) in colors.iter_mut().zip(values) {
                    *pixel = if power.is_nan() { Some(NOTHING) } else { color(power, inst_freq) };
                }
                painted = Some(line);
            }
            for (x, color) in colors.iter().enumerate() {
                raster.set(x, y, color.unwrap_or_else(|| masked(x, y)));
            }
        }
        raster
    }

    fn paint_with(&self, other: &Self, color: impl Fn([(f32, f32); 2]) -> Option<Rgb>) -> Raster {
        let [width, height] = self.size();
        let mut raster = Raster::new(width, height, NOTHING);
        for y in 0..height {
            for x in 0..width {
                if let (Some(a), Some(b)) = (self.at(x, y), other.at(x, y)) {
                    raster.set(x, y, color([a, b]).unwrap_or_else(|| masked(x, y)));
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::colormap::MASKED;

    /// Two lines of three cells, the lower line first; the upper is two pixels high, and its last cell is empty.
    fn example() -> Cells {
        let mel_power = vec![0.0, 1e-5, 2e-5, 1.0, 100.0, f32::NAN];
        Cells::new(3, vec![1, 1, 0], mel_power, vec![0.0, 0.5, -0.5, 1.0, -1.0, 0.25])
    }

    fn is_near(a: Rgb, b: Rgb) -> bool {
        a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1)
    }

    #[test]
    fn pixels_have_the_colours_of_their_cells() {
        let cells = example();
        assert_eq!(cells.size(), [3, 3]);
        let most = 100f32.ln_1p();
        let magnitudes = cells.magnitude(most);
        for y in [0, 1] {
            assert!(is_near(magnitudes.pixel(0, y), ColorMap::Magma.color(1f32.ln_1p() / most)));
            assert!(is_near(magnitudes.pixel(1, y), ColorMap::Magma.color(1.0)));
            assert_eq!(magnitudes.pixel(2, y), NOTHING);
        }
        assert_eq!(cells.at(2, 2), Some((2e-5, -0.5)));
        assert_eq!(cells.at(2, 0), None);
    }

    #[test]
    fn exactly_the_cells_below_the_threshold_are_hatched() {
        let raster = example().inst_freq(ColorMap::Diverging, f64::from(1e-5_f32));
        assert!(MASKED.contains(&raster.pixel(0, 2)));
        // At the threshold itself the engine keeps the value.
        assert!(is_near(raster.pixel(1, 2), ColorMap::Diverging.color(0.5)));
        assert!(is_near(raster.pixel(2, 2), ColorMap::Diverging.color(-0.5)));
        let off = example().inst_freq(ColorMap::Diverging, 0.0);
        assert!(is_near(off.pixel(0, 2), ColorMap::Diverging.color(0.0)));
    }

    #[test]
    fn a_difference_has_a_sign_and_knows_both_masks() {
        let other = Cells::new(3, vec![1, 1, 0], vec![0.0, 1.0, 2e-5, 1.0, 1.0, 1.0], vec![0.5; 6]);
        let most = example().magnitude_difference_max(&other);
        assert!((most - (101f32 / 2.0).ln()).abs() < 1e-6);
        let magnitudes = example().magnitude_difference(&other, most);
        assert!(is_near(magnitudes.pixel(1, 0), ColorMap::Diverging.color(1.0)));
        assert!(is_near(magnitudes.pixel(0, 0), ColorMap::Diverging.color(0.0)));
        assert_eq!(magnitudes.pixel(2, 0), NOTHING);
        let inst_freqs = example().inst_freq_difference(&other, [1.5e-5, 1.5e-5]);
        assert!(MASKED.contains(&inst_freqs.pixel(0, 2)), "both are masked");
        assert!(is_near(inst_freqs.pixel(1, 2), ColorMap::Diverging.color(-0.5)), "one is masked");
        assert!(is_near(inst_freqs.pixel(2, 2), ColorMap::Diverging.color(-1.0)));
    }
}
