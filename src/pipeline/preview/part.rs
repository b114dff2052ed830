//! A stretch of a preview: the tensors of one chunk, or of several in a coarser form.
//!
//! At level 0 a part is one chunk and a column one frame. Each level above has parts of twice as many chunks and columns
//! of twice as many frames, so that a part has about the same size at every level. A column never crosses from
//! one chunk to the next before a chunk is a single column; then columns cover whole chunks.

use ndarray::Array2;

use super::mean::Averaging;
use super::sketch::{PowerSketch, SketchBuilder, Threshold};

/// Buckets of the waveform in a part.
pub const WAVEFORM_BUCKETS: usize = 256;

/// The level of a chunk, or the highest levels of the chunks that share a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChunkLevel {
    /// Largest magnitude of a sample before the chunk was brought to full scale; 1 is full scale.
    pub peak: f32,
    /// Largest mel power of the chunk's tensor: what a threshold lies so many decibels below.
    pub power_max: f32,
}

impl ChunkLevel {
    /// The peak in decibels below full scale; negative infinity for digital silence.
    pub fn peak_dbfs(&self) -> f32 {
        20.0 * self.peak.log10()
    }

    /// The decibels that `threshold` lies below the chunk's peak power; negative above it, infinite for 0.
    pub fn threshold_below_peak_db(&self, threshold: f64) -> f64 {
        10.0 * (f64::from(self.power_max) / threshold).log10()
    }

    fn max(self, other: Self) -> Self {
        Self { peak: self.peak.max(other.peak), power_max: self.power_max.max(other.power_max) }
    }
}

/// The scale by which the columns of a level lie on the frames and chunks of the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Frames of a chunk.
    pub n_frames: usize,
    /// 0 where a column is a frame; each level above halves the columns.
    pub level: u32,
}

impl Scale {
    /// Frames that a column covers, counted as if a chunk had a power of two of them.
    fn frames_per_column(self) -> usize {
        1 << self.level
    }

    /// Columns of a chunk; 1 where a column covers one chunk or several.
    pub fn columns_per_chunk(self) -> usize {
        self.n_frames.div_ceil(self.frames_per_column())
    }

    /// Chunks of a column, at least 1.
    pub fn chunks_per_column(self) -> usize {
        (self.frames_per_column() / self.n_frames.next_power_of_two()).max(1)
    }

    /// Chunks of a whole part; the last one of a recording may have fewer.
    pub fn chunks_per_part(self) -> usize {
        1 << self.level
    }

    /// The first chunk, counted from the part's first, and the frame in it that `column` of a part covers.
    pub fn first_frame(self, column: usize) -> (usize, usize) {
        let columns = self.columns_per_chunk();
        (column / columns * self.chunks_per_column(), column % columns * self.frames_per_column())
    }

    /// The column of a part that covers frame `frame` of the part's chunk `chunk`.
    pub fn column_of(self, chunk: usize, frame: usize) -> usize {
        let columns = self.columns_per_chunk();
        chunk / self.chunks_per_column() * columns + (frame / self.frames_per_column()).min(columns - 1)
    }
}

/// What a column that covers several frames keeps of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduced {
    /// Powers that stand for all of a cell.
    pub sketch: PowerSketch,
    /// The weight of each mean instantaneous frequency `[n_mels, columns]`.
    pub(super) weights: Array2<f32>,
}

/// A stretch of a preview with what is drawn of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The recording's chunk that it begins with.
    pub first_chunk: usize,
    /// Chunks that it covers.
    pub n_chunks: usize,
    /// Samples at the preview's rate, without the last chunk's padding.
    pub n_samples: u64,
    /// The scale by which columns lie on frames.
    pub scale: Scale,
    /// Mel power `[n_mels, columns]`: the largest that a column covers.
    pub mel_power: Array2<f32>,
    /// Instantaneous frequency before the mask `[n_mels, columns]`: the mean of what a column covers, by its power.
    pub inst_freq: Array2<f32>,
    /// What is kept of the places that columns cover; `None` where a column is a single frame.
    pub reduced: Option<Reduced>,
    /// Lowest and highest sample in each of [`WAVEFORM_BUCKETS`] equal stretches of a whole part, padding included,
    /// before any change of level. Stretches without a chunk are missing at the end.
    pub waveform: Vec<[f32; 2]>,
    /// Per chunk, or per column where one covers several chunks.
    pub levels: Vec<ChunkLevel>,
}

impl Part {
    /// Bytes of both channels, and of what is kept of the places that columns cover.
    pub fn tensor_bytes(&self) -> usize {
        let n_reduced =
            |reduced: &Reduced| reduced.sketch.n_bytes() + reduced.weights.len() * size_of::<f32>();
        (self.mel_power.len() + self.inst_freq.len()) * size_of::<f32>()
            + self.reduced.as_ref().map_or(0, n_reduced)
    }

    /// Frames that a column covers.
    pub fn n_places(&self, column: usize) -> u32 {
        self.reduced.as_ref().map_or(1, |reduced| reduced.sketch.n_places(column))
    }

    /// The share of the places of a cell, 0 to 1, that a mask with `threshold` takes.
    pub fn masked_share(&self, band: usize, column: usize, threshold: f64) -> f32 {
        let threshold = threshold as f32;
        match &self.reduced {
            None => f32::from(u8::from(self.mel_power[[band, column]] < threshold)),
            Some(reduced) => {
                let [n_places, n_masked] =
                    reduced.sketch.count(band, column..column + 1, Threshold::of(threshold));
                n_masked / n_places
            }
        }
    }

