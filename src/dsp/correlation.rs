//! The correlation of two sounds, whatever their level and wherever they begin.

use std::{fmt, mem};

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

/// Bands that are compared.
const N_BANDS: usize = 7;

/// Their borders, as shares of the sample rate: octaves, up to where resampling begins to attenuate.
const BAND_BORDERS: [f32; N_BANDS + 1] =
    [0.0, 1.0 / 128.0, 1.0 / 64.0, 1.0 / 32.0, 1.0 / 16.0, 1.0 / 8.0, 1.0 / 4.0, 0.42];

/// Bands below this share of the strongest one's energy (-50 dB) do not count: a codec may leave them out. Two strokes of a
/// drum may differ only in octaves 40 dB below its skin; MP3 of 128 kbit/s keeps these.
const BAND_ENERGY_MIN: f32 = 1e-5;

/// The product of a band's width and the shared time from which the band is judged: in less there is only one shape that
/// a sound can have.
const BAND_PERIODS_MIN: f32 = 4.0;

/// Samples over which the shared part is faded in and out before its octaves are compared: a cut amid a loud sound would
/// spread over the faint ones.
const FADE_SAMPLES: usize = 64;

/// Two sounds whose samples correlate by less than this at every shift are not compared further. Where the octaves of two
/// recordings of `sonic-pi-samples` correlate by 0.95 in the mean, the whole does by 0.93 and more.
const ALIKE_MIN: f64 = 0.8;

/// Fewer shared samples than these have not even one period of the lowest octave.
const SHARED_SAMPLES_MIN: usize = 128;

/// Steps within one sample at which bands are compared: two copies at another rate begin between two samples.
const STEPS_PER_SAMPLE: i32 = 8;

/// Samples over which a sound is made equally loud: more than a period of the lowest tone at 11 kHz.
const FLAT_SAMPLES: usize = 512;

/// The best match of two sounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The mean over octaves of the correlation in each, 1 for equal sounds at any level, where each octave that has no
    /// sound lacks as much as the others do in the mean. Two strokes of one drum share their lowest octave and differ
    /// above it.
    pub correlation: f32,
    /// Samples by which the second begins later than the first; negative where it begins earlier.
    pub shift: i64,
}

/// Compares sounds. The plans of its transforms and its buffers are kept.
#[derive(Default)]
pub struct Correlator {
    transforms: Transforms,
    flat: [Vec<f32>; 2],
    faded: Vec<f32>,
    energies: [Vec<f64>; 2],
    spectra: [Vec<Complex32>; 2],
    products: Vec<Complex32>,
    by_half_sample: Vec<f32>,
}

impl fmt::Debug for Correlator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correlator").finish_non_exhaustive()
    }
}

impl Correlator {
    /// Compares `a` and `b` at the shift of up to `shift_max` samples at which they are most alike; `None` where they are
    /// not alike at any.
    ///
    /// Only the time that both share counts, so that a trimmed beginning costs nothing. Shifts at which they share less
    /// than half of the shorter one are no match, nor are those at which the shared part has less than half of the
    /// energy of both sounds: a copy without its beginning is shared as a whole, but two endings are alike by chance.
    pub fn compare(&mut self, a: &[f32], b: &[f32], shift_max: usize) -> Option<Match> {
        let as_they_are = self.compare_as(a, b, [a, b], shift_max as i64);
        // As they are, and with every moment equally loud: the first finds a common stroke, the second what follows it
        // in a copy that has lost the stroke. The better of both is right.
        let mut flat = mem::take(&mut self.flat);
        for (flat, sound) in flat.iter_mut().zip([a, b]) {
            running_energy(sound, &mut self.energies[0]);
            flatten(sound, &self.energies[0], flat);
        }
        let equally_loud = self.compare_as(a, b, [&flat[0], &flat[1]], shift_max as i64);
        self.flat = flat;
        as_they_are.into_iter().chain(equally_loud).max_by(|a, b| a.correlation.total_cmp(&b.correlation))
    }

