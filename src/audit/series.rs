//! A measurement along a recording of any length, in constant memory.

/// Values at equal intervals; when there are too many, every second one is forgotten and the interval doubles.
#[derive(Debug, Clone)]
pub(super) struct Series {
    values: Vec<f32>,
    stride: usize,
    n_seen: usize,
}

/// Values kept: quantiles of as many are exact to a fifth of a percent.
const VALUES_MAX: usize = 512;

impl Default for Series {
    fn default() -> Self {
        Self { values: Vec::new(), stride: 1, n_seen: 0 }
    }
}

impl Series {
    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        (self.stride, self.n_seen) = (1, 0);
    }

    pub(super) fn push(&mut self, value: f32) {
        if self.n_seen.is_multiple_of(self.stride) {
            if self.values.len() == VALUES_MAX {
                let mut index = 0;
                self.values.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.n_seen.is_multiple_of(self.stride) {
                self.values.push(value);
            }
        }
        self.n_seen += 1;
    }

    /// The value that the share `q` of all values does not exceed; `None` without values.
    pub(super) fn quantile(&self, q: f64) -> Option<f32> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted.get((q * sorted.len().saturating_sub(1) as f64).round() as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hold_however_long_the_series_is() {
        for n in [1, 5, 511, 512, 513, 100_000] {
            let mut series = Series::default();
            for value in 0..n {
                series.push(value as f32);
            }
            assert!(series.values.len() <= VALUES_MAX);
            for q in [0.0, 0.1, 0.5] {
                let (found, exact) = (series.quantile(q).unwrap(), q * f64::from(n - 1));
                assert!(
                    (f64::from(found) - exact).abs() <= (f64::from(n) / 200.0).max(0.5),
                    "{n} {q} {found}"
                );
            }
        }
        assert_eq!(Series::default().quantile(0.5), None);
    }
}
