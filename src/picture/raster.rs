//! Pixels, and the two channels of tensors as pixels.

use std::io::{self, Write};
use std::ops::Range;

use ndarray::ArrayView2;

use super::colormap::{ColorMap, MASKED, Rgb};

/// A picture, 4 bytes a pixel (red, green, blue, alpha), row after row from the top. A pixel is opaque, or clear with all
/// its bytes 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Raster {
    /// A picture of one colour.
    pub fn new(width: usize, height: usize, [red, green, blue]: Rgb) -> Self {
        Self { width, height, bytes: [red, green, blue, 255].repeat(width * height) }
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels in a column.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, red, green, blue and alpha of each.
    pub fn as_rgba(&self) -> &[u8] {
        &self.bytes
    }

    /// The colour of a pixel; (0, 0) is at the top left.
    pub fn pixel(&self, x: usize, y: usize) -> Rgb {
        let at = 4 * (y * self.width + x);
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }

    /// Gives a pixel a colour.
    pub fn set(&mut self, x: usize, y: usize, color: Rgb) {
        let at = 4 * (y * self.width + x);
        self.bytes[at..at + 3].copy_from_slice(&color);
    }

    /// Makes a pixel clear.
    pub fn clear(&mut self, x: usize, y: usize) {
        let at = 4 * (y * self.width + x);
        self.bytes[at..at + 4].fill(0);
    }

    /// A row of pixels, red, green, blue and alpha of each.
    pub fn row_mut(&mut self, y: usize) -> &mut [[u8; 4]] {
        let len = 4 * self.width;
        self.bytes[y * len..(y + 1) * len].as_chunks_mut().0
    }

    /// Copies `other` into this picture with its top left corner at (`left`, `top`); it must lie within.
    pub fn paste(&mut self, other: &Self, left: usize, top: usize) {
        for (y, row) in other.bytes.chunks_exact(4 * other.width.max(1)).enumerate() {
            let at = 4 * ((top + y) * self.width + left);
            self.bytes[at..at + row.len()].copy_from_slice(row);
        }
    }

    /// Writes the picture as PNG.
    pub fn write_png(&self, writer: impl Write) -> io::Result<()> {
        let dimension = |n: usize| u32::try_from(n).map_err(io::Error::other);
        let mut encoder = png::Encoder::new(writer, dimension(self.width)?, dimension(self.height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.bytes)?;
        writer.finish()?;
        Ok(())
    }
}

/// The channels of one chunk, each `[n_mels, frames]`, not normalised.
#[derive(Debug, Clone, Copy)]
pub struct Channels<'a> {
    /// ln(1 + mel power).
    pub magnitude: ArrayView2<'a, f32>,
    /// Instantaneous frequency, from -1 to 1.
    pub inst_freq: ArrayView2<'a, f32>,
}

/// Chunks of equal shape in a row, and which part of them each pixel shows.
///
/// A pixel that stands for several places shows the loudest of them, in both channels: a peak must not vanish, and
/// the instantaneous frequency that matters is the peak's.
#[derive(Debug, Clone)]
pub struct Heatmap<'a> {
    /// The chunks, in time.
    pub chunks: &'a [Channels<'a>],
    /// For each column of pixels the frames it shows, counted through all chunks; `None` is a line between chunks.
    pub columns: Vec<Option<Range<usize>>>,
    /// For each row of pixels, from the top, the bands it shows.
    pub rows: Vec<Range<usize>>,
}

impl<'a> Heatmap<'a> {
    /// The colour of lines between chunks.
    pub const BOUNDARY: Rgb = [200, 200, 200];

    /// Every frame and band a pixel of its own, but no more than `n_columns_max` by `n_rows_max` of them.
    pub fn new(chunks: &'a [Channels<'a>], n_columns_max: usize, n_rows_max: usize) -> Self {
        let [n_mels, n_frames] = shape(chunks);
        let n_frames = n_frames * chunks.len();
        let columns = split(0..n_frames, n_frames.min(n_columns_max)).map(Some).collect();
        let mut rows: Vec<_> = split(0..n_mels, n_mels.min(n_rows_max)).collect();
        // Low bands are at the bottom.
        rows.reverse();
        Self { chunks, columns, rows }
    }

    /// The magnitude in the colours of [`ColorMap::Magma`], black at `least` and palest at `most`.
    pub fn magnitude(&self, [least, most]: [f32; 2]) -> Raster {
        let span = if most > least { most - least } else { 1.0 };
        self.draw(|_, _, magnitude, _| Some(ColorMap::Magma.color((magnitude - least) / span)))
    }

    /// The instantaneous frequency; hatched pixel by pixel where the mel power is below `threshold`.
    pub fn inst_freq(&self, map: ColorMap, threshold: f64) -> Raster {
        let least_magnitude = threshold.ln_1p() as f32;
        self.draw(|x, y, magnitude, inst_freq| {
            Some(if magnitude < least_magnitude { masked(x, y) } else { map.color(inst_freq) })
        })
    }

    /// The instantaneous frequency; clear where the mel power is below `threshold`, for a hatching that lies behind it and
    /// stays as fine when the picture is enlarged.
    pub fn kept_inst_freq(&self, map: ColorMap, threshold: f64) -> Raster {
        let least_magnitude = threshold.ln_1p() as f32;
        self.draw(|_, _, magnitude, inst_freq| (magnitude >= least_magnitude).then(|| map.color(inst_freq)))
    }

    /// Gives each pixel with sound its colour; none makes it clear.
    fn draw(&self, color: impl Fn(usize, usize, f32, f32) -> Option<Rgb>) -> Raster {
        let mut raster = Raster::new(self.columns.len(), self.rows.len(), Self::BOUNDARY);
        for (y, bands) in self.rows.iter().enumerate() {
            for (x, frames) in self.columns.iter().enumerate() {
                if let Some((magnitude, inst_freq)) =
                    frames.clone().and_then(|frames| self.loudest(bands, frames))
                {
                    match color(x, y, magnitude, inst_freq) {
                        Some(color) => raster.set(x, y, color),
                        None => raster.clear(x, y),
                    }
                }
            }
        }
        raster
    }

    /// Magnitude and instantaneous frequency where the magnitude is largest.
    fn loudest(&self, bands: &Range<usize>, frames: Range<usize>) -> Option<(f32, f32)> {
        let [_, n_frames] = shape(self.chunks);
        let places = frames.flat_map(|frame| bands.clone().map(move |band| (frame, band)));
        places
            .map(|(frame, band)| {
                let chunk = &self.chunks[frame / n_frames];
                let place = [band, frame % n_frames];
                (chunk.magnitude[place], chunk.inst_freq[place])
            })
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
    }
}

