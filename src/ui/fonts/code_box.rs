//! A sign without a font: its code in a frame, as U+1234 has it, so that it can be told from another and looked up.

use egui::{Color32, ColorImage, GlyphBitmap, RasterizedGlyph, vec2};

use super::display;

/// The digits 0 to F, three pixels wide: a row of each from the top, the leftmost pixel in the highest of three bits.
const DIGITS: [[u8; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [7, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [7, 4, 4, 4, 7],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];

/// The font's size, in pixels, from which on a dot of a digit is one more pixel wide.
const FONT_PX_PER_DOT: f32 = 13.0;

/// The sign's code in hexadecimal digits, by rows: two for a control character, four, or six beyond U+FFFF.
fn code_rows(sign: char) -> Vec<Vec<usize>> {
    let code = display::control_of(sign).map_or(sign as u32, u32::from);
    let digits = |n: u32| (0..n).rev().map(move |place| (code >> (4 * place) & 0xF) as usize);
    match code {
        0..=0xFF => vec![digits(2).collect()],
        0x100..=0xFFFF => digits(4).collect::<Vec<_>>().chunks(2).map(<[usize]>::to_vec).collect(),
        _ => digits(6).collect::<Vec<_>>().chunks(3).map(<[usize]>::to_vec).collect(),
    }
}

/// The code of `sign` in a frame that stands on the line, for letters of `font_size_px` pixels.
pub(super) fn draw(sign: char, font_size_px: f32) -> RasterizedGlyph {
    let rows = code_rows(sign);
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    // A frame of one dot, a gap of one, and digits of three by five with a gap of one between them.
    let size_dots = [4 * n_columns + 3, 6 * rows.len() + 3];
    let mut dots = vec![false; size_dots[0] * size_dots[1]];
    for y in 0..size_dots[1] {
        for x in 0..size_dots[0] {
            let is_edge = x == 0 || y == 0 || x + 1 == size_dots[0] || y + 1 == size_dots[1];
            dots[y * size_dots[0] + x] = is_edge;
        }
    }
    for (row, digits) in rows.iter().enumerate() {
        for (column, &digit) in digits.iter().enumerate() {
            for (y, bits) in DIGITS[digit].iter().enumerate() {
                for x in (0..3).filter(|x| bits >> (2 - x) & 1 == 1) {
                    dots[(6 * row + 2 + y) * size_dots[0] + 4 * column + 2 + x] = true;
                }
            }
        }
    }
    let px_per_dot = (font_size_px / FONT_PX_PER_DOT).floor().max(1.0) as usize;
    let size_px = size_dots.map(|n| n * px_per_dot);
    let pixels = (0..size_px[1]).flat_map(|y| {
        let row = &dots[y / px_per_dot * size_dots[0]..][..size_dots[0]];
        (0..size_px[0]).map(move |x| if row[x / px_per_dot] { Color32::WHITE } else { Color32::TRANSPARENT })
    });
    let image = ColorImage::new(size_px, pixels.collect());
    // Two rows of digits are higher than a capital letter and hang below the line.
    let below_px = if rows.len() > 1 { 3 * px_per_dot } else { 0 };
    let offset_px = vec2(px_per_dot as f32, below_px as f32 - size_px[1] as f32);
    RasterizedGlyph {
        bitmap: GlyphBitmap { image, offset_px, is_color: false },
        advance_px: (size_px[0] + 2 * px_per_dot) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_as_many_digits_as_it_is_written_with() {
        assert_eq!(code_rows('\u{e123}'), [[0xE, 0x1], [0x2, 0x3]]);
        assert_eq!(code_rows('\u{1f3b5}'), [[0x0, 0x1, 0xF], [0x3, 0xB, 0x5]]);
        assert_eq!(code_rows('\u{240a}'), [[0x0, 0xA]], "a line feed, by its own code");
        assert_eq!(code_rows('\u{2421}'), [[0x7, 0xF]]);
    }

    #[test]
    fn every_code_looks_different_and_grows_with_the_letters() {
        let pictures: Vec<_> = ('\u{e000}'..'\u{e100}').map(|sign| draw(sign, 13.0).bitmap.image).collect();
        for (n, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..n].contains(picture), "U+{:04X} looks like another", 0xE000 + n);
        }
        let [width, height] = pictures[0].size;
        assert_eq!(draw('\u{e000}', 26.0).bitmap.image.size, [2 * width, 2 * height]);
    }
}
