//! The part of a preview that each pixel of a pane shows: from time and mel to parts, columns and bands.

use std::ops::Range;
use std::sync::{Arc, Weak};

use super::model::Preview;
use super::part::{Part, WAVEFORM_BUCKETS};
use crate::dsp::mel::mel_from_hz;

/// A stretch of time and of the mel axis, and the pixels it is drawn on.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewport {
    /// From the left edge to the right, in seconds from the recording's start.
    pub time_s: Range<f64>,
    /// From the lower edge to the upper, in mel.
    pub mel: Range<f64>,
    /// Pixels from left to right and from top to bottom.
    pub size: [usize; 2],
}

/// A column of a preview: the part's number and the column in the part.
pub(super) type Column = (usize, usize);

/// The places of a preview that each pixel of a viewport covers. Pixel rows that cover the same bands share a line.
#[derive(Debug, Clone, Default)]
pub struct Sampling {
    /// The parts of the preview, which it keeps no longer than the preview does.
    parts: Vec<Weak<Part>>,
    /// The first and the last column of each pixel from left to right; `None` outside of what is there.
    pub(super) columns: Vec<Option<(Column, Column)>>,
    /// The bands of each line.
    pub(super) lines: Vec<Range<usize>>,
    /// The line of each row of pixels, from the top.
    pub(super) line_of_row: Vec<usize>,
}

impl Sampling {
    /// True where the pixels are as many, and cover the same bands.
    pub(super) fn has_size_of(&self, other: &Self) -> bool {
        self.columns.len() == other.columns.len()
            && self.lines == other.lines
            && self.line_of_row == other.line_of_row
    }

    /// True where the pixels at `x` cover the same columns of the same parts.
    pub(super) fn has_column_of(&self, other: &Self, x: usize) -> bool {
        self.columns[x] == other.columns[x]
            && self.columns[x].is_none_or(|(first, last)| {
                (first.0..=last.0).all(|part| self.parts[part].ptr_eq(&other.parts[part]))
            })
    }
}

impl Preview {
    /// The highest point of the mel axis: half the sample rate.
    pub fn mel_max(&self) -> f64 {
        mel_from_hz(f64::from(self.settings().sample_rate_hz) / 2.0)
    }

    /// The band whose centre is the nearest to `mel`.
    pub fn band_at(&self, mel: f64) -> usize {
        let n_mels = self.settings().n_mels;
        let edge = (mel / self.mel_max() * (n_mels + 1) as f64).round();
        // A float below 0 becomes 0 by the cast.
        (edge as usize).saturating_sub(1).min(n_mels - 1)
    }

    /// Where the chunks end which are there, the last one's padding included, in seconds from the recording's start.
    pub fn extent_s(&self) -> f64 {
        self.chunk_start_s(self.parts().last().map_or(0, |part| part.first_chunk + part.n_chunks))
    }

    /// The columns and bands that each pixel covers. Where they are larger than pixels, each pixel covers the one at its
    /// middle.
    pub fn sampling(&self, viewport: &Viewport) -> Sampling {
        let [width, height] = viewport.size;
        let columns = self.columns_of_pixels(&viewport.time_s, width);
        let mut line_of_row = Vec::with_capacity(height);
        let mut lines: Vec<Range<usize>> = Vec::new();
        for bands in self.bands_of_pixels(&viewport.mel, height) {
            if lines.last() != Some(&bands) {
                lines.push(bands);
            }
            line_of_row.push(lines.len() - 1);
        }
        let parts = self.parts().iter().map(Arc::downgrade).collect();
        Sampling { parts, columns, lines, line_of_row }
    }

    /// The first and the last column of each pixel; `None` outside of what is there.
    fn columns_of_pixels(&self, time_s: &Range<f64>, width: usize) -> Vec<Option<(Column, Column)>> {
        let pixel_s = (time_s.end - time_s.start) / width.max(1) as f64;
        let (first_s, extent_s) = (self.start_s(), self.extent_s());
        let column = |time_s: f64| self.column_at(time_s.min(extent_s - 1e-9));
        // The least that a column lasts anywhere.
        let column_s = self.column_s();
        (0..width)
            .map(|x| {
                let start_s = time_s.start + x as f64 * pixel_s;
                let middle_s = start_s + pixel_s / 2.0;
                if middle_s < first_s || middle_s >= extent_s {
                    None
                } else if pixel_s <= column_s {
                    column(middle_s).map(|only| (only, only))
                } else {
                    // A column that ends where a pixel begins belongs to the pixel before.
                    column(start_s.max(first_s)).zip(column(start_s + pixel_s - 1e-9))
                }
            })
            .collect()
    }

    /// Lowest and highest sample in each of `width` pixels over `time_s`; `None` where nothing is.
    pub fn waveform(&self, time_s: &Range<f64>, width: usize) -> Vec<Option<[f32; 2]>> {
        let Some(scale) = self.parts().first().map(|part| part.scale) else { return vec![None; width] };
        let settings = self.settings();
        let per_second = f64::from(settings.sample_rate_hz) / settings.chunk_samples as f64;
        let buckets_per_chunk = WAVEFORM_BUCKETS as f64 / scale.chunks_per_part() as f64;
        let first_chunk = self.parts()[0].first_chunk;
        let n_buckets: usize = self.parts().iter().map(|part| part.waveform.len()).sum();
        let first_s = self.start_s();
        let bucket_at =
            |time_s: f64| ((time_s - first_s) * per_second - first_chunk as f64) * buckets_per_chunk;
        let pixel_s = (time_s.end - time_s.start) / width.max(1) as f64;
        (0..width)
            .map(|x| {
                let start_s = time_s.start + x as f64 * pixel_s;
                let (from, to) = (bucket_at(start_s), bucket_at(start_s + pixel_s));
                if to <= 0.0 || from >= n_buckets as f64 {
                    return None;
                }
                let from = from.max(0.0) as usize;
                let to = (to.ceil() as usize).clamp(from + 1, n_buckets.max(from + 1));
                (from..to)
                    .filter_map(|bucket| {
                        let part = self.parts().get(bucket / WAVEFORM_BUCKETS)?;
                        part.waveform.get(bucket % WAVEFORM_BUCKETS).copied()
                    })
                    .reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
            })
            .collect()
    }

    /// Seconds of a column that is not cut short by its chunk's end.
    pub fn column_s(&self) -> f64 {
        let settings = self.settings();
        let Some(scale) = self.parts().first().map(|part| part.scale) else { return f64::INFINITY };
        let n_samples = match scale.chunks_per_column() {
            1 => settings.chunk_samples / scale.columns_per_chunk(),
            n_chunks => n_chunks * settings.chunk_samples,
        };
        n_samples as f64 / f64::from(settings.sample_rate_hz)
    }

    /// The bands of each row of pixels, from the top.
    fn bands_of_pixels(&self, mel: &Range<f64>, height: usize) -> Vec<Range<usize>> {
        let pixel_mel = (mel.end - mel.start) / height.max(1) as f64;
        let band_mel = self.mel_max() / (self.settings().n_mels + 1) as f64;
        (0..height)
            .map(|y| {
                let top = mel.end - y as f64 * pixel_mel;
                if pixel_mel <= band_mel {
                    let band = self.band_at(top - pixel_mel / 2.0);
                    band..band + 1
                } else {
                    self.band_at(top - pixel_mel)..self.band_at(top) + 1
                }
            })
            .collect()
    }
}
