//! Vectorised elementary functions: written so that the compiler turns a loop over them into vector instructions.
//!
//! There are no branches and no table look-ups, only arithmetic, comparisons and bit patterns.

use super::simd_level::Kernel;

/// `a * b + c`; one rounding with `FMA`, two without.
#[inline(always)]
pub(super) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Coefficients of atan(x)/π on [-1, 1], of x, x³ … x¹⁵.
///
/// They are the first eight terms of the Chebyshev series atan(x) = 2 Σ (-1)ⁿ t²ⁿ⁺¹/(2n+1) T₂ₙ₊₁(x) with
/// t = tan(π/8), written in powers of x. The terms left out sum to at most 4.5e-8 rad (2 t¹⁷/17 and on).
const ATAN_HALF_TURNS: [f32; 8] =
    [0.31830963, -0.106091216, 0.0634808, -0.04421974, 0.030563021, -0.017628541, 0.006846608, -0.001260589];

/// The angle of the point (x, y) in half turns (units of π), from -1 to 1; at most 1e-6 rad off for any finite
/// input. Signed zeros are as in IEEE 754: `(-0, -1)` gives -1, `(0, -0)` gives 1, `(0, 0)` gives 0.
#[inline(always)]
pub(super) fn atan2_half_turns<const FMA: bool>(y: f32, x: f32) -> f32 {
    /// Keeps 0/0 from becoming NaN and changes no other quotient.
    const LEAST: f32 = f32::from_bits(1);
    const SIGN: u32 = 1 << 31;
    let (x_abs, y_abs) = (x.abs(), y.abs());
    let steep = y_abs > x_abs;
    let (small, large) = if steep { (x_abs, y_abs) } else { (y_abs, x_abs) };
    let ratio = small / if large > LEAST { large } else { LEAST };
    let square = ratio * ratio;
    let [.., last] = ATAN_HALF_TURNS;
    let mut sum = last;
    let mut i = ATAN_HALF_TURNS.len() - 1;
    while i > 0 {
        i -= 1;
        sum = mul_add::<FMA>(sum, square, ATAN_HALF_TURNS[i]);
    }
    let octant = sum * ratio;
    let quadrant = if steep { 0.5 - octant } else { octant };
    // On the left, 1 - quadrant; written with the sign's bits because a condition on them becomes a branch.
    let sign = x.to_bits() & SIGN;
    let left = f32::from_bits((sign >> 31) * 1.0f32.to_bits());
    (left + f32::from_bits(quadrant.to_bits() ^ sign)).copysign(y)
}

/// ln(1 + x) for finite x ≥ 0, with a relative error of at most 2⁻²².
#[inline(always)]
pub(super) fn ln_1p<const FMA: bool>(x: f32) -> f32 {
    let sum = 1.0 + x;
    // What rounding the sum lost of x, to first order.
    ln_of_sum::<FMA>(sum, (x - (sum - 1.0)) / sum)
}

/// ln(x) for finite, normal x > 0, at most 2e-7 off or 2⁻²² of it; below -87 for x = 0.
#[inline(always)]
pub(super) fn ln<const FMA: bool>(x: f32) -> f32 {
    ln_of_sum::<FMA>(x, 0.0)
}

/// ln(x) + `lost`, for x as [`ln`] and a small `lost`.
#[inline(always)]
fn ln_of_sum<const FMA: bool>(x: f32, lost: f32) -> f32 {
    const LN_2: f32 = std::f32::consts::LN_2;
    /// The bits of √½: where the mantissa is cut so that it lies in [√½, √2).
    const SQRT_HALF_BITS: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007F_FFFF) + SQRT_HALF_BITS);
    // ln m = 2 artanh((m-1)/(m+1)); |s| < 0.1716, so that the terms from s¹¹ on are below 5e-10.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut series = 2.0 / 9.0;
    series = mul_add::<FMA>(series, square, 2.0 / 7.0);
    series = mul_add::<FMA>(series, square, 2.0 / 5.0);
    series = mul_add::<FMA>(series, square, 2.0 / 3.0);
    series = mul_add::<FMA>(series * square, s, lost);
    mul_add::<FMA>(exponent, LN_2, mul_add::<FMA>(2.0, s, series))
}

