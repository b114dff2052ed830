//! The silence of a recording: how much, and where.

use super::level::peak;

/// The time whose peak decides whether it is silent.
const WINDOW_S: f64 = 0.01;

/// Below this many decibels under a recording's own peak it is silent: a reverberation has decayed by then (RT60).
const BELOW_PEAK_DB: usize = 60;

/// And always below this level: the rounding of 16 bits.
const FLOOR_DBFS: usize = 90;

/// Levels that are told apart, in decibels below full scale; the last holds all that is quieter.
const N_LEVELS: usize = 122;

/// Windows by level, with the first and the last of each: enough to apply a threshold that is known at the end.
#[derive(Debug, Clone)]
pub(super) struct SilenceMeter {
    counts: [u64; N_LEVELS],
    first: [u64; N_LEVELS],
    last: [u64; N_LEVELS],
    n_windows: u64,
    window_len: usize,
    n_in_window: usize,
    window_peak: f32,
}

/// The silence that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Silence {
    /// The silent share of the recording, 0 to 1.
    pub(super) share: f32,
    /// Silence at the beginning, in seconds; all of it for a silent recording.
    pub(super) leading_s: f64,
    /// Silence at the end, in seconds.
    pub(super) trailing_s: f64,
}

impl Default for SilenceMeter {
    fn default() -> Self {
        Self {
            counts: [0; N_LEVELS],
            first: [u64::MAX; N_LEVELS],
            last: [0; N_LEVELS],
            n_windows: 0,
            window_len: 1,
            n_in_window: 0,
            window_peak: 0.0,
        }
    }
}

impl SilenceMeter {
    pub(super) fn start(&mut self, sample_rate_hz: u32) {
        *self =
            Self { window_len: ((WINDOW_S * f64::from(sample_rate_hz)) as usize).max(1), ..Self::default() };
    }

    /// Takes a block of all channels.
    pub(super) fn add(&mut self, channels: &[Vec<f32>]) {
        let n_frames = channels.first().map_or(0, Vec::len);
        let mut start = 0;
        while start < n_frames {
            let n = (n_frames - start).min(self.window_len - self.n_in_window);
            for channel in channels {
                self.window_peak = self.window_peak.max(peak(&channel[start..start + n]));
            }
            start += n;
            self.n_in_window += n;
            if self.n_in_window == self.window_len {
                self.end_window();
            }
        }
    }

    fn end_window(&mut self) {
        let level = level_of(self.window_peak);
        self.counts[level] += 1;
        self.first[level] = self.first[level].min(self.n_windows);
        self.last[level] = self.n_windows;
        self.n_windows += 1;
        (self.window_peak, self.n_in_window) = (0.0, 0);
    }

    pub(super) fn finish(&mut self) -> Silence {
        if self.n_in_window > 0 {
            self.end_window();
        }
        let loudest = self.loudest();
        let n_loud_levels = (loudest + BELOW_PEAK_DB).min(FLOOR_DBFS);
        let n_loud: u64 = self.counts[..n_loud_levels].iter().sum();
        if n_loud == 0 {
            return Silence { share: 1.0, leading_s: self.n_windows as f64 * WINDOW_S, trailing_s: 0.0 };
        }
        let first = self.first[..n_loud_levels].iter().min().copied().unwrap_or(0);
        let last = self.last[..n_loud_levels].iter().max().copied().unwrap_or(0);
        Silence {
            share: 1.0 - (n_loud as f64 / self.n_windows as f64) as f32,
            leading_s: first as f64 * WINDOW_S,
            trailing_s: (self.n_windows - 1 - last) as f64 * WINDOW_S,
        }
    }

    /// The time for which the recording is within `below_peak_db` decibels of its peak, in seconds; to be asked after
    /// [`Self::finish`].
    pub(super) fn near_peak_s(&self, below_peak_db: usize) -> f64 {
        let end = (self.loudest() + below_peak_db).min(N_LEVELS);
        self.counts[..end].iter().sum::<u64>() as f64 * WINDOW_S
    }

    /// The first level that a window has.
    fn loudest(&self) -> usize {
        self.counts.iter().position(|count| *count > 0).unwrap_or(N_LEVELS - 1)
    }
}

/// Decibels below full scale, rounded down.
fn level_of(peak: f32) -> usize {
    let below_db = -20.0 * peak.log10();
    // Digital silence is infinitely far down.
    (below_db.max(0.0) as usize).min(N_LEVELS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silence_of(samples: Vec<f32>) -> Silence {
        let mut meter = SilenceMeter::default();
        meter.start(1000);
        meter.add(&[samples]);
        meter.finish()
    }

    #[test]
    fn silence_is_relative_to_the_recordings_own_peak() {
        for level in [1.0, 0.01] {
            let mut samples = vec![0.0005 * level; 1000];
            samples[200..600].fill(level);
            let silence = silence_of(samples);
            assert!((silence.share - 0.6).abs() < 1e-6, "{silence:?}");
            assert!((silence.leading_s - 0.2).abs() < 1e-9 && (silence.trailing_s - 0.4).abs() < 1e-9);
        }
        assert_eq!(silence_of(vec![0.0; 500]), Silence { share: 1.0, leading_s: 0.5, trailing_s: 0.0 });
        assert_eq!(silence_of(vec![0.02; 500]).share, 0.0);
    }

    #[test]
    fn the_time_near_the_peak_grows_with_the_distance_from_it() {
        for level in [1.0, 0.01] {
            // A window of the peak, two 14 dB below, three 34 dB below, and silence.
            let mut samples = vec![0.0; 1000];
            samples[200..210].fill(level);
            samples[210..230].fill(0.2 * level);
            samples[230..260].fill(0.02 * level);
            let mut meter = SilenceMeter::default();
            meter.start(1000);
            meter.add(&[samples]);
            meter.finish();
            let times_s = [3, 10, 20, 30, 40].map(|below_peak_db| meter.near_peak_s(below_peak_db));
            for (time_s, wanted_s) in times_s.into_iter().zip([0.01, 0.01, 0.03, 0.03, 0.06]) {
                assert!((time_s - wanted_s).abs() < 1e-9, "{times_s:?}");
            }
        }
    }
}
