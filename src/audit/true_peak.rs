//! The peak between the samples (ITU-R BS.1770, annex 2), looked for only where it can be.
//!
//! Oversampling everything costs as much as decoding. But how far an interpolation filter can rise above the samples is
//! known from how strongly they bend: stretches that cannot hold the true peak are passed over without changing it.

use ebur128::{EbuR128, Mode};

use super::level::{larger, peak};

/// Frames of a stretch that is searched or passed over.
const STRETCH: usize = 128;

/// Coefficients of the interpolation filter, over all of its phases: a sinc function under a Hann window.
const TAPS: usize = 48;

/// Frames before a stretch that its interpolated values depend on, at most.
const HISTORY: usize = TAPS / 2 - 1;

/// Meters the true peak over all channels.
pub(super) struct TruePeak {
    meter: Option<EbuR128>,
    n_channels: usize,
    bound: Bound,
    /// The last frames of the block before, and the block.
    frames: Vec<f32>,
    /// True when the last stretch was not passed over.
    is_led_in: bool,
    /// The largest magnitude so far, of samples and between them.
    largest: f32,
}

impl TruePeak {
    pub(super) fn new(n_channels: usize, rate_hz: u32) -> Self {
        Self {
            meter: EbuR128::new(n_channels as u32, rate_hz, Mode::TRUE_PEAK).ok(),
            n_channels,
            bound: Bound::new(if rate_hz < 96_000 { 4 } else { 2 }),
            frames: vec![0.0; HISTORY * n_channels],
            is_led_in: true,
            largest: 0.0,
        }
    }

    /// Takes whole interleaved frames.
    pub(super) fn add(&mut self, samples: &[f32]) {
        let Some(meter) = &mut self.meter else { return };
        self.largest = self.largest.max(peak(samples));
        let n_history = HISTORY * self.n_channels;
        self.frames.extend_from_slice(samples);
        let n_stretch = STRETCH * self.n_channels;
        for start in (n_history..self.frames.len()).step_by(n_stretch) {
            let end = (start + n_stretch).min(self.frames.len());
            let involved = &self.frames[start - n_history..end];
            let most = self.bound.of(peak(involved), bend(involved, self.n_channels));
            if most <= self.largest {
                self.is_led_in = false;
                continue;
            }
            let (history, stretch) = involved.split_at(n_history);
            if !self.is_led_in {
                meter.seed_frames_f32(history).expect("whole frames are always accepted");
                self.is_led_in = true;
            }
            meter.add_frames_f32(stretch).expect("whole frames are always accepted");
            self.largest = self.largest.max(peak_of(meter));
        }
        self.frames.drain(..self.frames.len() - n_history);
    }

    /// The true peak; 0 for more channels than the standard knows.
    pub(super) fn finish(&self) -> f32 {
        self.meter.as_ref().map_or(0.0, peak_of)
    }
}

/// The largest values between the samples that were searched.
fn peak_of(meter: &EbuR128) -> f32 {
    (0..meter.channels()).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max) as f32
}

/// The largest second difference of any channel.
fn bend(interleaved: &[f32], n_channels: usize) -> f32 {
    let mut lanes = [0f32; 16];
    let [before, middle, after] = [0, 1, 2].map(|n| interleaved.get(n * n_channels..).unwrap_or_default());
    let (after_rows, after_rest) = after.as_chunks::<16>();
    let rows = before.as_chunks::<16>().0.iter().zip(middle.as_chunks::<16>().0).zip(after_rows);
    for ((before, middle), after) in rows {
        for (((lane, before), middle), after) in lanes.iter_mut().zip(before).zip(middle).zip(after) {
            *lane = larger(*lane, (before - 2.0 * middle + after).abs());
        }
    }
    let done = after.len() - after_rest.len();
    let rest = before[done..].iter().zip(&middle[done..]).zip(after_rest);
    rest.map(|((before, middle), after)| (before - 2.0 * middle + after).abs())
        .chain(lanes)
        .fold(0.0, f32::max)
}

/// The largest value that an interpolation can reach.
struct Bound {
    /// Of samples of magnitude 1, however they bend.
    gain: f32,
    /// Of samples of magnitude 1 that do not bend: what the filter adds to the line between two of them.
    of_line: f32,
    /// More than that, for second differences of magnitude 1.
    of_bend: f32,
}