/// Replaces each value x ≥ 0 by ln(1 + x).
pub(super) struct Ln1pInPlace<'a>(pub(super) &'a mut [f32]);

impl Kernel for Ln1pInPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for value in self.0 {
            *value = ln_1p::<FMA>(*value);
        }
    }
}

/// The largest magnitude among samples.
pub(super) struct Peak<'a>(pub(super) &'a [f32]);

impl Kernel for Peak<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f32 {
        // Magnitudes are ordered like their bits, and whole numbers have a maximum in one instruction.
        let bits = self.0.iter().map(|sample| sample.abs().to_bits());
        f32::from_bits(bits.fold(0, u32::max))
    }
}

/// Writes `samples * scale * window` to `frame`.
pub(super) struct ApplyWindow<'a> {
    pub(super) samples: &'a [f32],
    pub(super) window: &'a [f32],
    pub(super) scale: f32,
    pub(super) frame: &'a mut [f32],
}

impl Kernel for ApplyWindow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((frame, sample), window) in self.frame.iter_mut().zip(self.samples).zip(self.window) {
            *frame = sample * self.scale * window;
        }
    }
}

/// Adds `frame * window` to `sum`.
pub(super) struct AddWindowed<'a> {
    pub(super) frame: &'a [f32],
    pub(super) window: &'a [f32],
    pub(super) sum: &'a mut [f32],
}

impl Kernel for AddWindowed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((sum, frame), window) in self.sum.iter_mut().zip(self.frame).zip(self.window) {
            *sum = mul_add::<FMA>(*frame, *window, *sum);
        }
    }
}

/// Sine and cosine of `turns` turns (units of 2π); at most 2e-7 off for |turns| up to 2²², where an f32 has no fraction left.
#[inline(always)]
pub(super) fn sin_cos_turns<const FMA: bool>(turns: f32) -> (f32, f32) {
    // Quarter turns: the nearest whole one chooses the quadrant, the rest is at most an eighth of a turn from it.
    let quarters = turns * 4.0;
    let whole = quarters.round_ties_even();
    let angle = (quarters - whole) * std::f32::consts::FRAC_PI_2;
    let square = angle * angle;
    // Taylor series up to x⁹ and x⁸; on |x| ≤ π/4 the first terms left out are below 2e-9 and 3e-8.
    let mut sine = mul_add::<FMA>(1.0 / 362_880.0, square, -1.0 / 5_040.0);
    sine = mul_add::<FMA>(sine, square, 1.0 / 120.0);
    sine = mul_add::<FMA>(sine, square, -1.0 / 6.0);
    sine = mul_add::<FMA>(sine * square, angle, angle);
    let mut cosine = mul_add::<FMA>(1.0 / 40_320.0, square, -1.0 / 720.0);
    cosine = mul_add::<FMA>(cosine, square, 1.0 / 24.0);
    cosine = mul_add::<FMA>(cosine, square, -0.5);
    cosine = mul_add::<FMA>(cosine, square, 1.0);
    let quadrant = whole as i32;
    let (a, b) = if quadrant & 1 == 0 { (sine, cosine) } else { (cosine, sine) };
    let sign = |bit: i32| ((bit & 1) as u32) << 31;
    let sine = f32::from_bits(a.to_bits() ^ sign(quadrant >> 1));
    let cosine = f32::from_bits(b.to_bits() ^ sign((quadrant + 1) >> 1));
    (sine, cosine)
}

#[cfg(test)]
mod tests {
    use super::super::simd_level::SimdLevel;
    use super::*;

    struct SinCos<'a>(&'a [f32], &'a mut [(f32, f32)]);

