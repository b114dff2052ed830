//! The mean of instantaneous frequencies, each weighted by its mel power: what an overview shows of several places.
//!
//! Taking one of them instead, such as the loudest, draws stripes that are not in the sound: the choice jumps from one pixel
//! to the next.

#![expect(clippy::inline_always, reason = "a loop over it is vectorised only where it is inlined")]

use crate::settings::IfMode;

/// The kind of mean that fits what the values mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// Of advances, where -1 and 1 are the same half turn: the direction of the sum of unit vectors.
    Circular,
    /// Of distances from a band's centre, which have a zero and two ends.
    Plain,
}

/// A weighted sum of values, to be added to others. Of [`Averaging::Circular`] a vector, of [`Averaging::Plain`] the
/// weights and the weighted values.
pub(super) type ValueSum = [f32; 2];

impl Averaging {
    /// The mean of the values of a mode.
    pub fn of(mode: IfMode) -> Self {
        match mode {
            IfMode::Filterbank | IfMode::Power => Self::Circular,
            IfMode::Deviation => Self::Plain,
        }
    }

    /// A single value, -1 to 1, as a sum.
    #[inline(always)]
    pub(super) fn sum_of(self, weight: f32, value: f32) -> ValueSum {
        match self {
            Self::Circular => [weight * cos_of_half_turns(value), weight * sin_of_half_turns(value)],
            Self::Plain => [weight, weight * value],
        }
    }

    /// The mean of what was summed, -1 to 1, and its weight: how much it counts when it is summed further. 0 of nothing.
    pub(super) fn mean_of(self, [a, b]: ValueSum) -> [f32; 2] {
        match self {
            Self::Circular => [b.atan2(a) / std::f32::consts::PI, a.hypot(b)],
            Self::Plain if a > 0.0 => [b / a, a],
            Self::Plain => [0.0; 2],
        }
    }
}

/// sin(π · value) for -1 to 1 by its series, off by less than 2e-4: no branch, so that many are computed at once.
#[inline(always)]
fn sin_of_half_turns(value: f32) -> f32 {
    // The sine is the same at an equal distance from a quarter turn, where the series is best near 0.
    let folded = value.abs().min(1.0 - value.abs()).copysign(value);
    let angle = folded * std::f32::consts::PI;
    let square = angle * angle;
    angle * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0 - square / 5040.0)))
}

#[inline(always)]
fn cos_of_half_turns(value: f32) -> f32 {
    sin_of_half_turns(0.5 - value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(averaging: Averaging, values: &[(f32, f32)]) -> f32 {
        let add = |a: ValueSum, b: ValueSum| [a[0] + b[0], a[1] + b[1]];
        let sums = values.iter().map(|&(weight, value)| averaging.sum_of(weight, value));
        averaging.mean_of(sums.reduce(add).unwrap_or_default())[0]
    }

    #[test]
    fn sine_and_cosine_are_those_of_half_turns() {
        for step in -1000..=1000_i16 {
            let value = f32::from(step) / 1000.0;
            let (sin, cos) = (value * std::f32::consts::PI).sin_cos();
            assert!((sin_of_half_turns(value) - sin).abs() < 2e-4, "{value}");
            assert!((cos_of_half_turns(value) - cos).abs() < 2e-4, "{value}");
        }
    }

    #[test]
    fn both_ends_of_an_advance_are_one_place_and_those_of_a_deviation_are_two() {
        let ends = [(1.0, 0.98), (1.0, -0.98)];
        assert!(mean(Averaging::Circular, &ends).abs() > 0.999);
        assert!(mean(Averaging::Plain, &ends).abs() < 1e-6);
        assert_eq!(Averaging::of(IfMode::Filterbank), Averaging::Circular);
        assert_eq!(Averaging::of(IfMode::Deviation), Averaging::Plain);
    }

    #[test]
    fn equal_values_are_their_own_mean_and_the_louder_counts_more() {
        for averaging in [Averaging::Circular, Averaging::Plain] {
            assert!((mean(averaging, &[(3.0, 0.3), (1e-9, 0.3), (0.5, 0.3)]) - 0.3).abs() < 1e-3);
            let mostly = mean(averaging, &[(99.0, 0.1), (1.0, 0.5)]);
            assert!((0.1..0.11).contains(&mostly), "{averaging:?}: {mostly}");
            assert_eq!(averaging.mean_of([0.0; 2]), [0.0; 2]);
        }
    }
}
