//! What each pixel of a pane shows under a mask: all places that it covers are counted, whatever the threshold.
//!
//! It is done anew in each frame of a drag of the threshold, and so without a table that a change of view would have to make
//! first: one pass over what is in sight.

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
        let gather = Gather {
            averaging: Averaging::of(self.settings().if_mode),
            threshold: threshold as f32,
            sketch_threshold: Threshold::of(threshold as f32),
        };
        for (line, bands) in sampling.lines.iter().enumerate() {
            for (cell, columns) in cells.line_mut(line).iter_mut().zip(&sampling.columns) {
                *cell = columns.map_or(Cell::NOTHING, |(first, last)| {
                    let mut places = Places::default();
                    for band in bands.clone() {
                        self.gather(&gather, band, first, last, &mut places);
                    }
                    places.cell(gather.averaging)
                });
            }
        }
    }

    fn gather(&self, gather: &Gather, band: usize, first: Column, last: Column, places: &mut Places) {
        for part_index in first.0..=last.0 {
            let part = &self.parts()[part_index];
            let from = if part_index == first.0 { first.1 } else { 0 };
            let to = if part_index == last.0 { last.1 } else { part.mel_power.ncols() - 1 };
            gather.add(part, band, from, to.min(part.mel_power.ncols() - 1), places);
        }
    }
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
    n_places: f32,
    n_masked: f32,
    /// Of the instantaneous frequencies that are kept.
    kept: ValueSum,
    n_values: usize,
    last_value: f32,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            power_max: f32::NAN,
            n_places: 0.0,
            n_masked: 0.0,
            kept: [0.0; 2],
            n_values: 0,
            last_value: 0.0,
        }
    }
}

impl Places {
    fn cell(&self, averaging: Averaging) -> Cell {
        let masked_share = self.n_masked / self.n_places;
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
    /// Adds the columns `from` to `to` of `part` in `band`.
    fn add(&self, part: &Part, band: usize, from: usize, to: usize, places: &mut Places) {
        let at = band * part.mel_power.ncols();
        let of = |values: &'_ [f32]| -> std::ops::Range<usize> {
            debug_assert!(values.len() > at + to, "parts are whole");
            at + from..at + to + 1
        };
        let (Some(powers), Some(values)) = (part.mel_power.as_slice(), part.inst_freq.as_slice()) else {
            return;
        };
        let (powers, values) = (&powers[of(powers)], &values[of(values)]);
        match &part.reduced {
            None => {
                let n_masked = self.add_cells(powers, powers, values, places);
                places.n_places += powers.len() as f32;
                places.n_masked += n_masked;
            }
            Some(reduced) => {
                let weights = reduced.weights.as_slice().unwrap_or_default();
                self.add_cells(powers, &weights[of(weights)], values, places);
                let [n_places, n_masked] = reduced.sketch.count(band, from..to + 1, self.sketch_threshold);
                places.n_places += n_places;
                places.n_masked += n_masked;
            }
        }
    }

    /// Adds neighbouring cells: the largest power, and the mean of those that are kept, at least in part. Gives how many are
    /// masked altogether.
    fn add_cells(&self, powers: &[f32], weights: &[f32], values: &[f32], places: &mut Places) -> f32 {
        places.n_values += values.len();
        places.last_value = values[values.len() - 1];
        match self.averaging {
            Averaging::Circular => {
                let sum_of = |weight, value| Averaging::Circular.sum_of(weight, value);
                self.add_lanes(powers, weights, values, places, sum_of)
            }
            Averaging::Plain => {
                let sum_of = |weight, value| Averaging::Plain.sum_of(weight, value);
                self.add_lanes(powers, weights, values, places, sum_of)
            }
        }
    }

    #[inline(always)]
    fn add_lanes(
        &self,
        powers: &[f32],
        weights: &[f32],
        values: &[f32],
        places: &mut Places,
        sum_of: impl Fn(f32, f32) -> ValueSum,
    ) -> f32 {
        let mut lanes = Lanes::default();
        let (power_lanes, power_rest) = powers.as_chunks::<LANES>();
        let (weight_lanes, weight_rest) = weights.as_chunks::<LANES>();
        let (value_lanes, value_rest) = values.as_chunks::<LANES>();
        for ((powers, weights), values) in power_lanes.iter().zip(weight_lanes).zip(value_lanes) {
            for lane in 0..LANES {
                lanes.add(lane, self.threshold, [powers[lane], weights[lane], values[lane]], &sum_of);
            }
        }
        for (lane, ((&power, &weight), &value)) in
            power_rest.iter().zip(weight_rest).zip(value_rest).enumerate()
        {
            lanes.add(lane, self.threshold, [power, weight, value], &sum_of);
        }
        // The largest with what is not a number yet is the other.
        places.power_max = lanes.power_max.into_iter().fold(places.power_max, f32::max);
        for (sum, lanes) in places.kept.iter_mut().zip(lanes.kept) {
            *sum += lanes.iter().sum::<f32>();
        }
        lanes.n_masked.iter().sum()
    }
}

/// Sums that run side by side.
#[derive(Default)]
struct Lanes {
    power_max: [f32; LANES],
    n_masked: [f32; LANES],
    kept: [[f32; LANES]; 2],
}

impl Lanes {
    #[inline(always)]
    fn add(
        &mut self,
        lane: usize,
        threshold: f32,
        [power, weight, value]: [f32; 3],
        sum_of: &impl Fn(f32, f32) -> ValueSum,
    ) {
        let is_masked = power < threshold;
        self.power_max[lane] = if power > self.power_max[lane] { power } else { self.power_max[lane] };
        self.n_masked[lane] += if is_masked { 1.0 } else { 0.0 };
        let [a, b] = sum_of(if is_masked { 0.0 } else { weight }, value);
        self.kept[0][lane] += a;
        self.kept[1][lane] += b;
    }
}
