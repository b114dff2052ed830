//! Measurements of one channel's samples one by one: peak, offset, clipping.

use std::ops::Range;

use super::flat_tops::{FLAT_HEIGHT_MAX, FLAT_RUN_MIN, FLAT_STEP_MIN, FlatTops, Tops};
use super::series::Series;
use super::stretches::Stretches;

/// A sample from here on is at full scale: what is exported below it, as many converters do, is so by a few steps of 16 bits.
const FULL_SCALE: f32 = 0.999_5;

/// Up to here: floating-point files may go beyond without being cut off.
const FULL_SCALE_MAX: f32 = 1.000_01;

/// The time over which the waveform is averaged for its offset: a period of 20 Hz, the lowest that is heard.
const OFFSET_WINDOW_S: f64 = 0.05;

/// In less time than half a second the swing of a drum and an offset look the same.
const OFFSET_WINDOWS_MIN: u64 = 10;

/// One channel's meter.
#[derive(Debug, Clone, Default)]
pub(super) struct ChannelMeter {
    pub(super) peak: f32,
    clipping: Clipping,
    flat_tops: FlatTops,
    window_sum: f64,
    window_len: usize,
    n_in_window: usize,
    sum: f64,
    n_samples: u64,
    means: Series,
}

/// Flat tops so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Clipping {
    /// Samples in flat tops.
    pub(super) n_samples: u64,
    /// The longest flat top: first sample and length.
    pub(super) longest: Option<(u64, u64)>,
    run_start: u64,
    run_len: u64,
    /// The first sample of the run.
    run_height: f32,
    step_before: f32,
    before: f32,
    /// Where they are.
    stretches: Stretches,
}

impl ChannelMeter {
    /// Makes it ready for a channel that is cut into chunks of `chunk_frames`.
    pub(super) fn start(&mut self, sample_rate_hz: u32, chunk_frames: u64) {
        self.means.clear();
        let mut stretches = std::mem::take(&mut self.clipping.stretches);
        stretches.start(chunk_frames);
        self.flat_tops.start(chunk_frames);
        *self = Self {
            means: std::mem::take(&mut self.means),
            clipping: Clipping { stretches, ..Clipping::default() },
            flat_tops: std::mem::take(&mut self.flat_tops),
            window_len: ((OFFSET_WINDOW_S * f64::from(sample_rate_hz)) as usize).max(1),
            ..Self::default()
        };
    }

    pub(super) fn add(&mut self, samples: &[f32]) {
        let extremes = extremes(samples);
        let peak = larger(-extremes.0, extremes.1);
        self.peak = self.peak.max(peak);
        self.clipping.add(samples, self.n_samples, peak);
        self.flat_tops.add(samples, self.n_samples, extremes);
        self.n_samples += samples.len() as u64;
        let mut rest = samples;
        while !rest.is_empty() {
            let n = rest.len().min(self.window_len - self.n_in_window);
            let (part, after) = rest.split_at(n);
            self.window_sum += sum(part);
            self.n_in_window += n;
            rest = after;
            if self.n_in_window == self.window_len {
                self.means.push((self.window_sum / self.window_len as f64) as f32);
                self.sum += self.window_sum;
                (self.window_sum, self.n_in_window) = (0.0, 0);
            }
        }
    }

    pub(super) fn finish(&mut self) {
        self.clipping.end_run(0.0);
        self.flat_tops.finish();
        self.sum += self.window_sum;
    }

    /// The constant in the waveform, 0 where none can be told from the sound.
    ///
    /// Two estimates have to agree, and the smaller counts: the mean over everything, which one slow swing of a drum
    /// can move, and the median of the windows, which a tone's unfinished periods can.
    pub(super) fn offset(&self) -> f32 {
        let Some(middle) = self.means.quantile(0.5) else { return 0.0 };
        let mean = (self.sum / self.n_samples.max(1) as f64) as f32;
        if self.n_samples < OFFSET_WINDOWS_MIN * self.window_len as u64 || (mean > 0.0) != (middle > 0.0) {
            return 0.0;
        }
        if mean.abs() < middle.abs() { mean } else { middle }
    }