    /// The shift in samples at which `a` and `b` correlate best, and the correlation of what they share there, whatever it
    /// is; `None` where they are too short. At least half of the shorter one is shared, with half of the energy of either.
    pub fn best_shift_of(&mut self, a: &[f32], b: &[f32]) -> Option<(i64, f64)> {
        self.best_shift([a, b], a.len().max(b.len()) as i64)
    }

    /// Compares `a` and `b` where their forms `aligned` are most alike.
    fn compare_as(&mut self, a: &[f32], b: &[f32], aligned: [&[f32]; 2], shift_max: i64) -> Option<Match> {
        let (shift, alike) = self.best_shift(aligned, shift_max)?;
        if alike < ALIKE_MIN {
            return None;
        }
        let (start, end) = shared(a, b, shift);
        let parts = [&a[start..end], &b[place(start, shift)..place(end, shift)]];
        Some(Match { correlation: self.band_correlation(parts)?, shift })
    }

    /// The shift with the largest `Σ a·b / sqrt(Σ a² · Σ b²)`, each sum over the samples that both have there, and how
    /// large that is.
    ///
    /// Shifts by half samples are looked at too, and rounded down: what rings high may correlate better a whole period
    /// off than half a sample beside its place.
    fn best_shift(&mut self, [a, b]: [&[f32]; 2], shift_max: i64) -> Option<(i64, f64)> {
        let n_shared_min = SHARED_SAMPLES_MIN.max(a.len().min(b.len()).div_ceil(2));
        let n = (a.len() + b.len()).next_power_of_two().max(2);
        self.cross_correlate(a, b, n);
        let [energy_a, energy_b] = &mut self.energies;
        running_energy(a, energy_a);
        running_energy(b, energy_b);
        let (total_a, total_b) = (energy_a[a.len()], energy_b[b.len()]);
        let correlation_at = |shift: i64| {
            let (start, end) = shared(a, b, shift);
            if end - start < n_shared_min {
                return None;
            }
            let in_a = energy_a[end] - energy_a[start];
            let in_b = energy_b[place(end, shift)] - energy_b[place(start, shift)];
            let is_judged = (2.0 * in_a >= total_a || 2.0 * in_b >= total_b) && in_a > 0.0 && in_b > 0.0;
            let product =
                |half_samples: i64| self.by_half_sample[half_samples.rem_euclid(2 * n as i64) as usize];
            let best = product(2 * shift).max(product(2 * shift + 1));
            is_judged.then(|| f64::from(best) / (in_a * in_b).sqrt())
        };
        let shifts = -shift_max.min(b.len() as i64 - 1)..=shift_max.min(a.len() as i64 - 1);
        let judged = shifts.filter_map(|shift| Some((shift, correlation_at(shift)?)));
        judged.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// `Σ a[m + shift]·b[m]` for every shift in half samples, negative ones counted from the end of `2 * n`.
    fn cross_correlate(&mut self, a: &[f32], b: &[f32], n: usize) {
        let [in_a, in_b] = &mut self.spectra;
        self.transforms.forward(a, n, in_a);
        self.transforms.forward(b, n, in_b);
        self.products.clear();
        self.products.extend(in_a.iter().zip(in_b).map(|(a, b)| *a * b.conj() / n as f32));
        // Twice the length with nothing above: the values between the samples are those of the band-limited product.
        self.products[n / 2] /= 2.0;
        self.products.resize(n + 1, Complex32::default());
        self.transforms.inverse(&mut self.products, 2 * n, &mut self.by_half_sample);
    }

    /// The mean correlation over the bands in which both sounds have energy, at the best shift within a sample.
    fn band_correlation(&mut self, parts: [&[f32]; 2]) -> Option<f32> {
        let n = parts[0].len().next_power_of_two().max(256);
        for (part, spectrum) in parts.into_iter().zip(&mut self.spectra) {
            fade(part, &mut self.faded);
            self.transforms.forward(&self.faded, n, spectrum);
        }
        let [a, b] = &self.spectra;
        let bins = |band: usize| {
            let bin = |share: f32| (share * n as f32) as usize;
            bin(BAND_BORDERS[band])..bin(BAND_BORDERS[band + 1])
        };
        let energy = |spectrum: &[Complex32], band| -> f32 {
            spectrum[bins(band)].iter().map(Complex32::norm_sqr).sum()
        };
        let energies: [(f32, f32); N_BANDS] = std::array::from_fn(|band| (energy(a, band), energy(b, band)));
        let most =
            energies.iter().fold((0.0f32, 0.0f32), |most, band| (most.0.max(band.0), most.1.max(band.1)));
        let is_judged = |band: &usize| {
            let width = BAND_BORDERS[band + 1] - BAND_BORDERS[*band];
            width * parts[0].len() as f32 >= BAND_PERIODS_MIN
        };
        let is_heard = |band: &usize| {
            let (in_a, in_b) = energies[*band];
            in_a > BAND_ENERGY_MIN * most.0 && in_b > BAND_ENERGY_MIN * most.1
        };
        let n_judged = (0..N_BANDS).filter(is_judged).count();
        let heard = || (0..N_BANDS).filter(is_judged).filter(is_heard);
        let n_heard = heard().count();
        self.products.clear();
        self.products.extend(a.iter().zip(b).take(bins(N_BANDS - 1).end).map(|(a, b)| a * b.conj()));
        let mean_at = |step: i32| {
            let rotor =
                Complex32::cis(std::f32::consts::TAU * step as f32 / (STEPS_PER_SAMPLE as f32 * n as f32));
            let of_band = |band: usize| {
                let mut turn = Complex32::cis(rotor.arg() * bins(band).start as f32);
                let mut sum = 0.0;
                for product in &self.products[bins(band)] {
                    sum += (product * turn).re;
                    turn *= rotor;
                }
                sum / (energies[band].0 * energies[band].1).sqrt()
            };
            heard().map(of_band).sum::<f32>() / n_heard as f32
        };
        let steps = -STEPS_PER_SAMPLE / 2..=STEPS_PER_SAMPLE / 2;
        let mean = if n_heard > 0 { steps.map(mean_at).max_by(f32::total_cmp) } else { None };
        // The fewer bands are heard, the more their agreement is worth nothing: bare low tones are alike by nature.
        mean.map(|mean| 1.0 - (1.0 - mean) * n_judged as f32 / n_heard as f32)
    }
}

/// Fourier transforms of real sounds of any length, with their plans and the room they work in.
struct Transforms {
    planner: RealFftPlanner<f32>,
    samples: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Default for Transforms {
    fn default() -> Self {
        Self { planner: RealFftPlanner::new(), samples: Vec::new(), scratch: Vec::new() }
    }
}

impl Transforms {
    /// The spectrum of `samples`, followed by silence up to `n`.
    fn forward(&mut self, samples: &[f32], n: usize, spectrum: &mut Vec<Complex32>) {
        let plan = self.planner.plan_fft_forward(n);
        self.samples.clear();
        self.samples.extend_from_slice(samples);
        self.samples.resize(n, 0.0);
        self.scratch.resize(plan.get_scratch_len(), Complex32::default());
        spectrum.resize(n / 2 + 1, Complex32::default());
        plan.process_with_scratch(&mut self.samples, spectrum, &mut self.scratch)
            .expect("every buffer has the length of this transform");
    }

