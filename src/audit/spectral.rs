//! Measurements of the spectrum: up to which frequency there is sound, whether it is noise, and what it sounds like.

use crate::dsp::spectrum::PowerSpectrum;

use super::level::peak;
use super::timbre::{NEAR_PEAK_DB, Timbre, TimbreMeter};

/// Samples of a frame: at 48 kHz 12 Hz from bin to bin, narrow enough for the edge that a codec cuts.
const N_FFT: usize = 4096;

/// Frames per second: a share of sound is known to a few percent, at a fraction of the cost of decoding.
const FRAMES_PER_S: f64 = 4.0;

/// So many frames at the beginning stand close together, half a frame apart: a short sound is more than its onset.
const CLOSE_FRAMES: u64 = 16;

/// Frames without which nothing is said about noise.
const NOISE_FRAMES_MIN: u64 = 3;

/// Quieter frames are passed over: their spectrum is that of rounding.
const PEAK_MIN: f32 = 1e-4;

/// So are those beyond this: their powers exceed single precision, and no sound is that loud.
const PEAK_MAX: f32 = 1e12;

/// The spectrum is averaged over this width before an edge is sought, so that the gaps between partials are no edges.
const SMOOTH_HZ: f64 = 200.0;

/// An edge falls within this share of the Nyquist frequency. Codecs and resamplers fall within 1 to 3 %.
const EDGE_WIDTH: f64 = 0.03;

/// Below an edge everything within this share of the Nyquist frequency is louder than anything above it: a single band that
/// ends is no end of the sound.
const EDGE_BELOW: f64 = 0.16;

/// By this factor in power (20 dB). A filter of a synthesiser, 48 dB per octave at the steepest, falls by 12 dB there.
const EDGE_STEP: f32 = 100.0;

/// Edges are sought between these shares of the Nyquist frequency: below, sounds are dull by nature; above, it is the
/// recorder's own anti-alias filter.
const EDGE_RANGE: [f64; 2] = [0.16, 0.92];

/// Without an edge, sound reaches up to where it is this far below its strongest band in power (80 dB).
const REACH: f32 = 1e-8;

/// Bins of a group in which the flatness of the spectrum is taken: 0.2 kHz, within which no sound of nature falls much.
const FLATNESS_BINS: usize = 16;

/// Where the flatness is taken: an offset below, and what codecs leave above, are not what a sound is like.
const FLATNESS_HZ: [f64; 2] = [20.0, 10_000.0];

/// A frame whose spectrum is this flat is noise. The geometric mean of white noise's power is exp(-γ) = 0.56 of
/// the arithmetic one, where γ is Euler's constant; a partial among noise of equal energy halves it.
/// What is flatter than noise can be is none: the spectrum of a click or of a falling drum is smooth.
const NOISE_FLATNESS: std::ops::Range<f32> = 0.42..0.8;

/// Groups that are taken together once more, and how flat these are in noise at least: a partial that wavers fills a narrow
/// group as noise does, but leaves the gap to the next partial.
const WIDE_GROUPS: usize = 3;
const WIDE_FLATNESS_MIN: f32 = 0.46;

/// The meter of one recording's spectrum.
pub(super) struct SpectralMeter {
    spectrum: PowerSpectrum,
    /// The sound that no frame has taken yet.
    waiting: Vec<f32>,
    hop: usize,
    /// Samples to pass over before the next frame.
    n_to_skip: usize,
    total: Vec<f64>,
    /// Where the next frame begins, in samples, and the next one of those that are evenly spaced.
    next_start: usize,
    next_even_start: usize,
    n_frames: u64,
    /// Samples that all frames and those of noise stand for.
    n_seen: f64,
    n_noise: f64,
    timbre: TimbreMeter,
    onset: Vec<f32>,
    sample_rate_hz: u32,
}

