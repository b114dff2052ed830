//! Colour maps: the colour of a value.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// A colour, red, green, blue, in sRGB.
pub type Rgb = [u8; 3];

/// The two greys of the hatching over masked places. No map that is hatched has either of them.
pub const MASKED: [Rgb; 2] = [[96, 96, 96], [64, 64, 64]];

/// A map from values to colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ColorMap {
    /// From 0 to 1, black over purple and orange to pale yellow, evenly lighter: for magnitudes.
    ///
    /// "magma" by Smith and van der Walt (2015), who gave its 256 colours to the public domain. Every fifteenth is
    /// kept and those between are interpolated, which is never off by more than 2 of 255.
    #[default]
    Magma,
    /// From 0 to 1, purple over teal to yellow, evenly lighter: for magnitudes.
    ///
    /// "viridis" by Smith, van der Walt and Firing (2015), in the public domain and kept in the same way; never off by
    /// more than 6 of 255.
    Viridis,
    /// From 0 to 1, dark blue over grey to yellow, evenly lighter: for magnitudes, and for eyes that do not tell red from
    /// green. A straight line in the `OKLab` space along its axis from blue to yellow, after the idea of "cividis"
    /// (Nuñez, Anderton and Renslow, "Optimizing colormaps with consideration for color vision deficiency", 2018).
    BlueYellow,
    /// From 0 to 1, black to white, evenly lighter in the `OKLab` space: for magnitudes.
    Grey,
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

/// Every fifteenth of the 256 colours.
const VIRIDIS: [[f64; 3]; 18] = [
    [0.267004, 0.004874, 0.329415],
    [0.281924, 0.089666, 0.412415],
    [0.280255, 0.165693, 0.476498],
    [0.263663, 0.237631, 0.518762],
    [0.237441, 0.305202, 0.541921],
    [0.208623, 0.367752, 0.552675],
    [0.182256, 0.426184, 0.557120],
    [0.159194, 0.482237, 0.558073],
    [0.137770, 0.537492, 0.554906],
    [0.121148, 0.592739, 0.544641],
    [0.128087, 0.647749, 0.523491],
    [0.180653, 0.701402, 0.488189],
    [0.274149, 0.751988, 0.436601],
    [0.395174, 0.797475, 0.367757],
    [0.535621, 0.835785, 0.281908],
    [0.688944, 0.865448, 0.182725],
    [0.845561, 0.887322, 0.099702],
    [0.993248, 0.906157, 0.143936],
];

impl ColorMap {
    /// The maps that suit magnitudes, in the order in which they are offered.
    pub const OF_MAGNITUDE: [Self; 4] = [Self::Magma, Self::Viridis, Self::BlueYellow, Self::Grey];

    /// The values the map is made for; others get the colour of the nearest.
    pub fn domain(self) -> [f32; 2] {
        match self {
            Self::Magma | Self::Viridis | Self::BlueYellow | Self::Grey => [0.0, 1.0],
            Self::Diverging | Self::Cyclic => [-1.0, 1.0],
        }
    }