    /// `n` real values of their spectrum, which is used up.
    fn inverse(&mut self, spectrum: &mut [Complex32], n: usize, values: &mut Vec<f32>) {
        let plan = self.planner.plan_fft_inverse(n);
        self.scratch.resize(plan.get_scratch_len(), Complex32::default());
        values.resize(n, 0.0);
        // Rounding leaves an imaginary part where a real signal has none.
        for bin in [0, n / 2] {
            spectrum[bin].im = 0.0;
        }
        plan.process_with_scratch(spectrum, values, &mut self.scratch)
            .expect("every buffer has the length of this transform");
    }
}

/// The sound with every moment about equally loud: divided by its level over [`FLAT_SAMPLES`] around each sample.
/// `energy` is its [`running_energy`].
fn flatten(samples: &[f32], energy: &[f64], flat: &mut Vec<f32>) {
    let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    // 60 dB below the peak there is nothing worth raising.
    let floor = f64::from(peak * peak) * 1e-6 + f64::from(f32::MIN_POSITIVE);
    let level = |n: usize| {
        let (start, end) = (n.saturating_sub(FLAT_SAMPLES / 2), (n + FLAT_SAMPLES / 2).min(samples.len()));
        ((energy[end] - energy[start]) / (end - start).max(1) as f64 + floor).sqrt()
    };
    flat.clear();
    flat.extend(samples.iter().enumerate().map(|(n, sample)| sample / level(n) as f32));
}

/// The sound with its ends faded, by a quarter of it at most.
fn fade(samples: &[f32], faded: &mut Vec<f32>) {
    faded.clear();
    faded.extend_from_slice(samples);
    let n_fade = FADE_SAMPLES.min(samples.len() / 4);
    let last = samples.len().saturating_sub(1);
    for n in 0..n_fade {
        let gain = (std::f32::consts::FRAC_PI_2 * (n as f32 + 0.5) / n_fade as f32).sin().powi(2);
        faded[n] *= gain;
        faded[last - n] *= gain;
    }
}

/// The samples of `a` that `b` shares when it begins `shift` later.
fn shared(a: &[f32], b: &[f32], shift: i64) -> (usize, usize) {
    let end = (b.len() as i64 + shift).clamp(0, a.len() as i64);
    (shift.clamp(0, end) as usize, end as usize)
}

/// The place in `b` of a shared place in `a`.
fn place(in_a: usize, shift: i64) -> usize {
    (in_a as i64 - shift) as usize
}

/// The energy of the first `i` samples, for `i` from 0 to all.
fn running_energy(samples: &[f32], energies: &mut Vec<f64>) {
    let mut sum = 0.0;
    energies.clear();
    energies.push(sum);
    energies.extend(samples.iter().map(|sample| {
        sum += f64::from(*sample) * f64::from(*sample);
        sum
    }));
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
        let mut correlator = Correlator::default();
        let sound = noise(7, 3000);
        let copy: Vec<f32> = sound[130..].iter().map(|sample| sample * 0.25).collect();
        let found = correlator.compare(&sound, &copy, 500).unwrap();
        assert_eq!(found.shift, 130);
        assert!((found.correlation - 1.0).abs() < 1e-3, "{found:?}");
        assert_eq!(correlator.compare(&copy, &sound, 500).unwrap().shift, -130);
        assert_eq!(correlator.compare(&sound, &noise(8, 3000), 500), None);
    }

