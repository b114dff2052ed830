//! The header of AAC in containers (`AudioSpecificConfig`, ISO 14496-3, section 1.6.2.1), and its core's.

/// Sampling rates by their index (ISO 14496-3, table 1.18).
const RATES_HZ: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

const LOW_COMPLEXITY: u32 = 2;
const BAND_REPLICATION: u32 = 5;
const PARAMETRIC_STEREO: u32 = 29;

/// The content of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AacConfig {
    /// The rate of the core.
    pub(super) sample_rate_hz: u32,
    /// Channels of the core; 0 where only the stream tells.
    pub(super) n_channels: usize,
    /// HE-AAC: an extension beyond the core is announced.
    pub(super) has_extension: bool,
    /// The header without the extension, where the core is of low complexity.
    pub(super) core: Vec<u8>,
}

impl AacConfig {
    /// Reads a header; `None` where it is too short or names no rate.
    pub(super) fn parse(config: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes: config, position: 0 };
        let mut object_type = bits.object_type()?;
        let (rate_index, sample_rate_hz) = bits.rate()?;
        let channel_config = bits.read(4)?;
        let mut has_extension = matches!(object_type, BAND_REPLICATION | PARAMETRIC_STEREO);
        if has_extension {
            bits.rate()?;
            object_type = bits.object_type()?;
        }
        let is_core = object_type == LOW_COMPLEXITY;
        let is_short = bits.read(1).unwrap_or(0);
        if is_core && !has_extension {
            let depends_on_core = bits.read(1).unwrap_or(0) == 1;
            bits.position += if depends_on_core { 15 } else { 1 };
            // An extension may also be announced behind the core's header, for decoders that know none.
            has_extension = bits.read(11) == Some(0x2B7)
                && bits.object_type() == Some(BAND_REPLICATION)
                && bits.read(1) == Some(1);
        }
        let core = if is_core {
            core(rate_index, sample_rate_hz, channel_config, is_short)
        } else {
            config.to_vec()
        };
        let n_channels = match channel_config {
            7 => 8,
            8.. => 0,
            n => n as usize,
        };
        Some(Self { sample_rate_hz, n_channels, has_extension, core })
    }

    /// The header of a track of low complexity that has none.
    pub(super) fn low_complexity(sample_rate_hz: u32, n_channels: usize) -> Self {
        let n_channels = n_channels.min(7);
        let index = RATES_HZ.iter().position(|rate| *rate == sample_rate_hz).unwrap_or(15) as u32;
        Self {
            sample_rate_hz,
            n_channels,
            has_extension: false,
            core: core(index, sample_rate_hz, n_channels as u32, 0),
        }
    }
}

/// The header of a core of low complexity.
fn core(rate_index: u32, sample_rate_hz: u32, channel_config: u32, is_short: u32) -> Vec<u8> {
    let rate = if rate_index == 15 { u64::from(sample_rate_hz) } else { 0 };
    let n_rate = if rate_index == 15 { 24 } else { 0 };
    let head = u64::from(LOW_COMPLEXITY << 4 | rate_index);
    let number = (head << n_rate | rate) << 7 | u64::from(channel_config << 3 | is_short << 2);
    let n_bytes = (9 + n_rate + 7) / 8;
    (0..n_bytes).rev().map(|byte| (number >> (8 * byte)) as u8).collect()
}

/// A row of bits, read from the front.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn read(&mut self, n_bits: usize) -> Option<u32> {
        let mut number = 0;
        for bit in self.position..self.position + n_bits {
            number = number << 1 | u32::from(self.bytes.get(bit / 8)? >> (7 - bit % 8) & 1);
        }
        self.position += n_bits;
        Some(number)
    }

    fn object_type(&mut self) -> Option<u32> {
        match self.read(5)? {
            31 => Some(32 + self.read(6)?),
            kind => Some(kind),
        }
    }

    /// The index of a rate, and the rate.
    fn rate(&mut self) -> Option<(u32, u32)> {
        let index = self.read(4)?;
        let rate_hz = if index == 15 { self.read(24)? } else { *RATES_HZ.get(index as usize)? };
        Some((index, rate_hz))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_header_stays_as_it_is() {
        let config = AacConfig::parse(&[0x12, 0x10]).unwrap();
        assert_eq!((config.sample_rate_hz, config.n_channels), (44_100, 2));
        assert_eq!((config.has_extension, config.core.as_slice()), (false, &[0x12, 0x10][..]));
        assert_eq!(AacConfig::low_complexity(44_100, 2), config);
        assert_eq!(AacConfig::parse(&[0x12]), None);
    }

    #[test]
    fn an_extension_is_seen_and_left_out() {
        // Kind 5, 24 kHz, stereo, extended to 48 kHz, kind 2.
        let hierarchical = AacConfig::parse(&[0x2B, 0x11, 0x88, 0x00]).unwrap();
        assert!(hierarchical.has_extension);
        assert_eq!((hierarchical.sample_rate_hz, hierarchical.core.as_slice()), (24_000, &[0x13, 0x10][..]));
        // 22.05 kHz stereo of kind 2, then the mark, kind 5 and its flag.
        let behind = AacConfig::parse(&[0x13, 0x90, 0x56, 0xE5, 0xA0]).unwrap();
        assert!(behind.has_extension);
        assert_eq!((behind.sample_rate_hz, behind.core.as_slice()), (22_050, &[0x13, 0x90][..]));
    }

    #[test]
    fn a_rate_written_out_is_kept() {
        let config = AacConfig::low_complexity(50_000, 1);
        let parsed = AacConfig::parse(&config.core).unwrap();
        assert_eq!((parsed.sample_rate_hz, parsed.n_channels), (50_000, 1));
    }
}
