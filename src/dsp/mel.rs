//! The mel scale and its triangular filters.

use std::ops::Range;

use ndarray::Array2;

/// Mel of a frequency in Hz on the HTK scale: 2595 log10(1 + f/700) (O'Shaughnessy, "Speech Communication", 1987).
pub fn mel_from_hz(frequency_hz: f64) -> f64 {
    2595.0 * (1.0 + frequency_hz / 700.0).log10()
}

/// Frequency in Hz of a mel; the inverse of [`mel_from_hz`].
pub fn hz_from_mel(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// Triangular filters, equally spaced in mel from 0 to half the sample rate, each with its peak of 1 at its centre.
///
/// With `n_mels + 2` edges `e`, band `b` rises from `e[b]` to its centre `e[b + 1]` and falls to `e[b + 2]`. Between
/// two neighbouring edges (a *segment*) only two bands are not zero: one rises, the one below it falls. That is how
/// the filters are stored and applied: two weights a bin.
#[derive(Debug, Clone)]
pub struct MelFilters {
    edges_hz: Vec<f64>,
    bin_hz: f64,
    rise: Vec<f32>,
    fall: Vec<f32>,
    segments: Vec<Range<usize>>,
    weight_sums: Vec<f64>,
}

/// The frequency, in Hz, of an edge of `n_mels` triangles: band b reaches from edge b over b + 1, its centre, to b + 2.
pub(super) fn edge_hz(sample_rate_hz: u32, n_mels: usize, edge: usize) -> f64 {
    let nyquist_hz = f64::from(sample_rate_hz) / 2.0;
    // The last edge is exact.
    if edge > n_mels {
        return nyquist_hz;
    }
    hz_from_mel(mel_from_hz(nyquist_hz) * edge as f64 / (n_mels + 1) as f64)
}

impl MelFilters {
    /// The filters over the `n_fft / 2 + 1` bins of an FFT.
    pub fn new(sample_rate_hz: u32, n_fft: usize, n_mels: usize) -> Self {
        let edges_hz = (0..n_mels + 2).map(|edge| edge_hz(sample_rate_hz, n_mels, edge)).collect();
        let bin_hz = f64::from(sample_rate_hz) / n_fft as f64;
        let n_bins = n_fft / 2 + 1;
        let mut filters = Self {
            edges_hz,
            bin_hz,
            rise: Vec::with_capacity(n_bins),
            fall: Vec::with_capacity(n_bins),
            segments: Vec::with_capacity(n_mels + 1),
            weight_sums: vec![0.0; n_mels],
        };
        for segment in 0..=n_mels {
            let (left_hz, right_hz) = (filters.edges_hz[segment], filters.edges_hz[segment + 1]);
            let first = filters.rise.len();
            for bin in first..n_bins {
                let bin_hz = bin as f64 * bin_hz;
                // The last bin is the last edge itself, where every triangle has come down to zero.
                if bin_hz >= right_hz && segment < n_mels {
                    break;
                }
                let rise = ((bin_hz - left_hz) / (right_hz - left_hz)).clamp(0.0, 1.0);
                let fall = 1.0 - rise;
                // Below the first centre nothing falls, above the last nothing rises.
                filters.rise.push(if segment < n_mels { rise as f32 } else { 0.0 });
                filters.fall.push(if segment > 0 { fall as f32 } else { 0.0 });
                if segment < n_mels {
                    filters.weight_sums[segment] += rise;
                }
                if segment > 0 {
                    filters.weight_sums[segment - 1] += fall;
                }
            }
            filters.segments.push(first..filters.rise.len());
        }
        filters
    }

    /// Number of bands.
    pub fn n_mels(&self) -> usize {
        self.weight_sums.len()
    }

    /// Number of FFT bins.
    pub fn n_bins(&self) -> usize {
        self.rise.len()
    }

    /// The lower edge of the band's triangle, in Hz.
    pub fn lower_hz(&self, band: usize) -> f64 {
        self.edges_hz[band]
    }

    /// The peak of the band's triangle, in Hz.
    pub fn centre_hz(&self, band: usize) -> f64 {
        self.edges_hz[band + 1]
    }

    /// The upper edge of the band's triangle, in Hz.
    pub fn upper_hz(&self, band: usize) -> f64 {
        self.edges_hz[band + 2]
    }

    /// Frequency of an FFT bin, in Hz.
    pub fn bin_hz(&self, bin: usize) -> f64 {
        bin as f64 * self.bin_hz
    }

    /// Sum of a band's weights over all bins; 0 for an empty band.
    pub fn weight_sum(&self, band: usize) -> f64 {
        self.weight_sums[band]
    }

    /// True when no bin falls into the band's triangle, so that the band is silent whatever the sound.
    pub fn is_empty(&self, band: usize) -> bool {
        self.weight_sums[band] == 0.0
    }

    /// The number of empty bands: `n_fft` is too short for this many bands.
    pub fn n_empty(&self) -> usize {
        (0..self.n_mels()).filter(|&band| self.is_empty(band)).count()
    }

    /// The weight of an FFT bin in a band; 0 outside of its triangle, and of the spectrum.
    pub fn weight(&self, band: usize, bin: usize) -> f64 {
        let is_in = |segment: usize| self.segments[segment].contains(&bin);
        match () {
            () if is_in(band) => f64::from(self.rise[bin]),
            () if is_in(band + 1) => f64::from(self.fall[bin]),
            () => 0.0,
        }
    }

    /// All weights as a matrix, `[bins, n_mels]`.
    pub fn to_matrix(&self) -> Array2<f32> {
        let mut matrix = Array2::zeros((self.n_bins(), self.n_mels()));
        for (segment, bins) in self.segments.iter().enumerate() {
            for bin in bins.clone() {
                if segment < self.n_mels() {
                    matrix[[bin, segment]] = self.rise[bin];
                }
                if segment > 0 {
                    matrix[[bin, segment - 1]] = self.fall[bin];
                }
            }
        }
        matrix
    }

    /// Per segment the bins in it; segment `s` lies between edges `s` and `s + 1`.
    pub(super) fn segments(&self) -> &[Range<usize>] {
        &self.segments
    }

    /// Per bin the weight in the band that rises there.
    pub(super) fn rise(&self) -> &[f32] {
        &self.rise
    }

    /// Per bin the weight in the band that falls there, one below the one that rises.
    pub(super) fn fall(&self) -> &[f32] {
        &self.fall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_its_defining_points_and_inverts() {
        assert_eq!(mel_from_hz(0.0), 0.0);
        // 700 Hz doubles the argument of the logarithm.
        assert!((mel_from_hz(700.0) - 2595.0 * 2f64.log10()).abs() < 1e-12);
        for frequency_hz in [0.0, 20.0, 440.0, 24_000.0, 384_000.0] {
            assert!((hz_from_mel(mel_from_hz(frequency_hz)) - frequency_hz).abs() < 1e-9 * 384_000.0);
        }
    }

    #[test]
    fn every_weight_follows_from_the_edges() {
        for (rate_hz, n_fft, n_mels) in
            [(48_000, 2048, 128), (44_100, 1000, 500), (1000, 32, 1), (8000, 32, 16)]
        {
            let filters = MelFilters::new(rate_hz, n_fft, n_mels);
            let matrix = filters.to_matrix();
            assert_eq!(matrix.dim(), (n_fft / 2 + 1, n_mels));
            for ((bin, band), &weight) in matrix.indexed_iter() {
                let f = bin as f64 * f64::from(rate_hz) / n_fft as f64;
                let up = (f - filters.lower_hz(band)) / (filters.centre_hz(band) - filters.lower_hz(band));
                let down = (filters.upper_hz(band) - f) / (filters.upper_hz(band) - filters.centre_hz(band));
                assert!((f64::from(weight) - up.min(down).max(0.0)).abs() < 1e-6, "bin {bin} band {band}");
            }
            let empty = (0..n_mels).filter(|&band| matrix.column(band).iter().all(|&weight| weight == 0.0));
            assert_eq!(empty.count(), filters.n_empty());
        }
    }

    #[test]
    fn too_many_bands_for_the_fft_leave_empty_ones() {
        assert_eq!(MelFilters::new(48_000, 256, 128).n_empty(), 29);
        assert_eq!(MelFilters::new(48_000, 2048, 64).n_empty(), 0);
    }
}
