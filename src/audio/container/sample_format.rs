//! The layout of one sample in a file.

/// The coding of a sample's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum SampleCoding {
    /// Two's complement; full scale is the largest number that the bytes can hold.
    Signed,
    /// The same with the zero in the middle of the range.
    Unsigned,
    /// IEEE 754, of 4 or 8 bytes.
    Float,
    /// G.711, of 1 byte.
    ALaw,
    /// G.711, of 1 byte.
    MuLaw,
}

/// The format of samples that lie in a file as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct SampleFormat {
    coding: SampleCoding,
    n_bytes: usize,
    /// The bits that carry sound, for people.
    n_bits: u32,
    is_big_endian: bool,
    /// The sound lies in the low bits, and those above repeat the sign: by how many bits it has to be moved up.
    shift: u32,
}

impl SampleFormat {
    /// The format of samples of `n_bytes`; `None` where no such samples can be read.
    pub(in super::super) fn new(coding: SampleCoding, n_bytes: usize, is_big_endian: bool) -> Option<Self> {
        let is_possible = match coding {
            SampleCoding::Signed | SampleCoding::Unsigned => (1..=8).contains(&n_bytes),
            SampleCoding::Float => matches!(n_bytes, 4 | 8),
            SampleCoding::ALaw | SampleCoding::MuLaw => n_bytes == 1,
        };
        is_possible.then(|| Self { coding, n_bytes, n_bits: 8 * n_bytes as u32, is_big_endian, shift: 0 })
    }

    /// The same of which only `n_bits` carry sound: the upper ones, as containers have it.
    pub(in super::super) fn with_depth(self, n_bits: u32) -> Self {
        let is_integer = matches!(self.coding, SampleCoding::Signed | SampleCoding::Unsigned);
        let n_bits = if is_integer && n_bits > 0 { n_bits.min(8 * self.n_bytes as u32) } else { self.n_bits };
        Self { n_bits, ..self }
    }

    /// The same with the sound in the lower bits.
    pub(in super::super) fn in_low_bits(self) -> Self {
        Self { shift: 8 * self.n_bytes as u32 - self.n_bits, ..self }
    }

    /// The coding of the bits.
    pub(in super::super) fn coding(self) -> SampleCoding {
        self.coding
    }

    /// Bytes of a sample.
    pub(in super::super) fn n_bytes(self) -> usize {
        self.n_bytes
    }

    /// The bits that carry sound.
    pub(in super::super) fn n_bits(self) -> u32 {
        self.n_bits
    }

    /// True where the most significant byte comes first.
    pub(in super::super) fn is_big_endian(self) -> bool {
        self.is_big_endian
    }

    /// By how many bits a sample has to be moved up.
    pub(in super::super) fn shift(self) -> u32 {
        self.shift
    }

    /// The codec's name for people: "PCM 24 bit".
    pub(in super::super) fn name(self) -> String {
        match self.coding {
            SampleCoding::Signed | SampleCoding::Unsigned => format!("PCM {} bit", self.n_bits),
            SampleCoding::Float => format!("PCM {} bit float", self.n_bits),
            SampleCoding::ALaw => "A-law".to_owned(),
            SampleCoding::MuLaw => "µ-law".to_owned(),
        }
    }
}