    /// The colour of a value.
    pub fn color(self, value: f32) -> Rgb {
        let [least, most] = self.domain();
        let value = f64::from(value.clamp(least, most));
        match self {
            Self::Magma => between(&MAGMA, value),
            Self::Viridis => between(&VIRIDIS, value),
            Self::BlueYellow => srgb_from_oklab(0.24 + 0.68 * value, -0.03 * value, 0.25 * value - 0.1),
            Self::Grey => srgb_from_oklab(value, 0.0, 0.0),
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

/// The colour between the two nearest of a table.
fn between(table: &[[f64; 3]; 18], value: f64) -> Rgb {
    let position = value * (table.len() - 1) as f64;
    let below = (position as usize).min(table.len() - 2);
    let share = position - below as f64;
    let (left, right) = (table[below], table[below + 1]);
    std::array::from_fn(|i| byte(left[i] + share * (right[i] - left[i])))
}

fn srgb_from_oklch(lightness: f64, chroma: f64, hue_degrees: f64) -> Rgb {
    let hue = hue_degrees * PI / 180.0;
    srgb_from_oklab(lightness, chroma * hue.cos(), chroma * hue.sin())
}

/// `OKLab` to sRGB with Ottosson's matrices.
fn srgb_from_oklab(lightness: f64, a: f64, b: f64) -> Rgb {
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

    /// Lightness in `OKLab`, by Ottosson's matrices from sRGB.
    fn lightness(color: Rgb) -> f64 {
        let [red, green, blue] = color.map(|byte| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let l = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue).cbrt();
        let m = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue).cbrt();
        let s = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue).cbrt();
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    }

    fn assert_published(map: ColorMap, most: f64, published: [(u16, [f64; 3]); 7]) {
        for (entry, rgb) in published {
            for (ours, theirs) in map.color(f32::from(entry) / 255.0).into_iter().zip(rgb) {
                assert!(
                    (f64::from(ours) - theirs * 255.0).abs() <= most,
                    "{map:?}, entry {entry}: {ours} for {theirs}"
                );
            }
        }
    }

    #[test]
    fn maps_are_close_to_the_published_colours_between_the_stored_ones() {
        // Entries of the published tables that lie midway between stored ones.
        let magma = [
            (8, [0.013708, 0.011771, 0.068667]),
            (22, [0.065330, 0.047318, 0.184892]),
            (37, [0.140858, 0.068654, 0.324538]),
            (128, [0.716387, 0.214982, 0.475290]),
            (172, [0.950210, 0.390820, 0.362468]),
            (187, [0.981000, 0.498428, 0.369734]),
            (247, [0.989815, 0.934329, 0.690198]),
        ];
        assert_published(ColorMap::Magma, 2.0, magma);
        let viridis = [
            (8, [0.277018, 0.050344, 0.375715]),
            (22, [0.283187, 0.125848, 0.444960]),
            (37, [0.274128, 0.199721, 0.498911]),
            (128, [0.127568, 0.566949, 0.550556]),
            (172, [0.220124, 0.725509, 0.466226]),
            (187, [0.327796, 0.773980, 0.406640]),
            (247, [0.916242, 0.896091, 0.100717]),
        ];
        assert_published(ColorMap::Viridis, 6.0, viridis);
    }

    #[test]
    fn louder_is_lighter_and_evenly_so_in_every_map_of_magnitudes() {
        for map in ColorMap::OF_MAGNITUDE {
            let steps: Vec<f64> = map.table(33).into_iter().map(lightness).collect();
            let steps: Vec<f64> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let mean = steps.iter().sum::<f64>() / steps.len() as f64;
            assert!(mean > 0.015, "{map:?}: {mean}");
            // Magma and viridis are even in the space of another model; near black, bytes are coarse.
            assert!(steps[4..].iter().all(|step| (0.3..2.5).contains(&(step / mean))), "{map:?}: {steps:?}");
        }
    }

    #[test]
    fn blue_to_yellow_differs_along_what_every_eye_tells_apart() {
        // Seen without the difference of red and green, as their mean, no two steps are the same.
        let seen = ColorMap::BlueYellow.table(33).into_iter();
        let seen: Vec<[f64; 2]> = seen
            .map(|[red, green, blue]| [f64::midpoint(f64::from(red), f64::from(green)), f64::from(blue)])
            .collect();
        for (i, a) in seen.iter().enumerate() {
            for b in &seen[..i] {
                assert!((a[0] - b[0]).abs() + (a[1] - b[1]).abs() >= 4.0, "{a:?} {b:?}");
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
    fn no_map_that_is_hatched_has_a_colour_of_the_mask() {
        for map in [ColorMap::Magma, ColorMap::Diverging, ColorMap::Cyclic] {
            assert!(map.table(20_001).iter().all(|color| !MASKED.contains(color)), "{map:?}");
        }
    }

    #[test]
    fn white_and_black_come_out_of_the_colour_space() {
        assert_eq!(srgb_from_oklch(1.0, 0.0, 0.0), [255; 3]);
        assert_eq!(srgb_from_oklch(0.0, 0.0, 0.0), [0; 3]);
        // Ottosson's page gives `OKLab` (0.628, 0.225, 0.126) for sRGB red: chroma 0.2577, hue 29.23°.
        assert_eq!(srgb_from_oklch(0.62796, 0.25768, 29.234), [255, 0, 0]);
    }
}
