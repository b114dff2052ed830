//! What each pixel of a pane shows under a mask: all places that it covers are counted, whatever the threshold.
//!
//! It is done in each frame of a drag of the threshold, and without a table that a change of view would have to make first:
//! one pass counts what is in sight, and where the count has changed another makes the cell anew.

#![expect(clippy::inline_always, reason = "a loop over it is vectorised only where it is inlined")]

use std::ops::Range;

use super::mean::{Averaging, ValueSum};
use super::model::Preview;
use super::part::Part;
use super::sketch::Threshold;
use super::viewport::{Column, Sampling, Viewport};
use crate::picture::{Cell, Cells};

/// Places that are added at once.
const LANES: usize = 4;

impl Sampling {
    /// The cells of a picture sampled like this, still without sound.
    pub fn empty_cells(&self) -> Cells {
        Cells::new(self.columns.len(), self.line_of_row.clone())
    }
}

impl Preview {
    /// What each pixel of `viewport` shows under a mask with `threshold`.
    pub fn cells(&self, viewport: &Viewport, threshold: f64) -> Cells {
        let sampling = self.sampling(viewport);
        let mut cells = sampling.empty_cells();
        self.fill_cells(&sampling, threshold, &mut cells);
        cells
    }

    /// Fills `cells`, which are those of `sampling`, for a mask with `threshold`.
    pub fn fill_cells(&self, sampling: &Sampling, threshold: f64, cells: &mut Cells) {
        self.fill_columns(sampling, threshold, cells, |_| true);
    }

    /// Brings `cells`, which were filled with the sampling `before` for the same threshold, to `sampling`. The columns of
    /// pixels that cover the same parts stay as they are: while a preview grows, most.
    pub fn fill_new_cells(&self, before: &Sampling, sampling: &Sampling, threshold: f64, cells: &mut Cells) {
        if sampling.has_size_of(before) {
            self.fill_columns(sampling, threshold, cells, |x| !sampling.has_column_of(before, x));
        } else {
            *cells = sampling.empty_cells();
            self.fill_cells(sampling, threshold, cells);
        }
    }

    fn fill_columns(
        &self,
        sampling: &Sampling,
        threshold: f64,
        cells: &mut Cells,
        is_wanted: impl Fn(usize) -> bool,
    ) {
        let gather = self.gather_with(threshold);
        for_each_cell(sampling, cells, is_wanted, |cell, bands, columns| {
            *cell = columns.map_or(Cell::NOTHING, |columns| {
                let counts = self.count(&gather, bands.clone(), columns);
                self.cell(&gather, bands, columns, counts)
            });
        });
    }

    /// Brings `cells`, which were filled with the same sampling of the same preview, to another threshold. Those whose places
    /// are on the same sides of it stay as they are: in a drag, most.
    pub fn refill_cells(&self, sampling: &Sampling, threshold: f64, cells: &mut Cells) {
        let gather = self.gather_with(threshold);
        for_each_cell(
            sampling,
            cells,
            |_| true,
            |cell, bands, columns| {
                let Some(columns) = columns else { return };
                let counts = self.count(&gather, bands.clone(), columns);
                if share_of(counts) != cell.masked_share {
                    *cell = self.cell(&gather, bands, columns, counts);
                }
            },
        );
    }

    fn gather_with(&self, threshold: f64) -> Gather {
        Gather {
            averaging: Averaging::of(self.settings().if_mode),
            threshold: threshold as f32,
            sketch_threshold: Threshold::of(threshold as f32),
        }
    }

    /// Places and masked places of a pixel.
    fn count(&self, gather: &Gather, bands: Range<usize>, columns: (Column, Column)) -> [f32; 2] {
        let mut counts = [0.0; 2];
        self.for_each_run(bands, columns, |part, band, from, to| {
            let [n_places, n_masked] = gather.count(part, band, from, to);
            counts = [counts[0] + n_places, counts[1] + n_masked];
        });
        counts
    }

    fn cell(
        &self,
        gather: &Gather,
        bands: Range<usize>,
        columns: (Column, Column),
        counts: [f32; 2],
    ) -> Cell {
        let mut places = Places::default();
        self.for_each_run(bands, columns, |part, band, from, to| {
            gather.add(part, band, from, to, &mut places);
        });
        places.cell(gather.averaging, share_of(counts))
    }

    /// Gives each run of neighbouring columns in a band and a part: the part, the band, the first and the last column.
    #[inline(always)]
    fn for_each_run(
        &self,
        bands: Range<usize>,
        (first, last): (Column, Column),
        mut give: impl FnMut(&Part, usize, usize, usize),
    ) {
        for band in bands {
            for part_index in first.0..=last.0 {
                let part = &self.parts()[part_index];
                let end = part.mel_power.ncols() - 1;
                let from = if part_index == first.0 { first.1 } else { 0 };
                let to = if part_index == last.0 { last.1.min(end) } else { end };
                give(part, band, from, to);
            }
        }
    }
}

/// Gives each cell of the wanted columns of pixels with its bands and its columns. Columns that begin in the same part come
/// together, with all their bands: a part fits into the processor's cache, a recording does not.
fn for_each_cell(
    sampling: &Sampling,
    cells: &mut Cells,
    is_wanted: impl Fn(usize) -> bool,
    mut give: impl FnMut(&mut Cell, Range<usize>, Option<(Column, Column)>),
) {
    let key = |x: usize| (sampling.columns[x].map(|(first, _)| first.0), is_wanted(x));
    let mut left = 0;
    while left < sampling.columns.len() {
        let (part, is_block_wanted) = key(left);
        let more = (left + 1..sampling.columns.len()).take_while(|&x| key(x) == (part, is_block_wanted));
        let right = left + 1 + more.count();
        if is_block_wanted {
            for (line, bands) in sampling.lines.iter().enumerate() {
                let block = cells.line_mut(line)[left..right].iter_mut();
                for (cell, columns) in block.zip(&sampling.columns[left..right]) {
                    give(cell, bands.clone(), *columns);
                }
            }
        }
        left = right;
    }
}

