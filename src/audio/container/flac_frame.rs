//! The headers of FLAC frames (RFC 9639, section 9.1).

/// The longest header: a number of seven bytes, a block size and a rate of two each.
pub(super) const HEAD_BYTES_MAX: usize = 16;

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Head {
    /// Frames are numbered, and all but the last have one size; otherwise the first sample's number is given.
    pub(in super::super) is_fixed: bool,
    /// The number of the frame or of its first sample.
    pub(in super::super) number: u64,
    /// Samples per channel.
    pub(in super::super) n_samples: u16,
    /// `None` where STREAMINFO says it; so with the bits.
    pub(super) sample_rate_hz: Option<u32>,
    pub(super) n_channels: u8,
    pub(super) n_bits: Option<u8>,
}

impl Head {
    /// Reads the header that `bytes` begin with; `None` where there is none, or its checksum does not match.
    pub(in super::super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [sync, strategy, sizes, layout, ..] = *bytes else { return None };
        if sync != 0xFF || strategy & 0xFE != 0xF8 || layout & 1 != 0 {
            return None;
        }
        let (number, n_number) = coded_number(bytes.get(4..)?)?;
        let mut position = 4 + n_number;
        let mut field = |n_bytes: usize| {
            let field = bytes.get(position..position + n_bytes)?;
            position += n_bytes;
            Some(field.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)))
        };
        let n_samples = match sizes >> 4 {
            0 => return None,
            1 => 192,
            code @ 2..=5 => 144 << code,
            6 => field(1)? + 1,
            7 => field(2)? + 1,
            code => 1 << code,
        };
        let sample_rate_hz = match sizes & 0xF {
            0 => None,
            code @ 1..12 => Some(RATES_HZ[usize::from(code) - 1]),
            12 => Some(field(1)? * 1_000),
            13 => Some(field(2)?),
            14 => Some(field(2)? * 10),
            _ => return None,
        };
        let n_channels = match layout >> 4 {
            code @ 0..8 => code + 1,
            8..11 => 2,
            _ => return None,
        };
        let n_bits = match layout >> 1 & 7 {
            0 => None,
            3 => return None,
            code => Some([8, 12, 0, 16, 20, 24, 32][usize::from(code) - 1]),
        };
        let is_intact = crc8(&bytes[..position]) == *bytes.get(position)?;
        let n_samples = u16::try_from(n_samples).ok()?;
        let is_fixed = strategy & 1 == 0;
        is_intact.then_some(Self { is_fixed, number, n_samples, sample_rate_hz, n_channels, n_bits })
    }

    /// The number of samples up to this frame's end, in a stream that begins with `first`.
    pub(super) fn end(&self, first: &Self) -> Option<u64> {
        let start =
            if self.is_fixed { self.number.checked_mul(u64::from(first.n_samples))? } else { self.number };
        start.checked_add(u64::from(self.n_samples))
    }
}

/// Sampling rates by their code, from 1 on.
const RATES_HZ: [u32; 11] =
    [88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// A number of up to 36 bits in the manner of UTF-8, and its bytes.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let n_ones = first.leading_ones() as usize;
    if n_ones == 0 {
        return Some((u64::from(first), 1));
    }
    if n_ones == 1 || n_ones == 8 {
        return None;
    }
    let mut number = u64::from(first) & (0x7F >> n_ones);
    for byte in bytes.get(1..n_ones)? {
        if byte & 0xC0 != 0x80 {
            return None;
        }
        number = number << 6 | u64::from(byte & 0x3F);
    }
    Some((number, n_ones))
}

/// The CRC-8 of RFC 9639, section 9.1.8: the polynomial x^8 + x^2 + x + 1.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame header of the example in RFC 9639, appendix D.1.
    #[test]
    fn a_header_of_the_standard_is_read() {
        let head = Head::parse(&[0xFF, 0xF8, 0x69, 0x18, 0x00, 0x00, 0xBF]).unwrap();
        let expected = Head {
            is_fixed: true,
            number: 0,
            n_samples: 1,
            sample_rate_hz: Some(44_100),
            n_channels: 2,
            n_bits: Some(16),
        };
        assert_eq!(head, expected);
        assert_eq!(Head::parse(&[0xFF, 0xF8, 0x69, 0x18, 0x00, 0x00, 0xBE]), None, "the checksum");
        assert_eq!(Head::parse(&[0xFF, 0xF8, 0x69]), None);
    }

    #[test]
    fn numbers_are_coded_as_characters_are() {
        assert_eq!(coded_number(&[0x24]), Some((0x24, 1)));
        assert_eq!(coded_number(&[0xE2, 0x82, 0xAC]), Some((0x20AC, 3)));
        assert_eq!(coded_number(&[0xFE, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]), Some((0xF_FFFF_FFFF, 7)));
        assert_eq!(coded_number(&[0x80]), None);
        assert_eq!(coded_number(&[0xE2, 0x82]), None);
    }
}
