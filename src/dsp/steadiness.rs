//! How steady the instantaneous frequency of a band is, place by place, compared with that of noise.
//!
//! With v the value of a band, t a frame and L a lag of half a window, the *unsteadiness* of a place is
//! |v(t + L) - 2 v(t) + v(t - L)|: 0 for a steady tone, and for a glide whose frequency changes evenly. It says nothing
//! alone: noise is smoother in some bands than in others, because overlapping frames share samples, because wide
//! bands average, and because the loud moments of noise are its smoother ones. Therefore noise of a fixed seed is analysed by
//! the same plan, and each place is compared with the median unsteadiness of noise in its band and at its *prominence*, the
//! place's power over the mean power of its surroundings. Half of noise is steadier than that, by definition, at every
//! level and in every band; so a place counts +1 where it is steadier and -1 where it is less, and the mean of these, the
//! *coherence*, is 0 for noise and 1 for what is always steadier.
//!
//! (1 - coherence) is Storey's estimate of the share of nulls ("A direct approach to false discovery rates", 2002) with λ = 1/2, where
//! the null is noise: coherence estimates the share of places that are not noise.

use super::analysis::{AnalysisPlan, Scratch};
use crate::settings::{AnalysisSettings, IfMode, SettingsError};

/// Edges between ranges of prominence: noise is found in all of them.
const PROMINENCE_EDGES: [f32; 5] = [0.25, 0.5, 0.8, 1.25, 1.8];
const N_PROMINENCES: usize = PROMINENCE_EDGES.len() + 1;

/// Groups of neighbouring bands in which the median depends on prominence in the same way.
const N_GROUPS: usize = 8;

/// Blocks of noise that are analysed, and the windows of each: each band's median rests on some 150 windows that do not overlap.
const NOISE_BLOCKS: usize = 16;
const BLOCK_WINDOWS: usize = 12;

/// Blocks of other noise, for how far sums of its scores spread.
const SPREAD_BLOCKS: usize = 4;

/// Samples and frames of noise at most, and blocks at least: long windows have many bins in each band, which vary less, and frames
/// that follow closely repeat each other.
const NOISE_SAMPLES_MAX: usize = 1 << 22;
const NOISE_FRAMES_MAX: usize = 1 << 13;
const NOISE_BLOCKS_MIN: usize = 4;

/// Bins of the histograms that medians are read from, equally wide in the root of the unsteadiness.
const MEDIAN_BINS: usize = 128;

/// Places below which a range of prominence tells nothing of its own.
const PLACES_MIN: u32 = 64;

/// The largest unsteadiness: values lie between -1 and 1, so that their second difference is at most 4.
const UNSTEADINESS_MAX: f32 = 4.0;

/// Measures steadiness with one analysis. Planned once, shared by all threads.
#[derive(Debug, Clone)]
pub(super) struct SteadinessMeter {
    plan: AnalysisPlan,
    /// Frames from a place to the two that it is compared with.
    lag: usize,
    /// Frames before and after a place whose mean power is its surroundings.
    surroundings: usize,
    /// True where -1 and 1 are the same value, as for phase advances.
    is_circular: bool,
    /// Band after band, the median unsteadiness of noise in each range of prominence.
    medians: Vec<[f32; N_PROMINENCES]>,
    places_per_independent: f64,
}

/// Buffers for one thread.
#[derive(Debug, Clone)]
pub(super) struct SteadinessScratch {
    analysis: Scratch,
    mel_power: Vec<f32>,
    inst_freq: Vec<f32>,
}

/// A place that was compared with noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared {
    pub(super) band: usize,
    /// More than 0.
    pub(super) mel_power: f32,
    /// 1 where it is steadier than the median of noise, -1 where it is less steady, 0 where they are equal.
    pub(super) score: i64,
}

/// A place before it is compared.
struct Place {
    band: usize,
    mel_power: f32,
    prominence: usize,
    unsteadiness: f32,
}

