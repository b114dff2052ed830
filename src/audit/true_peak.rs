//! The peak between the samples (ITU-R BS.1770, annex 2), looked for only where it can be.
//!
//! Oversampling everything costs several times as much as decoding. But an interpolation filter raises nothing by more
//! than the sum of its coefficients' magnitudes: stretches that are further below the peak of the samples cannot hold the
//! true peak, and are passed over without changing the result.

use ebur128::{EbuR128, Mode};

use super::level::peak;

/// Frames of a stretch that is looked at or passed over: longer than the filter, whose 24 taps then never see more than
/// one joint, and only with quiet samples on both sides.
const STRETCH: usize = 128;

/// The filters of twofold and fourfold oversampling, sinc functions under a Hann window, raise by less than 2.31 and 1.87.
const GAIN_MAX: f32 = 2.4;

/// Meters the true peak over all channels.
pub(super) struct TruePeak {
    meter: Option<EbuR128>,
    n_channels: usize,
    sample_peak: f32,
    is_loud: Vec<bool>,
}

impl TruePeak {
    pub(super) fn new(n_channels: usize, rate_hz: u32) -> Self {
        let meter = EbuR128::new(n_channels as u32, rate_hz, Mode::TRUE_PEAK).ok();
        Self { meter, n_channels, sample_peak: 0.0, is_loud: Vec::new() }
    }

    /// Takes whole interleaved frames.
    pub(super) fn add(&mut self, samples: &[f32]) {
        let Some(meter) = &mut self.meter else { return };
        let stretches = || samples.chunks(STRETCH * self.n_channels);
        self.is_loud.clear();
        for stretch in stretches() {
            let peak = peak(stretch);
            self.sample_peak = self.sample_peak.max(peak);
            self.is_loud.push(peak * GAIN_MAX >= self.sample_peak);
        }
        let n = self.is_loud.len();
        for (index, stretch) in stretches().enumerate() {
            // Neighbours of loud stretches lead the filter in and out; so do the block's ends, whose neighbours are not
            // known.
            let is_near = self.is_loud[index.saturating_sub(1)..(index + 2).min(n)].contains(&true);
            if is_near || index == 0 || index + 1 == n {
                meter.add_frames_f32(stretch).expect("whole frames are always accepted");
            }
        }
    }

    /// The true peak; 0 for more channels than the standard knows.
    pub(super) fn finish(&self) -> f32 {
        let Some(meter) = &self.meter else { return 0.0 };
        (0..meter.channels()).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Protects: what is passed over never holds the peak.
    #[test]
    fn passing_over_changes_nothing() {
        for rate_hz in [44_100, 96_000] {
            // A tone at a quarter of the rate whose peaks lie between the samples, swelling and dying away.
            let samples: Vec<f32> = (0..40_000)
                .map(|n| {
                    let swell = 0.02 + (std::f32::consts::PI * n as f32 / 9_000.0).sin().powi(8);
                    swell * (std::f32::consts::FRAC_PI_2 * (n as f32 + 0.5)).sin()
                })
                .collect();
            let mut whole = EbuR128::new(1, rate_hz, Mode::TRUE_PEAK).unwrap();
            whole.add_frames_f32(&samples).unwrap();
            let mut meter = TruePeak::new(1, rate_hz);
            samples.chunks(4096).for_each(|block| meter.add(block));
            let expected = whole.true_peak(0).unwrap() as f32;
            assert!((meter.finish() - expected).abs() < 1e-6, "{} {expected}", meter.finish());
            assert!(expected > 1.2 * samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak)));
        }
    }
}
