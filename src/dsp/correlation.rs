//! How alike two sounds are, whatever their level and wherever they begin.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

/// The best match of two sounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The normalised correlation there, -1 to 1: over the time that both share, 1 for equal sounds at any level.
    pub correlation: f32,
    /// Samples by which the second begins later than the first; negative where it begins earlier.
    pub shift: i64,
}

/// Finds the shift of up to `shift_max` samples at which `a` and `b` are most alike.
///
/// The correlation at a shift is `Σ a·b / sqrt(Σ a² · Σ b²)`, each sum over the samples that both have there, so that a
/// trimmed beginning costs nothing. Shifts at which they share less than half of the shorter one do not count, nor do
/// those at which the shared part has less than half of the energy of both sounds: a copy without its beginning is
/// shared as a whole, whatever it lacks, but two endings are alike by chance.
pub fn best_match(a: &[f32], b: &[f32], shift_max: usize) -> Option<Match> {
    let n_short = a.len().min(b.len());
    if n_short == 0 {
        return None;
    }
    let products = cross_correlation(a, b);
    let n = products.len() as i64;
    let (energy_a, energy_b) = (running_energy(a), running_energy(b));
    let (total_a, total_b) = (energy_a[a.len()], energy_b[b.len()]);
    let (len_a, len_b) = (a.len() as i64, b.len() as i64);
    let shift_max = shift_max as i64;
    let mut best: Option<Match> = None;
    for shift in -shift_max.min(len_b - 1)..=shift_max.min(len_a - 1) {
        let (start, end) = (shift.max(0), len_a.min(len_b + shift));
        if 2 * (end - start) < n_short as i64 {
            continue;
        }
        let in_a = energy_a[end as usize] - energy_a[start as usize];
        let in_b = energy_b[(end - shift) as usize] - energy_b[(start - shift) as usize];
        if (2.0 * in_a < total_a && 2.0 * in_b < total_b) || in_a <= 0.0 || in_b <= 0.0 {
            continue;
        }
        let product = products[shift.rem_euclid(n) as usize];
        let correlation = (f64::from(product) / (in_a * in_b).sqrt()) as f32;
        if best.is_none_or(|best| correlation > best.correlation) {
            best = Some(Match { correlation, shift });
        }
    }
    best
}

/// `Σ a[n + shift]·b[n]` for every shift, negative ones counted from the end, through a Fourier transform.
fn cross_correlation(a: &[f32], b: &[f32]) -> Vec<f32> {
    let n = (a.len() + b.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
    let transform = |samples: &[f32]| {
        let mut padded = vec![0.0; n];
        padded[..samples.len()].copy_from_slice(samples);
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut padded, &mut spectrum).expect("both buffers were made for this transform");
        spectrum
    };
    let mut product: Vec<Complex32> =
        transform(a).iter().zip(&transform(b)).map(|(a, b)| a * b.conj() / n as f32).collect();
    // Rounding leaves an imaginary part where a real signal has none.
    product[0].im = 0.0;
    product[n / 2].im = 0.0;
    let mut correlation = inverse.make_output_vec();
    inverse.process(&mut product, &mut correlation).expect("both buffers were made for this transform");
    correlation
}

/// The energy of the first `i` samples, for `i` from 0 to all.
fn running_energy(samples: &[f32]) -> Vec<f64> {
    let mut sum = 0.0;
    let energies = samples.iter().map(|sample| {
        sum += f64::from(*sample) * f64::from(*sample);
        sum
    });
    std::iter::once(0.0).chain(energies).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern: a multiplicative congruential generator (Lehmer, 1949).
    fn noise(seed: u64, n_samples: usize) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state * 48_271 % 2_147_483_647;
            state as f32 / 1_073_741_823.5 - 1.0
        };
        (0..n_samples).map(next).collect()
    }

    #[test]
    fn a_trimmed_and_quieter_copy_correlates_at_its_shift() {
        let sound = noise(7, 3000);
        let copy: Vec<f32> = sound[130..].iter().map(|sample| sample * -0.25).collect();
        let inverted: Vec<f32> = copy.iter().map(|sample| -sample).collect();
        let found = best_match(&sound, &inverted, 500).unwrap();
        assert_eq!(found.shift, 130);
        assert!((found.correlation - 1.0).abs() < 1e-4, "{found:?}");
        assert_eq!(best_match(&inverted, &sound, 500).unwrap().shift, -130);
        assert!(best_match(&sound, &noise(8, 3000), 500).unwrap().correlation < 0.15);
    }

    #[test]
    fn silence_matches_nothing() {
        assert_eq!(best_match(&[0.0; 100], &[0.0; 100], 10), None);
        assert_eq!(best_match(&[], &[1.0], 10), None);
    }
}