    impl Kernel for SinCos<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FMA: bool>(self) {
            for (&turns, both) in self.0.iter().zip(self.1) {
                *both = sin_cos_turns::<FMA>(turns);
            }
        }
    }

    #[test]
    fn sines_and_cosines_are_right_at_every_level() {
        let mut turns: Vec<f32> = (-40_000..40_000).map(|i| i as f32 / 9_973.0).collect();
        turns.extend([0.0, 0.125, 0.25, 0.5, -0.5, 1000.375, -70_000.25, 1e-30]);
        let mut both = vec![(0.0, 0.0); turns.len()];
        for level in SimdLevel::available() {
            level.run(SinCos(&turns, &mut both));
            for (&turns, &(sine, cosine)) in turns.iter().zip(&both) {
                let exact = (f64::from(turns) * std::f64::consts::TAU).sin_cos();
                let off = (f64::from(sine) - exact.0).abs().max((f64::from(cosine) - exact.1).abs());
                assert!(off <= 2e-7, "{level:?}: {turns} turns is off by {off:e}");
            }
        }
    }

    struct Atan2<'a>(&'a [(f32, f32)], &'a mut [f32]);

    impl Kernel for Atan2<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FMA: bool>(self) {
            for (&(y, x), angle) in self.0.iter().zip(self.1) {
                *angle = atan2_half_turns::<FMA>(y, x);
            }
        }
    }

    fn points() -> Vec<(f32, f32)> {
        let mut points = Vec::new();
        for step in 0..200_000 {
            let (sin, cos) = (f64::from(step) / 100_000.0 * std::f64::consts::PI).sin_cos();
            for radius in [1.0, 1e-44, 3e-40, 1e-20, 1e30, 3.3e38] {
                points.push(((sin * radius) as f32, (cos * radius) as f32));
            }
        }
        let values =
            [0.0, f32::from_bits(1), f32::MIN_POSITIVE, 1e-20, 0.5, 1.0, 1.0 + f32::EPSILON, 1e20, f32::MAX];
        for y in values {
            for x in values {
                points.extend([(y, x), (y, -x), (-y, x), (-y, -x)]);
            }
        }
        points
    }

    #[test]
    fn angles_are_right_everywhere_at_every_level() {
        let points = points();
        let mut angles = vec![0.0; points.len()];
        for level in SimdLevel::available() {
            level.run(Atan2(&points, &mut angles));
            for (&(y, x), &angle) in points.iter().zip(&angles) {
                let exact = f64::from(y).atan2(f64::from(x));
                let off = (f64::from(angle) * std::f64::consts::PI - exact).abs();
                assert!(off <= 1e-6, "{level:?}: angle of ({x:e}, {y:e}) is off by {off:e}");
                assert_eq!(angle.is_sign_negative(), y.is_sign_negative(), "({x:e}, {y:e})");
                assert!(angle.abs() <= 1.0);
            }
        }
    }

    #[test]
    fn logarithms_are_right_at_every_level() {
        let mut values: Vec<f32> =
            (0..(f32::MAX.to_bits() >> 9)).map(|bits| f32::from_bits(bits << 9)).collect();
        values.extend([0.0, f32::from_bits(1), 1e-5, 16_777_215.0, 16_777_216.0, f32::MAX]);
        for level in SimdLevel::available() {
            let mut logarithms = values.clone();
            level.run(Ln1pInPlace(&mut logarithms));
            for (&x, &logarithm) in values.iter().zip(&logarithms) {
                let exact = f64::from(x).ln_1p();
                let tolerance = exact * 2.0 * f64::from(f32::EPSILON) + f64::from(f32::from_bits(1));
                assert!(
                    (f64::from(logarithm) - exact).abs() <= tolerance,
                    "{level:?}: ln(1 + {x:e}) = {logarithm:e}"
                );
            }
        }
    }

    #[test]
    fn a_window_is_applied_to_every_sample() {
        for level in SimdLevel::available() {
            for n in [32, 34, 1000, 2048] {
                let samples: Vec<f32> = (0..n).map(|i| i as f32 - 40.0).collect();
                let window: Vec<f32> = (0..n).map(|i| 1.0 / (1.0 + i as f32)).collect();
                let mut frame = vec![f32::NAN; n];
                assert_eq!(level.run(Peak(&samples)), (n as f32 - 41.0).max(40.0));
                level.run(ApplyWindow { samples: &samples, window: &window, scale: 0.5, frame: &mut frame });
                for i in 0..n {
                    assert_eq!(frame[i], samples[i] * 0.5 * window[i]);
                }
            }
        }
    }
}