impl SteadinessMeter {
    /// Plans the meter, and measures noise with it; `check` is asked on the way whether to go on.
    pub(super) fn new<E: From<SettingsError>>(
        settings: AnalysisSettings,
        check: &dyn Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        let meter = Self::without_reference(settings)?;
        let mut noise = Self::without_reference(AnalysisSettings {
            chunk_samples: BLOCK_WINDOWS * settings.n_fft,
            ..settings.unmasked()
        })?;
        noise.measure_noise(check)?;
        let Self { medians, places_per_independent, .. } = noise;
        Ok(Self { medians, places_per_independent, ..meter })
    }

    /// The meter before noise was measured.
    fn without_reference(settings: AnalysisSettings) -> Result<Self, SettingsError> {
        let AnalysisSettings { n_fft, hop_samples, .. } = settings;
        Ok(Self {
            plan: AnalysisPlan::new(settings)?,
            lag: ((n_fft / 2 + hop_samples / 2) / hop_samples).max(1),
            surroundings: n_fft.div_ceil(hop_samples),
            is_circular: settings.if_mode != IfMode::Deviation,
            medians: Vec::new(),
            places_per_independent: 1.0,
        })
    }

    /// The analysis that is measured.
    pub(super) fn plan(&self) -> &AnalysisPlan {
        &self.plan
    }

    /// The number of places, on average, that tell as much as one that is independent of all others: their frames and bands overlap.
    /// The sum of the scores of n places of noise has the variance n times this.
    pub(super) fn places_per_independent(&self) -> f64 {
        self.places_per_independent
    }

    /// Buffers for one thread.
    pub(super) fn scratch(&self) -> SteadinessScratch {
        let settings = self.plan.settings();
        let len = settings.n_mels * settings.n_frames();
        SteadinessScratch {
            analysis: self.plan.scratch(),
            mel_power: vec![0.0; len],
            inst_freq: vec![0.0; len],
        }
    }

    /// Compares every place of `chunk` with noise that is not silent and has both its neighbours.
    pub(super) fn compare(&self, chunk: &[f32], scratch: &mut SteadinessScratch, take: impl FnMut(Compared)) {
        self.compare_with_margin(chunk, scratch, 0, take);
    }

    /// The same without the frames of `margin` at both ends.
    fn compare_with_margin(
        &self,
        chunk: &[f32],
        scratch: &mut SteadinessScratch,
        margin: usize,
        mut take: impl FnMut(Compared),
    ) {
        self.each_place(chunk, scratch, margin, |place| {
            let median = self.medians[place.band][place.prominence];
            let Place { band, mel_power, unsteadiness, .. } = place;
            let score = i64::from(unsteadiness < median) - i64::from(unsteadiness > median);
            take(Compared { band, mel_power, score });
        });
    }

    /// Hands every place of `chunk` to `take`, except those of `margin` frames at both ends.
    fn each_place(
        &self,
        chunk: &[f32],
        scratch: &mut SteadinessScratch,
        margin: usize,
        mut take: impl FnMut(Place),
    ) {
        let SteadinessScratch { analysis, mel_power, inst_freq } = scratch;
        self.plan.analyze_unmasked_into(chunk, analysis, mel_power, inst_freq);
        let n_frames = self.plan.settings().n_frames();
        // The first frame has no value.
        let frames = 1 + self.lag + margin..n_frames.saturating_sub(self.lag + margin);
        let bands = mel_power.chunks_exact(n_frames).zip(inst_freq.chunks_exact(n_frames));
        for (band, (powers, values)) in bands.enumerate() {
            let mut surroundings = Surroundings::new(powers, self.surroundings, frames.start);
            for frame in frames.clone() {
                let mel_power = powers[frame];
                let mean_power = surroundings.next_mean(frame);
                if mel_power > 0.0 {
                    let neighbours = [values[frame - self.lag], values[frame + self.lag]];
                    take(Place {
                        band,
                        mel_power,
                        prominence: prominence_range(mel_power, mean_power),
                        unsteadiness: self.unsteadiness(neighbours, values[frame]),
                    });
                }
            }
        }
    }

    fn unsteadiness(&self, [before, after]: [f32; 2], value: f32) -> f32 {
        let difference = (after - value) - (value - before);
        if self.is_circular {
            (difference - 2.0 * (difference / 2.0).round()).abs()
        } else {
            difference.abs()
        }
    }