impl Bound {
    /// Of the filter for `factor`-fold oversampling.
    ///
    /// With the filter's coefficients `c[t]`, and `r[t]` what is left of them after those of linear interpolation, summing
    /// by parts twice turns `Σ r·x` into second differences: with the running sums `R` of `r` and `Q` of `R`, and `n` taps,
    /// `Σ r·x = R[n-1]·x[n-1] - Q[n-2]·(x[n-1] - x[n-2]) + Σ Q[t]·(x[t] - 2x[t+1] + x[t+2])`.
    fn new(factor: usize) -> Self {
        let coefficient = |tap: usize| {
            let distance = tap as f64 - TAPS as f64 / 2.0;
            let window = 0.5 * (1.0 - (std::f64::consts::TAU * tap as f64 / TAPS as f64).cos());
            let angle = std::f64::consts::PI * distance / factor as f64;
            if distance == 0.0 { window } else { window * angle.sin() / angle }
        };
        let middle = TAPS / factor / 2;
        let mut bound = Self { gain: 0.0, of_line: 0.0, of_bend: 0.0 };
        for phase in 0..factor {
            let taps: Vec<f64> = (0..TAPS / factor).map(|tap| coefficient(tap * factor + phase)).collect();
            let share = phase as f64 / factor as f64;
            let mut rest = taps.clone();
            rest[middle] -= 1.0 - share;
            rest[middle - 1] -= share;
            let once = running_sums(&rest);
            let twice = running_sums(&once[..once.len() - 1]);
            let (last, before) = twice.split_last().expect("a phase has several taps");
            // A difference of two samples is at most twice their magnitude.
            let of_line = 1.0 + once[once.len() - 1].abs() + 2.0 * last.abs();
            let gain: f64 = taps.iter().map(|tap| tap.abs()).sum();
            let of_bend: f64 = before.iter().map(|sum| sum.abs()).sum();
            bound.gain = bound.gain.max(gain as f32);
            bound.of_line = bound.of_line.max(of_line as f32);
            bound.of_bend = bound.of_bend.max(of_bend as f32);
        }
        bound
    }

    /// For samples of magnitude `peak` whose second differences have magnitude `bend`.
    fn of(&self, peak: f32, bend: f32) -> f32 {
        /// More than rounding in single precision can add.
        const ROUNDING: f32 = 1.000_01;
        ROUNDING * (self.gain * peak).min(self.of_line * peak + self.of_bend * bend)
    }
}

fn running_sums(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |value: &f64| {
        sum += value;
        sum
    };
    values.iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone whose peaks may lie between the samples, swelling and dying away, over one an octave and a half lower.
    fn swelling(turn: f32, n_channels: usize) -> Vec<f32> {
        let frame = |n: usize| {
            let swell = 0.02 + (std::f32::consts::PI * n as f32 / 9_000.0).sin().powi(8);
            let tone = move |turn: f32| (turn * (n as f32 + 0.5)).sin();
            (0..n_channels).map(move |channel| {
                (swell * tone(turn) + 0.3 * tone(turn / 2.9)) * (1.0 - 0.1 * channel as f32)
            })
        };
        (0..40_000).flat_map(frame).collect()
    }

    /// Protects: what is passed over never holds the peak, and where something is passed over, nothing false is found.
    #[test]
    fn passing_over_changes_nothing() {
        for (rate_hz, n_channels) in [(44_100, 1), (44_100, 2), (96_000, 1), (96_000, 6), (192_000, 2)] {
            for turn in [0.05, 0.4, std::f32::consts::FRAC_PI_2, 2.5] {
                let samples = swelling(turn, n_channels);
                let mut whole = EbuR128::new(n_channels as u32, rate_hz, Mode::TRUE_PEAK).unwrap();
                whole.add_frames_f32(&samples).unwrap();
                let sample_peak = peak(&samples);
                let expected = sample_peak.max(peak_of(&whole));
                let mut meter = TruePeak::new(n_channels, rate_hz);
                let mut n_passed = 0;
                for block in samples.chunks(977 * n_channels) {
                    meter.add(block);
                    n_passed += usize::from(!meter.is_led_in);
                }
                let found = sample_peak.max(meter.finish());
                assert_eq!(found, expected, "{rate_hz} Hz, {n_channels} channels, {turn}");
                assert!(n_passed > 0, "{rate_hz} Hz, {n_channels} channels, {turn}");
            }
        }
    }

    #[test]
    fn no_value_exceeds_its_bound_and_the_bound_is_near() {
        for (rate_hz, factor) in [(48_000, 4), (96_000, 2)] {
            let bound = Bound::new(factor);
            for (turn, excess_max) in [(0.05, 1.02), (0.4, 1.1), (2.9, 2.4)] {
                let samples = swelling(turn, 1);
                let mut meter = EbuR128::new(1, rate_hz, Mode::TRUE_PEAK).unwrap();
                let mut largest_excess = 0f32;
                for involved in samples.windows(HISTORY + 20).step_by(20) {
                    meter.reset();
                    meter.seed_frames_f32(&involved[..HISTORY]).unwrap();
                    meter.add_frames_f32(&involved[HISTORY..]).unwrap();
                    let most = bound.of(peak(involved), bend(involved, 1));
                    assert!(peak_of(&meter) <= most, "{rate_hz} {turn}");
                    largest_excess = largest_excess.max(most / peak(involved));
                }
                assert!(largest_excess < excess_max, "{rate_hz} {turn} {largest_excess}");
            }
        }
    }

    #[test]
    fn a_bend_is_that_of_its_own_channel() {
        let frames: Vec<f32> = (0..50).flat_map(|n| [n as f32, if n == 40 { 3.0 } else { 0.0 }]).collect();
        assert_eq!(bend(&frames, 2), 6.0);
        assert_eq!(bend(&frames[..60], 2), 0.0);
        assert_eq!(bend(&frames[..2], 2), 0.0);
    }
}
