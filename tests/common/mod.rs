//! What the tests of the audio layer share.

#![expect(unreachable_pub, reason = "every test is a crate of its own, in which this is a private module")]

use std::path::{Path, PathBuf};

use melscope::Result;
use melscope::audio::decode::{AudioReader, Ending, Remark};

/// A file that `tests/data/audio/make.sh` made.
#[allow(dead_code, reason = "not every test has files of its own")]
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio").join(name)
}

/// Everything that a reader yields.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    pub samples: Vec<f32>,
    pub n_channels: usize,
    pub n_frames: u64,
    pub ending: Ending,
    pub remarks: Vec<Remark>,
}

/// Reads a file to its end.
pub fn decode(path: &Path) -> Result<Decoded> {
    let mut reader = AudioReader::open(path)?;
    let n_channels = reader.info().n_channels;
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block()? {
        assert!(!block.samples.is_empty() && block.n_channels == n_channels);
        samples.extend_from_slice(block.samples);
    }
    assert!(reader.next_block()?.is_none(), "the end stays the end");
    let ending = reader.ending().expect("reading has ended").clone();
    let n_frames = reader.n_frames();
    let remarks = reader.remarks().to_vec();
    assert_eq!(samples.len() as u64, n_frames * n_channels as u64);
    Ok(Decoded { samples, n_channels, n_frames, ending, remarks })
}

/// A generator of the xorshift family (Marsaglia, 2003): the same damage on every machine.
#[allow(dead_code, reason = "not every test damages files")]
pub struct Random(pub u64);

#[allow(dead_code, reason = "not every test damages files")]
impl Random {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