    /// Measures noise, asking `check` after each block whether to go on.
    fn measure_noise<E>(&mut self, check: &dyn Fn() -> Result<(), E>) -> Result<(), E> {
        let settings = *self.plan.settings();
        let n_blocks = (NOISE_SAMPLES_MAX / settings.chunk_samples)
            .min(NOISE_FRAMES_MAX / settings.n_frames())
            .clamp(NOISE_BLOCKS_MIN, NOISE_BLOCKS);
        let mut scratch = self.scratch();
        let mut block = vec![0.0; settings.chunk_samples];
        // Frames at the ends see reflected samples.
        let margin = (settings.n_fft / 2).div_ceil(settings.hop_samples);
        let mut histograms = vec![[MedianHistogram::default(); N_PROMINENCES]; settings.n_mels];
        let mut noise = WhiteNoise::default();
        for _ in 0..n_blocks {
            check()?;
            noise.fill(&mut block);
            self.each_place(&block, &mut scratch, margin, |place| {
                histograms[place.band][place.prominence].add(place.unsteadiness);
            });
        }
        self.medians = medians(&histograms);
        let (mut n_places, mut squares) = (0.0, 0.0);
        for _ in 0..SPREAD_BLOCKS {
            check()?;
            noise.fill(&mut block);
            let mut sums = [0.0; N_GROUPS];
            self.compare_with_margin(&block, &mut scratch, margin, |place| {
                n_places += 1.0;
                sums[place.band * N_GROUPS / settings.n_mels] += place.score as f64;
            });
            squares += sums.iter().map(|sum| sum * sum).sum::<f64>();
        }
        self.places_per_independent = if n_places > 0.0 { f64::max(squares / n_places, 1.0) } else { 1.0 };
        Ok(())
    }
}

/// The mean power around each frame, one frame after another.
struct Surroundings<'a> {
    powers: &'a [f32],
    /// Frames before and after.
    reach: usize,
    sum: f64,
    /// The frames that are in the sum.
    first: usize,
    end: usize,
}

impl<'a> Surroundings<'a> {
    fn new(powers: &'a [f32], reach: usize, first_frame: usize) -> Self {
        let first = first_frame.saturating_sub(reach);
        Self { powers, reach, sum: 0.0, first, end: first }
    }

    /// The mean power around `frame`, which is at or after that of the call before.
    fn next_mean(&mut self, frame: usize) -> f64 {
        while self.end < self.powers.len().min(frame + self.reach + 1) {
            self.sum += f64::from(self.powers[self.end]);
            self.end += 1;
        }
        while self.first + self.reach < frame {
            self.sum -= f64::from(self.powers[self.first]);
            self.first += 1;
        }
        self.sum / (self.end - self.first) as f64
    }
}

/// The range of prominence of a place, 0 for the least.
fn prominence_range(mel_power: f32, mean_power: f64) -> usize {
    // What is left of a sum after something far louder has left it may be 0 or less: the place stands out then.
    let ratio = if mean_power > 0.0 { (f64::from(mel_power) / mean_power) as f32 } else { f32::INFINITY };
    PROMINENCE_EDGES.iter().filter(|edge| ratio >= **edge).count()
}

/// Counts of unsteadiness, to read the median from.
#[derive(Debug, Clone, Copy)]
struct MedianHistogram([u32; MEDIAN_BINS]);

impl Default for MedianHistogram {
    fn default() -> Self {
        Self([0; MEDIAN_BINS])
    }
}

impl MedianHistogram {
    fn add(&mut self, unsteadiness: f32) {
        let bin = (unsteadiness / UNSTEADINESS_MAX).sqrt() * MEDIAN_BINS as f32;
        let count = &mut self.0[(bin as usize).min(MEDIAN_BINS - 1)];
        *count += 1;
    }

    fn n_places(&self) -> u32 {
        self.0.iter().sum()
    }

    /// The median, with the places of its bin evenly spread; 0 where nothing was counted.
    fn median(&self) -> f32 {
        let half = self.n_places() as f32 / 2.0;
        let mut below = 0.0;
        for (bin, count) in self.0.iter().enumerate() {
            let count = *count as f32;
            if count > 0.0 && below + count >= half {
                let root = (bin as f32 + (half - below) / count) / MEDIAN_BINS as f32;
                return UNSTEADINESS_MAX * root * root;
            }
            below += count;
        }
        0.0
    }
}