/// The measurements of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spectral {
    /// The frequency above which there is no sound, in Hz; `None` for a silent recording.
    pub(super) bandwidth_hz: Option<f32>,
    /// True when the sound ends there in a step, as a codec or an earlier lower rate leaves it.
    pub(super) is_cut: bool,
    /// The share of time that is noise, 0 to 1; `None` for a recording that is silent or too short to tell.
    pub(super) noise_share: Option<f32>,
    /// What it sounds like; `None` for a silent recording.
    pub(super) timbre: Option<Timbre>,
}

impl Default for SpectralMeter {
    fn default() -> Self {
        Self {
            spectrum: PowerSpectrum::new(N_FFT),
            waiting: Vec::new(),
            hop: 1,
            n_to_skip: 0,
            total: vec![0.0; N_FFT / 2 + 1],
            next_start: 0,
            next_even_start: 0,
            n_frames: 0,
            n_seen: 0.0,
            n_noise: 0.0,
            timbre: TimbreMeter::default(),
            onset: vec![0.0; N_FFT],
            sample_rate_hz: 0,
        }
    }
}

impl SpectralMeter {
    pub(super) fn start(&mut self, sample_rate_hz: u32) {
        self.waiting.clear();
        self.total.fill(0.0);
        // No silence is put before the recording: its sudden end would fill all bands.
        self.hop = ((f64::from(sample_rate_hz) / FRAMES_PER_S) as usize).max(N_FFT / 2);
        self.sample_rate_hz = sample_rate_hz;
        (self.n_to_skip, self.next_start, self.next_even_start) = (0, 0, 0);
        (self.n_frames, self.n_seen, self.n_noise) = (0, 0.0, 0.0);
        self.timbre.start(sample_rate_hz, N_FFT / 2 + 1);
    }

    pub(super) fn add(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let n_skipped = samples.len().min(self.n_to_skip);
            self.n_to_skip -= n_skipped;
            let (taken, rest) = samples[n_skipped..]
                .split_at((samples.len() - n_skipped).min(N_FFT.saturating_sub(self.waiting.len())));
            samples = rest;
            self.waiting.extend_from_slice(taken);
            if self.waiting.len() == N_FFT {
                let hop = if self.n_frames < CLOSE_FRAMES { N_FFT / 2 } else { self.hop };
                self.take_frame(hop);
                self.next_start += hop;
                let n_dropped = hop.min(N_FFT);
                self.waiting.drain(..n_dropped);
                self.n_to_skip = hop - n_dropped;
            }
        }
    }

    /// Lets the timbre hear the onset in the middle of a frame: the window of the first frame weighs it down, and much of a
    /// stroke is its onset.
    fn take_onset(&mut self) {
        let (silence, sound) = self.onset.split_at_mut(N_FFT / 2);
        silence.fill(0.0);
        sound.copy_from_slice(&self.waiting[..N_FFT / 2]);
        let duration_s = (N_FFT / 2) as f64 / f64::from(self.sample_rate_hz);
        self.timbre.add(self.spectrum.of(&self.onset), duration_s);
    }

    /// Looks at a frame that stands for `hop` samples.
    fn take_frame(&mut self, hop: usize) {
        if !(PEAK_MIN..PEAK_MAX).contains(&peak(&self.waiting)) {
            return;
        }
        if self.n_frames == 0 {
            self.take_onset();
        }
        let power = self.spectrum.of(&self.waiting);
        // What the beginning is looked at more closely for would weigh too much in the spectrum of the whole.
        if self.next_start >= self.next_even_start {
            self.next_even_start = self.next_start + self.hop;
            for (total, power) in self.total.iter_mut().zip(power) {
                *total += f64::from(*power);
            }
        }
        self.timbre.add(power, hop as f64 / f64::from(self.sample_rate_hz));
        self.n_frames += 1;
        self.n_seen += hop as f64;
        let bin_of = |hz: f64| (hz * N_FFT as f64 / f64::from(self.sample_rate_hz)) as usize;
        let (low, high) = (bin_of(FLATNESS_HZ[0]), bin_of(FLATNESS_HZ[1]).min(power.len() * 9 / 10));
        if low < high {
            let (narrow, wide) = flatness(&power[low..high], low);
            if NOISE_FLATNESS.contains(&narrow) && wide > WIDE_FLATNESS_MIN {
                self.n_noise += hop as f64;
            }
        }
    }

    /// The measurements of what was added, of which `near_peak_s` seconds are within each of [`NEAR_PEAK_DB`] of its peak.
    pub(super) fn finish(&mut self, near_peak_s: [f64; NEAR_PEAK_DB.len()]) -> Spectral {
        // A short recording, or one that ends between two frames, still has its frame.
        if self.n_frames == 0 && !self.waiting.is_empty() {
            self.waiting.resize(N_FFT, 0.0);
            self.take_frame(N_FFT);
        }
        if self.n_frames == 0 {
            return Spectral { bandwidth_hz: None, is_cut: false, noise_share: None, timbre: None };
        }
        let bin_hz = f64::from(self.sample_rate_hz) / N_FFT as f64;
        let smooth = smoothed(&self.total, (SMOOTH_HZ / bin_hz / 2.0).ceil() as usize);
        let edge = edge(&smooth);
        let strongest = smooth.iter().copied().fold(0.0, f32::max);
        let reach = smooth.iter().rposition(|power| *power > strongest * REACH).unwrap_or(0);
        Spectral {
            bandwidth_hz: Some((edge.unwrap_or(reach) as f64 * bin_hz) as f32),
            is_cut: edge.is_some(),
            noise_share: (self.n_frames >= NOISE_FRAMES_MIN).then_some((self.n_noise / self.n_seen) as f32),
            timbre: self.timbre.finish(near_peak_s),
        }
    }
}

