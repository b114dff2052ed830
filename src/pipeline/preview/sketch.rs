//! A few mel powers that stand for all that a cell of an overview covers, so that the masked share of any threshold can be
//! told without them.
//!
//! A cell keeps up to [`KEPT_MAX`] of its powers, equally far apart in rank. As long as it covers no more, these are all of
//! them. Merging two cells keeps every second of both together: of neighbouring cells the lower and the upper by turns, so
//! that what one cell tells too much the next tells too little (Karnin, Lang and Liberty, "Optimal quantile approximation in
//! streams", 2016, draw lots for it).

use std::ops::Range;

/// Powers that a cell keeps at most.
pub const KEPT_MAX: usize = 8;

/// Bits of an f32 that are left out: a power is kept to within 0.034 dB.
const LEFT_OUT_BITS: u32 = 16;

/// The powers of the cells of a part, all in order within their cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerSketch {
    /// Places that a cell of each column covers, the same in every band.
    n_places: Vec<u32>,
    /// Powers that a cell has room for.
    n_kept_max: usize,
    /// `[bands, columns, n_kept_max]`; what a cell has no powers for is at its end.
    codes: Vec<u16>,
}

/// A power so that codes are in the order of powers: the first bits of a float that is not negative.
fn code_of(power: f32) -> u16 {
    (power.abs().to_bits() >> LEFT_OUT_BITS) as u16
}

impl PowerSketch {
    /// Bytes of all codes.
    pub fn n_bytes(&self) -> usize {
        size_of_val(self.codes.as_slice())
    }

    /// Places that a cell of the column covers.
    pub fn n_places(&self, column: usize) -> u32 {
        self.n_places[column]
    }

    /// Adds, for each of `columns` in `band`, places and masked places of a mask with `threshold`.
    pub(super) fn count(&self, band: usize, columns: Range<usize>, threshold: Threshold) -> [f32; 2] {
        let n_columns = self.n_places.len();
        let cells = band * n_columns + columns.start..band * n_columns + columns.end;
        let codes = &self.codes[cells.start * self.n_kept_max..cells.end * self.n_kept_max];
        let cells = codes.chunks_exact(self.n_kept_max).zip(&self.n_places[columns]);
        cells.fold([0.0; 2], |[all, masked], (codes, &n_places)| {
            let n_kept = self.n_kept_max.min(n_places as usize);
            let n_below: u16 = codes[..n_kept].iter().map(|&code| u16::from(code < threshold.0)).sum();
            let n_places = n_places as f32;
            [all + n_places, masked + n_places * f32::from(n_below) / n_kept.max(1) as f32]
        })
    }
}

/// A threshold as sketches compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Threshold(u16);

impl Threshold {
    pub(super) fn of(threshold: f32) -> Self {
        Self(code_of(threshold))
    }
}

/// Builds the sketch of a part of the next level, cell by cell: band by band, and column by column in each.
#[derive(Debug)]
pub(super) struct SketchBuilder {
    sketch: PowerSketch,
    n_cells: usize,
    sorted: Vec<(u16, f32)>,
}

impl SketchBuilder {
    /// A builder for cells of `n_places` places per column.
    pub(super) fn new(n_mels: usize, n_places: Vec<u32>) -> Self {
        let most = n_places.iter().max().map_or(0, |&most| most as usize);
        let n_kept_max = most.clamp(1, KEPT_MAX);
        let codes = Vec::with_capacity(n_mels * n_places.len() * n_kept_max);
        Self { sketch: PowerSketch { n_places, n_kept_max, codes }, n_cells: 0, sorted: Vec::new() }
    }

    /// Begins the next cell.
    pub(super) fn begin(&mut self) {
        self.sorted.clear();
    }

    /// Adds a single place to the cell.
    pub(super) fn add_place(&mut self, power: f32) {
        self.sorted.push((code_of(power), 1.0));
    }

    /// Adds what a cell of another sketch covers to the cell.
    pub(super) fn add_cell(&mut self, sketch: &PowerSketch, band: usize, column: usize) {
        let n_places = sketch.n_places[column];
        let n_kept = sketch.n_kept_max.min(n_places as usize);
        let at = (band * sketch.n_places.len() + column) * sketch.n_kept_max;
        // Each stands for as many places.
        let weight = n_places as f32 / n_kept.max(1) as f32;
        self.sorted.extend(sketch.codes[at..at + n_kept].iter().map(|&code| (code, weight)));
    }