/// Bands and frames of each of the chunks.
pub(super) fn shape(chunks: &[Channels<'_>]) -> [usize; 2] {
    chunks.first().map_or([0, 0], |chunk| [chunk.magnitude.nrows(), chunk.magnitude.ncols()])
}

/// The hatching over masked places: a diagonal line two pixels wide every eight.
pub(super) fn masked(x: usize, y: usize) -> Rgb {
    MASKED[usize::from((x + y) % 8 >= 2)]
}

/// `whole` cut into `n_parts` neighbouring parts of nearly equal length; none is empty if there is enough.
pub(super) fn split(whole: Range<usize>, n_parts: usize) -> impl Iterator<Item = Range<usize>> {
    let len = whole.len();
    let at = move |part: usize| whole.start + part * len / n_parts;
    (0..n_parts).map(move |part| at(part)..at(part + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Two bands, four frames: every magnitude is different, one is below the threshold.
    fn example() -> (Array2<f32>, Array2<f32>) {
        let magnitude = ndarray::arr2(&[[0.0, 1.0, 2.0, 3.0], [4.0, 7.0, 6.0, 5.0]]);
        let inst_freq = ndarray::arr2(&[[0.0, 0.5, -0.5, 1.0], [0.25, -1.0, 0.75, 0.0]]);
        (magnitude, inst_freq)
    }

    #[test]
    fn colours_are_those_of_the_values_with_low_bands_at_the_bottom() {
        let (magnitude, inst_freq) = example();
        let chunks = [Channels { magnitude: magnitude.view(), inst_freq: inst_freq.view() }];
        let heatmap = Heatmap::new(&chunks, 100, 100);
        let magnitudes = heatmap.magnitude([0.0, 7.0]);
        let inst_freqs = heatmap.inst_freq(ColorMap::Diverging, 0.5);
        let kept = heatmap.kept_inst_freq(ColorMap::Diverging, 0.5);
        assert_eq!((magnitudes.width(), magnitudes.height()), (4, 2));
        for ((band, frame), &value) in magnitude.indexed_iter() {
            let y = 1 - band;
            assert_eq!(magnitudes.pixel(frame, y), ColorMap::Magma.color(value / 7.0));
            // The first frame of the low band has a power of 0, below 0.5; the next has e - 1, above it.
            if (band, frame) == (0, 0) {
                assert!(MASKED.contains(&inst_freqs.pixel(frame, y)));
                assert_eq!(kept.as_rgba()[4 * (4 * y + frame)..][..4], [0; 4]);
            } else {
                let color = ColorMap::Diverging.color(inst_freq[[band, frame]]);
                assert_eq!([inst_freqs.pixel(frame, y), kept.pixel(frame, y)], [color; 2]);
            }
        }
    }

    #[test]
    fn a_pixel_for_several_places_shows_the_loudest() {
        let (magnitude, inst_freq) = example();
        let chunks = [Channels { magnitude: magnitude.view(), inst_freq: inst_freq.view() }];
        let heatmap = Heatmap::new(&chunks, 2, 1);
        let magnitudes = heatmap.magnitude([0.0, 7.0]);
        assert_eq!((magnitudes.width(), magnitudes.height()), (2, 1));
        assert_eq!(magnitudes.pixel(0, 0), ColorMap::Magma.color(1.0));
        assert_eq!(magnitudes.pixel(1, 0), ColorMap::Magma.color(6.0 / 7.0));
        let inst_freqs = heatmap.inst_freq(ColorMap::Cyclic, 0.0);
        assert_eq!(inst_freqs.pixel(0, 0), ColorMap::Cyclic.color(-1.0));
        assert_eq!(inst_freqs.pixel(1, 0), ColorMap::Cyclic.color(0.75));
    }

    #[test]
    fn the_hatching_has_both_its_colours() {
        let magnitude = Array2::zeros((8, 8));
        let chunks = [Channels { magnitude: magnitude.view(), inst_freq: magnitude.view() }];
        let raster = Heatmap::new(&chunks, 8, 8).inst_freq(ColorMap::Diverging, 1e-5);
        for color in MASKED {
            assert!((0..64).any(|i| raster.pixel(i % 8, i / 8) == color));
        }
    }

    #[test]
    fn png_brings_every_pixel_back() {
        let mut raster = Raster::new(3, 2, [1, 2, 3]);
        raster.set(2, 1, [250, 0, 9]);
        let mut file = Vec::new();
        raster.write_png(&mut file).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!((info.width, info.height), (3, 2));
        assert_eq!(bytes, raster.as_rgba());
    }
}