    /// The places of the chunks that are kept, and how many of them a mask with `threshold` takes.
    pub(super) fn n_masked(&self, is_kept: impl Fn(&usize) -> bool, threshold: f64) -> [f64; 2] {
        if self.reduced.is_none() {
            if !is_kept(&self.first_chunk) {
                return [0.0; 2];
            }
            let (powers, as_f32) = (self.mel_power.as_slice().unwrap_or_default(), threshold as f32);
            // At most 256 MB of f32: a sum of u32 is enough, and is vectorised.
            let n_below = powers.iter().map(|&power| u32::from(power < as_f32)).sum::<u32>();
            return [powers.len() as f64, f64::from(n_below)];
        }
        let (mut n_places, mut n_masked) = (0.0, 0.0);
        let (n_bands, n_columns) = self.mel_power.dim();
        for column in 0..n_columns {
            let first = self.first_chunk + self.scale.first_frame(column).0;
            if !(first..first + self.scale.chunks_per_column()).any(|chunk| is_kept(&chunk)) {
                continue;
            }
            let of_cell = f64::from(self.n_places(column));
            let shares = (0..n_bands).map(|band| f64::from(self.masked_share(band, column, threshold)));
            n_masked += of_cell * shares.sum::<f64>();
            n_places += of_cell * n_bands as f64;
        }
        [n_places, n_masked]
    }

    /// The weight of the instantaneous frequency of a cell in a mean.
    fn weight(&self, band: usize, column: usize) -> f32 {
        let weights = self.reduced.as_ref().map_or(&self.mel_power, |reduced| &reduced.weights);
        weights[[band, column]]
    }

    /// Both as one part of the next level; `after` follows `self`, which is whole, on the same level.
    pub(super) fn merge(&self, after: Option<&Self>, averaging: Averaging) -> Self {
        let both: Vec<&Self> = [Some(self), after].into_iter().flatten().collect();
        let columns = self.scale.columns_per_chunk();
        let n_mels = self.mel_power.nrows();
        let places = |part: usize| (0..both[part].mel_power.ncols()).map(move |column| (part, column));
        let all: Vec<(usize, usize)> = (0..both.len()).flat_map(places).collect();
        // Once a chunk is a single column, pairs are pairs of neighbouring chunks.
        let group = if columns > 1 { columns } else { all.len() };
        let pairs_of_columns: Vec<&[(usize, usize)]> =
            all.chunks(group).flat_map(|chunk| chunk.chunks(2)).collect();
        let n_places = |pair: &&[(usize, usize)]| {
            pair.iter().map(|&(part, column)| both[part].n_places(column)).sum::<u32>()
        };
        let mut sketch = SketchBuilder::new(n_mels, pairs_of_columns.iter().map(n_places).collect());
        let len = n_mels * pairs_of_columns.len();
        let [mut mel_power, mut inst_freq, mut weights] = [(); 3].map(|()| Vec::with_capacity(len));
        for band in 0..n_mels {
            for pair in &pairs_of_columns {
                let (mut most, mut sum) = (0.0_f32, [0.0; 2]);
                sketch.begin();
                for &(part, column) in *pair {
                    let part = both[part];
                    let power = part.mel_power[[band, column]];
                    most = most.max(power);
                    let own = averaging.sum_of(part.weight(band, column), part.inst_freq[[band, column]]);
                    sum = [sum[0] + own[0], sum[1] + own[1]];
                    match &part.reduced {
                        Some(reduced) => sketch.add_cell(&reduced.sketch, band, column),
                        None => sketch.add_place(power),
                    }
                }
                sketch.end();
                let [mean, weight] = averaging.mean_of(sum);
                mel_power.push(most);
                inst_freq.push(mean);
                weights.push(weight);
            }
        }
        let shape = (n_mels, pairs_of_columns.len());
        let matrix = |values| Array2::from_shape_vec(shape, values).expect("every band has as many columns");
        let reduced = Reduced { sketch: sketch.finish(), weights: matrix(weights) };
        let levels: Vec<ChunkLevel> = both.iter().flat_map(|part| part.levels.iter().copied()).collect();
        let buckets: Vec<[f32; 2]> = both.iter().flat_map(|part| part.waveform.iter().copied()).collect();
        Self {
            first_chunk: self.first_chunk,
            n_chunks: both.iter().map(|part| part.n_chunks).sum(),
            n_samples: both.iter().map(|part| part.n_samples).sum(),
            scale: Scale { level: self.scale.level + 1, ..self.scale },
            mel_power: matrix(mel_power),
            inst_freq: matrix(inst_freq),
            reduced: Some(reduced),
            waveform: pairs(&buckets, |a, b| [a[0].min(b[0]), a[1].max(b[1])]),
            levels: if columns > 1 { levels } else { pairs(&levels, ChunkLevel::max) },
        }
    }
}

/// Neighbours joined two by two; one that is left over stays as it is.
fn pairs<T: Copy>(values: &[T], join: impl Fn(T, T) -> T) -> Vec<T> {
    values.chunks(2).map(|pair| if let [a, b] = *pair { join(a, b) } else { pair[0] }).collect()
}

/// Lowest and highest sample in each bucket of one chunk.
pub(super) fn waveform_of(chunk: &[f32]) -> Vec<[f32; 2]> {
    let edge = |bucket: usize| bucket * chunk.len() / WAVEFORM_BUCKETS;
    (0..WAVEFORM_BUCKETS)
        .map(|bucket| {
            // A chunk shorter than the buckets are many repeats its samples.
            let samples = &chunk[edge(bucket)..edge(bucket + 1).max(edge(bucket) + 1)];
            // Not `min` and `max`, which look for NaN in every sample: where a comparison fails the end stays.
            samples.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &x| {
                [if x < low { x } else { low }, if x > high { x } else { high }]
            })
        })
        .collect()
}