    /// Ends the cell.
    pub(super) fn end(&mut self) {
        self.sorted.sort_unstable_by_key(|&(code, _)| code);
        let n_columns = self.sketch.n_places.len();
        let (band, column) = (self.n_cells / n_columns, self.n_cells % n_columns);
        let n_places = self.sketch.n_places[column];
        let n_kept = self.sketch.n_kept_max.min(n_places as usize);
        let step = n_places as f32 / n_kept.max(1) as f32;
        // Of neighbours, the lower and the upper by turns.
        let offset = if (band + column).is_multiple_of(2) { 0.25 } else { 0.75 };
        let (mut at, mut rank_after) = (0, self.sorted.first().map_or(0.0, |&(_, weight)| weight));
        for kept in 0..n_kept {
            let rank = (kept as f32 + offset) * step;
            while rank_after <= rank && at + 1 < self.sorted.len() {
                at += 1;
                rank_after += self.sorted[at].1;
            }
            self.sketch.codes.push(self.sorted[at].0);
        }
        self.sketch.codes.resize((self.n_cells + 1) * self.sketch.n_kept_max, u16::MAX);
        self.n_cells += 1;
    }

    /// The sketch, once every cell was ended.
    pub(super) fn finish(self) -> PowerSketch {
        self.sketch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1 without an order, from a generator of its own.
    fn draw(n: usize) -> f32 {
        let mut state = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (state >> 40) as f32 / (1u64 << 24) as f32
    }

    fn base(n_mels: usize, powers: &[Vec<f32>]) -> PowerSketch {
        let mut builder = SketchBuilder::new(n_mels, vec![1; powers[0].len()]);
        for power in powers.iter().flatten() {
            builder.begin();
            builder.add_place(*power);
            builder.end();
        }
        builder.finish()
    }

    /// Neighbouring columns two by two; the last alone, where their number is odd.
    fn halved(sketch: &PowerSketch, n_mels: usize) -> PowerSketch {
        let n_columns = sketch.n_places.len();
        let n_places = sketch.n_places.chunks(2).map(|pair| pair.iter().sum()).collect();
        let mut builder = SketchBuilder::new(n_mels, n_places);
        for band in 0..n_mels {
            for column in (0..n_columns).step_by(2) {
                builder.begin();
                (column..(column + 2).min(n_columns))
                    .for_each(|column| builder.add_cell(sketch, band, column));
                builder.end();
            }
        }
        builder.finish()
    }

    fn share(sketch: &PowerSketch, band: usize, columns: Range<usize>, threshold: f32) -> f32 {
        let [all, masked] = sketch.count(band, columns, Threshold::of(threshold));
        masked / all
    }

    #[test]
    fn few_places_are_all_kept() {
        let powers = vec![(0..23).map(draw).collect::<Vec<_>>(), (100..123).map(draw).collect()];
        let mut sketch = base(2, &powers);
        for level in 1..=3 {
            sketch = halved(&sketch, 2);
            for (band, powers) in powers.iter().enumerate() {
                for (column, covered) in powers.chunks(1 << level).enumerate() {
                    for threshold in [0.1, 0.4, 0.9] {
                        let n_below = covered.iter().filter(|power| **power < threshold).count();
                        let expected = n_below as f32 / covered.len() as f32;
                        let told = share(&sketch, band, column..column + 1, threshold);
                        assert!((told - expected).abs() < 1e-6, "{level}: {told} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn of_many_places_the_share_stays_true_however_often_they_are_merged() {
        let (n_mels, n_columns) = (6, 3_001);
        // Most are far below the others: as in a recording with pauses.
        let power = |at: usize| if draw(at) < 0.3 { 1e-9 * draw(at + 7) } else { draw(at + 13).powi(4) };
        let powers: Vec<Vec<f32>> = (0..n_mels)
            .map(|band| (0..n_columns).map(|column| power(band * n_columns + column)).collect())
            .collect();
        let mut sketch = base(n_mels, &powers);
        for level in 1..=9 {
            sketch = halved(&sketch, n_mels);
            for threshold in [1e-10, 1e-6, 1e-2, 0.2] {
                let n_below = powers.iter().flatten().filter(|power| **power < threshold).count();
                let expected = n_below as f32 / (n_mels * n_columns) as f32;
                let whole = 0..sketch.n_places.len();
                let told = (0..n_mels).map(|band| share(&sketch, band, whole.clone(), threshold));
                let told = told.sum::<f32>() / n_mels as f32;
                assert!((told - expected).abs() < 0.02, "level {level}, {threshold}: {told} {expected}");
            }
            // Single cells are off by no more than a few of their powers.
            for (column, covered) in powers[0].chunks(1 << level).enumerate() {
                let n_below = covered.iter().filter(|power| **power < 1e-6).count();
                let expected = n_below as f32 / covered.len() as f32;
                let told = share(&sketch, 0, column..column + 1, 1e-6);
                assert!((told - expected).abs() <= 0.3, "level {level}: {told} {expected}");
            }
        }
        assert_eq!(sketch.n_bytes(), n_mels * 6 * KEPT_MAX * size_of::<u16>());
    }
}