    /// The flat tops of both kinds: at full scale, where one is enough, and at the channel's own extremes elsewhere.
    pub(super) fn clipped(&self) -> impl Iterator<Item = Tops> {
        let Clipping { n_samples, longest, .. } = self.clipping;
        let at_full_scale = longest.map(|longest| Tops { level: 1.0, n_samples, longest });
        let elsewhere = self.flat_tops.clipped().filter(|tops| !is_full_scale(tops.level));
        at_full_scale.into_iter().chain(elsewhere)
    }

    /// The frames of those flat tops with their level, merged where less than a chunk lies between.
    pub(super) fn clipped_stretches(&self) -> impl Iterator<Item = (f32, &Range<u64>)> {
        let at_full_scale = self.clipping.stretches.all().iter().map(|span| (1.0, span));
        let elsewhere = self.flat_tops.clipped_stretches().filter(|(level, _)| !is_full_scale(*level));
        at_full_scale.chain(elsewhere)
    }
}

impl Clipping {
    fn add(&mut self, samples: &[f32], first: u64, peak: f32) {
        if peak < FULL_SCALE {
            // Most blocks never touch full scale.
            if let Some(sample) = samples.first() {
                self.end_run(*sample);
            }
            self.before = samples.last().copied().unwrap_or(self.before);
            return;
        }
        for (index, sample) in (first..).zip(samples) {
            let is_full = is_full_scale(*sample);
            let is_flat = (sample - self.run_height).abs() <= FLAT_HEIGHT_MAX;
            if is_full && self.run_len > 0 && is_flat {
                self.run_len += 1;
            } else {
                self.end_run(*sample);
                if is_full {
                    (self.run_start, self.run_len, self.run_height) = (index, 1, *sample);
                    self.step_before = (sample - self.before).abs();
                }
            }
            self.before = *sample;
        }
    }

    fn end_run(&mut self, after: f32) {
        let step = self.step_before.max((self.before - after).abs());
        if self.run_len >= FLAT_RUN_MIN && step >= FLAT_STEP_MIN {
            self.n_samples += self.run_len;
            self.stretches.push(self.run_start, self.run_len);
            if self.longest.is_none_or(|(_, len)| self.run_len > len) {
                self.longest = Some((self.run_start, self.run_len));
            }
        }
        self.run_len = 0;
    }
}

fn is_full_scale(sample: f32) -> bool {
    (FULL_SCALE..=FULL_SCALE_MAX).contains(&sample.abs())
}

/// The larger of two numbers. That `f32::max` also looks for what is no number takes three instructions instead of one.
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The largest magnitude.
pub(super) fn peak(samples: &[f32]) -> f32 {
    let mut lanes = [0f32; 32];
    let (rows, rest) = samples.as_chunks::<32>();
    for row in rows {
        for (lane, sample) in lanes.iter_mut().zip(row) {
            *lane = larger(*lane, sample.abs());
        }
    }
    lanes.iter().chain(rest).fold(0f32, |peak, sample| peak.max(sample.abs()))
}

/// The smallest and the largest sample, zero among them.
fn extremes(samples: &[f32]) -> (f32, f32) {
    let (mut low, mut high) = ([0f32; 16], [0f32; 16]);
    let (rows, rest) = samples.as_chunks::<16>();
    for row in rows {
        for ((low, high), sample) in low.iter_mut().zip(&mut high).zip(row) {
            *low = -larger(-*low, -*sample);
            *high = larger(*high, *sample);
        }
    }
    (
        low.iter().chain(rest).copied().fold(0.0, f32::min),
        high.iter().chain(rest).copied().fold(0.0, f32::max),
    )
}

/// The sum; lanes run side by side and are exact enough for blocks of a few thousand.
fn sum(samples: &[f32]) -> f64 {
    let mut lanes = [0f32; 32];
    let (rows, rest) = samples.as_chunks::<32>();
    for row in rows {
        for (lane, sample) in lanes.iter_mut().zip(row) {
            *lane += sample;
        }
    }
    let quick = lanes.iter().chain(rest).map(|sample| f64::from(*sample)).sum::<f64>();
    // Samples far beyond full scale have no sum in single precision.
    if quick.is_finite() { quick } else { samples.iter().map(|sample| f64::from(*sample)).sum() }
}

