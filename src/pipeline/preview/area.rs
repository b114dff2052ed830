//! A box on a preview, a stretch of time and of the mel axis: what is measured in it, and its numbers as a table.

use std::io::Write;
use std::ops::Range;

use super::model::Preview;
use crate::dsp::mel::MelFilters;

/// A stretch of time and of the mel axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// From the left edge to the right, in seconds from the recording's start.
    pub time_s: Range<f64>,
    /// From the lower edge to the upper, in mel.
    pub mel: Range<f64>,
}

/// The measurement of an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaMeasurement {
    /// Places of the tensors, one band of one frame each, that lie in it.
    pub n_places: u64,
    /// The share of them that a mask takes, 0 to 1: exact where columns are frames.
    pub masked_share: f64,
    /// Mean mel power; `None` where columns cover several frames, of which only the loudest is known.
    pub mean_power: Option<f64>,
}

impl Preview {
    /// Measures `area` with `threshold`; `None` where no place lies in it.
    pub fn measure(&self, area: &Area, threshold: f64) -> Option<AreaMeasurement> {
        let bands = self.bands_in(&area.mel);
        let (mut n_places, mut n_masked, mut sum) = (0_u64, 0.0, 0.0);
        for (part, columns) in self.columns_in(&area.time_s) {
            let part = &self.parts()[part];
            for column in columns {
                let n_frames = part.n_places(column);
                for band in bands.clone() {
                    n_places += u64::from(n_frames);
                    let share = part.masked_share(band, column, threshold);
                    n_masked += f64::from(share) * f64::from(n_frames);
                    sum += f64::from(part.mel_power[[band, column]]);
                }
            }
        }
        (n_places > 0).then(|| AreaMeasurement {
            n_places,
            masked_share: n_masked / n_places as f64,
            mean_power: self.is_exact().then(|| sum / n_places as f64),
        })
    }

    /// Writes the places of `area` as CSV, a line each, frame after frame and in a frame from the lowest band up.
    ///
    /// Columns: time of the frame in seconds, chunk and frame in it (both from 0), band (from 0), centre of the band in Hz,
    /// mel power, ln(1 + mel power), instantaneous frequency before the mask, and whether a mask with `threshold` covers it.
    ///
    /// # Errors
    /// When `writer` fails.
    pub fn write_csv(&self, area: &Area, threshold: f64, writer: impl Write) -> csv::Result<()> {
        let settings = self.settings();
        let filters = MelFilters::new(settings.sample_rate_hz, settings.n_fft, settings.n_mels);
        let bands = self.bands_in(&area.mel);
        let mut table = csv::Writer::from_writer(writer);
        table.write_record([
            "time_s",
            "chunk",
            "frame",
            "band",
            "centre_hz",
            "mel_power",
            "ln_1p_mel_power",
            "inst_freq",
            "masked",
        ])?;
        for (part, columns) in self.columns_in(&area.time_s) {
            let part = &self.parts()[part];
            for column in columns {
                let (chunk, frame) = part.scale.first_frame(column);
                let time_s = self.column_start_s(part, column);
                for band in bands.clone() {
                    let (power, inst_freq) = (part.mel_power[[band, column]], part.inst_freq[[band, column]]);
                    table.write_record([
                        format!("{time_s:.6}"),
                        (part.first_chunk + chunk).to_string(),
                        frame.to_string(),
                        band.to_string(),
                        format!("{:.3}", filters.centre_hz(band)),
                        power.to_string(),
                        power.ln_1p().to_string(),
                        inst_freq.to_string(),
                        (power < threshold as f32).to_string(),
                    ])?;
                }
            }
        }
        Ok(table.flush()?)
    }

    /// The bands whose centres lie in `mel`; the nearest to its middle where none does.
    fn bands_in(&self, mel: &Range<f64>) -> Range<usize> {
        let n_mels = self.settings().n_mels;
        let step = self.mel_max() / (n_mels + 1) as f64;
        // Band b has its centre at b + 1 steps.
        let first = ((mel.start / step).ceil() - 1.0).max(0.0) as usize;
        let end = ((mel.end / step).ceil() - 1.0).max(0.0) as usize;
        let end = end.min(n_mels);
        if first < end {
            return first..end;
        }
        let nearest = self.band_at(f64::midpoint(mel.start, mel.end));
        nearest..nearest + 1
    }

    /// The columns whose first frames lie in `time_s`, part by part; the one at its middle where none does.
    fn columns_in(&self, time_s: &Range<f64>) -> Vec<(usize, Range<usize>)> {
        let found: Vec<(usize, Range<usize>)> = self
            .parts()
            .iter()
            .enumerate()
            .filter_map(|(index, part)| {
                // Times grow with the columns of a part.
                let n_columns = part.mel_power.ncols();
                let is_before = |at_s: f64| {
                    (0..n_columns).take_while(|&column| self.column_start_s(part, column) < at_s).count()
                };
                let columns = is_before(time_s.start)..is_before(time_s.end);
                (!columns.is_empty()).then_some((index, columns))
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
        let middle = self.column_at(f64::midpoint(time_s.start, time_s.end));
        middle.map(|(part, column)| (part, column..column + 1)).into_iter().collect()
    }
}