/// The mean over `half` bins on either side.
fn smoothed(power: &[f64], half: usize) -> Vec<f32> {
    let mut running = vec![0.0; power.len() + 1];
    for (index, power) in power.iter().enumerate() {
        running[index + 1] = running[index] + power;
    }
    (0..power.len())
        .map(|bin| {
            let (start, end) = (bin.saturating_sub(half), (bin + half + 1).min(power.len()));
            ((running[end] - running[start]) / (end - start) as f64) as f32
        })
        .collect()
}

/// The bin of the steepest edge: everything shortly below it is far louder than anything above it.
fn edge(smooth: &[f32]) -> Option<usize> {
    let n = smooth.len();
    let share = |share: f64| (share * n as f64) as usize;
    let (width, below) = (share(EDGE_WIDTH), share(EDGE_BELOW));
    // The loudest from each bin on.
    let mut above = smooth.to_vec();
    for bin in (0..n - 1).rev() {
        above[bin] = above[bin].max(above[bin + 1]);
    }
    let step_at = |bin: usize| {
        let quietest = smooth[bin - below..bin].iter().copied().fold(f32::INFINITY, f32::min);
        // Where there is nothing at all above, the smallest number stands for it.
        quietest / above[bin + width].max(f32::MIN_POSITIVE)
    };
    let bins = share(EDGE_RANGE[0]).max(below)..share(EDGE_RANGE[1]).min(n - width);
    // Most recordings have no bin that needs a closer look.
    let may_be_edge = |bin: &usize| smooth[bin - 1] > EDGE_STEP * above[bin + width];
    let steps = bins.filter(may_be_edge).map(|bin| (bin, step_at(bin)));
    let (bin, step) = steps.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (step > EDGE_STEP).then_some(bin)
}