/// `Σ a·b`, as [`sum`].
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0f32; 32];
    let (rows_a, rest_a) = a.as_chunks::<32>();
    let (rows_b, rest_b) = b.as_chunks::<32>();
    for (row_a, row_b) in rows_a.iter().zip(rows_b) {
        for ((lane, a), b) in lanes.iter_mut().zip(row_a).zip(row_b) {
            *lane += a * b;
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let quick = lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>() + rest;
    if quick.is_finite() { quick } else { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ChannelMeter {
        fn clipping(&self) -> &Clipping {
            &self.clipping
        }
    }

    fn metered(samples: &[f32]) -> ChannelMeter {
        let mut meter = ChannelMeter::default();
        meter.start(48_000, 48_000);
        // Blocks of an odd length, so that runs cross their borders.
        for block in samples.chunks(977) {
            meter.add(block);
        }
        meter.finish();
        meter
    }

    fn sine(freq_hz: f64, amplitude: f64, n: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * freq_hz / 48_000.0;
        (0..n)
            .map(|n| {
                let sample = (amplitude * (step * n as f64).sin()).clamp(-1.0, 1.0);
                ((sample * 32_767.0).round() / 32_768.0) as f32
            })
            .collect()
    }

    #[test]
    fn flat_tops_count_and_slow_waves_that_touch_full_scale_do_not() {
        for freq_hz in [20.0, 31.0, 50.0, 440.0, 5000.0] {
            assert_eq!(metered(&sine(freq_hz, 1.0, 48_000)).clipping().n_samples, 0, "{freq_hz}");
        }
        for freq_hz in [50.0, 440.0] {
            let clipped = sine(freq_hz, 1.1, 48_000);
            let n_full = clipped.iter().filter(|sample| sample.abs() > FULL_SCALE).count();
            assert_eq!(metered(&clipped).clipping().n_samples, n_full as u64, "{freq_hz}");
        }
        // Beyond full scale, as floating-point files may be, nothing is cut off.
        let loud: Vec<f32> = sine(440.0, 0.9, 48_000).iter().map(|sample| sample * 2.0).collect();
        assert_eq!(metered(&loud).clipping().n_samples, 0);
    }

    #[test]
    fn the_longest_flat_top_is_where_it_is() {
        let mut samples = vec![0.0; 4800];
        samples[970..990].fill(1.0);
        samples[2000..2004].fill(-1.0);
        let meter = metered(&samples);
        assert_eq!((meter.clipping().n_samples, meter.clipping().longest), (24, Some((970, 20))));
    }

    #[test]
    fn samples_far_beyond_full_scale_have_sums() {
        let samples = [3e38; 100];
        assert!(sum(&samples) > 2.9e40 && dot(&samples, &samples) > 8e78);
        assert_eq!(dot(&[1e29, 1.0], &[-1e29, 1.0]), -f64::from(1e29f32).powi(2) + 1.0);
        let mut spike = sine(440.0, 0.5, 48_000);
        spike[20_000] = 1e29;
        let meter = metered(&spike);
        assert_eq!(meter.peak, 1e29);
        assert!(meter.offset().abs() < 1e-3 && meter.clipped().next().is_none());
    }

    #[test]
    fn an_offset_is_a_constant_and_not_a_swing() {
        let tone = sine(110.0, 0.5, 48_000);
        assert!(metered(&tone).offset().abs() < 1e-3);
        let shifted: Vec<f32> = tone.iter().map(|sample| sample + 0.02).collect();
        assert!((metered(&shifted).offset() - 0.02).abs() < 0.003);
        let mut swing = vec![0.0; 48_000];
        swing[..4800].fill(0.3);
        assert!(metered(&swing).offset().abs() < 1e-3);
    }
}