/// The masked share of places and masked places.
fn share_of([n_places, n_masked]: [f32; 2]) -> f32 {
    n_masked / n_places
}

/// How the places of a pixel are gathered.
struct Gather {
    averaging: Averaging,
    threshold: f32,
    sketch_threshold: Threshold,
}

/// The places of a pixel, as far as they are gathered.
#[derive(Debug, Clone, Copy)]
struct Places {
    power_max: f32,
    /// Of the instantaneous frequencies that are kept.
    kept: ValueSum,
    n_values: usize,
    last_value: f32,
}

impl Default for Places {
    fn default() -> Self {
        Self { power_max: f32::NAN, kept: [0.0; 2], n_values: 0, last_value: 0.0 }
    }
}

impl Places {
    fn cell(&self, averaging: Averaging, masked_share: f32) -> Cell {
        let inst_freq = match self.n_values {
            _ if masked_share >= 1.0 => 0.0,
            // A single value is shown as it is.
            1 => self.last_value,
            _ => averaging.mean_of(self.kept)[0],
        };
        Cell { power_max: self.power_max, masked_share, inst_freq }
    }
}

impl Gather {
    /// Places and masked places of the columns `from` to `to` of `part` in `band`.
    fn count(&self, part: &Part, band: usize, from: usize, to: usize) -> [f32; 2] {
        if let Some(reduced) = &part.reduced {
            return reduced.sketch.count(band, from..to + 1, self.sketch_threshold);
        }
        let at = band * part.mel_power.ncols();
        let powers = &part.mel_power.as_slice().unwrap_or_default()[at + from..=at + to];
        let n_masked: u32 = powers.iter().map(|&power| u32::from(power < self.threshold)).sum();
        [powers.len() as f32, n_masked as f32]
    }

    /// Adds the columns `from` to `to` of `part` in `band`.
    fn add(&self, part: &Part, band: usize, from: usize, to: usize, places: &mut Places) {
        let (Some(powers), Some(values)) = (part.mel_power.as_slice(), part.inst_freq.as_slice()) else {
            return;
        };
        let at = band * part.mel_power.ncols();
        let (powers, values) = (&powers[at + from..=at + to], &values[at + from..=at + to]);
        places.n_values += values.len();
        places.last_value = values[values.len() - 1];
        match &part.reduced {
            None => self.add_frames(powers, values, places),
            Some(reduced) => {
                for (column, (&power, &value)) in (from..=to).zip(powers.iter().zip(values)) {
                    places.power_max = places.power_max.max(power);
                    let [n_places, n_masked] =
                        reduced.sketch.count(band, column..column + 1, self.sketch_threshold);
                    // What is left of a column cannot be told apart: its mean counts, while anything is.
                    if n_masked < n_places {
                        let [a, b] = self.averaging.sum_of(reduced.weights[[band, column]], value);
                        places.kept = [places.kept[0] + a, places.kept[1] + b];
                    }
                }
            }
        }
    }

    /// Adds neighbouring frames: the largest power, and the values of those that are kept.
    fn add_frames(&self, powers: &[f32], values: &[f32], places: &mut Places) {
        match self.averaging {
            Averaging::Circular => {
                let sum_of = |weight, value| Averaging::Circular.sum_of(weight, value);
                self.add_lanes(powers, values, places, sum_of);
            }
            Averaging::Plain => {
                let sum_of = |weight, value| Averaging::Plain.sum_of(weight, value);
                self.add_lanes(powers, values, places, sum_of);
            }
        }
    }

    #[inline(always)]
    fn add_lanes(
        &self,
        powers: &[f32],
        values: &[f32],
        places: &mut Places,
        sum_of: impl Fn(f32, f32) -> ValueSum,
    ) {
        let mut lanes = Lanes::default();
        let (power_lanes, power_rest) = powers.as_chunks::<LANES>();
        let (value_lanes, value_rest) = values.as_chunks::<LANES>();
        for (powers, values) in power_lanes.iter().zip(value_lanes) {
            for lane in 0..LANES {
                lanes.add(lane, self.threshold, powers[lane], values[lane], &sum_of);
            }
        }
        for (lane, (&power, &value)) in power_rest.iter().zip(value_rest).enumerate() {
            lanes.add(lane, self.threshold, power, value, &sum_of);
        }
        // The largest with what is not a number yet is the other.
        places.power_max = lanes.power_max.into_iter().fold(places.power_max, f32::max);
        for (sum, lanes) in places.kept.iter_mut().zip(lanes.kept) {
            *sum += lanes.iter().sum::<f32>();
        }
    }
}

/// Sums that run side by side.
#[derive(Default)]
struct Lanes {
    power_max: [f32; LANES],
    kept: [[f32; LANES]; 2],
}

impl Lanes {
    #[inline(always)]
    fn add(
        &mut self,
        lane: usize,
        threshold: f32,
        power: f32,
        value: f32,
        sum_of: &impl Fn(f32, f32) -> ValueSum,
    ) {
        self.power_max[lane] = if power > self.power_max[lane] { power } else { self.power_max[lane] };
        let [a, b] = sum_of(if power < threshold { 0.0 } else { power }, value);
        self.kept[0][lane] += a;
        self.kept[1][lane] += b;
    }
}