    #[test]
    fn a_common_low_tone_does_not_make_two_sounds_one() {
        let with_tone = |seed| -> Vec<f32> {
            let tone = |n: usize| (std::f32::consts::TAU * n as f32 / 200.0).sin();
            noise(seed, 4000).iter().enumerate().map(|(n, sample)| tone(n) + 0.1 * sample).collect()
        };
        let (a, b) = (with_tone(7), with_tone(8));
        let same: Vec<f32> = a.iter().map(|sample| sample * 0.5).collect();
        let mut correlator = Correlator::default();
        assert!(correlator.compare(&a, &same, 100).unwrap().correlation > 0.99);
        assert!(correlator.compare(&a, &b, 100).unwrap().correlation < 0.6);
        let bare = |turn: f32| -> Vec<f32> { (0..4000).map(|n| (turn * n as f32).sin()).collect() };
        assert!(correlator.compare(&bare(0.03), &bare(0.03), 100).unwrap().correlation > 0.99);
        let detuned = correlator.compare(&bare(0.03), &bare(0.030_2), 100).unwrap();
        assert!(detuned.correlation < 0.95, "{detuned:?}");
    }

    #[test]
    fn silence_matches_nothing() {
        let mut correlator = Correlator::default();
        assert_eq!(correlator.compare(&[0.0; 100], &[0.0; 100], 10), None);
        assert_eq!(correlator.compare(&[], &[1.0], 10), None);
    }
}
