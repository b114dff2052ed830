//! Colours that tell groups and steps apart, for points on a plain ground: each has a contrast of at least 3 to it.

use egui::Color32;

/// Groups that have a colour of their own; the last is for all that are left.
pub const N_CATEGORIES: usize = 8;

/// Steps from the least to the most.
pub const N_STEPS: usize = 5;

/// After M. Okabe and K. Ito, "Color universal design", 2008: told apart with every common kind of colour blindness.
const DARK: [u32; N_CATEGORIES] =
    [0xe69f00, 0x56b4e9, 0x2fc79a, 0xf0e442, 0x8ea6ff, 0xff7f50, 0xe58bc6, 0xb4b4b4];
const LIGHT: [u32; N_CATEGORIES] =
    [0xb35900, 0x0072b2, 0x00775a, 0x7a6a00, 0x3f4fc0, 0xc43c00, 0xa0428a, 0x5f5f5f];

/// On a dark ground they become brighter, on a bright one darker.
const DARK_STEPS: [u32; N_STEPS] = [0x6e7bd9, 0x3fa7d6, 0x3cc9a0, 0xa8db4a, 0xfde74c];
const LIGHT_STEPS: [u32; N_STEPS] = [0x55923a, 0x1f8a70, 0x20709f, 0x3b4c9b, 0x3b1c6b];

/// The colour of group `number`; those beyond the last have the last.
pub fn category_color(number: usize, is_dark: bool) -> Color32 {
    color(if is_dark { DARK } else { LIGHT }[number.min(N_CATEGORIES - 1)])
}

/// The colour of step `number`; those beyond the last have the last.
pub fn step_color(number: usize, is_dark: bool) -> Color32 {
    color(if is_dark { DARK_STEPS } else { LIGHT_STEPS }[number.min(N_STEPS - 1)])
}

fn color(hex: u32) -> Color32 {
    let [_, red, green, blue] = [24, 16, 8, 0].map(|shift| (hex >> shift) as u8);
    Color32::from_rgb(red, green, blue)
}
