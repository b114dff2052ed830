//! White Gaussian noise at an exact distance from the signal.

use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Adds noise to `samples` so that the signal's mean power is `snr_db` above the noise's; false for silence, which has
/// no level to keep a distance from and stays silence.
///
/// `noise` is room to work in. The noise is brought to its power as it came out, not as it is expected: in a
/// short chunk the two differ by more than the ear forgives.
pub(super) fn add(
    samples: &mut [f32],
    snr_db: f64,
    generator: &mut ChaCha8Rng,
    noise: &mut Vec<f32>,
) -> bool {
    let signal = mean_power(samples);
    if signal == 0.0 {
        return false;
    }
    noise.clear();
    noise.extend((0..samples.len()).map(|_| -> f32 { StandardNormal.sample(generator) }));
    let scale = (signal / mean_power(noise) / 10f64.powf(snr_db / 10.0)).sqrt() as f32;
    for (sample, value) in samples.iter_mut().zip(&*noise) {
        *sample += scale * value;
    }
    true
}

fn mean_power(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
    sum / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::draw::{VariantKey, generator};
    use crate::path_text::RelPath;

    fn source() -> RelPath {
        RelPath::new("a.wav")
    }

    fn noisy(samples: &[f32], snr_db: f64) -> Vec<f32> {
        let mut noisy = samples.to_vec();
        let key = VariantKey { source: &source(), chunk: 0, variant: 1 };
        assert!(add(&mut noisy, snr_db, &mut generator(5, &key), &mut Vec::new()));
        noisy
    }

    #[test]
    fn the_ratio_is_the_one_that_was_asked_for() {
        for n_samples in [50, 1_000, 48_000] {
            let signal: Vec<f32> = (0..n_samples).map(|n| (n as f32 * 0.1).sin()).collect();
            for snr_db in [-20.0, 0.0, 15.0, 40.0] {
                let noise: Vec<f32> =
                    noisy(&signal, snr_db).iter().zip(&signal).map(|(a, b)| a - b).collect();
                let measured = 10.0 * (mean_power(&signal) / mean_power(&noise)).log10();
                assert!((measured - snr_db).abs() < 0.01, "{n_samples} samples, {snr_db} dB: {measured}");
            }
        }
    }

    #[test]
    fn noise_is_white_and_gaussian() {
        let n = 48_000;
        let noise: Vec<f64> =
            noisy(&vec![1.0; n], 0.0).iter().map(|sample| f64::from(*sample) - 1.0).collect();
        let moment = |power: i32| noise.iter().map(|value| value.powi(power)).sum::<f64>() / n as f64;
        // Standard errors of the moments of n normal numbers: sqrt(1/n), sqrt(15/n), sqrt(96/n); four of each.
        let error = |variance: f64| 4.0 * (variance / n as f64).sqrt();
        assert!(moment(1).abs() < error(1.0));
        assert!(moment(3).abs() < error(15.0));
        assert!((moment(4) - 3.0).abs() < error(96.0));
        for lag in [1, 2, 3, 10, 100] {
            let correlation =
                noise.iter().zip(&noise[lag..]).map(|(a, b)| a * b).sum::<f64>() / (n - lag) as f64;
            assert!(correlation.abs() < error(1.0), "lag {lag}: {correlation}");
        }
    }

    #[test]
    fn silence_stays_silence() {
        let mut silence = [0.0; 100];
        let key = VariantKey { source: &source(), chunk: 0, variant: 1 };
        assert!(!add(&mut silence, 15.0, &mut generator(0, &key), &mut Vec::new()));
        assert_eq!(silence, [0.0; 100]);
    }

    /// What a seed gives is part of what a cache is: a version of the crate that drew otherwise would change it. The words
    /// of the generator are held to their definition in `draw`; these are what the crate made of them.
    #[test]
    fn normal_numbers_are_drawn_as_for_every_cache_before() {
        let key = VariantKey { source: &source(), chunk: 0, variant: 1 };
        let mut generator = generator(0, &key);
        let drawn: [f32; 4] = std::array::from_fn(|_| StandardNormal.sample(&mut generator));
        assert_eq!(drawn, [-0.5639946, 0.37306294, 0.5751599, 1.1378402]);
    }
}