/// Geometric over arithmetic mean of groups of bins, each weighted by its energy: of [`FLATNESS_BINS`], and of
/// [`WIDE_GROUPS`] times as many. `power` begins at bin `first`, and counts in proportion to the frequency: noise that
/// falls by 3 dB per octave, as most does in nature, is then as flat as white noise.
fn flatness(power: &[f32], first: usize) -> (f32, f32) {
    let (mut narrow, mut wide, mut total) = (0.0, 0.0, 0.0);
    let mean = |logs: f32, n_bins: usize| (logs / n_bins as f32).exp() * n_bins as f32;
    for (place, bins) in power.as_chunks::<{ WIDE_GROUPS * FLATNESS_BINS }>().0.iter().enumerate() {
        let start = first + place * bins.len();
        let mut tilted = *bins;
        tilted.iter_mut().zip(start..).for_each(|(power, bin)| *power *= bin as f32);
        let mut logs = 0.0;
        for group in tilted.as_chunks::<FLATNESS_BINS>().0 {
            let group_logs = sum_of_logs(group);
            narrow += mean(group_logs, FLATNESS_BINS);
            total += group.iter().sum::<f32>();
            logs += group_logs;
        }
        wide += mean(logs, bins.len());
    }
    if total > 0.0 { (narrow / total, wide / total) } else { (0.0, 0.0) }
}

/// `Σ ln(power)`. Eight numbers of single precision, none of which is denormal, have a product in double precision: one
/// logarithm serves them all.
fn sum_of_logs(power: &[f32; FLATNESS_BINS]) -> f32 {
    let product =
        |bins: &[f32; 8]| bins.iter().map(|power| f64::from(power.max(f32::MIN_POSITIVE))).product::<f64>();
    power.as_chunks::<8>().0.iter().map(|bins| product(bins).ln()).sum::<f64>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_the_smallest_and_the_largest_powers_have_a_sum() {
        for power in [0.0, f32::MIN_POSITIVE, 1.0, 0.37, f32::MAX] {
            let expected = f64::from(power.max(f32::MIN_POSITIVE)).ln() * FLATNESS_BINS as f64;
            let sum = f64::from(sum_of_logs(&[power; FLATNESS_BINS]));
            assert!((sum - expected).abs() <= 1e-6 * expected.abs(), "{power}: {sum}");
        }
    }

    /// Noise whose power falls by `n_poles` times 6 dB per octave above 100 Hz.
    fn noise(n_poles: usize) -> Vec<f32> {
        let mut state = 7u64;
        let mut levels = [0f32; 2];
        let next = |_| {
            // A multiplicative congruential generator (Lehmer, 1949).
            state = state * 48_271 % 2_147_483_647;
            let mut sample = state as f32 / 1_073_741_823.5 - 1.0;
            for level in &mut levels[..n_poles] {
                *level += 0.013 * (sample - *level);
                sample = 5.0 * *level;
            }
            0.5 * sample
        };
        (0..96_000).map(next).collect()
    }

    fn noise_share(samples: &[f32]) -> f32 {
        let mut meter = SpectralMeter::default();
        meter.start(48_000);
        meter.add(samples);
        meter.finish([1.0; NEAR_PEAK_DB.len()]).noise_share.unwrap()
    }

    #[test]
    fn noise_of_any_colour_is_noise_and_a_wavering_voice_is_none() {
        for n_poles in [0, 1] {
            assert!(noise_share(&noise(n_poles)) > 0.9, "{n_poles} {}", noise_share(&noise(n_poles)));
        }
        let mut phase = 0.0;
        let hiss = noise(0);
        let voice: Vec<f32> = (0..96_000)
            .map(|n| {
                let t = n as f32 / 48_000.0;
                let freq_hz = 500.0 * (1.0 + 0.06 * (std::f32::consts::TAU * 9.0 * t).sin());
                phase += std::f32::consts::TAU * freq_hz / 48_000.0;
                let partials = (1..=8).map(|partial| (partial as f32 * phase).sin() / 8.0).sum::<f32>();
                partials + 0.01 * hiss[n]
            })
            .collect();
        assert!(noise_share(&voice) < 0.1, "{}", noise_share(&voice));
    }
}
