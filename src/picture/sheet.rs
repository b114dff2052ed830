//! All chunks of a recording on one sheet: magnitude above, instantaneous frequency below, time to the right.

use ndarray::{ArrayView3, Axis};

use super::colormap::{ColorMap, Rgb};
use super::raster::{Channels, Heatmap, Raster, shape, split};

/// The widest sheet, in pixels.
pub const WIDTH_MAX: usize = 16_384;

const PAPER: Rgb = [24, 24, 24];
const MARGIN: usize = 16;
/// Between heatmaps, and between a heatmap and its colour bar.
const GAP: usize = 8;
const BAR_WIDTH: usize = 12;
/// The columns that a sheet has beside the heatmap's own columns.
const FRAME_WIDTH: usize = 2 * MARGIN + GAP + BAR_WIDTH;
/// Rows of a heatmap; fewer bands are drawn larger, more are reduced.
const ROWS: usize = 384;
/// A chunk narrower than this gets no line beside it: the lines would hide the picture.
const CHUNK_WIDTH_MIN: usize = 8;
/// Pixels that a frame may be wide, where there are few.
const FRAME_COLUMNS_MAX: usize = 4;

/// Draws un-normalised tensors `[2, n_mels, frames]`, all of one shape, one after another in time: both channels with
/// a colour bar each, a line between chunks, and places with a mel power below `threshold` hatched.
///
/// The magnitude's colours go from 0 to the largest value of all. A sheet is at most [`WIDTH_MAX`] wide; where pixels
/// are fewer than frames or bands, each shows the loudest place it covers.
pub fn draw_tensors(tensors: &[ArrayView3<'_, f32>], map: ColorMap, threshold: f64) -> Raster {
    let chunks: Vec<Channels<'_>> = tensors
        .iter()
        .map(|tensor| Channels {
            magnitude: tensor.index_axis(Axis(0), 0).reborrow(),
            inst_freq: tensor.index_axis(Axis(0), 1).reborrow(),
        })
        .collect();
    let [n_mels, n_frames] = shape(&chunks);
    let mut rows = pixels(n_mels, ROWS, 32);
    rows.reverse();
    let heatmap =
        Heatmap { chunks: &chunks, columns: columns(chunks.len(), n_frames, WIDTH_MAX - FRAME_WIDTH), rows };

    let magnitude_max =
        chunks.iter().flat_map(|chunk| chunk.magnitude.iter()).fold(0.0, |a: f32, &b| a.max(b));
    let (width, height) = (heatmap.columns.len(), heatmap.rows.len());
    let mut sheet = Raster::new(width + FRAME_WIDTH, 2 * (height + MARGIN) + GAP, PAPER);
    let panels = [
        (heatmap.magnitude([0.0, magnitude_max]), ColorMap::Magma, MARGIN),
        (heatmap.inst_freq(map, threshold), map, MARGIN + height + GAP),
    ];
    for (panel, map, top) in panels {
        sheet.paste(&panel, MARGIN, top);
        sheet.paste(&color_bar(map, height), MARGIN + width + GAP, top);
    }
    sheet
}

/// The map's colours with the largest value at the top.
fn color_bar(map: ColorMap, height: usize) -> Raster {
    let mut bar = Raster::new(BAR_WIDTH, height, PAPER);
    for (y, color) in map.table(height).into_iter().rev().enumerate() {
        for x in 0..BAR_WIDTH {
            bar.set(x, y, color);
        }
    }
    bar
}

/// For each pixel along an axis the places it shows: several pixels a place where there are few, and the reverse.
fn pixels(n_places: usize, n_pixels_max: usize, pixels_per_place_max: usize) -> Vec<std::ops::Range<usize>> {
    if n_places > n_pixels_max {
        return split(0..n_places, n_pixels_max).collect();
    }
    let repeat = (n_pixels_max / n_places.max(1)).clamp(1, pixels_per_place_max);
    (0..n_places * repeat).map(|pixel| pixel / repeat..pixel / repeat + 1).collect()
}

/// For each column of pixels the frames it shows, with a line between chunks where they are wide enough.
fn columns(n_chunks: usize, n_frames: usize, n_columns_max: usize) -> Vec<Option<std::ops::Range<usize>>> {
    // Every chunk has a line at its right, but for the last.
    let chunk_width = (n_columns_max + 1) / n_chunks.max(1);
    if chunk_width <= CHUNK_WIDTH_MIN {
        return split(0..n_chunks * n_frames, n_columns_max.min(n_chunks * n_frames)).map(Some).collect();
    }
    let chunk = pixels(n_frames, chunk_width - 1, FRAME_COLUMNS_MAX);
    let mut columns = Vec::with_capacity(n_chunks * (chunk.len() + 1));
    for first in (0..n_chunks).map(|chunk| chunk * n_frames) {
        if first > 0 {
            columns.push(None);
        }
        columns.extend(chunk.iter().map(|frames| Some(first + frames.start..first + frames.end)));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::colormap::MASKED;
    use ndarray::Array3;

    /// A tensor whose magnitude rises from 0 to 1 with the band, and whose IF is the same in each frame.
    fn tensor(n_mels: usize, n_frames: usize) -> Array3<f32> {
        Array3::from_shape_fn((2, n_mels, n_frames), |(channel, band, frame)| {
            if channel == 0 {
                band as f32 / (n_mels - 1) as f32
            } else {
                2.0 * frame as f32 / n_frames as f32 - 1.0
            }
        })
    }

    #[test]
    fn every_place_is_found_where_it_belongs() {
        let (n_mels, n_frames) = (4, 10);
        let tensor = tensor(n_mels, n_frames);
        let sheet = draw_tensors(&[tensor.view(), tensor.view()], ColorMap::Diverging, 1e-5);
        // Four pixels a frame, 32 a band, one line between the chunks.
        let (frame_width, band_height, chunk_width) = (4, 32, 41);
        assert_eq!(sheet.width(), 2 * chunk_width - 1 + FRAME_WIDTH);
        for chunk in 0..2 {
            for band in 0..n_mels {
                for frame in 0..n_frames {
                    let x = MARGIN + chunk * chunk_width + frame * frame_width;
                    let y = MARGIN + (n_mels - 1 - band) * band_height;
                    assert_eq!(sheet.pixel(x, y), ColorMap::Magma.color(tensor[[0, band, frame]]));
                    let below = sheet.pixel(x, y + n_mels * band_height + GAP);
                    if band == 0 {
                        assert!(MASKED.contains(&below));
                    } else {
                        assert_eq!(below, ColorMap::Diverging.color(tensor[[1, band, frame]]));
                    }
                }
            }
        }
        assert_eq!(sheet.pixel(MARGIN + chunk_width - 1, MARGIN), Heatmap::BOUNDARY);
        assert_eq!(sheet.pixel(0, 0), PAPER);
    }

    #[test]
    fn long_recordings_and_many_bands_stay_within_the_sheet() {
        for (n_chunks, n_mels, n_frames) in [(1, 1000, 20_000), (2000, 4, 94), (20_000, 2, 3)] {
            let tensor = tensor(n_mels, n_frames);
            let tensors = vec![tensor.view(); n_chunks];
            let sheet = draw_tensors(&tensors, ColorMap::Diverging, 0.0);
            assert!(sheet.width() <= WIDTH_MAX, "{}", sheet.width());
            assert!(sheet.height() <= 2 * (ROWS + MARGIN) + GAP);
            // The loudest band is at the top whatever was reduced.
            assert_eq!(sheet.pixel(MARGIN, MARGIN), ColorMap::Magma.color(1.0));
        }
    }

    #[test]
    fn no_tensors_make_an_empty_sheet() {
        assert_eq!(draw_tensors(&[], ColorMap::Cyclic, 0.0).width(), FRAME_WIDTH);
    }
}
