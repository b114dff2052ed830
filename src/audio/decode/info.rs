//! The plain values that reading a file gives: its format, its length, its blocks, and how it ended.

/// The content of a file, as its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Channels, which every block interleaves.
    pub n_channels: usize,
    /// The codec for people: "FLAC", "PCM 24 bit".
    pub codec: String,
    /// The container for people: "WAV", "Matroska".
    pub container: String,
}

/// The length of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Frames per channel at the source's rate, without the encoder's delay and padding.
    Exact(u64),
    /// The same as another program tells it, which may round it.
    About(u64),
    /// It cannot be known without more than the file holds.
    Unknown,
}

/// The end of reading.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Everything that the file promises was read.
    Complete,
    /// The file is cut or corrupt: what was read is good, and more should have followed.
    Damaged {
        /// The time up to which the audio is good, in seconds.
        good_s: f64,
        /// The finding there.
        reason: String,
    },
}

/// A stretch of decoded audio.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Interleaved samples, nominally within ±1.
    pub samples: &'a [f32],
    /// Channels, at least 1.
    pub n_channels: usize,
}

impl Block<'_> {
    /// Samples per channel.
    pub fn n_frames(&self) -> usize {
        self.samples.len() / self.n_channels
    }
}
