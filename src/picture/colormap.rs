//! Colour maps: the colour of a value.

use std::f64::consts::PI;

/// A colour, red, green, blue, in sRGB.
pub type Rgb = [u8; 3];

/// The two greys of the hatching over masked places. No map has either of them.
pub const MASKED: [Rgb; 2] = [[96, 96, 96], [64, 64, 64]];

/// A map from values to colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorMap {
    /// From 0 to 1, black over purple and orange to pale yellow, evenly lighter: for magnitudes.
    ///
    /// "magma" by Smith and van der Walt (2015), who gave its 256 colours to the public domain. Every fifteenth is
    /// kept and those between are interpolated, which is never off by more than 2 of 255.
    Magma,
    /// From -1 over a dark neutral 0 to 1, blue to the left and orange to the right, lighter with distance: for
    /// instantaneous frequency as a mean, which has a sign and a zero. A line from grey in the OKLCH space (Ottosson,
    /// "A perceptual color space for image processing", 2020), so that both sides are equally light.
    Diverging,
    /// From -1 to 1, where both ends have one colour: for wrapped advances. A circle of equal lightness in OKLCH.
    Cyclic,
}

const MAGMA: [[f64; 3]; 18] = [
    [0.001462, 0.000466, 0.013866],
    [0.035520, 0.028397, 0.125209],
    [0.102815, 0.063010, 0.257854],
    [0.191460, 0.064818, 0.396152],
    [0.291366, 0.064553, 0.475462],
    [0.384299, 0.097855, 0.501002],
    [0.475780, 0.134577, 0.507921],
    [0.569172, 0.167454, 0.504105],
    [0.664915, 0.198075, 0.488836],
    [0.761077, 0.231214, 0.460162],
    [0.852126, 0.276106, 0.418573],
    [0.925937, 0.346844, 0.374959],
    [0.969680, 0.446936, 0.360311],
    [0.989363, 0.557873, 0.391671],
    [0.996580, 0.668256, 0.456192],
    [0.996727, 0.776795, 0.541039],
    [0.992440, 0.884330, 0.640099],
    [0.987053, 0.991438, 0.749504],
];

impl ColorMap {
    /// The values the map is made for; others get the colour of the nearest.
    pub fn domain(self) -> [f32; 2] {
        match self {
            Self::Magma => [0.0, 1.0],
            Self::Diverging | Self::Cyclic => [-1.0, 1.0],
        }
    }

    /// The colour of a value.
    pub fn color(self, value: f32) -> Rgb {
        let [least, most] = self.domain();
        let value = f64::from(value.clamp(least, most));
        match self {
            Self::Magma => magma(value),
            Self::Diverging => {
                let hue_degrees = if value < 0.0 { 245.0 } else { 65.0 };
                srgb_from_oklch(0.22 + 0.56 * value.abs(), 0.115 * value.abs(), hue_degrees)
            }
            Self::Cyclic => srgb_from_oklch(0.72, 0.11, 180.0 * (value + 1.0)),
        }
    }

    /// `n` colours from one end of the domain to the other: a table of colours, or a colour bar.
    pub fn table(self, n: usize) -> Vec<Rgb> {
        let [least, most] = self.domain();
        let last = n.saturating_sub(1).max(1) as f32;
        (0..n).map(|i| self.color(least + (most - least) * i as f32 / last)).collect()
    }
}

fn magma(value: f64) -> Rgb {
    let position = value * (MAGMA.len() - 1) as f64;
    let below = (position as usize).min(MAGMA.len() - 2);
    let share = position - below as f64;
    let (left, right) = (MAGMA[below], MAGMA[below + 1]);
    std::array::from_fn(|i| byte(left[i] + share * (right[i] - left[i])))
}

/// OKLCH to sRGB with Ottosson's matrices.
fn srgb_from_oklch(lightness: f64, chroma: f64, hue_degrees: f64) -> Rgb {
    let hue = hue_degrees * PI / 180.0;
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.3963377774 * a + 0.2158037573 * b).powi(3);
    let m = (lightness - 0.1055613458 * a - 0.0638541728 * b).powi(3);
    let s = (lightness - 0.0894841775 * a - 1.2914855480 * b).powi(3);
    let linear = [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ];
    linear.map(|x| byte(if x <= 0.0031308 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }))
}

fn byte(value: f64) -> u8 {
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ColorMap; 3] = [ColorMap::Magma, ColorMap::Diverging, ColorMap::Cyclic];

    #[test]
    fn magma_is_close_to_the_published_colours_between_the_stored_ones() {
        // Entries of the published table that lie midway between stored ones.
        let published = [
            (8, [0.013708, 0.011771, 0.068667]),
            (22, [0.065330, 0.047318, 0.184892]),
            (37, [0.140858, 0.068654, 0.324538]),
            (128, [0.716387, 0.214982, 0.475290]),
            (172, [0.950210, 0.390820, 0.362468]),
            (187, [0.981000, 0.498428, 0.369734]),
            (247, [0.989815, 0.934329, 0.690198]),
        ];
        for (entry, rgb) in published {
            for (ours, theirs) in ColorMap::Magma.color(entry as f32 / 255.0).into_iter().zip(rgb) {
                assert!(
                    (f64::from(ours) - theirs * 255.0).abs() <= 2.0,
                    "entry {entry}: {ours} for {theirs}"
                );
            }
        }
    }

    #[test]
    fn zero_is_neutral_and_both_signs_are_equally_light() {
        let [red, green, blue] = ColorMap::Diverging.color(0.0);
        assert!(red == green && green == blue);
        let [red, _, blue] = ColorMap::Diverging.color(1.0);
        assert!(red > blue, "to the right it gets orange");
        let [red, _, blue] = ColorMap::Diverging.color(-1.0);
        assert!(blue > red, "to the left it gets blue");
    }

    #[test]
    fn the_cyclic_map_closes() {
        assert_eq!(ColorMap::Cyclic.color(-1.0), ColorMap::Cyclic.color(1.0));
        assert_ne!(ColorMap::Cyclic.color(0.0), ColorMap::Cyclic.color(1.0));
    }

    #[test]
    fn no_map_has_a_colour_of_the_mask() {
        for map in ALL {
            assert!(map.table(20_001).iter().all(|color| !MASKED.contains(color)), "{map:?}");
        }
    }

    #[test]
    fn white_and_black_come_out_of_the_colour_space() {
        assert_eq!(srgb_from_oklch(1.0, 0.0, 0.0), [255; 3]);
        assert_eq!(srgb_from_oklch(0.0, 0.0, 0.0), [0; 3]);
        // Ottosson's page gives OKLab (0.628, 0.225, 0.126) for sRGB red: chroma 0.2577, hue 29.23°.
        assert_eq!(srgb_from_oklch(0.62796, 0.25768, 29.234), [255, 0, 0]);
    }
}
