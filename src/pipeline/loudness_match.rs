//! Gains at which several versions of a sound are as loud as the first.

use ebur128::{EbuR128, Mode};

/// The most that a version is raised or lowered by: 40 dB.
const GAIN_MAX: f64 = 100.0;

/// Meters of versions of the same sound that are made piece by piece.
pub(super) struct LoudnessMatch<const N: usize> {
    /// None where no loudness is defined at the rate.
    meters: Option<[EbuR128; N]>,
    energies: [f64; N],
    peaks: [f32; N],
}

impl<const N: usize> LoudnessMatch<N> {
    /// Meters for sounds of one channel at `sample_rate_hz`.
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        let meter = |_| EbuR128::new(1, sample_rate_hz, Mode::I).ok();
        let meters: Option<Vec<EbuR128>> = (0..N).map(meter).collect();
        let meters = meters.and_then(|meters| meters.try_into().ok());
        Self { meters, energies: [0.0; N], peaks: [0.0; N] }
    }

    /// Adds the next piece of each version.
    pub(super) fn add(&mut self, pieces: [&[f32]; N]) {
        for (version, piece) in pieces.into_iter().enumerate() {
            if let Some(meters) = &mut self.meters {
                // It refuses frames that are not whole; with one channel there are none.
                meters[version].add_frames_f32(piece).ok();
            }
            self.energies[version] += piece.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
            let peak = piece.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
            self.peaks[version] = self.peaks[version].max(peak);
        }
    }

    /// The gain of each version: as loud as version `reference` (ITU-R BS.1770, integrated), or of as much energy where the sound is too
    /// short or too quiet for a loudness; and all of them lower where one would go beyond full scale.
    pub(super) fn gains(&self, reference: usize) -> [f32; N] {
        let loudness_db = |version: usize| {
            let loudness = self.meters.as_ref()?[version].loudness_global().ok();
            loudness.filter(|loudness| loudness.is_finite())
        };
        let gain = |version: usize| -> f64 {
            if let (Some(wanted_db), Some(db)) = (loudness_db(reference), loudness_db(version)) {
                return 10f64.powf((wanted_db - db) / 20.0);
            }
            let [wanted, energy] = [reference, version].map(|version| self.energies[version]);
            if wanted > 0.0 && energy > 0.0 { (wanted / energy).sqrt() } else { 1.0 }
        };
        let gains: [f32; N] =
            std::array::from_fn(|version| gain(version).clamp(1.0 / GAIN_MAX, GAIN_MAX) as f32);
        let peak = gains.iter().zip(self.peaks).fold(1.0, |peak: f32, (gain, own)| peak.max(gain * own));
        gains.map(|gain| gain / peak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    fn tone(hz: f32, level: f32, n_samples: usize) -> Vec<f32> {
        (0..n_samples)
            .map(|n| level * (std::f32::consts::TAU * hz * n as f32 / RATE_HZ as f32).sin())
            .collect()
    }

    #[test]
    fn quiet_and_loud_meet_and_nothing_goes_beyond_full_scale() {
        let mut loudness = LoudnessMatch::<3>::new(RATE_HZ);
        let sounds = [0.2, 0.05, 0.8].map(|level| tone(997.0, level, 2 * RATE_HZ as usize));
        loudness.add(sounds.each_ref().map(Vec::as_slice));
        for (gain, expected) in loudness.gains(0).into_iter().zip([1.0, 4.0, 0.25]) {
            assert!((gain / expected - 1.0).abs() < 1e-3, "{gain} {expected}");
        }
        // Beside the loudest the quietest would need a peak of 0.8, which is within full scale.
        assert!((loudness.gains(2)[1] - 16.0).abs() < 0.02);
    }

    #[test]
    fn a_click_that_would_be_clipped_lowers_all_versions() {
        let mut loudness = LoudnessMatch::<2>::new(RATE_HZ);
        let mut clicks = vec![0.0; RATE_HZ as usize];
        clicks.iter_mut().step_by(4_800).for_each(|sample| *sample = 0.9);
        loudness.add([&tone(997.0, 0.9, RATE_HZ as usize), &clicks]);
        let [of_tone, of_clicks] = loudness.gains(0);
        assert!(of_tone < 1.0 && (of_clicks * 0.9 - 1.0).abs() < 1e-5, "{of_tone} {of_clicks}");
    }

    #[test]
    fn what_is_too_short_for_a_loudness_is_matched_by_energy() {
        let mut loudness = LoudnessMatch::<2>::new(RATE_HZ);
        loudness.add([&tone(997.0, 0.1, 480), &tone(997.0, 0.2, 480)]);
        assert!((loudness.gains(0)[1] - 0.5).abs() < 1e-3);
        let mut silent = LoudnessMatch::<2>::new(RATE_HZ);
        silent.add([&[0.0; 100], &[0.0; 100]]);
        assert_eq!(silent.gains(0), [1.0, 1.0]);
    }
}
