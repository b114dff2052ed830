//! Two recordings on one time axis: how much later the one begins than the other.

use std::path::Path;

use super::excerpt::{ExcerptRequest, read_excerpt};
use crate::dsp::correlation::Correlator;
use crate::error::Result;
use crate::monitor::Monitor;

/// The rate at which recordings are compared, in Hz: what tells takes apart lies below 4 kHz.
const RATE_HZ: u32 = 8_000;

/// The part of each that is compared, in samples: two minutes.
const SAMPLES_MAX: u64 = 120 * RATE_HZ as u64;

/// Samples of a step of the loudness curve: 10 ms.
const STEP_SAMPLES: usize = 80;

/// A correlation from which on samples are the same sound: two takes of one phrase stay below it.
const SAME_SOUND: f64 = 0.5;

/// A correlation of loudness curves below which two recordings have no rhythm in common.
const SAME_RHYTHM: f64 = 0.5;

/// The best match of two recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Seconds by which the second recording is to begin later than the first; negative is earlier.
    pub shift_s: f64,
    /// The correlation there, 1 for the same sound at any level.
    pub correlation: f64,
    /// True where samples match; false where only the loudness over time does.
    pub is_same_sound: bool,
}

/// Aligns the first two minutes of `second` with those of `first`: by their samples, and where these have nothing in common
/// by how their loudness rises and falls. `None` where that has nothing in common either.
///
/// # Errors
/// A recording cannot be opened or decoded. On cancel.
pub fn align(first: &Path, second: &Path, monitor: &dyn Monitor) -> Result<Option<Alignment>> {
    let read = |path: &Path| {
        let request =
            ExcerptRequest { path: path.to_path_buf(), sample_rate_hz: RATE_HZ, range: 0..SAMPLES_MAX };
        read_excerpt(&request, monitor).map(|excerpt| excerpt.samples)
    };
    let (first, second) = (read(first)?, read(second)?);
    let mut correlator = Correlator::default();
    let best = correlator.best_shift_of(&first, &second);
    if let Some((shift, correlation)) = best.filter(|(_, correlation)| *correlation >= SAME_SOUND) {
        let shift_s = shift as f64 / f64::from(RATE_HZ);
        return Ok(Some(Alignment { shift_s, correlation, is_same_sound: true }));
    }
    let best = correlator.best_shift_of(&loudness_curve(&first), &loudness_curve(&second));
    Ok(best.filter(|(_, correlation)| *correlation >= SAME_RHYTHM).map(|(shift, correlation)| Alignment {
        shift_s: (shift * STEP_SAMPLES as i64) as f64 / f64::from(RATE_HZ),
        correlation,
        is_same_sound: false,
    }))
}

/// The root of the mean square in each step, less the mean over all steps.
fn loudness_curve(samples: &[f32]) -> Vec<f32> {
    let mut curve: Vec<f32> = samples
        .chunks(STEP_SAMPLES)
        .map(|step| (step.iter().map(|sample| sample * sample).sum::<f32>() / step.len() as f32).sqrt())
        .collect();
    let mean = curve.iter().sum::<f32>() / curve.len().max(1) as f32;
    for level in &mut curve {
        *level -= mean;
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;
    use crate::pipeline::test_wav;

    /// Writes `sample_at` of each of `n_samples` samples at 8 kHz.
    fn write(path: &Path, n_samples: usize, sample_at: impl Fn(usize) -> f64) {
        test_wav::write(path, RATE_HZ, 1, (0..n_samples).map(|n| (sample_at(n) * 30_000.0) as i16));
    }

    /// Noise without a period, from -1 to 1.
    fn noise(seed: u64, n: usize) -> f64 {
        let hash = blake3::hash(&[seed.to_le_bytes(), (n as u64).to_le_bytes()].concat());
        f64::from(hash.as_bytes()[0]) / 127.5 - 1.0
    }

    #[test]
    fn a_copy_that_begins_later_is_found_to_the_sample() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a.wav", "b.wav"].map(|name| folder.path().join(name));
        write(&first, 16_000, |n| noise(1, n));
        // What the first has from sample 2400 on.
        write(&second, 12_000, |n| 0.3 * noise(1, n + 2_400));
        let found = align(&first, &second, &Silent).unwrap().unwrap();
        assert!((found.shift_s - 0.3).abs() < 1e-9, "{found:?}");
        assert!(found.is_same_sound && found.correlation > 0.99);
        let back = align(&second, &first, &Silent).unwrap().unwrap();
        assert!((back.shift_s + 0.3).abs() < 1e-9, "{back:?}");
    }

    #[test]
    fn two_sounds_of_one_rhythm_are_found_by_their_loudness() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a.wav", "b.wav"].map(|name| folder.path().join(name));
        // Strokes at 0.5 s, 1.1 s and 1.4 s, of noises that have nothing in common.
        let stroke = |n: usize, delay: usize| {
            [4_000, 8_800, 11_200].iter().map(|at| at + delay).any(|at| (at..at + 800).contains(&n))
        };
        write(&first, 16_000, |n| if stroke(n, 0) { noise(1, n) } else { 0.01 * noise(2, n) });
        write(&second, 16_000, |n| if stroke(n, 1_600) { noise(3, n) } else { 0.01 * noise(4, n) });
        let found = align(&first, &second, &Silent).unwrap().unwrap();
        assert!(!found.is_same_sound);
        assert!(
            (found.shift_s + 0.2).abs() <= 0.01,
            "the second is 0.2 s late, and is moved back: {found:?}"
        );
    }

    #[test]
    fn two_noises_have_nothing_in_common() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a.wav", "b.wav"].map(|name| folder.path().join(name));
        write(&first, 16_000, |n| noise(1, n));
        write(&second, 16_000, |n| noise(2, n));
        assert_eq!(align(&first, &second, &Silent).unwrap(), None);
    }
}
