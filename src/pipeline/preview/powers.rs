//! Counts of mel powers, which tell the masked share of any threshold without reading the tensors again.

use std::ops::Range;

/// Bits of an f32 that a bucket does not tell apart: each octave of power has 2^7 buckets, at most 0.034 dB wide.
const FINE_BITS: u32 = 16;

/// Buckets from 0 to the largest finite f32.
const N_BUCKETS: usize = (f32::INFINITY.to_bits() >> FINE_BITS) as usize;

/// Counts of mel powers in narrow buckets, exact zeros apart. It has the same size whatever was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerCounts {
    n_zero: u64,
    n_values: u64,
    buckets: Vec<u64>,
}

/// Mel powers in bins of equal width in decibels.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerHistogram {
    /// Values that are exactly 0, which no logarithmic axis has a place for.
    pub n_zero: u64,
    /// Mel power from the lower edge of the first bin to the upper edge of the last.
    pub range: Range<f32>,
    /// Values in each bin.
    pub bins: Vec<u64>,
}

impl Default for PowerCounts {
    fn default() -> Self {
        Self { n_zero: 0, n_values: 0, buckets: vec![0; N_BUCKETS] }
    }
}

impl PowerCounts {
    /// Counts `mel_power`: finite and not negative.
    pub fn add(&mut self, mel_power: &[f32]) {
        self.n_values += mel_power.len() as u64;
        for &power in mel_power {
            if power == 0.0 {
                self.n_zero += 1;
            } else {
                self.buckets[bucket_of(power)] += 1;
            }
        }
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.n_zero += other.n_zero;
        self.n_values += other.n_values;
        for (own, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += more;
        }
    }

    /// Values counted.
    pub fn n_values(&self) -> u64 {
        self.n_values
    }

    /// The share, 0 to 1, of values below `threshold`, compared as f32 like the engine's mask does. The values of the
    /// one bucket that the threshold lies in are taken as evenly spread. 0 where nothing was counted.
    pub fn masked_share(&self, threshold: f64) -> f64 {
        let threshold = threshold as f32;
        if self.n_values == 0 || threshold <= 0.0 {
            return 0.0;
        }
        let at = bucket_of(threshold);
        let below: u64 = self.n_zero + self.buckets[..at].iter().sum::<u64>();
        let edge = f64::from(lower_edge(at));
        let width = f64::from(lower_edge(at + 1)) - edge;
        let within = ((f64::from(threshold) - edge) / width).clamp(0.0, 1.0);
        (below as f64 + within * self.buckets[at] as f64) / self.n_values as f64
    }

    /// From just below the least power that is not 0 to just above the largest; `None` where there is none.
    pub fn power_range(&self) -> Option<Range<f32>> {
        let first = self.buckets.iter().position(|&count| count > 0)?;
        let last = self.buckets.iter().rposition(|&count| count > 0)?;
        Some(lower_edge(first).max(f32::MIN_POSITIVE)..lower_edge(last + 1))
    }

    /// The values in `n_bins` bins (at least 1) that are equally wide in decibels over `range` of power (positive, not
    /// empty). A value outside of it counts in the nearest bin; one nearer than 0.034 dB to an edge may count beside it.
    pub fn histogram(&self, range: Range<f32>, n_bins: usize) -> PowerHistogram {
        let mut bins = vec![0; n_bins.max(1)];
        let (low, high) = (range.start.ln(), range.end.ln());
        let per_log = bins.len() as f32 / (high - low);
        let last = bins.len() - 1;
        for (bucket, &count) in self.buckets.iter().enumerate().filter(|(_, count)| **count > 0) {
            let middle = f32::midpoint(lower_edge(bucket), lower_edge(bucket + 1));
            // A float below 0 becomes 0 by the cast.
            let bin = ((middle.ln() - low) * per_log) as usize;
            bins[bin.min(last)] += count;
        }
        PowerHistogram { n_zero: self.n_zero, range, bins }
    }
}

/// The bits of a float that is not negative are in the order of its values.
fn bucket_of(power: f32) -> usize {
    ((power.abs().to_bits() >> FINE_BITS) as usize).min(N_BUCKETS - 1)
}

fn lower_edge(bucket: usize) -> f32 {
    f32::from_bits((bucket as u32) << FINE_BITS).min(f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(powers: &[f32]) -> PowerCounts {
        let mut counts = PowerCounts::default();
        counts.add(powers);
        counts
    }

    #[test]
    fn the_share_is_strict_and_a_threshold_of_zero_is_off() {
        let counts = counts(&[0.0, 0.0, 1.0, 4.0]);
        // Powers of two lie on the edges of buckets, where the share is exact.
        for (threshold, share) in [(0.0, 0.0), (1e-30, 0.5), (1.0, 0.5), (2.0, 0.75), (4.0, 0.75), (8.0, 1.0)]
        {
            assert_eq!(counts.masked_share(threshold), share, "{threshold}");
        }
        assert_eq!(PowerCounts::default().masked_share(1.0), 0.0);
    }

    #[test]
    fn merged_counts_are_those_of_both() {
        let mut merged = counts(&[0.0, 1e-5]);
        merged.merge(&counts(&[3.0]));
        assert_eq!(merged, counts(&[3.0, 0.0, 1e-5]));
    }

    #[test]
    fn bins_are_equally_wide_in_decibels_and_zeros_stand_apart() {
        let counts = counts(&[0.0, 1e-9, 2e-5, 2e-5, 3e-4, 0.5, 700.0]);
        let histogram = counts.histogram(1e-6..1.0, 6);
        assert_eq!(histogram.n_zero, 1);
        // One bin a decade; what lies outside is in the first and the last.
        assert_eq!(histogram.bins, [1, 2, 1, 0, 0, 2]);
        let range = counts.power_range().unwrap();
        assert!(range.start <= 1e-9 && range.end >= 700.0 && range.end < 707.0, "{range:?}");
        assert_eq!(self::counts(&[0.0]).power_range(), None);
    }
}
