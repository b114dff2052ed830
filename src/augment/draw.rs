//! The draw of a variant: the same for the same seed, source, chunk and number, on every machine.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::applied::Applied;
use crate::path_text::RelPath;
use crate::settings::AugmentationSettings;

/// Separates these hashes from any other use of the same bytes.
const CONTEXT: &str = "melscope 1 augmentation of a chunk";

/// The key of a variant: which one of which chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariantKey<'a> {
    /// The source's path in the dataset.
    pub source: &'a RelPath,
    /// Number of the chunk in the source, from 0.
    pub chunk: u32,
    /// Number of the variant, from 1: 0 is the original.
    pub variant: u32,
}

/// The random numbers of one variant.
///
/// `ChaCha` with 8 rounds in counter mode: its output is laid down by its definition, not by a version of a crate. The
/// key is a hash of what the variant is, so that no variant's numbers depend on how many others were drawn.
pub(super) fn generator(seed: u64, key: &VariantKey<'_>) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&seed.to_le_bytes());
    hasher.update(&key.chunk.to_le_bytes());
    hasher.update(&key.variant.to_le_bytes());
    // Last, because it is the only part without a fixed length.
    hasher.update(key.source.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// Draws what is done to a variant.
///
/// Every number is drawn whether it is used or not: another probability changes what it says itself and nothing else.
pub(super) fn draw(settings: &AugmentationSettings, generator: &mut ChaCha8Rng) -> Applied {
    let [pitch, semitones, speed, factor, noise, snr_db, volume, gain] =
        std::array::from_fn(|_| generator.random::<f64>());
    let between = |[low, high]: [f64; 2], share: f64| (low + share * (high - low)).clamp(low, high);
    let factors = &settings.speed_factors;
    let factor = factors.get((factor * factors.len() as f64) as usize).or(factors.last());
    Applied {
        semitones: (pitch < settings.pitch_probability).then(|| between(settings.semitones, semitones)),
        speed: factor.copied().filter(|_| speed < settings.speed_probability),
        snr_db: (noise < settings.noise_probability).then(|| between(settings.snr_db, snr_db)),
        gain: (volume < settings.volume_probability).then(|| between(settings.gain, gain)),
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    const N_DRAWS: u32 = 10_000;

    fn draws(settings: &AugmentationSettings) -> Vec<Applied> {
        let source = RelPath::new("drums/kick.wav");
        let key = |variant| VariantKey { source: &source, chunk: 7, variant };
        (1..=N_DRAWS).map(|variant| draw(settings, &mut generator(42, &key(variant)))).collect()
    }

    fn is_within_four_standard_errors(n_hits: usize, n: usize, probability: f64) -> bool {
        let error = (probability * (1.0 - probability) / n as f64).sqrt();
        (n_hits as f64 / n as f64 - probability).abs() <= 4.0 * error
    }

    /// Kolmogorov-Smirnov: sqrt(n) times the largest distance between the empirical and the uniform distribution
    /// exceeds 1.95 with a probability of 0.001.
    fn is_uniform(mut values: Vec<f64>, [low, high]: [f64; 2]) -> bool {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let distance = values.iter().enumerate().map(|(i, value)| {
            let expected = (value - low) / (high - low);
            (expected - i as f64 / n).abs().max((expected - (i + 1) as f64 / n).abs())
        });
        distance.fold(0.0, f64::max) * n.sqrt() <= 1.95
    }

    #[test]
    fn each_change_comes_as_often_as_its_probability_says() {
        let settings = AugmentationSettings {
            pitch_probability: 0.5,
            speed_probability: 0.25,
            noise_probability: 0.3,
            volume_probability: 0.9,
            ..AugmentationSettings::default()
        };
        let drawn = draws(&settings);
        let share = |is_drawn: fn(&Applied) -> bool, probability| {
            is_within_four_standard_errors(
                drawn.iter().filter(|a| is_drawn(a)).count(),
                drawn.len(),
                probability,
            )
        };
        assert!(share(|a| a.semitones.is_some(), 0.5));
        assert!(share(|a| a.speed.is_some(), 0.25));
        assert!(share(|a| a.snr_db.is_some(), 0.3));
        assert!(share(|a| a.gain.is_some(), 0.9));
        // Independent: two of them come together as often as the product says.
        assert!(share(|a| a.semitones.is_some() && a.speed.is_some(), 0.125));
        assert!(share(|a| a.snr_db.is_some() && a.gain.is_some(), 0.27));
    }

    #[test]
    fn what_is_drawn_is_uniform_in_its_range() {
        let settings = AugmentationSettings {
            pitch_probability: 1.0,
            speed_probability: 1.0,
            noise_probability: 1.0,
            volume_probability: 1.0,
            ..AugmentationSettings::default()
        };
        let drawn = draws(&settings);
        let values = |value: fn(&Applied) -> Option<f64>| drawn.iter().filter_map(value).collect::<Vec<_>>();
        assert_eq!(values(|a| a.semitones).len(), N_DRAWS as usize);
        assert!(is_uniform(values(|a| a.semitones), settings.semitones));
        assert!(is_uniform(values(|a| a.snr_db), settings.snr_db));
        assert!(is_uniform(values(|a| a.gain), settings.gain));
        let speeds = values(|a| a.speed);
        for (factor, probability) in
            [(0.9, 1.0 / 6.0), (0.95, 1.0 / 6.0), (1.0, 2.0 / 6.0), (1.05, 1.0 / 6.0), (1.1, 1.0 / 6.0)]
        {
            let n_hits = speeds.iter().filter(|speed| **speed == factor).count();
            assert!(is_within_four_standard_errors(n_hits, speeds.len(), probability), "{factor}: {n_hits}");
        }
    }

    #[test]
    fn probabilities_of_nothing_and_all_are_kept_exactly() {
        let with = |probability| AugmentationSettings {
            pitch_probability: probability,
            speed_probability: probability,
            noise_probability: probability,
            volume_probability: probability,
            ..AugmentationSettings::default()
        };
        assert!(draws(&with(0.0)).iter().all(|applied| *applied == Applied::default()));
        assert!(draws(&with(1.0)).iter().all(|a| {
            a.semitones.is_some() && a.speed.is_some() && a.snr_db.is_some() && a.gain.is_some()
        }));
    }

    #[test]
    fn every_part_of_the_key_and_the_seed_counts() {
        let (kick, snare) = (RelPath::new("kick.wav"), RelPath::new("snare.wav"));
        let first =
            |seed, source, chunk, variant| generator(seed, &VariantKey { source, chunk, variant }).next_u64();
        let reference = first(1, &kick, 2, 3);
        assert_eq!(first(1, &kick, 2, 3), reference);
        for other in
            [first(2, &kick, 2, 3), first(1, &snare, 2, 3), first(1, &kick, 3, 3), first(1, &kick, 2, 4)]
        {
            assert_ne!(other, reference);
        }
    }

    /// What a seed gives is part of what a cache is. `tests/data/augment/draw.py` computes it from the definitions.
    #[test]
    fn a_variant_is_drawn_as_it_was_for_every_cache_before() {
        let source = RelPath::new("drums/kick.wav");
        let key = VariantKey { source: &source, chunk: 7, variant: 3 };
        assert_eq!(generator(42, &key).next_u64(), 0x3d8e_1a79_f51d_9716);
        let applied = draw(&AugmentationSettings::default(), &mut generator(42, &key));
        let expected = Applied {
            semitones: Some(-1.1731251437054704),
            speed: Some(1.05),
            snr_db: None,
            gain: Some(1.000947100901683),
        };
        assert_eq!(applied, expected);
    }

    #[test]
    fn one_probability_moves_no_other_draw() {
        let settings = AugmentationSettings::default();
        let without = AugmentationSettings { pitch_probability: 0.0, ..settings.clone() };
        for (with, without) in draws(&settings).iter().zip(draws(&without)) {
            assert_eq!(Applied { semitones: None, ..*with }, without);
        }
    }

    #[test]
    fn what_was_done_is_said_in_words() {
        let applied = Applied { semitones: Some(1.27), speed: Some(1.0), snr_db: Some(22.4), gain: None };
        assert_eq!(applied.to_string(), "+1.3 semitones, noise at 22 dB");
        let applied = Applied { semitones: Some(-0.5), speed: Some(0.95), snr_db: None, gain: Some(0.8149) };
        assert_eq!(applied.to_string(), "-0.5 semitones, speed 0.95×, volume 0.81×");
        assert_eq!(Applied::default().to_string(), "unchanged");
    }
}
