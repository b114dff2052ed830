//! Samples as they lie in a file, as f32: an integer of n bits becomes itself over 2^(n-1).

use crate::audio::container::{SampleCoding, SampleFormat};

/// Writes the samples in `bytes`, which hold `samples.len()` of them, to `samples`.
///
/// # Panics
/// When `bytes` has another length.
pub(super) fn to_f32(format: SampleFormat, bytes: &[u8], samples: &mut [f32]) {
    assert_eq!(bytes.len(), samples.len() * format.n_bytes(), "bytes and samples match");
    let is_plain = format.shift() == 0;
    match (format.coding(), format.n_bytes()) {
        (SampleCoding::ALaw, _) => from_table(&A_LAW, bytes, samples),
        (SampleCoding::MuLaw, _) => from_table(&MU_LAW, bytes, samples),
        (SampleCoding::Float, 4) => {
            each(format, bytes, samples, f32::from_le_bytes);
        }
        (SampleCoding::Float, _) => each(format, bytes, samples, |b| f64::from_le_bytes(b) as f32),
        (SampleCoding::Unsigned, 1) if is_plain => {
            each(format, bytes, samples, |[b]| f32::from(b) / 128.0 - 1.0);
        }
        (SampleCoding::Signed, 1) if is_plain => {
            each(format, bytes, samples, |b| f32::from(i8::from_le_bytes(b)) / 128.0);
        }
        (SampleCoding::Signed, 2) if is_plain => {
            each(format, bytes, samples, |b| f32::from(i16::from_le_bytes(b)) / 32_768.0);
        }
        (SampleCoding::Signed, 3) if is_plain => {
            each(format, bytes, samples, |[a, b, c]| {
                (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0
            });
        }
        (SampleCoding::Signed, 4) if is_plain => {
            each(format, bytes, samples, |b| (f64::from(i32::from_le_bytes(b)) / 2_147_483_648.0) as f32);
        }
        _ => each_integer(format, bytes, samples),
    }
}

/// Writes what `value` makes of the bytes of each sample, the least significant first.
fn each<const N: usize>(
    format: SampleFormat,
    bytes: &[u8],
    samples: &mut [f32],
    value: impl Fn([u8; N]) -> f32,
) {
    let (all, _) = bytes.as_chunks::<N>();
    if format.is_big_endian() {
        for (sample, bytes) in samples.iter_mut().zip(all) {
            let mut bytes = *bytes;
            bytes.reverse();
            *sample = value(bytes);
        }
    } else {
        for (sample, bytes) in samples.iter_mut().zip(all) {
            *sample = value(*bytes);
        }
    }
}

/// The rarer integers: any width, or moved up.
fn each_integer(format: SampleFormat, bytes: &[u8], samples: &mut [f32]) {
    let n_bytes = format.n_bytes();
    let flip = if format.coding() == SampleCoding::Unsigned { i64::MIN } else { 0 };
    for (sample, bytes) in samples.iter_mut().zip(bytes.chunks_exact(n_bytes)) {
        // The sample's bytes are the uppermost of eight.
        let mut wide = [0; 8];
        wide[8 - n_bytes..].copy_from_slice(bytes);
        if format.is_big_endian() {
            wide[8 - n_bytes..].reverse();
        }
        let number = (i64::from_le_bytes(wide) ^ flip) << format.shift();
        *sample = (number as f64 / I64_SCALE) as f32;
    }
}

/// 2^63.
const I64_SCALE: f64 = 9_223_372_036_854_775_808.0;

fn from_table(table: &[f32; 256], bytes: &[u8], samples: &mut [f32]) {
    for (sample, byte) in samples.iter_mut().zip(bytes) {
        *sample = table[usize::from(*byte)];
    }
}

static A_LAW: [f32; 256] = table(true);
static MU_LAW: [f32; 256] = table(false);

/// The samples of all codes of ITU-T G.711, as numbers of 16 bits.
const fn table(is_a_law: bool) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut code = 0;
    while code < 256 {
        let value = if is_a_law { a_law(code as u8) } else { mu_law(code as u8) };
        table[code] = value as f32 / 32_768.0;
        code += 1;
    }
    table
}

