//! Eigenvectors of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", 4th ed.,
//! section 8.5): a page of code, for which a library of linear algebra would cost every build seconds.

/// A symmetric matrix of `n` rows, row by row.
pub(super) struct Symmetric {
    pub(super) n: usize,
    pub(super) values: Vec<f64>,
}

/// Sweeps at most; a matrix of a hundred rows needs about eight.
const SWEEPS_MAX: usize = 40;

impl Symmetric {
    fn off_diagonal(&self) -> f64 {
        let off = |(place, value): (usize, &f64)| {
            if place / self.n == place % self.n { 0.0 } else { value * value }
        };
        self.values.iter().enumerate().map(off).sum()
    }

    /// The eigenvalues, the largest first, each with its eigenvector of length 1, whose largest component is positive.
    pub(super) fn eigen(mut self) -> Vec<(f64, Vec<f64>)> {
        let n = self.n;
        let mut vectors = vec![0.0; n * n];
        (0..n).for_each(|row| vectors[row * n + row] = 1.0);
        let whole: f64 = self.values.iter().map(|value| value * value).sum();
        for _ in 0..SWEEPS_MAX {
            if self.off_diagonal() <= whole * 1e-20 {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    self.rotate(p, q, &mut vectors);
                }
            }
        }
        let mut eigen: Vec<(f64, Vec<f64>)> = (0..n)
            .map(|column| {
                let vector: Vec<f64> = (0..n).map(|row| vectors[row * n + column]).collect();
                let largest =
                    vector.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
                let sign = if largest < 0.0 { -1.0 } else { 1.0 };
                (self.values[column * n + column], vector.into_iter().map(|value| sign * value).collect())
            })
            .collect();
        eigen.sort_by(|a, b| b.0.total_cmp(&a.0));
        eigen
    }

    /// Turns rows and columns `p` and `q` so that their element becomes zero.
    fn rotate(&mut self, p: usize, q: usize, vectors: &mut [f64]) {
        let n = self.n;
        let off = self.values[p * n + q];
        if off == 0.0 {
            return;
        }
        let theta = (self.values[q * n + q] - self.values[p * n + p]) / (2.0 * off);
        let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
        let cosine = 1.0 / tangent.hypot(1.0);
        let sine = tangent * cosine;
        let turn = |values: &mut [f64], a: usize, b: usize| {
            let (x, y) = (values[a], values[b]);
            values[a] = cosine * x - sine * y;
            values[b] = sine * x + cosine * y;
        };
        for k in 0..n {
            turn(&mut self.values, k * n + p, k * n + q);
        }
        for k in 0..n {
            turn(&mut self.values, p * n + k, q * n + k);
        }
        for k in 0..n {
            turn(vectors, k * n + p, k * n + q);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_the_sum_of_what_it_is_taken_apart_into() {
        let n = 12;
        let values: Vec<f64> = (0..n * n)
            .map(|place| {
                let (row, column) = (place / n, place % n);
                ((row * column + row + column) as f64 * 0.37).sin() + if row == column { 3.0 } else { 0.0 }
            })
            .collect();
        let eigen = Symmetric { n, values: values.clone() }.eigen();
        assert!(eigen.is_sorted_by(|a, b| a.0 >= b.0));
        for (place, value) in values.iter().enumerate() {
            let (row, column) = (place / n, place % n);
            let sum: f64 = eigen.iter().map(|(scale, vector)| scale * vector[row] * vector[column]).sum();
            assert!((sum - value).abs() < 1e-9, "{row} {column}: {sum} is not {value}");
        }
    }

    #[test]
    fn a_diagonal_matrix_is_taken_apart_already() {
        let eigen = Symmetric { n: 2, values: vec![1.0, 0.0, 0.0, 4.0] }.eigen();
        assert_eq!(eigen, [(4.0, vec![0.0, 1.0]), (1.0, vec![1.0, 0.0])]);
    }
}