/// The medians of each band: its own, times a factor for each range of prominence that is the mean over neighbouring bands.
/// Alone, a band has too few places of each prominence.
fn medians(histograms: &[[MedianHistogram; N_PROMINENCES]]) -> Vec<[f32; N_PROMINENCES]> {
    let n_bands = histograms.len();
    let whole: Vec<f32> = histograms.iter().map(whole_median).collect();
    let mut log_factors = [[(0.0, 0u32); N_PROMINENCES]; N_GROUPS];
    for (band, (own, whole)) in histograms.iter().zip(&whole).enumerate() {
        for (histogram, (sum, n)) in own.iter().zip(&mut log_factors[band * N_GROUPS / n_bands]) {
            let median = histogram.median();
            if histogram.n_places() >= PLACES_MIN && median > 0.0 && *whole > 0.0 {
                *sum += f64::from(median / whole).ln();
                *n += 1;
            }
        }
    }
    let factors = log_factors.map(|group| group.map(|(sum, n)| (sum / f64::from(n.max(1))).exp() as f32));
    let of_band =
        |(band, whole): (usize, &f32)| factors[band * N_GROUPS / n_bands].map(|factor| factor * whole);
    whole.iter().enumerate().map(of_band).collect()
}

/// The median of a band whatever the prominence.
fn whole_median(histograms: &[MedianHistogram; N_PROMINENCES]) -> f32 {
    let mut whole = MedianHistogram::default();
    for histogram in histograms {
        for (sum, count) in whole.0.iter_mut().zip(histogram.0) {
            *sum += count;
        }
    }
    whole.median()
}

/// White noise that is the same every time: the reference must not depend on when it is made.
///
/// `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014). Evenly distributed samples
/// suffice: a spectrum sums so many that its bins are normal.
#[derive(Debug, Default)]
struct WhiteNoise(u64);

impl WhiteNoise {
    /// Fills `samples` with values from -1 to 1.
    fn fill(&mut self, samples: &mut [f32]) {
        for sample in samples {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            *sample = (z >> 40) as f32 / 8_388_608.0 - 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    /// The whole comparison rests on this: other noise, at whatever level and of whatever colour, is as steady as noise.
    #[test]
    fn noise_has_a_coherence_of_zero_in_every_mode() {
        for if_mode in IfMode::ALL {
            let settings = AnalysisSettings { if_mode, ..Settings::default().analysis() };
            let meter = SteadinessMeter::new::<SettingsError>(settings, &|| Ok(())).unwrap();
            let mut scratch = meter.scratch();
            let mut chunk = vec![0.0; settings.chunk_samples];
            let mut noise = WhiteNoise(77);
            let (mut n_places, mut sum) = (0.0, 0.0);
            for part in 0..8 {
                noise.fill(&mut chunk);
                let mut last = 0.0;
                for sample in &mut chunk {
                    // Half of the chunks are brown.
                    last = 0.9 * last + *sample;
                    *sample = if part % 2 == 0 { *sample } else { 1e-3 * last };
                }
                meter.compare(&chunk, &mut scratch, |place| {
                    n_places += 1.0;
                    sum += place.score as f64;
                });
            }
            let error = (meter.places_per_independent() / n_places).sqrt();
            let coherence = sum / n_places;
            assert!(coherence.abs() < 4.0 * error && error < 0.02, "{if_mode}: {coherence} with {error}");
        }
    }

    #[test]
    fn the_median_of_a_histogram_is_where_half_lies_below() {
        let mut histogram = MedianHistogram::default();
        for i in 0..1000 {
            histogram.add(i as f32 / 1000.0);
        }
        assert!((histogram.median() - 0.5).abs() < 0.02, "{}", histogram.median());
        assert_eq!(MedianHistogram::default().median(), 0.0);
    }

    #[test]
    fn surroundings_are_the_frames_around() {
        let powers = [1.0, 2.0, 3.0, 4.0, 5.0];
        let mut surroundings = Surroundings::new(&powers, 1, 1);
        let means: Vec<f64> = (1..5).map(|frame| surroundings.next_mean(frame)).collect();
        assert_eq!(means, [2.0, 3.0, 4.0, 4.5]);
    }
}