/// A code's even bits are inverted. Its segment is linear below the second, then doubles its step each time.
const fn a_law(code: u8) -> i32 {
    let code = code ^ 0x55;
    let segment = (code >> 4 & 7) as i32;
    let step = (code & 15) as i32;
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

/// A code's bits are inverted; the logarithm has a bias of 33 steps of four.
const fn mu_law(code: u8) -> i32 {
    let code = !code;
    let segment = (code >> 4 & 7) as i32;
    let step = (code & 15) as i32;
    let magnitude = (((step << 3) + 132) << segment) - 132;
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(coding: SampleCoding, n_bytes: usize, is_big_endian: bool, bytes: &[u8]) -> Vec<f32> {
        let format = SampleFormat::new(coding, n_bytes, is_big_endian).unwrap();
        let mut samples = vec![f32::NAN; bytes.len() / n_bytes];
        to_f32(format, bytes, &mut samples);
        samples
    }

    #[test]
    fn integers_of_every_width_reach_full_scale_from_either_end() {
        for n_bytes in 1..=8 {
            let mut low = vec![0; n_bytes];
            low[n_bytes - 1] = 0x80;
            let mut half = vec![0; n_bytes];
            half[n_bytes - 1] = 0x40;
            let little = [low, half].concat();
            let mut big = little.clone();
            big.chunks_exact_mut(n_bytes).for_each(<[u8]>::reverse);
            assert_eq!(read(SampleCoding::Signed, n_bytes, false, &little), [-1.0, 0.5], "{n_bytes}");
            assert_eq!(read(SampleCoding::Signed, n_bytes, true, &big), [-1.0, 0.5], "{n_bytes}");
            assert_eq!(read(SampleCoding::Unsigned, n_bytes, false, &little), [0.0, -0.5], "{n_bytes}");
            assert_eq!(read(SampleCoding::Unsigned, n_bytes, true, &big), [0.0, -0.5], "{n_bytes}");
        }
    }

    #[test]
    fn floats_pass_untouched() {
        let values = [1.5f32, -0.1, f32::MIN_POSITIVE];
        let little: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let big: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().rev().collect::<Vec<_>>())
            .collect();
        assert_eq!(read(SampleCoding::Float, 4, false, &little), values);
        assert_eq!(read(SampleCoding::Float, 4, true, &big), values);
        let long: Vec<u8> = values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
        assert_eq!(read(SampleCoding::Float, 8, false, &long), values);
    }

    #[test]
    fn low_bits_are_moved_up() {
        let format = SampleFormat::new(SampleCoding::Signed, 4, false).unwrap().with_depth(24);
        let mut samples = [0.0; 2];
        let bytes: Vec<u8> = [-0x80_0000i32, 0x40_0000].iter().flat_map(|n| n.to_le_bytes()).collect();
        to_f32(format.in_low_bits(), &bytes, &mut samples);
        assert_eq!(samples, [-1.0, 0.5]);
        to_f32(format, &bytes, &mut samples);
        assert_eq!(samples, [-1.0 / 256.0, 0.5 / 256.0]);
    }

    /// Values of the tables in ITU-T G.711: the largest, the smallest and the change of sign.
    #[test]
    fn g711_follows_its_tables() {
        let at = |coding, code| read(coding, 1, false, &[code])[0] * 32_768.0;
        assert_eq!(at(SampleCoding::MuLaw, 0x80), 32_124.0);
        assert_eq!(at(SampleCoding::MuLaw, 0x00), -32_124.0);
        assert_eq!((at(SampleCoding::MuLaw, 0xFF), at(SampleCoding::MuLaw, 0x7F)), (0.0, 0.0));
        assert_eq!(at(SampleCoding::ALaw, 0xAA), 32_256.0);
        assert_eq!(at(SampleCoding::ALaw, 0x2A), -32_256.0);
        assert_eq!((at(SampleCoding::ALaw, 0xD5), at(SampleCoding::ALaw, 0x55)), (8.0, -8.0));
    }
}
